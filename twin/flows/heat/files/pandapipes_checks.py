"""What can be wrong with the tables of a pandapipes net, and how its cells are read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin.core.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Bool, Float64
    from twin.flows.heat.kernels.medium import Fluid

NEEDED = {
    "junction": (),
    "pipe": ("from_junction", "to_junction", "length_km", "k_mm"),
    "heat_consumer": ("from_junction", "to_junction", "qext_w"),
    "circ_pump_pressure": (
        "return_junction",
        "flow_junction",
        "p_flow_bar",
        "plift_bar",
        "t_flow_k",
    ),
}
_OF_VALVES = {"valve": ("from_junction", "to_junction")}
_ENDS = {
    "pipe": ("from_junction", "to_junction"),
    "valve": ("from_junction", "to_junction"),
    "heat_consumer": ("from_junction", "to_junction"),
    "circ_pump_pressure": ("return_junction", "flow_junction"),
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
_CONSUMER = ("qext_w", "controlled_mdot_kg_per_s", "deltat_k", "treturn_k")
_OF_CONSUMER = 2
_SHOWN = 60


def table_faults(tables: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """Return what lacks, and what has no counterpart here."""
    faults: list[Fault] = []
    needed = NEEDED if tables.get("valve", pd.DataFrame()).empty else {**NEEDED, **_OF_VALVES}
    for name, columns in needed.items():
        if name not in tables:
            faults.append(Fault(name, "is not there", f"add the table {name}"))
            continue
        faults += [
            Fault(f"{name}.{column}", "is not there", f"add {column} to {name}")
            for column in columns
            if column not in tables[name]
        ]
    for name, mend in _FOREIGN.items():
        if name in tables and len(rows := in_service(tables[name])):
            what = f"has {len(rows)} rows in service, and no counterpart in a heat network here"
            faults.append(Fault(f"{name} row {rows.index[0]}", what, mend))
    faults += _unknown_faults(tables) + _index_faults(tables)
    for name, columns in _ENDS.items():
        faults += _end_faults(tables, name, columns)
    faults += _pipe_faults(tables.get("pipe")) + _valve_faults(tables.get("valve"))
    return faults + _consumer_faults(tables.get("heat_consumer"))


def fluid_faults(content: Mapping[str, Any], fluid: Fluid | None) -> list[Fault]:
    """Return a fault where a net carries something else than water and no fluid is given."""
    held = content["fluid"] if "fluid" in content else None  # noqa: SIM401 - nets have no `get`
    name = held.get("name") if isinstance(held, dict) else getattr(held, "name", None)
    if fluid is not None or name is None or str(name) == "water":
        return []
    what = f"= {str(name)[:_SHOWN]}, whose properties are not read from the net"
    mend = "give them: read_pandapipes(..., fluid=heat.fluid_from_table(...))"
    return [Fault("fluid", what, mend)]


def _unknown_faults(tables: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """Return tables of components that are not known here, if they have rows in service."""
    faults: list[Fault] = []
    for name, frame in tables.items():
        if name in {*NEEDED, *_FOREIGN, "valve"} or name.startswith(("res_", "_")):
            continue
        joins = any("junction" in str(column) for column in frame)
        if joins and len(rows := in_service(frame)):
            what = f"has {len(rows)} rows in service; this component is not known here"
            mend = f"take it out of service, or replace it by one of {', '.join(_ENDS)}"
            faults.append(Fault(f"{name} row {rows.index[0]}", what, mend))
    return faults


def _index_faults(tables: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """Return rows that have the index of another."""
    faults: list[Fault] = []
    for name in ("junction", *_ENDS):
        if name in tables and tables[name].index.has_duplicates:
            index = tables[name].index
            row = str(index[index.duplicated()][0])[:_SHOWN]
            mend = "give every row an index of its own"
            faults.append(Fault(f"{name} row {row}", "stands more than once", mend))
    return faults


def _end_faults(
    tables: Mapping[str, pd.DataFrame], name: str, columns: tuple[str, ...]
) -> list[Fault]:
    """Return rows in service that are joined to no junction."""
    if name not in tables or "junction" not in tables:
        return []
    frame = in_service(tables[name])
    nodes = {as_index(node) for node in tables["junction"].index}
    faults: list[Fault] = []
    for column in columns:
        ends = [as_index(end) for end in frame[column].tolist()] if column in frame else []
        rows = [i for i, end in enumerate(ends) if end not in nodes]
        if rows:
            what = f"= {ends[rows[0]][:_SHOWN]} is no junction; {len(rows)} such rows"
            where = f"{name}.{column} row {frame.index[rows[0]]}"
            faults.append(Fault(where, what, "add the junction, or mend the row"))
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
        values = numbers(in_service(pipes), column, 0.0)
        rows = np.flatnonzero(values != 0.0)
        if rows.size:
            row = in_service(pipes).index[rows[0]]
            what = f"= {values[rows[0]]:g}, which pipes here do not have; {rows.size} such"
            faults.append(Fault(f"pipe.{column} row {row}", what, mend))
    for names in (("inner_diameter_mm", "diameter_m"), ("u_w_per_m2k", "alpha_w_per_m2k")):
        if not set(names) & set(pipes):
            mend = f"add {names[0]} to pipe"
            faults.append(Fault(f"pipe.{names[0]}", f"is not there, nor {names[1]}", mend))
    return faults


def _valve_faults(valves: pd.DataFrame | None) -> list[Fault]:
    """Return valves without a diameter column."""
    if valves is None or valves.empty or {"inner_diameter_mm", "diameter_m"} & set(valves):
        return []
    what = "is not there, nor inner_diameter_mm"
    return [Fault("valve.diameter_m", what, "add diameter_m to valve")]


def _consumer_faults(consumers: pd.DataFrame | None) -> list[Fault]:
    """Return consumers that are not given by two of heat, flow, difference and return."""
    if consumers is None or consumers.empty:
        return []
    used = in_service(consumers)
    given = np.sum([np.isfinite(numbers(used, name)) for name in _CONSUMER], axis=0)
    rows = np.flatnonzero(given != _OF_CONSUMER)
    if not rows.size:
        return []
    what = f"gives {given[rows[0]]} of {', '.join(_CONSUMER)}; {rows.size} such rows"
    return [Fault(f"heat_consumer row {used.index[rows[0]]}", what, "give two of them")]


def as_index(value: object) -> str:
    """Return a reference to a row as text, a whole number without decimals."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return str(value)


def numbers(frame: pd.DataFrame, column: str, missing: float = np.nan) -> Float64:
    """Return a column as numbers; what is not there or null as `missing`."""
    if column not in frame:
        return np.full(len(frame), missing)
    cells = [np.nan if isinstance(cell, (list, dict)) else cell for cell in frame[column].tolist()]
    given = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce")
    values: Float64 = np.array(given, dtype=np.float64)
    values[np.isnan(values)] = missing
    return values


def flags(frame: pd.DataFrame, column: str) -> Bool:
    """Return a column of yes and no, shape (n_rows,); yes where it is not given."""
    if column not in frame:
        return np.ones(len(frame), dtype=np.bool_)
    cells = frame[column].tolist()
    return np.array([True if _is_null(cell) else bool(cell) for cell in cells], dtype=np.bool_)


def _is_null(cell: object) -> bool:
    """Return whether a cell is empty."""
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def in_service(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in service."""
    return frame[flags(frame, "in_service")]
