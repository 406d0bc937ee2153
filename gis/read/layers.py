"""Layers of a recipe as a map with OpenStreetMap's tags: columns named, values and units turned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis.read.osm import (
    RawMap,
    crs_fault,
    join_layers,
    source_of,
)
from gis.read.tags import BUILDING_TAGS, LANDUSE_TAGS, STREET_TAGS
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from gis.read.recipe import LayerForm, RecipeForm, SheetForm
    from twin.core.arrays import Float64

FLOOR_AREA = "floor_area"
"""Area of all storeys of a building: not a tag of OpenStreetMap, gives storeys where none are."""
_UNITS = {
    "maxspeed": ({"km/h": 1.0, "mph": 1.609344, "m/s": 3.6}, (5.0, 150.0), "km/h"),
    "height": ({"m": 1.0, "cm": 0.01, "mm": 0.001, "ft": 0.3048}, (2.0, 120.0), "m"),
    "levels": ({"": 1.0}, (1.0, 40.0), "storeys"),
    FLOOR_AREA: ({"m2": 1.0, "ft2": 0.09290304, "ha": 10_000.0}, (10.0, 50_000.0), "m2"),
}
"""By tag: factors of its units, the band in which the median of a town lies, and our unit."""
_ROLES = (
    ("streets", STREET_TAGS, "highway", "LineString"),
    ("buildings", (*BUILDING_TAGS, FLOOR_AREA), "building", "Polygon"),
    ("landuse", LANDUSE_TAGS, "landuse", "Polygon"),
)


def read_layers(recipe: RecipeForm, folder: Path) -> RawMap:
    """Read all layers of a recipe; `folder` is where its files stand.

    Raises
    ------
    CityDataError
        With every fault of every file at once.
    """
    faults: list[Fault] = []
    frames: dict[str, gpd.GeoDataFrame] = {}
    for role, tags, needed, shape in _ROLES:
        parts = []
        for form in getattr(recipe, role):
            frame = _layer(form, folder, tags, faults)
            if frame is None:
                continue
            fits = frame.geom_type.isin([shape, f"Multi{shape}"])
            if needed not in frame or not fits.any():
                lack = f"no `{needed}`" if needed not in frame else f"no {shape}"
                mend = f"give a layer of {role}, with `columns` or `constant` for `{needed}`"
                faults.append(Fault(str(form.file), f"has {lack}", mend, "E-EMPTY"))
                continue
            parts.append(frame[fits])
        frames[role] = join_layers(parts, tags)
    if faults:
        raise CityDataError(faults)
    streets = frames["streets"]
    buildings = _with_levels_from_area(frames["buildings"])
    told = (streets[["bridge", "tunnel", "layer"]] != "").to_numpy().any()
    return RawMap(
        streets=streets,
        buildings=buildings.drop(columns=FLOOR_AREA),
        landuse=frames["landuse"],
        sources=tuple(
            source_of(folder / form.file, recipe.licence, recipe.attribution)
            for role, *_ in _ROLES
            for form in getattr(recipe, role)
        ),
        has_levels_of_crossing=bool(told),
    )


def read_table(file: Path, sheet: str | None = None) -> pd.DataFrame:
    """Read a spreadsheet: `.csv`, `.xlsx` or `.ods`.

    Raises
    ------
    CityDataError
        If it cannot be read.
    """
    try:
        if file.suffix.lower() == ".csv":
            return pd.read_csv(file, dtype=str, keep_default_na=False)
        names = {"layer": sheet} if sheet else {}
        frame: pd.DataFrame = pyogrio.read_dataframe(file, read_geometry=False, **names)
    except (OSError, ValueError, DataSourceError, DataLayerError) as error:
        mend = "name a .csv (UTF-8), .xlsx or .ods file that is there, and a sheet in it"
        raise CityDataError(
            Fault(str(file), f"cannot be read as a table: {error}", mend, "E-UNREADABLE")
        ) from error
    return frame


def require_columns(file: Path, frame: pd.DataFrame, names: list[str]) -> list[Fault]:
    """Return a fault for each column that a table lacks."""
    there = ", ".join(str(name) for name in frame.columns if name != "geometry")
    return [
        Fault(str(file), f"has no column {name}", f"columns are: {there}", "E-COLUMN-MISSING")
        for name in names
        if name not in frame
    ]


def _layer(
    form: LayerForm, folder: Path, tags: tuple[str, ...], faults: list[Fault]
) -> gpd.GeoDataFrame | None:
    """Return a layer with our tags alone, or None after adding faults."""
    file = folder / form.file
    frame = _read(form, file, faults)
    if frame is None:
        return None
    found = require_columns(file, frame, list(form.columns.values()))
    for sheet in form.sheets:
        found += _join_sheet(frame, sheet, file, folder)
    named = form.columns | {tag: tag for sheet in form.sheets for tag in sheet.columns}
    asked = {*named, *form.constant, *form.values, *form.units}  # noqa: PD011 - a field of the form
    found += [
        Fault(
            where=str(file),
            what=f"{tag} is no tag that is used here",
            mend=f"use {', '.join((*tags, 'osm_id'))}",
            code="E-RECIPE",
        )
        for tag in sorted(asked - {*tags, "osm_id"})
    ]
    if found:
        faults += found
        return None
    out = _with_tags(frame, form, named, tags)
    for tag in _UNITS:
        if tag in named:
            faults += _in_our_unit(out, tag, form, file)
    return out


def _with_tags(
    frame: gpd.GeoDataFrame, form: LayerForm, named: dict[str, str], tags: tuple[str, ...]
) -> gpd.GeoDataFrame:
    """Return the shapes of a layer with our tags alone, values turned into OpenStreetMap's."""
    out = gpd.GeoDataFrame(geometry=frame.geometry.array, crs=frame.crs)
    for tag in ("osm_id", *tags):
        if tag in named:
            out[tag] = frame[named[tag]].to_numpy()
        elif tag in form.constant:
            out[tag] = form.constant[tag]
    for tag, turned in form.values.items():  # noqa: PD011 - a field of the form
        if tag in out:
            text = out[tag].astype(str).str.strip()
            out[tag] = text.map(turned).fillna(text)
    return out


