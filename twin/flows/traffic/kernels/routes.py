"""From the flows of an equilibrium to the routes of its trips.

An equilibrium fixes the flow of every link, not who uses which of several equal ways. Here all who
come to a node by several equal ways split alike, whatever their origin, as the condition of
proportionality has it; the shares are fitted so that link flows are those of the equilibrium.

References
----------
Bar-Gera, 2010, "Traffic assignment by paired alternative segments", Transportation Research B
44(8-9), doi 10.1016/j.trb.2009.11.004 (proportionality).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel
from twin.kernels.paths import shortest_tree

FULL = -1
_STALLED = 0.97  # what a round must leave at most of the last one's mismatch


class RouteWork(NamedTuple):
    """Room for the routes of one origin."""

    start: np.ndarray  # (n_routes + 1,) int64, first link of every route
    dest: np.ndarray  # (n_routes + 1,) int32, node it leads to
    flow: np.ndarray  # (n_routes + 1,) trips
    link: np.ndarray  # (room,) int32


@kernel
def spread_into(in_star, key, slot_cost, tree, near, trips, out_flow):
    """Send the trips of one origin back over the links that lead to each node at least cost.

    Parameters
    ----------
    in_star
        Links by head, a `Star` of `reverse_star`.
    key
        By which trips split over the links into a node, shape (n_links,), 0 or more.
    slot_cost
        Cost in the order of the star, shape (n_links,).
    tree
        (cost to every node, link by which the cheapest way reaches it) from the origin.
    near
        Share of a node's cost by which a way may cost more and still count as cheapest.
    trips
        Trips to every node, shape (n_nodes,).
    out_flow
        Flow of this origin on every link, shape (n_links,); 0 at first.
    """
    label, link_before = tree
    n = label.size
    depth = np.zeros(n, dtype=np.int64)
    for node in range(n):  # ways without cost: a node comes after the one before it in the tree
        at = node
        while link_before[at] >= 0:
            at = _tail_of(in_star, link_before[at], at)
            depth[node] += 1
    order = np.argsort(depth, kind="mergesort")
    order = order[np.argsort(label[order], kind="mergesort")]
    through = trips.copy()
    for i in range(n - 1, -1, -1):
        node = order[i]
        if through[node] <= 0.0 or link_before[node] < 0:
            continue
        known = 0.0
        for turn in range(2):  # first how much the links carry together, then the shares
            for slot in range(in_star.start[node], in_star.start[node + 1]):
                link, before = in_star.link[slot], in_star.node[slot]
                if label[before] + slot_cost[slot] > label[node] * (1.0 + near):
                    continue
                if label[before] >= label[node] and link != link_before[node]:
                    continue
                if turn == 0:
                    known += key[link]
                elif known > 0.0:
                    part = through[node] * key[link] / known
                    out_flow[link] += part
                    through[before] += part
        if known <= 0.0:
            link = link_before[node]
            out_flow[link] += through[node]
            through[_tail_of(in_star, link, node)] += through[node]


@kernel
def fit_key(stars, costs, ends, near, wanted, rounds, close):
    """Return the key of `spread_into` with which all origins together give the flows wanted.

    Each round a link's key grows as its flow fell short: iterative proportional fitting.

    Parameters
    ----------
    stars
        (forward star, reverse star).
    costs
        Cost in the order of each, each of shape (n_links,).
    ends
        (origins, first trip of each, node each trip ends at, trips, row of first centroid-free
        node): trips in the order of origins.
    near
        As in `spread_into`.
    wanted
        Flow of every link, shape (n_links,).
    rounds, close
        When to end: rounds at most, share of all flow that is on other links. It ends too when a
        round hardly brings anything.
    """
    star, in_star = stars
    origins, first, dest, demand, first_thru = ends
    key = wanted.copy()
    n = star.start.size - 1
    whole = wanted.sum()
    before = np.inf
    for _ in range(rounds):
        flow = np.zeros(wanted.size)
        for i in range(origins.size):
            tree = shortest_tree(star, costs[0], np.int64(origins[i]), first_thru)
            trips = np.zeros(n)
            for row in range(first[i], first[i + 1]):
                if tree[0][dest[row]] < np.inf:
                    trips[dest[row]] += demand[row]
            spread_into(in_star, key, costs[1], tree, near, trips, flow)
        apart = 0.0
        for link in range(wanted.size):
            apart += abs(flow[link] - wanted[link])
            if flow[link] > 0.0:
                key[link] *= wanted[link] / flow[link]
        if apart <= close * whole or apart > _STALLED * before:
            break
        before = apart
    return key


@kernel
def _tail_of(in_star, link, head):
    """Return the node a link into a node comes from."""
    for slot in range(in_star.start[head], in_star.start[head + 1]):
        if in_star.link[slot] == link:
            return in_star.node[slot]
    return np.int32(-1)


@kernel
def take_apart_into(in_star, flow, origin, trips, dust, out_count, out):
    """Split the flow of an origin into routes to its destinations; return trips left over.

    Every step walks back from a destination over the link that carries most, and takes as much as
    the whole way carries: so one link is emptied or one destination served, and there are at most
    as many routes as links and destinations.

    Parameters
    ----------
    in_star
        Links by head, a `Star` of `reverse_star`.
    flow
        Flow of this origin on every link, shape (n_links,), without circles; used up.
    origin
        Its node.
    trips
        Trips to every node, shape (n_nodes,); used up.
    dust
        Trips that are none.
    out_count
        Routes and links written so far, shape (2,), int64; `FULL` in the first when room is out.
    out
        `RouteWork` to write to; links of a route run from the destination back.
    """
    left_over = 0.0
    for dest in range(trips.size):
        while trips[dest] > dust and dest != origin:
            node = dest
            amount = trips[dest]
            begin = out_count[1]
            end = begin
            while node != origin:
                best = -1
                for slot in range(in_star.start[node], in_star.start[node + 1]):
                    link = in_star.link[slot]
                    if flow[link] > dust and (best < 0 or flow[link] > flow[in_star.link[best]]):
                        best = slot
                if best < 0 or end - begin > flow.size:
                    break
                if end >= out.link.size or out_count[0] + 1 >= out.start.size:
                    out_count[0] = FULL
                    return left_over
                out.link[end] = in_star.link[best]
                amount = min(amount, flow[in_star.link[best]])
                end += 1
                node = in_star.node[best]
            if node != origin:
                left_over += trips[dest]
                break
            for i in range(begin, end):
                flow[out.link[i]] -= amount
            trips[dest] -= amount
            out.flow[out_count[0]] = amount
            out.dest[out_count[0]] = dest
            out_count[0] += 1
            out_count[1] = end
            out.start[out_count[0]] = end
    return left_over


@kernel
def reverse_ways_into(start, links):
    """Turn every route round, in place."""
    for route in range(start.size - 1):
        i, j = start[route], start[route + 1] - 1
        while i < j:
            links[i], links[j] = links[j], links[i]
            i += 1
            j -= 1
