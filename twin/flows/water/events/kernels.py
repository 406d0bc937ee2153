"""Compiled extended period with controls, rules, tank curves and patterns, as EPANET steps it.

Time is in whole seconds. A step ends at the next solve, pattern change, report, tank limit or
control, whichever is first; rules are looked at every rule step in between. Lanes run side by
side, each by its own clock, and meet only in the solver.

References
----------
Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, section 12.1.6, and the source
of EPANET 2.2 for the order of patterns, controls, solve, rules and tanks.
"""

import numpy as np

from twin.flows.water.controls.kernels import (
    apply_controls,
    apply_pressure_controls,
    apply_rules,
    control_step_s,
    set_link,
    speed_by_pattern,
)
from twin.flows.water.kernels import (
    NOT_CONVERGED,
    begin_solve_into,
    judge_into,
    look_into,
    step_into,
)
from twin.flows.water.lanes.kernels import copy_into, load_run_into, store_step_into
from twin.flows.water.periods.kernels import limit_ways_into
from twin.flows.water.runs.kernels import (
    ALIVE,
    NEXT_REPORT,
    NOW,
    ROW,
    SINCE,
    SOLVES,
    SWITCHES,
    plant_of,
    state_of,
    switches_of,
)
from twin.flows.water.tanks.kernels import move_tanks, tank_step_s
from twin.flows.water.valves.kernels import ONE_WAY
from twin.kernels.jit import borrowing_kernel, inner_kernel, threaded_kernel

_MOST_SWITCHES = 20  # pressure controls in one solve; more is chatter and is flagged
_LOG_ROWS = 256


@borrowing_kernel
def set_period_into(plant, clock, more_m3s, now_s, out_demand_m3s, out_head_m):
    """Set pattern factors, fixed demands, caps of demand outlets and reservoir heads."""
    demands = plant.demands
    period = (now_s + clock.pattern_start_s) // clock.pattern_step_s
    factor = demands.factor[0]
    for p in range(factor.size):
        first = clock.pattern_first[p]
        factor[p] = clock.pattern_value[first + period % (clock.pattern_first[p + 1] - first)]
    for node in range(out_demand_m3s.size):
        out_demand_m3s[node] = demands.base_m3s[node] * factor[demands.pattern[node]]
    for m in range(clock.more_node.size):
        out_demand_m3s[clock.more_node[m]] += more_m3s[m] * factor[clock.more_pattern[m]]
    for o in range(plant.outlets.node.size):
        node = plant.outlets.node[o]
        if demands.outlet[node] == o:
            asked = max(out_demand_m3s[node], 0.0)
            plant.outlets.cap_m3s[o] = asked
            plant.outlets.coefficient[o] = asked * demands.unit_coefficient[o]
            out_demand_m3s[node] -= asked
    for r in range(demands.reservoir.size):
        node = demands.reservoir[r]
        out_head_m[node] = demands.reservoir_head_m[r] * factor[demands.pattern[node]]


@borrowing_kernel
def outflow_into(plant, state, demand_m3s, out_delivered_m3s, out_leak_m3s):
    """Sum what is delivered and what leaks at every node; leaks are zeros where none can be."""
    if plant.outlets.node.size > 0:  # else these pages are never touched
        out_leak_m3s[:] = 0.0
    for node in range(demand_m3s.size):
        out_delivered_m3s[node] = demand_m3s[node] if state.supplied[node] else 0.0
    for o in range(plant.outlets.node.size):
        node = plant.outlets.node[o]
        if plant.demands.outlet[node] == o:
            out_delivered_m3s[node] += state.outflow_m3s[o]
        else:
            out_leak_m3s[node] += state.outflow_m3s[o]


@borrowing_kernel
def _net_inflow_into(plant, flow_m3s, out_net_inflow_m3s):
    """Sum the flows of links at nodes of given head, positive into them."""
    out_net_inflow_m3s[:] = 0.0
    for r in plant.nodes.order.at_given:
        k = plant.nodes.order.link[r]
        t, h = plant.links.tail[k], plant.links.head[k]
        if plant.nodes.unknown[t] < 0:
            out_net_inflow_m3s[t] -= flow_m3s[k]
        if plant.nodes.unknown[h] < 0:
            out_net_inflow_m3s[h] += flow_m3s[k]


@borrowing_kernel
def _wake(width, lane, plant, own, tank_state, room):
    """Hand a lane's next solve to the room."""
    one, state = plant_of(plant, own, lane), state_of(own, lane)
    way = own.solve_way[lane]
    limit_ways_into(one, state.head_m, tank_state, way)
    begin_solve_into(width, lane, one, way, own.demand_m3s[lane], state, room)


