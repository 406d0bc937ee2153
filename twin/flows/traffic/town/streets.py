"""The streets of a city as directed links with a centroid for every zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.flows.traffic.loading.load import StreetSpace
from twin.flows.traffic.network import TrafficNetwork
from twin.kernels.paths import forward_star
from twin.parameters import StreetParams

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32

CONNECTOR_VEHPH = 1e6
"""Capacity of the way between a zone and its street node, which never slows down."""
_USUAL = StreetParams()


@final
class StreetLinks:
    """Links of a city's streets: which edge each is, and where it leads.

    A street edge is one directed link, or two unless it is `oneway`: first all edges from tail to
    head, then the two-way ones from head to tail; a loop from a node to itself is none, since no
    trip gains by it. In `network` connectors follow, from every zone to its street node, then
    back. Zones are numbered first, then street nodes. Times are in seconds.
    """

    def __init__(self, city: City, params: StreetParams = _USUAL) -> None:
        self.params = params
        edges = city.street_edges
        tail, head = (edges[name].to_numpy(dtype=np.int32) for name in ("tail", "head"))
        leads_on = tail != head
        along = np.flatnonzero(leads_on).astype(np.int32)
        two_way = leads_on & ~edges["oneway"].to_numpy(dtype=np.bool_)
        both_ways = np.flatnonzero(two_way).astype(np.int32)
        self.edge: Int32 = np.concatenate([along, both_ways])
        """Row of `street_edges` of every link, shape (n_links,)."""
        self.tail: Int32 = np.concatenate([tail[along], head[both_ways]])
        self.head: Int32 = np.concatenate([head[along], tail[both_ways]])
        # a copy that may be written to, as kernels are compiled for such arrays
        self.zone_node: Int32 = np.array(city.zones["street_node_id"], dtype=np.int32)
        self.n_edges = len(edges)
        self.n_links = int(self.edge.size)
        self.n_street_nodes = len(city.street_nodes)
        self.star = forward_star(self.n_street_nodes, self.tail, self.head)
        self._length_m: Float64 = edges["length_m"].to_numpy(dtype=np.float64)
        self._lanes: Float64 = edges["lanes"].to_numpy(dtype=np.float64)
        self.new_time_s: Float64 = self._length_m / edges["speed_ms"].to_numpy()
        """Time along every edge when it is new and empty, shape (n_edges,)."""
        self.capacity_vehph: Float64 = edges["capacity_vehph"].to_numpy(dtype=np.float64)

    def space(self) -> StreetSpace:
        """Return the room for queues on all links of `network`; connectors hold any number."""
        n_way = 2 * self.zone_node.size
        return StreetSpace(
            length_m=np.concatenate([self._length_m[self.edge], np.zeros(n_way)]),
            lanes=np.concatenate([self._lanes[self.edge], np.ones(n_way)]),
            jam_veh_per_m=float(self.params.jam_veh_per_m),
        )

    def network(self, trips: pd.DataFrame) -> TrafficNetwork:
        """Return the network of the new and open city, with trips between zones."""
        zone = np.arange(self.zone_node.size)
        node = self.zone_node + zone.size
        n_way = 2 * zone.size
        links = pd.DataFrame(
            {
                "init_node": np.concatenate([self.tail + zone.size, zone, node]),
                "term_node": np.concatenate([self.head + zone.size, node, zone]),
                "capacity": self.on_links(self.capacity_vehph, CONNECTOR_VEHPH),
                "free_flow_time": self.on_links(self.new_time_s, 0.0),
                "b": np.repeat([float(self.params.delay_factor), 0.0], [self.n_links, n_way]),
                "power": float(self.params.delay_power),
                "linear_from": float(self.params.delay_linear_from),
            }
        )
        return TrafficNetwork.from_frames(
            links,
            trips,
            first_thru_node=zone.size,
            places=(self._place, lambda row: f"trips between zones, row {row}"),
        )

    def _place(self, row: int) -> str:
        """Name a link in a message."""
        if row < self.n_links:
            return f"street_edges row {self.edge[row]}"
        return f"zones row {(row - self.n_links) % self.zone_node.size}"

    def on_links(self, of_edge: Float64, of_connector: float) -> Float64:
        """Spread values of edges, shape (n_edges,), over all links of the network."""
        return np.concatenate([of_edge[self.edge], np.full(2 * self.zone_node.size, of_connector)])

    def with_connectors(self, of_link: Float64) -> Float64:
        """Return values of street links, shape (n_links,), with 0 for every connector."""
        return np.concatenate([of_link, np.zeros(2 * self.zone_node.size)])

    def shut(self, edges: Bool) -> Bool:
        """Return a mask of edges, shape (n_edges,), as a mask of all links for `assign`."""
        return np.concatenate([edges[self.edge], np.zeros(2 * self.zone_node.size, dtype=np.bool_)])

    def on_edges(self, of_link: Float64) -> Float64:
        """Add up values of links over both directions of every edge, shape (n_edges,)."""
        return np.bincount(self.edge, weights=of_link[: self.n_links], minlength=self.n_edges)
