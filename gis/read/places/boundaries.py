"""Administrative boundaries of a map with the people within."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.read.places.facility_tags import people_in

if TYPE_CHECKING:
    from collections.abc import Sequence

_AREAS = ("Polygon", "MultiPolygon")


def boundaries_of(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the administrative boundaries among areas that give their people.

    Columns are `name`, `level` (`admin_level`, 0 where it is not given), `people`, and `osm_id`,
    which the parts of one boundary share.
    """
    if "boundary" not in frame or "population" not in frame:
        return no_boundaries(frame.crs)
    people = np.array([people_in(text) for text in frame["population"]], dtype=np.int64)
    rows = (
        (frame["boundary"] == "administrative").to_numpy()
        & (people > 0)
        & frame.geom_type.isin(_AREAS).to_numpy()
    )
    level = (
        pd.to_numeric(frame["admin_level"], errors="coerce") if "admin_level" in frame else np.nan
    )
    column = np.broadcast_to(np.nan_to_num(np.asarray(level, dtype=np.float64)), len(frame))
    names = frame["name"].fillna("") if "name" in frame else pd.Series("", index=frame.index)
    id_name = next((name for name in ("osm_id", "osm_way_id", "id", "@id") if name in frame), None)
    ids = frame[id_name].astype(str) if id_name else pd.Series(frame.index.astype(str))
    found = gpd.GeoDataFrame(
        {
            "name": names.to_numpy(dtype=object)[rows],
            "level": column[rows].astype(np.int64),
            "people": people[rows],
            "osm_id": ids.to_numpy(dtype=object)[rows],
        },
        geometry=frame.geometry[rows].to_numpy(),
        crs=frame.crs,
    )
    if found.empty:
        return found
    found["geometry"] = found.geometry.make_valid()
    return found.dissolve(by="osm_id", aggfunc="first").reset_index()


def no_boundaries(crs: object) -> gpd.GeoDataFrame:
    """Return boundaries of a map that has none."""
    columns: dict[str, list[object]] = {"osm_id": [], "name": [], "level": [], "people": []}
    return gpd.GeoDataFrame(columns, geometry=[], crs=crs)


def joined_boundaries(frames: Sequence[gpd.GeoDataFrame], crs: object) -> gpd.GeoDataFrame:
    """Return boundaries of several layers as one frame."""
    parts = [frame.to_crs(crs) for frame in frames if len(frame)]
    if not parts:
        return no_boundaries(crs)
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=crs)
