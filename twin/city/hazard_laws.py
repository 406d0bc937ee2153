"""Laws of failure: how many failures a kilometre has per year at what age.

A law is a group of parameters; networks name one per material (`twin.city.network_kind`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64

_RUN_IN_YEARS = 3.0
_USEFUL_YEARS = 17.0
_YOUNGEST_YEARS, _OLDEST_YEARS = 0.25, 60.0  # the powers diverge at zero and overflow far out


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
    """The law of the Russian heat-supply schemes: base (0.1 age)^(a - 1).

    a = 0.8 up to 3 years, 1 up to 17 years, then 0.5 exp(age / 20). Order 212/2019 of the Ministry
    of Energy; the coefficients are second-hand.
    """

    base_per_km_year: float
    """Failures per km and year in the years of normal use."""

    def rate(self, age_years: Float64) -> Float64:
        """Return failures per km and year at each age."""
        age = np.clip(age_years, _YOUNGEST_YEARS, _OLDEST_YEARS)
        worn = np.where(age <= _USEFUL_YEARS, 1.0, 0.5 * np.exp(age / 20.0))
        power = np.where(age <= _RUN_IN_YEARS, 0.8, worn)
        value: Float64 = self.base_per_km_year * (0.1 * age) ** (power - 1.0)
        return value


@final
@dataclass(frozen=True, slots=True)
class NoFailures:
    """A part whose failures are not simulated."""

    def rate(self, age_years: Float64) -> Float64:
        """Return 0 at each age."""
        return np.zeros_like(age_years)


type HazardLaw = ExponentialLaw | HeatSchemeLaw | NoFailures
