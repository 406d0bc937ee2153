"""Controls and rules as lines of an input file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from twin.flows.water.inp.numbers import clock_text, plain_text, scaled_text, solved_text
from twin.flows.water.inp.write.links import setting_text
from twin.flows.water.network.control_rules import BY_CLOCK, BY_HEAD_ABOVE, BY_TIME
from twin.flows.water.network.kinds import JUNCTION_KIND, LINK_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.flows.water.inp.options import Options
    from twin.flows.water.network.control_rules import Action, Control, Premise
    from twin.flows.water.network.tables import WaterNetwork

_RELATIONS = ("=", "<>", "<", "<=", ">", ">=")
_STATES = ("CLOSED", "OPEN", "ACTIVE")


def control_lines(net: WaterNetwork, options: Options) -> list[str]:
    """Return the simple controls."""
    nodes = {name: row for row, name in enumerate(net.node_id)}
    kinds = _kinds(net)
    return [_control(net, options, nodes, kinds, control) for control in net.controls]


def _kinds(net: WaterNetwork) -> dict[str, str]:
    """Return the kind of every link by name."""
    return {name: LINK_KINDS[kind] for name, kind in zip(net.link_id, net.link_kind, strict=True)}


def _control(
    net: WaterNetwork,
    options: Options,
    nodes: dict[str, int],
    kinds: dict[str, str],
    control: Control,
) -> str:
    """Return the line of one control."""
    what = f"LINK {control.action.link} {_done(options, kinds, control.action)}"
    off = "" if control.enabled else " DISABLED"
    if control.trigger in {BY_TIME, BY_CLOCK}:
        word = "TIME" if control.trigger == BY_TIME else "CLOCKTIME"
        return f"{what} AT {word} {clock_text(control.value)}{off}"
    row = nodes[control.node]
    side = "ABOVE" if control.trigger == BY_HEAD_ABOVE else "BELOW"
    floor = float(net.elevation_m[row])
    junction = net.node_kind[row] == JUNCTION_KIND
    scale = options.units.pressure_m if junction else options.units.length_m
    guess = (control.value - floor) / scale
    text = solved_text(control.value, guess, lambda x: floor + scale * x)
    return f"{what} IF NODE {control.node} {side} {text}{off}"


def _done(options: Options, kinds: dict[str, str], action: Action) -> str:
    """Return a state or a setting."""
    kind, setting = kinds[action.link], action.setting
    stated = math.isnan(setting) or (kind == "pump" and setting == float(action.is_open))
    if stated:
        return "OPEN" if action.is_open else "CLOSED"
    return setting_text(options, kind, setting)


def rule_lines(net: WaterNetwork, options: Options) -> list[str]:
    """Return the rules."""
    kinds = _kinds(net)
    lines: list[str] = []
    for rule in net.rules:
        lines.append(f"RULE {rule.name}")
        for at, premise in enumerate(rule.premises):
            word = "IF" if at == 0 else "OR" if premise.is_or else "AND"
            lines.append(f"{word} {_premise(options, kinds, premise)}")
        lines += _actions("THEN", options, kinds, rule.then)
        lines += _actions("ELSE", options, kinds, rule.otherwise)
        lines.append(f"PRIORITY {plain_text(rule.priority)}")
        lines += [""] if rule.enabled else ["DISABLED", ""]
    return lines


def _actions(
    first: str, options: Options, kinds: dict[str, str], actions: Sequence[Action]
) -> list[str]:
    """Return the actions of one side of a rule."""
    lines = []
    for at, action in enumerate(actions):
        if action.by_status or math.isnan(action.setting):
            done = f"STATUS IS {'OPEN' if action.is_open else 'CLOSED'}"
        else:
            done = f"SETTING IS {setting_text(options, kinds[action.link], action.setting)}"
        lines.append(f"{first if at == 0 else 'AND'} LINK {action.link} {done}")
    return lines


def _premise(options: Options, kinds: dict[str, str], premise: Premise) -> str:
    """Return one premise after its first word."""
    thing = f"{'LINK' if premise.on_link else 'NODE'} {premise.name}" if premise.name else "SYSTEM"
    head = f"{thing} {premise.variable} {_RELATIONS[premise.relation]}"
    units, value = options.units, premise.value
    if premise.variable == "STATUS":
        return f"{head} {_STATES[int(value)]}"
    if premise.variable in {"TIME", "CLOCKTIME"}:
        return f"{head} {clock_text(value)}"
    if premise.variable in {"FILLTIME", "DRAINTIME"}:
        return f"{head} {plain_text(value / 3600.0)}"
    if premise.variable == "SETTING":
        return f"{head} {setting_text(options, kinds[premise.name], value)}"
    scales = {"DEMAND": units.flow_m3s, "FLOW": units.flow_m3s, "PRESSURE": units.pressure_m}
    return f"{head} {scaled_text(value, scales.get(premise.variable, units.length_m))}"
