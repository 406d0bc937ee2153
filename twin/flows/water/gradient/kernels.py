"""Compiled residuals, matrix and step of the gradient algorithm, all lanes at once.

Ordinary pipes, which are nearly all links, go through loops over lanes without a branch; the rest
is looked at one link and lane at a time.

References
----------
Todini & Pilati, 1988, "A gradient algorithm for the analysis of pipe networks", in Coulbeck & Orr
(eds), Computer Applications in Water Supply 1 (the global gradient algorithm).
"""

import math

import numpy as np

from twin.flows.water.headloss.kernels import (
    BARRIER_SM2,
    CONSTANT_POWER,
    DARCY_WEISBACH,
    FLAT_SM2,
    QUADRATIC,
    flow_of_loss,
    link_loss,
    pipe_loss,
    power_loss,
)
from twin.flows.water.lanes.kernels import BOTH_WAYS, CLOSED
from twin.flows.water.valves.kernels import ACTIVE, HELD
from twin.kernels.jit import inner_kernel
from twin.kernels.powers import power_of

_SHUT_M3S = 1.0e-7  # a one-way link with less is taken as shut until its drop opens it
_NO_OUTLET = 1.0e-18  # m3/s at 1 m; less would overflow when squared and inverted
_LEAST_M3S = 1.0e-30  # less is not worth a power
_STEEPEST_M2S = 1.0e4  # conductance beyond which flow changes say nothing
_PIVOT_GUARD = 1.0e-14
_POLE_SHARE = 0.7
_ROWS = 8  # taken at once when sums are made, so that one lane is vector code too


@inner_kernel
def _largest(lanes, values, n, sums, out_worst):
    """Raise `out_worst` of each lane to the largest size among n entries."""
    width = np.uint64(len(lanes))
    sums[:] = 0.0
    blocks = n // _ROWS
    for block in range(blocks):
        first = np.uint64(block * _ROWS) * width
        for j in range(_ROWS * width):
            sums[j] = max(sums[j], abs(values[first + j]))
    for j in range(np.uint64(blocks * _ROWS) * width, np.uint64(n) * width):
        sums[j % width] = max(sums[j % width], abs(values[j]))
    for j in range(_ROWS * width):
        out_worst[j % width] = max(out_worst[j % width], sums[j])


@inner_kernel
def _total(lanes, values, n, sums, out_total):
    """Add the sizes of n entries to `out_total` of each lane."""
    width = np.uint64(len(lanes))
    sums[:] = 0.0
    blocks = n // _ROWS
    for block in range(blocks):
        first = np.uint64(block * _ROWS) * width
        for j in range(_ROWS * width):
            sums[j] += abs(values[first + j])
    for j in range(np.uint64(blocks * _ROWS) * width, np.uint64(n) * width):
        sums[j % width] += abs(values[j])
    for j in range(_ROWS * width):
        out_total[j % width] += sums[j]


@inner_kernel
def _asked(lanes, step, error_m, n, sums, out_total):
    """Add the flow changes n links ask for; where a head is exact to round-off, nearly none.

    A link at rest has a slope of 1e-6, which makes a flow of the last digit of a head.
    """
    width = np.uint64(len(lanes))
    sums[:] = 0.0
    blocks = n // _ROWS
    for block in range(blocks):
        first = np.uint64(block * _ROWS) * width
        for j in range(_ROWS * width):
            most = _STEEPEST_M2S * abs(error_m[first + j])
            sums[j] += min(abs(step[first + j]), most)
    for j in range(np.uint64(blocks * _ROWS) * width, np.uint64(n) * width):
        sums[j % width] += min(abs(step[j]), _STEEPEST_M2S * abs(error_m[j]))
    for j in range(_ROWS * width):
        out_total[j % width] += sums[j]


