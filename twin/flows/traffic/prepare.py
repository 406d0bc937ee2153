"""From a network to the arrays of the solver, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.flows.traffic.kernels.bush import Bushes, Trips
from twin.flows.traffic.kernels.delay import CONICAL, FLAT, POWER, QUARTIC, LinkArrays
from twin.flows.traffic.kernels.fold import carry_into, lift_into
from twin.kernels.likely import LikelyWays

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.traffic.network import TrafficNetwork

_USUAL_POWER = 4.0
_ROOM = 1.35
"""Entries of a bush per node: 1.0 is a tree."""
_LEAST_ROOM = 64


def link_arrays(net: TrafficNetwork, closed: Bool) -> LinkArrays:
    """Return the links of the core in the solver's order."""
    core = net.graph.core
    rise = net.free_flow_time * net.b
    flat = ((rise == 0.0) | (net.power == 0.0)) & ~net.conical
    quartic = (net.power == _USUAL_POWER) & ~np.isfinite(net.linear_from) & ~net.conical & ~flat
    form = np.select([flat, quartic, net.conical], [FLAT, QUARTIC, CONICAL], POWER)
    return LinkArrays(
        out=core.out,
        tail=core.tail,
        form=form.astype(np.uint8)[core.link],
        free=np.where(flat, net.free_flow_time + rise, net.free_flow_time)[core.link],
        factor=np.where(quartic, rise / net.capacity**_USUAL_POWER, rise)[core.link],
        power=net.power[core.link],
        capacity=net.capacity[core.link],
        linear_from=net.linear_from[core.link],
        fixed=np.ascontiguousarray(net.class_cost[:, core.link]),
        is_open=np.ascontiguousarray(~net.shut(closed)[:, core.link], dtype=np.uint8),
        first_thru=core.first_thru,
    )


def trips_by_bush(net: TrafficNetwork, closed: Bool) -> Trips:
    """Return trips in the core, in passenger cars; 0 where a dead end of theirs is closed."""
    ends = net.ends
    weight = net.demand * net.pce[net.trip_class]
    if net.shut(closed).any():
        weight[~_leaves_dead_ends(net, closed)] = 0.0
    return Trips(start=ends.start, node=ends.core_dest, weight=weight[ends.trip])


def new_bushes(net: TrafficNetwork, room: int | None = None) -> Bushes:
    """Return bushes that reach nothing yet."""
    ends, core = net.ends, net.graph.core
    n, n_nodes, n_links = ends.bush_origin.size, core.node.size, core.link.size
    wide = min(n_links, max(_LEAST_ROOM, int(_ROOM * n_nodes))) if room is None else room
    return Bushes(
        origin=ends.bush_origin,
        kind=ends.bush_kind,
        reached=np.zeros(n, dtype=np.int32),
        order=np.empty((n, n_nodes), dtype=np.int32),
        begin=np.zeros((n, n_nodes + 1), dtype=np.int32),
        link=np.empty((n, wide), dtype=np.int32),
        flow=np.empty((n, wide)),
        moved=np.zeros(n, dtype=np.uint8),
        full=np.zeros(n, dtype=np.uint8),
        total=np.zeros(n_links),
        cost=np.zeros((net.pce.size, n_links)),
        slope=np.zeros(n_links),
    )


def bushes_from(net: TrafficNetwork, old: Bushes) -> Bushes:
    """Return bushes as an earlier solve on the same links left them, for the trips of `net`."""
    if np.array_equal(old.origin, net.ends.bush_origin) and np.array_equal(
        old.kind, net.ends.bush_kind
    ):
        return Bushes(*(np.copy(part) for part in old))
    bushes = new_bushes(net, old.link.shape[1])
    n = net.graph.node.size
    _, theirs, ours = np.intersect1d(
        old.kind.astype(np.int64) * n + old.origin,
        bushes.kind.astype(np.int64) * n + bushes.origin,
        assume_unique=True,
        return_indices=True,
    )
    for name in ("reached", "order", "begin", "link", "flow"):
        getattr(bushes, name)[ours] = getattr(old, name)[theirs]
    return bushes


