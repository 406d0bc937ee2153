"""Who depends on an asset: residents along a street, or those whom a shut main leaves without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.city.networks import UTILITIES
from twin.city.segments import assumed_valves, lost_with_segments, valve_segments

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64, Int32


def people_served(city: City, street_edge: Int32) -> Float64:
    """Return residents who depend on each asset, shape (n_assets,), in the order of `Assets`.

    Of a street, those who live along it. Of a main, those who have no supply while it is mended:
    in its valve segment (`twin.city.segments`), which is drained as a whole, and behind it.
    """
    people = city.buildings["people"].to_numpy(dtype=np.float64)
    n_streets = len(city.street_edges)
    along = np.bincount(city.buildings["street_edge_id"], weights=people, minlength=n_streets)
    served: Float64 = along[np.maximum(street_edge, 0)]
    first = n_streets
    for network in UTILITIES:
        without = _left_without(city, network, people)
        served[first : first + without.size] = without
        first += without.size
    return served


def _left_without(city: City, network: NetworkKind, people: Float64) -> Float64:
    """Return residents without service while a main is shut, shape (n_edges,)."""
    edges = city.network_edges(network.name)
    n_nodes = len(city.util_nodes)
    node = city.buildings[network.node_column].to_numpy()
    at_node = np.bincount(node[node >= 0], weights=people[node >= 0], minlength=n_nodes)
    supplies = (city.util_nodes["network"] == network.name) & (
        city.util_nodes["kind"] != "junction"
    )
    sources = np.flatnonzero(supplies).astype(np.int32)
    tail, head = edges["tail"].to_numpy(), edges["head"].to_numpy()
    width_m = edges["diameter_m"].to_numpy(dtype=np.float64)
    valves = assumed_valves(tail, head, n_nodes, width_m, sources)
    cut = valve_segments(tail, head, n_nodes, *valves)
    without: Float64 = lost_with_segments(cut, sources, at_node)[cut.edge_segment]
    return without
