"""A pandapipes file of a district heating network with coordinates as that of a city.

The file is JSON with tables as text; pandapipes itself is not needed. A city's trench holds a
supply and a return pipe alike, so the supply side is taken and the return side is its twin.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.networks.observed.on_streets import Laying, ObservedNetwork, lay_observed
from gis.networks.observed.pipe_table import known_crs, known_register
from twin.city.validate import component_of
from twin.core.errors import CityDataError, Fault
from twin.flows.heat.town.demand import INDOOR_C, building_loss_wk

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from gis.draft import Draft, UtilityLayout
    from gis.read.recipe import PandapipesForm
    from twin.core.arrays import Float64

_NEEDED = {
    "junction": ["height_m"],
    "junction_geodata": ["x", "y"],
    "pipe": ["from_junction", "to_junction", "length_km", "k_mm"],
}
_PUMPS = "circ_pump_pressure"
_CONSUMERS = ("heat_consumer", "heat_exchanger")
_KELVIN, _PA_PER_BAR = 273.15, 1e5
_SPREAD_K = 30.0
"""Supply over return at design cold where the file gives none (assumption)."""
_VALVE_M, _SHORTEST_M = 1.0, 0.1
_LOSS_BAND, _CURVE_BAND, _RETURN_BAND = (0.01, 100.0), (40.0, 180.0), (20.0, 120.0)
_RESERVE, _LOSS_SHARE = 1.2, 0.12
"""As of a boiler house that is laid out, `gis.networks.heat.heat_layout`."""


def read_heat_pandapipes(form: PandapipesForm, folder: Path) -> ObservedNetwork:
    """Read a pandapipes file as an observed network.

    Raises
    ------
    CityDataError
        With every fault at once: the file, its CRS, tables it lacks, the register.
    """
    file = folder / form.pandapipes
    faults: list[Fault] = []
    crs = known_crs(form.crs, file, faults)
    tables = _tables(file, faults)
    if crs is None or not tables:
        raise CityDataError(faults)
    junction = tables["junction"].join(tables["junction_geodata"][["x", "y"]])
    pipe = _edges(tables)
    junction, pipe = _supply_side(junction, pipe, tables[_PUMPS])
    row_of = pd.Series(np.arange(len(junction)), index=junction.index)
    names = tuple(str(name) for name in pipe["name"])
    unused: list[str] = []
    year, material = known_register(form.register_, folder, names, faults, unused)
    if junction[["x", "y"]].isna().to_numpy().any():
        mend = "fill junction_geodata for every junction"
        faults.append(Fault(str(file), "has junctions without coordinates", mend, "E-GEOM-NULL"))
    if faults:
        raise CityDataError(faults)
    pump = tables[_PUMPS].set_index("flow_junction")
    consumers = pd.concat([tables[name] for name in _CONSUMERS if name in tables])
    is_source = junction.index.isin(pump.index)
    return ObservedNetwork(
        file=form.pandapipes.name,
        network="heat",
        crs=crs,
        node_name=tuple(str(i) for i in junction.index),
        xy=junction[["x", "y"]].to_numpy(dtype=np.float64),
        node=_node_columns(junction, pump, consumers),
        edge_name=tuple(str(i) for i in pipe.index),
        tail=row_of[pipe["from_junction"]].to_numpy(dtype=np.int32),
        head=row_of[pipe["to_junction"]].to_numpy(dtype=np.int32),
        bends=tuple(np.array(bends, dtype=np.float64).reshape(-1, 2) for bends in pipe["bends"]),
        edge={
            "kind": np.full(len(pipe), "pipe", dtype=object),
            "length_m": np.maximum(1000.0 * pipe["length_km"].to_numpy(), _SHORTEST_M),
            "diameter_m": pipe["bore_m"].to_numpy(),
            "roughness_m": pipe["k_mm"].to_numpy() / 1000.0,
            "loss_w_m2k": np.clip(pipe["loss"].to_numpy(), *_LOSS_BAND),
        },
        built_year=year,
        material=material,
        serves=junction.index.isin(consumers["from_junction"]) & ~is_source,
        feeds=is_source,
        notes=(f"Heat: {len(consumers)} consumers in {form.pandapipes.name}.", *unused),
        one_each=True,
    )


def _tables(file: Path, faults: list[Fault]) -> dict[str, pd.DataFrame]:
    """Return the tables of a file, or none after adding faults."""
    mend = "save it by pandapipes.to_json, with junction_geodata and a circ_pump_pressure"
    try:
        whole = json.loads(file.read_text(encoding="utf-8"))["_object"]
        tables = {name: _table(item) for name, item in whole.items() if _is_table(item)}
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        what = f"cannot be read as a pandapipes network: {error}"
        faults.append(Fault(str(file), what, mend, "E-UNREADABLE"))
        return {}
    lacking = [
        f"{name}.{column}"
        for name, columns in _NEEDED.items()
        for column in columns
        if name not in tables or column not in tables[name]
    ]
    lacking += [_PUMPS] if not len(tables.get(_PUMPS, ())) else []
    if lacking:
        what = f"has no {', '.join(lacking)}"
        faults.append(Fault(str(file), what, mend, "E-COLUMN-MISSING"))
        return {}
    return tables


def _is_table(item: Any) -> bool:  # noqa: ANN401 - any part of a JSON file
    return isinstance(item, dict) and item.get("_class") == "DataFrame"


def _table(item: dict[str, Any]) -> pd.DataFrame:
    """Return a table that is stored as text within the text."""
    body = item["_object"]
    body = json.loads(body) if isinstance(body, str) else body
    return pd.DataFrame(body["data"], index=body["index"], columns=body["columns"])


def _edges(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return pipes, and open valves as short pipes, with one set of columns."""
    pipe = tables["pipe"].copy()
    if "diameter_m" in pipe:
        pipe["bore_m"] = pipe["diameter_m"].astype(np.float64)
    else:
        pipe["bore_m"] = pipe["inner_diameter_mm"].astype(np.float64) / 1000.0
    loss = next((name for name in ("u_w_per_m2k", "alpha_w_per_m2k") if name in pipe), None)
    pipe["loss"] = 1.0 if loss is None else pipe[loss].astype(np.float64)
    drawn = tables.get("pipe_geodata", pd.DataFrame({"coords": []}))["coords"]
    pipe["bends"] = [_between(drawn.get(i)) for i in pipe.index]
    columns = ["name", "from_junction", "to_junction", "length_km", "bore_m", "k_mm", "loss",
               "bends"]  # fmt: skip
    pipe = pipe.loc[pipe.get("in_service", True) == True, columns]  # noqa: E712 - a column, or a scalar
    pipe.index = [f"pipe-{i}" for i in pipe.index]
    if "valve" not in tables or not len(tables["valve"]):
        return pipe
    valve = tables["valve"]
    valve = valve[valve["opened"].astype(bool)]
    bore = "diameter_m" if "diameter_m" in valve else "inner_diameter_mm"
    factor = 1.0 if bore == "diameter_m" else 1e-3
    more = pd.DataFrame(
        {
            "name": [f"valve-{i}" for i in valve.index],
            "from_junction": valve["from_junction"],
            "to_junction": valve["to_junction"],
            "length_km": _VALVE_M / 1000.0,
            "bore_m": valve[bore].astype(np.float64) * factor,
            "k_mm": float(pipe["k_mm"].median()),
            "loss": float(pipe["loss"].median()),
            "bends": [[] for _ in valve.index],
        }
    )
    more.index = [f"valve-{i}" for i in valve.index]
    return pd.concat([pipe, more])


