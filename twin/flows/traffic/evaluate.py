"""How good a set of link flows is, by code apart from the solver's.

Costs are computed anew from the flows, ways by searches over all open links of the whole network:
the gap is the true one and is independent of bushes, nor of dead ends folded. A solver may propose
ways, which saves time; every link is looked at, so no proposal can change a cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError
from twin.kernels.likely import LikelyWays, PricedLinks, labels_by_likely_ways

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.traffic.network import TrafficNetwork


@final
@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Facts about link flows. Sums are over served trips and open links."""

    time: Float64
    """Time on every link at its flow, shape (n_links,); infinite where closed."""
    cost: Float64
    """Time plus what else a class takes into account, shape (n_classes, n_links); infinite where
    closed, or to a class that may not go there."""
    trip_cost: Float64
    """Cost of the cheapest way of every row of trips, shape (n_trips,); infinite: no way."""
    relative_gap: float
    """(cost of all flows - cost of all trips by cheapest ways) / cost of all flows."""
    objective: float
    """Beckmann's integral of link costs, which the equilibrium makes least."""
    total_travel_time: float
    """Sum of flow x time over vehicles."""
    total_cost: float
    """Sum of flow x cost over vehicles."""
    unserved: float
    """Trips without a way."""
    imbalance_vehph: float
    """Largest difference at a node of what enters, leaves, starts and ends, of any class."""


def link_time(net: TrafficNetwork, load: Float64) -> Float64:
    """Return the time on every link at a load in passenger cars, shape (n_links,).

    References
    ----------
    Bureau of Public Roads, 1964, Traffic Assignment Manual; Spiess, 1990, Transportation Science
    24(2), doi 10.1287/trsc.24.2.153, eq. 5.
    """
    ratio = load / net.capacity
    bent = np.minimum(ratio, net.linear_from)
    delay = net.b * bent**net.power
    over = ratio > bent
    tangent = net.b[over] * net.power[over] * bent[over] ** (net.power[over] - 1.0)
    delay[over] += tangent * (ratio[over] - bent[over])
    delay[net.conical] = _conical(net.power[net.conical], ratio[net.conical])
    return np.asarray(net.free_flow_time * (1.0 + delay))


def _conical(alpha: Float64, ratio: Float64) -> Float64:
    """Return the delay of conical links over free-flow time, less 1."""
    beta = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)
    left = alpha * (1.0 - ratio)
    return np.asarray(1.0 + np.hypot(left, beta) - left - beta)


def evaluate(
    net: TrafficNetwork,
    flow: Float64,
    closed: Bool | None = None,
    *,
    likely: tuple[Int32, LikelyWays] | None = None,
) -> Evaluation:
    """Evaluate link flows with the links of a mask closed.

    Parameters
    ----------
    net
        Links and trips.
    flow
        Vehicles on every link by class, shape (n_classes, n_links), or (n_links,) of one class.
    closed
        True where a link is shut, shape (n_links,).
    likely
        Row of ways for every tree of trips, -1: none, shape (n_trees,), and the ways: they save
        time, and the result does not depend on them.

    Raises
    ------
    CityDataError
        If the flows do not fit the network.

    References
    ----------
    Beckmann, McGuire & Winsten, 1956, Studies in the Economics of Transportation, ch. 3.
    """
    if np.atleast_2d(flow).shape != net.class_cost.shape:
        message = f"flow: shape {net.class_cost.shape} is wanted, not {flow.shape}; mend the array"
        raise CityDataError(message)
    flow = np.atleast_2d(flow)
    load = net.pce @ flow
    time = link_time(net, load)
    shut = np.zeros(load.size, dtype=np.bool_) if closed is None else closed
    cost = np.where(net.shut(shut), np.inf, time + net.class_cost)
    trip_cost = _trip_cost(net, cost, likely or _no_ways(net))
    served = np.isfinite(trip_cost)
    used = flow > 0.0
    total_cost = float((flow[used] * cost[used]).sum())
    least = float((net.demand[served] * trip_cost[served]).sum())
    vehicles = flow.sum(axis=0)
    return Evaluation(
        time=np.where(shut, np.inf, time),
        cost=cost,
        trip_cost=trip_cost,
        relative_gap=(total_cost - least) / total_cost if total_cost > 0.0 else 0.0,
        objective=_objective(net, load) + float((net.pce @ (flow * net.class_cost)).sum()),
        total_travel_time=float((vehicles * time)[vehicles > 0.0].sum()),
        total_cost=total_cost,
        unserved=float(net.demand[~served].sum()),
        imbalance_vehph=_imbalance(net, flow, served),
    )


