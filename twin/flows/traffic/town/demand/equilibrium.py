"""Demand and times that agree: people choose by the times that their choice brings about."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.flows.traffic.assign import Assignment, assign
from twin.flows.traffic.town.demand.skims import within_zones

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int64
    from twin.flows.traffic.network import TrafficNetwork
    from twin.flows.traffic.town.demand.trips import HourTrips, TownDemand

_log = logging.getLogger(__name__)

AM = 0
"""Place of the morning peak in `PERIODS`: people choose by its times."""
_CLOSE = 1e-4
"""Share of trips that may still change when it ends."""
_MAX_ROUNDS = 40


@final
@dataclass(frozen=True, slots=True, eq=False)
class DemandEquilibrium:
    """A morning peak in which nobody would go otherwise, or by another way."""

    found: Assignment
    hours: HourTrips
    """Trips by period at the times of `car_s`."""
    car_s: Float64
    """Time by car between zones in the morning peak, shape (n_zones, n_zones)."""
    change: float
    """Share of the peak's trips that these times would still change."""
    rounds: int


def find_equilibrium(
    net: TrafficNetwork,
    pairs: tuple[Int64, Int64],
    demand: TownDemand,
    growth: Float64,
    relative_gap: float,
) -> DemandEquilibrium:
    """Find trips and flows of the morning peak that agree with each other.

    Parameters
    ----------
    net
        Streets, with one row of trips for every pair.
    pairs
        (from zone, to zone) of the rows, each of shape (n_pairs,).
    demand, growth
        Who goes where, and residents relative to those counted, shape (n_zones,).
    relative_gap
        Of every assignment.

    Notes
    -----
    Trips are assigned, times give new trips, and the trips assigned next lie between the two: on
    the new ones as long as changes shrink, half as far each time one does not (a self-regulating
    average, Liu, He & He, 2009, doi 10.1007/s11067-007-9023-x). It starts from empty streets, so
    the result depends on the arguments alone.
    """
    trips = _vehicles(demand, demand.hour_trips(demand.free_car_s, growth), pairs)
    found: Assignment | None = None
    step, before, rounds = 1.0, np.inf, 0
    while True:
        found = assign(net.with_values(demand=trips), relative_gap, start=found)
        car_s = _car_times_s(found, pairs, demand.zone_people.size)
        hours = demand.hour_trips(car_s, growth)
        wanted = _vehicles(demand, hours, pairs)
        rounds += 1
        whole = float(wanted.sum())
        change = float(np.abs(wanted - trips).sum()) / whole if whole > 0.0 else 0.0
        if change <= _CLOSE or rounds >= _MAX_ROUNDS:
            break
        step = step if change < before else step / 2.0
        before = change
        trips = trips + step * (wanted - trips)
    if change > _CLOSE:
        _log.warning("%.2g of trips would still change after %d rounds", change, rounds)
    return DemandEquilibrium(found, hours, car_s, change, rounds)


def _vehicles(demand: TownDemand, hours: HourTrips, pairs: tuple[Int64, Int64]) -> Float64:
    """Return the morning peak's cars, and trucks as cars, between pairs of zones."""
    trucks = demand.rates.trucks.cars_per_truck * demand.truck_hours()[AM]
    return np.ascontiguousarray((hours.cars[AM] + trucks)[pairs])


def _car_times_s(found: Assignment, pairs: tuple[Int64, Int64], n_zones: int) -> Float64:
    """Return times between zones as a matrix; infinite between zones nobody drives between."""
    car_s = np.full((n_zones, n_zones), np.inf)
    car_s[pairs] = found.trip_cost
    return within_zones(car_s)
