"""The ends of a synthetic town's streets: cul-de-sacs, bare ends, loops and the roads out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from shapely.ops import substring

from gis.draws import uniform, uniforms
from gis.generate.town.streets import RANK, StreetLines, kept, numbered
from twin.core.streams import Stream

if TYPE_CHECKING:
    from gis.generate.town.plan import Plan
    from twin.core.arrays import Bool, Float64, Int64

_DEAD_ENDS = (0.16, 0.22)
"""Share of dead ends aimed at: between Coquimbo's 0.14 and Snezhinsk's 0.24."""
_GAP_M = 22.0
_SHORTEST_CLOSED_M = 90.0
_JUNCTION = 3


def with_cul_de_sacs(graph: StreetLines, seed: int) -> StreetLines:
    """Close local streets at one end, most of them at main streets, until enough are dead ends.

    A closed street stops short of the junction; all streets stay one connected graph, since none of
    a spanning tree is closed.
    """
    local = graph.rank == RANK["local"]
    through = graph.rank <= RANK["local"]
    degree = np.bincount(
        np.concatenate([graph.tail[through], graph.head[through]]), minlength=len(graph.nodes_m)
    )
    low, high = _DEAD_ENDS
    share = low + (high - low) * uniform(seed, Stream.STREETS, 30)
    wanted = share * float((degree > 0).sum()) - float((degree == 1).sum())
    best = np.full(len(graph.nodes_m), max(RANK.values()))
    np.minimum.at(best, graph.tail, graph.rank)
    np.minimum.at(best, graph.head, graph.rank)
    at_main = np.minimum(best[graph.tail], best[graph.head]) < RANK["local"]
    draw = uniforms(seed, Stream.STREETS, np.arange(graph.rank.size), draw=8)
    order_key = np.where(at_main, draw, 0.5 + draw)
    long = shapely.length(graph.lines) > _SHORTEST_CLOSED_M
    spare = local & long & ~_in_tree(graph, np.where(local, order_key, 1.9))
    spare &= np.minimum(degree[graph.tail], degree[graph.head]) >= _JUNCTION
    rows = np.flatnonzero(spare)
    rows = rows[np.argsort(order_key[rows], kind="stable")]
    closed = _apart(graph, rows, max(int(wanted), 0))
    at_tail = best[graph.tail[closed]] <= best[graph.head[closed]]
    return _shortened(graph, closed, np.where(at_tail, _GAP_M, 0.0), np.where(at_tail, 0.0, _GAP_M))


def _in_tree(graph: StreetLines, weight: Float64) -> Bool:
    """Return which edges a spanning tree keeps: those drawn to be closed last come first."""
    count = len(graph.nodes_m)
    ends = np.sort(np.stack([graph.tail, graph.head], axis=1), axis=1)
    cost = 2.0 - weight  # what is closed first is taken into the tree last
    pair = ends[:, 0] * count + ends[:, 1]
    order = np.lexsort((np.arange(pair.size), cost, pair))
    order = order[ends[order, 0] != ends[order, 1]]
    _, first = np.unique(pair[order], return_index=True)
    rows = order[first]
    links = coo_matrix((cost[rows], (ends[rows, 0], ends[rows, 1])), shape=(count, count))
    tree = minimum_spanning_tree(links.tocsr()).tocoo()
    taken = np.isin(
        pair[rows], np.minimum(tree.row, tree.col) * count + np.maximum(tree.row, tree.col)
    )
    inside = np.zeros(pair.size, dtype=np.bool_)
    inside[rows[taken]] = True
    return inside


def _apart(graph: StreetLines, rows: Int64, count: int) -> Int64:
    """Return the first rows, `count` at most, of which no two share a node."""
    used = np.zeros(len(graph.nodes_m), dtype=np.bool_)
    chosen: list[int] = []
    for row in rows.tolist():
        if len(chosen) == count:
            break
        ends = [graph.tail[row], graph.head[row]]
        if not used[ends].any():
            used[ends] = True
            chosen.append(row)
    return np.array(chosen, dtype=np.int64)


def _shortened(graph: StreetLines, rows: Int64, tail_m: Float64, head_m: Float64) -> StreetLines:
    """Take some metres off the ends of streets and number the graph anew."""
    lines = graph.lines.copy()
    for row, start, stop in zip(rows.tolist(), tail_m.tolist(), head_m.tolist(), strict=True):
        lines[row] = substring(lines[row], start, lines[row].length - stop)
    shorter = replace(graph, lines=lines)
    return kept(shorter, np.ones(lines.size, dtype=np.bool_))


def with_exits(graph: StreetLines, plan: Plan) -> StreetLines:
    """Call the streets that leave town trunk roads."""
    away = ~shapely.contains(plan.limit.buffer(60.0), shapely.points(graph.nodes_m))
    leaves = away[graph.tail] | away[graph.head]
    return replace(graph, rank=np.where(leaves, RANK["trunk"], graph.rank))


def without_bare_ends(graph: StreetLines, buildings: shapely.Geometry) -> StreetLines:
    """Drop local dead ends at which no building stands, until none is left."""
    tree = shapely.STRtree(shapely.centroid(buildings))
    while True:
        ends = (graph.degree[graph.tail] == 1) | (graph.degree[graph.head] == 1)
        rows = np.flatnonzero(ends & (graph.rank >= RANK["collector"]))
        lined, _ = tree.query(graph.lines[rows], predicate="dwithin", distance=45.0)
        bare = np.setdiff1d(rows, rows[np.unique(lined)])
        if not bare.size:
            return graph
        keep = np.ones(graph.rank.size, dtype=bool)
        keep[bare] = False
        graph = kept(graph, keep)


def with_split_loops(graph: StreetLines) -> StreetLines:
    """Cut streets that end where they start at their thirds, so that each edge joins two nodes."""
    loop = graph.tail == graph.head
    if not loop.any():
        return graph
    thirds = shapely.get_coordinates(
        [
            substring(line, share / 3.0, (share + 1) / 3.0, normalized=True)
            for line in graph.lines[loop]
            for share in range(3)
        ],
        return_index=True,
    )
    pieces = shapely.linestrings(np.round(thirds[0], 2), indices=thirds[1])
    return numbered(
        np.concatenate([graph.lines[~loop], pieces]),
        np.concatenate([graph.rank[~loop], np.repeat(graph.rank[loop], 3)]),
    )
