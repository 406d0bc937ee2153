"""Turn loose street lines into a clean graph; every repair is counted and told.

Nodes stand where lines share a vertex or cross at grade. The steps are conservative, since what a
simplifier takes for clutter is often a real street: cul-de-sac loops and parallel streets stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.core.arrays import Bool, Float64, Int32, Int64

SNAP_M = 1.0
"""Ends nearer than this to another line or end are joined to it."""
_GRID_M = 1e-3  # vertices that agree to a millimetre are one
_SHORTEST_M = 0.1
_HALF_BITS = 31


@final
@dataclass(frozen=True, slots=True, eq=False)
class StreetLines:
    """Street lines with their attributes, one row each; `line` runs in driving direction."""

    line: NDArray[np.object_]
    """(n,) LineStrings in a metric CRS"""
    street_class: Int32
    """(n,) rank as row of `gis.streets.CLASSES`"""
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


def clean_streets(lines: StreetLines, *, join_crossings: bool) -> tuple[StreetGraph, list[str]]:
    """Return the graph of a heap of lines, and one sentence per kind of repair.

    Parameters
    ----------
    lines
        Streets in a metric CRS.
    join_crossings
        Whether lines of one level that cross without a shared vertex meet there. Right where the
        source tells bridges and tunnels; otherwise such a crossing is taken for a bridge.
    """
    notes: list[str] = []
    whole = shapely.is_valid(lines.line) & (shapely.length(lines.line) >= _SHORTEST_M)
    if not whole.all():
        notes.append(f"{(~whole).sum()} street lines without length were left out.")
        lines = lines.take(whole)
    lines, n_snapped = _snap_ends(lines)
    if n_snapped:
        notes.append(f"{n_snapped} street ends within {SNAP_M:g} m of another street were joined.")
    lines = _split_at_shared(lines)
    lines, n_crossings = _split_at_crossings(lines, join=join_crossings)
    if n_crossings and join_crossings:
        notes.append(f"{n_crossings} street crossings without a node were joined at grade.")
    elif n_crossings:
        notes.append(
            f"{n_crossings} streets cross without a node; taken for bridges, "
            "since the source tells neither bridges nor layers."
        )
    lines, n_double = _drop_doubles(lines)
    if n_double:
        notes.append(f"{n_double} streets drawn twice were left out.")
    graph = _graph(lines)
    before = len(graph.tail)
    graph = merge_passing_nodes(graph)
    notes.append(f"{before} street pieces were merged to {len(graph.tail)} between junctions.")
    n_loops = int((graph.tail == graph.head).sum())
    if n_loops:
        notes.append(f"{n_loops} streets end where they start (cul-de-sac loops); they were kept.")
    return graph, notes


def _snap_ends(lines: StreetLines) -> tuple[StreetLines, int]:
    """Move loose ends within `SNAP_M` of another line onto it, and give that line a vertex."""
    ends = np.concatenate([shapely.get_point(lines.line, 0), shapely.get_point(lines.line, -1)])
    keys = _keys(shapely.get_coordinates(ends))
    every = _keys(shapely.get_coordinates(lines.line))
    _, first, count = np.unique(_flat(every), return_index=True, return_counts=True)
    loose = ~_is_in(keys, every[first[count > 1]])
    tree = shapely.STRtree(lines.line)
    rows = np.flatnonzero(loose)
    if rows.size == 0:
        return lines, 0
    found = tree.query(ends[rows], predicate="dwithin", distance=SNAP_M)
    own = rows[found[0]] % len(lines.line)
    other = found[1] != own
    end_of, target = rows[found[0][other]], found[1][other]
    end_of, first = np.unique(end_of, return_index=True)  # one target each, the lowest row
    target = target[first]
    geometry = lines.line.copy()
    for end_i, target_i in zip(end_of, target, strict=True):
        own_i, at_start = end_i % len(geometry), end_i < len(geometry)
        foot = _foot_on(geometry[target_i], ends[end_i])
        geometry[target_i] = _with_vertices(geometry[target_i], np.array([foot]))
        xy = shapely.get_coordinates(geometry[own_i])
        xy[0 if at_start else -1] = foot
        geometry[own_i] = shapely.linestrings(xy)
    return _drop_points(replace(lines, line=geometry)), int(end_of.size)


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
    return lines.take(shapely.length(lines.line) >= _SHORTEST_M)


def _keys(xy: Float64) -> Int64:
    """Return coordinates as whole millimetres, so that equal places compare equal."""
    return np.round(xy / _GRID_M).astype(np.int64)


def _flat(keys: Int64) -> Int64:
    """Return places as single comparable numbers; a town is less than 2^31 mm wide."""
    if not len(keys):
        return keys[:, 0]
    x, y = (keys - keys.min(axis=0)).T
    flat: Int64 = (x << _HALF_BITS) | y
    return flat


def _is_in(keys: Int64, pool: Int64) -> Bool:
    """Tell which rows of `keys` occur in `pool`."""
    both = _flat(np.concatenate([keys, pool]))
    return np.isin(both[: len(keys)], both[len(keys) :])


def _split_at_shared(lines: StreetLines) -> StreetLines:
    """Cut lines wherever they share a vertex with another line or with themselves."""
    xy, owner = shapely.get_coordinates(lines.line, return_index=True)
    _, inverse, count = np.unique(
        _flat(_keys(xy)), return_inverse=True, return_counts=True
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


def _split_at_crossings(lines: StreetLines, *, join: bool) -> tuple[StreetLines, int]:
    """Cut lines of one level where they cross away from their ends; count the crossings."""
    tree = shapely.STRtree(lines.line)
    one, two = tree.query(lines.line)
    pick = (one < two) & (lines.level[one] == lines.level[two])
    one, two = one[pick], two[pick]
    pick = shapely.crosses(lines.line[one], lines.line[two])
    one, two = one[pick], two[pick]
    if one.size == 0 or not join:
        return lines, int(one.size)
    points = shapely.intersection(lines.line[one], lines.line[two])
    parts, part_of = shapely.get_parts(points, return_index=True)
    dots = shapely.get_type_id(parts) == 0
    xy = shapely.get_coordinates(parts[dots])
    geometry = lines.line.copy()
    for row in np.unique(np.concatenate([one, two])):
        mine = (one[part_of[dots]] == row) | (two[part_of[dots]] == row)
        geometry[row] = _with_vertices(geometry[row], xy[mine])
    return _split_at_shared(replace(lines, line=geometry)), int(one.size)


def _drop_doubles(lines: StreetLines) -> tuple[StreetLines, int]:
    """Leave out lines equal to an earlier one in either direction; the higher class stays."""
    keep = np.ones(len(lines.line), dtype=np.bool_)
    order = np.lexsort((np.arange(keep.size), lines.oneway, lines.street_class))
    seen: set[bytes] = set()
    for row in order[_twin_ends(lines.line)[order]]:
        keys = _keys(shapely.get_coordinates(lines.line[row]))
        forth, back = keys.tobytes(), keys[::-1].tobytes()
        keep[row] = forth not in seen and back not in seen
        seen.add(forth)
    return lines.take(keep), int((~keep).sum())


def _twin_ends(line: NDArray[np.object_]) -> Bool:
    """Tell which lines join the same two places by as many vertices as another, shape (n,)."""
    a = _keys(shapely.get_coordinates(shapely.get_point(line, 0)))
    b = _keys(shapely.get_coordinates(shapely.get_point(line, -1)))
    n_points = shapely.get_num_coordinates(line)
    one, two = np.split(_flat(np.concatenate([a, b])), 2)
    key = np.column_stack([np.minimum(one, two), np.maximum(one, two), n_points])
    order = np.lexsort(key.T)
    same = (key[order[1:]] == key[order[:-1]]).all(axis=1)
    twin = np.zeros(len(line), dtype=np.bool_)
    twin[order[1:][same]] = twin[order[:-1][same]] = True
    return twin


def _graph(lines: StreetLines) -> StreetGraph:
    """Return the graph of lines that meet only at ends; ends within a hand's breadth are one."""
    ends = np.concatenate(
        [
            shapely.get_coordinates(shapely.get_point(lines.line, 0)),
            shapely.get_coordinates(shapely.get_point(lines.line, -1)),
        ]
    )
    _, first, node = np.unique(_flat(_keys(ends)), return_index=True, return_inverse=True)
    xy = ends[first]
    pairs = cKDTree(xy).query_pairs(_SHORTEST_M, output_type="ndarray")
    if len(pairs):
        links = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(xy), len(xy)))
        _, label = connected_components(links, directed=False)
        _, place = np.unique(label, return_index=True)
        node, xy = label[node], xy[place]
    n = len(lines.line)
    graph = StreetGraph(lines, node[:n].astype(np.int32), node[n:].astype(np.int32), xy)
    return _renumbered(graph)


