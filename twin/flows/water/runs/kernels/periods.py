"""Compiled extended-period run: demands by pattern, tanks by explicit Euler with exact limits."""

from typing import NamedTuple

import numpy as np

from twin.flows.water.kernels.headloss import LinkArrays
from twin.flows.water.kernels.newton import (
    CONVERGED,
    NOT_CONVERGED,
    begin_solve_into,
    seek_again_into,
    solve_scenarios_into,
)
from twin.flows.water.kernels.valves import ValveArrays
from twin.flows.water.kernels.workspace import (
    BOTH_WAYS,
    CLOSED,
    NodeArrays,
    OutletArrays,
    copy_into,
    load_run_into,
    store_step_into,
)
from twin.flows.water.runs.kernels.tanks import LEVEL_TOLERANCE_M, TankArrays
from twin.kernels.jit import borrowing_kernel, kernel

_FULL = 1
_EMPTY = -1
_MOST_EVENTS = 200  # tank events in one period; more is chatter and is flagged


class DemandArrays(NamedTuple):
    """What nodes ask for, and the heads that are given, as a base times a pattern."""

    base_m3s: np.ndarray  # (n_nodes,) 0 but at junctions
    factor: np.ndarray  # (n_periods, n_patterns)
    pattern: np.ndarray  # (n_nodes,) int32 column of `factor`
    outlet: np.ndarray  # (n_nodes,) int32 outlet of a pressure-driven demand, -1 else
    unit_coefficient: np.ndarray  # (n_outlets,) coefficient per m3/s of demand
    reservoir: np.ndarray  # (n_reservoirs,) int32 node row
    reservoir_head_m: np.ndarray  # (n_reservoirs,)


class HydraulicArrays(NamedTuple):
    """All that stays the same during a run."""

    links: LinkArrays
    nodes: NodeArrays
    outlets: OutletArrays
    valves: ValveArrays
    tanks: TankArrays
    demands: DemandArrays
    way: np.ndarray  # (n_links,) int8 as in `mark_supplied_into`
    start_flow_m3s: np.ndarray  # (n_links,) first guess


class RecordArrays(NamedTuple):
    """What a run leaves behind; rows 0..n_rows-1 are the starts of periods."""

    head_m: np.ndarray  # (n_rows, n_nodes)
    flow_m3s: np.ndarray  # (n_rows, n_links)
    delivered_m3s: np.ndarray  # (n_rows, n_nodes)
    leak_m3s: np.ndarray  # (n_rows, n_nodes)
    supplied: np.ndarray  # (n_rows, n_nodes) uint8
    iterations: np.ndarray  # (n_rows,) int32, over all solves of the period
    status: np.ndarray  # (n_rows,) uint8, the worst of the period
    energy_m: np.ndarray  # (n_rows,) worst energy error accepted in the period
    mass_m3s: np.ndarray  # (n_rows,) worst mass error accepted in the period
    still_pumps: np.ndarray  # (n_rows,) int32 of constant power, the most of the period
    demanded_m3: np.ndarray  # (n_nodes,) over the run, as are all below
    delivered_m3: np.ndarray  # (n_nodes,)
    leaked_m3: np.ndarray  # (n_nodes,)
    inflow_m3: np.ndarray  # (n_nodes,) net volume that links bring to a node
    volume_m3: np.ndarray  # (n_links,) net, tail to head
    lift_m4: np.ndarray  # (n_links,) integral of flow x head gained


@borrowing_kernel
def set_demand_into(hydraulics, row, out_demand_m3s, out_head_m):
    """Set the fixed demands, the caps of demand outlets and reservoir heads of one period."""
    demands = hydraulics.demands
    outlets = hydraulics.outlets
    for node in range(demands.base_m3s.size):
        wanted = demands.base_m3s[node] * demands.factor[row, demands.pattern[node]]
        out_demand_m3s[node] = wanted
        o = demands.outlet[node]
        if o >= 0:
            asked = max(wanted, 0.0)
            outlets.cap_m3s[o] = asked
            outlets.coefficient[o] = asked * demands.unit_coefficient[o]
            out_demand_m3s[node] = wanted - asked
    for r in range(demands.reservoir.size):
        node = demands.reservoir[r]
        out_head_m[node] = demands.reservoir_head_m[r] * demands.factor[row, demands.pattern[node]]


@borrowing_kernel
def _restricted(way, side):
    """Return the way that is left where one end allows only `side` (0 allows both)."""
    if side == 0 or side == way:  # noqa: PLR1714 - numba has no `in` for mixed integers
        return way
    return side if way == BOTH_WAYS else CLOSED


@borrowing_kernel
def limit_ways_into(hydraulics, head_m, tank_state, out_way):
    """Let full tanks only give and empty ones only take."""
    for t in range(hydraulics.tanks.node.size):
        node = hydraulics.tanks.node[t]
        tank_state[node] = 0
        if head_m[node] >= hydraulics.tanks.most_head_m[t] - LEVEL_TOLERANCE_M:
            tank_state[node] = 0 if hydraulics.tanks.overflows[t] else _FULL
        elif head_m[node] <= hydraulics.tanks.least_head_m[t] + LEVEL_TOLERANCE_M:
            tank_state[node] = _EMPTY
    copy_into(hydraulics.way, out_way)
    for r in hydraulics.nodes.order.at_given:
        k = hydraulics.nodes.order.link[r]
        way = _restricted(int(hydraulics.way[k]), tank_state[hydraulics.links.tail[k]])
        out_way[k] = _restricted(way, -tank_state[hydraulics.links.head[k]])


