"""Close long dead ends of mains along streets that have no main yet."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gis.networks.network_tools import TrenchGraph
    from twin.core.arrays import Bool, Int64

LONGEST_DEAD_END_M = 200.0
"""Dead ends of mains with hydrants (SNiP 2.04.02-84, 8.5)."""
_BRANCH = 3

type _Near = list[list[tuple[int, int]]]


def dead_end_closures(
    graph: TrenchGraph, laid: Int64, *, fixed: Int64, around: Bool, most_m: float
) -> Int64:
    """Return pieces that join ends of mains to other mains where a dead end is over 200 m.

    Parameters
    ----------
    graph
        Streets.
    laid
        Pieces that carry a main.
    fixed
        Places of plant, which are no dead ends.
    around
        Places where mains may be laid, (n_nodes,).
    most_m
        Longest closure; a dead end for which there is none so short stays.

    Notes
    -----
    The longest dead end comes first; its end takes the shortest way along streets to a main that is
    not on the dead end itself. What is laid for one may close the next as well.
    """
    chosen = np.zeros(graph.tail.size, dtype=np.bool_)
    chosen[laid] = True
    usable = around[graph.tail] & around[graph.head] & (graph.tail != graph.head)
    near = _neighbours(graph, np.flatnonzero(usable | chosen))
    degree = _degrees(graph, chosen)
    degree[fixed] += _BRANCH
    ends = np.flatnonzero(degree == 1).tolist()
    chains = {end: _chain(graph, near, chosen, degree, end) for end in ends}
    chains = {end: part for end, part in chains.items() if part[1] > LONGEST_DEAD_END_M}
    added: list[int] = []
    for end, (chain, _) in sorted(chains.items(), key=lambda item: (-item[1][1], item[0])):
        if degree[end] != 1:
            continue
        main = degree > 0
        main[list(chain)] = False
        way = _way_out(graph, near, chosen, main, end, most_m)
        for piece in way:
            chosen[piece] = True
            degree[graph.tail[piece]] += 1
            degree[graph.head[piece]] += 1
        added += way
    return np.unique(np.array(added, dtype=np.int64))


def _degrees(graph: TrenchGraph, chosen: Bool) -> Int64:
    """Return how many mains meet at each place, (n_nodes,)."""
    rows = np.flatnonzero(chosen)
    ends = np.concatenate([graph.tail[rows], graph.head[rows]])
    return np.bincount(ends, minlength=graph.n_nodes)


def _neighbours(graph: TrenchGraph, rows: Int64) -> _Near:
    """Return (neighbour, piece) of each place."""
    near: _Near = [[] for _ in range(graph.n_nodes)]
    tail, head = graph.tail[rows].tolist(), graph.head[rows].tolist()
    for row, a, b in zip(rows.tolist(), tail, head, strict=True):
        near[a].append((b, row))
        near[b].append((a, row))
    return near


def _chain(
    graph: TrenchGraph, near: _Near, chosen: Bool, degree: Int64, end: int
) -> tuple[set[int], float]:
    """Return the places from an end to the next branch, that one left out, and their length."""
    places, length_m, node, came = {end}, 0.0, end, -1
    while True:
        onward = [(b, row) for b, row in near[node] if chosen[row] and row != came]
        if not onward:
            return places, length_m
        node, came = onward[0]
        length_m += float(graph.length_m[came])
        if degree[node] >= _BRANCH:
            return places, length_m
        places.add(node)


def _way_out(
    graph: TrenchGraph, near: _Near, chosen: Bool, main: Bool, end: int, most_m: float
) -> list[int]:
    """Return the pieces of the shortest way from an end to a place on a `main`, none if far."""
    heap: list[tuple[float, int]] = [(0.0, end)]
    best: dict[int, float] = {end: 0.0}
    came: dict[int, tuple[int, int]] = {}
    while heap:
        far, node = heapq.heappop(heap)
        if far > best[node]:
            continue
        if main[node]:
            way: list[int] = []
            while node != end:
                node, piece = came[node]
                way.append(piece)
            return way
        for other, piece in near[node]:
            length = far + float(graph.length_m[piece])
            if chosen[piece] or length > most_m or length >= best.get(other, np.inf):
                continue
            best[other] = length
            came[other] = (node, piece)
            heapq.heappush(heap, (length, other))
    return []
