"""Streets of a synthetic town: quarters' grids, noded and cleaned into a street graph.

The grid of a quarter is uneven and its cross streets are staggered from row to row, so most
junctions are T-shaped, as in towns that grew by quarters; streets that meet a river, the railway or
the steppe end there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gis.draws import uniforms
from twin.core.streams import Stream

if TYPE_CHECKING:
    from shapely import LineString

    from gis.generate.town.plan import Plan, Quarter
    from twin.core.arrays import Bool, Float64, Int64

RANK = {"trunk": 0, "arterial": 1, "collector": 2, "local": 3, "service": 4}
_CLASS = np.array(list(RANK), dtype=object)
_GRID_M = {
    "house": (110.0, 232.0),
    "slab": (240.0, 300.0),
    "new": (230.0, 280.0),
    "civic": (150.0, 200.0),
    "industry": (170.0, 420.0),
}
"""Spacing of long streets and of cross streets by fabric."""
_SHORTEST_PIECE_M = 70.0
_MERGE_M = 26.0
_STUB_M = 48.0
_LANE_INSET_M = 42.0
_LANE_SHARE = 0.45
_SHORTEST_LANE_M = 150.0
_STAGGERED_SHARE = 0.78
_JUNCTION = 3
_SMALLEST_BLOCK_M2, _SUPERBLOCK_M2 = 2_500.0, 45_000.0
_DROPPED_SHARE = 0.11
_SNAP_M = 1.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class StreetLines:
    """A cleaned street graph: lines between nodes."""

    lines: shapely.Geometry
    """LineStrings, shape (n_edges,)."""
    rank: Int64
    """Class of each edge as a number of `RANK`, shape (n_edges,)."""
    tail: Int64
    """(n_edges,)"""
    head: Int64
    """(n_edges,)"""
    nodes_m: Float64
    """(n_nodes, 2)"""

    @property
    def road_class(self) -> shapely.Geometry:
        """Return the class name of each edge, shape (n_edges,)."""
        return _CLASS[self.rank]

    @property
    def degree(self) -> Int64:
        """Return the number of edge ends at each node, shape (n_nodes,)."""
        ends = np.concatenate([self.tail, self.head])
        return np.bincount(ends, minlength=len(self.nodes_m))


def draw_streets(plan: Plan, seed: int) -> StreetLines:
    """Draw all streets of a plan."""
    lines = list(plan.main_lines)
    rank = [RANK[kind] for kind in plan.main_classes]
    open_ground = shapely.difference(plan.limit, plan.barrier)
    for number, quarter in enumerate(plan.quarters):
        for line in _grid_lines(quarter, number, seed):
            for part in shapely.get_parts(shapely.intersection(line, open_ground)):
                if part.length > _SHORTEST_PIECE_M:
                    lines.append(part)
                    rank.append(RANK["local"])
    lanes = _lanes_along(shapely.boundary(plan.limit.buffer(-_LANE_INSET_M)), plan, seed, 0)
    lanes += _lanes_along(shapely.boundary(plan.barrier.buffer(_LANE_INSET_M)), plan, seed, 1)
    lines += lanes
    rank += [RANK["local"]] * len(lanes)
    graph = _node(np.array(lines, dtype=object), np.array(rank))
    graph = _merge_close_junctions(_merge_close_junctions(graph))
    graph = _thin(_without_stubs(_largest_part(graph), _STUB_M), seed)
    graph = _without_stubs(_largest_part(graph), _STUB_M)
    graph = _merge_close_junctions(_with_driveways(graph, plan))
    graph = kept(graph, graph.tail != graph.head)
    return graph if _part_of(graph).max() == 0 else _largest_part(graph)


def _lanes_along(edge: shapely.Geometry, plan: Plan, seed: int, number: int) -> list[LineString]:
    """Return lanes along the fringe, a river bank or the railway, in some of the quarters."""
    lanes = []
    open_ground = shapely.difference(plan.limit.buffer(-0.5 * _LANE_INSET_M), plan.barrier)
    draw = uniforms(seed, Stream.STREETS, 9000 + np.arange(len(plan.quarters)), draw=number)
    for quarter, lot in zip(plan.quarters, draw, strict=True):
        if lot < _LANE_SHARE and quarter.fabric == "house":
            inner = shapely.intersection(quarter.outline, open_ground)
            parts = shapely.get_parts(shapely.line_merge(shapely.intersection(edge, inner)))
            lanes += [
                shapely.simplify(part, 4.0) for part in parts if part.length > _SHORTEST_LANE_M
            ]
    return lanes


def _spaced(low_m: float, high_m: float, step_m: float, jitter: Float64) -> Float64:
    """Return uneven cuts between two limits, about `step_m` apart."""
    count = max(round((high_m - low_m) / step_m), 1)
    step = (high_m - low_m) / count
    inner = np.arange(1, count)
    cuts: Float64 = low_m + step * (inner + 0.22 * (jitter[inner % jitter.size] - 0.5))
    return cuts


def _grid_lines(quarter: Quarter, number: int, seed: int) -> list[LineString]:
    """Return the long and cross streets of a quarter, clipped to it."""
    if quarter.fabric not in _GRID_M:
        return []
    along_m, across_m = _GRID_M[quarter.fabric]
    centre = shapely.get_coordinates(quarter.outline.centroid)[0]
    turn = np.array(
        [
            [np.cos(quarter.angle_rad), -np.sin(quarter.angle_rad)],
            [np.sin(quarter.angle_rad), np.cos(quarter.angle_rad)],
        ]
    )
    corners = (shapely.get_coordinates(quarter.outline) - centre) @ turn
    (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
    key = 20_000 + 400 * number
    rows = _spaced(low, high, along_m, uniforms(seed, Stream.STREETS, key + np.arange(40)))
    levels = np.concatenate([[low - 1.0], rows, [high + 1.0]])
    pieces = [[(left - 5.0, y), (right + 5.0, y)] for y in rows]
    shift = uniforms(seed, Stream.STREETS, key + 100 + np.arange(levels.size))
    fresh = uniforms(seed, Stream.STREETS, key + 200 + np.arange(levels.size))
    offset = 0.0
    for row in range(levels.size - 1):
        if row == 0 or fresh[row] < _STAGGERED_SHARE:
            offset = across_m * (shift[row] - 0.5)
        jitter = uniforms(seed, Stream.STREETS, key + 300 + np.arange(20), draw=row)
        cuts = _spaced(left + offset, right + offset, across_m, jitter)
        pieces += [[(x, levels[row] - 0.4), (x, levels[row + 1] + 0.4)] for x in cuts]
    if not pieces:
        return []
    coordinates = np.array(pieces) @ turn.T + centre
    clipped = shapely.intersection(shapely.linestrings(coordinates), quarter.outline.buffer(0.4))
    parts = shapely.get_parts(clipped)
    return list(parts[shapely.length(parts) > _SHORTEST_PIECE_M])


def _node(lines: shapely.Geometry, rank: Int64) -> StreetLines:
    """Split lines where they meet, join pieces at bends, and give each its parent's class."""
    noded = shapely.union_all(lines, grid_size=_SNAP_M)
    merged = shapely.get_parts(shapely.line_merge(noded))
    middle = shapely.line_interpolate_point(merged, 0.5, normalized=True)
    found, parent = shapely.STRtree(lines).query(middle, predicate="dwithin", distance=1.8)
    best = np.full(merged.size, max(RANK.values()))
    np.minimum.at(best, found, rank[parent])
    return numbered(merged, best)


