"""Compiled steady solve of a heat network: flows and temperatures of both sides together.

Each iteration updates what consumers want, does one Newton step on the pressures
(`twin.flows.heat.kernels.pressure`) and carries heat once along the flow.
"""

import math

import numpy as np

from twin.flows.heat.kernels.medium import enthalpy_and_capacity, enthalpy_at, temperature_at
from twin.flows.heat.kernels.pressure import (
    CONTROLLED,
    SHUT,
    hold_into,
    hydraulic_into,
    outflow_kgs,
    reach_into,
    switch_into,
)
from twin.kernels.jit import kernel

CONVERGED = 0
NOT_CONVERGED = 1
SINGULAR = 2

_DEAD_KGS = 1e-14  # a network in which no more flows stands still
_STILL = 1e-12  # share of the largest flow below which water counts as still
_HEAVY = 1e-2  # share of the largest flow from which a node's temperature counts in full
_GROWTH = 3.0  # largest change of a consumer's flow in one step
_THIN = 1e-6  # decay below which the mean along a pipe is its end
# after these iterations mean temperatures and wanted flows move a share of the way only
_EASE_AFTER = 40
_EASE = 0.7
_EASE_LATE = 0.5
# from here on every few iterations a creeping one jumps, if its steps are this parallel
_LEAP_AFTER = 12
_NEAR = 1e-2  # or once flows change by less than this share of the largest
_SURE_AFTER = 2
_TINY = 1e-300
_SURE = 0.25  # ratio of changes below which the rest of the run is foreseen
_CHORD = 1e-3  # share of the largest flow by which flows move while a matrix serves again
_LEAP_EVERY = 6
_PARALLEL = 0.98
_ALONG = 0.8
_CREEP = 0.6
_CREEP_MOST = 0.998
_CALM_AFTER = 30  # iterations after which valves switch in every third one only


@kernel
def want_into(net, inp, fluid, ease, out):
    """Update the flow each consumer wants; return the largest change in kg/s.

    Newton's method on m (h_supply - h_return) = heat in log flow, with the temperature at the
    consumer taken to answer to flow as along its own path (`sensitivity_k`). Without that term
    a small load behind a long pipe swings for ever between too much and too little.
    """
    largest = 0.0
    for c in range(inp.heat_w.size):
        s = net.consumer_supply[c]
        old = out.want_kgs[c]
        heat = inp.heat_w[c]
        new = 0.0
        served = out.reached[s] and out.reached[net.consumer_return[c]]
        if served and inp.given_kgs[c] > 0.0:
            new = inp.given_kgs[c]
        elif served and heat > 0.0:
            back_c = inp.return_temp_c[c]
            _, capacity = enthalpy_and_capacity(fluid, out.temp_c[s])
            if inp.drop_k[c] > 0.0:  # the same drop, however warm the water comes
                back_c = out.temp_c[s] - inp.drop_k[c]
                capacity = 0.0
            drop = out.enthalpy_jkg[s] - enthalpy_at(fluid, back_c)
            new = inp.max_flow_kgs[c]
            if old == 0.0 or out.valve[c] == SHUT:
                if drop * new > heat:
                    new = heat / drop
            else:
                answer = capacity * out.sensitivity_k[s]
                new = _GROWTH * old
                if (drop + answer) * new > heat + old * answer:
                    new = (heat + old * answer) / (drop + answer)
                new = min(max(new, old / _GROWTH), inp.max_flow_kgs[c])
                new = old + ease * (new - old)
        if served and inp.bypass_kgs[c] > new:
            new = inp.bypass_kgs[c]
        out.want_kgs[c] = new
        largest = max(largest, abs(new - old))
    return largest


@kernel
def _turned(flow_kgs, still_kgs, along):
    """Note which way water runs; tell whether any pipe's has changed."""
    changed = 0
    for p in range(flow_kgs.size):
        way = np.int8(0)
        if flow_kgs[p] > still_kgs:
            way = np.int8(1)
        elif flow_kgs[p] < -still_kgs:
            way = np.int8(-1)
        changed += way != along[p]
        along[p] = way
    return changed > 0


