"""Streets as a system of the city: the morning peak hour of every changed day, and its day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, final

import numpy as np

from twin.flows.base import (
    AbstractFlowSystem,
    FlowService,
    NetworkState,
    flow_systems,
    state_key,
)
from twin.flows.traffic.assign import Assignment, assign
from twin.flows.traffic.demand import Settled, TripRates, settle
from twin.flows.traffic.response.times import emergency_time_s
from twin.flows.traffic.road.day import HourTotals, LinkFacts, day_totals, hour_totals
from twin.flows.traffic.road.pavement import capacity_share, speed_share
from twin.flows.traffic.streets import CONNECTOR_VEHPH
from twin.flows.traffic.town import TownTraffic
from twin.kernels.paths import shortest_labels, shortest_tree

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.traffic.network import TrafficNetwork

RELATIVE_GAP = 1e-6
_SECONDS_PER_HOUR = 3600.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class _OpenCity:
    """The streets without closures: what every closure is held against."""

    key: bytes
    settled: Settled
    peak: HourTotals
    """Of an hour of the morning peak."""
    day: HourTotals
    """Of the whole day."""
    facts: LinkFacts
    free_s: Float64
    """Time on every street link when it is empty and no light is red, shape (n_links,)."""


@final
@flow_systems.register("street")
class TrafficSystem(AbstractFlowSystem):
    """Street traffic of a city in user equilibrium.

    Links are those of `StreetLinks`: every zone is a centroid joined to its street node both ways,
    times are in seconds. People choose whether, where and how to go by the times of the open
    city's morning peak; a closure turns them into other streets, not into other plans.

    A day with closures starts from the equilibrium of the open city with the same wear, people
    and signals, which starts from nothing: so a day's result does not depend on the days before.
    """

    kind = "street"
    service_unit = "vehph"

    def __init__(self, city: City, rates: TripRates) -> None:
        self._town = TownTraffic(city, rates)
        self._net = self._town.network()
        self._open: _OpenCity | None = None
        self._ranked: Int32 | None = None

    @classmethod
    def from_city(cls, city: City) -> Self:
        """Compile the streets of a city; raise `CityDataError` with all faults."""
        return cls(city, TripRates())

    @property
    def axles_m_per_year(self) -> Float64:
        """Millions of standard axles a year on every street edge's busiest lane, (n_edges,)."""
        return self._town.heavy.axles_m_per_year

    @property
    def n_signals(self) -> int:
        """Junctions with traffic lights."""
        return int(self._town.signals.street_node.size)

    def relevant(self, state: NetworkState) -> tuple[object, ...]:
        """Return what traffic depends on: closures, lanes, wear, signals, where people live."""
        growth = self._town.demand.growth(state.people)
        lights = state.adaptive_signal_share
        return (state.closed, state.capacity_share, state.wear_phys, growth, lights)

    def solve(self, state: NetworkState) -> FlowService:
        """Solve the morning peak hour of one day."""
        whole = self._open_city(state)
        shut = (state.closed != 0) | (state.capacity_share <= 0.0)
        found = whole.settled.found
        if not shut.any() and bool((state.capacity_share >= 1.0).all()):
            return self._service(found, whole)
        streets = self._town.streets
        left = np.where(shut, 1.0, state.capacity_share)
        net = found.net.with_values(
            capacity=found.net.capacity * streets.on_links(left, of_connector=1.0)
        )
        closed = assign(net, RELATIVE_GAP, start=found, closed=streets.shut(shut))
        return self._service(closed, whole)

    def _open_city(self, state: NetworkState) -> _OpenCity:
        """Return the city without closures, found anew when wear, people or lights changed."""
        growth = self._town.demand.growth(state.people)
        key = state_key((state.wear_phys, growth, state.adaptive_signal_share))
        if self._open is None or self._open.key != key:
            self._open = self._settle(key, growth, state.wear_phys, state.adaptive_signal_share)
        return self._open

    def _settle(
        self, key: bytes, growth: Float64, wear_phys: Float64, adaptive_share: float
    ) -> _OpenCity:
        """Find the open city's equilibrium of demand and times, and add up its day."""
        town, streets = self._town, self._town.streets
        edge_s = streets.new_time_s / speed_share(wear_phys)
        free_s = edge_s[streets.edge]
        wait_s = town.signals.wait_s(adaptive_share)
        narrow = capacity_share(wear_phys, town.speed_ms)
        net = self._net.with_values(
            free_flow_time=streets.on_links(edge_s, 0.0) + streets.with_connectors(wait_s),
            capacity=streets.on_links(streets.capacity_vehph * narrow, CONNECTOR_VEHPH),
        )
        settled = settle(net, town.pairs, town.demand, growth, RELATIVE_GAP)
        facts = town.link_facts(wear_phys)
        hours = [
            hour_totals(facts, period, cars, found.time[: streets.n_links])
            for period, (cars, found) in enumerate(town.periods(settled, RELATIVE_GAP))
        ]
        return _OpenCity(key, settled, hours[0], day_totals(hours), facts, free_s)

    def _service(self, found: Assignment, whole: _OpenCity) -> FlowService:
        """Turn an equilibrium into what the city gets."""
        town, streets = self._town, self._town.streets
        demand = found.net.demand
        served = np.isfinite(found.trip_cost)
        carried = np.where(served, demand, 0.0)
        vehicles = float(carried.sum())
        free_s = np.where(served, town.free_pair_s, 0.0)
        cars, persons = whole.settled.hours.cars, whole.settled.hours.persons
        peak = hour_totals(
            whole.facts, 0, town.cars_of(found, cars[0]), found.time[: streets.n_links]
        )
        day = whole.day.like(whole.peak, peak)
        return FlowService(
            service=self._zone_service(found, cars[0])[town.demand.building_zone],
            imbalance=found.imbalance_vehph / vehicles if vehicles > 0.0 else 0.0,
            status=found.status,
            edge_flow=streets.on_edges(found.flow_vehph),
            totals={
                "travel_time_vehh": found.total_travel_time / _SECONDS_PER_HOUR,
                "free_flow_vehh": float((carried * free_s).sum()) / _SECONDS_PER_HOUR,
                "vehicles": vehicles,
                "unserved_trips": found.unserved,
                "intrazonal_trips": float(np.trace(cars[0])),
                "relative_gap": found.relative_gap,
                "vehkm": day.vehkm,
                "co2_t": day.co2_t,
                "injury_crashes": day.injury_crashes,
                "person_trips": town.in_a_day(persons),
                "car_trips": town.in_a_day(cars) * town.demand.rates.people_per_car,
                "bus_trips": town.in_a_day(whole.settled.hours.bus_persons),
            },
            details={"link_time_s": found.time[: streets.n_links], "link_free_s": whole.free_s},
        )

    def _zone_service(self, found: Assignment, cars: Float64) -> Float64:
        """Return, per zone, free-flow over present time of its cars, an unserved one counting 0.

        A zone whose people go nowhere else by car has 1; shape (n_zones,).
        """
        town = self._town
        demand = cars[town.pairs]
        served = np.isfinite(found.trip_cost)
        zone, n_zones = town.pairs[0], town.demand.zone_people.size
        quick = demand * np.where(served, town.free_pair_s, 0.0)
        slow = demand * np.where(served, found.trip_cost, 0.0)
        sums = [
            np.bincount(zone, weights=values, minlength=n_zones)
            for values in (quick, slow, np.where(served, demand, 0.0), demand)
        ]
        free_s, present_s, carried, wanted = sums
        speed = np.where(present_s > 0.0, free_s / np.where(present_s > 0.0, present_s, 1.0), 1.0)
        reached = np.where(wanted > 0.0, carried / np.where(wanted > 0.0, wanted, 1.0), 1.0)
        return np.asarray(np.minimum(speed, 1.0) * reached)

    def travel_times_s(self, from_street_node: int, service: FlowService) -> Float64:
        """Return the time to drive from a street node to all others in a day's traffic.

        Parameters
        ----------
        from_street_node
            Row of `street_nodes`.
        service
            What `solve` returned for that day.

        Returns
        -------
        ndarray
            Shape (n_street_nodes,), s; infinite where closures leave no way.
        """
        slot_cost = service.details["link_time_s"][self._town.streets.star.link]
        label, _ = shortest_tree(self._town.streets.star, slot_cost, from_street_node, 0)
        times_s: Float64 = label
        return times_s

    def emergency_times_s(
        self,
        from_street_nodes: Int32,
        service: FlowService,
        *,
        delay_share: float,
        may_pass: Bool | None = None,
    ) -> Float64:
        """Return the time of units with sirens from some street nodes to all.

        Parameters
        ----------
        from_street_nodes
            Rows of `street_nodes`, shape (n_from,).
        service
            What `solve` returned for that day.
        delay_share
            Share of drivers' delay that is left to them, 0-1.
        may_pass
            True where they may drive though the street is closed, shape (n_street_edges,).

        Returns
        -------
        ndarray
            Shape (n_from, n_street_nodes), s; infinite where there is no way.
        """
        link_s = emergency_time_s(
            service.details["link_free_s"],
            service.details["link_time_s"],
            delay_share,
            None if may_pass is None else may_pass[self._town.streets.edge],
        )
        slot_cost = np.ascontiguousarray(link_s[self._town.streets.star.link])
        times_s: Float64 = shortest_labels(self._town.streets.star, slot_cost, from_street_nodes, 0)
        return times_s

    def busiest_edges(self) -> Int32:
        """Return rows of `street_edges` by their traffic when the city is new, busiest first."""
        if self._ranked is None:
            growth = np.ones_like(self._town.demand.zone_people)
            new = np.zeros(self._town.streets.n_edges)
            flow = self._settle(b"", growth, new, 0.0).settled.found.flow_vehph
            edge_flow = self._town.streets.on_edges(flow)
            self._ranked = np.argsort(-edge_flow, kind="stable").astype(np.int32)
        return self._ranked


def from_city(city: City, *, rates: TripRates | None = None) -> TrafficNetwork:
    """Return the streets of a city with the traffic of its morning peak hour, times in seconds.

    Trips are cars, and trucks as cars, as they settle on new streets. Zones are nodes 0 to
    n_zones - 1, street nodes follow; links are those of `StreetLinks`.

    Parameters
    ----------
    city
        Streets, zones, buildings and people.
    rates
        Assumptions of demand; the usual ones by default.

    Raises
    ------
    CityDataError
        With every fault of the streets, by row of `street_edges`.
    """
    town = TownTraffic(city, rates if rates is not None else TripRates())
    net = town.network()
    wait_s = town.streets.with_connectors(town.signals.wait_s(0.0))
    net = net.with_values(free_flow_time=net.free_flow_time + wait_s)
    growth = np.ones_like(town.demand.zone_people)
    return settle(net, town.pairs, town.demand, growth, RELATIVE_GAP).found.net
