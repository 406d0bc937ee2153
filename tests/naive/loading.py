"""Queues that spill back the slow and obvious way: always make the earliest move there is."""

import math


def gap_s(link, time_s, window):
    """Time between vehicles at a moment."""
    start, end = window
    if start <= time_s < end and link["share"] > 0.0:
        return link["gap_s"] / link["share"]
    return link["gap_s"]


def takes_at_s(link, size, time_s, window):
    """When a link takes a packet, infinite if not before one leaves it."""
    at = max(time_s, link["next_in_s"])
    if link["share"] <= 0.0 and window[0] <= at < window[1]:
        at = window[1]
    came = sum(each[1] for each in link["in"])
    need = came + size - link["storage"]
    if len(link["in"]) == len(link["out"]):
        need = min(need, came)
    if need <= 0.0:
        return at
    gone = 0.0
    for left_s, mass in link["out"]:
        gone += mass
        if gone >= need - 1e-9:
            return max(at, left_s + link["back_s"])
    return math.inf


def drive(links, packets, horizon_s, window=(0.0, 0.0)):
    """Return arrival times of packets, infinite for those under way.

    `links` are dicts of free_s, gap_s, storage, back_s, share; `packets` (depart_s, size, [links]).
    """
    for link in links:
        link.update({"in": [], "out": [], "next_in_s": 0.0, "next_out_s": 0.0, "queue": []})
    sources = [[] for _ in links]
    for number, (depart_s, _, way) in enumerate(packets):
        sources[way[0]].append((number, depart_s))
    step = [0] * len(packets)
    arrive = [math.inf] * len(packets)
    clock = 0.0
    while tries := possible(links, sources, packets, step, clock, window):
        time_s, _, name, to = min(tries)
        if math.isinf(time_s):  # all stand still: who is ready longest squeezes in
            time_s = clock
        if time_s > horizon_s:
            break
        clock = time_s
        move(links, sources, packets, (name, to), clock, window, step, arrive)
    return arrive


def possible(links, sources, packets, step, clock, window):
    """Return (when, ready since, queue, step of its way) of every queue's first packet."""
    tries = []
    for name, queue in enumerate([*(link["queue"] for link in links), *sources]):
        if not queue:
            continue
        number, ready = queue[0]
        home = name >= len(links)
        if not home:
            ready = max(ready, links[name]["next_out_s"])
        way = packets[number][2]
        to = step[number] if home else step[number] + 1
        at = max(ready, clock)
        if to < len(way):
            at = takes_at_s(links[way[to]], packets[number][1], at, window)
        tries.append((at, ready, name, to))
    return tries


def move(links, sources, packets, what, clock, window, step, arrive):
    """Take the first packet of a queue to its next link, or home."""
    name, to = what
    home = name >= len(links)
    queue = sources[name - len(links)] if home else links[name]["queue"]
    number, _ = queue.pop(0)
    size, way = packets[number][1], packets[number][2]
    if not home:
        links[name]["out"].append((clock, size))
        links[name]["next_out_s"] = clock + size * gap_s(links[name], clock, window)
    if to >= len(way):
        arrive[number] = clock
        return
    step[number] = to
    link = links[way[to]]
    link["in"].append((clock, size))
    link["queue"].append((number, clock + link["free_s"]))
    link["next_in_s"] = clock + size * gap_s(link, clock, window)
