"""Static user equilibrium: nobody gains by another way."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.base import SolveStatus
from twin.flows.traffic.bush.kernels import Bushes, LinkArrays, new_labels, start_into
from twin.flows.traffic.evaluate import evaluate
from twin.flows.traffic.shift.kernels import new_pairs, settle_into, sweep_into

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.traffic.network import TrafficNetwork

_log = logging.getLogger(__name__)

_PASSES = 60
"""Passes over the pairs of ways before bushes are rebuilt, at most."""
_LEAVE = 1e-4
"""Share of the first pass's saving at which they end: differences are a hundredth by then."""
_MAX_SWEEPS = 200
_BETTER = 8.0
"""How much smaller the gap is after a sweep than as the sweep met it, most often at least."""
_PAIRS = 4096
_PAIRS_PER_ORIGIN = 64
"""Room for pairs of ways; pairs beyond are evened once a sweep, not kept."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Flows of an equilibrium, and what is needed to start the next one from it."""

    net: TrafficNetwork
    closed: Bool
    """Links that were closed, shape (n_links,)."""
    flow_vehph: Float64
    """Flow of every link, shape (n_links,)."""
    time: Float64
    """Time on every link at its flow, shape (n_links,), in the network's unit; infinite: closed."""
    trip_cost: Float64
    """Cost of every row of `net` trips, shape (n_trips,); infinite: unserved."""
    relative_gap: float
    """True relative gap, recomputed from the flows by `evaluate`."""
    objective: float
    total_travel_time: float
    """Flow x time over all links."""
    total_cost: float
    """Flow x (time + fixed cost) over all links."""
    unserved: float
    """Trips without a way, in none of the sums."""
    imbalance_vehph: float
    """Largest imbalance at a node."""
    status: SolveStatus
    sweeps: int
    """How often the bushes were rebuilt."""
    bushes: Bushes
    """State of the solver, for the next start."""

    @property
    def links(self) -> pd.DataFrame:
        """Flow and time by link, in the order of the network's links."""
        return pd.DataFrame(
            {
                "init_node": self.net.init_node,
                "term_node": self.net.term_node,
                "flow_vehph": self.flow_vehph,
                "time": self.time,
                "closed": self.closed,
            }
        )

    @property
    def trips(self) -> pd.DataFrame:
        """Cost by trip row, infinite and `served` False where closures leave no way."""
        return pd.DataFrame(
            {
                "origin": self.net.origin,
                "dest": self.net.dest,
                "demand": self.net.demand,
                "cost": self.trip_cost,
                "served": np.isfinite(self.trip_cost),
            }
        )

    @property
    def intrazonal(self) -> float:
        """Trips within a zone, which use no link."""
        return self.net.intrazonal


def assign(
    net: TrafficNetwork,
    relative_gap: float = 1e-6,
    *,
    start: Assignment | None = None,
    closed: Bool | None = None,
    max_sweeps: int = _MAX_SWEEPS,
) -> Assignment:
    """Find the user equilibrium of a network by Algorithm B.

    Deterministic: the result depends on the arguments alone.

    Parameters
    ----------
    net
        Links and trips.
    relative_gap
        True relative gap to reach; 1e-6 for comparing scenarios, 1e-12 is within reach of small
        networks.
    start
        An earlier result on the same links to start from, with other capacities, demand or
        closures. It saves time; the result is the same within the gap.
    closed
        True where a link is shut, shape (n_links,). Trips left without a way are `unserved`.
    max_sweeps
        Limit of work; `status` tells whether the gap was reached.

    Raises
    ------
    CityDataError
        If the mask or the start does not fit the network, or the gap is not over 0.
    """
    shut = np.zeros(net.capacity.size, dtype=np.bool_) if closed is None else np.array(closed)
    _check(net, relative_gap, start, shut)
    links = _link_arrays(net, shut)
    bushes, wanted = _prepare(net, start)
    start_into(links, wanted, bushes)
    labels = new_labels(net.graph.node.size)
    pairs = new_pairs(max(_PAIRS, _PAIRS_PER_ORIGIN * bushes.origin.size), labels.short.size)
    sweeps = 0
    while True:
        met_gap = sweep_into(links, _PASSES, _LEAVE, bushes, labels, pairs)
        sweeps += 1
        if met_gap > _BETTER * relative_gap and sweeps < max_sweeps:
            continue
        settle_into(links, bushes)
        flow = np.empty(net.capacity.size)
        flow[net.graph.by_head] = bushes.total
        found = evaluate(net, flow, shut)
        converged = found.relative_gap <= relative_gap
        if converged or sweeps >= max_sweeps:
            break
    if not converged:
        _log.warning("relative gap %.2g after %d sweeps", found.relative_gap, sweeps)
    return Assignment(
        net=net,
        closed=shut,
        flow_vehph=flow,
        time=found.time,
        trip_cost=found.trip_cost,
        relative_gap=found.relative_gap,
        objective=found.objective,
        total_travel_time=found.total_travel_time,
        total_cost=found.total_cost,
        unserved=found.unserved,
        imbalance_vehph=found.imbalance_vehph,
        status=SolveStatus.CONVERGED if converged else SolveStatus.NOT_CONVERGED,
        sweeps=sweeps,
        bushes=bushes,
    )


