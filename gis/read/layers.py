"""Layers of a recipe as a map with OpenStreetMap's tags: columns named, values and units turned.

Every value of a column is used, or reported with its count; a column of which no value is known is
a fault.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis.read.osm import RawMap, crs_fault, join_facilities, join_layers, source_of
from gis.read.places.boundaries import no_boundaries
from gis.read.places.facility_tags import facilities_of, settlements_of
from gis.read.places.utility_sites import sites_of
from gis.read.tables import (
    counted,
    key_of,
    lacking_columns,
    number_of,
    numbers,
    read_table,
    rows_by_key,
)
from gis.read.tags import BUILDING_TAGS, FACILITY_TAGS, LANDUSE_TAGS, STREET_TAGS
from gis.read.vocabulary import KNOWN, known_only, known_values, plain, unknown
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gis.read.recipe import LayerForm, RecipeForm, SheetForm

FLOOR_AREA = "floor_area"
"""Area of all storeys of a building: not a tag of OpenStreetMap, gives storeys where none are."""
_UNITS = {
    "maxspeed": ({"km/h": 1.0, "mph": 1.609344, "m/s": 3.6}, (5.0, 150.0), "km/h"),
    "height": ({"m": 1.0, "cm": 0.01, "mm": 0.001, "ft": 0.3048}, (2.0, 120.0), "m"),
    "levels": ({"": 1.0}, (1.0, 40.0), "storeys"),
    FLOOR_AREA: ({"m2": 1.0, "ft2": 0.09290304, "ha": 10_000.0}, (10.0, 50_000.0), "m2"),
}
"""By tag: factors of its units, the band in which the median of a town lies, and our unit."""
_LINES, _AREAS = ("LineString", "MultiLineString"), ("Polygon", "MultiPolygon")
_ROLES = (
    ("streets", STREET_TAGS, "highway", _LINES),
    ("buildings", (*BUILDING_TAGS, FLOOR_AREA), "building", _AREAS),
    ("landuse", LANDUSE_TAGS, "landuse", _AREAS),
    ("facilities", FACILITY_TAGS, "amenity", ("Point", "MultiPoint", *_AREAS)),
)
_MISSING = ("", "nan", "none", "null", "<na>", "nat")
_DBF_CODE_PAGE = 29


def read_layers(recipe: RecipeForm, folder: Path) -> RawMap:
    """Read all layers of a recipe; `folder` is where its files stand.

    Raises
    ------
    CityDataError
        With every fault of every file at once.
    """
    faults: list[Fault] = []
    notes: list[str] = []
    parts: dict[str, list[gpd.GeoDataFrame]] = {}
    for role, tags, needed, shapes in _ROLES:
        parts[role] = []
        for form in getattr(recipe, role):
            frame = _layer(form, folder, tags, faults, notes)
            if frame is None:
                continue
            fits = frame.geom_type.isin(shapes)
            if needed not in frame or not fits.any():
                lack = f"no `{needed}`" if needed not in frame else f"no {shapes[0]}"
                mend = f"give a layer of {role}, with `columns` or `constant` for `{needed}`"
                faults.append(Fault(str(form.file), f"has {lack}", mend, "E-EMPTY"))
                continue
            if not fits.all():
                other = counted(frame.geom_type[~fits])
                notes.append(f"{form.file.name}: shapes that are no {role} were left out: {other}.")
            parts[role].append(frame[fits])
    if faults:
        raise CityDataError(faults)
    frames = {role: join_layers(parts[role], tags) for role, tags, *_ in _ROLES}
    streets = frames["streets"]
    buildings = _with_levels_from_area(frames["buildings"])
    drawn = (streets[["bridge", "tunnel", "layer"]] != "").to_numpy().any()
    layers = (frames["facilities"], buildings)
    facilities = [facilities_of(frame) for frame in layers]
    return RawMap(
        streets=streets,
        buildings=buildings.drop(columns=FLOOR_AREA),
        landuse=frames["landuse"],
        sources=tuple(
            source_of(folder / form.file, recipe.licence, recipe.attribution)
            for role, *_ in _ROLES
            for form in getattr(recipe, role)
        ),
        has_levels_of_crossing=bool(drawn),
        facilities=join_facilities(facilities, streets.crs),
        settlements=settlements_of(gpd.GeoDataFrame(geometry=[])),
        boundaries=no_boundaries(streets.crs),
        sites=join_facilities([sites_of(frame) for frame in layers], streets.crs),
        notes=tuple(notes),
    )


def _layer(
    form: LayerForm, folder: Path, tags: tuple[str, ...], faults: list[Fault], notes: list[str]
) -> gpd.GeoDataFrame | None:
    """Return a layer with our tags alone, or None after adding faults."""
    file = folder / form.file
    frame = _read(form, file, faults, notes)
    if frame is None:
        return None
    found = lacking_columns(file, frame.columns, form.columns.values())
    for sheet in form.sheets:
        found += _join_sheet(frame, sheet, file, folder, notes)
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
    out, found = _with_tags(frame, form, named, tags, file)
    for tag in _UNITS:
        if tag in named:
            found += _in_our_unit(out, tag, form, file, notes)
    faults += found
    for tag in tags:
        if tag in out:
            faults += _unknown_faults(out, tag, named.get(tag, tag), file)
            out[tag], unused = known_only(tag, out[tag].to_numpy(dtype=object), file.name)
            notes += unused
    return out


def _with_tags(
    frame: gpd.GeoDataFrame,
    form: LayerForm,
    named: dict[str, str],
    tags: tuple[str, ...],
    file: Path,
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Return the shapes of a layer with our tags alone, values turned into OpenStreetMap's."""
    faults: list[Fault] = []
    out = gpd.GeoDataFrame(geometry=frame.geometry.array, crs=frame.crs)
    for tag in ("osm_id", *tags):
        if tag in named:
            out[tag] = _texts(frame[named[tag]])
        elif tag in form.constant:
            out[tag] = form.constant[tag]
        else:
            continue
        if tag in form.values:  # noqa: PD011 - a field of the form
            texts = out[tag].to_numpy(dtype=object)
            faults += _unused_values(form, tag, texts, f"{file} {named.get(tag, tag)}")
            out[tag] = _turned(texts, form.values[tag])  # noqa: PD011 - a field of the form
        out[tag] = plain(tag, out[tag].to_numpy(dtype=object))
    return out, faults