@inner_kernel
def _plain_losses(lanes, order, room):
    """Set loss and conductance of ordinary pipes from their flow."""
    n = order.n_plain * len(lanes)
    law, exponent = room.lane.plain_law[0], room.lane.plain_exponent[0]
    flow, live, loss_m, conductance = room.flow_m3s, room.live, room.loss_m, room.conductance
    resistance, minor = room.resistance, room.minor
    if law == DARCY_WEISBACH:
        for r in range(n):
            loss, slope = pipe_loss(
                resistance[r], room.rough_share[r], room.re_per_flow[r], flow[r]
            )
            loss_m[r] = loss + minor[r] * abs(flow[r]) * flow[r]
            conductance[r] = live[r] / (slope + 2.0 * minor[r] * abs(flow[r]))
        return
    flat = FLAT_SM2 / exponent
    if law == QUADRATIC:
        for r in range(n):
            loss_m[r] = resistance[r] * abs(flow[r])
    else:
        for r in range(n):
            size = max(abs(flow[r]), _LEAST_M3S)
            loss_m[r] = resistance[r] * power_of(size, exponent - 1.0)
    for r in range(n):  # linear where the slope falls under the least
        secant = max(loss_m[r], flat)
        slope = exponent * secant if loss_m[r] >= flat else flat
        throttle = minor[r] * abs(flow[r])
        loss_m[r] = (secant + throttle) * flow[r]
        conductance[r] = live[r] / (slope + 2.0 * throttle)


@inner_kernel
def _assemble_plain(lanes, order, room):
    """Add ordinary pipes to the matrix and to both right sides."""
    width = np.uint64(len(lanes))
    head, flow, loss_m = room.head_m, room.flow_m3s, room.loss_m
    conductance, step, error = room.conductance, room.step, room.error_m
    live, diagonal, factor, mass, rhs = room.live, room.diagonal, room.factor, room.mass, room.rhs
    for i in range(order.n_plain):
        k = np.uint64(i) * width
        t, h = np.uint64(order.tail[i]) * width, np.uint64(order.head[i]) * width
        e = np.uint64(order.entry[i]) * width
        for lane in range(width):
            r = k + lane
            miss = live[r] * (head[t + lane] - head[h + lane] - loss_m[r])
            moved = conductance[r] * miss
            error[r] = miss
            step[r] = moved
            diagonal[t + lane] += conductance[r]
            diagonal[h + lane] += conductance[r]
            factor[e + lane] -= conductance[r]
            mass[t + lane] -= flow[r]
            mass[h + lane] += flow[r]
            moved += flow[r]
            rhs[t + lane] -= moved
            rhs[h + lane] += moved


@inner_kernel
def _special_step(special, s, q, drop, way, share, may_move):
    """Return (flow, conductance, step, error) of one link that is no ordinary pipe."""
    one_way = way != BOTH_WAYS and special.law[s] != CONSTANT_POWER
    if one_way and way * q < _SHUT_M3S and way * drop > 0.0 and way != HELD and may_move:
        # opening: from the flow this drop would give, as Newton from zero overshoots by far
        q = way * share * flow_of_loss(special, s, abs(drop))
    if one_way and (way * q <= 0.0 or way == HELD):
        conductance = 1.0 / BARRIER_SM2
        step = conductance * drop - q
        return q, conductance, step, step * BARRIER_SM2
    loss, slope = link_loss(special, s, q)
    return q, 1.0 / slope, (drop - loss) / slope, drop - loss


@inner_kernel
def _assemble_specials(width, order, room):
    """Add all other links, one link and lane at a time."""
    diagonal, factor, mass, rhs = room.diagonal, room.factor, room.mass, room.rhs
    for i in range(order.n_plain, order.tail.size):
        for lane in range(width):
            r = i * width + lane
            t, h = order.tail[i] * width + lane, order.head[i] * width + lane
            room.conductance[r] = room.step[r] = room.error_m[r] = 0.0
            if room.live[r] == 0.0:
                continue
            q = room.flow_m3s[r]
            if room.way[r] != ACTIVE:
                s = (i - order.n_plain) * width + lane
                drop = room.head_m[t] - room.head_m[h] + room.special.lift_m[s]
                q, conductance, step, error = _special_step(
                    room.special,
                    s,
                    q,
                    drop,
                    room.way[r],
                    room.lane.damping[lane],
                    room.lane.busy[lane] == 1,
                )
                room.flow_m3s[r] = q
                room.conductance[r], room.step[r], room.error_m[r] = conductance, step, error
                diagonal[t] += conductance
                diagonal[h] += conductance
                factor[order.entry[i] * width + lane] -= conductance
            mass[t] -= q
            mass[h] += q
            rhs[t] -= q + room.step[r]
            rhs[h] += q + room.step[r]


