"""Compiled graph searches before a solve: supplied parts, and pumps that can move no water."""

from twin.flows.water.kernels.headloss import CONSTANT_POWER
from twin.flows.water.kernels.workspace import BOTH_WAYS, CLOSED, SearchArrays
from twin.kernels.jit import borrowing_kernel

_BY_SOURCE = 2  # of `wet`: fed by a source alone


@borrowing_kernel
def search_of(search, scenario):
    """Return what searches for one scenario need."""
    return SearchArrays(search.part[scenario], search.wet, search.queue, search.seen, search.takes)


@borrowing_kernel
def root_of(parent, i):
    """Return the root of i, and shorten the way to it."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@borrowing_kernel
def _group_into(links, nodes, way, out_part):
    """Join the nodes of unknown head that open ordinary pipes join; all others stay alone.

    A node of given head passes no supply through itself that it does not give anyway.
    """
    order = nodes.order
    for i in range(out_part.size):
        out_part[i] = i
    for i in range(order.n_plain):
        k = order.link[i]
        a, b = links.tail[k], links.head[k]
        if way[k] == BOTH_WAYS and nodes.unknown[a] >= 0 and nodes.unknown[b] >= 0:
            out_part[root_of(out_part, a)] = root_of(out_part, b)
    for i in range(out_part.size):
        out_part[i] = root_of(out_part, i)


@borrowing_kernel
def _pass_on(links, way, k, part, out_wet):
    """Let link k pass supply on; return whether it did."""
    if way[k] == CLOSED:
        return False
    a, b = part[links.tail[k]], part[links.head[k]]
    if way[k] >= 0 and out_wet[a] and not out_wet[b]:
        out_wet[b] = 1
        return True
    if way[k] <= 0 and out_wet[b] and not out_wet[a]:
        out_wet[a] = 1
        return True
    return False


@borrowing_kernel
def _mark_by_sources(hydraulics, way, part, out_wet):
    """Pass supply on from sources, and keep it where a link joins them to a given head."""
    links = hydraulics.links
    changed = True
    while changed:
        changed = False
        for k in range(way.size):
            a, b = part[links.tail[k]], part[links.head[k]]
            if way[k] >= 0 and way[k] != CLOSED and out_wet[a] == _BY_SOURCE and out_wet[b] == 0:
                out_wet[b] = _BY_SOURCE
                changed = True
            if way[k] <= 0 and out_wet[b] == _BY_SOURCE and out_wet[a] == 0:
                out_wet[a] = _BY_SOURCE
                changed = True
    changed = True
    while changed:
        changed = False
        for k in range(way.size):
            a, b = part[links.tail[k]], part[links.head[k]]
            if way[k] != CLOSED and out_wet[a] + out_wet[b] == 1 + _BY_SOURCE:
                out_wet[a] = out_wet[b] = 1
                changed = True


@borrowing_kernel
def mark_supplied_into(hydraulics, way, demand_m3s, regroup, search, out_supplied):
    """Mark nodes that water can reach from a given head, an emitter or a source beside one.

    Open ordinary pipes join nodes to parts, which are found where `regroup` says that pipes opened
    or shut, and kept in `search` else; all other links then pass supply on between parts, in their
    direction, until nothing changes. `way` is 0 both ways, 1 tail to head, -1 head to tail, CLOSED,
    shape (n_links,) int8. A negative demand is a source: what it feeds is supplied if a link that
    is not shut joins it to a given head, as that sets the level of its heads.
    """
    links, nodes = hydraulics.links, hydraulics.nodes
    order, part, wet = nodes.order, search.part, search.wet
    if regroup:
        _group_into(links, nodes, way, part)
    for i in range(part.size):
        wet[i] = nodes.unknown[i] < 0
    outlets = hydraulics.outlets
    for o in range(outlets.node.size):  # a head follows from its law, whatever else is around
        if outlets.both_ways[o] == 1 and outlets.coefficient[o] > 0.0:
            wet[part[outlets.node[o]]] = 1
    changed = True
    while changed:
        changed = False
        for r in order.at_given:
            changed = _pass_on(links, way, order.link[r], part, wet) or changed
        for i in range(order.n_plain, order.link.size):
            changed = _pass_on(links, way, order.link[i], part, wet) or changed
    sources = False
    for i in range(part.size):
        if demand_m3s[i] < 0.0 and wet[part[i]] == 0:
            wet[part[i]] = _BY_SOURCE
            sources = True
    if sources:
        _mark_by_sources(hydraulics, way, part, wet)
    for i in range(part.size):
        out_supplied[i] = wet[part[i]] == 1


@borrowing_kernel
def _mark_takers(outlets, out_takes):
    """Mark nodes where an outlet may take water."""
    out_takes[:] = 0
    for o in range(outlets.node.size):
        if outlets.coefficient[o] > 0.0 and outlets.cap_m3s[o] > 0.0:
            out_takes[outlets.node[o]] = 1


@borrowing_kernel
def _can_move(hydraulics, way, demand_m3s, pump, search):
    """Return whether water beyond a pump can leave the network or come round to the pump."""
    links, nodes = hydraulics.links, hydraulics.nodes
    queue, seen, takes = search.queue, search.seen, search.takes
    queue[0] = links.head[pump]
    seen[queue[0]] = 1
    done, n, found = 0, 1, False
    while done < n and not found:
        node = queue[done]
        done += 1
        found = nodes.unknown[node] < 0 or demand_m3s[node] > 0.0 or takes[node] == 1
        found = found or node == links.tail[pump]
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


@borrowing_kernel
def rest_pumps_into(hydraulics, demand_m3s, search, out_way):
    """Close pumps of constant power beyond which nothing can take water; return how many.

    Power / (rho g flow) has no root at no flow, so a pump of this kind has no still state of its
    own. A still one may be the last way out of another, so the search is repeated until none is
    left.
    """
    links, order = hydraulics.links, hydraulics.nodes.order
    powered = 0
    for i in range(order.n_plain, order.link.size):
        k = order.link[i]
        powered += links.law[k] == CONSTANT_POWER and out_way[k] != CLOSED
    if powered == 0:
        return 0
    _mark_takers(hydraulics.outlets, search.takes)
    rested, again = 0, True
    while again:
        again = False
        for i in range(order.n_plain, order.link.size):
            k = order.link[i]
            if links.law[k] != CONSTANT_POWER or out_way[k] == CLOSED:
                continue
            if not _can_move(hydraulics, out_way, demand_m3s, k, search):
                out_way[k] = CLOSED
                rested += 1
                again = True
    return rested
