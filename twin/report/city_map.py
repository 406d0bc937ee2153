"""The map's data: geometry once, wear and age of every asset as bytes per policy and year."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin.assets import KNOWN_BY
from twin.city.networks import NETWORK_NAMES, STREET
from twin.city.tables import BUILDING_USES, ROAD_CLASSES, UTIL_EDGES
from twin.core.errors import Fault, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32, Int64
    from twin.experiment.store import Run

WEAR_STEPS = 250
"""A wear of 1 as a byte; half a per cent is 1.25 steps."""
MATERIALS = UTIL_EDGES.column("material").choices
_SIMPLIFY_BUILDINGS_M = 0.4
_BYTE = 255
_WIDTH_OF_CLASS_M = {"trunk": 14.0, "arterial": 12.0, "collector": 9.0, "local": 6.0}
_LEAST_WIDTH_M = 4.5
_PIPE_WIDTH_M = 6.0
_PIPE_WIDTH_PER_DIAMETER = 26.0


def map_data(city: City, runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """Return everything the map draws, ready for JSON; arrays as base64 of little-endian bytes.

    Parameters
    ----------
    city
        City the runs are of.
    runs
        Runs by policy, the first of each is drawn.

    Raises
    ------
    StoreError
        If the runs' assets are not edges of this city.
    """
    first = {arm: group[0] for arm, group in runs.items()}
    base = next(iter(first.values()))
    _require_city(city, base)
    bounds = np.array(city.street_edges.total_bounds, dtype=np.float64)
    centre = np.array([(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2])
    years = sorted({int(year) for year in base.assets["year"]})
    networks = {
        kind: _network(city, kind, first, years, centre)
        for kind in NETWORK_NAMES
        if (base.assets["network"] == kind).any()
    }
    return {
        "years": years,
        "arms": list(first),
        "size_m": [float(bounds[2] - bounds[0]), float(bounds[3] - bounds[1])],
        "wear_steps": WEAR_STEPS,
        "materials": list(MATERIALS),
        "road_classes": list(ROAD_CLASSES),
        "uses": list(BUILDING_USES),
        "known_by": list(KNOWN_BY),
        "buildings": _buildings(city, centre),
        "streets": _lines(city.street_edges, centre),
        "networks": networks,
    }


def _require_city(city: City, run: Run) -> None:
    """Refuse a city that is not the one of the run."""
    ours, its = city.content_hash(), run.manifest["city"]["content_hash"]
    if ours != its:
        raise StoreError(
            Fault(
                str(run.path),
                f"was run on the city with content hash {its}, not on {city.name} ({ours})",
                "give the report the city of its runs",
            )
        )


def _text(values: np.ndarray[Any, Any], dtype: str) -> str:
    """Return an array's bytes, little-endian, as base64."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=dtype).tobytes()).decode()


def _starts(owner: Int64, n: int) -> Int64:
    """Return where each owner's run of points starts, and the end: shape (n + 1,)."""
    counts = np.bincount(owner, minlength=n)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _lines(edges: gpd.GeoDataFrame, centre: Float64) -> dict[str, Any]:
    """Return polylines: points (n_points, 2) in metres from the centre, and their starts."""
    points, owner = shapely.get_coordinates(edges.geometry.to_numpy(), return_index=True)
    starts = _starts(owner.astype(np.int64), len(edges))
    return {
        "n": len(edges),
        "points": _text(points - centre, "<f4"),
        "starts": _text(starts, "<u4"),
    }


def _buildings(city: City, centre: Float64) -> dict[str, Any]:
    """Return building outlines as closed rings, counter-clockwise, with use, storeys, people."""
    shapes = shapely.simplify(city.buildings.geometry.to_numpy(), _SIMPLIFY_BUILDINGS_M)
    rings = shapely.get_exterior_ring(shapely.orient_polygons(shapes))
    points, owner = shapely.get_coordinates(rings, return_index=True)
    starts = _starts(owner.astype(np.int64), len(rings))
    use = [BUILDING_USES.index(use) for use in city.buildings["use"]]
    return {
        "n": len(rings),
        "points": _text(points - centre, "<f4"),
        "starts": _text(starts, "<u4"),
        "use": _text(np.array(use), "u1"),
        "floors": _text(np.clip(city.buildings["floors"], 0, _BYTE), "u1"),
        "people": _text(city.buildings["people"].to_numpy(), "<u2"),
    }


