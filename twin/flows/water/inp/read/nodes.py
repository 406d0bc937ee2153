"""Junctions, reservoirs and tanks of an EPANET input file, as rows of the nodes table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.flows.water.inp.lines import InpText, Row
    from twin.flows.water.inp.options import Options

type Curves = Mapping[str, Sequence[tuple[float, float]]]
type Patterns = Mapping[str, Sequence[float]]
_OVERFLOW = 8
_LEAST_VOLUME = 6
_VOLUME_CURVE = 7
_LEAST_SPAN_M = 0.1 * 0.3048


def node_rows(
    inp: InpText, options: Options, patterns: Patterns, curves: Curves
) -> list[dict[str, Any]]:
    """Return all nodes, junctions first, in SI units."""
    found: dict[str, dict[str, Any]] = {}
    base = _junction_defaults(inp, options)
    for row in inp.rows["JUNCTIONS"]:
        node = _new(inp, row, found, "junction") | base
        node["elevation_m"] = options.units.length_m * inp.number(row, 1, "elevation", 0.0)
        demand = inp.number(row, 2, "demand", 0.0)
        node["demands"] = [_category(inp, row, options, patterns, (demand, row.word(3)))]
        found[row.words[0]] = node
    for row in inp.rows["RESERVOIRS"]:
        node = _new(inp, row, found, "reservoir")
        node["head_m"] = options.units.length_m * inp.number(row, 1, "head")
        if row.word(2) and inp.known(row, row.word(2), "pattern", patterns):
            node["pattern"] = row.word(2)
        found[row.words[0]] = node
    for row in inp.rows["TANKS"]:
        node = _new(inp, row, found, "tank")
        found[row.words[0]] = node | _tank(inp, row, options, curves)
    _demands(inp, options, patterns, found)
    _emitters(inp, options, found)
    return list(found.values())


def _new(inp: InpText, row: Row, found: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the row of a new node."""
    if row.words[0] in found:
        inp.fault(row, f"node {row.words[0]!r} is defined twice", "rename or remove one")
    return {"node": row.words[0], "kind": kind, "place": inp.place(row)}


def _junction_defaults(inp: InpText, options: Options) -> dict[str, Any]:
    """Return what all junctions share: the law of pressure-driven demand."""
    scale = options.units.pressure_m
    least, full = scale * options.least_pressure, scale * options.full_pressure
    if options.pressure_driven and full - least < _LEAST_SPAN_M - 1e-9:
        row = next(row for row in inp.rows["OPTIONS"] if row.words[0].upper() == "DEMAND")
        what = f"required pressure {options.full_pressure:g} is not 0.1 over the minimum"
        what += f" pressure {options.least_pressure:g}"
        inp.fault(row, what, "raise REQUIRED PRESSURE")
    return {
        "least_pressure_m": least,
        "full_pressure_m": max(full, least + _LEAST_SPAN_M),
        "demand_exponent": options.demand_exponent,
    }


def _category(
    inp: InpText, row: Row, options: Options, patterns: Patterns, given: tuple[float, str]
) -> tuple[float, str]:
    """Return (demand in m3/s, pattern) of one demand category."""
    demand, pattern = given
    if not pattern or not inp.known(row, pattern, "pattern", patterns):
        pattern = options.pattern
    return options.demand_multiplier * options.units.flow_m3s * demand, pattern


def _tank(inp: InpText, row: Row, options: Options, curves: Curves) -> dict[str, Any]:
    """Return the columns of a tank."""
    length = options.units.length_m
    if len(row.words) <= len(("id", "elevation")):
        # EPANET reads a tank without levels as a reservoir
        return {"kind": "reservoir", "head_m": length * inp.number(row, 1, "elevation")}
    names = ("elevation_m", "init_level_m", "min_level_m", "max_level_m", "diameter_m")
    tank: dict[str, Any] = {
        name: length * inp.number(row, at, name.removesuffix("_m"))
        for at, name in enumerate(names, start=1)
    }
    volume = options.units.volume_m3
    tank["min_volume_m3"] = volume * inp.number(row, _LEAST_VOLUME, "minimum volume", 0.0)
    curve = row.word(_VOLUME_CURVE, "*")
    if curve != "*" and inp.known(row, curve, "curve", curves):
        tank["volume_curve"] = [(length * x, volume * y) for x, y in curves[curve]]
    spills = row.word(_OVERFLOW, "NO").upper()
    if spills not in {"YES", "NO"}:
        inp.fault(row, f"overflow is {row.word(_OVERFLOW)!r}", "write YES or NO, or leave it out")
    tank["overflow"] = spills == "YES"
    return tank


def _demands(
    inp: InpText, options: Options, patterns: Patterns, found: Mapping[str, dict[str, Any]]
) -> None:
    """Put the demand categories in the place of the demand beside the junction."""
    first: set[str] = set()
    for row in inp.rows["DEMANDS"]:
        name = row.words[0]
        if name.upper() == "MULTIPLY":
            inp.fault(row, "MULTIPLY is of EPANET 1", "use DEMAND MULTIPLIER in [OPTIONS]")
            continue
        if not inp.known(row, name, "junction", found):
            continue
        if found[name]["kind"] != "junction":
            inp.fault(row, f"{name!r} is a {found[name]['kind']}", "give demands to junctions only")
            continue
        demand = inp.number(row, 1, "demand")
        given = (0.0 if math.isnan(demand) else demand, row.word(2))
        category = _category(inp, row, options, patterns, given)
        if name not in first:
            found[name]["demands"] = []
            first.add(name)
        found[name]["demands"].append(category)


def _emitters(inp: InpText, options: Options, found: Mapping[str, dict[str, Any]]) -> None:
    """Add emitters to junctions."""
    units, exponent = options.units, options.emitter_exponent
    for row in inp.rows["EMITTERS"]:
        if not inp.known(row, row.words[0], "junction", found):
            continue
        node = found[row.words[0]]
        coefficient = inp.number(row, 1, "emitter coefficient")
        if node["kind"] != "junction":
            what = f"{row.words[0]!r} is a {node['kind']}"
            inp.fault(row, what, "give emitters to junctions only")
            continue
        if coefficient < 0.0:
            what = f"emitter coefficient = {coefficient:g} is negative"
            inp.fault(row, what, "give a positive one; an emitter lets water out")
            continue
        # flow = coefficient * pressure^exponent in the file's units of both
        node["emitter_backflow"] = options.emitter_backflow
        node["leak_coefficient"] = coefficient * units.flow_m3s / units.pressure_m**exponent
        node["leak_exponent"] = exponent
