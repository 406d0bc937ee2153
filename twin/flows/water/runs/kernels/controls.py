"""Compiled controls and rules: what they see, and what they do to links."""

import math
from typing import NamedTuple

import numpy as np

from twin.flows.water.kernels.headloss import (
    CONSTANT_POWER,
    FIXED_DROP,
    FLOW_LIMIT,
    LEAST_SHARE,
    PIECEWISE,
    POWER_LAW,
    opening_share,
)
from twin.flows.water.kernels.valves import ACTIVE, ONE_WAY
from twin.flows.water.network.kinds import (
    FCV_KIND,
    GPV_KIND,
    PBV_KIND,
    PCV_KIND,
    PIPE_KIND,
    PRV_KIND,
    PSV_KIND,
    PUMP_KIND,
    TCV_KIND,
)
from twin.flows.water.runs.kernels.tanks import STILL_M3S, volume_m3, whole_seconds
from twin.kernels.jit import borrowing_kernel

BY_HEAD_BELOW, BY_HEAD_ABOVE, BY_TIME, BY_CLOCK = range(4)
DEMAND, HEAD, LEVEL, FLOW, STATUS, SETTING, TIME, CLOCK, FILL_TIME, DRAIN_TIME = range(10)
EQUAL, UNLIKE, BELOW, AT_MOST, ABOVE, AT_LEAST = range(6)
_DAY_S = 86400
_CLOSED = 2  # way of a link that is shut
_HEAD_TOLERANCE_M = 5.0e-4 * 0.3048
_ACTS = 2  # status of a valve that acts by its setting
_AT_LIMIT = 1.0e-6  # share of its setting by which a flow control valve at its limit may differ


class SwitchArrays(NamedTuple):
    """State of links that can be switched, and what it is applied to."""

    is_open: np.ndarray  # (n_links,) uint8, changes
    shut: np.ndarray  # (n_links,) uint8, changes: 1 where heads kept an open link shut
    acts: np.ndarray  # (n_links,) uint8, changes: 1 where a valve without modes counts as ACTIVE
    setting: np.ndarray  # (n_links,) changes; NaN for a valve that is fixed
    kind: np.ndarray  # (n_links,) int32
    one_way: np.ndarray  # (n_links,) uint8, pumps and check valves
    resistance: np.ndarray  # (n_links,) of pumps at full speed
    lift_m: np.ndarray  # (n_links,) of pumps at full speed
    point: np.ndarray  # (n_points, 2) of curves at full speed
    minor: np.ndarray  # (n_links,) of open valves
    unit_minor: np.ndarray  # (n_links,) for a coefficient of 1
    speed_pattern: np.ndarray  # (n_links,) int32, -1 where there is none
    locked: np.ndarray  # (n_links,) uint8, 1 where a link is shut for good


class ControlArrays(NamedTuple):
    """Simple controls by row."""

    link: np.ndarray  # (n_controls,) int32
    is_open: np.ndarray  # (n_controls,) uint8
    setting: np.ndarray  # (n_controls,)
    trigger: np.ndarray  # (n_controls,) int32
    node: np.ndarray  # (n_controls,) int32, -1 for times
    tank: np.ndarray  # (n_controls,) int32 tank row, -1 at a junction or reservoir
    value: np.ndarray  # (n_controls,) head in m, time in s


class RuleArrays(NamedTuple):
    """Rules by row; premises and actions one after the other."""

    priority: np.ndarray  # (n_rules,)
    premise_first: np.ndarray  # (n_rules + 1,) int32
    action_first: np.ndarray  # (n_rules + 1,) int32
    is_or: np.ndarray  # (n_premises,) uint8
    thing: np.ndarray  # (n_premises,) int32 node or link row, -1 the system
    tank: np.ndarray  # (n_premises,) int32 tank row of the node, -1 else
    variable: np.ndarray  # (n_premises,) int32
    relation: np.ndarray  # (n_premises,) int32
    value: np.ndarray  # (n_premises,)
    tolerance: np.ndarray  # (n_premises,)
    on_else: np.ndarray  # (n_actions,) uint8
    link: np.ndarray  # (n_actions,) int32
    is_open: np.ndarray  # (n_actions,) uint8
    setting: np.ndarray  # (n_actions,)
    by_status: np.ndarray  # (n_actions,) uint8, 1 where the action names a status, no setting
    rank: np.ndarray  # (n_links,) priority of the action chosen, changes
    chosen: np.ndarray  # (n_links,) int32 action row, changes


