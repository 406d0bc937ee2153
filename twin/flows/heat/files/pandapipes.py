"""Networks of pandapipes, from its JSON file or its net object, without needing pandapipes.

Tables and units as pandapipes 0.8-0.16 has them (its documentation, "Components"): junction, pipe,
valve, heat_consumer, circ_pump_pressure. What has no counterpart here is refused by name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.core.errors import CityDataError, Fault
from twin.flows.heat.fluid import water
from twin.flows.heat.kernels.medium import heat_capacity_at
from twin.flows.heat.network import HeatNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Float64
    from twin.flows.heat.kernels.medium import Fluid

_KELVIN = 273.15
_NEEDED = {
    "junction": ("height_m",),
    "pipe": ("from_junction", "to_junction", "length_km", "k_mm", "text_k"),
    "heat_consumer": ("from_junction", "to_junction", "qext_w"),
    "circ_pump_pressure": (
        "return_junction",
        "flow_junction",
        "p_flow_bar",
        "plift_bar",
        "t_flow_k",
    ),
}
_FOREIGN = {
    "ext_grid": "a circulation pump of constant pressure holds pressure and temperature here",
    "circ_pump_mass": "use circ_pump_pressure: consumers decide the flow here",
    "heat_exchanger": "use heat_consumer with heat and return temperature",
    "flow_control": "use heat_consumer, which controls its own flow",
    "press_control": "raise lift_pa of the source",
    "pump": "raise lift_pa of the source",
    "compressor": "leave it out: the carrier is liquid",
    "sink": "leave it out: heat networks are closed",
    "source": "leave it out: heat networks are closed",
    "mass_storage": "leave it out",
}
_VALVE_FRICTION = 0.02  # turns a valve's loss coefficient into a length of pipe
_VALVE_M = 0.01  # an open valve without loss
_STIFF_DP_PA = 1.0  # pandapipes gives a consumer its flow whatever the pressure


def read_pandapipes(
    source: Path | str | Mapping[str, Any], *, fluid: Fluid | None = None
) -> HeatNetwork:
    """Return the heat network of a pandapipes file or net object.

    Parameters
    ----------
    source
        A JSON file as `pandapipes.to_json` writes it, or the net itself.
    fluid
        Properties of the carrier; None is this library's water, also for the heat of consumers
        given by temperature difference.

    Raises
    ------
    CityDataError
        With every fault: a table or column that lacks, a component without counterpart, values
        that `HeatNetwork` refuses.

    Notes
    -----
    Names are the tables' indices. Rows out of service are left out, valves and pipes of no
    length are pipes of 1 cm, closed where the valve is. A pipe belongs to the side it can be
    reached from without passing a consumer or pump. Heat transfer given on the outer diameter is
    turned to the inner. Consumers by mass flow keep it whatever the temperature; those by
    temperature difference are given the flow that follows from the heat capacity at the supply
    temperature less half of the difference.
    """
    tables = _from_file(Path(source)) if isinstance(source, (Path, str)) else _from_net(source)
    faults = _table_faults(tables)
    if faults:
        raise CityDataError(faults)
    used = water() if fluid is None else fluid
    frames = {name: _in_service(tables[name]) for name in _NEEDED}
    nodes = frames["junction"].index
    pipes = pd.concat([_pipes(frames["pipe"]), _valves(tables.get("valve"))], ignore_index=True)
    consumers = _consumers(frames["heat_consumer"], frames["circ_pump_pressure"], used)
    sources = _sources(frames["circ_pump_pressure"])
    ends = [pipes[["from_node", "to_node"]], consumers[["supply_node", "return_node"]]]
    known = [frame.isin(nodes).all(axis=1).to_numpy() for frame in ends]
    pipes, consumers = pipes[known[0]].copy(), consumers[known[1]]
    faults = _side_into(pipes, consumers, sources)
    if faults:
        raise CityDataError(faults)
    touched = pd.concat(
        [pipes["from_node"], pipes["to_node"]]
        + [frame[f"{side}_node"] for frame in (consumers, sources) for side in ("supply", "return")]
    )
    kept = nodes[nodes.isin(touched)]
    return HeatNetwork(
        nodes=_named(_nodes(tables, kept), "node"),
        pipes=_named(pipes, "from_node", "to_node"),
        consumers=_named(consumers, "supply_node", "return_node"),
        sources=_named(sources, "supply_node", "return_node"),
        fluid=fluid,
    )


def _from_file(path: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of a JSON file; other content is left aside."""
    mend = "name a file that pandapipes.to_json wrote"
    try:
        content = json.loads(path.read_text("utf-8"))["_object"]
        found = {}
        for name, entry in content.items():
            if isinstance(entry, dict) and entry.get("_class") == "DataFrame":
                held = entry["_object"]
                table = json.loads(held) if isinstance(held, str) else held
                found[name] = pd.DataFrame(
                    table["data"], index=pd.Index(table["index"]), columns=table["columns"]
                )
    except OSError as error:
        raise CityDataError(Fault(str(path), f"cannot be read: {error.strerror}", mend)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CityDataError(
            Fault(str(path), f"is not a network of pandapipes: {error}", mend)
        ) from error
    return found


def _from_net(net: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the tables of a net object."""
    return {str(name): net[name] for name in net if isinstance(net[name], pd.DataFrame)}


def _table_faults(tables: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """Return what lacks, and what has no counterpart here."""
    faults: list[Fault] = []
    for name, columns in _NEEDED.items():
        if name not in tables:
            faults.append(Fault(name, "is not there", f"add the table {name}"))
            continue
        faults += [
            Fault(f"{name}.{column}", "is not there", f"add {column} to {name}")
            for column in columns
            if column not in tables[name]
        ]
    for name, mend in _FOREIGN.items():
        if name in tables and len(rows := _in_service(tables[name])):
            what = f"has {len(rows)} rows in service, and no counterpart in a heat network here"
            faults.append(Fault(f"{name} row {rows.index[0]}", what, mend))
    faults += _pipe_faults(tables.get("pipe"))
    return faults


def _pipe_faults(pipes: pd.DataFrame | None) -> list[Fault]:
    """Return pipes with what pipes here do not have, or without diameter or heat transfer."""
    if pipes is None or pipes.empty:
        return []
    faults: list[Fault] = []
    for column, mend in (
        ("loss_coefficient", "lengthen the pipe by loss_coefficient * diameter / 0.02 instead"),
        ("qext_w", "give the heat to a consumer instead"),
    ):
        values = _numbers(_in_service(pipes), column, 0.0)
        rows = np.flatnonzero(values != 0.0)
        if rows.size:
            row = _in_service(pipes).index[rows[0]]
            what = f"= {values[rows[0]]:g}, which pipes here do not have; {rows.size} such"
            faults.append(Fault(f"pipe.{column} row {row}", what, mend))
    for names in (("inner_diameter_mm", "diameter_m"), ("u_w_per_m2k", "alpha_w_per_m2k")):
        if not set(names) & set(pipes):
            mend = f"add {names[0]} to pipe"
            faults.append(Fault(f"pipe.{names[0]}", f"is not there, nor {names[1]}", mend))
    return faults


def _numbers(frame: pd.DataFrame, column: str, missing: float = np.nan) -> Float64:
    """Return a column as numbers; what is not there or null as `missing`."""
    if column not in frame:
        return np.full(len(frame), missing)
    given = pd.to_numeric(frame[column], errors="coerce")
    values: Float64 = np.array(given, dtype=np.float64)
    values[np.isnan(values)] = missing
    return values


def _in_service(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in service."""
    return frame[frame["in_service"].astype(bool)] if "in_service" in frame else frame


def _named(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a frame with references as text."""
    return frame.assign(**{column: frame[column].astype(str) for column in columns})


def _nodes(tables: Mapping[str, pd.DataFrame], kept: pd.Index) -> pd.DataFrame:
    """Return nodes with their places where the file has them."""
    nodes = pd.DataFrame(
        {"node": kept, "elevation_m": _numbers(tables["junction"].loc[kept], "height_m")}
    )
    places = tables.get("junction_geodata")
    if places is not None and {"x", "y"} <= set(places) and kept.isin(places.index).all():
        for column in ("x", "y"):
            nodes[column] = _numbers(places.loc[kept], column)
    return nodes


def _pipes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return pipes in the columns used here."""
    diameter_m = _numbers(frame, "diameter_m")
    if "inner_diameter_mm" in frame:
        diameter_m = _numbers(frame, "inner_diameter_mm") / 1e3
    per_area = _numbers(frame, "u_w_per_m2k", np.nan)
    per_area = np.where(np.isnan(per_area), _numbers(frame, "alpha_w_per_m2k"), per_area)
    outer_m = _numbers(frame, "outer_diameter_mm") / 1e3
    length_m = 1e3 * _numbers(frame, "length_km")
    wider = np.where(np.isnan(outer_m), 1.0, outer_m / diameter_m)
    return pd.DataFrame(
        {
            "pipe": frame.index.astype(str),
            "from_node": frame["from_junction"].to_numpy(),
            "to_node": frame["to_junction"].to_numpy(),
            "length_m": np.where(length_m == 0.0, _VALVE_M, length_m),
            "diameter_m": diameter_m,
            "roughness_m": _numbers(frame, "k_mm") / 1e3,
            "loss_w_m2k": per_area * wider,
            "ambient_c": _numbers(frame, "text_k") - _KELVIN,
            "closed": False,
        }
    )


def _valves(frame: pd.DataFrame | None) -> pd.DataFrame:
    """Return valves as short pipes without heat loss."""
    if frame is None or frame.empty:
        return _valves(pd.DataFrame({"from_junction": [-1], "to_junction": [-1]})).iloc[:0]
    diameter_m = _numbers(frame, "diameter_m")
    if "inner_diameter_mm" in frame:
        diameter_m = _numbers(frame, "inner_diameter_mm") / 1e3
    alike_m = _numbers(frame, "loss_coefficient", 0.0) * diameter_m / _VALVE_FRICTION
    opened = frame["opened"].astype(bool).to_numpy() if "opened" in frame else True
    return pd.DataFrame(
        {
            "pipe": "valve " + frame.index.astype(str),
            "from_node": frame["from_junction"].to_numpy(),
            "to_node": frame["to_junction"].to_numpy(),
            "length_m": np.fmax(alike_m, _VALVE_M),
            "diameter_m": diameter_m,
            "roughness_m": 1e-5,
            "loss_w_m2k": 0.0,
            "ambient_c": 10.0,
            "closed": ~np.broadcast_to(opened, len(frame)),
        }
    )


def _consumers(frame: pd.DataFrame, pumps: pd.DataFrame, fluid: Fluid) -> pd.DataFrame:
    """Return consumers by heat and return temperature, with fixed flow where that is given."""
    heat_w, flow_kgs = _numbers(frame, "qext_w"), _numbers(frame, "controlled_mdot_kg_per_s")
    fall_k, back_c = _numbers(frame, "deltat_k"), _numbers(frame, "treturn_k") - _KELVIN
    hot_c = float(_numbers(pumps, "t_flow_k").max(initial=0.0)) - _KELVIN
    middle_c = hot_c - 0.5 * np.nan_to_num(fall_k)
    capacity = np.array([heat_capacity_at(fluid, temp_c) for temp_c in middle_c])
    with np.errstate(divide="ignore", invalid="ignore"):
        flow_kgs = np.where(np.isnan(flow_kgs), heat_w / (capacity * fall_k), flow_kgs)
        heat_w = np.where(np.isnan(heat_w), flow_kgs * capacity * fall_k, heat_w)
        most_w = flow_kgs * capacity * (hot_c - back_c)
    heat_w = np.where(np.isnan(heat_w), most_w, heat_w)
    fixed = ~np.isnan(flow_kgs)
    return pd.DataFrame(
        {
            "consumer": frame.index.astype(str),
            "supply_node": frame["from_junction"].to_numpy(),
            "return_node": frame["to_junction"].to_numpy(),
            "heat_w": heat_w,
            "return_temp_c": np.where(fixed & np.isnan(back_c), 0.0, back_c),
            "max_flow_kgs": flow_kgs,
            "min_dp_pa": _STIFF_DP_PA,
            "bypass_kgs": np.where(fixed, flow_kgs, 0.0),
        }
    )


def _sources(frame: pd.DataFrame) -> pd.DataFrame:
    """Return circulation pumps as sources."""
    return pd.DataFrame(
        {
            "source": frame.index.astype(str),
            "supply_node": frame["flow_junction"].to_numpy(),
            "return_node": frame["return_junction"].to_numpy(),
            "supply_pressure_pa": 1e5 * _numbers(frame, "p_flow_bar"),
            "lift_pa": 1e5 * _numbers(frame, "plift_bar"),
            "supply_temp_c": _numbers(frame, "t_flow_k") - _KELVIN,
        }
    )


def _side_into(
    out_pipes: pd.DataFrame, consumers: pd.DataFrame, sources: pd.DataFrame
) -> list[Fault]:
    """Write each pipe's side, found by what it is joined to; return faults."""
    names = pd.unique(
        pd.concat(
            [out_pipes["from_node"], out_pipes["to_node"]]
            + [
                frame[f"{side}_node"]
                for frame in (consumers, sources)
                for side in ("supply", "return")
            ]
        )
    )
    row = pd.Series(np.arange(names.size, dtype=np.int32), index=names)
    tail, head = row[out_pipes["from_node"]].to_numpy(), row[out_pipes["to_node"]].to_numpy()
    graph = coo_array((np.ones(tail.size), (tail, head)), shape=(names.size, names.size))
    _, part = connected_components(graph, directed=False)
    hot = {int(part[row[node]]) for f in (sources, consumers) for node in f["supply_node"]}
    cold = {int(part[row[node]]) for f in (sources, consumers) for node in f["return_node"]}
    out_pipes["side"] = np.where(np.isin(part[tail], list(cold)), "return", "supply")
    both = hot & cold
    if not both:
        return []
    joined = np.flatnonzero(np.isin(part[tail], list(both)))
    where = f"pipe row {out_pipes['pipe'].iloc[int(joined[0])]}" if joined.size else "heat_consumer"
    what = "joins the supply side to the return side, past every consumer"
    return [Fault(where, what, "remove it, or make it a consumer with bypass_kgs")]
