"""Paired effects of the points of a sweep against one of them, over common seeds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin.core.arguments import require
from twin.core.errors import Fault, StoreError
from twin.core.registry import nearest
from twin.experiment.statistics.best import best
from twin.experiment.statistics.intervals import CONFIDENCE, adjusted, mean_interval
from twin.experiment.statistics.precision import seeds_needed
from twin.indicators import indicators

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.core.arrays import Float64
    from twin.experiment.sweeps import SweepResult


def wide(result: SweepResult, indicator: str) -> pd.DataFrame:
    """Return an indicator with a row per point of a sweep, in its order, and a column per seed.

    Raises
    ------
    StoreError
        If the sweep has no indicator of that name, or no run that ended.
    """
    require("indicator", indicator, str, "name one of twin indicators")
    totals = result.totals()
    if indicator not in totals.columns:
        known = [name for name in totals.columns if name not in (*result.paths, "run_id", "seed")]
        mend = nearest(indicator, known) if known else "run the sweep: no run has ended"
        raise StoreError(Fault(str(result.path), f"has no indicator {indicator!r}", mend))
    keys = list(result.paths)
    table = totals.set_index([*keys, "seed"])[indicator].unstack("seed")  # noqa: PD010 - unique
    order = dict.fromkeys(
        settings[keys[0]] if len(keys) == 1 else tuple(settings[key] for key in keys)
        for settings, _ in result.points.values()
    )
    return table.loc[[key for key in order if key in table.index]]


def point_effects(
    result: SweepResult,
    indicator: str,
    *,
    reference: Mapping[str, Any] | None = None,
    width: float | None = None,
) -> pd.DataFrame:
    """Return the effect of every point of a sweep against a reference point.

    Parameters
    ----------
    result
        A sweep, of two seeds at least for intervals.
    indicator
        Indicator over the run.
    reference
        Settings of the point to compare with; None takes the first.
    width
        Wanted width of the interval, for the column `seeds_needed`.

    Returns
    -------
    DataFrame
        One row per point: the settings, `mean, delta, ci_low, ci_high, all_low, all_high, n,
        p_best`, and `seeds_needed` where a width is given. `ci_*` is the interval of the point
        alone, `all_*` those of all points together.
    """
    table = wide(result, indicator)
    paths = list(table.index.names)
    place = _place(table, reference)
    base = table.iloc[place].to_numpy(dtype=np.float64)
    everything = table.to_numpy(dtype=np.float64)
    step = float(np.nanmax(everything) - np.nanmin(everything)) or math.nan
    level = adjusted(CONFIDENCE, len(table) - 1)
    better = indicators[indicator].better if indicator in indicators else ""
    leads = _leads(everything, better)
    rows = []
    for row, (key, values) in enumerate(zip(table.index, everything, strict=True)):
        settings = dict(zip(paths, key if isinstance(key, tuple) else (key,), strict=True))
        difference = values - base
        difference = difference[np.isfinite(difference)]
        one = mean_interval(difference, step=step)
        whole = mean_interval(difference, step=step, confidence=level)
        if row == place:
            one = whole = type(one)(0.0, 0.0, 0.0)
        facts: dict[str, Any] = {
            "mean": float(np.nanmean(values)),
            "delta": one.mean,
            "ci_low": one.low,
            "ci_high": one.high,
            "all_low": whole.low,
            "all_high": whole.high,
            "n": difference.size,
            "p_best": leads[row],
        }
        if width is not None:
            many = difference.size > 1 and row != place
            facts["seeds_needed"] = (
                seeds_needed(difference, width, step=step) if many else difference.size
            )
        rows.append({**settings, **facts})
    return pd.DataFrame(rows)


def _leads(everything: Float64, better: str) -> list[float]:
    """Return each point's probability of being best, NaN where no side is better."""
    if better not in ("+", "-"):
        return [math.nan] * len(everything)
    found = best({str(i): values for i, values in enumerate(everything)}, better)
    return list(found.p_best.values())


def _place(table: pd.DataFrame, reference: Mapping[str, Any] | None) -> int:
    """Return the row of a point."""
    if reference is None:
        return 0
    names: Sequence[str] = list(table.index.names)
    for place, key in enumerate(table.index):
        settings = dict(zip(names, key if isinstance(key, tuple) else (key,), strict=True))
        if settings == dict(reference):
            return place
    raise StoreError(
        Fault("reference", f"{dict(reference)} is no point of the sweep", f"set all of {names}")
    )
