"""The trips of a town's people and trucks, from homes, jobs, schools and services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.flows.traffic.town.demand.choice import ModeChoice, balanced, fit_choice, gravity
from twin.flows.traffic.town.demand.periods import PERIOD_HOURS
from twin.flows.traffic.town.demand.skims import bus_time_s, walk_time_s, within_zones

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32, Int64
    from twin.flows.traffic.town.streets import StreetLinks
    from twin.parameters import Errands, TripRates, TruckRates

_LEARNERS = ("child", "pupil", "student")
_INDUSTRY = ("industrial", "utility")
_SERVICES = ("health", "public", "office")


@final
@dataclass(frozen=True, slots=True, eq=False)
class HourTrips:
    """Trips in an hour of every period, shape (n_periods, n_zones, n_zones)."""

    cars: Float64
    """Vehicles."""
    bus_persons: Float64
    persons: Float64
    """All trips, by whatever means."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class TownDemand:
    """Who goes where in a day, and how that answers to the time it takes to drive.

    Matrices run from the zone of the home to that of the goal.
    """

    rates: TripRates
    fixed: tuple[Float64 | None, ...]
    """Round trips per day by purpose, shape (n_zones, n_zones); None: to services."""
    leaving: Float64
    """Round trips per day to services from every zone, shape (n_zones,)."""
    attraction: Float64
    choices: tuple[ModeChoice, ...]
    """Choice of mode by purpose."""
    free_car_s: Float64
    """Time by car between zones on empty new streets, shape (n_zones, n_zones)."""
    trucks: Float64
    """Truck trips per day between zones, single-unit and articulated, (2, n_zones, n_zones)."""
    building_zone: Int32
    zone_people: Float64
    """Residents of every zone when the trips were counted, shape (n_zones,)."""

    def growth(self, people: Int32) -> Float64:
        """Return residents now over residents then, shape (n_zones,), 1 where nobody lived.

        `people` has shape (n_buildings,).
        """
        now = np.bincount(self.building_zone, weights=people, minlength=self.zone_people.size)
        lived_in = self.zone_people > 0.0
        return np.where(lived_in, now / np.where(lived_in, self.zone_people, 1.0), 1.0)

    def day_trips(self, car_s: Float64, growth: Float64) -> list[Float64]:
        """Return round trips of a day by purpose at times by car, people having grown.

        Trips to services shrink where ways grow longer, and go elsewhere.
        """
        trips = []
        errands = self.rates.errands
        for known in self.fixed:
            matrix = known
            if matrix is None:
                matrix = gravity(self.leaving, self.attraction, car_s, errands)
                before = gravity(self.leaving, self.attraction, self.free_car_s, errands)
                longer = _mean_time_s(matrix, car_s) / _mean_time_s(before, self.free_car_s)
                matrix = matrix * (longer ** float(errands.time_elasticity))[:, np.newaxis]
            trips.append(growth[:, np.newaxis] * matrix)
        return trips

    def hour_trips(self, car_s: Float64, growth: Float64) -> HourTrips:
        """Return the trips of an hour of every period, at times by car between zones (s)."""
        n_periods, n_zones = len(PERIOD_HOURS), self.zone_people.size
        cars, buses, everyone = (np.zeros((n_periods, n_zones, n_zones)) for _ in range(3))
        day = self.day_trips(car_s, growth)
        purposes = self.rates.purposes.values()
        for purpose, choice, trips in zip(purposes, self.choices, day, strict=True):
            leave, back = np.array(purpose.leave.shares()), np.array(purpose.back.shares())
            by_car, by_bus = choice.shares(car_s)
            cars += _both_ways(leave, back, trips * by_car / self.rates.people_per_car)
            buses += _both_ways(leave, back, trips * by_bus)
            everyone += _both_ways(leave, back, trips)
        return HourTrips(cars, buses, everyone)

    def truck_hours(self) -> Float64:
        """Return trucks of both kinds in an hour of every period, (n_periods, n_zones, n_zones)."""
        shares = np.array(self.rates.trucks.hours.shares())
        return np.asarray(np.multiply.outer(shares, self.trucks.sum(axis=0)))


def _both_ways(leave: Float64, back: Float64, round_trips: Float64) -> Float64:
    """Return trips of an hour of every period, those from home and those back."""
    leaving: Float64 = np.multiply.outer(leave, round_trips)
    return np.asarray(leaving + np.multiply.outer(back, round_trips.T))


def _mean_time_s(trips: Float64, time_s: Float64) -> Float64:
    """Return the mean time of the trips of every zone, 1 where there are none."""
    spent = np.where(trips > 0.0, trips * np.where(trips > 0.0, time_s, 0.0), 0.0).sum(axis=1)
    made: Float64 = trips.sum(axis=1)
    known = (made > 0.0) & (spent > 0.0)
    mean_s: Float64 = np.divide(spent, made, out=np.ones_like(made), where=known)
    return mean_s


