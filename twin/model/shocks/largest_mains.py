"""Which mains a shock tears open: those with most residents behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.city.segments import fed_nodes

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Int64


def largest_mains(city: City, network: str, count: int, most_share: float) -> Int64:
    """Return rows, among a network's edges, of the mains with most residents behind them.

    Mains behind or before one that is chosen are left out, as are those that feed more than
    `most_share` of the network's residents. Where loops leave nobody behind a main, wider ones come
    first.
    """
    edges, nodes, homes = city.network_edges(network), city.util_nodes, city.buildings
    tail, head = edges["tail"].to_numpy(np.int32), edges["head"].to_numpy(np.int32)
    sources = np.flatnonzero(
        nodes["kind"].isin(["reservoir", "source"]) & (nodes["network"] == network)
    )
    people = np.zeros(len(nodes))
    node = homes[f"{network}_node"].to_numpy()
    np.add.at(people, node[node >= 0], homes["people"].to_numpy()[node >= 0])
    lost: list[Bool] = []
    for row in range(tail.size):
        closed = np.zeros(tail.size, dtype=np.bool_)
        closed[row] = True
        lost.append(~fed_nodes(tail, head, len(nodes), sources.astype(np.int32), closed=closed))
    whole = np.logical_and.reduce(lost) if lost else np.zeros(len(nodes), dtype=np.bool_)
    behind = np.array([float(people[out & ~whole].sum()) for out in lost])
    rank = np.lexsort((-edges["diameter_m"].to_numpy(), -behind))
    fits = (behind <= most_share * people.sum()) & (edges["kind"] == "pipe").to_numpy()
    chosen: list[int] = []
    for row in rank[fits[rank]].tolist():
        here, ends = lost[row] & ~whole, (tail[row], head[row])
        apart = all(
            not (lost[one] & ~whole)[list(ends)].any() and not here[[tail[one], head[one]]].any()
            for one in chosen
        )
        if apart:
            chosen.append(row)
        if len(chosen) == count:
            break
    return np.array(chosen, dtype=np.int64)
