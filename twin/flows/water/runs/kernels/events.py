"""Compiled extended period with controls, rules, tank curves and patterns, as EPANET steps it.

Time is in whole seconds. A step ends at the next solve, pattern change, report, tank limit or
control, whichever is first; rules are looked at every rule step in between. Scenarios run side by
side, each by its own clock, and meet only in the solver.

References
----------
Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, section 12.1.6, and the source
of EPANET 2.2 for the order of patterns, controls, solve, rules and tanks.
"""

import numpy as np

from twin.flows.water.kernels.headloss import CONSTANT_POWER
from twin.flows.water.kernels.newton import (
    CONVERGED,
    NOT_CONVERGED,
    begin_solve_into,
    judge_into,
    look_into,
    seek_again_into,
    step_into,
)
from twin.flows.water.kernels.supply import search_of
from twin.flows.water.kernels.valves import ACTIVE, HELD, ONE_WAY
from twin.flows.water.kernels.workspace import BOTH_WAYS, copy_into, load_run_into, store_step_into
from twin.flows.water.runs.kernels.controls import (
    apply_controls,
    apply_pressure_controls,
    apply_rules,
    control_step_s,
    set_link,
    speed_by_pattern,
)
from twin.flows.water.runs.kernels.periods import limit_ways_into
from twin.flows.water.runs.kernels.reports import outflow_into, report_into
from twin.flows.water.runs.kernels.scenarios import (
    ALIVE,
    NEXT_REPORT,
    NOW,
    OFF,
    ROW,
    SINCE,
    SOLVES,
    SWITCHES,
    hydraulics_of,
    state_of,
    switches_of,
)
from twin.flows.water.runs.kernels.shut_links import mark_shut_into
from twin.flows.water.runs.kernels.tanks import (
    END,
    START,
    count_swings,
    move_tanks,
    tank_step_s,
    volume_m3,
)
from twin.kernels.jit import borrowing_kernel, inner_kernel, threaded_kernel

_MOST_SWITCHES = 20  # pressure controls in one solve; more is chatter and is flagged
_LOG_ROWS = 256


@borrowing_kernel
def set_period_into(hydraulics, clock, more_m3s, now_s, out_demand_m3s, out_head_m):
    """Set pattern factors, fixed demands, caps of demand outlets and reservoir heads."""
    demands = hydraulics.demands
    period = (now_s + clock.pattern_start_s) // clock.pattern_step_s
    factor = demands.factor[0]
    for p in range(factor.size):
        first = clock.pattern_first[p]
        factor[p] = clock.pattern_value[first + period % (clock.pattern_first[p + 1] - first)]
    for node in range(out_demand_m3s.size):
        out_demand_m3s[node] = demands.base_m3s[node] * factor[demands.pattern[node]]
    for m in range(clock.more_node.size):
        out_demand_m3s[clock.more_node[m]] += more_m3s[m] * factor[clock.more_pattern[m]]
    for o in range(hydraulics.outlets.node.size):
        node = hydraulics.outlets.node[o]
        if demands.outlet[node] == o:
            asked = max(out_demand_m3s[node], 0.0)
            hydraulics.outlets.cap_m3s[o] = asked
            hydraulics.outlets.coefficient[o] = asked * demands.unit_coefficient[o]
            out_demand_m3s[node] -= asked
    for r in range(demands.reservoir.size):
        node = demands.reservoir[r]
        out_head_m[node] = demands.reservoir_head_m[r] * factor[demands.pattern[node]]


@borrowing_kernel
def _net_inflow_into(hydraulics, flow_m3s, out_net_inflow_m3s):
    """Sum the flows of links at nodes of given head, positive into them."""
    out_net_inflow_m3s[:] = 0.0
    for r in hydraulics.nodes.order.at_given:
        k = hydraulics.nodes.order.link[r]
        t, h = hydraulics.links.tail[k], hydraulics.links.head[k]
        if hydraulics.nodes.unknown[t] < 0:
            out_net_inflow_m3s[t] -= flow_m3s[k]
        if hydraulics.nodes.unknown[h] < 0:
            out_net_inflow_m3s[h] += flow_m3s[k]


