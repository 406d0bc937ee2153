"""Carrying something with the water the slow way: a list of plugs per pipe, nodes by recursion.

Tanks are lists of plugs too, the oldest first.
"""

import math


def carry(ends, volumes, flows, outflows, initial, fixed, *, rates, growth, step_s, duration_s):  # noqa: C901 - all in one place, to be read
    """Return values at nodes after every step, for constant flows without tanks.

    `ends` are pairs of nodes, `flows` are signed along them, `fixed` holds the values of
    reservoirs by node, `outflows` is what leaves at junctions (negative feeds in water of 0).
    """
    pipes = [
        [[volume, initial[b]]] if volume else []
        for volume, (_, b) in zip(volumes, ends, strict=True)
    ]
    for k, flow in enumerate(flows):
        if flow < 0.0:
            pipes[k].reverse()
    value = dict(enumerate(initial))
    history = []
    left = duration_s
    while left > 0.0:
        dt = min(step_s, left)
        left -= dt
        for k, plugs in enumerate(pipes):
            for plug in plugs:
                plug[1] = plug[1] * math.exp(rates[k] * dt) + growth * dt
        done = {}

        def arrive(node, dt=dt, done=done):
            if node in done:
                return done[node]
            water, mass = max(-outflows[node], 0.0) * dt, 0.0
            for k, (a, b) in enumerate(ends):
                source, target = (a, b) if flows[k] > 0.0 else (b, a)
                if flows[k] == 0.0 or target != node:
                    continue
                pipes[k].append([abs(flows[k]) * dt, arrive(source)])
                need = abs(flows[k]) * dt
                while need > 1e-15:
                    plug = pipes[k][0]
                    taken = min(need, plug[0])
                    water, mass, need = water + taken, mass + taken * plug[1], need - taken
                    plug[0] -= taken
                    if plug[0] <= 0.0:
                        pipes[k].pop(0)
            done[node] = fixed.get(node, mass / water if water > 0.0 else None)
            return done[node]

        for node in range(len(initial)):
            found = arrive(node)
            value[node] = value[node] if found is None else found
        history.append(dict(value))
    return history


def mean(plugs):
    """Return the mean value of plugs, None without water."""
    volume = sum(v for v, _ in plugs)
    return sum(v * c for v, c in plugs) / volume if volume > 0.0 else None


def cut(plugs, volume):
    """Return plugs of that volume from the front of a list, and the rest."""
    front = []
    for at, (there, value) in enumerate(plugs):
        taken = min(there, volume)
        front.append((taken, value))
        volume -= taken
        if taken < there:
            return front, [(there - taken, value), *plugs[at + 1 :]]
    return front, []


def one_tank(plugs, inflow, outflow, _zone):
    """Return what leaves a mixed tank, and what it keeps."""
    everything = [*plugs, inflow]
    value, volume = mean(everything), sum(v for v, _ in everything)
    return [(outflow, value)], [(volume - outflow, value)]


def two_tanks(plugs, inflow, outflow, zone):
    """Return what leaves a tank of two compartments, the first plug that behind."""
    behind, front = plugs
    need = max(outflow - inflow[0], 0.0)
    back, rest = cut([behind], need)
    mixed = mean([front, inflow, *back])
    kept = front[0] + inflow[0] + sum(v for v, _ in back) - outflow
    over = max(kept - zone, 0.0)
    rest = [*rest, (over, mixed)]
    volume = sum(v for v, _ in rest)
    return [(outflow, mixed)], [(volume, mean(rest) or 0.0), (kept - over, mixed)]


def queue(plugs, inflow, outflow, _zone):
    """Return what leaves a tank that does not mix, the oldest first."""
    return cut([*plugs, inflow], outflow)


def stack(plugs, inflow, outflow, _zone):
    """Return what leaves a tank that does not mix, the inflow first and then the youngest."""
    gone, rest = cut([inflow, *plugs[::-1]], outflow)
    return gone, rest[::-1]