def widened(bushes: Bushes, n_links: int) -> Bushes:
    """Return the same bushes with room for half as many entries more."""
    wide = min(n_links, bushes.link.shape[1] * 3 // 2 + 1)
    parts = bushes._asdict()
    for name in ("link", "flow"):
        old = parts[name]
        parts[name] = np.empty((old.shape[0], wide), dtype=old.dtype)
        parts[name][:, : old.shape[1]] = old
    return Bushes(**parts)


def link_flow(net: TrafficNetwork, bushes: Bushes, trips: Trips, closed: Bool) -> Float64:
    """Return vehicles on every link of the whole network, shape (n_classes, n_links)."""
    core, ends = net.graph.core, net.ends
    flow = np.zeros(net.class_cost.shape)
    for kind in range(net.pce.size):
        in_core = bushes.total if net.pce.size == 1 else _of_class(bushes, kind)
        flow[kind, core.link] = in_core / net.pce[kind]
    carried = np.where(_served(net, bushes, trips, closed), net.demand, 0.0)
    origin = ends.origins[ends.origin_i]
    for kind in range(net.pce.size):
        weight = np.where(net.trip_class == kind, carried, 0.0)
        carry_into(net.graph.fold, origin, ends.dest, weight, flow[kind])
    return flow


def likely_ways(net: TrafficNetwork, bushes: Bushes) -> tuple[Int32, LikelyWays]:
    """Return for every tree of trips the row of its bush, -1: none, and the bushes as ways."""
    ends, graph = net.ends, net.graph
    row = np.full(ends.origins.size, -1, dtype=np.int32)
    bush_i = np.repeat(np.arange(ends.bush_origin.size, dtype=np.int32), np.diff(ends.start))
    row[ends.origin_i[ends.trip]] = bush_i
    slot = np.empty_like(graph.out.link)
    slot[graph.out.link] = np.arange(slot.size, dtype=np.int32)
    in_core = (graph.core.node, slot[graph.core.link])
    return row, LikelyWays(*in_core, bushes.reached, bushes.order, bushes.begin, bushes.link)


def _of_class(bushes: Bushes, kind: int) -> Float64:
    """Return the flow of one class on every link of the core, in passenger cars."""
    flow = np.zeros(bushes.total.size)
    for i in np.flatnonzero(bushes.kind == kind):
        size = bushes.begin[i, bushes.reached[i]]
        flow[bushes.link[i, :size]] += bushes.flow[i, :size]  # a link is in a bush once
    return flow


def _served(net: TrafficNetwork, bushes: Bushes, trips: Trips, closed: Bool) -> Bool:
    """Return which rows of trips have a way through dead ends and core, shape (n_trips,)."""
    ends = net.ends
    served = _leaves_dead_ends(net, closed)
    for i in np.flatnonzero(bushes.reached < bushes.order.shape[1]):
        rows = slice(trips.start[i], trips.start[i + 1])
        ours = bushes.order[i, : bushes.reached[i]]
        served[ends.trip[rows]] &= np.isin(ends.core_dest[rows], ours)
    return np.asarray(served)


def _leaves_dead_ends(net: TrafficNetwork, closed: Bool) -> Bool:
    """Return which rows of trips get through the dead ends they begin and end in, (n_trips,)."""
    ends = net.ends
    through = np.ones(net.demand.size, dtype=np.bool_)
    origin = ends.origins[ends.origin_i]
    for kind, shut in enumerate(net.shut(closed)):
        rows = np.flatnonzero(net.trip_class == kind)
        start, stop = origin[rows], ends.dest[rows]
        at, to = np.empty_like(start), np.empty_like(start)
        lift_into(net.graph.fold, (~shut).astype(np.uint8), start, stop, at, to)
        through[rows] = at >= 0
    return through
