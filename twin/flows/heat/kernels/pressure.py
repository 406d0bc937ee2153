"""Compiled arrays of a heat network, and one Newton step of its pressures and flows.

Supply and return pipes form one graph of two sides. Pressures follow from Newton's method on
flows and pressures: the global gradient method of Todini & Pilati, 1988, restated by Todini &
Rossman, 2013, J. Hydraul. Eng. 139(5), 511-526.
"""

import math
from typing import NamedTuple

import numpy as np

from twin.flows.heat.kernels.friction import Bores, FrictionWork, friction_into
from twin.flows.heat.kernels.medium import density_and_viscosity
from twin.kernels.jit import kernel
from twin.kernels.ldl import factorise_into, solve_into

CONTROLLED = 0  # the valve gives the wanted flow
OPEN = 1  # wide open and still short of pressure
SHUT = 2  # the pressure would drive it backwards

_GRAVITY = 9.80665
_LEAK_LINEAR_PA = 100.0  # below this a leak is linear in pressure, so its slope stays finite


class HeatArrays(NamedTuple):
    """A compiled network. Rows are int32, sides: 0 supply, 1 return."""

    tail: np.ndarray  # (n_pipes,) node row
    head: np.ndarray  # (n_pipes,)
    length_m: np.ndarray  # (n_pipes,)
    diameter_m: np.ndarray  # (n_pipes,) inner
    lift_pa: np.ndarray  # (n_pipes,) of a booster pump at no flow, positive tail to head
    lift_fall: np.ndarray  # (n_pipes,) Pa per (kg/s)^2 by which flow lowers it
    ambient_c: np.ndarray  # (n_pipes,) ground or channel
    elevation_m: np.ndarray  # (n_nodes,)
    node_ambient_c: np.ndarray  # (n_nodes,) mean over the node's pipes
    side: np.ndarray  # (n_nodes,) uint8
    unknown: np.ndarray  # (n_nodes,) row in the matrix, -1 where pressure is held
    pipe_start: np.ndarray  # (n_nodes + 1,) into node_pipes
    node_pipes: np.ndarray  # (2 n_pipes,) pipes at each node
    consumer_supply: np.ndarray  # (n_consumers,) node row
    consumer_return: np.ndarray  # (n_consumers,)
    consumer_part: np.ndarray  # (n_consumers,) part with a common pressure source, -1 none
    source_supply: np.ndarray  # (n_sources,)
    source_return: np.ndarray  # (n_sources,)
    source_part: np.ndarray  # (n_sources,)
    source_share: np.ndarray  # (n_sources,) share of the part's flow; the holder gives the rest
    source_holds: np.ndarray  # (n_sources,) uint8, 1 where it holds the pressure of its part
    bores: Bores  # (n_pipes,) what friction depends on


class HeatInput(NamedTuple):
    """What one solve is given."""

    heat_w: np.ndarray  # (n_consumers,)
    return_temp_c: np.ndarray  # (n_consumers,)
    max_flow_kgs: np.ndarray  # (n_consumers,)
    min_dp_pa: np.ndarray  # (n_consumers,) below it the wanted flow does not come
    bypass_kgs: np.ndarray  # (n_consumers,) least flow, 0 without a bypass
    drop_k: np.ndarray  # (n_consumers,) by how much water cools; 0: to return_temp_c
    given_kgs: np.ndarray  # (n_consumers,) flow that heat follows; 0: flow follows heat
    loss_wk: np.ndarray  # (n_pipes,) heat loss per kelvin: U pi D L
    closed: np.ndarray  # (n_pipes,) uint8
    leak_area_m2: np.ndarray  # (n_nodes,) discharge coefficient times area
    supply_temp_c: np.ndarray  # (n_sources,)
    supply_pressure_pa: np.ndarray  # (n_sources,) over atmosphere
    return_pressure_pa: np.ndarray  # (n_sources,)
    column_kgm3: np.ndarray  # (2,) density of water columns, supply and return
    makeup_temp_c: float  # of the water that replaces leaks


class HeatState(NamedTuple):
    """Where a solve starts, and what it found."""

    flow_kgs: np.ndarray  # (n_pipes,) positive tail to head
    mean_temp_c: np.ndarray  # (n_pipes,)
    loss_w: np.ndarray  # (n_pipes,)
    pressure_pa: np.ndarray  # (n_nodes,) over atmosphere; 0 where cut off
    temp_c: np.ndarray  # (n_nodes,)
    enthalpy_jkg: np.ndarray  # (n_nodes,)
    sensitivity_k: np.ndarray  # (n_nodes,) change of temperature per unit of log flow
    reached: np.ndarray  # (n_nodes,) uint8
    leak_kgs: np.ndarray  # (n_nodes,)
    want_kgs: np.ndarray  # (n_consumers,)
    consumer_kgs: np.ndarray  # (n_consumers,)
    valve: np.ndarray  # (n_consumers,) uint8
    delivered_w: np.ndarray  # (n_consumers,)
    return_out_c: np.ndarray  # (n_consumers,)
    source_supply_kgs: np.ndarray  # (n_sources,) into the network
    source_return_kgs: np.ndarray  # (n_sources,) out of it
    source_heat_w: np.ndarray  # (n_sources,)


