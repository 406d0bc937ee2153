"""How good a set of link flows is, by code apart from the solver's.

Costs are computed anew from the flows, ways by trees over all open links: the gap is the true one
and knows nothing of bushes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.kernels.paths import shortest_labels

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64
    from twin.flows.traffic.network import TrafficNetwork


@final
@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Facts about link flows. Sums are over served trips and open links."""

    time: Float64
    """Time on every link at its flow, shape (n_links,); infinite where closed."""
    cost: Float64
    """Time plus fixed cost, shape (n_links,); infinite where closed."""
    trip_cost: Float64
    """Cost of the cheapest way of every row of trips, shape (n_trips,); infinite: no way."""
    relative_gap: float
    """(cost of all flows - cost of all trips by cheapest ways) / cost of all flows."""
    objective: float
    """Beckmann's integral of link costs, which the equilibrium makes least."""
    total_travel_time: float
    """Sum of flow x time."""
    total_cost: float
    """Sum of flow x cost."""
    unserved: float
    """Trips without a way."""
    imbalance_vehph: float
    """Largest difference at a node of what enters, leaves, starts and ends."""


def link_time(net: TrafficNetwork, flow: Float64) -> Float64:
    """Return the time on every link at a flow, shape (n_links,).

    References
    ----------
    Bureau of Public Roads, 1964, Traffic Assignment Manual (the form of the function).
    """
    return np.asarray(net.free_flow_time * (1.0 + net.b * (flow / net.capacity) ** net.power))


def evaluate(net: TrafficNetwork, flow: Float64, closed: Bool | None = None) -> Evaluation:
    """Evaluate link flows, shape (n_links,), with the links of a mask closed.

    References
    ----------
    Beckmann, McGuire & Winsten, 1956, Studies in the Economics of Transportation, ch. 3.
    """
    graph = net.graph
    shut = np.zeros(flow.size, dtype=np.bool_) if closed is None else closed
    time = link_time(net, flow)
    cost = np.where(shut, np.inf, time + net.fixed_cost)
    trip = net.ends
    slot_cost = np.ascontiguousarray(cost[graph.out.link])
    labels = shortest_labels(graph.out, slot_cost, trip.origins, graph.first_thru)
    trip_cost: Float64 = labels[trip.origin_i, trip.dest]
    served = np.isfinite(trip_cost)
    carried = np.where(served, net.demand, 0.0)
    used = flow > 0.0
    total_cost = float((flow[used] * cost[used]).sum())
    least = float((carried[served] * trip_cost[served]).sum())
    n = graph.node.size
    starts = np.bincount(trip.origins[trip.origin_i], weights=carried, minlength=n)
    ends = np.bincount(trip.dest, weights=carried, minlength=n)
    enters = np.bincount(graph.head, weights=flow, minlength=n)
    leaves = np.bincount(graph.tail, weights=flow, minlength=n)
    balance = enters + starts - leaves - ends
    return Evaluation(
        time=np.where(shut, np.inf, time),
        cost=cost,
        trip_cost=trip_cost,
        relative_gap=(total_cost - least) / total_cost if total_cost > 0.0 else 0.0,
        objective=_objective(net, flow),
        total_travel_time=float((flow * time)[used].sum()),
        total_cost=total_cost,
        unserved=float(net.demand[~served].sum()),
        imbalance_vehph=float(np.abs(balance).max(initial=0.0)),
    )


def _objective(net: TrafficNetwork, flow: Float64) -> float:
    """Return the sum over links of the integral of cost from 0 to flow."""
    delay = net.b * (flow / net.capacity) ** net.power / (net.power + 1.0)
    return float((flow * (net.free_flow_time * (1.0 + delay) + net.fixed_cost)).sum())
