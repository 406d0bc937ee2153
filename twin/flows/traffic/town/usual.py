"""Streets as drivers know them, and what a day of more or fewer trips makes of them.

Drivers choose where to drive by experience of the usual day. On a day with `trip_factor` times its
trips they drive as usual: every link carries so many times its usual flow, and times follow from
the delay curves at that flow. Nothing is solved anew.

References
----------
Dixit, Gardner & Waller, 2013, "Strategic user equilibrium assignment under trip variability",
TRB 92nd Annual Meeting (all pairs of zones vary together, as here); Wen, Cai, Gardner, Dixit,
Waller & Chen, 2018, Computer-Aided Civil and Infrastructure Engineering 33, 316-332 (each apart).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.recent import Recent
from twin.flows.traffic.evaluate import link_time
from twin.flows.traffic.town.road.day import HourTotals, LinkFacts, day_totals, hour_totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.core.arrays import Bool, Float64
    from twin.flows.base import SolveStatus
    from twin.flows.traffic.assign import Assignment
    from twin.flows.traffic.network import TrafficNetwork
    from twin.flows.traffic.town.demand import DemandEquilibrium
    from twin.flows.traffic.town.traffic import TownTraffic

_FACTORS = 64
"""Factors whose sums of the open city are kept."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class UsualHour:
    """An hour of an equilibrium, without the state of the solver."""

    net: TrafficNetwork
    closed: Bool
    """Links that are shut, shape (n_links,)."""
    flow_vehph: Float64
    """Vehicles on every link, trucks as cars, shape (n_links,)."""
    cars_vehph: Float64
    """Cars among them, shape (n_street_links,)."""

    @classmethod
    def of(cls, found: Assignment, cars_vehph: Float64) -> UsualHour:
        """Keep what is needed of an equilibrium."""
        return cls(found.net, found.closed, found.flow_vehph, cars_vehph)

    def time_s(self, trip_factor: float) -> Float64:
        """Return the time on every link, shape (n_links,), infinite where it is closed."""
        time_s = link_time(self.net, trip_factor * self.flow_vehph)
        return np.where(self.closed, np.inf, time_s)

    def totals(
        self, facts: LinkFacts, period: int, time_s: Float64, trip_factor: float
    ) -> HourTotals:
        """Add up the hour at the times that `time_s` gives for that factor."""
        of_streets = time_s[: self.cars_vehph.size]
        return hour_totals(facts, period, self.cars_vehph, of_streets, trip_factor=trip_factor)

    def spent(self, time_s: Float64, trip_factor: float) -> float:
        """Return what all vehicles spend at times of links, in vehicle-seconds."""
        used = self.flow_vehph > 0.0
        return float((trip_factor * self.flow_vehph[used] * time_s[used]).sum())


@final
@dataclass(frozen=True, slots=True, eq=False)
class ZoneTimes:
    """What the cars of every zone spend in an hour of the usual morning peak.

    Arrays have shape (n_zones,); vehicle-seconds of the cars that have a way.
    """

    free: Float64
    """On empty new streets without red lights."""
    present: Float64
    carried: Float64
    """Cars that have a way."""
    wanted: Float64
    """All cars."""

    def service(self, slower: float) -> Float64:
        """Return free-flow over present time, an unserved car counting 0, shape (n_zones,).

        A zone whose people go nowhere else by car has 1. `slower` is the time of a vehicle over
        that of the usual day, taken alike for all zones: to know each zone's own needs the ways of
        its cars, whose trees cost as much as a third of an equilibrium.
        """
        present = slower * self.present
        speed = np.where(present > 0.0, self.free / np.where(present > 0.0, present, 1.0), 1.0)
        wanted = np.where(self.wanted > 0.0, self.wanted, 1.0)
        reached = np.where(self.wanted > 0.0, self.carried / wanted, 1.0)
        return np.asarray(np.minimum(speed, 1.0) * reached)


def zone_times(town: TownTraffic, found: Assignment, cars: Float64) -> ZoneTimes:
    """Add up the times of cars by the zone they start in.

    Parameters
    ----------
    town
        Streets and pairs of zones.
    found
        Equilibrium whose trips are those pairs.
    cars
        Cars of the hour between zones, shape (n_zones, n_zones).
    """
    demand = cars[town.pairs]
    served = np.isfinite(found.trip_cost)
    zone, n_zones = town.pairs[0], town.demand.zone_people.size
    quick = demand * np.where(served, town.free_pair_s, 0.0)
    slow = demand * np.where(served, found.trip_cost, 0.0)
    sums = [
        np.bincount(zone, weights=values, minlength=n_zones)
        for values in (quick, slow, np.where(served, demand, 0.0), demand)
    ]
    return ZoneTimes(*sums)


@final
@dataclass(frozen=True, slots=True, eq=False)
class UsualPeak:
    """An hour of the usual morning peak with some streets closed, or none."""

    hour: UsualHour
    zones: ZoneTimes
    status: SolveStatus
    relative_gap: float
    imbalance: float
    """Largest imbalance at a node over all vehicles."""
    vehicles: float
    """Trips that have a way."""
    unserved: float
    free: float
    """Time of the vehicles on empty new streets without red lights, vehicle-seconds."""
    spent: float
    """Time of the vehicles, vehicle-seconds."""

    @classmethod
    def of(cls, town: TownTraffic, found: Assignment, cars: Float64) -> UsualPeak:
        """Keep what is needed of an equilibrium; `cars` as for `zone_times`."""
        served = np.isfinite(found.trip_cost)
        carried = np.where(served, found.net.demand, 0.0)
        vehicles = float(carried.sum())
        hour = UsualHour.of(found, town.cars_of(found, cars))
        return cls(
            hour=hour,
            zones=zone_times(town, found, cars),
            status=found.status,
            relative_gap=found.relative_gap,
            imbalance=found.imbalance_vehph / vehicles if vehicles > 0.0 else 0.0,
            vehicles=vehicles,
            unserved=found.unserved,
            free=float((carried * np.where(served, town.free_pair_s, 0.0)).sum()),
            spent=hour.spent(found.time, 1.0),
        )

    def slower(self, spent: float, trip_factor: float) -> float:
        """Return the time of a vehicle over that of the usual day; `spent` in vehicle-seconds."""
        usual = trip_factor * self.spent
        return spent / usual if usual > 0.0 else 1.0


@final
class OpenCity:
    """The usual day without closures: what every closure is compared with.

    Parameters
    ----------
    key
        What it was found from.
    settled
        Its morning peak.
    peak
        The same, as drivers know it.
    hours
        An hour of every period.
    facts
        Links.
    free_s
        Time on every street link when it is empty and no light is red, shape (n_links,).
    """

    def __init__(
        self,
        key: bytes,
        settled: DemandEquilibrium,
        peak: UsualPeak,
        hours: Sequence[UsualHour],
        facts: LinkFacts,
        free_s: Float64,
    ) -> None:
        self.key = key
        self.settled = settled
        self.peak = peak
        self.facts = facts
        self.free_s = free_s
        self._hours = hours
        self._totals: Recent[float, tuple[HourTotals, HourTotals]] = Recent(_FACTORS)

    def day_like(self, peak: HourTotals, trip_factor: float) -> HourTotals:
        """Return the sums of a whole day whose morning peak came to `peak`."""
        sums = self._totals.get(trip_factor)
        if sums is None:
            hours = [
                hour.totals(self.facts, period, hour.time_s(trip_factor), trip_factor)
                for period, hour in enumerate(self._hours)
            ]
            sums = hours[0], day_totals(hours)
            self._totals.put(trip_factor, sums)
        return sums[1].like(sums[0], peak)
