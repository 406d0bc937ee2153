"""Compiled residuals, matrix and step of the gradient algorithm, all scenarios at once.

Ordinary pipes, which are nearly all links, are worked on in `pipes`; all others one link
and scenario at a time.

References
----------
Todini & Pilati, 1988, "A gradient algorithm for the analysis of pipe networks", in Coulbeck & Orr
(eds), Computer Applications in Water Supply 1 (the global gradient algorithm).
"""

import math

from twin.flows.water.kernels.headloss import (
    BARRIER_SM2,
    BOUND_SM2,
    CONSTANT_POWER,
    FIXED_DROP,
    flow_of_loss,
    link_loss,
    power_loss,
)
from twin.flows.water.kernels.pipes import (
    STEEPEST_M2S,
    assemble_pipes,
    balance_nodes,
    move_pipes,
)
from twin.flows.water.kernels.valves import ACTIVE, HELD
from twin.flows.water.kernels.workspace import BOTH_WAYS, CLOSED
from twin.kernels.jit import borrowing_kernel

_SHUT_M3S = 1.0e-7  # a one-way link with less is taken as shut until its drop opens it
_LEAST_HEAD_M = 1.0e-6  # nearer to none an outlet's law of head is straight
_NO_OUTLET = 1.0e-18  # m3/s at 1 m; less would overflow when squared and inverted
_POLE_SHARE = 0.7
_MOST_DROP_M = 1.0e3  # more is a head that hangs on the slope of a shut link


@borrowing_kernel
def _special_step(special, s, q, drop, way, share, may_move):
    """Return (flow, conductance, step, error) of one link that is no ordinary pipe."""
    one_way = way != BOTH_WAYS and special.law[s] != CONSTANT_POWER
    threshold = special.resistance[s] if special.law[s] == FIXED_DROP else 0.0
    may_open = may_move and way * q < _SHUT_M3S and way * (drop - threshold) > 0.0
    if one_way and may_open and way != HELD:
        # opening: from the flow this drop would give, as Newton from zero overshoots by far
        opened = flow_of_loss(special, s, min(abs(drop), _MOST_DROP_M))
        if opened > _SHUT_M3S:  # a trickle would be opened anew in every iteration
            q = way * share * opened
    if one_way and (way * q <= 0.0 or way == HELD):
        conductance = 1.0 / BARRIER_SM2
        step = conductance * (drop - threshold) - q
        return q, conductance, step, step * BARRIER_SM2
    loss, slope = link_loss(special, s, q)
    return q, 1.0 / slope, (drop - loss) / slope, drop - loss


@borrowing_kernel
def _assemble_specials(width, order, workspace):
    """Add all other links, one link and scenario at a time."""
    diagonal, factor, mass, rhs = (
        workspace.diagonal,
        workspace.factor,
        workspace.mass,
        workspace.rhs,
    )
    tail, head, entry, n_plain = order.tail, order.head, order.entry, order.n_plain
    live, way, head_m, flow = workspace.live, workspace.way, workspace.head_m, workspace.flow_m3s
    conductance_m2s, step_m3s, special, each = (
        workspace.conductance,
        workspace.step,
        workspace.special,
        workspace.scenario,
    )
    lift_m, damping, busy = special.lift_m, each.damping, each.busy
    energy_m, moving_m3s, flowing_m3s = each.energy_m, each.moving_m3s, each.flowing_m3s
    for i in range(n_plain, tail.size):
        for scenario in range(width):
            r = i * width + scenario
            t, h = tail[i] * width + scenario, head[i] * width + scenario
            conductance_m2s[r] = step_m3s[r] = 0.0
            if live[r] == 0.0:
                continue
            q = flow[r]
            if way[r] == ACTIVE:
                # so that a zone behind the valve has a pivot; the residual does not feel it
                diagonal[t] += 1.0 / BARRIER_SM2
                diagonal[h] += 1.0 / BARRIER_SM2
            else:
                s = (i - n_plain) * width + scenario
                drop = head_m[t] - head_m[h] + lift_m[s]
                q, conductance, step, error = _special_step(
                    special, s, q, drop, way[r], damping[scenario], busy[scenario] == 1
                )
                flow[r], conductance_m2s[r], step_m3s[r] = q, conductance, step
                diagonal[t] += conductance
                diagonal[h] += conductance
                factor[entry[i] * width + scenario] -= conductance
                energy_m[scenario] = max(energy_m[scenario], abs(error))
                moving_m3s[scenario] += min(abs(step), STEEPEST_M2S * abs(error))
            flowing_m3s[scenario] += abs(q)
            mass[t] -= q
            mass[h] += q
            rhs[t] -= q + step_m3s[r]
            rhs[h] += q + step_m3s[r]


