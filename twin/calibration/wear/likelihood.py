"""Likelihood of the breaks of one material.

A pipe's breaks are a Poisson process of rate z exp(eta), eta the law with the effect of the year,
z a gamma factor of mean 1 and variance v. A break leads to the pipe's removal with chance p. Of an
inventory of pipes in service, likelihood is conditional on none of a pipe's breaks having done so:
with s = 1/v, n breaks, R the integral of the rate over the years of record and U over the others,

    L = prod(rates) (1 - p)^n  G(s + n) / G(s)  s^s / (s + R + p U)^(s + n)
        / [ s / (s + p C) ]^s

with C = R + U. The last factor is the chance of being in service, so that survivors do not make old
pipes look better than they are. Of an inventory with removed pipes too, U and C are the years
before the records alone (a pipe that enters late has survived them), and (1 - p)^n is left out.

References
----------
Lawless, 1987, "Regression methods for Poisson process data", Journal of the American Statistical
Association 82(399), 808-815 (the unconditional form).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy.special import digamma, expit, gammaln

from twin.calibration.wear.terms import GROWTH_SCALE

if TYPE_CHECKING:
    from twin.calibration.wear.cells import Cells
    from twin.calibration.wear.terms import LawTerms
    from twin.core.arrays import Float64, Int32


@final
@dataclass(frozen=True, slots=True)
class Removal:
    """What is known of the share of breaks that lead to a pipe's removal."""

    mean: float
    """Of its log-odds."""
    spread: float
    only_in_service: bool = True
    """Whether the inventory lacks pipes that were removed."""


@final
class Likelihood:
    """Posterior density of the terms of one material, for a given spread of years.

    The vector is (terms of the law, log-odds of removal, effect of each year of record); an effect
    is the logarithm of a factor whose mean over years is 1.
    """

    def __init__(self, cells: Cells, law: LawTerms, removal: Removal) -> None:
        self.cells, self.law, self.removal = cells, law, removal
        self.years: Int32 = np.unique(cells.year[cells.is_recorded])
        place = np.searchsorted(self.years, cells.year)
        self.year_i = np.where(cells.is_recorded, place, -1).astype(np.int64)
        self.fixed = fixed_columns(cells, law)
        self.n_pipes = cells.rows.size
        self.seen: Float64 = np.bincount(cells.pipe, weights=cells.breaks, minlength=self.n_pipes)
        self.n_terms = len(law.terms)
        means = [term.mean for term in law.terms]
        spreads = [term.spread for term in law.terms]
        self.prior_mean = np.array([*means, removal.mean])
        self.prior_spread = np.array([*spreads, removal.spread])

    @property
    def start(self) -> Float64:
        """Return the means before records."""
        return np.concatenate([self.prior_mean, np.zeros(self.years.size)])

    def log_rate(self, values: Float64) -> Float64:
        """Return eta of each cell, shape (n_cells,)."""
        eta = log_law(self.fixed, values[: self.n_terms])
        effects = np.append(values[self.n_terms + 1 :], 0.0)
        return np.asarray(eta + effects[self.year_i])

    def exposure(self, values: Float64) -> Float64:
        """Return R + p U of each pipe, shape (n_pipes,)."""
        expected = self.cells.km_years * np.exp(self.log_rate(values))
        return self._sums(expected, removed_share(values, self.n_terms))[0]

    def _sums(self, expected: Float64, removed: float) -> tuple[Float64, Float64, Float64]:
        """Return R + p U, U and C of each pipe."""
        recorded = np.where(self.cells.is_recorded, expected, 0.0)
        size = self.n_pipes
        inside = np.bincount(self.cells.pipe, weights=recorded, minlength=size)
        outside = np.bincount(self.cells.pipe, weights=expected - recorded, minlength=size)
        survived = inside + outside if self.removal.only_in_service else outside
        return inside + removed * outside, outside, survived

    def loss(self, values: Float64, year_spread: float) -> tuple[float, Float64]:
        """Return minus the log posterior density up to a constant, and its gradient."""
        n, cells = self.n_terms, self.cells
        eta = self.log_rate(values)
        expected = cells.km_years * np.exp(eta)
        p = removed_share(values, n)
        known, outside, survived = self._sums(expected, p)
        s = float(np.exp(-values[n - 1]))
        a, b, c = s + self.seen, s + known, s + p * survived
        log_l = float(np.sum(cells.breaks * eta)) + float(
            np.sum(gammaln(a) - gammaln(s) - a * np.log(b) + s * np.log(c))
        )
        weight = np.where(cells.is_recorded, 1.0, p)
        conditioned = p if self.removal.only_in_service else np.where(cells.is_recorded, 0.0, p)
        slope = cells.breaks - expected * (
            (a / b)[cells.pipe] * weight - (s / c)[cells.pipe] * conditioned
        )
        by_p = float(np.sum(s * survived / c - a / b * outside))
        if self.removal.only_in_service:
            log_l += float(self.seen.sum()) * np.log1p(-p)
            by_p -= float(self.seen.sum()) / (1.0 - p)
        out = np.zeros(values.size)
        out[: n - 1] = slope_of_terms(self.fixed, values, slope)
        by_s = np.sum(digamma(a) - digamma(s) - np.log(b) - a / b + np.log(c) + s / c)
        out[n - 1] = -s * by_s
        out[n] = by_p * p * (1.0 - p)
        inside = self.year_i >= 0
        size = self.years.size
        out[n + 1 :] = np.bincount(self.year_i[inside], weights=slope[inside], minlength=size)
        prior, prior_slope = self._prior(values, year_spread)
        return -log_l - prior, -out - prior_slope

    def _prior(self, values: Float64, year_spread: float) -> tuple[float, Float64]:
        """Return the log density before records, and its gradient."""
        first = values[: self.n_terms + 1]
        off = (first - self.prior_mean) / self.prior_spread
        effect = (values[self.n_terms + 1 :] + 0.5 * year_spread**2) / year_spread
        value = -0.5 * float(off @ off) - 0.5 * float(effect @ effect)
        value -= effect.size * np.log(year_spread)
        slope = np.concatenate([-off / self.prior_spread, -effect / year_spread])
        return value, slope


