"""Carrying something with the water the slow way: a list of plugs per pipe, nodes by recursion."""

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
