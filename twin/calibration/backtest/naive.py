"""Forecasts that need no model: the mean of the last years, and a curve of age."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.calibration.wear.cells import Cells
    from twin.core.arrays import Float64

LAST_YEARS = 5
_AGE_YEARS = 10.0


def by_year(cells: Cells, start: int, stop: int) -> Float64:
    """Return breaks by year of record, shape (stop - start,)."""
    recorded = cells.is_recorded
    year = cells.year[recorded] - start
    return np.bincount(year, weights=cells.breaks[recorded], minlength=stop - start)


def last_mean(past: Float64, n_years: int) -> Float64:
    """Return the mean of the last five years for each coming one."""
    return np.full(n_years, past[-LAST_YEARS:].mean())


def age_curve(past: Cells, ahead: Cells, first_year: int, n_years: int) -> Float64:
    """Return breaks by the rate per km of each ten years of age, as recorded, (n_years,)."""
    recorded = past.is_recorded
    band = (past.age_years[recorded] // _AGE_YEARS).astype(np.int64)
    coming = (ahead.age_years // _AGE_YEARS).astype(np.int64)
    size = int(max(band.max(initial=0), coming.max(initial=0))) + 1
    km = np.bincount(band, weights=past.km_years[recorded], minlength=size)
    breaks = np.bincount(band, weights=past.breaks[recorded], minlength=size)
    known = km > 0.0
    rate = np.interp(np.arange(size), np.flatnonzero(known), breaks[known] / km[known])
    mean = rate[coming] * ahead.km_years
    return np.bincount(ahead.year - first_year, weights=mean, minlength=n_years)
