"""Who is joined to whom, and where trips start and end, as rows of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.flows.traffic.kernels.fold import Fold, fold_dead_ends, lift_into
from twin.kernels.paths import Star, forward_star, reverse_star

if TYPE_CHECKING:
    from twin.core.arrays import Int32, Int64


@final
@dataclass(frozen=True, slots=True, eq=False)
class Core:
    """What is left of a network without its dead ends, in the solver's own order."""

    node: Int32
    """Node row in the whole network, shape (n_core_nodes,), ascending."""
    row: Int32
    """Row in the core of every node of the whole network, -1 outside, shape (n_nodes,)."""
    link: Int32
    """Link row in the whole network, shape (n_core_links,), by tail: the solver's order."""
    out: Star
    """Links by tail; `link` counts up."""
    tail: Int32
    """Core row each link leaves, shape (n_core_links,)."""
    first_thru: int
    """Core rows below this one are centroids."""


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
    first_thru: int
    """Nodes below this row are centroids."""
    fold: Fold
    """Dead ends, which hang from the core."""
    core: Core


@final
@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Where trips start and end, as rows of nodes.

    A *tree* is all trips of one class from one node; a *bush* is all trips of one class that
    enter the core at one node.
    """

    origins: Int32
    """Node row of every tree, shape (n_trees,)."""
    kind: Int32
    """Class of every tree, shape (n_trees,)."""
    origin_i: Int32
    """Tree of every row of trips, shape (n_trips,)."""
    dest: Int32
    """Node row every row of trips ends at, shape (n_trips,)."""
    bush_origin: Int32
    """Core row of every bush, shape (n_bushes,)."""
    bush_kind: Int32
    """Class of every bush, shape (n_bushes,)."""
    start: Int64
    """First place in `trip` of every bush, shape (n_bushes + 1,)."""
    trip: Int32
    """Rows of trips that use the core, by bush."""
    core_dest: Int32
    """Core row at which each of `trip` leaves the core."""


def build_graph(init_node: Int64, term_node: Int64, first_thru_node: int) -> Graph:
    """Return the graph: nodes numbered densely, links grouped by tail, dead ends apart."""
    node = np.unique(np.concatenate([init_node, term_node]))
    tail = np.searchsorted(node, init_node).astype(np.int32)
    head = np.searchsorted(node, term_node).astype(np.int32)
    first_thru = int(np.searchsorted(node, first_thru_node))
    out = forward_star(node.size, tail, head)
    fold = fold_dead_ends(out, reverse_star(node.size, tail, head), first_thru)
    return Graph(
        node=node,
        tail=tail,
        head=head,
        out=out,
        first_thru=first_thru,
        fold=fold,
        core=_core(fold, tail, head, first_thru),
    )


def _core(fold: Fold, tail: Int32, head: Int32, first_thru: int) -> Core:
    """Return the core of a network."""
    node = np.flatnonzero(fold.parent < 0).astype(np.int32)
    row = np.full(fold.parent.size, -1, dtype=np.int32)
    row[node] = np.arange(node.size, dtype=np.int32)
    stays = np.flatnonzero((row[tail] >= 0) & (row[head] >= 0)).astype(np.int32)
    by_tail = np.argsort(tail[stays], kind="stable")
    link = stays[by_tail]
    return Core(
        node=node,
        row=row,
        link=link,
        out=forward_star(node.size, row[tail[link]], row[head[link]]),
        tail=row[tail[link]],
        first_thru=int(np.searchsorted(node, first_thru)),
    )


def build_ends(graph: Graph, origin: Int64, dest: Int64, kind: Int32) -> Ends:
    """Return the ends of trips as rows of nodes; every end has a link, as checked.

    Parameters
    ----------
    origin, dest
        Node numbers, shape (n_trips,).
    kind
        Class of every trip, shape (n_trips,).
    """
    start = np.searchsorted(graph.node, origin).astype(np.int32)
    end = np.searchsorted(graph.node, dest).astype(np.int32)
    n = graph.node.size
    trees, origin_i = np.unique(kind.astype(np.int64) * n + start, return_inverse=True)
    core_start, core_end = np.empty_like(start), np.empty_like(end)
    all_open = np.ones(graph.tail.size, dtype=np.uint8)
    lift_into(graph.fold, all_open, start, end, core_start, core_end)
    trip = np.flatnonzero(core_start != core_end).astype(np.int32)
    key = kind[trip].astype(np.int64) * n + core_start[trip]
    bushes, bush_i = np.unique(key, return_inverse=True)
    by_bush = np.argsort(bush_i, kind="stable")
    first = np.zeros(bushes.size + 1, dtype=np.int64)
    np.cumsum(np.bincount(bush_i, minlength=bushes.size), out=first[1:])
    return Ends(
        origins=(trees % n).astype(np.int32),
        kind=(trees // n).astype(np.int32),
        origin_i=origin_i.astype(np.int32),
        dest=end,
        bush_origin=graph.core.row[bushes % n],
        bush_kind=(bushes // n).astype(np.int32),
        start=first,
        trip=trip[by_bush],
        core_dest=graph.core.row[core_end[trip[by_bush]]],
    )
