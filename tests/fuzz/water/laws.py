"""Laws of water, recomputed from results alone: each gives a fault (law, kind, name, amount).

`kind` is the kind of link or node, `amount` by how much the law is missed, in m or in l/s.
"""

import numpy as np

from tests.fuzz.water.link_laws import link_fault_m
from tests.fuzz.water.model import CLOSED

FLOW_M3S = 5e-6
"""What demands and outflows may miss, beside a share of what flows."""
MASS_M3S, MASS_SHARE = 3e-7, 1e-5
"""What balances may miss: 300 m of head let a shut link of EPANET pass it."""
HEAD_M = 0.01
SHARE = 2e-4
FORCED_M = 100.0
"""Miss of a law that shows water forced through a link that is shut or limits its flow."""
LEVEL_M = 1.4e-4
"""A tank as near a limit is full or empty, in both engines and by us."""
SHUT_M3S = 1e-7
"""What links that are shut at a full or empty tank may pass."""
_ORIFICE = 0.6 * (2.0 * 32.2 * 0.3048) ** 0.5


def row_faults(model, run, row):
    """Return the faults of one moment of a run."""
    now = float(run.time_s[row])
    head = dict(zip(run.node, run.head_m[row], strict=True))
    outflow = dict(zip(run.node, run.outflow_m3s[row], strict=True))
    flow = dict(zip(run.link, run.flow_m3s[row], strict=True))
    supplied = dict(zip(run.node, run.supplied[row], strict=True))
    faults = []
    if not all(abs(value) < 1e30 for value in [*head.values(), *outflow.values(), *flow.values()]):
        return [("not finite", "network", "", 1e30)]
    faults += _balance_faults(model, flow, outflow)
    faults += _outflow_faults(model, now, head, outflow, supplied)
    faults += _source_faults(model, now, head)
    faults += _limit_faults(model, head, outflow, flow)
    resting = now in run.resting_s
    for link in model.links.values():
        q = flow[link.name]
        if not (supplied[link.tail] and supplied[link.head]):
            # nothing moves where no source reaches
            if abs(q) > FLOW_M3S:
                faults.append(("flow without supply", link.kind, link.name, 1e3 * abs(q)))
            continue
        if resting and link.power and abs(q) < FLOW_M3S:
            continue
        ends = head[link.tail], head[link.head]
        miss = link_miss_m(model, link, now, ends, q)
        if miss > HEAD_M and not _tank_shuts(model, link, ends, q):
            law = "link law" if miss < FORCED_M else "forced through"
            faults.append((law, link.kind, link.name, miss))
    return faults


def link_miss_m(model, link, now, ends, q):
    """Return by how much the least missed of a link's possible states misses its law."""
    given = link.states if now > 0.0 else link.first
    states = given
    if link.pattern:
        speed = model.factor(link.pattern, now)
        states = [("OPEN", speed)] if speed > 0.0 else []
        states = [*states, *given, (CLOSED, 0.0)]  # a control acts after the pattern
    return min(link_fault_m(model, link, state, ends, q) for state in states)


def _balance_faults(model, flow, outflow):
    net = dict.fromkeys(model.nodes, 0.0)
    through = dict.fromkeys(model.nodes, 0.0)
    for link in model.links.values():
        net[link.tail] -= flow[link.name]
        net[link.head] += flow[link.name]
        for end in (link.tail, link.head):
            through[end] += abs(flow[link.name])
    for name, node in model.nodes.items():
        miss = abs(net[name] - outflow[name])
        if miss > MASS_M3S + MASS_SHARE * through[name]:
            yield "mass", node.kind, name, 1e3 * miss


def _outflow_faults(model, now, head, outflow, supplied):
    for name, node in model.nodes.items():
        if node.kind != "junction":
            continue
        wanted = expected_outflow(model, node, now, head[name])
        if not supplied[name]:
            wanted = 0.0
        miss = abs(wanted - outflow[name])
        # an outlet whose slope is steep is right if a head within the tolerance gives its flow
        near = [expected_outflow(model, node, now, head[name] + d) for d in (-HEAD_M, HEAD_M)]
        if supplied[name] and min(near) - FLOW_M3S <= outflow[name] <= max(near) + FLOW_M3S:
            continue
        if miss > FLOW_M3S + SHARE * abs(wanted):
            law = "outflow" if supplied[name] else "outflow without supply"
            yield law, _outlet(node), name, 1e3 * miss


def _outlet(node):
    kinds = [("emitter", node.emitter), ("leak", node.area + node.growth)]
    return "+".join(["junction", *(kind for kind, size in kinds if size)])


def expected_outflow(model, node, now, head):
    """Return demand delivered, emitter and leak of a junction at some head."""
    pressure = head - node.elevation
    over = max(pressure, 0.0)
    demand = sum(base * model.multiplier * model.factor(pattern, now)
                 for base, pattern in node.demands)  # fmt: skip
    if model.driven and demand > 0.0:
        least, full, exponent = model.pressures
        share = min(max((pressure - least) / (full - least), 0.0), 1.0)
        demand *= share**exponent
    size = abs(pressure) if model.backflow else over
    emitted = node.emitter * size**model.emitter_exponent * (1.0 if pressure > 0.0 else -1.0)
    return demand + emitted + _ORIFICE * (node.area + node.growth * over) * over**0.5


