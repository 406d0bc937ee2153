"""Moving traffic within bushes until all ways in use cost the same (Algorithm B).

At every node where the dearest way in use and the cheapest way differ, traffic moves from one to
the other by a Newton step on the difference of their costs since they parted:

    dx = min(min x on the dearer, (cost_dearer - cost_cheaper) / (sum of dcost/dx over both))

References
----------
Dial, 2006, Transportation Research B 40(10), doi 10.1016/j.trb.2006.02.008, sec. 4.
Bar-Gera, 2010, "Traffic assignment by paired alternative segments", Transportation Research B
44(8-9), doi 10.1016/j.trb.2009.11.004 (to go on with the same pairs of ways).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin.flows.traffic.bush.kernels import (
    index_into,
    load_into,
    order_into,
    price_link_into,
    total_into,
    trim_into,
    widen_into,
)
from twin.kernels.jit import kernel

_WAY_LINKS = 32  # links a pair takes on average, at most: pairs beyond are evened once, not kept


class Pairs(NamedTuple):
    """Two ways between the same two nodes that one origin's traffic may choose from."""

    row: np.ndarray  # (n_pairs,) int32, row of the origin
    begin: np.ndarray  # (n_pairs + 1,) int32, first place in `link`: the dearer way
    middle: np.ndarray  # (n_pairs,) int32, first place of the cheaper way
    link: np.ndarray  # links of all ways one after another, int32


@kernel
def new_pairs(n_pairs, n_nodes):
    """Return room for some pairs, and for two ways through all nodes beyond them."""
    return Pairs(
        np.zeros(n_pairs + 1, dtype=np.int32),
        np.zeros(n_pairs + 2, dtype=np.int32),
        np.zeros(n_pairs + 1, dtype=np.int32),
        np.zeros(_WAY_LINKS * n_pairs + 2 * n_nodes, dtype=np.int32),
    )


@kernel
def label_into(links, i, bushes, out_labels):
    """Find the cheapest way and the dearest way in use to every node of a bush.

    Returns
    -------
    tuple of int and float
        How many nodes stand in `out_labels.uneven`: those where the two differ; and the cost
        that traffic bears above the cheapest ways.
    """
    flow = bushes.flow[i]
    entry = bushes.entry[i]
    begin = bushes.begin[i]
    short = out_labels.short
    long = out_labels.long
    origin = bushes.origin[i]
    short[origin] = 0.0
    long[origin] = 0.0
    out_labels.position[origin] = 0
    n_uneven = 0
    excess = 0.0
    for k in range(1, bushes.reached[i]):
        node = bushes.order[i, k]
        out_labels.position[node] = k
        link = entry[begin[k]]
        best = short[links.tail[link]] + bushes.cost[link]
        best_link = link
        farthest = -1.0
        farthest_link = -1
        if flow[link] > 0.0:
            farthest = long[links.tail[link]] + bushes.cost[link]
            farthest_link = link
        for e in range(begin[k] + 1, begin[k + 1]):
            link = entry[e]
            way = short[links.tail[link]] + bushes.cost[link]
            if way < best:
                best = way
                best_link = link
            if flow[link] > 0.0:
                way = long[links.tail[link]] + bushes.cost[link]
                if way > farthest:
                    farthest = way
                    farthest_link = link
        short[node] = best
        out_labels.short_link[node] = best_link
        long[node] = farthest if farthest_link >= 0 else best
        out_labels.long_link[node] = farthest_link
        if begin[k + 1] - begin[k] > 1:
            for e in range(begin[k], begin[k + 1]):
                link = entry[e]
                excess += flow[link] * (short[links.tail[link]] + bushes.cost[link] - best)
            if farthest_link >= 0 and farthest_link != best_link:
                out_labels.uneven[n_uneven] = node
                n_uneven += 1
    return n_uneven, excess


@kernel
def trace_into(links, i, node, labels, pair, out_pairs):
    """Write down the dearest and the cheapest way to a node from where they part.

    That is the last node they share: step back on whichever of the two stands later in the
    topological order. Returns False if the dearest way ends in links without traffic.
    """
    place = out_pairs.begin[pair]
    above = links.tail[labels.long_link[node]]
    below = links.tail[labels.short_link[node]]
    while above != below:
        if labels.position[above] > labels.position[below]:
            if labels.long_link[above] < 0:
                return False
            above = links.tail[labels.long_link[above]]
        else:
            below = links.tail[labels.short_link[below]]
    at = node
    while at != above:
        out_pairs.link[place] = labels.long_link[at]
        at = links.tail[labels.long_link[at]]
        place += 1
    out_pairs.middle[pair] = place
    at = node
    while at != above:
        out_pairs.link[place] = labels.short_link[at]
        at = links.tail[labels.short_link[at]]
        place += 1
    out_pairs.begin[pair + 1] = place
    out_pairs.row[pair] = i
    return True


