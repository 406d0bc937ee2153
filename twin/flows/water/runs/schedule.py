"""From controls, rules and times in the user's words to the arrays of a run by events."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from twin.flows.water.hydraulics.arrays import joined_points, pump_laws, unit_minor
from twin.flows.water.network.kinds import GPV_KIND, PIPE_KIND, TANK_KIND
from twin.flows.water.runs.kernels import controls as control_kernels
from twin.flows.water.runs.kernels.controls import ControlArrays, RuleArrays, SwitchArrays
from twin.flows.water.runs.kernels.scenarios import ClockArrays, ScheduleArrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.core.arrays import Float64, Int32
    from twin.flows.water.network.control_rules import Action, Premise
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.network.times import Times

_VARIABLES = {
    "DEMAND": control_kernels.DEMAND,
    "HEAD": control_kernels.HEAD,
    "GRADE": control_kernels.HEAD,
    "LEVEL": control_kernels.LEVEL,
    "PRESSURE": control_kernels.LEVEL,
    "FLOW": control_kernels.FLOW,
    "STATUS": control_kernels.STATUS,
    "SETTING": control_kernels.SETTING,
    "TIME": control_kernels.TIME,
    "CLOCKTIME": control_kernels.CLOCK,
    "FILLTIME": control_kernels.FILL_TIME,
    "DRAINTIME": control_kernels.DRAIN_TIME,
}


def schedule_arrays(net: WaterNetwork, times: Times) -> ScheduleArrays:
    """Return what changes links during a run."""
    return ScheduleArrays(
        clock=_clock(net, times),
        switches=_switches(net),
        controls=_controls(net),
        rules=_rules(net),
    )


def _clock(net: WaterNetwork, times: Times) -> ClockArrays:
    """Return times and patterns."""
    first = np.cumsum([0, *(pattern.size for pattern in net.patterns)]).astype(np.int32)
    return ClockArrays(
        duration_s=times.duration_s,
        step_s=times.step_s,
        pattern_step_s=times.pattern_step_s,
        pattern_start_s=times.pattern_start_s,
        report_step_s=times.report_step_s,
        report_start_s=times.report_start_s,
        rule_step_s=times.rule_step_s,
        start_clock_s=times.start_clock_s,
        report_last=int(times.report_last),
        report_all=int(times.most_rows > 0),
        stiff_m2s=_stiff_m2s(net, times.step_s),
        pattern_first=first,
        pattern_value=np.concatenate(net.patterns),
        more_node=net.more_node,
        more_m3s=net.more_m3s,
        more_pattern=net.more_pattern,
    )


def _stiff_m2s(net: WaterNetwork, step_s: int) -> Float64:
    """Return the conductance of links at given heads from which a step moves levels too far.

    A head difference h moves the levels of the tanks at both ends by conductance x h x step x
    (sum of 1 / area): from half of h on, an error hardly dies away, and from h on it grows.
    """
    area = np.where(net.node_kind == TANK_KIND, net.tank_area_m2, np.inf)
    for node in np.flatnonzero(net.node_kind == TANK_KIND).tolist():
        points = net.tank_curve[node]
        if len(points):
            area[node] = (np.diff(points[:, 1]) / np.diff(points[:, 0])).min()
    link = net.nodes.order.link[net.nodes.order.at_given]
    narrow = 1.0 / area[net.tail[link]] + 1.0 / area[net.head[link]]
    with np.errstate(divide="ignore"):
        limit: Float64 = 0.5 / (narrow * step_s)
    return limit


def _switches(net: WaterNetwork) -> SwitchArrays:
    """Return the first state of all links."""
    is_open = net.is_open & (~net.is_pump | (net.pump_speed > 0.0))
    setting = np.where(net.is_pump, net.pump_speed, net.setting)
    unset = net.fixed | (net.link_kind == PIPE_KIND) | (net.link_kind == GPV_KIND)
    unit = unit_minor(net.diameter_m)
    return SwitchArrays(
        is_open=is_open.astype(np.uint8),
        shut=np.zeros(net.n_links, dtype=np.uint8),
        acts=(~net.fixed & (net.link_kind != GPV_KIND)).astype(np.uint8),
        setting=np.where(unset, np.nan, setting),
        kind=net.link_kind,
        one_way=net.check_valve.astype(np.uint8),
        resistance=pump_laws(net)[0],
        lift_m=net.pump_lift_m,
        point=joined_points(net),
        minor=unit * net.minor_loss,
        unit_minor=unit,
        speed_pattern=net.speed_pattern,
        locked=np.zeros(net.n_links, dtype=np.uint8),
    )


def _tank_rows(net: WaterNetwork) -> Int32:
    """Return the tank row of every node, -1 for those that are none."""
    rows = np.full(net.n_nodes, -1, dtype=np.int32)
    tanks = np.flatnonzero(net.node_kind == TANK_KIND)
    rows[tanks] = np.arange(tanks.size, dtype=np.int32)
    return rows


@functools.lru_cache(maxsize=32)
def _rows_of(ids: tuple[str, ...]) -> dict[str, int]:
    """Return rows by name, which take longer to list than a small network to solve."""
    return {name: row for row, name in enumerate(ids)}


def _controls(net: WaterNetwork) -> ControlArrays:
    """Return simple controls."""
    used = [control for control in net.controls if control.enabled]
    links, nodes = _rows_of(net.link_id), _rows_of(net.node_id)
    node = np.array([nodes.get(control.node, -1) for control in used], dtype=np.int32)
    tank = _tank_rows(net)[node] if node.size else np.empty(0, dtype=np.int32)
    return ControlArrays(
        link=np.array([links[control.action.link] for control in used], dtype=np.int32),
        is_open=np.array([control.action.is_open for control in used], dtype=np.uint8),
        setting=np.array([control.action.setting for control in used], dtype=float),
        trigger=np.array([control.trigger for control in used], dtype=np.int32),
        node=node,
        tank=np.where(node < 0, -1, tank).astype(np.int32),
        value=np.array([control.value for control in used], dtype=float),
    )


def _rules(net: WaterNetwork) -> RuleArrays:
    """Return rules."""
    premises: list[Premise] = []
    actions: list[Action] = []
    on_else: list[bool] = []
    premise_first, action_first = [0], [0]
    used = [rule for rule in net.rules if rule.enabled]
    links = _rows_of(net.link_id)
    for rule in used:
        premises += rule.premises
        premise_first.append(len(premises))
        for part, otherwise in ((rule.then, False), (rule.otherwise, True)):
            actions += part
            on_else += [otherwise] * len(part)
        action_first.append(len(actions))
    thing = _things(net, premises)
    on_node = np.array([not one.on_link for one in premises], dtype=bool)
    tank = np.where(on_node & (thing >= 0), _tank_rows(net)[np.where(on_node, thing, 0)], -1)
    return RuleArrays(
        priority=np.array([rule.priority for rule in used], dtype=float),
        premise_first=np.array(premise_first, dtype=np.int32),
        action_first=np.array(action_first, dtype=np.int32),
        is_or=np.array([one.is_or for one in premises], dtype=np.uint8),
        thing=thing,
        tank=tank.astype(np.int32),
        variable=np.array([_VARIABLES[one.variable] for one in premises], dtype=np.int32),
        relation=np.array([one.relation for one in premises], dtype=np.int32),
        value=np.array([one.value for one in premises], dtype=float),
        tolerance=np.array([one.tolerance for one in premises], dtype=float),
        on_else=np.array(on_else, dtype=np.uint8),
        link=np.array([links[one.link] for one in actions], dtype=np.int32),
        is_open=np.array([one.is_open for one in actions], dtype=np.uint8),
        setting=np.array([one.setting for one in actions], dtype=float),
        by_status=np.array([one.by_status for one in actions], dtype=np.uint8),
        rank=np.zeros(net.n_links),
        chosen=np.full(net.n_links, -1, dtype=np.int32),
    )


def _things(net: WaterNetwork, premises: Sequence[Premise]) -> Int32:
    """Return the row of what each premise looks at, -1 for the system."""
    nodes, links = _rows_of(net.node_id), _rows_of(net.link_id)
    rows = [(links if one.on_link else nodes)[one.name] if one.name else -1 for one in premises]
    return np.array(rows, dtype=np.int32)