def removed_share(values: Float64, n_terms: int) -> float:
    """Return the share of breaks that lead to a removal."""
    return float(expit(values[n_terms]))


def fixed_columns(cells: Cells, law: LawTerms) -> tuple[Float64, ...]:
    """Return what multiplies the terms by cell: age, width, length, vintages."""
    laid = cells.laid_year
    columns: list[Float64] = [
        cells.age_years - law.reference_years,
        cells.ln_width[cells.pipe],
        cells.ln_length[cells.pipe],
    ]
    before = -np.inf
    for year in law.vintage_years:
        is_mine = (laid >= before) & (laid < year)
        columns.append(np.asarray(is_mine[cells.pipe], dtype=np.float64))
        before = year
    return tuple(columns)


def log_law(fixed: tuple[Float64, ...], terms: Float64) -> Float64:
    """Return the logarithm of the law's rate per km in each cell, without effects of years.

    Column by column: a product of matrices would start threads that cost more than they save.
    """
    growth = GROWTH_SCALE * np.logaddexp(0.0, terms[1])
    eta = np.full(fixed[0].size, terms[0])
    for weight, column in zip((growth, *terms[2:-1]), fixed, strict=True):
        eta += weight * column
    return eta


def slope_of_terms(fixed: tuple[Float64, ...], values: Float64, slope: Float64) -> Float64:
    """Return the gradient by level, growth, exponent and vintages from that by eta."""
    by_weight = np.array([np.sum(slope * column) for column in fixed])
    by_weight[0] *= GROWTH_SCALE * expit(values[1])
    return np.concatenate([[slope.sum()], by_weight])