def _no_ways(net: TrafficNetwork) -> tuple[Int32, LikelyWays]:
    """Return that nothing is known of any tree."""
    none, table = np.empty(0, dtype=np.int32), np.empty((0, 0), dtype=np.int32)
    row = np.full(net.ends.origins.size, -1, dtype=np.int32)
    return row, LikelyWays(none, none, none, table, table, table)


def _trip_cost(net: TrafficNetwork, cost: Float64, likely: tuple[Int32, LikelyWays]) -> Float64:
    """Return the cost of the cheapest way of every row of trips, shape (n_trips,)."""
    graph, ends = net.graph, net.ends
    tail = np.ascontiguousarray(graph.tail[graph.out.link])
    trip_cost = np.empty(net.demand.size)
    for kind, of_class in enumerate(cost):
        trees = np.flatnonzero(ends.kind == kind)
        if not trees.size:
            continue
        slot_cost = np.ascontiguousarray(of_class[graph.out.link])
        links = PricedLinks(graph.out, tail, slot_cost, graph.first_thru)
        row, ways = likely
        labels = labels_by_likely_ways(links, ends.origins[trees], row[trees], ways)
        rows = np.flatnonzero(net.trip_class == kind)
        trip_cost[rows] = labels[ends.origin_i[rows] - trees[0], ends.dest[rows]]
    return trip_cost


def _imbalance(net: TrafficNetwork, flow: Float64, served: Bool) -> float:
    """Return the largest imbalance of any class at a node."""
    graph, ends = net.graph, net.ends
    n = graph.node.size
    worst = 0.0
    for kind, of_class in enumerate(flow):
        carried = np.where(served & (net.trip_class == kind), net.demand, 0.0)
        starts = np.bincount(ends.origins[ends.origin_i], weights=carried, minlength=n)
        stops = np.bincount(ends.dest, weights=carried, minlength=n)
        enters = np.bincount(graph.head, weights=of_class, minlength=n)
        leaves = np.bincount(graph.tail, weights=of_class, minlength=n)
        worst = max(worst, float(np.abs(enters + starts - leaves - stops).max(initial=0.0)))
    return worst


def _objective(net: TrafficNetwork, load: Float64) -> float:
    """Return the sum over links of the integral of time from 0 to a load in passenger cars."""
    ratio = load / net.capacity
    power = net.power
    bent = np.minimum(ratio, net.linear_from)
    whole = bent * (1.0 + net.b * bent**power / (power + 1.0))
    over = np.flatnonzero(ratio > bent)
    beyond = ratio[over] - bent[over]
    level = 1.0 + net.b[over] * bent[over] ** power[over]
    tangent = net.b[over] * power[over] * bent[over] ** (power[over] - 1.0)
    whole[over] += beyond * (level + 0.5 * tangent * beyond)
    cone = np.flatnonzero(net.conical)
    whole[cone] = _conical_integral(power[cone], ratio[cone])
    return float((net.free_flow_time * net.capacity * whole).sum())


def _conical_integral(alpha: Float64, ratio: Float64) -> Float64:
    """Return the integral of conical delay over flow / capacity."""
    beta = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)

    def upto(left: Float64) -> Float64:
        """Antiderivative of sqrt(left^2 + beta^2) - left over left."""
        root = np.hypot(left, beta)
        square = left * root + beta * beta * np.arcsinh(left / beta) - left * left
        return np.asarray(0.5 * square)

    cone = (upto(alpha) - upto(alpha * (1.0 - ratio))) / alpha
    return np.asarray((2.0 - beta) * ratio + cone)
