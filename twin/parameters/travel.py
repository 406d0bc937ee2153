"""What people and goods travel in a day, when, and how: the assumptions of traffic demand."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, final

from twin.core.errors import ScenarioError
from twin.core.parameters import Grade, Number, parameter_group

if TYPE_CHECKING:
    from collections.abc import Mapping

_GUESS, _PUBLISHED = Grade.GUESS, Grade.LITERATURE
_HOURS = (1.0, 8.0, 2.0)
_NIGHT_HOURS = 13.0
_DAY = "half of the workers and most pupils arrive in one hour"
_QRFM = "Quick Response Freight Manual, FHWA 1996, table 4.1"
_DETERRENCE = "Quick Response Freight Manual, FHWA 1996, section 4.3"
_NCHRP = "Martin & McGuckin 1998, NCHRP Report 365, table 8, home-based other"
_NO_SURVEY = "order of magnitude for a town where most walk or take a bus; no survey was found"


def _share_h(value: float, meaning: str) -> Number:
    """Return a share of a day's trips in an hour."""
    return Number(value, "share/h", 0, 1, _GUESS, _DAY, meaning)


@final
@parameter_group()
class DayProfile:
    """Share of a day's trips in an hour of each period; the night has what the others leave."""

    am: float = _share_h(0.0, "morning peak, 08-09")
    midday: float = _share_h(0.0, "09-17")
    pm: float = _share_h(0.0, "evening peak, 17-19")

    def __post_init__(self) -> None:
        if self._by_day() > 1.0 + 1e-9:
            message = (
                f"am + 8 midday + 2 pm is {self._by_day():g}, more than the trips of a day; "
                "keep it at 1 or below"
            )
            raise ScenarioError(message)

    def _by_day(self) -> float:
        hours = zip((self.am, self.midday, self.pm), _HOURS, strict=True)
        return sum(share * length for share, length in hours)

    def shares(self) -> tuple[float, ...]:
        """Return the shares in an hour of the morning peak, the day, the evening, the night."""
        night = max(0.0, round(1.0 - self._by_day(), 12)) / _NIGHT_HOURS
        return float(self.am), float(self.midday), float(self.pm), night


@final
@parameter_group()
class Purpose:
    """Why people leave home.

    Shares by mode are those of all trips of the purpose on empty new streets: constants of the
    choice are fitted to them.
    """

    leave: DayProfile = DayProfile()
    """From home."""
    back: DayProfile = DayProfile()
    """Back home."""
    car_share: float = Number(0.25, "share", 0.01, 0.97, _GUESS, _NO_SURVEY, "trips by car")
    bus_share: float = Number(0.15, "share", 0.01, 0.97, _GUESS, _NO_SURVEY, "trips by bus")

    def __post_init__(self) -> None:
        if self.car_share + self.bus_share > 0.99:  # noqa: PLR2004 - somebody walks
            message = (
                f"car_share + bus_share is {self.car_share + self.bus_share:g}, "
                "and nobody is left to walk; keep it at 0.99 or below"
            )
            raise ScenarioError(message)


@final
@parameter_group()
class PerTruck:
    """A number for each kind of truck."""

    single_unit: float = Number(0.0, "1/day", 0, 10, _PUBLISHED, _QRFM, "trips started a day")
    articulated: float = Number(0.0, "1/day", 0, 10, _PUBLISHED, _QRFM, "trips started a day")

    def of_kinds(self) -> tuple[float, float]:
        """Return the numbers of single-unit and articulated trucks."""
        return float(self.single_unit), float(self.articulated)


@final
@parameter_group()
class TruckDeterrence:
    """How trips of trucks thin out with time."""

    single_unit: float = Number(0.10, "1/min", 0, 1, _PUBLISHED, _DETERRENCE)
    articulated: float = Number(0.03, "1/min", 0, 1, _PUBLISHED, _DETERRENCE)

    def of_kinds(self) -> tuple[float, float]:
        """Return the numbers of single-unit and articulated trucks."""
        return float(self.single_unit), float(self.articulated)


@final
@parameter_group()
class TruckRates:
    """Trips of trucks that start (and end) in a place per day.

    References
    ----------
    Cambridge Systematics and others, 1996, Quick Response Freight Manual, FHWA, table 4.1 (rates
    per employee and household) and section 4.3 (deterrence by minutes).
    """

    per_industrial_job: PerTruck = PerTruck(single_unit=0.242, articulated=0.104)
    per_retail_job: PerTruck = PerTruck(single_unit=0.253, articulated=0.065)
    per_other_job: PerTruck = PerTruck(single_unit=0.068, articulated=0.009)
    per_dwelling: PerTruck = PerTruck(single_unit=0.099, articulated=0.038)
    local_share: float = Number(
        0.5,
        "ratio",
        0,
        5,
        _GUESS,
        "half of the United States",
        "goods moved per head over those where the rates were counted",
    )
    deterrence_per_min: TruckDeterrence = TruckDeterrence()
    hours: DayProfile = DayProfile(am=0.06, midday=0.08, pm=0.06)
    cars_per_truck: float = Number(
        2.0, "cars", 1, 10, _PUBLISHED, "usual in towns", "cars that take the room of a truck"
    )


