"""Which zones behind valves can be supplied, by trying to do without ever more of them."""

import itertools

from tests.naive import water_valves
from tests.unit.flows.water.waters import network


def without(nodes, links, gone):
    """Return the network that is left where some nodes and the links at them are taken away."""
    kept = [row for row in nodes if row["node"] not in gone]
    joined = [row for row in links if gone.isdisjoint((row["from_node"], row["to_node"]))]
    return network(kept, joined)


def solutions(nodes, links, gone):
    """Return heads by node of every state without fault, with some nodes taken away."""
    net = without(nodes, links, gone)
    found = water_valves.solve(net, net.demand_m3s)
    return [dict(zip(net.node_id, head, strict=True)) for head, _, _ in found]


def fewest_cut(nodes, links, zones):
    """Return the sets of zones, as few as possible, without which the others can be supplied.

    `zones` are sets of nodes, each behind a valve of its own.
    """
    for count in range(len(zones) + 1):
        found = [cut for cut in itertools.combinations(zones, count)
                 if solutions(nodes, links, set().union(*cut))]  # fmt: skip
        if found:
            return found
    return []
