"""Two carriageways of one street become one two-way street.

Maps draw a street with a median as two one-way lines, so that one crossing is four. A model of a
town wants one street and one crossing. Only what is clearly one street is joined: one-way lines of
one class and level that run against each other, near each other, between the same two places,
with no building between them. Motorways and trunk roads stay, as their ramps belong to one side.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

from gis.clean.passing import merge_passing_nodes
from gis.clean.street_graph import (
    StreetGraph,
    StreetLines,
    groups_of,
    keep_edges,
    moved_nodes,
    renumbered,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gis.clean.repairs import RepairLog
    from twin.core.arrays import Float64, Int64

WIDTH_M = 30.0
"""Farthest apart that the middles of two carriageways lie."""
LONGEST_M = 1200.0
"""Longest stretch between two places where both carriageways meet."""
SLIM = 0.25
"""Widest a stretch may be, as share of its length; a wider one is a block with streets round it."""
SPLITTER_M = 12.0
"""Stretches no wider than this may be short: islands where a street meets a junction."""
SAME_LENGTH = 1.3
_CLASSES = (1, 2, 3)
_LOOK_M = 10.0
_STRAIGHT, _AGAINST, _ACROSS = 0.7, -0.8, 0.6
_MOST_STEPS, _MOST_PASSES = 16, 20
_TOGETHER_M = 5.0
_HALF_STRIP_M = 20.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """Two carriageways between two places: rows of lines forth and back."""

    forth: tuple[int, ...]
    back: tuple[int, ...]
    inner: tuple[int, ...]
    """Nodes between the two places, on either carriageway"""


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A two-way line that comes in place of two carriageways."""

    model: int
    """Row of a line whose class, speed and origin it takes"""
    tail: int
    head: int
    lanes: int
    xy_m: Float64


@final
class _Sides:
    """One-way lines of a graph with their directions, and the buildings between them."""

    def __init__(self, graph: StreetGraph, outlines: shapely.STRtree | None) -> None:
        lines = graph.lines
        self.graph = graph
        self.outlines = outlines
        self.rows = np.flatnonzero(
            lines.oneway
            & ~lines.ring
            & np.isin(lines.street_class, _CLASSES)
            & (graph.tail != graph.head)
        )
        self.leaving: dict[int, list[int]] = {}
        self.coming: dict[int, list[int]] = {}
        for row in self.rows.tolist():
            self.leaving.setdefault(int(graph.tail[row]), []).append(row)
            self.coming.setdefault(int(graph.head[row]), []).append(row)
        self.first_way = _heading(lines.line, at_end=False)
        self.last_way = _heading(lines.line, at_end=True)
        self.length_m = shapely.length(lines.line)

    def is_free(self, area: shapely.Polygon) -> bool:
        """Return whether an area is free of buildings."""
        if self.outlines is None:
            return True
        return not self.outlines.query(area, predicate="intersects").size

    def comes_back(self, row: int) -> bool:
        """Return whether a line of the same class arrives where a line starts, and against it."""
        lines = self.graph.lines
        return any(
            lines.street_class[other] == lines.street_class[row]
            and self.last_way[other] @ self.first_way[row] <= 0.0
            for other in self.coming.get(int(self.graph.tail[row]), [])
        )

    def walks(self, row: int) -> Iterator[tuple[int, ...]]:
        """Yield ever longer ways straight on from a line, of its class and level."""
        lines, way = self.graph.lines, [row]
        length = float(self.length_m[row])
        while length <= LONGEST_M and len(way) <= _MOST_STEPS:
            yield tuple(way)
            onward = [
                (float(self.last_way[way[-1]] @ self.first_way[other]), other)
                for other in self.leaving.get(int(self.graph.head[way[-1]]), [])
                if lines.street_class[other] == lines.street_class[row]
                and lines.level[other] == lines.level[row]
                and other not in way
            ]
            best = max(onward, default=(0.0, -1))
            if best[0] < _STRAIGHT:
                return
            way.append(best[1])
            length += float(self.length_m[best[1]])


