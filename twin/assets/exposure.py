"""Who depends on an asset: residents along a street, or those whom a shut main leaves without."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.city.networks import UTILITIES
from twin.city.segments import assumed_segments, fed_nodes, lost_with_segments

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Bool, Float64, Int32


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
        without = left_without(city, network, people)
        served[first : first + without.size] = without
        first += without.size
    return served


def left_without(
    city: City, network: NetworkKind, people: Float64, absent: Bool | None = None
) -> Float64:
    """Return residents without service while a main is shut, shape (n_edges,).

    Parameters
    ----------
    city, network
        Mains in bundle order.
    people
        Residents by building.
    absent
        True where a main is out of service or not laid, shape (n_edges,): 0 depend on it.
    """
    net = _net(city, network, people)
    present = np.ones(net.tail.size, dtype=np.bool_) if absent is None else ~absent
    tail, head = net.tail[present], net.head[present]
    cut = assumed_segments(tail, head, net.at_node.size, net.width_m[present], net.sources)
    without = np.zeros(net.tail.size)
    lost = lost_with_segments(cut, net.sources, net.at_node)
    without[present] = lost[cut.edge_segment]
    return without


def is_fed(city: City, network: NetworkKind, people: Float64, absent: Bool) -> bool:
    """Return whether all who have supply from the whole network have it without some mains."""
    net = _net(city, network, people)
    before = fed_nodes(net.tail, net.head, net.at_node.size, net.sources)
    after = fed_nodes(net.tail, net.head, net.at_node.size, net.sources, closed=absent)
    return not bool((before & ~after & (net.at_node > 0.0)).any())


class _Net(NamedTuple):
    """Mains of a network between all nodes of the city, and who lives at each node."""

    tail: Int32
    head: Int32
    width_m: Float64
    sources: Int32
    at_node: Float64


def _net(city: City, network: NetworkKind, people: Float64) -> _Net:
    """Return a network for searches."""
    edges = city.network_edges(network.name)
    node = city.buildings[network.node_column].to_numpy()
    n_nodes = len(city.util_nodes)
    at_node = np.bincount(node[node >= 0], weights=people[node >= 0], minlength=n_nodes)
    supplies = (city.util_nodes["network"] == network.name) & (
        city.util_nodes["kind"] != "junction"
    )
    sources = np.flatnonzero(supplies).astype(np.int32)
    width_m = edges["diameter_m"].to_numpy(dtype=np.float64)
    return _Net(edges["tail"].to_numpy(), edges["head"].to_numpy(), width_m, sources, at_node)
