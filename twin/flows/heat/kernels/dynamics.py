"""Compiled steps of a heat network in time: steady flows, travelling heat.

Pressure waves cross a town in seconds and heat in hours, so each step finds its flows as if they
stood for ever and moves water by plug flow (`twin.flows.heat.kernels.transport`).
"""

import math
from typing import NamedTuple

import numpy as np

from twin.flows.heat.kernels.medium import enthalpy_and_capacity, enthalpy_at, temperature_at
from twin.flows.heat.kernels.pressure import (
    CONTROLLED,
    hydraulic_into,
    outflow_kgs,
    switch_into,
)
from twin.flows.heat.kernels.steady import order_into
from twin.flows.heat.kernels.transport import (
    blend_into,
    coldest_jkg,
    end_jkg,
    flip_into,
    flow_through_into,
    mean_jkg,
    stand_into,
    thin_into,
)
from twin.kernels.jit import inline_kernel, kernel

DONE = 0
SHORT = 1  # pressure runs short and the matrix has no room for open valves
SINGULAR = 2

STILL = 1e-12  # share of the largest flow below which water stands
_SETTLED = 1e-9  # change of flow, as a share of the largest, that ends Newton's method
_CHORD = 1e-3  # share of the largest flow by which flows move while a matrix serves again
_NEWTON_STEPS = 60
_MOST_PIECES = 8
_PASSES = 3
_EASE = 0.7  # share of the way wanted flows move after a pass
_DRAW_TOLERANCE = 3e-3  # change of what consumers draw, as a share of it, that ends the passes


class Series(NamedTuple):
    """What is given and found, step by step."""

    set_temp_c: np.ndarray  # (n_steps, n_sources)
    capacity_w: np.ndarray  # (n_sources,)
    delivered_w: np.ndarray  # (n_steps, n_consumers)
    consumer_kgs: np.ndarray  # (n_steps, n_consumers)
    consumer_temp_c: np.ndarray  # (n_steps, n_consumers)
    source_w: np.ndarray  # (n_steps, n_sources)
    source_temp_c: np.ndarray  # (n_steps, n_sources) supply
    return_temp_c: np.ndarray  # (n_steps, n_sources)
    source_kgs: np.ndarray  # (n_steps, n_sources)
    lost_w: np.ndarray  # (n_steps,)
    leaked_w: np.ndarray  # (n_steps,)
    settled: np.ndarray  # (n_steps,) uint8
    frozen_step: np.ndarray  # (n_pipes,) int32, -1 never
    coldest_c: np.ndarray  # (n_pipes,)


class Scratch(NamedTuple):
    """Workspace of one step."""

    node_kgs: np.ndarray  # (n_nodes,) what has been mixed
    ends: np.ndarray  # (n_pieces,)
    values: np.ndarray  # (n_pieces,)
    spare_end: np.ndarray  # (n_pieces,)
    spare_h: np.ndarray  # (n_pieces,)
    pipe_lost_j: np.ndarray  # (n_pipes,)


@kernel
def copy_into(pipes, parcels, out_parcels):
    """Copy the water of some pipes."""
    for p in pipes:
        out_parcels.filled[p] = parcels.filled[p]
        out_parcels.to_head[p] = parcels.to_head[p]
        out_parcels.clock[p] = parcels.clock[p]
        out_parcels.wall_jkg[p] = parcels.wall_jkg[p]
        for j in range(parcels.filled[p]):
            out_parcels.mass_kg[p, j] = parcels.mass_kg[p, j]
            out_parcels.entry_jkg[p, j] = parcels.entry_jkg[p, j]
            out_parcels.lead[p, j] = parcels.lead[p, j]
            out_parcels.trail[p, j] = parcels.trail[p, j]


@kernel
def draw_into(net, inp, fluid, ease, out):
    """Find the flow each consumer wants now; return (change, flow) of all in kg/s."""
    changed = 0.0
    total = 0.0
    for c in range(inp.heat_w.size):
        s = net.consumer_supply[c]
        want = 0.0
        if out.reached[s] and out.reached[net.consumer_return[c]]:
            if inp.given_kgs[c] > 0.0:
                want = inp.given_kgs[c]
            elif inp.heat_w[c] > 0.0:
                drop = out.enthalpy_jkg[s] - enthalpy_at(fluid, inp.return_temp_c[c])
                if inp.drop_k[c] > 0.0:
                    drop = _drop_jkg(fluid, out.temp_c[s], inp.drop_k[c])
                want = inp.max_flow_kgs[c]
                if drop * want > inp.heat_w[c]:
                    want = inp.heat_w[c] / drop
            want = max(want, inp.bypass_kgs[c])
        changed += abs(want - out.want_kgs[c])
        total += want
        out.want_kgs[c] += ease * (want - out.want_kgs[c])
    return changed, total