def _source_faults(model, now, head):
    for name, node in model.nodes.items():
        if node.kind == "reservoir":
            miss = abs(head[name] - node.elevation * model.factor(node.pattern, now))
        elif node.kind == "tank":
            level = head[name] - node.elevation
            miss = max(node.tank[0] - level, level - node.tank[1], 0.0)
        else:
            continue
        if miss > 1e-3:
            yield "source head", node.kind, name, miss


def _out_of(link, name, flow):
    """Return the flow by which a link drains a node."""
    return flow[link.name] * ((link.tail == name) - (link.head == name))


def _limit_faults(model, head, outflow, flow):
    """Check that an empty tank gives nothing and a full one takes nothing, unless it spills."""
    for name, node in model.nodes.items():
        if node.kind != "tank":
            continue
        level, inflow = head[name] - node.elevation, outflow[name]
        low, high, _ = node.tank
        if level <= low + LEVEL_M:
            # link by link: what comes in at one may not leave by another
            drains = [_out_of(link, name, flow) for link in model.links.values()]
            gives = max([-inflow, *drains])
            if gives > FLOW_M3S:
                yield "an empty tank gives", "tank", name, 1e3 * gives
        if level >= high - LEVEL_M and inflow > FLOW_M3S and not node.overflows:
            yield "a full tank takes", "tank", name, 1e3 * inflow


def _tank_shuts(model, link, ends, q):
    """Return whether a link may be shut as its tank is full or empty and would fill or empty."""
    if abs(q) > FLOW_M3S:
        return False
    for name, near, far in ((link.tail, *ends), (link.head, *reversed(ends))):
        node = model.nodes[name]
        if node.kind != "tank":
            continue
        low, high, _ = node.tank
        level = near - node.elevation
        pumps, any_way = link.kind == "pump", link.kind == "PBV"  # push against a higher head
        fills = far > near or any_way or (pumps and name == link.head)
        drains = far < near or any_way or (pumps and name == link.tail)
        if level >= high - 2e-3 and fills and not node.overflows:
            return True
        if level <= low + 2e-3 and drains:
            return True
    return False


def volume_m3(node, level):
    """Return the volume of a tank at a level."""
    if node.volumes:
        for (x0, y0), (x1, y1) in zip(node.volumes, node.volumes[1:], strict=False):
            if level <= x1 or (x1, y1) == node.volumes[-1]:
                return y0 + (y1 - y0) * (level - x0) / (x1 - x0)
    return 3.14159265358979 / 4.0 * node.tank[2] ** 2 * level


def drift_m(model, run):
    """Return by how much levels may be off at each row, as tanks did not hold what flowed in.

    EPANET sets the volume of a tank within a second's flow of its limit to that limit. A level that
    is off reaches the limit earlier or later; what flows from then on makes its error larger where
    it flows faster.
    """
    off = np.zeros(len(run.time_s))
    for row in range(1, len(run.time_s)):
        lost, growth = 0.0, 1.0
        for name, miss, metre, (_, before) in _tank_misses(model, run, row):
            lost += miss / metre
            after = run.outflow_m3s[row, run.node.index(name)]
            if miss > 1e-6 and abs(before) > 0.0:
                growth = max(growth, abs(after / before))
        off[row] = growth * (off[row - 1] + lost)
    return off


def tank_faults(model, run, row, share_s, level_m):
    """Return tanks whose volume at a row is not that of the row before and its inflow.

    `share_s` seconds of inflow may be missing, and `level_m`: an engine rounds events to whole
    seconds, and sets a tank to its limit when it is near.
    """
    if row == 0 or not run.every_step:
        return
    passed = run.time_s[row] - run.time_s[row - 1]
    for name, miss, metre, (before, inflow) in _tank_misses(model, run, row):
        slack = share_s * abs(inflow) + level_m * metre + 1e-6 * max(before, 1.0)
        if miss > slack + SHUT_M3S * passed:
            yield "tank volume", "tank", name, miss


def _tank_misses(model, run, row):
    """Yield name, volume missed since the row before, volume of a metre, and what was before."""
    passed = run.time_s[row] - run.time_s[row - 1]
    for name, node in model.nodes.items():
        if node.kind != "tank":
            continue
        column = run.node.index(name)
        levels = run.head_m[row - 1 : row + 1, column] - node.elevation
        before, after = (volume_m3(node, level) for level in levels)
        inflow = run.outflow_m3s[row - 1, column]
        if node.overflows and levels[1] >= node.tank[1] - 1e-3 and inflow > 0.0:
            continue  # it spills
        miss = abs(after - before - inflow * passed)
        metre = abs(volume_m3(node, levels[1] + 0.5) - volume_m3(node, levels[1] - 0.5))
        yield name, miss, metre, (before, inflow)
