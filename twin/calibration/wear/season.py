"""How much more a material breaks in cold: fitted to the months of its breaks.

The effect of a year does not touch the months, so the shares of the months given the breaks of all
months are a likelihood of their own (multinomial).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy.optimize import minimize
from scipy.signal import lfilter

from twin.city.hazard_laws import Covariates
from twin.core.parameters import Grade, Number
from twin.parameters import WeatherParams

if TYPE_CHECKING:
    from twin.calibration.records.breaks import BreakRecords
    from twin.calibration.records.pipes import PipeRecords
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64

_DAYS = 365
_MONTHS = np.repeat(np.arange(12), [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_SPREAD, _GUESSED = 0.8, 1.2
"""Before records, of the logarithms; of a guess."""
_YEARS_TO_SETTLE = 4
_STEP = 1e-3


@final
@dataclass(frozen=True, slots=True, eq=False)
class SeasonFit:
    """Growth of the rate by cold and by cooling, as logarithms."""

    paths: tuple[str, str]
    prior_mean: Float64
    prior_spread: Float64
    mean: Float64
    """Mode, shape (2,)."""
    covariance: Float64
    months: Float64
    """Breaks by month, shape (12,)."""

    def draw(self, generator: np.random.Generator) -> Float64:
        """Return one draw of the logarithms."""
        return generator.multivariate_normal(self.mean, self.covariance)

    def parameters(self, values: Float64) -> dict[str, float]:
        """Return parameters by dotted path."""
        return dict(zip(self.paths, np.exp(values).tolist(), strict=True))


def fit_season(
    pipes: PipeRecords,
    breaks: BreakRecords,
    kind: NetworkKind,
    material: str,
    daily_air_c: Float64,
) -> SeasonFit | None:
    """Fit the season of a material; None where its law has none."""
    known = kind.covariates.get(material, Covariates())
    numbers = (known.cold_per_k, known.cooling_per_k)
    if not all(isinstance(number, Number) and number > 0.0 for number in numbers):
        return None
    spread = np.array(
        [
            _SPREAD
            * (_GUESSED if isinstance(one, Number) and one.facts.grade is Grade.GUESS else 1)
            for one in numbers
        ]
    )
    mean = np.log(np.array(numbers, dtype=np.float64))
    named = breaks.pipe >= 0
    mine = named & (pipes.material[np.maximum(breaks.pipe, 0)] == material) & ~breaks.is_of_earlier
    count = np.bincount(breaks.month[mine] - 1, minlength=12).astype(np.float64)
    cold, cooling = season_of(daily_air_c, WeatherParams())

    def loss(values: Float64) -> float:
        off = (values - mean) / spread
        shares = month_shares(np.exp(values), cold, cooling)
        return -float(count @ np.log(shares)) + 0.5 * float(off @ off)

    best = minimize(loss, mean, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-6})
    path = f"networks.{kind.name}.covariates.{material}"
    return SeasonFit(
        (f"{path}.cold_per_k", f"{path}.cooling_per_k"),
        mean,
        spread,
        np.asarray(best.x),
        np.linalg.inv(_hessian(loss, np.asarray(best.x))),
        count,
    )


def season_of(daily_air_c: Float64, params: WeatherParams) -> tuple[Float64, Float64]:
    """Return degrees of cold and of cooling by day of the typical year, shape (365,) each."""
    cover, ground = (
        _damped(daily_air_c, float(d)) for d in (params.cover_days, params.ground_days)
    )
    return np.maximum(0.0, params.cold_below_c - cover), np.maximum(0.0, ground - cover)


def month_shares(per_k: Float64, cold: Float64, cooling: Float64) -> Float64:
    """Return the share of a year's breaks by month, shape (12,)."""
    by_day = 1.0 + per_k[0] * cold + per_k[1] * cooling
    share = np.bincount(_MONTHS, weights=by_day, minlength=12)
    return np.asarray(share / share.sum())


def _damped(daily_air_c: Float64, days: float) -> Float64:
    """Return the running mean of a year that repeats itself."""
    weight = 1.0 - float(np.exp(-1.0 / days))
    many = np.tile(daily_air_c, _YEARS_TO_SETTLE)
    start = [float(daily_air_c.mean()) * (1.0 - weight)]
    value, _ = lfilter([weight], [1.0, weight - 1.0], many, zi=start)
    return np.asarray(value[-_DAYS:])


def _hessian(loss, at: Float64) -> Float64:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Return the Hessian of a function of two numbers by differences."""
    out, h = np.empty((2, 2)), _STEP * np.eye(2)
    for i in range(2):
        for j in range(2):
            out[i, j] = (
                loss(at + h[i] + h[j])
                - loss(at + h[i] - h[j])
                - loss(at - h[i] + h[j])
                + loss(at - h[i] - h[j])
            ) / (4.0 * _STEP**2)
    return out
