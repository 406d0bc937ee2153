"""Scores of forecasts of counts.

References
----------
Gneiting & Raftery, 2007, "Strictly proper scoring rules, prediction, and estimation", Journal of
the American Statistical Association 102(477), 359-378.
Hyndman & Koehler, 2006, "Another look at measures of forecast accuracy", International Journal of
Forecasting 22(4), 679-688 (MASE).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64


def crps(draws: Float64, seen: Float64) -> Float64:
    """Return the continuous ranked probability score of draws, shape (n_times,); 0 is best.

    Parameters
    ----------
    draws
        Shape (n_draws, n_times).
    seen
        Shape (n_times,).
    """
    ordered = np.sort(draws, axis=0)
    n = len(ordered)
    weight = 2.0 * np.arange(1, n + 1) - n - 1.0
    spread = (weight[:, None] * ordered).sum(axis=0) / n**2
    return np.asarray(np.abs(draws - seen).mean(axis=0) - spread)


def log_score(means: Float64, seen: Float64) -> Float64:
    """Return minus the log probability of counts under a mixture of Poisson laws, (n_times,).

    Parameters
    ----------
    means
        Of the Poisson laws, shape (n_draws, n_times).
    seen
        Shape (n_times,).
    """
    mean = np.maximum(means, 1e-12)
    log_p = seen * np.log(mean) - mean - gammaln(seen + 1.0)
    top = log_p.max(axis=0)
    return np.asarray(-(top + np.log(np.exp(log_p - top).mean(axis=0))))


def inside(draws: Float64, seen: Float64, share: float = 0.9) -> Bool:
    """Return which counts lie in the middle interval of the draws, ends included, (n_times,)."""
    tail = 0.5 * (1.0 - share)
    low, high = np.quantile(draws, (tail, 1.0 - tail), axis=0)
    return np.asarray((seen >= low) & (seen <= high))


def mase(forecast: Float64, seen: Float64, past: Float64) -> float:
    """Return the mean error over that of taking each past year for the next; NaN without one."""
    steps = np.abs(np.diff(past))
    scale = float(steps.mean()) if steps.size else 0.0
    return float(np.abs(forecast - seen).mean()) / scale if scale else float("nan")


def top_share(score: Float64, length_m: Float64, breaks: Float64, share: float = 0.1) -> float:
    """Return the share of breaks on the pipes of highest score that make up a share of length.

    The last pipe counts with the part of it that fits. NaN without breaks.
    """
    total = float(breaks.sum())
    if total == 0.0:
        return float("nan")
    order = np.argsort(-score, kind="stable")
    length = np.cumsum(length_m[order])
    limit = share * length[-1]
    part = np.clip((limit - (length - length_m[order])) / length_m[order], 0.0, 1.0)
    return float(np.sum(part * breaks[order]) / total)
