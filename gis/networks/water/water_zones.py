"""Part a large town into pressure zones, each with plant of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gis.networks.network_tools import Paths, TrenchGraph
    from twin.core.arrays import Bool, Int64

MOST_PEOPLE = 150_000
"""People one zone is for. Assumption: a town of this size can do with one intake and tower."""
_ROUNDS = 8


def zones_of(
    graph: TrenchGraph, paths: Paths, wanted: Int64, people: Int64, around: Bool
) -> list[tuple[Int64, Bool]]:
    """Return a settlement's pressure zones: places that want water, and all places, (n_nodes,).

    Parameters
    ----------
    graph, paths
        Streets and their weighted paths.
    wanted
        Places that want water.
    people
        Residents by place of the graph, (n_nodes,).
    around
        Places of the settlement, (n_nodes,).

    Notes
    -----
    A zone is what lies nearer, along streets, to its middle than to another's (Voronoi cells of a
    network: Okabe & Sugihara, 2012, Spatial Analysis along Networks, ch. 4); middles move to the
    mean of their people, as in Lloyd's algorithm. In a bundle zones share no pipe: the valves
    between them are closed.
    """
    count = int(np.ceil(people[wanted].sum() / MOST_PEOPLE))
    if count <= 1:
        return [(wanted, around)]
    weight = people[wanted] + 1e-3
    at = graph.xy_m[wanted]
    middles = [int(np.argmin(np.hypot(*(at - np.average(at, axis=0, weights=weight)).T)))]
    reach = np.hypot(*(at - at[middles[0]]).T)
    while len(middles) < count:
        middles.append(int(np.argmax(reach)))
        reach = np.minimum(reach, np.hypot(*(at - at[middles[-1]]).T))
    chosen = np.array(middles)
    zone = _nearest(paths, wanted[chosen])
    for _ in range(_ROUNDS):
        for row in range(count):
            own = np.flatnonzero(zone[wanted] == row)
            if own.size:
                middle = np.average(at[own], axis=0, weights=weight[own])
                chosen[row] = own[np.argmin(np.hypot(*(at[own] - middle).T))]
        zone = _nearest(paths, wanted[chosen])
    parts = [(wanted[zone[wanted] == row], around & (zone == row)) for row in range(count)]
    return [(places, ground) for places, ground in parts if places.size]


def _nearest(paths: Paths, seeds: Int64) -> Int64:
    """Return the row of the seed nearest to each place along streets, the first where none is."""
    _, _, seed = paths.from_any(np.unique(seeds))
    row = np.zeros(paths.n_nodes + 1, dtype=np.int64)
    row[seeds] = np.arange(seeds.size)
    zone: Int64 = row[seed]
    return zone
