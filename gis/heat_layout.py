"""Lay a district heating network: one boiler house, a tree of trenches, sizes by flow.

Private houses keep their stoves. Each trench holds a supply and a return pipe alike.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

from gis.draft import UtilityLayout
from gis.names import stable_id, stable_uids
from gis.network_tools import Paths, RootedTree, TrenchGraph, rooted, steiner_tree, trench_graph
from gis.pipe_register import RegisterRule, heat_register, years_of_houses
from gis.util_tables import edge_table, lines_from, middles, node_table, one_row
from twin.city.validate import component_of
from twin.flows.heat.buildings import INDOOR_C, building_params

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.core.arrays import Bool, Float64, Int64

_log = logging.getLogger(__name__)

BORE_M = {
    50: 0.0545, 65: 0.0703, 80: 0.0825, 100: 0.1071, 125: 0.1325, 150: 0.1603, 200: 0.2101,
    250: 0.2630, 300: 0.3127, 350: 0.3444, 400: 0.3938, 500: 0.4954, 600: 0.5954, 700: 0.6950,
    800: 0.7954, 900: 0.8940, 1000: 0.9940, 1200: 1.1940, 1400: 1.3920,
}  # fmt: skip
"""Inner diameter of steel pipes by nominal size (EN 253 service pipes)."""
_LOSS_W_MK = {
    50: 0.201, 65: 0.233, 80: 0.242, 100: 0.254, 125: 0.288, 150: 0.337, 200: 0.369, 250: 0.364,
    300: 0.413, 350: 0.401, 400: 0.422, 500: 0.415, 600: 0.500, 800: 0.637, 1000: 0.774,
}  # fmt: skip
# of new preinsulated pipe, per pipe (ISOPLUS, as listed by pandapipes); sizes between interpolated
CHANNEL_LOSS_FACTOR = 2.0
"""Loss of pipes in channels over preinsulated ones, both new: the 1990-98 norm for DN50 is
33 W/m at 85 K, 0.39 W/(m K), against 0.20."""
MAIN_PA_M = 80.0
"""Most friction in mains, from DN200."""
BRANCH_PA_M = 150.0
"""Most friction in branches."""
_MAIN_DN = 200
_FASTEST_MS = 3.0
_ROUGHNESS_M = 0.5e-3  # usual for design of steel heat mains in CIS practice
_CP_JKGK = 4190.0
_RHO_KGM3 = 950.0
_GRAVITY = 9.81
_SPACING_M = 120.0
_LEAST_DENSITY_W_M = 300.0
_LARGE_W = 30e6
_CURVE_LARGE, _CURVE_SMALL = (130.0, 70.0), (95.0, 70.0)
CAPACITY_RESERVE = 1.2
"""Boiler power over the design load."""
_LOSS_SHARE = 0.12  # of the design load, for losses on the way
_SUBSTATION_PA = 60e3
_LIFT_RESERVE = 1.25
_MOST_LIFT_PA, _LEAST_EASING = 1.0e6, 0.1
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

    past_norm_share: float = 0.54
    """Share of trench length older than its norm."""
    capacity_reserve: float = CAPACITY_RESERVE
    source_xy_m: tuple[float, float] | None = None
    """Place of the boiler house; None looks for one by the industry nearest to the load."""


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
        Year for which wear is told.
    plan
        Choices; None takes the usual ones.

    Returns
    -------
    UtilityLayout
        Without nodes where no building wants district heating.
    """
    plan = plan or HeatPlan()
    wants = _wants(buildings)
    params = building_params(
        buildings["floor_area_m2"].to_numpy(dtype=np.float64),
        buildings["built_year"].to_numpy(),
        buildings["use"].to_numpy(dtype=object),
    )
    load_w = np.where(wants, params.ua_wk * (INDOOR_C - design_outdoor_c), 0.0)
    graph = trench_graph(street_nodes, street_edges, buildings, wants, spacing_m=_SPACING_M)
    part = component_of(graph.n_nodes, graph.tail, graph.head)
    wants &= part[graph.building_node] == 0
    load_w[~wants] = 0.0
    if not wants.any():
        return _empty(street_nodes.crs, len(buildings))
    node_load = np.bincount(graph.building_node, weights=load_w, minlength=graph.n_nodes)
    root = _boiler_site(graph, street_nodes, buildings, node_load, plan)
    paths = Paths(graph.n_nodes, graph.tail, graph.head, graph.length_m)
    terminals = np.union1d(np.flatnonzero(node_load > 0), [root])
    tree = rooted(graph, steiner_tree(paths, terminals), root)
    tree, node_load = _without_thin_branches(graph, tree, node_load)
    return _layout(
        graph,
        tree,
        (buildings, wants, node_load),
        design_outdoor_c,
        plan,
        RegisterRule(seed, register_year, plan.past_norm_share),
    )


