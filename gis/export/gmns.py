"""Streets as GMNS tables: node, link, zone and config as CSV.

Reference: General Modeling Network Specification 0.95, Zephyr Foundation (link, node, zone and
config tables; lengths in the unit that `config.csv` names).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.export.writable import writable

if TYPE_CHECKING:
    from twin.city.bundle import City

VERSION = "0.95"
_KMH_PER_MS = 3.6
_TWO_WAY = 2


def write_gmns(city: City, folder: Path) -> Path:
    """Write `node.csv`, `link.csv`, `zone.csv` and `config.csv`; a two-way street is two links."""
    folder = Path(folder)
    for name, frame in (
        ("node", _nodes(city)),
        ("link", _links(city)),
        ("zone", _zones(city)),
        ("config", _config(city)),
    ):
        frame.to_csv(writable(folder / f"{name}.csv"), index=False, lineterminator="\n")
    return folder


def _nodes(city: City) -> pd.DataFrame:
    nodes, zones = city.street_nodes, city.zones
    zone = pd.Series(zones["zone_id"].to_numpy(), index=zones["street_node_id"].to_numpy())
    zone = zone[~zone.index.duplicated()]
    return pd.DataFrame(
        {
            "node_id": nodes["street_node_id"],
            "name": nodes["uid"],
            "x_coord": nodes["x_m"],
            "y_coord": nodes["y_m"],
            "z_coord": nodes["elevation_m"],
            "zone_id": zone.reindex(nodes["street_node_id"]).astype("Int64").array,
        }
    )


def _links(city: City) -> pd.DataFrame:
    edges = city.street_edges
    back = np.flatnonzero(~edges["oneway"].to_numpy(dtype=bool))
    rows = np.concatenate([np.arange(len(edges)), back])
    turned = np.arange(rows.size) >= len(edges)
    tail, head = edges["tail"].to_numpy()[rows], edges["head"].to_numpy()[rows]
    lines = np.asarray(edges.geometry.values)[rows]
    lines[turned] = shapely.reverse(lines[turned])
    lanes = edges["lanes"].to_numpy()
    return pd.DataFrame(
        {
            "link_id": _TWO_WAY * edges["street_edge_id"].to_numpy()[rows] + turned,
            "name": edges["uid"].to_numpy()[rows],
            "from_node_id": np.where(turned, head, tail),
            "to_node_id": np.where(turned, tail, head),
            "directed": 1,
            "dir_flag": 1,
            "length": edges["length_m"].to_numpy()[rows],
            "facility_type": edges["road_class"].to_numpy()[rows],
            "capacity": (edges["capacity_vehph"].to_numpy() / lanes)[rows],
            "free_speed": np.round(edges["speed_ms"].to_numpy()[rows] * _KMH_PER_MS, 3),
            "lanes": lanes[rows],
            "geometry": shapely.to_wkt(lines, rounding_precision=3),
        }
    ).sort_values("link_id", kind="stable")


def _zones(city: City) -> pd.DataFrame:
    zones = city.zones
    return pd.DataFrame(
        {
            "zone_id": zones["zone_id"],
            "name": zones["name"],
            "boundary": shapely.to_wkt(np.asarray(zones.geometry.values), rounding_precision=3),
            "people": zones["people"],
            "jobs": zones["jobs"],
        }
    )


def _config(city: City) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "dataset_name": [city.name],
            "short_length": "meter",
            "long_length": "meter",
            "speed": "kilometers_per_hour",
            "crs": city.crs,
            "geometry_field_format": "wkt",
            "version_number": VERSION,
            "id_type": "integer",
        }
    )
