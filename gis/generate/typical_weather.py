"""A typical year of air temperature, hour by hour, drawn for a climate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from gis.draws import normals, uniforms
from gis.read.weather_files import (
    DAYS_OF_MONTH,
    DAYS_PER_YEAR,
    HOURS_PER_DAY,
    HOURS_PER_YEAR,
    month_of_day,
    weather_table,
)
from twin.core.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from twin.core.arrays import Float64

_SPELL_DAYS = 5
_HARMONICS = 4
_WARMEST_HOUR = 15.0
_COLDEST_DAY = 15.0
_REFITS = 12


@final
@dataclass(frozen=True, slots=True)
class Climate:
    """What a typical year of a place looks like."""

    name: str
    monthly_mean_c: tuple[float, ...]
    """Mean air temperature of January to December."""
    design_five_day_c: float
    """Mean of the coldest five days, for which heating is designed."""
    anomaly_winter_c: float
    """Standard deviation of daily means around the season in mid-January."""
    anomaly_summer_c: float
    """The same in mid-July."""
    persistence: float
    """Correlation of a day's anomaly with the day before."""
    diurnal_winter_c: float
    """Mean difference of warmest and coldest hour of a day in mid-January."""
    diurnal_summer_c: float
    """The same in mid-July."""
    source: str
    """Where the figures come from."""


AKMOLA = Climate(
    name="akmola",
    monthly_mean_c=(-14.2, -13.6, -6.4, 5.6, 13.6, 19.2, 20.8, 18.5, 12.1, 4.2, -5.3, -11.7),
    design_five_day_c=-31.2,
    anomaly_winter_c=6.4,
    anomaly_summer_c=3.2,
    persistence=0.78,
    diurnal_winter_c=8.0,
    diurnal_summer_c=12.5,
    source=(
        "Astana, 60 km from Akkol: January, July and design five days as in SP RK 2.04-01-2017 and "
        "published normals; other months and the spread are estimates from nearby normals"
    ),
)
URAL = Climate(
    name="ural",
    monthly_mean_c=(-14.0, -12.2, -5.0, 3.9, 11.3, 16.6, 18.4, 15.8, 10.0, 2.7, -6.0, -11.8),
    design_five_day_c=-32.0,
    anomaly_winter_c=6.6,
    anomaly_summer_c=3.4,
    persistence=0.76,
    diurnal_winter_c=7.0,
    diurnal_summer_c=10.5,
    source=(
        "between Yekaterinburg and Chelyabinsk: monthly means and design five days are estimates "
        "after their published normals and SP 131.13330"
    ),
)
CLIMATES = {climate.name: climate for climate in (AKMOLA, URAL)}


def _month_means(daily_c: Float64) -> Float64:
    means: Float64 = np.bincount(month_of_day(), weights=daily_c) / DAYS_OF_MONTH
    return means


def _season_weight() -> Float64:
    """Return 1 in mid-January to 0 in mid-July for each day."""
    day = np.arange(DAYS_PER_YEAR)
    wave: Float64 = 0.5 + 0.5 * np.cos(2.0 * np.pi * (day - _COLDEST_DAY) / DAYS_PER_YEAR)
    return wave


def _season_curve_c(monthly_mean_c: tuple[float, ...]) -> Float64:
    """Fit harmonics whose monthly averages meet the monthly means; shape (365,)."""
    angle = 2.0 * np.pi * (np.arange(DAYS_PER_YEAR) + 0.5) / DAYS_PER_YEAR
    waves = [np.ones(DAYS_PER_YEAR)]
    for order in range(1, _HARMONICS + 1):
        waves += [np.cos(order * angle), np.sin(order * angle)]
    basis = np.stack(waves, axis=1)
    averaged = np.stack([_month_means(column) for column in basis.T], axis=1)
    coefficient, *_ = np.linalg.lstsq(averaged, np.asarray(monthly_mean_c), rcond=None)
    curve: Float64 = basis @ coefficient
    return curve


def _anomalies_c(climate: Climate, seed: int) -> Float64:
    """Draw daily anomalies: first-order autoregression with a seasonal spread."""
    shock = normals(seed, Stream.WEATHER_YEAR, np.arange(DAYS_PER_YEAR))
    rho = climate.persistence
    state = np.empty(DAYS_PER_YEAR)
    state[0] = shock[0]
    for day in range(1, DAYS_PER_YEAR):
        state[day] = rho * state[day - 1] + np.sqrt(1.0 - rho * rho) * shock[day]
    weight = _season_weight()
    spread = climate.anomaly_summer_c + weight * (
        climate.anomaly_winter_c - climate.anomaly_summer_c
    )
    drawn: Float64 = spread * state
    return drawn


