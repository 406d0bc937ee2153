"""Simple controls and rules of an EPANET input file."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from twin.core.registry import nearest
from twin.flows.water.inp.options import DAY_S, time_s
from twin.flows.water.inp.read.links import setting_si
from twin.flows.water.network.control_rules import (
    BY_CLOCK,
    BY_HEAD_ABOVE,
    BY_HEAD_BELOW,
    BY_TIME,
    Action,
    Control,
    Premise,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from twin.flows.water.inp.lines import InpText, Row
    from twin.flows.water.inp.options import Options

type Table = Mapping[str, dict[str, Any]]

_RELATIONS = {
    "=": 0, "IS": 0, "<>": 1, "NOT": 1, "<": 2, "BELOW": 2, "<=": 3, ">": 4, "ABOVE": 4, ">=": 5,
}  # fmt: skip
_NODE_WORDS = {"NODE", "JUNC", "JUNCTION", "RESERV", "RESERVOIR", "TANK"}
_LINK_WORDS = {"LINK", "PIPE", "PUMP", "VALVE"}
_STATUS = {"CLOSED": 0.0, "OPEN": 1.0, "ACTIVE": 2.0}
_NODE_VARIABLES = {"DEMAND", "HEAD", "GRADE", "LEVEL", "PRESSURE", "FILLTIME", "DRAINTIME"}
_LINK_VARIABLES = {"FLOW", "STATUS", "SETTING"}
_CONTROL_MEND = "write LINK x OPEN IF NODE y ABOVE 5, or AT TIME 3, or AT CLOCKTIME 6 AM"
_OFF = "DISABLED"
"""In EPANET 2.3 the last word of a control, or a line of its own in a rule."""
_SYSTEM_VARIABLES = {"TIME", "CLOCKTIME", "DEMAND"}


def read_controls(
    inp: InpText, options: Options, nodes: Table, links: Table
) -> tuple[Control, ...]:
    """Return the simple controls."""
    found: list[Control] = []
    for row in inp.rows["CONTROLS"]:
        if row.word(2).upper() in {"IF", "AT"}:
            what = f"has no status or setting before {row.word(2).upper()}"
            inp.fault(row, what, _CONTROL_MEND)
            continue
        control = _control(inp, row, options, nodes, links)
        if control is not None:
            found.append(control)
    return tuple(found)


def _control(  # noqa: PLR0911 - one return per fault
    inp: InpText, row: Row, options: Options, nodes: Table, links: Table
) -> Control | None:
    """Return one control, or None and a fault."""
    enabled = row.words[-1].upper() != _OFF
    row = row if enabled else replace(row, words=row.words[:-1])
    words = [word.upper() for word in row.words]
    name, how = row.word(1), " ".join(words[3:5])
    action = _action(inp, row, options, links, (name, row.word(2)))
    if how in {"AT TIME", "AT CLOCKTIME"}:
        seconds = time_s(inp, row, 5)
        if not _ends(inp, row, 7) or action is None or seconds is None:
            return None
        if how == "AT TIME":
            return Control(action, BY_TIME, "", float(seconds), enabled)
        return Control(action, BY_CLOCK, "", float(seconds % DAY_S), enabled)
    node, side = row.word(5), row.word(6).upper()
    if words[3:4] != ["IF"] or side not in {"ABOVE", "BELOW"}:
        what = f"{row.text.strip()[:60]!r} is no control"
        inp.fault(row, what, _CONTROL_MEND)
        return None
    value = inp.number(row, 7, "level or pressure")
    if not _ends(inp, row, 8):
        return None
    if not inp.known(row, node, "node", nodes) or math.isnan(value) or action is None:
        return None
    head = _head_m(options, nodes[node], value)
    trigger = BY_HEAD_ABOVE if side == "ABOVE" else BY_HEAD_BELOW
    return Control(action, trigger, node, head, enabled)


def _ends(inp: InpText, row: Row, at: int) -> bool:
    """Return whether a line ends before some word; file a fault if it does not."""
    if len(row.words) <= at:
        return True
    more = " ".join(row.words[at:])
    inp.fault(row, f"{more!r} stands after the end of the line's meaning", "remove it")
    return False


def _head_m(options: Options, node: dict[str, Any], value: float) -> float:
    """Return the head of a level in a tank or of a pressure at a junction."""
    if node["kind"] == "junction":
        return float(node["elevation_m"]) + options.units.pressure_m * value
    floor = float(node.get("elevation_m", node.get("head_m", 0.0)))
    return floor + options.units.length_m * value


def _action(
    inp: InpText, row: Row, options: Options, links: Table, given: tuple[str, str]
) -> Action | None:
    """Return what is done to a link, in EPANET's terms of status and setting."""
    name, word = given[0], given[1].upper()
    if not inp.known(row, name, "link", links):
        return None
    link = links[name]
    kind = link["kind"]
    if link.get("check_valve"):
        inp.fault(row, f"{name!r} is a check valve", "control another link")
        return None
    if word in {"OPEN", "CLOSED"}:
        is_open = word == "OPEN"
        setting = (1.0 if is_open else 0.0) if kind == "pump" else math.nan
        return Action(name, is_open, setting)
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or kind == "gpv":
        what = f"{given[1]!r} is no status or setting of {kind} {name!r}"
        inp.fault(row, what, "write OPEN, CLOSED or a number (no number for a GPV)")
        return None
    if kind in {"pipe", "pump"}:
        return Action(name, value > 0.0, value if kind == "pump" else math.nan)
    return Action(name, is_open=True, setting=setting_si(options, kind, value))


