"""What a worker of a sweep does: one run, written to disk, and a few words back."""

from __future__ import annotations

import faulthandler
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from twin.core.errors import Fault, SolveError, StoreError, TwinError
from twin.experiment.files import unwritable
from twin.experiment.identity import run_id
from twin.experiment.runs import hashed_place, run_on
from twin.experiment.sweeps.failures import (
    clear_failure,
    stack_file,
    stopped_by_force,
    write_failure,
)
from twin.experiment.sweeps.parts import write_part
from twin.scenario.fields import CityChoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.experiment import simulate as simulation
    from twin.scenario.spec import Scenario

_GRACE_S = 30.0
"""A run past its limit by this much is stopped by force: it hangs between two reports."""


class TimeLimitError(SolveError):
    """A run took longer than its limit."""


@final
@dataclass(frozen=True, slots=True)
class SweepTask:
    """One run of a sweep."""

    run_id: str
    scenario: Scenario
    seed: int
    settings: dict[str, Any]
    """Swept settings: dotted path -> value."""
    folder: str
    """Folder of the sweep, the same for every worker."""
    runs_folder: str | None = None
    """Where to keep all tables of the run; None keeps its indicators alone."""
    limit_s: float | None = None
    """Time limit of the run in seconds; None for none."""
    repeat: str = ""
    """Command that repeats the run alone."""

    def located(self) -> Scenario:
        """Return the scenario with its bundle by a path that holds in any working folder."""
        scenario = self.scenario
        towns = tuple(replace(town, city=_located(town.city)) for town in scenario.towns)
        city = None if scenario.city is None else _located(scenario.city)
        return replace(scenario, city=city, towns=towns)


def _located(choice: CityChoice) -> CityChoice:
    """Return a choice whose bundle, which lies where the sweep was started, holds anywhere."""
    if choice.bundle is None:
        return choice
    return CityChoice(bundle=str(Path(choice.bundle).resolve()))


def execute(task: SweepTask, located: Scenario) -> dict[str, Any]:
    """Run a task and write its part; an error of ours becomes `failed/<run_id>.json`.

    Parameters
    ----------
    task
        The run.
    located
        `task.located()` as seen where the sweep was started.
    """
    folder = Path(task.folder)
    stopped = stopped_by_force(folder, task.run_id)
    if stopped is not None:  # Dask tries a run again whose process ended
        write_failure(folder, task.run_id, stopped["error"], stopped["details"], task.repeat)
        stack_file(folder, task.run_id).unlink(missing_ok=True)
        return {"run_id": task.run_id, "status": "failed"}
    try:
        with _forced_stop(folder, task):
            wall_s = _execute(task, located, folder)
    except TwinError as error:
        write_failure(folder, task.run_id, type(error).__name__, str(error), task.repeat)
        return {"run_id": task.run_id, "status": "failed"}
    clear_failure(folder, task.run_id)
    return {"run_id": task.run_id, "status": "done", "wall_s": wall_s}


@contextmanager
def _forced_stop(folder: Path, task: SweepTask) -> Iterator[None]:
    """End this process with a traceback on disk if the block hangs long past the time limit.

    `faulthandler` watches from a thread without Python, so a kernel that keeps the interpreter's
    lock is stopped too.
    """
    if task.limit_s is None:
        yield
        return
    path = stack_file(folder, task.run_id)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("w")
    except OSError as error:
        raise unwritable(path, error) from error
    with stream:
        faulthandler.dump_traceback_later(task.limit_s + _GRACE_S, exit=True, file=stream)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
    path.unlink(missing_ok=True)


def limited(limit_s: float | None) -> simulation.Progress | None:
    """Return a progress callback that raises once a run is over its time limit."""
    if limit_s is None:
        return None
    started = time.monotonic()

    def check(done: int, total: int) -> None:
        took_s = time.monotonic() - started
        if took_s > limit_s and done < total:
            raise TimeLimitError(
                Fault(
                    f"day {done} of {total}",
                    f"took {took_s:.1f} s, over the limit of {limit_s:g} s a run",
                    "raise --time-limit, or simulate fewer days",
                )
            )

    return check


def _execute(task: SweepTask, located: Scenario, folder: Path) -> float:
    place = hashed_place(located)
    if run_id(task.scenario, task.seed, place.content_hash) != task.run_id:
        raise StoreError(
            Fault(
                task.run_id,
                "this worker has another program or another city than the sweep was started with",
                "install the same version on every host and share the city's folder; remove a "
                "damaged town from the cache of built cities",
            )
        )
    progress = limited(task.limit_s)
    if task.runs_folder is not None:
        done = run_on(task.scenario, task.seed, Path(task.runs_folder), place, progress)
        indicators, wall_s = done.indicators, float(done.manifest["wall_s"])
    else:
        simulated = place.simulate(task.scenario, task.seed, progress)
        indicators, wall_s = simulated.result.indicators, simulated.wall_s
    write_part(folder, task.run_id, task.seed, task.settings, indicators)
    return wall_s
