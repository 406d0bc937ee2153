"""Join street lines at nodes where nothing meets and nothing changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.clean.street_graph import StreetGraph, renumbered

if TYPE_CHECKING:
    from twin.core.arrays import Bool


def merge_passing_nodes(graph: StreetGraph) -> StreetGraph:
    """Join the two lines at every node where nothing meets and nothing changes.

    A change of class, lanes, speed, level or one-way rule keeps its node.
    """
    incident: list[list[int]] = [[] for _ in range(len(graph.xy_m))]
    for edge_i, (a, b) in enumerate(zip(graph.tail.tolist(), graph.head.tolist(), strict=True)):
        incident[a].append(edge_i)
        incident[b].append(edge_i)
    passing = np.array([_passes(graph, node_i, two) for node_i, two in enumerate(incident)])
    used = np.zeros(len(graph.tail), dtype=np.bool_)
    chains: list[list[tuple[int, bool]]] = []
    ends_free = ~(passing[graph.tail] & passing[graph.head])
    # streets from where they start; then closed rings of passing nodes alone
    for edge_i in [*np.flatnonzero(ends_free).tolist(), *np.flatnonzero(~ends_free).tolist()]:
        if not used[edge_i]:
            chains += [_walk(graph, incident, passing, used, edge_i)]
    return _chained(graph, chains)


def _passes(graph: StreetGraph, node_i: int, two: list[int]) -> bool:
    """Return whether the two lines at a node are one street."""
    if len(two) != 2 or two[0] == two[1]:  # noqa: PLR2004 - a street goes in and out
        return False
    a, b = two
    lines = graph.lines
    if lines.street_class[a] != lines.street_class[b] or lines.oneway[a] != lines.oneway[b]:
        return False
    if lines.lanes[a] != lines.lanes[b] or lines.level[a] != lines.level[b]:
        return False
    if lines.ring[a] != lines.ring[b]:
        return False
    if not np.array_equal(lines.speed_ms[a : a + 1], lines.speed_ms[b : b + 1], equal_nan=True):
        return False
    in_and_out = (graph.head[a] == node_i) != (graph.head[b] == node_i)
    return bool(in_and_out or not lines.oneway[a])


def _walk(
    graph: StreetGraph, incident: list[list[int]], passing: Bool, used: Bool, edge_i: int
) -> list[tuple[int, bool]]:
    """Follow a street from a line over passing nodes; return (line, along its own direction)."""
    forth = bool(not passing[graph.tail[edge_i]] or passing[graph.head[edge_i]])
    chain = [(edge_i, forth)]
    used[edge_i] = True
    node = int(graph.head[edge_i] if forth else graph.tail[edge_i])
    while passing[node]:
        onward = [other for other in incident[node] if not used[other]]
        if not onward:
            break
        edge_i = onward[0]
        used[edge_i] = True
        forth = bool(graph.tail[edge_i] == node)
        chain.append((edge_i, forth))
        node = int(graph.head[edge_i] if forth else graph.tail[edge_i])
    return chain


def _chained(graph: StreetGraph, chains: list[list[tuple[int, bool]]]) -> StreetGraph:
    """Build one line per chain, in driving direction where it is one-way."""
    lines = graph.lines
    merged, first = [], []
    tail, head = [], []
    for links in chains:
        if len(links) == 1 and links[0][1]:
            alone = links[0][0]
            merged.append(lines.line[alone])
            first.append(alone)
            tail.append(graph.tail[alone])
            head.append(graph.head[alone])
            continue
        chain = links
        if lines.oneway[chain[0][0]] and not chain[0][1]:
            chain = [(edge_i, not forth) for edge_i, forth in reversed(chain)]
        pieces = []
        for edge_i, forth in chain:
            xy = shapely.get_coordinates(lines.line[edge_i])
            pieces.append(xy if forth else xy[::-1])
        whole = np.concatenate([pieces[0], *[piece[1:] for piece in pieces[1:]]])
        merged.append(shapely.linestrings(whole))
        start, end = chain[0], chain[-1]
        tail.append(graph.tail[start[0]] if start[1] else graph.head[start[0]])
        head.append(graph.head[end[0]] if end[1] else graph.tail[end[0]])
        first.append(min(edge_i for edge_i, _ in chain))
    line = np.empty(len(merged), dtype=object)
    line[:] = merged
    kept = replace(lines.take(np.array(first, dtype=np.int64)), line=line)
    return renumbered(
        StreetGraph(kept, np.array(tail, np.int32), np.array(head, np.int32), graph.xy_m)
    )