def read_rules(inp: InpText, options: Options, nodes: Table, links: Table) -> tuple[Rule, ...]:
    """Return the rules."""
    return tuple(_rule(inp, rows, options, nodes, links) for rows in _blocks(inp))


def _rule(inp: InpText, rows: list[Row], options: Options, nodes: Table, links: Table) -> Rule:
    """Return the rule of some lines; what is wrong in it is left out, with a fault."""
    premises: list[Premise] = []
    actions: dict[str, list[Action]] = {"THEN": [], "ELSE": []}
    priority, name, mode, enabled = 0.0, rows[0].word(1), "", True
    _ends(inp, rows[0], 2)
    for row in rows[1:]:
        word = row.words[0].upper()
        if word == "PRIORITY":
            priority = inp.number(row, 1, "priority")
            _ends(inp, row, 2)
            continue
        if word == _OFF:
            enabled = not _ends(inp, row, 1)
            continue
        if word == "IF" and mode:
            inp.fault(row, f"IF stands after {mode}", "begin with IF and go on with AND or OR")
        mode = word if word in {"IF", *actions} else mode
        if not mode or word not in {"IF", "AND", "OR", *actions}:
            inp.fault(row, f"{word} opens no clause of a rule", _clause_hint(word))
        elif mode == "IF":
            premise = _premise(inp, row, options, nodes, links)
            premises += [] if premise is None else [premise]
        else:
            action = _rule_action(inp, row, options, links)
            actions[mode] += [] if action is None else [action]
    opened = {row.words[0].upper() for row in rows[1:]}
    for clause in ("IF", "THEN"):
        if opened and clause not in opened:
            inp.fault(rows[0], f"rule {name!r} has no {clause}", f"add a line {clause} ...")
    then, otherwise = tuple(actions["THEN"]), tuple(actions["ELSE"])
    return Rule(name, tuple(premises), then, otherwise, priority, enabled)


def _clause_hint(word: str) -> str:
    """Return what to do with a word that opens no clause where it stands."""
    if word in {"AND", "OR"}:
        return "open the premises with IF"
    return nearest(word, ["IF", "AND", "OR", "THEN", "ELSE", "PRIORITY"])


def _blocks(inp: InpText) -> list[list[Row]]:
    """Return the lines of each rule."""
    blocks: list[list[Row]] = []
    for row in inp.rows["RULES"]:
        if row.words[0].upper() == "RULE":
            blocks.append([row])
        elif blocks:
            blocks[-1].append(row)
        else:
            inp.fault(row, f"{row.words[0]!r} stands before any RULE", "open it with RULE name")
    return blocks


