"""Lay a district heating network: boiler houses, trees of trenches, sizes by flow.

Private houses keep their stoves. Each trench holds a supply and a return pipe alike.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

from gis.draft import UtilityLayout
from gis.names import stable_id, stable_uids
from gis.networks.heat.heat_sizing import BORE_M, CP_JKGK, RHO_KGM3, ROUGHNESS_M, loss_w_m2k, sized
from gis.networks.mapped_sites import sites_near
from gis.networks.network_tools import (
    Paths,
    RootedTree,
    TrenchGraph,
    rooted,
    settlements,
    steiner_tree,
    trench_graph,
)
from gis.networks.pipe_register import RegisterRule, heat_register, years_of_houses
from gis.networks.util_tables import edge_table, lines_from, middles, node_table
from gis.read.places.utility_sites import HEAT_SOURCE
from gis.town_condition import DEFAULT_CONDITION, condition_of
from twin.flows.heat.town.demand import INDOOR_C, building_loss_wk

if TYPE_CHECKING:
    import geopandas as gpd

    from gis.draft import Draft
    from gis.generate.typical_weather import Climate
    from gis.networks.mapped_sites import MappedSites
    from twin.core.arrays import Bool, Float64, Int32, Int64

_log = logging.getLogger(__name__)

_SPACING_M = 120.0
_GAP_M, _LEAST_LOAD_W = 700.0, 3e6
_WORKS_M2, _WORKS_NEAR_M = 300.0, 1500.0
_GRAVITY = 9.81
_LEAST_DENSITY_W_M = 300.0
_LARGE_W = 30e6
_CURVE_LARGE, _CURVE_SMALL = (130.0, 70.0), (95.0, 70.0)
CAPACITY_RESERVE = 1.2
"""Boiler power over the design load."""
_LOSS_SHARE = 0.12  # of the design load, for losses on the way
_RETURN_PA = 300e3
_SITE_AWAY_M = 150.0
_CONNECTED_USES = {
    "apartment": 0.0,
    "school": 0.0,
    "kindergarten": 0.0,
    "health": 0.0,
    "public": 300.0,
    "office": 300.0,
    "retail": 800.0,
}
"""Use -> least floor area in m2 for district heating; other uses have their own."""


@final
@dataclass(frozen=True, slots=True)
class HeatPlan:
    """Choices of a heat layout that a planner may set."""

    condition: str = DEFAULT_CONDITION
    """Class of town, which decides how worn the mains are."""
    capacity_reserve: float = CAPACITY_RESERVE
    source_xy_m: tuple[float, float] | None = None
    """Place of the boiler house; None takes a mapped one, or looks for one by the industry nearest
    to the load."""
    sites: gpd.GeoDataFrame | None = None
    """Mapped works as in `gis.draft.Draft`"""


def lay(draft: Draft, buildings: gpd.GeoDataFrame, climate: Climate) -> UtilityLayout:
    """Lay the heat network of a draft; see `lay_heat`."""
    return lay_heat(
        draft.street_nodes,
        draft.street_edges,
        buildings,
        design_outdoor_c=climate.design_five_day_c,
        plan=HeatPlan(draft.condition, source_xy_m=draft.boiler_xy_m, sites=draft.sites),
        seed=draft.seed,
        register_year=draft.register_year,
    )


def lay_heat(  # noqa: PLR0913 - tables, then what is known of the place
    street_nodes: gpd.GeoDataFrame,
    street_edges: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    design_outdoor_c: float,
    seed: int,
    register_year: int,
    plan: HeatPlan | None = None,
) -> UtilityLayout:
    """Return a district heating network along the streets, sized for the design cold.

    Parameters
    ----------
    street_nodes, street_edges, buildings
        Tables of a city.
    design_outdoor_c
        Mean outdoor temperature of the coldest five days.
    seed
        Seed of years and materials.
    register_year
        Year for which wear is given.
    plan
        Choices; None takes the usual ones.

    Returns
    -------
    UtilityLayout
        One boiler house per settlement with 3 MW or more; no nodes where there is none.
    """
    plan = plan or HeatPlan()
    wants = _wants(buildings)
    loss_wk = building_loss_wk(
        buildings["floor_area_m2"].to_numpy(dtype=np.float64),
        buildings["built_year"].to_numpy(),
        buildings["use"].to_numpy(dtype=object),
    )
    load_w = np.where(wants, loss_wk * (INDOOR_C - design_outdoor_c), 0.0)
    graph = trench_graph(street_nodes, street_edges, buildings, wants, spacing_m=_SPACING_M)
    node_load = np.bincount(graph.building_node, weights=load_w, minlength=graph.n_nodes)
    plants = sites_near(graph, plan.sites, HEAT_SOURCE)
    networks = _networks(graph, street_nodes, buildings, node_load, (plan, plants))
    used = [net.site for net in networks if net.site >= 0]
    if not networks:
        nothing = _empty(street_nodes.crs, len(buildings))
        return replace(nothing, notes=(*nothing.notes, *plants.notes(used)))
    condition = condition_of(plan.condition, "heat")
    rule = RegisterRule(seed, register_year, condition.past_norm_share, condition.book_wear)
    layout = _layout(graph, networks, (buildings, wants), design_outdoor_c, rule)
    return replace(layout, notes=(*layout.notes, *plants.notes(used)))


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Network:
    """One boiler house and its sized tree, in nodes of the trench graph."""

    tree: RootedTree
    nodes: Int64
    """Sorted"""
    heated: Bool
    """(n_graph_nodes,) places that serve buildings"""
    ends: Int64
    """Far end of each trench"""
    nominal: Int64
    load_w: float
    plant: dict[str, float]
    """Columns of the boiler house"""
    site: int
    """Row of the mapped heating plant, -1: none, its place is drawn"""


def _networks(
    graph: TrenchGraph,
    street_nodes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    node_load: Float64,
    choices: tuple[HeatPlan, MappedSites],
) -> list[_Network]:
    """Return a network per settlement with load enough for a boiler house."""
    plan, plants = choices
    places = np.flatnonzero(node_load > 0)
    if not places.size:
        return []
    paths = Paths(graph, graph.length_m)
    groups = settlements(paths, places, node_load[places], gap_m=_GAP_M, least=0.0)
    groups = [group for group in groups if node_load[group].sum() >= _LEAST_LOAD_W]
    groups.sort(key=lambda group: -float(node_load[group].sum()))
    _, _, nearest = paths.from_any(places)
    curve = None
    networks: list[_Network] = []
    for group in groups:
        load = np.zeros_like(node_load)
        load[group] = node_load[group]
        site = plan.source_xy_m if not networks else None  # the planner's place is the main one's
        around = np.isin(nearest, group)  # so that no two networks share a node
        mapped = None
        if site is None:
            middle = np.average(graph.xy_m, axis=0, weights=load)
            mapped = plants.nearest(middle, around)
        if mapped is None:
            root = _boiler_site(graph, street_nodes, buildings, load, (around, site))
        else:
            root = int(plants.place[mapped])
        terminals = np.union1d(group, [root])
        tree = rooted(graph, steiner_tree(paths.within(around), terminals), root)
        tree, load = _without_thin_branches(graph, tree, load)
        if curve is None:
            curve = _CURVE_LARGE if load.sum() > _LARGE_W else _CURVE_SMALL
        if load.sum() >= _LEAST_LOAD_W:
            row = -1 if mapped is None else mapped
            networks.append(_sized_network(graph, tree, load, (curve, row), plan))
    return networks


def _sized_network(
    graph: TrenchGraph,
    tree: RootedTree,
    node_load: Float64,
    choices: tuple[tuple[float, float], int],
    plan: HeatPlan,
) -> _Network:
    """Size the trenches and the boiler house of a tree."""
    ends = tree.order[1:]
    ends = ends[np.argsort(tree.parent_piece[ends], kind="stable")]
    beyond_w = tree.gathered(node_load)
    load_w = float(beyond_w[tree.order[0]])
    (supply_c, return_c), site = choices
    flow_kgs = beyond_w[ends] * (1 + _LOSS_SHARE) / (CP_JKGK * (supply_c - return_c))
    nominal, lift_pa = sized(tree, ends, flow_kgs, graph.length_m[tree.parent_piece[ends]])
    ground = graph.elevation_m[tree.order]
    rise_pa = RHO_KGM3 * _GRAVITY * float(ground.max() - ground[0])
    return _Network(
        tree=tree,
        nodes=np.sort(tree.order),
        heated=node_load > 0,
        ends=ends,
        nominal=nominal,
        load_w=load_w,
        plant={
            "capacity_w": load_w * (1 + _LOSS_SHARE) * plan.capacity_reserve,
            "supply_pressure_pa": _RETURN_PA + lift_pa + rise_pa,
            "lift_pa": lift_pa,
            "design_supply_c": supply_c,
            "design_return_c": return_c,
        },
        site=site,
    )


def _wants(buildings: gpd.GeoDataFrame) -> Bool:
    """Return which buildings are of the sort that has district heating."""
    least = buildings["use"].map(_CONNECTED_USES)
    known = least.notna().to_numpy()
    large = buildings["floor_area_m2"].to_numpy() >= least.fillna(np.inf).to_numpy()
    two = (buildings["floors"] >= 2) | (buildings["use"] != "apartment")  # noqa: PLR2004 - no stairs, own stove
    out: Bool = known & large & two.to_numpy()
    return out


def _boiler_site(
    graph: TrenchGraph,
    street_nodes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    node_load: Float64,
    where: tuple[Bool, tuple[float, float] | None],
) -> int:
    """Return the street node of the boiler house.

    It stands where the planner says; else by industry or utility works, the nearest to the load
    that is not among the heated buildings; else at the nearest free place.
    """
    around, site_xy_m = where
    n_street = len(street_nodes)
    xy = graph.xy_m[:n_street]
    if site_xy_m is not None:
        away = np.hypot(*(xy - np.array(site_xy_m)).T)
        return int(np.where(around[:n_street], away, np.inf).argmin())
    centre = np.average(graph.xy_m, axis=0, weights=node_load)
    score = np.hypot(*(xy - centre).T)
    near = shapely.STRtree(shapely.points(graph.xy_m[node_load > 0])).query_nearest(
        shapely.points(xy), return_distance=True, all_matches=False
    )[1]
    works = buildings[buildings["use"].isin(["industrial", "utility"])]
    works = works[works["footprint_m2"] >= _WORKS_M2]
    by_works = np.zeros(n_street, dtype=np.bool_)
    by_works[works["street_node_id"].to_numpy()] = True
    by_works &= around[:n_street] & (near <= _WORKS_NEAR_M)
    score += np.where(near < _SITE_AWAY_M, 1e6, 0.0)
    score += np.where(by_works, 0.0, 1e5 if by_works.any() else 0.0)
    score[~around[:n_street]] = np.inf
    return int(score.argmin())


def _without_thin_branches(
    graph: TrenchGraph, tree: RootedTree, node_load: Float64
) -> tuple[RootedTree, Float64]:
    """Cut branches whose load is too small for their length; those buildings keep own boilers."""
    own_length = np.zeros(graph.n_nodes)
    own_length[tree.order[1:]] = graph.length_m[tree.parent_piece[tree.order[1:]]]
    load, length = tree.gathered(node_load), tree.gathered(own_length)
    cut = np.zeros(graph.n_nodes, dtype=np.bool_)
    for node in tree.order[1:].tolist():
        thin = load[node] < _LEAST_DENSITY_W_M * length[node]
        cut[node] = cut[tree.parent[node]] or thin
    kept = tree.order[~cut[tree.order]]
    rest = np.zeros_like(node_load)
    rest[kept] = node_load[kept]
    # bare ends of roads that only led to what was cut
    busy = RootedTree(kept, tree.parent, tree.parent_piece).gathered(rest) > 0
    busy[kept[0]] = True
    return RootedTree(kept[busy[kept]], tree.parent, tree.parent_piece), rest


def _layout(
    graph: TrenchGraph,
    networks: list[_Network],
    served: tuple[gpd.GeoDataFrame, Bool],
    design_outdoor_c: float,
    rule: RegisterRule,
) -> UtilityLayout:
    """Write the tables of all networks; no two share a node."""
    buildings, wants = served
    kept = np.sort(np.concatenate([net.nodes for net in networks]))
    row = np.full(graph.n_nodes, -1, dtype=np.int32)
    row[kept] = np.arange(kept.size, dtype=np.int32)
    ends = np.concatenate([net.ends for net in networks])
    parent = np.concatenate([net.tree.parent[net.ends] for net in networks])
    pieces = np.concatenate([net.tree.parent_piece[net.ends] for net in networks])
    nominal = np.concatenate([net.nominal for net in networks])
    length_m = graph.length_m[pieces]
    uid = stable_uids("heat", np.full(pieces.size, "", dtype=object), middles(graph, pieces))
    years = years_of_houses(graph, pieces, buildings)
    register = heat_register(years, nominal / 1000.0, length_m, stable_id(uid), rule)
    heated = np.logical_or.reduce([net.heated for net in networks])
    joined = wants & heated[graph.building_node]
    columns = {
        "uid": uid,
        "kind": "pipe",
        "tail": row[parent],
        "head": row[ends],
        "length_m": length_m,
        "diameter_m": np.array([BORE_M[int(size)] for size in nominal]),
        "material": register.material,
        "roughness_m": ROUGHNESS_M,
        "loss_w_m2k": loss_w_m2k(nominal, register.material),
        "built_year": register.built_year,
        "wear_book": register.wear_book,
        "street_edge_id": graph.street_edge[pieces],
    }
    lines = lines_from(graph, pieces, parent)
    told = (
        f"District heating: {len(networks)} boiler house(s), {length_m.sum() / 1000:.1f} km of "
        f"trench to {joined.sum()} buildings, {sum(net.load_w for net in networks) / 1e6:.1f} MW "
        f"at {design_outdoor_c:g} C, mains to DN{nominal.max(initial=0)}; "
        f"{register.past_norm_share:.0%} of the length is past its norm. "
        f"{(wants & ~joined).sum()} buildings lie too far off and keep own boilers."
    )
    _log.info("%s", told)
    return UtilityLayout(
        nodes=_nodes(graph, networks, (kept, row), design_outdoor_c, crs=buildings.crs),
        edges=edge_table("heat", lines, columns, crs=buildings.crs),
        building_node=np.where(joined, row[graph.building_node], -1).astype(np.int32),
        notes=(told,),
    )


def _nodes(
    graph: TrenchGraph,
    networks: list[_Network],
    rows: tuple[Int64, Int32],
    design_outdoor_c: float,
    *,
    crs: object,
) -> gpd.GeoDataFrame:
    """Return the node table; only boiler houses have plant columns."""
    kept, row = rows
    xy = graph.xy_m[kept]
    kind = np.full(kept.size, "junction", dtype=object)
    plant = {name: np.full(kept.size, np.nan) for name in (*networks[0].plant, "design_outdoor_c")}
    for net in networks:
        root = int(row[net.tree.order[0]])
        kind[root] = "source"
        for name, value in {**net.plant, "design_outdoor_c": design_outdoor_c}.items():
            plant[name][root] = value
    columns = {
        "uid": stable_uids("heat_node", np.full(kept.size, "", dtype=object), xy),
        "kind": kind,
        "street_node_id": graph.street_node[kept],
        "elevation_m": graph.elevation_m[kept],
        **plant,
    }
    return node_table("heat", xy, columns, crs=crs)


def _empty(crs: object, n_buildings: int) -> UtilityLayout:
    """Return a layout without a network."""
    nothing = np.zeros(0, dtype=object)
    return UtilityLayout(
        nodes=node_table("heat", np.zeros((0, 2)), {}, crs=crs),
        edges=edge_table("heat", nothing, {}, crs=crs),
        building_node=np.full(n_buildings, -1, dtype=np.int32),
        notes=("No building is of the sort that has district heating; none was laid.",),
    )
