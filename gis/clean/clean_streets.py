"""Turn loose street lines into a clean graph; every repair is counted and reported.

Nodes stand where lines share a vertex or cross at grade. The steps are conservative, since what a
simplifier takes for clutter is often a real street: cul-de-sac loops and parallel streets stay.
They are repeated until nothing is left to repair, so cleaning a second time changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.clean.dual_carriageways import join_carriageways
from gis.clean.passing import merge_passing_nodes
from gis.clean.roundabouts import close_roundabouts
from gis.clean.street_graph import (
    SHORTEST_M,
    StreetGraph,
    StreetLines,
    flat_keys,
    graph_of,
    place_keys,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.clean.repairs import RepairLog
    from twin.core.arrays import Bool, Float64, Int64

SNAP_M = 1.0
"""Ends nearer than this to another line or end are joined to it."""
_MOST_ROUNDS = 4  # a moved street may meet another; few do, and the second round finds them


def clean_streets(
    lines: StreetLines,
    log: RepairLog,
    *,
    join_crossings: bool,
    buildings: NDArray[np.object_] | None = None,
) -> StreetGraph:
    """Return the graph of a heap of lines; repairs go into `log`.

    Parameters
    ----------
    lines
        Streets in a metric CRS.
    log
        Takes what was repaired, and says what is not to be.
    join_crossings
        Whether lines of one level that cross without a shared vertex meet there. Right where the
        source gives bridges and tunnels; otherwise such a crossing is taken for a bridge.
    buildings
        Outlines that carriageways of one street have not between them; None knows of none.
    """
    whole = shapely.is_valid(lines.line) & (shapely.length(lines.line) >= SHORTEST_M)
    if not whole.all():
        log.tell(f"{(~whole).sum()} street lines without length were left out.")
        lines = lines.take(whole)
    n_pieces, n_made = 0, -1
    graph = graph_of(lines)
    for _ in range(_MOST_ROUNDS):
        if n_made == len(log.made):
            break
        n_made = len(log.made)
        graph = graph_of(_noded(graph.lines, log, join_crossings=join_crossings))
        n_pieces = n_pieces or len(graph.tail)
        graph = merge_passing_nodes(graph)
        if log.wants("W-ROUNDABOUT"):
            graph = close_roundabouts(graph, log)
        if log.wants("W-DUAL-CARRIAGEWAY"):
            graph = join_carriageways(graph, log, buildings)
    log.tell(f"{n_pieces} street pieces became {len(graph.tail)} between junctions.")
    n_loops = int((graph.tail == graph.head).sum())
    if n_loops:
        log.tell(f"{n_loops} streets end where they start (cul-de-sac loops); they were kept.")
    return graph


def _noded(lines: StreetLines, log: RepairLog, *, join_crossings: bool) -> StreetLines:
    """Return lines cut wherever they meet."""
    if log.wants("W-NEAR-MISS"):
        lines = _snap_ends(lines, log)
    lines = _split_at_shared(lines)
    lines = _split_at_crossings(lines, log, join=join_crossings and log.wants("W-CROSS-NO-NODE"))
    return _drop_doubles(lines, log) if log.wants("W-PARALLEL") else lines


def _snap_ends(lines: StreetLines, log: RepairLog) -> StreetLines:
    """Move loose ends within `SNAP_M` of another line onto it, and give that line a vertex."""
    ends = np.concatenate([shapely.get_point(lines.line, 0), shapely.get_point(lines.line, -1)])
    keys = place_keys(shapely.get_coordinates(ends))
    every = place_keys(shapely.get_coordinates(lines.line))
    _, first, count = np.unique(flat_keys(every), return_index=True, return_counts=True)
    loose = ~_is_in(keys, every[first[count > 1]])
    tree = shapely.STRtree(lines.line)
    rows = np.flatnonzero(loose)
    if rows.size == 0:
        return lines
    found = tree.query(ends[rows], predicate="dwithin", distance=SNAP_M)
    own = rows[found[0]] % len(lines.line)
    other = found[1] != own
    end_of, target = rows[found[0][other]], found[1][other]
    end_of, first = np.unique(end_of, return_index=True)  # one target each, the lowest row
    target = target[first]
    if not end_of.size:
        return lines
    geometry = lines.line.copy()
    for end_i, target_i in zip(end_of, target, strict=True):
        own_i, at_start = end_i % len(geometry), end_i < len(geometry)
        foot = _foot_on(geometry[target_i], ends[end_i])
        geometry[target_i] = _with_vertices(geometry[target_i], np.array([foot]))
        xy = shapely.get_coordinates(geometry[own_i])
        xy[0 if at_start else -1] = foot
        geometry[own_i] = shapely.linestrings(xy)
    moved = np.unique(end_of % len(geometry))
    log.add(
        "W-NEAR-MISS",
        f"{end_of.size} street ends within {SNAP_M:g} m of another street were joined.",
        before=(lines.line[moved], lines.origin[moved]),
        after=(geometry[moved], lines.origin[moved]),
    )
    return _drop_points(replace(lines, line=geometry))


def _foot_on(line: shapely.LineString, point: shapely.Point) -> Float64:
    """Return the nearest vertex of a line if near enough, else the nearest point on it."""
    xy = shapely.get_coordinates(line)
    here = shapely.get_coordinates(point)[0]
    away = np.hypot(*(xy - here).T)
    if away.min() <= SNAP_M:
        nearest: Float64 = xy[int(away.argmin())]
        return nearest
    along = shapely.line_interpolate_point(line, shapely.line_locate_point(line, point))
    foot: Float64 = shapely.get_coordinates(along)[0]
    return foot


def _with_vertices(line: shapely.LineString, points: Float64) -> shapely.LineString:
    """Return the line with more vertices, each at its place along the line."""
    xy = shapely.get_coordinates(line)
    have = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    new = shapely.line_locate_point(line, shapely.points(points))
    order = np.argsort(np.concatenate([have, new]), kind="stable")
    xy = np.concatenate([xy, points])[order]
    step = np.concatenate([[True], np.abs(np.diff(xy, axis=0)).sum(axis=1) > 0])
    return shapely.linestrings(xy[step])


def _drop_points(lines: StreetLines) -> StreetLines:
    """Leave out lines that have shrunk to nothing."""
    return lines.take(shapely.length(lines.line) >= SHORTEST_M)


def _is_in(keys: Int64, pool: Int64) -> Bool:
    """Return which rows of `keys` occur in `pool`."""
    both = flat_keys(np.concatenate([keys, pool]))
    return np.isin(both[: len(keys)], both[len(keys) :])


def _split_at_shared(lines: StreetLines) -> StreetLines:
    """Cut lines wherever they share a vertex with another line or with themselves."""
    xy, owner = shapely.get_coordinates(lines.line, return_index=True)
    _, inverse, count = np.unique(
        flat_keys(place_keys(xy)), return_inverse=True, return_counts=True
    )  # how often each place is passed
    is_end = np.concatenate([[True], owner[1:] != owner[:-1]])
    is_end |= np.concatenate([owner[1:] != owner[:-1], [True]])
    return _cut(lines, xy, owner, is_end | (count[inverse] > 1))


def _cut(lines: StreetLines, xy: Float64, owner: Int64, stop: Bool) -> StreetLines:
    """Cut lines, given as flat vertices with their row, at the vertices marked `stop`."""
    stops = np.flatnonzero(stop)
    start, end = stops[:-1], stops[1:]
    same = owner[start] == owner[end]
    start, end = start[same], end[same]
    size = end - start + 1
    piece = np.repeat(np.arange(start.size), size)
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    cut = shapely.linestrings(xy[start[piece] + within], indices=piece)
    return _drop_points(replace(lines.take(owner[start]), line=cut))


def _split_at_crossings(lines: StreetLines, log: RepairLog, *, join: bool) -> StreetLines:
    """Cut lines of one level where they cross away from their ends, or report that they cross."""
    tree = shapely.STRtree(lines.line)
    one, two = tree.query(lines.line)
    pick = (one < two) & (lines.level[one] == lines.level[two])
    one, two = _overlapping(lines.line, one[pick], two[pick])
    pick = shapely.crosses(lines.line[one], lines.line[two])
    one, two = one[pick], two[pick]
    if one.size == 0:
        return lines
    if not join:
        why = "since the source gives neither bridges nor layers"
        if not log.wants("W-CROSS-NO-NODE"):
            why = "as requested"
        log.tell(f"{one.size} streets cross without a node; taken for bridges, {why}.")
        return lines
    points = shapely.intersection(lines.line[one], lines.line[two])
    parts, part_of = shapely.get_parts(points, return_index=True)
    dots = shapely.get_type_id(parts) == 0
    xy = shapely.get_coordinates(parts[dots])
    geometry = lines.line.copy()
    for row in np.unique(np.concatenate([one, two])):
        mine = (one[part_of[dots]] == row) | (two[part_of[dots]] == row)
        geometry[row] = _with_vertices(geometry[row], xy[mine])
    log.add(
        "W-CROSS-NO-NODE",
        f"{one.size} street crossings without a node were joined at grade.",
        after=(parts[dots], lines.origin[one[part_of[dots]]]),
    )
    return _split_at_shared(replace(lines, line=geometry))


def _overlapping(line: NDArray[np.object_], one: Int64, two: Int64) -> tuple[Int64, Int64]:
    """Leave out pairs that only meet at a corner of both their boxes, as lines at a node do."""
    box = shapely.bounds(line)
    low, high = np.maximum(box[one, :2], box[two, :2]), np.minimum(box[one, 2:], box[two, 2:])
    flat = (box[:, :2] == box[:, 2:]).any(axis=1)
    keep = (high > low).any(axis=1) | flat[one] | flat[two]
    return one[keep], two[keep]


def _drop_doubles(lines: StreetLines, log: RepairLog) -> StreetLines:
    """Leave out lines equal to an earlier one in either direction; the higher class stays."""
    keep = np.ones(len(lines.line), dtype=np.bool_)
    order = np.lexsort((np.arange(keep.size), lines.oneway, lines.street_class))
    seen: set[bytes] = set()
    for row in order[_twin_ends(lines.line)[order]]:
        keys = place_keys(shapely.get_coordinates(lines.line[row]))
        forth, back = keys.tobytes(), keys[::-1].tobytes()
        keep[row] = forth not in seen and back not in seen
        seen.add(forth)
    if not keep.all():
        log.add(
            "W-PARALLEL",
            f"{(~keep).sum()} streets drawn twice were left out.",
            before=(lines.line[~keep], lines.origin[~keep]),
        )
    return lines.take(keep)


def _twin_ends(line: NDArray[np.object_]) -> Bool:
    """Return which lines join the same two places by as many vertices as another, shape (n,)."""
    a = place_keys(shapely.get_coordinates(shapely.get_point(line, 0)))
    b = place_keys(shapely.get_coordinates(shapely.get_point(line, -1)))
    n_points = shapely.get_num_coordinates(line)
    one, two = np.split(flat_keys(np.concatenate([a, b])), 2)
    key = np.column_stack([np.minimum(one, two), np.maximum(one, two), n_points])
    order = np.lexsort(key.T)
    same = (key[order[1:]] == key[order[:-1]]).all(axis=1)
    twin = np.zeros(len(line), dtype=np.bool_)
    twin[order[1:][same]] = twin[order[:-1][same]] = True
    return twin
