"""The weather of a run: the city's typical year, warmer and colder years, and cold spells."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.streams import Stream
from twin.kernels.rng import normal
from twin.scenario import ColdSpell, SourceDerating

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64
    from twin.core.clock import Clock
    from twin.scenario import Scenario

YEAR_SPREAD_C = 1.5
"""Standard deviation of a year's mean temperature around the typical year's; an assumption of the
order of the yearly means of northern Kazakhstan."""
FROST_PER_K = 0.03
"""Growth of failure rates per degree of frost; a low-temperature term is well supported
(J. Hydroinformatics 20(5) 1191), its size is an assumption."""


@final
class Weather:
    """Hourly temperatures and their stress on pipes, day by day; equal in every arm."""

    def __init__(self, city: City, scenario: Scenario, clock: Clock, seed: int) -> None:
        self._typical: Float64 = city.weather["temp_c"].to_numpy(dtype=np.float64).reshape(365, 24)
        self._clock = clock
        self._seed = seed
        self._spells = [shock for shock in scenario.shocks if isinstance(shock, ColdSpell)]
        self._deratings = [s for s in scenario.shocks if isinstance(s, SourceDerating)]
        self._mean_stress = float(_frost(self._typical.mean(axis=1)).mean())

    def temp_c(self, day: int) -> Float64:
        """Return outdoor temperature by the hour, shape (24,)."""
        date = self._clock.date(day)
        shift = YEAR_SPREAD_C * normal(self._seed, int(Stream.WEATHER_YEAR), date.year, 0)
        temp_c: Float64 = self._typical[self._clock.day_of_year(day)] + shift
        for spell in self._spells:
            if _covers(spell.date, spell.days, date):
                temp_c = temp_c - temp_c.mean() + spell.temp_c
        return temp_c

    def stress(self, temp_c: Float64) -> float:
        """Return the factor on failure rates, 1 on average over the typical year."""
        return float(_frost(temp_c.mean())) / self._mean_stress

    def source_share(self, network: str, day: int) -> float:
        """Return the share of a network's source capacity left by shocks."""
        date = self._clock.date(day)
        share = 1.0
        for derating in self._deratings:
            if derating.network == network and _covers(derating.date, derating.days, date):
                share = min(share, derating.capacity_share)
        return share


def _frost(mean_temp_c: Float64 | np.float64) -> Float64:
    """Return 1 + k * degrees of frost."""
    factor: Float64 = 1.0 + FROST_PER_K * np.maximum(0.0, -mean_temp_c)
    return factor


def _covers(start: dt.date, days: int, date: dt.date) -> bool:
    """Tell whether a date lies in a span of days."""
    return start <= date < start + dt.timedelta(days=days)
