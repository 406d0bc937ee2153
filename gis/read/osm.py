"""Read streets, buildings and land use from a map extract, as they stand, with their tags.

OpenStreetMap files (`.osm.pbf`, `.osm`) are streamed with osmium; GeoJSON, GeoPackage and
GeoParquet files, or a folder of them, are read with pyogrio. A layer's role follows from its
content: lines with `highway` are streets, polygons with `building` are buildings, polygons with
`landuse` are land use. The CRS is never guessed: OpenStreetMap and GeoJSON (RFC 7946, section 4)
are WGS 84 by definition, every other file must say.
"""

from __future__ import annotations

import hashlib
import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from gis.read.pbf import read_osm
from gis.read.places.boundaries import boundaries_of, joined_boundaries
from gis.read.places.facility_tags import facilities_of, settlements_of
from gis.read.places.utility_sites import sites_of
from gis.read.tags import AREA_TAGS, BUILDING_TAGS, LANDUSE_TAGS, STREET_TAGS
from gis.read.vocabulary import known_only, plain
from twin.city.bundle import DataSource
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.read.features import Features

_log = logging.getLogger(__name__)

_LAYER_SUFFIXES = (".geojson", ".json", ".gpkg", ".parquet")
_OSM_SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osc", ".osm.gz", ".osm.bz2")
_RENAMED = {"building:levels": "levels", "osm_way_id": "osm_id", "id": "osm_id", "@id": "osm_id"}
_LICENCE = "ODbL-1.0 where the extract comes from OpenStreetMap"
_ATTRIBUTION = "© OpenStreetMap contributors"
_WGS84 = "EPSG:4326"
_MOST_NAMES = 6


@final
@dataclass(frozen=True, slots=True, eq=False)
class RawMap:
    """A map extract as read: three layers in one CRS, tags as text, empty where absent."""

    streets: gpd.GeoDataFrame
    """LineStrings with `osm_id` and `STREET_TAGS`."""
    buildings: gpd.GeoDataFrame
    """Polygons with `osm_id` and `BUILDING_TAGS`."""
    landuse: gpd.GeoDataFrame
    """Polygons with `osm_id` and `landuse`."""
    sources: tuple[DataSource, ...]
    has_levels_of_crossing: bool
    """Whether the streets have bridges, tunnels or layers, so that a crossing can be judged."""
    facilities: gpd.GeoDataFrame
    """Mapped places of services: points or areas with `kind` and `name`, in the same CRS."""
    settlements: pd.DataFrame
    """Mapped towns and villages: `place`, `name`, `people` (0 not given), `is_area`."""
    boundaries: gpd.GeoDataFrame
    """Administrative boundaries that give their people: `name`, `level`, `people`."""
    sites: gpd.GeoDataFrame
    """Mapped works of networks: points or areas with `kind` and `name`, in the same CRS."""
    notes: tuple[str, ...] = ()
    """What of the files was not used, one sentence each."""


def read_map(path: Path | str) -> RawMap:
    """Read a map extract: an OpenStreetMap file, a layer file, or a folder of layer files.

    Raises
    ------
    CityDataError
        All at once: nothing there, unreadable files, no CRS, no streets, no buildings.
    """
    path = Path(path)
    faults: list[Fault] = []
    files = _files(path)
    notes: list[str] = []
    parts: dict[str, list[gpd.GeoDataFrame]] = {
        "streets": [], "buildings": [], "landuse": [], "facilities": [], "sites": [],
        "boundaries": [],
    }  # fmt: skip
    settlements = []
    for file in files:
        for frame in _read_file(file, faults, notes):
            settlements.append(settlements_of(frame))
            _sort_layer(frame, parts)
    layers = {
        role: join_layers(parts[role], tags)
        for role, tags in (
            ("streets", STREET_TAGS), ("buildings", BUILDING_TAGS), ("landuse", LANDUSE_TAGS),
        )
    }  # fmt: skip
    notes += [note for role, layer in layers.items() for note in _plain_values(layer, role)]
    for role, tag in (("streets", "highway"), ("buildings", "building")):
        if layers[role].empty and not faults:
            faults.append(
                Fault(
                    where=str(path),
                    what=f"has no {role}: no feature with the tag `{tag}`",
                    mend=f"add a layer of {role} with a `{tag}` column, "
                    "or export the extract with that tag",
                    code="E-EMPTY",
                )
            )
    if faults:
        raise CityDataError(faults)
    streets = layers["streets"]
    told = (streets[["bridge", "tunnel", "layer"]] != "").to_numpy().any()
    return RawMap(
        streets=streets,
        buildings=layers["buildings"],
        landuse=layers["landuse"],
        sources=tuple(source_of(file, _LICENCE, _ATTRIBUTION) for file in files),
        has_levels_of_crossing=bool(told),
        facilities=join_facilities(parts["facilities"], streets.crs),
        settlements=pd.concat(settlements, ignore_index=True),
        boundaries=joined_boundaries(parts["boundaries"], streets.crs),
        sites=join_facilities(parts["sites"], streets.crs),
        notes=tuple(notes),
    )


