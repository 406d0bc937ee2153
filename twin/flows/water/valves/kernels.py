"""Compiled valves that hold a pressure (PRV downstream, PSV upstream).

An active valve makes the head of one of its ends known: that row of the matrix becomes the
identity, and the flow through the valve is what balances that node. The other end sees this flow,
which depends on heads around the first; so the linear system is solved a few times with one
factor (block Gauss-Seidel) until the flow is settled. No number of the matrix grows by it.

References
----------
Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, section 12.1.5 and the source of
EPANET 2.2 for the conditions under which a valve is open, active or closed.
"""

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel
from twin.kernels.ldl import solve_into

ONE_WAY = 1
ACTIVE = 3  # a valve that holds a pressure: its flow follows from the balance of that node
HELD = 4  # a valve shut by pressure, which may open again
_HEAD_TOLERANCE_M = 1.5e-4
_FLOW_TOLERANCE_M3S = 2.8e-6
_SETTLED_M3S = 1.0e-10
_MOST_SWEEPS = 12


class ValveArrays(NamedTuple):
    """Valves that hold a pressure, by row; all but the first six change during a run."""

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


@kernel
def pin_heads_into(valves, way, supplied, out_head_m):
    """Give pinned nodes the head that is set; return the number of active valves."""
    active = 0
    for v in range(valves.link.size):
        if way[valves.link[v]] == ACTIVE and supplied[valves.pin[v]]:
            out_head_m[valves.pin[v]] = valves.set_head_m[v]
            active += 1
    return active


@kernel
def pin_rows_into(valves, nodes, way, supplied, work):
    """Make the rows of pinned nodes the identity, so that their heads do not change."""
    for v in range(valves.link.size):
        if way[valves.link[v]] == ACTIVE and supplied[valves.pin[v]]:
            i = nodes.unknown[valves.pin[v]]
            work.diagonal[i] = 1.0
            work.rhs[i] = 0.0
    for p in range(valves.near.shape[0]):
        v = valves.near[p, 0]
        slot = nodes.pattern.slot_of_link[valves.near[p, 1]]
        if slot >= 0 and way[valves.link[v]] == ACTIVE and supplied[valves.pin[v]]:
            work.off_diagonal[slot] = 0.0


@kernel
def _link_step(links, nodes, work, k):
    """Return the flow change of an ordinary link in the full Newton step."""
    if work.conductance[k] == 0.0:
        return 0.0
    i, j = nodes.unknown[links.tail[k]], nodes.unknown[links.head[k]]
    drop = 0.0
    if i >= 0:
        drop += work.change_m[i]
    if j >= 0:
        drop -= work.change_m[j]
    return work.link_step[k] + work.conductance[k] * drop


@kernel
def _is_pinned(valves, way, node):
    for v in range(valves.link.size):
        if valves.pin[v] == node and way[valves.link[v]] == ACTIVE:
            return True
    return False


@kernel
def _balance_steps_into(valves, links, nodes, way, supplied, work):
    """Set the flow step of every active valve from the balance of its pin; return its change."""
    wanted = np.zeros(valves.link.size)
    for v in range(valves.link.size):
        i = nodes.unknown[valves.pin[v]]
        wanted[v] = work.mass[i] if i >= 0 else 0.0
    for p in range(valves.near.shape[0]):
        v, k = valves.near[p]
        if way[k] == ACTIVE:
            step = valves.step[valves.row_of_link[k]]
        else:
            step = _link_step(links, nodes, work, k)
        wanted[v] += step if links.head[k] == valves.pin[v] else -step
    for p in range(valves.near_outlet.shape[0]):
        wanted[valves.near_outlet[p, 0]] -= work.outlet_step[valves.near_outlet[p, 1]]
    worst = 0.0
    for v in range(valves.link.size):
        if way[valves.link[v]] != ACTIVE or not supplied[valves.pin[v]]:
            continue
        step = wanted[v] if valves.sustains[v] else -wanted[v]
        change = step - valves.step[v]
        valves.step[v] = step
        worst = max(worst, abs(change))
        i = nodes.unknown[valves.other[v]]
        if i >= 0 and not _is_pinned(valves, way, valves.other[v]):
            work.rhs[i] += change if valves.sustains[v] else -change
    return worst


@kernel
def settle_steps_into(valves, links, nodes, way, supplied, work):
    """Solve on with the same factor until the flows of active valves agree with the heads."""
    valves.step[:] = 0.0
    for _ in range(_MOST_SWEEPS):
        change = _balance_steps_into(valves, links, nodes, way, supplied, work)
        if change <= _SETTLED_M3S:
            return
        solve_into(nodes.pattern, work.l_values, work.d_values, work.rhs, work.change_m)


@kernel
def move_flows_into(valves, way, supplied, share, out_flow_m3s):
    """Take a share of the step in active valves; return the sum of changes."""
    changed = 0.0
    for v in range(valves.link.size):
        k = valves.link[v]
        if way[k] == ACTIVE and supplied[valves.pin[v]]:
            out_flow_m3s[k] += share * valves.step[v]
            changed += abs(share * valves.step[v])
    return changed


@kernel
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


@kernel
def review_modes_into(valves, links, state, out_way):
    """Open, activate or shut valves by the heads found; return how many changed."""
    changed = 0
    for v in range(valves.link.size):
        k = valves.link[v]
        t, h = links.tail[k], links.head[k]
        if not (valves.governed[v] and state.supplied[t] and state.supplied[h]):
            continue
        q = state.flow_m3s[k]
        loss = links.minor[k] * q * abs(q)
        up, down, wanted = state.head_m[t], state.head_m[h], valves.set_head_m[v]
        mode = _next_mode(out_way[k], q, up, down, wanted, loss, valves.sustains[v])
        if mode != out_way[k]:
            out_way[k] = mode
            changed += 1
    return changed
