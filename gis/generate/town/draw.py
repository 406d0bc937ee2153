"""A synthetic town of northern Kazakhstan: streets, blocks and buildings from a number and a seed.

The default is of Akkol's class (14,000 people): a railway town planned in Soviet years, with a
main street along the railway, private quarters on uneven grids, apartment quarters inside a ring,
works beyond the tracks, and a river with few bridges. The plan is made up; only its measures
(street length, junctions, parcels, floor area per person, years) follow real towns.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from gis.clean.street_tables import CLASSES, attach_buildings
from gis.draft import REGISTER_YEAR, Draft
from gis.draws import normals, uniform, uniforms
from gis.generate.town.buildings import draw_buildings
from gis.generate.town.ends import with_cul_de_sacs, with_exits, with_split_loops, without_bare_ends
from gis.generate.town.plan import Plan, draw_plan
from gis.generate.town.scale import FLOOR_AREA_PER_PERSON_M2
from gis.generate.town.streets import RANK, StreetLines, blocks_of, draw_streets
from gis.names import stable_uids
from twin.city.bundle import DataSource
from twin.core.errors import CityDataError, Fault
from twin.core.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from twin.core.arrays import Float64

CRS = "EPSG:32642"
CENTRE_M = (634_000.0, 5_762_300.0)
"""Akkol, 51.99 N 70.95 E, in UTM 42N."""
FEWEST_PEOPLE, MOST_PEOPLE = 2_000, 2_000_000
_MOST_REDRAWS = 8
_ROOM = (1.02, 1.16)
_GROUND_M = 392.0
_HILL_M = 17.0
_TOWN_SPEED_MS = 60.0 / 3.6
_log = logging.getLogger(__name__)


def draw_town(people: int, seed: int, *, name: str = "akkol") -> Draft:
    """Draw a town.

    Parameters
    ----------
    people
        Residents to build for, 2,000 to 2,000,000.
    seed
        The same seed gives the same town.
    name
        Name of the draft.

    Raises
    ------
    CityDataError
        If `people` is out of range.
    """
    if not FEWEST_PEOPLE <= people <= MOST_PEOPLE:
        raise CityDataError(
            Fault(
                where="people",
                what=f"= {people} is not between {FEWEST_PEOPLE} and {MOST_PEOPLE}",
                mend="choose a number of residents in that range, such as 14000",
                code="E-VALUE",
            )
        )
    plan, streets, frame, shapes = _fitted_town(people, seed)
    streets = with_cul_de_sacs(without_bare_ends(streets, shapes), seed)
    streets = with_exits(with_split_loops(without_bare_ends(streets, shapes)), plan)
    turn_rad = np.deg2rad(50.0) * (uniform(seed, Stream.STREETS, 1) - 0.5)
    nodes, edges = _street_tables(plan, streets, turn_rad, seed)
    buildings = _building_table(frame, shapes, turn_rad)
    buildings, notes = attach_buildings(buildings, nodes, edges)
    _log.info("drew a town: %d streets, %d buildings", len(edges), len(buildings))
    return Draft(
        name=name,
        crs=CRS,
        seed=seed,
        street_nodes=nodes,
        street_edges=edges,
        buildings=buildings,
        centre_m=CENTRE_M,
        register_year=REGISTER_YEAR,
        boiler_xy_m=_boiler_site(buildings),
        sources=(DataSource(path="generator", licence="BSD-3-Clause"),),
        notes=("The town is made up: streets, buildings and people are synthetic.", *notes),
    )


def _boiler_site(buildings: gpd.GeoDataFrame) -> tuple[float, float] | None:
    """Return the middle of the utility building nearest to the centre, None without one."""
    works = np.flatnonzero((buildings["use"] == "utility").to_numpy())
    if not works.size:
        return None
    at = shapely.get_coordinates(shapely.centroid(np.asarray(buildings.geometry)[works]))
    x, y = at[np.argmin(np.hypot(*(at - np.array(CENTRE_M)).T))].tolist()
    return x, y


def _fitted_town(
    people: int, seed: int
) -> tuple[Plan, StreetLines, pd.DataFrame, shapely.Geometry]:
    """Redraw the town wider or tighter until its house lots just hold the people."""
    spread = 1.06
    for _ in range(_MOST_REDRAWS):
        plan = draw_plan(people, seed, spread=spread)
        streets = draw_streets(plan, seed)
        frame, shapes, room = draw_buildings(plan, streets, blocks_of(streets, plan), seed)
        if _ROOM[0] <= room <= _ROOM[1]:
            break
        spread *= 0.5 * (_ROOM[0] + _ROOM[1]) / room
    return plan, streets, frame, shapes


def _placed(points_m: Float64, turn_rad: float) -> Float64:
    """Turn points from the town's frame and move them to their place on the map, to the mm."""
    turn = np.array([[np.cos(turn_rad), -np.sin(turn_rad)], [np.sin(turn_rad), np.cos(turn_rad)]])
    placed: Float64 = np.round(points_m @ turn.T + np.array(CENTRE_M), 3)
    return placed


def _elevation_m(points_m: Float64, plan: Plan) -> Float64:
    """Return ground height in the town's frame: a plain that falls to the river, and one hill."""
    radius = plan.scale.radius_m
    hill_m = np.hypot(points_m[:, 0] - plan.hill_m[0], points_m[:, 1] - plan.hill_m[1])
    to_river = shapely.distance(plan.river, shapely.points(points_m))
    ground = _GROUND_M + 0.0035 * np.minimum(to_river, 1_500.0) - 0.0015 * points_m[:, 0]
    ground += _HILL_M * np.exp(-((hill_m / (0.38 * radius)) ** 2))
    ground += 0.8 * np.sin(points_m[:, 0] / 310.0) * np.cos(points_m[:, 1] / 270.0)
    height: Float64 = np.round(ground, 2)
    return height