@borrowing_kernel
def _wake(width, scenario, hydraulics, own, tank_state, workspace):
    """Hand a scenario's next solve to the workspace."""
    one, state = hydraulics_of(hydraulics, own, scenario), state_of(own, scenario)
    way = own.solve_way[scenario]
    limit_ways_into(one, state.head_m, tank_state, way)
    begin_solve_into(width, scenario, one, way, own.demand_m3s[scenario], state, workspace)


@borrowing_kernel
def _shut_leaks_into(hydraulics, way, out_flow_m3s):
    """Let shut links pass nothing; in a solve they pass some 1e-8 m3/s by their steep law."""
    links, order = hydraulics.links, hydraulics.nodes.order
    for i in range(order.n_plain, order.link.size):
        k = order.link[i]
        if links.law[k] == CONSTANT_POWER or way[k] == BOTH_WAYS or way[k] == ACTIVE:
            continue
        if way[k] == HELD or way[k] * out_flow_m3s[k] <= 0.0:
            out_flow_m3s[k] = 0.0


@borrowing_kernel
def _collect(width, scenario, hydraulics, schedule, own, workspace):
    """Take a scenario's answer, and let controls by junction pressure act on it."""
    one, state = hydraulics_of(hydraulics, own, scenario), state_of(own, scenario)
    way = own.solve_way[scenario]
    store_step_into(width, scenario, one, workspace, way, state)
    _shut_leaks_into(one, way, state.flow_m3s)
    for v in range(one.valves.link.size):
        k = one.valves.link[v]
        fed = state.supplied[one.links.tail[k]] and state.supplied[one.links.head[k]]
        if one.valves.governed[v] and way[k] >= ONE_WAY:
            sound = fed and workspace.scenario.status[scenario] == CONVERGED
            one.way[k] = way[k] if sound else ONE_WAY
    own.counts[scenario, SINCE] += workspace.scenario.iterations[scenario]
    switches = switches_of(schedule.switches, own, scenario)
    if apply_pressure_controls(one, switches, schedule.controls, state.head_m) > 0:
        own.counts[scenario, SWITCHES] += 1
    else:
        own.counts[scenario, SWITCHES] = 0


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
def _advance(hydraulics, schedule, switches, span, flows, state, tank_m3):
    """Move the tanks up to `step_s`, or to the rule step at which a rule acts; return the time."""
    clock, rules = schedule.clock, schedule.rules
    now_s, step_s = span
    net_inflow_m3s, outflow_m3s = flows
    if rules.priority.size == 0:
        move_tanks(hydraulics.tanks, net_inflow_m3s, step_s, state.head_m, tank_m3)
        return step_s
    gone = 0
    part = clock.rule_step_s - now_s % clock.rule_step_s
    while gone < step_s:
        part = min(part, step_s - gone)
        gone += part
        move_tanks(hydraulics.tanks, net_inflow_m3s, part, state.head_m, tank_m3)
        facts = (state.head_m, state.flow_m3s, outflow_m3s, net_inflow_m3s)
        passed = (now_s + gone - part + 1, now_s + gone, clock.start_clock_s)
        if apply_rules(hydraulics, switches, rules, facts, passed):
            break
        part = clock.rule_step_s
    return gone


@borrowing_kernel
def _store_tanks(tanks, head_m, out_tank_m3):
    """Write the volume of each tank over its lowest level at the start."""
    for t in range(tanks.node.size):
        out_tank_m3[t, START] = out_tank_m3[t, END] = volume_m3(tanks, t, head_m[tanks.node[t]])


