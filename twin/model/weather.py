"""The weather of a run: the city's typical year, warmer and colder years, cold spells, ground."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.assets import Season
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

_YEARS_TO_SETTLE = 4


@final
class Weather:
    """Hourly temperatures and what they do to pipes, day by day; equal in every arm."""

    def __init__(
        self, city: City, shocks: Shocks, clock: Clock, seed: int, params: WeatherParams
    ) -> None:
        self._params = params
        self._typical: Float64 = city.weather["temp_c"].to_numpy(dtype=np.float64).reshape(365, 24)
        self._clock = clock
        self._seed = seed
        self._shocks = shocks
        self.usual = self._usual()
        self._day = -1
        self._cover_c, self._ground_c = self._before_start()

    def temp_c(self, day: int) -> Float64:
        """Return outdoor temperature by the hour, shape (24,)."""
        date = self._clock.date(day)
        draw = normal(self._seed, int(Stream.WEATHER_YEAR), date.year, 0)
        shift = self._params.year_spread_c * draw
        temp_c: Float64 = self._typical[self._clock.day_of_year(day)] + shift
        return chilled(temp_c, date, self._shocks.cold_spells)

    def season(self, day: int) -> Season:
        """Return how cold it is for pipes, and how fast the ground cools.

        Air damped over some days is taken for the cover above a pipe, over some weeks for the
        ground around it. Days are walked through one by one; an earlier day starts again.
        """
        if day < self._day:
            self._day = -1
            self._cover_c, self._ground_c = self._before_start()
        for one in range(self._day + 1, day + 1):
            mean_c = float(self.temp_c(one).mean())
            self._cover_c += (mean_c - self._cover_c) * self._weight(self._params.cover_days)
            self._ground_c += (mean_c - self._ground_c) * self._weight(self._params.ground_days)
            self._day = one
        return self._season(self._cover_c, self._ground_c)

    @staticmethod
    def _weight(days: float) -> float:
        """Return the weight of the newest day in a running mean."""
        return 1.0 - float(np.exp(-1.0 / days))

    def _season(self, cover_c: float, ground_c: float) -> Season:
        """Return what temperatures of cover and ground do."""
        cold = max(0.0, self._params.cold_below_c - cover_c)
        return Season(cold, max(0.0, ground_c - cover_c))

    def _damped(self, days: float) -> Float64:
        """Return the running mean of the typical year, once it repeats itself; shape (365,)."""
        mean_c, weight = self._typical.mean(axis=1), self._weight(days)
        value = float(mean_c.mean())
        for _ in range(_YEARS_TO_SETTLE):
            year = []
            for temp_c in mean_c:
                value += (float(temp_c) - value) * weight
                year.append(value)
        return np.array(year)

    def _both_damped(self) -> tuple[Float64, Float64]:
        """Return cover and ground over the typical year, each of shape (365,)."""
        params = self._params
        return self._damped(params.cover_days), self._damped(params.ground_days)

    def _usual(self) -> Season:
        """Return the mean season over the typical year."""
        cover, ground = (
            self._damped(self._params.cover_days),
            self._damped(self._params.ground_days),
        )
        days = [self._season(*pair) for pair in zip(cover.tolist(), ground.tolist(), strict=True)]
        return Season(*np.mean(days, axis=0).tolist())

    def _before_start(self) -> tuple[float, float]:
        """Return temperatures of cover and ground on the eve of the run, in a typical year."""
        eve = self._clock.day_of_year(0) - 1
        cover, ground = (
            self._damped(self._params.cover_days),
            self._damped(self._params.ground_days),
        )
        return float(cover[eve]), float(ground[eve])

    def source_share(self, network: str, day: int) -> float:
        """Return the share of a network's source capacity left by shocks."""
        return source_share(network, self._clock.date(day), self._shocks.deratings)
