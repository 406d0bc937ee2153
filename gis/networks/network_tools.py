"""Lay a utility along streets: the graph of possible trenches, trees, loops and flows.

References
----------
Mehlhorn, 1988, "A faster approximation algorithm for the Steiner problem in graphs", Information
Processing Letters 27(3), 125-128, doi 10.1016/0020-0190(88)90066-X.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, dijkstra, minimum_spanning_tree
from shapely.ops import substring

from gis.clean.street_tables import along_street

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.core.arrays import Bool, Float64, Int32, Int64

_LOOP_PIECES = 3


@final
@dataclass(frozen=True, slots=True, eq=False)
class TrenchGraph:
    """Pieces of street under which a pipe can lie, and the place each building is served from."""

    xy_m: Float64
    """(n_nodes, 2)"""
    elevation_m: Float64
    """(n_nodes,)"""
    street_node: Int32
    """(n_nodes,) street node, -1 along a street"""
    tail: Int32
    """(n_pieces,)"""
    head: Int32
    """(n_pieces,)"""
    length_m: Float64
    """(n_pieces,)"""
    street_edge: Int32
    """(n_pieces,) street each piece lies under"""
    line: NDArray[np.object_]
    """(n_pieces,) LineStrings"""
    building_node: Int32
    """(n_buildings,) nearest node on the building's street"""
    building_piece: Int32
    """(n_buildings,) piece of street it stands at"""

    @property
    def n_nodes(self) -> int:
        """Number of places."""
        return len(self.xy_m)


