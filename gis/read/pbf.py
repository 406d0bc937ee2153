"""Stream an OpenStreetMap file with osmium, an optional dependency, into arrays.

Closed ways become areas here and not by osmium's area manager, which keeps every area of the file
in memory (700 MB instead of 80 MB for 114,000 buildings); it would also need a second reading.
Only the ways of multipolygon relations are put together, after all ways are read.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.read.features import FeatureColumns, Features, areas_of
from gis.read.osm_xml import plain_xml
from gis.read.tags import POINT_TAGS
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.core.arrays import Int64

_MIN_NODES = 2
_AREAS = ("landuse", "amenity", "man_made", "place")
"""Tags beside `building` that make a closed way an area that is read."""
_POINTS = ("amenity", "healthcare", "man_made", "place", "building", "power")


@final
@dataclass(frozen=True, slots=True, eq=False)
class OsmArrays:
    """What an OpenStreetMap file holds of streets and areas."""

    lines: Features
    """Ways with `highway`."""
    areas: Features
    """Closed ways and multipolygons with `building` or a tag of `_AREAS`; boundaries of people."""
    points: gpd.GeoDataFrame
    """Nodes with an amenity or a settlement, a column per tag of `POINT_TAGS`, '' none."""
    n_broken: int
    """Multipolygons whose outline is not whole in the file; they are left out."""
    cut: tuple[str, ...]
    """Names of boundaries with people whose line is not whole in the file; they are left out."""
    n_lost: int
    """Streets and areas with fewer than two nodes in the file; they are left out."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Relation:
    """A multipolygon relation as found before its ways are read."""

    osm_id: int
    tags: dict[str, str]
    ways: tuple[int, ...]
    outer: tuple[int, ...]
    """Ways that draw a building again which the relation draws"""

    def is_boundary(self) -> bool:
        """Return whether it is read for its people alone."""
        return "building" not in self.tags and not _is_area(self.tags)


def read_osm(file: Path, street_tags: tuple[str, ...], area_tags: tuple[str, ...]) -> OsmArrays:
    """Return streets and areas with those of the wanted tags that occur.

    `street_tags` holds `highway`, `area_tags` holds `building` and `landuse`. A building drawn as a
    relation and again as its outer way stands once.

    Raises
    ------
    CityDataError
        Where osmium is not installed or the file cannot be read.
    """
    if importlib.util.find_spec("osmium") is None:
        raise CityDataError(
            Fault(
                where=str(file),
                what="needs the package osmium, which is not installed",
                mend="pip install 'urban-twin[osm]', or give GeoJSON files instead",
                code="E-NO-OSMIUM",
            )
        )
    osmium: Any = importlib.import_module("osmium")
    edited = plain_xml(file)
    source = str(file) if edited is None else osmium.io.FileBuffer(edited, "osm")
    try:
        return _stream(osmium, source, street_tags, area_tags)
    except (RuntimeError, OSError) as error:
        raise CityDataError(
            Fault(
                where=str(file),
                what=f"cannot be read as OpenStreetMap data: {error}",
                mend="download the extract again; osmium-tool's `osmium fileinfo FILE` checks it",
                code="E-UNREADABLE",
            )
        ) from error


def _stream(
    osmium: Any,  # noqa: ANN401 - the module itself, which may be absent
    file: Any,  # noqa: ANN401 - a name, or osmium's buffer of a file
    street_tags: tuple[str, ...],
    area_tags: tuple[str, ...],
) -> OsmArrays:
    """Read relations, points, then ways; other nodes never become objects of Python."""
    relations, points = _relations(osmium, file), _points(osmium, file)
    ways = _Ways(
        osmium, {way for relation in relations for way in relation.ways}, street_tags, area_tags
    )
    kinds = osmium.osm
    at = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    at.ignore_errors()
    with osmium.io.Reader(file, kinds.NODE | kinds.WAY) as reader:
        osmium.apply(reader, at, ways)
    del at  # the places of all nodes are not needed any more
    whole, drawn, broken = _put_together(relations, ways.border, area_tags)
    streets, areas = ways.streets.lines(), ways.areas.areas(drawn, whole)
    cut = tuple(one.tags.get("name", f"r{one.osm_id}") for one in broken if one.is_boundary())
    return OsmArrays(streets, areas, points, len(broken) - len(cut), cut, ways.n_lost)


