"""Rules the slow way: read word by word at every rule step, between steady solves."""

import numpy as np

from twin.flows import water

RELATIONS = (
    lambda a, b: abs(a - b) < 1e-6,
    lambda a, b: abs(a - b) > 1e-6,
    lambda a, b: a < b,
    lambda a, b: a <= b,
    lambda a, b: a > b,
    lambda a, b: a >= b,
)


def run(net, duration_s):
    """Return time, tank level and open links of every solve; pipes and pumps are switched only.

    Tanks are cylinders that neither fill nor empty; each rule step moves them and asks all rules;
    the first that changes a link ends the step.
    """
    times = net.times
    level = dict(zip(np.flatnonzero(net.node_kind == 2), [0.0] * net.n_nodes, strict=False))
    level = {int(t): float(net.tank_init_m[t]) for t in level}
    is_open = net.is_open.copy()
    now, rows = 0, []
    while True:
        head = net.tank_init_m.copy()
        for t, height in level.items():
            head[t] = height
        given = _at_levels(net, head)
        state = water.solve(given, closed=~is_open)
        rows.append((now, dict(level), is_open.copy(), state.flow_m3s.copy()))
        if now >= duration_s:
            return rows
        inflow = np.bincount(net.head, state.flow_m3s, net.n_nodes)
        inflow -= np.bincount(net.tail, state.flow_m3s, net.n_nodes)
        end = min(duration_s, (now // times.step_s + 1) * times.step_s)
        while now < end:
            before = now
            now = min(end, (now // times.rule_step_s + 1) * times.rule_step_s)
            for t in level:
                level[t] += inflow[t] * (now - before) / net.tank_area_m2[t]
            if _apply(net, level, now, is_open):
                break


def _at_levels(net, level):
    import dataclasses

    return dataclasses.replace(net, tank_init_m=level)


def _apply(net, level, now, is_open):
    """Change links as the rules say; return whether any did."""
    wanted, rank = {}, {}
    for rule in net.rules:
        actions = rule.then if _holds(net, rule, level, now, is_open) else rule.otherwise
        for action in actions:
            if action.link not in wanted or rule.priority > rank[action.link]:
                wanted[action.link], rank[action.link] = action.is_open, rule.priority
    changed = False
    for name, how in wanted.items():
        k = net.link_id.index(name)
        changed |= bool(is_open[k] != how)
        is_open[k] = how
    return changed


def _holds(net, rule, level, now, is_open):
    """Return whether the premises hold, one after the other."""
    result = True
    for premise in rule.premises:
        if premise.variable == "LEVEL":
            value = level[net.node_id.index(premise.name)]
        elif premise.variable == "STATUS":
            value = float(is_open[net.link_id.index(premise.name)])
        else:
            value = float(now)
        found = RELATIONS[premise.relation](value, premise.value)
        if premise.is_or:
            result = result or found
        elif not result:
            return False
        else:
            result = found
    return result
