"""The street tables of a city from map lines: classes, attributes, repairs, houses on streets.

Which buildings stand at which street is decided here too, by the nearest street.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import geopandas as gpd
import numpy as np
import shapely

from gis.clean.clean_streets import clean_streets
from gis.clean.drivable import drivable
from gis.clean.reach import LIMIT_M, LINK, drop_idle_stubs, join_pieces, open_traps
from gis.clean.repairs import RepairLog
from gis.draws import uniforms
from gis.names import stable_id, stable_uids
from gis.read.tags import STREET_TAGS
from twin.core.streams import Stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis.clean.street_graph import StreetGraph
    from twin.core.arrays import Float64, Int32


@final
@dataclass(frozen=True, slots=True)
class StreetClass:
    """What a street of a class is like where the map says nothing."""

    name: str
    lanes: int
    """per direction"""
    speed_ms: float
    capacity_lane_vehph: float
    life_years: float
    """Years between full pavements in the register."""


CLASSES = (
    StreetClass("trunk", 2, 25.0, 1800.0, 18.0),
    StreetClass("arterial", 2, 16.7, 900.0, 18.0),
    StreetClass("collector", 1, 13.9, 800.0, 20.0),
    StreetClass("local", 1, 11.1, 500.0, 25.0),
    StreetClass("service", 1, 5.6, 250.0, 25.0),
)
"""By rank. Speeds are the limits usual in towns of Kazakhstan and Russia (60, 50, 40, 20 km/h, and
90 outside); capacities per lane follow the order of HCM urban streets and are assumptions; lives
are assumptions near the repair cycles of local roads (12-25 years)."""

_SERVICE = 4
_FIRST_YEAR, _OLDEST_PAVEMENT_YEARS = 1900, 45.0
_STREET_CONFIDENCE = 0.5


def build_streets(  # noqa: PLR0913 - the options of an import
    raw: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    join_crossings: bool,
    seed: int,
    register_year: int,
    keep_largest: bool = False,
    log: RepairLog | None = None,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, list[str]]:
    """Return street nodes, street edges and the repairs made.

    Parameters
    ----------
    raw
        Lines with OpenStreetMap tags in a metric CRS.
    buildings
        Outlines in the same CRS; pieces cut off from the town stay only where some stand.
    join_crossings
        See `gis.clean.clean_streets.clean_streets`.
    seed
        Seed of the years of pavement.
    register_year
        Year for which wear is given.
    keep_largest
        Leave out all pieces but the largest, instead of joining inhabited ones by straight links.
    log
        Takes the repairs made, and says which to leave out; None makes all.
    """
    tags = {tag: raw[tag].to_numpy(dtype=object) for tag in STREET_TAGS}
    shapes = np.array(raw.geometry.values, dtype=object)
    log = RepairLog() if log is None else log
    lines, told = drivable(tags, shapes, raw["osm_id"].to_numpy(dtype=object))
    log.notes += told
    outlines = np.asarray(buildings.geometry.values)
    graph = clean_streets(lines, log, join_crossings=join_crossings, buildings=outlines)
    graph = join_pieces(graph, buildings, _SERVICE, log, keep_largest=keep_largest)
    if log.wants("W-STUB"):
        graph = drop_idle_stubs(graph, buildings, _SERVICE, log)
    if log.wants("E-ONEWAY-TRAP"):
        graph = open_traps(graph, log)
    nodes, edges = street_tables(graph, crs=raw.crs, seed=seed, register_year=register_year)
    return nodes, edges, log.notes


def street_tables(
    graph: StreetGraph, *, crs: object, seed: int, register_year: int
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the street nodes and edges of a graph as tables of a bundle.

    The last full pavement is drawn evenly over 1.4 lives of the class, keyed by the street's uid;
    ground is taken as flat at 0 m, as map extracts carry no heights.
    """
    lines = graph.lines
    n_edges = len(graph.tail)
    length_m = np.maximum(shapely.length(lines.line), 0.1)
    rank = lines.street_class
    usual = {
        "lanes": np.array([c.lanes for c in CLASSES])[rank],
        "speed": np.array([c.speed_ms for c in CLASSES])[rank],
        "lane": np.array([c.capacity_lane_vehph for c in CLASSES])[rank],
        "life": np.array([c.life_years for c in CLASSES])[rank],
    }
    lanes = np.where(lines.lanes > 0, lines.lanes, usual["lanes"]).astype(np.int32)
    speed = np.where(np.isfinite(lines.speed_ms), lines.speed_ms, usual["speed"])
    uid = stable_uids("street", lines.origin, _middles(lines.line))
    draw = uniforms(seed, Stream.STREETS, stable_id(uid))
    age = np.minimum(draw * 1.4 * usual["life"], _OLDEST_PAVEMENT_YEARS)
    told = (lines.lanes > 0) & np.isfinite(lines.speed_ms)
    edges = gpd.GeoDataFrame(
        {
            "street_edge_id": np.arange(n_edges, dtype=np.int32),
            "uid": uid,
            "tail": graph.tail,
            "head": graph.head,
            "length_m": length_m,
            "road_class": np.array([c.name for c in CLASSES], dtype=object)[rank],
            "lanes": lanes,
            "speed_ms": speed,
            "capacity_vehph": lanes * usual["lane"],
            "oneway": lines.oneway,
            "built_year": (register_year - age).astype(np.int32),
            "wear_book": np.minimum(1.0, np.floor(age) / usual["life"]),
            "source": np.where(lines.origin == LINK, "synthetic", "observed").astype(object),
            "attributes_source": "imputed",
            "confidence": np.where(told, 0.7, _STREET_CONFIDENCE),
        },
        geometry=list(lines.line),
        crs=crs,
    )
    return street_node_table(graph.xy_m, crs=crs), edges


