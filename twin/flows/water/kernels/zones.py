"""Compiled review of an answer: zones that hang on shut or limiting links alone.

A shut one-way link and a flow control valve at its limit have a steep linear law
(`headloss.BARRIER_SM2`), so that a zone behind them keeps a head and Newton's method its way. An
answer that needs water through such a slope is none: the zone cannot be supplied, whatever its
heads are. It is cut off, its nodes are reported as not supplied, and the solve begins again.
Where a zone takes no water, its head is the setting of the reducing valve that feeds it. What then
still passes a shut link by its slope is kept from it, where both sides stand without that link.
"""

import math

from twin.flows.water.kernels.barred_links import (
    FELT_M3S,
    LEAK_M3S,
    any_leaks,
    leak_m3s,
    seal_links,
    settle_zones,
    sort_of,
    stand_emitters,
)
from twin.flows.water.kernels.gradient import set_live_into
from twin.flows.water.kernels.headloss import CONSTANT_POWER
from twin.flows.water.kernels.supply import mark_supplied_into, root_of, search_of
from twin.flows.water.kernels.valves import ACTIVE, HELD, ONE_WAY
from twin.flows.water.kernels.workspace import CLOSED, OPEN, SLOPED
from twin.kernels.jit import borrowing_kernel

_HEAD_TOLERANCE_M = 1.5e-4


@borrowing_kernel
def _misses(width, scenario, order, workspace, i):
    """Return whether an end of link i misses so much water that its slope would feel it."""
    t, h = order.tail[i], order.head[i]
    for place in (t, h):
        if place < order.n_unknown and abs(workspace.mass[place * width + scenario]) > FELT_M3S:
            return True
    return False


@borrowing_kernel
def _is_suspect(width, scenario, order, workspace):
    """Return whether some link may cut a zone off; nearly always none does."""
    driven = workspace.outlets.place.size > 0
    for i in range(order.n_plain, order.link.size):
        sort = sort_of(width, scenario, order, workspace, i)
        if workspace.way[i * width + scenario] in (ACTIVE, HELD):
            return True
        if sort == SLOPED:
            s = (i - order.n_plain) * width + scenario
            powered = workspace.special.law[s] == CONSTANT_POWER
            leak = abs(leak_m3s(width, scenario, order, workspace, i))
            if (
                driven
                or powered
                or leak > LEAK_M3S
                or _misses(width, scenario, order, workspace, i)
            ):
                return True
    return False


@borrowing_kernel
def _stop_pumps(width, scenario, hydraulics, way, workspace):
    """Close pumps of constant power that push against nothing but slopes; return how many."""
    order = hydraulics.nodes.order
    stopped = 0
    for i in range(order.n_plain, order.link.size):
        s = (i - order.n_plain) * width + scenario
        if workspace.special.law[s] != CONSTANT_POWER:
            continue
        if sort_of(width, scenario, order, workspace, i) == SLOPED:
            way[order.link[i]] = CLOSED
            workspace.way[i * width + scenario] = CLOSED
            stopped += 1
    return stopped


@borrowing_kernel
def _all_anchored(width, scenario, nodes, supplied, workspace, anchored):
    """Return whether open links join every supplied node to a given head or to a held node.

    Then no zone can be cut off or held, and none need be found. The parts that ordinary pipes join
    are known from the search for supply, so that only other links are looked at.
    """
    order, part = nodes.order, workspace.search.part[scenario]
    anchored[:] = 0
    for at in range(order.at_given.size):
        i = order.at_given[at]
        if sort_of(width, scenario, order, workspace, i) == OPEN:
            anchored[part[order.node[order.tail[i]]]] = 1
            anchored[part[order.node[order.head[i]]]] = 1
    valves = workspace.valves
    for v in range(valves.link.size):
        r = valves.link[v] * width + scenario
        if workspace.way[r] == ACTIVE and workspace.live[r] > 0.0:
            anchored[part[order.node[valves.pin[v]]]] = 1
    changed = True
    while changed:
        changed = False
        for i in range(order.n_plain, order.link.size):
            if sort_of(width, scenario, order, workspace, i) == OPEN:
                a, b = part[order.node[order.tail[i]]], part[order.node[order.head[i]]]
                if anchored[a] != anchored[b]:
                    anchored[a] = anchored[b] = 1
                    changed = True
    for node in range(part.size):
        if nodes.unknown[node] >= 0 and supplied[node] and anchored[part[node]] == 0:
            return False
    return True