@borrowing_kernel
def _collect(width, lane, plant, schedule, own, room):
    """Take a lane's answer, and let controls by junction pressure act on it."""
    one, state = plant_of(plant, own, lane), state_of(own, lane)
    way = own.solve_way[lane]
    store_step_into(width, lane, one, room, way, state)
    for v in range(one.valves.link.size):
        k = one.valves.link[v]
        if one.valves.governed[v] and way[k] >= ONE_WAY:
            one.way[k] = way[k]
    own.counts[lane, SINCE] += room.lane.iterations[lane]
    switches = switches_of(schedule.switches, own, lane)
    if apply_pressure_controls(one, switches, schedule.controls, state.head_m) > 0:
        own.counts[lane, SWITCHES] += 1
    else:
        own.counts[lane, SWITCHES] = 0


@borrowing_kernel
def _fixed_step_s(clock, now_s, next_report_s):
    """Return the time to the next solve, pattern change or report."""
    step = min(clock.step_s, clock.duration_s - now_s)
    shifted = now_s + clock.pattern_start_s
    step = min(step, clock.pattern_step_s - shifted % clock.pattern_step_s)
    if next_report_s > now_s:
        step = min(step, next_report_s - now_s)
    return step


@borrowing_kernel
def _advance(plant, schedule, switches, now_s, step_s, net_inflow_m3s, outflow_m3s, state):
    """Move the tanks up to `step_s`, or to the rule step at which a rule acts; return the time."""
    clock, rules = schedule.clock, schedule.rules
    if rules.priority.size == 0:
        move_tanks(plant.tanks, net_inflow_m3s, step_s, state.head_m)
        return step_s
    gone = 0
    part = clock.rule_step_s - now_s % clock.rule_step_s
    while gone < step_s:
        part = min(part, step_s - gone)
        gone += part
        move_tanks(plant.tanks, net_inflow_m3s, part, state.head_m)
        facts = (state.head_m, state.flow_m3s, outflow_m3s, net_inflow_m3s)
        span = (now_s + gone - part + 1, now_s + gone, clock.start_clock_s)
        if apply_rules(plant, switches, rules, facts, span):
            break
        part = clock.rule_step_s
    return gone


@borrowing_kernel
def _start(lane, plant, schedule, own, room):
    """Let the solver see a lane's network and first guess."""
    one = plant_of(plant, own, lane)
    switches = switches_of(schedule.switches, own, lane)
    for k in range(one.way.size):
        set_link(one, switches, k)
    load_run_into(own.counts.shape[0], lane, one, state_of(own, lane), room)
    own.counts[lane, NEXT_REPORT] = schedule.clock.report_start_s


@borrowing_kernel
def _begin(lane, plant, schedule, own):
    """Set a lane's demands and heads of this moment, and let controls act."""
    one, clock, now = plant_of(plant, own, lane), schedule.clock, own.counts[lane, NOW]
    switches = switches_of(schedule.switches, own, lane)
    head = own.head_m[lane]
    set_period_into(one, clock, own.more_m3s[lane], now, own.demand_m3s[lane], head)
    speed_by_pattern(one, switches)
    facts = (head, own.net_inflow_m3s[lane])
    apply_controls(one, switches, schedule.controls, facts, now, clock.start_clock_s)
    own.counts[lane, SWITCHES] = 0


@borrowing_kernel
def _report(lane, plant, own, state, out_report):
    """Write a row of the report."""
    row = own.counts[lane, ROW]
    out_report.time_s[lane, row] = own.counts[lane, NOW]
    copy_into(state.head_m, out_report.head_m[lane, row])
    copy_into(state.flow_m3s, out_report.flow_m3s[lane, row])
    copy_into(state.supplied, out_report.supplied[lane, row])
    out_report.iterations[lane, row] = own.counts[lane, SINCE]
    delivered, leak = out_report.delivered_m3s[lane, row], out_report.leak_m3s[lane, row]
    outflow_into(plant, state, own.demand_m3s[lane], delivered, leak)
    own.counts[lane, ROW] += 1
    own.counts[lane, SINCE] = 0