@borrowing_kernel
def _start(scenario, hydraulics, schedule, own, workspace):
    """Let the solver see a scenario's network and first guess."""
    one = hydraulics_of(hydraulics, own, scenario)
    switches = switches_of(schedule.switches, own, scenario)
    for k in range(one.way.size):
        set_link(one, switches, k)
    load_run_into(own.counts.shape[0], scenario, one, state_of(own, scenario), workspace)
    own.counts[scenario, NEXT_REPORT] = schedule.clock.report_start_s


@borrowing_kernel
def _begin(scenario, hydraulics, schedule, own):
    """Set a scenario's demands and heads of this moment, and let controls act."""
    one, clock, now = (
        hydraulics_of(hydraulics, own, scenario),
        schedule.clock,
        own.counts[scenario, NOW],
    )
    switches = switches_of(schedule.switches, own, scenario)
    head = own.head_m[scenario]
    set_period_into(one, clock, own.more_m3s[scenario], now, own.demand_m3s[scenario], head)
    speed_by_pattern(one, switches)
    facts = (head, own.net_inflow_m3s[scenario])
    apply_controls(one, switches, schedule.controls, facts, now, clock.start_clock_s)
    own.counts[scenario, SWITCHES] = 0


@borrowing_kernel
def _finish(scenario, hydraulics, schedule, own, scratch, failed, search, out_report):
    """Report a scenario's state and move it to its next solve, or to its end.

    Flows that do not balance move no tank.
    """
    outflow_m3s, leak_m3s = scratch
    clock, count = schedule.clock, own.counts[scenario]
    one, state = hydraulics_of(hydraulics, own, scenario), state_of(own, scenario)
    now = count[NOW]
    due = now >= count[NEXT_REPORT]
    more = clock.report_all or (now >= clock.duration_s and clock.report_last)
    if (due or more) and count[ROW] < out_report.time_s.shape[1]:
        row = (count[ROW], now, count[SINCE])
        demand = own.demand_m3s[scenario]
        report_into(scenario, row, one, state, demand, scratch, out_report)
        count[ROW] += 1
        count[SINCE] = 0
    if due:
        count[NEXT_REPORT] += clock.report_step_s
    if now >= clock.duration_s:
        count[ALIVE] = 0
        return
    net_inflow = own.net_inflow_m3s[scenario]
    if failed:
        net_inflow[:] = 0.0
    else:
        _net_inflow_into(one, state.flow_m3s, net_inflow)
    switches, controls = switches_of(schedule.switches, own, scenario), schedule.controls
    if not failed and schedule.rules.priority.size + controls.link.size > 0:
        way, demand = own.solve_way[scenario], own.demand_m3s[scenario]
        mark_shut_into(one, way, demand, state, search_of(search, scenario), switches)
    step = _fixed_step_s(clock, now, count[NEXT_REPORT])
    step = tank_step_s(one.tanks, net_inflow, state.head_m, step)
    facts = (state.head_m, net_inflow, state.flow_m3s)
    step = control_step_s(one, switches, controls, facts, now, clock.start_clock_s, step)
    if schedule.rules.priority.size > 0:
        outflow_into(one, state, own.demand_m3s[scenario], outflow_m3s, leak_m3s)
        for node in range(outflow_m3s.size):
            outflow_m3s[node] += leak_m3s[node]
    flows, tank_m3 = (net_inflow, outflow_m3s), out_report.tank_m3[scenario]
    count[NOW] += _advance(one, schedule, switches, (now, step), flows, state, tank_m3)


