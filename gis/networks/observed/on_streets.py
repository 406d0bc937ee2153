"""A utility network as a town has it, laid onto the streets of its map.

Places, lengths and diameters stay as they are given. A place near a street junction moves onto it;
every pipe is given the street it lies under, every building the place that serves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely
from pyproj import CRS, Transformer
from scipy.spatial import cKDTree

from gis.draft import UtilityLayout
from gis.names import stable_id
from gis.networks.pipe_register import (
    PUMP_NORM_YEARS,
    Register,
    RegisterRule,
    heat_register,
    norm_years,
    water_register,
)
from gis.networks.util_tables import edge_table, node_table
from gis.town_condition import condition_of
from twin.city.validate import component_of
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.draft import Draft
    from twin.core.arrays import Bool, Float64, Int32, Int64

STREET_M = 30.0
"""A pipe farther than this from every street lies under none."""
_APART_M = 2000.0
_NEIGHBOURS = 8
_SHORTEST_M = 0.1
_GUESSED, _KNOWN = 0.6, 0.9
"""Confidence of attributes: of pipes whose diameter alone is given; of those with year and
material."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class ObservedNetwork:
    """Nodes and edges of one network in the CRS of its file."""

    file: str
    network: str
    """`water` or `heat`"""
    crs: CRS
    node_name: tuple[str, ...]
    xy: Float64
    """(n_nodes, 2) in `crs`"""
    node: dict[str, NDArray[np.generic]]
    """Columns of `UTIL_NODES`, each of shape (n_nodes,)"""
    edge_name: tuple[str, ...]
    tail: Int32
    head: Int32
    bends: tuple[Float64, ...]
    """Of each edge, the points between its ends in `crs`, shape (n_bends, 2)"""
    edge: dict[str, NDArray[np.generic]]
    """Columns of `UTIL_EDGES`, each of shape (n_edges,)"""
    built_year: Float64
    """(n_edges,), NaN where it is not given"""
    material: NDArray[np.object_]
    """(n_edges,), '' where it is not given"""
    serves: Bool
    """(n_nodes,) places a building may be connected to"""
    feeds: Bool
    """(n_nodes,) reservoirs, tanks and heat sources"""
    notes: tuple[str, ...]
    one_each: bool = False
    """Whether a place serves the one building nearest to it, and not all around"""


@final
@dataclass(frozen=True, slots=True)
class Laying:
    """How far things may be apart."""

    snap_m: float
    connect_m: float


def lay_observed(
    observed: ObservedNetwork, laying: Laying, draft: Draft, buildings: gpd.GeoDataFrame
) -> UtilityLayout:
    """Return an observed network on the streets of a draft, and the place serving each building.

    Raises
    ------
    CityDataError
        If the network lies apart from the streets.
    """
    turn = Transformer.from_crs(observed.crs, CRS.from_user_input(draft.crs), always_xy=True)
    xy = np.column_stack(turn.transform(observed.xy[:, 0], observed.xy[:, 1]))
    street_xy = draft.street_nodes[["x_m", "y_m"]].to_numpy(dtype=np.float64)
    _require_near(observed, xy, street_xy)
    xy, street_node = _snapped(observed, xy, street_xy, laying.snap_m)
    fed = _fed(observed)
    line = _lines(observed, xy, turn)
    rows = np.flatnonzero(fed[observed.tail])
    row_of = np.cumsum(fed) - 1
    nodes = node_table(
        observed.network,
        xy[fed],
        {
            "uid": np.array(_uids(observed.network, "node", observed.node_name), object)[fed],
            "street_node_id": street_node[fed],
            "source": "observed",
            **{name: column[fed] for name, column in observed.node.items()},
        },
        crs=draft.crs,
    )
    uid = np.array(_uids(observed.network, "edge", observed.edge_name), dtype=object)[rows]
    register, known = _register(observed, rows, line[rows], stable_id(uid), draft, buildings)
    edges = edge_table(
        observed.network,
        line[rows],
        {
            **{name: column[rows] for name, column in observed.edge.items()},
            "uid": uid,
            "tail": row_of[observed.tail[rows]],
            "head": row_of[observed.head[rows]],
            "street_edge_id": _street_of(line[rows], draft.street_edges),
            "material": register.material,
            "built_year": register.built_year,
            "wear_book": register.wear_book,
            "source": "observed",
            "attributes_source": np.where(known, "observed", "imputed").astype(object),
            "confidence": np.where(known, _KNOWN, _GUESSED),
        },
        crs=draft.crs,
    )
    serving = observed.serves & fed
    at = _building_node(observed, line, serving, buildings, laying.connect_m)
    building_node = np.where(at >= 0, row_of[at], -1).astype(np.int32)
    notes = (*observed.notes, *_told(observed, fed, edges, buildings, building_node, laying))
    return UtilityLayout(nodes=nodes, edges=edges, building_node=building_node, notes=notes)


