"""A street network with its trips as arrays, read from two tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError
from twin.flows.traffic.checks import (
    CONICAL,
    LINK_COLUMNS,
    TRIP_COLUMNS,
    banned_classes,
    table_faults,
)
from twin.flows.traffic.graph import Ends, Graph, build_ends, build_graph
from twin.flows.traffic.set_aside import NOTHING, SetAside
from twin.flows.traffic.set_aside import set_aside as without_unusable

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.core.arrays import Bool, Float64, Int32, Int64


@final
@dataclass(frozen=True, slots=True, eq=False)
class TrafficNetwork:
    """Links with a volume-delay function each, and trips between nodes.

    Made by `from_frames` or `read_tntp`. Link columns have shape (n_links,), trip columns
    (n_trips,). The cost of a link to a class is

        free_flow_time * delay(flow / capacity) + class_cost

    in the user's unit of time, flow and capacity in passenger cars per hour (or per the period
    that demand is counted in). The delay is, with r = flow / capacity,

    - 1 + b r^power (Bureau of Public Roads), from r = linear_from on its tangent;
    - where `conical`: 2 + sqrt(a^2 (1 - r)^2 + c^2) - a (1 - r) - c with a = power and
      c = (2 a - 1) / (2 a - 2) (Spiess, 1990): as BPR up to capacity, beyond it rising by a at
      most for each time capacity is exceeded.
    """

    init_node: Int64
    """Number of the node a link leaves."""
    term_node: Int64
    """Number of the node a link enters."""
    capacity: Float64
    free_flow_time: Float64
    b: Float64
    power: Float64
    linear_from: Float64
    """Flow over capacity from which delay grows along its tangent; infinite: never."""
    conical: Bool
    """True where delay is conical."""
    class_cost: Float64
    """Toll and distance in the unit of time, which count for travellers but take no time; shape
    (n_classes, n_links)."""
    allowed: Bool
    """True where a class may use a link, shape (n_classes, n_links)."""
    first_thru_node: int
    """Nodes with a lower number are centroids: trips start and end there, none passes through."""
    vehicle_class: tuple[str, ...]
    """Names of classes."""
    pce: Float64
    """Passenger cars one vehicle of a class takes the room of, shape (n_classes,)."""
    origin: Int64
    """Node number a trip starts at; trips within a node are left out."""
    dest: Int64
    demand: Float64
    """Vehicles per row of trips, 0 or more."""
    trip_class: Int32
    """Class of every row of trips."""
    intrazonal: float
    """Trips from a node to itself, which use no link."""
    graph: Graph
    ends: Ends
    set_aside: SetAside
    """Rows of the tables the network was built without."""

    @classmethod
    def from_frames(
        cls,
        links: pd.DataFrame,
        trips: pd.DataFrame,
        *,
        classes: pd.DataFrame | None = None,
        first_thru_node: int = 1,
        set_aside: bool = False,
        places: tuple[Callable[[int], str], Callable[[int], str]] | None = None,
    ) -> TrafficNetwork:
        """Build a network from tables.

        Parameters
        ----------
        links
            Columns `init_node`, `term_node`, `capacity`, `free_flow_time`, `b`, `power`, and if
            wanted `fixed_cost` (time all classes add), `toll`, `length` (0 if absent),
            `linear_from` (infinite if absent; 1 or more bounds delays after a closure),
            `delay` ("bpr" or "conical", which reads its alpha, over 1, from `power`) and
            `banned_classes` (names of classes that may not use the link, parted by `;`). Two links
            may join the same nodes.
        trips
            Columns `origin`, `dest`, `demand`, with several classes `vehicle_class`. Rows with
            the same ends add up.
        classes
            Columns `vehicle_class`, `pce`, and if wanted `toll_factor` and `distance_factor`:
            time that one unit of toll, and of length, is worth to this class (its money over
            its value of time). None: cars only.
        first_thru_node
            Nodes with a lower number may not be passed through.
        set_aside
            Build the network without links from a node to itself and without trips of zones that
            no link joins, and report them: in `SetAside` and as a warning. Otherwise they are
            faults. Rows of the network's links then are those that are left.
        places
            How to name a row of links and of trips in a message; by default its number.

        Raises
        ------
        CityDataError
            With every fault of the tables.
        """
        if places is None:
            places = (lambda row: f"links row {row}", lambda row: f"trips row {row}")
        faults = table_faults(links, trips, classes, places, aside=set_aside)
        if faults:
            raise CityDataError(faults)
        left_out = NOTHING
        if set_aside:
            links, trips, left_out = without_unusable(links, trips)
        kinds = _cars() if classes is None else classes
        tail, head = (links[name].to_numpy(dtype=np.int64) for name in LINK_COLUMNS[:2])
        start, end = (trips[name].to_numpy(dtype=np.int64) for name in TRIP_COLUMNS[:2])
        demand = _column(trips, "demand")
        moving = (start != end) & (demand > 0.0)
        kind = _trip_class(trips, kinds)[moving]
        graph = build_graph(tail, head, first_thru_node)
        return cls(
            init_node=tail,
            term_node=head,
            capacity=_column(links, "capacity"),
            free_flow_time=_column(links, "free_flow_time"),
            b=_column(links, "b"),
            power=_column(links, "power"),
            linear_from=_column(links, "linear_from", np.inf),
            conical=_conical(links),
            class_cost=_class_cost(links, kinds),
            allowed=_allowed(links, kinds),
            first_thru_node=first_thru_node,
            vehicle_class=tuple(kinds["vehicle_class"]),
            pce=_column(kinds, "pce"),
            origin=start[moving],
            dest=end[moving],
            demand=demand[moving],
            trip_class=kind,
            intrazonal=float(demand[start == end].sum()),
            graph=graph,
            ends=build_ends(graph, start[moving], end[moving], kind),
            set_aside=left_out,
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

    def shut(self, closed: Bool) -> Bool:
        """Return where each class may not go: closed links and its bans, (n_classes, n_links)."""
        shut: Bool = closed | ~self.allowed
        return shut

    def has_links_of(self, other: TrafficNetwork) -> bool:
        """Return whether another network joins the same nodes by the same links."""
        if self.graph is other.graph:
            return True
        return (
            np.array_equal(self.init_node, other.init_node)
            and np.array_equal(self.term_node, other.term_node)
            and self.first_thru_node == other.first_thru_node
        )


def _cars() -> pd.DataFrame:
    """Return the only class of a network that names none."""
    return pd.DataFrame({"vehicle_class": ["car"], "pce": [1.0]})


def _floats(values: Float64) -> Float64:
    """Return values as a float64 array of their own."""
    return np.array(values, dtype=np.float64)


def _column(frame: pd.DataFrame, name: str, default: float = 0.0) -> Float64:
    """Return a column as a float64 array of its own, of defaults where it is not there."""
    if name not in frame:
        return np.full(len(frame), default)
    return _floats(frame[name].to_numpy(dtype=np.float64))


def _conical(links: pd.DataFrame) -> Bool:
    """Return where delay is conical."""
    if "delay" not in links:
        return np.zeros(len(links), dtype=np.bool_)
    return np.asarray(links["delay"].to_numpy() == CONICAL, dtype=np.bool_)


def _class_cost(links: pd.DataFrame, kinds: pd.DataFrame) -> Float64:
    """Return what every class takes into account beside time, shape (n_classes, n_links)."""
    toll = np.outer(_column(kinds, "toll_factor"), _column(links, "toll"))
    distance = np.outer(_column(kinds, "distance_factor"), _column(links, "length"))
    cost: Float64 = _column(links, "fixed_cost") + toll + distance
    return cost


def _allowed(links: pd.DataFrame, kinds: pd.DataFrame) -> Bool:
    """Return where each class may go, shape (n_classes, n_links)."""
    allowed = np.ones((len(kinds), len(links)), dtype=np.bool_)
    row = {str(name): kind for kind, name in enumerate(kinds["vehicle_class"])}
    for link, banned in enumerate(banned_classes(links)):
        allowed[[row[name] for name in banned], link] = False
    return allowed


def _trip_class(trips: pd.DataFrame, kinds: pd.DataFrame) -> Int32:
    """Return the row of the class of every trip."""
    if "vehicle_class" not in trips:
        return np.zeros(len(trips), dtype=np.int32)
    row = pd.Index(kinds["vehicle_class"]).get_indexer(trips["vehicle_class"])
    return np.asarray(row, dtype=np.int32)
