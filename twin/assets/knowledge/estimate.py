"""Failures estimated from records: a gamma-Poisson model in three steps.

A network of this city, a class of its mains (material, vintage, width), and each main differ from
the law by factors. Each factor has a gamma distribution with mean 1 before records; breaks are
Poisson. Then its posterior is gamma(shape + breaks, shape + breaks expected), and its mean weighs
the law against the records by how much of them there is.

References
----------
Robbins, 1956, "An empirical Bayes approach to statistics", Proc. 3rd Berkeley Symposium 1, 157-163.
Clayton & Kaldor, 1987, "Empirical Bayes estimates of age-standardized relative risks", Biometrics
43(3), 671-681, doi 10.2307/2532003 (gamma-Poisson rates of many small units).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy.special import gammainc, gammaincc, gammaln

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32

_SHAPES = np.geomspace(0.1, 20.0, 48)
"""Shapes of the differences between like mains that are tried."""
_LOG_SPREAD = 1.0
"""How far, in logarithms, the best shape may be from the assumed one before records weigh."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What is on record of mains, shape (n_mains,) each."""

    expected: Float64
    """Breaks that the law expects in the years of record."""
    breaks: Float64
    """Breaks on record."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Grades:
    """Results of inspections, shape (n_mains,) each."""

    threshold: Float64
    """Factor on the law from which a main is poor; NaN where it was not inspected."""
    found_poor: Int32
    hit_share: Float64
    false_alarm_share: Float64

    def of(self, rows: Bool) -> Grades:
        """Return the results of some mains."""
        return Grades(
            self.threshold[rows],
            self.found_poor[rows],
            self.hit_share[rows],
            self.false_alarm_share[rows],
        )


def group_factor(records: Records, group: Int32, weight: float) -> Float64:
    """Return the mean posterior factor on the law by group, shape (n_groups,).

    Parameters
    ----------
    records
        By main.
    group
        Group of each main, shape (n_mains,); those below 0 count for none.
    weight
        Shape of the gamma distribution before records: expected breaks at which records weigh as
        much as the law.
    """
    known = group >= 0
    size = int(group.max(initial=-1)) + 1
    expected = np.bincount(group[known], weights=records.expected[known], minlength=size)
    breaks = np.bincount(group[known], weights=records.breaks[known], minlength=size)
    factor: Float64 = (weight + breaks) / (weight + expected)
    return factor


def frailty_shape(records: Records, assumed: float) -> float:
    """Return the most likely shape of the differences between like mains.

    It maximises the negative binomial likelihood of the records, with a lognormal weight about the
    assumed shape that a few hundred mains with some breaks overrule.
    """
    seen = records.expected > 0.0
    if not seen.any():
        return assumed
    e, n = records.expected[seen], records.breaks[seen]
    best, best_value = assumed, -np.inf
    for k in _SHAPES:
        value = float(
            np.sum(gammaln(k + n) - gammaln(k) + k * np.log(k / (k + e)) + n * np.log(e / (k + e)))
        )
        value -= 0.5 * (np.log(k / assumed) / _LOG_SPREAD) ** 2
        if value > best_value:
            best, best_value = float(k), value
    return best


def frailty(records: Records, shape: float, grades: Grades) -> tuple[Float64, Float64]:
    """Return mean and standard deviation of each main's own factor, shape (n_mains,) each.

    Parameters
    ----------
    records
        By main; `expected` under the law times the factors of its groups.
    shape
        Of the differences between like mains.
    grades
        An inspected main is poor where its factor is at or above the threshold; its posterior is
        the gamma distribution, weighed on both sides of the threshold by how likely the result is
        there.
    """
    a, b = shape + records.breaks, shape + records.expected
    mean, square = a / b, a * (a + 1.0) / b**2
    seen = np.isfinite(grades.threshold)
    if seen.any():
        poor = grades.found_poor[seen] == 1
        hit, false = grades.hit_share[seen], grades.false_alarm_share[seen]
        above, below = np.where(poor, hit, 1.0 - hit), np.where(poor, false, 1.0 - false)
        limit = b[seen] * grades.threshold[seen]
        weight = [
            above * gammaincc(a[seen] + power, limit) + below * gammainc(a[seen] + power, limit)
            for power in (0, 1, 2)
        ]
        mean[seen] *= weight[1] / weight[0]
        square[seen] *= weight[2] / weight[0]
    return mean, np.sqrt(np.maximum(square - mean**2, 0.0))
