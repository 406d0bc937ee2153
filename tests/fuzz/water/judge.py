"""What is wrong with our run of a network, as faults (kind, detail), the surest first."""

from collections import Counter

import numpy as np

from tests.fuzz.water.laws import drift_m, expected_outflow, row_faults, tank_faults
from tests.fuzz.water.model import read_model

HEAD_M, AGREE_M = 0.01, 0.005
ROUNDED = 2.5e-4
"""Share of the range of heads that rounded constants and leaks of shut links of EPANET make."""
STEEP = 3e-3
"""The same where a pump of constant power makes heads steep in flows."""
DRIFTED = 2.0
"""Share of what levels of EPANET's tanks are off, by which heads that depend on them may differ."""
MOVES_M3S = 1e-6
"""What flows at least through a link that is not at rest."""
TANK_M = 5e-4 * 0.3048
"""A tank as near a limit is full or empty to EPANET and to us."""
_RESTS = "flagged: a pump of constant power rests"
ENDLESS_M3S = 50.0
"""Flow that shows a network without resistance between given heads, which has no solution."""


def lawful_until(model, run):
    """Return the first time at which an engine misses a law of its own, or infinity."""
    if run is None or not len(run.time_s):
        return -np.inf
    end = min([np.inf, *run.flagged_s])
    if run.error:
        end = min(end, float(run.time_s[-1]) + 1.0)
    for row, now in enumerate(run.time_s):
        if now >= end:
            break
        broken = (
            _idles(model, run, row)
            or _disobeys(model, run, row)
            or row_faults(model, run, row)
            or list(tank_faults(model, run, row, 1.5, 2e-3))
        )
        if broken:
            return float(now)
    return end


def _idles(model, run, row):
    """Return whether an open pump of constant power stands still, which EPANET's chord allows."""
    return any(model.links[name].power and run.open[row][k] and abs(run.flow_m3s[row][k]) < 1e-6
               for k, name in enumerate(run.link))  # fmt: skip


def _disobeys(model, run, row):
    """Return whether a control by pressure does not act on a GPV, which EPANET leaves as it is."""
    pressure = {name: run.head_m[row][k] - model.nodes[name].elevation
                for k, name in enumerate(run.node)}  # fmt: skip
    is_open = dict(zip(run.link, run.open[row], strict=True))
    return any(sign * (pressure[node] - value) > 0.0 and is_open[link] != wanted
               for link, wanted, node, sign, value in model.orders)  # fmt: skip


def judge(net, ours, engines):
    """Return faults of our run: `ours` is what a worker gives, `engines` runs of EPANET."""
    answer, run = ours
    opened = [name for name, other in engines.items() if other is not None and other.time_s.size]
    if answer != "done":
        what = run if isinstance(run, str) else " ".join(run[:2])
        return [(f"{answer}: {what}", str(run))]
    if isinstance(run, list):
        everyone = len(opened) == len(engines) > 0
        return [("refused: " + _plain(run[0]), "\n".join(run))] if everyone else []
    if np.abs(run.flow_m3s).max(initial=0.0) > ENDLESS_M3S:
        return []
    model = read_model(net)
    found, end = _own_faults(model, run)
    ends = {name: lawful_until(model, other) for name, other in engines.items()}
    found += _differences(model, run, engines, ends | {"ours": end})
    first = min(run.flagged_s, default=None)
    if first is not None and ends and all(end > first for end in ends.values()):
        found.append(("flagged: both engines balance", f"from {first:g} s"))
    return found


def _plain(text):
    """Return a message without the names in it."""
    return " ".join(
        word for word in text.split(": ", 1)[-1].split() if word[:1] not in "'\"0123456789"
    )