def numbered(lines: shapely.Geometry, rank: Int64) -> StreetLines:
    """Return lines with their ends numbered."""
    ends = np.stack(
        [
            shapely.get_coordinates(shapely.get_point(lines, 0)),
            shapely.get_coordinates(shapely.get_point(lines, -1)),
        ]
    )
    flat = np.round(ends.reshape(-1, 2), 2)
    nodes, index = np.unique(flat, axis=0, return_inverse=True)
    tail, head = index.reshape(2, -1)
    return StreetLines(lines=lines, rank=rank, tail=tail, head=head, nodes_m=nodes)


def kept(graph: StreetLines, keep: Bool) -> StreetLines:
    """Drop edges, joining the pieces left at nodes of degree two."""
    return _node(graph.lines[keep], graph.rank[keep])


def _merge_close_junctions(graph: StreetLines) -> StreetLines:
    """Draw junctions less than `_MERGE_M` apart together, onto the one on the higher street."""
    count = len(graph.nodes_m)
    short = shapely.length(graph.lines) < _MERGE_M
    links = coo_matrix(
        (np.ones(int(short.sum())), (graph.tail[short], graph.head[short])), shape=(count, count)
    )
    _, group = connected_components(links, directed=False)
    best = np.full(count, max(RANK.values()))
    np.minimum.at(best, graph.tail, graph.rank)
    np.minimum.at(best, graph.head, graph.rank)
    order = np.lexsort((-graph.degree, best, group))
    first = np.unique(group[order], return_index=True)[1]
    target = graph.nodes_m[order[first]][group]
    tail, head = group[graph.tail], group[graph.head]
    keep = (tail != head) | ~short
    keep &= ~((tail == head) & (shapely.length(graph.lines) < 4.0 * _MERGE_M))
    coordinates, owner = shapely.get_coordinates(graph.lines[keep], return_index=True)
    starts = np.searchsorted(owner, np.arange(int(keep.sum())))
    stops = np.append(starts[1:], owner.size) - 1
    coordinates[starts] = target[graph.tail[keep]]
    coordinates[stops] = target[graph.head[keep]]
    return _node(shapely.linestrings(coordinates, indices=owner), graph.rank[keep])