@borrowing_kernel
def _finish(lane, plant, schedule, own, outflow_m3s, leak_m3s, out_report):
    """Report a lane's state and move it to its next solve, or to its end."""
    clock, count = schedule.clock, own.counts[lane]
    one, state = plant_of(plant, own, lane), state_of(own, lane)
    now = count[NOW]
    due = now >= count[NEXT_REPORT]
    more = clock.report_all or (now >= clock.duration_s and clock.report_last)
    if (due or more) and count[ROW] < out_report.time_s.shape[1]:
        _report(lane, one, own, state, out_report)
    if due:
        count[NEXT_REPORT] += clock.report_step_s
    if now >= clock.duration_s:
        count[ALIVE] = 0
        return
    net_inflow = own.net_inflow_m3s[lane]
    _net_inflow_into(one, state.flow_m3s, net_inflow)
    step = _fixed_step_s(clock, now, count[NEXT_REPORT])
    step = tank_step_s(one.tanks, net_inflow, state.head_m, step)
    facts = (state.head_m, net_inflow)
    switches, controls = switches_of(schedule.switches, own, lane), schedule.controls
    step = control_step_s(one, switches, controls, facts, now, clock.start_clock_s, step)
    if schedule.rules.priority.size > 0:
        outflow_into(one, state, own.demand_m3s[lane], outflow_m3s, leak_m3s)
        for node in range(outflow_m3s.size):
            outflow_m3s[node] += leak_m3s[node]
    count[NOW] += _advance(one, schedule, switches, now, step, net_inflow, outflow_m3s, state)


@borrowing_kernel
def _turn(lane, plant, schedule, own, scratch, room, log, out_report):
    """Take the answer of a lane at rest, and wake it for its next solve if there is one."""
    width, count = own.counts.shape[0], own.counts[lane]
    tank_state, outflow, leak = scratch
    _collect(width, lane, plant, schedule, own, room)
    if 0 < count[SWITCHES] < _MOST_SWITCHES:
        _wake(width, lane, plant, own, tank_state, room)
        return
    row = log[lane, count[SOLVES]]
    row[0], row[1] = count[NOW], room.lane.status[lane] if count[SWITCHES] == 0 else NOT_CONVERGED
    row[2], row[3] = room.lane.iterations[lane], room.lane.energy_m[lane]
    row[4], row[5] = room.lane.mass_m3s[lane], room.lane.still_pumps[lane]
    count[SOLVES] += 1
    _finish(lane, plant, schedule, own, outflow, leak, out_report)
    if count[ALIVE] == 1:
        _begin(lane, plant, schedule, own)
        _wake(width, lane, plant, own, tank_state, room)


@inner_kernel
def _longer(log):
    """Return a log with room for twice as many solves."""
    out = np.zeros((log.shape[0], 2 * log.shape[1], log.shape[2]))
    out[:, : log.shape[1]] = log
    return out


@threaded_kernel
def run_lanes_into(lanes, plant, schedule, own, limits, room, out_report):
    """Run all lanes from their heads of tanks; return a row per lane and solve.

    A row of the log holds time in s, status, iterations, energy and mass error, and pumps standing
    still; a lane's rows end after as many solves as its count says. A lane at rest goes on to its
    next solve at once: lanes share Newton steps, not moments, so that none waits for the slowest.
    `lanes` is any tuple as long as there are lanes.
    """
    width, order = own.counts.shape[0], plant.nodes.order
    n_nodes = order.node.size
    scratch = (np.zeros(n_nodes, dtype=np.int64), np.zeros(n_nodes), np.zeros(n_nodes))
    log = np.zeros((width, _LOG_ROWS, 6))
    for lane in range(width):
        if own.counts[lane, ALIVE] == 1:
            _start(lane, plant, schedule, own, room)
            _begin(lane, plant, schedule, own)
            _wake(width, lane, plant, own, scratch[0], room)
    alive = True
    while alive:
        look_into(lanes, plant.nodes, room)
        alive = False
        moving = False
        for lane in range(width):
            if own.counts[lane, ALIVE] == 0:
                continue
            judge_into(lane, order, limits, room)
            while room.lane.busy[lane] == 0 and own.counts[lane, ALIVE] == 1:
                if own.counts[lane, SOLVES] == log.shape[1]:
                    log = _longer(log)
                _turn(lane, plant, schedule, own, scratch, room, log, out_report)
                if room.lane.fresh[lane] == 1 and own.counts[lane, ALIVE] == 1:
                    judge_into(lane, order, limits, room)
            alive = alive or own.counts[lane, ALIVE] == 1
            moving = moving or room.lane.share[lane] > 0.0
        if moving:
            step_into(lanes, plant.nodes, room)
    return log
