"""Valve segments: what is drained, shut and cut off when a piece of a network is isolated.

A valve stands on an edge close to one of its nodes. A segment is a largest set of nodes and edges
that no valve divides: it can only be emptied as a whole. Every network of pipes uses it.

References
----------
Walski, 1993, "Water distribution valve topology for reliability analysis", Reliability Engineering
and System Safety 42(1), 21-27, doi 10.1016/0951-8320(93)90051-Y (segments).
Jun & Loganathan, 2007, "Valve-controlled segments in water distribution systems", Journal of Water
Resources Planning and Management 133(2), 145-155 (segments and what they cut off unwillingly).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32

_JUNCTION_DEGREE = 3


@final
@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """A network cut at its valves."""

    tail: Int32
    """Node at the start of every edge, shape (n_edges,)."""
    head: Int32
    valve_node: Int32
    """Node each valve stands at, shape (n_valves,)."""
    valve_edge: Int32
    """Edge each valve stands on."""
    node_segment: Int32
    """Segment of every node, shape (n_nodes,)."""
    edge_segment: Int32
    """Segment of every edge, shape (n_edges,)."""

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        pieces = np.concatenate([self.node_segment, self.edge_segment])
        return int(pieces.max(initial=-1)) + 1


@final
@dataclass(frozen=True, slots=True, eq=False)
class Isolation:
    """What isolating some edges does to a network."""

    segments: Int32
    """Segments that are drained."""
    valves: Int32
    """Rows of the valves to shut; one with the same segment on both sides is left as it is."""
    drained_nodes: Bool
    """True in a drained segment, shape (n_nodes,)."""
    drained_edges: Bool
    """True in a drained segment, shape (n_edges,)."""
    cut_nodes: Bool
    """True where a node that is not drained loses every source, shape (n_nodes,)."""
    closed_edges: Bool
    """True where nothing can flow: drained edges, and those that end at a drained node."""

    @property
    def nodes_out(self) -> Bool:
        """True where a node is drained or cut off; `nodes_out[building_node]` gives buildings."""
        out: Bool = self.drained_nodes | self.cut_nodes
        return out


def valve_segments(
    tail: Int32, head: Int32, n_nodes: int, valve_node: Int32, valve_edge: Int32
) -> Segments:
    """Cut a network at its valves.

    Parameters
    ----------
    tail, head
        Nodes of every edge, shape (n_edges,); the direction means nothing.
    n_nodes
        Number of nodes.
    valve_node, valve_edge
        Where valves stand: on an edge, beside one of its nodes. Repeated pairs count once.

    Raises
    ------
    CityDataError
        If an end is no node, or a valve stands on an edge that does not end at its node.
    """
    tail, head = _rows(tail), _rows(head)
    valve_node, valve_edge = _rows(valve_node), _rows(valve_edge)
    _check(tail, head, n_nodes, valve_node, valve_edge)
    pairs = np.unique(np.stack([valve_edge, valve_node], axis=1), axis=0).reshape(-1, 2)
    valve_edge, valve_node = _rows(pairs[:, 0]), _rows(pairs[:, 1])
    n_edges = tail.size
    end_node = np.concatenate([tail, head])
    end_edge = np.tile(np.arange(n_edges), 2)
    free = ~np.isin(
        end_edge * n_nodes + end_node, valve_edge.astype(np.int64) * n_nodes + valve_node
    )
    label = _components(end_node[free], _rows(n_nodes + end_edge[free]), n_nodes + n_edges)
    return Segments(tail, head, valve_node, valve_edge, label[:n_nodes], label[n_nodes:])


def assumed_valves(
    tail: Int32, head: Int32, n_nodes: int, width_m: Float64, sources: Int32
) -> tuple[Int32, Int32]:
    """Return node and edge of valves where their places are not known: the N-1 rule.

    Assumption. Where three or more edges meet, all but the widest have a valve (of equally wide
    ones the first in the table goes without). Every edge has one at a source, so that no break
    drains a plant; nodes of two edges and dead ends have none.

    Parameters
    ----------
    tail, head
        Nodes of every edge, shape (n_edges,).
    n_nodes
        Number of nodes.
    width_m
        Diameter of every edge, shape (n_edges,).
    sources
        Nodes with a source.

    References
    ----------
    Walski, 1993 (see the module): N-1 valves at a junction of N pipes are usual, N the ideal.
    """
    tail, head = _rows(tail), _rows(head)
    n_edges = tail.size
    node = np.concatenate([tail, head])
    edge = np.tile(np.arange(n_edges), 2)
    width = np.asarray(width_m, dtype=float)[edge]
    order = np.lexsort((edge, -width, node))
    node, edge = node[order], edge[order]
    degree = np.bincount(node, minlength=n_nodes)[node]
    widest = np.r_[True, node[1:] != node[:-1]] if node.size else np.zeros(0, dtype=bool)
    at_source = np.isin(node, np.asarray(sources))
    valved = at_source | ((degree >= _JUNCTION_DEGREE) & ~widest)
    return _rows(node[valved]), _rows(edge[valved])


def assumed_segments(
    tail: Int32,
    head: Int32,
    n_nodes: int,
    width_m: Float64,
    sources: Int32,
    absent: Bool | None = None,
) -> Segments:
    """Cut a network at its assumed valves.

    Parameters
    ----------
    tail, head, n_nodes, width_m, sources
        As `assumed_valves`.
    absent
        True where an edge is plugged off or not laid yet, shape (n_edges,): it counts for no
        junction and is a segment of its own. None: all are there.
    """
    if absent is None or not absent.any():
        valves = assumed_valves(tail, head, n_nodes, width_m, sources)
        return valve_segments(tail, head, n_nodes, *valves)
    there, plugged = np.flatnonzero(~absent), np.flatnonzero(absent)
    node, edge = assumed_valves(tail[there], head[there], n_nodes, width_m[there], sources)
    nodes = np.concatenate([node, tail[plugged], head[plugged]])
    edges = np.concatenate([there[edge], plugged, plugged])
    return valve_segments(tail, head, n_nodes, _rows(nodes), _rows(edges))


def isolate(
    cut: Segments, broken: Int32, sources: Int32, *, closed: Bool | None = None
) -> Isolation:
    """Drain the segments of some edges and find who loses supply.

    Parameters
    ----------
    cut
        The network at its valves.
    broken
        Rows of the edges to be emptied.
    sources
        Nodes with a source; one in a drained segment gives nothing.
    closed
        True where an edge is shut anyway, shape (n_edges,). What has no source before the
        isolation is not counted as cut off by it.
    """
    n_nodes = cut.node_segment.size
    sources = _rows(sources)
    shut = np.zeros(cut.tail.size, dtype=bool) if closed is None else np.asarray(closed, dtype=bool)
    drained = np.zeros(cut.n_segments, dtype=bool)
    drained[cut.edge_segment[_rows(broken)]] = True
    drained_nodes, drained_edges = drained[cut.node_segment], drained[cut.edge_segment]
    closed_edges = drained_edges | drained_nodes[cut.tail] | drained_nodes[cut.head]
    at_border = drained_nodes[cut.valve_node] != drained_edges[cut.valve_edge]
    before = fed_nodes(cut.tail, cut.head, n_nodes, sources, closed=shut)
    left = sources[~drained_nodes[sources]]
    after = fed_nodes(cut.tail, cut.head, n_nodes, left, closed=shut | closed_edges)
    return Isolation(
        segments=_rows(np.flatnonzero(drained)),
        valves=_rows(np.flatnonzero(at_border)),
        drained_nodes=drained_nodes,
        drained_edges=drained_edges,
        cut_nodes=before & ~after & ~drained_nodes,
        closed_edges=closed_edges,
    )


def lost_with_segments(cut: Segments, sources: Int32, weight: Float64) -> Float64:
    """Return the weight that loses supply when each segment is drained, shape (n_segments,).

    What is in the segment and what it alone joins to a source: the sum of `weight` over
    `isolate(...).nodes_out`, for all segments at once.

    Parameters
    ----------
    cut
        The network at its valves.
    sources
        Nodes with a source.
    weight
        What stands at each node, 0 or more, shape (n_nodes,), in any unit.

    References
    ----------
    Tarjan, 1972, "Depth-first search and linear graph algorithms", SIAM Journal on Computing 1(2),
    doi 10.1137/0201010 (what lies behind a vertex).
    """
    n = cut.n_segments
    own = np.bincount(cut.node_segment, weights=weight, minlength=n)
    root = n  # a vertex joined to every segment with a source
    one = np.concatenate([cut.node_segment[cut.valve_node], cut.node_segment[_rows(sources)]])
    other = np.concatenate([cut.edge_segment[cut.valve_edge], np.full(len(sources), root)])
    ends = np.concatenate([one, other]), np.concatenate([other, one])
    joined = sparse.csr_array((np.ones(ends[0].size, dtype=np.int8), ends), shape=(n + 1, n + 1))
    start, near = joined.indptr.tolist(), joined.indices.tolist()
    turn, low, at = [-1] * (n + 1), [0] * (n + 1), start[:-1]
    below, lost = [*own.tolist(), 0.0], [*own.tolist(), 0.0]
    turn[root], count, way = 0, 1, [root]
    while way:
        here = way[-1]
        if at[here] < start[here + 1]:
            there = near[at[here]]
            at[here] += 1
            if turn[there] < 0:
                turn[there] = low[there] = count
                count += 1
                way.append(there)
            else:
                low[here] = min(low[here], turn[there])
            continue
        way.pop()
        if way:
            before = way[-1]
            low[before] = min(low[before], low[here])
            below[before] += below[here]
            if low[here] >= turn[before]:
                lost[before] += below[here]
    return np.array(lost[:-1])


def fed_nodes(
    tail: Int32, head: Int32, n_nodes: int, sources: Int32, *, closed: Bool | None = None
) -> Bool:
    """Return which nodes an open way joins to a source, shape (n_nodes,)."""
    tail, head = _rows(tail), _rows(head)
    if closed is not None:
        tail, head = tail[~closed], head[~closed]
    label = _components(tail, head, n_nodes)
    has_source = np.zeros(n_nodes, dtype=bool)
    has_source[label[_rows(sources)]] = True
    fed: Bool = has_source[label]
    return fed


def _rows(values: object) -> Int32:
    """Return rows as the project keeps them."""
    return np.ascontiguousarray(values, dtype=np.int32)


def _components(tail: Int32, head: Int32, size: int) -> Int32:
    """Return the component of every vertex."""
    joined = sparse.coo_array((np.ones(tail.size, dtype=np.int8), (tail, head)), shape=(size, size))
    _, label = connected_components(joined, directed=False)
    return _rows(label)


def _check(tail: Int32, head: Int32, n_nodes: int, valve_node: Int32, valve_edge: Int32) -> None:
    """Refuse ends that are no nodes and valves beside no end of their edge."""
    faults: list[Fault] = []
    outside = (np.minimum(tail, head) < 0) | (np.maximum(tail, head) >= n_nodes)
    for row in np.flatnonzero(outside).tolist():
        what = f"joins nodes {tail[row]} and {head[row]}; nodes are 0 to {n_nodes - 1}"
        mend = "name nodes by their row"
        faults.append(Fault(f"edges row {row}", what, mend, "E-DANGLING", (row,)))
    known = (valve_edge >= 0) & (valve_edge < tail.size)
    edge = np.where(known, valve_edge, 0)
    at_end = np.zeros(known.size, dtype=bool)
    if tail.size:
        at_end = known & ((tail[edge] == valve_node) | (head[edge] == valve_node))
    for row in np.flatnonzero(~at_end).tolist():
        what = f"stands at node {valve_node[row]} on edge {valve_edge[row]}, which has no such end"
        mend = "name an edge of that node"
        faults.append(Fault(f"valves row {row}", what, mend, "E-DANGLING", (row,)))
    if faults:
        raise CityDataError(faults)
