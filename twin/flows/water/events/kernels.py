"""Compiled extended period with controls, rules, tank curves and patterns, as EPANET steps it.

Time is in whole seconds. A step ends at the next solve, pattern change, report, tank limit or
control, whichever is first; rules are looked at every rule step in between.

References
----------
Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, section 12.1.6, and the source
of EPANET 2.2 for the order of patterns, controls, solve, rules and tanks.
"""

from typing import NamedTuple

import numpy as np

from twin.flows.water.controls.kernels import (
    ControlArrays,
    RuleArrays,
    SwitchArrays,
    apply_controls,
    apply_pressure_controls,
    apply_rules,
    control_step_s,
    set_link,
    speed_by_pattern,
)
from twin.flows.water.kernels import NOT_CONVERGED, begin_solve_into, solve_lanes_into
from twin.flows.water.lanes.kernels import load_run_into, store_step_into
from twin.flows.water.periods.kernels import limit_ways_into
from twin.flows.water.tanks.kernels import move_tanks, tank_step_s
from twin.flows.water.valves.kernels import ONE_WAY
from twin.kernels.jit import inner_kernel, kernel

_MOST_SWITCHES = 20  # pressure controls in one solve; more is chatter and is flagged


class ClockArrays(NamedTuple):
    """Times in whole seconds, and patterns one after the other."""

    duration_s: int
    step_s: int
    pattern_step_s: int
    pattern_start_s: int
    report_step_s: int
    report_start_s: int
    rule_step_s: int
    start_clock_s: int
    report_last: int  # 1 if the last state is reported whenever it falls
    pattern_first: np.ndarray  # (n_patterns + 1,) int32
    pattern_value: np.ndarray  # (n_values,)
    more_node: np.ndarray  # (n_more,) int32, demands beyond a node's first
    more_m3s: np.ndarray  # (n_more,)
    more_pattern: np.ndarray  # (n_more,) int32


class ScheduleArrays(NamedTuple):
    """What changes links during a run."""

    clock: ClockArrays
    switches: SwitchArrays
    controls: ControlArrays
    rules: RuleArrays


class ReportArrays(NamedTuple):
    """States at the reported times."""

    time_s: np.ndarray  # (n_rows,) int64
    head_m: np.ndarray  # (n_rows, n_nodes)
    flow_m3s: np.ndarray  # (n_rows, n_links)
    delivered_m3s: np.ndarray  # (n_rows, n_nodes)
    leak_m3s: np.ndarray  # (n_rows, n_nodes)
    supplied: np.ndarray  # (n_rows, n_nodes) uint8
    iterations: np.ndarray  # (n_rows,) int32, of all solves since the row before


@inner_kernel
def set_period_into(plant, clock, now_s, out_demand_m3s, out_head_m):
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
        out_demand_m3s[clock.more_node[m]] += clock.more_m3s[m] * factor[clock.more_pattern[m]]
    for node in range(out_demand_m3s.size):
        o = demands.outlet[node]
        if o >= 0:
            asked = max(out_demand_m3s[node], 0.0)
            plant.outlets.cap_m3s[o] = asked
            plant.outlets.coefficient[o] = asked * demands.unit_coefficient[o]
            out_demand_m3s[node] -= asked
    for r in range(demands.reservoir.size):
        node = demands.reservoir[r]
        out_head_m[node] = demands.reservoir_head_m[r] * factor[demands.pattern[node]]


@inner_kernel
def outflow_into(plant, state, demand_m3s, out_delivered_m3s, out_leak_m3s):
    """Sum what is delivered and what leaks at every node."""
    out_leak_m3s[:] = 0.0
    for node in range(demand_m3s.size):
        out_delivered_m3s[node] = demand_m3s[node] if state.supplied[node] else 0.0
    for o in range(plant.outlets.node.size):
        node = plant.outlets.node[o]
        if plant.demands.outlet[node] == o:
            out_delivered_m3s[node] += state.outflow_m3s[o]
        else:
            out_leak_m3s[node] += state.outflow_m3s[o]


@inner_kernel
def _net_inflow_into(plant, state, out_net_inflow_m3s):
    """Sum the flows of links at tanks, positive into them."""
    out_net_inflow_m3s[:] = 0.0
    for r in plant.nodes.order.at_given:
        k = plant.nodes.order.link[r]
        t, h = plant.links.tail[k], plant.links.head[k]
        if plant.nodes.unknown[t] < 0:
            out_net_inflow_m3s[t] -= state.flow_m3s[k]
        if plant.nodes.unknown[h] < 0:
            out_net_inflow_m3s[h] += state.flow_m3s[k]


