"""Pipes, pumps, valves, emitters and first states as lines of an input file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.core.errors import Fault
from twin.flows.water.inp.numbers import plain_text, scaled_text, solved_text
from twin.flows.water.inp.read.leakage import HOLE_EXPONENT
from twin.flows.water.inp.read.links import setting_si
from twin.flows.water.network.kinds import GPV_KIND, LINK_KINDS, PCV_KIND, PIPE_KIND, PUMP_KIND
from twin.flows.water.network.tables import Headloss

if TYPE_CHECKING:
    from twin.flows.water.inp.options import Options
    from twin.flows.water.inp.read.leakage import OwnLeaks
    from twin.flows.water.inp.write.curve_book import CurveBook
    from twin.flows.water.network.tables import WaterNetwork


def link_sections(net: WaterNetwork, options: Options, book: CurveBook) -> dict[str, list[str]]:
    """Return the sections of links and of first states."""
    pipe, pump = net.link_kind == PIPE_KIND, net.link_kind == PUMP_KIND
    rows = {
        "PIPES": (np.flatnonzero(pipe), _pipe),
        "PUMPS": (np.flatnonzero(pump), _pump),
        "VALVES": (np.flatnonzero(~pipe & ~pump), _valve),
    }
    sections = {
        name: [f"{_ends(net, row)} {line(net, options, book, row)}" for row in which.tolist()]
        for name, (which, line) in rows.items()
    }
    return sections | {"STATUS": _states(net)}


def _ends(net: WaterNetwork, row: int) -> str:
    """Return the name of a link and of its nodes."""
    tail, head = net.node_id[net.tail[row]], net.node_id[net.head[row]]
    return f"{net.link_id[row]} {tail} {head}"


def _pipe(net: WaterNetwork, options: Options, book: CurveBook, row: int) -> str:
    """Return the columns of a pipe."""
    del book
    units = options.units
    rough = units.rough_m if net.headloss is Headloss.DARCY_WEISBACH else 1.0
    state = "CV" if net.check_valve[row] else "OPEN" if net.is_open[row] else "CLOSED"
    return " ".join(
        [
            scaled_text(float(net.length_m[row]), units.length_m),
            scaled_text(float(net.diameter_m[row]), units.diameter_m),
            scaled_text(float(net.roughness[row]), rough),
            plain_text(float(net.minor_loss[row])),
            state,
        ]
    )


def _pump(net: WaterNetwork, options: Options, book: CurveBook, row: int) -> str:
    """Return the columns of a pump; one that stands still is stopped by its state."""
    power, speed = float(net.pump_power_w[row]), float(net.pump_speed[row])
    if power > 0.0:
        words = ["POWER", scaled_text(power, options.units.power_w)]
    else:
        words = ["HEAD", book.of_link(row)]
    if speed not in (0.0, 1.0):
        words += ["SPEED", plain_text(speed)]
    if net.speed_pattern[row] > 0:
        words += ["PATTERN", net.pattern_id[net.speed_pattern[row]]]
    return " ".join(words)


def _valve(net: WaterNetwork, options: Options, book: CurveBook, row: int) -> str:
    """Return the columns of a valve."""
    kind = LINK_KINDS[net.link_kind[row]]
    if net.link_kind[row] == GPV_KIND:
        setting = book.of_link(row)
    else:
        setting = setting_text(options, kind, float(net.setting[row]))
    diameter = scaled_text(float(net.diameter_m[row]), options.units.diameter_m)
    words = [diameter, kind.upper(), setting, plain_text(float(net.minor_loss[row]))]
    if net.link_kind[row] == PCV_KIND and len(net.curve[row]):
        words.append(book.of_link(row))
    return " ".join(words)


def setting_text(options: Options, kind: str, value_si: float) -> str:
    """Return a setting in the units of the file."""
    scale = setting_si(options, kind, 1.0)
    return solved_text(value_si, value_si / scale, lambda x: setting_si(options, kind, x))


def _states(net: WaterNetwork) -> list[str]:
    """Return the first states of pumps and valves that do not follow from their own lines."""
    lines = []
    for row in np.flatnonzero(net.link_kind != PIPE_KIND).tolist():
        pump, is_open = bool(net.is_pump[row]), bool(net.is_open[row])
        if not is_open:
            lines.append(f"{net.link_id[row]} CLOSED")
        elif pump and net.pump_speed[row] == 0.0:
            lines.append(f"{net.link_id[row]} 0")
        elif net.fixed[row] and not pump:
            lines.append(f"{net.link_id[row]} OPEN")
    return lines


def emitter_exponent(leaks: OwnLeaks, net: WaterNetwork, faults: list[Fault]) -> float:
    """Return the exponent all emitters and holes share; file a fault where they do not."""
    found = leaks.exponents(net)
    if len(found) > 1:
        what = f"leak with exponents {', '.join(f'{x:g}' for x in found)}; EPANET has one"
        faults.append(Fault("nodes", what, "give all leaks of the network one exponent"))
    return found[0] if found else HOLE_EXPONENT


def emitter_lines(net: WaterNetwork, options: Options, leaks: OwnLeaks) -> list[str]:
    """Return emitters: coefficients and holes alike."""
    exponent = emitter_exponent(leaks, net, [])
    units = options.units
    coefficient = leaks.at_one_metre()
    scale: float = units.pressure_m**exponent

    def read(x: float) -> float:
        return x * units.flow_m3s / scale

    lines = []
    for row in np.flatnonzero(coefficient > 0.0).tolist():
        value = float(coefficient[row])
        text = solved_text(value, value * scale / units.flow_m3s, read)
        lines.append(f"{net.node_id[row]} {text}")
    return lines
