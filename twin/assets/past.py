"""Failures before a run begins, which records may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.assets.kernels import values_at_age
from twin.core.streams import Stream
from twin.kernels.rng import uniforms_for

if TYPE_CHECKING:
    from twin.assets.register import Assets
    from twin.core.arrays import Float64, Int32


def past_failures(assets: Assets, years: int) -> Int32:
    """Return failures of the years before the start, shape (n_assets, years), last year first.

    Poisson draws of the true rates, keyed by asset and year: what records would hold if every
    failure had been written down. None before an asset was laid. Ask before the first day.
    """
    arrays, count = assets.arrays, np.zeros((len(assets), years), dtype=np.int32)
    keys = arrays.asset_id.astype(np.int64)
    for back in range(years):
        end_years = arrays.age_years - back
        middle = np.maximum(end_years - 0.5, 0.0)
        rate = values_at_age(assets.tables.rate, arrays.class_of, middle)
        mean = rate * arrays.factor * arrays.length_m * 1e-3 * np.clip(end_years, 0.0, 1.0)
        luck = uniforms_for(assets.seed, int(Stream.PAST_FAILURES), keys, back, 0)
        count[:, back] = _poisson(luck, mean)
    return count


def _poisson(luck: Float64, mean: Float64) -> Int32:
    """Return the Poisson counts whose distribution functions first pass `luck`."""
    count = np.zeros(luck.size, dtype=np.int32)
    term = np.exp(-mean)
    total = term.copy()
    above = luck > total
    while above.any():
        count[above] += 1
        term[above] *= mean[above] / count[above]
        total[above] += term[above]
        above &= (luck > total) & (term > 0.0)
    return count
