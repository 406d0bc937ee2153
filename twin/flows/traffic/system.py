"""Streets as a system of the city: the morning peak hour of every day, and the whole day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, final

import numpy as np

from twin.core.recent import Recent
from twin.flows.base import (
    AbstractFlowSystem,
    FlowService,
    NetworkState,
    flow_systems,
    state_key,
)
from twin.flows.traffic.assign import assign
from twin.flows.traffic.town.demand import find_equilibrium, trip_factor
from twin.flows.traffic.town.emergency_vehicles import emergency_time_s
from twin.flows.traffic.town.road.pavement import capacity_share, speed_share
from twin.flows.traffic.town.streets import CONNECTOR_VEHPH
from twin.flows.traffic.town.traffic import TownTraffic
from twin.flows.traffic.town.usual import OpenCity, UsualHour, UsualPeak
from twin.kernels.paths import shortest_labels, shortest_tree
from twin.parameters import TrafficParams

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32
    from twin.core.parameter_set import Parameters
    from twin.flows.traffic.network import TrafficNetwork

RELATIVE_GAP = 1e-6
_SECONDS_PER_HOUR = 3600.0
_CLOSURES = 32
"""Equilibria with closures that are kept: each serves days of any number of trips."""


@final
@flow_systems.register("street")
class TrafficSystem(AbstractFlowSystem):
    """Street traffic of a city in user equilibrium.

    Links are those of `StreetLinks`: every zone is a centroid joined to its street node both ways,
    times are in seconds. People choose whether, where and how to go by the times of the open
    city's morning peak; a closure turns them into other streets, not into other plans.

    A day with closures starts from the equilibrium of the open city with the same wear, people
    and signals, which starts from nothing: so a day's result does not depend on the days before.
    Equilibria are those of usual trips; a day with more or fewer is driven as usual
    (`twin.flows.traffic.town.usual`).
    """

    kind = "street"
    service_unit = "vehph"

    def __init__(self, city: City, params: TrafficParams) -> None:
        self._town = TownTraffic(city, params)
        self._net = self._town.network()
        self._open: OpenCity | None = None
        self._closed: Recent[bytes, UsualPeak] = Recent(_CLOSURES)
        self._ranked: Int32 | None = None

    @classmethod
    def from_city(cls, city: City, params: Parameters | None = None) -> Self:
        """Compile the streets of a city; raise `CityDataError` with all faults."""
        return cls(city, params.group(TrafficParams) if params else TrafficParams())

    @property
    def axles_m_per_year(self) -> Float64:
        """Millions of standard axles a year on every street edge's busiest lane, (n_edges,)."""
        return self._town.heavy.axles_m_per_year

    @property
    def n_signals(self) -> int:
        """Junctions with traffic lights."""
        return int(self._town.signals.street_node.size)

    def relevant(self, state: NetworkState) -> tuple[object, ...]:
        """Return closures, lanes, wear, signals, where people live, and how much they travel."""
        return (*self._usual(state), state.closed, state.capacity_share, state.trip_factor)

    def _usual(self, state: NetworkState) -> tuple[object, ...]:
        """Return what the usual day of the open city depends on."""
        growth = self._town.demand.growth(state.people)
        return (state.wear_phys, growth, state.adaptive_signal_share)

    def trip_factor(self, seed: int, day: int) -> float:
        """Return the trips of a day over those of a usual day: a keyed draw."""
        return trip_factor(seed, day, self._town.demand.rates.day_to_day_cv)

    def solve(self, state: NetworkState) -> FlowService:
        """Return one day; ways are solved for only where its usual day is not known yet."""
        whole = self._open_city(state)
        return self._service(self._usual_peak(state, whole), whole, state.trip_factor)

    def _usual_peak(self, state: NetworkState, whole: OpenCity) -> UsualPeak:
        """Return the morning peak of usual trips, found anew where its streets are not known."""
        shut = (state.closed != 0) | (state.capacity_share <= 0.0)
        if not shut.any() and bool((state.capacity_share >= 1.0).all()):
            return whole.peak
        key = state_key((whole.key, state.closed, state.capacity_share))
        peak = self._closed.get(key)
        if peak is None:
            peak = self._close(whole, shut, state.capacity_share)
            self._closed.put(key, peak)
        return peak

    def _close(self, whole: OpenCity, shut: Bool, lanes_share: Float64) -> UsualPeak:
        """Find the usual peak with some edges shut or narrowed, both of shape (n_edges,)."""
        streets, found = self._town.streets, whole.settled.found
        left = np.where(shut, 1.0, lanes_share)
        net = found.net.with_values(
            capacity=found.net.capacity * streets.on_links(left, of_connector=1.0)
        )
        closed = assign(net, RELATIVE_GAP, start=found, closed=streets.shut(shut))
        return UsualPeak.of(self._town, closed, whole.settled.hours.cars[0])

    def _open_city(self, state: NetworkState) -> OpenCity:
        """Return the city without closures, found anew when wear, people or lights changed."""
        key = state_key(self._usual(state))
        if self._open is None or self._open.key != key:
            growth = self._town.demand.growth(state.people)
            self._open = self._settle(key, growth, state.wear_phys, state.adaptive_signal_share)
        return self._open

    def _settle(
        self, key: bytes, growth: Float64, wear_phys: Float64, adaptive_share: float
    ) -> OpenCity:
        """Find the open city's equilibrium of demand and times, and its other hours."""
        town, streets = self._town, self._town.streets
        edge_s = streets.new_time_s / speed_share(wear_phys, town.params)
        free_s = edge_s[streets.edge]
        wait_s = town.signals.wait_s(adaptive_share)
        narrow = capacity_share(wear_phys, town.speed_ms, town.params)
        net = self._net.with_values(
            free_flow_time=streets.on_links(edge_s, 0.0) + streets.with_connectors(wait_s),
            capacity=streets.on_links(streets.capacity_vehph * narrow, CONNECTOR_VEHPH),
        )
        settled = find_equilibrium(net, town.pairs, town.demand, growth, RELATIVE_GAP)
        peak = UsualPeak.of(town, settled.found, settled.hours.cars[0])
        hours = [UsualHour.of(found, cars) for cars, found in town.periods(settled, RELATIVE_GAP)]
        return OpenCity(key, settled, peak, hours, town.link_facts(wear_phys), free_s)

    def _service(self, peak: UsualPeak, whole: OpenCity, trip_factor: float) -> FlowService:
        """Turn the usual peak into what the city gets on a day of so many trips."""
        town, n_links = self._town, self._town.streets.n_links
        time_s = peak.hour.time_s(trip_factor)
        spent = peak.hour.spent(time_s, trip_factor)
        sums = peak.hour.totals(whole.facts, 0, time_s, trip_factor)
        day = whole.day_like(sums, trip_factor)
        hours = whole.settled.hours
        zones = peak.zones.service(peak.slower(spent, trip_factor))
        return FlowService(
            service=zones[town.demand.building_zone],
            imbalance=peak.imbalance,
            status=peak.status,
            edge_flow=town.streets.on_edges(trip_factor * peak.hour.flow_vehph),
            totals={
                "travel_time_vehh": spent / _SECONDS_PER_HOUR,
                "free_flow_vehh": trip_factor * (peak.free / _SECONDS_PER_HOUR),
                "vehicles": trip_factor * peak.vehicles,
                "unserved_trips": trip_factor * peak.unserved,
                "intrazonal_trips": trip_factor * float(np.trace(hours.cars[0])),
                "relative_gap": peak.relative_gap,
                "vehkm": day.vehkm,
                "co2_t": day.co2_t,
                "injury_crashes": day.injury_crashes,
                "person_trips": trip_factor * town.in_a_day(hours.persons),
                "car_trips": trip_factor
                * (town.in_a_day(hours.cars) * town.demand.rates.people_per_car),
                "bus_trips": trip_factor * town.in_a_day(hours.bus_persons),
            },
            details={"link_time_s": time_s[:n_links], "link_free_s": whole.free_s},
        )

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


def from_city(city: City, *, params: TrafficParams | None = None) -> TrafficNetwork:
    """Return the streets of a city with the traffic of its morning peak hour, times in seconds.

    Trips are cars, and trucks as cars, in the equilibrium of new streets. Zones are nodes 0 to
    n_zones - 1, street nodes follow; links are those of `StreetLinks`.

    Parameters
    ----------
    city
        Streets, zones, buildings and people.
    params
        What is assumed of traffic; None means the defaults.

    Raises
    ------
    CityDataError
        With every fault of the streets, by row of `street_edges`.
    """
    town = TownTraffic(city, params if params is not None else TrafficParams())
    net = town.network()
    wait_s = town.streets.with_connectors(town.signals.wait_s(0.0))
    net = net.with_values(free_flow_time=net.free_flow_time + wait_s)
    growth = np.ones_like(town.demand.zone_people)
    return find_equilibrium(net, town.pairs, town.demand, growth, RELATIVE_GAP).found.net
