"""Who depends on an asset: residents along it, and those cut off when it is shut."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order

from twin.city.view import NETWORK_KINDS

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32


def people_served(city: City, street_edge: Int32) -> Float64:
    """Return residents who depend on each asset, shape (n_assets,), in the order of `Assets`.

    The larger of those who live along its street and those whom its closure cuts off from every
    source. Streets count the first alone.
    """
    buildings = city.buildings
    people = buildings["people"].to_numpy(dtype=np.float64)
    along = np.bincount(
        buildings["street_edge_id"], weights=people, minlength=len(city.street_edges)
    )
    served: Float64 = np.where(street_edge >= 0, along[np.maximum(street_edge, 0)], 0.0)
    first = len(city.street_edges)
    for network in NETWORK_KINDS[1:]:
        behind = _cut_off(city, network, people)
        rows = slice(first, first + behind.size)
        served[rows] = np.maximum(served[rows], behind)
        first += behind.size
    return served


def _cut_off(city: City, network: str, people: Float64) -> Float64:
    """Return residents behind each edge of a utility network, shape (n_edges,)."""
    edges = city.network_edges(network)
    n = len(city.util_nodes)
    at_node = np.zeros(n)
    node = city.buildings[f"{network}_node"].to_numpy()
    np.add.at(at_node, node[node >= 0], people[node >= 0])
    sources = city.util_nodes["kind"].isin(["reservoir", "source"]).to_numpy()
    return behind_bridges(edges["tail"].to_numpy(), edges["head"].to_numpy(), sources, at_node)


def behind_bridges(tail: Int32, head: Int32, sources: Bool, weight: Float64) -> Float64:
    """Return the weight that loses every source when one edge is removed, shape (n_edges,).

    Zero for an edge on a loop.

    Parameters
    ----------
    tail, head
        Ends of the edges, shape (n_edges,).
    sources
        Whether a node is a source, shape (n_nodes,).
    weight
        What stands at each node, shape (n_nodes,).

    Notes
    -----
    A spanning tree grows from the sources. Each other edge adds one random word to both its ends;
    a tree edge is a bridge where the words below it cancel by exclusive or. A false bridge has a
    chance of 2^-64.
    """
    n = sources.size
    root = n  # joined to every source
    joins = np.flatnonzero(sources)
    a = np.concatenate([tail, np.full(joins.size, root)])
    b = np.concatenate([head, joins])
    matrix = coo_matrix((np.ones(a.size), (a, b)), shape=(n + 1, n + 1)).tocsr()
    order, parent = breadth_first_order(matrix, root, directed=False)
    tree_edge = np.full(n + 1, -1)
    word = np.zeros(n + 1, dtype=np.uint64)
    for edge in range(a.size):
        for child, other in ((a[edge], b[edge]), (b[edge], a[edge])):
            if parent[child] == other and tree_edge[child] < 0:
                tree_edge[child] = edge
                break
        else:
            digest = hashlib.blake2b(edge.to_bytes(8, "little"), digest_size=8).digest()
            mark = np.uint64(int.from_bytes(digest, "little"))
            word[a[edge]] ^= mark
            word[b[edge]] ^= mark
    below = np.append(weight, 0.0)
    behind = np.zeros(tail.size)
    for node in order[:0:-1]:  # leaves first, the root last and left out
        edge = tree_edge[node]
        if edge < tail.size and word[node] == 0:
            behind[edge] = below[node]
        below[parent[node]] += below[node]
        word[parent[node]] ^= word[node]
    return behind
