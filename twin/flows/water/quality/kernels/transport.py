"""Compiled transport of one quantity with the water: plugs in pipes, mixing at nodes.

Every pipe holds plugs of water from its outlet to its inlet. In a step of time, all water reacts;
then every node, after those that feed it, takes what its pipes bring, mixes it, and sends it on.
A junction mixes fully, a tank by its own model.

References
----------
Liou & Kroon, 1987, "Modeling the propagation of waterborne substances in distribution networks",
Journal AWWA 79(11), 54-58 (plugs).
Rossman & Boulos, 1996, "Numerical methods for modeling water quality in distribution systems: a
comparison", J. Water Resour. Plann. Manage. 122(2), 137-146 (the Lagrangian time-driven scheme).
"""

from typing import NamedTuple

import numpy as np

from twin.flows.water.quality.kernels.mixing import held_m3, mix_tank_into
from twin.flows.water.quality.kernels.plugs import FRONT, RingArrays, pull, push_into, react_ring
from twin.kernels.jit import kernel

JUNCTION, RESERVOIR, TANK = 0, 1, 2
CONCENTRATION, MASS, SETPOINT, FLOW_PACED = 0, 1, 2, 3
STILL_M3S = 3.2e-7  # less is a shut link or round-off of the hydraulics; 0.005 gpm, as in EPANET


class QualityArrays(NamedTuple):
    """A network to carry something through."""

    tail: np.ndarray  # (n_links,) int32
    head: np.ndarray  # (n_links,) int32
    volume_m3: np.ndarray  # (n_links,) 0 for pumps and valves
    first: np.ndarray  # (n_nodes + 1,) int32, into `link`: the links of every node
    link: np.ndarray  # (2 n_links,) int32
    kind: np.ndarray  # (n_nodes,) int32
    ring: np.ndarray  # (n_nodes,) int32 of a tank among tanks, -1 else
    mixing: np.ndarray  # (n_nodes,) int32 how a tank mixes
    zone_m3: np.ndarray  # (n_nodes,) at inlet and outlet of a tank of two compartments
    most_volume_m3: np.ndarray  # (n_nodes,) of tanks
    tank_rate_s: np.ndarray  # (n_nodes,) first-order rate in tanks
    growth: float  # per s, the same everywhere: 1/3600 for an age in hours, 0 else
    source_kind: np.ndarray  # (n_nodes,) int32, -1 without a source
    tolerance: float  # plugs closer than this are one


class PlugArrays(NamedTuple):
    """The water in pipes and tanks, and what nodes hold."""

    pipes: RingArrays  # of links
    turned: np.ndarray  # (n_links,) uint8, 1 where the outlet is the tail
    tanks: RingArrays  # of tanks
    node: np.ndarray  # (n_nodes,) value at nodes
    sums: np.ndarray  # (4,) mass that came in, went out, grew by reaction, or by flows unbalanced


