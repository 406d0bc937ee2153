"""The OPTIONS and TIMES of an EPANET input file."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

from twin.core.registry import nearest
from twin.flows.water.inp.units import FLOW_UNITS, FOOT_M, PRESSURE_UNITS, Units, units_of
from twin.flows.water.network.tables import WATER_VISCOSITY_M2S, Headloss
from twin.flows.water.network.times import Times

if TYPE_CHECKING:
    from twin.flows.water.inp.lines import InpText, Row

_LOG = logging.getLogger(__name__)
_WHY = "the solver has limits of its own, `SolveOptions`, and needs no map"
_LAWS = {
    "H-W": Headloss.HAZEN_WILLIAMS,
    "D-W": Headloss.DARCY_WEISBACH,
    "C-M": Headloss.CHEZY_MANNING,
}
_IGNORED = (
    "TRIALS",
    "ACCURACY",
    "UNBALANCED",
    "QUALITY",
    "DIFFUSIVITY",
    "TOLERANCE",
    "CHECKFREQ",
    "MAXCHECK",
    "DAMPLIMIT",
    "HEADERROR",
    "FLOWCHANGE",
    "HTOL",
    "QTOL",
    "RQTOL",
    "MAP",
    "VERIFY",
    "SEGMENTS",
)
"""Stop tests of EPANET, which are laxer than ours, and what is not hydraulics."""
_IGNORED_NUMBERS = {*_IGNORED} - {"UNBALANCED", "QUALITY", "MAP", "VERIFY"}
_OF_QUALITY = {"QUALITY", "DIFFUSIVITY", "TOLERANCE"}
_UNIT_WORDS = ("UNITS", "PRESSURE", "SPECIFIC", "PATTERN")
_RELATIVE_VISCOSITY = 1e-3
"""A larger value is a multiple of water's, a smaller one is in area per second."""
_CHOICES: dict[str, tuple[str, dict[str, Any]]] = {
    "UNITS": ("flow", {**{name: name for name in FLOW_UNITS}, "SI": "LPS"}),
    "PRESSURE": ("pressure", {name: name for name in PRESSURE_UNITS}),
    "HEADLOSS": ("headloss", _LAWS),
    "DEMAND MODEL": ("pressure_driven", {"DDA": False, "PDA": True}),
    "BACKFLOW": ("emitter_backflow", {"YES": True, "NO": False}),
    "BACKFLOW ALLOWED": ("emitter_backflow", {"YES": True, "NO": False}),
    "EMITTER BACKFLOW": ("emitter_backflow", {"YES": True, "NO": False}),
}
DAY_S = 86400
_PAST_TWELVE = 13.0
_NUMBERS = {
    "SPECIFIC GRAVITY": "specific_gravity",
    "DEMAND MULTIPLIER": "demand_multiplier",
    "EMITTER EXPONENT": "emitter_exponent",
    "MINIMUM PRESSURE": "least_pressure",
    "REQUIRED PRESSURE": "full_pressure",
    "PRESSURE EXPONENT": "demand_exponent",
    "VISCOSITY": "viscosity",
}


@final
@dataclass(frozen=True, slots=True)
class Options:
    """Options as the file gives them, in its units."""

    flow: str = "GPM"
    pressure: str | None = None
    headloss: Headloss = Headloss.HAZEN_WILLIAMS
    viscosity: float = 1.0
    specific_gravity: float = 1.0
    pattern: str = "1"
    demand_multiplier: float = 1.0
    emitter_exponent: float = 0.5
    emitter_backflow: bool = True
    pressure_driven: bool = False
    least_pressure: float = 0.0
    full_pressure: float = 0.1
    demand_exponent: float = 0.5

    @property
    def units(self) -> Units:
        """Factors to SI."""
        return units_of(self.flow, self.pressure, self.specific_gravity)

    @property
    def viscosity_m2s(self) -> float:
        """Kinematic viscosity."""
        if self.viscosity > _RELATIVE_VISCOSITY:
            return WATER_VISCOSITY_M2S * self.viscosity
        return self.viscosity * (FOOT_M**2 if self.units.length_m == FOOT_M else 1.0)


