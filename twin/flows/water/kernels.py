"""Compiled hydraulics: outlets, supplied parts, one gradient solve.

References
----------
Todini & Pilati, 1988, "A gradient algorithm for the analysis of pipe networks", in Coulbeck & Orr
(eds), Computer Applications in Water Supply 1 (the global gradient algorithm).
"""

import math
from typing import NamedTuple

import numpy as np

from twin.flows.water.headloss.kernels import (
    BARRIER_SM2,
    CONSTANT_POWER,
    QUADRATIC,
    flow_of_loss,
    link_loss,
    power_loss,
)
from twin.flows.water.valves.kernels import (
    ACTIVE,
    HELD,
    move_flows_into,
    pin_heads_into,
    pin_rows_into,
    review_modes_into,
    settle_steps_into,
)
from twin.kernels.jit import kernel
from twin.kernels.ldl import LdlPattern, factorise_into, solve_into

CONVERGED = 0
NOT_CONVERGED = 1
NO_SOURCE = 2

BOTH_WAYS = 0
CLOSED = 2
_SHUT_M3S = 1.0e-7  # a one-way link with less is taken as shut until its drop opens it
_NO_OUTLET = 1.0e-18  # m3/s at 1 m; less would overflow when squared and inverted
_PIVOT_GUARD = 1.0e-14
_POLE_SHARE = 0.7
_PATIENT_ITERATIONS = 40  # after these, valves are looked at in every fifth only
_CALM_ITERATIONS = 15  # after these, steps are shortened


class NodeArrays(NamedTuple):
    """Nodes by row, and the pattern of the matrix over those of unknown head."""

    unknown: np.ndarray  # (n_nodes,) int32 matrix row, -1 where the head is given
    elevation_m: np.ndarray  # (n_nodes,)
    pattern: LdlPattern


class OutletArrays(NamedTuple):
    """Outflows that depend on pressure: min(cap, coefficient * (pressure - least)^exponent)."""

    node: np.ndarray  # (n_outlets,) int32 node row
    least_head_m: np.ndarray  # (n_outlets,) elevation + least pressure
    coefficient: np.ndarray  # (n_outlets,)
    exponent: np.ndarray  # (n_outlets,)
    cap_m3s: np.ndarray  # (n_outlets,) inf for a leak


class StateArrays(NamedTuple):
    """What a solve reads and improves, in place."""

    head_m: np.ndarray  # (n_nodes,) given heads in, all heads out
    flow_m3s: np.ndarray  # (n_links,)
    outflow_m3s: np.ndarray  # (n_outlets,)
    supplied: np.ndarray  # (n_nodes,) uint8 out


class Limits(NamedTuple):
    """When a solve may stop."""

    energy_m: float
    mass_m3s: float
    flow_change_share: float
    max_iterations: int


@kernel
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel
def mark_supplied_into(links, nodes, way, out_supplied):
    """Mark nodes that water can reach from a given head; return how many it cannot.

    Union-find joins nodes over links open both ways; one-way links then pass supply on in their
    direction until nothing changes. `way` is 0 both ways, 1 tail to head, -1 head to tail,
    CLOSED, shape (n_links,) int8.
    """
    n = nodes.unknown.size
    parent = np.arange(n)
    wet = np.zeros(n, dtype=np.uint8)
    for k in range(way.size):
        a, b = links.tail[k], links.head[k]
        # a node of given head passes no supply through itself that it does not give anyway
        if way[k] == BOTH_WAYS and nodes.unknown[a] >= 0 and nodes.unknown[b] >= 0:
            parent[_root(parent, a)] = _root(parent, b)
    for i in range(n):
        if nodes.unknown[i] < 0:
            wet[i] = 1
    changed = True
    while changed:
        changed = False
        for k in range(way.size):
            if way[k] == CLOSED:
                continue
            a, b = _root(parent, links.tail[k]), _root(parent, links.head[k])
            if way[k] >= 0 and wet[a] and not wet[b]:
                wet[b] = 1
                changed = True
            elif way[k] <= 0 and wet[b] and not wet[a]:
                wet[a] = 1
                changed = True
    dry = 0
    for i in range(n):
        out_supplied[i] = wet[_root(parent, i)]
        dry += 1 - out_supplied[i]
    return dry


@kernel
def _outlet(outlets, o, outflow, head_m, share):  # noqa: PLR0911 - one return per state
    """Return (outflow, conductance, head error) of one outlet, linearised.

    With an exponent up to 1 the law is convex in the flow and Newton's step is taken there, with
    the outlet held shut or at its cap while the head says so; above 1 it is convex in the head.
    """
    over = head_m - outlets.least_head_m[o]
    coefficient, exponent, cap = outlets.coefficient[o], outlets.exponent[o], outlets.cap_m3s[o]
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
    if exponent == 0.5:  # noqa: PLR2004 - the orifice, spared two powers
        loss, slope = power_loss(1.0 / (coefficient * coefficient), 2.0, outflow)
    else:
        loss, slope = power_loss(coefficient ** (-1.0 / exponent), 1.0 / exponent, outflow)
    if outflow >= cap and over >= loss:
        return cap, 0.0, 0.0
    return outflow, 1.0 / slope, over - loss