@inner_kernel
def _solve_switching(plant, schedule, demand_m3s, tank_state, way, limits, room, state):
    """Solve, let controls by junction pressure act, and solve again until none does."""
    iterations = 0
    lane = room.lane
    for _ in range(_MOST_SWITCHES):
        limit_ways_into(plant, state.head_m, tank_state, way)
        begin_solve_into(1, 0, plant, way, demand_m3s, state, room)
        solve_lanes_into((0,), plant.nodes, limits, room)
        store_step_into(1, 0, plant, room, way, state)
        iterations += lane.iterations[0]
        for v in range(plant.valves.link.size):
            k = plant.valves.link[v]
            if plant.valves.governed[v] and way[k] >= ONE_WAY:
                plant.way[k] = way[k]
        if not apply_pressure_controls(plant, schedule.switches, schedule.controls, state.head_m):
            return lane.status[0], iterations
    return NOT_CONVERGED, iterations


@inner_kernel
def _fixed_step_s(clock, now_s, next_report_s):
    """Return the time to the next solve, pattern change or report."""
    step = min(clock.step_s, clock.duration_s - now_s)
    shifted = now_s + clock.pattern_start_s
    step = min(step, clock.pattern_step_s - shifted % clock.pattern_step_s)
    if next_report_s > now_s:
        step = min(step, next_report_s - now_s)
    return step


@inner_kernel
def _advance(plant, schedule, now_s, step_s, net_inflow_m3s, outflow_m3s, state):
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
        if apply_rules(plant, schedule.switches, rules, facts, span):
            break
        part = clock.rule_step_s
    return gone


@inner_kernel
def _report(plant, state, demand_m3s, now_s, row, iterations, out_report):
    """Write one row."""
    out_report.time_s[row] = now_s
    out_report.head_m[row] = state.head_m
    out_report.flow_m3s[row] = state.flow_m3s
    out_report.supplied[row] = state.supplied
    out_report.iterations[row] = iterations
    delivered, leak = out_report.delivered_m3s[row], out_report.leak_m3s[row]
    outflow_into(plant, state, demand_m3s, delivered, leak)


@kernel
def run_events_into(plant, schedule, limits, room, state, out_report):
    """Run from the heads of tanks in `state`; return one row per solve.

    A row of the log holds time in s, status, iterations, energy and mass error.
    """
    clock = schedule.clock
    n_nodes = state.head_m.size
    demand, net_inflow, outflow = np.zeros(n_nodes), np.zeros(n_nodes), np.zeros(n_nodes)
    leak = np.zeros(n_nodes)
    tank_state = np.zeros(n_nodes, dtype=np.int64)
    way = np.zeros(state.flow_m3s.size, dtype=np.int8)
    log = np.empty((256, 5))
    solves = row = 0
    since, now = np.int64(0), np.int64(0)  # as a literal 0 would be a type of its own
    next_report = clock.report_start_s
    for k in range(way.size):
        set_link(plant, schedule.switches, k)
    load_run_into(1, 0, plant, state, room)
    while True:
        set_period_into(plant, clock, now, demand, state.head_m)
        speed_by_pattern(plant, schedule.switches)
        facts = (state.head_m, net_inflow)
        apply_controls(plant, schedule.switches, schedule.controls, facts, now, clock.start_clock_s)
        status, iterations = _solve_switching(
            plant, schedule, demand, tank_state, way, limits, room, state
        )
        energy, mass = room.lane.energy_m[0], room.lane.mass_m3s[0]
        if solves == log.shape[0]:
            longer = np.empty((2 * solves, 5))
            longer[:solves] = log
            log = longer
        log[solves] = (float(now), float(status), float(iterations), energy, mass)
        solves += 1
        since += iterations
        last = now >= clock.duration_s and clock.report_last
        if (now >= next_report or last) and row < out_report.time_s.size:
            _report(plant, state, demand, now, row, since, out_report)
            row += 1
            since = 0
            next_report += clock.report_step_s
        if now >= clock.duration_s:
            return log[:solves]
        _net_inflow_into(plant, state, net_inflow)
        step = _fixed_step_s(clock, now, next_report)
        step = tank_step_s(plant.tanks, net_inflow, state.head_m, step)
        facts = (state.head_m, net_inflow)
        switches, controls = schedule.switches, schedule.controls
        step = control_step_s(plant, switches, controls, facts, now, clock.start_clock_s, step)
        if schedule.rules.priority.size > 0:
            outflow_into(plant, state, demand, outflow, leak)
            outflow += leak
        now += _advance(plant, schedule, now, step, net_inflow, outflow, state)
