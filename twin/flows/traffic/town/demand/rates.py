"""What people do in a day, when, and how they go: the assumptions of demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64

PERIODS = ("am", "midday", "pm", "night")
"""Morning peak 08-09, the day until 17, evening peak 17-19, evening and night."""
PERIOD_HOURS = (1.0, 8.0, 2.0, 13.0)


@final
@dataclass(frozen=True, slots=True)
class Purpose:
    """Why people leave home; assumptions to calibrate.

    Shares by mode are those of all trips of the purpose on empty new streets: constants of the
    choice are fitted to them.
    """

    name: str
    leave_share_h: tuple[float, ...]
    """Share of the day's trips from home in an hour of each period."""
    return_share_h: tuple[float, ...]
    """Share of the day's trips back home in an hour of each period."""
    car_share: float
    bus_share: float
    time_elasticity: float = 0.0
    """Percent more trips per percent more travel time."""

    def shares(self) -> tuple[Float64, Float64]:
        """Return shares of trips from and to home per hour, each of shape (n_periods,)."""
        return np.array(self.leave_share_h), np.array(self.return_share_h)


WORK = Purpose("work", (0.50, 0.03, 0.01, 0.24 / 13), (0.0, 0.02, 0.30, 0.24 / 13), 0.40, 0.20)
SCHOOL = Purpose("school", (0.80, 0.025, 0.0, 0.0), (0.0, 0.11, 0.06, 0.0), 0.15, 0.10)
SERVICES = Purpose(
    "services",
    (0.03, 0.07, 0.115, 0.18 / 13),
    (0.01, 0.06, 0.14, 0.23 / 13),
    car_share=0.25,
    bus_share=0.15,
    time_elasticity=-0.5,
)
PURPOSES = (WORK, SCHOOL, SERVICES)
"""Half of the workers and most of the pupils arrive in one hour. The elasticity of trips to
services is the short-term one of Goodwin, 1996, "Empirical evidence on induced traffic",
Transportation 23(1); work and school are gone to anyway."""


@final
@dataclass(frozen=True, slots=True)
class TruckRates:
    """Trips of trucks that start (and end) in a place per day, single-unit and articulated.

    References
    ----------
    Cambridge Systematics and others, 1996, Quick Response Freight Manual, FHWA, table 4.1 (rates
    per employee and household) and section 4.3 (deterrence by minutes).
    """

    per_industrial_job: tuple[float, float] = (0.242, 0.104)
    per_retail_job: tuple[float, float] = (0.253, 0.065)
    per_other_job: tuple[float, float] = (0.068, 0.009)
    per_dwelling: tuple[float, float] = (0.099, 0.038)
    local_share: float = 0.5
    """Goods moved per head relative to the United States, where the rates were counted; an
    assumption."""
    deterrence_per_min: tuple[float, float] = (0.10, 0.03)
    share_h: tuple[float, ...] = (0.06, 0.08, 0.06, 0.18 / 13)
    """Share of the day's trips in an hour of each period; an assumption."""
    cars_per_truck: float = 2.0
    """Cars that take the room of a truck; usual in towns."""


@final
@dataclass(frozen=True, slots=True)
class TripRates:
    """How many trips, and how people weigh ways to make them; assumptions to calibrate.

    No survey of a town of this kind was found; levels are plain orders of magnitude for a town
    where most people walk or take a bus.
    """

    purposes: tuple[Purpose, ...] = PURPOSES
    service_trips_per_person_day: float = 0.6
    """Round trips from home to shops, clinics and offices."""
    people_per_car: float = 1.3
    """People in a car, driver included."""
    in_vehicle_per_min: float = -0.025
    """Utility of a minute in a car or bus: middle of the range the Federal Transit Administration
    accepts for commuters (0.02-0.03)."""
    outside_weight: float = 2.0
    """A minute of walking or waiting in minutes in a vehicle; the same guidance takes 2-3."""
    walk_ms: float = 1.3
    bus_headway_s: float = 900.0
    bus_slowness: float = 1.5
    """Time of a bus over that of a car on an empty street: stops."""
    people_per_bus: float = 15.0
    car_access_s: float = 180.0
    """To the car, and from where it is parked."""
    trucks: TruckRates = field(default_factory=TruckRates)
    day_to_day_cv: float = 0.05
    """Standard deviation of a day's trips over their mean: 19 of 20 days lie within a tenth of the
    usual one. Counts in a Dutch town of 72,000 differed between weeks and days of the week by up to
    a tenth, beside the noise of single streets (Thomas, Weijermars & van Berkum, 2008, "Variations
    in urban traffic volumes", EJTIR 8(3)); the value is an assumption of that order."""
