"""Posterior of a law of wear: nested Laplace approximations, corrected by their own weights.

For each spread between years of a grid the other numbers have a normal approximation at their mode;
its evidence weighs the grid. Draws of that mixture, with the wider tails of Student's t, get the
ratio of the exact density to that of the mixture as weights.

References
----------
Rue, Martino & Chopin, 2009, "Approximate Bayesian inference for latent Gaussian models by using
integrated nested Laplace approximations", Journal of the Royal Statistical Society B 71(2),
319-392.
Ionides, 2008, "Truncated importance sampling", Journal of Computational and Graphical Statistics
17(2), 295-311.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize

from twin.core.errors import SolveError

if TYPE_CHECKING:
    from twin.calibration.wear.likelihood import Likelihood
    from twin.core.arrays import Float64, Int64

SPREADS = (0.03, 0.09, 0.16, 0.25, 0.36, 0.55, 0.85)
"""Spreads of the effect of a year that are tried."""
N_DRAWS = 400
_USUAL_SPREAD = 0.4
_STEP = 1e-4
_LEAST_WEIGHT = 1e-3
_FREEDOM = 8.0
"""Degrees of freedom of the tails of draws."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """A normal approximation for one spread of years."""

    year_spread: float
    values: Float64
    precision: Float64
    """Cholesky factor of the negative Hessian, upper."""
    log_evidence: float


@final
@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Posterior of the vector of a `Likelihood`, as weighted draws."""

    likelihood: Likelihood
    values: Float64
    """Shape (n_draws, n_values)."""
    year_spread: Float64
    """Spread of the effects of years, shape (n_draws,)."""
    weight: Float64
    """Adding to 1, shape (n_draws,)."""

    @property
    def effective_draws(self) -> float:
        """Return how many draws of equal weight would be worth as much."""
        return float(1.0 / np.sum(self.weight**2))

    def draws(self, count: int, generator: np.random.Generator) -> tuple[Float64, Float64]:
        """Return draws of the vector, shape (count, n), and of the spread of years, (count,)."""
        rows = self._rows(count, generator)
        return self.values[rows], self.year_spread[rows]

    def _rows(self, count: int, generator: np.random.Generator) -> Int64:
        """Return rows in proportion to their weights, as evenly as can be, in any order."""
        place = (np.arange(count) + generator.random()) / count
        rows = np.minimum(np.searchsorted(np.cumsum(self.weight), place), self.weight.size - 1)
        return generator.permutation(rows)

    def mean(self) -> Float64:
        """Return the posterior mean of the vector."""
        return np.asarray(self.weight @ self.values)

    def deviation(self) -> Float64:
        """Return the posterior standard deviation of the vector."""
        return np.sqrt(self.weight @ (self.values - self.mean()) ** 2)


def fit(likelihood: Likelihood) -> Fit:
    """Fit the law of one material.

    Raises
    ------
    SolveError
        If no mode is found.
    """
    modes: list[Mode] = []
    start = likelihood.start
    for year_spread in SPREADS:
        mode = _mode(likelihood, year_spread, start)
        if mode is not None:
            modes.append(mode)
            start = mode.values
    if not modes:
        message = f"no mode of the law of {likelihood.law.material} was found; check its records"
        raise SolveError(message)
    grid = np.array([mode.year_spread for mode in modes])
    cell = np.gradient(grid) if grid.size > 1 else np.ones(1)
    log_prior = -0.5 * (grid / _USUAL_SPREAD) ** 2 + np.log(cell)
    log_weight = np.array([mode.log_evidence for mode in modes]) + log_prior
    weight = _normed(log_weight)
    kept = np.flatnonzero(weight > _LEAST_WEIGHT)
    best = tuple(modes[at] for at in kept)
    return _weighted(likelihood, best, weight[kept] / weight[kept].sum(), log_prior[kept])


def _normed(log_weight: Float64) -> Float64:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def _weighted(
    likelihood: Likelihood, modes: tuple[Mode, ...], share: Float64, log_prior: Float64
) -> Fit:
    """Return draws of a mixture of modes with their weights under the exact density."""
    generator = np.random.default_rng(len(likelihood.law.material))
    place = (np.arange(N_DRAWS) + 0.5) / N_DRAWS
    which = np.minimum(np.searchsorted(np.cumsum(share), place), share.size - 1)
    size = modes[0].values.size
    values, log_weight = np.empty((N_DRAWS, size)), np.empty(N_DRAWS)
    for at, one in enumerate(which):
        mode = modes[one]
        normal = generator.standard_normal(size)
        stretch = _FREEDOM / generator.chisquare(_FREEDOM)
        values[at] = mode.values + np.sqrt(stretch) * solve_triangular(mode.precision, normal)
        squared = stretch * float(normal @ normal)
        tail = -0.5 * (_FREEDOM + size) * np.log1p(squared / _FREEDOM)
        log_q = tail + float(np.log(np.diag(mode.precision)).sum()) + np.log(share[one])
        log_p = log_prior[one] - likelihood.loss(values[at], mode.year_spread)[0]
        log_weight[at] = log_p - log_q
    weight = _normed(log_weight)
    weight = np.minimum(weight, np.sqrt(N_DRAWS) / N_DRAWS)
    spread = np.array([modes[one].year_spread for one in which])
    return Fit(likelihood, values, spread, weight / weight.sum())


def _mode(likelihood: Likelihood, year_spread: float, start: Float64) -> Mode | None:
    """Return the normal approximation at the mode; None where the Hessian is not definite."""

    def loss(values: Float64) -> tuple[float, Float64]:
        return likelihood.loss(values, year_spread)

    scale = _scales(likelihood, year_spread)

    def scaled(values: Float64) -> tuple[float, Float64]:
        value, slope = loss(values * scale)
        return value, slope * scale

    best = minimize(
        scaled, start / scale, jac=True, method="L-BFGS-B", options={"maxiter": 400, "gtol": 1e-5}
    )
    values = best.x * scale
    hessian = _hessian(loss, values, scale)
    try:
        precision = cholesky(hessian)
        # one Newton step takes what the search left over
        step = cho_solve(cho_factor(hessian), loss(values)[1])
    except np.linalg.LinAlgError:
        return None
    better = values - step
    if loss(better)[0] <= loss(values)[0]:
        values = better
    log_evidence = -loss(values)[0] - float(np.log(np.diag(precision)).sum())
    return Mode(year_spread, values, precision, log_evidence)


def _scales(likelihood: Likelihood, year_spread: float) -> Float64:
    """Return steps over which numbers matter, for a search in round contours."""
    first = np.minimum(likelihood.prior_spread, 0.3)
    return np.concatenate([first, np.full(likelihood.years.size, min(year_spread, 0.2))])


def _hessian(loss, values: Float64, scale: Float64) -> Float64:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Return the Hessian by central differences of the gradient."""
    size = values.size
    out = np.empty((size, size))
    for at in range(size):
        step = np.zeros(size)
        step[at] = _STEP * max(float(scale[at]), 1e-2) * 10.0
        out[at] = (loss(values + step)[1] - loss(values - step)[1]) / (2.0 * step[at])
    return 0.5 * (out + out.T)
