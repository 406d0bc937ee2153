"""Costs of cheapest ways where likely ways are known, as from an earlier search.

The likely ways are run through once, which gives an upper bound of every cost; then every link is
looked at, and where one shortens a way, the search goes on from its head until no link shortens
any. So costs are exact whatever was proposed, to the last bit those of a search from nothing, and
good proposals spare all but two runs over links.

References
----------
Bellman, 1958, "On a routing problem", Quarterly of Applied Mathematics 16(1),
doi 10.1090/qam/102435 (labels that no link shortens are those of the cheapest ways).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel
from twin.kernels.paths import Star, shortest_tree

_IDLE, _WAITS, _PROPOSED = 0, 1, 2  # states of a node; only an idle one is queued


class PricedLinks(NamedTuple):
    """Links grouped by tail, and their costs."""

    star: Star
    tail: np.ndarray  # (n_links,) int32, node the link of a slot leaves
    cost: np.ndarray  # (n_links,) cost of every slot, 0 or more; infinite = closed
    first_thru: int  # nodes below this row are centroids: ways end there, but do not lead through


class LikelyWays(NamedTuple):
    """For some origins a few links that cheapest ways are likely to be made of.

    Nodes and links may have rows of their own. The links stand by head, heads in topological order.
    """

    node: np.ndarray  # (n_own_nodes,) int32, node row in the network
    slot: np.ndarray  # (n_own_links,) int32, slot in the network
    reached: np.ndarray  # (n_rows,) int32, how many nodes there are, the first one the root
    order: np.ndarray  # (n_rows, n_own_nodes) int32, these nodes
    begin: np.ndarray  # (n_rows, n_own_nodes + 1) int32, first place in `link` of each
    link: np.ndarray  # (n_rows, room) int32


@kernel
def _drain(net, count, label, state, queue):
    """Search from the nodes that wait, and from those that come to wait by it, until none does."""
    n = label.size
    done = 0
    while done < count:
        node = queue[done % n]
        done += 1
        state[node] = _IDLE
        here = label[node]
        for slot in range(net.star.start[node], net.star.start[node + 1]):
            other = net.star.node[slot]
            if here + net.cost[slot] < label[other]:
                label[other] = here + net.cost[slot]
                if state[other] == _IDLE and other >= net.first_thru:
                    state[other] = _WAITS
                    queue[count % n] = other
                    count += 1


@kernel
def _run_through(net, likely, row, out_label):
    """Bound the cost to every node of the likely ways, given that to their root.

    A link that bounds nothing is passed over: one that does not enter the node it is proposed
    for, or leaves a centroid (those of the origin have been looked at).
    """
    order, begin, link = likely.order[row], likely.begin[row], likely.link[row]
    tail, head, cost = net.tail, net.star.node, net.cost
    first = net.star.start[net.first_thru]
    for k in range(1, likely.reached[row]):
        node = likely.node[np.uint32(order[k])]
        best = out_label[node]
        for e in range(begin[k], begin[k + 1]):
            slot = np.uint32(likely.slot[np.uint32(link[e])])
            way = out_label[np.uint32(tail[slot])] + cost[slot]
            if way < best and head[slot] == node and slot >= first:
                best = way
        out_label[node] = best


@kernel
def _queue_shortened(net, label, state, queue):
    """Look at every link, shorten what it shortens, and return how many nodes wait for it."""
    head, tail, cost = net.star.node, net.tail, net.cost
    count = np.int64(0)
    for slot in range(net.star.start[net.first_thru], head.size):
        if label[np.uint32(tail[slot])] + cost[slot] < label[np.uint32(head[slot])]:
            node = head[slot]
            label[node] = label[tail[slot]] + cost[slot]
            if state[node] == _IDLE and node >= net.first_thru:
                state[node] = _WAITS
                queue[count] = node
                count += 1
    return count


@kernel
def labels_by_likely_ways(net, origins, row, likely):
    """Return the cost from each of several nodes to all, shape (n_origins, n_nodes).

    Parameters
    ----------
    net
        Links and costs.
    origins
        Nodes, shape (n_origins,), int32.
    row
        Row of `likely` for every origin, -1: none is known, shape (n_origins,).
    likely
        Ways to try first. From an origin to their root any way may lead.
    """
    n = net.star.start.size - 1
    labels = np.empty((origins.size, n))
    proposed = np.zeros(n, dtype=np.uint8)
    proposed[likely.node] = _PROPOSED
    state = np.empty(n, dtype=np.uint8)
    queue = np.empty(n, dtype=np.int32)
    for i in range(origins.size):
        origin = np.int64(origins[i])
        if row[i] < 0:
            labels[i] = shortest_tree(net.star, net.cost, origin, net.first_thru)[0]
            continue
        label = labels[i]
        label[:] = np.inf
        label[origin] = 0.0
        state[:] = proposed
        queue[0] = origin
        _drain(net, np.int64(1), label, state, queue)  # from the origin to the root
        _run_through(net, likely, row[i], label)
        state[:] = _IDLE
        count = _queue_shortened(net, label, state, queue)
        _drain(net, count, label, state, queue)
    return labels
