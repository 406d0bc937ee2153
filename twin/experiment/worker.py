"""What a worker of a sweep does: one run, written to disk, and a few words back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from twin.core.errors import Fault, StoreError, TwinError
from twin.experiment.identity import run_id
from twin.experiment.parts import clear_failure, write_failure, write_part
from twin.experiment.runs import HashedCity, hashed_place, run
from twin.scenario.fields import CityChoice

if TYPE_CHECKING:
    from twin.scenario.spec import Scenario


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

    def located(self) -> Scenario:
        """Return the scenario with its bundle by a path that holds in any working folder."""
        scenario = self.scenario
        towns = [replace(town, city=_located(town.city)) for town in scenario.towns]
        city = None if scenario.city is None else _located(scenario.city)
        return replace(scenario, city=city, towns=tuple(towns))


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
    try:
        wall_s = _execute(task, located, folder)
    except TwinError as error:
        write_failure(folder, task.run_id, type(error).__name__, str(error), 1)
        return {"run_id": task.run_id, "status": "failed"}
    clear_failure(folder, task.run_id)
    return {"run_id": task.run_id, "status": "done", "wall_s": wall_s}


def _execute(task: SweepTask, located: Scenario, folder: Path) -> float:
    place = hashed_place(located)
    if run_id(task.scenario, task.seed, place.content_hash) != task.run_id:
        raise StoreError(
            Fault(
                task.run_id,
                "this worker has another program or another city than the sweep was started with",
                "install the same version on every host and share the city's folder",
            )
        )
    if task.runs_folder is not None:
        own = place.city if isinstance(place, HashedCity) else None
        done = run(task.scenario if own else located, task.seed, task.runs_folder, own)
        indicators, wall_s = done.indicators, float(done.manifest["wall_s"])
    else:
        simulated = place.simulate(task.scenario, task.seed)
        indicators, wall_s = simulated.result.indicators, simulated.wall_s
    write_part(folder, task.run_id, task.seed, task.settings, indicators)
    return wall_s
