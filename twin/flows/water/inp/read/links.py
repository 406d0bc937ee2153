"""Pipes, pumps and valves of an EPANET input file, as rows of the links table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from twin.core.registry import nearest
from twin.flows.water.network.kinds import VALVE_KINDS
from twin.flows.water.network.tables import Headloss

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.flows.water.inp.lines import InpText, Row
    from twin.flows.water.inp.options import Options
    from twin.flows.water.inp.read.nodes import Curves, Patterns

_STATUS = {"OPEN", "CLOSED"}
_SETTING = 5
_PRESSURE_VALVES = {"prv", "psv", "pbv"}


def link_rows(
    inp: InpText, options: Options, patterns: Patterns, curves: Curves, nodes: set[str]
) -> list[dict[str, Any]]:
    """Return all links, pipes first, in SI units."""
    found: dict[str, dict[str, Any]] = {}
    for row in inp.rows["PIPES"]:
        link = _new(inp, row, found, nodes)
        found[row.words[0]] = link | _pipe(inp, row, options)
    for row in inp.rows["PUMPS"]:
        link = _new(inp, row, found, nodes)
        found[row.words[0]] = link | _pump(inp, row, options, patterns, curves)
    for row in inp.rows["VALVES"]:
        link = _new(inp, row, found, nodes)
        found[row.words[0]] = link | _valve(inp, row, options, curves)
    _status(inp, options, found)
    return list(found.values())


def _new(inp: InpText, row: Row, found: Mapping[str, Any], nodes: set[str]) -> dict[str, Any]:
    """Return the row of a new link with its ends."""
    if row.words[0] in found:
        inp.fault(row, f"link {row.words[0]!r} is defined twice", "rename or remove one")
    ends = row.word(1), row.word(2)
    for end in ends:
        inp.known(row, end, "node", nodes)
    if ends[0] == ends[1] != "":
        inp.fault(row, f"link {row.words[0]!r} joins {ends[0]!r} to itself", "remove the link")
    return {
        "link": row.words[0],
        "from_node": ends[0],
        "to_node": ends[1],
        "place": inp.place(row),
        "is_open": True,
    }


def _pipe(inp: InpText, row: Row, options: Options) -> dict[str, Any]:
    """Return the columns of a pipe."""
    units, status = options.units, row.word(7, "OPEN").upper()
    minor = 0.0
    if row.word(6).upper() in {*_STATUS, "CV"}:
        status = row.word(6).upper()
    else:
        minor = inp.number(row, 6, "minor loss", 0.0)
    if status not in {*_STATUS, "CV"}:
        inp.fault(row, f"status {status} is not OPEN, CLOSED or CV", "correct the last word")
    rough = units.rough_m if options.headloss is Headloss.DARCY_WEISBACH else 1.0
    return {
        "kind": "pipe",
        "length_m": units.length_m * inp.number(row, 3, "length"),
        "diameter_m": units.diameter_m * inp.number(row, 4, "diameter"),
        "roughness": rough * inp.number(row, 5, "roughness"),
        "minor_loss": minor,
        "check_valve": status == "CV",
        "is_open": status != "CLOSED",
    }


def _pump(
    inp: InpText, row: Row, options: Options, patterns: Patterns, curves: Curves
) -> dict[str, Any]:
    """Return the columns of a pump."""
    units, pump = options.units, {"kind": "pump", "speed": 1.0}
    words = {word.upper() for word in row.words[3::2]}
    for at in range(3, len(row.words), 2):
        word = row.words[at].upper()
        value = row.word(at + 1)
        if word == "HEAD" and inp.known(row, value, "curve", curves):
            pump["curve"] = [(units.flow_m3s * q, units.length_m * h) for q, h in curves[value]]
        elif word == "POWER":
            pump["power_w"] = units.power_w * inp.number(row, at + 1, "power")
        elif word == "SPEED":
            pump["speed"] = inp.number(row, at + 1, "speed")
        elif word == "PATTERN" and inp.known(row, value, "pattern", patterns):
            pump["speed_pattern"] = value
        elif word not in {"HEAD", "PATTERN"}:
            hint = nearest(word, ["HEAD", "POWER", "SPEED", "PATTERN"])
            inp.fault(row, f"{word} is no word of a pump", hint)
    if not words & {"HEAD", "POWER"}:
        inp.fault(row, "has neither HEAD nor POWER", "name a head curve or give the power")
    return pump


def _valve(inp: InpText, row: Row, options: Options, curves: Curves) -> dict[str, Any]:
    """Return the columns of a valve."""
    units, kind = options.units, row.word(4).lower()
    valve: dict[str, Any] = {
        "kind": kind,
        "diameter_m": units.diameter_m * inp.number(row, 3, "diameter"),
        "minor_loss": inp.number(row, 6, "minor loss", 0.0),
    }
    if not kind:
        inp.fault(row, "has no valve type", "give PRV, PSV, PBV, FCV, TCV, GPV or PCV as word 5")
        return valve | {"kind": "tcv"}
    if kind not in VALVE_KINDS:
        kinds = [name.upper() for name in VALVE_KINDS]
        inp.fault(row, f"valve type {row.word(4)!r} is not known", nearest(kind.upper(), kinds))
        valve["kind"] = "tcv"
    if len(row.words) <= _SETTING:
        wanted = "name of a curve" if kind == "gpv" else "setting"
        inp.fault(row, f"has no {wanted}", f"give it as word {_SETTING + 1} of the line")
        return valve
    if kind == "gpv":
        if inp.known(row, row.word(5), "curve", curves):
            points = curves[row.word(5)]
            valve["curve"] = [(units.flow_m3s * q, units.length_m * h) for q, h in points]
        return valve
    if kind == "pcv" and row.word(7) and inp.known(row, row.word(7), "curve", curves):
        valve["curve"] = curves[row.word(7)]
    valve["setting"] = setting_si(options, kind, inp.number(row, _SETTING, "setting"))
    return valve


def setting_si(options: Options, kind: str, value: float) -> float:
    """Return a setting in SI: pressure in m, flow in m3/s, speed or coefficient as it is."""
    if kind in _PRESSURE_VALVES:
        return options.units.pressure_m * value
    return options.units.flow_m3s * value if kind == "fcv" else value


def _status(inp: InpText, options: Options, found: Mapping[str, dict[str, Any]]) -> None:
    """Apply the STATUS section; a range of two link names is not taken."""
    for row in inp.rows["STATUS"]:
        if not inp.known(row, row.words[0], "link", found):
            continue
        link, word = found[row.words[0]], row.word(1).upper()
        if not word:
            inp.fault(row, "has no status or setting", "write OPEN, CLOSED or a number after it")
        elif len(row.words) > len(("link", "status")):
            what = f"{row.text.strip()!r} has more than a link and its status"
            inp.fault(row, what, "give every link a line of its own: ranges are not taken")
        elif link.get("check_valve"):
            inp.fault(row, f"{row.words[0]!r} is a check valve", "remove the line")
        elif word in _STATUS:
            link.update(_switched(link["kind"], is_open=word == "OPEN"))
        elif math.isnan(value := _number(row.word(1))):
            what = f"{row.word(1)!r} is no status or setting"
            inp.fault(row, what, "write OPEN, CLOSED or a number")
        elif link["kind"] == "pump":
            link["speed"], link["is_open"] = value, value != 0.0
        elif link["kind"] in VALVE_KINDS:
            link["setting"] = setting_si(options, link["kind"], value)
            link["is_open"], link["fixed"] = True, False
        else:
            link["is_open"] = value != 0.0


def _switched(kind: str, *, is_open: bool) -> dict[str, Any]:
    """Return the columns of a link that OPEN or CLOSED sets."""
    if kind == "pump" and is_open:
        return {"is_open": True, "speed": 1.0}  # whatever SPEED states, as in EPANET
    return {"is_open": is_open, "fixed": kind in VALVE_KINDS}


def _number(text: str) -> float:
    """Return a finite number, NaN for any other text."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
