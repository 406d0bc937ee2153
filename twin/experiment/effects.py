"""Compare policies with a base over common seeds: effects, intervals, an answer in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypedDict, cast

import numpy as np
import pandas as pd

from twin.core.arguments import as_int, as_ints, require
from twin.core.errors import Fault, ScenarioError, StoreError
from twin.core.registry import nearest
from twin.experiment.runs import run_all
from twin.experiment.statistics.intervals import CONFIDENCE, adjusted, mean_interval
from twin.experiment.store import Run
from twin.indicators import indicators
from twin.scenario.spec import BASE, Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from twin.core.arrays import Float64
    from twin.experiment.runs import RunProgress

COLUMNS = (
    "arm",
    "indicator",
    "unit",
    "base",
    "policy",
    "delta",
    "ci_low",
    "ci_high",
    "all_low",
    "all_high",
    "p_better",
    "n",
    "n_differ",
    "per_million_kzt",
)
_COST = "spending_million_kzt_year"


def compare(  # noqa: PLR0913 - options of one call, keyword only
    first: Scenario | Sequence[Run],
    second: Sequence[Run] | None = None,
    *,
    seeds: Iterable[int] | None = None,
    reference: str = BASE,
    out: Path | str = "runs",
    jobs: int = 1,
    progress: RunProgress | None = None,
) -> pd.DataFrame:
    """Return the effect of every arm on every indicator, by paired differences.

    Parameters
    ----------
    first
        A scenario, whose base and arms are run where they are missing; or runs of a base.
    second
        Runs of one or more policies, where `first` are runs.
    seeds
        Replications; None means as many as the scenario states, counted from 0.
    reference
        Arm that all others are compared with.
    out, jobs, progress
        As for `run_all`.

    Returns
    -------
    DataFrame
        One row per arm and indicator: `arm, indicator, unit, base, policy, delta, ci_low, ci_high,
        all_low, all_high, p_better, n, n_differ, per_million_kzt`. `base`, `policy` and `delta` are
        means over the `n` common seeds, `n_differ` of which differ at all. `ci_*` is the 95 %
        interval of this effect alone (`statistics.mean_interval`), NaN for a single seed. `all_*`
        are wider: those of all arms and of all indicators that the scenario names (of all, where it
        names none) hold together with 95 %. `p_better` is the share of seeds in which the policy
        does better, ties counted half, NaN where the indicator has no better side.
        `per_million_kzt` is the delta over what the policy costs the city in million KZT a year
        (`spending_million_kzt_year`), NaN where that cost is not distinct from 0.

    Raises
    ------
    StoreError
        If runs have no seed in common, or differ in city, period or shocks.
    """
    if isinstance(first, Scenario):
        if second is not None:
            message = "compare takes a scenario, or runs of a base and of policies; not both"
            raise ScenarioError(message)
        runs = scenario_runs(first, seeds=seeds, out=out, jobs=jobs, progress=progress)
        return effects(runs, first.indicators, reference=reference)
    base, policies = _runs("first", first), _runs("second", second or ())
    return effects({BASE: base, **by_arm(policies)}, reference=reference)


def _runs(name: str, runs: object) -> list[Run]:
    """Return runs as a list, their types checked."""
    mend = "give a scenario of twin.load_scenario, or runs of twin.run"
    require(name, runs, Iterable, mend)
    found = list(cast("Iterable[Run]", runs))
    for place, one in enumerate(found):
        require(f"{name}[{place}]", one, Run, mend)
    return found


def scenario_runs(
    scenario: Scenario,
    *,
    seeds: Iterable[int] | None = None,
    out: Path | str = "runs",
    jobs: int = 1,
    progress: RunProgress | None = None,
) -> dict[str, list[Run]]:
    """Return the runs of a scenario's base and arms, computing what is missing."""
    require("scenario", scenario, Scenario, "read one with twin.load_scenario")
    chosen = as_ints("seeds", range(scenario.seeds) if seeds is None else seeds)
    jobs = as_int("jobs", jobs, low=1)
    tasks = [(arm, seed) for arm in scenario.all_arms() for seed in chosen]
    runs = run_all(tasks, out=out, jobs=jobs, progress=progress)
    grouped: dict[str, list[Run]] = {}
    for (arm, _), done in zip(tasks, runs, strict=True):
        grouped.setdefault(arm.arm_name, []).append(done)
    return grouped


