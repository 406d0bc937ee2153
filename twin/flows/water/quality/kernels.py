"""Compiled transport of one quantity with the water: plugs in pipes, full mixing at nodes.

Every pipe holds plugs of water from its outlet to its inlet. In a step of time, all water reacts;
then every node, after those that feed it, takes what its pipes bring, mixes it, and sends it on.

References
----------
Liou & Kroon, 1987, "Modeling the propagation of waterborne substances in distribution networks",
Journal AWWA 79(11), 54-58 (plugs).
Rossman & Boulos, 1996, "Numerical methods for modeling water quality in distribution systems: a
comparison", J. Water Resour. Plann. Manage. 122(2), 137-146 (the Lagrangian time-driven scheme).
"""

from typing import NamedTuple

import numpy as np

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
    most_volume_m3: np.ndarray  # (n_nodes,) of tanks
    tank_rate_s: np.ndarray  # (n_nodes,) first-order rate in tanks
    growth: float  # per s, the same everywhere: 1/3600 for an age in hours, 0 else
    source_kind: np.ndarray  # (n_nodes,) int32, -1 without a source
    tolerance: float  # plugs closer than this are one


class PlugArrays(NamedTuple):
    """Plugs of water as one ring a link, the outlet's first; and what nodes hold."""

    volume_m3: np.ndarray  # (n_links, n_most)
    value: np.ndarray  # (n_links, n_most)
    start: np.ndarray  # (n_links,) int32 place of the plug at the outlet
    n_plugs: np.ndarray  # (n_links,) int32
    turned: np.ndarray  # (n_links,) uint8, 1 where the outlet is the tail
    node: np.ndarray  # (n_nodes,) value at nodes
    tank_m3: np.ndarray  # (n_nodes,) volume in tanks
    sums: np.ndarray  # (4,) mass that came in, went out, grew by reaction, or by flows unbalanced


@kernel
def _merge_closest(plugs, k):
    """Join the two neighbours of a full ring that differ least; no mass is lost."""
    size = plugs.value.shape[1]
    n = plugs.n_plugs[k]
    best, least = 0, np.inf
    for i in range(n - 1):
        a, b = (plugs.start[k] + i) % size, (plugs.start[k] + i + 1) % size
        cost = abs(plugs.value[k, a] - plugs.value[k, b]) * min(
            plugs.volume_m3[k, a], plugs.volume_m3[k, b]
        )
        if cost < least:
            best, least = i, cost
    a, b = (plugs.start[k] + best) % size, (plugs.start[k] + best + 1) % size
    volume = plugs.volume_m3[k, a] + plugs.volume_m3[k, b]
    mass = plugs.volume_m3[k, a] * plugs.value[k, a] + plugs.volume_m3[k, b] * plugs.value[k, b]
    plugs.volume_m3[k, a] = volume
    plugs.value[k, a] = mass / volume
    for i in range(best + 1, n - 1):
        here, there = (plugs.start[k] + i) % size, (plugs.start[k] + i + 1) % size
        plugs.volume_m3[k, here] = plugs.volume_m3[k, there]
        plugs.value[k, here] = plugs.value[k, there]
    plugs.n_plugs[k] = n - 1


@kernel
def push_into(plugs, k, volume_m3, value, tolerance):
    """Put water into the inlet of a link."""
    size = plugs.value.shape[1]
    if plugs.n_plugs[k] > 0:
        last = (plugs.start[k] + plugs.n_plugs[k] - 1) % size
        held = plugs.volume_m3[k, last]
        if abs(plugs.value[k, last] - value) < tolerance or held <= 0.0:
            mass = held * plugs.value[k, last] + volume_m3 * value
            plugs.volume_m3[k, last] = held + volume_m3
            if held + volume_m3 > 0.0:
                plugs.value[k, last] = mass / (held + volume_m3)
            return
    if plugs.n_plugs[k] == size:
        _merge_closest(plugs, k)
    place = (plugs.start[k] + plugs.n_plugs[k]) % size
    plugs.volume_m3[k, place] = volume_m3
    plugs.value[k, place] = value
    plugs.n_plugs[k] += 1


