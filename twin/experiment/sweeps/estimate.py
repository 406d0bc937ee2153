"""What a sweep is going to take: runs, time and disk, before any of it is spent."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from twin.experiment import simulate as simulation
from twin.experiment.files import table_bytes
from twin.experiment.runs import hashed_place
from twin.experiment.store import arrow_table
from twin.experiment.sweeps.parts import PART, done_ids, part_files
from twin.model.tables import RUN_TABLES

if TYPE_CHECKING:
    from twin.experiment.sweeps.sweeping import SweepPlan

_TRIAL_DAYS = 30
_OVERHEAD_S = 0.005


@final
@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sweep is going to take."""

    n_runs: int
    n_missing: int
    run_s: float
    """Expected time of one run."""
    wall_s: float
    """Expected time of all that are missing, on some processes."""
    disk_bytes: int
    """Expected size of all that is missing."""
    source: str
    """What the figures are from."""


def estimate(plan: SweepPlan, jobs: int) -> Estimate:
    """Return the expected cost of a planned sweep.

    A short trial of its first missing run is timed and weighed; nothing is written.

    Parameters
    ----------
    plan
        As `planned` returns it.
    jobs
        Processes the runs are shared among.
    """
    done = done_ids(plan.folder) if plan.folder.is_dir() else set()
    missing = [task for key, task in plan.tasks.items() if key not in done]
    if not missing:
        return Estimate(len(plan.tasks), 0, 0.0, 0.0, 0, "everything is done")
    simulation.warm(missing[0].scenario)
    task = missing[0]
    days = task.scenario.n_days
    trial = min(_TRIAL_DAYS, days)
    place = hashed_place(task.scenario)
    started = time.perf_counter()
    tried = place.simulate(task.scenario.shortened(trial), task.seed)
    founding_s = max(time.perf_counter() - started - tried.wall_s, 0.0)
    run_s = founding_s + tried.wall_s * days / trial
    frame = tried.result.indicators.assign(run_id=task.run_id, seed=task.seed, settings="{}")
    size = len(table_bytes(arrow_table(PART, frame))) * max(1.0, days / trial / 2)
    sizes = [
        path.stat().st_size for path in part_files(plan.folder) if "part-all-" not in path.name
    ]
    if sizes:
        size = statistics.median(sizes)
    if task.runs_folder is not None:
        size += sum(
            len(table_bytes(arrow_table(table, getattr(tried.result, table.name))))
            for table in RUN_TABLES
        ) * max(1.0, days / trial)
    wall_s = len(missing) * (run_s / min(jobs, len(missing)) + _OVERHEAD_S)
    source = f"a trial of {trial} of {days} days, in one process"
    return Estimate(len(plan.tasks), len(missing), run_s, wall_s, int(size * len(missing)), source)
