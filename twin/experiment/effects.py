"""Compare policies with a base over common seeds: effects, intervals, an answer in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from twin.core.errors import Fault, ScenarioError, StoreError
from twin.experiment.runs import run_all
from twin.indicators import indicators
from twin.scenario.spec import BASE, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from twin.core.arrays import Float64
    from twin.experiment.runs import RunProgress
    from twin.experiment.store import Run

CONFIDENCE = 0.95
COLUMNS = (
    "arm",
    "indicator",
    "unit",
    "base",
    "policy",
    "delta",
    "ci_low",
    "ci_high",
    "p_better",
    "n",
    "per_million_kzt",
)
_COST = "spending_million_kzt_year"
_SHOWN = ("delta", "ci_low", "ci_high", "n")


def compare(
    first: Scenario | Sequence[Run],
    second: Sequence[Run] | None = None,
    *,
    seeds: Iterable[int] | None = None,
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
        Replications; None means as many as the scenario says, counted from 0.
    out, jobs, progress
        As for `run_all`.

    Returns
    -------
    DataFrame
        One row per arm and indicator: `arm, indicator, unit, base, policy, delta, ci_low, ci_high,
        p_better, n, per_million_kzt`. `base`, `policy` and `delta` are means over the `n` common
        seeds; the interval is Student's t at 95 % on the paired differences, NaN for a single seed;
        `p_better` is the share of seeds in which the policy does better, ties counted half, NaN
        where the indicator has no better side; `per_million_kzt` is the delta over what the
        policy costs the city in million KZT a year (`spending_million_kzt_year`), NaN where that
        cost is not distinct from 0.

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
        return effects(runs, first.indicators)
    return effects({BASE: list(first), **by_arm(second or ())})


def scenario_runs(
    scenario: Scenario,
    *,
    seeds: Iterable[int] | None = None,
    out: Path | str = "runs",
    jobs: int = 1,
    progress: RunProgress | None = None,
) -> dict[str, list[Run]]:
    """Return the runs of a scenario's base and arms, computing what is missing."""
    chosen = list(range(scenario.seeds)) if seeds is None else list(seeds)
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


def effects(runs: Mapping[str, Sequence[Run]], first: Sequence[str] = ()) -> pd.DataFrame:
    """Return the effect table of runs by arm, where one arm is `base`; see `compare`.

    Parameters
    ----------
    runs
        Runs by arm.
    first
        Indicators to put on top.
    """
    _require_comparable(runs)
    base = _totals(runs[BASE])
    units = _units(runs[BASE])
    rows = []
    for arm, policy_runs in runs.items():
        if arm == BASE:
            continue
        policy = _totals(policy_runs)
        seeds = base.index.intersection(policy.index)
        names = [name for name in base.columns if name in policy.columns]
        cost = _cost(base, policy, seeds)
        for name in sorted(names, key=lambda name: _rank(name, first)):
            row = paired(base.loc[seeds, name].to_numpy(), policy.loc[seeds, name].to_numpy())
            kind = name.rpartition(".")[2]
            better = indicators[kind].better if kind in indicators else ""
            share = better_share(row["differences"], better)
            per_million = {"per_million_kzt": row["delta"] / cost}
            what = {"arm": arm, "indicator": name, "unit": units[name]}
            rows.append({**what, **row, **share, **per_million})
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"n": "int64"})


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
    differences: Float64


