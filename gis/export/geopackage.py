"""A city, or what is wrong with it, as one GeoPackage with styled layers."""

from __future__ import annotations

import re
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from gis.export.styles import OFFENDERS, STYLE_OF, Style, add_styles
from gis.export.writable import writable
from twin.city.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.city.bundle import City
    from twin.core.errors import Fault

_TABLE_OF = {table.name: table for table in TABLES}


def write_geopackage(city: City, path: Path) -> Path:
    """Write all tables that have shapes as styled layers; people stay in the bundle."""
    layers = {name: _as_frame(city.table(name), city.crs) for name in STYLE_OF}
    filled = {name: frame for name, frame in layers.items() if len(frame)}
    return write_layers(path, filled, {name: STYLE_OF[name] for name in filled})


def write_offenders(city: City, faults: Sequence[Fault], path: Path) -> int:
    """Write one layer per code and table with the rows a fault names; return how many rows.

    Rows of people are drawn at their building.
    """
    layers: dict[str, list[gpd.GeoDataFrame]] = {}
    for fault in faults:
        frame = _offenders_of(city, fault)
        if frame is not None:
            layers.setdefault(f"{fault.code} {frame['table'].iloc[0]}", []).append(frame)
    whole = {name: pd.concat(parts, ignore_index=True) for name, parts in layers.items()}
    styles = {name: OFFENDERS[_shape_of(frame)] for name, frame in whole.items()}
    if not whole:
        empty: dict[str, list[object]] = {
            "code": [],
            "table": [],
            "row": [],
            "what": [],
            "mend": [],
        }
        whole = {"none": gpd.GeoDataFrame(empty, geometry=[], crs=city.crs or None)}
        styles = {"none": OFFENDERS["Point"]}
    write_layers(path, whole, styles)
    return sum(len(frame) for frame in whole.values())


def _shape_of(frame: gpd.GeoDataFrame) -> str:
    """Return the kind of shape a layer has, `Point` where it has none."""
    kinds = frame.geom_type.dropna()
    kind = str(kinds.iloc[0]).removeprefix("Multi") if len(kinds) else "Point"
    return kind if kind in OFFENDERS else "Point"


def _offenders_of(city: City, fault: Fault) -> gpd.GeoDataFrame | None:
    """Return the rows that a fault names, with their shapes; None where it names none."""
    match = re.match(r"\w+", fault.where)
    name = match.group() if match else ""
    if name not in _TABLE_OF or not fault.rows:
        return None
    frame = city.table(name)
    rows = np.array([row for row in fault.rows if row < len(frame)], dtype=np.int64)
    if not rows.size:
        return None
    chosen = frame.iloc[rows]
    if "geometry" in frame:
        shapes = np.asarray(chosen["geometry"].to_numpy())
    elif "building_id" in frame:
        home = np.clip(chosen["building_id"].to_numpy(), 0, len(city.buildings) - 1)
        shapes = np.asarray(city.buildings.geometry.centroid.to_numpy())[home]
    else:
        return None
    columns: dict[str, object] = {
        "code": fault.code,
        "table": name,
        "row": rows,
        "what": fault.what,
        "mend": fault.mend,
    }
    if "uid" in frame:
        columns["uid"] = chosen["uid"].to_numpy()
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=city.crs or None)


def _as_frame(frame: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=crs)


def write_layers(
    path: Path, layers: Mapping[str, gpd.GeoDataFrame], styles: Mapping[str, Style]
) -> Path:
    """Write layers and styles, whole or not at all."""
    path = writable(path)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        draft = Path(folder) / path.name
        for name, frame in layers.items():
            with warnings.catch_warnings():
                # a city without CRS is one of the faults that are shown
                warnings.filterwarnings("ignore", message="'crs' was not provided")
                pyogrio.write_dataframe(frame, draft, layer=name, driver="GPKG")
        add_styles(draft, styles)
        draft.replace(path)
    return path