def _own_faults(model, run):
    """Return laws that our run misses in silence, and the first time at which it misses one."""
    found, end = {}, np.inf
    for row, now in enumerate(run.time_s):
        if now in run.flagged_s:
            continue
        faults = row_faults(model, run, row)
        before = float(run.time_s[row - 1]) if row else now
        if before not in run.flagged_s:
            faults += list(tank_faults(model, run, row, 1.0, 1e-6))
        end = min(end, now) if faults else end
        for law, kind, name, miss in faults:
            key = f"law: {law}, {kind}"
            found.setdefault(key, f"{name} at {now:g} s by {miss:.6g}")
    return list(found.items()), end


def _differences(model, run, engines, ends):
    """Return where our heads differ from those of engines that agree and keep their laws."""
    known = {name: other for name, other in engines.items() if ends[name] > 0.0}
    if not known:
        return []
    lone = "" if len(known) > 1 else f" (only {next(iter(known))} judges)"
    end = min([*run.flagged_s, *run.swinging_s, ends["ours"], *(ends[name] for name in known),
               _unread_from(model, run)])  # fmt: skip
    for row, now in enumerate(run.time_s):
        if now >= end:
            break
        if any(now not in other.time_s for other in known.values()):
            return [("time without a row", f"{now:g} s")]
        found = _compared(model, run, row, known.values())
        if found:
            fault, detail = found
            return [(fault + lone, detail)] if fault else []
    return []


def _unread_from(model, run):
    """Return the first time at which a control or rule reads a node that nothing supplies.

    Such a node has any head, and EPANET's is that before the shut link.
    """
    read = [k for k, name in enumerate(run.node) if name in model.read]
    dry = ~run.supplied[:, read].all(axis=1) if read else np.zeros(len(run.time_s), dtype=bool)
    return float(run.time_s[dry][0]) if dry.any() else np.inf


def _compared(model, run, row, known):
    """Return (fault, detail) of one row, ("", "") where engines do not agree, None if alike."""
    now, held = run.time_s[row], run.supplied[row].copy()
    if row:  # before, no water can be trapped at an earlier pressure
        held &= [name in _fed(model, run, row) for name in run.node]
    else:
        held &= [name not in _between(model, run, row) for name in run.node]
    heads, outflows, joined = [], [], np.ones(len(run.node), dtype=bool)
    drift = 0.0
    for other in known:
        drift = max(drift, float(DRIFTED * drift_m(model, other)[other.time_s <= now][-1]))
        at = int(np.flatnonzero(other.time_s == now)[0])
        order = [other.node.index(name) for name in run.node]
        heads.append(other.head_m[at][order])
        if _limits_differ(model, run, row, heads[-1], drift):
            return "", ""
        outflows.append(other.outflow_m3s[at][order])
        joined &= [name in _joined(model, other, at) for name in run.node]
    held &= joined
    if np.where(held, np.ptp(heads, axis=0), 0.0).max() > AGREE_M:
        return "", ""
    rounded = STEEP if any(link.power for link in model.links.values()) else ROUNDED
    miss = np.where(held, np.abs(run.head_m[row] - heads[-1]), 0.0)
    span = np.ptp(heads[-1])
    # what EPANET's shut links leak grows with the span, and so does the head that the leak makes
    slack = HEAD_M + rounded * span * max(1.0, span / 1000.0) + drift
    slack += max(_steepness_m(model, other, now) for other in known)
    if miss.max() > slack:
        worst = int(miss.argmax())
        detail = (f"{run.node[worst]} at {now:g} s: ours {run.head_m[row, worst]:.4f} m, "
                  f"EPANET {heads[-1][worst]:.4f} m")  # fmt: skip
        differs = "differs: later" if row else "differs: first moment"
        return _RESTS if now in run.resting_s else differs, detail
    # an emitter under its level gives water back, which is no supply
    floors = np.array([model.nodes[name].elevation for name in run.node])
    served = np.where(heads[-1] > floors, np.min(np.abs(outflows), axis=0), 0.0)
    lost = np.flatnonzero(~run.supplied[row] & joined & (served > 1e-5))
    if not lost.size:
        return None
    resting = _RESTS if now in run.resting_s else ""
    return resting or "unsupplied though served", f"{run.node[lost[0]]} at {now:g} s"


