"""Compiled marks of links that are open and yet shut by the heads around them, as EPANET sees them.

Rules and controls ask for the state of a link as the last solve left it: a check valve, a pump that
stands behind more head than it lifts, a valve shut by pressure and a link at a full or empty tank
count as closed there.
"""

from twin.flows.water.kernels.headloss import CONSTANT_POWER, PIECEWISE
from twin.flows.water.kernels.valves import ACTIVE, HELD, ONE_WAY
from twin.flows.water.kernels.workspace import CLOSED
from twin.flows.water.network.kinds import PRV_KIND, PSV_KIND, PUMP_KIND
from twin.flows.water.runs.kernels.tanks import LEVEL_TOLERANCE_M
from twin.kernels.jit import borrowing_kernel

_HEAD_TOLERANCE_M = 5.0e-4 * 0.3048


@borrowing_kernel
def _lift_at_rest_m(links, k):
    """Return the head that a pump adds at no flow."""
    if links.law[k] == PIECEWISE:
        return -links.point[links.curve[k, 0], 1]
    return links.lift_m[k]


@borrowing_kernel
def _is_shut_by_heads(hydraulics, switches, k, way, state):
    """Return whether heads keep an open link shut: a check valve, a pump at rest, a held valve."""
    links, kind = hydraulics.links, switches.kind[k]
    drop = state.head_m[links.tail[k]] - state.head_m[links.head[k]]
    if kind in (PRV_KIND, PSV_KIND):
        return way[k] == HELD
    if kind == PUMP_KIND:
        if links.law[k] == CONSTANT_POWER or state.flow_m3s[k] > 0.0:
            return False
        return -drop > _lift_at_rest_m(links, k) + _HEAD_TOLERANCE_M
    return switches.one_way[k] == 1 and drop < -_HEAD_TOLERANCE_M


@borrowing_kernel
def _is_shut_at_tank(hydraulics, switches, t, k, state):
    """Return whether an open link is shut as tank t is full or empty and would fill or empty."""
    links, tanks, node = hydraulics.links, hydraulics.tanks, hydraulics.tanks.node[t]
    leaves = links.tail[k] == node
    head = state.head_m[node]
    over = head - state.head_m[links.head[k] if leaves else links.tail[k]]
    pump = switches.kind[k] == PUMP_KIND
    if head >= tanks.most_head_m[t] - LEVEL_TOLERANCE_M and not tanks.overflows[t]:
        return not leaves if pump else over < -_HEAD_TOLERANCE_M
    if head <= tanks.least_head_m[t] + LEVEL_TOLERANCE_M:
        return leaves if pump else over > _HEAD_TOLERANCE_M
    return False


@borrowing_kernel
def _wants(hydraulics, demand_m3s, node):
    """Return whether a node asks for water."""
    o = hydraulics.demands.outlet[node]
    return demand_m3s[node] > 0.0 or (o >= 0 and hydraulics.outlets.cap_m3s[o] > 0.0)


@borrowing_kernel
def _zone_wants(hydraulics, demand_m3s, way, start, state, search):
    """Return whether a node without supply, or one that links join to it, asks for water."""
    links, nodes, queue, seen = hydraulics.links, hydraulics.nodes, search.queue, search.seen
    queue[0] = start
    seen[start] = 1
    done, n, found = 0, 1, False
    while done < n and not found:
        node = queue[done]
        done += 1
        found = _wants(hydraulics, demand_m3s, node)
        for p in range(nodes.first[node], nodes.first[node + 1]):
            k = nodes.at[p]
            other = links.head[k] if links.tail[k] == node else links.tail[k]
            if way[k] != CLOSED and state.supplied[other] == 0 and seen[other] == 0:
                seen[other] = 1
                queue[n] = other
                n += 1
    for q in range(n):
        seen[queue[q]] = 0
    return found


@borrowing_kernel
def mark_shut_into(hydraulics, way, demand_m3s, state, search, switches):
    """Mark the open links that the heads of a solve keep shut, which rules and controls see."""
    links, nodes, tanks = hydraulics.links, hydraulics.nodes, hydraulics.tanks
    order = nodes.order
    switches.shut[:] = 0
    for i in range(order.n_plain, order.link.size):
        k = order.link[i]
        tail_fed, head_fed = state.supplied[links.tail[k]] == 1, state.supplied[links.head[k]] == 1
        if switches.is_open[k] == 0 or not head_fed:
            continue
        if tail_fed:
            switches.shut[k] = _is_shut_by_heads(hydraulics, switches, k, way, state)
        elif way[k] in (ONE_WAY, ACTIVE, HELD):
            # what stands before it could be fed through it backward alone
            switches.shut[k] = _zone_wants(
                hydraulics, demand_m3s, way, links.tail[k], state, search
            )
    for t in range(tanks.node.size):
        node = tanks.node[t]
        for p in range(nodes.first[node], nodes.first[node + 1]):
            k = nodes.at[p]
            fed = state.supplied[links.tail[k]] == 1 and state.supplied[links.head[k]] == 1
            if fed and switches.is_open[k] == 1 and switches.shut[k] == 0:
                switches.shut[k] = _is_shut_at_tank(hydraulics, switches, t, k, state)