@borrowing_kernel
def _join_zones(width, scenario, order, workspace, zones):
    """Join places by open links to zones; mark those with a given head or a node that is held."""
    zone, anchored = zones.zone, zones.anchored
    for i in range(order.node.size):
        zone[i] = i
        anchored[i] = i >= order.n_unknown
    for i in range(order.link.size):
        t, h = order.tail[i], order.head[i]
        if t >= order.n_unknown or h >= order.n_unknown:
            continue
        if sort_of(width, scenario, order, workspace, i) == OPEN:
            zone[root_of(zone, t)] = root_of(zone, h)
    for i in range(order.n_unknown):
        zone[i] = root_of(zone, i)
    for at in range(order.at_given.size):
        i = order.at_given[at]
        if sort_of(width, scenario, order, workspace, i) == OPEN:
            anchored[zone[order.tail[i]]] = 1
            anchored[zone[order.head[i]]] = 1
    valves = workspace.valves
    for v in range(valves.link.size):
        r = valves.link[v] * width + scenario
        if workspace.way[r] == ACTIVE and workspace.live[r] > 0.0:
            anchored[zone[valves.pin[v]]] = 1


@borrowing_kernel
def _balance_zones(width, scenario, order, workspace, zones):
    """Sum what each zone asks for, what laws let in, and what comes by slopes or is missing."""
    zone, wanted, inflow, leak = zones.zone, zones.wanted_m3s, zones.inflow_m3s, zones.leak_m3s
    for i in range(order.node.size):
        wanted[i] = inflow[i] = leak[i] = 0.0
        zones.elastic[i] = 0
    for i in range(order.n_unknown):
        r = i * width + scenario
        if workspace.supplied[r] == 0.0:
            continue
        demand = workspace.demand_m3s[r]
        wanted[zone[i]] += max(demand, 0.0)
        inflow[zone[i]] += max(-demand, 0.0)
        leak[zone[i]] -= workspace.mass[r]
    for i in range(order.link.size):
        r, t, h = i * width + scenario, order.tail[i], order.head[i]
        if workspace.live[r] == 0.0 or zone[t] == zone[h]:
            continue
        lawful, q = workspace.flow_m3s[r], 0.0
        if i >= order.n_plain and sort_of(width, scenario, order, workspace, i) == SLOPED:
            q = leak_m3s(width, scenario, order, workspace, i)
            lawful -= q
        inflow[zone[h]] += max(lawful, 0.0)
        inflow[zone[t]] += max(-lawful, 0.0)
        leak[zone[h]] += q
        leak[zone[t]] -= q
    outlets = workspace.outlets
    for o in range(outlets.place.size):
        r, i = o * width + scenario, outlets.place[o]
        if outlets.coefficient[r] > 0.0 and math.isfinite(outlets.cap_m3s[r]):
            wanted[zone[i]] += outlets.cap_m3s[r]
        inflow[zone[i]] += max(-outlets.outflow_m3s[r], 0.0)
        if outlets.conductance[r] > 0.0:
            zones.elastic[zone[i]] = 1


@borrowing_kernel
def _cut_off(width, scenario, hydraulics, workspace, zones, state):
    """Take supply from zones that cannot be supplied; return the number of their nodes."""
    order, zone = hydraulics.nodes.order, zones.zone
    cut = 0
    for i in range(order.n_unknown):
        z = zone[i]
        if workspace.supplied[i * width + scenario] == 0.0 or zones.anchored[z]:
            continue
        dry = zones.wanted_m3s[z] > LEAK_M3S and zones.inflow_m3s[z] <= LEAK_M3S
        if dry or (not zones.elastic[z] and abs(zones.leak_m3s[z]) > LEAK_M3S):
            state.supplied[order.node[i]] = 0
            cut += 1
    return cut


@borrowing_kernel
def _cut_stranded(width, scenario, hydraulics, workspace, zones, state):
    """Take supply from zones that only nodes without supply join to others; return their nodes."""
    order, zone, stands = hydraulics.nodes.order, zones.zone, zones.anchored
    stand_emitters(width, scenario, workspace, zones)
    again = True
    while again:
        again = False
        for i in range(order.link.size):
            a, b = zone[order.tail[i]], zone[order.head[i]]
            if stands[a] == stands[b] or workspace.way[i * width + scenario] == CLOSED:
                continue
            tail, head = order.node[order.tail[i]], order.node[order.head[i]]
            if state.supplied[tail] and state.supplied[head]:
                stands[a] = stands[b] = 1
                again = True
    cut = 0
    for i in range(order.n_unknown):
        if state.supplied[order.node[i]] and not stands[zone[i]]:
            state.supplied[order.node[i]] = 0
            cut += 1
    return cut


