"""How warm homes are by the hour: who is cold, how long, and what electric heaters draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, final

import numpy as np

from twin.buildings.heaters import building_heater_w
from twin.buildings.indoor import Heaters, indoor_day
from twin.buildings.stock import COLD_BELOW_C, DANGER_BELOW_C, building_params
from twin.flows.heat.town.demand import INDOOR_C

if TYPE_CHECKING:
    from twin.buildings.indoor import IndoorHours
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32, Int64
    from twin.parameters import HeaterParams, TimeConstants

_HOURS = 24


class ColdSums(Protocol):
    """Sums of days to which the cold is added, groups in the order given to `Homes`."""

    cold_degree_hours: float
    cold_person_hours: Float64
    danger_person_hours: Float64
    group_person_days: Float64
    electric_heater_kwh: float


@final
class Homes:
    """Buildings as one capacity each: the method that their time constants come from.

    People on district heat switch on electric heaters when their home falls to 18 C; a building's
    heaters are those of its households together (`twin.buildings.heaters`).

    Parameters
    ----------
    city
        Buildings and households.
    residents
        By group and building, all residents first, shape (n_groups, n_buildings).
    heaters
        Electric heat that households can call on.
    constants
        How fast buildings cool.
    """

    def __init__(
        self, city: City, residents: Float64, heaters: HeaterParams, constants: TimeConstants
    ) -> None:
        buildings, households = city.buildings, city.households
        n = len(buildings)
        self.rows: Int64 = np.flatnonzero(buildings["heat_node"].to_numpy() >= 0)
        """Buildings on district heat; the others' stoves and boilers do not fail."""
        self.params = building_params(
            buildings["floor_area_m2"].to_numpy(dtype=np.float64)[self.rows],
            buildings["built_year"].to_numpy()[self.rows],
            buildings["use"].to_numpy()[self.rows],
            constants,
        )
        self.temp_c: Float64 = np.full(n, INDOOR_C)
        """Indoors at midnight, shape (n_buildings,)."""
        self.heater_load_w: Float64 = np.zeros((n, _HOURS))
        """Today's electric heaters: what a power network would have to carry, (n_buildings, 24)."""
        self.hourly: list[tuple[float, ...]] = []
        """Rows of the run's table of cold hours."""
        self._heater_params = heaters
        self.follow(
            residents,
            households["building_id"].to_numpy(dtype=np.int32),
            households["income_kzt_month"].to_numpy(dtype=np.float64),
        )

    def follow(
        self, residents: Float64, household_building: Int32, income_kzt_month: Float64
    ) -> None:
        """Take the residents and households of a new year."""
        n, params = self.temp_c.size, self._heater_params
        heater_w = building_heater_w(household_building, income_kzt_month, n, params)
        self.heaters = Heaters(heater_w[self.rows])
        self.groups: Float64 = residents[:, self.rows]
        """Residents on district heat by group, shape (n_groups, n_rows)."""

    def live(self, outdoor_c: Float64, heat_service: Float64) -> IndoorHours:
        """Carry the buildings on district heat through a day; return theirs, in order of `rows`.

        Parameters
        ----------
        outdoor_c
            Hourly, shape (24,).
        heat_service
            Share of wanted heat, shape (n_buildings,).
        """
        day = indoor_day(
            self.params,
            self.temp_c[self.rows],
            outdoor_c,
            heat_service[self.rows],
            heaters=self.heaters,
            keep_hours=True,
        )
        self.temp_c[self.rows] = day.indoor_temp_c
        self.heater_load_w[self.rows] = day.heater_w
        return day

    def add_to(self, sums: ColdSums, day: IndoorHours) -> None:
        """Add the day to its sums."""
        people = self.groups
        sums.cold_degree_hours = float(people[0] @ day.cold_degree_hours)
        sums.cold_person_hours = people @ day.cold_hours
        sums.danger_person_hours = people @ day.danger_hours
        sums.group_person_days = people.sum(axis=1)
        sums.electric_heater_kwh = float(day.heater_w.sum()) / 1000.0

    def note_hours(self, day_i: int, outdoor_c: Float64, day: IndoorHours) -> None:
        """Keep the hours of a day on which somebody on district heat is cold."""
        people = self.groups[0]
        if not float(people @ day.cold_hours):
            return
        below = (day.hourly_c < COLD_BELOW_C).T @ people
        danger = (day.hourly_c < DANGER_BELOW_C).T @ people
        lowest_c = day.hourly_c[people > 0].min(axis=0)
        mean_c = (people @ day.hourly_c) / people.sum()
        load_kw = day.heater_w.sum(axis=0) / 1000.0
        columns = (outdoor_c, below, danger, mean_c, lowest_c, load_kw)
        self.hourly += [
            (day_i, hour, *(float(column[hour]) for column in columns)) for hour in range(_HOURS)
        ]
