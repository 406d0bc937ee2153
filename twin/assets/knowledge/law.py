"""What the published laws expect of mains with given entries, and of mains laid new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.assets.kernels import values_at_age

if TYPE_CHECKING:
    from twin.assets.register import Assets
    from twin.core.arrays import Float64, Int32


@final
@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Entries of a register, shape (n_assets,) each."""

    class_of: Int32
    age_years: Float64
    """With the years by which heavy axles made a street older."""
    laid_year: Float64


def known_factor(assets: Assets, entries: Entries) -> Float64:
    """Return the factor on the rate of the class by diameter and vintage, shape (n_assets,)."""
    factor = np.ones(len(assets))
    for one in np.unique(entries.class_of):
        rows = np.flatnonzero(entries.class_of == one)
        law = assets.tables.covariates[int(one)]
        length_m = assets.arrays.length_m[rows]
        factor[rows] = law.known_factor(assets.diameter_m[rows], entries.laid_year[rows], length_m)
    return factor


def expected(
    assets: Assets, entries: Entries, start_years: float | Float64, stop_years: float
) -> Float64:
    """Return failures that the law expects between two times from now, shape (n_assets,).

    Parameters
    ----------
    assets
        Lengths, diameters and tables of laws.
    entries
        As known.
    start_years, stop_years
        From now; below 0 for the past. Nothing fails before it is laid.
    """
    total, one = assets.tables.total, entries.class_of
    first = values_at_age(total, one, np.maximum(entries.age_years + start_years, 0.0))
    last = values_at_age(total, one, np.maximum(entries.age_years + stop_years, 0.0))
    failures: Float64 = (last - first) * known_factor(assets, entries) * assets.arrays.length_m
    return failures * 1e-3


def laid_new(assets: Assets, year: float) -> Entries:
    """Return the entries of all assets as if they were laid new, in the modern material."""
    arrays = assets.arrays
    class_of = arrays.class_of.copy()
    for row in range(len(assets)):
        if not assets.is_pump[row]:
            kind = assets.networks[int(arrays.network[row])]
            name = kind.modern_material(float(assets.diameter_m[row]), assets.material(row))
            class_of[row] = assets.tables.class_of(kind, name)
    return Entries(class_of, np.zeros(len(assets)), np.full(len(assets), year))