def _thin(graph: StreetLines, seed: int) -> StreetLines:
    """Leave out a few local streets between junctions, so that some blocks are double."""
    draw = uniforms(seed, Stream.STREETS, np.arange(graph.rank.size), draw=9)
    draw = np.where(graph.rank == RANK["local"], draw, 1.0)
    degree = graph.degree
    lowest = np.ones(len(graph.nodes_m))
    np.minimum.at(lowest, graph.tail, draw)
    np.minimum.at(lowest, graph.head, draw)
    drop = (draw < _DROPPED_SHARE) & (
        np.minimum(degree[graph.tail], degree[graph.head]) >= _JUNCTION
    )
    drop &= (draw <= lowest[graph.tail]) & (draw <= lowest[graph.head])
    return kept(graph, ~drop)


def _part_of(graph: StreetLines) -> Int64:
    """Return the connected part of each node, counted from 0."""
    count = len(graph.nodes_m)
    links = coo_matrix((np.ones(graph.tail.size), (graph.tail, graph.head)), shape=(count, count))
    part: Int64 = connected_components(links, directed=False)[1].astype(np.int64)
    return part


def _largest_part(graph: StreetLines) -> StreetLines:
    """Keep the largest connected part."""
    part = _part_of(graph)
    largest = np.argmax(np.bincount(part[graph.tail], weights=shapely.length(graph.lines)))
    return kept(graph, part[graph.tail] == largest)


def _without_stubs(graph: StreetLines, shortest_m: float) -> StreetLines:
    """Drop short dead ends of local streets."""
    ends = (graph.degree[graph.tail] == 1) | (graph.degree[graph.head] == 1)
    stub = ends & (shapely.length(graph.lines) < shortest_m)
    return kept(graph, ~stub) if stub.any() else graph


def blocks_of(graph: StreetLines, plan: Plan) -> shapely.Geometry:
    """Return the blocks between streets, barriers and the edge of town, shape (n_blocks,)."""
    banks = shapely.difference(plan.limit, plan.barrier.buffer(5.0)).buffer(-5.0)
    edges = shapely.union_all([*graph.lines, shapely.boundary(banks)], grid_size=0.1)
    faces = shapely.get_parts(shapely.polygonize([edges]))
    inside = shapely.contains_properly(plan.limit, shapely.point_on_surface(faces))
    dry = ~shapely.intersects(plan.barrier.buffer(2.0), shapely.point_on_surface(faces))
    return faces[inside & dry & (shapely.area(faces) > _SMALLEST_BLOCK_M2)]


def _with_driveways(graph: StreetLines, plan: Plan) -> StreetLines:
    """Lead a driveway from the street into the middle of each large apartment block."""
    blocks = blocks_of(graph, plan)
    area = shapely.area(blocks)
    slabs = [q.outline for q in plan.quarters if q.fabric in {"slab", "new"}]
    if not slabs:
        return graph
    centre = shapely.centroid(blocks)
    inner = shapely.contains(shapely.union_all(slabs).buffer(1.0), centre) & (area > _SUPERBLOCK_M2)
    lines, rank = [*graph.lines], list(graph.rank)
    for block in blocks[inner]:
        for point in _driveway_starts(block):
            middle = shapely.get_coordinates(block.centroid)[0]
            lines.append(shapely.LineString([point, point + 0.72 * (middle - point)]))
            rank.append(RANK["service"])
    return _node(np.array(lines, dtype=object), np.array(rank))


def _driveway_starts(block: shapely.Polygon) -> Float64:
    """Return the middles of the two longest sides of a block, shape (2, 2)."""
    corners = shapely.get_coordinates(shapely.simplify(block, 10.0).exterior)
    middles = 0.5 * (corners[1:] + corners[:-1])
    sides = np.hypot(*(corners[1:] - corners[:-1]).T)
    points = middles[np.argsort(-sides, kind="stable")[:2]]
    on_street = shapely.line_interpolate_point(
        block.exterior, shapely.line_locate_point(block.exterior, shapely.points(points))
    )
    found: Float64 = shapely.get_coordinates(on_street)
    return found
