"""Sewers written as SWMM input files, in metres and m3/s."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from twin.core.arrays import Float64
    from twin.flows.sewer.network import SewerNetwork


def write_inp(
    net: SewerNetwork,
    path: Path,
    *,
    inflow_m3s: Float64 | None = None,
    step_s: float = 10.0,
    report_s: float = 60.0,
) -> Path:
    """Write a network, and inflows of steps, as a SWMM file; return the path.

    Parameters
    ----------
    inflow_m3s
        Mean inflow of each step, shape (n_steps, n_nodes); SWMM takes it as that of the middle of
        the step and joins the middles by lines.
    """
    parts = {
        "OPTIONS": _options(step_s, report_s, 0 if inflow_m3s is None else inflow_m3s.shape[0]),
        **_nodes(net),
        **_links(net),
        **_inflows(net, inflow_m3s, step_s),
    }
    lines = [f"[{name}]\n" + "\n".join(rows) + "\n" for name, rows in parts.items() if rows]
    path.write_text("\n".join(lines), "utf-8")
    return path


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _options(step_s: float, report_s: float, steps: int) -> list[str]:
    days, rest = divmod(step_s * steps, 86_400.0)
    return [
        "FLOW_UNITS CMS",
        "FLOW_ROUTING DYNWAVE",
        "LINK_OFFSETS DEPTH",
        "ALLOW_PONDING NO",
        "INERTIAL_DAMPING NONE",
        "VARIABLE_STEP 0",
        f"ROUTING_STEP {_clock(step_s)}",
        f"REPORT_STEP {_clock(report_s)}",
        "START_DATE 01/01/2026",
        "START_TIME 00:00:00",
        f"END_DATE 01/{1 + int(days):02d}/2026",
        f"END_TIME {_clock(rest)}",
        "MIN_SURFAREA 1.167",
    ]


def _nodes(net: SewerNetwork) -> dict[str, list[str]]:
    """Return the lines of nodes, and curves of storages."""
    found: dict[str, list[str]] = {"JUNCTIONS": [], "OUTFALLS": [], "STORAGE": [], "CURVES": []}
    stored = dict(iter(net.frames["storages"].groupby("node", sort=False)))
    for row in net.frames["nodes"].to_dict("records"):
        name, bottom, depth = row["node"], row["bottom_m"], row["depth_m"]
        if row["outfall"]:
            stage = f"{row['stage_m']!r}" if row["outfall"] == "fixed" else ""
            found["OUTFALLS"].append(f"{name} {bottom!r} {row['outfall'].upper()} {stage} NO")
        elif name in stored:
            curve = f"area_{name}"
            start = f"{bottom!r} {depth!r} {row['initial_m']!r}"
            found["STORAGE"].append(f"{name} {start} TABULAR {curve} 0 0")
            for i, (x, y) in enumerate(stored[name][["depth_m", "area_m2"]].to_numpy().tolist()):
                found["CURVES"].append(f"{curve} {'Storage' if i == 0 else ''} {x!r} {y!r}")
        else:
            found["JUNCTIONS"].append(f"{name} {bottom!r} {depth!r} {row['initial_m']!r} 0 0")
    return found


def _links(net: SewerNetwork) -> dict[str, list[str]]:
    """Return the lines of links, their sections and curves of pumps."""
    names = ("CONDUITS", "ORIFICES", "WEIRS", "PUMPS", "XSECTIONS", "CURVES")
    found: dict[str, list[str]] = {name: [] for name in names}
    for row in net.frames["conduits"].to_dict("records"):
        ends = f"{row['conduit']} {row['from_node']} {row['to_node']} {row['length_m']!r}"
        offsets = f"{row['from_offset_m']!r} {row['to_offset_m']!r}"
        found["CONDUITS"].append(f"{ends} {row['roughness']!r} {offsets} 0 0")
        size = f"{row['height_m']!r} {row['width_m']!r} {row['side_slope']!r} {row['side_slope']!r}"
        found["XSECTIONS"].append(f"{row['conduit']} {row['shape'].upper()} {size} 1")
    for row in net.frames["orifices"].to_dict("records"):
        flap = "YES" if row["one_way"] else "NO"
        law = f"{row['kind'].upper()} {row['crest_m']!r} {row['coefficient']!r} {flap}"
        found["ORIFICES"].append(f"{row['orifice']} {row['from_node']} {row['to_node']} {law}")
        size = f"{row['height_m']!r} {row['area_m2'] / row['height_m']!r}"
        found["XSECTIONS"].append(f"{row['orifice']} RECT_CLOSED {size} 0 0 1")
    for row in net.frames["weirs"].to_dict("records"):
        flap = "YES" if row["one_way"] else "NO"
        law = f"TRANSVERSE {row['crest_m']!r} {row['coefficient']!r} {flap} 0 0"
        found["WEIRS"].append(f"{row['weir']} {row['from_node']} {row['to_node']} {law}")
        size = f"{row['height_m']!r} {row['width_m']!r}"
        found["XSECTIONS"].append(f"{row['weir']} RECT_OPEN {size} 0 0 1")
    for name, table in net.frames["pumps"].groupby("pump", sort=False):
        row = table.iloc[0]
        found["PUMPS"].append(f"{name} {row['from_node']} {row['to_node']} lift_{name} ON 0 0")
        kind = "PUMP4" if row["by"] == "depth" else "PUMP3"
        for i, (x, y) in enumerate(table[["x_m", "flow_m3s"]].to_numpy().tolist()):
            found["CURVES"].append(f"lift_{name} {kind if i == 0 else ''} {x!r} {y!r}")
    found["CURVES"] = _nodes(net)["CURVES"] + found["CURVES"]
    return found


def _inflows(net: SewerNetwork, inflow_m3s: Float64 | None, step_s: float) -> dict[str, list[str]]:
    """Return the lines of inflows."""
    found: dict[str, list[str]] = {"INFLOWS": [], "TIMESERIES": []}
    if inflow_m3s is None:
        return found
    hours = (np.arange(inflow_m3s.shape[0]) + 0.5) * step_s / 3600.0
    for name, row in net.row_of.items():
        if inflow_m3s[:, row].any():
            found["INFLOWS"].append(f"{name} FLOW in_{name} FLOW 1.0 1.0 0")
            points = zip(hours.tolist(), inflow_m3s[:, row].tolist(), strict=True)
            found["TIMESERIES"] += [f"in_{name} {t!r} {q!r}" for t, q in points]
    return found
