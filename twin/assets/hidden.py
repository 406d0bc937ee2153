"""Hidden differences: why pipes of equal entries in the register fail at different rates.

The factor on a pipe's rate is the product of three parts, each with mean 1:

soil
    Of the place, in classes; alike over some hundred metres. Plastics do not mind it.
quality of laying
    Of the works: alike among works of one district and time, and different from pipe to pipe. A
    renewed pipe draws a new one.
frailty
    What remains of a pipe's place, such as traffic loads, groundwater and pressure surges.

The variance of the product is measured (`Covariates.hidden_variance`), its division is a guess.
Policies never see these factors; what they can know of them is in the record of failures.

References
----------
Vaupel, Manton & Stallard, 1979, "The impact of heterogeneity in individual frailty on the dynamics
of mortality", Demography 16(3), 439-454 (gamma frailty).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely
from scipy.special import gammaincinv, ndtr

from twin.core.streams import Stream
from twin.kernels.rng import normals_for, uniforms_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from twin.city.hazard_laws import Covariates, HiddenCauses
    from twin.core.arrays import Bool, Float64, Int32, UInt8

_WAVES = 96
_FIELD = 2**32 - 1  # as step of a draw: no pipe is renewed that often


def middles_m(frames: Sequence[pd.DataFrame]) -> Float64:
    """Return the middle of each asset, shape (n_assets, 2); NaN where the city has none."""
    parts = []
    for frame in frames:
        found = np.full((len(frame), 2), np.nan)
        if "geometry" in frame and len(frame):
            lines = frame["geometry"].to_numpy()
            known = ~(shapely.is_missing(lines) | shapely.is_empty(lines))
            middle = shapely.line_interpolate_point(lines[known], 0.5, normalized=True)
            found[known] = shapely.get_coordinates(middle)
        parts.append(found)
    return np.concatenate(parts)


def smooth_field(seed: int, stream: Stream, points: Float64, scale: Float64) -> Float64:
    """Return a random field of mean 0 and variance 1 at points, shape (n_points,).

    A pure function of seed and place: whoever asks, in whatever order, finds the same.

    Parameters
    ----------
    seed, stream
        Key of the field.
    points
        Coordinates, shape (n_points, n_dimensions).
    scale
        Distance by dimension at which the correlation is exp(-1/2), shape (n_dimensions,).

    References
    ----------
    Rahimi & Recht, 2007, "Random features for large-scale kernel machines", NIPS 20 (a sum of waves
    with normal wave numbers).
    """
    waves = np.arange(_WAVES)
    total = np.zeros(len(points))
    phase = 2.0 * np.pi * uniforms_for(seed, int(stream), waves, _FIELD, 0)
    numbers = np.column_stack(
        [
            normals_for(seed, int(stream), waves, _FIELD, 1 + dimension) / scale[dimension]
            for dimension in range(scale.size)
        ]
    )
    for wave in waves:  # one wave at a time: a city has a million pipes
        total += np.cos(points @ numbers[wave] + phase[wave])
    field: Float64 = total * np.sqrt(2.0 / _WAVES)
    return field


@final
@dataclass(slots=True)
class HiddenDifferences:
    """Parts of the hidden factor of all assets, each of shape (n_assets,)."""

    seed: int
    asset_id: Int32
    points_m: Float64
    """Middle of each asset, shape (n_assets, 2)."""
    soil_class: UInt8
    """Place among the `soil_shares` of its network; 0 where there are none."""
    soil: Float64
    laying: Float64
    frailty: Float64

    @classmethod
    def unknown(cls, seed: int, asset_id: Int32, points_m: Float64) -> HiddenDifferences:
        """Return assets without any differences yet."""
        one = np.ones(asset_id.size)
        none = np.zeros(asset_id.size, dtype=np.uint8)
        return cls(seed, asset_id, points_m, none, one, one.copy(), one.copy())

    def factor(self, rows: Int32 | slice) -> Float64:
        """Return the product of the parts."""
        product: Float64 = self.soil[rows] * self.laying[rows] * self.frailty[rows]
        return product

    def survey_soil(self, rows: Int32, causes: HiddenCauses) -> None:
        """Find the soil class of assets."""
        if not causes.soil_shares:
            return
        scale = np.full(2, causes.soil_correlation_m)
        level = self._field(Stream.SOIL, rows, self.points_m[rows], scale, n_renewals=0)
        edges = np.cumsum(_shares(causes))[:-1]
        self.soil_class[rows] = np.searchsorted(edges, ndtr(level)).astype(np.uint8)

    def lay(
        self,
        rows: Int32,
        law: Covariates,
        causes: HiddenCauses,
        laid_year: Float64,
        *,
        n_renewals: int = 0,
    ) -> None:
        """Draw what differs of assets of one law, when they are laid in a year.

        Parameters
        ----------
        rows
            Assets of this law.
        law, causes
            How much they differ, and by what.
        laid_year
            Calendar year of laying, shape (n_rows,).
        n_renewals
            How often they have been laid new during the run; keys the quality of the works.
        """
        shares = _shares(causes)
        factors = np.array(list(causes.soil_factors.values()), dtype=np.float64)
        if not law.corrodes or not shares.size:
            shares, factors = np.ones(1), np.ones(1)
        spread = causes.laying_spread
        soil_mean, soil_square = shares @ factors, shares @ factors**2
        most = np.log(soil_square / soil_mean**2) + spread**2
        total = np.log1p(law.hidden_variance)
        damped = 1.0 if total >= most else np.sqrt(total / most)
        soils = factors**damped
        mean = shares @ soils
        single = soils.size == 1
        self.soil[rows] = 1.0 if single else soils[self.soil_class[rows]] / mean
        spread *= damped
        quality = self._laying(rows, causes, laid_year, n_renewals)
        self.laying[rows] = np.exp(spread * quality - 0.5 * spread**2)
        explained = np.log((shares @ soils**2) / mean**2) + spread**2
        self.frailty[rows] = self._frailty(rows, np.expm1(max(0.0, total - explained)))

    def learn(self, rows: Int32, variance: float, breaks: Int32, expected: Float64) -> None:
        """Draw the factor of assets given their breaks; what soil and laying leave is frailty.

        The factor is taken for gamma with its variance, so that given n breaks, where H were
        expected, its shape is 1 / variance + n and its rate 1 / variance + H.

        Parameters
        ----------
        rows
            Assets of one law.
        variance
            Of the factor before records.
        breaks, expected
            On record, and by the law in the same years, shape (n_rows,) each.
        """
        if variance < 1e-12:  # noqa: PLR2004 - nothing is hidden
            return
        keys = self.asset_id[rows].astype(np.int64)
        luck = uniforms_for(self.seed, int(Stream.FRAILTY), keys, 0, 1)
        shape, rate = 1.0 / variance + breaks, 1.0 / variance + expected
        factor = gammaincinv(shape, luck) / rate
        self.frailty[rows] = factor / (self.soil[rows] * self.laying[rows])

    def _laying(
        self, rows: Int32, causes: HiddenCauses, laid_year: Float64, n_renewals: int
    ) -> Float64:
        """Return standard normal draws, in part shared among works near in place and time."""
        keys = self.asset_id[rows].astype(np.int64)
        own = normals_for(self.seed, int(Stream.LAYING_QUALITY), keys, n_renewals, 0)
        if causes.laying_shared == 0.0:
            return np.asarray(own)
        place = np.column_stack([self.points_m[rows], laid_year])
        scale = np.array(
            [
                causes.laying_correlation_m,
                causes.laying_correlation_m,
                causes.laying_correlation_years,
            ]
        )
        common = self._field(Stream.LAYING_QUALITY, rows, place, scale, n_renewals=n_renewals)
        share = causes.laying_shared
        return np.asarray(np.sqrt(share) * common + np.sqrt(1.0 - share) * own)

    def _frailty(self, rows: Int32, variance: float) -> Float64:
        """Return keyed gamma draws of mean 1."""
        if variance < 1e-12:  # noqa: PLR2004 - rounding of the variance explained
            return np.ones(rows.size)
        keys = self.asset_id[rows].astype(np.int64)
        luck = uniforms_for(self.seed, int(Stream.FRAILTY), keys, 0, 0)
        shape = 1.0 / variance
        return np.asarray(gammaincinv(shape, luck) / shape)

    def _field(
        self, stream: Stream, rows: Int32, place: Float64, scale: Float64, *, n_renewals: int
    ) -> Float64:
        """Return a smooth field where the place is known, a draw of its own elsewhere."""
        known: Bool = np.isfinite(place).all(axis=1)
        keys = self.asset_id[rows].astype(np.int64)
        value = np.asarray(normals_for(self.seed, int(stream), keys, n_renewals, 1))
        value[known] = smooth_field(self.seed, stream, place[known], scale)
        return value


def _shares(causes: HiddenCauses) -> Float64:
    """Return the shares of soil classes, summing to 1."""
    shares = np.array(list(causes.soil_shares.values()), dtype=np.float64)
    return shares / shares.sum() if shares.size else shares
