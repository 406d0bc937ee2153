"""Writing a network as an EPANET 2.2 input file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.flows.water.inp.lines import KEPT, split_text
from twin.flows.water.inp.numbers import clock_text, plain_text, scaled_text
from twin.flows.water.inp.options import Options, read_options
from twin.flows.water.inp.read.leakage import own_leaks
from twin.flows.water.inp.write.controls import control_lines, rule_lines
from twin.flows.water.inp.write.curve_book import CurveBook
from twin.flows.water.inp.write.links import emitter_exponent, emitter_lines, link_sections
from twin.flows.water.inp.write.nodes import node_sections
from twin.flows.water.network.kinds import JUNCTION_KIND
from twin.flows.water.network.tables import WATER_VISCOSITY_M2S
from twin.flows.water.network.times import Times

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from twin.core.arrays import Float64
    from twin.flows.water.inp.read.leakage import OwnLeaks
    from twin.flows.water.network.tables import WaterNetwork

type Sections = dict[str, Sequence[str]]

_LONGEST_ID = 31
_FACTORS_A_LINE = 8
_SHOWN_FAULTS = 20
_DEFAULT_UNITS = ("UNITS LPS", "PRESSURE METERS")


def write_inp(net: WaterNetwork, path: str | os.PathLike[str]) -> Path:
    """Write a network so that EPANET 2.2 runs it to the same result (2.3 if it has PCVs).

    A network that was read from a file is written in the units of that file, with its curves,
    quality, energy, map and report sections; another one in litres per second and metres. Numbers
    have as many digits as reading them back needs. Demand multipliers are in the demands.

    Leakage of pipes is written only if it was read, and makes the file one of EPANET 2.3.

    Parameters
    ----------
    net
        The network.
    path
        The file; an older one is replaced when the new one is whole.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    CityDataError
        With everything EPANET cannot say: names it would cut, several exponents of emitters, and
        laws of pressure-driven demand that differ by node.

    References
    ----------
    Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, appendix C.
    """
    path = Path(path)
    text = inp_text(net)
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        mend = "name a file in a folder you may write to"
        raise CityDataError(Fault(str(path), what, mend)) from error
    return path


def inp_text(net: WaterNetwork) -> str:
    """Return the text of an input file."""
    kept_options = tuple(net.kept.get("OPTIONS", ())) or _DEFAULT_UNITS
    options = read_options(split_text("\n".join(["[OPTIONS]", *kept_options]), "options"))
    _check(net, options)
    leaks = own_leaks(net, options)
    book = CurveBook(net, options.units)
    sections: Sections = {"TITLE": net.kept.get("TITLE", ())}
    sections |= node_sections(net, options.units, book)
    sections |= link_sections(net, options, book)
    sections["EMITTERS"] = emitter_lines(net, options, leaks)
    sections["LEAKAGE"] = net.kept.get("LEAKAGE", ())
    sections["CURVES"] = book.lines
    sections["PATTERNS"] = _patterns(net)
    sections["CONTROLS"] = control_lines(net, options)
    sections["RULES"] = rule_lines(net, options)
    sections["ENERGY"] = net.kept.get("ENERGY", ())
    sections["TIMES"] = _times(net)
    sections["OPTIONS"] = [*kept_options, *_options(net, options, leaks)]
    for name in KEPT:
        sections[name] = net.kept.get(name, ())
    return _joined(sections)


def _joined(sections: Mapping[str, Sequence[str]]) -> str:
    """Return the sections that are not empty."""
    parts = [
        f"[{name}]\n" + "".join(f"{line}\n" for line in lines)
        for name, lines in sections.items()
        if len(lines)
    ]
    return "\n".join([*parts, "[END]\n"])


def _patterns(net: WaterNetwork) -> list[str]:
    """Return the patterns, a few factors a line; the constant one has no name."""
    lines: list[str] = []
    for name, factors in zip(net.pattern_id[1:], net.patterns[1:], strict=True):
        words = [plain_text(factor) for factor in factors.tolist()]
        lines += [
            " ".join([name, *words[first : first + _FACTORS_A_LINE]])
            for first in range(0, len(words), _FACTORS_A_LINE)
        ]
    return lines


def _times(net: WaterNetwork) -> list[str]:
    """Return the clock of a run."""
    times = net.times or Times(pattern_step_s=round(net.pattern_step_s))
    rows = {
        "DURATION": times.duration_s,
        "HYDRAULIC TIMESTEP": times.step_s,
        "PATTERN TIMESTEP": round(net.pattern_step_s),
        "PATTERN START": times.pattern_start_s,
        "REPORT TIMESTEP": times.report_step_s,
        "REPORT START": times.report_start_s,
        "RULE TIMESTEP": times.rule_step_s,
        "START CLOCKTIME": times.start_clock_s,
    }
    lines = [f"{name} {clock_text(seconds)}" for name, seconds in rows.items()]
    return [*lines, *net.kept.get("TIMES", ())]


def _options(net: WaterNetwork, options: Options, leaks: OwnLeaks) -> list[str]:
    """Return the options of hydraulics."""
    law = {"Hazen-Williams": "H-W", "Darcy-Weisbach": "D-W", "Chezy-Manning": "C-M"}
    lines = [
        f"HEADLOSS {law[net.headloss.value]}",
        f"VISCOSITY {scaled_text(net.viscosity_m2s, WATER_VISCOSITY_M2S)}",
        f"EMITTER EXPONENT {plain_text(emitter_exponent(leaks, net, []))}",
        f"DEMAND MODEL {'PDA' if net.pressure_driven else 'DDA'}",
    ]
    junction = net.node_kind == JUNCTION_KIND
    if (net.pattern[junction] == 0).any() or (net.more_pattern == 0).any():
        lines.append(f"PATTERN {_steady_name(net)}")
    scale = options.units.pressure_m
    if junction.any() and not _mixed_laws(net):
        row = int(np.flatnonzero(junction)[0])
        lines += [
            f"MINIMUM PRESSURE {scaled_text(float(net.least_pressure_m[row]), scale)}",
            f"REQUIRED PRESSURE {scaled_text(float(net.full_pressure_m[row]), scale)}",
            f"PRESSURE EXPONENT {plain_text(float(net.demand_exponent[row]))}",
        ]
    return lines


def _steady_name(net: WaterNetwork) -> str:
    """Return a default pattern that is not defined: EPANET takes factors of one for it."""
    taken = {name.upper() for name in net.pattern_id}
    return next(name for name in (f"steady{k}" for k in range(10**6)) if name.upper() not in taken)


def _mixed_laws(net: WaterNetwork) -> list[str]:
    """Return the names of columns of pressure-driven demand that differ by junction."""
    junction = net.node_kind == JUNCTION_KIND
    names = ("least_pressure_m", "full_pressure_m", "demand_exponent")
    columns: list[Float64] = [net.least_pressure_m, net.full_pressure_m, net.demand_exponent]
    return [
        name
        for name, column in zip(names, columns, strict=True)
        if np.unique(column[junction]).size > 1
    ]


def _check(net: WaterNetwork, options: Options) -> None:
    """Refuse what EPANET's file cannot say."""
    faults = [
        Fault(f"{table} {name!r}", f"is no name to EPANET: {why}", "rename it")
        for table, names in (
            ("node", net.node_id),
            ("link", net.link_id),
            ("pattern", net.pattern_id[1:]),
        )
        for name in names
        if (why := _wrong_name(name))
    ][:_SHOWN_FAULTS]
    if net.pressure_driven:
        faults += [
            Fault("nodes", f"have several {name}; EPANET has one for all", "give the mean to all")
            for name in _mixed_laws(net)
        ]
    emitter_exponent(own_leaks(net, options, faults), net, faults)
    if net.pattern_step_s != round(net.pattern_step_s):
        what = f"= {net.pattern_step_s:g} s is no whole number of seconds"
        faults.append(Fault("pattern_step_s", what, "round it"))
    if faults:
        raise CityDataError(faults)


def _wrong_name(name: str) -> str:
    """Return what is wrong with a name, nothing where it is right."""
    if not name or name.split() != [name]:
        return "it is empty or has blanks"
    if len(name.encode()) > _LONGEST_ID:
        return f"it is over {_LONGEST_ID} bytes long"
    return "it has a semicolon, a quote or a bracket" if set(name) & set(';"[') else ""