@borrowing_kernel
def _set_pump(hydraulics, switches, k, speed):
    """Give a pump its speed by the affinity laws: head with speed^2, flow with speed."""
    links = hydraulics.links
    if links.law[k] == PIECEWISE:
        for p in range(links.curve[k, 0], links.curve[k, 1]):
            links.point[p, 0] = switches.point[p, 0] * speed
            links.point[p, 1] = switches.point[p, 1] * speed * speed
        links.lift_m[k] = switches.lift_m[k] * speed * speed
    elif links.law[k] in (POWER_LAW, CONSTANT_POWER):
        links.resistance[k] = switches.resistance[k] * speed ** (2.0 - links.exponent[k])
        links.lift_m[k] = switches.lift_m[k] * speed * speed


@borrowing_kernel
def _set_holding(hydraulics, k, is_open, setting):
    """Set a PRV or PSV; one that goes on being governed keeps its mode."""
    v = hydraulics.valves.row_of_link[k]
    governed = is_open and not math.isnan(setting)
    if governed:
        elevation = hydraulics.nodes.elevation_m[hydraulics.valves.pin[v]]
        hydraulics.valves.set_head_m[v] = elevation + setting
        if (
            not hydraulics.valves.governed[v]
            or hydraulics.way[k] < ONE_WAY
            or hydraulics.way[k] == _CLOSED
        ):
            hydraulics.way[k] = ONE_WAY
    else:
        hydraulics.way[k] = 0 if is_open else _CLOSED
    hydraulics.valves.governed[v] = governed


@borrowing_kernel
def set_link(hydraulics, switches, k):
    """Let the solver see the state of link k."""
    kind, setting = switches.kind[k], switches.setting[k]
    is_open = switches.is_open[k] != 0
    if kind in (PRV_KIND, PSV_KIND):
        _set_holding(hydraulics, k, is_open, setting)
        return
    if kind == PUMP_KIND:
        is_open = is_open and setting > 0.0
        if is_open:
            _set_pump(hydraulics, switches, k, setting)
    fixed = math.isnan(setting)
    links = hydraulics.links
    if kind in (FCV_KIND, PBV_KIND):
        special = FLOW_LIMIT if kind == FCV_KIND else FIXED_DROP
        links.law[k] = POWER_LAW if fixed else special
        links.resistance[k] = 0.0 if fixed else setting
    if kind == TCV_KIND:
        links.minor[k] = switches.minor[k] if fixed else switches.unit_minor[k] * setting
    open_way = ONE_WAY if switches.one_way[k] else 0
    if kind == PCV_KIND:
        first, end = links.curve[k]
        share = 1.0 if fixed else opening_share(links.point[first:end], setting)
        is_open = is_open and share > 0.0
        links.minor[k] = switches.minor[k] / max(share, LEAST_SHARE) ** 2
    hydraulics.way[k] = open_way if is_open else _CLOSED


@borrowing_kernel
def _switch(hydraulics, switches, k, is_open, setting):
    """Set a link; return whether that changed it."""
    if switches.locked[k]:
        return False
    old = switches.setting[k]
    same = old == setting or (math.isnan(old) and math.isnan(setting))
    if switches.kind[k] in (PIPE_KIND, GPV_KIND):
        same = True
    if same and switches.is_open[k] == is_open:
        return False
    switches.is_open[k] = is_open
    switches.setting[k] = setting
    set_link(hydraulics, switches, k)
    return True


@borrowing_kernel
def _stays_shut(switches, k, is_open, setting):
    """Return whether a control shuts a link without setting that heads shut: EPANET leaves it."""
    plain = switches.kind[k] in (PIPE_KIND, GPV_KIND)
    unset = math.isnan(switches.setting[k]) and math.isnan(setting)
    return switches.shut[k] == 1 and is_open == 0 and (plain or unset)


@borrowing_kernel
def speed_by_pattern(hydraulics, switches):
    """Give pumps the speed of their pattern."""
    for k in range(switches.kind.size):
        if switches.speed_pattern[k] >= 0:
            speed = hydraulics.demands.factor[0, switches.speed_pattern[k]]
            _switch(hydraulics, switches, k, np.uint8(1) if speed > 0.0 else np.uint8(0), speed)


@borrowing_kernel
def apply_controls(hydraulics, switches, controls, facts, now_s, start_clock_s):
    """Let controls by time and by tank level act; one within a second of its level acts."""
    head_m, net_inflow_m3s = facts
    clock = (now_s + start_clock_s) % _DAY_S
    for c in range(controls.link.size):
        trigger, value, t = controls.trigger[c], controls.value[c], controls.tank[c]
        if trigger == BY_TIME:
            acts = now_s == value
        elif trigger == BY_CLOCK:
            acts = clock == value
        elif t >= 0:
            node = controls.node[c]
            margin = abs(net_inflow_m3s[node])
            now, then = (
                volume_m3(hydraulics.tanks, t, head_m[node]),
                volume_m3(hydraulics.tanks, t, value),
            )
            below = trigger == BY_HEAD_BELOW
            acts = now <= then + margin if below else now >= then - margin
        else:
            acts = False
        k = int(controls.link[c])
        if acts and not _stays_shut(switches, k, controls.is_open[c], controls.setting[c]):
            by_setting = not math.isnan(controls.setting[c])
            if _switch(hydraulics, switches, k, controls.is_open[c], controls.setting[c]):
                switches.acts[k] = by_setting
            elif by_setting:
                switches.acts[k] = 1


