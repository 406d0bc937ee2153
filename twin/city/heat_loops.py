"""Links that close loops in a network of trees: where they help most, and a city with them laid."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, final

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order
from scipy.spatial import KDTree
from shapely.geometry import LineString

from twin.parameters import HeatParams

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32

_USUAL = HeatParams()
_NEIGHBOURS = 24
_CARRY_POWER = 2.6  # flow at equal friction grows with diameter to this power


@final
@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """A network as a tree from its sources; edges that close loops are left out."""

    parent: Int32
    """Node towards the source, -1 at sources and outside; shape (n_nodes,)."""
    edge: Int32
    """Edge to the parent, -1 likewise."""
    depth: Int32
    people: Float64
    """Residents behind the edge to the parent."""
    width_m: Float64
    """Diameter of that edge; infinite at sources."""


def with_heat_loops(city: City, count: int, built_year: int, params: HeatParams = _USUAL) -> City:
    """Return a city with some links laid in its heat network, at the end of `util_edges`.

    Parameters
    ----------
    city
        Left as it is.
    count
        Links to lay; fewer where no more are worth it.
    built_year
        Year in which they are laid.
    params
        How far links reach, and how much longer than the crow flies they are.

    Notes
    -----
    A link gives every main on the way between its ends around the tree a second way of supply. It
    is worth the residents behind each such main times its length (failures go with length), as
    far as the second way can carry what the main carries: the ratio of the narrowest
    diameter on it to the main's, to the power 2.6, at most 1. The link with most worth
    per metre is laid first, as wide as the narrower of the widest pipes at its two ends; then what
    it secures counts no more, and the next is sought.
    """
    edges = city.network_edges("heat")
    if count <= 0 or edges.empty:
        return city
    tree = _tree(city, edges)
    xy = np.column_stack([city.util_nodes.geometry.x, city.util_nodes.geometry.y])
    widest = np.zeros(len(city.util_nodes))
    for side in ("tail", "head"):
        np.maximum.at(widest, edges[side].to_numpy(), edges["diameter_m"].to_numpy())
    candidates = _candidates(edges, xy, tree.depth >= 0, params.loop_farthest_m)
    at_risk = tree.people * _lengths(tree, edges)
    chosen: list[tuple[int, int, float, float]] = []
    while len(chosen) < count:
        best, best_worth = None, 0.0
        for a, b in candidates:
            length_m = max(params.loop_detour * float(np.hypot(*(xy[a] - xy[b]))), 1.0)
            width_m = float(min(widest[a], widest[b]))
            worth = sum(at_risk[node] * share for node, share in _secured(tree, a, b, width_m))
            if worth / length_m > best_worth:
                best, best_worth = (a, b, length_m, width_m), worth / length_m
        if best is None:
            break
        chosen.append(best)
        candidates.remove(best[:2])
        for node, share in _secured(tree, best[0], best[1], best[3]):
            at_risk[node] *= 1.0 - share
    return _laid(city, edges, xy, chosen, built_year)


def _tree(city: City, edges: pd.DataFrame) -> _Tree:
    """Grow a tree from all sources of the heat network."""
    n = len(city.util_nodes)
    tail, head = edges["tail"].to_numpy(), edges["head"].to_numpy()
    nodes = city.util_nodes
    sources = np.flatnonzero((nodes["kind"] == "source") & (nodes["network"] == "heat"))
    a = np.concatenate([tail, np.full(sources.size, n)])
    b = np.concatenate([head, sources])
    graph = coo_array((np.ones(a.size), (a, b)), shape=(n + 1, n + 1)).tocsr()
    order, before = breadth_first_order(graph, n, directed=False)
    parent = np.full(n, -1, dtype=np.int32)
    depth = np.full(n, -1, dtype=np.int32)
    for node in order[1:]:
        parent[node] = before[node] if before[node] < n else -1
        depth[node] = 0 if parent[node] < 0 else depth[parent[node]] + 1
    edge = np.full(n, -1, dtype=np.int32)
    for row in range(tail.size):
        for child, other in ((tail[row], head[row]), (head[row], tail[row])):
            if parent[child] == other and edge[child] < 0:
                edge[child] = row
    people = np.zeros(n)
    homes = city.buildings
    joined = homes["heat_node"].to_numpy() >= 0
    np.add.at(people, homes["heat_node"].to_numpy()[joined], homes["people"].to_numpy()[joined])
    for node in order[:0:-1]:
        if parent[node] >= 0:
            people[parent[node]] += people[node]
    width_m = np.where(edge >= 0, edges["diameter_m"].to_numpy()[edge], np.inf)
    return _Tree(parent, edge, depth, np.where(edge >= 0, people, 0.0), width_m)


def _lengths(tree: _Tree, edges: pd.DataFrame) -> Float64:
    """Return the length of each node's edge to its parent, 0 where it has none."""
    length_m: Float64 = np.where(tree.edge >= 0, edges["length_m"].to_numpy()[tree.edge], 0.0)
    return length_m