@kernel
def order_into(net, flow_kgs, still_kgs, work):
    """Order nodes along the flow (Kahn, 1962), supply before return; return the supply count.

    Nodes of a closed circuit, which buoyancy can drive, come last on their side and use the
    temperatures of the iteration before. The order at hand stays while no flow turns.
    """
    n_supply = 0
    for i in range(net.side.size):
        n_supply += net.side[i] == 0
    if not _turned(flow_kgs, still_kgs, work.along):
        return n_supply
    for i in range(work.missing.size):
        work.missing[i] = 0
    for p in range(net.tail.size):
        if work.along[p] > 0:
            work.missing[net.head[p]] += 1
        elif work.along[p] < 0:
            work.missing[net.tail[p]] += 1
    filled = 0
    for side in range(2):
        done = filled
        for i in range(net.side.size):
            if net.side[i] == side and work.missing[i] == 0:
                work.order[filled] = i
                filled += 1
        while done < filled:
            node = work.order[done]
            done += 1
            for at in range(net.pipe_start[node], net.pipe_start[node + 1]):
                pipe = net.node_pipes[at]
                leaves = net.tail[pipe] == node
                if work.along[pipe] == (1 if leaves else -1):
                    other = net.head[pipe] if leaves else net.tail[pipe]
                    work.missing[other] -= 1
                    if work.missing[other] == 0:
                        work.order[filled] = other
                        filled += 1
        for i in range(net.side.size):
            if net.side[i] == side and work.missing[i] > 0:
                work.order[filled] = i
                filled += 1
    return n_supply


@kernel
def _mix_into(net, inp, fluid, steps, nodes, out, work):
    """Mix what flows into each of `nodes`, in order; return their largest change in K.

    Along a pipe T_out = T_ground + (T_in - T_ground) exp(-U pi D L / (m cp)), with cp at the
    mean temperature of the iteration before; what a pipe loses is its fall of enthalpy. The mean
    is the exact one along the pipe, which reaches the ground's as flow ceases. `steps` is the
    flow that counts as still, the share of the way that mean temperatures move, and the flow
    below which a node's change counts for less: where two flows meet almost nothing moves, and
    its temperature is the last to settle and the least to matter.
    """
    temps, heats, answers, flows = out.temp_c, out.enthalpy_jkg, out.sensitivity_k, out.flow_kgs
    means, losses, tails, heads = out.mean_temp_c, out.loss_w, net.tail, net.head
    starts, pipes, ambient, loss_wk = net.pipe_start, net.node_pipes, net.ambient_c, inp.loss_wk
    still_kgs, ease, heavy_kgs = steps
    largest = 0.0
    for node in nodes:
        mass = work.inject_kgs[node]
        heat = work.inject_w[node]
        by_temp = 0.0
        answer = 0.0
        if mass > 0.0:
            by_temp = mass * temperature_at(fluid, heat / mass, temps[node])
        for at in range(starts[node], starts[node + 1]):
            pipe = pipes[at]
            enters = heads[pipe] == node
            flow = flows[pipe] if enters else -flows[pipe]
            if flow <= still_kgs:
                continue
            up = tails[pipe] if enters else heads[pipe]
            ground = ambient[pipe]
            _, capacity = enthalpy_and_capacity(fluid, means[pipe])
            decay = loss_wk[pipe] / (flow * capacity)
            kept = math.exp(-decay)
            over = (temps[up] - ground) * kept
            arriving = enthalpy_at(fluid, ground + over)
            mean = ground + over
            if decay > _THIN:
                mean = ground + (temps[up] - ground) * (1.0 - kept) / decay
            means[pipe] += ease * (mean - means[pipe])
            losses[pipe] = flow * (heats[up] - arriving)
            mass += flow
            heat += flow * arriving
            by_temp += flow * (ground + over)
            if kept > 0.0:
                answer += flow * (kept * answers[up] + over * decay)
        old = temps[node]
        if mass > still_kgs:
            heats[node] = heat / mass
            temps[node] = temperature_at(fluid, heat / mass, by_temp / mass)
            answers[node] = answer / mass
        else:
            temps[node] = net.node_ambient_c[node]
            heats[node] = enthalpy_at(fluid, temps[node])
            answers[node] = 0.0
        largest = max(largest, abs(temps[node] - old) * min(1.0, mass / heavy_kgs))
    return largest