def _uids(network: str, role: str, names: tuple[str, ...]) -> list[str]:
    return [f"{network}_{role}:{name}" for name in names]


def _require_near(observed: ObservedNetwork, xy_m: Float64, street_xy_m: Float64) -> None:
    """Raise where a network is not of this town."""
    away, _ = cKDTree(street_xy_m).query(np.nan_to_num(xy_m, posinf=0.0, neginf=0.0))
    if float(np.median(away)) > _APART_M:
        raise CityDataError(
            Fault(
                where=observed.file,
                what=f"lies {np.median(away) / 1000:.0f} km from the streets",
                mend="check its `crs`, which such files do not state",
                code="E-EXTENT",
            )
        )


def _snapped(
    observed: ObservedNetwork, xy_m: Float64, street_xy_m: Float64, snap_m: float
) -> tuple[Float64, Int32]:
    """Return places moved to street junctions near them, one per junction, and the junction."""
    away, near = cKDTree(street_xy_m).query(xy_m)
    order = np.lexsort((away, near))
    first = np.ones(order.size, dtype=np.bool_)
    first[1:] = near[order[1:]] != near[order[:-1]]
    move = np.zeros(len(xy_m), dtype=np.bool_)
    move[order[first]] = True
    move &= (away <= snap_m) & observed.serves
    street = np.where(move, near, -1).astype(np.int32)
    return np.where(move[:, None], street_xy_m[near], xy_m), street


def _fed(observed: ObservedNetwork) -> Bool:
    """Return which places are joined to a source, shape (n_nodes,)."""
    part = component_of(len(observed.xy), observed.tail, observed.head)
    fed: Bool = np.isin(part, np.unique(part[observed.feeds]))
    return fed


def _lines(observed: ObservedNetwork, xy_m: Float64, turn: Transformer) -> NDArray[np.object_]:
    """Return the shape of each edge from its tail over its bends to its head."""
    out = np.empty(len(observed.tail), dtype=object)
    for row, bends in enumerate(observed.bends):
        start, end = xy_m[observed.tail[row]], xy_m[observed.head[row]]
        between = np.column_stack(turn.transform(*bends.T)) if len(bends) else np.zeros((0, 2))
        points = np.concatenate([start[None, :], between, end[None, :]])
        if np.abs(np.diff(points, axis=0)).sum() < _SHORTEST_M:
            points = np.array([start, start + np.array([0.5, 0.0])])  # a pump drawn as a point
        out[row] = shapely.linestrings(points)
    return out


def _street_of(line: NDArray[np.object_], street_edges: gpd.GeoDataFrame) -> Int32:
    """Return the street under which the middle of each edge lies, -1 none, shape (n_edges,)."""
    middle = shapely.line_interpolate_point(line, 0.5, normalized=True)
    tree = shapely.STRtree(np.asarray(street_edges.geometry.values))
    found = tree.query_nearest(middle, max_distance=STREET_M, all_matches=False)
    street = np.full(len(line), -1, dtype=np.int32)
    street[found[0]] = found[1]
    return street


