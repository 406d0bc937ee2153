"""A street network with its trips as arrays, read from two tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError
from twin.flows.traffic.checks import LINK_COLUMNS, TRIP_COLUMNS, table_faults
from twin.kernels.paths import Star, forward_star

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from twin.core.arrays import Float64, Int32, Int64


@final
@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Who is joined to whom. Rows of nodes follow their numbers, so centroids come first."""

    node: Int64
    """Node numbers, shape (n_nodes,), ascending."""
    tail: Int32
    """Node row each link leaves, shape (n_links,)."""
    head: Int32
    """Node row each link enters, shape (n_links,)."""
    out: Star
    """Links by tail."""
    by_head: Int32
    """Link rows in order of their head, shape (n_links,): the solver's order."""
    in_start: Int32
    """First place in `by_head` of the links into every node, shape (n_nodes + 1,)."""
    out_by_head: Star
    """Links by tail, counted in the solver's order."""
    first_thru: int
    """Nodes below this row are centroids."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Where trips start and end, as rows of nodes."""

    origins: Int32
    """Node rows where trips start, shape (n_origins,), ascending."""
    origin_i: Int32
    """Place in `origins` of every row of trips, shape (n_trips,)."""
    dest: Int32
    """Node row every row of trips ends at, shape (n_trips,)."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class TrafficNetwork:
    """Links with a volume-delay function each, and trips between nodes.

    Made by `from_frames` or `read_tntp`. Link columns have shape (n_links,), trip columns
    (n_trips,). The cost of a link is

        free_flow_time * (1 + b * (flow / capacity) ** power) + fixed_cost

    in the user's unit of time, flow and capacity in vehicles per hour (or per the period that
    demand is counted in).
    """

    init_node: Int64
    """Number of the node a link leaves."""
    term_node: Int64
    """Number of the node a link enters."""
    capacity: Float64
    free_flow_time: Float64
    b: Float64
    power: Float64
    fixed_cost: Float64
    """Toll and distance in the unit of time; the traveller heeds it, it does not take time."""
    first_thru_node: int
    """Nodes with a lower number are centroids: trips start and end there, none passes through."""
    origin: Int64
    """Node number a trip starts at; trips within a node are left out."""
    dest: Int64
    demand: Float64
    """Trips per row, 0 or more."""
    intrazonal: float
    """Trips from a node to itself, which use no link."""
    graph: Graph
    ends: Ends

    @classmethod
    def from_frames(
        cls,
        links: pd.DataFrame,
        trips: pd.DataFrame,
        *,
        first_thru_node: int = 1,
        places: tuple[Callable[[int], str], Callable[[int], str]] | None = None,
    ) -> TrafficNetwork:
        """Build a network from tables.

        Parameters
        ----------
        links
            Columns `init_node`, `term_node`, `capacity`, `free_flow_time`, `b`, `power`, and
            `fixed_cost` (0 if absent). Two links may join the same nodes.
        trips
            Columns `origin`, `dest`, `demand`. Rows with the same ends add up.
        first_thru_node
            Nodes with a lower number may not be passed through.
        places
            How to name a row of links and of trips in a message; by default its number.

        Raises
        ------
        CityDataError
            With every fault of both tables.
        """
        if places is None:
            places = (lambda row: f"links row {row}", lambda row: f"trips row {row}")
        faults = table_faults(links, trips, *places)
        if faults:
            raise CityDataError(faults)
        tail, head = (links[name].to_numpy(dtype=np.int64) for name in LINK_COLUMNS[:2])
        start, end = (trips[name].to_numpy(dtype=np.int64) for name in TRIP_COLUMNS[:2])
        demand = _column(trips, "demand")
        moving = (start != end) & (demand > 0.0)
        graph = _graph(tail, head, first_thru_node)
        fixed = _column(links, "fixed_cost") if "fixed_cost" in links else np.zeros(len(links))
        return cls(
            init_node=tail,
            term_node=head,
            capacity=_column(links, "capacity"),
            free_flow_time=_column(links, "free_flow_time"),
            b=_column(links, "b"),
            power=_column(links, "power"),
            fixed_cost=fixed,
            first_thru_node=first_thru_node,
            origin=start[moving],
            dest=end[moving],
            demand=demand[moving],
            intrazonal=float(demand[start == end].sum()),
            graph=graph,
            ends=_ends(graph, start[moving], end[moving]),
        )

    def with_values(
        self,
        *,
        capacity: Float64 | None = None,
        free_flow_time: Float64 | None = None,
        demand: Float64 | None = None,
    ) -> TrafficNetwork:
        """Return the same network with other values on the same links and trips.

        Raises
        ------
        CityDataError
            If a shape differs, a value is negative or not finite, or a capacity is 0.
        """
        changed = {"capacity": capacity, "free_flow_time": free_flow_time, "demand": demand}
        given = {name: value for name, value in changed.items() if value is not None}
        for name, value in given.items():
            size = self.demand.size if name == "demand" else self.capacity.size
            low = "over 0" if name == "capacity" else "0 or more"
            fits = value.shape == (size,) and bool(np.isfinite(value).all())
            if not fits or bool((value <= 0.0 if name == "capacity" else value < 0.0).any()):
                message = f"{name}: shape ({size},), finite and {low}, is wanted; mend the array"
                raise CityDataError(message)
        # numpy stubs cannot tell the three apart
        return replace(self, **{name: _floats(value) for name, value in given.items()})  # type: ignore[arg-type]


def _floats(values: Float64) -> Float64:
    """Return values as a float64 array of their own."""
    return np.array(values, dtype=np.float64)


def _column(frame: pd.DataFrame, name: str) -> Float64:
    """Return a column as a float64 array of its own."""
    return _floats(frame[name].to_numpy(dtype=np.float64))


def _graph(init_node: Int64, term_node: Int64, first_thru_node: int) -> Graph:
    """Return the graph: nodes numbered densely, links grouped by both ends."""
    node = np.unique(np.concatenate([init_node, term_node]))
    tail = np.searchsorted(node, init_node).astype(np.int32)
    head = np.searchsorted(node, term_node).astype(np.int32)
    by_head = np.argsort(head, kind="stable").astype(np.int32)
    in_start = np.zeros(node.size + 1, dtype=np.int32)
    np.cumsum(np.bincount(head, minlength=node.size), out=in_start[1:])
    return Graph(
        node=node,
        tail=tail,
        head=head,
        out=forward_star(node.size, tail, head),
        by_head=by_head,
        in_start=in_start,
        out_by_head=forward_star(node.size, tail[by_head], head[by_head]),
        first_thru=int(np.searchsorted(node, first_thru_node)),
    )


def _ends(graph: Graph, origin: Int64, dest: Int64) -> Ends:
    """Return the ends of trips as rows of nodes; every end has a link, as checked."""
    origins, origin_i = np.unique(np.searchsorted(graph.node, origin), return_inverse=True)
    return Ends(
        origins=origins.astype(np.int32),
        origin_i=origin_i.astype(np.int32),
        dest=np.searchsorted(graph.node, dest).astype(np.int32),
    )