def _street_tables(
    plan: Plan, streets: StreetLines, turn_rad: float, seed: int
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the street nodes and edges as tables of a bundle."""
    streets = _in_map_order(streets)
    at = _placed(streets.nodes_m, turn_rad)
    count = len(at)
    nodes = gpd.GeoDataFrame(
        {
            "street_node_id": np.arange(count, dtype=np.int32),
            "uid": stable_uids("node", np.full(count, "", dtype=object), at),
            "x_m": at[:, 0],
            "y_m": at[:, 1],
            "elevation_m": _elevation_m(streets.nodes_m, plan),
        },
        geometry=shapely.points(at),
        crs=CRS,
    )
    points, owner = shapely.get_coordinates(streets.lines, return_index=True)
    lines = shapely.linestrings(_placed(points, turn_rad), indices=owner)
    middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    edges = gpd.GeoDataFrame(
        {
            "street_edge_id": np.arange(lines.size, dtype=np.int32),
            "uid": stable_uids("street", np.full(lines.size, "", dtype=object), middle),
            "tail": streets.tail.astype(np.int32),
            "head": streets.head.astype(np.int32),
            "length_m": np.round(shapely.length(lines), 3),
            "road_class": streets.road_class,
            **_street_attributes(plan, streets, seed),
            "oneway": np.zeros(lines.size, dtype=bool),
            "source": np.full(lines.size, "synthetic", dtype=object),
            "attributes_source": np.full(lines.size, "synthetic", dtype=object),
            "confidence": np.full(lines.size, 0.5),
        },
        geometry=lines,
        crs=CRS,
    )
    return nodes, edges


def _in_map_order(streets: StreetLines) -> StreetLines:
    """Order edges by their nodes, so that the order says nothing of how they were found."""
    order = np.lexsort((shapely.length(streets.lines), streets.head, streets.tail))
    return replace(
        streets,
        lines=streets.lines[order],
        rank=streets.rank[order],
        tail=streets.tail[order],
        head=streets.head[order],
    )


def _street_attributes(plan: Plan, streets: StreetLines, seed: int) -> dict[str, np.ndarray]:
    """Return lanes, speed, capacity, pavement year and book wear by class.

    Classes are those of `gis.clean.street_tables`; a small town's main streets have one lane per
    direction.
    Ages of pavement are drawn over 1.4 lives of the class, younger on main streets.
    """
    rank = streets.rank
    lanes = np.array([kind.lanes for kind in CLASSES])[rank]
    if not plan.scale.large:
        lanes = np.ones(rank.size, dtype=np.int64)
    speed = np.array([kind.speed_ms for kind in CLASSES])[rank]
    speed = np.where(rank == RANK["arterial"], np.minimum(speed, _TOWN_SPEED_MS), speed)
    life = np.array([kind.life_years for kind in CLASSES])[rank]
    ids = np.arange(rank.size)
    draw = uniforms(seed, Stream.ASSET_YEARS, ids)
    age = np.floor(1.4 * life * np.where(rank <= RANK["arterial"], draw**1.4, draw))
    book = np.clip(age / life + 0.04 * normals(seed, Stream.BOOK_WEAR, ids), 0.0, 1.0)
    return {
        "lanes": lanes.astype(np.int32),
        "speed_ms": np.round(speed, 2),
        "capacity_vehph": lanes * np.array([kind.capacity_lane_vehph for kind in CLASSES])[rank],
        "built_year": (REGISTER_YEAR - age).astype(np.int32),
        "wear_book": np.round(book, 3),
    }


def _building_table(
    frame: pd.DataFrame, shapes: shapely.Geometry, turn_rad: float
) -> gpd.GeoDataFrame:
    """Return the buildings as a table of a draft, along a space-filling order of the map."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    placed = shapely.polygons(shapely.linearrings(_placed(points, turn_rad), indices=owner))
    series = gpd.GeoSeries(placed, crs=CRS)
    order = np.lexsort((np.arange(len(frame)), series.hilbert_distance(level=16).to_numpy()))
    frame, placed = frame.iloc[order].reset_index(drop=True), placed[order]
    count = len(frame)
    synthetic = np.full(count, "synthetic", dtype=object)
    at = shapely.get_coordinates(shapely.centroid(placed))
    lived_in = np.where(frame["use"].isin(("house", "apartment")), frame["floor_area_m2"], 0.0)
    return gpd.GeoDataFrame(
        {
            "building_id": np.arange(count, dtype=np.int32),
            "uid": stable_uids("building", np.full(count, "", dtype=object), at),
            "use": frame["use"].to_numpy(dtype=object),
            "floors": frame["floors"].to_numpy(dtype=np.int32),
            "footprint_m2": frame["footprint_m2"].to_numpy(dtype=np.float64),
            "floor_area_m2": frame["floor_area_m2"].to_numpy(dtype=np.float64),
            "dwellings": frame["dwellings"].to_numpy(dtype=np.int32),
            "built_year": frame["built_year"].to_numpy(dtype=np.int32),
            "source": synthetic,
            "use_source": synthetic,
            "floors_source": synthetic,
            "year_source": synthetic,
            "confidence": np.full(count, 0.5),
            "people_guess": lived_in / FLOOR_AREA_PER_PERSON_M2,
        },
        geometry=placed,
        crs=CRS,
    )
