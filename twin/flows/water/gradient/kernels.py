"""Compiled residuals, matrix and step of the gradient algorithm, all lanes at once.

Ordinary pipes, which are nearly all links, are worked on in `pipes`; the rest is looked at one link
and lane at a time.

References
----------
Todini & Pilati, 1988, "A gradient algorithm for the analysis of pipe networks", in Coulbeck & Orr
(eds), Computer Applications in Water Supply 1 (the global gradient algorithm).
"""

import math

from twin.flows.water.headloss.kernels import (
    BARRIER_SM2,
    CONSTANT_POWER,
    flow_of_loss,
    link_loss,
    power_loss,
)
from twin.flows.water.lanes.kernels import BOTH_WAYS, CLOSED
from twin.flows.water.pipes.kernels import (
    STEEPEST_M2S,
    assemble_pipes,
    balance_nodes,
    move_pipes,
)
from twin.flows.water.valves.kernels import ACTIVE, HELD
from twin.kernels.jit import borrowing_kernel

_SHUT_M3S = 1.0e-7  # a one-way link with less is taken as shut until its drop opens it
_NO_OUTLET = 1.0e-18  # m3/s at 1 m; less would overflow when squared and inverted
_POLE_SHARE = 0.7


@borrowing_kernel
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


@borrowing_kernel
def _assemble_specials(width, order, room):
    """Add all other links, one link and lane at a time."""
    diagonal, factor, mass, rhs = room.diagonal, room.factor, room.mass, room.rhs
    tail, head, entry, n_plain = order.tail, order.head, order.entry, order.n_plain
    live, way, head_m, flow = room.live, room.way, room.head_m, room.flow_m3s
    conductance_m2s, step_m3s, special, lanes = room.conductance, room.step, room.special, room.lane
    lift_m, damping, busy = special.lift_m, lanes.damping, lanes.busy
    energy_m, moving_m3s, flowing_m3s = lanes.energy_m, lanes.moving_m3s, lanes.flowing_m3s
    for i in range(n_plain, tail.size):
        for lane in range(width):
            r = i * width + lane
            t, h = tail[i] * width + lane, head[i] * width + lane
            conductance_m2s[r] = step_m3s[r] = 0.0
            if live[r] == 0.0:
                continue
            q = flow[r]
            if way[r] != ACTIVE:
                s = (i - n_plain) * width + lane
                drop = head_m[t] - head_m[h] + lift_m[s]
                q, conductance, step, error = _special_step(
                    special, s, q, drop, way[r], damping[lane], busy[lane] == 1
                )
                flow[r], conductance_m2s[r], step_m3s[r] = q, conductance, step
                diagonal[t] += conductance
                diagonal[h] += conductance
                factor[entry[i] * width + lane] -= conductance
                energy_m[lane] = max(energy_m[lane], abs(error))
                moving_m3s[lane] += min(abs(step), STEEPEST_M2S * abs(error))
            flowing_m3s[lane] += abs(q)
            mass[t] -= q
            mass[h] += q
            rhs[t] -= q + step_m3s[r]
            rhs[h] += q + step_m3s[r]


@borrowing_kernel
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


@borrowing_kernel
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


@borrowing_kernel
def assemble(lanes, order, room):
    """Fill the matrix and right sides, and set each lane's worst energy and mass error."""
    width = room.lane.share.size  # beyond the vector code one kernel serves any number of lanes
    for values in (room.diagonal, room.factor, room.mass, room.rhs):
        values[:] = 0.0
    lane = room.lane
    for values in (lane.energy_m, lane.mass_m3s, lane.moving_m3s, lane.flowing_m3s):
        values[:] = 0.0
    assemble_pipes(lanes, order, room)
    _assemble_specials(width, order, room)
    _assemble_outlets(width, room)
    balance_nodes(lanes, order, room)


@borrowing_kernel
def _move_specials(width, order, room):
    """Take each lane's share of the step in all other links."""
    tail, head, share, law = order.tail, order.head, room.lane.share, room.special.law
    change, step, flow, conductance = room.rhs, room.step, room.flow_m3s, room.conductance
    for i in range(order.n_plain, tail.size):
        for lane in range(width):
            if share[lane] == 0.0:
                continue
            r = i * width + lane
            drop = change[tail[i] * width + lane] - change[head[i] * width + lane]
            more = share[lane] * (step[r] + conductance[r] * drop)
            if law[r - order.n_plain * width] == CONSTANT_POWER:
                more = max(more, -_POLE_SHARE * flow[r])  # its law has a pole at no flow
            flow[r] += more


@borrowing_kernel
def _move_outlets(width, room):
    """Take each lane's share of the step in outlets."""
    outlets, share = room.outlets, room.lane.share
    for o in range(outlets.place.size):
        for lane in range(width):
            r = o * width + lane
            if outlets.conductance[r] > 0.0 and share[lane] > 0.0:
                change = room.rhs[outlets.place[o] * width + lane]
                more = share[lane] * (outlets.step[r] + outlets.conductance[r] * change)
                moved = outlets.outflow_m3s[r] + more
                outlets.outflow_m3s[r] = min(max(moved, 0.0), outlets.cap_m3s[r])


@borrowing_kernel
def move(lanes, order, room):
    """Take each lane's share of the Newton step; the change of heads stands in `rhs`."""
    width = room.lane.share.size
    for i in range(order.n_unknown * width, order.node.size * width):
        room.rhs[i] = 0.0
    move_pipes(lanes, order, room)
    _move_specials(width, order, room)
    _move_outlets(width, room)


@borrowing_kernel
def set_live_into(width, lane, nodes, supplied, regroup, out_room):
    """Let links carry water that are open between supplied nodes; still water elsewhere.

    Ordinary pipes are looked at where one of them, or a node's supply, changed.
    """
    order, fed, head_m = nodes.order, out_room.supplied, out_room.head_m
    for i in range(order.node.size):
        node, r = order.node[i], i * width + lane
        value = float(supplied[node])
        regroup = regroup or fed[r] != value
        fed[r] = value
        if supplied[node] == 0:
            head_m[r] = nodes.elevation_m[node]
    tail, head, way = order.tail, order.head, out_room.way
    live, flow = out_room.live, out_room.flow_m3s
    for i in range(0 if regroup else order.n_plain, tail.size):
        r = i * width + lane
        both = fed[tail[i] * width + lane] > 0.0 and fed[head[i] * width + lane] > 0.0
        live[r] = 1.0 if both and way[r] != CLOSED else 0.0
        if live[r] == 0.0:
            flow[r] = 0.0
