"""Loading trips on cheapest ways: all of them, nothing given back (all or nothing)."""

from __future__ import annotations

import numpy as np

from twin.kernels.jit import kernel
from twin.kernels.paths import shortest_tree


@kernel
def load_trees_into(star, slot_cost, tail, origins, trips, first_thru, out_flow):
    """Send the trips of some origins along their cheapest ways; return those without a way.

    Nodes give what they carry to the node before them, leaves first, so ties and links without
    cost need no care.

    Parameters
    ----------
    star
        Links by tail, a `Star` of `forward_star`.
    slot_cost
        Cost in slot order, shape (n_links,), 0 or more.
    tail
        Node each link leaves, shape (n_links,), int32.
    origins
        Nodes where trips start, shape (n_origins,), int32.
    trips
        Trips from each of them to every node, shape (n_origins, n_nodes).
    first_thru
        Nodes below this row are centroids.
    out_flow
        Trips on every link, shape (n_links,); added to.
    """
    n = star.start.size - 1
    lost = 0.0
    below = np.empty(n, dtype=np.int32)
    ready = np.empty(n, dtype=np.int32)
    carried = np.empty(n)
    for i in range(origins.size):
        link = shortest_tree(star, slot_cost, np.int64(origins[i]), first_thru)[1]
        below[:] = 0
        for node in range(n):
            carried[node] = trips[i, node]
            if link[node] >= 0:
                below[tail[link[node]]] += 1
            elif node != origins[i]:
                lost += trips[i, node]
        count = 0
        for node in range(n):
            if below[node] == 0 and link[node] >= 0:
                ready[count] = node
                count += 1
        done = 0
        while done < count:
            node = ready[done]
            done += 1
            out_flow[link[node]] += carried[node]
            before = tail[link[node]]
            carried[before] += carried[node]
            below[before] -= 1
            if below[before] == 0 and link[before] >= 0:
                ready[count] = before
                count += 1
    return lost
