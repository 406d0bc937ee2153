"""What is wrong with our run of a network, as faults (kind, detail), the surest first."""

import numpy as np

from tests.fuzz.water.laws import row_faults, tank_faults
from tests.fuzz.water.model import read_model

HEAD_M, AGREE_M = 0.01, 0.005
ROUNDED = 1.5e-4
"""Share of the range of heads that constants of EPANET, rounded to 4 digits, make."""
STEEP = 1e-3
"""The same where a pump of constant power makes heads steep in flows."""
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
        broken = row_faults(model, run, row) or list(tank_faults(model, run, row, 1.5, 2e-3))
        if broken:
            return float(now)
    return end


def judge(net, ours, engines):
    """Return faults of our run: `ours` is what a worker gives, `engines` runs of EPANET."""
    answer, run = ours
    opened = [name for name, other in engines.items() if other is not None]
    if answer != "done":
        what = run if isinstance(run, str) else " ".join(run[:2])
        return [(f"{answer}: {what}", str(run))]
    if isinstance(run, list):
        return [("refused: " + _plain(run[0]), "\n".join(run))] if opened else []
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
    if not known or any(other is None for other in engines.values()):
        known = {name: other for name, other in known.items() if other is not None}
    if not known:
        return []
    first_flag = min(run.flagged_s, default=np.inf)
    end = min([first_flag, ends["ours"], *(ends[name] for name in known)])
    rounded = STEEP if any(link.power for link in model.links.values()) else ROUNDED
    for row, now in enumerate(run.time_s):
        if now >= end:
            break
        heads, outflows, held = [], [], run.supplied[row].copy()
        for other in known.values():
            at = np.flatnonzero(other.time_s == now)
            if not at.size:
                return [("time without a row", f"{now:g} s")]
            order = [other.node.index(name) for name in run.node]
            heads.append(other.head_m[at[0]][order])
            outflows.append(other.outflow_m3s[at[0]][order])
            held &= [name in _joined(model, other, at[0]) for name in run.node]
        limit_m = HEAD_M + rounded * np.ptp(heads[-1])
        spread = np.where(held, np.ptp(heads, axis=0), 0.0)
        if spread.max() > AGREE_M:
            return []
        miss = np.where(held, np.abs(run.head_m[row] - heads[-1]), 0.0)
        if miss.max() > limit_m:
            worst = int(miss.argmax())
            lone = "" if len(known) > 1 else f" (only {next(iter(known))} judges)"
            when = "first moment" if row == 0 else "later"
            detail = (f"{run.node[worst]} at {now:g} s: ours {run.head_m[row, worst]:.4f} m, "
                      f"EPANET {heads[-1][worst]:.4f} m")  # fmt: skip
            return [(f"differs: {when}{lone}", detail)]
        # an emitter under its level gives water back, which is no supply
        served = np.where(heads[-1] > _floors(model, run), np.min(np.abs(outflows), axis=0), 0.0)
        lost = ~run.supplied[row] & (served > 1e-5)
        if lost.any():
            name = run.node[int(np.flatnonzero(lost)[0])]
            return [("unsupplied though served", f"{name} at {now:g} s")]
    return []


def _joined(model, run, row):
    """Return the nodes that open links join to a reservoir or tank: elsewhere heads float."""
    ways = {}
    for k in np.flatnonzero(run.open[row]):
        link = model.links[run.link[k]]
        ways.setdefault(link.tail, []).append(link.head)
        ways.setdefault(link.head, []).append(link.tail)
    found, more = set(), {name for name, node in model.nodes.items() if node.kind != "junction"}
    while more:
        found |= more
        more = {end for name in more for end in ways.get(name, [])} - found
    return found


def _floors(model, run):
    return np.array([model.nodes[name].elevation for name in run.node])
