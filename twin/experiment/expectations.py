"""What a scenario file expects, compared with what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.experiment.effects import paired
from twin.scenario.spec import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.experiment.store import Run
    from twin.scenario.spec import Scenario

_SHOWN = ("delta", "ci_low", "ci_high", "n")


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
                "verdict": _verdict(item.sign, found, none=bool(seeds) and not row["n_differ"]),
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