def _rule_action(inp: InpText, row: Row, options: Options, links: Table) -> Action | None:
    """Return the action of `THEN PUMP x STATUS IS OPEN`."""
    words = [word.upper() for word in row.words]
    if words[1:2] and words[1] in _LINK_WORDS and words[3:4] and words[4:5] in (["IS"], ["="]):
        value = row.word(5)
        if not _ends(inp, row, 6):
            return None
        if words[3] == "SETTING" and value.upper() in _STATUS:
            inp.fault(row, f"setting is {value!r}", "give a number, or use STATUS")
            return None
        if words[3] in {"STATUS", "SETTING"}:
            action = _action(inp, row, options, links, (row.word(2), value))
            if action is None or (words[3] == "SETTING" and not math.isnan(action.setting)):
                return action
            return replace(action, by_status=True)
    what = f"{row.text.strip()[:60]!r} is no action"
    inp.fault(row, what, "write THEN PUMP x STATUS IS OPEN, or ... SETTING IS 0.8")
    return None


def _premise(
    inp: InpText, row: Row, options: Options, nodes: Table, links: Table
) -> Premise | None:
    """Return one premise, its value in SI."""
    words = [word.upper() for word in row.words]
    thing, is_or = row.word(1).upper(), words[0] == "OR"
    at = 2 if thing == "SYSTEM" else 3
    variable, relation = row.word(at).upper(), row.word(at + 1).upper()
    table, variables = nodes, _NODE_VARIABLES
    if thing in _LINK_WORDS:
        table, variables = links, _LINK_VARIABLES
    elif thing == "SYSTEM":
        variables = _SYSTEM_VARIABLES
    elif thing not in _NODE_WORDS:
        hint = nearest(thing, [*_NODE_WORDS, *_LINK_WORDS, "SYSTEM"])
        inp.fault(row, f"{thing} is no object of a premise", hint)
        return None
    if variable not in variables or relation not in _RELATIONS:
        what = f"{variable} {relation} is no condition of {thing}"
        inp.fault(row, what, f"variables: {', '.join(sorted(variables))}; {' '.join(_RELATIONS)}")
        return None
    name = "" if thing == "SYSTEM" else row.word(2)
    if name and not inp.known(row, name, thing.lower(), table):
        return None
    value = _premise_value(inp, row, options, at + 2, table.get(name, {}))
    timed = variable in {"TIME", "CLOCKTIME", "FILLTIME", "DRAINTIME"}
    if not _ends(inp, row, at + 4 if timed else at + 3) or value is None:
        return None
    tolerance = 1e-3 * _scale(options, variable, table.get(name, {}))
    on_link = thing in _LINK_WORDS
    return Premise(is_or, on_link, name, variable, _RELATIONS[relation], value, tolerance)


def _scale(options: Options, variable: str, thing: dict[str, Any]) -> float:
    """Return the factor from a file's unit of a premise to SI."""
    units = options.units
    if variable == "SETTING":
        return setting_si(options, thing.get("kind", ""), 1.0)
    if variable in {"FILLTIME", "DRAINTIME"}:
        return 3600.0
    scales = {"DEMAND": units.flow_m3s, "FLOW": units.flow_m3s, "PRESSURE": units.pressure_m}
    return scales.get(variable, units.length_m)


def _premise_value(
    inp: InpText, row: Row, options: Options, at: int, thing: dict[str, Any]
) -> float | None:
    """Return the value a premise compares with."""
    variable, word = row.word(at - 2).upper(), row.word(at).upper()
    if variable == "STATUS":
        if word in _STATUS:
            return _STATUS[word]
        inp.fault(row, f"status {word!r} is not known", "OPEN, CLOSED or ACTIVE")
        return None
    if variable in {"TIME", "CLOCKTIME"}:
        seconds = time_s(inp, row, at)
        return None if seconds is None else float(seconds)
    if variable in {"FILLTIME", "DRAINTIME"}:
        seconds = time_s(inp, row, at)
        return None if seconds is None else float(seconds)
    value = inp.number(row, at, variable.lower())
    return None if math.isnan(value) else value * _scale(options, variable, thing)