@borrowing_kernel
def apply_pressure_controls(hydraulics, switches, controls, head_m):
    """Let controls by the pressure of a junction act; return how many changed a link."""
    changed = 0
    for c in range(controls.link.size):
        trigger, node = controls.trigger[c], controls.node[c]
        if node < 0 or controls.tank[c] >= 0:
            continue
        if trigger == BY_HEAD_BELOW:
            acts = head_m[node] <= controls.value[c] + _HEAD_TOLERANCE_M
        else:
            acts = head_m[node] >= controls.value[c] - _HEAD_TOLERANCE_M
        k = int(controls.link[c])
        if acts and _switch(hydraulics, switches, k, controls.is_open[c], controls.setting[c]):
            switches.acts[k] = not math.isnan(controls.setting[c])
            changed += 1
    return changed


@borrowing_kernel
def _would_change(hydraulics, switches, controls, c, flow_m3s):
    """Return whether a control would change its link, or what EPANET sees as its state.

    A setting asks for a valve that is ACTIVE: one that stands open, as it need not act, ends the
    step of EPANET though its setting is the same.
    """
    k = controls.link[c]
    if switches.locked[k]:
        return False
    old, new = switches.setting[k], controls.setting[c]
    other = old != new and not (math.isnan(old) and math.isnan(new))
    wanted = int(controls.is_open[c])
    if wanted == 1 and not math.isnan(new) and switches.kind[k] not in (PIPE_KIND, PUMP_KIND):
        wanted = _ACTS
    return (
        _status(hydraulics, switches, k, abs(flow_m3s[k])) != wanted
        or switches.shut[k] == 1
        or (other and switches.kind[k] not in (PIPE_KIND, GPV_KIND))
    )


@borrowing_kernel
def control_step_s(hydraulics, switches, controls, facts, now_s, start_clock_s, step_s):
    """Return the time until a control acts, if that is within `step_s`."""
    head_m, net_inflow_m3s, flow_m3s = facts
    clock = (now_s + start_clock_s) % _DAY_S
    for c in range(controls.link.size):
        trigger, value, t = controls.trigger[c], controls.value[c], controls.tank[c]
        seconds = 0
        if trigger == BY_TIME:
            seconds = int(value) - now_s
        elif trigger == BY_CLOCK:
            seconds = int(value) - clock
            if seconds < 0:
                seconds += _DAY_S
        elif t >= 0:
            node = controls.node[c]
            inflow, head = net_inflow_m3s[node], head_m[node]
            rising = head < value and trigger == BY_HEAD_ABOVE and inflow > STILL_M3S
            sinking = head > value and trigger == BY_HEAD_BELOW and inflow < -STILL_M3S
            if rising or sinking:
                left = volume_m3(hydraulics.tanks, t, value) - volume_m3(hydraulics.tanks, t, head)
                seconds = whole_seconds(left, inflow)
        if 0 < seconds < step_s and _would_change(hydraulics, switches, controls, c, flow_m3s):
            step_s = seconds
    return step_s


@borrowing_kernel
def _time_holds(relation, value, first_s, last_s):
    """Compare a span of time with a time; `=` holds if the span holds it."""
    if relation == BELOW:
        return last_s < value
    if relation == AT_MOST:
        return last_s <= value
    if relation == ABOVE:
        return last_s > value
    if relation == AT_LEAST:
        return last_s >= value
    inside = first_s <= value <= last_s
    if last_s < first_s:  # over midnight
        inside = value >= first_s or value <= last_s
    return inside if relation == EQUAL else not inside


@borrowing_kernel
def _compares(relation, x, value, tolerance):
    """Compare a quantity; `<` and `>` have EPANET's tolerance, which `<=` and `>=` take away."""
    if relation == EQUAL:
        return abs(x - value) <= tolerance
    if relation == UNLIKE:
        return abs(x - value) >= tolerance
    if relation == BELOW:
        return x <= value + tolerance
    if relation == AT_MOST:
        return x <= value - tolerance
    if relation == ABOVE:
        return x >= value - tolerance
    return x >= value + tolerance


@borrowing_kernel
def _tank_time_s(hydraulics, rules, p, facts):
    """Return the time until a tank is full or empty; infinite if it never is."""
    head_m, net_inflow_m3s = facts[0], facts[3]
    t = rules.tank[p]
    if t < 0:
        return math.inf
    inflow, head = net_inflow_m3s[rules.thing[p]], head_m[rules.thing[p]]
    if rules.variable[p] == FILL_TIME:
        if inflow <= STILL_M3S:
            return math.inf
        return (
            volume_m3(hydraulics.tanks, t, hydraulics.tanks.most_head_m[t])
            - volume_m3(hydraulics.tanks, t, head)
        ) / inflow
    if inflow >= -STILL_M3S:
        return math.inf
    return -volume_m3(hydraulics.tanks, t, head) / inflow


