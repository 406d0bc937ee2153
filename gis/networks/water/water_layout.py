"""Lay a water network along streets: source, pump, tower, looped mains sized by pressure."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.draft import UtilityLayout
from gis.names import stable_id, stable_uids
from gis.networks.mapped_sites import sites_near, unclear_notes
from gis.networks.network_tools import Paths, TrenchGraph, settlements, trench_graph
from gis.networks.pipe_register import (
    PUMP_NORM_YEARS,
    RegisterRule,
    norm_years,
    water_register,
    years_of_houses,
)
from gis.networks.util_tables import edge_table, lines_from, middles, node_table
from gis.networks.water.water_plan import (
    TANK_DEPTH_M,
    TANK_INIT_M,
    Demand,
    PlannedMains,
    plan_mains,
)
from gis.networks.water.water_sizing import LEAST_PRESSURE_M
from gis.networks.water.water_zones import zones_of
from gis.read.places.utility_sites import WATER_SOURCE, WATER_TOWER
from gis.town_condition import DEFAULT_CONDITION, MainsCondition, condition_of
from twin.flows.water.city import norms

if TYPE_CHECKING:
    import geopandas as gpd

    from gis.draft import Draft
    from gis.generate.typical_weather import Climate
    from gis.networks.mapped_sites import MappedSites
    from twin.core.arrays import Bool, Float64, Int32, Int64

_log = logging.getLogger(__name__)

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
_SPACING_M = 200.0
_CLASS_WEIGHT = {"trunk": 1.5}
_MAIN_WEIGHT = 0.9  # a main rather lies under a wider street
_VILLAGE_GAP_M, _VILLAGE_NODES = 1500.0, 8
_LINK_M, _LEAST_LINK_M = 20.0, 1.0
_PUMP_AGE_YEARS, _TOWER_AGE_YEARS = 12, 30  # assumptions


def lay(draft: Draft, buildings: gpd.GeoDataFrame, climate: Climate) -> UtilityLayout:
    """Lay the water network of a draft; see `lay_water`."""
    del climate
    return lay_water(
        draft.street_nodes,
        draft.street_edges,
        buildings,
        seed=draft.seed,
        register_year=draft.register_year,
        condition=condition_of(draft.condition, "water"),
        sites=draft.sites,
    )


def lay_water(  # noqa: PLR0913 - tables, then what is known of the place
    street_nodes: gpd.GeoDataFrame,
    street_edges: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    seed: int,
    register_year: int,
    condition: MainsCondition | None = None,
    sites: gpd.GeoDataFrame | None = None,
) -> UtilityLayout:
    """Return a water network along the streets that serves every building but sheds.

    Parameters
    ----------
    street_nodes, street_edges, buildings
        Tables of a city; `buildings` with `people`.
    seed
        Seed of years and materials.
    register_year
        Year for which wear is given.
    condition
        Wear of the mains; None: that of the country.
    sites
        Mapped works as in `gis.draft.Draft`: the water works and the tower nearest to the middle of
        a zone are its own; where none is mapped, its place is drawn.

    Returns
    -------
    UtilityLayout
        One reservoir, pump and tower per pressure zone; a village behind 1.5 km of empty road is
        one, and a large town has one for every 150,000 people.

    Notes
    -----
    Mehlhorn's tree over the places buildings are served from, a main along every piece of street
    with three buildings, then (for a sparse net) closures that put most of the
    tree on loops per length, then ways out of dead ends over 200 m. First bores follow the flow of
    the tree and what a fire needs; the network is then solved with worn pipes (C 100) and the tower
    low, and widened until every place has what its buildings need in the peak hour (15 m at
    least), and 10 m while fires are fought or one of the busiest mains is shut (`water_cases`).
    """
    served = (buildings["use"] != "ancillary").to_numpy()
    graph = trench_graph(street_nodes, street_edges, buildings, served, spacing_m=_SPACING_M)
    demand = _demand(graph, buildings, served)
    wanted = np.unique(graph.building_node[served])
    condition = condition or condition_of(DEFAULT_CONDITION, "water")
    rule = RegisterRule(seed, register_year, condition.past_norm_share, condition.book_wear)
    rank = street_edges["road_class"].map({"arterial": _MAIN_WEIGHT, "collector": _MAIN_WEIGHT,
                                           **_CLASS_WEIGHT}).fillna(1.0).to_numpy()  # fmt: skip
    paths = Paths(graph, graph.length_m * rank[graph.street_edge])
    zones: list[tuple[Int64, Bool]] = []
    if wanted.size:
        ones = np.ones(wanted.size)
        groups = settlements(paths, wanted, ones, gap_m=_VILLAGE_GAP_M, least=_VILLAGE_NODES)
        _, _, nearest = paths.from_any(wanted)
        for group in groups:
            around = np.isin(nearest, group)
            zones += zones_of(graph, paths.within(around), group, demand.people, around)
    mapped = tuple(sites_near(graph, sites, kind) for kind in (WATER_SOURCE, WATER_TOWER))
    networks = [
        plan_mains(graph, paths, zone, demand, around=around, mapped=mapped)
        for zone, around in zones
    ]
    layout = _layout(graph, networks, buildings, served, rule, mapped)
    return replace(layout, notes=(*layout.notes, *_site_notes(networks, mapped, sites)))


def _site_notes(
    networks: list[PlannedMains],
    mapped: tuple[MappedSites, ...],
    sites: gpd.GeoDataFrame | None,
) -> list[str]:
    """Return which works stand where the map has them, and which of the map are not used."""
    works, towers = mapped
    sources = [net.places.source_site for net in networks if net.places.source_site >= 0]
    stores = [net.places.tower_site for net in networks if net.places.tower_site >= 0]
    return [*works.notes(sources), *towers.notes(stores), *unclear_notes(sites)]


def _demand(graph: TrenchGraph, buildings: gpd.GeoDataFrame, served: Bool) -> Demand:
    """Return what each place of the trench graph wants, by the norms the solver goes by."""
    other = norms.other_demand_m3s(
        buildings["use"].tolist(), buildings["floor_area_m2"].to_numpy(dtype=np.float64)
    )
    people = buildings["people"].to_numpy(dtype=np.int32)
    each = np.where(served, norms.building_demand_m3s(people, other), 0.0)
    needed = np.full(graph.n_nodes, LEAST_PRESSURE_M)
    floors = buildings["floors"].to_numpy(dtype=np.int32)[served]
    np.maximum.at(needed, graph.building_node[served], norms.needed_pressure_m(floors))
    return Demand(
        mean_m3s=np.bincount(graph.building_node, weights=each, minlength=graph.n_nodes),
        needed_m=needed,
        houses=np.bincount(graph.building_piece[served], minlength=graph.tail.size),
        people=np.bincount(
            graph.building_node[served], weights=people[served], minlength=graph.n_nodes
        ).astype(np.int64),
    )


def _layout(
    graph: TrenchGraph,
    networks: list[PlannedMains],
    buildings: gpd.GeoDataFrame,
    served: np.ndarray,
    rule: RegisterRule,
    mapped: tuple[MappedSites, ...],
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
    nodes = _nodes(graph, networks, kept, mapped, crs)
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
    graph: TrenchGraph,
    networks: list[PlannedMains],
    kept: Int64,
    mapped: tuple[MappedSites, ...],
    crs: object,
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
        own = (
            (net.places.source, net.places.source_site),
            (net.places.tower, net.places.tower_site),
        )
        for at, (place, row), side, sites in zip(
            (wells, tank), own, (-1.0, 1.0), mapped, strict=True
        ):
            xy[at] = graph.xy_m[place] + side * _LINK_M / math.sqrt(2.0)
            if row >= 0 and math.dist(sites.xy_m[row], graph.xy_m[place]) >= _LEAST_LINK_M:
                xy[at] = sites.xy_m[row]
            street[at] = graph.street_node[place]
            ground[at] = graph.elevation_m[place]
        columns["head_m"][wells] = graph.elevation_m[net.places.source]
        ground[tank] = net.floor_m
        columns["tank_diameter_m"][tank] = net.tank_diameter_m
        columns["tank_min_m"][tank] = 0.5
        columns["tank_max_m"][tank] = TANK_DEPTH_M
        columns["tank_init_m"][tank] = TANK_INIT_M
    uid = stable_uids("water_node", np.full(n_all, "", dtype=object), xy)
    given = {"uid": uid, "kind": kind, "street_node_id": street, "elevation_m": ground, **columns}
    return node_table("water", xy, given, crs=crs)


def _plant_edges(
    networks: list[PlannedMains],
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
    norm = np.where(np.array(kind) == "pump", PUMP_NORM_YEARS, norm_years("water"))
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
    networks: list[PlannedMains], length_m: Float64, buildings: gpd.GeoDataFrame, past_norm: float
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
    short = sum(net.cases_short for net in networks)
    if short:
        notes.append(
            f"In {short} of the fires and outages tried, some place has less than 10 m: fires need "
            "tenders there, or a second main."
        )
    return tuple(notes)
