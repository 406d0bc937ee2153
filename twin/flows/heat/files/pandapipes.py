"""Networks of pandapipes, from its JSON file or its net object, without needing pandapipes.

Tables and units as pandapipes 0.8-0.16 has them (its documentation, "Components"): junction, pipe,
valve, heat_consumer, circ_pump_pressure. What has no counterpart here is refused by name.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.core.errors import CityDataError, Fault
from twin.flows.heat.files.pandapipes_checks import (
    NEEDED,
    flags,
    fluid_faults,
    in_service,
    numbers,
    table_faults,
)
from twin.flows.heat.fluid import water
from twin.flows.heat.kernels.medium import heat_capacity_at
from twin.flows.heat.network import HeatNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.flows.heat.kernels.medium import Fluid

_KELVIN = 273.15
_AMBIENT_K = 293.15
"""What pandapipes takes where neither the pipe nor the net gives an ambient temperature."""
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
        given by temperature difference. A net of another fluid needs it.

    Raises
    ------
    CityDataError
        With every fault: a table or column that lacks, a component without counterpart, values
        that `HeatNetwork` refuses.

    Notes
    -----
    Names are the tables' indices. Rows out of service are left out, valves and pipes of no
    length are pipes of 1 cm, closed where the valve is. What a net leaves out has the default of
    pandapipes: height 0 m, in service, valves open, and for `text_k` the net's
    `ambient_temperature`, or 293.15 K. A pipe belongs to the side it can be
    reached from without passing a consumer or pump. Heat transfer given on the outer diameter is
    turned to the inner. Consumers by mass flow keep it whatever the temperature; those by
    temperature difference are given the flow that follows from the heat capacity at the supply
    temperature less half of the difference.
    """
    content = _from_file(Path(source)) if isinstance(source, (Path, str)) else source
    tables = _tables_of(content)
    ambient_k, faults = _ambient_k(content)
    faults += fluid_faults(content, fluid) + table_faults(tables)
    if faults:
        raise CityDataError(faults)
    used = water() if fluid is None else fluid
    frames = {name: in_service(tables[name]) for name in NEEDED}
    nodes = frames["junction"].index
    pipes = pd.concat(
        [_pipes(frames["pipe"], ambient_k), _valves(tables.get("valve"))], ignore_index=True
    )
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


def _from_file(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file, its tables as frames."""
    mend = "name a file that pandapipes.to_json wrote"
    try:
        content = json.loads(path.read_text("utf-8"))["_object"]
        return {str(name): _unpacked(entry) for name, entry in content.items()}
    except OSError as error:
        raise CityDataError(Fault(str(path), f"cannot be read: {error.strerror}", mend)) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"is not a network of pandapipes: {str(error)[:200]}"
        raise CityDataError(Fault(str(path), what, mend)) from error


def _unpacked(entry: object) -> object:
    """Return a table of the file as a frame, its fluid as fields, anything else as it is."""
    kind = entry.get("_class") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or kind not in {"DataFrame", "Fluid"}:
        return entry
    held = entry["_object"]
    fields = json.loads(held) if isinstance(held, str) else held
    if kind == "Fluid":
        return fields
    index = pd.Index(fields["index"])
    return pd.DataFrame(fields["data"], index=index, columns=fields["columns"])


def _tables_of(content: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the tables of a net object or of a file's content."""
    return {str(name): content[name] for name in content if isinstance(content[name], pd.DataFrame)}


def _ambient_k(content: Mapping[str, Any]) -> tuple[float, list[Fault]]:
    """Return the temperature about pipes that give none, and what is wrong with it."""
    options = content["user_pf_options"] if "user_pf_options" in content else None  # noqa: SIM401 - nets have no `get`
    given = options.get("ambient_temperature") if isinstance(options, dict) else None
    if given is None:
        return _AMBIENT_K, []
    if isinstance(given, (int, float)) and math.isfinite(given):
        return float(given), []
    where = "user_pf_options.ambient_temperature"
    return _AMBIENT_K, [Fault(where, f"= {str(given)[:60]} is not a number", "give kelvin")]


def _named(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a frame with references as text."""
    return frame.assign(**{column: frame[column].astype(str) for column in columns})


def _nodes(tables: Mapping[str, pd.DataFrame], kept: pd.Index) -> pd.DataFrame:
    """Return nodes with their places where the file has them."""
    nodes = pd.DataFrame(
        {"node": kept, "elevation_m": numbers(tables["junction"].loc[kept], "height_m", 0.0)}
    )
    places = tables.get("junction_geodata")
    if places is not None and {"x", "y"} <= set(places) and kept.isin(places.index).all():
        for column in ("x", "y"):
            nodes[column] = numbers(places.loc[kept], column)
    return nodes


def _pipes(frame: pd.DataFrame, ambient_k: float) -> pd.DataFrame:
    """Return pipes in the columns used here."""
    diameter_m = numbers(frame, "diameter_m")
    if "inner_diameter_mm" in frame:
        diameter_m = numbers(frame, "inner_diameter_mm") / 1e3
    per_area = numbers(frame, "u_w_per_m2k", np.nan)
    per_area = np.where(np.isnan(per_area), numbers(frame, "alpha_w_per_m2k"), per_area)
    outer_m = numbers(frame, "outer_diameter_mm") / 1e3
    length_m = 1e3 * numbers(frame, "length_km")
    wider = np.where(np.isnan(outer_m), 1.0, outer_m / diameter_m)
    return pd.DataFrame(
        {
            "pipe": frame.index.astype(str),
            "from_node": frame["from_junction"].to_numpy(),
            "to_node": frame["to_junction"].to_numpy(),
            "length_m": np.where(length_m == 0.0, _VALVE_M, length_m),
            "diameter_m": diameter_m,
            "roughness_m": numbers(frame, "k_mm") / 1e3,
            "loss_w_m2k": per_area * wider,
            "ambient_c": numbers(frame, "text_k", ambient_k) - _KELVIN,
            "closed": False,
        }
    )


def _valves(frame: pd.DataFrame | None) -> pd.DataFrame:
    """Return valves as short pipes without heat loss."""
    if frame is None or frame.empty:
        return _valves(pd.DataFrame({"from_junction": [-1], "to_junction": [-1]})).iloc[:0]
    frame = in_service(frame)
    diameter_m = numbers(frame, "diameter_m")
    if "inner_diameter_mm" in frame:
        diameter_m = numbers(frame, "inner_diameter_mm") / 1e3
    alike_m = numbers(frame, "loss_coefficient", 0.0) * diameter_m / _VALVE_FRICTION
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
            "closed": ~flags(frame, "opened"),
        }
    )


def _consumers(frame: pd.DataFrame, pumps: pd.DataFrame, fluid: Fluid) -> pd.DataFrame:
    """Return consumers by heat and return temperature, with fixed flow where that is given."""
    heat_w, flow_kgs = numbers(frame, "qext_w"), numbers(frame, "controlled_mdot_kg_per_s")
    fall_k, back_c = numbers(frame, "deltat_k"), numbers(frame, "treturn_k") - _KELVIN
    hot_c = float(numbers(pumps, "t_flow_k").max(initial=0.0)) - _KELVIN
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
            "supply_pressure_pa": 1e5 * numbers(frame, "p_flow_bar"),
            "lift_pa": 1e5 * numbers(frame, "plift_bar"),
            "supply_temp_c": numbers(frame, "t_flow_k") - _KELVIN,
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
