"""Districts of a few hundred to two thousand people, by cutting the town in halves again and again.

Each cut is a straight line across the longer direction of what is left, placed so that people
divide in proportion; so districts are convex, balanced, and the same for the same town.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import geopandas as gpd
import numpy as np
import shapely

from gis.names import stable_uids

if TYPE_CHECKING:
    import pandas as pd
    from shapely import Polygon

    from twin.core.arrays import Float64, Int32, Int64

_TYPICAL_PEOPLE = 470.0
_TYPICAL_TOWN = 14_000.0
_SMALLEST, _LARGEST = 350.0, 1_600.0
_JOB_AREA_WEIGHT = 0.03
_MARGIN_M = 120.0
_FAR = 3e5
_WAYS = (
    "East",
    "North-East",
    "North",
    "North-West",
    "West",
    "South-West",
    "South",
    "South-East",
)
_CENTRE_REACH = 0.35


@final
@dataclass(slots=True)
class _Cuts:
    """Where the halving stands: the zone of each building, the polygon of each zone."""

    zone: Int64
    polygons: list[Polygon] = field(default_factory=list)


def zone_count(people: int) -> int:
    """Return how many zones a town gets: 470 people each at 14,000, up to 1,600 in a city."""
    wanted = _TYPICAL_PEOPLE * (people / _TYPICAL_TOWN) ** 0.5
    return max(round(people / float(np.clip(wanted, _SMALLEST, _LARGEST))), 1)


def draw_zones(
    buildings: gpd.GeoDataFrame, street_nodes: gpd.GeoDataFrame, people: int
) -> tuple[gpd.GeoDataFrame, Int32]:
    """Divide a town into zones.

    Parameters
    ----------
    buildings
        With `use`, `floor_area_m2`, `street_node_id` and outlines.
    street_nodes
        Nodes that trips of a zone may start and end at.
    people
        Residents of the whole town.

    Returns
    -------
    zones
        Columns of `twin.city.tables.ZONES` with `people` and `jobs` 0, to be counted later.
    zone_id
        Zone of each building, shape (n_buildings,).
    """
    at = shapely.get_coordinates(shapely.centroid(buildings.geometry.values))
    weight = _weights(buildings, people)
    hull = shapely.convex_hull(shapely.multipoints(at)).buffer(_MARGIN_M, join_style="mitre")
    cuts = _Cuts(zone=np.zeros(len(at), dtype=np.int64))
    count = min(zone_count(people), len(at))
    _cut(at, weight, np.arange(len(at)), hull, count, cuts)
    order = _reading_order(cuts.polygons)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    zone_id = rank[cuts.zone].astype(np.int32)
    polygons = np.array(cuts.polygons, dtype=object)[order]
    node_id = _central_nodes(at, weight, zone_id, buildings, street_nodes, len(polygons))
    middle = shapely.get_coordinates(shapely.centroid(polygons))
    zones = gpd.GeoDataFrame(
        {
            "zone_id": np.arange(len(polygons), dtype=np.int32),
            "uid": stable_uids("zone", np.full(len(polygons), "", dtype=object), middle),
            "name": _names(middle, np.average(at, axis=0, weights=weight)),
            "street_node_id": node_id,
            "people": np.zeros(len(polygons), dtype=np.int32),
            "jobs": np.zeros(len(polygons), dtype=np.int32),
            "source": np.full(len(polygons), "synthetic", dtype=object),
        },
        geometry=polygons,
        crs=buildings.crs,
    )
    return zones, zone_id


def _weights(buildings: pd.DataFrame, people: int) -> Float64:
    """Return expected residents, and a little for places of work so that they form zones too."""
    area = buildings["floor_area_m2"].to_numpy(dtype=np.float64)
    home = buildings["use"].isin(["house", "apartment"]).to_numpy()
    per_m2 = people / max(area[home].sum(), 1.0)
    other = ~home & (buildings["use"] != "ancillary").to_numpy()
    weight = np.where(home, area, np.where(other, _JOB_AREA_WEIGHT * area, 0.0)) * per_m2
    positive: Float64 = np.maximum(weight, 1e-6)
    return positive


def _cut(
    at: Float64, weight: Float64, rows: Int64, polygon: Polygon, count: int, cuts: _Cuts
) -> None:
    """Divide some buildings into `count` zones, halving them by a line."""
    if count <= 1 or rows.size <= 1:
        cuts.zone[rows] = len(cuts.polygons)
        cuts.polygons.append(polygon)
        return
    along = _long_direction(at[rows], weight[rows])
    place = at[rows] @ along
    order = np.argsort(place, kind="stable")
    first_share = (count // 2) / count
    running = np.cumsum(weight[rows][order])
    split = int(np.searchsorted(running, first_share * running[-1]))
    split = min(max(split, 1), rows.size - 1)
    level = 0.5 * (place[order[split - 1]] + place[order[split]])
    across = np.array([-along[1], along[0]])
    middle = at[rows].mean(axis=0)
    corner = middle + along * (level - middle @ along)
    side = [corner + across * _FAR, corner - across * _FAR]
    low = shapely.polygons([*side, side[1] - along * _FAR, side[0] - along * _FAR])
    high = shapely.polygons([*side, side[1] + along * _FAR, side[0] + along * _FAR])
    below = np.sort(rows[order[:split]])
    above = np.sort(rows[order[split:]])
    _cut(at, weight, below, shapely.intersection(polygon, low), count // 2, cuts)
    _cut(at, weight, above, shapely.intersection(polygon, high), count - count // 2, cuts)


def _long_direction(at: Float64, weight: Float64) -> Float64:
    """Return the unit vector along which weighted points spread most."""
    centred = at - np.average(at, axis=0, weights=weight)
    spread = (centred * weight[:, None]).T @ centred
    _, vectors = np.linalg.eigh(spread)
    along: Float64 = vectors[:, -1]
    if along[np.argmax(np.abs(along))] < 0:
        along = -along
    return along


def _reading_order(polygons: list[Polygon]) -> Int64:
    """Return zones along a space-filling curve, so that near numbers are near places."""
    series = gpd.GeoSeries(polygons)
    return np.argsort(series.hilbert_distance(level=12).to_numpy(), kind="stable")


def _central_nodes(
    at: Float64,
    weight: Float64,
    zone_id: Int32,
    buildings: pd.DataFrame,
    street_nodes: gpd.GeoDataFrame,
    count: int,
) -> Int32:
    """Return per zone the street node, among those its buildings use, nearest to its middle."""
    node = buildings["street_node_id"].to_numpy()
    x, y = street_nodes["x_m"].to_numpy(), street_nodes["y_m"].to_numpy()
    total = np.bincount(zone_id, weights=weight, minlength=count)
    middle = np.stack(
        [
            np.bincount(zone_id, weights=weight * at[:, axis], minlength=count) / total
            for axis in range(2)
        ],
        axis=1,
    )
    away = np.hypot(x[node] - middle[zone_id, 0], y[node] - middle[zone_id, 1])
    order = np.lexsort((node, away, zone_id))
    first = np.unique(zone_id[order], return_index=True)[1]
    nearest: Int32 = node[order[first]].astype(np.int32)
    return nearest


def _names(middle: Float64, centre: Float64) -> np.ndarray:
    """Name zones by the direction from the centre, counted outward: `North-East 2`."""
    step = middle - centre
    reach = np.hypot(step[:, 0], step[:, 1])
    way = np.round(np.arctan2(step[:, 1], step[:, 0]) / (0.25 * np.pi)).astype(np.int64) % 8
    word = np.array(_WAYS, dtype=object)[way]
    word = np.where(reach < _CENTRE_REACH * np.median(reach), "Centre", word)
    names = np.empty(word.size, dtype=object)
    for name in np.unique(word.astype(str)):
        rows = np.flatnonzero(word == name)
        rows = rows[np.argsort(reach[rows], kind="stable")]
        names[rows] = [f"{name} {number}" for number in range(1, rows.size + 1)]
    return names