@kernel
def _sources_into(net, inp, fluid, out, work):
    """Find what each source gives and takes, and inject it with its temperature."""
    for k in range(net.source_supply.size):
        s = net.source_supply[k]
        r = net.source_return[k]
        if net.source_holds[k]:
            out.source_supply_kgs[k] = outflow_kgs(net, out, s) + work.draw_kgs[s]
            out.source_return_kgs[k] = -outflow_kgs(net, out, r) - work.draw_kgs[r]
        else:
            total = 0.0
            if out.reached[s] and out.reached[r]:
                for c in range(inp.heat_w.size):
                    if net.consumer_part[c] == net.source_part[k]:
                        total += work.trial[net.tail.size + c]
            out.source_supply_kgs[k] = total * net.source_share[k]
            out.source_return_kgs[k] = total * net.source_share[k]
        given = max(out.source_supply_kgs[k], 0.0)
        work.inject_kgs[s] += given
        work.inject_w[s] += given * enthalpy_at(fluid, inp.supply_temp_c[k])


@kernel
def sweep_into(net, inp, fluid, steps, out, work):
    """Carry heat along the flow: supply, consumers, return; return the largest change in K."""
    for i in range(work.inject_kgs.size):
        work.inject_kgs[i] = 0.0
        work.inject_w[i] = 0.0
    for p in range(net.tail.size):
        if abs(out.flow_kgs[p]) <= steps[0]:
            out.loss_w[p] = 0.0
            out.mean_temp_c[p] += steps[1] * (net.ambient_c[p] - out.mean_temp_c[p])
    n_supply = order_into(net, out.flow_kgs, steps[0], work)
    _sources_into(net, inp, fluid, out, work)
    supply = work.order[:n_supply]
    largest = _mix_into(net, inp, fluid, steps, supply, out, work)
    for c in range(inp.heat_w.size):
        s = net.consumer_supply[c]
        flow = max(out.consumer_kgs[c], 0.0)
        back_c = min(inp.return_temp_c[c], out.temp_c[s])
        if inp.drop_k[c] > 0.0:
            back_c = out.temp_c[s] - inp.drop_k[c]
        back = enthalpy_at(fluid, back_c)
        if inp.bypass_kgs[c] > 0.0 and flow * (out.enthalpy_jkg[s] - back) > inp.heat_w[c]:
            back = out.enthalpy_jkg[s] - inp.heat_w[c] / flow
            back_c = temperature_at(fluid, back, back_c)
        out.return_out_c[c] = back_c
        out.delivered_w[c] = flow * max(out.enthalpy_jkg[s] - back, 0.0)
        work.inject_kgs[net.consumer_return[c]] += flow
        work.inject_w[net.consumer_return[c]] += flow * back
    back_nodes = work.order[n_supply:]
    largest = max(largest, _mix_into(net, inp, fluid, steps, back_nodes, out, work))
    makeup = enthalpy_at(fluid, inp.makeup_temp_c)
    for k in range(net.source_supply.size):
        given = out.source_supply_kgs[k]
        taken = out.source_return_kgs[k]
        hot = enthalpy_at(fluid, inp.supply_temp_c[k])
        cold = out.enthalpy_jkg[net.source_return[k]]
        if given < 0.0:
            hot = out.enthalpy_jkg[net.source_supply[k]]
        out.source_heat_w[k] = given * hot - taken * cold - (given - taken) * makeup
    return largest


@kernel
def leap_into(net, inp, reach, out, work):
    """Carry mean temperatures and wanted flows on along the way they go.

    Near the end one direction is left, in which each step is a share r of the last: the secant
    rule of one step back (Anderson, 1965, J. ACM 12(4), 547-560, doi 10.1145/321296.321305) adds
    the rest of the run, change * r / (1 - r). Where losses rival loads, viscosity lets a slow
    branch cool, slow down and cool further, and r is close to 1. `reach` is (how parallel two
    steps must be as the square of a cosine, the largest r to act on, still flow in kg/s).
    """
    parallel, largest, still_kgs = reach
    flows = out.flow_kgs
    means, before, step, after = (
        out.mean_temp_c,
        work.mean_before_c,
        work.mean_step_k,
        work.mean_after_c,
    )
    old_old = 0.0
    old_new = 0.0
    new_new = 0.0
    for p in range(means.size):
        new = (means[p] - before[p]) * min(1.0, abs(flows[p]) / still_kgs)
        old_old += step[p] * step[p]
        old_new += step[p] * new
        new_new += new * new
        step[p] = new
    # least squares of new - share (new - old), share = -r / (1 - r)
    share = (new_new - old_new) / (new_new - 2.0 * old_new + old_old + 1e-300)
    ratio = share / (share - 1.0)
    leap = 0.0
    if old_new * old_new > parallel * old_old * new_new and 0.0 < ratio < largest:
        leap = -share
    hottest_c = inp.supply_temp_c.max()
    for p in range(means.size):
        new = means[p]
        if leap > 0.0:
            least_c = min(net.ambient_c[p], new)
            moved = new + leap * (new - after[p])
            means[p] = min(max(moved, least_c), max(hottest_c, new))
        after[p] = new
        before[p] = means[p]
    for c in range(out.want_kgs.size):
        new = out.want_kgs[c]
        if leap > 0.0 and out.valve[c] == CONTROLLED:
            moved = new + leap * (new - work.want_after_kgs[c])
            out.want_kgs[c] = min(max(moved, 0.5 * new), 2.0 * new)
        work.want_after_kgs[c] = new


