"""Which arm is best on an indicator, and whether that can be known: "none is" is an answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
from scipy.stats import randint

from twin.experiment.statistics.intervals import CONFIDENCE, adjusted, mean_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.core.arrays import Float64

_RESAMPLES = 2000
_SEED = 20_261_201


@final
@dataclass(frozen=True, slots=True)
class Best:
    """What is known about the best arm."""

    arm: str
    """The arm that is clearly best; empty where no arm is."""
    candidates: tuple[str, ...]
    """Arms that may be best: not clearly worse than any other one. With a single replication or
    none, all."""
    p_best: Mapping[str, float]
    """Probability of having the best mean, over resampled replications."""
    n: int
    """Replications in common."""


def best(values: Mapping[str, Float64], better: str, *, confidence: float = CONFIDENCE) -> Best:
    """Return which arm has the best mean, over replications that all arms have in common.

    Parameters
    ----------
    values
        Values of an indicator by arm, in the same order of seeds; NaN where one is undefined.
    better
        `+` or `-`.
    confidence
        Of the whole statement: if no arm differs, an arm is called best in at most
        `1 - confidence` of all such comparisons.

    Notes
    -----
    Every pair of arms is compared by paired differences, at Bonferroni's level for all pairs. An
    arm is best if it is clearly better than each other one, and no candidate if any is clearly
    better.
    """
    arms = list(values)
    table = np.array([values[arm] for arm in arms], dtype=np.float64)
    table = table[:, np.isfinite(table).all(axis=0)]
    signed = table if better == "+" else -table
    n = table.shape[1]
    if n < 2:  # noqa: PLR2004 - no spread
        return Best("", tuple(arms), dict.fromkeys(arms, math.nan), n)
    level = adjusted(confidence, len(arms) * (len(arms) - 1) // 2)
    step = float(table.max() - table.min()) or math.nan
    wins = np.zeros((len(arms), len(arms)), dtype=bool)
    for a in range(len(arms)):
        for b in range(a):
            found = mean_interval(signed[a] - signed[b], step=step, confidence=level)
            wins[a, b], wins[b, a] = found.low > 0.0, found.high < 0.0
    clear = [arm for a, arm in enumerate(arms) if wins[a].sum() == len(arms) - 1]
    may_be = tuple(arm for a, arm in enumerate(arms) if not wins[:, a].any())
    alone = clear[0] if clear and len(arms) > 1 else ""
    return Best(alone, may_be, _p_best(arms, signed), n)


def _p_best(arms: Sequence[str], signed: Float64) -> dict[str, float]:
    """Return the share of resamples of the seeds in which each arm leads; ties are shared."""
    n = signed.shape[1]
    drawn = randint.rvs(0, n, size=(_RESAMPLES, n), random_state=_SEED)
    weights = np.stack([(drawn == seed).sum(axis=1) for seed in range(n)])
    means = signed @ weights / n
    top = means.max(axis=0)
    leads = means >= top - 1e-12 * np.abs(top)
    return dict(zip(arms, (leads / leads.sum(axis=0)).mean(axis=1).tolist(), strict=True))


def best_table(values: Mapping[str, Float64], better: str) -> pd.DataFrame:
    """Return `arm, mean, p_best, may_be_best, is_best`, the best mean first; see `best`."""
    found = best(values, better)
    rows = [
        {
            "arm": arm,
            "mean": float(np.nanmean(array)) if np.isfinite(array).any() else math.nan,
            "p_best": found.p_best[arm],
            "may_be_best": arm in found.candidates,
            "is_best": arm == found.arm,
        }
        for arm, array in values.items()
    ]
    return pd.DataFrame(rows).sort_values("mean", ascending=better == "-", ignore_index=True)