def paired(base: Float64, policy: Float64) -> Paired:
    """Return means and the t interval of paired differences, seeds with a NaN left out.

    Notes
    -----
    Delta is the mean of n differences d, its interval mean(d) +- t(0.975, n-1) s(d) / sqrt(n)
    (Law, 2015, *Simulation Modeling and Analysis*, section 10.2.1: paired-t confidence interval
    under common random numbers).
    """
    good = np.isfinite(base) & np.isfinite(policy)
    base, policy = base[good], policy[good]
    difference = policy - base
    n = int(difference.size)
    low = high = float("nan")
    if n > 1:
        half = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) * difference.std(ddof=1) / np.sqrt(n)
        low, high = float(difference.mean() - half), float(difference.mean() + half)
    mean = float("nan")
    return {
        "base": float(base.mean()) if n else mean,
        "policy": float(policy.mean()) if n else mean,
        "delta": float(difference.mean()) if n else mean,
        "ci_low": low,
        "ci_high": high,
        "n": n,
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


def _require_comparable(runs: Mapping[str, Sequence[Run]]) -> None:
    """Refuse runs of other cities, periods or shocks, and arms without a common seed."""
    if not runs.get(BASE):
        raise StoreError("no run of the base to compare policies with")
    faults = []
    base = runs[BASE][0]
    seeds = {run.seed for run in runs[BASE]}
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


def expectations(scenario: Scenario, runs: Mapping[str, Sequence[Run]]) -> pd.DataFrame:
    """Hold what the file expects against what was found.

    Returns
    -------
    DataFrame
        One row per expectation: `indicator, arm, expected, after_years, until_years, because,
        delta, ci_low, ci_high, n, found, verdict`. `found` is `+`, `-` or `0` (the interval spans
        zero; with a single seed the plain sign). The verdict is `as expected`, `opposite`,
        `no effect` (not the least difference in any seed) or `unclear`. With `after_years: k`, each
        seed's value is the mean of its yearly rows from year k on, with `until_years: m` up to
        year m.
    """
    rows = []
    for item in scenario.expect:
        pair = [
            _within(runs.get(arm, ()), item.indicator, item.after_years, item.until_years)
            for arm in (BASE, item.arm)
        ]
        seeds = sorted(set(pair[0]) & set(pair[1]))
        base, policy = (np.array([side[seed] for seed in seeds], dtype=float) for side in pair)
        row = paired(base, policy)
        found = _sign(row)
        rows.append(
            {
                "indicator": item.indicator,
                "arm": item.arm,
                "expected": item.sign,
                "after_years": item.after_years,
                "until_years": item.until_years,
                "because": item.because,
                **{key: value for key, value in row.items() if key in _SHOWN},
                "found": found,
                "verdict": _verdict(item.sign, found, none=row["ci_low"] == row["ci_high"] == 0.0),
            }
        )
    names = ["indicator", "arm", "expected", "after_years", "until_years", "because", "delta"]
    return pd.DataFrame(rows, columns=[*names, "ci_low", "ci_high", "n", "found", "verdict"])


def _within(
    runs: Sequence[Run], indicator: str, after_years: int, until_years: int
) -> dict[int, float]:
    """Return each seed's value of an indicator, over the run or over some of its years."""
    values = {}
    for run in runs:
        rows = run.indicators[run.indicators["indicator"] == indicator]
        if after_years or until_years:
            years = rows[rows["period"] == "year"].sort_values("start")
            later = years["value"].to_numpy()[after_years : until_years or None]
            kept = later[np.isfinite(later)]
            values[run.seed] = float(kept.mean()) if kept.size else float("nan")
        else:
            whole = rows[rows["period"] == "run"]["value"]
            values[run.seed] = float(whole.iloc[0]) if len(whole) else float("nan")
    return values


def _sign(row: Mapping[str, object]) -> str:
    """Return the direction of a difference, `0` where its interval spans zero, `` if unknown."""
    delta, low, high = (float(str(row[key])) for key in ("delta", "ci_low", "ci_high"))
    if not np.isfinite(delta):
        return ""
    if np.isfinite(low) and low <= 0 <= high:
        return "0"
    return "0" if delta == 0 else ("+" if delta > 0 else "-")


def _verdict(expected: str, found: str, *, none: bool) -> str:
    if found == expected:
        return "as expected"
    if none:
        return "no effect"
    return "opposite" if {expected, found} == {"+", "-"} else "unclear"
