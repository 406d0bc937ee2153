"""Moving traffic within bushes until all ways in use cost the same (Algorithm B).

Wherever traffic enters a node by another link than the cheapest way, it moves from the way it
takes to the cheapest by a Newton step on the difference of their costs since they parted:

    dx = min(min x on the dearer, (cost_dearer - cost_cheaper) / (sum of dcost/dx over both))

References
----------
Dial, 2006, Transportation Research B 40(10), doi 10.1016/j.trb.2006.02.008, sec. 4.
Bar-Gera, 2010, "Traffic assignment by paired alternative segments", Transportation Research B
44(8-9), doi 10.1016/j.trb.2009.11.004 (to trace the way that carries most, and to go on with the
same pairs of ways).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin.flows.traffic.kernels.bush import (
    load_into,
    price_into,
    total_into,
    trim_into,
    widen_into,
)
from twin.flows.traffic.kernels.delay import price_link_into
from twin.flows.traffic.kernels.rebuild import order_into, write_into
from twin.kernels.jit import borrowing_kernel, kernel

_WAY_LINKS = 128  # links a pair takes on average, at most: pairs beyond are evened once, not kept
_WAKE_EVERY = 8  # passes after which all pairs are looked at again
_SLEEPY = 0.1  # share of the mean saving of the pass before up to which a pair falls asleep


class Pairs(NamedTuple):
    """Two ways between the same two nodes that the traffic of one bush may choose from."""

    row: np.ndarray  # (n_pairs,) int32, bush
    begin: np.ndarray  # (n_pairs + 1,) int32, first place in `link`: the dearer way
    middle: np.ndarray  # (n_pairs,) int32, first place of the cheaper way
    link: np.ndarray  # links of all ways one after another, int32
    entry: np.ndarray  # their entries in the bush, int32
    awake: np.ndarray  # (n_pairs,) int32, pairs worth another pass, in order


@kernel
def new_pairs(n_pairs, n_nodes):
    """Return room for some pairs, and for two ways through all nodes beyond them."""
    return Pairs(
        np.empty(n_pairs, dtype=np.int32),
        np.zeros(n_pairs + 1, dtype=np.int32),
        np.empty(n_pairs, dtype=np.int32),
        np.empty(_WAY_LINKS * n_pairs + 2 * n_nodes, dtype=np.int32),
        np.empty(_WAY_LINKS * n_pairs + 2 * n_nodes, dtype=np.int32),
        np.empty(n_pairs, dtype=np.int32),
    )


@borrowing_kernel
def trace_into(links, i, uneven, work, bushes, out_pairs):
    """Write down the way of most traffic over uneven entries and the cheapest way beside it.

    Both lead from the last node they share: step back on whichever of the two stands later in the
    topological order. Back from the entry the way follows most traffic, not the highest cost: the
    dearest way in use often runs over a link that carries next to nothing, which limits the step
    at every node beyond it (the choice of Bar-Gera, 2010).

    Parameters
    ----------
    uneven
        (first pair, number of entries of `work.uneven` still to do, the last one first).

    Returns
    -------
    tuple of int
        The pair after the last one written, and how many entries found no room.
    """
    pair, left = uneven
    entry_link, tail = bushes.link[i], links.tail
    heavy_entry, short_entry, position = work.heavy_entry, work.short_entry, work.position
    n = position.size
    room = out_pairs.row.size
    while left > 0 and pair < room and out_pairs.begin[pair] + 2 * n <= out_pairs.link.size:
        left -= 1
        e = work.uneven[left]
        node = links.out.node[entry_link[e]]
        place = out_pairs.begin[pair]
        out_pairs.entry[place] = e
        out_pairs.link[place] = entry_link[e]
        place += 1
        above = tail[entry_link[e]]
        below = tail[entry_link[short_entry[node]]]
        while above != below:
            if position[above] > position[below]:
                e = heavy_entry[above]
                out_pairs.entry[place] = e
                out_pairs.link[place] = entry_link[e]
                place += 1
                above = tail[entry_link[e]]
            else:
                below = tail[entry_link[short_entry[below]]]
        out_pairs.middle[pair] = place
        at = node
        while at != above:
            e = short_entry[at]
            out_pairs.entry[place] = e
            out_pairs.link[place] = entry_link[e]
            at = tail[entry_link[e]]
            place += 1
        out_pairs.row[pair] = i
        pair += 1
        out_pairs.begin[pair] = place
    return pair, left


@borrowing_kernel
def wake_into(span, out_pairs):
    """List the pairs from `span[0]` to before `span[1]` as awake, each at its own place."""
    for pair in range(span[0], span[1]):
        out_pairs.awake[pair] = pair


@borrowing_kernel
def even_into(links, pairs, span, out_bushes):
    """Move traffic between the two ways of every pair awake, one Newton step each, in turn.

    One long loop: a call per pair would cost more than its work.

    Parameters
    ----------
    span
        First and last place in `pairs.awake`, and the saving up to which a pair falls asleep.

    Returns
    -------
    tuple of float and int
        The cost saved, and the place after the last pair that stays awake.
    """
    stay, last_awake, least = span
    bush_flow, slope, total = out_bushes.flow, out_bushes.slope, out_bushes.total
    awake, pair_link, entry = pairs.awake, pairs.link, pairs.entry
    saved = 0.0
    for a in range(span[0], last_awake):
        pair = awake[a]
        i = pairs.row[pair]
        flow, cost = bush_flow[i], out_bushes.cost[out_bushes.kind[i]]
        first, middle, last = pairs.begin[pair], pairs.middle[pair], pairs.begin[pair + 1]
        difference = 0.0
        rise = 0.0
        for p in range(first, middle):
            link = np.uint32(pair_link[p])
            difference += cost[link]
            rise += slope[link]
        for p in range(middle, last):
            link = np.uint32(pair_link[p])
            difference -= cost[link]
            rise += slope[link]
        if difference == 0.0:
            continue
        most = np.inf
        from_p, to_p = (first, middle) if difference > 0.0 else (middle, last)
        for p in range(from_p, to_p):
            most = min(most, flow[np.uint32(entry[p])])
        if not most > 0.0:
            continue
        step = min(most, abs(difference) / rise)
        if difference < 0.0:
            step = -step
        for p in range(first, last):
            link = np.int64(np.uint32(pair_link[p]))
            change = -step if p < middle else step
            flow[np.uint32(entry[p])] += change
            total[link] += change
            price_link_into(links, link, total, out_bushes.cost, slope)
        out_bushes.moved[i] = 1
        saved += step * difference
        if step * difference > least:
            awake[stay] = pair
            stay += 1
    return saved, stay


@kernel
def rebuild_into(links, trips, i, out_bushes, out_work):
    """Drop and add links of one bush, and label it.

    Flow is first brought back into balance, which takes the traces of rounding off links that
    carry nothing: these would stay in the bush and hold up the shifts.

    Returns
    -------
    tuple of int and float
        As of `write_into`.
    """
    if out_bushes.moved[i]:
        load_into(links, trips, i, out_bushes, out_work)
    trim_into(links, i, out_bushes, out_work)
    added = widen_into(links, i, out_bushes, out_work)
    n_placed = order_into(links, i, added, out_bushes, out_work)
    return write_into(links, i, n_placed, out_bushes, out_work)


@kernel
def collect_into(links, trips, chosen, out_bushes, out_work, out_pairs, out_excess):
    """Rebuild and even every chosen bush in turn, farthest entry first, and keep the pairs met.

    One bush after the other: each meets the costs that those before it have left, and so the
    first to leave a jam spare the others the detour.

    Returns
    -------
    int
        How many pairs are kept.
    """
    n = out_work.short.size
    most = out_pairs.link.size
    kept = np.int64(0)
    for i in range(out_bushes.origin.size):
        if not chosen[i]:
            continue
        left, above = rebuild_into(links, trips, i, out_bushes, out_work)
        out_excess[i] = above
        while left > 0:
            pair, left = trace_into(links, i, (kept, left), out_work, out_bushes, out_pairs)
            wake_into((kept, pair), out_pairs)
            even_into(links, out_pairs, (kept, pair, 0.0), out_bushes)
            fits = pair < out_pairs.row.size and out_pairs.begin[pair] + 2 * n <= most
            if left == 0 and fits:  # else these are evened once and not kept
                kept = pair
    return kept


@borrowing_kernel
def _whole_cost(bushes):
    """Return the cost that all traffic bears: as if all were of the first class, and what differs.

    So one class needs no run over bushes.
    """
    whole = 0.0
    for link in range(bushes.total.size):
        whole += bushes.total[link] * bushes.cost[0, link]
    for i in range(bushes.origin.size):
        kind = bushes.kind[i]
        for e in range(bushes.begin[i, bushes.reached[i]] if kind > 0 else 0):
            link = bushes.link[i, e]
            whole += bushes.flow[i, e] * (bushes.cost[kind, link] - bushes.cost[0, link])
    return whole


@kernel
def sweep_into(links, trips, limits, chosen, out_bushes, out_work, out_pairs, out_excess):
    """Rebuild and even every chosen bush, and go on evening the pairs of ways that were met.

    A pass over the pairs costs little beside labelling all bushes again, and most of the traffic
    that has to move is on them: without such passes convergence is linear with a factor of 0.75.

    Parameters
    ----------
    limits
        How often the pairs are evened, at most; and left off when a pass saves less than this
        share of what the first one saved.
    chosen
        1 where a bush has its turn, shape (n_bushes,), uint8.
    out_work, out_pairs
        Work space.
    out_excess
        Cost that traffic of a bush bore above its cheapest ways when its turn came, shape
        (n_bushes,); left as it is where none came.

    Returns
    -------
    float
        Cost that all traffic bears.
    """
    passes, leave = limits
    kept = collect_into(links, trips, chosen, out_bushes, out_work, out_pairs, out_excess)
    none = np.int64(0)
    first, saved, n_awake = 0.0, 0.0, none
    for p in range(passes):
        is_whole = p % _WAKE_EVERY == 0
        if is_whole:
            n_awake = kept
            wake_into((none, kept), out_pairs)
        least = _SLEEPY * saved / max(n_awake, 1)
        saved, n_awake = even_into(links, out_pairs, (none, n_awake, least), out_bushes)
        if p == 0:
            first = saved
        if is_whole and saved <= leave * first:
            break
    return _whole_cost(out_bushes)


@kernel
def settle_into(links, trips, out_bushes, out_work):
    """Restore the balance of every bush's flow to rounding, and price all links afresh."""
    for i in range(out_bushes.origin.size):
        load_into(links, trips, i, out_bushes, out_work)
    total_into(out_bushes)
    price_into(links, out_bushes)
