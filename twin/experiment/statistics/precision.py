"""How many replications an interval of a wanted width needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from twin.core.arguments import as_float
from twin.experiment.statistics.intervals import CONFIDENCE, mean_interval

if TYPE_CHECKING:
    from twin.core.arrays import Float64

LEAST = 4
"""Replications below which a spread is not trusted."""
MOST = 1_000_000


def seeds_needed(
    values: Float64, width: float, *, step: float = math.nan, confidence: float = CONFIDENCE
) -> int:
    """Return how many replications make the interval of their mean as narrow as `width`.

    Parameters
    ----------
    values
        Those that are there, at least two.
    width
        Wanted distance of the limits.
    step, confidence
        As for `mean_interval`.

    Returns
    -------
    int
        The present number where it is enough; `MOST` where no number in reach is, or where the
        values state nothing. An estimate: it supposes the spread seen so far.

    Notes
    -----
    The least n with 2 t(n-1) s / sqrt(n) <= width, times the ratio of the present interval to
    Student's, squared (Law, 2015, Simulation Modeling and Analysis, section 9.4.1).
    """
    width = as_float("width", width)
    values = values[np.isfinite(values)]
    present = mean_interval(values, step=step, confidence=confidence)
    span = present.high - present.low
    n = values.size
    if not math.isfinite(span):
        return MOST
    if span <= width and n >= LEAST:
        return n
    student = 2.0 * float(stdtrit(n - 1, 0.5 + confidence / 2)) / math.sqrt(n)
    spread = span / student if span else 0.0
    low, high = max(n, LEAST), MOST
    while low < high:
        middle = (low + high) // 2
        half = float(stdtrit(middle - 1, 0.5 + confidence / 2)) * spread / math.sqrt(middle)
        low, high = (low, middle) if 2.0 * half <= width else (middle + 1, high)
    return low
