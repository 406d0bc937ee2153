"""Write the node and edge tables of a utility network, with what does not apply left empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from twin.city.tables import UTIL_EDGES, UTIL_NODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gis.networks.network_tools import TrenchGraph
    from twin.core.arrays import Float64, Int64
    from twin.core.columns import Table

_GIVEN_FOR_ALL = {"source": "synthetic", "attributes_source": "synthetic", "confidence": 0.3}


def node_table(
    network: str, xy_m: Float64, columns: Mapping[str, object], *, crs: object
) -> gpd.GeoDataFrame:
    """Return a table of `UTIL_NODES`; columns not given are NaN, shape of `xy_m` (n, 2)."""
    return _table(UTIL_NODES, network, shapely.points(xy_m), columns, crs)


def edge_table(
    network: str, lines: NDArray[np.object_], columns: Mapping[str, object], *, crs: object
) -> gpd.GeoDataFrame:
    """Return a table of `UTIL_EDGES`; columns not given are NaN, one row per line."""
    return _table(UTIL_EDGES, network, lines, columns, crs)


def _table(
    table: Table,
    network: str,
    shapes: NDArray[np.object_],
    columns: Mapping[str, object],
    crs: object,
) -> gpd.GeoDataFrame:
    size = len(shapes)
    given: dict[str, object] = {
        **_GIVEN_FOR_ALL,
        **columns,
        "network": network,
        table.id_column: np.arange(size, dtype=np.int32),
    }
    out: dict[str, object] = {}
    for column in table.columns:
        dtype = object if column.dtype == "str" else column.dtype
        absent = np.nan if column.absent is None else column.absent
        value = given.get(column.name, absent if size else [])
        out[column.name] = np.broadcast_to(np.asarray(value, dtype=dtype), size).copy()
    return gpd.GeoDataFrame(out, geometry=list(shapes), crs=crs)


def lines_from(graph: TrenchGraph, pieces: Int64, tail: Int64) -> NDArray[np.object_]:
    """Return the shapes of pieces, turned so that each starts at its node in `tail`."""
    lines = graph.line[pieces].copy()
    turned = graph.tail[pieces] != tail
    lines[turned] = shapely.reverse(lines[turned])
    return lines


def middles(graph: TrenchGraph, pieces: Int64) -> Float64:
    """Return the point half way along each piece, shape (n_pieces, 2)."""
    points = shapely.line_interpolate_point(graph.line[pieces], 0.5, normalized=True)
    xy: Float64 = shapely.get_coordinates(points)
    return xy