@kernel
def pull(plugs, k, volume_m3):
    """Take water from the outlet of a link; return the volume there was, and its mass."""
    size = plugs.value.shape[1]
    left, mass = volume_m3, 0.0
    while left > 0.0 and plugs.n_plugs[k] > 0:
        place = plugs.start[k]
        taken = min(left, plugs.volume_m3[k, place])
        mass += taken * plugs.value[k, place]
        left -= taken
        if taken < plugs.volume_m3[k, place]:
            plugs.volume_m3[k, place] -= taken
        else:
            plugs.start[k] = (place + 1) % size
            plugs.n_plugs[k] -= 1
    return volume_m3 - left, mass


@kernel
def turn_into(flow_m3s, plugs):
    """Let plugs leave by the other end where a flow has turned."""
    size = plugs.value.shape[1]
    for k in range(flow_m3s.size):
        back = 1 if flow_m3s[k] < 0.0 else 0
        if abs(flow_m3s[k]) <= STILL_M3S or back == plugs.turned[k]:
            continue
        plugs.turned[k] = back
        n = plugs.n_plugs[k]
        for i in range(n // 2):
            a, b = (plugs.start[k] + i) % size, (plugs.start[k] + n - 1 - i) % size
            v, c = plugs.volume_m3[k, a], plugs.value[k, a]
            plugs.volume_m3[k, a], plugs.value[k, a] = plugs.volume_m3[k, b], plugs.value[k, b]
            plugs.volume_m3[k, b], plugs.value[k, b] = v, c


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
    size = plugs.value.shape[1]
    change = 0.0
    for k in range(rate_s.size):
        kept = np.exp(rate_s[k] * step_s)
        for i in range(plugs.n_plugs[k]):
            place = (plugs.start[k] + i) % size
            value = plugs.value[k, place] * kept + net.growth * step_s
            change += plugs.volume_m3[k, place] * (value - plugs.value[k, place])
            plugs.value[k, place] = value
    for node in range(net.kind.size):
        if net.kind[node] == TANK:
            value = plugs.node[node] * np.exp(net.tank_rate_s[node] * step_s)
            value += net.growth * step_s
            change += plugs.tank_m3[node] * (value - plugs.node[node])
            plugs.node[node] = value
    plugs.sums[2] += change


@kernel
def _still_value(net, plugs, node):
    """Return the mean of the water that stands at a node without inflow."""
    size = plugs.value.shape[1]
    total, n = 0.0, 0
    for j in range(net.first[node], net.first[node + 1]):
        k = net.link[j]
        if plugs.n_plugs[k] == 0:
            continue
        outlet = (net.tail[k] == node) == (plugs.turned[k] == 1)
        place = plugs.start[k] if outlet else (plugs.start[k] + plugs.n_plugs[k] - 1) % size
        total += plugs.value[k, place]
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
            taken, brought = pull(plugs, k, abs(flow_m3s[k]) * step_s)
            volume += taken
            mass += brought
        else:
            leaving += abs(flow_m3s[k]) * step_s
    return volume, mass, leaving


@kernel
def _mix(net, plugs, node, volume, mass, used, leaving, strength, step_s):
    """Return the value of water that leaves a node, with what a source adds; tanks change."""
    kind = net.source_kind[node]
    if net.kind[node] == TANK:
        held = plugs.tank_m3[node]
        if held + volume > 0.0:
            plugs.node[node] = (held * plugs.node[node] + mass) / (held + volume)
        rest = held + volume - leaving
        if rest < 0.0:  # hydraulics empties a tank to the next whole second
            plugs.sums[3] -= rest * plugs.node[node]
        plugs.tank_m3[node] = max(rest, 0.0)
        over = plugs.tank_m3[node] - net.most_volume_m3[node]
        if over > 0.0:
            plugs.tank_m3[node] -= over
            plugs.sums[1] += over * plugs.node[node]
        value = plugs.node[node]
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
                push_into(plugs, k, abs(flow_m3s[k]) * step_s, value, net.tolerance)


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
