"""One run of the model from start to end, and the first one that compiles the kernels."""

from __future__ import annotations

import logging
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from twin.experiment.identity import model_version
from twin.kernels.jit import cache_root, is_any_compiled
from twin.scenario.city import resolve_city

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from twin.city.bundle import City
    from twin.model.tables import RunResult
    from twin.scenario.spec import Scenario

type Progress = Callable[[int, int], None]
"""Called with days simulated so far and days in all."""

_LOG = logging.getLogger(__name__)
_DAYS_PER_REPORT = 5
_WARM_DAYS = 40


@final
@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """Tables of a run and what they cost."""

    result: RunResult
    wall_s: float
    peak_memory_mb: float
    """Largest memory of this process so far."""
    towns: Mapping[str, RunResult] = field(default_factory=dict)
    """Tables of each of several towns; those of `result` are of all together."""


def simulate(
    city: City, scenario: Scenario, seed: int, progress: Progress | None = None
) -> Simulated:
    """Simulate a scenario's days on a city; `progress` is called every few days."""
    from twin.model.city_model import (  # noqa: PLC0415 - mesa loads only if something must be run
        CityModel,
    )

    started = time.perf_counter()
    model = CityModel(city, scenario, seed=seed)
    n_days, done = scenario.n_days, 0
    while done < n_days:
        step = min(_DAYS_PER_REPORT if done else 1, n_days - done)
        model.run_for(step)
        done += step
        if progress is not None:
            progress(done, n_days)
    if n_days >= _WARM_DAYS:
        mark_warm()
    return Simulated(model.result(), time.perf_counter() - started, peak_memory_mb())


def simulate_towns(
    cities: Mapping[str, City],
    scenario: Scenario,
    seed: int,
    progress: Progress | None = None,
    *,
    processes: int = 1,
) -> Simulated:
    """Simulate a scenario's days on several towns; `progress` is called every year."""
    from twin.towns import live_together  # noqa: PLC0415 - as above

    started = time.perf_counter()
    if processes > 1:
        warm(scenario.town(scenario.towns[0].name))
    country = live_together(scenario, cities, seed, processes=processes, progress=progress)
    wall_s = time.perf_counter() - started
    return Simulated(country.whole, wall_s, peak_memory_mb(), country.towns)


def share_cores(processes: int) -> None:
    """Let this process use its part of the cores where several simulate at the same time."""
    import numba  # noqa: PLC0415 - slow to import

    numba.set_num_threads(max(1, numba.get_num_threads() // processes))


def peak_memory_mb() -> float:
    """Return the largest memory this process has held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def _warm_mark() -> Path:
    return cache_root() / f"warm-{model_version()}"


def is_warm() -> bool:
    """Return whether the kernels of this version are compiled on this machine."""
    return _warm_mark().is_file()


def has_compiled() -> bool:
    """Return whether some kernels of these sources are compiled on this machine."""
    return is_warm() or is_any_compiled()


def warm(scenario: Scenario) -> None:
    """Compile every kernel once, by some weeks of a scenario, if that has not been done.

    Processes that compile into one cache at the same time disturb each other
    (numba issue 4807), so this comes before any are started.
    """
    if scenario.towns:
        scenario = scenario.town(scenario.towns[0].name)
    if not is_warm():
        simulate(resolve_city(scenario), scenario.shortened(_WARM_DAYS), seed=0)


def mark_warm() -> None:
    """Remember that a run has compiled the kernels."""
    mark = _warm_mark()
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError as error:
        _LOG.warning(
            "%s: the kernel cache cannot be written (%s); kernels are compiled in every process. "
            "Set NUMBA_CACHE_DIR to a folder you may write to.",
            mark.parent,
            error.strerror,
        )
