"""Static user equilibrium: nobody gains by another way."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.base import SolveStatus
from twin.flows.traffic.evaluate import evaluate
from twin.flows.traffic.kernels.bush import new_work, start_into
from twin.flows.traffic.kernels.shift import new_pairs, settle_into, sweep_into
from twin.flows.traffic.prepare import (
    bushes_from,
    likely_ways,
    link_arrays,
    link_flow,
    new_bushes,
    trips_by_bush,
    widened,
)

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, UInt8
    from twin.flows.traffic.kernels.bush import Bushes, Trips
    from twin.flows.traffic.network import TrafficNetwork

_log = logging.getLogger(__name__)

_PASSES = 60
"""Passes over the pairs of ways before bushes are rebuilt, at most."""
_LEAVE = 1e-3
"""Share of the first pass's saving at which they end: differences are a thirtieth by then."""
_MAX_SWEEPS = 200
_BETTER = 8.0
"""How much smaller the gap is after a sweep than as the sweep met it, most often at least."""
_PROGRESS, _STALLED = 0.9, 25
"""A gap that is not once below this share of the best so far in so many sweeps has stalled."""
_TURNS, _HEAVY = 2, 0.8
"""How many more turns in a sweep the bearers of this share of the cost above cheapest ways have."""
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
    class_flow_vehph: Float64
    """Vehicles of every class on every link, shape (n_classes, n_links)."""
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
    def flow_vehph(self) -> Float64:
        """Vehicles on every link, shape (n_links,)."""
        if self.class_flow_vehph.shape[0] == 1:
            return np.asarray(self.class_flow_vehph[0])
        return np.asarray(self.class_flow_vehph.sum(axis=0))

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
        Limit of work. It ends earlier where the gap has stalled, as it may with flow at many times
        capacity; `status` states whether the gap was reached.

    Raises
    ------
    CityDataError
        If the mask or the start does not fit the network, or the gap is not over 0.
    """
    shut = np.zeros(net.capacity.size, dtype=np.bool_) if closed is None else np.array(closed)
    _check(net, relative_gap, start, shut)
    links = link_arrays(net, shut)
    trips = trips_by_bush(net, shut)
    bushes = new_bushes(net) if start is None else bushes_from(net, start.bushes)
    n_nodes, n_links = net.graph.core.node.size, links.tail.size
    work = new_work(n_nodes, n_links, bushes.link.shape[1])
    reopened = start is not None and bool((start.net.shut(start.closed) & ~net.shut(shut)).any())
    settled = start is not None and _carry(start, net, trips)
    best, since = np.inf, 0
    start_into(links, trips, np.uint8(reopened), np.uint8(settled), bushes, work)
    pairs = new_pairs(max(_PAIRS, _PAIRS_PER_ORIGIN * bushes.origin.size), n_nodes)
    excess = np.zeros(bushes.origin.size)
    chosen = np.ones(bushes.origin.size, dtype=np.uint8)
    sweeps = 0
    while True:
        limits = (_PASSES, _LEAVE)
        whole = sweep_into(links, trips, limits, chosen, bushes, work, pairs, excess)
        met_gap = float(excess.sum()) / whole if whole > 0.0 else 0.0
        sweeps += 1
        best, since = (met_gap, 0) if met_gap < _PROGRESS * best else (best, since + 1)
        stalled = since >= _STALLED
        for _ in range(_TURNS if met_gap > _BETTER * relative_gap else 0):
            few = _heaviest(excess)
            sweep_into(links, trips, limits, few, bushes, work, pairs, excess)
        if bushes.full.any():
            bushes = widened(bushes, n_links)
            work = new_work(n_nodes, n_links, bushes.link.shape[1])
        if met_gap > _BETTER * relative_gap and sweeps < max_sweeps and not stalled:
            continue
        settle_into(links, trips, bushes, work)
        flow = link_flow(net, bushes, trips, shut)
        found = evaluate(net, flow, shut, likely=likely_ways(net, bushes))
        converged = found.relative_gap <= relative_gap
        if converged or sweeps >= max_sweeps or stalled:
            break
    if not converged:
        why = f", no better for {since}" if stalled else ""
        _log.warning("relative gap %.2g after %d sweeps%s", found.relative_gap, sweeps, why)
    return Assignment(
        net=net,
        closed=shut,
        class_flow_vehph=flow,
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


def _carry(start: Assignment, net: TrafficNetwork, trips: Trips) -> bool:
    """Return whether the bushes of a result carry these trips of a network and no others."""
    theirs = start.net.ends
    same_bushes = np.array_equal(theirs.bush_origin, net.ends.bush_origin) and np.array_equal(
        theirs.bush_kind, net.ends.bush_kind
    )
    carried = trips_by_bush(start.net, start.closed)
    return same_bushes and all(
        np.array_equal(old, new) for old, new in zip(carried, trips, strict=True)
    )


def _heaviest(excess: Float64) -> UInt8:
    """Return 1 for the bushes whose traffic bears most of what is borne above cheapest ways."""
    order = np.argsort(-excess, kind="stable")
    borne = np.cumsum(excess[order])
    few = np.zeros(excess.size, dtype=np.uint8)
    few[order[: int(np.searchsorted(borne, _HEAVY * borne[-1])) + 1]] = 1
    return few


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
    if start is not None and not net.has_links_of(start.net):
        what = "belongs to a network with other links"
        faults.append(Fault(where="start", what=what, mend="start from a result on these links"))
    elif start is not None and net.vehicle_class != start.net.vehicle_class:
        what = "belongs to a network with other classes of vehicles"
        faults.append(Fault(where="start", what=what, mend="start from a result of these classes"))
    if faults:
        raise CityDataError(faults)