@inner_kernel
def _outlet(outlets, exponent, o, head_m, share):  # noqa: PLR0911 - one return per state
    """Return (outflow, conductance, head error) of one outlet, linearised.

    With an exponent up to 1 the law is convex in the flow and Newton's step is taken there, with
    the outlet held shut or at its cap while the head says so; above 1 it is convex in the head.
    """
    over = head_m - outlets.least_head_m[o]
    coefficient, cap, outflow = outlets.coefficient[o], outlets.cap_m3s[o], outlets.outflow_m3s[o]
    if coefficient <= _NO_OUTLET:
        return 0.0, 0.0, 0.0
    if exponent > 1.0:
        if over <= 0.0:
            return 0.0, 0.0, 0.0
        if exponent == 1.5:  # noqa: PLR2004 - background leakage, spared a power
            outflow = coefficient * over * math.sqrt(over)
        else:
            outflow = coefficient * over * math.exp((exponent - 1.0) * math.log(over))
        if outflow >= cap:
            return cap, 0.0, 0.0
        return outflow, exponent * outflow / over, 0.0
    if outflow <= 0.0:
        if over <= 0.0 or cap <= 0.0:
            return 0.0, 0.0, 0.0
        outflow = share * min(coefficient * over**exponent, cap)
    outflow = min(outflow, cap)
    loss, slope = power_loss(outlets.resistance[o], 1.0 / exponent, outflow)
    if outflow >= cap and over >= loss:
        return cap, 0.0, 0.0
    return outflow, 1.0 / slope, over - loss


@inner_kernel
def _assemble_outlets(width, room):
    """Add all outlets; raise the energy error of each lane to theirs."""
    outlets, lanes = room.outlets, room.lane
    for o in range(outlets.place.size):
        for lane in range(width):
            r, i = o * width + lane, outlets.place[o] * width + lane
            outlets.conductance[r] = outlets.step[r] = 0.0
            if room.supplied[i] == 0.0:
                outlets.outflow_m3s[r] = 0.0
                continue
            q, conductance, error = _outlet(
                outlets, outlets.exponent[o], r, room.head_m[i], lanes.damping[lane]
            )
            outlets.outflow_m3s[r] = q
            outlets.conductance[r] = conductance
            outlets.step[r] = conductance * error
            lanes.energy_m[lane] = max(lanes.energy_m[lane], abs(error))
            lanes.moving_m3s[lane] += abs(outlets.step[r])
            room.diagonal[i] += conductance
            room.mass[i] -= q
            room.rhs[i] -= q + conductance * error


@inner_kernel
def _balance_nodes(lanes, order, room):
    """Add demands, and give nodes without supply a row of their own."""
    n = order.n_unknown * len(lanes)
    mass, rhs, diagonal, demand = room.mass, room.rhs, room.diagonal, room.demand_m3s
    supplied = room.supplied
    for i in range(n):
        wanted = demand[i] * supplied[i]
        mass[i] -= wanted
        rhs[i] -= wanted
        # a part behind shut one-way links hangs on 1e-9 beside 1e6; on changes alone, no bias
        diagonal[i] = diagonal[i] * (1.0 + _PIVOT_GUARD) + (1.0 - supplied[i])


