"""Mapped places of services: each once, as a point; and the buildings that house them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from gis.clean.street_graph import groups_of
from gis.read.places.facility_tags import AMENITY_OF, WORKS

if TYPE_CHECKING:
    import pandas as pd

_ONE_SITE_M = 100.0
"""A hospital is mapped as grounds, as buildings and as a point in one of them."""
_LEAST_M2 = 60.0
"""Smaller buildings on the grounds of a service are sheds."""
_UNTOLD = ("", "yes")


def one_each(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a point for each facility: shapes of a kind within 100 m are one, the largest counts.

    `facilities` has `kind`, `name` and points or areas in a metric CRS.
    """
    rows: list[int] = []
    shapes = np.asarray(facilities.geometry.values)
    area = shapely.area(shapes)
    for kind in sorted(set(facilities["kind"])):
        of_kind = np.flatnonzero((facilities["kind"] == kind).to_numpy())
        one, two = shapely.STRtree(shapes[of_kind]).query(
            shapes[of_kind], predicate="dwithin", distance=_ONE_SITE_M
        )
        group = groups_of(of_kind.size, np.column_stack([one, two])[one < two])
        order = of_kind[np.argsort(-area[of_kind], kind="stable")]
        group_of = dict(zip(of_kind.tolist(), group.tolist(), strict=True))
        rows += list({group_of[row]: row for row in order[::-1].tolist()}.values())
    chosen = facilities.iloc[sorted(rows)].reset_index(drop=True)
    at = shapely.point_on_surface(np.asarray(chosen.geometry.values))
    return chosen.set_geometry(gpd.GeoSeries(at, crs=facilities.crs))


def with_services(buildings: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return buildings, untagged ones in or on the grounds of a service tagged as it is.

    Both are in one metric CRS; `buildings` have the tags of OpenStreetMap.
    """
    if facilities.empty or buildings.empty:
        return buildings
    shapes = np.asarray(facilities.geometry.values)
    inside = shapely.point_on_surface(np.asarray(buildings.geometry.values))
    is_area = shapely.area(shapes) > 0.0
    building, area = shapely.STRtree(shapes[is_area]).query(inside, predicate="within")
    area = np.flatnonzero(is_area)[area]
    at_point, point = shapely.STRtree(shapes[~is_area]).query(
        np.asarray(buildings.geometry.values), predicate="intersects"
    )
    point = np.flatnonzero(~is_area)[point]
    large = shapely.area(np.asarray(buildings.geometry.values)) >= _LEAST_M2
    on_ground = large[building]
    pairs = np.concatenate(
        [
            np.column_stack([building[on_ground], area[on_ground]]),
            np.column_stack([at_point, point]),
        ]
    )
    return _tagged(buildings, pairs, facilities["kind"])


def _tagged(buildings: gpd.GeoDataFrame, pairs: np.ndarray, kinds: pd.Series) -> gpd.GeoDataFrame:
    """Return buildings with the tags of the services that they are paired with."""
    amenity = buildings["amenity"].to_numpy(dtype=object, copy=True)
    tag = buildings["building"].to_numpy(dtype=object, copy=True)
    kind_of = kinds.to_numpy(dtype=object)
    for row, facility in pairs.tolist():
        if amenity[row] != "" or tag[row] not in _UNTOLD:
            continue
        kind = kind_of[facility]
        if kind == WORKS:
            tag[row] = "industrial"
        else:
            amenity[row] = AMENITY_OF[kind]
    return buildings.assign(amenity=amenity, building=tag)
