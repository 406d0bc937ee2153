"""Places a service works from: crews, fire engines, hospital, city hall, works of networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from gis.generate.town.lots import spread_over
from gis.names import stable_uids
from twin.city.networks import UTILITIES

if TYPE_CHECKING:
    import pandas as pd

    from twin.core.arrays import Float64, Int64

_PEOPLE_PER_FIRE_STATION = 40_000
_PEOPLE_PER_DEPOT = 120_000
_HOSTS = {
    "hospital": ("health", "public"),
    "city_hall": ("public", "office"),
    "fire_station": ("public", "utility", "office"),
    "depot": ("utility", "industrial", "public"),
}
"""Uses of buildings that may house a facility, the best first."""
_UTILITY_KINDS = {
    (network.name, node_kind): kind
    for network in UTILITIES
    for node_kind, kind in network.facilities.items()
}


def draw_facilities(
    buildings: gpd.GeoDataFrame,
    util_nodes: gpd.GeoDataFrame,
    street_nodes: gpd.GeoDataFrame,
    people: int,
) -> gpd.GeoDataFrame:
    """Return the facilities of a town.

    The largest health building is the hospital; the city hall is the public building nearest to
    where people live; fire stations and depots lie where they serve most people from near by.
    Works of the networks stand where these have them.

    Parameters
    ----------
    buildings
        With `people`, `use`, `floor_area_m2`, `street_node_id` and outlines.
    util_nodes
        Nodes of all networks of mains.
    street_nodes
        For facilities off the streets: the nearest node reaches them.
    people
        Residents of the town.
    """
    at = shapely.get_coordinates(shapely.centroid(np.asarray(buildings.geometry)))
    hosted, host = _in_buildings(buildings, at, people)
    node_of_host = buildings["street_node_id"].to_numpy()[host]
    sources, source_row = _in_networks(util_nodes)
    source_at = shapely.get_coordinates(np.asarray(util_nodes.geometry))[source_row]
    told = util_nodes["street_node_id"].to_numpy()[source_row]
    tree = cKDTree(street_nodes[["x_m", "y_m"]].to_numpy())
    node_of_source = np.where(told >= 0, told, tree.query(source_at)[1])
    where = np.concatenate([at[host], source_at])
    kinds = np.array(hosted + sources, dtype=object)
    return gpd.GeoDataFrame(
        {
            "facility_id": np.arange(kinds.size, dtype=np.int32),
            "uid": stable_uids("facility", kinds, where),
            "kind": kinds,
            "street_node_id": np.concatenate([node_of_host, node_of_source]).astype(np.int32),
            "source": np.full(kinds.size, "synthetic", dtype=object),
        },
        geometry=shapely.points(where),
        crs=buildings.crs,
    )


def _in_buildings(buildings: pd.DataFrame, at: Float64, people: int) -> tuple[list[str], Int64]:
    """Return the facilities that stand in buildings, and the building of each."""
    kinds: list[str] = []
    rows: list[int] = []
    taken = np.zeros(len(buildings), dtype=bool)
    for kind, count in (
        ("hospital", 1),
        ("city_hall", 1),
        ("fire_station", max(round(people / _PEOPLE_PER_FIRE_STATION), 1)),
        ("depot", max(round(people / _PEOPLE_PER_DEPOT), 1)),
    ):
        for row in _hosts(kind, count, buildings, at, taken).tolist():
            taken[row] = True
            kinds.append(kind)
            rows.append(row)
    return kinds, np.array(rows, dtype=np.int64)


def _in_networks(util_nodes: pd.DataFrame) -> tuple[list[str], Int64]:
    """Return the works of the networks, and the row of each in the nodes."""
    pairs = zip(util_nodes["network"], util_nodes["kind"], strict=True)
    named = [_UTILITY_KINDS.get(pair, "") for pair in pairs]
    rows = [row for row, kind in enumerate(named) if kind]
    return [named[row] for row in rows], np.array(rows, dtype=np.int64)


def _hosts(kind: str, count: int, buildings: pd.DataFrame, at: Float64, taken: np.ndarray) -> Int64:
    """Return the buildings that house a kind of facility."""
    use = buildings["use"].to_numpy(dtype=object)
    people = np.maximum(buildings["people"].to_numpy(dtype=np.float64), 1e-6)
    free = np.zeros(use.size, dtype=bool)
    for wanted in (*_HOSTS[kind], "retail", "house", "apartment"):
        free = (use == wanted) & ~taken
        if free.sum() >= count:
            break
    if kind == "hospital":
        largest = np.where(free, buildings["floor_area_m2"].to_numpy(), -1.0)
        return np.argsort(-largest, kind="stable")[:count]
    return spread_over(at, people, free, count)
