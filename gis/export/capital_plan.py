"""A plan of works as a table and as a map layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from gis.export.geopackage import write_layers
from gis.export.styles import Style
from gis.export.writable import writable

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from twin.city.bundle import City

LAYER = "works"
_STYLE = Style(
    "LineString",
    "action",
    {"line": "#7570b3", "replace": "#d95f02", "loop": "#1b9e77", "decommission": "#666666",
     "": "#d95f02"},
    {"": 1.2},
)  # fmt: skip
_COLUMNS = ("year", "uid", "network", "action", "length_m", "cost_kzt", "reason")


def write_plan_table(plan: pd.DataFrame, path: Path) -> Path:
    """Write works as CSV in UTF-8 with a byte order mark, as spreadsheets read it; by year."""
    path = writable(path)
    frame = plan.sort_values(["year", "end_day"], kind="stable")[list(_COLUMNS)]
    draft = path.with_name(f".{path.name}")
    frame.to_csv(draft, index=False, encoding="utf-8-sig", float_format="%.2f")
    draft.replace(path)
    return path


def write_plan_geopackage(city: City, plan: pd.DataFrame, path: Path) -> Path:
    """Write works as a layer of lines, each along its main or street.

    Parameters
    ----------
    city
        With every edge that the plan names.
    plan
        Columns of a run's works.
    path
        GeoPackage.
    """
    shapes = np.empty(len(plan), dtype=object)
    streets = (plan["network"] == "street").to_numpy()
    for is_street, edges in ((True, city.street_edges), (False, city.util_edges)):
        rows = np.flatnonzero(streets == is_street)
        lines = np.asarray(edges.geometry.to_numpy())
        shapes[rows] = lines[plan["edge_id"].to_numpy()[rows]]
    frame = gpd.GeoDataFrame(plan[list(_COLUMNS)], geometry=shapes, crs=city.crs or None)
    return write_layers(path, {LAYER: frame}, {LAYER: _STYLE})