@borrowing_kernel
def _bounded_outlet(outlets, exponent, o, over_m, both_ways):
    """Return (outflow, conductance, head error) of an outlet whose law goes on beyond its bounds.

    Below no outflow and above the cap it is a steep line, as the line search takes it: an outlet
    that leaps to a bound would lose the balance that the search keeps.
    """
    outflow, cap = outlets.outflow_m3s[o], outlets.cap_m3s[o]
    if not both_ways and (outflow < 0.0 or (outflow == 0.0 and over_m <= 0.0)):
        return outflow, 1.0 / BOUND_SM2, over_m - BOUND_SM2 * outflow
    loss, slope = power_loss(outlets.resistance[o], 1.0 / exponent, min(outflow, cap))
    if outflow > cap or (outflow == cap and over_m >= loss):
        return outflow, 1.0 / BOUND_SM2, over_m - loss - BOUND_SM2 * (outflow - cap)
    return outflow, 1.0 / slope, over_m - loss


@borrowing_kernel
def within_bounds_into(width, scenario, out_workspace):
    """Take what outlets pass beyond their bounds, by a steep line, from an answer."""
    outlets = out_workspace.outlets
    for o in range(outlets.place.size):
        r = o * width + scenario
        bounded = min(outlets.outflow_m3s[r], outlets.cap_m3s[r])
        if outlets.both_ways[o] == 0:
            bounded = max(bounded, 0.0)
        if bounded != outlets.outflow_m3s[r]:
            outlets.outflow_m3s[r], outlets.conductance[r] = bounded, 0.0


@borrowing_kernel
def _outlet(outlets, at, exponent, o, head_m, share, careful):  # noqa: PLR0911 - one return per state
    """Return (outflow, conductance, head error) of one outlet, linearised.

    With an exponent up to 1 the law is convex in the flow and Newton's step is taken there, with
    the outlet held shut or at its cap while the head says so; above 1 it is convex in the head.
    """
    over = head_m - outlets.least_head_m[o]
    coefficient, cap, outflow = outlets.coefficient[o], outlets.cap_m3s[o], outlets.outflow_m3s[o]
    if coefficient <= _NO_OUTLET:
        return 0.0, 0.0, 0.0
    both_ways = outlets.both_ways[at] == 1
    if exponent > 1.0:
        if both_ways:
            size = max(abs(over), _LEAST_HEAD_M)
            slope = coefficient * size ** (exponent - 1.0)
            return slope * over, exponent * slope, 0.0
        if over <= 0.0:
            return 0.0, 0.0, 0.0
        if exponent == 1.5:  # noqa: PLR2004 - background leakage, spared a power
            outflow = coefficient * over * math.sqrt(over)
        else:
            outflow = coefficient * over * math.exp((exponent - 1.0) * math.log(over))
        if outflow >= cap:
            return cap, 0.0, 0.0
        return outflow, exponent * outflow / over, 0.0
    if careful:
        return _bounded_outlet(outlets, exponent, o, over, both_ways)
    if outflow <= 0.0 and not both_ways:
        if over <= 0.0 or cap <= 0.0:
            return 0.0, 0.0, 0.0
        outflow = share * min(coefficient * over**exponent, cap)
    outflow = min(outflow, cap)
    loss, slope = power_loss(outlets.resistance[o], 1.0 / exponent, outflow)
    if outflow >= cap and over >= loss:
        return cap, 0.0, 0.0
    return outflow, 1.0 / slope, over - loss


@borrowing_kernel
def _assemble_outlets(width, workspace):
    """Add all outlets; raise the energy error of each scenario to theirs."""
    outlets, each = workspace.outlets, workspace.scenario
    for o in range(outlets.place.size):
        for scenario in range(width):
            r, i = o * width + scenario, outlets.place[o] * width + scenario
            outlets.conductance[r] = outlets.step[r] = 0.0
            if workspace.supplied[i] == 0.0:
                outlets.outflow_m3s[r] = 0.0
                continue
            head_m, careful = workspace.head_m[i], each.careful[scenario] == 1
            q, conductance, error = _outlet(
                outlets, o, outlets.exponent[o], r, head_m, each.damping[scenario], careful
            )
            outlets.outflow_m3s[r] = q
            outlets.conductance[r] = conductance
            outlets.step[r] = conductance * error
            each.energy_m[scenario] = max(each.energy_m[scenario], abs(error))
            each.moving_m3s[scenario] += abs(outlets.step[r])
            workspace.diagonal[i] += conductance
            workspace.mass[i] -= q
            workspace.rhs[i] -= q + conductance * error