@kernel
def settle_into(net, inp, fluid, pattern, may_open, out, work):
    """Find flows and pressures for what consumers want; return (code, 1 if settled, top flow)."""
    moved = math.inf
    top = 0.0
    fresh = moved > top
    for step in range(_NEWTON_STEPS):
        moved, top = hydraulic_into(net, inp, fluid, pattern, fresh, out, work)
        if moved < 0.0:
            return SINGULAR, 0, 0.0
        switched = 0
        if may_open and (step < _NEWTON_STEPS // 2 or step % 3 == 0):
            switched = switch_into(net, inp, out)
        fresh = switched > 0 or moved > _CHORD * top
        if switched == 0 and moved <= _SETTLED * top:
            for c in range(inp.heat_w.size):
                s = net.consumer_supply[c]
                dp = out.pressure_pa[s] - out.pressure_pa[net.consumer_return[c]]
                wants = out.want_kgs[c] > 0.0 and out.valve[c] == CONTROLLED
                if wants and not may_open and dp < inp.min_dp_pa[c] * (1.0 - 1e-9):
                    return SHORT, 0, top
            return DONE, 1, top
    return (DONE if may_open else SHORT), 0, top


@inline_kernel
def _node_into(net, inp, fluid, options, node, parcels, history, out, scratch):
    """Bring to a node what its pipes carry there in the step, and mix."""
    step_s, alike_jkg, still_kgs = options
    spare = (scratch.spare_end, scratch.spare_h)
    for at in range(net.pipe_start[node], net.pipe_start[node + 1]):
        p = net.node_pipes[at]
        enters = net.head[p] == node
        flow = out.flow_kgs[p] if enters else -out.flow_kgs[p]
        if flow <= still_kgs:
            continue
        if parcels.to_head[p] != enters:
            flip_into(p, parcels)
        up = net.tail[p] if enters else net.head[p]
        if history.filled[up] == 0:  # a closed circuit: what was there before flows on
            history.filled[up] = 1
            history.end[up, 0] = 1.0
            history.h_jkg[up, 0] = out.enthalpy_jkg[up]
        _, capacity = enthalpy_and_capacity(fluid, out.mean_temp_c[p])
        rise = inp.loss_wk[p] * step_s / (parcels.content_kg[p] * capacity)
        inflow = (history.end[up], history.h_jkg[up], history.filled[up])
        ends, values = scratch.ends, scratch.values
        made, lost = flow_through_into(
            p, flow * step_s, rise, alike_jkg, inflow, ends, values, parcels
        )
        scratch.pipe_lost_j[p] = lost
        mass = scratch.node_kgs[node]
        blend_into(node, mass, ends, values, made, flow, spare, history)
        scratch.node_kgs[node] = mass + flow
        thin_into(node, alike_jkg, _MOST_PIECES, history)
    if scratch.node_kgs[node] > still_kgs:
        out.enthalpy_jkg[node] = mean_jkg(history, node)
    else:
        _stand_at_node(net, node, parcels, history, out)
    out.temp_c[node] = temperature_at(fluid, out.enthalpy_jkg[node], out.temp_c[node])


@kernel
def _nodes_into(net, inp, fluid, options, nodes, parcels, history, out, scratch):
    """Bring to each of some nodes, in the order of flow, what its pipes carry there."""
    for node in nodes:
        _node_into(net, inp, fluid, options, node, parcels, history, out, scratch)


@inline_kernel
def _stand_at_node(net, node, parcels, history, out):
    """Give a node without flow the temperature of the water that stands about it."""
    total = 0.0
    first = net.pipe_start[node]
    last = net.pipe_start[node + 1]
    for at in range(first, last):
        p = net.node_pipes[at]
        total += end_jkg(parcels, p, net.head[p] == node)
    if last > first:
        out.enthalpy_jkg[node] = total / (last - first)
    history.filled[node] = 1
    history.end[node, 0] = 1.0
    history.h_jkg[node, 0] = out.enthalpy_jkg[node]


@inline_kernel
def _inject_into(node, h_jkg, flow_kgs, history, scratch):
    """Mix a steady flow of one temperature into a node."""
    if flow_kgs <= 0.0:
        return
    scratch.ends[0] = 1.0
    scratch.values[0] = h_jkg
    mass = scratch.node_kgs[node]
    spare = (scratch.spare_end, scratch.spare_h)
    blend_into(node, mass, scratch.ends, scratch.values, 1, flow_kgs, spare, history)
    scratch.node_kgs[node] = mass + flow_kgs


@kernel
def _drop_jkg(fluid, temp_c, drop_k):
    """Return the enthalpy water gives off when it cools by some kelvin."""
    return enthalpy_at(fluid, temp_c) - enthalpy_at(fluid, temp_c - drop_k)


@inline_kernel
def _consumer_into(net, inp, fluid, c, alike_jkg, history, out, scratch):
    """Take heat from what passes a consumer in the step, and give the water back."""
    s = net.consumer_supply[c]
    node = net.consumer_return[c]
    flow = max(out.consumer_kgs[c], 0.0)
    out.delivered_w[c] = 0.0
    if flow <= 0.0:
        return
    cold = enthalpy_at(fluid, inp.return_temp_c[c])
    fall = 0.0
    if inp.drop_k[c] > 0.0:
        fall = _drop_jkg(fluid, out.temp_c[s], inp.drop_k[c])
    above = 0.0
    begin = 0.0
    for k in range(history.filled[s]):
        usable = fall if fall > 0.0 else max(history.h_jkg[s, k] - cold, 0.0)
        above += (history.end[s, k] - begin) * usable
        begin = history.end[s, k]
    out.delivered_w[c] = flow * above
    if not inp.given_kgs[c] > 0.0:
        out.delivered_w[c] = min(flow * above, inp.heat_w[c])
    used = out.delivered_w[c] / (flow * above) if above > 0.0 else 0.0
    for k in range(history.filled[s]):
        value = history.h_jkg[s, k]
        scratch.ends[k] = history.end[s, k]
        scratch.values[k] = value - used * (fall if fall > 0.0 else max(value - cold, 0.0))
    mass = scratch.node_kgs[node]
    spare = (scratch.spare_end, scratch.spare_h)
    count = history.filled[s]
    blend_into(node, mass, scratch.ends, scratch.values, count, flow, spare, history)
    scratch.node_kgs[node] = mass + flow
    thin_into(node, alike_jkg, _MOST_PIECES, history)


@kernel
def _sources_into(net, fluid, series, step, out, work):
    """Find what each source gives and takes, and how warm it can give it."""
    for k in range(net.source_supply.size):
        s = net.source_supply[k]
        r = net.source_return[k]
        if net.source_holds[k]:
            out.source_supply_kgs[k] = outflow_kgs(net, out, s) + work.draw_kgs[s]
            out.source_return_kgs[k] = -outflow_kgs(net, out, r) - work.draw_kgs[r]
        else:
            total = 0.0
            if out.reached[s] and out.reached[r]:
                for c in range(out.consumer_kgs.size):
                    if net.consumer_part[c] == net.source_part[k]:
                        total += out.consumer_kgs[c]
            out.source_supply_kgs[k] = total * net.source_share[k]
            out.source_return_kgs[k] = total * net.source_share[k]
        given = out.source_supply_kgs[k]
        hot = enthalpy_at(fluid, series.set_temp_c[step, k])
        if given > 0.0:
            most = out.enthalpy_jkg[r] + series.capacity_w[k] / given
            hot = max(min(hot, most), min(hot, out.enthalpy_jkg[r]))
        series.source_temp_c[step, k] = temperature_at(fluid, hot, out.temp_c[s])


@kernel
def carry_supply_into(net, inp, fluid, options, series, step, parcels, history, out, work, scratch):
    """Move the heat of the supply side for one step; return how many nodes it has."""
    _, _, still_kgs = options
    for i in range(scratch.node_kgs.size):
        scratch.node_kgs[i] = 0.0
        history.filled[i] = 0
    n_supply = order_into(net, out.flow_kgs, still_kgs, work)
    _sources_into(net, fluid, series, step, out, work)
    for k in range(net.source_supply.size):
        hot = enthalpy_at(fluid, series.source_temp_c[step, k])
        _inject_into(net.source_supply[k], hot, out.source_supply_kgs[k], history, scratch)
    _nodes_into(net, inp, fluid, options, work.order[:n_supply], parcels, history, out, scratch)
    return n_supply


@kernel
def carry_return_into(net, inp, fluid, options, n_supply, parcels, history, out, work, scratch):
    """Let consumers take their heat, move that of the return side, and let still water cool."""
    step_s, alike_jkg, still_kgs = options
    for c in range(inp.heat_w.size):
        _consumer_into(net, inp, fluid, c, alike_jkg, history, out, scratch)
    _nodes_into(net, inp, fluid, options, work.order[n_supply:], parcels, history, out, scratch)
    for p in range(net.tail.size):
        if abs(out.flow_kgs[p]) <= still_kgs:
            _, capacity = enthalpy_and_capacity(fluid, out.mean_temp_c[p])
            rise = inp.loss_wk[p] * step_s / (parcels.content_kg[p] * capacity)
            scratch.pipe_lost_j[p] = stand_into(p, rise, parcels)


@kernel
def account_into(net, inp, fluid, options, series, step, parcels, out, scratch):
    """Write down what the step gave, lost and froze; bring pipes' mean temperatures up to date."""
    step_s, _, still_kgs = options
    makeup = enthalpy_at(fluid, inp.makeup_temp_c)
    lost = 0.0
    for p in range(net.tail.size):
        lost += scratch.pipe_lost_j[p]
        tail_c = out.temp_c[net.tail[p]]
        head_c = out.temp_c[net.head[p]]
        least_c = min(tail_c, head_c)
        out.mean_temp_c[p] = 0.5 * (tail_c + head_c)
        if abs(out.flow_kgs[p]) <= still_kgs:
            least_c = temperature_at(fluid, coldest_jkg(parcels, p), out.mean_temp_c[p])
            out.mean_temp_c[p] = least_c
        series.coldest_c[p] = min(series.coldest_c[p], least_c)
        if least_c < 0.0 and series.frozen_step[p] < 0:
            series.frozen_step[p] = step
        out.loss_w[p] = scratch.pipe_lost_j[p] / step_s
    series.lost_w[step] = lost / step_s
    leaked = 0.0
    for i in range(out.leak_kgs.size):
        leaked += out.leak_kgs[i] * (out.enthalpy_jkg[i] - makeup)
    series.leaked_w[step] = leaked
    for c in range(inp.heat_w.size):
        series.delivered_w[step, c] = out.delivered_w[c]
        series.consumer_kgs[step, c] = out.consumer_kgs[c]
        series.consumer_temp_c[step, c] = out.temp_c[net.consumer_supply[c]]
    for k in range(net.source_supply.size):
        given = out.source_supply_kgs[k]
        taken = out.source_return_kgs[k]
        hot = enthalpy_at(fluid, series.source_temp_c[step, k])
        if given < 0.0:
            hot = out.enthalpy_jkg[net.source_supply[k]]
        cold = out.enthalpy_jkg[net.source_return[k]]
        series.source_w[step, k] = given * hot - taken * cold - (given - taken) * makeup
        series.return_temp_c[step, k] = out.temp_c[net.source_return[k]]
        series.source_kgs[step, k] = given


@kernel
def step_into(net, inp, fluid, pattern, options, series, places, out, work, scratch):
    """Take one step; return the code.

    The supply side moves again while its temperatures would have consumers draw otherwise.
    `options` is (step in s, what is alike in J/kg, 1 if valves may open, step), `places` is
    (pipes of the supply side, parcels, room for a copy of them, history).
    """
    step_s, alike_jkg, may_open, step = options
    supply_pipes, parcels, kept, history = places
    copy_into(supply_pipes, parcels, kept)
    draw_into(net, inp, fluid, 1.0, out)
    calm = 1
    n_supply = 0
    now = (step_s, alike_jkg, 0.0)
    for attempt in range(_PASSES):
        code, settled, top = settle_into(net, inp, fluid, pattern, may_open, out, work)
        if code != DONE:
            return code
        calm = min(calm, settled)
        now = (step_s, alike_jkg, STILL * top + 1e-12)
        n_supply = carry_supply_into(
            net, inp, fluid, now, series, step, parcels, history, out, work, scratch
        )
        changed, total = draw_into(net, inp, fluid, _EASE, out)
        if changed <= _DRAW_TOLERANCE * total or attempt == _PASSES - 1:
            break
        copy_into(supply_pipes, kept, parcels)
    carry_return_into(net, inp, fluid, now, n_supply, parcels, history, out, work, scratch)
    account_into(net, inp, fluid, now, series, step, parcels, out, scratch)
    series.settled[step] = calm
    return DONE
