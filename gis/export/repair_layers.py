"""What was repaired in a map, as a GeoPackage: two styled layers per repair, before and after."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyogrio

from gis.export.styles import Style, add_styles
from gis.export.writable import writable

if TYPE_CHECKING:
    from gis.clean.repairs import RepairLog

REPAIRS_FILE = "repairs.gpkg"
"""Name of the layer file in the folder of a city."""
_COLOUR = {"before": "#d1495b", "after": "#1f78b4"}
_WIDTH_MM = {"LineString": 0.6, "Point": 2.0}


def write_repairs(log: RepairLog, path: Path, crs: str) -> int:
    """Write the shapes of all repairs; return how many there are. Nothing is written for none.

    Layers are called by code and state, such as `W-PARALLEL before`; each row has `code`, `origin`
    (id in the source) and `what`.
    """
    layers = _layers(log, crs)
    if not layers:
        return 0
    path = writable(path)
    styles = {name: _style(frame, name.split()[1]) for name, frame in layers.items()}
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        draft = Path(folder) / path.name
        for name, frame in layers.items():
            pyogrio.write_dataframe(frame, draft, layer=name, driver="GPKG")
        add_styles(draft, styles)
        draft.replace(path)
    return sum(len(frame) for frame in layers.values())


def _layers(log: RepairLog, crs: str) -> dict[str, gpd.GeoDataFrame]:
    """Return the rows of each layer, repairs of one code together."""
    layers: dict[str, gpd.GeoDataFrame] = {}
    for code in dict.fromkeys(one.code for one in log.made):
        made = [one for one in log.made if one.code == code]
        for state in ("before", "after"):
            shapes = np.concatenate([getattr(one, state) for one in made])
            if not shapes.size:
                continue
            columns: dict[str, object] = {
                "code": np.full(shapes.size, code, dtype=object),
                "origin": np.concatenate([getattr(one, f"{state}_origin") for one in made]),
                "what": np.concatenate(
                    [np.full(len(getattr(one, state)), one.note, dtype=object) for one in made]
                ),
            }
            layers[f"{code} {state}"] = gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
    return layers


def _style(frame: gpd.GeoDataFrame, state: str) -> Style:
    kind = str(frame.geom_type.iloc[0])
    return Style(kind, "", {"": _COLOUR[state]}, {"": _WIDTH_MM[kind]})