@borrowing_kernel
def assemble(lanes, order, workspace):
    """Fill the matrix and right sides, and set each scenario's worst energy and mass error."""
    # beyond the vector code one kernel serves any number of scenarios
    width = workspace.scenario.share.size
    for values in (workspace.diagonal, workspace.factor, workspace.mass, workspace.rhs):
        values[:] = 0.0
    scenario = workspace.scenario
    for values in (scenario.energy_m, scenario.mass_m3s, scenario.moving_m3s, scenario.flowing_m3s):
        values[:] = 0.0
    assemble_pipes(lanes, order, workspace)
    _assemble_specials(width, order, workspace)
    _assemble_outlets(width, workspace)
    balance_nodes(lanes, order, workspace)


@borrowing_kernel
def _move_specials(width, order, workspace):
    """Take each scenario's share of the step in all other links."""
    tail, head, share, law = order.tail, order.head, workspace.scenario.share, workspace.special.law
    change, step, flow, conductance = (
        workspace.rhs,
        workspace.step,
        workspace.flow_m3s,
        workspace.conductance,
    )
    for i in range(order.n_plain, tail.size):
        for scenario in range(width):
            if share[scenario] == 0.0:
                continue
            r = i * width + scenario
            drop = change[tail[i] * width + scenario] - change[head[i] * width + scenario]
            more = share[scenario] * (step[r] + conductance[r] * drop)
            if law[r - order.n_plain * width] == CONSTANT_POWER:
                more = max(more, -_POLE_SHARE * flow[r])  # its law has a pole at no flow
            flow[r] += more


@borrowing_kernel
def _move_outlets(width, workspace):
    """Take each scenario's share of the step in outlets."""
    outlets, share = workspace.outlets, workspace.scenario.share
    for o in range(outlets.place.size):
        for scenario in range(width):
            r = o * width + scenario
            if outlets.conductance[r] > 0.0 and share[scenario] > 0.0:
                change = workspace.rhs[outlets.place[o] * width + scenario]
                more = share[scenario] * (outlets.step[r] + outlets.conductance[r] * change)
                moved = outlets.outflow_m3s[r] + more
                if workspace.scenario.careful[scenario] == 1:
                    outlets.outflow_m3s[r] = moved
                    continue
                if outlets.both_ways[o] == 0:
                    moved = max(moved, 0.0)
                outlets.outflow_m3s[r] = min(moved, outlets.cap_m3s[r])


@borrowing_kernel
def move(lanes, order, workspace):
    """Take each scenario's share of the Newton step; `rhs` is the change of heads."""
    width = workspace.scenario.share.size
    for i in range(order.n_unknown * width, order.node.size * width):
        workspace.rhs[i] = 0.0
    move_pipes(lanes, order, workspace)
    _move_specials(width, order, workspace)
    _move_outlets(width, workspace)


@borrowing_kernel
def set_live_into(width, scenario, nodes, supplied, regroup, out_workspace):
    """Let links carry water that are open between supplied nodes; still water elsewhere.

    Ordinary pipes are looked at where one of them, or a node's supply, changed.
    """
    order, fed, head_m = nodes.order, out_workspace.supplied, out_workspace.head_m
    for i in range(order.node.size):
        node, r = order.node[i], i * width + scenario
        value = float(supplied[node])
        regroup = regroup or fed[r] != value
        fed[r] = value
        if supplied[node] == 0:
            head_m[r] = nodes.elevation_m[node]
    tail, head, way = order.tail, order.head, out_workspace.way
    live, flow = out_workspace.live, out_workspace.flow_m3s
    for i in range(0 if regroup else order.n_plain, tail.size):
        r = i * width + scenario
        both = fed[tail[i] * width + scenario] > 0.0 and fed[head[i] * width + scenario] > 0.0
        live[r] = 1.0 if both and way[r] != CLOSED else 0.0
        if live[r] == 0.0:
            flow[r] = 0.0
