"""Draw a random street network: links, trips, classes, turns, closures, as rows of tables."""

import math

from tests.fuzz.dice import Dice


def draw_network(seed, number):
    """Return a case, the same for the same numbers."""
    dice = Dice(seed, number)
    n = dice.whole(2, dice.one_of([4, 8, 14]))
    zones = dice.whole(1, min(n, 5))
    several = dice.chance(0.4)
    classes = [{"vehicle_class": "car", "pce": 1.0, "toll_factor": 1.0, "distance_factor": 0.1}]
    if several:
        classes += [{"vehicle_class": name, "pce": dice.one_of([1.0, 2.0, 0.5]),
                     "toll_factor": dice.between(0.0, 2.0),
                     "distance_factor": dice.between(0.0, 1.0)}
                    for name in ("truck", "bus")[: dice.whole(1, 2)]]  # fmt: skip
    first = zones + 1 if dice.chance(0.4) and zones < n else 1
    ends = _ends(dice, n)
    links = [_link(dice, tail, head, several=several) for tail, head in ends]
    return {
        "links": links,
        "trips": _trips(dice, zones, [row["vehicle_class"] for row in classes]),
        "classes": classes if several else [],
        "turns": _turns(dice, links, first) if dice.chance(0.35) else [],
        "closed": [dice.chance(0.12) for _ in links] if dice.chance(0.4) else [],
        "first_thru_node": first,
        "gap": dice.one_of([1e-4, 1e-6, 1e-9]),
        "warm": dice.chance(0.3),
    }


def _ends(dice, n):
    """Return ends of links: streets both ways, mostly joined, and some beside each other."""
    ends = []
    for node in range(2, n + 1):
        other = dice.whole(1, node - 1)
        ends += [(node, other), (other, node)]
    for _ in range(dice.whole(0, 2 * n)):
        pair = dice.whole(1, n), dice.whole(1, n)
        if pair[0] != pair[1]:
            ends.append(pair)
    return ends


def _link(dice, tail, head, *, several):
    conical = dice.chance(0.2)
    row = {
        "init_node": tail,
        "term_node": head,
        "capacity": 10.0 ** dice.between(0.0, 3.5),
        "free_flow_time": dice.one_of([0.0, 1.0, 1.0, dice.between(0.01, 10.0)], [1, 3, 3, 10]),
        "b": 1.0 if conical else dice.one_of([0.0, 0.15, 0.15, 2.0]),
        "power": dice.between(1.5, 8.0) if conical else dice.one_of([1.0, 4.0, 4.0, 2.5, 8.0]),
        "delay": "conical" if conical else "bpr",
        "fixed_cost": dice.one_of([0.0, 0.0, 2.0]),
        "toll": dice.one_of([0.0, 0.0, 0.0, 5.0]),
        "length": dice.between(0.0, 5.0),
        "linear_from": 1.5 if not conical and dice.chance(0.15) else math.inf,
        "banned_classes": "",
    }
    if several and dice.chance(0.1):
        row["banned_classes"] = "truck"
    return row


def _trips(dice, zones, names):
    load = 10.0 ** dice.between(-1.0, 3.5)
    trips = []
    for origin in range(1, zones + 1):
        for dest in range(1, zones + 1):
            for name in names:
                if dice.chance(0.6) or origin == dest == 1:  # a class without trips is refused
                    demand = 0.0 if dice.chance(0.1) else load * dice.between(0.0, 1.0)
                    trips.append({"origin": origin, "dest": dest, "demand": demand,
                                  "vehicle_class": name})  # fmt: skip
    return trips


def _turns(dice, links, first):
    pairs = [(a, b) for a, one in enumerate(links) for b, other in enumerate(links)
             if one["term_node"] == other["init_node"] >= first]  # fmt: skip
    dice.rng.shuffle(pairs)
    return [{"from_link": int(a), "to_link": int(b),
             "penalty": dice.one_of([math.inf, 0.0, 0.5, 3.0], [4, 1, 2, 2])}
            for a, b in pairs[: dice.whole(0, max(1, len(pairs) // 4))]]  # fmt: skip