class HeatWork(NamedTuple):
    """Scratch of one solve; links are pipes, then consumers."""

    diagonal: np.ndarray  # (n_unknowns,)
    off_diagonal: np.ndarray  # (n_slots,)
    rhs: np.ndarray  # (n_unknowns,)
    change: np.ndarray  # (n_unknowns,)
    factor_l: np.ndarray  # (nnz,)
    factor_d: np.ndarray  # (n_unknowns,)
    conductance: np.ndarray  # (n_links,) kg/s per Pa
    trial: np.ndarray  # (n_links,) flow before the pressures move
    draw_kgs: np.ndarray  # (n_nodes,) out of the network, sources of held pressure apart
    leak_slope: np.ndarray  # (n_nodes,)
    moved_pa: np.ndarray  # (n_nodes,)
    inject_kgs: np.ndarray  # (n_nodes,) water that enters with a known temperature
    inject_w: np.ndarray  # (n_nodes,) its heat
    order: np.ndarray  # (n_nodes,) int32
    missing: np.ndarray  # (n_nodes,) int32
    along: np.ndarray  # (n_pipes,) int8, way of the water that `order` follows: -1, 0, 1
    mean_before_c: np.ndarray  # (n_pipes,) of the iteration before
    mean_step_k: np.ndarray  # (n_pipes,) the last change of the means
    mean_after_c: np.ndarray  # (n_pipes,) what the last iteration made of them
    want_after_kgs: np.ndarray  # (n_consumers,) as the means
    friction: FrictionWork  # (n_pipes,)


@kernel
def reach_into(net, closed, out_reached):
    """Mark the nodes joined to a pressure source of their side by open pipes."""
    queue = np.empty(out_reached.size, dtype=np.int32)
    for i in range(out_reached.size):
        out_reached[i] = 0
    filled = 0
    for k in range(net.source_supply.size):
        if net.source_holds[k]:
            for node in (net.source_supply[k], net.source_return[k]):
                if not out_reached[node]:
                    out_reached[node] = 1
                    queue[filled] = node
                    filled += 1
    done = 0
    while done < filled:
        node = queue[done]
        done += 1
        for at in range(net.pipe_start[node], net.pipe_start[node + 1]):
            pipe = net.node_pipes[at]
            other = net.head[pipe] if net.tail[pipe] == node else net.tail[pipe]
            if not closed[pipe] and not out_reached[other]:
                out_reached[other] = 1
                queue[filled] = other
                filled += 1


@kernel
def hold_into(net, inp, out):
    """Set held pressures, and empty what no source reaches."""
    for k in range(net.source_supply.size):
        if net.source_holds[k]:
            out.pressure_pa[net.source_supply[k]] = inp.supply_pressure_pa[k]
            out.pressure_pa[net.source_return[k]] = inp.return_pressure_pa[k]
    for i in range(out.reached.size):
        out.leak_kgs[i] = 0.0
        if not out.reached[i]:
            out.pressure_pa[i] = 0.0
            out.temp_c[i] = net.node_ambient_c[i]
            out.sensitivity_k[i] = 0.0


