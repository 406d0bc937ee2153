"""The routes that trips of an equilibrium take, and new ones around what is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, final

import numpy as np

from twin.flows.traffic.kernels.routes import (
    FULL,
    RouteWork,
    fit_key,
    reverse_ways_into,
    spread_into,
    take_apart_into,
)
from twin.kernels.paths import forward_star, reverse_star, shortest_tree

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32, Int64
    from twin.flows.traffic.assign import Assignment
    from twin.flows.traffic.network import TrafficNetwork
    from twin.kernels.paths import Star

_NEAR = 1e-3
"""Share by which a way may cost more and still count as one of the cheapest."""
_DUST = 1e-9
_ROUNDS = 40
_CLOSE = 1e-3
"""Share of flow that may be on other links than in the equilibrium, and rounds to get there."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Routes:
    """Routes with their trips, one row each; a trip without a way is in none of them."""

    trip: Int32
    """Row of the network's trips, shape (n_routes,)."""
    flow_vehph: Float64
    """Trips on each in passenger cars, shape (n_routes,)."""
    start: Int64
    """First place of each route in `link`, shape (n_routes + 1,)."""
    link: Int32
    """Links in the order they are driven."""
    unserved: float = 0.0
    """Trips without a way, passenger cars."""

    def way(self, row: int) -> Int32:
        """Return the links of a route."""
        return self.link[self.start[row] : self.start[row + 1]]

    def link_flow(self, n_links: int) -> Float64:
        """Return the trips on every link, shape (n_links,)."""
        weights = np.repeat(self.flow_vehph, np.diff(self.start))
        return np.bincount(self.link, weights=weights, minlength=n_links)

    def uses(self, links: Bool) -> Bool:
        """Return which routes use any of some links, given as a mask of shape (n_links,)."""
        hits = np.concatenate([[0], np.cumsum(links[self.link])])
        return np.asarray(hits[self.start[1:]] > hits[self.start[:-1]])

    @classmethod
    def of_ways(cls, rows: list[tuple[int, float, Int32]], unserved: float = 0.0) -> Self:
        """Join (row of trips, flow, links) of every route."""
        sizes = [way.size for _, _, way in rows]
        return cls(
            trip=np.array([row[0] for row in rows], dtype=np.int32),
            flow_vehph=np.array([row[1] for row in rows], dtype=np.float64),
            start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            link=np.concatenate([np.zeros(0, dtype=np.int32), *(row[2] for row in rows)]),
            unserved=unserved,
        )


def routes_of(found: Assignment) -> Routes:
    """Return the routes of an equilibrium, flows of all classes in passenger cars.

    Link flows are those of the equilibrium but for what fitting leaves, about a hundredth of all
    flow; trips are kept to the last digit.
    """
    rows: list[tuple[int, float, Int32]] = []
    unserved = 0.0
    for kind in range(found.net.pce.size):
        lost = _class_routes(found, kind, rows)
        unserved += lost
    return Routes.of_ways(rows, unserved)