@kernel
def turn_into(flow_m3s, plugs):
    """Let plugs leave by the other end where a flow has turned."""
    pipes = plugs.pipes
    size = pipes.value.shape[1]
    for k in range(flow_m3s.size):
        back = 1 if flow_m3s[k] < 0.0 else 0
        if abs(flow_m3s[k]) <= STILL_M3S or back == plugs.turned[k]:
            continue
        plugs.turned[k] = back
        n = pipes.n_plugs[k]
        for i in range(n // 2):
            a, b = (pipes.start[k] + i) % size, (pipes.start[k] + n - 1 - i) % size
            v, c = pipes.volume_m3[k, a], pipes.value[k, a]
            pipes.volume_m3[k, a], pipes.value[k, a] = pipes.volume_m3[k, b], pipes.value[k, b]
            pipes.volume_m3[k, b], pipes.value[k, b] = v, c


@kernel
def flow_order_into(net, flow_m3s, out_order):
    """Order nodes so that each comes after those that feed it; rings of flow come last."""
    n = net.kind.size
    waiting = np.zeros(n, dtype=np.int32)
    done = np.zeros(n, dtype=np.uint8)
    for k in range(flow_m3s.size):
        if abs(flow_m3s[k]) > STILL_M3S:
            waiting[net.head[k] if flow_m3s[k] > 0.0 else net.tail[k]] += 1
    placed = 0
    for node in range(n):
        if waiting[node] == 0:
            out_order[placed] = node
            done[node] = 1
            placed += 1
    at = next_open = 0
    while at < n:
        if at == placed:
            while done[next_open]:
                next_open += 1
            out_order[placed] = next_open
            done[next_open] = 1
            placed += 1
        node = out_order[at]
        at += 1
        for j in range(net.first[node], net.first[node + 1]):
            k = net.link[j]
            gives = flow_m3s[k] > 0.0 if net.tail[k] == node else flow_m3s[k] < 0.0
            if gives and abs(flow_m3s[k]) > STILL_M3S:
                other = net.head[k] if net.tail[k] == node else net.tail[k]
                waiting[other] -= 1
                if waiting[other] == 0 and not done[other]:
                    out_order[placed] = other
                    done[other] = 1
                    placed += 1


@kernel
def react_into(net, rate_s, step_s, plugs):
    """Let water in pipes and tanks decay by its first-order rate, and age."""
    grown, change = net.growth * step_s, 0.0
    for k in range(rate_s.size):
        change += react_ring(plugs.pipes, k, np.exp(rate_s[k] * step_s), grown)
    for node in range(net.kind.size):
        if net.kind[node] == TANK:
            kept = np.exp(net.tank_rate_s[node] * step_s)
            change += react_ring(plugs.tanks, net.ring[node], kept, grown)
            plugs.node[node] = plugs.node[node] * kept + grown
    plugs.sums[2] += change


@kernel
def _still_value(net, plugs, node):
    """Return the mean of the water that stands at a node without inflow."""
    pipes = plugs.pipes
    size = pipes.value.shape[1]
    total, n = 0.0, 0
    for j in range(net.first[node], net.first[node + 1]):
        k = net.link[j]
        if pipes.n_plugs[k] == 0:
            continue
        outlet = (net.tail[k] == node) == (plugs.turned[k] == 1)
        place = pipes.start[k] if outlet else (pipes.start[k] + pipes.n_plugs[k] - 1) % size
        total += pipes.value[k, place]
        n += 1
    return total / n if n > 0 else plugs.node[node]


@kernel
def _inflow(net, flow_m3s, step_s, plugs, node):
    """Take what links bring to a node; return volume and mass, and the volume links take."""
    volume = mass = leaving = 0.0
    for j in range(net.first[node], net.first[node + 1]):
        k = net.link[j]
        if abs(flow_m3s[k]) <= STILL_M3S:
            continue
        if (net.head[k] == node) == (flow_m3s[k] > 0.0):
            taken, brought = pull(plugs.pipes, k, abs(flow_m3s[k]) * step_s, FRONT)
            volume += taken
            mass += brought
        else:
            leaving += abs(flow_m3s[k]) * step_s
    return volume, mass, leaving


@kernel
def _tank(net, plugs, node, volume, mass, leaving):
    """Return the value of water that leaves a tank; what it cannot hold leaves too."""
    k = net.ring[node]
    held = held_m3(plugs.tanks, k) + volume - leaving
    over = max(held - net.most_volume_m3[node], 0.0)
    model, inflow = (net.mixing[node], net.zone_m3[node]), (volume, mass)
    value, missing = mix_tank_into(
        plugs.tanks, k, model, plugs.node[node], inflow, leaving + over, net.tolerance
    )
    plugs.node[node] = value
    plugs.sums[1] += over * value
    plugs.sums[3] += missing * value  # hydraulics empties a tank to the next whole second
    return value


@kernel
def _mix(net, plugs, node, volume, mass, used, leaving, strength, step_s):
    """Return the value of water that leaves a node, with what a source adds; tanks change."""
    kind = net.source_kind[node]
    if net.kind[node] == TANK:
        value = _tank(net, plugs, node, volume, mass, leaving)
    elif net.kind[node] == RESERVOIR:
        plugs.sums[1] += mass
        value = strength if kind == CONCENTRATION else plugs.node[node]
        plugs.node[node] = value
        plugs.sums[0] += value * leaving
    else:
        value = mass / volume if volume > 0.0 else _still_value(net, plugs, node)
    if kind > CONCENTRATION:
        base = value
        through = leaving + max(used, 0.0)
        if kind == MASS:
            value += strength * step_s / through if through > 0.0 else 0.0
        elif kind == SETPOINT:
            value = max(value, strength)
        else:
            value += strength
        plugs.sums[0] += (value - base) * through
        if net.kind[node] == JUNCTION:
            plugs.node[node] = value
    elif net.kind[node] == JUNCTION:
        plugs.node[node] = value
    return value


@kernel
def carry_into(net, flow_m3s, outflow_m3s, strength, order, step_s, plugs):
    """Move the water of one step of time through all nodes, those upstream first."""
    for at in range(order.size):
        node = order[at]
        volume, mass, leaving = _inflow(net, flow_m3s, step_s, plugs, node)
        used = 0.0
        if net.kind[node] == JUNCTION:
            used = outflow_m3s[node] * step_s
            if used < 0.0:
                volume -= used
                if net.source_kind[node] == CONCENTRATION:
                    mass -= used * strength[node]
                    plugs.sums[0] -= used * strength[node]
        value = _mix(net, plugs, node, volume, mass, used, leaving, strength[node], step_s)
        if net.kind[node] == JUNCTION:
            plugs.sums[1] += max(used, 0.0) * value
            plugs.sums[3] += (leaving + max(used, 0.0) - volume) * value
        for j in range(net.first[node], net.first[node + 1]):
            k = net.link[j]
            if abs(flow_m3s[k]) > STILL_M3S and (net.tail[k] == node) == (flow_m3s[k] > 0.0):
                push_into(plugs.pipes, k, abs(flow_m3s[k]) * step_s, value, net.tolerance)


@kernel
def run_quality_into(net, period_s, periods, rate_s, strength, longest_s, plugs, out_node):
    """Run all periods of constant flow; row p of `out_node` holds the values at the end of p.

    `periods` holds flows (n_periods, n_links) and outflows (n_periods, n_nodes); `rate_s` and
    `strength` have a row for every period too.
    """
    flow_m3s, outflow_m3s = periods
    order = np.zeros(net.kind.size, dtype=np.int32)
    for p in range(period_s.size):
        turn_into(flow_m3s[p], plugs)
        flow_order_into(net, flow_m3s[p], order)
        left_s = period_s[p]
        while left_s > 0.0:  # whole steps and the rest last, as in EPANET
            step_s = min(longest_s, left_s)
            left_s -= step_s
            react_into(net, rate_s[p], step_s, plugs)
            carry_into(net, flow_m3s[p], outflow_m3s[p], strength[p], order, step_s, plugs)
        out_node[p] = plugs.node
