"""Make streets one network in which every inhabited place can be reached and left again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gis.clean.passing import merge_passing_nodes
from gis.clean.street_graph import StreetGraph, StreetLines, keep_edges
from twin.city.validate import component_of

if TYPE_CHECKING:
    import geopandas as gpd

    from gis.clean.repairs import RepairLog
    from twin.core.arrays import Float64, Int64

LINK = "link"
"""Origin of streets that are not in the source."""
LIMIT_M = 300.0
"""Buildings farther than this from every street are left out."""

_LINK_M = 150.0
_VILLAGE_LINK_M = 3000.0
_VILLAGE_BUILDINGS = 20
_SIDES = 2


def _nearest_edge(graph: StreetGraph, buildings: gpd.GeoDataFrame) -> Int64:
    """Return the lines at which buildings stand, each once per building."""
    tree = shapely.STRtree(graph.lines.line)
    hits = tree.query_nearest(
        np.asarray(buildings.geometry.values), max_distance=LIMIT_M, all_matches=False
    )
    at: Int64 = hits[1]
    return at


def join_pieces(
    graph: StreetGraph,
    buildings: gpd.GeoDataFrame,
    service_class: int,
    log: RepairLog,
    *,
    keep_largest: bool,
) -> StreetGraph:
    """Join pieces cut off from the town where people live, drop the others, and report it.

    A piece with buildings is joined by a straight service way from its nearest node: up to 150 m,
    or up to 3 km for 20 buildings and more, whose road then leaves the extract. Farther villages
    stay apart. With `keep_largest` all pieces but the largest are dropped.
    """
    part = component_of(len(graph.xy_m), graph.tail, graph.head)
    if part.max() == 0 or not log.wants("W-COMPONENTS"):
        return graph
    of_edge = part[graph.tail]
    houses = np.bincount(of_edge[_nearest_edge(graph, buildings)], minlength=part.max() + 1)
    village = houses >= _VILLAGE_BUILDINGS
    links, gap_m = _shortest_links(graph, part.astype(np.int64))
    reach_m = np.where(village, _VILLAGE_LINK_M, _LINK_M)
    joined = (houses > 0) & (gap_m <= reach_m) & (not keep_largest)
    keep = joined | (village & (not keep_largest))
    keep[0], joined[0] = True, False
    apart = keep & ~joined
    apart[0] = False
    dropped = ~keep[of_edge]
    if dropped.any():
        length_km = shapely.length(graph.lines.line[dropped]).sum() / 1000
        log.add(
            "W-COMPONENTS",
            f"{(~keep).sum()} pieces of street cut off from the town with {houses[~keep].sum()} "
            f"buildings ({length_km:.1f} km) were left out.",
            before=(graph.lines.line[dropped], graph.lines.origin[dropped]),
        )
    if joined.any():
        graph = _with_links(graph, links[joined], service_class)
        dropped = np.concatenate([dropped, np.zeros(joined.sum(), dtype=np.bool_)])
        new = slice(len(graph.tail) - int(joined.sum()), None)
        log.add(
            "W-COMPONENTS",
            f"{joined.sum()} pieces of street were joined to the town by straight links of up to "
            f"{gap_m[joined].max():.0f} m: people live there, and their road is a path, private, "
            "or lies outside the extract.",
            after=(graph.lines.line[new], graph.lines.origin[new]),
        )
    if apart.any():
        log.tell(
            f"{apart.sum()} pieces of street with {houses[apart].sum()} buildings are not joined "
            "to the town (W-COMPONENTS): nobody can travel between them and the town."
        )
    return keep_edges(graph, ~dropped)


def _shortest_links(graph: StreetGraph, part: Int64) -> tuple[Int64, Float64]:
    """Return per piece the nearest pair (own node, node of the town) and their distance."""
    main = np.flatnonzero(part == 0)
    away, nearest = cKDTree(graph.xy_m[main]).query(graph.xy_m)
    order = np.lexsort((np.arange(part.size), away, part))
    _, first = np.unique(part[order], return_index=True)
    own = order[first]
    return np.column_stack([own, main[nearest[own]]]), away[own]


def _with_links(graph: StreetGraph, links: Int64, service_class: int) -> StreetGraph:
    """Add a straight service way for each pair of nodes, shape (n, 2)."""
    ends = links.astype(np.int32)
    line = np.array(shapely.linestrings(graph.xy_m[ends]), dtype=object)
    n_links = len(links)
    more = StreetLines(
        line=line,
        street_class=np.full(n_links, service_class, dtype=np.int32),
        oneway=np.zeros(n_links, dtype=np.bool_),
        lanes=np.zeros(n_links, dtype=np.int32),
        speed_ms=np.full(n_links, np.nan),
        level=np.zeros(n_links, dtype=np.int32),
        ring=np.zeros(n_links, dtype=np.bool_),
        origin=np.full(n_links, LINK, dtype=object),
    )
    return StreetGraph(
        graph.lines.join(more),
        np.concatenate([graph.tail, ends[:, 0]]),
        np.concatenate([graph.head, ends[:, 1]]),
        graph.xy_m,
    )


def drop_idle_stubs(
    graph: StreetGraph, buildings: gpd.GeoDataFrame, service_class: int, log: RepairLog
) -> StreetGraph:
    """Drop service ways that lead nowhere and to no building, end by end."""
    busy = np.zeros(len(graph.tail), dtype=np.bool_)
    busy[_nearest_edge(graph, buildings)] = True
    keep = np.ones(len(graph.tail), dtype=np.bool_)
    idle = (graph.lines.street_class == service_class) & ~busy
    while True:
        degree = np.bincount(
            np.concatenate([graph.tail[keep], graph.head[keep]]), minlength=len(graph.xy_m)
        )
        loose = (degree[graph.tail] == 1) | (degree[graph.head] == 1)
        loose |= (graph.tail == graph.head) & (degree[graph.tail] <= _SIDES + 1)
        drop = keep & idle & loose
        if not drop.any():
            break
        keep &= ~drop
    if keep.all():
        return graph
    log.add(
        "W-STUB",
        f"{(~keep).sum()} service ways that lead to no building and no other street were left out.",
        before=(graph.lines.line[~keep], graph.lines.origin[~keep]),
    )
    return merge_passing_nodes(keep_edges(graph, keep))


def open_traps(graph: StreetGraph, log: RepairLog) -> StreetGraph:
    """Make one-way streets two-way where one could not get in, or not out again."""
    oneway = graph.lines.oneway.copy()
    n_nodes = len(graph.xy_m)
    part = component_of(n_nodes, graph.tail, graph.head)
    while True:
        both = ~oneway
        start = np.concatenate([graph.tail, graph.head[both]])
        end = np.concatenate([graph.head, graph.tail[both]])
        links = coo_matrix((np.ones(start.size), (start, end)), shape=(n_nodes, n_nodes))
        _, strong = connected_components(links, directed=True, connection="strong")
        size = np.bincount(strong)
        largest = np.zeros(part.max() + 1, dtype=np.int64)  # of each weak part, its main block
        for block in np.argsort(size, kind="stable"):
            largest[part[np.flatnonzero(strong == block)[0]]] = block
        trapped = strong != largest[part]
        wrong = oneway & (strong[graph.tail] != strong[graph.head])
        wrong &= trapped[graph.tail] | trapped[graph.head]
        if not wrong.any():
            break
        oneway[wrong] = False
    opened = graph.lines.oneway & ~oneway
    if not opened.any():
        return graph
    changed = (graph.lines.line[opened], graph.lines.origin[opened])
    log.add(
        "E-ONEWAY-TRAP",
        f"{opened.sum()} one-way streets were opened both ways (E-ONEWAY-TRAP): "
        "places behind them could not be reached, or not left.",
        before=changed,
        after=changed,
    )
    lines = replace(graph.lines, oneway=oneway)
    return StreetGraph(lines, graph.tail, graph.head, graph.xy_m)
