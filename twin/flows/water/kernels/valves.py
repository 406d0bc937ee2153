"""Compiled valves that hold a pressure (PRV downstream, PSV upstream).

An active valve makes the head of one of its ends known: that row of the matrix becomes the
identity, and the flow through the valve is what balances that node. The other end sees this flow,
which depends on heads around the first; so the linear system is solved a few times around valves
with one factor (block Gauss-Seidel) until the flow is settled. No number of the matrix grows by it.

References
----------
Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, section 12.1.5 and the source of
EPANET 2.2 for the conditions under which a valve is open, active or closed.
"""

from typing import NamedTuple

import numpy as np

from twin.kernels.elimination import backward_on_into, forward_into
from twin.kernels.jit import borrowing_kernel
from twin.kernels.vectors import load, spread, store

ONE_WAY = 1
ACTIVE = 3  # a valve that holds a pressure: its flow follows from the balance of that node
HELD = 4  # a valve shut by pressure, which may open again
_HEAD_TOLERANCE_M = 1.5e-4
_FLOW_TOLERANCE_M3S = 2.8e-6
_SETTLED_M3S = 1.0e-10
_WILD_M3S = 1.0e3  # more is no flow of water, but of a law with next to no resistance
_MOST_SWEEPS = 12


class ValveArrays(NamedTuple):
    """Valves that hold a pressure, by row.

    Of a network, by its nodes and links. In the workspace, nodes are places, links rows of the
    order, and `set_head_m`, `governed` and `step` have an entry per valve and scenario.
    """

    link: np.ndarray  # (n_valves,) int32 link row
    sustains: np.ndarray  # (n_valves,) uint8 1 holds its upstream pressure, 0 its downstream one
    pin: np.ndarray  # (n_valves,) int32 node whose head it sets
    other: np.ndarray  # (n_valves,) int32 node at its other end
    near: np.ndarray  # (n_near, 2) int32 valve row, link row: all links at its pin but itself
    near_outlet: np.ndarray  # (n_near_outlets, 2) int32 valve row, outlet row
    set_head_m: np.ndarray  # (n_valves,)
    governed: np.ndarray  # (n_valves,) uint8 0 where fixed open or closed
    step: np.ndarray  # (n_valves,) change of flow of the Newton step
    row_of_link: np.ndarray  # (n_links,) int32 valve row, -1 else


@borrowing_kernel
def pin_heads_into(width, scenario, workspace):
    """Give pinned nodes the head that is set; return the number of active valves."""
    valves = workspace.valves
    active = 0
    for v in range(valves.link.size):
        i = valves.pin[v] * width + scenario
        if (
            workspace.way[valves.link[v] * width + scenario] == ACTIVE
            and workspace.supplied[i] > 0.0
        ):
            workspace.head_m[i] = valves.set_head_m[v * width + scenario]
            active += 1
    return active


@borrowing_kernel
def pin_rows_into(width, scenario, order, workspace):
    """Make the rows of pinned nodes the identity, so that their heads do not change."""
    valves = workspace.valves
    for v in range(valves.link.size):
        i = valves.pin[v] * width + scenario
        if (
            workspace.way[valves.link[v] * width + scenario] == ACTIVE
            and workspace.supplied[i] > 0.0
        ):
            workspace.diagonal[i] = 1.0
            workspace.rhs[i] = 0.0
    for p in range(valves.near.shape[0]):
        v, k = valves.near[p]
        active = workspace.way[valves.link[v] * width + scenario] == ACTIVE
        if active and workspace.supplied[valves.pin[v] * width + scenario] > 0.0:
            workspace.factor[order.entry[k] * width + scenario] = 0.0


@borrowing_kernel
def _is_pinned(width, scenario, workspace, place):
    valves = workspace.valves
    for v in range(valves.link.size):
        if valves.pin[v] == place and workspace.way[valves.link[v] * width + scenario] == ACTIVE:
            return True
    return False


@borrowing_kernel
def _wanted_steps_into(width, scenario, order, workspace):
    """Set the inflow each pinned node lacks after the step of all that touches it."""
    valves, wanted = workspace.valves, workspace.wanted_m3s
    for v in range(valves.link.size):
        wanted[v] = 0.0
        if valves.pin[v] < order.n_unknown:
            wanted[v] = workspace.mass[valves.pin[v] * width + scenario]
    for p in range(valves.near.shape[0]):
        v, k = valves.near[p]
        r = k * width + scenario
        if workspace.way[r] == ACTIVE:
            step = valves.step[valves.row_of_link[k] * width + scenario]
        else:
            drop = (
                workspace.more[order.tail[k] * width + scenario]
                - workspace.more[order.head[k] * width + scenario]
            )
            step = workspace.step[r] + workspace.conductance[r] * drop
        wanted[v] += step if order.head[k] == valves.pin[v] else -step
    for p in range(valves.near_outlet.shape[0]):
        v, o = valves.near_outlet[p]
        wanted[v] -= workspace.outlets.step[o * width + scenario]