def _between(points: Any) -> list[list[float]]:  # noqa: ANN401 - a list, or nothing
    """Return the points of a drawn pipe between its ends."""
    return points[1:-1] if isinstance(points, list) else []


def _supply_side(
    junction: pd.DataFrame, pipe: pd.DataFrame, pump: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return junctions and pipes that hot water reaches before a consumer."""
    row_of = pd.Series(np.arange(len(junction)), index=junction.index)
    tail = row_of[pipe["from_junction"]].to_numpy(dtype=np.int32)
    head = row_of[pipe["to_junction"]].to_numpy(dtype=np.int32)
    part = component_of(len(junction), tail, head)
    hot = np.isin(part, part[row_of[pump["flow_junction"]].to_numpy()])
    return junction[hot], pipe[hot[tail]]


def _node_columns(
    junction: pd.DataFrame, pump: pd.DataFrame, consumers: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Return the columns of `UTIL_NODES` that a file gives."""
    pump = pump[~pump.index.duplicated()].reindex(junction.index)
    is_source = pump["p_flow_bar"].notna().to_numpy()
    supply_c = np.clip(pump["t_flow_k"].to_numpy(dtype=np.float64) - _KELVIN, *_CURVE_BAND)
    told = pd.to_numeric(consumers.get("treturn_k", pd.Series(dtype=float)), errors="coerce")
    return_c = supply_c - _SPREAD_K
    if told.notna().any():
        return_c = np.where(is_source, float(told.median()) - _KELVIN, np.nan)
    asked_w = float(pd.to_numeric(consumers["qext_w"], errors="coerce").clip(lower=0).sum())
    return {
        "kind": np.where(is_source, "source", "junction").astype(object),
        "elevation_m": junction["height_m"].to_numpy(dtype=np.float64),
        "capacity_w": np.where(is_source, asked_w * _RESERVE / max(is_source.sum(), 1), np.nan),
        "supply_pressure_pa": pump["p_flow_bar"].to_numpy(dtype=np.float64) * _PA_PER_BAR,
        "lift_pa": pump["plift_bar"].to_numpy(dtype=np.float64) * _PA_PER_BAR,
        "design_supply_c": supply_c,
        "design_return_c": np.clip(return_c, *_RETURN_BAND),
    }


def lay_observed_heat(
    observed: ObservedNetwork,
    laying: Laying,
    design_outdoor_c: float,
    draft: Draft,
    buildings: gpd.GeoDataFrame,
) -> UtilityLayout:
    """Return an observed heat network with boilers that suffice for the buildings it serves."""
    layout = lay_observed(observed, laying, draft, buildings)
    served = layout.building_node >= 0
    loss_wk = building_loss_wk(
        buildings["floor_area_m2"].to_numpy(dtype=np.float64)[served],
        buildings["built_year"].to_numpy()[served],
        buildings["use"].to_numpy(dtype=object)[served],
    )
    load_w = float(loss_wk.sum()) * (INDOOR_C - design_outdoor_c)
    nodes = layout.nodes.copy()
    is_source = (nodes["kind"] == "source").to_numpy()
    told_w: Float64 = nodes["capacity_w"].to_numpy(dtype=np.float64)
    needed_w = load_w * (1 + _LOSS_SHARE) * _RESERVE / max(int(is_source.sum()), 1)
    nodes["capacity_w"] = np.where(is_source, np.maximum(told_w, max(needed_w, 1.0)), np.nan)
    nodes["design_outdoor_c"] = np.where(is_source, design_outdoor_c, np.nan)
    note = (
        f"Heat: buildings want {load_w / 1e6:.2f} MW at {design_outdoor_c:g} C; the boiler house "
        f"has {nodes.loc[is_source, 'capacity_w'].sum() / 1e6:.2f} MW, consumers in the file "
        f"{np.nansum(told_w) / _RESERVE / 1e6:.2f} MW."
    )
    return replace(layout, nodes=nodes, notes=(*layout.notes, note))
