"""More seeds, until intervals are as narrow as wanted."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import numpy as np

from twin.core.arguments import as_float, as_int
from twin.core.errors import ArgumentError, Fault
from twin.core.registry import nearest
from twin.experiment.effects import scenario_runs
from twin.experiment.statistics.precision import LEAST, seeds_needed
from twin.scenario.spec import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from twin.experiment.runs import RunProgress
    from twin.experiment.store import Run
    from twin.scenario.spec import Scenario

_LOG = logging.getLogger(__name__)
MOST_SEEDS = 200


def runs_until(
    scenario: Scenario,
    widths: Mapping[str, float],
    *,
    most: int = MOST_SEEDS,
    out: Path | str = "runs",
    jobs: int = 1,
    progress: RunProgress | None = None,
) -> dict[str, list[Run]]:
    """Return the runs of a scenario with as many seeds as the wanted widths need.

    Parameters
    ----------
    scenario
        One with arms.
    widths
        Indicator -> wanted width of the interval of every arm's effect, in its unit.
    most
        Seeds that are not exceeded, whatever the widths are.
    out, jobs, progress
        As for `run_all`.

    Notes
    -----
    At least four seeds, then as many as the spread so far calls for, never more than twice as many
    at a time: a spread of few seeds may be far off. Stopping where an interval is narrow makes it
    slightly too narrow; `docs/statistics.md` gives the coverage found.
    """
    most = as_int("most", most, low=LEAST)
    wanted = {name: as_float(f"until {name}", width) for name, width in widths.items()}
    n = min(max(scenario.seeds, LEAST), most)
    while True:
        runs = scenario_runs(scenario, seeds=range(n), out=out, jobs=jobs, progress=progress)
        needed = _needed(runs, wanted)
        if needed <= n:
            return runs
        if n == most:
            _LOG.warning("%d seeds are not enough: %d are needed for the widths", most, needed)
            return runs
        n = min(needed, 2 * n, most)


def _needed(runs: Mapping[str, Sequence[Run]], wanted: Mapping[str, float]) -> int:
    """Return how many seeds the arm and indicator with the widest interval needs."""
    totals = {arm: [run.totals() for run in group] for arm, group in runs.items()}
    known = list(totals[BASE][0].index)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        what = "is not an indicator of the runs"
        raise ArgumentError([Fault(name, what, nearest(name, known)) for name in unknown])
    needed = LEAST
    for name, width in wanted.items():
        base = np.array([float(total[name]) for total in totals[BASE]])
        for arm, group in totals.items():
            if arm == BASE:
                continue
            policy = np.array([float(total[name]) for total in group])
            levels = np.concatenate([base, policy])
            levels = levels[np.isfinite(levels)]
            if levels.size:
                step = float(np.ptp(levels)) or math.nan
                difference = policy - base
                if np.any(difference[np.isfinite(difference)]):
                    needed = max(needed, seeds_needed(difference, width, step=step))
    return needed
