"""Compiled report of a run: the outputs that are kept, and what they are reduced to over time."""

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import borrowing_kernel

HEAD, PRESSURE, DEMAND, LEAK, SUPPLIED, FLOW = range(6)
MIN, MAX, MEAN, INTEGRAL, HOURS_BELOW, HOURS_ABOVE = range(6)


class ReductionArrays(NamedTuple):
    """What outputs are reduced to over all reported times."""

    output: np.ndarray  # (n_reductions,) int32, HEAD to FLOW
    kind: np.ndarray  # (n_reductions,) int32, MIN to HOURS_ABOVE
    limit: np.ndarray  # (n_reductions,)
    slot: np.ndarray  # (n_reductions,) int32 row of `node_value`, of `link_value` for flows
    weight_s: np.ndarray  # (n_rows,) time from each reported time to the next, 0 for the last
    node_value: np.ndarray  # (n_scenarios, n_of_nodes, n_kept_nodes)
    link_value: np.ndarray  # (n_scenarios, n_of_links, n_kept_links)
    scratch: np.ndarray  # (n_kept_nodes or n_kept_links, the larger,)


class ReportArrays(NamedTuple):
    """States at the reported times; the first axis is the scenario.

    An output that is not kept has no row.
    """

    time_s: np.ndarray  # (n_scenarios, n_rows) int64
    iterations: np.ndarray  # (n_scenarios, n_rows) int32, of all solves since the row before
    kept_row: np.ndarray  # (n_rows,) int32 row among the kept times, -1 else
    node: np.ndarray  # (n_kept_nodes,) int32
    link: np.ndarray  # (n_kept_links,) int32
    elevation_m: np.ndarray  # (n_nodes,)
    head_m: np.ndarray  # (n_scenarios, n_kept_rows, n_kept_nodes), as all to `supplied`
    pressure_m: np.ndarray
    demand_m3s: np.ndarray
    leak_m3s: np.ndarray
    supplied: np.ndarray  # uint8
    flow_m3s: np.ndarray  # (n_scenarios, n_kept_rows, n_kept_links)
    reductions: ReductionArrays
    tank_m3: np.ndarray  # (n_scenarios, n_tanks, 4) at start and end, inflow, spill


@borrowing_kernel
def outflow_into(hydraulics, state, demand_m3s, out_delivered_m3s, out_leak_m3s):
    """Sum what is delivered and what leaks at every node; return whether anything may leak."""
    leaky = False
    out_leak_m3s[:] = 0.0
    for node in range(demand_m3s.size):
        out_delivered_m3s[node] = demand_m3s[node] if state.supplied[node] else 0.0
    for o in range(hydraulics.outlets.node.size):
        node = hydraulics.outlets.node[o]
        if hydraulics.demands.outlet[node] == o:
            out_delivered_m3s[node] += state.outflow_m3s[o]
        else:
            out_leak_m3s[node] += state.outflow_m3s[o]
            leaky = True
    return leaky


@borrowing_kernel
def _fill_given_into(hydraulics, flow_m3s, out_demand_m3s):
    """Set the net inflow of nodes of given head: all that links bring less all that they take."""
    links, nodes = hydraulics.links, hydraulics.nodes
    for i in range(nodes.order.n_unknown, nodes.order.node.size):
        node = nodes.order.node[i]
        brought = taken = 0.0
        for p in range(nodes.first[node], nodes.first[node + 1]):
            k = nodes.at[p]
            if links.head[k] == node:
                brought += flow_m3s[k]
            else:
                taken += flow_m3s[k]
        out_demand_m3s[node] = brought - taken


@borrowing_kernel
def _take_into(values, rows, out):
    """Take the values of some rows."""
    for i in range(rows.size):
        out[i] = values[rows[i]]


@borrowing_kernel
def _take_over_into(values, base, rows, out):
    """Take the values of some rows over a base."""
    for i in range(rows.size):
        out[i] = values[rows[i]] - base[rows[i]]