@kernel
def even_into(links, pairs, pair, out_bushes):
    """Move traffic between the two ways of a pair, one Newton step; return the cost it saves."""
    flow = out_bushes.flow[pairs.row[pair]]
    first = pairs.begin[pair]
    middle = pairs.middle[pair]
    last = pairs.begin[pair + 1]
    difference = 0.0
    slope = 0.0
    for p in range(first, middle):
        difference += out_bushes.cost[pairs.link[p]]
        slope += out_bushes.slope[pairs.link[p]]
    for p in range(middle, last):
        difference -= out_bushes.cost[pairs.link[p]]
        slope += out_bushes.slope[pairs.link[p]]
    if difference == 0.0:
        return 0.0
    most = np.inf
    if difference > 0.0:
        for p in range(first, middle):
            most = min(most, flow[pairs.link[p]])
    else:
        for p in range(middle, last):
            most = min(most, flow[pairs.link[p]])
    if not most > 0.0:
        return 0.0
    step = min(most, abs(difference) / slope)
    if difference < 0.0:
        step = -step
    for p in range(first, last):
        link = np.int64(pairs.link[p])
        change = -step if p < middle else step
        flow[link] += change
        out_bushes.total[link] += change
        price_link_into(links, link, out_bushes)
    return step * difference


@kernel
def rebuild_into(links, i, out_bushes, out_labels):
    """Drop and add links of one bush.

    Flow is first brought back into balance, which takes the traces of rounding off links that
    carry nothing: these would stay in the bush and hold up the shifts.
    """
    load_into(links, i, out_bushes)
    dropped = trim_into(links, i, out_bushes, out_labels)
    added = widen_into(links, i, out_labels, out_bushes)
    if added > 0:
        order_into(links, i, out_bushes)
    if added + dropped > 0:
        index_into(links, i, out_bushes)


@kernel
def collect_into(links, out_bushes, out_labels, out_pairs):
    """Rebuild and even every bush in turn, farthest node first, and keep the pairs met.

    One bush after the other: each meets the costs that those before it have left, and so the
    first to leave a jam spare the others the detour.

    Returns
    -------
    tuple of int and float
        How many pairs are kept; and the cost that traffic of every bush bore above its cheapest
        ways when its turn came.
    """
    n = links.in_start.size - 1
    room = out_pairs.row.size - 1
    kept = np.int64(0)  # a bare 0 would compile `even_into` a second time, for a literal
    excess = 0.0
    for i in range(out_bushes.origin.size):
        rebuild_into(links, i, out_bushes, out_labels)
        n_uneven, above = label_into(links, i, out_bushes, out_labels)
        excess += above
        for k in range(n_uneven - 1, -1, -1):
            node = out_labels.uneven[k]
            if trace_into(links, i, node, out_labels, kept, out_pairs):
                even_into(links, out_pairs, kept, out_bushes)
                if kept < room and out_pairs.begin[kept + 1] + 2 * n <= out_pairs.link.size:
                    kept += 1
    return kept, excess


@kernel
def sweep_into(links, passes, leave, out_bushes, out_labels, out_pairs):
    """Rebuild and even every bush, and go on evening the pairs of ways that were met.

    A pass over the pairs costs a fortieth of labelling all bushes again, and most of the traffic
    that has to move is on them: without such passes convergence is linear with a factor of 0.75.

    Parameters
    ----------
    passes
        How often the pairs are evened, at most.
    leave
        Left off when a pass saves less than this share of what the first one saved.
    out_labels, out_pairs
        Work space.

    Returns
    -------
    float
        Relative gap within the bushes as they were met: those evened later lower it.
    """
    kept, excess = collect_into(links, out_bushes, out_labels, out_pairs)
    first = 0.0
    for p in range(passes):
        saved = 0.0
        for pair in range(kept):
            saved += even_into(links, out_pairs, pair, out_bushes)
        if p == 0:
            first = saved
        if saved <= leave * first:
            break
    whole = 0.0
    for link in range(links.tail.size):
        whole += out_bushes.total[link] * out_bushes.cost[link]
    return excess / whole if whole > 0.0 else 0.0


@kernel
def settle_into(links, out_bushes):
    """Restore the balance of every origin's flow to rounding, and price all links afresh."""
    for i in range(out_bushes.origin.size):
        load_into(links, i, out_bushes)
    total_into(links, out_bushes)
