"""The tables of an electric network and everything that can be wrong with their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.core.columns import Column, Table, conform, table_faults
from twin.core.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDS = ("wired", "closed", "open")
"""How a branch joins a bus: without a switch, by a closed one, by an open one."""
TAP_SIDES = ("none", "hv", "lv")
_MOST_W = 1e11

BUSES = Table(
    "buses",
    "Busbars, cable joints and connection points",
    (
        Column("bus", "str", "name"),
        Column("nominal_v", "float64", "nominal voltage between phases", "V", 1.0, 2e6),
    ),
)
LINES = Table(
    "lines",
    "Overhead lines and cables, by values of one phase",
    (
        Column("line", "str", "name"),
        Column("from_bus", "str", "bus that flow is positive out of"),
        Column("to_bus", "str", "bus that flow is positive into"),
        Column("length_m", "float64", "length", "m", 1e-3, 2e6),
        Column("r_ohm_per_m", "float64", "resistance", "ohm/m", 0.0, 1.0),
        Column("x_ohm_per_m", "float64", "reactance", "ohm/m", 0.0, 1.0),
        Column("c_f_per_m", "float64", "capacitance to earth", "F/m", 0.0, 1e-8, absent=0.0),
        Column("g_s_per_m", "float64", "conductance to earth", "S/m", 0.0, 1e-6, absent=0.0),
        Column("max_current_a", "float64", "rating", "A", 1e-3, 1e6, nullable=True, absent=np.nan),
        Column("parallel", "int32", "systems side by side", "", 1, 100, absent=1),
        Column("from_end", "str", "switch at from_bus", choices=ENDS),
        Column("to_end", "str", "switch at to_bus", choices=ENDS),
    ),
)
TRANSFORMERS = Table(
    "transformers",
    "Transformers of two windings",
    (
        Column("transformer", "str", "name"),
        Column("hv_bus", "str", "bus of the high-voltage winding"),
        Column("lv_bus", "str", "bus of the low-voltage winding"),
        Column("rated_va", "float64", "rating", "VA", 1.0, 1e10),
        Column("hv_v", "float64", "rated voltage of the high-voltage winding", "V", 1.0, 2e6),
        Column("lv_v", "float64", "rated voltage of the low-voltage winding", "V", 1.0, 2e6),
        Column("short_circuit_share", "float64", "short-circuit voltage", "share", 1e-6, 1.0),
        Column("copper_share", "float64", "its resistive part", "share", 0.0, 1.0),
        Column("iron_loss_w", "float64", "loss without load", "W", 0.0, 1e8, absent=0.0),
        Column("no_load_share", "float64", "current without load", "share", 0.0, 1.0, absent=0.0),
        Column("shift_deg", "float64", "by which the lv side lags", "deg", -360, 360, absent=0.0),
        Column("tap_side", "str", "winding with the tap changer", choices=TAP_SIDES),
        Column("tap_steps", "float64", "steps above the neutral one", "", -100, 100, absent=0.0),
        Column("tap_step_share", "float64", "voltage of a step", "share", -0.5, 0.5, absent=0.0),
        Column("parallel", "int32", "equal ones side by side", "", 1, 100, absent=1),
        Column("hv_end", "str", "switch at hv_bus", choices=ENDS),
        Column("lv_end", "str", "switch at lv_bus", choices=ENDS),
    ),
)
_SHARES = tuple(
    Column(f"{kind}_share_{part}", "float64", f"of {part} that is {law}", "share", 0, 1, absent=0)
    for kind, law in (("current", "constant current"), ("impedance", "constant impedance"))
    for part in ("p", "q")
)
LOADS = Table(
    "loads",
    "Loads of three balanced phases, at nominal voltage",
    (
        Column("load", "str", "name"),
        Column("bus", "str", "bus it draws from"),
        Column("p_w", "float64", "active power drawn", "W", -_MOST_W, _MOST_W),
        Column("q_var", "float64", "reactive power drawn", "var", -_MOST_W, _MOST_W),
        *_SHARES,
    ),
)
GENERATORS = Table(
    "generators",
    "Generators, panels and batteries of given power",
    (
        Column("generator", "str", "name"),
        Column("bus", "str", "bus it feeds"),
        Column("p_w", "float64", "active power fed in", "W", -_MOST_W, _MOST_W),
        Column("q_var", "float64", "reactive power fed in", "var", -_MOST_W, _MOST_W),
    ),
)
SHUNTS = Table(
    "shunts",
    "Capacitors and reactors of constant impedance",
    (
        Column("shunt", "str", "name"),
        Column("bus", "str", "bus it hangs on"),
        Column("p_w", "float64", "active power drawn at nominal voltage", "W", 0.0, _MOST_W),
        Column("q_var", "float64", "reactive power drawn there", "var", -_MOST_W, _MOST_W),
    ),
)
SOURCES = Table(
    "sources",
    "Feeds from the network above, of given voltage",
    (
        Column("source", "str", "name"),
        Column("bus", "str", "bus it holds"),
        Column("voltage_share", "float64", "of the nominal voltage", "share", 0.1, 2.0),
        Column("angle_deg", "float64", "of the voltage", "deg", -360, 360, absent=0.0),
    ),
)
SWITCHES = Table(
    "switches",
    "Switches between two buses, without impedance",
    (
        Column("switch", "str", "name"),
        Column("from_bus", "str", "one bus"),
        Column("to_bus", "str", "the other"),
        Column("closed", "bool", "whether it conducts"),
    ),
)
TABLES = (BUSES, LINES, TRANSFORMERS, LOADS, GENERATORS, SHUNTS, SOURCES, SWITCHES)
_TEXTS: dict[str, dict[str, str]] = {
    "lines": {"from_end": "wired", "to_end": "wired"},
    "transformers": {"tap_side": "none", "hv_end": "wired", "lv_end": "wired"},
}
BUS_COLUMNS = {
    "lines": ("from_bus", "to_bus"),
    "transformers": ("hv_bus", "lv_bus"),
    "loads": ("bus",),
    "generators": ("bus",),
    "shunts": ("bus",),
    "sources": ("bus",),
    "switches": ("from_bus", "to_bus"),
}


def with_defaults(table: Table, given: pd.DataFrame | None) -> pd.DataFrame:
    """Return a copy with optional text columns filled in; None is a table without rows."""
    if given is None or (len(given) == 0 and len(given.columns) == 0):
        kinds = {c.name: "object" if c.dtype == "str" else c.dtype for c in table.columns}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
    frame = pd.DataFrame(given).reset_index(drop=True)
    for name, value in _TEXTS.get(table.name, {}).items():
        if name not in frame:
            frame[name] = value
    return frame


def checked(
    given: Mapping[str, pd.DataFrame | None],
) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Return the tables in their types, and every fault of columns, values and references."""
    frames = {table.name: with_defaults(table, given.get(table.name)) for table in TABLES}
    faults: list[Fault] = []
    for table in TABLES:
        frame = frames[table.name]
        faults += _unit_faults(table, frame) or table_faults(table, frame)
        faults += _name_faults(table, frame)
    if not frames["sources"].shape[0]:
        mend = "add a row with bus and voltage_share where the feeder begins"
        faults.append(Fault("sources", "there is no source", mend, code="E-NO-SOURCE"))
    if any(fault.code in {"E-COLUMN-MISSING", "E-VALUE", "E-UNIT"} for fault in faults):
        return frames, faults
    frames = {table.name: conform(table, frames[table.name]) for table in TABLES}
    faults += _reference_faults(frames) + _physics_faults(frames)
    return frames, faults


