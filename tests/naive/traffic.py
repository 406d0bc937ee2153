"""Traffic assignment the slow and obvious way, for networks of a handful of nodes."""

import math
from itertools import pairwise

import networkx as nx


def bellman_ford(links, costs, origin, first_thru=1):
    """Return {node: cost} from a node; links are (tail, head)."""
    label = {origin: 0.0}
    for _ in range(len(links) + 1):
        for (tail, head), cost in zip(links, costs, strict=True):
            if tail < first_thru and tail != origin:
                continue
            way = label.get(tail, math.inf) + cost
            if way < label.get(head, math.inf):
                label[head] = way
    return label


def simple_paths(links, origin, dest, first_thru=1):
    """Return all ways without a node twice, as tuples of link rows."""
    found = []

    def walk(node, seen, path):
        if node == dest:
            found.append(tuple(path))
            return
        if node < first_thru and node != origin:
            return
        for row, (tail, head) in enumerate(links):
            if tail == node and head not in seen:
                walk(head, {*seen, head}, [*path, row])

    walk(origin, {origin}, [])
    return found


def link_cost(values, flow, linear_from=math.inf):
    """Return the cost of a link of (free_flow_time, b, capacity, power, fixed_cost)."""
    free, b, capacity, power, fixed = values
    ratio = min(flow / capacity, linear_from)
    beyond = flow / capacity - ratio
    delay = b * ratio**power + (b * power * ratio ** (power - 1.0) * beyond if beyond else 0.0)
    return free * (1.0 + delay) + fixed


def day_of_zone(town, hour, cars, zone, factor):
    """Return free-flow over present time of a zone's cars on a day of `factor` times the trips.

    Everybody drives the quickest way of the usual day, by networkx; `hour` is a `UsualHour`.
    """
    streets, n = town.streets, town.streets.n_links
    usual_s, now_s = hour.time_s(1.0)[:n], hour.time_s(factor)[:n]
    graph = nx.DiGraph()
    for link in range(n):
        if math.isfinite(usual_s[link]):
            ends = int(streets.tail[link]), int(streets.head[link])
            graph.add_edge(*ends, usual_s=usual_s[link], now_s=now_s[link])
    origin = int(streets.zone_node[zone])
    ways = nx.single_source_dijkstra_path(graph, origin, weight="usual_s")
    free = present = 0.0
    for row, (start, end) in enumerate(zip(*town.pairs, strict=True)):
        if start == zone:
            way = ways[int(streets.zone_node[end])]
            spent_s = sum(graph.edges[pair]["now_s"] for pair in pairwise(way))
            free += cars[start, end] * town.free_pair_s[row]
            present += cars[start, end] * spent_s
    return min(free / present, 1.0)


def path_cost(path, other, moved, flow, values):
    """Return the cost of a path after `moved` traffic went from it to another."""
    change = dict.fromkeys(path, -moved)
    for row in other:
        change[row] = change.get(row, 0.0) + moved
    return sum(link_cost(values[row], max(flow[row] + change[row], 0.0)) for row in path)


def level(dear, cheap, most, flow, values):
    """Return how much traffic has to move between two paths for both to cost the same."""
    if path_cost(dear, cheap, most, flow, values) > path_cost(cheap, dear, -most, flow, values):
        return most
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2.0
        dearer = path_cost(dear, cheap, middle, flow, values)
        low, high = (
            (middle, high)
            if dearer > path_cost(cheap, dear, -middle, flow, values)
            else (low, middle)
        )
    return low


def equilibrium(links, values, trips, first_thru=1, rounds=400):
    """Return link flows by levelling the dearest used and the cheapest way of every pair.

    `trips` is {(origin, dest): demand}. Every step bisects for the traffic to move until both ways
    cost the same, or the dearer one is empty.
    """
    flow = [0.0] * len(links)
    ways = {}
    for (origin, dest), demand in trips.items():
        paths = simple_paths(links, origin, dest, first_thru)
        ways[origin, dest] = dict.fromkeys(paths, 0.0)
        ways[origin, dest][paths[0]] = demand
        for row in paths[0]:
            flow[row] += demand
    for _ in range(rounds):
        for way in ways.values():
            cost = {path: path_cost(path, (), 0.0, flow, values) for path in way}
            dear = max((path for path in way if way[path] > 0.0), key=cost.__getitem__)
            cheap = min(way, key=cost.__getitem__)
            if dear == cheap:
                continue
            moved = level(dear, cheap, way[dear], flow, values)
            way[dear] -= moved
            way[cheap] += moved
            for row in dear:
                flow[row] -= moved
            for row in cheap:
                flow[row] += moved
    return flow


def all_or_nothing(links, costs, trips, first_thru=1):
    """Return (flow of every link, trips without a way), every trip on its one cheapest way."""
    flow = [0.0] * len(links)
    lost = 0.0
    for (origin, dest), count in trips.items():
        if origin == dest:
            continue
        label = bellman_ford(links, costs, origin, first_thru)
        if dest not in label:
            lost += count
            continue
        node = dest
        while node != origin:
            row = min(
                (row for row, (tail, head) in enumerate(links) if head == node and tail in label),
                key=lambda row: abs(label[links[row][0]] + costs[row] - label[links[row][1]]),
            )
            flow[row] += count
            node = links[row][0]
    return flow, lost