def _network(
    city: City, kind: str, runs: Mapping[str, Run], years: Sequence[int], centre: Float64
) -> dict[str, Any]:
    """Return one network: its lines, their facts, and wear and age by policy and year."""
    base = next(iter(runs.values())).assets
    rows = base[(base["network"] == kind) & (base["year"] == years[0])]
    table = city.street_edges if kind == STREET.name else city.util_edges
    rows = rows[rows["edge_id"] < len(table)]  # links that a policy lays are not in the city
    ids = rows["asset_id"].to_numpy(dtype=np.int32)
    edge_id = rows["edge_id"].to_numpy(dtype=np.int32)
    edges = table.iloc[edge_id]
    frames = {arm: _states(run, kind, years, ids) for arm, run in runs.items()}
    return {
        **_lines(edges, centre),
        **_facts(edges, kind),
        "edge_id": _text(edge_id, "<u4"),
        "length_m": _text(edges["length_m"].to_numpy(), "<f4"),
        "wear": {arm: _text(states[0], "u1") for arm, states in frames.items()},
        "age": {arm: _text(states[1], "u1") for arm, states in frames.items()},
        "failures": {arm: _failures(run, kind, years, ids) for arm, run in runs.items()},
    }


def _facts(edges: pd.DataFrame, kind: str) -> dict[str, str]:
    """Return what kind of line each edge is, and how wide to draw it."""
    if kind == STREET.name:
        classes = list(edges["road_class"])
        width = [_WIDTH_OF_CLASS_M.get(name, _LEAST_WIDTH_M) for name in classes]
        code = [ROAD_CLASSES.index(name) for name in classes]
        return {"class": _text(np.array(code), "u1"), "width_m": _text(np.array(width), "<f4")}
    diameter = edges["diameter_m"].to_numpy(dtype=np.float64)
    code = [MATERIALS.index(name) for name in edges["material"]]
    return {
        "class": _text(np.array(code), "u1"),
        "diameter_mm": _text(np.rint(diameter * 1000.0), "<u2"),
        "width_m": _text(_PIPE_WIDTH_M + _PIPE_WIDTH_PER_DIAMETER * diameter, "<f4"),
    }


def _states(run: Run, kind: str, years: Sequence[int], ids: Int32) -> tuple[Float64, Float64]:
    """Return wear in steps and age in years, both (n_years, n_assets) bytes."""
    rows = run.assets[run.assets["network"] == kind]
    shape = (len(years), ids.size)

    def grid(column: str) -> Float64:
        wide = rows.pivot_table(index="year", columns="asset_id", values=column, aggfunc="last")
        values: Float64 = wide.reindex(index=list(years), columns=ids).to_numpy(dtype=np.float64)
        return values

    wear, age = grid("wear_phys"), grid("age_years")
    if wear.shape != shape or np.isnan(wear).any():
        raise StoreError(
            Fault(
                str(run.path),
                f"lacks the wear of {kind} assets that the base has",
                "run both again on the same city and period",
            )
        )
    return np.rint(wear * WEAR_STEPS), np.clip(np.rint(age), 0, _BYTE)


def _failures(run: Run, kind: str, years: Sequence[int], ids: Int32) -> dict[str, Any]:
    """Return failures in order of their day: year, asset, place along it, how it was handled."""
    events = run.events
    rows = events[(events["event"] == "failure") & (events["network"] == kind)]
    rows = rows[rows["asset_id"].isin(ids)]
    row_of = {int(asset_id): i for i, asset_id in enumerate(ids)}
    asset = rows["asset_id"].map(row_of).to_numpy(dtype=np.int64)
    turn = rows.groupby("asset_id").cumcount().to_numpy()
    golden = 0.6180339887
    along = (0.5 + turn * golden) % 1.0  # spreads repeated failures over the line
    year = rows["date"].str.slice(0, 4).astype(int).to_numpy() - years[0]
    end, day = rows["end_day"].to_numpy(), rows["day"].to_numpy()
    known = [KNOWN_BY.index(how) if how else _BYTE for how in rows["known_by"]]
    return {
        "n": len(rows),
        "year": _text(year, "u1"),
        "asset": _text(asset, "<u4"),
        "along": _text(along, "<f4"),
        "known_by": _text(np.array(known), "u1"),
        "days": _text(np.where(end >= 0, end - day, -1), "<i4"),
        "date": list(rows["date"]),
    }
