"""Small roundabouts become one junction: a town's model needs the junction, not the ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.clean.passing import merge_passing_nodes
from gis.clean.street_graph import StreetGraph, groups_of, keep_edges, moved_nodes, renumbered

if TYPE_CHECKING:
    from gis.clean.repairs import RepairLog
    from twin.core.arrays import Bool, Int64

ROUNDABOUT_M = 70.0
"""Rings wider than this stay: on a large circle one drives hundreds of metres, and people live
around it. Most compact roundabouts measure 25 to 45 m across (FHWA-RD-00-067, exhibit 1-9)."""
FEWEST_ARMS = 2
"""A ring with fewer arms is where one turns at the end of a street, and stays."""


def close_roundabouts(graph: StreetGraph, log: RepairLog) -> StreetGraph:
    """Return the graph with small rings drawn together to a node in their middle.

    Rings that a street crosses, or leaves and enters again, are left as they are.
    """
    rows = np.flatnonzero(graph.lines.ring)
    if not rows.size:
        return graph
    ends = np.column_stack([graph.tail[rows], graph.head[rows]]).astype(np.int64)
    label = groups_of(len(graph.xy_m), ends)
    ring_node = np.zeros(len(graph.xy_m), dtype=np.bool_)
    ring_node[ends.ravel()] = True
    tree = shapely.STRtree(graph.lines.line)
    closed = np.zeros(len(graph.xy_m), dtype=np.bool_)
    for ring in np.unique(label[ends[:, 0]]):
        mine = (label == ring) & ring_node
        if _is_plain(graph, rows[label[ends[:, 0]] == ring], mine, tree):
            closed |= mine
    if not closed.any():
        return graph
    gone = graph.lines.ring & closed[graph.tail]
    group = np.where(closed, label, np.arange(len(graph.xy_m)))
    middle = graph.xy_m.copy()
    for ring in np.unique(label[closed]):
        around = shapely.union_all(graph.lines.line[gone & (label[graph.tail] == ring)])
        middle[ring] = shapely.get_coordinates(shapely.centroid(shapely.convex_hull(around)))[0]
    n_rings = np.unique(label[closed]).size
    log.add(
        "W-ROUNDABOUT",
        f"{n_rings} roundabouts of up to {ROUNDABOUT_M:g} m became junctions.",
        before=(graph.lines.line[gone], graph.lines.origin[gone]),
        after=(
            shapely.points(middle[np.unique(label[closed])]),
            np.full(n_rings, "", dtype=object),
        ),
    )
    kept = keep_edges(graph, ~gone, renumber=False)
    return merge_passing_nodes(renumbered(moved_nodes(kept, group, middle)))


def _is_plain(graph: StreetGraph, rows: Int64, mine: Bool, tree: shapely.STRtree) -> bool:
    """Return whether a ring is small and closed, has arms that touch it once, and nothing in it."""
    lines = graph.lines
    box = shapely.total_bounds(lines.line[rows])
    if max(box[2] - box[0], box[3] - box[1]) > ROUNDABOUT_M:
        return False
    if not np.array_equal(np.sort(graph.tail[rows]), np.sort(graph.head[rows])):
        return False  # a ring cut by the border of the extract
    arm = ~lines.ring & (mine[graph.tail] | mine[graph.head])
    both = arm & mine[graph.tail] & mine[graph.head]
    if both.any() or int(arm.sum()) < FEWEST_ARMS:
        return False
    inside = shapely.convex_hull(shapely.union_all(lines.line[rows]))
    over = np.setdiff1d(tree.query(inside, predicate="intersects"), rows)
    return bool(arm[over].all())  # else a road passes under or over it
