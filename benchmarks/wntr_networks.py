"""Networks of the wntr library as tables of this project, for peers to be held to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin.flows import water

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
        viscosity_m2s=water.network.tables.WATER_VISCOSITY_M2S * options.viscosity,
    )


def _node_row(node: Any, options: Any) -> dict[str, Any]:  # noqa: ANN401 - wntr is untyped
    row: dict[str, Any] = {"node": node.name, "kind": node.node_type.lower(), "pattern": None}
    if row["kind"] == "reservoir":
        return row | {"head_m": node.base_head, "pattern": node.head_pattern_name}
    row["elevation_m"] = node.elevation
    if row["kind"] == "tank":
        if node.vol_curve is not None:
            message = f"tank {node.name} has a volume curve"
            raise UnsupportedError(message)
        return row | {
            "diameter_m": node.diameter,
            "min_level_m": node.min_level,
            "max_level_m": node.max_level,
            "init_level_m": node.init_level,
        }
    demands = [d for d in node.demand_timeseries_list if d.base_value != 0.0]
    if len({d.pattern_name for d in demands}) > 1:
        message = f"junction {node.name} has demands with several patterns"
        raise UnsupportedError(message)
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
            message = f"pump {link.name} has a speed pattern"
            raise UnsupportedError(message)
        return row | {"curve": link.get_pump_curve().points, "speed": link.base_speed}
    message = f"link {link.name} is a {link.link_type}"
    raise UnsupportedError(message)


def library_model(name: str) -> Any:  # noqa: ANN401 - wntr is untyped
    """Load a network wntr ships, for 24 h, without the elements our tables lack.

    Controls are removed and constant-power pumps get the one-point curve of 60 m at the flow that
    power lifts there, so both engines solve the same, slightly changed network.
    """
    import wntr

    model = wntr.network.WaterNetworkModel(
        str(Path(wntr.__file__).parent / "library" / "networks" / f"{name}.inp")
    )
    for control in list(model.control_name_list):
        model.remove_control(control)
    for pump_name, pump in list(model.pumps()):
        if pump.pump_type != "POWER":
            continue
        flow = pump.power / (1000.0 * 9.81 * 60.0)
        ends = pump.start_node_name, pump.end_node_name
        model.remove_link(pump_name)
        model.add_curve(f"curve-{pump_name}", "HEAD", [(flow, 60.0)])
        model.add_pump(pump_name, *ends, "HEAD", f"curve-{pump_name}")
    model.options.time.duration = 24 * 3600
    model.options.quality.parameter = "NONE"
    return model
