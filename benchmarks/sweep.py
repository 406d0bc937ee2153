"""A small sweep: what processes gain, what the engine costs, and what a repetition costs."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.experiment import simulate as simulation
from twin.experiment.sweeps import sweep
from twin.scenario import scenario_from_text

if TYPE_CHECKING:
    from twin.experiment.sweeps import SweepResult
    from twin.scenario import Scenario

TEXT = """
scenario: small
question: What does a sweep cost?
city: {synthesise: {people: 5000, seed: 1}}
start: 2026-01-01
years: 1
"""
GRID = {"levers.renewal.ring_fence_share": [0.0, 0.2, 0.4, 0.6]}
SEEDS = range(3)


def run() -> dict[str, Any]:
    """Time the same 12 runs of a year in one process and in two, and once more when done."""
    scenario = scenario_from_text(TEXT)
    simulation.warm(scenario)
    figures: dict[str, Any] = {"runs": len(SEEDS) * len(GRID["levers.renewal.ring_fence_share"])}
    with tempfile.TemporaryDirectory() as folder:
        for jobs in (1, 2):
            out = Path(folder) / str(jobs)
            wall_s, result = _timed(scenario, out, jobs)
            figures[f"jobs_{jobs}_s"] = wall_s
            figures[f"jobs_{jobs}_again_s"] = _timed(scenario, out, jobs)[0]
            figures["failed"] = len(result.failed)
    figures["gain_of_two"] = figures["jobs_1_s"] / figures["jobs_2_s"]
    return figures


def _timed(scenario: Scenario, out: Path, jobs: int) -> tuple[float, SweepResult]:
    started = time.perf_counter()
    result = sweep(scenario, GRID, seeds=SEEDS, out=out, jobs=jobs)
    return time.perf_counter() - started, result
