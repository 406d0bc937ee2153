"""Laws of failure: how many failures a kilometre has per year at what age, and what changes that.

A law and its covariates are groups of parameters; networks name one of each per material
(`twin.city.network_kind`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Float64

_RUN_IN_YEARS = 3.0
_USEFUL_YEARS = 17.0
_YOUNGEST_YEARS = 0.25  # the power diverges at zero
REFERENCE_DIAMETER_M = 0.15
"""Laws of mains hold for this diameter."""
NARROWEST_M, WIDEST_M = 0.05, 1.5
"""Diameters beyond count as these."""
REFERENCE_LENGTH_M = 100.0
SHORTEST_M, LONGEST_M = 5.0, 1000.0
"""Lengths beyond count as these."""


@final
@dataclass(frozen=True, slots=True)
class ExponentialLaw:
    """Failures that grow with age: rate(age) = level exp(growth age).

    References
    ----------
    Shamir & Howard, 1979, J. AWWA 71(5), "An analytic approach to scheduling pipe replacement".
    """

    level_per_km_year: float
    """Failures per km and year when new."""
    growth_per_year: float

    def rate(self, age_years: Float64) -> Float64:
        """Return failures per km and year at each age."""
        value: Float64 = self.level_per_km_year * np.exp(self.growth_per_year * age_years)
        return value


@final
@dataclass(frozen=True, slots=True)
class HeatSchemeLaw:
    """The law of the Russian heat-supply schemes, base (0.1 age)^(a - 1), and growth beyond it.

    a = 0.8 up to 3 years, 1 up to 17 years, then 0.5 exp(age / 20). Order 212/2019 of the Ministry
    of Energy; the coefficients are second-hand. Beyond the years of its use the law grows by a
    third a year; there failures grow exponentially instead.
    """

    base_per_km_year: float
    """Failures per km and year in the years of normal use."""
    scheme_years: float
    """Age up to which the law of the schemes holds."""
    growth_per_year: float
    """Growth beyond that age."""

    def rate(self, age_years: Float64) -> Float64:
        """Return failures per km and year at each age."""
        age = np.clip(age_years, _YOUNGEST_YEARS, self.scheme_years)
        worn = np.where(age <= _USEFUL_YEARS, 1.0, 0.5 * np.exp(age / 20.0))
        power = np.where(age <= _RUN_IN_YEARS, 0.8, worn)
        beyond = np.maximum(0.0, age_years - self.scheme_years)
        growth = np.exp(self.growth_per_year * beyond)
        value: Float64 = self.base_per_km_year * (0.1 * age) ** (power - 1.0) * growth
        return value


@final
@dataclass(frozen=True, slots=True)
class NoFailures:
    """A part whose failures are not simulated."""

    def rate(self, age_years: Float64) -> Float64:
        """Return 0 at each age."""
        return np.zeros_like(age_years)


type HazardLaw = ExponentialLaw | HeatSchemeLaw | NoFailures


@final
@dataclass(frozen=True, slots=True)
class Vintage:
    """Pipes laid before a year, which were made or laid differently from later ones."""

    laid_before_year: float
    factor: float
    """Factor on the rate."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Covariates:
    """What multiplies the rate of a law besides age (proportional hazards).

    References
    ----------
    Cox, 1972, "Regression models and life-tables", Journal of the Royal Statistical Society B
    34(2), 187-220.
    """

    diameter_exponent: float = 0.0
    """The rate grows with (diameter / 0.15 m) to this power."""
    length_exponent: float = 0.0
    """The rate per km grows with (length of the main / 100 m) to this power."""
    vintages: Mapping[str, Vintage] = field(default_factory=dict)
    """Vintages in order of years; later pipes have the factor 1."""
    hidden_variance: float = 0.0
    """Variance of the factor by which pipes of equal entries in the register differ (mean 1)."""
    cold_per_k: float = 0.0
    """Growth of the rate per degree of cold (`Season.cold_k`)."""
    cooling_per_k: float = 0.0
    """Growth of the rate per degree by which the air is colder than the ground."""
    corrodes: bool = False
    """Whether the soil attacks it."""

    def known_factor(self, diameter_m: Float64, laid_year: Float64, length_m: Float64) -> Float64:
        """Return the factor from what the register knows, shape as the arguments."""
        width = np.clip(diameter_m, NARROWEST_M, WIDEST_M) / REFERENCE_DIAMETER_M
        factor = np.where(np.isnan(width), 1.0, width) ** self.diameter_exponent
        if self.length_exponent:
            length = np.clip(length_m, SHORTEST_M, LONGEST_M) / REFERENCE_LENGTH_M
            factor *= length**self.length_exponent
        vintage = np.ones_like(factor)
        for one in reversed(list(self.vintages.values())):
            vintage = np.where(laid_year < one.laid_before_year, one.factor, vintage)
        return np.asarray(factor * vintage)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenCauses:
    """Where the hidden differences of a network's pipes come from; see `twin.assets.hidden`."""

    soil_shares: Mapping[str, float] = field(default_factory=dict)
    """Share of the ground by soil class."""
    soil_factors: Mapping[str, float] = field(default_factory=dict)
    """Factor on the rate of pipes that corrode, by soil class; only their ratios count."""
    soil_correlation_m: float = 0.0
    """Distance over which soils are alike."""
    laying_spread: float = 0.0
    """Standard deviation of the logarithm of the factor from the quality of laying."""
    laying_shared: float = 0.0
    """Share of that variance which works of one district and time have in common."""
    laying_correlation_m: float = 0.0
    """Distance over which works of one time are alike."""
    laying_correlation_years: float = 0.0
    """Time over which works in one place are alike."""
