"""Stream an OpenStreetMap file with osmium, an optional dependency."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from twin.core.errors import Fault

if TYPE_CHECKING:
    from pathlib import Path

_WGS84 = "EPSG:4326"
_MIN_NODES = 2


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
    lines: list[dict[str, object]] = []
    areas: list[dict[str, object]] = []
    try:
        _stream(osmium, file, tags, lines, areas)
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
    return [_frame(rows) for rows in (lines, areas) if rows]


def _stream(
    osmium: Any,  # noqa: ANN401 - the module itself, which may be absent
    file: Path,
    tags: tuple[str, ...],
    lines: list[dict[str, object]],
    areas: list[dict[str, object]],
) -> None:
    """Fill `lines` and `areas` with one record per feature."""
    wanted = osmium.filter.KeyFilter("highway", "building", "landuse")
    reader = osmium.FileProcessor(str(file)).with_areas(wanted).with_filter(wanted)
    shaper = osmium.geom.WKBFactory()
    for thing in reader:
        if thing.is_area() and ("building" in thing.tags or "landuse" in thing.tags):
            try:
                shape = shaper.create_multipolygon(thing)
            except RuntimeError:  # osmium's word for a ring that does not close
                continue
            letter = "w" if thing.from_way() else "r"
            areas.append(_record(thing.tags, tags, f"{letter}{thing.orig_id()}", shape))
        elif thing.is_way() and "highway" in thing.tags:
            located = [(n.lon, n.lat) for n in thing.nodes if n.location.valid()]
            if len(located) >= _MIN_NODES:
                shape = shapely.to_wkb(shapely.linestrings(located), hex=True)
                lines.append(_record(thing.tags, tags, f"w{thing.id}", shape))


def _record(found: Any, tags: tuple[str, ...], osm_id: str, shape: str) -> dict[str, object]:  # noqa: ANN401 - osmium's tag list has no types
    record: dict[str, object] = {tag: found[tag] for tag in tags if tag in found}
    record["osm_id"] = osm_id
    record["geometry"] = shape
    return record


def _frame(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows)
    shapes = shapely.from_wkb(frame.pop("geometry").to_numpy())
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=_WGS84)
