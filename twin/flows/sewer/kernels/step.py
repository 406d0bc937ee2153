"""One step of the whole network: levels at all nodes by Newton, volumes exact.

    V(H) - V_old - dt (inflow + sum of flows(H)) = 0 at every node

Water stands in nodes and in the half of each pipe at its node. After the last iteration volumes
are moved by the flows found, so what is in the network, came in and went out balance to rounding;
what Newton leaves over is solved away in the next step. Above its rim a node spills: what stands
there at the end of a step has left.
"""

from __future__ import annotations

import numpy as np

from twin.flows.sewer.kernels.links import PIPE, device_flow, free_depth, pipe_flow
from twin.flows.sewer.kernels.lu import factorise_lu_into, solve_lu_into
from twin.flows.sewer.kernels.sections import section
from twin.kernels.jit import kernel

FREE, NORMAL, FIXED = 1, 2, 3
SPILL_M2 = 1e5
"""Area over which water above a rim spreads within a step: it stands there for one step alone."""
_MOST_ROUNDS = 30
_DONE_M = 1e-9
_MOST_MOVE_M = 2.0
_FREE_ROUNDS = 12
_LOST_M = 1e6


@kernel
def stored(nodes, i, level_m):
    """Return (volume, area) of a node itself at a level, with what is above its rim."""
    depth = min(level_m, nodes.rim_m[i]) - nodes.bottom_m[i]
    a, b = nodes.table_start[i], nodes.table_start[i + 1] - 1
    if depth <= nodes.table_depth_m[a]:
        volume, area = nodes.table_m2[a] * depth, nodes.table_m2[a]
    else:
        while a < b - 1 and nodes.table_depth_m[a + 1] < depth:
            a += 1
        past = depth - nodes.table_depth_m[a]
        if a + 1 <= b and depth <= nodes.table_depth_m[b]:
            rise = (nodes.table_m2[a + 1] - nodes.table_m2[a]) / (
                nodes.table_depth_m[a + 1] - nodes.table_depth_m[a]
            )
            area = nodes.table_m2[a] + rise * past
            volume = nodes.table_m3[a] + (nodes.table_m2[a] + 0.5 * rise * past) * past
        else:
            past = depth - nodes.table_depth_m[b]
            area = nodes.table_m2[b]
            volume = nodes.table_m3[b] + area * past
    over = level_m - nodes.rim_m[i]
    if over > 0.0:
        return volume + SPILL_M2 * over, SPILL_M2
    return volume, area


@kernel
def volumes_into(nodes, links, level_m, out_m3, out_m2):
    """Write volume and surface at every node: its own and its halves of pipes."""
    for i in range(level_m.size):
        out_m3[i], out_m2[i] = stored(nodes, i, level_m[i])
    for i in range(links.tail.size):
        if links.kind[i] != PIPE:
            continue
        for end in range(2):
            node = links.tail[i] if end == 0 else links.head[i]
            z = links.tail_m[i] if end == 0 else links.head_m[i]
            area, _, width, _ = section(
                links.shape[i],
                links.height_m[i],
                links.width_m[i],
                links.slope[i],
                level_m[node] - z,
            )
            half = 0.5 * links.length_m[i]
            out_m3[node] += half * area
            if level_m[node] > z:
                out_m2[node] += half * width


@kernel
def outfall_levels_into(nodes, links, state):
    """Write the level of each outfall from the flow that last reached it."""
    for i in range(links.tail.size):
        node = links.head[i]
        kind = nodes.outfall[node]
        if kind == 0:
            continue
        if kind == FIXED or links.kind[i] != PIPE:
            state.level_m[node] = nodes.fixed_m[node]
            continue
        flow = max(state.flow_m3s[i], 0.0)
        if kind == NORMAL:
            state.level_m[node] = links.head_m[i] + state.normal_m[i]
        else:
            state.level_m[node] = links.head_m[i] + state.free_m[i]
        if flow == 0.0:
            state.level_m[node] = min(state.level_m[node], links.head_m[i])


@kernel
def lagged_into(links, state):
    """Write what a step takes from the one before: free depths, inertia, weights."""
    for i in range(links.tail.size):
        if links.kind[i] != PIPE:
            continue
        flow = state.flow_m3s[i]
        state.free_m[i], state.normal_m[i] = 0.0, 0.0
        if flow != 0.0:
            state.free_m[i], state.normal_m[i] = free_depth(links, i, flow)
        ends = np.zeros(2)
        for end in range(2):
            node = links.tail[i] if end == 0 else links.head[i]
            z = links.tail_m[i] if end == 0 else links.head_m[i]
            depth = max(state.level_m[node] - z, 0.0)
            if (end == 1) == (flow > 0.0):
                depth = max(depth, state.free_m[i])
            ends[end], _, _, _ = section(
                links.shape[i], links.height_m[i], links.width_m[i], links.slope[i], depth
            )
        middle = max(state.area_m2[i], 1e-6)
        velocity = flow / middle
        froude = abs(velocity) / np.sqrt(9.80665 * max(middle / max(links.top_m[i], 1e-6), 1e-6))
        slow = min(max(2.0 * (1.0 - froude), 0.0), 1.0)
        state.weight[i] = 1.0 - 0.5 * slow
        growth = (state.area_m2[i] - state.area_old_m2[i]) / max(state.last_s[0], 1e-9)
        pulled = velocity * velocity * (ends[1] - ends[0]) / links.length_m[i]
        state.inertia[i] = slow * (2.0 * velocity * growth + pulled)
        state.area_old_m2[i] = state.area_m2[i]


