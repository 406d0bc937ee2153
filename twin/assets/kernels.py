"""Ageing and failing of assets, one row each."""

from __future__ import annotations

import numpy as np

from twin.kernels.jit import kernel
from twin.kernels.rng import exponential

SOUND, LEAKING, SHUT = 0, 1, 2


@kernel
def interpolate(table, class_i, age_years):
    """Return a class's value at an age from a table by whole years; flat past its end."""
    last = table.shape[1] - 1
    if age_years >= last:
        return table[class_i, last]
    year = int(age_years)
    part = age_years - year
    return table[class_i, year] * (1.0 - part) + table[class_i, year + 1] * part


@kernel
def values_at_age(table, class_of, age_years):
    """Return `interpolate` for every asset, shape (n_assets,)."""
    out = np.empty(class_of.size)
    for i in range(class_of.size):
        out[i] = interpolate(table, class_of[i], age_years[i])
    return out


@kernel
def first_thresholds(seed, stream, asset_ids):
    """Return the exposure at which each asset fails first, shape (n_assets,)."""
    out = np.empty(asset_ids.size)
    for i in range(asset_ids.size):
        out[i] = exponential(seed, stream, asset_ids[i], 0)
    return out


@kernel
def age_and_fail_into(rates, assets, days, stress, key, out_failed):
    """Age all assets by some days and list those that fail; return how many.

    Time-change inversion of a Poisson process with rate rho(t): failure k happens when the
    exposure, the integral of rho dt, passes the sum of k exponential draws keyed by
    (seed, asset, k). A renewal lowers rho and shifts no draw, so two policies share their draws.
    A leaking asset may fail again; one that is shut gathers no exposure. Heavy traffic makes a
    street fail as if it were `load_years` older. What differs between assets of one class and age
    multiplies the rate (proportional hazards): diameter, year of laying, soil, frailty.

    Parameters
    ----------
    rates
        Failures per km and year by (class, age in whole years), shape (n_classes, n_ages).
    assets
        `AssetArrays`; age, exposure, threshold and count are updated in place.
    days
        Days to age.
    stress
        Factor of the season on the rate by class, shape (n_classes,).
    key
        (seed, stream).
    out_failed
        Rows that failed, shape (n_assets,); the first `count` entries are valid.
    """
    seed, stream = key
    years = days / 365.25
    count = 0
    for i in range(assets.age_years.size):
        assets.age_years[i] += years
        book = assets.wear_book[i] + years / assets.norm_years[i]
        assets.wear_book[i] = min(1.0, book)
        if assets.failed[i] == SHUT:
            continue
        age_years = assets.age_years[i] + assets.load_years[i]
        rate = interpolate(rates, assets.class_of[i], age_years)
        rate *= assets.factor[i] * stress[assets.class_of[i]]
        exposure = rate * assets.length_m[i] * 1e-3 * years
        assets.exposure[i] += exposure
        if assets.exposure[i] >= assets.threshold[i]:
            assets.n_failures[i] += 1
            step = assets.n_failures[i]
            assets.threshold[i] += exponential(seed, stream, assets.asset_id[i], step)
            assets.failed[i] = LEAKING
            out_failed[count] = i
            count += 1
    return count