@kernel
def _assemble_links(links, nodes, way, state, work, share):
    """Add all links to the matrix and both right sides; return the worst energy error."""
    worst = 0.0
    for k in range(way.size):
        t, h = links.tail[k], links.head[k]
        work.conductance[k] = 0.0
        if way[k] == CLOSED or not (state.supplied[t] and state.supplied[h]):
            state.flow_m3s[k] = 0.0
            continue
        q = state.flow_m3s[k]
        i, j = nodes.unknown[t], nodes.unknown[h]
        if way[k] == ACTIVE:
            if i >= 0:
                work.mass[i] -= q
                work.rhs[i] -= q
            if j >= 0:
                work.mass[j] += q
                work.rhs[j] += q
            continue
        drop = state.head_m[t] - state.head_m[h] + links.lift_m[k]
        one_way = way[k] != BOTH_WAYS and links.law[k] != CONSTANT_POWER
        if one_way and way[k] * q < _SHUT_M3S and way[k] * drop > 0.0 and way[k] != HELD:
            # opening: from the flow this drop would give, as Newton from zero overshoots by far
            q = way[k] * share * flow_of_loss(links, k, abs(drop))
            state.flow_m3s[k] = q
        if one_way and (way[k] * q <= 0.0 or way[k] == HELD):
            conductance = 1.0 / BARRIER_SM2
            step = conductance * drop - q
            worst = max(worst, abs(step) * BARRIER_SM2)
        else:
            if links.law[k] <= QUADRATIC:  # here, as a call with all arrays costs more than it
                loss, slope = power_loss(links.resistance[k], links.exponent[k], q)
                loss += links.minor[k] * abs(q) * q
                slope += 2.0 * links.minor[k] * abs(q)
            else:
                loss, slope = link_loss(links, k, q)
            conductance = 1.0 / slope
            step = conductance * (drop - loss)
            worst = max(worst, abs(drop - loss))
        work.conductance[k] = conductance
        work.link_step[k] = step
        if i >= 0:
            work.diagonal[i] += conductance
            work.mass[i] -= q
            work.rhs[i] -= q + step
        if j >= 0:
            work.diagonal[j] += conductance
            work.mass[j] += q
            work.rhs[j] += q + step
        slot = nodes.pattern.slot_of_link[k]
        if slot >= 0:
            work.off_diagonal[slot] -= conductance
    return worst


class WorkArrays(NamedTuple):
    """Room for one solve; nothing in it is read before it is written."""

    diagonal: np.ndarray  # (n_unknown,)
    off_diagonal: np.ndarray  # (n_slots,)
    rhs: np.ndarray  # (n_unknown,) mass error after the links' own Newton steps
    mass: np.ndarray  # (n_unknown,) mass error as it is
    change_m: np.ndarray  # (n_unknown,)
    l_values: np.ndarray  # (nnz,)
    d_values: np.ndarray  # (n_unknown,)
    conductance: np.ndarray  # (n_links,)
    link_step: np.ndarray  # (n_links,)
    outlet_conductance: np.ndarray  # (n_outlets,)
    outlet_step: np.ndarray  # (n_outlets,)


@kernel
def _assemble(links, nodes, outlets, demand_m3s, way, state, work, share):
    """Fill the matrix and right sides; return (worst energy error, worst mass error)."""
    work.diagonal[:] = 0.0
    work.off_diagonal[:] = 0.0
    work.rhs[:] = 0.0
    work.mass[:] = 0.0
    energy = _assemble_links(links, nodes, way, state, work, share)
    for o in range(outlets.node.size):
        node = outlets.node[o]
        i = nodes.unknown[node]
        work.outlet_conductance[o] = 0.0
        work.outlet_step[o] = 0.0
        if not state.supplied[node]:
            state.outflow_m3s[o] = 0.0
            continue
        q, conductance, error = _outlet(outlets, o, state.outflow_m3s[o], state.head_m[node], share)
        state.outflow_m3s[o] = q
        work.outlet_conductance[o] = conductance
        work.outlet_step[o] = conductance * error
        energy = max(energy, abs(error))
        work.diagonal[i] += conductance
        work.mass[i] -= q
        work.rhs[i] -= q + conductance * error
    mass = 0.0
    for node in range(nodes.unknown.size):
        i = nodes.unknown[node]
        if i < 0:
            continue
        if state.supplied[node]:
            work.mass[i] -= demand_m3s[node]
            work.rhs[i] -= demand_m3s[node]
            mass = max(mass, abs(work.mass[i]))
            # a part behind shut one-way links hangs on 1e-9 beside 1e6; on changes alone, no bias
            work.diagonal[i] *= 1.0 + _PIVOT_GUARD
        else:
            state.head_m[node] = nodes.elevation_m[node]
            work.diagonal[i] = 1.0
    return energy, mass


