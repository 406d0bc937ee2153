"""Water: public calls of this project beside EPANET 2.2 and WNTR, in the same run.

`simulate` and `simulate_ensemble` are timed as a user calls them, set-up and all tables or arrays
included; of EPANET only the hydraulic loop is, its file read and opened before. Times of one thread
are processor times, so that other work on the machine counts less; those of two threads are wall
times. Runs take turns, and medians are compared.
"""

from __future__ import annotations

import math
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.water_epanet import Epanet
from benchmarks.water_tiles import tiled
from twin.flows import water

if TYPE_CHECKING:
    from collections.abc import Callable

NETWORKS = {
    "ky4": ("wntr", "library/networks/ky4.inp", 24),
    "ky10": ("wntr", "library/networks/ky10.inp", 24),
    "Net6": ("wntr", "library/networks/Net6.inp", 24),
    "L-TOWN": ("epyt", "networks/L-TOWN.inp", 24),
    "BWSN2": ("epyt", "networks/asce-tf-wdst/BWSN_Network_2.inp", 26),
}
"""Package, file in it, hours. EPANET gives up BWSN2, whose file says `Unbalanced Stop`, in hour 27:
it tries 200 times there."""
ENSEMBLES = ("ky4", "ky10", "Net6", "L-TOWN")
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


def cost_of(call: Callable[[], object]) -> tuple[float, float]:
    """Return processor seconds of a call, and those of them in which the system got memory."""
    begin = os.times()
    call()
    end = os.times()
    return end.user - begin.user + end.system - begin.system, end.system - begin.system


def seconds_of(call: Callable[[], object]) -> float:
    """Return the processor seconds of a call, finely."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


def single(name: str, repeats: int, folder: str) -> dict[str, Any]:
    """Time one run with both engines, by turns."""
    path = file_of(*NETWORKS[name], folder)
    net = water.read_inp(path)
    result = water.simulate(net)
    ours, bare = [], []
    with Epanet(path) as epanet:
        for _ in range(repeats):
            ours.append(seconds_of(lambda: water.simulate(net)))
            bare.append(epanet.run())
        with_results = [epanet.run_with_results() for _ in range(repeats)]
        iterations = epanet.iterations()
    mine, theirs = statistics.median(ours), statistics.median(bare)
    return {
        "network": name,
        "nodes": net.n_nodes,
        "links": net.n_links,
        "hours": NETWORKS[name][2],
        "simulate_ms": 1e3 * mine,
        "epanet22_loop_ms": 1e3 * theirs,
        "epanet22_with_results_ms": 1e3 * statistics.median(with_results),
        "ratio_to_loop": theirs / mine,
        "solves": result.solves,
        "epanet_solves": iterations[0],
        "iterations": int(result.iterations.sum()),
        "epanet_iterations": iterations[1],
        "unbalanced": len(result.unbalanced_steps),
        "worst_energy_residual_m": result.energy_residual_m,
        "worst_mass_residual_m3s": result.mass_residual_m3s,
    }


def ensemble(name: str, repeats: int, folder: str) -> dict[str, Any]:
    """Time 64 scenarios of demand, by turns with parts of EPANET's loop run 64 times."""
    path = file_of(*NETWORKS[name], folder)
    net = water.read_inp(path)
    factor = np.linspace(0.8, 1.2, N_SCENARIOS)
    lowest = {"outputs": [], "reductions": {"lowest_m": ("pressure_m", "min")}}

    def run(**options: Any) -> water.WaterEnsemble:  # noqa: ANN401 - of the call that is timed
        return water.simulate_ensemble(net, demand_multiplier=factor, **options)

    kept = sum(values.nbytes for values in run().series.values())
    every, reduced, two, theirs = [], [], [], 0.0
    with Epanet(path) as epanet:
        for part in range(repeats):
            every.append(cost_of(run))
            reduced.append(seconds_of(lambda: run(**lowest)))
            begin = time.perf_counter()
            run(threads=2)
            two.append(time.perf_counter() - begin)
            theirs += sum(epanet.run(float(k)) for k in factor[part::repeats])
    whole = statistics.median(seconds for seconds, _ in every)
    return {
        "network": name,
        "scenarios": N_SCENARIOS,
        "all_results_mb": kept / 1e6,
        "all_results_ms": 1e3 * whole,
        "of_which_getting_memory_ms": 1e3 * statistics.median(memory for _, memory in every),
        "lowest_pressures_ms": 1e3 * statistics.median(reduced),
        "all_results_two_threads_wall_ms": 1e3 * statistics.median(two),
        "epanet22_loops_ms": 1e3 * theirs,
        "ratio_all_results": theirs / whole,
        "ratio_without_getting_memory": theirs / statistics.median(a - b for a, b in every),
        "ratio_lowest_pressures": theirs / statistics.median(reduced),
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
    """Time `solve` of ever more copies of L-TOWN, joined by pipes, from a cold start."""
    base = water.read_inp(file_of(*NETWORKS["L-TOWN"], folder))
    rows = []
    for copies in SIZES:
        net = tiled(base, copies)
        state = water.solve(net)
        found = [seconds_of(lambda net=net: water.solve(net)) for _ in range(3)]
        rows.append(
            {
                "links": net.n_links,
                "solve_ms": 1e3 * statistics.median(found),
                "iterations": state.iterations,
                "status": state.status.name,
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


def run(repeats: int = 7) -> dict[str, Any]:
    """Time single runs, ensembles, WNTR's simulator and growth with size; medians of runs."""
    with tempfile.TemporaryDirectory() as folder:
        return {
            "what": "public calls with set-up and results; of EPANET its loop alone",
            "single": [single(name, repeats, folder) for name in NETWORKS],
            "ensembles": [ensemble(name, 3, folder) for name in ENSEMBLES],
            "wntr_simulator": [beside_wntr(name) for name in CONVERGING],
            "scaling": scaling(folder),
        }
