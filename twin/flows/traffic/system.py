"""Streets as a system of the city: the morning peak hour of every changed day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, final

import numpy as np
import pandas as pd

from twin.flows.base import (
    AbstractFlowSystem,
    FlowService,
    NetworkState,
    flow_systems,
    state_key,
)
from twin.flows.traffic.assign import Assignment, assign
from twin.flows.traffic.demand import PeakTrips, TripRates, peak_trips
from twin.flows.traffic.network import TrafficNetwork
from twin.flows.traffic.pavement import speed_share
from twin.flows.traffic.response.times import emergency_time_s
from twin.kernels.paths import forward_star, shortest_labels, shortest_tree

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32

BPR_B = 0.15
BPR_POWER = 4.0
"""Volume-delay function of every street (Bureau of Public Roads, 1964)."""
RELATIVE_GAP = 1e-6
_CONNECTOR_VEHPH = 1e6
"""Capacity of the way between a zone and its street node, which never slows down."""
_SECONDS_PER_HOUR = 3600.0


@final
@flow_systems.register("street")
class TrafficSystem(AbstractFlowSystem):
    """Street traffic of a city in user equilibrium.

    A street edge is one directed link, or two unless it is `oneway`: first all edges from tail to
    head, then the two-way ones from head to tail; a loop from a node to itself is none, since no
    trip gains by it. Every zone is a centroid joined to its street node both ways. Times are in
    seconds.

    A day with closures starts from the equilibrium of the open city with the same wear and people,
    which starts from nothing: so a day's result does not depend on the days before.
    """

    kind = "street"
    service_unit = "vehph"

    def __init__(self, city: City, rates: TripRates) -> None:
        self._trips: PeakTrips = peak_trips(city, rates)
        edges = city.street_edges
        tail, head = (edges[name].to_numpy(dtype=np.int32) for name in ("tail", "head"))
        leads_on = tail != head
        along = np.flatnonzero(leads_on).astype(np.int32)
        two_way = leads_on & ~edges["oneway"].to_numpy(dtype=np.bool_)
        both_ways = np.flatnonzero(two_way).astype(np.int32)
        self._edge: Int32 = np.concatenate([along, both_ways])
        self._n_edges = len(edges)
        self._n_links = int(self._edge.size)
        link_tail = np.concatenate([tail[along], head[both_ways]])
        link_head = np.concatenate([head[along], tail[both_ways]])
        self._star = forward_star(len(city.street_nodes), link_tail, link_head)
        self._new_time_s: Float64 = edges["length_m"].to_numpy() / edges["speed_ms"].to_numpy()
        self._capacity_vehph: Float64 = edges["capacity_vehph"].to_numpy(dtype=np.float64)
        self._net = self._network(link_tail, link_head, city.zones["street_node_id"].to_numpy())
        free = self._net.with_values(demand=np.zeros(self._trips.vehph.size))
        self._free_s: Float64 = assign(free, RELATIVE_GAP).trip_cost
        self._open: tuple[bytes, Assignment] | None = None
        self._ranked: Int32 | None = None

    @classmethod
    def from_city(cls, city: City) -> Self:
        """Compile the streets of a city; raise `CityDataError` with all faults."""
        return cls(city, TripRates())

    def _network(self, tail: Int32, head: Int32, zone_node: Int32) -> TrafficNetwork:
        """Return the network of the new and open city: zones first, then street nodes."""
        zone = np.arange(zone_node.size)
        node = zone_node + zone.size
        n_way = 2 * zone.size
        links = pd.DataFrame(
            {
                "init_node": np.concatenate([tail + zone.size, zone, node]),
                "term_node": np.concatenate([head + zone.size, node, zone]),
                "capacity": self._on_links(self._capacity_vehph, _CONNECTOR_VEHPH),
                "free_flow_time": self._on_links(self._new_time_s, 0.0),
                "b": np.repeat([BPR_B, 0.0], [self._n_links, n_way]),
                "power": BPR_POWER,
            }
        )
        trips = pd.DataFrame(
            {
                "origin": self._trips.origin_zone,
                "dest": self._trips.dest_zone,
                "demand": self._trips.vehph,
            }
        )
        return TrafficNetwork.from_frames(
            links,
            trips,
            first_thru_node=zone.size,
            places=(self._link_place, lambda row: f"trips between zones, row {row}"),
        )

    def _link_place(self, row: int) -> str:
        """Name a link in a message."""
        if row < self._n_links:
            return f"street_edges row {self._edge[row]}"
        return f"zones row {(row - self._n_links) % len(self._trips.zone_people)}"

    def _on_links(self, of_edge: Float64, of_connector: float) -> Float64:
        """Spread values of edges, shape (n_edges,), over all links of the network."""
        n_connectors = 2 * self._trips.zone_people.size
        return np.concatenate([of_edge[self._edge], np.full(n_connectors, of_connector)])

    def relevant(self, state: NetworkState) -> tuple[object, ...]:
        """Return what traffic depends on: closures, lanes, wear and where people live."""
        growth = self._trips.growth(state.people)
        return (state.closed, state.capacity_share, state.wear_phys, growth)

    def solve(self, state: NetworkState) -> FlowService:
        """Solve the morning peak hour of one day."""
        growth = self._trips.growth(state.people)
        whole = self._open_city(state, growth)
        shut = (state.closed != 0) | (state.capacity_share <= 0.0)
        if not shut.any() and bool((state.capacity_share >= 1.0).all()):
            return self._service(whole, growth)
        capacity_vehph = self._capacity_vehph * np.where(shut, 1.0, state.capacity_share)
        net = whole.net.with_values(capacity=self._on_links(capacity_vehph, _CONNECTOR_VEHPH))
        closed = np.zeros(net.capacity.size, dtype=np.bool_)
        closed[: self._n_links] = shut[self._edge]
        found = assign(net, RELATIVE_GAP, start=whole, closed=closed)
        return self._service(found, growth)

    def _open_city(self, state: NetworkState, growth: Float64) -> Assignment:
        """Return the equilibrium without closures, found anew when wear or people changed."""
        key = state_key((state.wear_phys, growth))
        if self._open is None or self._open[0] != key:
            time_s = self._new_time_s / speed_share(state.wear_phys)
            net = self._net.with_values(
                free_flow_time=self._on_links(time_s, 0.0),
                demand=self._trips.vehph * growth[self._trips.origin_zone],
            )
            self._open = (key, assign(net, RELATIVE_GAP))
        return self._open[1]

    def _service(self, found: Assignment, growth: Float64) -> FlowService:
        """Turn an equilibrium into what the city sees."""
        demand = found.net.demand
        served = np.isfinite(found.trip_cost)
        carried = np.where(served, demand, 0.0)
        vehicles = float(carried.sum())
        free_s = np.where(served, self._free_s, 0.0)
        flow = found.flow_vehph[: self._n_links]
        return FlowService(
            service=self._zone_service(found, served)[self._trips.building_zone],
            imbalance=found.imbalance_vehph / vehicles if vehicles > 0.0 else 0.0,
            status=found.status,
            edge_flow=np.bincount(self._edge, weights=flow, minlength=self._n_edges),
            totals={
                "travel_time_vehh": found.total_travel_time / _SECONDS_PER_HOUR,
                "free_flow_vehh": float((carried * free_s).sum()) / _SECONDS_PER_HOUR,
                "vehicles": vehicles,
                "unserved_trips": found.unserved,
                "intrazonal_trips": float((self._trips.intrazonal_vehph * growth).sum()),
                "relative_gap": found.relative_gap,
            },
            details={
                "link_time_s": found.time[: self._n_links],
                "link_free_s": found.net.free_flow_time[: self._n_links],
            },
        )

    def _zone_service(self, found: Assignment, served: Bool) -> Float64:
        """Return, per zone, free-flow over present time of its trips, an unserved trip counting 0.

        A zone whose people go nowhere else has 1; shape (n_zones,).
        """
        demand = found.net.demand
        zone = self._trips.origin_zone
        n_zones = self._trips.zone_people.size
        quick = demand * np.where(served, self._free_s, 0.0)
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
        slot_cost = service.details["link_time_s"][self._star.link]
        label, _ = shortest_tree(self._star, slot_cost, from_street_node, 0)
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
            None if may_pass is None else may_pass[self._edge],
        )
        slot_cost = np.ascontiguousarray(link_s[self._star.link])
        times_s: Float64 = shortest_labels(self._star, slot_cost, from_street_nodes, 0)
        return times_s

    def busiest_edges(self) -> Int32:
        """Return rows of `street_edges` by their traffic when the city is new, busiest first."""
        if self._ranked is None:
            flow = assign(self._net, RELATIVE_GAP).flow_vehph[: self._n_links]
            edge_flow = np.bincount(self._edge, weights=flow, minlength=self._n_edges)
            self._ranked = np.argsort(-edge_flow, kind="stable").astype(np.int32)
        return self._ranked