@borrowing_kernel
def _hold_zones(width, scenario, workspace, zones):
    """Let a shut reducing valve hold a zone that nothing else does; return how many do."""
    valves = workspace.valves
    held = 0
    for v in range(valves.link.size):
        r, z = valves.link[v] * width + scenario, zones.zone[valves.pin[v]]
        own = v * width + scenario
        if valves.sustains[v] or not valves.governed[own] or zones.anchored[z]:
            continue
        if workspace.way[r] != HELD or workspace.live[r] == 0.0:
            continue
        best = v
        for u in range(valves.link.size):
            k = valves.link[u] * width + scenario
            same = not valves.sustains[u] and zones.zone[valves.pin[u]] == z
            if same and workspace.way[k] == HELD and workspace.live[k] > 0.0:
                higher = valves.set_head_m[u * width + scenario]
                best = u if higher > valves.set_head_m[best * width + scenario] else best
        up = workspace.head_m[valves.other[best] * width + scenario]
        if best == v and up >= valves.set_head_m[own] + _HEAD_TOLERANCE_M:
            workspace.way[r] = ACTIVE
            zones.anchored[z] = 1
            held += 1
    return held


@borrowing_kernel
def search_supply_into(width, scenario, hydraulics, way, demand_m3s, state, out_workspace):
    """Mark nodes that water can reach, and let links between them carry water."""
    search = search_of(out_workspace.search, scenario)
    mark_supplied_into(hydraulics, way, demand_m3s, 1, search, state.supplied)
    set_live_into(width, scenario, hydraulics.nodes, state.supplied, 1, out_workspace)


@borrowing_kernel
def review_zones_into(  # noqa: PLR0911 - one return per outcome
    width, scenario, hydraulics, way, demand_m3s, state, out_workspace
):
    """Cut zones off or hold them, as the module states; return whether anything changed."""
    order, each, zones = hydraulics.nodes.order, out_workspace.scenario, out_workspace.zones
    sound = each.status[scenario] == 0
    if sound and not _is_suspect(width, scenario, order, out_workspace):
        return False
    stopped = _stop_pumps(width, scenario, hydraulics, way, out_workspace)
    if stopped > 0:
        each.still_pumps[scenario] += stopped
        search_supply_into(width, scenario, hydraulics, way, demand_m3s, state, out_workspace)
        each.searched[scenario] = 1
        return True
    nodes, anchored = hydraulics.nodes, zones.anchored
    leaks = any_leaks(width, scenario, order, out_workspace)
    if not leaks and _all_anchored(width, scenario, nodes, state.supplied, out_workspace, anchored):
        return False
    _join_zones(width, scenario, order, out_workspace, zones)
    _balance_zones(width, scenario, order, out_workspace, zones)
    cut = _cut_off(width, scenario, hydraulics, out_workspace, zones, state)
    if cut > 0:
        cut += _cut_stranded(width, scenario, hydraulics, out_workspace, zones, state)
        each.cut_off[scenario] += cut
        each.searched[scenario] = 1
        set_live_into(width, scenario, hydraulics.nodes, state.supplied, 1, out_workspace)
        start_anew_into(width, scenario, hydraulics, out_workspace)
        each.careful[scenario] = 0
        return True
    if _hold_zones(width, scenario, out_workspace, zones) > 0:
        return True
    if not sound:
        return False
    stand_emitters(width, scenario, out_workspace, zones)
    sealed = seal_links(width, scenario, order, out_workspace, zones)
    if sealed > 0:
        each.searched[scenario] = 1
    return settle_zones(width, scenario, order, out_workspace, zones) + sealed > 0


@borrowing_kernel
def start_anew_into(width, scenario, hydraulics, out_workspace):
    """Set the first guess of heads and flows again, and open all governed valves."""
    for i in range(hydraulics.nodes.order.link.size):
        r = i * width + scenario
        if out_workspace.way[r] in (ACTIVE, HELD):
            out_workspace.way[r] = ONE_WAY
    guess_into(width, scenario, hydraulics, out_workspace)


@borrowing_kernel
def guess_into(width, scenario, hydraulics, out_workspace):
    """Set the first guess of heads and flows again."""
    order = hydraulics.nodes.order
    highest = -math.inf
    for i in range(order.n_unknown, order.node.size):
        highest = max(highest, out_workspace.head_m[i * width + scenario])
    for i in range(order.n_unknown):
        r = i * width + scenario
        if out_workspace.supplied[r] > 0.0:
            out_workspace.head_m[r] = highest
        else:
            out_workspace.head_m[r] = hydraulics.nodes.elevation_m[order.node[i]]
    for i in range(order.link.size):
        r = i * width + scenario
        live = out_workspace.live[r] > 0.0
        out_workspace.flow_m3s[r] = hydraulics.start_flow_m3s[order.link[i]] if live else 0.0
    for o in range(hydraulics.outlets.node.size):
        out_workspace.outlets.outflow_m3s[o * width + scenario] = 0.0
    out_workspace.scenario.fresh[scenario] = 0
