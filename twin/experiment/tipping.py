"""The search for a tipping value: the least money, say, at which failures stop growing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import ScenarioError
from twin.experiment.effects import paired
from twin.experiment.runs import run_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from twin.core.arrays import Float64
    from twin.experiment.runs import RunProgress
    from twin.experiment.store import Run
    from twin.scenario.fields import Tipping
    from twin.scenario.spec import Scenario

AS_FILED = "as filed"
"""The start that the scenario's own city gives."""


@final
@dataclass(slots=True)
class _Search:
    """One start, arm and seed: the grid places between which the value lies."""

    start: str
    scenario: Scenario
    seed: int
    below: int
    """Place that fails; -1, before the grid, where the lowest may hold."""
    above: int
    """Place that holds; one past the grid where the highest may fail."""
    tried: dict[int, float] = field(default_factory=dict)
    """Growth by grid place."""

    @property
    def is_done(self) -> bool:
        """Whether the value lies between two neighbours."""
        return self.above - self.below == 1

    def place(self) -> int:
        """Return the place to try next."""
        return (self.below + self.above) // 2

    def note(self, place: int, growth: float, most: float) -> None:
        """Note what was found at a place."""
        self.tried[place] = growth
        if growth <= most:
            self.above = min(self.above, place)
        else:
            self.below = max(self.below, place)


@final
@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    table: pd.DataFrame
    """One row per start and arm: `start, arm, value, ci_low, ci_high, against_base, against_low,
    against_high, n, below, above`. `value` is the mean over seeds of the middle between two
    neighbours of the grid; `below` and `above` count seeds whose value lies outside the range and
    is set to its end; `against_base` is the paired difference from the base of the first start."""
    tried: pd.DataFrame
    """One row per run: `start, arm, seed, value, growth`."""


def tipping(
    scenario: Scenario,
    *,
    seeds: Iterable[int] | None = None,
    out: Path | str = "runs",
    jobs: int = 1,
    progress: RunProgress | None = None,
) -> Found:
    """Search the tipping value of a scenario for each start, arm and seed.

    Parameters
    ----------
    scenario
        One with a section `tipping`.
    seeds
        Replications; None means as many as the scenario states, counted from 0.
    out, jobs, progress
        As for `run_all`. What has been run before is not run again.

    Raises
    ------
    ScenarioError
        If the scenario has no section `tipping`.

    Notes
    -----
    Bisection supposes that more of the number never makes growth worse; `tried` shows whether it
    does. All seeds search on one grid, so runs are shared with later searches.
    """
    search = scenario.tipping
    if search is None:
        message = f"{scenario.path or scenario.name}: has no section tipping to search by"
        raise ScenarioError(message)
    grid = np.geomspace(search.low, search.high, 2**search.steps + 1)
    chosen = list(range(scenario.seeds)) if seeds is None else list(seeds)
    open_ones = [
        _Search(start, policy, seed, -1, grid.size)
        for start, policy in _policies(scenario, search)
        for seed in chosen
    ]
    every = list(open_ones)
    while open_ones:
        places = [one.place() for one in open_ones]
        tasks = [
            (one.scenario.with_lever(search.set, float(grid[place])), one.seed)
            for one, place in zip(open_ones, places, strict=True)
        ]
        runs = run_all(tasks, out=out, jobs=jobs, progress=progress)
        for one, place, run in zip(open_ones, places, runs, strict=True):
            one.note(place, growth_of(run, search), search.most_growth)
        open_ones = [one for one in open_ones if not one.is_done]
    return Found(_table(every, grid), _tried(every, grid))


def _policies(scenario: Scenario, search: Tipping) -> list[tuple[str, Scenario]]:
    """Return every start and policy that is searched."""
    _, kind, name = search.set.split(".")
    base = scenario.arm(scenario.arm_name)
    own = getattr(base.levers[kind], name)
    arms = [base, *(a for a in scenario.arms.values() if getattr(a.levers[kind], name) == own)]
    cities = {AS_FILED: scenario.city, **{start.name: start.city for start in search.starts}}
    return [(start, replace(arm, city=city)) for start, city in cities.items() for arm in arms]


def growth_of(run: Run, search: Tipping) -> float:
    """Return the growth of the indicator of a search from the first to the last years of a run."""
    rows = run.indicators
    rows = rows[(rows["indicator"] == search.indicator) & (rows["period"] == "year")]
    values = rows.sort_values("start")["value"].to_numpy(dtype=np.float64)
    first = float(np.nanmean(values[: search.window_years]))
    last = float(np.nanmean(values[-search.window_years :]))
    if first == 0.0:
        return 0.0 if last == 0.0 else np.inf
    return last / first - 1.0


def _value(one: _Search, grid: Float64) -> float:
    """Return the value found: the geometric middle of two neighbours, or an end of the range."""
    if one.below < 0:
        return float(grid[0])
    if one.above >= grid.size:
        return float(grid[-1])
    return float(np.sqrt(grid[one.below] * grid[one.above]))


def _table(every: Sequence[_Search], grid: Float64) -> pd.DataFrame:
    """Return the table of what was found."""
    groups: dict[tuple[str, str], list[_Search]] = {}
    for one in every:
        groups.setdefault((one.start, one.scenario.arm_name), []).append(one)
    reference = np.array([_value(one, grid) for one in next(iter(groups.values()))])
    rows = []
    for (start, arm), members in groups.items():
        values = np.array([_value(one, grid) for one in members])
        alone = paired(np.zeros(values.size), values)
        beside = paired(reference, values)
        rows.append(
            {
                "start": start,
                "arm": arm,
                "value": alone["delta"],
                "ci_low": alone["ci_low"],
                "ci_high": alone["ci_high"],
                "against_base": beside["delta"],
                "against_low": beside["ci_low"],
                "against_high": beside["ci_high"],
                "n": len(members),
                "below": sum(one.below < 0 for one in members),
                "above": sum(one.above >= grid.size for one in members),
            }
        )
    return pd.DataFrame(rows)


def _tried(every: Sequence[_Search], grid: Float64) -> pd.DataFrame:
    """Return every run that was made."""
    return pd.DataFrame(
        [
            {
                "start": one.start,
                "arm": one.scenario.arm_name,
                "seed": one.seed,
                "value": float(grid[place]),
                "growth": growth,
            }
            for one in every
            for place, growth in sorted(one.tried.items())
        ]
    )


def picture(found: Found, scenario: Scenario, path: Path) -> None:
    """Draw growth over the number searched, with the tipping values and their intervals."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only for pictures

    search = scenario.tipping
    if search is None:
        return
    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for place, row in enumerate(found.table.to_dict("records")):
        tried = found.tried
        mine = tried[(tried["start"] == row["start"]) & (tried["arm"] == row["arm"])]
        mean = mine.groupby("value")["growth"].mean()
        colour = f"C{place}"
        name = row["arm"] if row["start"] == AS_FILED else f"{row['arm']}, {row['start']}"
        axes.plot(mine["value"], mine["growth"], ".", color=colour, alpha=0.4)
        axes.plot(mean.index, mean, color=colour, label=name)
        axes.axvline(row["value"], color=colour, linestyle=":")
        if np.isfinite(row["ci_low"]):
            axes.axvspan(row["ci_low"], row["ci_high"], color=colour, alpha=0.08)
    axes.axhline(search.most_growth, color="0.4", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel(search.set)
    axes.set_ylabel(f"growth of {search.indicator}")
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)