def _wants(buildings: gpd.GeoDataFrame) -> Bool:
    """Tell which buildings are of the sort that has district heating."""
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
    plan: HeatPlan,
) -> int:
    """Return the street node of the boiler house.

    It stands where the planner says; else by industry or utility works, the nearest to the load
    that is not among the heated buildings; else at the nearest free place.
    """
    part = component_of(graph.n_nodes, graph.tail, graph.head)
    n_street = len(street_nodes)
    xy = graph.xy_m[:n_street]
    loaded = node_load > 0
    if plan.source_xy_m is not None:
        away = np.hypot(*(xy - np.array(plan.source_xy_m)).T)
        return int(np.where(part[:n_street] == 0, away, np.inf).argmin())
    centre = np.average(graph.xy_m, axis=0, weights=node_load)
    score = np.hypot(*(xy - centre).T)
    near = shapely.STRtree(shapely.points(graph.xy_m[loaded])).query_nearest(
        shapely.points(xy), return_distance=True, all_matches=False
    )[1]
    works = buildings[buildings["use"].isin(["industrial", "utility"])]
    works = works[works["footprint_m2"] >= 300.0]  # noqa: PLR2004 - a hall, not a booth
    score[part[:n_street] != 0] = np.inf
    score += np.where(near < _SITE_AWAY_M, 1e6, 0.0)
    by_works = np.zeros(n_street, dtype=np.bool_)
    by_works[works["street_node_id"].to_numpy()] = True
    score += np.where(by_works, 0.0, 1e5 if by_works.any() else 0.0)
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


def _friction_pa_m(mass_flow_kgs: Float64, bore_m: Float64) -> Float64:
    """Return friction of rough pipe flow (Swamee & Jain, 1976, fully rough limit)."""
    speed = mass_flow_kgs / (_RHO_KGM3 * math.pi / 4 * bore_m**2)
    factor = 0.25 / np.log10(_ROUGHNESS_M / (3.7 * bore_m)) ** 2
    loss: Float64 = factor / bore_m * _RHO_KGM3 * speed**2 / 2
    return loss


def pipe_size(mass_flow_kgs: Float64, *, easing: float = 1.0) -> Int64:
    """Return the smallest nominal size that carries each flow within friction and speed limits.

    At most 80 Pa/m from DN200, 150 Pa/m below, both times `easing`, and 3 m/s; shape as given.
    """
    out = np.full(mass_flow_kgs.shape, max(BORE_M), dtype=np.int64)
    for nominal in sorted(BORE_M, reverse=True):
        bore = np.full(mass_flow_kgs.shape, BORE_M[nominal])
        limit = MAIN_PA_M if nominal >= _MAIN_DN else BRANCH_PA_M
        speed = mass_flow_kgs / (_RHO_KGM3 * math.pi / 4 * bore**2)
        fits = (_friction_pa_m(mass_flow_kgs, bore) <= limit * easing) & (speed <= _FASTEST_MS)
        out[fits] = nominal
    return out


def loss_w_m2k(nominal: Int64, material: np.ndarray) -> Float64:
    """Return the heat loss of new pipes per inner wall area."""
    sizes = np.array(sorted(_LOSS_W_MK), dtype=np.float64)
    per_m = np.interp(nominal, sizes, [_LOSS_W_MK[int(size)] for size in sizes])
    bore = np.array([BORE_M[int(size)] for size in nominal])
    channel = np.where(material == "preinsulated", 1.0, CHANNEL_LOSS_FACTOR)
    loss: Float64 = per_m * channel / (math.pi * bore)
    return loss


