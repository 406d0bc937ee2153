"""Street lines and the graph they make, as columns; what every step of cleaning works on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.core.arrays import Bool, Float64, Int32, Int64

GRID_M = 1e-3
"""Vertices that agree to a millimetre are one."""
SHORTEST_M = 0.1
_HALF_BITS = 31


@final
@dataclass(frozen=True, slots=True, eq=False)
class StreetLines:
    """Street lines with their attributes, one row each; `line` runs in driving direction."""

    line: NDArray[np.object_]
    """(n,) LineStrings in a metric CRS"""
    street_class: Int32
    """(n,) rank as row of `gis.clean.street_tables.CLASSES`"""
    oneway: Bool
    """(n,) traffic only along the line"""
    lanes: Int32
    """(n,) lanes per direction, 0 unknown"""
    speed_ms: Float64
    """(n,) m/s, NaN unknown"""
    level: Int32
    """(n,) 0 at grade, else bridge, tunnel or layer"""
    ring: Bool
    """(n,) part of a roundabout"""
    origin: NDArray[np.object_]
    """(n,) id in the source"""

    def take(self, rows: Int64 | Bool) -> StreetLines:
        """Return some rows."""
        return StreetLines(
            self.line[rows],
            self.street_class[rows],
            self.oneway[rows],
            self.lanes[rows],
            self.speed_ms[rows],
            self.level[rows],
            self.ring[rows],
            self.origin[rows],
        )

    def join(self, other: StreetLines) -> StreetLines:
        """Return both, one after the other."""
        return StreetLines(
            np.concatenate([self.line, other.line]),
            np.concatenate([self.street_class, other.street_class]),
            np.concatenate([self.oneway, other.oneway]),
            np.concatenate([self.lanes, other.lanes]),
            np.concatenate([self.speed_ms, other.speed_ms]),
            np.concatenate([self.level, other.level]),
            np.concatenate([self.ring, other.ring]),
            np.concatenate([self.origin, other.origin]),
        )


@final
@dataclass(frozen=True, slots=True, eq=False)
class StreetGraph:
    """Lines that meet only at nodes."""

    lines: StreetLines
    tail: Int32
    """(n,) node each line leaves"""
    head: Int32
    """(n,) node each line enters"""
    xy_m: Float64
    """(n_nodes, 2)"""

    def degree(self) -> Int64:
        """Return the number of line ends at each node; a loop counts twice."""
        ends = np.concatenate([self.tail, self.head])
        return np.bincount(ends, minlength=len(self.xy_m))


def renumbered(graph: StreetGraph) -> StreetGraph:
    """Drop nodes without lines."""
    used = np.unique(np.concatenate([graph.tail, graph.head]))
    row = np.full(len(graph.xy_m), -1, dtype=np.int32)
    row[used] = np.arange(used.size, dtype=np.int32)
    return StreetGraph(graph.lines, row[graph.tail], row[graph.head], graph.xy_m[used])


def keep_edges(graph: StreetGraph, keep: Bool, *, renumber: bool = True) -> StreetGraph:
    """Return the graph with some of its lines, and of its nodes those that have any."""
    rows = np.flatnonzero(keep)
    kept = StreetGraph(graph.lines.take(rows), graph.tail[rows], graph.head[rows], graph.xy_m)
    return renumbered(kept) if renumber else kept


def groups_of(n: int, pairs: Int64) -> Int64:
    """Return the lowest row each row is tied to by pairs, shape (n,).

    Few rows are tied, so passing the lower label on beats loading a graph library.
    """
    label = np.arange(n, dtype=np.int64)
    while len(pairs):
        low = np.minimum(label[pairs[:, 0]], label[pairs[:, 1]])
        before = label.copy()
        np.minimum.at(label, pairs[:, 0], low)
        np.minimum.at(label, pairs[:, 1], low)
        label = label[label]
        if np.array_equal(before, label):
            break
    return label


def place_keys(xy_m: Float64) -> Int64:
    """Return coordinates as whole millimetres, so that equal places compare equal."""
    return np.round(xy_m / GRID_M).astype(np.int64)


def flat_keys(keys: Int64) -> Int64:
    """Return places as single comparable numbers; a town is less than 2^31 mm wide."""
    if not len(keys):
        return keys[:, 0]
    x, y = (keys - keys.min(axis=0)).T
    flat: Int64 = (x << _HALF_BITS) | y
    return flat


def graph_of(lines: StreetLines) -> StreetGraph:
    """Return the graph of lines that meet only at ends; ends within a hand's breadth are one."""
    ends = np.concatenate(
        [
            shapely.get_coordinates(shapely.get_point(lines.line, 0)),
            shapely.get_coordinates(shapely.get_point(lines.line, -1)),
        ]
    )
    _, first, node = np.unique(flat_keys(place_keys(ends)), return_index=True, return_inverse=True)
    xy = ends[first]
    points = shapely.points(xy)
    pairs = shapely.STRtree(points).query(points, predicate="dwithin", distance=SHORTEST_M).T
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    if len(pairs):
        label = groups_of(len(xy), pairs)
        kept, label = np.unique(label, return_inverse=True)
        node, xy = label[node], xy[kept]
    n = len(lines.line)
    graph = StreetGraph(lines, node[:n].astype(np.int32), node[n:].astype(np.int32), xy)
    return renumbered(graph)


def moved_nodes(graph: StreetGraph, group: Int64, xy_m: Float64) -> StreetGraph:
    """Return the graph with the nodes of a group as one, its lines drawn to the new place.

    Nodes are not numbered anew.

    Parameters
    ----------
    graph
        Any graph.
    group
        Node that each node becomes, shape (n_nodes,).
    xy_m
        New place of each node that groups name, shape (n_nodes, 2).
    """
    line = graph.lines.line.copy()
    tail, head = group[graph.tail], group[graph.head]
    for old, new, at_start in ((graph.tail, tail, True), (graph.head, head, False)):
        away = np.abs(graph.xy_m[old] - xy_m[new]).sum(axis=1) > GRID_M
        for row in np.flatnonzero(away):
            line[row] = _drawn_on(line[row], xy_m[new[row]], at_start=at_start)
    lines = replace(graph.lines, line=line)
    return StreetGraph(lines, tail.astype(np.int32), head.astype(np.int32), xy_m)


def _drawn_on(line: shapely.LineString, xy_m: Float64, *, at_start: bool) -> shapely.LineString:
    """Return a line with one end elsewhere.

    The end moves and no vertex stays where it was: lines that met there would share a last piece.
    """
    xy = shapely.get_coordinates(line)
    xy[0 if at_start else -1] = xy_m
    return shapely.linestrings(xy)
