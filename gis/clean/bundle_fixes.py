"""Mend in a city what can be mended without losing anything; what was changed is kept.

Only repairs that leave every given fact as it was: an order, a shape drawn wrongly round the same
ground, a street drawn twice vertex by vertex, two street ends within a metre of each other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from gis.clean.repairs import RepairLog
from gis.clean.street_graph import groups_of, place_keys
from twin.city.quality_networks import NEAR_MISS_M
from twin.city.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from twin.city.bundle import City
    from twin.core.arrays import Int64

_SAME_AREA_M2, _SAME_SHARE = 1.0, 1e-3
_ALIKE = ("road_class", "lanes", "oneway", "speed_ms")


def fix_city(city: City) -> tuple[City, RepairLog]:
    """Return a city with its loss-free repairs made, and what was changed.

    References between tables hold; the repairs are also among the notes of the city.
    """
    log = RepairLog()
    steps: tuple[Callable[[City, RepairLog], City], ...] = (
        _persons_in_order,
        _valid_outlines,
        _ends_joined,
        _doubles_dropped,
    )
    for step in steps:
        city = step(city, log)
    notes = tuple(f"Mended by check --fix: {one.note} ({one.code})" for one in log.made)
    return replace(city, notes=(*city.notes, *notes)), log


def _persons_in_order(city: City, log: RepairLog) -> City:
    """Sort persons by building, as they are kept; each stays who they are."""
    home = city.persons["building_id"].to_numpy()
    if not (np.diff(home) < 0).any():
        return city
    order = np.argsort(home, kind="stable")
    persons = city.persons.iloc[order].reset_index(drop=True)
    persons["person_id"] = np.arange(len(persons), dtype=np.int32)
    log.add("E-ORDER", f"{(np.diff(home) < 0).sum()} breaks in the order of persons were sorted.")
    return replace(city, persons=persons)


def _valid_outlines(city: City, log: RepairLog) -> City:
    """Redraw outlines that cross themselves, where that is the same ground in one piece."""
    shapes = np.asarray(city.buildings.geometry.values)
    rows = np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes))
    if not rows.size:
        return city
    redrawn = shapely.make_valid(shapes[rows])
    told = city.buildings["footprint_m2"].to_numpy()[rows]
    same = shapely.get_type_id(redrawn) == shapely.GeometryType.POLYGON
    same &= np.abs(shapely.area(redrawn) - told) <= _SAME_AREA_M2 + _SAME_SHARE * told
    if not same.any():
        return city
    uid = city.buildings["uid"].to_numpy(dtype=object)[rows[same]]
    log.add(
        "E-GEOM-INVALID",
        f"{same.sum()} outlines were redrawn round the same ground.",
        before=(shapes[rows[same]], uid),
        after=(redrawn[same], uid),
    )
    mended = shapes.copy()
    mended[rows[same]] = redrawn[same]
    return replace(city, buildings=_with_shapes(city.buildings, mended))


def _ends_joined(city: City, log: RepairLog) -> City:
    """Make street ends within a metre of another node one with it."""
    nodes, edges = city.street_nodes, city.street_edges
    xy = nodes[["x_m", "y_m"]].to_numpy(dtype=np.float64)
    ends = np.concatenate([edges["tail"].to_numpy(), edges["head"].to_numpy()])
    loose = np.bincount(ends, minlength=len(nodes)) == 1
    pairs = cKDTree(xy).query_pairs(NEAR_MISS_M, output_type="ndarray").astype(np.int64)
    pairs = pairs[loose[pairs].any(axis=1)] if len(pairs) else pairs
    if not len(pairs):
        return city
    group = groups_of(len(nodes), pairs)
    lines = np.asarray(edges.geometry.values).copy()
    tail, head = group[edges["tail"].to_numpy()], group[edges["head"].to_numpy()]
    moved = np.flatnonzero((tail != edges["tail"]) | (head != edges["head"]))
    before = lines[moved].copy()
    for row in moved:
        points = shapely.get_coordinates(lines[row])
        points[0], points[-1] = xy[tail[row]], xy[head[row]]
        lines[row] = shapely.linestrings(points)
    uid = edges["uid"].to_numpy(dtype=object)[moved]
    log.add(
        "W-NEAR-MISS",
        f"{len(pairs)} street ends within {NEAR_MISS_M:g} m of another node were joined to it.",
        before=(before, uid),
        after=(lines[moved], uid),
    )
    joined = _with_shapes(edges, lines).assign(tail=tail, head=head)
    return _without_rows(replace(city, street_edges=joined), "street_nodes", group)


def _doubles_dropped(city: City, log: RepairLog) -> City:
    """Drop streets equal in every vertex and attribute to an earlier one, either way round."""
    edges = city.street_edges
    first: dict[tuple[object, ...], int] = {}
    kept = np.arange(len(edges), dtype=np.int64)
    lines = np.asarray(edges.geometry.values)
    told = list(edges[list(_ALIKE)].itertuples(index=False, name=None))
    for row, line in enumerate(lines):
        keys = place_keys(shapely.get_coordinates(line))
        forth, back = keys.tobytes(), keys[::-1].tobytes()
        ways = (forth,) if told[row][2] else (forth, back)
        found = next((first[way, *told[row]] for way in ways if (way, *told[row]) in first), None)
        if found is None:
            first[forth, *told[row]] = row
        else:
            kept[row] = found
    gone = kept != np.arange(kept.size)
    if not gone.any():
        return city
    log.add(
        "W-PARALLEL",
        f"{gone.sum()} streets drawn twice were left out; what stood at them stands at the other.",
        before=(lines[gone], edges["uid"].to_numpy(dtype=object)[gone]),
    )
    return _without_rows(city, "street_edges", kept)


def _with_shapes(frame: gpd.GeoDataFrame, shapes: NDArray[np.object_]) -> gpd.GeoDataFrame:
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def _without_rows(city: City, name: str, stands_for: Int64) -> City:
    """Return a city without the rows of a table that others represent, references renumbered.

    Parameters
    ----------
    city
        Any city.
    name
        Table that loses rows.
    stands_for
        Row that each row of the table is from now on, shape (n_rows,).
    """
    kept = np.flatnonzero(stands_for == np.arange(stands_for.size))
    new = np.full(stands_for.size, -1, dtype=np.int64)
    new[kept] = np.arange(kept.size)
    new = new[stands_for]
    frames = {}
    for table in TABLES:
        frame = city.table(table.name)
        columns = {column for column, other in table.references.items() if other == name}
        if table.name == name:
            frame = frame.iloc[kept].reset_index(drop=True)
            frame[table.id_column] = np.arange(kept.size, dtype=np.int32)
        if name == "street_nodes" and table.name == "util_nodes":
            columns.add("street_node_id")
        for column in columns:
            old = frame[column].to_numpy()
            frame = frame.assign(**{column: np.where(old >= 0, new[old], -1).astype(np.int32)})
        frames[table.name] = frame
    return replace(city, **frames)