@final
@parameter_group()
class Errands:
    """Where trips to shops, clinics and offices go: a gravity model.

    References
    ----------
    Martin & McGuckin, 1998, NCHRP Report 365, tables 8 and 14 (home-based other, retail outside
    the centre). Goodwin, 1996, "Empirical evidence on induced traffic", Transportation 23(1).
    """

    trips_per_person_day: float = Number(
        0.6, "1/person/day", 0, 10, _GUESS, _NO_SURVEY, "round trips from home"
    )
    time_elasticity: float = Number(
        -0.5,
        "1",
        -5,
        0,
        _PUBLISHED,
        "Goodwin 1996, short term",
        "per cent more trips per per cent more travel time",
    )
    deterrence_power: float = Number(
        -1.285, "1", -10, 0, _PUBLISHED, "NCHRP Report 365, table 14", "power of minutes"
    )
    deterrence_per_min: float = Number(
        -0.094, "1/min", -2, 0, _PUBLISHED, "NCHRP Report 365, table 14", "exponent of minutes"
    )
    per_retail_job: float = Number(9.0, "weight", 0, 100, _PUBLISHED, _NCHRP)
    per_service_job: float = Number(
        1.7, "weight", 0, 100, _PUBLISHED, _NCHRP, "jobs in health, public service and offices"
    )
    per_other_job: float = Number(0.5, "weight", 0, 100, _PUBLISHED, _NCHRP)
    per_dwelling: float = Number(0.9, "weight", 0, 100, _PUBLISHED, _NCHRP)


@final
@parameter_group()
class TripRates:
    """How many trips are made, and how people weigh ways to make them.

    No survey of a town of this kind was found; levels are plain orders of magnitude for a town
    where most people walk or take a bus.
    """

    work: Purpose = Purpose(
        leave=DayProfile(am=0.50, midday=0.03, pm=0.01),
        back=DayProfile(am=0.0, midday=0.02, pm=0.30),
        car_share=0.40,
        bus_share=0.20,
    )
    school: Purpose = Purpose(
        leave=DayProfile(am=0.80, midday=0.025, pm=0.0),
        back=DayProfile(am=0.0, midday=0.11, pm=0.06),
        car_share=0.15,
        bus_share=0.10,
    )
    services: Purpose = Purpose(
        leave=DayProfile(am=0.03, midday=0.07, pm=0.115),
        back=DayProfile(am=0.01, midday=0.06, pm=0.14),
        car_share=0.25,
        bus_share=0.15,
    )
    errands: Errands = Errands()
    people_per_car: float = Number(
        1.3, "people", 1, 8, _GUESS, "usual in towns", "in a car, driver included"
    )
    in_vehicle_per_min: float = Number(
        -0.025,
        "1/min",
        -1,
        -0.0001,
        _PUBLISHED,
        "middle of what the Federal Transit Administration accepts for commuters (0.02-0.03)",
        "utility of a minute in a car or bus",
    )
    outside_weight: float = Number(
        2.0,
        "min/min",
        0.1,
        10,
        _PUBLISHED,
        "Federal Transit Administration: 2-3",
        "a minute of walking or waiting in minutes in a vehicle",
    )
    walk_ms: float = Number(1.3, "m/s", 0.3, 3, _PUBLISHED, "usual walking speed")
    bus_headway_s: float = Number(900.0, "s", 0, 86_400, _GUESS, "every quarter of an hour")
    bus_slowness: float = Number(
        1.5,
        "ratio",
        1,
        10,
        _GUESS,
        "stops",
        "time of a bus over that of a car on an empty street",
    )
    people_per_bus: float = Number(15.0, "people", 1, 200, _GUESS, "mean over the day")
    bus_hours: DayProfile = DayProfile(am=0.08, midday=0.065, pm=0.10)
    car_access_s: float = Number(
        180.0, "s", 0, 3_600, _GUESS, "three minutes", "to the car, and from where it is parked"
    )
    trucks: TruckRates = TruckRates()
    day_to_day_cv: float = Number(
        0.05,
        "share",
        0,
        1,
        _GUESS,
        "19 of 20 days within a tenth; counts in a Dutch town differed by up to a tenth between "
        "weeks and days of the week (Thomas, Weijermars & van Berkum 2008, EJTIR 8(3))",
        "standard deviation of a day's trips over their mean",
    )

    @property
    def purposes(self) -> Mapping[str, Purpose]:
        """Purposes by name; trips to services shrink where ways grow longer."""
        known = {"work": self.work, "school": self.school, "services": self.services}
        return MappingProxyType(known)
