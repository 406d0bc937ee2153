"""Breaks of coming years: draws by material and year, and the pipes that are likeliest to break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.calibration.wear.cells import future_cells
from twin.calibration.wear.likelihood import fixed_columns, log_law, removed_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.calibration.records.pipes import PipeRecords
    from twin.calibration.wear.fit import Fit
    from twin.core.arrays import Float64, Int32


@final
@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Breaks of coming years of the pipes of an inventory."""

    years: Int32
    """Shape (n_years,)."""
    counts: Mapping[str, Float64]
    """Breaks by material, shape (n_draws, n_years)."""
    means: Mapping[str, Float64]
    """Expected breaks by material in each draw, shape (n_draws, n_years)."""
    rate: Float64
    """Breaks per pipe and year, in the mean of the years, shape (n_pipes,); NaN where no law was
    fitted."""
    rate_low: Float64
    rate_high: Float64
    """The middle nine tenths of that rate, over draws."""
    first_tenth: Float64
    """Share of draws in which a pipe is in the tenth of length that breaks most, shape
    (n_pipes,)."""

    def total(self) -> Float64:
        """Return breaks of all materials, shape (n_draws, n_years)."""
        return np.asarray(sum(self.counts.values()))


def forecast(
    pipes: PipeRecords,
    fits: Mapping[str, Fit],
    first_year: int,
    years: int,
    *,
    n_draws: int = 400,
    seed: int = 1,
) -> Forecast:
    """Draw the breaks of coming years, of each pipe given its own history.

    Years before the inventory was made are those of its survivors: no break of theirs led to their
    removal. The effect of a year is the same for all materials in its direction, not in its size.

    Parameters
    ----------
    pipes, fits
        Inventory, and the fit of each material.
    first_year, years
        Calendar years of the forecast.
    n_draws, seed
        Of the posterior.
    """
    generator = np.random.default_rng(seed)
    luck = generator.standard_normal((n_draws, years))
    counts: dict[str, Float64] = {}
    means: dict[str, Float64] = {}
    rate, low, high = (np.full(len(pipes), np.nan) for _ in range(3))
    every = np.zeros((n_draws, len(pipes)))
    for material, one in fits.items():
        mean, by_pipe = _of_material(pipes, one, material, first_year, luck, generator)
        means[material], counts[material] = mean, generator.poisson(mean).astype(np.float64)
        rows = one.likelihood.cells.rows
        every[:, rows] = by_pipe
        rate[rows] = by_pipe.mean(axis=0)
        low[rows], high[rows] = np.quantile(by_pipe, (0.05, 0.95), axis=0)
    span = np.arange(first_year, first_year + years, dtype=np.int32)
    return Forecast(span, counts, means, rate, low, high, _first_tenth(every, pipes.length_m))


def _first_tenth(every: Float64, length_m: Float64) -> Float64:
    """Return how often each pipe is in the first tenth of length, over draws."""
    count = np.zeros(length_m.size)
    limit = 0.1 * float(length_m.sum())
    for draw in every:
        order = np.argsort(-draw / length_m)
        count[order[np.cumsum(length_m[order]) <= limit]] += 1.0
    return count / len(every)


def _of_material(
    pipes: PipeRecords,
    one: Fit,
    material: str,
    first_year: int,
    luck: Float64,
    generator: np.random.Generator,
) -> tuple[Float64, Float64]:
    """Return expected breaks by draw and year, and rates by draw and pipe."""
    n_draws, years = luck.shape
    known = one.likelihood
    ahead = future_cells(pipes, material, first_year, years)
    fixed = fixed_columns(ahead, known.law)
    place = (ahead.year - first_year).astype(np.int64)
    values, spreads = one.draws(n_draws, generator)
    total = np.zeros((n_draws, years))
    by_pipe = np.zeros((n_draws, known.n_pipes))
    is_past = (ahead.year + 1.0 <= pipes.listed) & pipes.only_in_service
    for at in range(n_draws):
        draw = values[at]
        z = hidden_factors(one, draw, generator)
        removed = removed_share(draw, known.n_terms)
        effect = np.exp(spreads[at] * luck[at] - 0.5 * spreads[at] ** 2)
        mean = ahead.km_years * np.exp(log_law(fixed, draw[: known.n_terms]))
        mean *= z[ahead.pipe] * np.where(is_past, 1.0 - removed, 1.0)
        total[at] = np.bincount(place, weights=mean, minlength=years) * effect
        by_pipe[at] = np.bincount(ahead.pipe, weights=mean, minlength=known.n_pipes) / years
    return total, by_pipe


def hidden_factors(one: Fit, draw: Float64, generator: np.random.Generator) -> Float64:
    """Return a draw of each pipe's hidden factor given its breaks, shape (n_pipes,)."""
    known = one.likelihood
    inverse = float(np.exp(-draw[known.n_terms - 1]))
    expected = known.exposure(draw)
    return generator.gamma(inverse + known.seen) / (inverse + expected)
