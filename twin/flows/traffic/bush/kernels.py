"""One acyclic bush of links per origin: its prices, order, load, repair and growth.

A bush holds every link that traffic of one origin uses. Links that would shorten the longest way
to their head are added, links without traffic dropped; how traffic moves within it stands in
`twin.flows.traffic.shift.kernels`. Link cost is BPR:

    c(x) = free (1 + b (x / capacity)^power) + fixed

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

from twin.kernels.jit import kernel
from twin.kernels.paths import Star, grow_tree_into

_DUST = 1e-15  # share of a node's traffic below which a link carries none: rounding leaves that
_QUARTIC = 4.0  # the usual power, five times faster by products than by a general power
_FLAT = 1e-7  # share of capacity at which dcost/dx of powers below 1 is taken, infinite at 0


class LinkArrays(NamedTuple):
    """Links in order of their head node, so that those into a node are neighbours."""

    in_start: np.ndarray  # (n_nodes + 1,) int32, first link into every node
    tail: np.ndarray  # (n_links,) int32, node row
    head: np.ndarray  # (n_links,) int32, node row
    out: Star  # the same links grouped by tail
    constant: np.ndarray  # (n_links,) cost of an empty link
    rise: np.ndarray  # (n_links,) cost added at flow = capacity
    capacity: np.ndarray  # (n_links,) > 0
    power: np.ndarray  # (n_links,) 0 or more
    is_open: np.ndarray  # (n_links,) uint8
    first_thru: int  # nodes below this row are centroids


class Bushes(NamedTuple):
    """State of the solve: what every origin sends over every link, and which links it may use."""

    origin: np.ndarray  # (n_origins,) int32, node row
    demand: np.ndarray  # (n_origins, n_nodes) trips served
    flow: np.ndarray  # (n_origins, n_links)
    member: np.ndarray  # (n_origins, n_links) uint8, 1 = in the bush
    order: np.ndarray  # (n_origins, n_nodes) int32, reached nodes in topological order
    begin: np.ndarray  # (n_origins, n_nodes + 1) int32, first entry of each node of `order`
    entry: np.ndarray  # (n_origins, n_links) int32, links of the bush by their head in `order`
    reached: np.ndarray  # (n_origins,) int32, how many nodes are reached
    total: np.ndarray  # (n_links,) flow of all origins
    cost: np.ndarray  # (n_links,) at `total`
    slope: np.ndarray  # (n_links,) dcost/dflow at `total`


class Labels(NamedTuple):
    """Work space of one bush; rows are nodes."""

    short: np.ndarray  # (n_nodes,) cost of the cheapest way in the bush
    long: np.ndarray  # (n_nodes,) cost of the dearest way in use
    short_link: np.ndarray  # (n_nodes,) int32, last link of the cheapest way
    long_link: np.ndarray  # (n_nodes,) int32, last link of the dearest way in use, or -1
    position: np.ndarray  # (n_nodes,) int32, place in the topological order
    uneven: np.ndarray  # (n_nodes,) int32, nodes whose two ways differ, in topological order


@kernel
def new_labels(n_nodes):
    """Return an empty work space."""
    return Labels(
        np.empty(n_nodes),
        np.empty(n_nodes),
        np.full(n_nodes, -1, dtype=np.int32),
        np.full(n_nodes, -1, dtype=np.int32),
        np.full(n_nodes, -1, dtype=np.int32),
        np.full(n_nodes, -1, dtype=np.int32),
    )


@kernel
def price_link_into(links, link, out_bushes):
    """Bring cost and slope of one link up to its total flow."""
    flow = max(out_bushes.total[link], 0.0)
    ratio = flow / links.capacity[link]
    power = links.power[link]
    rise = links.rise[link]
    if power == _QUARTIC:
        cube = ratio * ratio * ratio
        out_bushes.cost[link] = links.constant[link] + rise * cube * ratio
        out_bushes.slope[link] = 4.0 * rise * cube / links.capacity[link]
    elif rise == 0.0 or power == 0.0:
        out_bushes.cost[link] = links.constant[link] + rise
        out_bushes.slope[link] = 0.0
    else:
        at = max(ratio, _FLAT) if power < 1.0 else ratio
        out_bushes.cost[link] = links.constant[link] + rise * ratio**power
        out_bushes.slope[link] = rise * power * at ** (power - 1.0) / links.capacity[link]


@kernel
def total_into(links, out_bushes):
    """Sum the flow of all origins afresh and price every link."""
    out_bushes.total[:] = 0.0
    for i in range(out_bushes.origin.size):
        for link in range(out_bushes.total.size):
            out_bushes.total[link] += out_bushes.flow[i, link]
    for link in range(out_bushes.total.size):
        price_link_into(links, link, out_bushes)


@kernel
def order_into(links, i, out_bushes):
    """Sort the nodes of a bush topologically (Kahn, 1962, doi 10.1145/368996.369025)."""
    n = links.in_start.size - 1
    member = out_bushes.member[i]
    order = out_bushes.order[i]
    waiting = np.zeros(n, dtype=np.int32)
    for node in range(n):
        for link in range(links.in_start[node], links.in_start[node + 1]):
            waiting[node] += member[link]
    order[0] = out_bushes.origin[i]
    filled = 1
    done = 0
    while done < filled:
        node = order[done]
        done += 1
        for slot in range(links.out.start[node], links.out.start[node + 1]):
            if member[links.out.link[slot]]:
                other = links.out.node[slot]
                waiting[other] -= 1
                if waiting[other] == 0:
                    order[filled] = other
                    filled += 1
    out_bushes.reached[i] = filled


@kernel
def index_into(links, i, out_bushes):
    """List the links of a bush in topological order: bushes hold a third of all links or less."""
    member = out_bushes.member[i]
    entry = out_bushes.entry[i]
    begin = out_bushes.begin[i]
    begin[0] = 0
    filled = 0
    for k in range(out_bushes.reached[i]):
        node = out_bushes.order[i, k]
        begin[k] = filled
        for link in range(links.in_start[node], links.in_start[node + 1]):
            if member[link]:
                entry[filled] = link
                filled += 1
    begin[out_bushes.reached[i]] = filled


@kernel
def load_into(links, i, out_bushes):
    """Send an origin's demand down its bush, split at each node as its flow is now.

    A node whose links carry nothing yet takes all by the first link of its bush. Flow leaves
    with balance exact to rounding; `total` follows, costs do not.
    """
    entry = out_bushes.entry[i]
    begin = out_bushes.begin[i]
    flow = out_bushes.flow[i]
    need = out_bushes.demand[i].copy()
    for k in range(out_bushes.reached[i] - 1, 0, -1):
        wanted = need[out_bushes.order[i, k]]
        if begin[k + 1] - begin[k] == 1:
            link = entry[begin[k]]
            out_bushes.total[link] += wanted - flow[link]
            flow[link] = wanted
            need[links.tail[link]] += wanted
            continue
        carried = 0.0
        for e in range(begin[k], begin[k + 1]):
            carried += flow[entry[e]]
        for e in range(begin[k], begin[k + 1]):
            link = entry[e]
            if carried > 0.0:
                share = flow[link] / carried
                sent = share * wanted if share >= _DUST else 0.0
            else:
                sent = wanted if e == begin[k] else 0.0
            out_bushes.total[link] += sent - flow[link]
            flow[link] = sent
            need[links.tail[link]] += sent


@kernel
def repair_into(links, i, out_bushes, out_labels):
    """Make a bush span all nodes that can be reached, whatever it held before.

    Closed links go. What still hangs together stays as it is; every node cut off, or not yet
    reached, gets one cheapest way at present costs from the part that stays, so no cycle can
    come about. Flow on links that leave the bush is taken out.
    """
    n = links.in_start.size - 1
    origin = np.int64(out_bushes.origin[i])
    member = out_bushes.member[i]
    fixed = np.zeros(n, dtype=np.uint8)
    label = out_labels.long
    fixed[origin] = 1
    label[origin] = 0.0
    standing = 1
    for k in range(1, out_bushes.reached[i]):
        node = out_bushes.order[i, k]
        label[node] = 0.0
        for link in range(links.in_start[node], links.in_start[node + 1]):
            if member[link] and links.is_open[link] and fixed[links.tail[link]]:
                fixed[node] = 1
                way = label[links.tail[link]] + out_bushes.cost[link]
                label[node] = max(label[node], way)
            else:
                member[link] = 0
        standing += fixed[node]
    if standing < n:
        slot_cost = np.empty(links.tail.size)
        for slot in range(slot_cost.size):
            link = links.out.link[slot]
            slot_cost[slot] = out_bushes.cost[link] if links.is_open[link] else np.inf
        via = out_labels.short_link
        grow_tree_into(links.out, slot_cost, origin, links.first_thru, fixed, label, via)
        for node in range(n):
            if not fixed[node]:
                for link in range(links.in_start[node], links.in_start[node + 1]):
                    member[link] = via[node] == link
    for link in range(member.size):
        if not member[link] and out_bushes.flow[i, link] != 0.0:
            out_bushes.total[link] -= out_bushes.flow[i, link]
            out_bushes.flow[i, link] = 0.0
            price_link_into(links, link, out_bushes)


@kernel
def is_whole(links, i, wanted, bushes):
    """Tell whether a bush reaches all nodes by open links and carries what is wanted."""
    n = links.in_start.size - 1
    if bushes.reached[i] < n:
        return False
    for node in range(n):
        if bushes.demand[i, node] != wanted[i, node]:
            return False
    for link in range(links.tail.size):
        if bushes.member[i, link] and not links.is_open[link]:
            return False
    return True


@kernel
def start_into(links, wanted, out_bushes):
    """Repair and load every bush in turn.

    An origin without a bush takes cheapest ways at the costs that those before it have left,
    which starts nearer to the equilibrium than the costs of an empty network.

    Parameters
    ----------
    wanted
        Trips from every origin to every node, shape (n_origins, n_nodes); those to nodes that
        cannot be reached stay out of `out_bushes.demand`.
    """
    labels = new_labels(links.in_start.size - 1)
    total_into(links, out_bushes)
    for i in range(out_bushes.origin.size):
        if is_whole(links, i, wanted, out_bushes):
            continue
        repair_into(links, i, out_bushes, labels)
        order_into(links, i, out_bushes)
        index_into(links, i, out_bushes)
        out_bushes.demand[i] = 0.0
        for k in range(out_bushes.reached[i]):
            node = out_bushes.order[i, k]
            out_bushes.demand[i, node] = wanted[i, node]
        load_into(links, i, out_bushes)
        for e in range(out_bushes.begin[i, out_bushes.reached[i]]):
            price_link_into(links, np.int64(out_bushes.entry[i, e]), out_bushes)


@kernel
def trim_into(links, i, out_bushes, out_labels):
    """Label a bush and drop links without flow; return how many.

    The cheapest way to every node stays in the bush. `long` covers all links that stay, which
    makes it rise along every one of them: so a link that satisfies long[tail] + cost < long[head]
    can be added without closing a cycle, also where links cost nothing.
    """
    flow = out_bushes.flow[i]
    entry = out_bushes.entry[i]
    begin = out_bushes.begin[i]
    short = out_labels.short
    long = out_labels.long
    short[:] = np.inf
    short[out_bushes.origin[i]] = 0.0
    long[out_bushes.origin[i]] = 0.0
    dropped = 0
    for k in range(1, out_bushes.reached[i]):
        node = out_bushes.order[i, k]
        if begin[k + 1] - begin[k] == 1:
            link = entry[begin[k]]
            short[node] = short[links.tail[link]] + out_bushes.cost[link]
            long[node] = long[links.tail[link]] + out_bushes.cost[link]
            continue
        best = np.inf
        best_link = -1
        for e in range(begin[k], begin[k + 1]):
            way = short[links.tail[entry[e]]] + out_bushes.cost[entry[e]]
            if way < best or best_link < 0:
                best = way
                best_link = entry[e]
        short[node] = best
        farthest = 0.0
        for e in range(begin[k], begin[k + 1]):
            link = entry[e]
            if flow[link] > 0.0 or link == best_link:
                farthest = max(farthest, long[links.tail[link]] + out_bushes.cost[link])
            else:
                out_bushes.member[i, link] = 0
                dropped += 1
        long[node] = farthest
    return dropped


@kernel
def widen_into(links, i, labels, out_bushes):
    """Add links that shorten the dearest way to their head; return how many (Dial, 2006).

    Adding only those that shorten the cheapest way as well, and these if there are none (Nie,
    2010), took as many rebuilds on Chicago-Sketch and left more ways for later after a closure.
    """
    member = out_bushes.member[i]
    origin = out_bushes.origin[i]
    added = 0
    for link in range(member.size):
        if member[link] or not links.is_open[link]:
            continue
        tail = links.tail[link]
        if tail < links.first_thru and tail != origin:
            continue
        if not labels.short[tail] < np.inf:
            continue
        if labels.long[tail] + out_bushes.cost[link] < labels.long[links.head[link]]:
            member[link] = 1
            added += 1
    return added
