"""One acyclic bush of links per origin: its load, order, repair and growth.

A bush holds every link that traffic of one origin uses, and one way to every node it can reach: a
few links more than a tree. Links that would shorten the longest way to their head are added, links
without traffic dropped; how traffic moves within it is in `twin.flows.traffic.kernels.shift`.

References
----------
Dial, 2006, "A path-based user-equilibrium traffic assignment algorithm that obviates path storage
and enumeration", Transportation Research B 40(10), doi 10.1016/j.trb.2006.02.008.
Nie, 2010, "A class of bush-based algorithms for the traffic assignment problem", Transportation
Research B 44(1), doi 10.1016/j.trb.2009.06.005 (which links to add).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin.flows.traffic.kernels.delay import price_link_into
from twin.flows.traffic.kernels.rebuild import order_into, write_into
from twin.kernels.jit import borrowing_kernel, kernel
from twin.kernels.paths import grow_tree_into

_DUST = 1e-15  # share of a node's traffic below which a link carries none: rounding leaves that


class Bushes(NamedTuple):
    """State of the solve: what every origin of every class sends over which links.

    The *entries* of a bush are its links, grouped by head, heads in topological order.
    """

    origin: np.ndarray  # (n_bushes,) int32, node row
    kind: np.ndarray  # (n_bushes,) int32, class
    reached: np.ndarray  # (n_bushes,) int32, how many nodes it spans, the origin first
    order: np.ndarray  # (n_bushes, n_nodes) int32, these nodes in topological order
    begin: np.ndarray  # (n_bushes, n_nodes + 1) int32, first entry of each node of `order`
    link: np.ndarray  # (n_bushes, room) int32, link of every entry
    flow: np.ndarray  # (n_bushes, room) flow of every entry, passenger cars
    moved: np.ndarray  # (n_bushes,) uint8, 1 = flow has changed since it was last balanced
    full: np.ndarray  # (n_bushes,) uint8, 1 = wants more entries than there is room for
    total: np.ndarray  # (n_links,) flow of all bushes
    cost: np.ndarray  # (n_classes, n_links) at `total`
    slope: np.ndarray  # (n_links,) dcost/dflow at `total`


class Trips(NamedTuple):
    """Trips of every bush, in passenger cars."""

    start: np.ndarray  # (n_bushes + 1,) int64, first trip of every bush
    node: np.ndarray  # (n_trips,) int32, node row it ends at
    weight: np.ndarray  # (n_trips,)


class Work(NamedTuple):
    """Work space of one bush."""

    short: np.ndarray  # (n_nodes,) cost of the cheapest way in the bush
    long: np.ndarray  # (n_nodes,) cost of the dearest way in the bush
    short_entry: np.ndarray  # (n_nodes,) int32, last entry of the cheapest way
    heavy_entry: np.ndarray  # (n_nodes,) int32, entry that carries most
    position: np.ndarray  # (n_nodes,) int32, place in the topological order, or -1
    uneven: np.ndarray  # (room,) int32, entries in use off the cheapest way, in topological order
    need: np.ndarray  # (n_nodes,) traffic to a node and through it
    shortens: np.ndarray  # (n_links,) uint8, 1 = would shorten the dearest way to its head
    keep: np.ndarray  # (room,) uint8, 1 = entry stays
    added: np.ndarray  # (room,) int32, links to add
    next_added: np.ndarray  # (room,) int32, next of `added` with the same head, or -1
    first_added: np.ndarray  # (n_nodes,) int32, first of `added` with this head, or -1
    placed: np.ndarray  # (n_nodes,) uint8, 1 = in the new order
    stack: np.ndarray  # (room + n_nodes,) int32, nodes waiting for those before them
    order: np.ndarray  # (n_nodes,) int32, new order, and the same for the three below
    begin: np.ndarray  # (n_nodes + 1,) int32
    link: np.ndarray  # (room,) int32
    flow: np.ndarray  # (room,)


@kernel
def new_work(n_nodes, n_links, room):
    """Return an empty work space."""
    return Work(
        np.zeros(n_nodes),
        np.zeros(n_nodes),
        np.zeros(n_nodes, dtype=np.int32),
        np.zeros(n_nodes, dtype=np.int32),
        np.zeros(n_nodes, dtype=np.int32),
        np.zeros(room, dtype=np.int32),
        np.zeros(n_nodes),
        np.zeros(n_links, dtype=np.uint8),
        np.zeros(room, dtype=np.uint8),
        np.zeros(room, dtype=np.int32),
        np.zeros(room, dtype=np.int32),
        np.full(n_nodes, -1, dtype=np.int32),
        np.zeros(n_nodes, dtype=np.uint8),
        np.zeros(room + n_nodes, dtype=np.int32),
        np.zeros(n_nodes, dtype=np.int32),
        np.zeros(n_nodes + 1, dtype=np.int32),
        np.zeros(room, dtype=np.int32),
        np.zeros(room),
    )


@kernel
def total_into(out_bushes):
    """Sum the flow of all bushes afresh."""
    out_bushes.total[:] = 0.0
    for i in range(out_bushes.origin.size):
        for e in range(out_bushes.begin[i, out_bushes.reached[i]]):
            out_bushes.total[out_bushes.link[i, e]] += out_bushes.flow[i, e]


@kernel
def price_into(links, out_bushes):
    """Price every link at its total flow."""
    for link in range(out_bushes.total.size):
        price_link_into(links, link, out_bushes.total, out_bushes.cost, out_bushes.slope)


@borrowing_kernel
def load_into(links, trips, i, out_bushes, out_work):
    """Send the trips of a bush down it, split at each node as its flow is now.

    A node whose links carry nothing yet takes all by its first entry. Flow leaves with balance
    exact to rounding; `total` follows, costs do not.
    """
    begin = out_bushes.begin[i]
    entry_link = out_bushes.link[i]
    flow = out_bushes.flow[i]
    need, total, tail = out_work.need, out_bushes.total, links.tail
    need[:] = 0.0
    for t in range(trips.start[i], trips.start[i + 1]):
        need[trips.node[t]] += trips.weight[t]
    for k in range(out_bushes.reached[i] - 1, 0, -1):
        wanted = need[np.uint32(out_bushes.order[i, k])]
        first = begin[k]
        if begin[k + 1] - first == 1:
            link = np.uint32(entry_link[first])
            total[link] += wanted - flow[first]
            flow[first] = wanted
            need[np.uint32(tail[link])] += wanted
            continue
        carried = 0.0
        for e in range(first, begin[k + 1]):
            carried += flow[e]
        for e in range(first, begin[k + 1]):
            if carried > 0.0:
                share = flow[e] / carried
                sent = share * wanted if share >= _DUST else 0.0
            else:
                sent = wanted if e == first else 0.0
            total[entry_link[e]] += sent - flow[e]
            flow[e] = sent
            need[tail[entry_link[e]]] += sent
    out_bushes.moved[i] = 0


@borrowing_kernel
def trim_into(links, i, bushes, out_work):
    """Label a bush and mark entries without flow to be dropped; return how many.

    The cheapest way to every node stays. `long` covers all entries that stay, which makes it rise
    along every one of them: so a link that satisfies long[tail] + cost < long[head] can be added
    without closing a cycle, also where links cost nothing.
    """
    begin = bushes.begin[i]
    entry_link = bushes.link[i]
    flow = bushes.flow[i]
    cost = bushes.cost[bushes.kind[i]]
    short, long, position, keep = out_work.short, out_work.long, out_work.position, out_work.keep
    order, tail = bushes.order[i], links.tail
    if bushes.reached[i] < long.size:
        long[:] = np.inf
        position[:] = -1
    short[bushes.origin[i]] = 0.0
    long[bushes.origin[i]] = 0.0
    position[bushes.origin[i]] = 0
    dropped = 0
    for k in range(1, bushes.reached[i]):
        node = np.uint32(order[k])
        position[node] = k
        first = begin[k]
        if begin[k + 1] - first == 1:
            link = np.uint32(entry_link[first])
            before = np.uint32(tail[link])
            keep[first] = 1
            short[node] = short[before] + cost[link]
            long[node] = long[before] + cost[link]
            continue
        best = np.inf
        best_e = -1
        for e in range(first, begin[k + 1]):
            link = entry_link[e]
            way = short[tail[link]] + cost[link]
            if way < best or best_e < 0:
                best = way
                best_e = e
        short[node] = best
        farthest = 0.0
        for e in range(first, begin[k + 1]):
            link = entry_link[e]
            stays = flow[e] > 0.0 or e == best_e
            keep[e] = stays
            if stays:
                farthest = max(farthest, long[tail[link]] + cost[link])
            else:
                dropped += 1
        long[node] = farthest
    return dropped


@borrowing_kernel
def add_link_into(links, link, n_added, out_work):
    """Put a link on the list of those to add."""
    head = links.out.node[link]
    out_work.added[n_added] = link
    out_work.next_added[n_added] = out_work.first_added[head]
    out_work.first_added[head] = n_added


@borrowing_kernel
def _stays(i, link, head, bushes, work):
    """Return whether a link is an entry that stays."""
    k = work.position[head]
    if k > 0:
        for e in range(bushes.begin[i, k], bushes.begin[i, k + 1]):
            if bushes.link[i, e] == link:
                return work.keep[e] == 1
    return False


@borrowing_kernel
def widen_into(links, i, out_bushes, out_work):
    """List links that shorten the dearest way to their head; return how many (Dial, 2006).

    Few do: comparing without a branch first, and without a look at whether rows are negative (hence
    the unsigned ones), takes a fifth of the time.

    Adding only those that shorten the cheapest way as well, and these if there are none (Nie,
    2010), took as many rebuilds on Chicago-Sketch and left more ways for later after a closure.
    """
    cost = out_bushes.cost[out_bushes.kind[i]]
    is_open = links.is_open[out_bushes.kind[i]]
    origin = out_bushes.origin[i]
    long, shortens = out_work.long, out_work.shortens
    start, head, tail = links.out.start, links.out.node, links.tail
    room = out_work.keep.size - out_bushes.begin[i, out_bushes.reached[i]]
    added = 0
    out_bushes.full[i] = 0
    for part in range(2):  # links of the origin if that is a centroid, and of all but centroids
        begin, end = start[links.first_thru], start[long.size]
        if part == 0:
            begin, end = start[origin], start[origin + (origin < links.first_thru)]
        tails, heads, costs = tail[begin:end], head[begin:end], cost[begin:end]
        for j in range(tails.size):
            way = long[np.uint32(tails[j])] + costs[j]
            shortens[j] = way < long[np.uint32(heads[j])]
        for j in range(tails.size):
            if not shortens[j]:
                continue
            link = np.int64(begin + j)
            if is_open[link] and not _stays(i, link, head[link], out_bushes, out_work):
                if added == room:
                    out_bushes.full[i] = 1
                    return added
                add_link_into(links, link, added, out_work)
                added += 1
    return added


@kernel
def _cut_into(links, i, out_bushes, out_work, out_fixed):
    """Drop entries that are closed or hang from nothing; return how many nodes still stand."""
    cost = out_bushes.cost[out_bushes.kind[i]]
    is_open = links.is_open[out_bushes.kind[i]]
    order, begin, entry_link = out_bushes.order[i], out_bushes.begin[i], out_bushes.link[i]
    label, position, keep, tail = out_work.long, out_work.position, out_work.keep, links.tail
    position[:] = -1
    out_fixed[:] = 0
    out_fixed[out_bushes.origin[i]] = 1
    label[out_bushes.origin[i]] = 0.0
    standing = 1
    for k in range(1, out_bushes.reached[i]):
        node = np.uint32(order[k])
        position[node] = k
        label[node] = 0.0
        for e in range(begin[k], begin[k + 1]):
            link = np.int64(np.uint32(entry_link[e]))
            before = np.uint32(tail[link])
            keep[e] = is_open[link] and out_fixed[before]
            if keep[e]:
                out_fixed[node] = 1
                label[node] = max(label[node], label[before] + cost[link])
            else:
                out_bushes.total[link] -= out_bushes.flow[i, e]
                price_link_into(links, link, out_bushes.total, out_bushes.cost, out_bushes.slope)
        standing += out_fixed[node]
    return standing


@kernel
def repair_into(links, i, out_bushes, out_work):
    """Make a bush span all nodes that can be reached, whatever it held before.

    Closed links go. What still hangs together stays as it is; every node cut off, or not yet
    reached, gets one cheapest way at present costs from the part that stays, so no cycle can
    come about. Flow on links that leave the bush is taken out.
    """
    n = out_work.long.size
    kind = out_bushes.kind[i]
    fixed = np.zeros(n, dtype=np.uint8)
    standing = _cut_into(links, i, out_bushes, out_work, fixed)
    added = np.int64(0)  # a bare 0 would compile `order_into` a second time, for a literal
    if standing < n:
        cost = out_bushes.cost[kind].copy()
        for link in range(cost.size):
            if not links.is_open[kind, link]:
                cost[link] = np.inf
        via = out_work.short_entry
        origin = np.int64(out_bushes.origin[i])
        grow_tree_into(links.out, cost, origin, links.first_thru, fixed, out_work.long, via)
        for node in range(n):
            if not fixed[node] and via[node] >= 0:
                add_link_into(links, np.int64(via[node]), added, out_work)
                added += 1
    n_placed = order_into(links, i, added, out_bushes, out_work)
    write_into(links, i, n_placed, out_bushes, out_work)


@kernel
def has_closed(links, i, bushes):
    """Return whether a bush holds a closed link."""
    is_open = links.is_open[bushes.kind[i]]
    closed = 0
    for e in range(bushes.begin[i, bushes.reached[i]]):
        closed += 1 - is_open[bushes.link[i, e]]
    return closed > 0


@kernel
def start_into(links, trips, grow, settled, out_bushes, out_work):
    """Repair and load every bush in turn.

    An origin without a bush takes cheapest ways at the costs that those before it have left,
    which starts nearer to the equilibrium than the costs of an empty network.

    Parameters
    ----------
    grow
        1: links may have opened since, so bushes that do not reach all nodes try again.
    settled
        1: bushes carry these trips and `total` is their sum, so that those with nothing to repair
        stay as they are.
    """
    if not settled:
        total_into(out_bushes)
    price_into(links, out_bushes)
    for i in range(out_bushes.origin.size):
        new = out_bushes.reached[i] == 0
        short_of = grow and out_bushes.reached[i] < out_work.long.size
        if new:
            out_bushes.reached[i] = 1
            out_bushes.begin[i, :2] = 0
            out_bushes.order[i, 0] = out_bushes.origin[i]
        broken = new or short_of or has_closed(links, i, out_bushes)
        if broken:
            repair_into(links, i, out_bushes, out_work)
        if settled and not broken:
            continue
        load_into(links, trips, i, out_bushes, out_work)
        for e in range(out_bushes.begin[i, out_bushes.reached[i]]):
            link = np.int64(out_bushes.link[i, e])
            price_link_into(links, link, out_bushes.total, out_bushes.cost, out_bushes.slope)
