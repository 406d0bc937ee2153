"""Traffic assignment: time to a relative gap, here and by two peers, in one run.

pytraf (path-based gradient projection, Rust) and AequilibraE (bi-conjugate Frank-Wolfe, Cython)
run on one thread to the gap they report themselves; `true_gap` is ours, recomputed from their
flows. AequilibraE is left out where a link has no free-flow time, which it refuses.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import statistics
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin.flows import traffic

if TYPE_CHECKING:
    from collections.abc import Callable

NETWORKS = ("SiouxFalls", "Anaheim", "ChicagoSketch")
GAPS = (1e-4, 1e-6)
REPEATS = 7
LONG_S = 2.0
"""A solve that takes longer is not repeated."""
SHARE_LEFT = 0.3
"""Capacity left on the five busiest links of the closure."""
FINE_GAP = 1e-9
"""Gap at which a closure's effect is taken as the true one."""
MOST_ITERATIONS = 1000
"""Of AequilibraE: where it has not arrived by then, `true_gap` tells."""


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
    }


def _load(folder: Path) -> traffic.TrafficNetwork:
    meta = json.loads((folder / "meta.json").read_text())
    return traffic.read_tntp(
        next(folder.glob("tntp/*_net.tntp")),
        next(folder.glob("tntp/*_trips.tntp")),
        meta["toll_factor"],
        meta["distance_factor"],
    )


def _median_s(call: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Return (median seconds, flows) after a call to warm up, or that call's if it was long."""
    begin = time.perf_counter()
    flow = call()
    first = time.perf_counter() - begin
    if first > LONG_S:
        return first, flow
    times = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        flow = call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times), flow


def _case(folder: Path, gap: float) -> dict[str, Any]:
    """Return the timings of one network at one gap."""
    net = _load(folder)
    calls = {
        "twin": lambda: traffic.assign(net, gap).flow_vehph,
        "pytraf": _pytraf(net, gap),
        "aequilibrae": _aequilibrae(net, gap),
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


def _pytraf(net: traffic.TrafficNetwork, gap: float) -> Callable[[], np.ndarray] | str:
    """Return a solve by pytraf, or why there is none."""
    if importlib.util.find_spec("pytraf") is None:
        return "pytraf is not installed (dependency group `bench`)"
    import pytraf

    row = {node: i for i, node in enumerate(net.graph.node)}
    links = {
        "from_node": net.graph.tail.astype(np.int64),
        "to_node": net.graph.head.astype(np.int64),
        "free_flow_time": net.free_flow_time,
        "capacity": net.capacity,
        "b": net.b,
        "power": net.power,
    }
    theirs = pytraf.Network.from_tables(
        links, is_centroid=net.graph.node < net.first_thru_node, allow_u_turns=True
    )
    trips = {
        "origin": [row[node] for node in net.origin],
        "destination": [row[node] for node in net.dest],
        "flow": net.demand,
    }
    demand = pytraf.Demand.from_table(theirs, trips)
    cars = pytraf.TrafficClass(demand, extra_link_cost=net.class_cost[0])
    return lambda: np.asarray(theirs.assign(cars, gap=gap, threads=1).links.flow).reshape(-1)


def _aequilibrae(net: traffic.TrafficNetwork, gap: float) -> Callable[[], np.ndarray] | str:
    """Return a solve by AequilibraE, or why there is none."""
    if importlib.util.find_spec("aequilibrae") is None:
        return "aequilibrae is not installed (dependency group `bench`)"
    if (net.free_flow_time <= 0.0).any():
        return "aequilibrae refuses links without free-flow time"
    os.environ["AEQ_SHOW_PROGRESS"] = "FALSE"  # bars would be part of the time
    logging.getLogger("aequilibrae").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="aequilibrae")
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass

    zones = np.union1d(net.origin, net.dest)
    graph = Graph()
    graph.network = pd.DataFrame(
        {
            "link_id": np.arange(1, net.capacity.size + 1),
            "a_node": net.init_node,
            "b_node": net.term_node,
            "direction": 1,
            "capacity": net.capacity,
            "free_flow_time": net.free_flow_time,
            "b": net.b,
            "power": net.power,
        }
    )
    graph.prepare_graph(zones)
    graph.set_graph("free_flow_time")
    graph.set_blocked_centroid_flows(net.first_thru_node > 1)
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=zones.size, matrix_names=["cars"], memory_only=True)
    matrix.index[:] = zones
    cells = np.zeros((zones.size, zones.size))
    np.add.at(
        cells, (np.searchsorted(zones, net.origin), np.searchsorted(zones, net.dest)), net.demand
    )
    matrix.matrix["cars"][:, :] = cells
    matrix.computational_view(["cars"])

    def solve() -> np.ndarray:
        job = TrafficAssignment()
        job.set_classes([TrafficClass("cars", graph, matrix)])
        job.set_vdf("BPR")
        job.set_vdf_parameters({"alpha": "b", "beta": "power"})
        job.set_capacity_field("capacity")
        job.set_time_field("free_flow_time")
        job.set_algorithm("bfw")
        job.set_cores(1)
        job.max_iter = MOST_ITERATIONS
        job.rgap_target = gap
        job.execute(log_specification=False)
        return job.results()["PCE_tot"].to_numpy()

    return solve


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