def trench_graph(
    street_nodes: gpd.GeoDataFrame,
    street_edges: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    served: Bool,
    *,
    spacing_m: float,
) -> TrenchGraph:
    """Cut streets with served buildings into pieces of about `spacing_m`; leave others whole.

    Parameters
    ----------
    street_nodes, street_edges, buildings
        Tables of a city.
    served
        Buildings that want this utility, shape (n_buildings,).
    spacing_m
        Longest piece along a street with served buildings.
    """
    length = street_edges["length_m"].to_numpy()
    tail, head = street_edges["tail"].to_numpy(), street_edges["head"].to_numpy()
    edge_of = buildings["street_edge_id"].to_numpy()
    busy = np.zeros(length.size, dtype=np.bool_)
    busy[edge_of[served]] = True
    pieces = np.where(busy, np.ceil(length / spacing_m), 1).astype(np.int64)
    pieces[tail == head] = np.maximum(pieces[tail == head], _LOOP_PIECES)
    lines = np.asarray(street_edges.geometry.values)
    part_edge = np.repeat(np.arange(length.size), pieces)
    part = np.arange(part_edge.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    last = part == pieces[part_edge] - 1
    inner = np.cumsum(~last) - 1 + len(street_nodes)  # node at the end of each piece but the last
    first_piece = np.cumsum(pieces) - pieces
    starts = np.where(part == 0, tail[part_edge], np.roll(inner, 1))
    ends = np.where(last, head[part_edge], inner)
    cut_share = (part + 1)[~last] / pieces[part_edge[~last]]
    cut_edge = part_edge[~last]
    cut_xy = shapely.get_coordinates(
        shapely.line_interpolate_point(lines[cut_edge], cut_share, normalized=True)
    )
    ground = street_nodes["elevation_m"].to_numpy()
    cut_ground = ground[tail[cut_edge]] * (1 - cut_share) + ground[head[cut_edge]] * cut_share
    along = along_street(buildings, street_edges) * pieces[edge_of]
    place = np.rint(along).astype(np.int64)
    at_piece = np.minimum(along.astype(np.int64), pieces[edge_of] - 1) + first_piece[edge_of]
    node = np.where(
        place == 0, tail[edge_of], ends[first_piece[edge_of] + np.maximum(place, 1) - 1]
    )
    return TrenchGraph(
        xy_m=np.concatenate([street_nodes[["x_m", "y_m"]].to_numpy(), cut_xy]),
        elevation_m=np.concatenate([ground, cut_ground]),
        street_node=np.concatenate([np.arange(len(street_nodes)), np.full(len(cut_xy), -1)]).astype(
            np.int32
        ),
        tail=starts.astype(np.int32),
        head=ends.astype(np.int32),
        length_m=length[part_edge] / pieces[part_edge],
        street_edge=part_edge.astype(np.int32),
        line=_piece_lines(lines, part_edge, part, pieces),
        building_node=node.astype(np.int32),
        building_piece=at_piece.astype(np.int32),
    )


def _piece_lines(
    lines: NDArray[np.object_], part_edge: Int64, part: Int64, pieces: Int64
) -> NDArray[np.object_]:
    """Return the shape of each piece of street."""
    out = lines[part_edge].copy()
    for row in np.flatnonzero(pieces[part_edge] > 1).tolist():
        count = pieces[part_edge[row]]
        out[row] = substring(
            lines[part_edge[row]], part[row] / count, (part[row] + 1) / count, normalized=True
        )
    return out


@final
class Paths:
    """Shortest paths over weighted pieces, and the piece that joins two neighbours."""

    def __init__(self, graph: TrenchGraph, weight: Float64, *, pieces: Int64 | None = None) -> None:
        """Weigh the pieces of a graph, all or some; `weight` has shape (n_all_pieces,)."""
        rows = np.arange(graph.tail.size) if pieces is None else pieces
        self._trenches = graph
        self._weights = weight
        n_nodes = self.n_nodes = graph.n_nodes
        tail, head = graph.tail[rows].astype(np.int64), graph.head[rows].astype(np.int64)
        one, two = np.minimum(tail, head), np.maximum(tail, head)
        pair = one * n_nodes + two
        order = np.lexsort((rows, weight[rows], pair))
        order = order[one[order] != two[order]]
        _, first = np.unique(pair[order], return_index=True)
        best = order[first]  # the shortest of parallel pieces
        self._piece, self._pair = rows[best], pair[best]
        self.tail, self.head = one[best], two[best]
        self.weight = weight[self._piece]
        self.graph = _symmetric(n_nodes, self.tail, self.head, self.weight)

    def within(self, around: Bool) -> Paths:
        """Return the paths that stay at nodes marked `around`, shape (n_nodes,)."""
        graph = self._trenches
        inside = np.flatnonzero(around[graph.tail] & around[graph.head])
        return Paths(graph, self._weights, pieces=inside)

    def piece(self, a: Int64, b: Int64) -> Int64:
        """Return the piece between neighbouring nodes, shape of `a`."""
        pair = np.minimum(a, b).astype(np.int64) * self.n_nodes + np.maximum(a, b)
        found: Int64 = self._piece[np.searchsorted(self._pair, pair)]
        return found

    def from_any(self, seeds: Int64) -> tuple[Float64, Int64, Int64]:
        """Return distance to the nearest seed, the node before, and that seed, per node."""
        dist, before, seed = dijkstra(
            self.graph, directed=False, indices=seeds, min_only=True, return_predecessors=True
        )
        return dist, before.astype(np.int64), seed.astype(np.int64)

    def trace(self, nodes: Int64, before: Int64) -> Int64:
        """Return the pieces on the ways from `nodes` back to their seeds, each once."""
        found: set[int] = set()
        seen: set[int] = set()
        for start in nodes.tolist():
            node = start
            while before[node] >= 0 and node not in seen:
                seen.add(node)
                found.add(node)
                node = int(before[node])
        ends = np.array(sorted(found), dtype=np.int64)
        return self.piece(ends, before[ends]) if ends.size else ends


def _symmetric(n_nodes: int, a: Int64, b: Int64, weight: Float64) -> csr_matrix:
    return csr_matrix(
        (np.concatenate([weight, weight]), (np.concatenate([a, b]), np.concatenate([b, a]))),
        shape=(n_nodes, n_nodes),
    )


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Span:
    """The lightest tree over terminals when each pair costs its shortest way over one bridge."""

    terminals: Int64
    one: Int64
    """(n_links,) row of `terminals`"""
    two: Int64
    cost: Float64
    bridge: Int64
    """(n_links,) row of the paths' pieces that joins the two terminals' surroundings"""
    before: Int64
    """(n_nodes,) node before, on the way to the nearest terminal"""


def _span(paths: Paths, terminals: Int64) -> _Span:
    """Return Mehlhorn's tree over terminals."""
    terminals = np.unique(terminals)
    dist, before, seed = paths.from_any(terminals)
    bridge = np.flatnonzero((seed[paths.tail] != seed[paths.head]) & (seed[paths.tail] >= 0))
    one = np.searchsorted(terminals, seed[paths.tail[bridge]])
    two = np.searchsorted(terminals, seed[paths.head[bridge]])
    cost = dist[paths.tail[bridge]] + paths.weight[bridge] + dist[paths.head[bridge]]
    pair = np.minimum(one, two) * terminals.size + np.maximum(one, two)
    order = np.lexsort((bridge, cost, pair))
    _, first = np.unique(pair[order], return_index=True)
    best = order[first]
    shape = (terminals.size, terminals.size)
    tree = minimum_spanning_tree(csr_matrix((cost[best], (one[best], two[best])), shape=shape))
    a, b = tree.tocoo().row.astype(np.int64), tree.tocoo().col.astype(np.int64)
    chosen = best[np.searchsorted(pair[best], np.minimum(a, b) * terminals.size + np.maximum(a, b))]
    return _Span(terminals, one[chosen], two[chosen], cost[chosen], bridge[chosen], before)


def steiner_tree(paths: Paths, terminals: Int64) -> Int64:
    """Return the pieces of a tree that joins all terminals (Mehlhorn, 1988).

    At most 2 (1 - 1/n) times as heavy as the lightest one. Terminals that no path reaches are
    joined among those they can reach.
    """
    span = _span(paths, terminals)
    ends = np.concatenate([paths.tail[span.bridge], paths.head[span.bridge]])
    half = span.bridge.size
    pieces = np.concatenate([paths.piece(ends[:half], ends[half:]), paths.trace(ends, span.before)])
    return np.unique(pieces).astype(np.int64)


def settlements(
    paths: Paths, terminals: Int64, size: Float64, *, gap_m: float, least: float
) -> list[Int64]:
    """Return terminals in groups with no empty way longer than `gap_m` within a group.

    Parameters
    ----------
    paths, terminals
        Streets and the places to be served.
    size
        Weight of each terminal, shape (n_terminals,), in the order of sorted `terminals`.
    gap_m
        Longest way between neighbours of one group.
    least
        Groups lighter than this join their nearest neighbour, however far.
    """
    span = _span(paths, terminals)
    group = np.arange(span.terminals.size)
    weight = size.astype(np.float64).copy()
    for link in np.argsort(span.cost, kind="stable").tolist():
        a, b = int(group[span.one[link]]), int(group[span.two[link]])
        near = span.cost[link] <= gap_m or min(weight[a], weight[b]) < least
        if a != b and near:
            group[group == max(a, b)] = min(a, b)
            weight[min(a, b)] = weight[a] + weight[b]
    return [span.terminals[group == name] for name in np.unique(group)]


@final
@dataclass(frozen=True, slots=True, eq=False)
class RootedTree:
    """A tree walked from its root."""

    order: Int64
    """Nodes from the root outward; only those reached."""
    parent: Int64
    """(n_nodes,) node towards the root, -1 at the root and where not reached"""
    parent_piece: Int64
    """(n_nodes,) piece towards the root, -1 likewise"""

    def gathered(self, amount: Float64) -> Float64:
        """Return the sum of `amount` at each node and beyond it, shape (n_nodes,)."""
        total = amount.astype(np.float64).copy()
        for node in self.order[:0:-1].tolist():
            total[self.parent[node]] += total[node]
        return total

    def summed_from_root(self, amount: Float64) -> Float64:
        """Return the sum of `amount` (one per node, of its way to the parent) from the root."""
        total = np.zeros(amount.size)
        for node in self.order[1:].tolist():
            total[node] = total[self.parent[node]] + amount[node]
        return total


def rooted(graph: TrenchGraph, pieces: Int64, root: int) -> RootedTree:
    """Walk the chosen pieces breadth-first from a root; pieces that close loops are passed over."""
    paths = Paths(graph, graph.length_m, pieces=pieces)
    order, before = breadth_first_order(paths.graph, root, directed=False)
    parent = np.where(before >= 0, before, -1).astype(np.int64)
    parent_piece = np.full(graph.n_nodes, -1, dtype=np.int64)
    reached = order[1:].astype(np.int64)
    if reached.size:
        parent_piece[reached] = paths.piece(reached, parent[reached])
    return RootedTree(order.astype(np.int64), parent, parent_piece)


def loops(
    graph: TrenchGraph,
    paths: Paths,
    tree: RootedTree,
    *,
    longest_m: float,
    least_gain: float,
    most_added_m: float,
) -> Int64:
    """Return pieces that close the most rewarding loops of a tree.

    A closure is the shortest way between two parts of the tree outside it. Its gain is the length
    of tree that comes to lie on a loop for the first time, per length of the closure; the best is
    taken first, and gains are worked out anew after each.

    Parameters
    ----------
    graph, paths, tree
        Streets, their weighted paths, and the tree so far.
    longest_m
        Longest closure.
    least_gain
        Least length of tree looped per length of closure.
    most_added_m
        Total length of all closures.
    """
    dist, before, seed = paths.from_any(np.sort(tree.order))
    rows = np.flatnonzero((seed[paths.tail] != seed[paths.head]) & (seed[paths.tail] >= 0))
    depth = np.zeros(graph.n_nodes, dtype=np.int64)
    for node in tree.order[1:].tolist():
        depth[node] = depth[tree.parent[node]] + 1
    looped = np.zeros(graph.n_nodes, dtype=np.bool_)  # of the piece from a node to its parent
    heap: list[tuple[float, int, float]] = []
    for row in rows.tolist():
        a, b = int(paths.tail[row]), int(paths.head[row])
        weight = float(dist[a] + paths.weight[row] + dist[b])
        if weight <= longest_m:
            heapq.heappush(heap, (-np.inf, row, weight))
    taken: list[Int64] = []
    added_m = 0.0
    while heap and added_m < most_added_m:
        _, row, weight = heapq.heappop(heap)
        a, b = int(seed[paths.tail[row]]), int(seed[paths.head[row]])
        way = _tree_path(tree, depth, a, b)
        gain = float(graph.length_m[tree.parent_piece[way[~looped[way]]]].sum()) / weight
        if gain < least_gain:
            continue
        if heap and -heap[0][0] > gain:
            heapq.heappush(heap, (-gain, row, weight))
            continue
        looped[way] = True
        ends = np.array([paths.tail[row], paths.head[row]])
        closure = np.concatenate([paths.piece(ends[:1], ends[1:]), paths.trace(ends, before)])
        taken.append(closure)
        added_m += float(graph.length_m[closure].sum())
    return np.unique(np.concatenate(taken)) if taken else np.zeros(0, dtype=np.int64)


def _tree_path(tree: RootedTree, depth: Int64, a: int, b: int) -> Int64:
    """Return the nodes whose ways to their parents make up the path between two nodes."""
    way: list[int] = []
    while a != b:
        if depth[a] < depth[b]:
            a, b = b, a
        way.append(a)
        a = int(tree.parent[a])
    return np.array(way, dtype=np.int64)
