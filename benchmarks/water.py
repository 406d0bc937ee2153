"""Water: this project's hydraulics and EPANET 2.2 side by side, hydraulics only, one thread."""

from __future__ import annotations

import ctypes
import math
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin.flows import water
from twin.flows.water.kernels import allocate
from twin.flows.water.periods.kernels import run_periods_into
from twin.flows.water.plant import empty_record, plant_arrays
from twin.flows.water.solver import SolveOptions, fresh_state

if TYPE_CHECKING:
    from collections.abc import Callable

_HEADLOSS = {
    "H-W": water.Headloss.HAZEN_WILLIAMS,
    "D-W": water.Headloss.DARCY_WEISBACH,
    "C-M": water.Headloss.CHEZY_MANNING,
}


class UnsupportedError(ValueError):
    """An element this project's tables do not hold yet."""


def network_from_wntr(model: Any) -> water.WaterNetwork:  # noqa: ANN401 - wntr is untyped
    """Read a `wntr.network.WaterNetworkModel` as tables of this project."""
    options = model.options.hydraulic
    nodes = [_node_row(node, options) for _, node in model.nodes()]
    links = [_link_row(link) for _, link in model.links()]
    patterns = {name: list(p.multipliers) for name, p in model.patterns() if len(p.multipliers)}
    names = {row["pattern"] for row in nodes}
    shift = int(model.options.time.pattern_start / model.options.time.pattern_timestep)
    return water.WaterNetwork.from_frames(
        pd.DataFrame(nodes),
        pd.DataFrame(links),
        patterns={name: np.roll(patterns[name], -shift) for name in names if name in patterns},
        pattern_step_s=model.options.time.pattern_timestep,
        headloss=_HEADLOSS[options.headloss],
        viscosity_m2s=water.network.WATER_VISCOSITY_M2S * options.viscosity,
    )


def _node_row(node: Any, options: Any) -> dict[str, Any]:  # noqa: ANN401 - wntr is untyped
    row: dict[str, Any] = {"node": node.name, "kind": node.node_type.lower(), "pattern": None}
    if row["kind"] == "reservoir":
        return row | {"head_m": node.base_head, "pattern": node.head_pattern_name}
    row["elevation_m"] = node.elevation
    if row["kind"] == "tank":
        if node.vol_curve is not None:
            raise UnsupportedError(f"tank {node.name} has a volume curve")
        return row | {
            "diameter_m": node.diameter,
            "min_level_m": node.min_level,
            "max_level_m": node.max_level,
            "init_level_m": node.init_level,
        }
    demands = [d for d in node.demand_timeseries_list if d.base_value != 0.0]
    if len({d.pattern_name for d in demands}) > 1:
        raise UnsupportedError(f"junction {node.name} has demands with several patterns")
    if demands:
        row["pattern"] = demands[0].pattern_name or options.pattern
    return row | {
        "demand_m3s": options.demand_multiplier * sum(d.base_value for d in demands),
        "leak_coefficient": node.emitter_coefficient or 0.0,
        "leak_exponent": options.emitter_exponent,
        "least_pressure_m": options.minimum_pressure,
        "full_pressure_m": max(options.required_pressure, options.minimum_pressure + 0.07),
        "demand_exponent": options.pressure_exponent,
    }


def _link_row(link: Any) -> dict[str, Any]:  # noqa: ANN401 - wntr is untyped
    row = {
        "link": link.name,
        "kind": link.link_type.lower(),
        "from_node": link.start_node_name,
        "to_node": link.end_node_name,
        "is_open": link.initial_status != 0,
    }
    if row["kind"] == "pipe":
        return row | {
            "length_m": link.length,
            "diameter_m": link.diameter,
            "roughness": link.roughness,
            "minor_loss": link.minor_loss,
            "check_valve": link.check_valve,
        }
    if row["kind"] == "pump" and link.pump_type == "HEAD":
        if link.speed_pattern_name:
            raise UnsupportedError(f"pump {link.name} has a speed pattern")
        return row | {"curve": link.get_pump_curve().points, "speed": link.base_speed}
    raise UnsupportedError(f"link {link.name} is a {link.link_type}")
