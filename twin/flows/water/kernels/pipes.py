"""Compiled work on ordinary pipes, which are nearly all links: losses, matrix, step, all as rows.

Numbers of all scenarios are taken as one value (`twin.kernels.vectors`). What a pipe does by
itself is done for a block of about eight numbers, be they one pipe in eight scenarios or eight
pipes in one; what touches its nodes is done pipe by pipe. One pass does all of it, so that a
number is fetched once.
"""

from twin.flows.water.kernels.headloss import DARCY_WEISBACH, FLAT_SM2, QUADRATIC, pipe_loss
from twin.kernels.jit import borrowing_kernel, inline_kernel
from twin.kernels.powers import power_of
from twin.kernels.vectors import (
    block_of,
    larger,
    load,
    size_of,
    smaller,
    spread,
    store,
    where_over,
)

STEEPEST_M2S = 1.0e4  # conductance beyond which flow changes say nothing
_LEAST_M3S = 1.0e-30  # less is not worth a power
_PIVOT_GUARD = 1.0e-14


@inline_kernel
def _losses(rows, first, law, exponent, given, out_loss_m, out_conductance):
    """Set the losses, from entry 0, and conductances of a block from its flows; return flows."""
    resistance, minor, live, flow = given
    q = load(rows, flow, first)
    size = size_of(q)
    flat = spread(rows, FLAT_SM2 / exponent)
    steep = load(rows, resistance, first)
    if law == QUADRATIC:
        steep = steep * size
    else:
        steep = steep * power_of(larger(size, spread(rows, _LEAST_M3S)), exponent - 1.0)
    secant = larger(steep, flat)
    slope = where_over(flat, steep, flat, exponent * secant)  # linear under the least slope
    throttle = load(rows, minor, first) * size
    store(rows, out_loss_m, 0, (secant + throttle) * q)
    store(rows, out_conductance, first, load(rows, live, first) / (slope + 2.0 * throttle))
    return q


@inline_kernel
def _losses_by_friction(rows, first, friction, given, out_loss_m, out_conductance):
    """Do the same by Darcy and Weisbach, one number at a time."""
    resistance, minor, live, flow = given
    rough_share, re_per_flow = friction
    for j in range(len(rows)):
        r = first + j
        loss, slope = pipe_loss(resistance[r], rough_share[r], re_per_flow[r], flow[r])
        throttle = minor[r] * abs(flow[r])
        out_loss_m[j] = loss + throttle * flow[r]
        out_conductance[r] = live[r] / (slope + 2.0 * throttle)
    return load(rows, flow, first)


@inline_kernel
def _join(lanes, ends, pipe, head_m, outs):
    """Add one pipe to the matrix and to both right sides; return its step and error."""
    t, h, e = ends
    live, loss_m, conductance, flow = pipe
    diagonal, factor, mass, rhs = outs
    error = live * (load(lanes, head_m, t) - load(lanes, head_m, h) - loss_m)
    step = conductance * error
    store(lanes, diagonal, t, load(lanes, diagonal, t) + conductance)
    store(lanes, diagonal, h, load(lanes, diagonal, h) + conductance)
    store(lanes, factor, e, load(lanes, factor, e) - conductance)
    store(lanes, mass, t, load(lanes, mass, t) - flow)
    store(lanes, mass, h, load(lanes, mass, h) + flow)
    moved = step + flow
    store(lanes, rhs, t, load(lanes, rhs, t) - moved)
    store(lanes, rhs, h, load(lanes, rhs, h) + moved)
    return step, error


@borrowing_kernel
def _assemble_blocks(rows, lanes, first, end, order, workspace):
    """Add pipes from entry `first` to `end`, whole blocks of them, and their sums by scenario."""
    width, law, exponent = (
        len(lanes),
        workspace.scenario.plain_law[0],
        workspace.scenario.plain_exponent[0],
    )
    tail, head, entry = order.tail, order.head, order.entry
    live, flow, head_m = workspace.live, workspace.flow_m3s, workspace.head_m
    loss_m, error_m, conductance, step_m3s = (
        workspace.loss_m,
        workspace.error_m,
        workspace.conductance,
        workspace.step,
    )
    given = (workspace.resistance, workspace.minor, live, flow)
    friction = (workspace.rough_share, workspace.re_per_flow)
    outs = (workspace.diagonal, workspace.factor, workspace.mass, workspace.rhs)
    energy = spread(rows, 0.0)
    moving = load(lanes, workspace.scenario.moving_m3s, 0)
    flowing = load(lanes, workspace.scenario.flowing_m3s, 0)
    for at in range(first, end, len(rows)):
        if law == DARCY_WEISBACH:
            q = _losses_by_friction(rows, at, friction, given, loss_m, conductance)
        else:
            q = _losses(rows, at, law, exponent, given, loss_m, conductance)
        for j in range(0, len(rows), width):
            r = at + j
            i = r // width
            ends = (tail[i] * width, head[i] * width, entry[i] * width)
            pipe = (
                load(lanes, live, r),
                load(lanes, loss_m, j),
                load(lanes, conductance, r),
                load(lanes, flow, r),
            )
            step, error = _join(lanes, ends, pipe, head_m, outs)
            store(lanes, step_m3s, r, step)
            store(lanes, error_m, j, error)
        # where a head is exact to round-off a flow change asked for says nothing: a pipe at rest
        # has a slope of 1e-6, which makes a flow of the last digit of a head
        error = size_of(load(rows, error_m, 0))
        energy = larger(energy, error)
        more = smaller(size_of(load(rows, step_m3s, at)), STEEPEST_M2S * error)
        moving = _added_in_order(rows, lanes, more, error_m, moving)
        flowing = _added_in_order(rows, lanes, size_of(q), loss_m, flowing)
    _raise_by_scenario(rows, energy, loss_m, workspace.scenario.energy_m)
    store(lanes, workspace.scenario.moving_m3s, 0, moving)
    store(lanes, workspace.scenario.flowing_m3s, 0, flowing)