@final
class _Ways:
    """Takes ways one by one: streets, areas, and the borders of multipolygons."""

    def __init__(
        self,
        osmium: Any,  # noqa: ANN401 - osmium has no types
        borders: set[int],
        street_tags: tuple[str, ...],
        area_tags: tuple[str, ...],
    ) -> None:
        self.streets, self.areas = FeatureColumns(street_tags), FeatureColumns(area_tags)
        self.border: dict[int, str] = {}
        self.n_lost = 0
        self._borders = borders
        self._osmium = osmium
        self._shaper = osmium.geom.WKBFactory()

    def way(self, way: Any) -> None:  # noqa: ANN401 - osmium has no types
        """Look at a way; osmium calls this by its name."""
        tags, number = way.tags, way.id
        area = "building" in tags
        alone = area and len(tags) == 1  # most ways of a town are a building and nothing else
        street = not alone and "highway" in tags
        area = area or (not alone and _is_area(tags))
        border = number in self._borders
        if not (street or area or border):
            return
        digits = _line(self._osmium, self._shaper, way)
        if not digits:
            self.n_lost += street or area
            return
        if street:
            self.streets.add(number, tags, digits)
        if area:
            self.areas.add(number, tags, digits)
        if border:
            self.border[number] = digits


def _line(osmium: Any, shaper: Any, way: Any) -> str:  # noqa: ANN401 - osmium has no types
    """Return a way as WKB in digits, at the border of an extract its known part, '' if none."""
    try:
        digits: str = shaper.create_linestring(way)
    except (RuntimeError, osmium.InvalidLocationError):  # a single place, or a node left out
        located = [(n.lon, n.lat) for n in way.nodes if n.location.valid()]
        if len(set(located)) < _MIN_NODES:
            return ""
        digits = shapely.to_wkb(shapely.linestrings(located), hex=True, byte_order=1)
    return digits


def _points(osmium: Any, file: Any) -> gpd.GeoDataFrame:  # noqa: ANN401 - osmium has no types
    """Return the nodes that may be a facility or a settlement."""
    reader = osmium.FileProcessor(file, osmium.osm.NODE).with_filter(
        osmium.filter.KeyFilter(*_POINTS)
    )
    rows = [
        (node.lon, node.lat, *(node.tags.get(tag, "") for tag in POINT_TAGS))
        for node in reader
        if node.location.valid()
    ]
    table = pd.DataFrame(rows, columns=["lon", "lat", *POINT_TAGS], dtype=object)
    at = shapely.points(table[["lon", "lat"]].to_numpy(dtype=np.float64))
    return gpd.GeoDataFrame(table[[*POINT_TAGS]], geometry=at, crs="EPSG:4326")


def _relations(osmium: Any, file: Any) -> list[_Relation]:  # noqa: ANN401 - osmium has no types
    """Return the multipolygons that are areas here."""
    reader = (
        osmium.FileProcessor(file, osmium.osm.RELATION)
        .with_filter(osmium.filter.TagFilter(("type", "multipolygon"), ("type", "boundary")))
        .with_filter(osmium.filter.KeyFilter("building", *_AREAS, "boundary", "power"))
    )
    found = []
    for relation in reader:
        if not _is_read(relation.tags):
            continue
        ways = [(member.ref, member.role) for member in relation.members if member.type == "w"]
        tags = dict(relation.tags)
        outer = tuple(ref for ref, role in ways if role != "inner") if "building" in tags else ()
        found.append(_Relation(relation.id, tags, tuple(ref for ref, _ in ways), outer))
    return found


def _is_read(tags: Any) -> bool:  # noqa: ANN401 - osmium has no types
    """Return whether a relation is an area that is used; of boundaries those with people."""
    return "building" in tags or _is_area(tags) or ("boundary" in tags and "population" in tags)


def _is_area(tags: Any) -> bool:  # noqa: ANN401 - osmium has no types
    """Return whether a closed way is an area that is read, though it is no building."""
    return any(name in tags for name in _AREAS) or tags.get("power") == "plant"


def _put_together(
    relations: list[_Relation], line: dict[int, str], wanted: tuple[str, ...]
) -> tuple[Features, Int64, list[_Relation]]:
    """Return the areas that relations enclose, ways drawn by them, and relations without area.

    Ways are joined to faces, and faces taken by the even-odd rule (GEOS BuildArea), whatever the
    roles of the members say.
    """
    collections = np.empty(len(relations), dtype=object)
    for row, relation in enumerate(relations):
        parts = shapely.from_wkb([line[way] for way in relation.ways if way in line])
        collections[row] = shapely.MultiLineString(list(parts))
    with np.errstate(invalid="ignore"):  # GEOS compares nothing with nothing
        areas = shapely.build_area(collections)
    whole = ~shapely.is_empty(areas)
    kept = [relation for relation, ok in zip(relations, whole, strict=True) if ok]
    columns: dict[str, NDArray[np.object_]] = {
        name: np.array([relation.tags.get(name, "") for relation in kept], dtype=object)
        for name in wanted
        if any(name in relation.tags for relation in kept)
    }
    minus = np.array([-relation.osm_id for relation in kept], dtype=np.int64)
    drawn = np.array([way for relation in kept for way in relation.outer], dtype=np.int64)
    broken = [relation for relation, ok in zip(relations, whole, strict=True) if not ok]
    return areas_of(minus, columns, areas[whole]), drawn, broken
