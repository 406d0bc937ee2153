"""Parts of a network that few nodes and links have: tank curves, more demands, valves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin.core.registry import nearest
from twin.flows.water.network.kinds import (
    JUNCTION_KIND,
    PRV_KIND,
    PSV_KIND,
    TANK_KIND,
)
from twin.flows.water.network.table_reader import fit_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Bool, Float64
    from twin.flows.water.network.table_reader import FrameReader


def read_tank_curves(reader: FrameReader, columns: Mapping[str, np.ndarray]) -> tuple[Float64, ...]:
    """Return level and volume of tanks that are no cylinders."""
    found: list[Float64] = []
    given = reader.frame.get("volume_curve")
    for row in range(len(reader.frame)):
        points = None if given is None else given[row]
        if columns["node_kind"][row] != TANK_KIND or not isinstance(points, (list, tuple)):
            found.append(np.empty((0, 2)))
            continue
        line = fit_line(points, falling=False)
        if isinstance(line, str):
            reader.fault([row], f"volume {line}", "give rising levels and volumes")
            line = np.empty((0, 2))
        elif line[0, 0] > columns["tank_min_m"][row] or line[-1, 0] < columns["tank_max_m"][row]:
            what = f"volume curve ends at {line[0, 0]:g} and {line[-1, 0]:g} m"
            reader.fault([row], what, "let it reach from min_level_m to max_level_m")
        found.append(line)
    return tuple(found)


def read_demands(
    reader: FrameReader, columns: dict[str, np.ndarray], pattern_rows: Mapping[str, int]
) -> dict[str, Any]:
    """Set each junction's first demand, and return those beyond it."""
    node, base, pattern = [], [], []
    given = reader.frame.get("demands", [])
    for row, demands in enumerate(given):
        if columns["node_kind"][row] != JUNCTION_KIND or not isinstance(demands, list):
            continue
        for at, (demand, name) in enumerate(demands):
            if name and name not in pattern_rows:
                hint = nearest(name, [key for key in pattern_rows if key])
                reader.fault([row], f"pattern {name!r} is not given", hint)
            if not abs(demand) <= 100.0:  # noqa: PLR2004 - m3/s, a river
                reader.fault([row], f"demand_m3s = {demand:g} > 100", "likely another flow unit")
            place = pattern_rows.get(name, 0)
            if at == 0:
                columns["demand_m3s"][row] = demand
                columns["pattern"][row] = place
            else:
                node.append(row)
                base.append(demand)
                pattern.append(place)
    return {
        "more_node": np.array(node, dtype=np.int32),
        "more_m3s": np.array(base, dtype=float),
        "more_pattern": np.array(pattern, dtype=np.int32),
    }


def check_valves(
    reader: FrameReader, nodes: Mapping[str, np.ndarray], links: Mapping[str, Any]
) -> None:
    """Refuse valves that would set a head twice, as EPANET does (its errors 219 and 220)."""
    kind, tail, head = links["link_kind"], links["tail"], links["head"]
    holding = (kind == PRV_KIND) | (kind == PSV_KIND)
    given = nodes["node_kind"] != JUNCTION_KIND
    if given.size == 0:
        return  # the missing nodes are reported
    at_tank = holding & (given[tail] | given[head])
    what = "is a pressure valve at a reservoir or tank"
    reader.fault(np.flatnonzero(at_tank).tolist(), what, "put a length of pipe between them")
    pins: set[int] = set()
    for row in np.flatnonzero(holding).tolist():
        pin = int(head[row] if kind[row] == PRV_KIND else tail[row])
        if pin in pins:
            what = "sets the pressure of a node that another valve sets"
            reader.fault([row], what, "put a length of pipe between the valves")
        pins.add(pin)


def holding_valves(kind: np.ndarray) -> Bool:
    """Return which links hold a pressure at one end."""
    holding: Bool = (kind == PRV_KIND) | (kind == PSV_KIND)
    return holding