def read_options(inp: InpText) -> Options:
    """Return the options; those not given have EPANET's defaults."""
    found = Options()
    for row in inp.rows["OPTIONS"]:
        found = replace(found, **_option(inp, row))
    return found


def kept_options(inp: InpText) -> list[Row]:
    """Return the lines of OPTIONS with units, names or no hydraulics, for a file written back."""
    found = []
    for row in inp.rows["OPTIONS"]:
        words = [word.upper() for word in row.words]
        number = " ".join(words[:2]) in _NUMBERS and words[0] != "SPECIFIC"
        if "BACKFLOW" in words[:2] or (words[0] in {*_IGNORED, *_UNIT_WORDS} and not number):
            found.append(row)
    return found


def report_ignored(inp: InpText) -> None:
    """Log the options and times that are written back but change no result here."""
    for row in inp.rows["OPTIONS"]:
        if row.words[0].upper() in {*_IGNORED} - _OF_QUALITY:
            _LOG.info("%s: %s is ignored: %s", inp.place(row), row.words[0].upper(), _WHY)
    for row in inp.rows["TIMES"]:
        if row.words[0].upper() == "STATISTIC":
            _LOG.info("%s: STATISTIC is ignored: all reported times are returned", inp.place(row))


def _option(inp: InpText, row: Row) -> dict[str, Any]:
    """Return what one line of OPTIONS sets."""
    words = [word.upper() for word in row.words]
    first, both = words[0], " ".join(words[:2])
    name = both if both in _NUMBERS or both in _CHOICES else first
    at = len(name.split())
    if first == "SPECIFIC":  # EPANET looks at this word alone
        name, at = "SPECIFIC GRAVITY", len(words) - 1
    if name in _NUMBERS:
        return _positive(inp, row, at, name)
    if name in _CHOICES:
        return _choice(inp, row, at, name)
    if first == "PATTERN":
        return {"pattern": row.word(1)}
    if first in _IGNORED_NUMBERS:
        _positive(inp, row, 1, first)
    elif first == "HYDRAULICS":
        inp.fault(row, "HYDRAULICS reads or saves a binary file", "remove the line; run the model")
    elif first not in _IGNORED:
        known = [*_NUMBERS, *_IGNORED, *_CHOICES, "PATTERN"]
        inp.fault(row, f"option {first} is not known", nearest(first, known))
    return {}


def _positive(inp: InpText, row: Row, at: int, name: str) -> dict[str, Any]:
    """Return a number option, checked."""
    value = inp.number(row, at, name.lower())
    if math.isnan(value):
        return {}
    zero_allowed = name in {"MINIMUM PRESSURE", "DEMAND MULTIPLIER", *_IGNORED_NUMBERS}
    if value < 0.0 or (value == 0.0 and not zero_allowed):
        sort = "negative" if zero_allowed else "not positive"
        inp.fault(row, f"{name.lower()} = {value:g} is {sort}", "give a positive number")
        return {}
    return {_NUMBERS[name]: value} if name in _NUMBERS else {}


def _choice(inp: InpText, row: Row, at: int, name: str) -> dict[str, Any]:
    """Return an option that is one of some words."""
    field, allowed = _CHOICES[name]
    word = row.word(at).upper()
    if word in allowed:
        return {field: allowed[word]}
    what = f"{word!r} is not one of {', '.join(allowed)}" if word else f"{name} has no value"
    inp.fault(row, what, nearest(word, list(allowed)))
    return {}


