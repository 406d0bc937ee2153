"""The tables of a sewer and everything that can be wrong with their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.core.columns import Column, Table, conform, table_faults
from twin.core.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

SHAPES = ("circular", "rect_closed", "rect_open", "trapezoidal", "egg")
OUTFALLS = ("free", "normal", "fixed")
NODES = Table(
    "nodes",
    "Manholes, storages and outfalls",
    (
        Column("node", "str", "name"),
        Column("bottom_m", "float64", "level of its bottom", "m", -450, 6500),
        Column("depth_m", "float64", "from bottom to rim", "m", 0.0, 1000, absent=1000.0),
        Column("area_m2", "float64", "inner area of a manhole", "m2", 0.01, 1e7, absent=1.167),
        Column("initial_m", "float64", "depth of water at the start", "m", 0.0, 1000, absent=0.0),
        Column("outfall", "str", "kind of outfall", choices=OUTFALLS, nullable=True),
        Column(
            "stage_m",
            "float64",
            "level at a fixed one",
            "m",
            -450,
            6500,
            absent=np.nan,
            nullable=True,
        ),
    ),
)
CONDUITS = Table(
    "conduits",
    "Pipes and channels",
    (
        Column("conduit", "str", "name"),
        Column("from_node", "str", "node that flow is positive out of"),
        Column("to_node", "str", "node that flow is positive into"),
        Column("length_m", "float64", "length", "m", 0.1, 1e5),
        Column("roughness", "float64", "Manning's n", "s/m^(1/3)", 0.001, 1.0),
        Column("from_offset_m", "float64", "invert over the bottom", "m", 0.0, 500, absent=0.0),
        Column("to_offset_m", "float64", "invert over the bottom", "m", 0.0, 500, absent=0.0),
        Column("shape", "str", "section", choices=SHAPES),
        Column("height_m", "float64", "inner height", "m", 0.01, 100.0),
        Column(
            "width_m",
            "float64",
            "of rectangles; of a trapezoid at the bottom",
            "m",
            0.0,
            1e4,
            absent=0.0,
        ),
        Column(
            "side_slope", "float64", "run per rise, mean of both sides", "", 0.0, 100, absent=0.0
        ),
    ),
)
STORAGES = Table(
    "storages",
    "Area by depth of nodes that store, in rising depth",
    (
        Column("node", "str", "node it describes"),
        Column("depth_m", "float64", "depth", "m", 0.0, 1000),
        Column("area_m2", "float64", "area there", "m2", 0.01, 1e8),
    ),
)
_ENDS = (
    Column("from_node", "str", "node it draws from"),
    Column("to_node", "str", "node it gives to"),
)
ORIFICES = Table(
    "orifices",
    "Openings in a wall (side) or floor (bottom)",
    (
        Column("orifice", "str", "name"),
        *_ENDS,
        Column("kind", "str", "where it is", choices=("side", "bottom")),
        Column("crest_m", "float64", "its lowest point over the bottom", "m", 0.0, 500, absent=0.0),
        Column("height_m", "float64", "height, or diameter", "m", 0.01, 50.0),
        Column("area_m2", "float64", "its area", "m2", 1e-4, 1e3),
        Column("coefficient", "float64", "of discharge", "", 0.01, 1.5),
        Column("one_way", "bool", "whether a flap keeps water back", absent=0),
    ),
)
WEIRS = Table(
    "weirs",
    "Sharp-crested weirs across the flow, Q = C L H^1.5",
    (
        Column("weir", "str", "name"),
        *_ENDS,
        Column("crest_m", "float64", "its crest over the bottom", "m", 0.0, 500),
        Column("height_m", "float64", "of its opening", "m", 0.01, 100.0),
        Column("width_m", "float64", "length of its crest", "m", 0.01, 1e4),
        Column("coefficient", "float64", "C", "m^0.5/s", 0.1, 4.0),
        Column("one_way", "bool", "whether a flap keeps water back", absent=0),
    ),
)
PUMPS = Table(
    "pumps",
    "Pumps; one row for each point of their curve",
    (
        Column("pump", "str", "name"),
        *_ENDS,
        Column("by", "str", "what its flow depends on", choices=("depth", "head")),
        Column("x_m", "float64", "depth of water, or lift", "m", -100, 1000),
        Column("flow_m3s", "float64", "flow there", "m3/s", 0.0, 1e3),
    ),
)
TABLES = (NODES, CONDUITS, STORAGES, ORIFICES, WEIRS, PUMPS)


def checked(
    given: Mapping[str, pd.DataFrame | None],
) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Return the tables in their types, and every fault of columns, values and references."""
    frames, faults = {}, []
    for table in TABLES:
        frame = given.get(table.name)
        if frame is None or not len(frame.columns):
            kinds = {c.name: "object" if c.dtype == "str" else c.dtype for c in table.columns}
            frame = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
        frame = frame.reset_index(drop=True)
        if table is NODES and "outfall" not in frame:
            frame = frame.assign(outfall="")
        faults += table_faults(table, frame)
        frames[table.name] = frame
    if faults:
        return frames, faults
    frames = {table.name: conform(table, frames[table.name]) for table in TABLES}
    faults = _reference_faults(frames)
    return frames, faults or _physics_faults(frames)