def fault_at(place: str, rows: np.ndarray, what: str, mend: str, code: str = "") -> Fault:
    """Return a fault at the first of some rows."""
    listed = tuple(int(row) for row in rows[:1000])
    more = f"; {len(rows)} like it" if len(rows) > 1 else ""
    return Fault(f"{place} row {listed[0]}", what + more, mend, code=code, rows=listed)


def _unit_faults(table: Table, frame: pd.DataFrame) -> list[Fault]:
    """Return columns that are there by another unit or by none."""
    faults = []
    for column in table.columns:
        stem = column.name.rpartition("_")[0] if column.unit not in {"", "share"} else ""
        if not stem or column.name in frame:
            continue
        alike = [n for n in frame if n == stem or str(n).startswith(f"{stem}_")]
        known = {c.name for c in table.columns}
        alike = [name for name in alike if name not in known]
        if alike:
            what = f"is not in {column.unit}, or its unit is not known"
            mend = f"give {column.name} in {column.unit}"
            faults.append(Fault(f"{table.name}.{alike[0]}", what, mend, code="E-UNIT"))
    return faults


def _name_faults(table: Table, frame: pd.DataFrame) -> list[Fault]:
    """Return names given twice."""
    name = table.columns[0].name
    if name not in frame:
        return []
    rows = np.flatnonzero(frame[name].duplicated().to_numpy())
    if not rows.size:
        return []
    what = f"{frame[name].iloc[int(rows[0])]!r} is given twice"
    return [fault_at(f"{table.name}.{name}", rows, what, "give each its own name")]


def _reference_faults(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    """Return buses that are not in the table of buses."""
    faults = []
    known = frames["buses"]["bus"]
    for table, columns in BUS_COLUMNS.items():
        for column in columns:
            values = frames[table][column]
            rows = np.flatnonzero(~values.isin(known).to_numpy(dtype=bool))
            if rows.size:
                what = f"{values.iloc[int(rows[0])]!r} is not in buses"
                mend = "add the bus, or correct the name"
                faults.append(fault_at(f"{table}.{column}", rows, what, mend))
    for table, (one, other) in (
        (name, columns) for name, columns in BUS_COLUMNS.items() if len(columns) > 1
    ):
        rows = np.flatnonzero((frames[table][one] == frames[table][other]).to_numpy(dtype=bool))
        if rows.size:
            mend = "give it two different ends, or remove it"
            faults.append(fault_at(f"{table}.{other}", rows, "ends where it begins", mend))
    return faults


def _physics_faults(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    """Return values that are lawful alone but not together."""
    faults = []
    lines, trafos = frames["lines"], frames["transformers"]
    rows = np.flatnonzero(((lines["r_ohm_per_m"] + lines["x_ohm_per_m"]) <= 0.0).to_numpy())
    if rows.size:
        what = "has neither resistance nor reactance"
        mend = "give its impedance, or make it a closed row of switches"
        faults.append(fault_at("lines.r_ohm_per_m", rows, what, mend))
    rows = np.flatnonzero((trafos["copper_share"] > trafos["short_circuit_share"]).to_numpy())
    if rows.size:
        what = f"= {trafos['copper_share'].iloc[int(rows[0])]:g} is over short_circuit_share"
        mend = "give the resistive part of the short-circuit voltage, which is the smaller"
        faults.append(fault_at("transformers.copper_share", rows, what, mend))
    loads = frames["loads"]
    for part in ("p", "q"):
        total = loads[f"current_share_{part}"] + loads[f"impedance_share_{part}"]
        rows = np.flatnonzero((total > 1.0 + 1e-12).to_numpy())
        if rows.size:
            what = f"and impedance_share_{part} sum to {total.iloc[int(rows[0])]:g}, over 1"
            mend = "what remains to 1 is constant power"
            faults.append(fault_at(f"loads.current_share_{part}", rows, what, mend))
    return faults
