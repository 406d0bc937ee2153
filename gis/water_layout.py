"""Lay a water network along streets: source, pump, tower, looped mains sized by pressure."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

from gis.draft import UtilityLayout
from gis.names import stable_id, stable_uids
from gis.network_tools import (
    Paths,
    RootedTree,
    TrenchGraph,
    loops,
    rooted,
    settlements,
    steiner_tree,
    trench_graph,
)
from gis.pipe_register import NORM_YEARS, RegisterRule, water_register, years_of_houses
from gis.util_tables import edge_table, lines_from, middles, node_table
from gis.water_sizing import (
    LEAST_PRESSURE_M,
    WaterMains,
    bore_for_flow,
    headloss_m,
    sized_by_pressure,
)

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.core.arrays import Bool, Float64, Int32, Int64

_log = logging.getLogger(__name__)

PERSON_M3_DAY = 0.20
"""Water a person uses at home, m3 a day (assumption; Astana's norm without a meter is 0.33)."""
FLOOR_M3_M2DAY = 0.003
"""Water of other buildings per floor area, m3 a day (assumption)."""
DAY_FACTOR, HOUR_FACTOR = 1.2, 1.6
"""Greatest day over the mean day, greatest hour over its mean (usual in SNiP-style design)."""
LOSS_SHARE = 0.25
"""Leakage over consumption that the mains are sized for."""
NEW_C = {
    "steel": 130.0,
    "cast_iron": 130.0,
    "asbestos_cement": 140.0,
    "ductile_iron": 135.0,
    "pvc": 150.0,
    "pe": 150.0,
}
"""Hazen-Williams C of new pipe (Rossman et al., 2020, EPANET 2.2 User Manual, table 3.2; PE as
plastic, ductile iron assumed)."""
_DESIGN_C = 100.0  # the mains must still do when they are rough
_SPACING_M = 200.0
_CLASS_WEIGHT = {"trunk": 1.5}
_MAIN_WEIGHT = 0.9  # a main rather lies under a wider street
_LOOP_LONGEST_M, _LOOP_GAIN, _LOOP_SHARE = 700.0, 1.5, 0.15
_LOOP_BORE_M = 0.1
_HOUSES_FOR_MAIN = 3
_VILLAGE_GAP_M, _VILLAGE_NODES = 1500.0, 8
_WELLS_AWAY_M = (250.0, 2000.0)
_TOWER_HEAD_M = 32.0
_TANK_DEPTH_M, _TANK_LOW_M, _TANK_INIT_M = 6.0, 1.0, 4.0
_TANK_DAY_SHARE = 0.15
_MOST_STATIC_M = 60.0
_HEIGHT_VALUE_M_KM = 5.0
_PUMP_MARGIN = 1.15
_LINK_M = 20.0
_DAY_S = 86_400.0
_PUMP_AGE_YEARS, _TOWER_AGE_YEARS = 12, 30  # assumptions


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where the plant of one network stands, as nodes of the trench graph."""

    source: int
    tower: int


def lay_water(
    street_nodes: gpd.GeoDataFrame,
    street_edges: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    seed: int,
    register_year: int,
    past_norm_share: float = 0.64,
) -> UtilityLayout:
    """Return a water network along the streets that serves every building but sheds.

    Parameters
    ----------
    street_nodes, street_edges, buildings
        Tables of a city; `buildings` with `people`.
    seed
        Seed of years and materials.
    register_year
        Year for which wear is told.
    past_norm_share
        Share of length older than its norm.

    Returns
    -------
    UtilityLayout
        One reservoir, pump and tower per settlement; a village behind 1.5 km of empty road has its
        own.

    Notes
    -----
    Mehlhorn's tree over the places buildings are served from, a main along every piece of street
    with three buildings, then (for a sparse net) closures that put most of the
    tree on loops per length. First bores follow the flow of the tree; the network is then solved
    at the peak hour, with worn pipes (C 100) and the tower low, and widened until 15 m are kept.
    """
    served = (buildings["use"] != "ancillary").to_numpy()
    graph = trench_graph(street_nodes, street_edges, buildings, served, spacing_m=_SPACING_M)
    mean_m3s = np.bincount(
        graph.building_node, weights=_mean_demand(buildings), minlength=graph.n_nodes
    )
    wanted = np.unique(graph.building_node[served])
    houses = np.bincount(graph.building_piece[served], minlength=graph.tail.size)
    rule = RegisterRule(seed, register_year, past_norm_share)
    rank = street_edges["road_class"].map({"arterial": _MAIN_WEIGHT, "collector": _MAIN_WEIGHT,
                                           **_CLASS_WEIGHT}).fillna(1.0).to_numpy()  # fmt: skip
    paths = Paths(graph, graph.length_m * rank[graph.street_edge])
    groups = []
    nearest = np.full(graph.n_nodes, -1, dtype=np.int64)
    if wanted.size:
        ones = np.ones(wanted.size)
        groups = settlements(paths, wanted, ones, gap_m=_VILLAGE_GAP_M, least=_VILLAGE_NODES)
        _, _, nearest = paths.from_any(wanted)
    networks = [
        _network(graph, paths, group, (mean_m3s, houses), around=np.isin(nearest, group))
        for group in groups
    ]
    return _layout(graph, networks, buildings, served, rule)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Network:
    """One laid and sized network, in nodes of the trench graph."""

    nodes: Int64
    """Sorted"""
    pieces: Int64
    tail: Int64
    head: Int64
    bore_m: Float64
    pressure_m: Float64
    """(n_nodes,) in the peak hour"""
    places: _Places
    floor_m: float
    """Elevation of the tower's floor"""
    tank_diameter_m: float
    pump_flow_m3s: float
    pump_head_m: float
    main_bore_m: float
    """Bore of the pipe to the tower"""


def _mean_demand(buildings: gpd.GeoDataFrame) -> Float64:
    """Return the mean demand of each building in m3/s, shape (n_buildings,)."""
    home = buildings["use"].isin(["house", "apartment"]).to_numpy()
    idle = (buildings["use"] == "ancillary").to_numpy()
    floor = np.where(home | idle, 0.0, buildings["floor_area_m2"].to_numpy())
    daily = PERSON_M3_DAY * buildings["people"].to_numpy() + FLOOR_M3_M2DAY * floor
    demand: Float64 = daily / _DAY_S
    return demand


def _network(
    graph: TrenchGraph,
    paths: Paths,
    wanted: Int64,
    wish: tuple[Float64, Int64],
    *,
    around: Bool,
) -> _Network:
    """Lay and size the network of one settlement within the nodes `around` it, (n_nodes,).

    `wish` holds the mean demand of each node and the number of houses along each piece.
    """
    mean_m3s, houses = wish
    paths = paths.within(around)
    places = _plant_places(graph, wanted, mean_m3s, around)
    terminals = np.union1d(wanted, [places.source, places.tower])
    tree = rooted(graph, steiner_tree(paths, terminals), places.tower)
    tree_pieces = tree.parent_piece[tree.order[1:]]
    lived = np.setdiff1d(np.flatnonzero(houses >= _HOUSES_FOR_MAIN), tree_pieces)
    lived = lived[around[graph.tail[lived]] & around[graph.head[lived]]]
    share_m = _LOOP_SHARE * float(graph.length_m[tree_pieces].sum())
    closures = loops(
        graph,
        paths,
        tree,
        longest_m=_LOOP_LONGEST_M,
        least_gain=_LOOP_GAIN,
        most_added_m=share_m - float(graph.length_m[lived].sum()),
    )
    closures = np.setdiff1d(np.union1d(lived, closures), tree_pieces)
    mean = np.zeros(graph.n_nodes)
    mean[wanted] = mean_m3s[wanted] * (1.0 + LOSS_SHARE)
    pump_m3s = max(float(mean.sum()) * DAY_FACTOR * _PUMP_MARGIN, 1e-4)
    pieces, tail, head, bore_m = _first_bores(graph, tree, closures, mean, places, pump_m3s)
    nodes = np.unique(np.concatenate([tail, head, [places.tower]]))
    floor_m = _tower_floor(graph, nodes, places)
    peak = mean[nodes] * DAY_FACTOR * HOUR_FACTOR
    at_source = int(np.searchsorted(nodes, places.source))
    peak[at_source] -= pump_m3s
    mains = WaterMains(
        tail=np.searchsorted(nodes, tail).astype(np.int32),
        head=np.searchsorted(nodes, head).astype(np.int32),
        length_m=graph.length_m[pieces],
        roughness_c=np.full(pieces.size, _DESIGN_C),
        elevation_m=graph.elevation_m[nodes],
        peak_m3s=peak,
        fixed_node=np.array([np.searchsorted(nodes, places.tower)]),
        fixed_head_m=np.array([floor_m + _TANK_LOW_M]),
    )
    bore_m, pressure_m, rounds = sized_by_pressure(mains, bore_m)
    _log.info("water mains sized in %d rounds, least pressure %.1f m", rounds, pressure_m.min())
    by_piece = dict(zip(pieces.tolist(), bore_m.tolist(), strict=True))
    friction_m = _way_loss(graph, tree, by_piece, places.source, pump_m3s)
    lift = floor_m + _TANK_INIT_M + friction_m - graph.elevation_m[places.source] + 2.0
    volume_m3 = _TANK_DAY_SHARE * float(mean.sum()) * _DAY_S
    return _Network(
        nodes=nodes,
        pieces=pieces,
        tail=tail,
        head=head,
        bore_m=bore_m,
        pressure_m=pressure_m,
        places=places,
        floor_m=floor_m,
        tank_diameter_m=max(math.sqrt(4 * volume_m3 / (math.pi * _TANK_DEPTH_M)), 2.0),
        pump_flow_m3s=pump_m3s,
        pump_head_m=max(float(lift), 5.0),
        main_bore_m=float(bore_for_flow(np.array([peak.sum() + pump_m3s]))[0]),
    )


def _plant_places(graph: TrenchGraph, wanted: Int64, mean_m3s: Float64, around: Bool) -> _Places:
    """Return where tower and wells go.

    The tower stands on high ground near the middle of demand (5 m of height make up for 1 km);
    the wells are the street's end nearest to it that is 250-2,000 m away from all houses, or else
    the house farthest out.
    """
    weight = mean_m3s[wanted] + 1e-9
    centre = np.average(graph.xy_m[wanted], axis=0, weights=weight)
    away = np.hypot(*(graph.xy_m - centre).T)
    on_street = (graph.street_node >= 0) & around
    value = graph.elevation_m - _HEIGHT_VALUE_M_KM * away / 1000.0
    tower = int(np.where(on_street, value, -np.inf).argmax())
    near = shapely.STRtree(shapely.points(graph.xy_m[wanted])).query_nearest(
        shapely.points(graph.xy_m), return_distance=True, all_matches=False
    )[1]
    low, high = _WELLS_AWAY_M
    free = on_street & (near >= low) & (near <= high)
    if free.any():
        return _Places(int(np.where(free, away, np.inf).argmin()), tower)
    farthest = np.where(on_street, away, -np.inf)
    farthest[tower] = -np.inf
    source = int(farthest.argmax()) if np.isfinite(farthest.max()) else tower
    return _Places(source, tower)


def _first_bores(
    graph: TrenchGraph,
    tree: RootedTree,
    closures: Int64,
    mean_m3s: Float64,
    places: _Places,
    pump_m3s: float,
) -> tuple[Int64, Int64, Int64, Float64]:
    """Return pieces with tail and head node and first bore: tree outward, then closures."""
    ends = tree.order[1:]
    ends = ends[np.argsort(tree.parent_piece[ends], kind="stable")]
    flow = tree.gathered(mean_m3s)[ends] * DAY_FACTOR * HOUR_FACTOR
    way = np.zeros(graph.n_nodes, dtype=np.bool_)
    node = places.source
    while tree.parent[node] >= 0:
        way[node] = True
        node = int(tree.parent[node])
    flow = np.where(way[ends], np.maximum(flow, pump_m3s), flow)
    pieces = np.concatenate([tree.parent_piece[ends], closures])
    tail = np.concatenate([tree.parent[ends], graph.tail[closures]]).astype(np.int64)
    head = np.concatenate([ends, graph.head[closures]]).astype(np.int64)
    bore = np.concatenate([bore_for_flow(flow), np.full(closures.size, _LOOP_BORE_M)])
    return pieces, tail, head, bore


def _tower_floor(graph: TrenchGraph, nodes: Int64, places: _Places) -> float:
    """Return the floor of the tower's tank.

    It lies 32 m over the highest ground served, yet lower where that gave the lowest ground more
    than 60 m, and never under its own ground.
    """
    ground = graph.elevation_m[nodes]
    floor = min(ground.max() + _TOWER_HEAD_M, ground.min() + _MOST_STATIC_M - _TANK_DEPTH_M)
    return float(max(floor, graph.elevation_m[places.tower] + 1.0))


def _way_loss(
    graph: TrenchGraph, tree: RootedTree, bore_of: dict[int, float], source: int, flow_m3s: float
) -> float:
    """Return the head lost from the wells to the tower at the pump's flow."""
    way: list[int] = []
    node = source
    while tree.parent[node] >= 0:
        way.append(int(tree.parent_piece[node]))
        node = int(tree.parent[node])
    if not way:
        return 0.0
    bore = np.array([bore_of[piece] for piece in way])
    flow = np.full(bore.size, flow_m3s)
    loss = headloss_m(flow, bore, graph.length_m[way], np.full(bore.size, _DESIGN_C))
    return float(loss.sum())


def _layout(
    graph: TrenchGraph,
    networks: list[_Network],
    buildings: gpd.GeoDataFrame,
    served: np.ndarray,
    rule: RegisterRule,
) -> UtilityLayout:
    """Write the tables of all networks: junctions and pipes first, then each one's plant."""
    crs = buildings.crs
    if not networks:
        return UtilityLayout(
            nodes=node_table("water", np.zeros((0, 2)), {}, crs=crs),
            edges=edge_table("water", np.zeros(0, dtype=object), {}, crs=crs),
            building_node=np.full(len(buildings), -1, dtype=np.int32),
            notes=("No building wants water; no network was laid.",),
        )
    kept = np.concatenate([net.nodes for net in networks])
    row = np.full(graph.n_nodes, -1, dtype=np.int32)
    row[kept] = np.arange(kept.size, dtype=np.int32)
    pieces = np.concatenate([net.pieces for net in networks])
    bore = np.concatenate([net.bore_m for net in networks])
    length = graph.length_m[pieces]
    tail = np.concatenate([net.tail for net in networks])
    uid = stable_uids("water", np.full(pieces.size, "", object), middles(graph, pieces))
    register = water_register(
        years_of_houses(graph, pieces, buildings), bore, length, stable_id(uid), rule
    )
    nodes = _nodes(graph, networks, kept, crs)
    lines = lines_from(graph, pieces, tail)
    columns = {
        "uid": uid,
        "kind": np.full(pieces.size, "pipe", dtype=object),
        "tail": row[tail],
        "head": row[np.concatenate([net.head for net in networks])],
        "length_m": length,
        "diameter_m": bore,
        "material": register.material,
        "hazen_williams_c": np.array([NEW_C[name] for name in register.material]),
        "pump_head_m": np.full(pieces.size, np.nan),
        "pump_flow_m3s": np.full(pieces.size, np.nan),
        "built_year": register.built_year,
        "wear_book": register.wear_book,
        "street_edge_id": graph.street_edge[pieces],
    }
    plant = _plant_edges(networks, nodes, row, kept.size, rule)
    joined = {name: np.concatenate([value, plant[name]]) for name, value in columns.items()}
    edges = edge_table("water", np.concatenate([lines, plant["line"]]), joined, crs=crs)
    building_node = np.where(served, row[graph.building_node], -1).astype(np.int32)
    notes = _notes(networks, length, buildings, register.past_norm_share)
    return UtilityLayout(nodes=nodes, edges=edges, building_node=building_node, notes=notes)


def _nodes(
    graph: TrenchGraph, networks: list[_Network], kept: Int64, crs: object
) -> gpd.GeoDataFrame:
    """Return junctions, then a reservoir and a tank for each network."""
    n_all = kept.size + 2 * len(networks)
    xy = np.concatenate([graph.xy_m[kept], np.zeros((2 * len(networks), 2))])
    kind = np.full(n_all, "junction", dtype=object)
    ground = np.concatenate([graph.elevation_m[kept], np.zeros(2 * len(networks))])
    street = np.concatenate([graph.street_node[kept], np.zeros(2 * len(networks), np.int32)])
    names = ("head_m", "tank_diameter_m", "tank_min_m", "tank_max_m", "tank_init_m")
    columns = {name: np.full(n_all, np.nan) for name in names}
    for i, net in enumerate(networks):
        wells, tank = kept.size + 2 * i, kept.size + 2 * i + 1
        kind[wells], kind[tank] = "reservoir", "tank"
        for at, place, side in ((wells, net.places.source, -1.0), (tank, net.places.tower, 1.0)):
            xy[at] = graph.xy_m[place] + side * _LINK_M / math.sqrt(2.0)
            street[at] = graph.street_node[place]
            ground[at] = graph.elevation_m[place]
        columns["head_m"][wells] = graph.elevation_m[net.places.source]
        ground[tank] = net.floor_m
        columns["tank_diameter_m"][tank] = net.tank_diameter_m
        columns["tank_min_m"][tank] = 0.5
        columns["tank_max_m"][tank] = _TANK_DEPTH_M
        columns["tank_init_m"][tank] = _TANK_INIT_M
    uid = stable_uids("water_node", np.full(n_all, "", dtype=object), xy)
    given = {"uid": uid, "kind": kind, "street_node_id": street, "elevation_m": ground, **columns}
    return node_table("water", xy, given, crs=crs)


def _plant_edges(
    networks: list[_Network],
    nodes: gpd.GeoDataFrame,
    row: Int32,
    first: int,
    rule: RegisterRule,
) -> dict[str, np.ndarray]:
    """Return the pump and the tower's pipe of each network as columns, with `line`."""
    records = []
    for i, net in enumerate(networks):
        wells, tank = first + 2 * i, first + 2 * i + 1
        at_source, at_tower = int(row[net.places.source]), int(row[net.places.tower])
        pump = ("pump", wells, at_source, net.main_bore_m, "pump", np.nan, net.pump_head_m)
        pipe = ("pipe", tank, at_tower, net.main_bore_m, "steel", NEW_C["steel"], np.nan)
        records += [(*pump, net.pump_flow_m3s), (*pipe, np.nan)]
    kind, tail, head, bore, material, c, lift, flow = zip(*records, strict=True)
    tail_rows, head_rows = np.array(tail), np.array(head)
    xy = np.column_stack([nodes.geometry.x, nodes.geometry.y])
    line = np.array(shapely.linestrings(np.stack([xy[tail_rows], xy[head_rows]], 1)), dtype=object)
    uid = [f"water_{name}:{nodes['uid'].iloc[end]}" for name, end in zip(kind, tail, strict=True)]
    age = np.where(np.array(kind) == "pump", _PUMP_AGE_YEARS, _TOWER_AGE_YEARS)
    norm = np.where(np.array(kind) == "pump", NORM_YEARS["pump"], NORM_YEARS["steel"])
    return {
        "uid": np.array(uid, dtype=object),
        "kind": np.array(kind, dtype=object),
        "tail": tail_rows.astype(np.int32),
        "head": head_rows.astype(np.int32),
        "length_m": shapely.length(line),
        "diameter_m": np.array(bore),
        "material": np.array(material, dtype=object),
        "hazen_williams_c": np.array(c),
        "pump_head_m": np.array(lift),
        "pump_flow_m3s": np.array(flow),
        "built_year": (rule.register_year - age).astype(np.int32),
        "wear_book": np.minimum(age / norm, 1.0),
        "street_edge_id": np.full(len(kind), -1, dtype=np.int32),
        "line": line,
    }


def _notes(
    networks: list[_Network], length_m: Float64, buildings: gpd.GeoDataFrame, past_norm: float
) -> tuple[str, ...]:
    """Return what was laid, in figures."""
    people = max(int(buildings["people"].sum()), 1)
    least = min(float(net.pressure_m.min()) for net in networks)
    greatest = max(float(net.pressure_m.max()) for net in networks)
    note = (
        f"Water: {length_m.sum() / 1000:.1f} km of mains ({length_m.sum() / people:.1f} m a "
        f"person) in {len(networks)} network(s), pressure in the peak hour {least:.0f}-"
        f"{greatest:.0f} m; {past_norm:.0%} of the length is past its norm."
    )
    _log.info("%s", note)
    notes = [note]
    if least < LEAST_PRESSURE_M:
        notes.append(
            f"Water pressure falls to {least:.1f} m in the peak hour, under {LEAST_PRESSURE_M:g} m:"
            " some places lie too high or too far out for one pressure zone."
        )
    return tuple(notes)
