"""A city of 1.1 million: built with one thread and with two, stored, and loaded again.

Each build and load is a process of its own. Leaves with 1 where the bytes differ between numbers
of threads or a figure is over what is demanded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PEOPLE, SEED = 1_100_000, 1
THREADS = (1, 2)
DEMANDED = {"build_s": 600.0, "build_memory_mb": 8_000.0, "load_s": 5.0}
_MB = 1024.0
_BUILD = """
import json, resource, sys, time
from gis.synthesise import synthesise
from twin.city.bundle import save_city
began, cpu = time.perf_counter(), time.process_time()
city = synthesise(int(sys.argv[2]), int(sys.argv[3]))
built, built_cpu = time.perf_counter() - began, time.process_time() - cpu
save_city(city, sys.argv[1])
print(json.dumps({
    "build_s": built,
    "build_cpu_s": built_cpu,
    "build_and_save_s": time.perf_counter() - began,
    "build_memory_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    "hash": city.content_hash(),
    "buildings": len(city.buildings),
    "street_edges": len(city.street_edges),
    "util_edges": len(city.util_edges),
}))
"""
_LOAD = """
import json, resource, sys, time
from twin.city.bundle import load_city
began, cpu = time.perf_counter(), time.process_time()
city = load_city(sys.argv[1])
print(json.dumps({
    "load_s": time.perf_counter() - began,
    "load_cpu_s": time.process_time() - cpu,
    "load_memory_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    "persons": len(city.persons),
}))
"""


def run() -> dict[str, Any]:
    """Build, store and load; seconds and MB, with what is demanded and the ratio to it."""
    figures: dict[str, Any] = {"people": PEOPLE, "seed": SEED}
    with tempfile.TemporaryDirectory() as folder:
        for threads in THREADS:
            bundle = str(Path(folder) / f"threads_{threads}")
            found = _process(_BUILD, threads, bundle, str(PEOPLE), str(SEED))
            figures[f"threads_{threads}"] = found
        figures["bytes_alike"] = _alike(Path(folder))
        bundle = str(Path(folder) / f"threads_{THREADS[-1]}")
        loads = [_process(_LOAD, THREADS[-1], bundle) for _ in range(3)]
        figures["load"] = min(loads, key=lambda one: one["load_s"])
    worst = {
        "build_s": max(figures[f"threads_{n}"]["build_s"] for n in THREADS),
        "build_memory_mb": max(figures[f"threads_{n}"]["build_memory_mb"] for n in THREADS),
        "load_s": figures["load"]["load_s"],
    }
    figures["demanded"] = DEMANDED
    figures["ratio_to_demanded"] = {name: worst[name] / most for name, most in DEMANDED.items()}
    figures["outside"] = [
        f"{name} {worst[name]:.3g} over {most:g}"
        for name, most in DEMANDED.items()
        if worst[name] > most
    ]
    if not figures["bytes_alike"]:
        figures["outside"].append("the bundle's bytes depend on the number of threads")
    return figures


def _process(code: str, threads: int, *arguments: str) -> dict[str, Any]:
    """Run a piece of Python with so many threads and return what it printed."""
    environment = {
        **os.environ,
        "NUMBA_NUM_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    for name in [name for name in found if name.endswith("_kb")]:
        found[name.replace("_kb", "_mb")] = found.pop(name) / _MB
    return found


def _alike(folder: Path) -> bool:
    """Tell whether the stored tables are the same byte for byte."""
    first, *others = [folder / f"threads_{threads}" for threads in THREADS]
    names = sorted(path.name for path in first.glob("*.parquet"))
    return all(
        (first / name).read_bytes() == (other / name).read_bytes()
        for other in others
        for name in names
    )