def join_carriageways(
    graph: StreetGraph, log: RepairLog, buildings: NDArray[np.object_] | None
) -> StreetGraph:
    """Return the graph with carriageways of one street as one; see the module."""
    outlines = shapely.STRtree(buildings) if buildings is not None and len(buildings) else None
    graph = _joined_medians(_Sides(graph, outlines))
    was: list[StreetLines] = []
    made: list[StreetLines] = []
    n_stretches = 0
    for _ in range(_MOST_PASSES):
        sides = _Sides(graph, outlines)
        found = _stretches(sides)
        if not found:
            break
        n_stretches += len(found)
        rows = [row for one in found for row in (*one.forth, *one.back)]
        was.append(graph.lines.take(np.array(rows, dtype=np.int64)))
        graph, more = _joined(sides, found)
        made.append(more)
        graph = merge_passing_nodes(graph)
    if not n_stretches:
        return graph
    length_km = sum(float(shapely.length(part.line).sum()) for part in made) / 1000
    log.add(
        "W-DUAL-CARRIAGEWAY",
        f"{n_stretches} stretches of street with two carriageways up to {WIDTH_M:g} m apart "
        f"({length_km:.1f} km) became two-way streets.",
        before=_shown(was),
        after=_shown(made),
    )
    return graph


def _shown(parts: list[StreetLines]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return the lines of all parts and their origins."""
    return np.concatenate([one.line for one in parts]), np.concatenate(
        [one.origin for one in parts]
    )


def _heading(line: NDArray[np.object_], *, at_end: bool) -> Float64:
    """Return the direction in which lines start or end, over their outer 10 m, shape (n, 2)."""
    near, far = (-_LOOK_M, -1e-9) if at_end else (0.0, _LOOK_M)
    a = shapely.get_coordinates(shapely.line_interpolate_point(line, near))
    b = shapely.get_coordinates(shapely.line_interpolate_point(line, far))
    if at_end:
        b = shapely.get_coordinates(shapely.get_point(line, -1))
    step = b - a
    heading: Float64 = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    return heading


def _joined_medians(sides: _Sides) -> StreetGraph:
    """Return the graph with both ends of a crossing's piece inside a median as one node."""
    graph = sides.graph
    short = np.flatnonzero((sides.length_m <= WIDTH_M) & (graph.tail != graph.head))
    pairs = [
        (int(graph.tail[row]), int(graph.head[row])) for row in short if _in_median(sides, int(row))
    ]
    if not pairs:
        return graph
    group = groups_of(len(graph.xy_m), np.array(pairs, dtype=np.int64))
    size = np.bincount(group, minlength=len(group))
    xy = graph.xy_m.copy()
    for axis in (0, 1):
        total = np.bincount(group, graph.xy_m[:, axis], len(group))
        xy[:, axis] = np.where(size > 0, total / np.maximum(size, 1), xy[:, axis])
    inside = (group[graph.tail] == group[graph.head]) & (graph.tail != graph.head)
    inside &= sides.length_m <= 2 * WIDTH_M
    kept = keep_edges(graph, ~inside, renumber=False)
    return merge_passing_nodes(renumbered(moved_nodes(kept, group, xy)))


def _in_median(sides: _Sides, row: int) -> bool:
    """Return whether a short line joins two carriageways that pass its ends against each other."""
    a, b = int(sides.graph.tail[row]), int(sides.graph.head[row])
    step = sides.graph.xy_m[b] - sides.graph.xy_m[a]
    across = step / max(float(np.hypot(*step)), 1e-9)
    for class_a, way_a in _passing_by(sides, a, row):
        for class_b, way_b in _passing_by(sides, b, row):
            if class_a != class_b or way_a @ way_b > _AGAINST or abs(way_a @ across) > _ACROSS:
                continue
            strip = [
                sides.graph.xy_m[node] + sign * _HALF_STRIP_M * way
                for node, way in ((a, way_a), (b, way_b))
                for sign in (-1, 1)
            ]
            if sides.is_free(shapely.convex_hull(shapely.multipoints(strip))):
                return True
    return False


def _passing_by(sides: _Sides, node: int, but: int) -> list[tuple[int, Float64]]:
    """Return class and direction of carriageways that go straight through a node."""
    found = []
    for one in sides.coming.get(node, []):
        for other in sides.leaving.get(node, []):
            way = sides.last_way[one], sides.first_way[other]
            same = sides.graph.lines.street_class[one] == sides.graph.lines.street_class[other]
            if but not in (one, other) and same and way[0] @ way[1] > _STRAIGHT:
                mean = way[0] + way[1]
                found.append((int(sides.graph.lines.street_class[one]), mean / np.hypot(*mean)))
    return found


def _stretches(sides: _Sides) -> list[_Stretch]:
    """Return stretches that can be joined at once: none moves a place of another."""
    found: list[_Stretch] = []
    used: set[int] = set()
    moved: set[int] = set()
    fixed: set[int] = set()
    graph = sides.graph
    for row in sides.rows.tolist():
        stretch = _stretch_from(sides, row)
        if stretch is None or used & {*stretch.forth, *stretch.back}:
            continue
        ends = {int(graph.tail[stretch.forth[0]]), int(graph.head[stretch.forth[-1]])}
        inner = set(stretch.inner)
        if inner & (moved | fixed) or ends & moved:
            continue
        used |= {*stretch.forth, *stretch.back}
        moved |= inner
        fixed |= ends
        found.append(stretch)
    return found


def _stretch_from(sides: _Sides, row: int) -> _Stretch | None:
    """Return the shortest stretch whose one carriageway starts with a line."""
    graph = sides.graph
    start = int(graph.tail[row])
    if not sides.comes_back(row):
        return None
    for forth in sides.walks(row):
        turn = int(graph.head[forth[-1]])
        if turn == start:
            return None
        for first in sides.leaving.get(turn, []):
            alike = graph.lines.street_class[first] == graph.lines.street_class[row]
            if not alike or sides.last_way[forth[-1]] @ sides.first_way[first] > 0.0:
                continue
            for back in sides.walks(first):
                if int(graph.head[back[-1]]) == start:
                    inner = (
                        *(int(graph.head[i]) for i in forth[:-1]),
                        *(int(graph.head[i]) for i in back[:-1]),
                    )
                    if len(set(inner)) == len(inner) and _is_one_street(sides, forth, back):
                        return _Stretch(forth, back, inner)
                    break
    return None


def _is_one_street(sides: _Sides, forth: tuple[int, ...], back: tuple[int, ...]) -> bool:
    """Return whether two ways are near, alike, and have nothing between them."""
    lines = sides.graph.lines
    rows = [*forth, *back]
    if np.unique(lines.street_class[rows]).size > 1 or np.unique(lines.level[rows]).size > 1:
        return False
    a, b = _whole(lines, forth), _whole(lines, back)
    short, long = sorted((float(shapely.length(a)), float(shapely.length(b))))
    if long > SAME_LENGTH * short + SPLITTER_M:
        return False
    apart = float(shapely.hausdorff_distance(a, b, densify=0.1))
    if apart > WIDTH_M or apart > max(SLIM * short, SPLITTER_M):
        return False
    ring = np.concatenate([shapely.get_coordinates(a), shapely.get_coordinates(b)])
    return sides.is_free(shapely.buffer(shapely.polygons(ring), 0.0))


def _whole(lines: StreetLines, rows: tuple[int, ...]) -> shapely.LineString:
    """Return lines that follow each other as one."""
    xy = [shapely.get_coordinates(lines.line[row]) for row in rows]
    return shapely.linestrings(np.concatenate([xy[0], *(part[1:] for part in xy[1:])]))


def _joined(sides: _Sides, stretches: list[_Stretch]) -> tuple[StreetGraph, StreetLines]:
    """Return the graph with each stretch as one street along its middle, and those streets."""
    graph = sides.graph
    gone = np.zeros(len(graph.tail), dtype=np.bool_)
    group, xy = np.arange(len(graph.xy_m)), graph.xy_m.copy()
    new: list[_Piece] = []
    for stretch in stretches:
        gone[[*stretch.forth, *stretch.back]] = True
        new += _along_middle(graph, stretch, group, xy)
    kept = moved_nodes(keep_edges(graph, ~gone, renumber=False), group, xy)
    inside = (kept.tail == kept.head) & (graph.tail[~gone] != graph.head[~gone])
    kept = keep_edges(kept, ~(inside & (sides.length_m[~gone] <= 2 * WIDTH_M)), renumber=False)
    line = np.empty(len(new), dtype=object)
    line[:] = [shapely.linestrings(piece.xy_m) for piece in new]
    more = replace(
        graph.lines.take(np.array([piece.model for piece in new], dtype=np.int64)),
        line=line,
        oneway=np.zeros(len(new), dtype=np.bool_),
        lanes=np.array([piece.lanes for piece in new], dtype=np.int32),
    )
    tail = np.array([piece.tail for piece in new], dtype=np.int32)
    head = np.array([piece.head for piece in new], dtype=np.int32)
    tails, heads = np.concatenate([kept.tail, tail]), np.concatenate([kept.head, head])
    return renumbered(StreetGraph(kept.lines.join(more), tails, heads, xy)), more


def _along_middle(
    graph: StreetGraph, stretch: _Stretch, group: Int64, xy_m: Float64
) -> list[_Piece]:
    """Return the pieces of the middle line, and move the places between onto it.

    Places that face each other become one. Traffic then may turn across the median there.
    """
    lines = graph.lines
    a, b = _whole(lines, stretch.forth), shapely.reverse(_whole(lines, stretch.back))
    length = 0.5 * (shapely.length(a) + shapely.length(b))
    on_a, on_b = _shares(lines, stretch.forth), 1.0 - _shares(lines, stretch.back)
    stops = sorted(zip([*on_a, *on_b], stretch.inner, strict=True))
    start, end = int(graph.tail[stretch.forth[0]]), int(graph.head[stretch.forth[-1]])
    places = [(0.0, start)]
    for share, node in stops:
        near_end = (1.0 - share) * length < _TOGETHER_M
        if (share - places[-1][0]) * length < _TOGETHER_M or near_end:
            group[node] = end if near_end else places[-1][1]
        else:
            places.append((share, node))
            xy_m[node] = _middle(a, b, np.array([share]))[0]
    places.append((1.0, end))
    told = lines.lanes[[*stretch.forth, *stretch.back]]
    lanes = int(told[told > 0].min()) if (told > 0).any() else 0
    bends = np.unique(np.concatenate([_bends(a), _bends(b)]))
    pieces = []
    for (low, tail), (high, head) in itertools.pairwise(places):
        between = bends[(bends > low) & (bends < high)]
        points = [xy_m[tail][None, :], _middle(a, b, between), xy_m[head][None, :]]
        pieces.append(_Piece(stretch.forth[0], tail, head, lanes, np.concatenate(points)))
    return pieces


def _shares(lines: StreetLines, rows: tuple[int, ...]) -> Float64:
    """Return where along a way its lines meet, as shares of its length, shape (n - 1,)."""
    ends = np.cumsum(shapely.length(lines.line[list(rows)]))
    shares: Float64 = ends[:-1] / ends[-1]
    return shares


def _bends(line: shapely.LineString) -> Float64:
    """Return where along a line its vertices are, as shares of its length, to a millionth."""
    steps = np.hypot(*np.diff(shapely.get_coordinates(line), axis=0).T)
    along: Float64 = np.round(np.cumsum(steps) / max(float(steps.sum()), 1e-9), 6)
    return along


def _middle(a: shapely.LineString, b: shapely.LineString, share: Float64) -> Float64:
    """Return points half way between two lines, shape (n, 2)."""
    one = shapely.line_interpolate_point(a, share, normalized=True)
    two = shapely.line_interpolate_point(b, share, normalized=True)
    middle: Float64 = 0.5 * (shapely.get_coordinates(one) + shapely.get_coordinates(two))
    return middle
