"""How like a real pipe network a drawn one is, measured as the makers of such networks do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import networkx as nx
import numpy as np

from twin.city.validate import component_of

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int64

NOMINAL_M = np.array(
    [
        0.025,
        0.05,
        0.08,
        0.1,
        0.15,
        0.2,
        0.25,
        0.3,
        0.4,
        0.5,
        0.6,
        0.7,
        0.8,
        1.0,
        1.2,
        1.4,
        1.6,
        2.0,
        2.5,
    ]
)
"""Nominal bores: a catalogue in inches and one in millimetres name the same pipe."""
_MOST_SOURCES = 150
_SHORTEST_M = 1e-3


@final
@dataclass(frozen=True, slots=True, eq=False)
class Pipes:
    """Pipes of one network; nodes count from 0."""

    tail: Int64
    """(n_pipes,)"""
    head: Int64
    """(n_pipes,)"""
    length_m: Float64
    """(n_pipes,)"""
    diameter_m: Float64
    """(n_pipes,)"""


@final
@dataclass(frozen=True, slots=True)
class Likeness:
    """A drawn network beside a real one. KS distances are of pipe length, 0 alike to 1 apart."""

    diameter_ks: float
    """Of nominal bores."""
    betweenness_ks: float
    """Of the share of shortest ways between nodes that lead through each pipe."""
    meshedness: float
    """Of the drawn network: independent cycles over the largest possible number."""
    meshedness_real: float
    leaf_share: float
    """Of the drawn network: nodes with one pipe."""
    leaf_share_real: float
    diameter_error_share: float
    """Of the mean diameter by length, drawn over real less 1."""


def pipes_of(city: City, network: str) -> Pipes:
    """Return the pipes of a city's network, its largest connected part."""
    edges = city.network_edges(network)
    edges = edges[edges["kind"] == "pipe"]
    return largest_part(
        Pipes(
            edges["tail"].to_numpy(dtype=np.int64),
            edges["head"].to_numpy(dtype=np.int64),
            edges["length_m"].to_numpy(dtype=np.float64),
            edges["diameter_m"].to_numpy(dtype=np.float64),
        )
    )


def largest_part(pipes: Pipes) -> Pipes:
    """Return the largest connected part with its nodes numbered anew."""
    ends = np.concatenate([pipes.tail, pipes.head])
    names, place = np.unique(ends, return_inverse=True)
    tail, head = place.reshape(2, -1)
    part = component_of(names.size, tail.astype(np.int32), head.astype(np.int32))
    keep = part[tail] == 0
    _, place = np.unique(np.concatenate([tail[keep], head[keep]]), return_inverse=True)
    tail, head = place.reshape(2, -1)
    return Pipes(tail, head, pipes.length_m[keep], pipes.diameter_m[keep])


def likeness(drawn: Pipes, real: Pipes) -> Likeness:
    """Compare a drawn network with a real one.

    References
    ----------
    Dobson et al., 2025, SWMManywhere (KS on betweenness and diameters). Buhl et al., 2006,
    Eur. Phys. J. B 49, 513-522 (meshedness).
    """
    mean, mean_real = (np.average(one.diameter_m, weights=one.length_m) for one in (drawn, real))
    return Likeness(
        diameter_ks=ks_distance(
            nominal_m(drawn.diameter_m), drawn.length_m, nominal_m(real.diameter_m), real.length_m
        ),
        betweenness_ks=ks_distance(
            betweenness(drawn), drawn.length_m, betweenness(real), real.length_m
        ),
        meshedness=meshedness(drawn),
        meshedness_real=meshedness(real),
        leaf_share=leaf_share(drawn),
        leaf_share_real=leaf_share(real),
        diameter_error_share=float(mean / mean_real - 1.0),
    )


def nominal_m(diameter_m: Float64) -> Float64:
    """Return the nominal bore nearest to each diameter by ratio; 6 inches are DN150."""
    middle = np.sqrt(NOMINAL_M[1:] * NOMINAL_M[:-1])
    bores: Float64 = NOMINAL_M[np.searchsorted(middle, diameter_m)]
    return bores


def ks_distance(
    values: Float64, weights: Float64, others: Float64, other_weights: Float64
) -> float:
    """Return the largest difference of two weighted distributions (Kolmogorov-Smirnov)."""
    at = np.unique(np.concatenate([values, others]))
    below = _share_up_to(at, values, weights)
    return float(np.abs(below - _share_up_to(at, others, other_weights)).max())


def _share_up_to(at: Float64, values: Float64, weights: Float64) -> Float64:
    """Return the share of weight at values up to each of `at`."""
    order = np.argsort(values, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(weights[order])])
    share: Float64 = total[np.searchsorted(values[order], at, side="right")] / total[-1]
    return share


def betweenness(pipes: Pipes) -> Float64:
    """Return the share of shortest ways from up to 150 even-spaced nodes that use each pipe."""
    graph = _graph(pipes)
    count = graph.number_of_nodes()
    step = max(count // _MOST_SOURCES, 1)
    nodes = list(range(count))
    found = nx.edge_betweenness_centrality_subset(graph, nodes[::step], nodes, weight="length_m")
    share = {frozenset(edge): value for edge, value in found.items()}
    ends = zip(pipes.tail.tolist(), pipes.head.tolist(), strict=True)
    values = np.array([share.get(frozenset(pair), 0.0) for pair in ends])
    return values / max(float(values.max()), 1e-12)


def _graph(pipes: Pipes) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(int(max(pipes.tail.max(), pipes.head.max())) + 1))
    length = np.maximum(pipes.length_m, _SHORTEST_M).tolist()
    rows = zip(pipes.tail.tolist(), pipes.head.tolist(), length, strict=True)
    graph.add_weighted_edges_from(rows, weight="length_m")
    return graph


def meshedness(pipes: Pipes) -> float:
    """Return (e - v + 1) / (2 v - 5), nodes of degree two left out."""
    degree = np.bincount(np.concatenate([pipes.tail, pipes.head]))
    passing = int((degree == 2).sum())  # noqa: PLR2004 - a node with two pipes is no junction
    nodes, edges = degree.size - passing, pipes.tail.size - passing
    return float((edges - nodes + 1) / max(2 * nodes - 5, 1))


def leaf_share(pipes: Pipes) -> float:
    """Return the share of nodes with one pipe, nodes of degree two left out."""
    degree = np.bincount(np.concatenate([pipes.tail, pipes.head]))
    passing = degree == 2  # noqa: PLR2004 - a node with two pipes is no junction
    return float((degree == 1).sum() / max(int((~passing).sum()), 1))