def _layout(
    graph: TrenchGraph,
    tree: RootedTree,
    served: tuple[gpd.GeoDataFrame, Bool, Float64],
    design_outdoor_c: float,
    plan: HeatPlan,
    rule: RegisterRule,
) -> UtilityLayout:
    """Size the tree and write its tables."""
    buildings, wants, node_load = served
    kept = np.sort(tree.order)
    row = np.full(graph.n_nodes, -1, dtype=np.int32)
    row[kept] = np.arange(kept.size, dtype=np.int32)
    ends = tree.order[1:]
    ends = ends[np.argsort(tree.parent_piece[ends], kind="stable")]
    pieces = tree.parent_piece[ends]
    load_w = tree.gathered(node_load)
    total_w = float(load_w[tree.order[0]])
    supply_c, return_c = _CURVE_LARGE if total_w > _LARGE_W else _CURVE_SMALL
    flow_kgs = load_w[ends] * (1 + _LOSS_SHARE) / (_CP_JKGK * (supply_c - return_c))
    length_m = graph.length_m[pieces]
    nominal, bore_m, lift_pa = _sized(tree, ends, flow_kgs, length_m)
    uid = stable_uids("heat", np.full(pieces.size, "", dtype=object), middles(graph, pieces))
    register = heat_register(
        years_of_houses(graph, pieces, buildings), length_m, stable_id(uid), rule
    )
    source = {
        "capacity_w": total_w * (1 + _LOSS_SHARE) * plan.capacity_reserve,
        "supply_pressure_pa": _RETURN_PA + lift_pa + _RHO_KGM3 * _GRAVITY * _rise(graph, tree),
        "lift_pa": lift_pa,
        "design_supply_c": supply_c,
        "design_return_c": return_c,
        "design_outdoor_c": design_outdoor_c,
    }
    building_node = np.where(wants, row[graph.building_node], -1).astype(np.int32)
    crs = buildings.crs
    notes = (
        (
            f"District heating: {length_m.sum() / 1000:.1f} km of trench to "
            f"{(building_node >= 0).sum()} buildings, {total_w / 1e6:.1f} MW at "
            f"{design_outdoor_c:g} C, {supply_c:g}/{return_c:g} C, mains to DN{nominal.max()}; "
            f"{register.past_norm_share:.0%} of the length is past its norm. "
            f"{(wants & (building_node < 0)).sum()} buildings lie too far off and keep own boilers."
        ),
    )
    _log.info("%s", notes[0])
    root = int(row[tree.order[0]])
    return UtilityLayout(
        nodes=_nodes(graph, kept, root, source, crs),
        edges=edge_table(
            "heat",
            lines_from(graph, pieces, tree.parent[ends]),
            {
                "uid": uid,
                "kind": "pipe",
                "tail": row[tree.parent[ends]],
                "head": row[ends],
                "length_m": length_m,
                "diameter_m": bore_m,
                "material": register.material,
                "roughness_m": _ROUGHNESS_M,
                "loss_w_m2k": loss_w_m2k(nominal, register.material),
                "built_year": register.built_year,
                "wear_book": register.wear_book,
                "street_edge_id": graph.street_edge[pieces],
            },
            crs=crs,
        ),
        building_node=building_node,
        notes=notes,
    )


def _nodes(
    graph: TrenchGraph, kept: Int64, root: int, source: dict[str, float], crs: object
) -> gpd.GeoDataFrame:
    """Return the node table; only the boiler house has plant columns."""
    xy = graph.xy_m[kept]
    kind = np.full(kept.size, "junction", dtype=object)
    kind[root] = "source"
    columns = {
        "uid": stable_uids("heat_node", np.full(kept.size, "", dtype=object), xy),
        "kind": kind,
        "street_node_id": graph.street_node[kept],
        "elevation_m": graph.elevation_m[kept],
        **{name: one_row(kept.size, root, value) for name, value in source.items()},
    }
    return node_table("heat", xy, columns, crs=crs)


def _sized(
    tree: RootedTree, ends: Int64, flow_kgs: Float64, length_m: Float64
) -> tuple[Int64, Float64, float]:
    """Return nominal sizes, bores and the pump lift for the worst consumer.

    The lift is friction there and back and the substation. Where pumps could not give it, all
    pipes get an easier friction limit.
    """
    easing = 1.0
    while True:
        nominal = pipe_size(flow_kgs, easing=easing)
        bore_m = np.array([BORE_M[int(size)] for size in nominal])
        own = np.zeros(tree.parent.size)
        own[ends] = _friction_pa_m(flow_kgs, bore_m) * length_m
        worst = float(tree.summed_from_root(own).max())
        lift_pa = (2.0 * worst + _SUBSTATION_PA) * _LIFT_RESERVE
        if lift_pa <= _MOST_LIFT_PA or easing < _LEAST_EASING:
            return nominal, bore_m, lift_pa
        easing *= 0.85


def _rise(graph: TrenchGraph, tree: RootedTree) -> float:
    """Return how far the highest place lies above the boiler house, in m."""
    ground = graph.elevation_m[tree.order]
    return float(ground.max() - ground[0])


def _empty(crs: object, n_buildings: int) -> UtilityLayout:
    """Return a layout without a network."""
    nothing = np.zeros(0, dtype=object)
    return UtilityLayout(
        nodes=node_table("heat", np.zeros((0, 2)), {}, crs=crs),
        edges=edge_table("heat", nothing, {}, crs=crs),
        building_node=np.full(n_buildings, -1, dtype=np.int32),
        notes=("No building is of the sort that has district heating; none was laid.",),
    )
