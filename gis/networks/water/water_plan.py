"""Plan the mains of one settlement: plant, route, loops, bores."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

from gis.networks.network_tools import Paths, RootedTree, TrenchGraph, loops, rooted, steiner_tree
from gis.networks.water.dead_ends import dead_end_closures
from gis.networks.water.water_cases import FIRE_RESERVE_S, fire_rule, sized_for_cases
from gis.networks.water.water_sizing import (
    BORES_M,
    WaterMains,
    bore_for_fire,
    bore_for_flow,
    headloss_m,
)
from twin.flows.water.city.norms import needed_pressure_m

if TYPE_CHECKING:
    from gis.networks.mapped_sites import MappedSites
    from gis.networks.water.water_cases import FireRule
    from twin.core.arrays import Bool, Float64, Int64

_log = logging.getLogger(__name__)

DAY_FACTOR, HOUR_FACTOR = 1.2, 1.6
"""Greatest day over the mean day, greatest hour over its mean (usual in SNiP-style design)."""
LOSS_SHARE = 0.4
"""Leakage over consumption that the mains are sized for."""
_DESIGN_C = 100.0  # the mains must still do when they are rough
_LOOP_LONGEST_M, _LOOP_GAIN, _LOOP_SHARE = 700.0, 1.5, 0.15
_HOUSES_FOR_MAIN = 3
_WELLS_AWAY_M = (250.0, 2000.0)
_TOWER_HEAD_M = 32.0
TANK_DEPTH_M, _TANK_LOW_M, TANK_INIT_M = 6.0, 1.0, 4.0
_TANK_DAY_SHARE = 0.15
_MOST_STATIC_M = 60.0
_HEIGHT_VALUE_M_KM = 5.0
_PUMP_MARGIN = 1.15
_TALL_FLOORS = 3
_DAY_S = 86_400.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What is wanted of a network, by place of the trench graph."""

    mean_m3s: Float64
    """(n_nodes,) in the mean hour"""
    needed_m: Float64
    """(n_nodes,) pressure aimed at in the peak hour"""
    houses: Int64
    """(n_pieces,) served buildings along each piece of street"""
    people: Int64
    """(n_nodes,)"""


@final
@dataclass(frozen=True, slots=True, eq=False)
class PlantPlaces:
    """Where the plant of one network stands, as nodes of the trench graph."""

    source: int
    tower: int
    source_site: int = -1
    """Row of the mapped water works that is the source, -1: none, it is drawn"""
    tower_site: int = -1
    """Row of the mapped tower, -1: none, it is drawn"""


@final
@dataclass(frozen=True, slots=True, eq=False)
class PlannedMains:
    """One laid and sized network, in nodes of the trench graph."""

    nodes: Int64
    """Sorted"""
    pieces: Int64
    tail: Int64
    head: Int64
    bore_m: Float64
    pressure_m: Float64
    """(n_nodes,) in the peak hour"""
    cases_short: int
    """Fires and outages tried in which some place has less than it should"""
    places: PlantPlaces
    floor_m: float
    """Elevation of the tower's floor"""
    tank_diameter_m: float
    pump_flow_m3s: float
    pump_head_m: float
    main_bore_m: float
    """Bore of the pipe to the tower"""


def plan_mains(
    graph: TrenchGraph,
    paths: Paths,
    wanted: Int64,
    demand: Demand,
    *,
    around: Bool,
    mapped: tuple[MappedSites, ...] = (),
) -> PlannedMains:
    """Return route, plant and bores of a settlement within the nodes `around` it, (n_nodes,).

    Its root is the tower; wells feed it by a pump that gives the mean of the greatest day. `mapped`
    are water works and towers of the map, which stand where the map has them.
    """
    paths = paths.within(around)
    places = _plant_places(graph, wanted, demand.mean_m3s, around)
    if mapped:
        middle = _middle(graph, wanted, demand.mean_m3s)
        places = _as_mapped(places, mapped, middle, around)
    terminals = np.union1d(wanted, [places.source, places.tower])
    tree = rooted(graph, steiner_tree(paths, terminals), places.tower)
    closures = _closures(graph, paths, tree, demand.houses, around, places)
    mean = np.zeros(graph.n_nodes)
    mean[wanted] = demand.mean_m3s[wanted] * (1.0 + LOSS_SHARE)
    pump_m3s = max(float(mean.sum()) * DAY_FACTOR * _PUMP_MARGIN, 1e-4)
    rule = fire_rule(int(demand.people[wanted].sum()))
    fire_m3s = _fires_at(demand.needed_m, wanted, rule)
    pieces, tail, head, bore_m = _first_bores(graph, tree, closures, mean, places, pump_m3s)
    bore_m = np.maximum(bore_m, _bores_for_fire(tail, head, fire_m3s))
    nodes = np.unique(np.concatenate([tail, head, [places.tower]]))
    floor_m = _tower_floor(graph, nodes, places)
    peak = mean[nodes] * DAY_FACTOR * HOUR_FACTOR
    peak[np.searchsorted(nodes, places.source)] -= pump_m3s
    mains = WaterMains(
        tail=np.searchsorted(nodes, tail).astype(np.int32),
        head=np.searchsorted(nodes, head).astype(np.int32),
        length_m=graph.length_m[pieces],
        roughness_c=np.full(pieces.size, _DESIGN_C),
        elevation_m=graph.elevation_m[nodes],
        peak_m3s=peak,
        needed_m=demand.needed_m[nodes],
        fixed_node=np.array([np.searchsorted(nodes, places.tower)]),
        fixed_head_m=np.array([floor_m + _TANK_LOW_M]),
    )
    sized = sized_for_cases(mains, graph.xy_m[nodes], fire_m3s[nodes], rule.at_once, bore_m)
    bore_m = sized.bore_m
    by_piece = dict(zip(pieces.tolist(), bore_m.tolist(), strict=True))
    friction_m = _way_loss(graph, tree, by_piece, places.source, pump_m3s)
    lift = floor_m + TANK_INIT_M + friction_m - graph.elevation_m[places.source] + 2.0
    volume_m3 = _TANK_DAY_SHARE * float(mean.sum()) * _DAY_S
    volume_m3 += FIRE_RESERVE_S * rule.high_m3s
    return PlannedMains(
        nodes=nodes,
        pieces=pieces,
        tail=tail,
        head=head,
        bore_m=bore_m,
        pressure_m=sized.pressure_m,
        cases_short=sized.fires_short + sized.outages_short,
        places=places,
        floor_m=floor_m,
        tank_diameter_m=max(math.sqrt(4 * volume_m3 / (math.pi * TANK_DEPTH_M)), 2.0),
        pump_flow_m3s=pump_m3s,
        pump_head_m=max(float(lift), 5.0),
        main_bore_m=float(bore_for_flow(np.array([peak.sum() + pump_m3s]))[0]),
    )


