"""A city's layers as GeoJSON: WGS 84, longitude first (RFC 7946)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pyogrio

from gis.export.styles import STYLE_OF
from gis.export.writable import writable

if TYPE_CHECKING:
    from twin.city.bundle import City

_DECIMALS = 7  # about a centimetre


def write_geojson(city: City, folder: Path) -> Path:
    """Write one `.geojson` per table that has shapes and rows."""
    folder = Path(folder)
    for name in STYLE_OF:
        frame = city.table(name)
        if len(frame):
            layer = gpd.GeoDataFrame(frame, geometry="geometry", crs=city.crs).to_crs("EPSG:4326")
            path = writable(folder / f"{name}.geojson")
            path.unlink(missing_ok=True)
            pyogrio.write_dataframe(
                layer, path, driver="GeoJSON", RFC7946="YES", COORDINATE_PRECISION=str(_DECIMALS)
            )
    return folder