def _plain_values(layer: gpd.GeoDataFrame, role: str) -> list[str]:
    """Write coded values as OpenStreetMap does, in place, and return notes on those not known."""
    notes = []
    for tag in layer.columns.drop(["osm_id", "geometry"]):
        texts = plain(tag, layer[tag].to_numpy(dtype=object))
        layer[tag], unused = known_only(tag, texts, role)
        notes += unused
    return notes


def join_facilities(frames: list[gpd.GeoDataFrame], crs: object) -> gpd.GeoDataFrame:
    """Return facilities of several layers as one frame."""
    parts = [frame.to_crs(crs) for frame in frames if len(frame)]
    if not parts:
        return gpd.GeoDataFrame({"kind": [], "name": []}, geometry=[], crs=crs)
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=crs)


def _files(path: Path) -> list[Path]:
    """Return the files to read, or say why there are none."""
    kinds = f"an .osm.pbf file, or {', '.join(_LAYER_SUFFIXES)} files in a folder"
    if not path.exists():
        raise CityDataError(
            Fault(str(path), "does not exist", f"name {kinds} with --osm", "E-EMPTY")
        )
    known = (*_LAYER_SUFFIXES, *_OSM_SUFFIXES)
    if path.is_dir():
        files = [file for file in sorted(path.iterdir()) if file.name.lower().endswith(known)]
        files = [file for file in files if file.name != "meta.json"]
        if not files:
            raise CityDataError(
                Fault(str(path), "holds no map file", f"put {kinds} there", "E-EMPTY")
            )
        return files
    if not path.name.lower().endswith(known):
        raise CityDataError(
            Fault(str(path), f"is not a known map file ({path.suffix})", f"name {kinds}", "E-EMPTY")
        )
    return [path]


def _read_file(file: Path, faults: list[Fault], notes: list[str]) -> Iterator[gpd.GeoDataFrame]:
    """Yield the layers of one file, adding to `faults` what is wrong with it."""
    _log.info("reading %s", file.name)
    mend = "check that the file is complete and of the kind its ending says"
    if file.stat().st_size == 0:
        faults.append(Fault(str(file), "is empty", mend, "E-EMPTY"))
        return
    if file.name.lower().endswith(_OSM_SUFFIXES):
        try:
            found = read_osm(file, STREET_TAGS, AREA_TAGS)
        except CityDataError as error:
            faults += error.faults
            return
        notes += _incomplete(file, found.n_broken, found.n_lost)
        notes += _cut(file, found.cut)
        yield from (_frame(part) for part in (found.lines, found.areas) if len(part))
        yield found.points
        return
    try:
        if file.suffix == ".parquet":
            frames = [gpd.read_parquet(file)]
        else:
            names = [str(row[0]) for row in pyogrio.list_layers(file) if row[1] is not None]
            frames = [_read_layer(file, name) for name in names]
    except (OSError, ValueError, DataSourceError, DataLayerError) as error:
        faults.append(Fault(str(file), f"cannot be read: {error}", mend, "E-UNREADABLE"))
        return
    for frame in frames:
        fault = crs_fault(file, frame)
        if fault is not None:
            faults.append(fault)
        elif len(frame):
            yield frame


def _incomplete(file: Path, n_broken: int, n_lost: int) -> list[str]:
    """Return a note on shapes that the border of an extract, or its server, has cut."""
    missing = [f"{n_broken} multipolygons are not whole"] * (n_broken > 0)
    missing += [f"{n_lost} ways have fewer than two nodes"] * (n_lost > 0)
    if not missing:
        return []
    reason = "in the file and are left out"
    return [f"W-MAP-INCOMPLETE: {file.name}: {' and '.join(missing)} {reason}."]


def _cut(file: Path, names: tuple[str, ...]) -> list[str]:
    """Return a note on boundaries with people that the border of an extract has cut."""
    if not names:
        return []
    named = ", ".join(names[:_MOST_NAMES])
    what = f"{len(names)} boundaries with people are not whole in the file"
    return [f"{file.name}: {what}, and their numbers are not used: {named}."]