def town_demand(
    city: City, streets: StreetLinks, free_car_s: Float64, rates: TripRates
) -> TownDemand:
    """Count the trips of a city's people and trucks.

    Parameters
    ----------
    city
        People with `work_building`, buildings with use and jobs.
    streets
        Its links.
    free_car_s
        Time by car between zones on empty new streets, shape (n_zones, n_zones); the diagonal is
        not read.
    rates
        Assumptions.
    """
    car_s = within_zones(free_car_s)
    known = _to_work_and_school(city)
    residents = city.buildings["people"].to_numpy(dtype=np.float64)
    zone = city.buildings["zone_id"].to_numpy(dtype=np.int32)
    n_zones = len(city.zones)
    zone_people = np.bincount(zone, weights=residents, minlength=n_zones)
    leaving = rates.errands.trips_per_person_day * zone_people
    attraction = _attraction(city, rates.errands)
    times_s = (car_s, bus_time_s(city, streets, rates), walk_time_s(city, streets, rates))
    fixed: list[Float64 | None] = []
    choices = []
    for name, purpose in rates.purposes.items():
        trips = known.get(name)
        fixed.append(trips)
        spread = gravity(leaving, attraction, car_s, rates.errands) if trips is None else trips
        choices.append(fit_choice(purpose, rates, spread, times_s))
    return TownDemand(
        rates=rates,
        fixed=tuple(fixed),
        leaving=leaving,
        attraction=attraction,
        choices=tuple(choices),
        free_car_s=car_s,
        trucks=_trucks(city, car_s, rates.trucks),
        building_zone=zone,
        zone_people=zone_people,
    )


def _to_work_and_school(city: City) -> dict[str, Float64]:
    """Return people who go from zone to zone by purpose, each of shape (n_zones, n_zones)."""
    n_zones = len(city.zones)
    zone = city.buildings["zone_id"].to_numpy(dtype=np.int64)
    people = city.persons
    work = people["work_building"].to_numpy()
    goes = work >= 0
    pair = zone[people["building_id"].to_numpy()[goes]] * n_zones + zone[work[goes]]
    learns = people["occupation"].isin(_LEARNERS).to_numpy()[goes]
    shape = (n_zones, n_zones)
    return {
        name: np.bincount(pair[who], minlength=n_zones**2).astype(np.float64).reshape(shape)
        for name, who in (("work", ~learns), ("school", learns))
    }


def _attraction(city: City, errands: Errands) -> Float64:
    """Return what every zone offers to those on errands, shape (n_zones,)."""
    jobs = city.buildings["jobs"].to_numpy(dtype=np.float64)
    use = city.buildings["use"]
    per_job = np.full(jobs.size, float(errands.per_other_job))
    per_job[use.isin(_SERVICES).to_numpy()] = errands.per_service_job
    per_job[(use == "retail").to_numpy()] = errands.per_retail_job
    homes = city.buildings["dwellings"].to_numpy(dtype=np.float64)
    return _by_zone(city, jobs * per_job + errands.per_dwelling * homes)


def _trucks(city: City, car_s: Float64, rates: TruckRates) -> Float64:
    """Return truck trips of a day between zones, single-unit and articulated."""
    use = city.buildings["use"]
    jobs = city.buildings["jobs"].to_numpy(dtype=np.float64)
    homes = city.buildings["dwellings"].to_numpy(dtype=np.float64)
    industry, retail = use.isin(_INDUSTRY).to_numpy(), (use == "retail").to_numpy()
    minutes = car_s / 60.0
    each = (
        rates.per_other_job.of_kinds(),
        rates.per_industrial_job.of_kinds(),
        rates.per_retail_job.of_kinds(),
        rates.per_dwelling.of_kinds(),
        rates.deterrence_per_min.of_kinds(),
    )
    kinds = []
    for other, in_industry, in_retail, dwelling, per_min in zip(*each, strict=True):
        rate = np.full(jobs.size, other)
        rate[industry], rate[retail] = in_industry, in_retail
        made = rates.local_share * (jobs * rate + homes * dwelling)
        kinds.append(balanced(_by_zone(city, made), np.exp(-per_min * minutes)))
    return np.array(kinds)


def _by_zone(city: City, values: Float64) -> Float64:
    """Add up values of buildings by zone, shape (n_zones,)."""
    zone = city.buildings["zone_id"].to_numpy(dtype=np.int64)
    return np.bincount(zone, weights=values, minlength=len(city.zones))


def car_pairs(demand: TownDemand) -> tuple[Int64, Int64]:
    """Return (from zone, to zone) of all pairs that a car or truck may ever go between."""
    everyone = demand.hour_trips(demand.free_car_s, np.ones_like(demand.zone_people)).persons
    linked = everyone.sum(axis=0) + demand.trucks.sum(axis=0)
    linked = linked + linked.T
    np.fill_diagonal(linked, 0.0)
    start, end = np.nonzero(linked)
    return start.astype(np.int64), end.astype(np.int64)