def _read(form: LayerForm, file: Path, faults: list[Fault]) -> gpd.GeoDataFrame | None:
    """Read the file of a layer, in the CRS it says or the recipe says for it."""
    mend = "name a shapefile, GeoPackage, GeoJSON or GeoParquet file that is there"
    try:
        if file.suffix == ".parquet":
            frame = gpd.read_parquet(file)
        else:
            names = {"layer": form.layer} if form.layer else {}
            frame = pyogrio.read_dataframe(file, **names)
        if frame.crs is None and form.crs:
            frame = frame.set_crs(CRS.from_user_input(form.crs))
    except (OSError, ValueError, DataSourceError, DataLayerError) as error:
        faults.append(Fault(str(file), f"cannot be read: {error}", mend, "E-UNREADABLE"))
        return None
    except CRSError:
        mend = "name one, such as EPSG:4326"
        faults.append(Fault(str(file), f"crs {form.crs!r} is not known", mend, "E-CRS-MISSING"))
        return None
    fault = crs_fault(file, frame)
    if fault is not None:
        faults.append(fault)
        return None
    kept: gpd.GeoDataFrame = frame[frame.geometry.notna()].reset_index(drop=True)
    return kept


def _join_sheet(frame: gpd.GeoDataFrame, form: SheetForm, file: Path, folder: Path) -> list[Fault]:
    """Add the columns of a spreadsheet to a layer, by the name of the feature."""
    path = folder / form.file
    try:
        sheet = read_table(path, form.sheet)
    except CityDataError as error:
        return list(error.faults)
    faults = require_columns(path, sheet, [form.key, *form.columns.values()])
    faults += require_columns(file, frame, [form.of])
    if faults:
        return faults
    key = sheet[form.key].map(_name)
    twice = np.flatnonzero(key.duplicated().to_numpy())
    if twice.size:
        return [
            Fault(
                where=f"{path}:{twice[0] + 2}",
                what=f"{form.key} = {key.iloc[twice[0]]} is told twice; {twice.size} such",
                mend="keep one line per feature",
                code="E-DUP-ID",
                rows=tuple(twice.tolist()),
            )
        ]
    name = frame[form.of].map(_name)
    if not name.isin(key).any():
        what = f"has no {form.key} that is a {form.of} of {file.name}"
        return [Fault(str(path), what, "check `key` and `of`", "E-DANGLING")]
    for tag, column in form.columns.items():
        frame[tag] = name.map(pd.Series(sheet[column].to_numpy(), index=key)).to_numpy()
    return []


def _name(value: object) -> str:
    """Return a key as text: 17.0 of a spreadsheet is 17."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _in_our_unit(out: gpd.GeoDataFrame, tag: str, form: LayerForm, file: Path) -> list[Fault]:
    """Turn a column of numbers into our unit, and doubt a median that no town has."""
    factors, (low, high), ours = _UNITS[tag]
    unit = form.units.get(tag, next(iter(factors)))
    if unit not in factors:
        mend = f"use one of {', '.join(name for name in factors if name) or 'no unit'}"
        return [Fault(str(file), f"{tag} in {unit!r} is not known", mend, "E-RECIPE")]
    text = out[tag].astype(str).str.strip().str.replace(",", ".", regex=False)
    number: Float64 = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    known = np.isfinite(number) & (number > 0)
    turned = number * factors[unit]
    out[tag] = np.where(known, np.char.mod("%g", np.where(known, turned, 0.0)), text)
    if known.any() and not low <= float(np.median(turned[known])) <= high:
        middle = float(np.median(turned[known]))
        return [
            Fault(
                where=f"{file} {form.columns.get(tag, tag)}",
                what=f"half of all values are over {middle:g} {ours}; usual is {low:g} to {high:g}",
                mend=f"tell the unit: `units: {{{tag}: ...}}`, one of {', '.join(factors)}",
                code="E-UNIT-SUSPECT",
            )
        ]
    return []


def _with_levels_from_area(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return buildings whose storeys, where not told, follow from floor area over outline."""
    area = pd.to_numeric(buildings[FLOOR_AREA], errors="coerce").to_numpy(dtype=np.float64)
    outline = buildings.geometry.to_crs(buildings.estimate_utm_crs()).area.to_numpy()
    storeys = np.maximum(np.round(area / np.maximum(outline, 1.0)), 1.0)
    lacks = (buildings["levels"] == "").to_numpy() & (buildings["height"] == "").to_numpy()
    fill = lacks & np.isfinite(storeys)
    levels = np.where(fill, np.char.mod("%g", np.where(fill, storeys, 0.0)), buildings["levels"])
    return buildings.assign(levels=levels)
