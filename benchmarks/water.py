"""Water: this project's hydraulics beside EPANET 2.2 and WNTR, in the same run.

Hydraulics only: reading, set-up and compilation stand apart on both sides. Times of one thread are
processor times, so that other work on the machine counts less; those of two threads are wall times.
"""

from __future__ import annotations

import math
import resource
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.water_epanet import Epanet
from benchmarks.water_tiles import tiled
from twin.flows import water
from twin.flows.water.runs.scenario_runs import Block, Task, Variations, prepare_blocks
from twin.flows.water.simulate import run_times
from twin.flows.water.solve import SolveOptions

NETWORKS = {
    "ky4": ("wntr", "library/networks/ky4.inp", 24),
    "ky10": ("wntr", "library/networks/ky10.inp", 24),
    "Net6": ("wntr", "library/networks/Net6.inp", 24),
    "L-TOWN": ("epyt", "networks/L-TOWN.inp", 24),
    "BWSN2": ("epyt", "networks/asce-tf-wdst/BWSN_Network_2.inp", 26),
}
"""Package, file in it, hours. EPANET gives up BWSN2, whose file says `Unbalanced Stop`, in hour 27:
it tries 200 times there."""
ENSEMBLES = ("ky4", "ky10", "Net6")
N_SCENARIOS = 64
CONVERGING = ("Net1", "Net3", "ky4")
"""Networks that WNTR's own simulator solves."""
SIZES = (1, 3, 10, 30, 110)
"""Copies of L-TOWN's 909 links: 1k to 100k."""


def file_of(package: str, inside: str, hours: int, folder: str) -> Path:
    """Return a copy of a network that a package ships, with another duration."""
    import importlib.util

    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        message = f"{package} is not installed"
        raise ModuleNotFoundError(message)
    text = (Path(found.origin).parent / inside).read_text("utf-8", errors="replace")
    out = Path(folder) / Path(inside).name
    out.write_text(text.replace("[END]", "") + f"\n[TIMES]\nDuration {hours}:00\n\n[END]\n")
    return out


def seconds_of(blocks: list[Any], threads: int = 1) -> tuple[float, list[Block]]:
    """Return (seconds, results) of prepared blocks."""
    clock = time.process_time if threads == 1 else time.perf_counter
    begin = clock()
    if threads == 1:
        results = [block() for block in blocks]
    else:
        with ThreadPoolExecutor(threads) as pool:
            results = list(pool.map(lambda block: block(), blocks))
    return clock() - begin, results


def task_of(net: water.WaterNetwork) -> Task:
    """Return a run of a network as its file says."""
    limits = SolveOptions().limits()
    return Task(net, run_times(net, None, None), limits, net.pressure_driven)


def single(name: str, repeats: int, folder: str) -> dict[str, Any]:
    """Time one run with both engines, by turns."""
    path = file_of(*NETWORKS[name], folder)
    task = task_of(water.read_inp(path))
    ours, theirs = [], []
    with Epanet(path) as epanet:
        seconds_of(prepare_blocks(task, Variations(), 1))
        for _ in range(repeats):
            seconds, results = seconds_of(prepare_blocks(task, Variations(), 1))
            ours.append(seconds)
            theirs.append(epanet.run())
        log = results[0][1][0]
        iterations = epanet.iterations()
    return {
        "network": name,
        "nodes": task.net.n_nodes,
        "links": task.net.n_links,
        "hours": NETWORKS[name][2],
        "ours_ms": 1e3 * statistics.median(ours),
        "epanet22_ms": 1e3 * statistics.median(theirs),
        "ratio": statistics.median(theirs) / statistics.median(ours),
        "solves": len(log),
        "epanet_solves": iterations[0],
        "iterations": int(log[:, 2].sum()),
        "epanet_iterations": iterations[1],
        "unbalanced": int((log[:, 1] != 0).sum()),
        "worst_energy_residual_m": float(log[:, 3].max()),
        "worst_mass_residual_m3s": float(log[:, 4].max()),
    }


