"""Times between zones on foot and by bus: what a trip costs that does not drive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.kernels.paths import forward_star, shortest_labels

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32
    from twin.flows.traffic.town.streets import StreetLinks
    from twin.kernels.paths import Star
    from twin.parameters import TripRates

_BUS_CLASSES = ("trunk", "arterial", "collector")
_AT_ONCE = 64
"""Zones searched from together, to keep memory small in a large city."""


def walk_time_s(city: City, streets: StreetLinks, rates: TripRates) -> Float64:
    """Return the time on foot between zones along streets, shape (n_zones, n_zones)."""
    length_m = city.street_edges["length_m"].to_numpy(dtype=np.float64)
    tail, head = _both_ways(city)
    star = forward_star(streets.n_street_nodes, tail, head)
    time_s = np.concatenate([length_m, length_m]) / rates.walk_ms
    return within_zones(_labels(star, time_s, streets.zone_node))


@final
@dataclass(frozen=True, slots=True, eq=False)
class BusNetwork:
    """The network of a bus passenger: street nodes twice, on foot and on board.

    Walking leads along every street, riding along the wide ones (all, where a town has none of
    those) in the directions of cars; to board means to wait half a headway. Walking and waiting
    weigh more than riding.
    """

    star: Star
    tail: Int32
    """Node each link leaves, shape (n_bus_links,)."""
    time_s: Float64
    """Weighed time, shape (n_bus_links,)."""
    rides: Int32
    """Links that are ridden, shape (n_rides,)."""
    street_link: Int32
    """Street link of each of them, shape (n_rides,)."""


def bus_network(city: City, streets: StreetLinks, rates: TripRates) -> BusNetwork:
    """Return the network of a bus passenger on empty new streets."""
    n = streets.n_street_nodes
    wide = city.street_edges["road_class"].isin(_BUS_CLASSES).to_numpy()
    every = np.arange(streets.n_links, dtype=np.int32)
    ridden = every[wide[streets.edge]] if wide.any() else every
    walk_tail, walk_head = _both_ways(city)
    length_m = city.street_edges["length_m"].to_numpy(dtype=np.float64)
    ride_tail, ride_head = streets.tail[ridden] + n, streets.head[ridden] + n
    stops = np.unique(np.concatenate([ride_tail, ride_head])).astype(np.int32)
    tail = np.concatenate([walk_tail, ride_tail, stops - n, stops]).astype(np.int32)
    head = np.concatenate([walk_head, ride_head, stops, stops - n]).astype(np.int32)
    weight = rates.outside_weight
    time_s = np.concatenate(
        [
            weight * np.concatenate([length_m, length_m]) / rates.walk_ms,
            rates.bus_slowness * streets.new_time_s[streets.edge[ridden]],
            np.full(stops.size, weight * rates.bus_headway_s / 2.0),
            np.zeros(stops.size),
        ]
    )
    rides = np.arange(walk_tail.size, walk_tail.size + ridden.size, dtype=np.int32)
    return BusNetwork(forward_star(2 * n, tail, head), tail, time_s, rides, ridden)


def bus_time_s(city: City, streets: StreetLinks, rates: TripRates) -> Float64:
    """Return the weighed time by bus between zones, shape (n_zones, n_zones).

    A way that is quicker on foot throughout is one on foot.
    """
    bus = bus_network(city, streets, rates)
    return within_zones(_labels(bus.star, bus.time_s, streets.zone_node))


def within_zones(time_s: Float64) -> Float64:
    """Fill the diagonal of a matrix with half the way to the nearest other zone.

    Zones at the same street node are no way apart and do not count; 0 for a single zone.
    """
    out = time_s.copy()
    np.fill_diagonal(out, np.inf)
    nearest = np.where(out > 0.0, out, np.inf).min(axis=1)
    np.fill_diagonal(out, np.where(np.isfinite(nearest), nearest / 2.0, 0.0))
    return out


def _both_ways(city: City) -> tuple[Int32, Int32]:
    """Return (tail, head) of every street edge in both directions, as people walk."""
    edges = city.street_edges
    tail, head = (edges[name].to_numpy(dtype=np.int32) for name in ("tail", "head"))
    return np.concatenate([tail, head]), np.concatenate([head, tail])


def _labels(star: Star, time_s: Float64, zone_node: Int32) -> Float64:
    """Return times between the street nodes of zones."""
    slot_cost = np.ascontiguousarray(time_s[star.link])
    parts = [
        shortest_labels(star, slot_cost, zone_node[first : first + _AT_ONCE], 0)[:, zone_node]
        for first in range(0, zone_node.size, _AT_ONCE)
    ]
    return np.concatenate(parts)