def _candidates(
    edges: pd.DataFrame, xy: Float64, joined: Bool, farthest_m: float
) -> list[tuple[int, int]]:
    """Return pairs of near nodes that no edge joins."""
    rows = np.flatnonzero(joined)
    known = {tuple(sorted(pair)) for pair in zip(edges["tail"], edges["head"], strict=True)}
    k = min(_NEIGHBOURS + 1, rows.size)
    far, near = KDTree(xy[rows]).query(xy[rows], k=[*range(1, k + 1)])
    found: set[tuple[int, int]] = set()
    for i, (ways, others) in enumerate(zip(far, near, strict=True)):
        for way, j in zip(ways, others, strict=True):
            a, b = sorted((int(rows[i]), int(rows[j])))
            if a != b and way <= farthest_m and (a, b) not in known:
                found.add((a, b))
    return sorted(found)


def _secured(tree: _Tree, a: int, b: int, width_m: float) -> list[tuple[int, float]]:
    """Return the nodes whose edge to the parent a link secures, each with its share 0-1."""
    legs: tuple[list[int], list[int]] = ([], [])
    while a != b and (a >= 0 or b >= 0):
        down = 0 if b < 0 or (a >= 0 and tree.depth[a] >= tree.depth[b]) else 1
        node = a if down == 0 else b
        legs[down].append(node)
        if down == 0:
            a = int(tree.parent[a])
        else:
            b = int(tree.parent[b])
    secured = []
    for leg, other in (legs, legs[::-1]):
        carry_m = min([width_m, *(float(tree.width_m[node]) for node in other)])
        for node in leg:  # from the link up: water for a lost main comes by the mains below it
            if tree.edge[node] < 0:
                continue
            share = min(1.0, (carry_m / float(tree.width_m[node])) ** _CARRY_POWER)
            secured.append((node, share))
            carry_m = min(carry_m, float(tree.width_m[node]))
    return secured


def _laid(
    city: City,
    edges: pd.DataFrame,
    xy: Float64,
    chosen: list[tuple[int, int, float, float]],
    built_year: int,
) -> City:
    """Return the city with the chosen links as new pre-insulated pipes."""
    rows = []
    modern = edges[edges["material"] == "preinsulated"]
    pattern = modern if len(modern) else edges
    for k, (a, b, length_m, width_m) in enumerate(chosen):
        like = int(np.abs(pattern["diameter_m"].to_numpy() - width_m).argmin())
        row = pattern.iloc[like].to_dict()
        row |= {
            "util_edge_id": len(city.util_edges) + k,
            "uid": f"link-{k}-{row['network']}",
            "tail": a,
            "head": b,
            "length_m": length_m,
            "diameter_m": width_m,
            "built_year": built_year,
            "wear_book": 0.0,
            "street_edge_id": -1,
            "source": "synthetic",
            "attributes_source": "synthetic",
            "geometry": LineString([xy[a], xy[b]]),
        }
        rows.append(row)
    if not rows:
        return city
    new = gpd.GeoDataFrame(rows, geometry="geometry", crs=city.util_edges.crs)
    new = new[city.util_edges.columns].astype(dict(city.util_edges.dtypes.drop("geometry")))
    whole = pd.concat([city.util_edges, new], ignore_index=True)
    return dataclasses.replace(city, util_edges=gpd.GeoDataFrame(whole, crs=city.util_edges.crs))