def _class_routes(found: Assignment, kind: int, rows: list[tuple[int, float, Int32]]) -> float:
    """Add the routes of a class to `rows`; return its passenger cars without a way."""
    net, ends = found.net, found.net.ends
    graph = net.graph
    star, in_star = graph.out, reverse_star(graph.node.size, graph.tail, graph.head)
    cost = np.where(net.shut(found.closed)[kind], np.inf, found.time + net.class_cost[kind])
    slot_cost = np.ascontiguousarray(cost[star.link])
    in_cost = np.ascontiguousarray(cost[in_star.link])
    cars = np.where(net.trip_class == kind, net.demand * net.pce[kind], 0.0)
    wanted = found.class_flow_vehph[kind] * net.pce[kind]
    order = np.flatnonzero(cars > 0.0)
    order = order[np.argsort(ends.origin_i[order], kind="stable")]
    bounds = np.searchsorted(ends.origin_i[order], np.arange(ends.origins.size + 1))
    key = fit_key(
        (star, in_star),
        (slot_cost, in_cost),
        (ends.origins, bounds, ends.dest[order], cars[order], graph.first_thru),
        _NEAR,
        wanted,
        _ROUNDS,
        _CLOSE,
    )
    unserved = 0.0
    for i, origin in enumerate(ends.origins.tolist()):
        mine = order[bounds[i] : bounds[i + 1]]
        if mine.size == 0:
            continue
        tree = shortest_tree(star, slot_cost, origin, graph.first_thru)
        reached = np.isfinite(tree[0][ends.dest[mine]])
        unserved += float(cars[mine[~reached]].sum())
        mine = mine[reached]
        trips = np.bincount(ends.dest[mine], cars[mine], minlength=graph.node.size)
        flow = np.zeros(net.capacity.size)
        spread_into(in_star, key, in_cost, tree, _NEAR, trips, flow)
        rows += _by_trip(_apart(in_star, flow, origin, trips), mine, ends.dest, cars)
    return unserved


def _apart(in_star: Star, flow: Float64, origin: int, trips: Float64) -> RouteWork:
    """Return the routes of an origin, cut to size."""
    n_routes = np.count_nonzero(flow) + np.count_nonzero(trips) + 2
    n_links = 64 * n_routes
    dust = _DUST * float(trips.sum())
    while True:
        count = np.zeros(2, dtype=np.int64)
        room = RouteWork(
            start=np.zeros(n_routes, dtype=np.int64),
            dest=np.zeros(n_routes, dtype=np.int32),
            flow=np.zeros(n_routes),
            link=np.zeros(n_links, dtype=np.int32),
        )
        take_apart_into(in_star, flow.copy(), origin, trips.copy(), dust, count, room)
        if count[0] != FULL:
            break
        n_routes, n_links = 2 * n_routes, 2 * n_links
    n = int(count[0])
    room = RouteWork(room.start[: n + 1], room.dest[:n], room.flow[:n], room.link)
    reverse_ways_into(room.start, room.link)
    return room


def _by_trip(
    room: RouteWork, mine: Int64, dest: Int32, demand: Float64
) -> list[tuple[int, float, Int32]]:
    """Return (row of trips, flow, links) of an origin's routes; flows of a row add up to it.

    `mine` are the rows of trips of this origin.
    """
    carried = np.bincount(room.dest, room.flow, minlength=int(dest.max(initial=0)) + 1)
    rows_to: dict[int, list[int]] = {}
    for row in mine.tolist():
        rows_to.setdefault(int(dest[row]), []).append(row)
    found = []
    for route, node in enumerate(room.dest.tolist()):
        way = room.link[room.start[route] : room.start[route + 1]]
        share = float(room.flow[route] / carried[node])
        found += [(row, share * float(demand[row]), way) for row in rows_to[node]]
    return found


@final
class Detours:
    """Cheapest ways at given costs, found once per node they start from."""

    def __init__(self, net: TrafficNetwork, cost: Float64) -> None:
        graph = net.graph
        self._star = forward_star(graph.node.size, graph.tail, graph.head)
        self._slot_cost = np.ascontiguousarray(cost[self._star.link])
        self._tail = graph.tail
        self._first_thru = graph.first_thru
        self._trees: dict[int, tuple[Float64, Int32]] = {}

    def way(self, start: int, end: int) -> Int32 | None:
        """Return the links from a node to another; None where there is no way."""
        if start not in self._trees:
            self._trees[start] = shortest_tree(self._star, self._slot_cost, start, self._first_thru)
        label, link_before = self._trees[start]
        if not np.isfinite(label[end]):
            return None
        links = []
        node = end
        while node != start:
            links.append(int(link_before[node]))
            node = int(self._tail[links[-1]])
        return np.array(links[::-1], dtype=np.int32)
