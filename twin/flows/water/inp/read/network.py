"""Reading an EPANET 2.2 input file into a network."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.water.inp.lines import KEPT, InpText, Row, read_text
from twin.flows.water.inp.options import (
    Options,
    kept_options,
    kept_times,
    read_options,
    read_times,
    report_ignored,
)
from twin.flows.water.inp.read.controls import read_controls, read_rules
from twin.flows.water.inp.read.leakage import read_leakage
from twin.flows.water.inp.read.links import link_rows
from twin.flows.water.inp.read.nodes import node_rows
from twin.flows.water.network.tables import WaterNetwork

if TYPE_CHECKING:
    import os


_LINE = re.compile(r":(\d+): \[")


def read_inp(path: str | os.PathLike[str]) -> WaterNetwork:
    """Read the hydraulics of an EPANET 2.2 input file, and the leakage and PCVs of 2.3.

    Parameters
    ----------
    path
        The file. Quality, map and report sections are kept as they are in `kept`. What is read,
        kept, ignored and refused stands word by word in the page on water.

    Raises
    ------
    CityDataError
        With every fault found: section, line, value and cure.

    References
    ----------
    Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, appendix C.
    """
    return network_of_text(read_text(Path(path)))


def network_of_text(inp: InpText) -> WaterNetwork:
    """Build the network of a file that was split into rows."""
    options, times = read_options(inp), read_times(inp)
    report_ignored(inp)
    patterns, curves = _patterns(inp, options), _curves(inp)
    nodes = node_rows(inp, options, patterns, curves)
    links = link_rows(inp, options, patterns, curves, {row["node"] for row in nodes})
    by_node = {row["node"]: row for row in nodes}
    by_link = {row["link"]: row for row in links}
    read_leakage(inp, options, by_node, by_link)
    controls = read_controls(inp, options, by_node, by_link)
    rules = read_rules(inp, options, by_node, by_link)
    frames = _frame(nodes, ("node",)), _frame(links, ("link", "from_node", "to_node"))
    if not nodes:
        inp.faults.append(Fault(inp.name, "has no nodes", "fill [JUNCTIONS] and [RESERVOIRS]"))
    elif inp.faults:
        inp.faults += _more_faults(inp, *frames, patterns)
    if inp.faults:
        raise CityDataError(_in_order(inp.faults))
    kept = _kept(inp)
    try:
        return WaterNetwork.from_frames(
            *frames,
            patterns=patterns,
            pattern_step_s=float(times.pattern_step_s),
            headloss=options.headloss,
            viscosity_m2s=options.viscosity_m2s,
            times=times,
            pressure_driven=options.pressure_driven,
            controls=controls,
            rules=rules,
            kept={name: tuple(row.text for row in rows) for name, rows in kept.items()},
            kept_places={name: _places(inp, rows) for name, rows in kept.items()},
        )
    except CityDataError as error:
        raise CityDataError(_in_order([*error.faults])) from None


def _places(inp: InpText, rows: list[Row]) -> tuple[str, ...]:
    """Return file and number of some lines."""
    return tuple(f"{inp.name}:{row.line}" for row in rows)


def _more_faults(
    inp: InpText, nodes: pd.DataFrame, links: pd.DataFrame, patterns: dict[str, list[float]]
) -> list[Fault]:
    """Return what else is wrong, in lines that could be read."""
    reported = {fault.where for fault in inp.faults}
    curves = {row.words[0] for row in inp.rows["CURVES"] if inp.place(row) in reported}
    users = {
        inp.place(row)
        for name in ("TANKS", "PUMPS", "VALVES")
        for row in inp.rows[name]
        if not curves.isdisjoint(row.words[3:])
    }
    try:
        WaterNetwork.from_frames(nodes, links, patterns=patterns)
    except CityDataError as error:
        rows = [(fault, fault.where.rsplit(" (", 1)[0]) for fault in error.faults]
        return [
            fault
            for fault, where in rows
            if where not in reported and not (where in users and "curve" in fault.what)
        ]
    return []


def _line(fault: Fault) -> int:
    """Return the line a fault names, 0 for none."""
    found = _LINE.search(fault.where)
    return int(found[1]) if found else 0


def _in_order(faults: list[Fault]) -> list[Fault]:
    """Return faults by line, those of no line last."""
    return sorted(faults, key=lambda fault: _line(fault) or math.inf)


def _kept(inp: InpText) -> dict[str, list[Row]]:
    """Return the lines that are written back as they are, by section."""
    whole = ("TITLE", "CURVES", "ENERGY", "LEAKAGE", *KEPT)
    kept = {name: inp.rows[name] for name in whole}
    return kept | {"OPTIONS": kept_options(inp), "TIMES": kept_times(inp)}


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return rows as a table that has at least some columns."""
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(columns))


def _numbers(inp: InpText, row: Row, first: int, name: str) -> list[float]:
    """Return all numbers from a word on."""
    return [inp.number(row, at, name) for at in range(first, len(row.words))]


def _patterns(inp: InpText, options: Options) -> dict[str, list[float]]:
    """Return factors by pattern."""
    found: dict[str, list[float]] = {}
    for row in inp.rows["PATTERNS"]:
        values = _numbers(inp, row, 1, "factor")
        if not values:
            inp.fault(
                row, f"pattern {row.words[0]!r} has no factors", "give numbers after its name"
            )
        found.setdefault(row.words[0], []).extend(v for v in values if not math.isnan(v))
    if options.pattern not in found:
        # EPANET runs a file whose default pattern is missing with factors of one
        found[options.pattern] = [1.0]
    return {name: values or [1.0] for name, values in found.items()}


def _curves(inp: InpText) -> dict[str, list[tuple[float, float]]]:
    """Return points by curve, in the units of the file."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in inp.rows["CURVES"]:
        points = found.setdefault(row.words[0], [])
        values = _numbers(inp, row, 1, "coordinate")
        if not values or len(values) % 2:
            what = f"curve {row.words[0]!r} has {len(values)} numbers in this line"
            inp.fault(row, what, "give pairs of x and y after its name")
            continue
        for x, y in zip(values[::2], values[1::2], strict=True):
            if points and x <= points[-1][0]:
                what = f"curve {row.words[0]!r} goes back from x = {points[-1][0]:g} to {x:g}"
                inp.fault(row, what, "order its points by rising x")
                continue
            if not math.isnan(x + y):
                points.append((x, y))
    return found