@kernel
def flows_into(nodes, links, state, dt_s, old_m3s):
    """Write flows of all links and their derivatives at the present levels."""
    for i in range(links.tail.size):
        tail_m, head_m = state.level_m[links.tail[i]], state.level_m[links.head[i]]
        if links.kind[i] == PIPE:
            flow, by_tail, by_head, area = pipe_flow(
                links,
                i,
                tail_m,
                head_m,
                old_m3s[i],
                state.inertia[i],
                state.free_m[i],
                state.weight[i],
                dt_s,
            )
            state.area_m2[i] = area
        else:
            bottom = nodes.bottom_m[links.tail[i]]
            flow, by_tail, by_head = device_flow(links, i, tail_m, head_m, bottom)
        state.flow_m3s[i] = flow
        state.by_tail[i] = by_tail
        state.by_head[i] = by_head


@kernel
def newton(nodes, links, pattern, state, inflow_m3s, dt_s):
    """Find the levels at the end of a step; return the rounds taken, -1 without success."""
    old = state.flow_m3s.copy()
    n = pattern.a_start.size - 1
    diagonal, rhs, move = np.empty(n), np.empty(n), np.empty(n)
    upper, lower = np.empty(pattern.a_row.size), np.empty(pattern.a_row.size)
    factor_l, factor_u = np.empty(pattern.l_row.size), np.empty(pattern.l_row.size)
    factor_d = np.empty(n)
    for turn in range(_MOST_ROUNDS):
        flows_into(nodes, links, state, dt_s, old)
        volumes_into(nodes, links, state.level_m, state.at_m3, state.at_m2)
        for node in range(state.level_m.size):
            row = nodes.unknown[node]
            if row >= 0:
                diagonal[row] = state.at_m2[node]
                rhs[row] = state.volume_m3[node] - state.at_m3[node] + dt_s * inflow_m3s[node]
        upper[:] = 0.0
        lower[:] = 0.0
        for i in range(links.tail.size):
            tail, head = nodes.unknown[links.tail[i]], nodes.unknown[links.head[i]]
            a, b = dt_s * state.by_tail[i], dt_s * state.by_head[i]
            if tail >= 0:
                diagonal[tail] += a
                rhs[tail] -= dt_s * state.flow_m3s[i]
            if head >= 0:
                diagonal[head] -= b
                rhs[head] += dt_s * state.flow_m3s[i]
            slot = pattern.slot_of_link[i]
            if slot >= 0:
                if pattern.position[tail] < pattern.position[head]:
                    upper[slot] += b
                    lower[slot] -= a
                else:
                    lower[slot] += b
                    upper[slot] -= a
        if factorise_lu_into(pattern, diagonal, upper, lower, factor_l, factor_u, factor_d) < n:
            return -1
        solve_lu_into(pattern, factor_l, factor_u, factor_d, rhs, move)
        largest = 0.0
        for node in range(state.level_m.size):
            row = nodes.unknown[node]
            if row >= 0:
                step = min(max(move[row], -_MOST_MOVE_M), _MOST_MOVE_M)
                if turn > _FREE_ROUNDS:
                    step *= 0.5  # it may jump to and fro over a crown, where the surface ends
                state.level_m[node] += step
                largest = max(largest, abs(move[row]))
        if not largest < _LOST_M:
            return -1
        if largest < _DONE_M:
            return turn + 1
    return -1


@kernel
def advance(nodes, links, pattern, state, inflow_m3s, dt_s, least_s):
    """Carry the network over dt_s in as few steps as converge; return those taken, -1 if stuck.

    Adds what came in, left at outfalls and spilled to `state.totals_m3` (in, out, spilled).
    """
    left, step, taken = dt_s, dt_s, 0
    level = np.empty_like(state.level_m)
    flow = np.empty_like(state.flow_m3s)
    area, before = np.empty_like(flow), np.empty_like(flow)
    while left > 1e-9 * dt_s:
        step = min(step, left)
        level[:] = state.level_m
        flow[:] = state.flow_m3s
        area[:] = state.area_m2
        before[:] = state.area_old_m2
        lagged_into(links, state)
        outfall_levels_into(nodes, links, state)
        if newton(nodes, links, pattern, state, inflow_m3s, step) < 0:
            state.level_m[:] = level
            state.flow_m3s[:] = flow
            state.area_m2[:] = area
            state.area_old_m2[:] = before
            step *= 0.5
            if step < least_s:
                return -1
            continue
        flows_into(nodes, links, state, step, flow)
        _moved_into(nodes, links, state, inflow_m3s, step)
        state.last_s[0] = step
        left -= step
        taken += 1
        step *= 2.0
    return taken


@kernel
def _moved_into(nodes, links, state, inflow_m3s, step_s):
    """Move volumes by the flows found, and let go what stands above rims."""
    for node in range(state.level_m.size):
        if nodes.unknown[node] >= 0:
            state.volume_m3[node] += step_s * inflow_m3s[node]
        else:
            state.totals_m3[1] += step_s * inflow_m3s[node]
        state.totals_m3[0] += step_s * inflow_m3s[node]
    for i in range(links.tail.size):
        moved = step_s * state.flow_m3s[i]
        for end in range(2):
            node = links.tail[i] if end == 0 else links.head[i]
            gained = -moved if end == 0 else moved
            if nodes.unknown[node] >= 0:
                state.volume_m3[node] += gained
            else:
                state.totals_m3[1] += gained
    for node in range(state.level_m.size):
        over = state.level_m[node] - nodes.rim_m[node]
        if over > 0.0 and nodes.unknown[node] >= 0:
            state.volume_m3[node] -= SPILL_M2 * over
            state.spilled_m3[node] += SPILL_M2 * over
            state.totals_m3[2] += SPILL_M2 * over
            state.level_m[node] = nodes.rim_m[node]
