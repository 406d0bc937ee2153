"""Works of networks that a map shows: where water comes from and is stored, where heat is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.read.places.facility_tags import there

if TYPE_CHECKING:
    from twin.core.arrays import Bool

WATER_SOURCE, WATER_TOWER, HEAT_SOURCE = "water_source", "water_tower", "heat_source"
UNCLEAR = "unclear"
"""Kind of pumping stations and storage tanks whose content the map does not give."""
_DRINKING = ("water", "drinking_water", "fresh_water")
_STORES = ("reservoir_covered", "storage_tank", "water_tank")
_BOILERS = ("boiler_house", "heating_plant", "heating_station")
_NOT = ("", "no", "0")


def sites_of(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the works of networks among features: `kind`, `name` and shape.

    A pumping station or a tank counts by what it holds (`substance`, `pumping_station`,
    `content`); a covered reservoir without either holds drinking water. Open reservoirs
    (`landuse`) are no part of a network.
    """
    made, building = _tag(frame, "man_made"), _tag(frame, "building")
    content = _tag(frame, "substance")
    for name in ("pumping_station", "content"):
        content = content.where(content != "", _tag(frame, name))
    station, store = made == "pumping_station", made.isin(_STORES)
    drinking = content.isin(_DRINKING)
    covered = (made != "storage_tank") & (content == "")
    kind = np.select(
        [
            (made == "water_works") | (station & drinking),
            (made == "water_tower") | (building == "water_tower"),
            store & (drinking | covered),
            _gives_heat(frame, made, building),
            (station | store) & (content == ""),
        ],
        [WATER_SOURCE, WATER_TOWER, WATER_TOWER, HEAT_SOURCE, UNCLEAR],
        default="",
    )
    rows = (kind != "") & there(frame)
    names = _tag(frame, "name").to_numpy(dtype=object)
    return gpd.GeoDataFrame(
        {"kind": kind[rows].astype(object), "name": names[rows]},
        geometry=frame.geometry[rows].to_numpy(),
        crs=frame.crs,
    )


def _gives_heat(frame: gpd.GeoDataFrame, made: pd.Series, building: pd.Series) -> Bool:
    """Return which features make hot water or steam for others."""
    heats = building.isin(_BOILERS) | made.isin(_BOILERS)
    heats |= _tag(frame, "industrial").isin(_BOILERS)
    for thing in ("plant", "generator"):
        for product in ("hot_water", "steam"):
            heats |= ~_tag(frame, f"{thing}:output:{product}").isin(_NOT)
    out: Bool = heats.to_numpy(dtype=np.bool_)
    return out


def _tag(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Return a tag as text, '' where it is not given."""
    if name not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[name].astype(object).where(frame[name].notna(), "").astype(str)