_TIMES = {
    "DURATION": "duration_s",
    "HYDRAULIC TIMESTEP": "step_s",
    "PATTERN TIMESTEP": "pattern_step_s",
    "PATTERN START": "pattern_start_s",
    "REPORT TIMESTEP": "report_step_s",
    "REPORT START": "report_start_s",
    "RULE TIMESTEP": "rule_step_s",
    "START CLOCKTIME": "start_clock_s",
}
_OTHER_TIMES = ("STATISTIC", "QUALITY")
_UNITS_S = {"SEC": 1.0, "MIN": 60.0, "HOU": 3600.0, "DAY": 86400.0}


def read_times(inp: InpText) -> Times:
    """Return the clock of a run, with EPANET's defaults and its limits on steps."""
    found: dict[str, Any] = {}
    for row in inp.rows["TIMES"]:
        words = [word.upper() for word in row.words]
        name = next((key for key in (" ".join(words[:2]), words[0]) if key in _TIMES), "")
        if not name:
            if words[0] not in _OTHER_TIMES:
                inp.fault(row, f"{row.text.strip()!r} is not known", nearest(words[0], [*_TIMES]))
            continue
        at = len(name.split())
        seconds = time_s(inp, row, at)
        if seconds is not None:
            found[_TIMES[name]] = seconds
    for name in ("step_s", "pattern_step_s", "report_step_s", "rule_step_s"):
        if found.get(name, 1) <= 0:
            del found[name]  # EPANET takes its default for a step of zero
    times = Times(**found)
    step = min(times.step_s, times.pattern_step_s, times.report_step_s)
    rule = min(found.get("rule_step_s", max(step // 10, 1)), step)
    # EPANET reports from the start where a run ends before its reports begin
    first = times.report_start_s if times.report_start_s <= times.duration_s else 0
    return replace(
        times,
        step_s=step,
        rule_step_s=rule,
        report_start_s=first,
        start_clock_s=times.start_clock_s % DAY_S,
    )


def kept_times(inp: InpText) -> list[Row]:
    """Return the lines of TIMES that hold no hydraulics."""
    rows = inp.rows["TIMES"]
    return [row for row in rows if row.words[0].upper() in _OTHER_TIMES]


def time_s(inp: InpText, row: Row, at: int) -> int | None:
    """Return a time: decimal hours, h:m:s, a number with a unit, or a clock time with AM or PM.

    Minutes and seconds may be over 59, 25:99 is 26:39, as EPANET 2.2 reads them.
    """
    text, unit = row.word(at), row.word(at + 1).upper()
    hours = _hours(text)
    if hours is None:
        what = f"{text!r} is not a time" if text else "has no time"
        mend = "write hours (1.5), h:mm:ss, a number and SEC, MIN, HOURS or DAYS, or 6:30 PM"
        inp.fault(row, what, mend)
        return None
    if ":" in text and unit and unit not in {"AM", "PM"}:
        inp.fault(row, f"{text} {unit} has a unit beside a colon", f"write {text} alone")
        return None
    if unit in {"AM", "PM"}:
        if hours >= _PAST_TWELVE:
            inp.fault(row, f"{text} {unit} is past 12:59 {unit}", "write 1:30 PM, or 13:30")
            return None
        hours = hours % 12.0 + (12.0 if unit == "PM" else 0.0)
    elif unit[:3] in _UNITS_S:
        hours *= _UNITS_S[unit[:3]] / 3600.0
    elif unit:
        inp.fault(row, f"unit {unit} of time is not known", "SEC, MIN, HOURS, DAYS, AM or PM")
        return None
    return math.floor(hours * 3600.0 + 0.5)


def _hours(text: str) -> float | None:
    """Return the hours of a number or of h:m:s; EPANET takes :30 for 30 hours, here it is none."""
    parts = text.split(":")
    if len(parts) > len(("h", "m", "s")):
        return None
    try:
        values = [float(part) for part in (parts if parts[-1] else parts[:-1] or [""])]
    except ValueError:
        return None
    total = sum(part / share for part, share in zip(values, (1.0, 60.0, 3600.0), strict=False))
    # a million hours is a century; no NaN is below it
    return total if min(values) >= 0.0 and total < 1e6 else None  # noqa: PLR2004 - see above
