"""Compiled treatment of links that pass only by a steep slope, and of zones that hang on them.

A link that heads shut keeps a slope (`headloss.BARRIER_SM2`) so that what lies behind it has a
head. Where both sides stand without it the slope is taken away; where it alone holds a zone
without flow, the zone's head is settled until its slopes are in balance.
"""

import math

from twin.flows.water.kernels.headloss import BARRIER_SM2, CONSTANT_POWER, FLOW_LIMIT
from twin.flows.water.kernels.valves import ACTIVE, HELD
from twin.flows.water.kernels.workspace import BOTH_WAYS, OPEN, SHUT, SLOPED
from twin.kernels.jit import borrowing_kernel

LEAK_M3S = 1.0e-7  # through a steep slope; the mass error that a solve accepts
FELT_M3S = 1.0e-13  # moves the head of a zone that hangs on one slope by 0.1 mm


@borrowing_kernel
def sort_of(width, scenario, order, workspace, i):  # noqa: PLR0911 - one return per sort of law
    """Return whether link i of the order is SHUT, OPEN, or SLOPED: passing by its steep slope."""
    r = i * width + scenario
    way, q = workspace.way[r], workspace.flow_m3s[r]
    if workspace.live[r] == 0.0 or way == ACTIVE:
        return SHUT
    if way == HELD:
        return SLOPED
    if i < order.n_plain:
        return OPEN
    s = r - order.n_plain * width
    law = workspace.special.law[s]
    if law == CONSTANT_POWER:
        least = math.sqrt(workspace.special.resistance[s] / BARRIER_SM2)
        return SLOPED if q <= 1.5 * least else OPEN
    if way != BOTH_WAYS and way * q <= 0.0:
        return SLOPED
    if law == FLOW_LIMIT and q > workspace.special.resistance[s]:
        return SLOPED
    return OPEN


@borrowing_kernel
def leak_m3s(width, scenario, order, workspace, i):
    """Return what a sloped link passes that its law does not allow."""
    r = i * width + scenario
    s = r - order.n_plain * width
    if workspace.way[r] != HELD and workspace.special.law[s] == FLOW_LIMIT:
        return workspace.flow_m3s[r] - workspace.special.resistance[s]
    return workspace.flow_m3s[r]


@borrowing_kernel
def _is_barred(width, scenario, order, workspace, i):
    """Return whether link i is shut by the heads around it, or one-way without flow."""
    r = i * width + scenario
    if i < order.n_plain or sort_of(width, scenario, order, workspace, i) != SLOPED:
        return False
    way, law = workspace.way[r], workspace.special.law[r - order.n_plain * width]
    return law != CONSTANT_POWER and (way == HELD or way != BOTH_WAYS)


@borrowing_kernel
def stand_emitters(width, scenario, workspace, zones):
    """Count zones as anchored in which an emitter gives and takes water."""
    outlets = workspace.outlets
    for o in range(outlets.place.size):
        if outlets.both_ways[o] == 1 and outlets.coefficient[o * width + scenario] > 0.0:
            zones.anchored[zones.zone[outlets.place[o]]] = 1


@borrowing_kernel
def _has_other_way(width, scenario, order, workspace, zones, z, own):
    """Return whether a link other than `own` joins zone z to another."""
    for i in range(order.n_plain, order.link.size):
        a, b = zones.zone[order.tail[i]], zones.zone[order.head[i]]
        if i != own and workspace.live[i * width + scenario] > 0.0 and a != b and z in (a, b):
            return True
    return False


@borrowing_kernel
def _unsettle(width, scenario, order, workspace, zones, z):
    """Seek the heads of a zone without flow again: its slopes pass less than may be missed."""
    for i in range(order.n_plain, order.link.size):
        a, b = zones.zone[order.tail[i]], zones.zone[order.head[i]]
        if a != b and z in (a, b) and _is_barred(width, scenario, order, workspace, i):
            workspace.flow_m3s[i * width + scenario] = 0.0


@borrowing_kernel
def seal_links(width, scenario, order, workspace, zones):
    """Let barred links pass nothing that others than they hold up; return how many are sealed.

    Between parts that stand without it, a link is sealed that passes more than a solve may miss. A
    valve shut by pressure leaks against its law into a zone without flow, and would set its head.
    """
    zone, anchored, sealed = zones.zone, zones.anchored, 0
    for i in range(order.n_plain, order.link.size):
        r = i * width + scenario
        if not _is_barred(width, scenario, order, workspace, i):
            continue
        a, b = zone[order.tail[i]], zone[order.head[i]]
        leak = abs(workspace.flow_m3s[r])
        stands = a == b or (
            (anchored[a] or _has_other_way(width, scenario, order, workspace, zones, a, i))
            and (anchored[b] or _has_other_way(width, scenario, order, workspace, zones, b, i))
        )
        floats = a != b and not (anchored[a] and anchored[b])
        least = 0.0 if floats and workspace.way[r] == HELD else LEAK_M3S
        if stands and leak > least:
            workspace.live[r] = workspace.flow_m3s[r] = 0.0
            sealed += 1
            if floats:
                _unsettle(width, scenario, order, workspace, zones, b if anchored[a] else a)
    return sealed


@borrowing_kernel
def settle_zones(width, scenario, order, workspace, zones):
    """Seek zones without flow again that miss more water than their slopes; return how many.

    What is missing counts as nothing where water flows, and is metres of head where none does.
    """
    missing = zones.leak_m3s
    for i in range(order.n_unknown):
        missing[i] = 0.0
    for i in range(order.n_unknown):
        if workspace.supplied[i * width + scenario] > 0.0:
            missing[zones.zone[i]] += workspace.mass[i * width + scenario]
    found = 0
    for z in range(order.n_unknown):
        felt = zones.zone[z] == z and abs(missing[z]) > FELT_M3S
        if felt and not zones.anchored[z] and not zones.elastic[z]:
            found += _shift_zone(width, scenario, order, workspace, zones, z)
    return found


@borrowing_kernel
def _shift_zone(width, scenario, order, workspace, zones, z):
    """Move all heads of a zone to where its slopes are in balance; return 1, or 0 without slopes.

    Newton's step cannot: round-off beside pipes of next to no loss is as large as a slope.
    """
    ways = 0
    for i in range(order.n_plain, order.link.size):
        a, b = zones.zone[order.tail[i]], zones.zone[order.head[i]]
        ways += a != b and z in (a, b) and _is_barred(width, scenario, order, workspace, i)
    if ways == 0:
        return 0
    more = zones.leak_m3s[z] / ways
    for i in range(order.n_unknown):
        if zones.zone[i] == z:
            workspace.head_m[i * width + scenario] += BARRIER_SM2 * more
    for i in range(order.n_plain, order.link.size):
        a, b = zones.zone[order.tail[i]], zones.zone[order.head[i]]
        if a != b and z in (a, b) and _is_barred(width, scenario, order, workspace, i):
            workspace.flow_m3s[i * width + scenario] += more if a == z else -more
    return 1


@borrowing_kernel
def any_leaks(width, scenario, order, workspace):
    """Return whether some link that is shut by heads passes more than a solve may miss."""
    for i in range(order.n_plain, order.link.size):
        leak = abs(workspace.flow_m3s[i * width + scenario])
        if leak > LEAK_M3S and _is_barred(width, scenario, order, workspace, i):
            return True
    return False
