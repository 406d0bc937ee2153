"""Folding dead ends: which nodes hang from the core of a network by one way, and their traffic.

A node joined to one other node only, by one link each way at most, is a leaf; taking leaves off
until none is left leaves the core. All traffic of a folded node takes its one way, so its links'
flows follow from trips alone and the search for an equilibrium goes on in the core. Nothing is
folded into a centroid, through which no way may lead, and no way leads through a folded node
unless it ends beyond it: a sink stays a sink.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel


class Fold(NamedTuple):
    """The trees that hang from the core; rows are nodes of the whole network."""

    parent: np.ndarray  # (n_nodes,) int32, next node on the way to the core, -1 in the core
    up: np.ndarray  # (n_nodes,) int32, link to the parent, -1: none
    down: np.ndarray  # (n_nodes,) int32, link from the parent, -1: none
    rank: np.ndarray  # (n_nodes,) int32, how many were folded before; n_nodes in the core


@kernel
def _the_other(star, rank, node, n):
    """Return (node at the other end, link) of the only link of a node that is left, or -1s."""
    for slot in range(star.start[node], star.start[node + 1]):
        if rank[star.node[slot]] == n:
            return np.int64(star.node[slot]), np.int64(star.link[slot])
    return np.int64(-1), np.int64(-1)


@kernel
def fold_dead_ends(out, back, first_thru):
    """Take leaves off a network until none is left.

    Parameters
    ----------
    out, back
        Links by tail, and by head.
    first_thru
        Nodes below this row are centroids.
    """
    n = out.start.size - 1
    fold = Fold(
        np.full(n, -1, dtype=np.int32),
        np.full(n, -1, dtype=np.int32),
        np.full(n, -1, dtype=np.int32),
        np.full(n, n, dtype=np.int32),
    )
    n_out = out.start[1:] - out.start[:-1]
    n_back = back.start[1:] - back.start[:-1]
    queue = np.empty(2 * n, dtype=np.int32)  # a node comes back once for every leaf it takes in
    queued = np.zeros(n, dtype=np.uint8)
    size = 0
    for node in range(n):
        if n_out[node] <= 1 and n_back[node] <= 1:
            queue[size] = node
            queued[node] = 1
            size += 1
    done = 0
    folded = 0
    while done < size:
        node = np.int64(queue[done])
        done += 1
        there, up = _the_other(out, fold.rank, node, n)
        here, down = _the_other(back, fold.rank, node, n)
        parent = max(there, here)
        if parent < first_thru or (there >= 0 and here >= 0 and there != here):
            queued[node] = 0
            continue
        fold.parent[node] = parent
        fold.up[node] = up
        fold.down[node] = down
        fold.rank[node] = folded
        folded += 1
        n_out[parent] -= down >= 0
        n_back[parent] -= up >= 0
        if n_out[parent] <= 1 and n_back[parent] <= 1 and not queued[parent]:
            queue[size] = parent
            queued[parent] = 1
            size += 1
    return fold


@kernel
def lift_into(fold, is_open, origin, dest, out_origin, out_dest):
    """Move both ends of every trip to the core, or to where they meet before.

    Parameters
    ----------
    is_open
        1 where a link is open, shape (n_links,), uint8.
    origin, dest
        Node rows of trips, shape (n_trips,).
    out_origin, out_dest
        Node rows in the core, shape (n_trips,), equal where no way in the core is needed; both -1
        where the one way out or in is closed or missing.
    """
    for t in range(origin.size):
        a = origin[t]
        b = dest[t]
        while a != b and (fold.parent[a] >= 0 or fold.parent[b] >= 0):
            if fold.rank[a] < fold.rank[b]:
                link = fold.up[a]
                a = fold.parent[a]
            else:
                link = fold.down[b]
                b = fold.parent[b]
            if link < 0 or not is_open[link]:
                a = np.int32(-1)
                b = np.int32(-1)
        out_origin[t] = a
        out_dest[t] = b


@kernel
def carry_into(fold, origin, dest, weight, out_flow):
    """Add trips, shape (n_trips,), to the links outside the core, shape (n_links,)."""
    for t in range(origin.size):
        a = origin[t]
        b = dest[t]
        while weight[t] > 0.0 and a != b and (fold.parent[a] >= 0 or fold.parent[b] >= 0):
            if fold.rank[a] < fold.rank[b]:
                out_flow[fold.up[a]] += weight[t]
                a = fold.parent[a]
            else:
                out_flow[fold.down[b]] += weight[t]
                b = fold.parent[b]
