"""Shortest-path trees over a directed network, for routing traffic and for travel times.

Nodes wait in buckets by their label, the cheapest bucket is emptied first, and a node whose label
falls again waits again: labels are exact whatever the width of a bucket, which only decides how
often that happens. Streets have no dear and few very cheap links, so that it is rare, and there is
no heap to keep in order.

References
----------
Dial, 1969, "Algorithm 360: shortest-path forest with topological ordering", Communications of the
ACM 12(11), doi 10.1145/363269.363610 (buckets).
Denardo & Fox, 1979, "Shortest-route methods: 1. Reaching, pruning, and buckets", Operations
Research 27(1), doi 10.1287/opre.27.1.161 (buckets wider than the cheapest link; overflow).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel

_BUCKETS = 512  # in the window of buckets, a power of 2; one more holds what lies beyond
_SAMPLE = 512  # links looked at to tell how wide a bucket should be
_WIDTH = 0.5  # width of a bucket over the mean cost of a link


class Star(NamedTuple):
    """Links grouped by the node a search leaves them from; all int32.

    A cost array for a search is in *slot order*: `cost[star.link]`. Reading costs in the order of
    the search and not through a row number is worth about a third of the time of a tree.
    """

    start: np.ndarray  # (n_nodes + 1,) first slot of every node
    node: np.ndarray  # (n_links,) node at the other end of the link
    link: np.ndarray  # (n_links,) row of the link


def _star(n_nodes: int, near: np.ndarray, far: np.ndarray) -> Star:
    """Group links by `near`, keeping the order of rows within a node."""
    order = np.argsort(near, kind="stable").astype(np.int32)
    start = np.zeros(n_nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(near, minlength=n_nodes), out=start[1:])
    return Star(start=start, node=far[order].astype(np.int32), link=order)


def forward_star(n_nodes: int, tail: np.ndarray, head: np.ndarray) -> Star:
    """Group links by tail: a tree holds the cheapest ways *from* its root.

    Parameters
    ----------
    n_nodes
        Number of nodes; rows run from 0.
    tail, head
        Node row each link leaves and enters, shape (n_links,).
    """
    return _star(n_nodes, tail, head)


def reverse_star(n_nodes: int, tail: np.ndarray, head: np.ndarray) -> Star:
    """Group links by head: a tree holds the cheapest ways *to* its root (see `forward_star`)."""
    return _star(n_nodes, head, tail)


@kernel
def _bucket_width(slot_cost):
    """Return a width for buckets from the mean of some link costs, over 0."""
    step = slot_cost.size // _SAMPLE + 1
    total = 0.0
    count = 0
    for slot in range(0, slot_cost.size, step):
        if 0.0 < slot_cost[slot] < np.inf:
            total += slot_cost[slot]
            count += 1
    return _WIDTH * total / count if count > 0 else 1.0


@kernel
def _put_in(node, number, now, first, ahead, behind, bucket):
    """Put a node in the bucket of a number, or in the last one if that is beyond the window."""
    place = number & (_BUCKETS - 1) if number < now + _BUCKETS else _BUCKETS
    other = first[place]
    ahead[node] = -1
    behind[node] = other
    if other >= 0:
        ahead[other] = node
    first[place] = node
    bucket[node] = place


@kernel
def _take_out(node, first, ahead, behind, bucket):
    """Take a node out of its bucket."""
    if ahead[node] >= 0:
        behind[ahead[node]] = behind[node]
    else:
        first[bucket[node]] = behind[node]
    if behind[node] >= 0:
        ahead[behind[node]] = ahead[node]
    bucket[node] = -1


@kernel
def _next_bucket(now, label, per_cost, first, ahead, behind, bucket):
    """Return the number of the next bucket that is not empty, moving the window if need be."""
    for number in range(now + 1, now + _BUCKETS):
        if first[number & (_BUCKETS - 1)] >= 0:
            return number
    cheapest = np.inf
    node = first[_BUCKETS]
    while node >= 0:
        cheapest = min(cheapest, label[node])
        node = behind[node]
    number = np.int64(cheapest * per_cost)
    node = first[_BUCKETS]
    while node >= 0:
        after = behind[node]
        if label[node] * per_cost < number + _BUCKETS:
            _take_out(node, first, ahead, behind, bucket)
            _put_in(node, np.int64(label[node] * per_cost), number, first, ahead, behind, bucket)
        node = after
    return number


@kernel
def _leads_out(star, fixed, node):
    """Count the links of a node to nodes that are not fixed."""
    count = 0
    for slot in range(star.start[node], star.start[node + 1]):
        count += 1 - fixed[star.node[slot]]
    return count


@kernel
def _leads_back(star, node, to):
    """Tell whether a node has one link at most, and that to the node it was reached from."""
    first = star.start[node]
    n_links = star.start[node + 1] - first
    return n_links == 0 or (n_links == 1 and star.node[first] == to)


@kernel
def grow_tree_into(star, slot_cost, origin, first_thru, fixed, out_label, out_link):
    """Grow cheapest ways from the nodes already reached to all others; return how many are new.

    Parameters
    ----------
    star
        Links grouped for the search.
    slot_cost
        Cost of every slot of the star, shape (n_links,), 0 or more; infinite = closed.
    origin
        Node the whole tree belongs to: the only centroid that may be left.
    first_thru
        Nodes below this row are centroids: ways end there, but do not lead through.
    fixed
        1 where `out_label` is given and stays, shape (n_nodes,), uint8.
    out_label
        Cost to every node, shape (n_nodes,); read where fixed, infinite where not reached.
    out_link
        Link row by which a new node is reached, shape (n_nodes,); -1 where not reached;
        untouched where fixed.
    """
    n = star.start.size - 1
    per_cost = 1.0 / _bucket_width(slot_cost)
    first = np.full(_BUCKETS + 1, -1, dtype=np.int32)
    ahead = np.empty(n, dtype=np.int32)
    behind = np.empty(n, dtype=np.int32)
    bucket = np.full(n, -1, dtype=np.int32)
    waiting = 0
    now = np.int64(0)
    for node in range(n):
        if not fixed[node]:
            out_label[node] = np.inf
            out_link[node] = -1
        elif _leads_out(star, fixed, node) > 0 and (node >= first_thru or node == origin):
            number = np.int64(out_label[node] * per_cost)
            _put_in(node, number, now, first, ahead, behind, bucket)
            waiting += 1
    new = 0
    while waiting > 0:
        place = now & (_BUCKETS - 1)
        node = first[place]
        if node < 0:
            now = _next_bucket(now, out_label, per_cost, first, ahead, behind, bucket)
            continue
        _take_out(node, first, ahead, behind, bucket)
        waiting -= 1
        here = out_label[node]
        for slot in range(star.start[node], star.start[node + 1]):
            label = here + slot_cost[slot]
            other = star.node[slot]
            if label < out_label[other] and not fixed[other]:
                if out_link[other] < 0:
                    new += 1
                out_label[other] = label
                out_link[other] = star.link[slot]
                if other < first_thru or _leads_back(star, other, node):
                    continue  # not searched from: two thirds of all nodes in some networks
                if bucket[other] >= 0:
                    _take_out(other, first, ahead, behind, bucket)
                    waiting -= 1
                number = max(np.int64(label * per_cost), now)
                _put_in(other, number, now, first, ahead, behind, bucket)
                waiting += 1
    return new


@kernel
def shortest_tree(star, slot_cost, origin, first_thru):
    """Return (label, link) of the cheapest ways from one node, both shape (n_nodes,).

    `label` is infinite and `link` -1 where there is no way; the origin has label 0 and link -1.
    With a reverse star the ways lead *to* the node, and `link` is the first link of each.
    Parameters as in `grow_tree_into`.
    """
    n = star.start.size - 1
    fixed = np.zeros(n, dtype=np.uint8)
    label = np.empty(n)
    link = np.full(n, -1, dtype=np.int32)
    fixed[origin] = 1
    label[origin] = 0.0
    grow_tree_into(star, slot_cost, origin, first_thru, fixed, label, link)
    return label, link


@kernel
def shortest_labels(star, slot_cost, origins, first_thru):
    """Return the cost from each of several nodes to all, shape (n_origins, n_nodes)."""
    n = star.start.size - 1
    labels = np.empty((origins.size, n))
    for i in range(origins.size):
        labels[i] = shortest_tree(star, slot_cost, np.int64(origins[i]), first_thru)[0]
    return labels