@borrowing_kernel
def _status(hydraulics, switches, k, size_m3s):
    """Return 0 for a closed link, 1 for an open one, 2 for a valve that acts by its setting.

    A TCV, PBV or PCV counts as EPANET names it: open after a status OPEN or CLOSED, even where a
    rule gives it a setting later, until a control does. A GPV counts as open.
    """
    kind, setting = switches.kind[k], switches.setting[k]
    if switches.is_open[k] == 0 or switches.shut[k] == 1:
        return 0
    if kind in (PIPE_KIND, PUMP_KIND):
        return 1
    if kind not in (PRV_KIND, PSV_KIND, FCV_KIND):
        return _ACTS if switches.acts[k] else 1
    if math.isnan(setting):
        return 1
    if kind == FCV_KIND:
        return _ACTS if size_m3s >= (1.0 - _AT_LIMIT) * setting else 1
    return _ACTS if hydraulics.way[k] == ACTIVE else 1


@borrowing_kernel
def _premise_holds(hydraulics, switches, rules, p, facts, span):
    """Return whether premise p holds."""
    head_m, flow_m3s, outflow_m3s, net_inflow_m3s = facts
    variable, thing, relation = rules.variable[p], rules.thing[p], rules.relation[p]
    value = rules.value[p]
    if variable == TIME:
        return _time_holds(relation, value, span[0], span[1])
    if variable == CLOCK:
        first, last = (span[0] + span[2]) % _DAY_S, (span[1] + span[2]) % _DAY_S
        return _time_holds(relation, value, first, last)
    if variable == STATUS:
        status = _status(hydraulics, switches, thing, abs(flow_m3s[thing]))
        return (status == value) == (relation == EQUAL)
    if variable == DEMAND:
        if thing < 0:
            x = outflow_m3s.sum()
        else:
            x = (
                outflow_m3s[thing]
                if hydraulics.nodes.unknown[thing] >= 0
                else net_inflow_m3s[thing]
            )
    elif variable == HEAD:
        x = head_m[thing]
    elif variable == LEVEL:
        x = head_m[thing] - hydraulics.nodes.elevation_m[thing]
    elif variable == FLOW:
        x = abs(flow_m3s[thing])
    elif variable == SETTING:
        x = switches.setting[thing]
    else:
        x = _tank_time_s(hydraulics, rules, p, facts)
    return not math.isnan(x) and _compares(relation, x, value, rules.tolerance[p])


@borrowing_kernel
def _rule_holds(hydraulics, switches, rules, r, facts, span):
    """Return whether the premises of a rule hold, read from the first to the last."""
    holds = True
    for p in range(rules.premise_first[r], rules.premise_first[r + 1]):
        if rules.is_or[p]:
            if not holds:
                holds = _premise_holds(hydraulics, switches, rules, p, facts, span)
        else:
            if not holds:
                return False
            holds = _premise_holds(hydraulics, switches, rules, p, facts, span)
    return holds


@borrowing_kernel
def _is_open(switches, k):
    """Return 1 if a link is open or active, 0 if it is closed, be it by the heads around it."""
    return 0 if switches.shut[k] else switches.is_open[k]


@borrowing_kernel
def apply_rules(hydraulics, switches, rules, facts, span):
    """Let rules act, of two on one link the one of higher priority; return how many changed.

    A status acts on a link in the other state alone: OPEN leaves an active valve its setting, and
    CLOSED does nothing to a link that heads keep shut, as in EPANET.
    """
    rules.chosen[:] = -1
    for r in range(rules.priority.size):
        holds = _rule_holds(hydraulics, switches, rules, r, facts, span)
        for a in range(rules.action_first[r], rules.action_first[r + 1]):
            if (rules.on_else[a] != 0) == holds:
                continue
            k = rules.link[a]
            if rules.chosen[k] < 0 or rules.priority[r] > rules.rank[k]:
                rules.chosen[k] = a
                rules.rank[k] = rules.priority[r]
    changed = 0
    for k in range(rules.chosen.size):
        a = rules.chosen[k]
        if a < 0 or (rules.by_status[a] and _is_open(switches, k) == rules.is_open[a]):
            continue
        switched = _switch(hydraulics, switches, k, rules.is_open[a], rules.setting[a])
        if rules.by_status[a]:
            switches.acts[k] = 0
        if switched or (rules.by_status[a] and not switches.locked[k]):
            changed += 1  # a link that heads shut stays so, but EPANET ends its step
    return changed