def _hold_monthly_means(daily_c: Float64, monthly_mean_c: tuple[float, ...]) -> Float64:
    """Shift days smoothly so that the monthly means are met."""
    middle = np.cumsum(DAYS_OF_MONTH) - 0.5 * DAYS_OF_MONTH
    day = np.arange(DAYS_PER_YEAR) + 0.5
    held = daily_c.copy()
    for _ in range(_REFITS):
        missing = np.asarray(monthly_mean_c) - _month_means(held)
        held += np.interp(day, middle, missing, period=DAYS_PER_YEAR)
    return held


def _coldest_spell(daily_c: Float64) -> tuple[int, float]:
    """Return first day and mean of the coldest five days in a row."""
    means = np.convolve(daily_c, np.full(_SPELL_DAYS, 1.0 / _SPELL_DAYS), mode="valid")
    first = int(np.argmin(means))
    return first, float(means[first])


def _hold_design_spell(daily_c: Float64, climate: Climate) -> Float64:
    """Deepen or soften the coldest spell until its five-day mean is the design one.

    A year drawn around the means has tails too short; the spell's shoulders fade over two days.
    """
    held = daily_c.copy()
    day = np.arange(DAYS_PER_YEAR)
    for _ in range(_REFITS):
        first, mean_c = _coldest_spell(held)
        away = np.abs(day - (first + 0.5 * (_SPELL_DAYS - 1)))
        shape = np.clip((0.5 * (_SPELL_DAYS - 1) + 3.0 - away) / 3.0, 0.0, 1.0)
        held += (climate.design_five_day_c - mean_c) * shape
        held = _hold_monthly_means(held, climate.monthly_mean_c)
    first, mean_c = _coldest_spell(held)
    held[first : first + _SPELL_DAYS] += climate.design_five_day_c - mean_c
    return held


def _hourly_c(daily_c: Float64, climate: Climate, seed: int) -> Float64:
    """Spread daily means over the hours: smooth between days, warmest at 15:00."""
    noon = np.arange(DAYS_PER_YEAR) * HOURS_PER_DAY + 0.5 * HOURS_PER_DAY
    hour = np.arange(HOURS_PER_YEAR) + 0.5
    knots = daily_c.copy()
    for _ in range(_REFITS):
        base = np.interp(hour, noon, knots, period=HOURS_PER_YEAR)
        knots += daily_c - base.reshape(DAYS_PER_YEAR, HOURS_PER_DAY).mean(axis=1)
    weight = _season_weight()
    swing = climate.diurnal_summer_c + weight * (
        climate.diurnal_winter_c - climate.diurnal_summer_c
    )
    cloud = uniforms(seed, Stream.WEATHER_YEAR, np.arange(DAYS_PER_YEAR), draw=1)
    swing_of_hour = np.repeat(swing * (0.6 + 0.8 * cloud), HOURS_PER_DAY)
    turn = 2.0 * np.pi * (hour - _WARMEST_HOUR) / HOURS_PER_DAY
    temperatures: Float64 = base + 0.5 * swing_of_hour * np.cos(turn)
    return temperatures


def typical_year(climate: Climate, *, seed: int) -> pd.DataFrame:
    """Return a typical year as the `weather` table of a city.

    Notes
    -----
    Daily means follow harmonics through the monthly means plus an autoregressive anomaly; monthly
    means and the coldest five days are then met exactly, because tails of such a year come out
    too mild. Hours follow a cosine with its peak at 15:00 and a swing that varies by day.

    References
    ----------
    Wilks, 2011, Statistical Methods in the Atmospheric Sciences, 3rd ed., chapter 9 (harmonics,
    first-order autoregression).
    """
    daily_c = _season_curve_c(climate.monthly_mean_c) + _anomalies_c(climate, seed)
    daily_c = _hold_monthly_means(daily_c, climate.monthly_mean_c)
    daily_c = _hold_design_spell(daily_c, climate)
    return weather_table(_hourly_c(daily_c, climate, seed), "synthetic")
