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
    rate: Float64
    """Breaks per pipe and year, in the mean of the years, shape (n_pipes,); NaN where no law was
    fitted."""
    rate_low: Float64
    rate_high: Float64
    """The middle nine tenths of that rate, over draws."""

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
    rate, low, high = (np.full(len(pipes), np.nan) for _ in range(3))
    for material, one in fits.items():
        count, by_pipe = _of_material(pipes, one, material, first_year, luck, generator)
        counts[material] = count
        rows = one.likelihood.cells.rows
        rate[rows] = by_pipe.mean(axis=0)
        low[rows], high[rows] = np.quantile(by_pipe, (0.05, 0.95), axis=0)
    span = np.arange(first_year, first_year + years, dtype=np.int32)
    return Forecast(span, counts, rate, low, high)


def _of_material(  # noqa: PLR0913 - one material's part of a forecast
    pipes: PipeRecords,
    one: Fit,
    material: str,
    first_year: int,
    luck: Float64,
    generator: np.random.Generator,
) -> tuple[Float64, Float64]:
    """Return breaks by draw and year, and rates by draw and pipe."""
    n_draws, years = luck.shape
    known = one.likelihood
    ahead = future_cells(pipes, material, first_year, years)
    fixed = fixed_columns(ahead, known.law)
    place = (ahead.year - first_year).astype(np.int64)
    values, spreads = one.draws(n_draws, generator)
    count = np.zeros((n_draws, years))
    by_pipe = np.zeros((n_draws, known.n_pipes), dtype=np.float32)
    is_past = (ahead.year + 1.0 <= pipes.listed) & pipes.only_in_service
    for at in range(n_draws):
        draw = values[at]
        z = hidden_factors(one, draw, generator)
        removed = removed_share(draw, known.n_terms)
        effect = np.exp(spreads[at] * luck[at] - 0.5 * spreads[at] ** 2)
        mean = ahead.km_years * np.exp(log_law(fixed, draw[: known.n_terms]))
        mean *= z[ahead.pipe] * np.where(is_past, 1.0 - removed, 1.0)
        by_year = np.bincount(place, weights=mean, minlength=years) * effect
        count[at] = generator.poisson(by_year)
        by_pipe[at] = np.bincount(ahead.pipe, weights=mean, minlength=known.n_pipes) / years
    return count, by_pipe


def hidden_factors(one: Fit, draw: Float64, generator: np.random.Generator) -> Float64:
    """Return a draw of each pipe's hidden factor given its breaks, shape (n_pipes,)."""
    known = one.likelihood
    inverse = float(np.exp(-draw[known.n_terms - 1]))
    expected = known.exposure(draw)
    return generator.gamma(inverse + known.seen) / (inverse + expected)
