"""The weather of a run: the city's typical year, warmer and colder years, and cold spells."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.streams import Stream
from twin.kernels.rng import normal
from twin.model.shocks.cold_spell import chilled
from twin.model.shocks.source_derating import source_share

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64
    from twin.core.clock import Clock
    from twin.model.shocks.schedule import Shocks
    from twin.parameters import WeatherParams


@final
class Weather:
    """Hourly temperatures and their stress on pipes, day by day; equal in every arm."""

    def __init__(
        self, city: City, shocks: Shocks, clock: Clock, seed: int, params: WeatherParams
    ) -> None:
        self._params = params
        self._typical: Float64 = city.weather["temp_c"].to_numpy(dtype=np.float64).reshape(365, 24)
        self._clock = clock
        self._seed = seed
        self._shocks = shocks
        self._mean_stress = float(self._frost(self._typical.mean(axis=1)).mean())

    def temp_c(self, day: int) -> Float64:
        """Return outdoor temperature by the hour, shape (24,)."""
        date = self._clock.date(day)
        draw = normal(self._seed, int(Stream.WEATHER_YEAR), date.year, 0)
        shift = self._params.year_spread_c * draw
        temp_c: Float64 = self._typical[self._clock.day_of_year(day)] + shift
        return chilled(temp_c, date, self._shocks.cold_spells)

    def stress(self, temp_c: Float64) -> float:
        """Return the factor on failure rates, 1 on average over the typical year."""
        return float(self._frost(temp_c.mean())) / self._mean_stress

    def _frost(self, mean_temp_c: Float64 | np.float64) -> Float64:
        """Return 1 + k * degrees of frost."""
        factor: Float64 = 1.0 + self._params.frost_per_k * np.maximum(0.0, -mean_temp_c)
        return factor

    def source_share(self, network: str, day: int) -> float:
        """Return the share of a network's source capacity left by shocks."""
        return source_share(network, self._clock.date(day), self._shocks.deratings)