def _middles(lines: NDArray[np.object_]) -> Float64:
    """Return the point half way along each line, shape (n, 2)."""
    points = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    xy: Float64 = shapely.get_coordinates(points)
    return xy


def street_node_table(xy_m: Float64, *, crs: object) -> gpd.GeoDataFrame:
    """Return street nodes on flat ground, shape of `xy_m` (n, 2)."""
    n_nodes = len(xy_m)
    return gpd.GeoDataFrame(
        {
            "street_node_id": np.arange(n_nodes, dtype=np.int32),
            "uid": stable_uids("node", np.full(n_nodes, "", dtype=object), xy_m),
            "x_m": xy_m[:, 0],
            "y_m": xy_m[:, 1],
            "elevation_m": np.zeros(n_nodes),
        },
        geometry=shapely.points(xy_m),
        crs=crs,
    )


def attach_buildings(
    buildings: gpd.GeoDataFrame,
    street_nodes: gpd.GeoDataFrame,
    street_edges: gpd.GeoDataFrame,
    *,
    limit_m: float = LIMIT_M,
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the buildings with the street and street node they stand at.

    A building belongs to the nearest street other than a trunk road, else to the nearest trunk
    road; its node is the nearer end of that street. Buildings farther than
    `limit_m` from every street are left out and reported.

    Returns
    -------
    buildings
        With `street_edge_id`, `street_node_id` and `building_id` counted anew from 0.
    notes
        What was left out.
    """
    shapes = np.asarray(buildings.geometry.values)
    lines = np.asarray(street_edges.geometry.values)
    edge = np.full(len(shapes), -1, dtype=np.int32)
    for trunk in (False, True):
        rows = np.flatnonzero((street_edges["road_class"] == "trunk").to_numpy() == trunk)
        open_rows = np.flatnonzero(edge < 0)
        if rows.size and open_rows.size:
            found = shapely.STRtree(lines[rows]).query_nearest(
                shapes[open_rows], max_distance=limit_m, all_matches=False
            )
            edge[open_rows[found[0]]] = rows[found[1]]
    near = edge >= 0
    out = buildings[near].reset_index(drop=True)
    edge = edge[near]
    out["building_id"] = np.arange(len(out), dtype=np.int32)
    out["street_edge_id"] = edge
    out["street_node_id"] = _near_end(out, street_nodes, street_edges)
    notes = []
    if not near.all():
        notes.append(
            f"{(~near).sum()} buildings farther than {limit_m:g} m from every street were left out."
        )
    return out, notes


def along_street(buildings: gpd.GeoDataFrame, street_edges: gpd.GeoDataFrame) -> Float64:
    """Return where on its street each building stands, as share of the street's length from tail.

    Uses `street_edge_id`; shape (n_buildings,).
    """
    lines = np.asarray(street_edges.geometry.values)[buildings["street_edge_id"].to_numpy()]
    points = np.asarray(buildings.geometry.centroid.values)
    share: Float64 = shapely.line_locate_point(lines, points, normalized=True)
    return share


def _near_end(
    buildings: gpd.GeoDataFrame, street_nodes: gpd.GeoDataFrame, street_edges: gpd.GeoDataFrame
) -> Int32:
    """Return the end of each building's street that is nearer to it."""
    edge = buildings["street_edge_id"].to_numpy()
    here = np.column_stack([buildings.geometry.centroid.x, buildings.geometry.centroid.y])
    xy = street_nodes[["x_m", "y_m"]].to_numpy()
    tail = street_edges["tail"].to_numpy()[edge]
    head = street_edges["head"].to_numpy()[edge]
    from_tail = np.hypot(*(xy[tail] - here).T)
    from_head = np.hypot(*(xy[head] - here).T)
    near: Int32 = np.where(from_tail <= from_head, tail, head).astype(np.int32)
    return near
