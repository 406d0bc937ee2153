"""Whether an investment is worth its money: net present value, internal rate of return, payback."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

_LOWEST, _HIGHEST = -0.99, 100.0
_HALVINGS = 60


@final
@dataclass(frozen=True, slots=True)
class Appraisal:
    """An investment in an investor's eyes."""

    npv_kzt: float
    irr: float
    """A year; -1 where nothing comes back."""
    payback_years: float
    """Infinite where nothing comes back."""
    hurdle: float
    horizon_years: float

    @property
    def is_taken(self) -> bool:
        """Whether it returns the hurdle and pays back within the horizon."""
        return self.npv_kzt >= 0.0 and self.payback_years <= self.horizon_years

    @property
    def reason(self) -> str:
        """Why it is taken or not, in a few words and the figures."""
        figures = (
            f"NPV {self.npv_kzt / 1e6:,.1f} million KZT at {self.hurdle:.1%}, IRR {self.irr:.1%}, "
            f"payback {self.payback_years:.1f} years"
        )
        if self.is_taken:
            return f"invests: {figures}"
        if self.npv_kzt < 0.0:
            return f"does not invest, return under the hurdle: {figures}"
        return f"does not invest, payback over {self.horizon_years:g} years: {figures}"


def appraised(
    capital_kzt: float, payment_kzt: float, years: int, *, hurdle: float, horizon_years: float
) -> Appraisal:
    """Appraise capital that returns an equal payment at the end of each of some years.

    Notes
    -----
    Payback is capital over yearly payment, without interest.
    """
    return Appraisal(
        npv_kzt=payment_kzt * annuity_factor(hurdle, years) - capital_kzt,
        irr=_irr(capital_kzt, payment_kzt, years),
        payback_years=capital_kzt / payment_kzt if payment_kzt > 0.0 else math.inf,
        hurdle=hurdle,
        horizon_years=horizon_years,
    )


def annuity_factor(rate: float, years: int) -> float:
    """Return the present value of 1 at the end of each of some years."""
    if rate == 0.0:
        return float(years)
    return -math.expm1(-years * math.log1p(rate)) / rate


def _irr(capital_kzt: float, payment_kzt: float, years: int) -> float:
    """Return the rate at which payments are worth the capital, by halving the interval."""
    if payment_kzt <= 0.0:
        return -1.0
    low, high = _LOWEST, _HIGHEST
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if payment_kzt * annuity_factor(middle, years) > capital_kzt:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