@kernel
def forget_into(out, work):
    """Forget the steps of another solve, so that none is taken for the way things go."""
    for p in range(out.mean_temp_c.size):
        work.mean_step_k[p] = 0.0
        work.mean_before_c[p] = out.mean_temp_c[p]
        work.mean_after_c[p] = out.mean_temp_c[p]
    for c in range(out.want_kgs.size):
        work.want_after_kgs[c] = out.want_kgs[c]


@kernel
def solve_heat_into(net, inp, fluid, pattern, options, out, work):
    """Iterate hydraulics and heat until both stand still; return (code, iterations).

    `options` is (tolerance of flow as a share of the largest flow, tolerance in K, iterations,
    1 where valves may open for lack of pressure, 1 where the start is a close guess and `work` is
    left from the solve of a like state). `out` holds the start and takes the result. A close guess
    keeps what consumers want in the first iteration, which would take it for farther than it is,
    and begins with the matrix at hand.
    What is compared with the tolerances is the change of the last iteration, or if changes shrink
    by a ratio q < 1/4, what is left to come by that: change * q / (1 - q). In the second iteration,
    which only a close guess may end by it, q counts as 1/4.
    """
    flow_tolerance, temp_tolerance_k, limit, may_open, is_close = options
    reach_into(net, inp.closed, out.reached)
    hold_into(net, inp, out)
    size = math.inf
    moved = math.inf
    top = 0.0
    fresh = is_close == 0.0
    for iteration in range(1, int(limit) + 1):
        ease = 1.0
        if iteration > _EASE_AFTER:
            ease = _EASE_LATE if iteration > 2 * _EASE_AFTER else _EASE
        is_first = is_close > 0.0 and iteration == 1
        wanted = 0.0
        if not is_first:
            wanted = want_into(net, inp, fluid, ease, out)
        reach = (_ALONG, _CREEP if moved <= _NEAR * top else 0.0, _HEAVY * top + _TINY)
        if iteration > _LEAP_AFTER and iteration % _LEAP_EVERY == 0:
            reach = (_PARALLEL, _CREEP_MOST, _HEAVY * top + _TINY)
        if is_first:
            forget_into(out, work)
        else:
            leap_into(net, inp, reach, out, work)
        moved, top = hydraulic_into(net, inp, fluid, pattern, fresh, out, work)
        if moved < 0.0:
            return SINGULAR, iteration
        dead = top < _DEAD_KGS
        still_kgs = _DEAD_KGS if dead else _STILL * top
        warmed = sweep_into(net, inp, fluid, (still_kgs, ease, _HEAVY * top + 1e-300), out, work)
        switched = 0
        if may_open and (iteration < _CALM_AFTER or iteration % 3 == 0):
            switched = switch_into(net, inp, out)
        fresh = switched > 0 or moved > _CHORD * top
        before = size
        least_kgs = _DEAD_KGS if dead else flow_tolerance * top + _TINY
        size = max(max(moved, wanted) / least_kgs, warmed / temp_tolerance_k)
        ratio = size / before if iteration > _SURE_AFTER or is_close > 0.0 else 1.0
        least = ratio if iteration > _SURE_AFTER else _SURE
        sure = ratio < _SURE and size * least <= 1.0 - least
        if switched == 0 and not is_first and (size <= 1.0 or sure):
            return CONVERGED, iteration
    return NOT_CONVERGED, int(limit)