def ensemble(name: str, repeats: int, folder: str) -> dict[str, Any]:
    """Time 64 scenarios of demand, on one thread and on two, beside EPANET run 64 times."""
    path = file_of(*NETWORKS[name], folder)
    net = water.read_inp(path)
    task = task_of(net)
    factor = np.linspace(0.8, 1.2, N_SCENARIOS)
    variations = Variations(demand=np.repeat(factor[:, np.newaxis], net.n_nodes, axis=1))
    one, two, theirs = [], [], []
    seconds_of(prepare_blocks(task, variations, N_SCENARIOS)[:1])
    with Epanet(path) as epanet:
        for _ in range(repeats):
            one.append(seconds_of(prepare_blocks(task, variations, N_SCENARIOS))[0])
            two.append(seconds_of(prepare_blocks(task, variations, N_SCENARIOS), 2)[0])
            theirs.append(sum(epanet.run(float(k)) for k in factor))
    peer = statistics.median(theirs)
    return {
        "network": name,
        "scenarios": N_SCENARIOS,
        "ours_one_thread_ms": 1e3 * statistics.median(one),
        "ours_two_threads_wall_ms": 1e3 * statistics.median(two),
        "epanet22_ms": 1e3 * peer,
        "ratio_one_thread": peer / statistics.median(one),
        "ratio_two_threads": peer / statistics.median(two),
    }


def beside_wntr(name: str) -> dict[str, Any]:
    """Time a day with WNTR's own simulator and with `simulate`, both from model to tables."""
    import wntr

    from benchmarks.wntr_networks import library_model, network_from_wntr

    model = library_model(name)
    net = network_from_wntr(model)
    duration_s = float(model.options.time.duration)
    water.simulate(net, duration_s, 3600.0)
    ours = []
    for _ in range(5):
        begin = time.process_time()
        water.simulate(net, duration_s, 3600.0)
        ours.append(time.process_time() - begin)
    begin = time.process_time()
    wntr.sim.WNTRSimulator(model).run_sim()
    theirs = time.process_time() - begin
    mine = statistics.median(ours)
    return {"network": name, "ours_ms": 1e3 * mine, "wntr_ms": 1e3 * theirs, "ratio": theirs / mine}


def scaling(folder: str) -> dict[str, Any]:
    """Time one steady solve of ever more copies of L-TOWN, joined by pipes."""
    base = water.read_inp(file_of(*NETWORKS["L-TOWN"], folder))
    rows = []
    for copies in SIZES:
        net = tiled(base, copies)
        water.solve(net)
        task = Task(net, run_times(net, 0.0, 3600.0), SolveOptions().limits(), False)  # noqa: FBT003
        found = []
        for _ in range(3):
            seconds, results = seconds_of(prepare_blocks(task, Variations(), 1))
            found.append(seconds)
        log = results[0][1][0]
        rows.append(
            {
                "links": net.n_links,
                "solve_ms": 1e3 * statistics.median(found),
                "iterations": int(log[:, 2].sum()),
                "unbalanced": int((log[:, 1] != 0).sum()),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
            }
        )
    first, last = rows[0], rows[-1]
    growth = math.log(last["solve_ms"] / first["solve_ms"]) / math.log(
        last["links"] / first["links"]
    )
    return {"sizes": rows, "exponent": growth}


def time_city_day(system: Any, states: list[Any]) -> float:  # noqa: ANN401 - any flow system
    """Return the median seconds of one changed day of a city's water system."""
    system.solve(states[0])
    seconds = []
    for state in states:
        begin = time.perf_counter()
        system.solve(state)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def run(repeats: int = 9) -> dict[str, Any]:
    """Time single runs, ensembles, WNTR's simulator and growth with size; medians of runs."""
    with tempfile.TemporaryDirectory() as folder:
        return {
            "what": "hydraulics only, one thread unless said, set-up and compilation apart",
            "single": [single(name, repeats, folder) for name in NETWORKS],
            "ensembles": [ensemble(name, 3, folder) for name in ENSEMBLES],
            "wntr_simulator": [beside_wntr(name) for name in CONVERGING],
            "scaling": scaling(folder),
        }