@inline_kernel
def _raise_by_scenario(rows, values, scratch, out_most):
    """Raise the largest of each scenario to the values of its numbers in a block."""
    store(rows, scratch, 0, values)
    for j in range(len(rows)):
        out_most[j % out_most.size] = max(out_most[j % out_most.size], scratch[j])


@inline_kernel
def _added_in_order(rows, lanes, values, scratch, total):
    """Return each scenario's total with its numbers of a block, one pipe after the other.

    So the sum of a scenario is the same whatever the number of scenarios beside it.
    """
    store(rows, scratch, 0, values)
    for j in range(0, len(rows), len(lanes)):
        total = total + load(lanes, scratch, j)
    return total


@borrowing_kernel
def assemble_pipes(lanes, order, workspace):
    """Add all ordinary pipes to matrix, right sides, and each scenario's errors and sums."""
    block = block_of(lanes)
    n = order.n_plain * len(lanes)
    whole = n - n % len(block)
    _assemble_blocks(block, lanes, 0, whole, order, workspace)
    _assemble_blocks(lanes, lanes, whole, n, order, workspace)


@borrowing_kernel
def _balance_blocks(rows, first, end, workspace):
    """Add the demands of nodes from entry `first` to `end`, and their errors by scenario."""
    mass, rhs, diagonal = workspace.mass, workspace.rhs, workspace.diagonal
    demand, supplied = workspace.demand_m3s, workspace.supplied
    worst = spread(rows, 0.0)
    for at in range(first, end, len(rows)):
        fed = load(rows, supplied, at)
        wanted = load(rows, demand, at) * fed
        missing = load(rows, mass, at) - wanted
        store(rows, mass, at, missing)
        store(rows, rhs, at, load(rows, rhs, at) - wanted)
        # a part behind shut one-way links hangs on 1e-9 beside 1e6; on changes alone, no bias
        guarded = load(rows, diagonal, at) * (1.0 + _PIVOT_GUARD)
        store(rows, diagonal, at, guarded + (1.0 - fed))
        worst = larger(worst, size_of(missing))
    _raise_by_scenario(rows, worst, workspace.loss_m, workspace.scenario.mass_m3s)


@borrowing_kernel
def balance_nodes(lanes, order, workspace):
    """Add demands, and give nodes without supply a row of their own."""
    block = block_of(lanes)
    n = order.n_unknown * len(lanes)
    whole = n - n % len(block)
    _balance_blocks(block, 0, whole, workspace)
    _balance_blocks(lanes, whole, n, workspace)


@borrowing_kernel
def size_up_changes(lanes, order, workspace):
    """Sum the changes of head of each scenario that steps, not finite where a pivot was zero."""
    total = spread(lanes, 0.0)
    for k in range(0, order.n_unknown * len(lanes), len(lanes)):
        total = total + size_of(load(lanes, workspace.rhs, k))
    share, before = (
        load(lanes, workspace.scenario.share, 0),
        load(lanes, workspace.scenario.size_m, 0),
    )
    store(lanes, workspace.scenario.size_m, 0, where_over(share, spread(lanes, 0.0), total, before))


@borrowing_kernel
def move_pipes(lanes, order, workspace):
    """Take each scenario's share of the step in heads and ordinary pipes.

    A scenario that has stopped may hold NaN, so its step is chosen to be nothing, not multiplied.
    """
    width = len(lanes)
    tail, head = order.tail, order.head
    change, head_m, flow = workspace.rhs, workspace.head_m, workspace.flow_m3s
    conductance, step = workspace.conductance, workspace.step
    share, nothing = load(lanes, workspace.scenario.share, 0), spread(lanes, 0.0)
    for k in range(0, order.n_unknown * width, width):
        more = where_over(share, nothing, share * load(lanes, change, k), nothing)
        store(lanes, head_m, k, load(lanes, head_m, k) + more)
    for i in range(order.n_plain):
        r = i * width
        drop = load(lanes, change, tail[i] * width) - load(lanes, change, head[i] * width)
        more = share * (load(lanes, step, r) + load(lanes, conductance, r) * drop)
        more = where_over(share, nothing, more, nothing)
        store(lanes, flow, r, load(lanes, flow, r) + more)