@borrowing_kernel
def _keep(scenario, row, leaky, facts, out_report):
    """Write the outputs that are kept of a reported time."""
    head_m, demand_m3s, leak_m3s, supplied, flow_m3s = facts
    node = out_report.node
    if out_report.head_m.shape[1] > 0:
        _take_into(head_m, node, out_report.head_m[scenario, row])
    if out_report.pressure_m.shape[1] > 0:
        out = out_report.pressure_m[scenario, row]
        _take_over_into(head_m, out_report.elevation_m, node, out)
    if out_report.demand_m3s.shape[1] > 0:
        _take_into(demand_m3s, node, out_report.demand_m3s[scenario, row])
    if leaky and out_report.leak_m3s.shape[1] > 0:  # else these pages are never touched
        _take_into(leak_m3s, node, out_report.leak_m3s[scenario, row])
    if out_report.supplied.shape[1] > 0:
        _take_into(supplied, node, out_report.supplied[scenario, row])
    if out_report.flow_m3s.shape[1] > 0:
        _take_into(flow_m3s, out_report.link, out_report.flow_m3s[scenario, row])


@borrowing_kernel
def _reduce_into(kind, limit, weight_s, values, out):
    """Add the values of a reported time, which stand until the next, to what is known of others."""
    if kind == MIN:
        for i in range(out.size):
            out[i] = min(out[i], values[i])
    elif kind == MAX:
        for i in range(out.size):
            out[i] = max(out[i], values[i])
    elif kind == MEAN:
        for i in range(out.size):
            out[i] += values[i]
    elif kind == INTEGRAL:
        for i in range(out.size):
            out[i] += values[i] * weight_s
    elif kind == HOURS_BELOW:
        for i in range(out.size):
            if values[i] < limit:
                out[i] += weight_s
    else:
        for i in range(out.size):
            if values[i] > limit:
                out[i] += weight_s


@borrowing_kernel
def _reduce(scenario, row, facts, out_report):
    """Take a reported time into all reductions."""
    head_m, demand_m3s, leak_m3s, supplied, flow_m3s = facts
    node, reductions = out_report.node, out_report.reductions
    for r in range(reductions.kind.size):
        output, slot = reductions.output[r], reductions.slot[r]
        values = reductions.scratch
        if output == HEAD:
            _take_into(head_m, node, values)
        elif output == PRESSURE:
            _take_over_into(head_m, out_report.elevation_m, node, values)
        elif output == DEMAND:
            _take_into(demand_m3s, node, values)
        elif output == LEAK:
            _take_into(leak_m3s, node, values)
        elif output == SUPPLIED:
            _take_into(supplied, node, values)
        else:
            _take_into(flow_m3s, out_report.link, values)
        if output == FLOW:
            out = reductions.link_value[scenario, slot]
        else:
            out = reductions.node_value[scenario, slot]
        weight_s = reductions.weight_s[row]
        _reduce_into(reductions.kind[r], reductions.limit[r], weight_s, values, out)


@borrowing_kernel
def report_into(scenario, count, hydraulics, state, demand_m3s, scratch, out_report):
    """Write a row of the report; `count` is its row, time in s and iterations."""
    row, now_s, iterations = count
    delivered_m3s, leak_m3s = scratch
    out_report.time_s[scenario, row] = now_s
    out_report.iterations[scenario, row] = iterations
    leaky = outflow_into(hydraulics, state, demand_m3s, delivered_m3s, leak_m3s)
    _fill_given_into(hydraulics, state.flow_m3s, delivered_m3s)
    facts = (state.head_m, delivered_m3s, leak_m3s, state.supplied, state.flow_m3s)
    at = out_report.kept_row[row]
    if at >= 0:
        _keep(scenario, at, leaky, facts, out_report)
    _reduce(scenario, row, facts, out_report)