@kernel
def _assemble_pipes(net, inp, fluid, pattern, fresh, out, work):
    """Linearise every open pipe about its flow: p_tail - p_head = friction + rho g rise - lift.

    Friction has the pipe's own density, the water column that of its side. With each pipe's own
    density there too, natural circulation in slow loops and temperature chase each other: tried,
    no convergence in 100 iterations on hilly grids at low load, for a gain of some hPa.
    """
    tails, heads, unknown, slots = net.tail, net.head, net.unknown, pattern.slot_of_link
    pressure, flows, reached, elevation = (
        out.pressure_pa,
        out.flow_kgs,
        out.reached,
        net.elevation_m,
    )
    diagonal, off_diagonal, rhs = work.diagonal, work.off_diagonal, work.rhs
    conductances, trials, friction = work.conductance, work.trial, work.friction
    lift, fall, closed = net.lift_pa, net.lift_fall, inp.closed
    columns, side = inp.column_kgm3, net.side
    for p in range(tails.size):
        friction.density_kgm3[p], friction.viscosity_pas[p] = density_and_viscosity(
            fluid, out.mean_temp_c[p]
        )
    friction_into(flows, net.bores, friction)
    for p in range(tails.size):
        tail = tails[p]
        head = heads[p]
        if closed[p] or not reached[tail]:
            conductances[p] = 0.0
            trials[p] = 0.0
            continue
        loss = friction.loss_pa[p] - lift[p] + fall[p] * flows[p] * abs(flows[p])
        loss += columns[side[tail]] * _GRAVITY * (elevation[head] - elevation[tail])
        if fresh:
            conductances[p] = 1.0 / (friction.slope[p] + 2.0 * fall[p] * abs(flows[p]))
        conductance = conductances[p]
        trial = flows[p] + conductance * (pressure[tail] - pressure[head] - loss)
        trials[p] = trial
        t = unknown[tail]
        h = unknown[head]
        if t >= 0:
            rhs[t] -= trial
            if fresh:
                diagonal[t] += conductance
        if h >= 0:
            rhs[h] += trial
            if fresh:
                diagonal[h] += conductance
        if fresh and slots[p] >= 0:
            off_diagonal[slots[p]] -= conductance


@kernel
def _open_valve(net, inp, pattern, fresh, out, work, c):
    """Link both sides through a valve that stands open.

    It passes want sqrt(dp / min_dp): Wagner, Shamir & Marks, 1988, J. Water Resour. Plan.
    Manage. 114(3), 276-294, for a consumer with no pressure threshold.
    """
    at = net.tail.size + c
    s = net.consumer_supply[c]
    r = net.consumer_return[c]
    want = out.want_kgs[c]
    flow = out.consumer_kgs[c]
    steep = inp.min_dp_pa[c] / (want * want)
    if fresh:
        work.conductance[at] = 1.0 / (2.0 * steep * max(abs(flow), 1e-4 * want))
    conductance = work.conductance[at]
    gap = out.pressure_pa[s] - out.pressure_pa[r] - steep * flow * abs(flow)
    work.trial[at] = flow + conductance * gap
    if net.unknown[s] >= 0:
        work.rhs[net.unknown[s]] -= work.trial[at]
    if net.unknown[r] >= 0:
        work.rhs[net.unknown[r]] += work.trial[at]
    if not fresh:
        return
    if net.unknown[s] >= 0:
        work.diagonal[net.unknown[s]] += conductance
    if net.unknown[r] >= 0:
        work.diagonal[net.unknown[r]] += conductance
    if pattern.slot_of_link[at] >= 0:
        work.off_diagonal[pattern.slot_of_link[at]] -= conductance


@kernel
def _assemble_consumers(net, inp, pattern, fresh, out, work):
    """Draw controlled flows, and link both sides where a valve stands open."""
    for c in range(inp.heat_w.size):
        at = net.tail.size + c
        work.trial[at] = 0.0
        if out.valve[c] == OPEN and out.want_kgs[c] > 0.0:
            _open_valve(net, inp, pattern, fresh, out, work, c)
            continue
        work.conductance[at] = 0.0
        if out.valve[c] == CONTROLLED:
            work.trial[at] = out.want_kgs[c]
            work.draw_kgs[net.consumer_supply[c]] += out.want_kgs[c]
            work.draw_kgs[net.consumer_return[c]] -= out.want_kgs[c]


@kernel
def _assemble_sources_and_leaks(net, inp, fluid, fresh, out, work):
    """Let sources that hold no pressure give their share, and leaks what pressure drives."""
    for k in range(net.source_supply.size):
        s = net.source_supply[k]
        r = net.source_return[k]
        if net.source_holds[k] or not (out.reached[s] and out.reached[r]):
            continue
        total = 0.0
        for c in range(inp.heat_w.size):
            if net.consumer_part[c] == net.source_part[k]:
                total += work.trial[net.tail.size + c]
        work.draw_kgs[s] -= total * net.source_share[k]
        work.draw_kgs[r] += total * net.source_share[k]
    for i in range(out.reached.size):
        slope = 0.0
        if inp.leak_area_m2[i] > 0.0 and out.reached[i]:
            rho, _ = density_and_viscosity(fluid, out.temp_c[i])
            pressure = max(out.pressure_pa[i], _LEAK_LINEAR_PA)
            leak = inp.leak_area_m2[i] * math.sqrt(2.0 * rho * pressure)
            slope = 0.5 * leak / pressure
            if out.pressure_pa[i] < _LEAK_LINEAR_PA:
                slope = leak / pressure
                leak *= max(out.pressure_pa[i], 0.0) / _LEAK_LINEAR_PA
            out.leak_kgs[i] = leak
            work.draw_kgs[i] += leak
        if fresh:
            work.leak_slope[i] = slope