@borrowing_kernel
def _step_s(hydraulics, net_inflow_m3s, tank_state, head_m, left_s):
    """Return the time until the period ends or a tank becomes full or empty, whichever is first."""
    step = left_s
    for t in range(hydraulics.tanks.node.size):
        node = hydraulics.tanks.node[t]
        rate = net_inflow_m3s[node] / hydraulics.tanks.area_m2[t]
        if rate > 0.0 and tank_state[node] != _FULL:
            step = min(step, (hydraulics.tanks.most_head_m[t] - head_m[node]) / rate)
        elif rate < 0.0 and tank_state[node] != _EMPTY:
            step = min(step, (hydraulics.tanks.least_head_m[t] - head_m[node]) / rate)
    return step


@borrowing_kernel
def _net_inflow_into(hydraulics, flow_m3s, out_net_inflow_m3s):
    """Sum the flows of links at every node, positive into the node."""
    out_net_inflow_m3s[:] = 0.0
    for k in range(flow_m3s.size):
        out_net_inflow_m3s[hydraulics.links.tail[k]] -= flow_m3s[k]
        out_net_inflow_m3s[hydraulics.links.head[k]] += flow_m3s[k]


@borrowing_kernel
def _integrate(hydraulics, state, net_inflow_m3s, demand_m3s, step_s, out_record):
    """Add one step of constant flow to the volumes, and move the tanks."""
    demands = hydraulics.demands
    for node in range(demand_m3s.size):
        out_record.inflow_m3[node] += step_s * net_inflow_m3s[node]
        fixed = step_s * demand_m3s[node]
        out_record.demanded_m3[node] += fixed
        if state.supplied[node]:
            out_record.delivered_m3[node] += fixed
    for o in range(hydraulics.outlets.node.size):
        node = hydraulics.outlets.node[o]
        volume = step_s * state.outflow_m3s[o]
        if demands.outlet[node] == o:
            out_record.demanded_m3[node] += step_s * hydraulics.outlets.cap_m3s[o]
            out_record.delivered_m3[node] += volume
        else:
            out_record.leaked_m3[node] += volume
    for k in range(state.flow_m3s.size):
        volume = step_s * state.flow_m3s[k]
        out_record.volume_m3[k] += volume
        gain = state.head_m[hydraulics.links.head[k]] - state.head_m[hydraulics.links.tail[k]]
        out_record.lift_m4[k] += volume * gain
    for t in range(hydraulics.tanks.node.size):
        node = hydraulics.tanks.node[t]
        state.head_m[node] += step_s * net_inflow_m3s[node] / hydraulics.tanks.area_m2[t]


@borrowing_kernel
def _record_row(hydraulics, state, demand_m3s, row, out_record):
    """Write the state at the start of a period."""
    copy_into(state.head_m, out_record.head_m[row])
    copy_into(state.flow_m3s, out_record.flow_m3s[row])
    copy_into(state.supplied, out_record.supplied[row])
    for node in range(demand_m3s.size):
        out_record.leak_m3s[row, node] = 0.0
        out_record.delivered_m3s[row, node] = demand_m3s[node] if state.supplied[node] else 0.0
    for o in range(hydraulics.outlets.node.size):
        node = hydraulics.outlets.node[o]
        if hydraulics.demands.outlet[node] == o:
            out_record.delivered_m3s[row, node] += state.outflow_m3s[o]
        else:
            out_record.leak_m3s[row, node] += state.outflow_m3s[o]


@kernel
def run_periods_into(hydraulics, period_s, limits, workspace, state, out_record):
    """Run all periods from the heads of tanks in `state`; the last row is solved, not run.

    `period_s` has one length per row of the record; a length of 0 solves and moves no time.
    """
    n_nodes = state.head_m.size
    demand = np.zeros(n_nodes)
    net_inflow = np.zeros(n_nodes)
    tank_state = np.zeros(n_nodes, dtype=np.int64)
    way = np.zeros(state.flow_m3s.size, dtype=np.int8)
    width, only = (
        workspace.scenario.busy.size,
        np.int64(0),
    )  # a literal 0 would be a type of its own
    load_run_into(width, only, hydraulics, state, workspace)
    for row in range(period_s.size):
        set_demand_into(hydraulics, row, demand, state.head_m)
        out_record.status[row] = CONVERGED
        left = period_s[row]
        events = 0
        while True:
            limit_ways_into(hydraulics, state.head_m, tank_state, way)
            begin_solve_into(width, only, hydraulics, way, demand, state, workspace)
            solve_scenarios_into((only,), hydraulics, limits, workspace)
            while seek_again_into(width, only, hydraulics, way, demand, state, workspace):
                solve_scenarios_into((only,), hydraulics, limits, workspace)
            store_step_into(width, only, hydraulics, workspace, way, state)
            scenario = workspace.scenario
            out_record.iterations[row] += scenario.iterations[0]
            out_record.status[row] = max(out_record.status[row], scenario.status[0])
            out_record.energy_m[row] = max(out_record.energy_m[row], scenario.energy_m[0])
            out_record.mass_m3s[row] = max(out_record.mass_m3s[row], scenario.mass_m3s[0])
            still = max(out_record.still_pumps[row], scenario.still_pumps[0])
            out_record.still_pumps[row] = still
            if events == 0:
                _record_row(hydraulics, state, demand, row, out_record)
            _net_inflow_into(hydraulics, state.flow_m3s, net_inflow)
            step = _step_s(hydraulics, net_inflow, tank_state, state.head_m, left)
            events += 1
            if events > _MOST_EVENTS:
                out_record.status[row] = NOT_CONVERGED
                step = left
            _integrate(hydraulics, state, net_inflow, demand, step, out_record)
            left -= step
            if not left > 0.0:
                break
