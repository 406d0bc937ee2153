"""The whole job as a planner meets it: a first run, a later one, ten years, Snezhinsk.

Every figure is the wall time of a whole process, imports included, in a cache folder of its own,
so the first run builds the town and compiles every kernel.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = "scenarios/emergency_spiral.yaml"
LATER_REPEATS = 3
DEMANDED = {"later_first_day_s": 5.0, "arm_s": 30.0, "memory_mb": 1500.0, "snezhinsk_year_s": 60.0}


def run() -> dict[str, Any]:
    """Time the job; seconds and MB, with what is demanded and the ratio to it."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        first_s, _ = _twin(work, "run", SCENARIO, "--arm", "base", "--days", "1")
        later = [
            _twin(work, "run", SCENARIO, "--arm", "base", "--days", "1", "--seed", str(seed))[0]
            for seed in range(2, 2 + LATER_REPEATS)
        ]
        whole_s, text = _twin(work, "run", SCENARIO, "--json")
        arms = {
            item["arm"]: {"wall_s": item["wall_s"], "memory_mb": item["peak_memory_mb"]}
            for item in json.loads(text)
        }
        walls = [arm["wall_s"] for arm in arms.values()]
        figures: dict[str, Any] = {
            "first_run_first_day_s": first_s,
            "later_first_day_s": statistics.median(later),
            "all_arms_s": whole_s,
            "arms": arms,
            # the first arm compiles what a single day does not reach
            "arm_s": statistics.median(walls),
            "memory_mb": max(arm["memory_mb"] for arm in arms.values()),
            **_snezhinsk(work),
        }
    figures["demanded"] = DEMANDED
    figures["ratio_to_demanded"] = {
        name: figures[name] / limit for name, limit in DEMANDED.items() if name in figures
    }
    return figures


def _twin(work: Path, *arguments: str) -> tuple[float, str]:
    """Run the command line and return (seconds, what it printed)."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(work / "cache")}
    environment.pop("NUMBA_CACHE_DIR", None)
    out = ["--out", str(work / "runs")] if arguments[0] == "run" else []
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "twin", *arguments, *out],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return time.perf_counter() - started, done.stdout


def _snezhinsk(work: Path) -> dict[str, Any]:
    """Build Snezhinsk and run a year on it, where its map is there."""
    data = Path(os.environ.get("TWIN_TEST_DATA", ROOT.parent / "shared" / "data"))
    extract = data / "city" / "snezhinsk"
    if not extract.exists():
        return {"snezhinsk": f"no map at {extract}; set TWIN_TEST_DATA to the data folder"}
    city = work / "snezhinsk"
    build = ("city", "build", "--osm", str(extract), "--out", str(city), "--people", "50000")
    build_s, _ = _twin(work, *build, "--climate", "ural")
    question = work / "year.yaml"
    question.write_text(
        "scenario: year\nquestion: How long does a year take?\nextends: _base/town.yaml\n"
        f"city: {{bundle: {json.dumps(str(city))}}}\nyears: 1\n"
    )
    _twin(work, "run", str(question), "--days", "1")
    year_s, text = _twin(work, "run", str(question), "--json")
    return {
        "snezhinsk_build_s": build_s,
        "snezhinsk_year_s": year_s,
        "snezhinsk_memory_mb": json.loads(text)[0]["peak_memory_mb"],
    }