def _texts(values: pd.Series) -> NDArray[np.object_]:
    """Return a column as text: whole numbers without a point, nothing as ''."""
    texts = {one: key_of(one) for one in values.dropna().unique()}
    return np.array(
        ["" if str(text).lower() in _MISSING else text for text in values.map(texts).fillna("")],
        dtype=object,
    )


def _turned(texts: NDArray[np.object_], values: dict[str, str]) -> NDArray[np.object_]:
    """Return values of a file turned by a recipe: as written, else whatever the case."""
    small = {key.strip().casefold(): value for key, value in values.items()}
    stripped = {key.strip(): value for key, value in values.items()}
    turned = {one: stripped.get(one, small.get(one.casefold(), one)) for one in set(texts)}
    return np.array([turned[one] for one in texts], dtype=object)


def _unused_values(
    form: LayerForm, tag: str, texts: NDArray[np.object_], where: str
) -> list[Fault]:
    """Return a fault where none of the values that a recipe names for a tag occurs."""
    given = {key.strip().casefold() for key in form.values[tag]}  # noqa: PD011 - a field of the form
    filled = texts[texts != ""]
    if not given or not filled.size or given & {one.casefold() for one in set(filled)}:
        return []
    return [
        Fault(
            where=where,
            what=f"has none of the values that `values: {{{tag}: ...}}` names; it has "
            f"{counted(filled)}",
            mend="name the values as the file has them",
            code="E-VALUE-UNKNOWN",
        )
    ]


def _unknown_faults(out: gpd.GeoDataFrame, tag: str, column: str, file: Path) -> list[Fault]:
    """Return a fault where no value of a tag is known."""
    texts = out[tag].to_numpy(dtype=object)
    filled = texts != ""
    if not filled.any() or not unknown(tag, texts[filled]).all():
        return []
    values = Counter(texts[filled])
    example = f"{values.most_common(1)[0][0]}: ..."
    way = f"`values: {{{tag}: {{{example}}}}}`, of " if tag in KNOWN else "cells must hold "
    return [
        Fault(
            where=f"{file} {column}",
            what=f"none of its values is known as `{tag}`: {counted(texts[filled])}",
            mend=f"{way}{known_values(tag)}",
            code="E-VALUE-UNKNOWN",
        )
    ]


def _read(
    form: LayerForm, file: Path, faults: list[Fault], notes: list[str]
) -> gpd.GeoDataFrame | None:
    """Read the file of a layer, in the CRS it says or the recipe says for it."""
    mend = "name a shapefile, GeoPackage, GeoJSON or GeoParquet file that is there"
    try:
        if file.suffix == ".parquet":
            frame = gpd.read_parquet(file)
        else:
            names = {"layer": form.layer} if form.layer else {}
            encoding = form.encoding or _encoding_of(file)
            frame = pyogrio.read_dataframe(file, encoding=encoding, **names)
        if not isinstance(frame, gpd.GeoDataFrame):
            faults.append(Fault(str(file), "has no shapes", mend, "E-GEOM-NULL"))
            return None
        if frame.crs is None and form.crs:
            frame = frame.set_crs(CRS.from_user_input(form.crs))
    except (UnicodeDecodeError, LookupError) as error:
        mend = "name the encoding of the layer, such as `encoding: cp1251`"
        what = f"its text cannot be read as {form.encoding or 'UTF-8'}: {error}"
        faults.append(Fault(str(file), what, mend, "E-ENCODING"))
        return None
    except CRSError:
        mend = "name one, such as EPSG:4326"
        faults.append(Fault(str(file), f"crs {form.crs!r} is not known", mend, "E-CRS-MISSING"))
        return None
    except (OSError, ValueError, DataSourceError, DataLayerError) as error:
        faults.append(Fault(str(file), f"cannot be read: {error}", mend, "E-UNREADABLE"))
        return None
    fault = crs_fault(file, frame)
    if fault is not None:
        faults.append(fault)
        return None
    there = frame.geometry.notna() & ~frame.geometry.is_empty
    if not there.all():
        count = int((~there).sum())
        notes.append(f"{file.name}: {count} of {len(frame)} rows have no shape and were left out.")
    kept: gpd.GeoDataFrame = frame[there].reset_index(drop=True)
    return kept


