"""Settings times seeds: a sweep that can be repeated, widened, interrupted and shared out."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from twin.core.arguments import as_float, as_int, as_ints, as_path, require
from twin.core.errors import ArgumentError, Fault, ScenarioError
from twin.experiment import simulate as simulation
from twin.experiment.design import Design, full_factorial
from twin.experiment.design.base import grid_faults, scenarios
from twin.experiment.files import require_writable
from twin.experiment.identity import run_id, run_key
from twin.experiment.runs import place_hash
from twin.experiment.sweeps.calls import append_call, write_manifest
from twin.experiment.sweeps.failures import read_failures, write_failure
from twin.experiment.sweeps.parts import done_ids, is_done, merge_parts, tidy, write_index
from twin.experiment.sweeps.result import SweepResult
from twin.experiment.sweeps.worker import SweepTask, execute
from twin.scenario.spec import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from distributed import Client

    type SweepProgress = Callable[[int, int, int], None]
    """Called with runs done, runs in all, and failures."""

_PATIENCE_S = 120.0
_PATIENCE_REMOTE_S = 300.0


@final
@dataclass(frozen=True, slots=True)
class SweepPlan:
    """A sweep before it runs: its folder and its runs, done or not."""

    scenario: Scenario
    design: Design
    seeds: tuple[int, ...]
    folder: Path
    city_hash: str
    tasks: Mapping[str, SweepTask]
    """Runs by identity; settings that come to the same run count once."""


def sweep(  # noqa: PLR0913 - options of one call, keyword only
    scenario: Scenario,
    grid: Mapping[str, Sequence[Any]] | Design,
    *,
    seeds: Iterable[int] | None = None,
    cluster: str | Client | None = None,
    jobs: int | None = None,
    out: Path | str = "sweeps",
    tables: Path | str | None = None,
    shard: tuple[int, int] = (0, 1),
    time_limit_s: float | None = None,
    patience_s: float | None = None,
    progress: SweepProgress | None = None,
) -> SweepResult:
    """Run every point of a design with every seed, as far as it is not done.

    Parameters
    ----------
    scenario
        Base, or an arm by `scenario.arm(name)`.
    grid
        Dotted path -> values, such as `{"levers.renewal.ring_fence_share": [0, 0.3, 0.5]}`: every
        combination is run; or a design of `twin.experiment.design`. The path `arm` chooses a
        policy of the scenario.
    seeds
        Replications, the same at every point; None means as many as the scenario states, from 0.
    cluster
        Address of a Dask scheduler or a Dask client; None starts processes on this machine.
        Workers elsewhere need the same program and see the same folders.
    jobs
        Processes on this machine; None means one per core.
    out
        Folder for sweeps; this one goes to `out/<scenario>-<arm>-<hash8>`.
    tables
        Folder to keep all tables of every run in; None keeps indicators alone.
    shard
        `(i, n)` runs only every n-th run, from the i-th: for n jobs that share one folder.
    time_limit_s
        Seconds a run may take; over that it counts as failed. None for no limit.
    patience_s
        Seconds without any worker after which the sweep gives up; None means 120 for processes
        here, 300 for a cluster.
    progress
        Called as runs end.

    Raises
    ------
    ArgumentError, ScenarioError
        If an argument, a path or a value is wrong; all at once, before anything runs.
    ClusterError
        If the processes or the cluster do not answer; what is done is kept.
    StoreError
        If the folder cannot be written.
    """
    plan = planned(scenario, grid, seeds=seeds, out=out, tables=tables, time_limit_s=time_limit_s)
    first, step = _shard(shard)
    jobs = as_int("jobs", jobs, low=1) if jobs is not None else None
    patience = as_float("patience_s", patience_s) if patience_s is not None else None
    require_writable(plan.folder)
    done = done_ids(plan.folder)
    mine = [task for place, task in enumerate(plan.tasks.values()) if place % step == first]
    missing = [task for task in mine if task.run_id not in done]
    write_manifest(plan.folder, plan.scenario, plan.city_hash)
    facts = {"city_hash": plan.city_hash, "shard": [first, step], "cluster": _shown(cluster)}
    counts = {"n_runs": len(mine), "n_missing": len(missing), "time_limit_s": time_limit_s}
    append_call(plan.folder, plan.design, plan.seeds, {**facts, **counts})
    if missing:
        _carry_out(plan.folder, missing, len(mine), (cluster, jobs, patience), progress)
    return _result(plan, done, finish=step == 1)


def planned(
    scenario: Scenario,
    grid: Mapping[str, Sequence[Any]] | Design,
    *,
    seeds: Iterable[int] | None = None,
    out: Path | str = "sweeps",
    tables: Path | str | None = None,
    time_limit_s: float | None = None,
) -> SweepPlan:
    """Return the runs of a sweep without running any; arguments as of `sweep`."""
    require("scenario", scenario, Scenario, "read one with twin.load_scenario")
    require("grid", grid, (Mapping, Design), "map dotted paths to lists of values")
    design = grid if isinstance(grid, Design) else _factorial(scenario, grid)
    chosen = as_ints("seeds", range(scenario.seeds) if seeds is None else seeds)
    limit = as_float("time_limit_s", time_limit_s) if time_limit_s is not None else None
    keep = str(as_path("tables", tables).resolve()) if tables is not None else None
    place = as_path("out", out).resolve()
    points = scenarios(scenario, design)
    its_city = place_hash(scenario)
    folder = place / f"{scenario.name}-{scenario.arm_name}-{run_key(scenario, its_city)}"
    tasks: dict[str, SweepTask] = {}
    for settings, point in points:
        hashed = place_hash(point)
        for seed in chosen:
            identity = run_id(point, seed, hashed)
            repeat = repeat_command(scenario, settings, seed, out)
            tasks.setdefault(
                identity,
                SweepTask(identity, point, seed, dict(settings), str(folder), keep, limit, repeat),
            )
    return SweepPlan(scenario, design, tuple(chosen), folder, its_city, tasks)


def _factorial(scenario: Scenario, grid: Mapping[str, Sequence[Any]]) -> Design:
    """Return the full factorial of a grid, or all faults of its form and of its values."""
    try:
        return full_factorial(grid)
    except ScenarioError as error:
        raise ScenarioError([*error.faults, *grid_faults(scenario, grid)]) from error


def repeat_command(
    scenario: Scenario, settings: Mapping[str, Any], seed: int, out: Path | str
) -> str:
    """Return the command that runs one point with one seed alone."""
    chosen = [shlex.quote(f"{path}={json.dumps(value)}") for path, value in settings.items()]
    sets = " ".join(f"--set {one}" for one in chosen)
    arm = "" if scenario.arm_name == "base" else f" --arm {scenario.arm_name}"
    return f"twin sweep {scenario.path or 'FILE'}{arm} {sets} --seeds {seed} --out {out} --jobs 1"


def _shard(shard: object) -> tuple[int, int]:
    if not isinstance(shard, tuple | list) or len(shard) != 2:  # noqa: PLR2004 - which, of how many
        raise ArgumentError(Fault("shard", f"is {shard!r}", "give (i, n), i from 0 to n - 1"))
    step = as_int("shard[1]", shard[1], low=1)
    return as_int("shard[0]", shard[0], low=0, high=step - 1), step


def _shown(cluster: str | Client | None) -> str:
    if cluster is None:
        return "processes"
    return cluster if isinstance(cluster, str) else str(cluster)


def _carry_out(
    folder: Path,
    tasks: Sequence[SweepTask],
    n_runs: int,
    where: tuple[str | Client | None, int | None, float | None],
    progress: SweepProgress | None,
) -> None:
    """Run what is missing; every end is written to disk as it comes."""
    # dask takes a second to import
    from twin.experiment.sweeps import cluster as dask_cluster  # noqa: PLC0415
    from twin.experiment.sweeps import supervise  # noqa: PLC0415

    cluster, jobs, patience_s = where
    simulation.warm(tasks[0].scenario)
    repeats = {task.run_id: task.repeat for task in tasks}
    ended, failed = n_runs - len(tasks), 0

    def tell(word: dict[str, Any]) -> None:
        nonlocal ended, failed
        if word["status"] == "error":
            identity = word["run_id"]
            write_failure(folder, identity, word["error"], word["details"], repeats[identity])
        ended += 1
        failed += word["status"] in ("error", "failed")
        if progress is not None:
            progress(ended, n_runs, failed)

    engine = supervise.Engine(
        cluster,
        min(jobs or dask_cluster.cores(), len(tasks)),
        patience_s or (_PATIENCE_S if cluster is None else _PATIENCE_REMOTE_S),
    )
    supervise.carry(engine, tasks, execute, tell, lambda identity: is_done(folder, identity))


def _result(plan: SweepPlan, before: set[str], *, finish: bool) -> SweepResult:
    """Return what a folder holds now; what counts is on disk, not what the engine reported."""
    if finish:
        merge_parts(plan.folder)
        tidy(plan.folder)
    now = done_ids(plan.folder)
    if finish:
        write_index(plan.folder)
    failures = {
        identity: error
        for identity, error in read_failures(plan.folder).items()
        if identity in plan.tasks and identity not in now
    }
    computed = sum(identity in now and identity not in before for identity in plan.tasks)
    points = {identity: (task.settings, task.seed) for identity, task in plan.tasks.items()}
    return SweepResult(plan.folder, points, computed, failures)