def _frame(part: Features) -> gpd.GeoDataFrame:
    """Return features as a frame with the tags that occur."""
    columns = {"osm_id": part.names(), **part.tags}
    return gpd.GeoDataFrame(columns, geometry=part.shapes(), crs=_WGS84)


def _read_layer(file: Path, name: str) -> gpd.GeoDataFrame:
    """Read a layer without its driver's remarks on feature ids and JSON-like text."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Several features with id")
        warnings.filterwarnings("ignore", message="Could not parse column")
        frame: gpd.GeoDataFrame = pyogrio.read_dataframe(file, layer=name)
    return frame


def crs_fault(file: Path, frame: gpd.GeoDataFrame) -> Fault | None:
    """Return what is wrong with the CRS a file declares."""
    if frame.crs is None:
        return Fault(
            where=str(file),
            what="does not say its CRS",
            mend="set it in the file (for instance in QGIS: Layer > Set CRS) and save it again",
            code="E-CRS-MISSING",
        )
    west, south, east, north = frame.total_bounds
    in_degrees = west >= -180 and east <= 180 and south >= -90 and north <= 90  # noqa: PLR2004 - degrees of a globe
    if frame.crs.is_geographic and not in_degrees and len(frame):
        return Fault(
            where=str(file),
            what=f"is declared in degrees ({frame.crs.name}), but reaches {east:g}, {north:g}",
            mend="GeoJSON without a `crs` member is WGS 84; save it in degrees or as GeoPackage",
            code="E-CRS-MISSING",
        )
    if not frame.crs.is_geographic and in_degrees and len(frame):
        return Fault(
            where=str(file),
            what=f"is declared metric ({frame.crs.name}), but all coordinates look like degrees",
            mend="declare EPSG:4326 instead, or reproject the file",
            code="E-CRS-GEOGRAPHIC",
        )
    return None


def _sort_layer(frame: gpd.GeoDataFrame, parts: dict[str, list[gpd.GeoDataFrame]]) -> None:
    """File the features of a layer by what they are."""
    frame = frame.rename(columns={k: v for k, v in _RENAMED.items() if v not in frame.columns})
    parts["facilities"].append(facilities_of(frame))
    parts["sites"].append(sites_of(frame))
    parts["boundaries"].append(boundaries_of(frame))
    kind = frame.geom_type
    line, area = (
        kind.isin(["LineString", "MultiLineString"]),
        kind.isin(["Polygon", "MultiPolygon"]),
    )
    picks = (("streets", "highway", line), ("buildings", "building", area),
             ("landuse", "landuse", area))  # fmt: skip
    taken = np.zeros(len(frame), dtype=np.bool_)
    for role, tag, shape in picks:
        if tag in frame:
            chosen = (shape & frame[tag].notna() & (frame[tag].astype(str) != "")).to_numpy()
            chosen = chosen & ~taken
            taken |= chosen
            if chosen.any():
                parts[role].append(frame[chosen])


def join_layers(frames: list[gpd.GeoDataFrame], tags: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Return one frame of single-part shapes with exactly the wanted tags, as text."""
    columns = ["osm_id", *tags, "geometry"]
    if not frames:
        return gpd.GeoDataFrame({name: [] for name in columns}, geometry="geometry", crs=_WGS84)
    crs = frames[0].crs
    whole = pd.concat([frame.to_crs(crs) for frame in frames], ignore_index=True)
    out = gpd.GeoDataFrame(geometry=whole.geometry.values, crs=crs)
    for name in ("osm_id", *tags):
        out[name] = _as_text(whole[name]) if name in whole else ""
    out = out[columns].explode(ignore_index=True)
    flat = shapely.force_2d(out.geometry.values)
    return out.set_geometry(gpd.GeoSeries(flat, crs=crs))


def _as_text(values: pd.Series) -> pd.Series:
    """Return tags as text: whole numbers without a point, nothing as ''."""
    if pd.api.types.is_float_dtype(values.dtype):
        values = values.map(lambda v: "" if pd.isna(v) else f"{v:g}")
    text: pd.Series = values.astype(object).where(values.notna(), "").astype(str).str.strip()
    return text


def source_of(file: Path, licence: str, attribution: str) -> DataSource:
    """Return a file with its checksum as a source."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return DataSource(
        path=file.name, licence=licence, attribution=attribution, sha256=digest.hexdigest()
    )
