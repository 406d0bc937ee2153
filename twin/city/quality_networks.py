"""What is suspect in street and pipe networks: doubles, gaps, traps, long dead ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin.city.validate import component_of, fault_of_rows

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Int32, Int64
    from twin.core.errors import Fault

NEAR_MISS_M = 1.0
SAME_LINE_M = 3.0
LONGEST_DEAD_END_M = 200.0
"""Dead ends of water mains for hydrants and houses are kept under 200 m (SNiP 2.04.02-84, 8.5)."""
_BRANCH = 3


def network_faults(city: City) -> list[Fault]:
    """Return what is suspect in the streets and the water mains."""
    return [
        *_double_streets(city),
        *_near_misses(city),
        *_crossings(city),
        *_oneway_traps(city),
        *_long_dead_ends(city),
    ]


def _double_streets(city: City) -> list[Fault]:
    """Return streets drawn twice between the same nodes."""
    edges = city.street_edges
    ends = np.sort(edges[["tail", "head"]].to_numpy(dtype=np.int64), axis=1)
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    same = (ends[order[1:]] == ends[order[:-1]]).all(axis=1)
    before, after = order[:-1][same], order[1:][same]
    lines = np.asarray(edges.geometry.values)
    alike = shapely.hausdorff_distance(lines[before], lines[after]) < SAME_LINE_M
    twice = np.zeros(len(edges), dtype=np.bool_)
    twice[after[alike]] = True
    return fault_of_rows(
        "street_edges",
        twice,
        f"runs within {SAME_LINE_M:g} m of another street between the same nodes",
        "remove one of the two, or draw them apart as they run",
        "W-PARALLEL",
    )


def _near_misses(city: City) -> list[Fault]:
    """Return dead ends that all but touch another street."""
    edges, nodes = city.street_edges, city.street_nodes
    tail, head = edges["tail"].to_numpy(), edges["head"].to_numpy()
    degree = np.bincount(np.concatenate([tail, head]), minlength=len(nodes))
    ends = np.flatnonzero(degree == 1)
    points = np.asarray(nodes.geometry.values)[ends]
    end, edge = shapely.STRtree(np.asarray(edges.geometry.values)).query(
        points, predicate="dwithin", distance=NEAR_MISS_M
    )
    other = (tail[edge] != ends[end]) & (head[edge] != ends[end])
    missed = np.zeros(len(nodes), dtype=np.bool_)
    missed[ends[end[other]]] = True
    return fault_of_rows(
        "street_nodes",
        missed,
        f"ends within {NEAR_MISS_M:g} m of a street it is not joined to",
        "snap the end to that street, and split the street there",
        "W-NEAR-MISS",
    )


def _crossings(city: City) -> list[Fault]:
    """Return streets that cross others without a node."""
    lines = np.asarray(city.street_edges.geometry.values)
    left, _ = shapely.STRtree(lines).query(lines, predicate="crosses")
    crossing = np.zeros(lines.size, dtype=np.bool_)
    crossing[left] = True
    return fault_of_rows(
        "street_edges",
        crossing,
        "crosses another street and has no node there",
        "right for bridges and tunnels; split both streets where they meet on the level",
        "W-CROSS-NO-NODE",
    )


def _oneway_traps(city: City) -> list[Fault]:
    """Return nodes that one cannot drive to, or not leave again, for one-way streets."""
    edges, count = city.street_edges, len(city.street_nodes)
    tail, head = edges["tail"].to_numpy(), edges["head"].to_numpy()
    both = ~edges["oneway"].to_numpy(dtype=np.bool_)
    start, end = np.concatenate([tail, head[both]]), np.concatenate([head, tail[both]])
    links = coo_matrix((np.ones(start.size), (start, end)), shape=(count, count))
    _, strong = connected_components(links, directed=True, connection="strong")
    return fault_of_rows(
        "street_nodes",
        _outside_main_block(strong.astype(np.int64), component_of(count, tail, head)),
        "can be reached but not left by car, or left but not reached",
        "open one of the one-way streets there both ways, or turn it",
        "E-ONEWAY-TRAP",
    )


def _outside_main_block(block: Int64, part: Int32) -> Bool:
    """Tell which nodes are not in the largest strong block of their connected part."""
    size = np.bincount(block)
    order = np.lexsort((-size[block], part))
    _, first = np.unique(part[order], return_index=True)
    main = block[order[first]]
    outside: Bool = block != main[part]
    return outside


def _long_dead_ends(city: City) -> list[Fault]:
    """Return the end nodes of water mains that hang on one way for over 200 m."""
    pipes = city.network_edges("water")
    nodes = city.util_nodes
    tail, head = pipes["tail"].to_numpy(), pipes["head"].to_numpy()
    ends = np.concatenate([tail, head])
    degree = np.bincount(ends, minlength=len(nodes))
    order = np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[order], np.arange(len(nodes) + 1))
    length_m = pipes["length_m"].to_numpy()
    plain = (nodes["kind"] == "junction").to_numpy()
    long = np.zeros(len(nodes), dtype=np.bool_)
    for end in np.flatnonzero((degree == 1) & plain):
        node, came, way_m = int(end), -1, 0.0
        while degree[node] < _BRANCH and way_m <= LONGEST_DEAD_END_M:
            onward = [at for at in order[first[node] : first[node + 1]] % tail.size if at != came]
            if not onward:
                break
            came = int(onward[0])
            way_m += length_m[came]
            node = int(head[came] if tail[came] == node else tail[came])
        long[end] = way_m > LONGEST_DEAD_END_M
    return fault_of_rows(
        "util_nodes",
        long,
        f"is the end of a water main of over {LONGEST_DEAD_END_M:g} m that nothing else feeds",
        "close the loop to a neighbouring main, or accept standing water and no hydrant",
        "W-DEADEND",
    )
