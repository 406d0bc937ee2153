"""Check a whole city and report every fault at once; `E-` codes are errors, `W-` warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin.city.networks import UTILITIES
from twin.city.tables import TABLES
from twin.core.columns import Table, table_faults
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    import pandas as pd

    from twin.city.bundle import City
    from twin.core.arrays import Bool, Int32

_NEEDED = ("street_nodes", "street_edges", "zones", "buildings", "households", "persons")
_BESIDE_DEG = 3.0
"""How far beside its area a CRS is still used: half a UTM zone."""


def fault_of_rows(where: str, bad: Bool, what: str, mend: str, code: str) -> list[Fault]:
    """Return one fault for all bad rows of a table, or none.

    Parameters
    ----------
    where
        Table, or table and column.
    bad
        Which rows, shape (n_rows,).
    """
    rows = np.flatnonzero(bad)
    if not rows.size:
        return []
    return [
        Fault(
            where=f"{where} row {rows[0]}",
            what=f"{what}; {rows.size} such",
            mend=mend,
            code=code,
            rows=tuple(rows.tolist()),
        )
    ]


def validate(city: City) -> list[Fault]:
    """Return all faults of a city: columns, values, references, CRS, networks."""
    faults = _crs_faults(city.crs) or _extent_faults(city)
    for table in TABLES:
        frame = city.table(table.name)
        found = table_faults(table, frame) + _row_faults(table, frame)
        faults += found
        if not any(fault.code == "E-COLUMN-MISSING" for fault in found):
            faults += _reference_faults(city, table, frame)
            faults += _geometry_faults(table, frame)
    if any(fault.code.startswith("E-") for fault in faults):
        return faults  # networks cannot be walked on broken references
    return faults + _street_faults(city) + _utility_faults(city) + _people_faults(city)


def require_valid(city: City) -> list[Fault]:
    """Return the warnings of a city, or raise `CityDataError` with all its errors."""
    faults = validate(city)
    errors = [fault for fault in faults if fault.code.startswith("E-")]
    if errors:
        raise CityDataError(errors)
    return faults


def _crs_faults(crs: str) -> list[Fault]:
    mend = "name a metric CRS, such as --crs EPSG:32642 (UTM 42N, Astana and Akkol)"
    if not crs:
        return [Fault("city.json crs", "is missing", mend, "E-CRS-MISSING")]
    try:
        parsed = CRS.from_user_input(crs)
    except CRSError:
        return [Fault("city.json crs", f"{crs!r} is not a known CRS", mend, "E-CRS-MISSING")]
    if parsed.is_geographic:
        return [Fault("city.json crs", f"{crs} is in degrees", mend, "E-CRS-GEOGRAPHIC")]
    return []


def _extent_faults(city: City) -> list[Fault]:
    """Return that a city lies where its CRS is not meant for."""
    crs = CRS.from_user_input(city.crs)
    area, frame = crs.area_of_use, city.street_nodes
    if area is None or not len(frame) or not {"x_m", "y_m"} <= set(frame):
        return []
    x_m, y_m = (float(np.median(frame[name])) for name in ("x_m", "y_m"))
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)

    def inside(x: float, y: float) -> bool:
        lon, lat = to_degrees.transform(x, y)
        return bool(
            area.west - _BESIDE_DEG <= lon <= area.east + _BESIDE_DEG
            and area.south - _BESIDE_DEG <= lat <= area.north + _BESIDE_DEG
        )

    if not np.isfinite([x_m, y_m]).all() or inside(x_m, y_m):
        return []
    swapped = inside(y_m, x_m)
    return [
        Fault(
            where="street_nodes",
            what=f"lies about ({x_m:.0f}, {y_m:.0f}), outside {city.crs} ({area.name})"
            + (", and inside it with x and y exchanged" if swapped else ""),
            mend="exchange x and y of the source and build again"
            if swapped
            else "name the CRS the coordinates are in",
            code="E-AXIS-SWAPPED" if swapped else "E-CRS-AREA",
        )
    ]


def _row_faults(table: Table, frame: pd.DataFrame) -> list[Fault]:
    """Return that a table has no rows where a city needs some, and names used twice."""
    if table.name in _NEEDED and not len(frame):
        mend = "build the city again from a source that has some"
        return [Fault(table.name, f"is empty: {table.meaning}", mend, "E-EMPTY")]
    if "uid" not in frame:
        return []
    return fault_of_rows(
        f"{table.name}.uid",
        frame["uid"].duplicated().to_numpy(),
        "is the name of an earlier row",
        "give each row a name of its own",
        "E-DUP-ID",
    )


def _reference_faults(city: City, table: Table, frame: pd.DataFrame) -> list[Fault]:
    """Return references to rows that do not exist."""
    faults = []
    for name, target in table.references.items():
        values = frame[name].to_numpy(dtype=np.int64)
        low = table.column(name).low
        bad = (values >= len(city.table(target))) | (values < (0 if low is None else low))
        rows = np.flatnonzero(bad)
        if rows.size:
            faults.append(
                Fault(
                    where=f"{table.name}.{name} row {rows[0]}",
                    what=f"= {values[rows[0]]} is not a row of {target}; {rows.size} such",
                    mend=f"add the row to {target}, or remove the reference",
                    code="E-DANGLING",
                    rows=tuple(rows.tolist()),
                )
            )
    return faults


def _geometry_faults(table: Table, frame: pd.DataFrame) -> list[Fault]:
    """Return missing, invalid or wrongly typed geometries."""
    if not table.geometry:
        return []
    if "geometry" not in frame:
        return [Fault(table.name, "has no geometry", "add it", "E-GEOM-TYPE")]
    shapes = frame["geometry"]
    faults = []
    for bad, what, code in (
        (shapes.isna().to_numpy(), "has no geometry", "E-GEOM-NULL"),
        ((shapes.geom_type != table.geometry).to_numpy(), f"is no {table.geometry}", "E-GEOM-TYPE"),
        (~shapes.is_valid.to_numpy(), "is an invalid shape", "E-GEOM-INVALID"),
    ):
        rows = np.flatnonzero(bad)
        if rows.size:
            faults.append(
                Fault(
                    where=f"{table.name} row {rows[0]}",
                    what=f"{what}; {rows.size} such",
                    mend="repair the shape, for instance with shapely.make_valid",
                    code=code,
                    rows=tuple(rows.tolist()),
                )
            )
            break  # a missing shape is also of the wrong type and invalid
    return faults


def component_of(n_nodes: int, tail: Int32, head: Int32) -> Int32:
    """Return each node's connected part, the largest numbered 0."""
    links = coo_matrix((np.ones(tail.size), (tail, head)), shape=(n_nodes, n_nodes))
    _, label = connected_components(links, directed=False)
    order = np.argsort(-np.bincount(label), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    parts: Int32 = rank[label].astype(np.int32)
    return parts


def _street_faults(city: City) -> list[Fault]:
    """Return self-loops and disconnected pieces of the street network."""
    edges = city.street_edges
    tail, head = edges["tail"].to_numpy(), edges["head"].to_numpy()
    faults = []
    loops = np.flatnonzero(tail == head)
    if loops.size:
        faults.append(
            Fault(
                where=f"street_edges row {loops[0]}",
                what=f"starts and ends at the same node; {loops.size} such",
                mend="a cul-de-sac loop is lawful; otherwise remove it on import",
                code="W-SELF-LOOP",
                rows=tuple(loops.tolist()),
            )
        )
    part = component_of(len(city.street_nodes), tail, head)
    if part.size and part.max() > 0:
        away = np.flatnonzero(part > 0)
        faults.append(
            Fault(
                where="street_nodes",
                what=f"{away.size} of {part.size} nodes are not joined to the largest part",
                mend="join the pieces, or import with --keep-largest",
                code="W-COMPONENTS",
                rows=tuple(away.tolist()),
            )
        )
    served = np.unique(city.buildings["street_node_id"].to_numpy())
    lost = served[part[served] > 0] if part.size else served
    if lost.size:
        faults.append(
            Fault(
                where=f"buildings at street node {lost[0]}",
                what=f"stand on a piece of street cut off from the town; {lost.size} such nodes",
                mend="join the pieces, or import with --keep-largest",
                code="W-BUILDING-CUT-OFF",
                rows=tuple(
                    np.flatnonzero(np.isin(city.buildings["street_node_id"], lost)).tolist()
                ),
            )
        )
    return faults


def _utility_faults(city: City) -> list[Fault]:
    """Return utility parts that have consumers and no source."""
    faults = []
    nodes, edges = city.util_nodes, city.util_edges
    same = nodes["network"].to_numpy()
    crossing = np.flatnonzero(
        (same[edges["tail"]] != edges["network"].to_numpy())
        | (same[edges["head"]] != edges["network"].to_numpy())
    )
    if crossing.size:
        faults.append(
            Fault(
                where=f"util_edges row {crossing[0]}",
                what=f"joins nodes of another network; {crossing.size} such",
                mend="give both ends the edge's network",
                code="E-NETWORK-MIX",
                rows=tuple(crossing.tolist()),
            )
        )
    part = component_of(len(nodes), edges["tail"].to_numpy(), edges["head"].to_numpy())
    ends = [kind for network in UTILITIES for kind in network.end_kinds]
    fed_parts = np.unique(part[nodes["kind"].isin(ends).to_numpy()])
    for network in UTILITIES:
        served = city.buildings[network.node_column].to_numpy()
        served = np.unique(served[served >= 0])
        dry = served[~np.isin(part[served], fed_parts)]
        if dry.size:
            faults.append(
                Fault(
                    where=f"util_nodes {dry[0]} ({network.name})",
                    what=f"serves buildings and has no source; {dry.size} such nodes",
                    mend=f"join it to a node of kind {' or '.join(network.end_kinds)}",
                    code="E-NO-SOURCE",
                    rows=tuple(dry.tolist()),
                )
            )
    return faults


def _people_faults(city: City) -> list[Fault]:
    """Return counts that do not agree between persons, households, buildings and zones."""
    faults = []
    persons, buildings = city.persons, city.buildings
    per_building = np.bincount(persons["building_id"], minlength=len(buildings))
    checks = (
        ("buildings.people", buildings["people"].to_numpy(), per_building),
        (
            "zones.people",
            city.zones["people"].to_numpy(),
            np.bincount(
                buildings["zone_id"], weights=buildings["people"], minlength=len(city.zones)
            ),
        ),
        (
            "households.size",
            city.households["size"].to_numpy(),
            np.bincount(persons["household_id"], minlength=len(city.households)),
        ),
    )
    for where, told, counted in checks:
        rows = np.flatnonzero(told != counted)
        if rows.size:
            faults.append(
                Fault(
                    where=f"{where} row {rows[0]}",
                    what=f"= {told[rows[0]]:g}, counted {counted[rows[0]]:g}; {rows.size} such",
                    mend="count the persons table again",
                    code="E-COUNT",
                    rows=tuple(rows.tolist()),
                )
            )
    if not (np.diff(persons["building_id"].to_numpy()) >= 0).all():
        faults.append(
            Fault(
                where="persons",
                what="is not sorted by building_id",
                mend="sort it and renumber person_id",
                code="E-ORDER",
            )
        )
    return faults