def _check(
    net: TrafficNetwork, relative_gap: float, start: Assignment | None, closed: Bool
) -> None:
    """Raise all faults of the arguments of `assign`."""
    faults: list[Fault] = []
    if not relative_gap > 0.0:
        what = f"{relative_gap:g} is not over 0"
        faults.append(Fault(where="relative_gap", what=what, mend="give 1e-6, say"))
    size = net.capacity.size
    if closed.shape != (size,) or closed.dtype != np.bool_:
        what = f"shape {closed.shape} of {closed.dtype} does not fit {size} links"
        faults.append(Fault(where="closed", what=what, mend=f"give {size} booleans"))
    if start is not None and not _same_links(net, start.net):
        what = "belongs to a network with other links"
        faults.append(Fault(where="start", what=what, mend="start from a result on these links"))
    if faults:
        raise CityDataError(faults)


def _same_links(net: TrafficNetwork, other: TrafficNetwork) -> bool:
    """Tell whether two networks join the same nodes by the same links."""
    if net.graph is other.graph:
        return True
    return (
        np.array_equal(net.init_node, other.init_node)
        and np.array_equal(net.term_node, other.term_node)
        and net.first_thru_node == other.first_thru_node
    )


def _link_arrays(net: TrafficNetwork, closed: Bool) -> LinkArrays:
    """Put links in the solver's order."""
    graph = net.graph
    order = graph.by_head
    return LinkArrays(
        in_start=graph.in_start,
        tail=graph.tail[order],
        head=graph.head[order],
        out=graph.out_by_head,
        constant=(net.free_flow_time + net.fixed_cost)[order],
        rise=(net.free_flow_time * net.b)[order],
        capacity=net.capacity[order],
        power=net.power[order],
        is_open=np.where(closed[order], np.uint8(0), np.uint8(1)),
        first_thru=graph.first_thru,
    )


def _prepare(net: TrafficNetwork, start: Assignment | None) -> tuple[Bushes, Float64]:
    """Return (bushes, trips from every origin to every node), bushes as `start` left them."""
    graph = net.graph
    ends = net.ends
    shape = (ends.origins.size, graph.node.size)
    cell = ends.origin_i.astype(np.int64) * shape[1] + ends.dest
    wanted = np.bincount(cell, weights=net.demand, minlength=shape[0] * shape[1])
    wanted = wanted.astype(np.float64, copy=False).reshape(shape)  # no trips make it whole numbers
    if start is not None and np.array_equal(start.bushes.origin, ends.origins):
        return Bushes(*(np.copy(part) for part in start.bushes)), wanted
    bushes = _empty_bushes(ends.origins, graph.node.size, net.capacity.size)
    if start is not None:
        _, old, new = np.intersect1d(
            start.bushes.origin, bushes.origin, assume_unique=True, return_indices=True
        )
        for name in ("demand", "flow", "member", "order", "begin", "entry", "reached"):
            getattr(bushes, name)[new] = getattr(start.bushes, name)[old]
    return bushes, wanted


def _empty_bushes(origin: Int32, n_nodes: int, n_links: int) -> Bushes:
    """Return bushes that reach nothing yet."""
    n = origin.size
    return Bushes(
        origin=origin,
        demand=np.zeros((n, n_nodes)),
        flow=np.zeros((n, n_links)),
        member=np.zeros((n, n_links), dtype=np.uint8),
        order=np.zeros((n, n_nodes), dtype=np.int32),
        begin=np.zeros((n, n_nodes + 1), dtype=np.int32),
        entry=np.zeros((n, n_links), dtype=np.int32),
        reached=np.zeros(n, dtype=np.int32),
        total=np.zeros(n_links),
        cost=np.zeros(n_links),
        slope=np.zeros(n_links),
    )
