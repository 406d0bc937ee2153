"""Buildings: how warm they are by the hour, and what electric heaters draw where they grow cold."""

from twin.buildings.heaters import building_heater_w, household_heater_w
from twin.buildings.homes import Homes
from twin.buildings.indoor import Heaters, IndoorHours, hours_until, indoor_day, indoor_hours
from twin.buildings.stock import (
    COLD_BELOW_C,
    DANGER_BELOW_C,
    BuildingsParams,
    TwoMassParams,
    building_params,
    two_mass,
)

__all__ = [
    "COLD_BELOW_C",
    "DANGER_BELOW_C",
    "BuildingsParams",
    "Heaters",
    "Homes",
    "IndoorHours",
    "TwoMassParams",
    "building_heater_w",
    "building_params",
    "hours_until",
    "household_heater_w",
    "indoor_day",
    "indoor_hours",
    "two_mass",
]
