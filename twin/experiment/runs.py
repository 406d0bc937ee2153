"""Run scenarios and keep the results; what has been run is never run again."""

from __future__ import annotations

import datetime as dt
import platform
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from multiprocessing import current_process, get_context
from typing import TYPE_CHECKING, Any, final

from twin.city.bundle import City
from twin.core.arguments import as_int, as_path, require
from twin.core.errors import Fault, StoreError
from twin.experiment import simulate as simulation
from twin.experiment.files import require_writable
from twin.experiment.identity import model_version, run_folder, run_id, run_key, slug
from twin.experiment.store import Run, copy_run, find_run, open_run, write_run
from twin.scenario.city import chosen_city, resolve_city, stored_city_hash
from twin.scenario.spec import Scenario, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from twin.model.tables import RunResult
    from twin.scenario.fields import CityChoice

_PACKAGES = ("numpy", "numba", "mesa", "pandas", "pyarrow", "geopandas", "pydantic")

type RunProgress = Callable[[Scenario, int, int, int], None]
"""Called with scenario (its arm), seed, days simulated so far and days in all."""

type Task = tuple[Scenario, int]
"""A scenario (its arm) and a seed."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class HashedCity:
    """A city with its content hash, which takes a while to compute."""

    city: City
    content_hash: str

    @property
    def name(self) -> str:
        """Name of the city."""
        return self.city.name

    def imputed_share(self) -> dict[str, float]:
        """Return the share of the input that was not observed, by group."""
        return self.city.imputed_share()

    def simulate(
        self,
        scenario: Scenario,
        seed: int,
        progress: simulation.Progress | None = None,
        *,
        processes: int = 1,  # noqa: ARG002 - a city lives in one
    ) -> simulation.Simulated:
        """Simulate a scenario on the city."""
        return simulation.simulate(self.city, scenario, seed, progress)


@final
@dataclass(frozen=True, slots=True, eq=False)
class HashedTowns:
    """The cities of several towns by name, with the hash over all of them."""

    towns: Mapping[str, HashedCity]
    name: str = "towns"

    @property
    def content_hash(self) -> str:
        """Hash of the contents of all cities."""
        return digest({name: one.content_hash for name, one in self.towns.items()})

    def imputed_share(self) -> dict[str, float]:
        """Return the share of the input that was not observed, by group; mean over towns."""
        shares = [one.imputed_share() for one in self.towns.values()]
        groups = dict.fromkeys(name for one in shares for name in one)
        return {name: sum(one.get(name, 1.0) for one in shares) / len(shares) for name in groups}

    def simulate(
        self,
        scenario: Scenario,
        seed: int,
        progress: simulation.Progress | None = None,
        *,
        processes: int = 1,
    ) -> simulation.Simulated:
        """Simulate a scenario on all towns, in some processes."""
        cities = {name: one.city for name, one in self.towns.items()}
        return simulation.simulate_towns(cities, scenario, seed, progress, processes=processes)


type Place = HashedCity | HashedTowns


def hashed_place(scenario: Scenario) -> Place:
    """Return the scenario's city or towns with content hashes.

    Raises
    ------
    CityDataError
        If the scenario names a bundle that is not there or broken.
    """
    if not scenario.towns:
        return hashed_city(scenario)
    return HashedTowns({one.name: hashed_city(scenario.town(one.name)) for one in scenario.towns})


def hashed_city(scenario: Scenario, city: City | None = None) -> HashedCity:
    """Return the scenario's city, or the given one, with its content hash.

    Raises
    ------
    CityDataError
        If the scenario names a bundle that is not there or broken.
    """
    if city is None and scenario.city is not None:
        return _hashed_city(scenario.city)
    city = resolve_city(scenario) if city is None else city
    return HashedCity(city, city.content_hash())


@lru_cache(maxsize=8)
def _hashed_city(choice: CityChoice) -> HashedCity:
    made = chosen_city(choice)
    return HashedCity(made, made.content_hash())


def place_hash(scenario: Scenario) -> str:
    """Return the content hash of a scenario's city or towns, without loading those on record.

    A worker computes the hash of what it runs on, so a wrong record is found out there.
    """
    if scenario.city is not None:
        return city_hash(scenario.city)
    return digest({town.name: city_hash(town.city) for town in scenario.towns})


@lru_cache(maxsize=4096)
def city_hash(choice: CityChoice) -> str:
    """Return the content hash of a city, without loading it where it is on record."""
    return stored_city_hash(choice) or _hashed_city(choice).content_hash


def run(
    scenario: Scenario,
    seed: int = 1,
    out: Path | str = "runs",
    city: City | None = None,
    days: int | None = None,
    progress: simulation.Progress | None = None,
) -> Run:
    """Run one scenario (its base; take an arm by `scenario.arm(name)`), or find it done.

    Parameters
    ----------
    scenario
        What to simulate.
    seed
        Seed of all random draws.
    out
        Folder for runs; this one goes to `out/<city>/<scenario>-<arm>-<hash8>/seed-<n>`.
    city
        City to use instead of the scenario's own.
    days
        Days to simulate instead of the scenario's period.
    progress
        Called with days simulated and days in all, every few days.

    Raises
    ------
    ArgumentError
        If an argument has a wrong type or value.
    StoreError
        If the folder cannot be written; found out before anything is simulated.
    """
    require("scenario", scenario, Scenario, "read one with twin.load_scenario")
    require("city", city, (City, type(None)), "read one with twin.load_city")
    seed, out = as_int("seed", seed), as_path("out", out)
    if days is not None:
        scenario = scenario.shortened(as_int("days", days, low=1))
    place = hashed_place(scenario) if city is None else hashed_city(scenario, city)
    return run_on(scenario, seed, out, place, progress)


def done_run(scenario: Scenario, seed: int, out: Path, place: Place) -> Run | None:
    """Return the finished run if there is one, also under the name of another arm."""
    path = _folder(scenario, seed, out, place)
    identity = run_id(scenario, seed, place.content_hash)
    found = find_run(path, identity)
    if found is not None:
        return found
    equal = f"*-{run_key(scenario, place.content_hash)}/seed-{seed}"
    for other in sorted((out / slug(place.name)).glob(equal)):
        found = find_run(other, identity)
        if found is not None:
            return copy_run(found, path, _names(scenario))
    return None


def _folder(scenario: Scenario, seed: int, out: Path, place: Place) -> Path:
    return run_folder(out, scenario, seed, city_name=place.name, city_hash=place.content_hash)


def _names(scenario: Scenario) -> dict[str, Any]:
    """Return the facts of a manifest that do not influence results."""
    return {
        "scenario": scenario.name,
        "arm": scenario.arm_name,
        "question": scenario.question,
        "resolved": scenario.resolved(),
    }


def run_on(
    scenario: Scenario,
    seed: int,
    out: Path,
    place: Place,
    progress: simulation.Progress | None,
    *,
    processes: int = 1,
) -> Run:
    """Run a scenario on a city whose hash is known, or find it done; see `run`."""
    found = done_run(scenario, seed, out, place)
    if found is not None:
        if progress is not None:
            progress(scenario.n_days, scenario.n_days)
        return found
    require_writable(out)
    done = place.simulate(scenario, seed, progress, processes=processes)
    identity = run_id(scenario, seed, place.content_hash)
    manifest = _manifest(scenario, seed, place, done, done.result, identity)
    towns = {}
    if isinstance(place, HashedTowns):
        for name, result in done.towns.items():
            own = (scenario.town(name), seed, place.towns[name])
            towns[name] = (result, _manifest(*own, done, result, digest([identity, name])))
    return write_run(done.result, _folder(scenario, seed, out, place), manifest, towns)


def _manifest(
    scenario: Scenario,
    seed: int,
    place: Place,
    done: simulation.Simulated,
    result: RunResult,
    identity: str,
) -> dict[str, Any]:
    """Return the facts of a run, or of one town's part of it."""
    return {
        "run_id": identity,
        **_names(scenario),
        "seed": seed,
        "scenario_hash": scenario.hash,
        "city": {"name": place.name, "content_hash": place.content_hash},
        "imputed_share": place.imputed_share(),
        "model_version": model_version(),
        "versions": versions(),
        "invariants": result.invariants,
        "solves": result.solves,
        "wall_s": round(done.wall_s, 3),
        "peak_memory_mb": round(done.peak_memory_mb, 1),
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages results may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def run_all(
    tasks: Iterable[Task],
    *,
    out: Path | str = "runs",
    jobs: int = 1,
    progress: RunProgress | None = None,
) -> list[Run]:
    """Run many scenarios and seeds; what is done already is only opened.

    Parameters
    ----------
    tasks
        Scenarios (arms) with seeds.
    out
        Folder for runs.
    jobs
        Processes; with more than one, `progress` hears of finished runs only. A single run of
        several towns spreads its towns over them.
    progress
        Called while runs go on.

    Returns
    -------
    list of Run
        In the order of `tasks`.

    Raises
    ------
    StoreError
        If the folder cannot be written, or a process ends without a result.
    """
    todo = _checked_tasks(tasks)
    out, jobs = require_writable(out), as_int("jobs", jobs, low=1)
    if jobs <= 1 or len(todo) == 1:
        return [
            run_on(
                scenario,
                seed,
                out,
                hashed_place(scenario),
                _told(progress, scenario, seed),
                processes=jobs,
            )
            for scenario, seed in todo
        ]
    found = [done_run(scenario, seed, out, hashed_place(scenario)) for scenario, seed in todo]
    for (scenario, seed), run_found in zip(todo, found, strict=True):
        if run_found is not None and progress is not None:
            progress(scenario, seed, scenario.n_days, scenario.n_days)
    missing = [i for i, run_found in enumerate(found) if run_found is None]
    if missing:
        simulation.warm(todo[missing[0]][0])
        paths = _in_processes([todo[i] for i in missing], out, jobs, progress)
        for i, path in zip(missing, paths, strict=True):
            found[i] = open_run(path)
    return [run_found for run_found in found if run_found is not None]


def _checked_tasks(tasks: Iterable[Task]) -> list[Task]:
    """Return scenarios with seeds, their types checked."""
    todo = []
    for place, (scenario, seed) in enumerate(tasks):
        require(f"tasks[{place}]", scenario, Scenario, "read one with twin.load_scenario")
        todo.append((scenario, as_int(f"tasks[{place}] seed", seed)))
    return todo


def require_main_guard() -> None:
    """Raise in a process that another one starts, where its script starts processes in turn.

    Raises
    ------
    StoreError
        If the script lacks a main guard.
    """
    if getattr(current_process(), "_inheriting", False):
        what = "starts processes while one of its own processes reads it"
        mend = "put the call under  if __name__ == '__main__':"
        raise StoreError(Fault(sys.argv[0] or "the script", what, mend))


def _told(
    progress: RunProgress | None, scenario: Scenario, seed: int
) -> simulation.Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress(scenario, seed, done, total)


def _in_processes(
    tasks: Sequence[Task], out: Path, jobs: int, progress: RunProgress | None
) -> list[str]:
    """Run tasks in fresh processes and return the folders of the runs, in order."""
    paths = [""] * len(tasks)
    require_main_guard()
    # spawn, since numba's threads do not survive a fork
    workers = min(jobs, len(tasks))
    with ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=simulation.share_cores,
        initargs=(workers,),
    ) as pool:
        places = {
            pool.submit(run_to_folder, scenario, seed, str(out.resolve())): i
            for i, (scenario, seed) in enumerate(tasks)
        }
        try:
            for future in as_completed(places):
                i = places[future]
                paths[i] = future.result()
                if progress is not None:
                    scenario, seed = tasks[i]
                    progress(scenario, seed, scenario.n_days, scenario.n_days)
        except BrokenProcessPool as error:
            raise StoreError(
                Fault(
                    str(out),
                    "a process ended without a result: memory ran out, it was killed, or a script "
                    "starts processes outside  if __name__ == '__main__':",
                    "run again with fewer jobs, or guard the script; what is finished is kept",
                )
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return paths


def run_to_folder(scenario: Scenario, seed: int, out: str) -> str:
    """Run one task in its own process and return the folder of the run."""
    return str(run(scenario, seed, out).path)