@borrowing_kernel
def _turn(scenario, hydraulics, schedule, own, scratch, workspace, log, out_report):
    """Take the answer of a scenario that has stopped, and start its next solve if there is one."""
    width, count = own.counts.shape[0], own.counts[scenario]
    tank_state, flows = scratch
    one, state = hydraulics_of(hydraulics, own, scenario), state_of(own, scenario)
    way, demand = own.solve_way[scenario], own.demand_m3s[scenario]
    if seek_again_into(width, scenario, one, way, demand, state, workspace):
        return
    _collect(width, scenario, hydraulics, schedule, own, workspace)
    if 0 < count[SWITCHES] < _MOST_SWITCHES:
        _wake(width, scenario, hydraulics, own, tank_state, workspace)
        return
    failed = workspace.scenario.status[scenario] != CONVERGED
    if failed and one.tanks.node.size > 0:
        count[OFF] = 1  # from here on levels of tanks lack what should have flowed
    sound = not failed and count[SWITCHES] == 0 and count[OFF] == 0
    row = log[scenario, count[SOLVES]]
    row[0], row[1] = count[NOW], CONVERGED if sound else NOT_CONVERGED
    row[2], row[3] = workspace.scenario.iterations[scenario], workspace.scenario.energy_m[scenario]
    row[4], row[5] = workspace.scenario.mass_m3s[scenario], workspace.scenario.still_pumps[scenario]
    row[6] = workspace.scenario.cut_off[scenario]
    if one.tanks.node.size > 0 and not failed:
        net_inflow = own.net_inflow_m3s[scenario]
        _net_inflow_into(one, state.flow_m3s, net_inflow)
        turns = (own.last_inflow_m3s[scenario], own.turns[scenario])
        row[7] = count_swings(one, scenario, workspace, net_inflow, schedule.clock.step_s, turns)
    count[SOLVES] += 1
    _finish(scenario, hydraulics, schedule, own, flows, failed, workspace.search, out_report)
    if count[ALIVE] == 1:
        _begin(scenario, hydraulics, schedule, own)
        _wake(width, scenario, hydraulics, own, tank_state, workspace)


@inner_kernel
def _longer(log):
    """Return a log with space for twice as many solves."""
    out = np.zeros((log.shape[0], 2 * log.shape[1], log.shape[2]))
    out[:, : log.shape[1]] = log
    return out


@threaded_kernel
def run_scenarios_into(lanes, hydraulics, schedule, own, limits, workspace, out_report):
    """Run all scenarios from their heads of tanks; return a row per scenario and solve.

    A row of the log holds time in s, status, iterations, energy and mass error, pumps standing
    still, nodes cut off, and tanks that swing; a scenario's rows end after as many solves as its
    count states. A scenario that has converged goes on to its next solve at once: scenarios share
    Newton steps, not moments, so that none waits for the slowest. `lanes` is any tuple as long as
    there are scenarios.
    """
    width, order = own.counts.shape[0], hydraulics.nodes.order
    n_nodes = order.node.size
    scratch = (np.zeros(n_nodes, dtype=np.int64), (np.zeros(n_nodes), np.zeros(n_nodes)))
    log = np.zeros((width, _LOG_ROWS, 8))
    copy_into(schedule.clock.stiff_m2s, workspace.stiff_m2s)
    for scenario in range(width):
        if own.counts[scenario, ALIVE] == 1:
            _start(scenario, hydraulics, schedule, own, workspace)
            heads = own.head_m[scenario]
            _store_tanks(hydraulics.tanks, heads, out_report.tank_m3[scenario])
            _begin(scenario, hydraulics, schedule, own)
            _wake(width, scenario, hydraulics, own, scratch[0], workspace)
    alive = True
    while alive:
        look_into(lanes, hydraulics.nodes, workspace)
        alive = False
        moving = False
        for scenario in range(width):
            if own.counts[scenario, ALIVE] == 0:
                continue
            judge_into(scenario, order, limits, workspace)
            while workspace.scenario.busy[scenario] == 0 and own.counts[scenario, ALIVE] == 1:
                if own.counts[scenario, SOLVES] == log.shape[1]:
                    log = _longer(log)
                _turn(scenario, hydraulics, schedule, own, scratch, workspace, log, out_report)
                if workspace.scenario.fresh[scenario] == 1 and own.counts[scenario, ALIVE] == 1:
                    judge_into(scenario, order, limits, workspace)
            alive = alive or own.counts[scenario, ALIVE] == 1
            moving = moving or workspace.scenario.share[scenario] > 0.0
        if moving:
            step_into(lanes, hydraulics, workspace)
    return log