@inner_kernel
def assemble(lanes, order, room):
    """Fill the matrix and right sides, and set each lane's worst energy and mass error."""
    width = room.lane.share.size  # beyond the vector code one kernel serves any number of lanes
    for values in (room.diagonal, room.factor, room.mass, room.rhs):
        values[:] = 0.0
    lane = room.lane
    for values in (lane.energy_m, lane.mass_m3s, lane.moving_m3s, lane.flowing_m3s):
        values[:] = 0.0
    _plain_losses(lanes, order, room)
    _assemble_plain(lanes, order, room)
    _assemble_specials(width, order, room)
    _assemble_outlets(width, room)
    _balance_nodes(lanes, order, room)
    n_links = order.tail.size
    _largest(lanes, room.error_m, n_links, room.sums, lane.energy_m)
    _largest(lanes, room.mass, order.n_unknown, room.sums, lane.mass_m3s)
    _asked(lanes, room.step, room.error_m, n_links, room.sums, lane.moving_m3s)
    _total(lanes, room.flow_m3s, n_links, room.sums, lane.flowing_m3s)


@inner_kernel
def _move_plain(lanes, order, room):
    """Take each lane's share of the step in heads and ordinary pipes."""
    width = np.uint64(len(lanes))
    change, head, flow, share = room.rhs, room.head_m, room.flow_m3s, room.lane.share
    conductance, step = room.conductance, room.step
    for i in range(order.n_unknown):
        k = np.uint64(i) * width
        for lane in range(width):  # a lane at rest may hold NaN, so it is chosen, not multiplied
            head[k + lane] += share[lane] * change[k + lane] if share[lane] > 0.0 else 0.0
    for i in range(order.n_plain):
        k = np.uint64(i) * width
        t, h = np.uint64(order.tail[i]) * width, np.uint64(order.head[i]) * width
        for lane in range(width):
            r = k + lane
            more = step[r] + conductance[r] * (change[t + lane] - change[h + lane])
            flow[r] += share[lane] * more if share[lane] > 0.0 else 0.0


@inner_kernel
def move(lanes, order, room):
    """Take each lane's share of the Newton step; the change of heads stands in `rhs`."""
    width = room.lane.share.size
    for i in range(order.n_unknown * width, order.node.size * width):
        room.rhs[i] = 0.0
    _move_plain(lanes, order, room)
    for i in range(order.n_plain, order.tail.size):
        for lane in range(width):
            if room.lane.share[lane] == 0.0:
                continue
            r = i * width + lane
            t, h = order.tail[i] * width + lane, order.head[i] * width + lane
            more = room.step[r] + room.conductance[r] * (room.rhs[t] - room.rhs[h])
            more *= room.lane.share[lane]
            if room.special.law[r - order.n_plain * width] == CONSTANT_POWER:
                more = max(more, -_POLE_SHARE * room.flow_m3s[r])  # its law has a pole at no flow
            room.flow_m3s[r] += more
    outlets = room.outlets
    for o in range(outlets.place.size):
        for lane in range(width):
            r = o * width + lane
            if outlets.conductance[r] > 0.0 and room.lane.share[lane] > 0.0:
                change = room.rhs[outlets.place[o] * width + lane]
                more = room.lane.share[lane] * (outlets.step[r] + outlets.conductance[r] * change)
                moved = outlets.outflow_m3s[r] + more
                outlets.outflow_m3s[r] = min(max(moved, 0.0), outlets.cap_m3s[r])


@inner_kernel
def set_live_into(width, lane, nodes, supplied, out_room):
    """Let links carry water that are open between supplied nodes; still water elsewhere."""
    order = nodes.order
    for i in range(order.node.size):
        node, r = order.node[i], i * width + lane
        out_room.supplied[r] = float(supplied[node])
        if supplied[node] == 0:
            out_room.head_m[r] = nodes.elevation_m[node]
    for i in range(order.tail.size):
        r = i * width + lane
        fed = out_room.supplied[order.tail[i] * width + lane] > 0.0
        fed = fed and out_room.supplied[order.head[i] * width + lane] > 0.0
        live = fed and out_room.way[r] != CLOSED
        out_room.live[r] = 1.0 if live else 0.0
        if not live:
            out_room.flow_m3s[r] = 0.0
