"""Costs between places by cheapest ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.kernels.paths import shortest_labels

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int64
    from twin.flows.traffic.network import TrafficNetwork

_AT_ONCE = 64
"""Origins searched from at once: what bounds the memory of trees over all nodes."""


def skim(net: TrafficNetwork, cost: Float64, origins: Int64, dests: Int64 | None = None) -> Float64:
    """Return the cost of the cheapest way from each origin to each destination.

    Parameters
    ----------
    net
        Links; centroids are not passed through.
    cost
        Cost of every link, shape (n_links,), 0 or more; infinite where closed.
    origins, dests
        Node numbers, shapes (n_origins,) and (n_dests,); None: from each origin to each.

    Returns
    -------
    ndarray
        Shape (n_origins, n_dests), infinite where there is no way.

    Raises
    ------
    CityDataError
        If a node is unknown, or costs do not fit the links.
    """
    from_nodes, to_nodes = np.asarray(origins), np.asarray(origins if dests is None else dests)
    faults = [*_node_faults(net, "origins", from_nodes), *_node_faults(net, "dests", to_nodes)]
    if cost.shape != net.capacity.shape or not bool((cost >= 0.0).all()):
        what = f"shape {cost.shape} of costs of 0 or more is wanted for {net.capacity.size} links"
        faults.append(Fault("cost", what, "give every link a cost, infinite where closed"))
    if faults:
        raise CityDataError(faults)
    graph = net.graph
    start = np.searchsorted(graph.node, from_nodes).astype(np.int32)
    end = np.searchsorted(graph.node, to_nodes)
    slot_cost = np.ascontiguousarray(cost[graph.out.link], dtype=np.float64)
    found = np.empty((start.size, end.size))
    for first in range(0, start.size, _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        labels = shortest_labels(graph.out, slot_cost, start[rows], graph.first_thru)
        found[rows] = labels[:, end]
    return found


def _node_faults(net: TrafficNetwork, name: str, nodes: Int64) -> list[Fault]:
    """Return a fault for every number that is no node."""
    unknown = np.flatnonzero(~np.isin(nodes, net.graph.node))
    return [
        Fault(f"{name} row {row}", f"node {nodes[row]} is unknown", "give numbers of nodes")
        for row in unknown
    ]