def _renumbered(graph: StreetGraph) -> StreetGraph:
    """Drop nodes without lines."""
    used = np.unique(np.concatenate([graph.tail, graph.head]))
    row = np.full(len(graph.xy_m), -1, dtype=np.int32)
    row[used] = np.arange(used.size, dtype=np.int32)
    return StreetGraph(graph.lines, row[graph.tail], row[graph.head], graph.xy_m[used])


def keep_edges(graph: StreetGraph, keep: Bool) -> StreetGraph:
    """Return the graph with some of its lines."""
    rows = np.flatnonzero(keep)
    return _renumbered(
        StreetGraph(graph.lines.take(rows), graph.tail[rows], graph.head[rows], graph.xy_m)
    )


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
    """Tell whether the two lines at a node are one street."""
    if len(two) != 2 or two[0] == two[1]:  # noqa: PLR2004 - a street goes in and out
        return False
    a, b = two
    lines = graph.lines
    if lines.street_class[a] != lines.street_class[b] or lines.oneway[a] != lines.oneway[b]:
        return False
    if lines.lanes[a] != lines.lanes[b] or lines.level[a] != lines.level[b]:
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
    return _renumbered(
        StreetGraph(kept, np.array(tail, np.int32), np.array(head, np.int32), graph.xy_m)
    )