def _register(
    observed: ObservedNetwork,
    rows: Int64,
    line: NDArray[np.object_],
    key: Int64,
    draft: Draft,
    buildings: gpd.GeoDataFrame,
) -> tuple[Register, Bool]:
    """Return year, material and wear: as given, else as pipes beside houses of that year have."""
    houses = np.column_stack([buildings.geometry.centroid.x, buildings.geometry.centroid.y])
    middle = shapely.get_coordinates(shapely.line_interpolate_point(line, 0.5, normalized=True))
    count = min(_NEIGHBOURS, len(houses))
    _, near = cKDTree(houses).query(middle, k=[*range(1, count + 1)])
    year = np.median(buildings["built_year"].to_numpy(dtype=np.float64)[near], axis=1)
    condition = condition_of(draft.condition, observed.network)
    rule = RegisterRule(
        draft.seed, draft.register_year, condition.past_norm_share, condition.book_wear
    )
    length = observed.edge["length_m"][rows].astype(np.float64)
    bore = observed.edge["diameter_m"][rows].astype(np.float64)
    if observed.network == "water":
        drawn = water_register(year, bore, length, key, rule)
    else:
        drawn = heat_register(year, bore, length, key, rule)
    told_year, told_material = observed.built_year[rows], observed.material[rows]
    is_pump = (observed.edge["kind"] == "pump")[rows]
    material = np.where(told_material != "", told_material, drawn.material).astype(object)
    material[is_pump] = "pump"
    built = np.where(np.isfinite(told_year), told_year, drawn.built_year).astype(np.int32)
    norm = np.where(is_pump, PUMP_NORM_YEARS, norm_years(observed.network))
    by_age = np.clip((draft.register_year - built) / norm, 0.0, 1.0)
    register = Register(
        built_year=built,
        material=material,
        wear_book=np.where(np.isfinite(told_year), by_age, drawn.wear_book),
        past_norm_share=drawn.past_norm_share,
    )
    return register, np.isfinite(told_year) & (told_material != "")


def _building_node(
    observed: ObservedNetwork,
    line: NDArray[np.object_],
    serving: Bool,
    buildings: gpd.GeoDataFrame,
    connect_m: float,
) -> Int64:
    """Return the place that serves each building, -1 none: the near end of the nearest pipe."""
    wants = np.flatnonzero((buildings["use"] != "ancillary").to_numpy())
    usable = np.flatnonzero(
        (observed.edge["kind"] == "pipe") & (serving[observed.tail] | serving[observed.head])
    )
    node = np.full(len(buildings), -1, dtype=np.int64)
    if not usable.size or not wants.size:
        return node
    shapes = np.asarray(buildings.geometry.values)[wants]
    if observed.one_each:
        return _one_each(observed, line, serving, (wants, shapes), node, connect_m)
    found = shapely.STRtree(line[usable]).query_nearest(
        shapes, max_distance=connect_m, all_matches=False
    )
    who, pipe = wants[found[0]], usable[found[1]]
    here = shapely.centroid(shapes[found[0]])
    ends = (observed.tail[pipe], observed.head[pipe])
    away = [
        np.where(serving[end], shapely.distance(here, shapely.get_point(line[pipe], at)), np.inf)
        for end, at in zip(ends, (0, -1), strict=True)
    ]
    node[who] = np.where(away[0] <= away[1], *ends)
    return node


def _one_each(
    observed: ObservedNetwork,
    line: NDArray[np.object_],
    serving: Bool,
    wants: tuple[Int64, NDArray[np.object_]],
    out_node: Int64,
    connect_m: float,
) -> Int64:
    """Return the place that serves each building: of each place, the nearest building."""
    rows, shapes = wants
    places = np.flatnonzero(serving)
    at = np.zeros((len(observed.xy), 2))
    at[observed.tail] = shapely.get_coordinates(shapely.get_point(line, 0))
    at[observed.head] = shapely.get_coordinates(shapely.get_point(line, -1))
    found = shapely.STRtree(shapes).query_nearest(
        shapely.points(at[places]), max_distance=connect_m, all_matches=False
    )
    out_node[rows[found[1]]] = places[found[0]]
    return out_node


def _told(
    observed: ObservedNetwork,
    fed: Bool,
    edges: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    building_node: Int32,
    laying: Laying,
) -> list[str]:
    """Return what was laid, in figures."""
    pipes = edges[edges["kind"] == "pipe"]
    under = float((pipes["street_edge_id"] >= 0).mean()) if len(pipes) else 0.0
    served = int((building_node >= 0).sum())
    wants = int((buildings["use"] != "ancillary").sum())
    name = observed.network.capitalize()
    notes = [
        (
            f"{name}: {pipes['length_m'].sum() / 1000:.1f} km of pipes as in {observed.file}, "
            f"lengths and diameters as given; {under:.0%} of pipes lie within {STREET_M:g} m of a "
            f"street; {served} of {wants} buildings are served, within {laying.connect_m:g} m."
        )
    ]
    if not fed.all():
        notes.append(f"{name}: {(~fed).sum()} nodes joined to no source were left out.")
    return notes
