"""Shortest-path trees over a directed network, for routing traffic and for travel times.

References
----------
Dijkstra, 1959, Numerische Mathematik 1, doi 10.1007/BF01386390. The heap with four children per
node is that of Johnson, 1975, "Priority queues with update and finding minimum spanning trees",
Information Processing Letters 4(3).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel

_ARITY = 4


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
def _rise(heap, place, label, child, node):
    """Move a node up the heap until its parent is not dearer."""
    while child > 0:
        parent = (child - 1) // _ARITY
        above = heap[parent]
        if label[above] <= label[node]:
            break
        heap[child] = above
        place[above] = child
        child = parent
    heap[child] = node
    place[node] = child


@kernel
def _pop(heap, place, label, size):
    """Take the cheapest node off a heap of `size` nodes."""
    top = heap[0]
    place[top] = -1
    size -= 1
    if size == 0:
        return top
    node = heap[size]
    hole = 0
    while True:
        child = _ARITY * hole + 1
        if child >= size:
            break
        best = child
        for other in range(child + 1, min(child + _ARITY, size)):
            if label[heap[other]] < label[heap[best]]:
                best = other
        if label[heap[best]] >= label[node]:
            break
        heap[hole] = heap[best]
        place[heap[hole]] = hole
        hole = best
    heap[hole] = node
    place[node] = hole
    return top


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
    heap = np.empty(n, dtype=np.int32)
    place = np.full(n, -1, dtype=np.int32)
    size = 0
    for node in range(n):
        if not fixed[node]:
            out_label[node] = np.inf
            out_link[node] = -1
    for node in range(n):
        if fixed[node] and _leads_out(star, fixed, node) > 0:
            _rise(heap, place, out_label, size, node)
            size += 1
    new = 0
    while size > 0:
        node = _pop(heap, place, out_label, size)
        size -= 1
        if node < first_thru and node != origin:
            continue  # a fixed one
        here = out_label[node]
        for slot in range(star.start[node], star.start[node + 1]):
            label = here + slot_cost[slot]
            other = star.node[slot]
            if label < out_label[other] and not fixed[other]:
                if out_link[other] < 0:
                    new += 1
                out_label[other] = label
                out_link[other] = star.link[slot]
                child = place[other]
                if child < 0:
                    if other < first_thru or _leads_back(star, other, node):
                        continue  # not searched from: two thirds of all nodes in some networks
                    child = size
                    size += 1
                _rise(heap, place, out_label, child, other)
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
