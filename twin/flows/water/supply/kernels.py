"""Compiled graph searches before a solve: supplied parts, and pumps that can move no water."""

import numpy as np

from twin.flows.water.headloss.kernels import CONSTANT_POWER
from twin.flows.water.lanes.kernels import BOTH_WAYS, CLOSED
from twin.kernels.jit import inner_kernel


@inner_kernel
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@inner_kernel
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


@inner_kernel
def _mark_takers(plant, demand_m3s):
    """Return 1 for nodes where water may leave the network, 0 for others, (n_nodes,) uint8."""
    takes = np.zeros(demand_m3s.size, dtype=np.uint8)
    for node in range(demand_m3s.size):
        if plant.nodes.unknown[node] < 0 or demand_m3s[node] > 0.0:
            takes[node] = 1
    outlets = plant.outlets
    for o in range(outlets.node.size):
        if outlets.coefficient[o] > 0.0 and outlets.cap_m3s[o] > 0.0:
            takes[outlets.node[o]] = 1
    return takes


@inner_kernel
def _can_move(plant, way, takes, pump, queue, seen):
    """Tell whether water beyond a pump reaches a taker, or comes round to the pump again.

    `queue` (n_nodes,) and `seen` (n_nodes,) are scratch; `seen` is zero before and after.
    """
    links, nodes = plant.links, plant.nodes
    queue[0] = links.head[pump]
    seen[queue[0]] = 1
    done, n, found = 0, 1, False
    while done < n and not found:
        node = queue[done]
        done += 1
        found = takes[node] == 1 or node == links.tail[pump]
        for p in range(nodes.first[node], nodes.first[node + 1]):
            k = nodes.at[p]
            leaves = way[k] >= 0 if links.tail[k] == node else way[k] <= 0
            other = links.head[k] if links.tail[k] == node else links.tail[k]
            if k != pump and way[k] != CLOSED and leaves and seen[other] == 0:
                seen[other] = 1
                queue[n] = other
                n += 1
    for q in range(n):
        seen[queue[q]] = 0
    return found


@inner_kernel
def rest_pumps_into(plant, demand_m3s, out_way):
    """Close pumps of constant power beyond which nothing can take water; return how many.

    Power / (rho g flow) has no root at no flow, so such a pump has no state of rest of its own. One
    at rest may be the last way out of another, so the search is repeated until none is left.
    """
    links, order = plant.links, plant.nodes.order
    powered = 0
    for i in range(order.n_plain, order.link.size):
        k = order.link[i]
        powered += links.law[k] == CONSTANT_POWER and out_way[k] != CLOSED
    if powered == 0:
        return 0
    n_nodes = demand_m3s.size
    takes = _mark_takers(plant, demand_m3s)
    queue, seen = np.zeros(n_nodes, dtype=np.int32), np.zeros(n_nodes, dtype=np.uint8)
    rested, again = 0, True
    while again:
        again = False
        for i in range(order.n_plain, order.link.size):
            k = order.link[i]
            if links.law[k] != CONSTANT_POWER or out_way[k] == CLOSED:
                continue
            if not _can_move(plant, out_way, takes, k, queue, seen):
                out_way[k] = CLOSED
                rested += 1
                again = True
    return rested