@borrowing_kernel
def _balance_steps_into(width, scenario, order, workspace):
    """Set the flow step of every active valve from the balance of its pin; return its change.

    The other end of the valve then lacks, or has too much of, the change: it stands in `pulse`.
    """
    valves = workspace.valves
    _wanted_steps_into(width, scenario, order, workspace)
    wanted = workspace.wanted_m3s
    worst = 0.0
    for v in range(valves.link.size):
        active = workspace.way[valves.link[v] * width + scenario] == ACTIVE
        if not active or workspace.supplied[valves.pin[v] * width + scenario] == 0.0:
            continue
        step = wanted[v] if valves.sustains[v] else -wanted[v]
        change = step - valves.step[v * width + scenario]
        if abs(change) <= _SETTLED_M3S:
            continue
        valves.step[v * width + scenario] = step
        worst = max(worst, abs(change))
        other = valves.other[v]
        if other < order.n_unknown and not _is_pinned(width, scenario, workspace, other):
            workspace.pulse[other * width + scenario] += change if valves.sustains[v] else -change
    return worst


@borrowing_kernel
def settle_steps_into(lanes, order, workspace):
    """Change the eliminated right side until flows of active valves agree with heads around them.

    Only the heads that touch a valve are solved for, with those they depend on.
    """
    width, columns = len(lanes), workspace.valve_column
    workspace.valves.step[:] = 0.0
    for _ in range(_MOST_SWEEPS):
        # cleared here, as a scenario without a pivot leaves NaN and no change behind
        for column in columns:
            store(lanes, workspace.pulse, column * width, spread(lanes, 0.0))
        backward_on_into(
            lanes,
            order.schedule,
            columns,
            workspace.factor,
            workspace.diagonal,
            workspace.rhs,
            workspace.more,
        )
        worst = 0.0
        for scenario in range(workspace.scenario.share.size):
            if workspace.scenario.active[scenario] > 0 and workspace.scenario.share[scenario] > 0.0:
                worst = max(worst, _balance_steps_into(width, scenario, order, workspace))
        if worst == 0.0:
            return
        forward_into(lanes, order.schedule, columns, workspace.factor, workspace.pulse)
        for column in columns:
            k = column * width
            store(
                lanes,
                workspace.rhs,
                k,
                load(lanes, workspace.rhs, k) + load(lanes, workspace.pulse, k),
            )


@borrowing_kernel
def move_flows_into(width, scenario, workspace):
    """Take a scenario's share of the step in active valves."""
    valves = workspace.valves
    for v in range(valves.link.size):
        r = valves.link[v] * width + scenario
        if (
            workspace.way[r] == ACTIVE
            and workspace.supplied[valves.pin[v] * width + scenario] > 0.0
        ):
            workspace.flow_m3s[r] += (
                workspace.scenario.share[scenario] * valves.step[v * width + scenario]
            )


@borrowing_kernel
def _next_mode(  # noqa: PLR0911 - one per way out of a mode
    mode, flow_m3s, up_m, down_m, set_m, loss_m, sustains
):
    """Return ONE_WAY (open), ACTIVE or HELD for the heads on both sides of a valve."""
    tolerance = _HEAD_TOLERANCE_M
    if mode == ACTIVE:
        if flow_m3s < -_FLOW_TOLERANCE_M3S:
            return HELD
        if sustains:
            return ONE_WAY if down_m + loss_m > set_m + tolerance else ACTIVE
        return ONE_WAY if up_m - loss_m < set_m - tolerance else ACTIVE
    if mode == HELD:
        if sustains:
            if down_m > set_m + tolerance and up_m > down_m + tolerance:
                return ONE_WAY
            return ACTIVE if up_m >= set_m + tolerance and up_m > down_m + tolerance else HELD
        if up_m >= set_m + tolerance and down_m < set_m - tolerance:
            return ACTIVE
        return ONE_WAY if up_m < set_m - tolerance and up_m > down_m + tolerance else HELD
    if sustains:
        return ACTIVE if up_m < set_m - tolerance else ONE_WAY
    return ACTIVE if down_m >= set_m + tolerance else ONE_WAY


@borrowing_kernel
def shut_reversed_into(width, scenario, workspace):
    """Shut active valves through which more than any water runs backward; return how many."""
    valves = workspace.valves
    shut = 0
    for v in range(valves.link.size):
        r = valves.link[v] * width + scenario
        if workspace.way[r] == ACTIVE and workspace.flow_m3s[r] < -_WILD_M3S:
            workspace.way[r] = HELD
            shut += 1
    return shut


@borrowing_kernel
def review_modes_into(width, scenario, order, workspace):
    """Open, activate or shut valves by the heads found; return how many changed."""
    valves = workspace.valves
    changed = 0
    for v in range(valves.link.size):
        k, own = valves.link[v], v * width + scenario
        t, h, r = (
            order.tail[k] * width + scenario,
            order.head[k] * width + scenario,
            k * width + scenario,
        )
        fed = workspace.supplied[t] > 0.0 and workspace.supplied[h] > 0.0
        if not (valves.governed[own] and fed):
            continue
        q = workspace.flow_m3s[r]
        loss = workspace.special.minor[(k - order.n_plain) * width + scenario] * q * abs(q)
        up, down, wanted = workspace.head_m[t], workspace.head_m[h], valves.set_head_m[own]
        mode = _next_mode(workspace.way[r], q, up, down, wanted, loss, valves.sustains[v])
        if mode != workspace.way[r]:
            workspace.way[r] = mode
            workspace.live[r] = 1.0  # it may have been sealed
            changed += 1
    return changed
