"""A heat network and its solution as GeoParquet, for GIS programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    import pandas as pd

    from twin.flows.heat.network import HeatNetwork
    from twin.flows.heat.solver import HeatSolution

_KEYS = {"nodes": "node", "pipes": "pipe", "consumers": "consumer", "sources": "source"}


def to_geoparquet(
    net: HeatNetwork, folder: Path | str, *, crs: str, solution: HeatSolution | None = None
) -> list[Path]:
    """Write `nodes`, `pipes`, `consumers` and `sources` as GeoParquet files; return their paths.

    Parameters
    ----------
    net
        Network whose node table has places in columns `x` and `y`.
    folder
        Created where it does not exist; files of these names in it are replaced.
    crs
        Coordinate system of the places, such as `EPSG:32642`.
    solution
        Adds results beside the input; a result of the same name as an input ends in `_found`.

    Raises
    ------
    CityDataError
        If a node has no place.

    Notes
    -----
    A pipe is the straight line between its nodes; consumers and sources stand at their supply node.
    """
    places = _places(net)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    row = {name: i for i, name in enumerate(net.nodes["node"])}
    ends = [net.pipes[end].map(row).to_numpy(dtype=np.int64) for end in ("from_node", "to_node")]
    shapes = {
        "nodes": shapely.points(places),
        "pipes": shapely.linestrings(np.stack([places[end] for end in ends], axis=1)),
        "consumers": shapely.points(places[net.consumers["supply_node"].map(row).to_numpy()]),
        "sources": shapely.points(places[net.sources["supply_node"].map(row).to_numpy()]),
    }
    written = []
    for name, key in _KEYS.items():
        frame: pd.DataFrame = getattr(net, name)
        if solution is not None:
            found: pd.DataFrame = getattr(solution, name).drop(columns=key)
            taken = {column: f"{column}_found" for column in found if column in frame}
            frame = frame.join(found.rename(columns=taken))
        table = gpd.GeoDataFrame(frame, geometry=shapes[name], crs=crs)
        path = folder / f"{name}.parquet"
        temporary = folder / f".{name}.parquet"
        table.to_parquet(temporary)
        temporary.replace(path)
        written.append(path)
    return written


def _places(net: HeatNetwork) -> np.ndarray:
    """Return the nodes' coordinates, shape (n_nodes, 2)."""
    nodes = net.nodes
    if not {"x", "y"} <= set(nodes):
        mend = "add columns x and y, in one coordinate system, before making the network"
        raise CityDataError(Fault("nodes", "has no places (columns x and y)", mend))
    places: np.ndarray = nodes[["x", "y"]].to_numpy(dtype=np.float64)
    rows = np.flatnonzero(~np.isfinite(places).all(axis=1))
    if rows.size:
        what = f"{nodes['node'].iloc[int(rows[0])]!r} has no place; {rows.size} such"
        raise CityDataError(Fault(f"nodes row {rows[0]}", what, "fill in x and y"))
    return places