def _encoding_of(file: Path) -> str | None:
    """Return UTF-8 for a shapefile that does not state its encoding, None for the driver's choice.

    The driver takes such a file for Latin-1, which reads any bytes as some letters.
    """
    if file.suffix.lower() != ".shp":
        return None
    stated = any(file.with_suffix(end).is_file() for end in (".cpg", ".CPG", ".cst"))
    table = next(
        (one for end in (".dbf", ".DBF") if (one := file.with_suffix(end)).is_file()), None
    )
    if stated or table is None:
        return None
    with table.open("rb") as stream:
        head = stream.read(_DBF_CODE_PAGE + 1)
    return "UTF-8" if len(head) > _DBF_CODE_PAGE and head[_DBF_CODE_PAGE] == 0 else None


def _join_sheet(
    frame: gpd.GeoDataFrame, form: SheetForm, file: Path, folder: Path, notes: list[str]
) -> list[Fault]:
    """Add the columns of a spreadsheet to a layer, by the name of the feature."""
    path = folder / form.file
    faults = lacking_columns(file, frame.columns, [form.of])
    try:
        sheet = read_table(
            path,
            form.sheet,
            wanted=[form.key, *form.columns.values()],
            encoding=form.encoding,
        )
    except CityDataError as error:
        return [*faults, *error.faults]
    if faults:
        return faults
    names = [key_of(one) for one in frame[form.of]]
    at, faults, unmatched = rows_by_key(sheet, form.key, names, "feature")
    notes += unmatched
    shared = len(names) - names.count("") - len({*names} - {""})
    if shared:
        again = number_of(shared, "feature")
        notes.append(f"{file.name}: {again} with a {form.of} of another share its row.")
    for tag, column in form.columns.items():
        cells = sheet.column(column)
        frame[tag] = np.where(at >= 0, cells[at], "") if len(sheet) else ""
    return faults


def _in_our_unit(
    out: gpd.GeoDataFrame, tag: str, form: LayerForm, file: Path, notes: list[str]
) -> list[Fault]:
    """Turn a column of numbers into our unit, and doubt a median that no town has."""
    factors, (low, high), ours = _UNITS[tag]
    unit = form.units.get(tag, next(iter(factors)))
    if unit not in factors:
        mend = f"use one of {', '.join(name for name in factors if name) or 'no unit'}"
        return [Fault(str(file), f"{tag} in {unit!r} is not known", mend, "E-RECIPE")]
    text = out[tag].to_numpy(dtype=object)
    number, _ = numbers(text)
    known = np.isfinite(number)
    used = known & (number > 0)
    n_zero = int((number == 0.0).sum())
    if n_zero:
        notes.append(f"{file.name}: {n_zero} values of 0 of `{tag}` were taken for not given.")
    turned = np.where(known, number, 0.0) * factors[unit]
    texts = np.where(used, np.char.mod("%.10g", turned), np.where(number == 0.0, "", text))
    out[tag] = texts.astype(object)
    if used.any() and not low <= float(np.median(turned[used])) <= high:
        middle = float(np.median(turned[used]))
        return [
            Fault(
                where=f"{file} {form.columns.get(tag, tag)}",
                what=f"half of all values are over {middle:g} {ours}; usual is {low:g} to {high:g}",
                mend=f"give the unit: `units: {{{tag}: ...}}`, one of {', '.join(factors)}",
                code="E-UNIT-SUSPECT",
            )
        ]
    return []


def _with_levels_from_area(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return buildings whose storeys, where not given, follow from floor area over outline."""
    area = pd.to_numeric(buildings[FLOOR_AREA], errors="coerce").to_numpy(dtype=np.float64)
    flat = buildings.geometry.to_crs(buildings.estimate_utm_crs())
    outline = shapely.area(np.asarray(flat.values))
    storeys = np.maximum(np.round(area / np.maximum(outline, 1.0)), 1.0)
    lacks = (buildings["levels"] == "").to_numpy() & (buildings["height"] == "").to_numpy()
    fill = lacks & np.isfinite(storeys)
    levels = np.where(fill, np.char.mod("%g", np.where(fill, storeys, 0.0)), buildings["levels"])
    return buildings.assign(levels=levels)