def _limits_differ(model, run, row, head_m, drift_m):
    """Return whether a tank is at its limit in one run alone, by no more than an engine lost."""
    for k, name in enumerate(run.node):
        if model.nodes[name].kind != "tank":
            continue
        low, high, _ = model.nodes[name].tank
        floor = model.nodes[name].elevation
        ours, other = run.head_m[row, k] - floor, head_m[k] - floor
        states = [(level >= high - TANK_M, level <= low + TANK_M) for level in (ours, other)]
        if states[0] != states[1] and abs(ours - other) <= drift_m:
            return True
    return False


def _steepness_m(model, run, now):
    """Return the head that what outlets miss of their law makes at pumps of constant power.

    Lift times flow is given there: a share of the flow is the same share of the lift.
    """
    row = int(np.flatnonzero(run.time_s == now)[0])
    heads = dict(zip(run.node, run.head_m[row], strict=True))
    flows = dict(zip(run.link, np.abs(run.flow_m3s[row]), strict=True))
    powered = [link for link in model.links.values() if link.power and flows[link.name] > 0.0]
    if not powered:
        return 0.0
    missed = sum(
        abs(expected_outflow(model, model.nodes[name], now, heads[name]) - outflow)
        for name, outflow in zip(run.node, run.outflow_m3s[row], strict=True)
        if model.nodes[name].kind == "junction"
    )
    return max(abs(heads[link.head] - heads[link.tail]) * missed / flows[link.name]
               for link in powered)  # fmt: skip


def _joined(model, run, row):
    """Return the nodes that open links join to a reservoir or tank: elsewhere heads float."""
    return _reached(model, [model.links[run.link[k]] for k in np.flatnonzero(run.open[row])])


def _fed(model, run, row):
    """Return the nodes joined to a reservoir or tank by links with flow or by pipes never shut.

    Beyond a one-way link at rest water may stand at an earlier pressure.
    """
    flows = dict(zip(run.link, np.abs(run.flow_m3s[row]), strict=True))
    fixed = {name for name, node in model.nodes.items() if node.kind == "tank"}
    return _reached(model, [
        link for name, link in model.links.items()
        if flows[name] > MOVES_M3S or (link.kind == "pipe" and link.states == [("OPEN", 1.0)]
                                       and fixed.isdisjoint((link.tail, link.head)))
    ])  # fmt: skip


def _between(model, run, row):
    """Return the nodes at rest that several links which may pass nothing join to others.

    Any head between those at which these links would pass water keeps all laws.
    """
    fed, group = _fed(model, run, row), {}
    still = [name for name in model.nodes if name not in fed]
    pipes = [link for link in model.links.values() if link.kind == "pipe"
             and link.states[0][0] == "OPEN"]  # fmt: skip
    for name in still:
        if name not in group:
            reach, more = set(), {name}
            while more:
                reach |= more
                more = {end for link in pipes for end in (link.tail, link.head)
                        if {link.tail, link.head} & more and end in still} - reach  # fmt: skip
            group |= dict.fromkeys(reach, name)
    ways = Counter()
    for link in model.links.values():
        ends = {group.get(link.tail), group.get(link.head)} - {None}
        shut = link.states == [("CLOSED", 1.0)]
        if not shut and group.get(link.tail) != group.get(link.head):
            ways.update(ends)
    return {name for name in still if ways[group[name]] > 1}


def _reached(model, links):
    """Return the nodes that some links join to a reservoir or tank."""
    ways = {}
    for link in links:
        ways.setdefault(link.tail, []).append(link.head)
        ways.setdefault(link.head, []).append(link.tail)
    found, more = set(), {name for name, node in model.nodes.items() if node.kind != "junction"}
    while more:
        found |= more
        more = {end for name in more for end in ways.get(name, [])} - found
    return found
