"""Writing one bush anew: nodes in topological order, entries kept and added, labels on the way."""

from __future__ import annotations

import numpy as np

from twin.kernels.jit import borrowing_kernel, kernel


@kernel
def order_into(links, i, n_added, bushes, out_work):
    """Order the nodes of a bush topologically, with its kept and added entries; return how many.

    Nodes keep their order but for those that now come after another (depth-first search along
    entries backwards), so that neighbours stay neighbours. Nearly all are ready at their turn. One
    long loop, as calls with whole work spaces cost more than what is done in them.
    """
    order, begin, entry_link = bushes.order[i], bushes.begin[i], bushes.link[i]
    keep, placed, stack = out_work.keep, out_work.placed, out_work.stack
    position, next_added = out_work.position, out_work.next_added
    first_added, added = out_work.first_added, out_work.added
    tail, head = links.tail, links.out.node
    placed[:] = 0
    placed[bushes.origin[i]] = 1
    out_work.order[0] = bushes.origin[i]
    n_placed = 1
    n_old = bushes.reached[i]
    for turn in range(1, n_old + n_added):
        root = np.uint32(order[turn] if turn < n_old else head[added[turn - n_old]])
        if placed[root]:
            continue
        if turn < n_old and begin[turn + 1] - begin[turn] == 1 and first_added[root] < 0:
            e = np.uint32(begin[turn])
            if keep[e] and placed[np.uint32(tail[np.uint32(entry_link[e])])]:
                placed[root] = 1
                out_work.order[n_placed] = root
                n_placed += 1
                continue
        stack[0] = root
        depth = 1
        while depth > 0:
            node = stack[depth - 1]
            if placed[node]:
                depth -= 1
                continue
            here = depth
            hangs = False
            k = position[node]
            for e in range(begin[k] if k > 0 else 0, begin[k + 1] if k > 0 else 0):
                if keep[e]:
                    hangs = True
                    stack[depth] = tail[entry_link[e]]
                    depth += not placed[stack[depth]]
            j = first_added[node]
            while j >= 0:
                hangs = True
                stack[depth] = tail[added[j]]
                depth += not placed[stack[depth]]
                j = next_added[j]
            if depth == here:
                depth -= 1
                if hangs:
                    placed[node] = 1
                    out_work.order[n_placed] = node
                    n_placed += 1
    return n_placed


@borrowing_kernel
def _copy_entries(node, size, span, flow, entry_link, out_work):
    """Write the kept and the added entries of a node from a place on; return the place after."""
    for e in range(span[0], span[1]):
        if out_work.keep[e]:
            out_work.link[size] = entry_link[e]
            out_work.flow[size] = flow[e]
            size += 1
    j = out_work.first_added[node]
    while j >= 0:
        out_work.link[size] = out_work.added[j]
        out_work.flow[size] = 0.0
        size += 1
        j = out_work.next_added[j]
    out_work.first_added[node] = -1
    return size


@borrowing_kernel
def _label_node(node, span, tail, cost, uneven, out_work):
    """Find the cheapest way to a node of several entries, and those of its entries to even.

    Returns
    -------
    tuple of int and float
        `uneven`, (number, cost above the cheapest way), with this node's.
    """
    n_uneven, excess = uneven
    short, link, flow = out_work.short, out_work.link, out_work.flow
    best_e = heavy_e = span[0]
    best = np.inf
    for e in range(span[0], span[1]):
        way = short[tail[link[e]]] + cost[link[e]]
        if way < best:
            best = way
            best_e = e
        if flow[e] > flow[heavy_e]:
            heavy_e = e
    for e in range(span[0], span[1]):
        above = short[tail[link[e]]] + cost[link[e]] - best
        if flow[e] > 0.0 and above > 0.0:
            excess += flow[e] * above
            out_work.uneven[n_uneven] = e
            n_uneven += 1
    short[node] = best
    out_work.short_entry[node] = best_e
    out_work.heavy_entry[node] = heavy_e
    return n_uneven, excess


@kernel
def write_into(links, i, n_placed, out_bushes, out_work):
    """Write the entries of a bush in the new order of its nodes, and find its cheapest ways.

    Returns
    -------
    tuple of int and float
        How many entries are in `out_work.uneven`: those in use that end dearer than the
        cheapest way; and the cost that traffic bears above the cheapest ways.
    """
    begin, entry_link, flow = out_bushes.begin[i], out_bushes.link[i], out_bushes.flow[i]
    cost, tail = out_bushes.cost[out_bushes.kind[i]], links.tail
    order, short, position = out_work.order, out_work.short, out_work.position
    short_entry, heavy_entry = out_work.short_entry, out_work.heavy_entry
    new_begin, new_link, new_flow = out_work.begin, out_work.link, out_work.flow
    short[order[0]] = 0.0
    new_begin[:2] = 0
    size = np.int64(0)
    uneven = (np.int64(0), 0.0)
    for k in range(1, n_placed):
        node = np.uint32(order[k])
        old = position[node]
        position[node] = k
        first, last = (begin[old], begin[old + 1]) if old > 0 else (0, 0)
        if last - first == 1 and out_work.first_added[node] < 0:
            link = np.uint32(entry_link[first])
            new_link[size] = link
            new_flow[size] = flow[first]
            short[node] = short[np.uint32(tail[link])] + cost[link]
            short_entry[node] = size
            heavy_entry[node] = size
            size += 1
        else:
            here = size
            size = _copy_entries(node, size, (first, last), flow, entry_link, out_work)
            uneven = _label_node(node, (here, size), tail, cost, uneven, out_work)
        new_begin[k + 1] = size
    out_bushes.order[i, :n_placed] = order[:n_placed]
    begin[: n_placed + 1] = new_begin[: n_placed + 1]
    entry_link[:size] = new_link[:size]
    flow[:size] = new_flow[:size]
    out_bushes.reached[i] = n_placed
    return uneven
