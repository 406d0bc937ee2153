"""Stream an OpenStreetMap file with osmium, an optional dependency."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any, final

import geopandas as gpd
import numpy as np
import shapely

from twin.core.errors import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_WGS84 = "EPSG:4326"
_MIN_NODES = 2
_BATCH = 20_000


def read_osm(file: Path, tags: tuple[str, ...], faults: list[Fault]) -> list[gpd.GeoDataFrame]:
    """Return streets (lines) and areas with `building` or `landuse`, with the wanted tags.

    Multipolygon relations are put together. A fault is added where osmium is not installed or the
    file cannot be read.
    """
    if importlib.util.find_spec("osmium") is None:
        faults.append(
            Fault(
                where=str(file),
                what="needs the package osmium, which is not installed",
                mend="pip install 'urban-twin[osm]', or give GeoJSON files instead",
                code="E-NO-OSMIUM",
            )
        )
        return []
    osmium: Any = importlib.import_module("osmium")
    lines, areas = _Features(tags), _Features(tags)
    try:
        _stream(osmium, file, lines, areas)
    except (RuntimeError, OSError) as error:
        faults.append(
            Fault(
                where=str(file),
                what=f"cannot be read as OpenStreetMap data: {error}",
                mend="download the extract again; osmium-tool's `osmium fileinfo FILE` checks it",
                code="E-UNREADABLE",
            )
        )
        return []
    return [part.frame() for part in (lines, areas) if part.ids]


@final
class _Features:
    """Features as columns while they are read: only tags that are there take room."""

    def __init__(self, tags: tuple[str, ...]) -> None:
        self.ids: list[str] = []
        self._values: dict[str, tuple[list[int], list[str]]] = {tag: ([], []) for tag in tags}
        self._fresh: list[str] = []
        self._shapes: list[NDArray[np.object_]] = []

    def add(self, osm_id: str, found: Any, wkb_hex: str) -> None:  # noqa: ANN401 - osmium's tag list has no types
        """Take a feature with its tags."""
        row = len(self.ids)
        values = self._values
        for tag in found:
            column = values.get(tag.k)
            if column is not None:
                column[0].append(row)
                column[1].append(tag.v)
        self.ids.append(osm_id)
        self._fresh.append(wkb_hex)
        if len(self._fresh) == _BATCH:
            self._shape()

    def _shape(self) -> None:
        """Turn text into shapes, which take a third of its room."""
        self._shapes.append(shapely.from_wkb(self._fresh))
        self._fresh.clear()

    def frame(self) -> gpd.GeoDataFrame:
        """Return all features with the tags that occur."""
        self._shape()
        columns: dict[str, object] = {"osm_id": np.array(self.ids, dtype=object)}
        for tag, (rows, values) in self._values.items():
            if rows:
                column = np.full(len(self.ids), "", dtype=object)
                column[rows] = values
                columns[tag] = column
        shapes = np.concatenate(self._shapes)
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=_WGS84)


def _stream(
    osmium: Any,  # noqa: ANN401 - the module itself, which may be absent
    file: Path,
    lines: _Features,
    areas: _Features,
) -> None:
    """Fill `lines` and `areas`; multipolygon relations are put together by osmium."""
    wanted = osmium.filter.KeyFilter("highway", "building", "landuse")
    reader = osmium.FileProcessor(str(file)).with_areas(wanted).with_filter(wanted)
    shaper = osmium.geom.WKBFactory()
    for thing in reader:
        tags = thing.tags
        try:
            if thing.is_area():
                if "building" in tags or "landuse" in tags:
                    letter = "w" if thing.from_way() else "r"
                    shape = shaper.create_multipolygon(thing)
                    areas.add(f"{letter}{thing.orig_id()}", tags, shape)
            elif thing.is_way() and "highway" in tags:
                shape = shaper.create_linestring(thing)
                lines.add(f"w{thing.id}", tags, shape)
        except (RuntimeError, osmium.InvalidLocationError):  # no closed ring, or a node left out
            _add_known_part(thing, lines)


def _add_known_part(thing: Any, lines: _Features) -> None:  # noqa: ANN401 - osmium has no types
    """Take a way at the border of an extract without the nodes that lie outside."""
    if thing.is_area():
        return
    located = [(n.lon, n.lat) for n in thing.nodes if n.location.valid()]
    if len(set(located)) >= _MIN_NODES:
        shape = shapely.to_wkb(shapely.linestrings(located), hex=True)
        lines.add(f"w{thing.id}", thing.tags, shape)
