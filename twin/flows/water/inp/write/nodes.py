"""Junctions, reservoirs, tanks and demands as lines of an input file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from twin.flows.water.inp.numbers import scaled_text, solved_text
from twin.flows.water.network.kinds import JUNCTION_KIND, RESERVOIR_KIND, TANK_KIND

if TYPE_CHECKING:
    from twin.flows.water.inp.units import Units
    from twin.flows.water.inp.write.curve_book import CurveBook
    from twin.flows.water.network.tables import WaterNetwork


def node_sections(net: WaterNetwork, units: Units, book: CurveBook) -> dict[str, list[str]]:
    """Return the sections of nodes."""
    length = units.length_m
    junctions = [
        f"{net.node_id[row]} {scaled_text(float(net.elevation_m[row]), length)} "
        + _demand(net, units, float(net.demand_m3s[row]), int(net.pattern[row]))
        for row in _rows(net, JUNCTION_KIND)
    ]
    reservoirs = [
        f"{net.node_id[row]} {scaled_text(float(net.head_m[row]), length)}"
        f" {net.pattern_id[net.pattern[row]]}".rstrip()
        for row in _rows(net, RESERVOIR_KIND)
    ]
    tanks = [_tank(net, units, book, row) for row in _rows(net, TANK_KIND)]
    sections = {"JUNCTIONS": junctions, "RESERVOIRS": reservoirs, "TANKS": tanks}
    return sections | {"DEMANDS": _more_demands(net, units)}


def _rows(net: WaterNetwork, kind: int) -> list[int]:
    rows: list[int] = np.flatnonzero(net.node_kind == kind).tolist()
    return rows


def _demand(net: WaterNetwork, units: Units, demand_m3s: float, pattern: int) -> str:
    """Return a demand and its pattern."""
    return f"{scaled_text(demand_m3s, units.flow_m3s)} {net.pattern_id[pattern]}".rstrip()


def _more_demands(net: WaterNetwork, units: Units) -> list[str]:
    """Return all categories of junctions with more than one."""
    more: dict[int, list[str]] = {}
    for k, node in enumerate(net.more_node.tolist()):
        own = _demand(net, units, float(net.demand_m3s[node]), int(net.pattern[node]))
        added = _demand(net, units, float(net.more_m3s[k]), int(net.more_pattern[k]))
        more.setdefault(node, [own]).append(added)
    return [f"{net.node_id[node]} {line}" for node, lines in more.items() for line in lines]


def _tank(net: WaterNetwork, units: Units, book: CurveBook, row: int) -> str:
    """Return the line of a tank."""
    length, area = units.length_m, float(net.tank_area_m2[row])
    levels = (net.elevation_m, net.tank_init_m, net.tank_min_m, net.tank_max_m)
    guess = math.sqrt(4.0 * area / math.pi) / length
    words = [
        net.node_id[row],
        *(scaled_text(float(column[row]), length) for column in levels),
        solved_text(area, guess, lambda x: float(np.pi / 4.0 * (length * x) ** 2)),
        scaled_text(float(net.tank_min_m3[row]), units.volume_m3),
    ]
    curve = book.of_tank(row) if len(net.tank_curve[row]) else ""
    spills = bool(net.tank_overflows[row])
    if curve or spills:
        words.append(curve or "*")
    return " ".join([*words, *(["YES"] if spills else [])])
