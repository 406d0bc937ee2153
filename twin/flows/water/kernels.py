"""Compiled hydraulics: head loss, outlets, supplied parts, one gradient solve.

References
----------
Todini & Pilati, 1988, "A gradient algorithm for the analysis of pipe networks", in Coulbeck & Orr
(eds), Computer Applications in Water Supply 1 (the global gradient algorithm).
Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, chapter 12 (head loss laws).
"""

import math
from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel
from twin.kernels.ldl import LdlPattern, factorise_into, solve_into

POWER_LAW = 0
QUADRATIC = 1
DARCY_WEISBACH = 2

CONVERGED = 0
NOT_CONVERGED = 1
NO_SOURCE = 2

BOTH_WAYS = 0
CLOSED = 2
_BARRIER_SM2 = (
    1.0e9  # slope of a one-way link against its direction, m per m3/s: 50 m pass 5e-8 m3/s
)
_FLAT_SM2 = 1.0e-6  # least slope of a head loss law, m per m3/s: keeps zero flow regular
_LAMINAR_RE = 2000.0
_TURBULENT_RE = 4000.0
_SJ_FACTOR = 5.74
_SJ_AT_4000 = _SJ_FACTOR / _TURBULENT_RE**0.9
_SJ_LOG = -0.86858896380650365  # -2 / ln(10)
_CUBIC_SLOPE = 0.9 * 2.0 * 0.86858896380650365 * _SJ_AT_4000  # of Dunlop's joining polynomial
_SHUT_M3S = 1.0e-7  # a one-way link with less is taken as shut until its drop opens it
_NO_OUTLET = 1.0e-18  # m3/s at 1 m; less would overflow when squared and inverted
_PIVOT_GUARD = 1.0e-14
_CALM_ITERATIONS = 15  # after these, steps are shortened


class LinkArrays(NamedTuple):
    """Links by row: loss = -lift + law(flow) + minor * flow * |flow|, in m and m3/s."""

    tail: np.ndarray  # (n_links,) int32 node row
    head: np.ndarray  # (n_links,) int32 node row
    law: np.ndarray  # (n_links,) uint8 POWER_LAW, QUADRATIC or DARCY_WEISBACH
    resistance: np.ndarray  # (n_links,) of the law; for Darcy-Weisbach 8 L / (g pi2 d5)
    exponent: np.ndarray  # (n_links,) of the power law
    minor: np.ndarray  # (n_links,)
    lift_m: np.ndarray  # (n_links,) head a pump gives at no flow
    rough_share: np.ndarray  # (n_links,) roughness / (3.7 diameter), Darcy-Weisbach
    re_per_flow: np.ndarray  # (n_links,) Reynolds number per m3/s, Darcy-Weisbach


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
def friction_factor(reynolds, rough_share):
    """Return (f, df/dRe): Swamee & Jain 1976 above 4000, Dunlop's cubic down to 2000."""
    if reynolds >= _TURBULENT_RE:
        tail = _SJ_FACTOR / reynolds**0.9
        inner = rough_share + tail
        log_inner = math.log(inner)
        f = 1.0 / (_SJ_LOG * log_inner) ** 2
        return f, 1.8 * f * tail / (log_inner * inner * reynolds)
    y2 = rough_share + _SJ_AT_4000
    y3 = _SJ_LOG * math.log(y2)
    fa = 1.0 / (y3 * y3)
    fb = fa * (2.0 - _CUBIC_SLOPE / (y2 * y3))
    r = reynolds / _LAMINAR_RE
    x1 = 7.0 * fa - fb
    x2 = 0.128 - 17.0 * fa + 2.5 * fb
    x3 = -0.128 + 13.0 * fa - 2.0 * fb
    x4 = 0.032 - 3.0 * fa + 0.5 * fb
    f = x1 + r * (x2 + r * (x3 + r * x4))
    return f, (x2 + r * (2.0 * x3 + r * 3.0 * x4)) / _LAMINAR_RE