def _closures(
    graph: TrenchGraph,
    paths: Paths,
    tree: RootedTree,
    houses: Int64,
    around: Bool,
    places: PlantPlaces,
) -> Int64:
    """Return pieces besides the tree: lived-in streets, rewarding loops, ways out of dead ends."""
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
    laid = np.concatenate([tree_pieces, np.setdiff1d(np.union1d(lived, closures), tree_pieces)])
    plant = np.array([places.source, places.tower])
    more = dead_end_closures(graph, laid, fixed=plant, around=around, most_m=_LOOP_LONGEST_M)
    added: Int64 = np.setdiff1d(np.union1d(laid, more), tree_pieces)
    return added


def _plant_places(
    graph: TrenchGraph, wanted: Int64, mean_m3s: Float64, around: Bool
) -> PlantPlaces:
    """Return where tower and wells go.

    The tower stands on high ground near the middle of demand (5 m of height make up for 1 km);
    the wells are the street's end nearest to it that is 250-2,000 m away from all houses, or else
    the house farthest out.
    """
    centre = _middle(graph, wanted, mean_m3s)
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
        return PlantPlaces(int(np.where(free, away, np.inf).argmin()), tower)
    farthest = np.where(on_street, away, -np.inf)
    farthest[tower] = -np.inf
    source = int(farthest.argmax()) if np.isfinite(farthest.max()) else tower
    return PlantPlaces(source, tower)


def _middle(graph: TrenchGraph, wanted: Int64, mean_m3s: Float64) -> Float64:
    """Return the middle of demand."""
    middle: Float64 = np.average(graph.xy_m[wanted], axis=0, weights=mean_m3s[wanted] + 1e-9)
    return middle


def _as_mapped(
    drawn: PlantPlaces, mapped: tuple[MappedSites, ...], middle_m: Float64, around: Bool
) -> PlantPlaces:
    """Return the places with those that the map has nearest to the middle of demand."""
    works, towers = mapped
    source, tower = works.nearest(middle_m, around), towers.nearest(middle_m, around)
    return PlantPlaces(
        drawn.source if source is None else int(works.place[source]),
        drawn.tower if tower is None else int(towers.place[tower]),
        -1 if source is None else source,
        -1 if tower is None else tower,
    )


def _first_bores(
    graph: TrenchGraph,
    tree: RootedTree,
    closures: Int64,
    mean_m3s: Float64,
    places: PlantPlaces,
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
    bore = np.concatenate([bore_for_flow(flow), np.full(closures.size, BORES_M[0])])
    return pieces, tail, head, bore


def _fires_at(needed_m: Float64, wanted: Int64, rule: FireRule) -> Float64:
    """Return the water for a fire at each place, (n_nodes,): more where houses are tall."""
    fire_m3s = np.zeros(needed_m.size)
    tall = needed_m[wanted] >= needed_pressure_m(np.array([_TALL_FLOORS]))[0]
    fire_m3s[wanted] = np.where(tall, rule.high_m3s, rule.low_m3s)
    return fire_m3s


def _bores_for_fire(tail: Int64, head: Int64, fire_m3s: Float64) -> Float64:
    """Return the bores that bring a fire's water: half from either side, all in a dead end."""
    degree = np.bincount(np.concatenate([tail, head]), minlength=fire_m3s.size)
    last = np.minimum(degree[tail], degree[head]) == 1
    return bore_for_fire(np.maximum(fire_m3s[tail], fire_m3s[head]) * np.where(last, 1.0, 0.5))


def _tower_floor(graph: TrenchGraph, nodes: Int64, places: PlantPlaces) -> float:
    """Return the floor of the tower's tank.

    It lies 32 m over the highest ground served, yet lower where that gave the lowest ground more
    than 60 m, and never under its own ground.
    """
    ground = graph.elevation_m[nodes]
    floor = min(ground.max() + _TOWER_HEAD_M, ground.min() + _MOST_STATIC_M - TANK_DEPTH_M)
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
