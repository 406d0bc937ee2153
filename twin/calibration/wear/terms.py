"""Numbers of a law of wear that are fitted, with what is known of them before records.

Every term is a number on the whole line: logarithms of levels, factors and variances, and of the
growth a softplus, which cannot fall below 0. Priors are the published values of the parameter with
a spread by its grade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.hazard_laws import Covariates, ExponentialLaw
from twin.core.parameters import Grade, Number

if TYPE_CHECKING:
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64

GROWTH_SCALE = 0.02
"""Growth per year of one unit of softplus."""
_LEAST_GROWTH = 0.004
"""A growth that is published as less is taken for this before records."""
_LEVEL, _GROWTH, _EXPONENT, _LENGTH, _VINTAGE, _VARIANCE = 0.7, 1.5, 0.4, 0.2, 0.5, 0.7
_GUESSED = 1.5
"""Factor on the spread of a guess."""


@final
@dataclass(frozen=True, slots=True)
class Term:
    """One number of a law."""

    path: str
    """Of the parameter, dotted."""
    mean: float
    """Before records, on the whole line."""
    spread: float
    """Standard deviation before records."""


@final
@dataclass(frozen=True, slots=True)
class LawTerms:
    """Terms of the law of one material, in the order of a fit's coefficients."""

    network: str
    material: str
    level: Term
    """Logarithm of the rate at `reference_years`, DN150, of the latest vintage."""
    growth: Term
    width: Term
    length: Term
    """Exponents of diameter and length."""
    vintages: tuple[Term, ...]
    vintage_years: tuple[float, ...]
    """Pipes laid before belong to the vintage, if to no earlier one."""
    variance: Term
    reference_years: float

    @property
    def terms(self) -> tuple[Term, ...]:
        """All terms: level, growth, width, length, vintages, variance."""
        return (
            self.level,
            self.growth,
            self.width,
            self.length,
            *self.vintages,
            self.variance,
        )

    def parameters(self, values: Float64) -> dict[str, float]:
        """Return parameters by dotted path from values of the terms, shape (n_terms,)."""
        growth = GROWTH_SCALE * softplus(float(values[1]))
        level = float(np.exp(values[0] - growth * self.reference_years))
        out = {self.level.path: level, self.growth.path: growth}
        out[self.width.path], out[self.length.path] = float(values[2]), float(values[3])
        for term, value in zip(self.vintages, values[4:-1], strict=True):
            out[term.path] = float(np.exp(value))
        out[self.variance.path] = float(np.exp(values[-1]))
        return out


def softplus(value: float) -> float:
    """Return log(1 + exp(value))."""
    return float(np.logaddexp(0.0, value))


def law_terms(kind: NetworkKind, material: str, reference_years: float) -> LawTerms | None:
    """Return the terms of a material's law; None where its law does not grow exponentially."""
    law = kind.hazards[material]
    if not isinstance(law, ExponentialLaw):
        return None
    covariates = kind.covariates.get(material, Covariates())
    path = f"networks.{kind.name}"
    hazard, other = f"{path}.hazards.{material}", f"{path}.covariates.{material}"
    growth = max(float(law.growth_per_year), _LEAST_GROWTH)
    level = float(np.log(law.level_per_km_year)) + growth * reference_years
    if law.growth_per_year < _LEAST_GROWTH:  # the published level is that of all ages
        level = float(np.log(law.level_per_km_year))
    vintages = sorted(covariates.vintages.items(), key=lambda item: item[1].laid_before_year)
    variance = max(float(covariates.hidden_variance), 0.1)
    return LawTerms(
        network=kind.name,
        material=material,
        level=Term(f"{hazard}.level_per_km_year", level, _spread(_LEVEL, law.level_per_km_year)),
        growth=Term(
            f"{hazard}.growth_per_year",
            float(np.log(np.expm1(growth / GROWTH_SCALE))),
            _spread(_GROWTH, law.growth_per_year),
        ),
        width=Term(
            f"{other}.diameter_exponent",
            float(covariates.diameter_exponent),
            _spread(_EXPONENT, covariates.diameter_exponent),
        ),
        length=Term(
            f"{other}.length_exponent",
            float(covariates.length_exponent),
            _spread(_LENGTH, covariates.length_exponent),
        ),
        vintages=tuple(
            Term(
                f"{other}.vintages.{name}.factor",
                float(np.log(one.factor)),
                _spread(_VINTAGE, one.factor),
            )
            for name, one in vintages
        ),
        vintage_years=tuple(float(one.laid_before_year) for _, one in vintages),
        variance=Term(
            f"{other}.hidden_variance",
            float(np.log(variance)),
            _spread(_VARIANCE, covariates.hidden_variance),
        ),
        reference_years=reference_years,
    )


def _spread(usual: float, number: float) -> float:
    """Return the spread of a number before records."""
    is_guess = isinstance(number, Number) and number.facts.grade is Grade.GUESS
    return usual * (_GUESSED if is_guess else 1.0)