@kernel
def power_loss(resistance, exponent, flow_m3s):
    """Return (loss, slope) of r |q|^n sign(q), linear where its slope falls under the least."""
    size = abs(flow_m3s)
    if size < 1.0e-30:  # noqa: PLR2004 - below it log() is not worth taking
        slope = _FLAT_SM2 / exponent
        return slope * flow_m3s, slope
    if exponent == 2.0:  # noqa: PLR2004 - the square is exact without log and exp
        secant = resistance * size
    else:
        secant = resistance * math.exp((exponent - 1.0) * math.log(size))
    slope = exponent * secant
    if slope < _FLAT_SM2:
        slope = _FLAT_SM2 / exponent
        return slope * flow_m3s, slope
    return secant * flow_m3s, slope


@kernel
def link_loss(links, k, flow_m3s):
    """Return (loss_m, slope) of link k without its lift; odd in the flow, slope > 0."""
    size = abs(flow_m3s)
    if links.law[k] == DARCY_WEISBACH:
        reynolds = links.re_per_flow[k] * size
        if reynolds <= _LAMINAR_RE:
            slope = 64.0 * links.resistance[k] / links.re_per_flow[k]
            loss = slope * flow_m3s
        else:
            f, df = friction_factor(reynolds, links.rough_share[k])
            loss = links.resistance[k] * f * size * flow_m3s
            slope = links.resistance[k] * size * (2.0 * f + reynolds * df)
        slope = max(slope, _FLAT_SM2)
    else:
        loss, slope = power_loss(links.resistance[k], links.exponent[k], flow_m3s)
    return loss + links.minor[k] * size * flow_m3s, slope + 2.0 * links.minor[k] * size


@kernel
def flow_of_loss(links, k, loss_m):
    """Return about the flow at which link k loses `loss_m` > 0, minor loss left out."""
    if links.law[k] == DARCY_WEISBACH:
        return math.sqrt(loss_m / (0.02 * links.resistance[k]))
    return (loss_m / links.resistance[k]) ** (1.0 / links.exponent[k])


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
        drop = state.head_m[t] - state.head_m[h] + links.lift_m[k]
        if way[k] != BOTH_WAYS and way[k] * q < _SHUT_M3S and way[k] * drop > 0.0:
            # opening: from the flow this drop would give, as Newton from zero overshoots by far
            q = way[k] * share * flow_of_loss(links, k, abs(drop))
            state.flow_m3s[k] = q
        if way[k] != BOTH_WAYS and way[k] * q <= 0.0:
            conductance = 1.0 / _BARRIER_SM2
            step = conductance * drop - q
            worst = max(worst, abs(step) * _BARRIER_SM2)
        else:
            loss, slope = link_loss(links, k, q)
            conductance = 1.0 / slope
            step = conductance * (drop - loss)
            worst = max(worst, abs(drop - loss))
        work.conductance[k] = conductance
        work.link_step[k] = step
        i, j = nodes.unknown[t], nodes.unknown[h]
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
def solve_heads_into(links, nodes, outlets, demand_m3s, way, limits, work, out_state):
    """Find heads, flows and outflows; return (status, iterations, energy_m, mass_m3s).

    Newton on energy and mass together, heads eliminated last (Todini & Pilati 1988). The unknown
    is the *change* of head, so that round-off of large heads never reaches the mass balance.
    """
    mark_supplied_into(links, nodes, way, out_state.supplied)
    n = nodes.pattern.position.size
    change = 0.0
    share = 1.0
    energy = math.inf
    mass = math.inf
    last_energy = math.inf
    for iteration in range(limits.max_iterations + 1):
        energy, mass = _assemble(links, nodes, outlets, demand_m3s, way, out_state, work, share)
        if (
            energy <= limits.energy_m
            and mass <= limits.mass_m3s
            and change <= limits.flow_change_share
        ):
            return CONVERGED, iteration, energy, mass
        if iteration == limits.max_iterations:
            break
        pattern = nodes.pattern
        done = factorise_into(
            pattern, work.diagonal, work.off_diagonal, work.l_values, work.d_values
        )
        if done < n:
            return NOT_CONVERGED, iteration, energy, mass
        solve_into(pattern, work.l_values, work.d_values, work.rhs, work.change_m)
        if iteration > _CALM_ITERATIONS:
            share = min(1.1 * share, 1.0) if energy < last_energy else max(0.7 * share, 0.05)
        last_energy = energy
        change = _update(links, nodes, outlets, way, out_state, work, share)
        if not math.isfinite(change):
            _still_into(nodes, out_state)
            return NOT_CONVERGED, iteration, math.inf, math.inf
    return NOT_CONVERGED, limits.max_iterations, energy, mass