@kernel
def _update(links, nodes, outlets, way, state, work, share):
    """Take `share` of the Newton step; return the sum of flow changes over the sum of flows."""
    changed = 0.0
    total = 1.0e-12
    for k in range(way.size):
        if work.conductance[k] == 0.0:
            continue
        i, j = nodes.unknown[links.tail[k]], nodes.unknown[links.head[k]]
        step = 0.0
        if i >= 0:
            step += work.change_m[i]
        if j >= 0:
            step -= work.change_m[j]
        step = share * (work.link_step[k] + work.conductance[k] * step)
        if links.law[k] == CONSTANT_POWER:  # its law has a pole at no flow
            step = max(step, -_POLE_SHARE * state.flow_m3s[k])
        state.flow_m3s[k] += step
        changed += abs(step)
        total += abs(state.flow_m3s[k])
    for o in range(outlets.node.size):
        conductance = work.outlet_conductance[o]
        if conductance == 0.0:
            continue
        change = work.change_m[nodes.unknown[outlets.node[o]]]
        before = state.outflow_m3s[o]
        after = before + share * (work.outlet_step[o] + conductance * change)
        state.outflow_m3s[o] = min(max(after, 0.0), outlets.cap_m3s[o])
        changed += abs(state.outflow_m3s[o] - before)
    for node in range(nodes.unknown.size):
        i = nodes.unknown[node]
        if i >= 0 and state.supplied[node]:
            state.head_m[node] += share * work.change_m[i]
    return changed / total


@kernel
def _still_into(nodes, out_state):
    """Leave finite numbers after a failure: no flow, and no pressure where the head is unknown."""
    out_state.flow_m3s[:] = 0.0
    out_state.outflow_m3s[:] = 0.0
    for node in range(nodes.unknown.size):
        if nodes.unknown[node] >= 0:
            out_state.head_m[node] = nodes.elevation_m[node]


@kernel
def allocate(links, nodes, outlets):
    """Return room for solves of one network."""
    n = nodes.pattern.position.size
    n_slots = nodes.pattern.a_row.size
    n_links = links.tail.size
    n_outlets = outlets.node.size
    return WorkArrays(
        np.empty(n),
        np.empty(n_slots),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(nodes.pattern.l_row.size),
        np.empty(n),
        np.empty(n_links),
        np.empty(n_links),
        np.empty(n_outlets),
        np.empty(n_outlets),
    )


@kernel
def _newton_step(links, nodes, outlets, valves, way, state, work, share, active):
    """Factorise, solve and move; return the change of flows, or NaN where no pivot was found."""
    pattern = nodes.pattern
    if active:
        pin_rows_into(valves, nodes, way, state.supplied, work)
    done = factorise_into(pattern, work.diagonal, work.off_diagonal, work.l_values, work.d_values)
    if done < pattern.position.size:
        return math.nan
    solve_into(pattern, work.l_values, work.d_values, work.rhs, work.change_m)
    moved = 0.0
    if active:
        settle_steps_into(valves, links, nodes, way, state.supplied, work)
        moved = move_flows_into(valves, way, state.supplied, share, state.flow_m3s)
    change = _update(links, nodes, outlets, way, state, work, share)
    return change if moved == 0.0 else change + moved / (1.0e-12 + np.abs(state.flow_m3s).sum())


@kernel
def solve_heads_into(links, nodes, outlets, valves, demand_m3s, way, limits, work, out_state):
    """Find heads, flows and outflows; return (status, iterations, energy_m, mass_m3s).

    Newton on energy and mass together, heads eliminated last (Todini & Pilati 1988). The unknown
    is the *change* of head, so that round-off of large heads never reaches the mass balance.
    Valves that hold a pressure are opened, activated and shut between steps, in `way`.
    """
    mark_supplied_into(links, nodes, way, out_state.supplied)
    change = 0.0
    share = 1.0
    energy = math.inf
    mass = math.inf
    last_energy = math.inf
    active = 0
    held = valves.link.size > 0
    for iteration in range(limits.max_iterations + 1):
        if held:
            active = pin_heads_into(valves, way, out_state.supplied, out_state.head_m)
        energy, mass = _assemble(links, nodes, outlets, demand_m3s, way, out_state, work, share)
        if (
            energy <= limits.energy_m
            and mass <= limits.mass_m3s
            and change <= limits.flow_change_share
        ):
            if not held or review_modes_into(valves, links, out_state, way) == 0:
                return CONVERGED, iteration, energy, mass
            continue
        if iteration == limits.max_iterations:
            break
        if iteration > _CALM_ITERATIONS:
            share = min(1.1 * share, 1.0) if energy < last_energy else max(0.7 * share, 0.05)
        last_energy = energy
        change = _newton_step(
            links, nodes, outlets, valves, way, out_state, work, share, active > 0
        )
        if not math.isfinite(change):
            _still_into(nodes, out_state)
            return NOT_CONVERGED, iteration, math.inf, math.inf
        if held and (iteration < _PATIENT_ITERATIONS or iteration % 5 == 0):
            review_modes_into(valves, links, out_state, way)
    return NOT_CONVERGED, limits.max_iterations, energy, mass
