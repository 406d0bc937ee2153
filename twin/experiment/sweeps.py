"""Levers times seeds: a full factorial sweep that can be repeated, extended and interrupted."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from twin.core.errors import Fault, ScenarioError
from twin.experiment import simulate as simulation
from twin.experiment.identity import model_version, run_id, run_key
from twin.experiment.parts import (
    done_ids,
    merge_parts,
    read_failures,
    read_parts,
    write_failure,
    write_index,
)
from twin.experiment.runs import hashed_place, versions
from twin.experiment.store import require_writable
from twin.experiment.worker import SweepTask, execute
from twin.scenario.overrides import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd
    from distributed import Client

    from twin.scenario.spec import Scenario

    type SweepProgress = Callable[[int, int, int], None]
    """Called with runs done, runs in all, and failures."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class SweepResult:
    """What a sweep has found so far."""

    path: Path
    """Folder of the sweep."""
    indicators: pd.DataFrame
    """One row per run, period and indicator: `run_id`, `seed`, one column per swept setting, and
    the columns of `model.tables.INDICATORS`."""
    n_runs: int
    """Runs of the sweep."""
    n_computed: int
    """Runs computed this time; the others were there."""
    failed: Mapping[str, str]
    """Error by run identity."""

    def totals(self) -> pd.DataFrame:
        """Return one row per run: swept settings, seed, and each indicator over the run."""
        rows = self.indicators[self.indicators["period"] == "run"]
        fixed = [name for name in rows.columns if name not in _INDICATOR_COLUMNS]
        wide = rows.pivot_table(
            index=fixed, columns="indicator", values="value", aggfunc="first", dropna=False
        )
        runs = wide.dropna(how="all").reset_index().rename_axis(columns=None)
        order = [*(name for name in fixed if name not in ("run_id", "seed")), "seed"]
        return runs.sort_values(order, ignore_index=True)


_INDICATOR_COLUMNS = ("period", "start", "end", "indicator", "unit", "value")


def sweep(  # noqa: PLR0913 - options of one call, keyword only
    scenario: Scenario,
    grid: Mapping[str, Sequence[Any]],
    *,
    seeds: Iterable[int] | None = None,
    cluster: str | Client | None = None,
    jobs: int | None = None,
    out: Path | str = "sweeps",
    tables: Path | str | None = None,
    progress: SweepProgress | None = None,
) -> SweepResult:
    """Run every combination of settings with every seed, as far as it is not done.

    Parameters
    ----------
    scenario
        Base, or an arm by `scenario.arm(name)`.
    grid
        Dotted path -> values, such as `{"levers.renewal.ring_fence_share": [0, 0.3, 0.5]}`.
    seeds
        Replications; None means as many as the scenario says, counted from 0.
    cluster
        Address of a Dask scheduler or a Dask client; None starts processes on this machine.
        Workers elsewhere need the same program and see the same folders.
    jobs
        Processes on this machine; None means one per core.
    out
        Folder for sweeps; this one goes to `out/<scenario>-<arm>-<hash8>`.
    tables
        Folder to keep all tables of every run in; None keeps indicators alone.
    progress
        Called as runs end.

    Raises
    ------
    ScenarioError
        If a path or value of the grid is wrong; all at once.
    StoreError
        If the folder cannot be written.
    """
    points = _points(scenario, grid)
    place = hashed_place(scenario)
    key = run_key(scenario, place.content_hash)
    folder = require_writable(Path(out).resolve() / f"{scenario.name}-{scenario.arm_name}-{key}")
    chosen = list(range(scenario.seeds)) if seeds is None else list(seeds)
    keep = str(Path(tables).resolve()) if tables is not None else None
    tasks = _tasks(points, chosen, str(folder), keep)
    done = done_ids(folder)
    missing = [task for task in tasks.values() if task.run_id not in done]
    _write_manifest(folder, scenario, grid, chosen)
    if missing:
        _carry_out(folder, missing, len(tasks), cluster, jobs, progress)
    merge_parts(folder)
    whole = read_parts(folder)
    write_index(folder, whole)
    return _result(folder, whole, tasks, len(missing), list(grid))


def _points(
    scenario: Scenario, grid: Mapping[str, Sequence[Any]]
) -> list[tuple[dict[str, Any], Scenario]]:
    """Return every combination of settings with its scenario, or all faults of the grid."""
    faults: dict[str, Fault] = {}
    for path, values in grid.items():
        if not values:
            faults[path] = Fault(path, "has no values", "give at least one")
        for value in values:
            try:
                override(scenario, {path: value})
            except ScenarioError as error:
                faults.update({str(fault): fault for fault in error.faults})
    if faults:
        raise ScenarioError(list(faults.values()))
    combinations = (
        dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())
    )
    return [(settings, override(scenario, settings)) for settings in combinations]


def _tasks(
    points: Sequence[tuple[dict[str, Any], Scenario]],
    seeds: Sequence[int],
    folder: str,
    runs_folder: str | None,
) -> dict[str, SweepTask]:
    """Return the runs of a sweep by identity; settings that come to the same run count once."""
    tasks: dict[str, SweepTask] = {}
    for settings, point in points:
        city_hash = hashed_place(point).content_hash
        for seed in seeds:
            identity = run_id(point, seed, city_hash)
            tasks.setdefault(
                identity, SweepTask(identity, point, seed, settings, folder, runs_folder)
            )
    return tasks


def _write_manifest(
    folder: Path, scenario: Scenario, grid: Mapping[str, Sequence[Any]], seeds: Sequence[int]
) -> None:
    manifest = {
        "scenario": scenario.resolved(),
        "grid": {path: list(values) for path, values in grid.items()},
        "seeds": list(seeds),
        "model_version": model_version(),
        "versions": versions(),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def _carry_out(
    folder: Path,
    tasks: Sequence[SweepTask],
    n_runs: int,
    cluster: str | Client | None,
    jobs: int | None,
    progress: SweepProgress | None,
) -> None:
    """Run what is missing; every end is written to disk as it comes."""
    from twin.experiment.cluster import carry, connected  # noqa: PLC0415 - dask takes a second

    simulation.warm(tasks[0].scenario)
    ended, failed = n_runs - len(tasks), 0

    def tell(word: dict[str, Any]) -> None:
        nonlocal ended, failed
        if word["status"] == "error":
            write_failure(folder, word["run_id"], word["error"], word["details"], 1)
        ended += 1
        failed += word["status"] in ("error", "failed")
        if progress is not None:
            progress(ended, n_runs, failed)

    with connected(cluster, min(jobs or os.cpu_count() or 1, len(tasks))) as client:
        carry(client, tasks, execute, tell)


def _result(
    folder: Path,
    whole: pd.DataFrame,
    tasks: Mapping[str, SweepTask],
    n_missing: int,
    paths: Sequence[str],
) -> SweepResult:
    """Return the asked runs of a folder, with a column per swept setting."""
    asked = whole[whole["run_id"].isin(tasks)].reset_index(drop=True)
    for place, path in enumerate(paths):
        values = {identity: task.settings[path] for identity, task in tasks.items()}
        asked.insert(2 + place, path, asked["run_id"].map(values))
    failures = {
        identity: error for identity, error in read_failures(folder).items() if identity in tasks
    }
    computed = n_missing - len(failures)
    return SweepResult(folder, asked.drop(columns="settings"), len(tasks), computed, failures)