def by_arm(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Group runs by arm; a run of another scenario's base goes by the scenario's name."""
    grouped: dict[str, list[Run]] = {}
    for run in runs:
        name = run.scenario if run.arm == BASE else run.arm
        grouped.setdefault(name, []).append(run)
    return grouped


def effects(
    runs: Mapping[str, Sequence[Run]], first: Sequence[str] = (), *, reference: str = BASE
) -> pd.DataFrame:
    """Return the effect table of runs by arm; see `compare`.

    Parameters
    ----------
    runs
        Runs by arm.
    first
        Indicators to put on top: those that intervals hold together for.
    reference
        Arm that the others are compared with.
    """
    _require_comparable(runs, reference)
    base = _totals(runs[reference])
    units = _units(runs[reference])
    arms = [arm for arm in runs if arm != reference]
    named = [name for name in base.columns if name in first] or list(base.columns)
    together = adjusted(CONFIDENCE, len(arms) * len(named))
    rows = []
    for arm in arms:
        policy = _totals(runs[arm])
        seeds = base.index.intersection(policy.index)
        names = [name for name in base.columns if name in policy.columns]
        cost = _cost(base, policy, seeds)
        same = _equal_in_all(runs[reference], runs[arm], seeds)
        for name in sorted(names, key=lambda name: _rank(name, first)):
            sides = base.loc[seeds, name].to_numpy(), policy.loc[seeds, name].to_numpy()
            row = paired(*sides, same=same)
            whole = paired(*sides, same=same, confidence=together)
            kind = name.rpartition(".")[2]
            better = indicators[kind].better if kind in indicators else ""
            facts = {
                "all_low": whole["ci_low"],
                "all_high": whole["ci_high"],
                **better_share(row["differences"], better),
                "per_million_kzt": row["delta"] / cost,
            }
            rows.append({"arm": arm, "indicator": name, "unit": units[name], **row, **facts})
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"n": "int64", "n_differ": "int64"})


def _equal_in_all(base: Sequence[Run], policy: Sequence[Run], seeds: pd.Index) -> bool:
    """Return whether all tables of both arms are equal in every seed: then there is no effect."""
    hashes = [
        {run.seed: run.manifest.get("content_hash") for run in runs} for runs in (base, policy)
    ]
    return bool(len(seeds)) and all(
        hashes[0][seed] is not None and hashes[0][seed] == hashes[1][seed] for seed in seeds
    )


def _rank(name: str, first: Sequence[str]) -> tuple[int, str]:
    return (first.index(name) if name in first else len(first), name)


def _cost(base: pd.DataFrame, policy: pd.DataFrame, seeds: pd.Index) -> float:
    """Return what a policy costs more than the base in million KZT a year, NaN where unclear."""
    if _COST not in base.columns or _COST not in policy.columns:
        return float("nan")
    row = paired(base.loc[seeds, _COST].to_numpy(), policy.loc[seeds, _COST].to_numpy())
    many = row["n"] > 1
    clear = row["ci_low"] > 0.0 or row["ci_high"] < 0.0 if many else bool(row["delta"])
    return row["delta"] if clear else float("nan")


class Paired(TypedDict):
    """Means over seeds, and the interval of paired differences."""

    base: float
    policy: float
    delta: float
    ci_low: float
    ci_high: float
    n: int
    n_differ: int
    differences: Float64


def paired(
    base: Float64, policy: Float64, *, same: bool = False, confidence: float = CONFIDENCE
) -> Paired:
    """Return means and the interval of paired differences, seeds with a NaN left out.

    Parameters
    ----------
    base, policy
        Values by seed, in one order.
    same
        Whether both are known to be equal in everything: then no effect is certain.
    confidence
        Of the interval, see `statistics.mean_interval`.
    """
    good = np.isfinite(base) & np.isfinite(policy)
    base, policy = base[good], policy[good]
    difference = policy - base
    n = int(difference.size)
    levels = np.concatenate([base, policy])
    step = float(np.ptp(levels)) if n else 0.0
    found = mean_interval(difference, step=step or math.nan, confidence=confidence)
    certain = same and n > 1
    return {
        "base": float(base.mean()) if n else math.nan,
        "policy": float(policy.mean()) if n else math.nan,
        "delta": found.mean,
        "ci_low": 0.0 if certain else found.low,
        "ci_high": 0.0 if certain else found.high,
        "n": n,
        "n_differ": int(np.count_nonzero(difference)),
        "differences": difference,
    }


def better_share(differences: object, better: str) -> dict[str, float]:
    """Return `p_better`: the share of differences on the better side, ties half."""
    values = np.asarray(differences, dtype=np.float64)
    if not values.size or better not in ("+", "-"):
        return {"p_better": float("nan")}
    signed = values if better == "+" else -values
    return {"p_better": float(((signed > 0) + 0.5 * (signed == 0)).mean())}


def _totals(runs: Sequence[Run]) -> pd.DataFrame:
    """Return run-level indicators, one row per seed."""
    return pd.DataFrame({run.seed: run.totals() for run in runs}).T.sort_index()


def _units(runs: Sequence[Run]) -> dict[str, str]:
    rows = runs[0].indicators
    return dict(zip(rows["indicator"], rows["unit"].fillna(""), strict=True))


def _require_comparable(runs: Mapping[str, Sequence[Run]], reference: str) -> None:
    """Refuse runs of other cities, periods or shocks, and arms without a common seed."""
    if not runs.get(reference):
        if reference == BASE:
            raise StoreError("no run of the base to compare policies with")
        what = "is no arm with runs"
        raise StoreError(Fault(reference, what, nearest(reference, list(runs))))
    faults = []
    base = runs[reference][0]
    seeds = {run.seed for run in runs[reference]}
    for arm, group in runs.items():
        if not seeds & {run.seed for run in group}:
            faults.append(
                Fault(
                    arm,
                    f"has no seed in common with the base, which has {sorted(seeds)}",
                    "run both with the same --seeds",
                )
            )
        for run in group:
            for fact in ("city", "start", "n_days", "shocks"):
                ours, its = _fact(base, fact), _fact(run, fact)
                if ours != its:
                    faults.append(
                        Fault(
                            str(run.path),
                            f"has {fact} {its}, the base {base.path} has {ours}",
                            "compare runs of one city, period and list of shocks",
                        )
                    )
    if faults:
        raise StoreError(faults)


def _fact(run: Run, name: str) -> object:
    return (
        run.manifest["city"]["content_hash"] if name == "city" else run.manifest["resolved"][name]
    )