@kernel
def hydraulic_into(net, inp, fluid, pattern, fresh, out, work):
    """Do one Newton step on pressures and flows; return its largest change of flow, and flow.

    The unknowns are changes of pressure, not pressures: node balances then hold to the rounding
    of small numbers, however large the pressure. The change is -1 if the matrix is singular.
    Where `fresh` is false the matrix and slopes of the last step serve again, with new losses: a
    chord step, which keeps balances as exactly and gains as much once slopes hardly change.
    """
    for row in range(work.diagonal.size):
        work.rhs[row] = 0.0
    if fresh:
        for row in range(work.diagonal.size):
            work.diagonal[row] = 0.0
        for slot in range(work.off_diagonal.size):
            work.off_diagonal[slot] = 0.0
    for i in range(work.draw_kgs.size):
        work.draw_kgs[i] = 0.0
    _assemble_pipes(net, inp, fluid, pattern, fresh, out, work)
    _assemble_consumers(net, inp, pattern, fresh, out, work)
    _assemble_sources_and_leaks(net, inp, fluid, fresh, out, work)
    for i in range(out.reached.size):
        row = net.unknown[i]
        if row >= 0:
            work.rhs[row] -= work.draw_kgs[i]
            work.diagonal[row] += work.leak_slope[i]
            if not out.reached[i]:
                work.diagonal[row] = 1.0
                work.rhs[row] = 0.0
    if fresh:
        done = factorise_into(
            pattern, work.diagonal, work.off_diagonal, work.factor_l, work.factor_d
        )
        if done < work.diagonal.size:
            return -1.0, 0.0
    solve_into(pattern, work.factor_l, work.factor_d, work.rhs, work.change)
    return _move_into(net, out, work)


@kernel
def _move_into(net, out, work):
    """Apply changes of pressure; return the largest change of flow and the largest flow."""
    moved, unknown, trials, conductances = work.moved_pa, net.unknown, work.trial, work.conductance
    for i in range(moved.size):
        moved[i] = work.change[unknown[i]] if unknown[i] >= 0 else 0.0
        out.pressure_pa[i] += moved[i]
        out.leak_kgs[i] += work.leak_slope[i] * moved[i]
        work.draw_kgs[i] += work.leak_slope[i] * moved[i]
    largest = 0.0
    top = 0.0
    tails, heads, flows = net.tail, net.head, out.flow_kgs
    for p in range(tails.size):
        new = trials[p] + conductances[p] * (moved[tails[p]] - moved[heads[p]])
        largest = max(largest, abs(new - flows[p]))
        top = max(top, abs(new))
        flows[p] = new
    for c in range(out.consumer_kgs.size):
        at = tails.size + c
        new = trials[at]
        if out.valve[c] == OPEN:
            s = net.consumer_supply[c]
            r = net.consumer_return[c]
            new += conductances[at] * (moved[s] - moved[r])
            work.draw_kgs[s] += new
            work.draw_kgs[r] -= new
        largest = max(largest, abs(new - out.consumer_kgs[c]))
        top = max(top, abs(new))
        out.consumer_kgs[c] = new
    return largest, top


@kernel
def switch_into(net, inp, out):
    """Open valves that lack pressure and let go of those that have enough; return switches."""
    switched = 0
    for c in range(inp.heat_w.size):
        if not out.want_kgs[c] > 0.0:
            continue
        dp = out.pressure_pa[net.consumer_supply[c]] - out.pressure_pa[net.consumer_return[c]]
        valve = out.valve[c]
        if valve == CONTROLLED and dp < inp.min_dp_pa[c] * (1.0 - 1e-9):
            out.valve[c] = OPEN
        elif valve == OPEN and out.consumer_kgs[c] > out.want_kgs[c] * (1.0 + 1e-9):
            out.valve[c] = CONTROLLED
        elif valve == OPEN and out.consumer_kgs[c] < 0.0:
            out.valve[c] = SHUT
        elif valve == SHUT and dp > 0.0:
            out.valve[c] = OPEN
        if out.valve[c] != valve:
            switched += 1
    return switched


@kernel
def outflow_kgs(net, out, node):
    """Return what leaves a node through pipes."""
    total = 0.0
    for at in range(net.pipe_start[node], net.pipe_start[node + 1]):
        pipe = net.node_pipes[at]
        if net.tail[pipe] == node:
            total += out.flow_kgs[pipe]
        if net.head[pipe] == node:
            total -= out.flow_kgs[pipe]
    return total