def fault_at(place: str, rows: np.ndarray, what: str, mend: str, code: str = "") -> Fault:
    """Return a fault at the first of some rows."""
    more = f"; {len(rows)} like it" if len(rows) > 1 else ""
    listed = tuple(int(row) for row in rows[:1000])
    return Fault(f"{place} row {listed[0]}", what + more, mend, code=code, rows=listed)


def _reference_faults(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    """Return names given twice and nodes that are not there."""
    faults = []
    for table, column in (("nodes", "node"), ("conduits", "conduit"), ("orifices", "orifice")):
        rows = np.flatnonzero(frames[table][column].duplicated().to_numpy())
        if rows.size:
            what = f"{frames[table][column].iloc[int(rows[0])]!r} is given twice"
            faults.append(fault_at(f"{table}.{column}", rows, what, "give each its own name"))
    known = frames["nodes"]["node"]
    for table in ("conduits", "orifices", "weirs", "pumps"):
        for column in ("from_node", "to_node"):
            values = frames[table][column]
            rows = np.flatnonzero(~values.isin(known).to_numpy(dtype=bool))
            if rows.size:
                what = f"{values.iloc[int(rows[0])]!r} is not in nodes"
                faults.append(
                    fault_at(f"{table}.{column}", rows, what, "add the node, or correct the name")
                )
    return faults


def _physics_faults(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    """Return conduits that run uphill, outfalls without a stage, sections without a width."""
    nodes, conduits = frames["nodes"], frames["conduits"]
    bottom = dict(zip(nodes["node"], nodes["bottom_m"], strict=True))
    fall = np.array(
        [
            bottom[one] + a - bottom[other] - b
            for one, other, a, b in zip(
                conduits["from_node"],
                conduits["to_node"],
                conduits["from_offset_m"],
                conduits["to_offset_m"],
                strict=True,
            )
        ]
    )
    faults = []
    rows = np.flatnonzero(fall < 0.0)
    if rows.size:
        what = f"runs uphill by {-fall[rows[0]]:.3f} m"
        mend = "lower bottom_m of its to_node, or swap its ends"
        faults.append(fault_at("conduits", rows, what, mend, "E-UPHILL"))
    needs = conduits["shape"].isin(["rect_closed", "rect_open"]) & (conduits["width_m"] <= 0.0)
    flat = (conduits["shape"] == "trapezoidal") & (
        conduits["width_m"] + conduits["side_slope"] <= 0.0
    )
    rows = np.flatnonzero((needs | flat).to_numpy())
    if rows.size:
        faults.append(fault_at("conduits.width_m", rows, "is 0 m", "give the inner width"))
    missing = (nodes["outfall"] == "fixed") & nodes["stage_m"].isna()
    rows = np.flatnonzero(missing.to_numpy())
    if rows.size:
        mend = "give the level of the water it discharges into"
        faults.append(fault_at("nodes.stage_m", rows, "of a fixed outfall is not given", mend))
    return faults
