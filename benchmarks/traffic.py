"""Traffic assignment: time to a relative gap, here and by two peers, in one run.

pytraf (path-based gradient projection, Rust) and AequilibraE (bi-conjugate Frank-Wolfe, Cython)
run on one thread to the gap they report themselves; `true_gap` is ours, recomputed from their
flows. AequilibraE is left out where a link has no free-flow time, which it refuses. Seconds are
those of the processor, not of the clock: all solvers use one thread, and other work on the machine
then matters less.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.made_city import ZONES, made_city
from benchmarks.traffic_peers import aequilibrae_skim, aequilibrae_solve, pytraf_solve
from twin.flows import traffic

if TYPE_CHECKING:
    from collections.abc import Callable

NETWORKS = ("SiouxFalls", "Anaheim", "ChicagoSketch")
GAPS = (1e-4, 1e-6)
REPEATS = 7
SKIMS = 3
LONG_S = 2.0
"""A solve that takes longer is not repeated."""
SHARE_LEFT = 0.3
"""Capacity left on the five busiest links of the closure."""
FINE_GAP = 1e-9
"""Gap at which a closure's effect is taken as the true one."""


def run() -> dict[str, Any]:
    """Time every network, gap and solver; medians in seconds and ratios to ours."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("TWIN_TEST_DATA", root.parent / "shared" / "data")) / "traffic"
    if not folder.is_dir():
        return {"skipped": f"no networks at {folder}; set TWIN_TEST_DATA to the data folder"}
    traffic.assign(_load(folder / "SiouxFalls"))  # compiles
    cases = [_case(folder / name, gap) for name in NETWORKS for gap in GAPS]
    return {
        "repeats": REPEATS,
        "cases": cases,
        "exact": [_exact(folder / name) for name in NETWORKS],
        "closure": _closure(folder / "ChicagoSketch"),
        "made_city": _made_city(),
    }


def _load(folder: Path) -> traffic.TrafficNetwork:
    meta = json.loads((folder / "meta.json").read_text())
    return traffic.read_tntp(
        next(folder.glob("tntp/*_net.tntp")),
        next(folder.glob("tntp/*_trips.tntp")),
        meta["toll_factor"],
        meta["distance_factor"],
    )


def _median_s(call: Callable[[], np.ndarray], repeats: int = REPEATS) -> tuple[float, np.ndarray]:
    """Return (median seconds, result) after a call to warm up, or that call's if it was long."""
    begin = time.process_time()
    flow = call()
    first = time.process_time() - begin
    if first > LONG_S:
        return first, flow
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        flow = call()
        times.append(time.process_time() - begin)
    return statistics.median(times), flow


def _case(folder: Path, gap: float) -> dict[str, Any]:
    """Return the timings of one network at one gap."""
    net = _load(folder)
    calls = {
        "twin": lambda: traffic.assign(net, gap).flow_vehph,
        "pytraf": pytraf_solve(net, gap),
        "aequilibrae": aequilibrae_solve(net, gap),
    }
    result: dict[str, Any] = {"network": folder.name, "gap": gap}
    for name, call in calls.items():
        if isinstance(call, str):
            result[name] = {"skipped": call}
            continue
        seconds, flow = _median_s(call)
        found = traffic.evaluate(net, flow)
        result[name] = {"median_s": seconds, "true_gap": found.relative_gap}
        result[name]["ratio"] = seconds / result["twin"]["median_s"]
    return result


def _exact(folder: Path) -> dict[str, Any]:
    """Return time to a gap of 1e-12, and how far the objective is from that of published flows."""
    net = _load(folder)
    published = json.loads((folder / "meta.json").read_text())["reference_eval"]["objective"]
    seconds, _ = _median_s(lambda: traffic.assign(net, 1e-12).flow_vehph)
    found = traffic.assign(net, 1e-12)
    return {
        "network": folder.name,
        "median_s": seconds,
        "gap": found.relative_gap,
        "objective_error": abs(found.objective / published - 1.0),
        "imbalance_vehph": found.imbalance_vehph,
    }


def _closure(folder: Path) -> dict[str, float]:
    """Time cold and warm solves to 1e-6 after the five busiest links lost 70 % of capacity.

    Also after one of them is closed, and how far the effect is from that at a finer gap.
    """
    net = _load(folder)
    base = traffic.assign(net)
    busiest = np.argsort(-base.flow_vehph)[:5]
    capacity = net.capacity.copy()
    capacity[busiest] *= SHARE_LEFT
    cut = net.with_values(capacity=capacity)
    closed = np.zeros(capacity.size, dtype=np.bool_)
    closed[busiest[0]] = True
    figures: dict[str, float] = {}
    for name, then, shut in (("cut", cut, None), ("closed", net, closed)):
        cold, _ = _median_s(lambda t=then, s=shut: traffic.assign(t, closed=s).flow_vehph)
        warm, _ = _median_s(
            lambda t=then, s=shut: traffic.assign(t, start=base, closed=s).flow_vehph
        )
        figures |= {f"{name}_cold_s": cold, f"{name}_warm_s": warm, f"{name}_ratio": warm / cold}
    fine = traffic.assign(net, FINE_GAP, start=base)
    effects = [
        traffic.assign(cut, gap, start=start).total_travel_time - start.total_travel_time
        for gap, start in ((1e-6, base), (FINE_GAP, fine))
    ]
    return figures | {"effect_error": abs(effects[0] / effects[1] - 1.0)}


def _made_city() -> dict[str, Any]:
    """Time a made city to 1e-6, a closure on it, and skims beside AequilibraE's; once each."""
    net = made_city()
    begin = time.process_time()
    base = traffic.assign(net)
    cold_s = time.process_time() - begin
    closed = np.zeros(net.capacity.size, dtype=np.bool_)
    closed[np.argmax(np.where(net.b > 0.0, base.flow_vehph, 0.0))] = True
    begin = time.process_time()
    warm = traffic.assign(net, start=base, closed=closed)
    warm_s = time.process_time() - begin
    rise = warm.total_travel_time / base.total_travel_time - 1.0
    return {
        "links": net.capacity.size,
        "nodes": net.graph.node.size,
        "zones": ZONES,
        "to_1e-6_s": cold_s,
        "gap": base.relative_gap,
        "imbalance_vehph": base.imbalance_vehph,
        "over_capacity_share": float((base.flow_vehph > net.capacity).mean()),
        "closure_warm_s": warm_s,
        "closure_ratio": warm_s / cold_s,
        "closure_effect": rise,
        "peak_memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "skims": _skims(net, base.time),
    }


def _skims(net: traffic.TrafficNetwork, cost: np.ndarray) -> dict[str, Any]:
    """Time skims between all zones, and compare them with AequilibraE's."""
    zones = np.arange(1, ZONES + 1)
    seconds, ours = _median_s(lambda: traffic.skim(net, cost, zones), repeats=SKIMS)
    theirs = aequilibrae_skim(net, cost, zones)
    if isinstance(theirs, str):
        return {"twin_s": seconds, "aequilibrae": {"skipped": theirs}}
    peer_s, found = _median_s(theirs, repeats=SKIMS)
    apart = ~np.eye(ZONES, dtype=np.bool_)
    difference = np.abs(found.reshape(ours.shape) - ours)[apart]
    return {
        "twin_s": seconds,
        "aequilibrae_s": peer_s,
        "ratio": peer_s / seconds,
        "largest_difference": float(difference.max()),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
