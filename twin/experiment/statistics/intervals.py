"""The interval of a mean over replications, for plain, skewed and rare outcomes alike.

It is the union of three, so it is never narrower than Student's:

- Student's t, exact for normal differences;
- Hall's transformation of t, which stretches the side of a long tail;
- where replications tie exactly, bounds from how often any differ: exact (Clopper-Pearson) limits
  of the shares of higher and of lower ones, times their mean sizes. So five replications without
  an event do not claim that none can happen.

What share of intervals holds the true mean is tried by Monte Carlo: `docs/statistics.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy.special import stdtrit
from scipy.stats import beta, skew

if TYPE_CHECKING:
    from twin.core.arrays import Float64

CONFIDENCE = 0.95
_NO_SKEW = 1e-6
_ROUNDING = 1e-12
_UNBIASED_FROM = 8
"""Values from which the skewness is corrected for its bias; of fewer, that overshoots."""


@final
@dataclass(frozen=True, slots=True)
class Interval:
    """Mean and limits; limits are NaN where nothing can be stated."""

    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the limits lie on one side of zero."""
        return self.low > 0.0 or self.high < 0.0


def mean_interval(
    values: Float64, *, step: float = math.nan, confidence: float = CONFIDENCE
) -> Interval:
    """Return the mean of independent values with its interval.

    Parameters
    ----------
    values
        Finite, one per replication; a difference of two arms, or a level.
    step
        Size a value that was not seen could have, for values that are all zero: the range of the
        levels that were seen. NaN where that is not known.
    confidence
        Share of intervals that are to hold the mean.

    Returns
    -------
    Interval
        Limits are NaN for fewer than two values, and for zeros alone without a step. Equal values
        other than zero have an interval of no width.

    References
    ----------
    Hall, 1992, J. R. Stat. Soc. B 54(1), doi 10.1111/j.2517-6161.1992.tb01872.x.
    Clopper & Pearson, 1934, Biometrika 26(4), doi 10.1093/biomet/26.4.404.
    """
    n = int(values.size)
    if not n:
        return Interval(math.nan, math.nan, math.nan)
    mean = float(values.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan)
    spread = float(values.std(ddof=1))
    if spread <= _ROUNDING * float(np.abs(values).max()):
        if mean != 0.0:
            return Interval(mean, mean, mean)
        low, high = _rare(values, step, confidence)
        return Interval(mean, low, high)
    sides = [_student(mean, spread, n, confidence), _hall(values, mean, spread, confidence)]
    if (values == 0.0).any():
        sides.append(_rare(values, step, confidence))
    return Interval(mean, min(low for low, _ in sides), max(high for _, high in sides))


def _student(mean: float, spread: float, n: int, confidence: float) -> tuple[float, float]:
    half = float(stdtrit(n - 1, 0.5 + confidence / 2)) * spread / math.sqrt(n)
    return mean - half, mean + half


def _hall(values: Float64, mean: float, spread: float, confidence: float) -> tuple[float, float]:
    """Return limits from t with its skewness taken out by a cubic, which can be inverted."""
    n = values.size
    skewness = float(skew(values, bias=n < _UNBIASED_FROM)) / math.sqrt(n)
    if abs(skewness) < _NO_SKEW:
        return _student(mean, spread, n, confidence)
    quantile = float(stdtrit(n - 1, 0.5 + confidence / 2))

    def inverse(y: float) -> float:
        return 3.0 / skewness * (float(np.cbrt(1.0 + skewness * (y - skewness / 6.0))) - 1.0)

    scale = spread / math.sqrt(n)
    ends = (mean - inverse(quantile) * scale, mean - inverse(-quantile) * scale)
    return min(ends), max(ends)


def _rare(values: Float64, step: float, confidence: float) -> tuple[float, float]:
    """Return limits from how many values are above, at and below zero."""
    seen = np.abs(values[values != 0.0])
    usual = float(seen.mean()) if seen.size else step
    if not math.isfinite(usual):
        return math.nan, math.nan
    tail = (1.0 - confidence) / 4.0  # two sides of two shares
    higher, lower = values[values > 0.0], values[values < 0.0]
    least_high, most_high = _share_limits(higher.size, values.size, tail)
    least_low, most_low = _share_limits(lower.size, values.size, tail)
    size_high = float(higher.mean()) if higher.size else usual
    size_low = -float(lower.mean()) if lower.size else usual
    return (
        least_high * size_high - most_low * size_low,
        most_high * size_high - least_low * size_low,
    )


def _share_limits(count: int, n: int, tail: float) -> tuple[float, float]:
    low = float(beta.ppf(tail, count, n - count + 1)) if count else 0.0
    high = float(beta.ppf(1.0 - tail, count + 1, n - count)) if count < n else 1.0
    return low, high


def adjusted(confidence: float, n_statements: int) -> float:
    """Return the confidence of each of some statements that hold together with `confidence`.

    Bonferroni's inequality: valid whatever the statements have to do with each other.
    """
    return 1.0 - (1.0 - confidence) / max(n_statements, 1)
