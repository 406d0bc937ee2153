"""Streets people should live at with no building beside them: a map with few of its buildings."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.core.arrays import Bool, Float64

_log = logging.getLogger(__name__)

LIVED_IN = "local"
"""Class of the streets that houses stand at."""
BESIDE_M = 60.0
"""Farthest a building may stand from the middle of a street it is beside: yards before slabs."""
MOST_BARE_SHARE, LEAST_BARE_KM = 0.5, 5.0
_STEP_M = 25.0


def bare_length_km(
    street_edges: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> tuple[float, float]:
    """Return the length of streets of the class `LIVED_IN` without a building beside, and of all.

    Streets are looked at every 25 m.
    """
    lived_in = street_edges[(street_edges["road_class"] == LIVED_IN).to_numpy()]
    length_m = lived_in["length_m"].to_numpy(dtype=np.float64)
    all_km = float(length_m.sum()) / 1e3
    if not len(lived_in) or buildings.empty:
        return all_km, all_km
    count = np.maximum(np.ceil(length_m / _STEP_M), 1).astype(np.int64)
    street = np.repeat(np.arange(count.size), count)
    rank = np.arange(street.size) - np.repeat(np.cumsum(count) - count, count)
    lines = np.asarray(lived_in.geometry.values)
    share = (rank + 0.5) / count[street]
    points = shapely.line_interpolate_point(lines[street], share, normalized=True)
    bare = ~_beside(points, np.asarray(buildings.geometry.values))
    piece_m: Float64 = (length_m / count)[street]
    return float(piece_m[bare].sum()) / 1e3, all_km


def _beside(points: np.ndarray, shapes: np.ndarray) -> Bool:
    """Return which places have a building beside them."""
    out = np.zeros(len(points), dtype=np.bool_)
    out[shapely.STRtree(shapes).query(points, predicate="dwithin", distance=BESIDE_M)[0]] = True
    return out


def few_buildings(street_edges: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> list[str]:
    """Return a warning where most streets people should live at have no building beside them."""
    bare_km, all_km = bare_length_km(street_edges, buildings)
    if bare_km < LEAST_BARE_KM or bare_km < MOST_BARE_SHARE * all_km:
        return []
    note = (
        f"W-FEW-BUILDINGS: {bare_km:.0f} of {all_km:.0f} km of residential streets "
        f"({bare_km / all_km:.0%}) have no building within {BESIDE_M:g} m; the map likely lacks "
        f"most houses and has {len(buildings):,}. All people, pipes and boiler houses will be at "
        "those. Take an extract with more buildings, add a layer of outlines with a recipe, or cut "
        "out the part that is mapped."
    )
    _log.warning("%s", note)
    return [note]
