"""Day-to-day variability of demand: how many trips are made on one day."""

from __future__ import annotations

import math

from twin.core.streams import Stream
from twin.kernels.rng import normal

_PERCENT = 100


def trip_factor(seed: int, day: int, day_to_day_cv: float) -> float:
    """Return the trips of a day over those of a usual day, in whole per cent.

    A keyed lognormal draw with mean 1: equal in every arm, whatever came before. Whole per cents
    let days of one state of the streets share their results.

    Parameters
    ----------
    seed
        Run seed.
    day
        Days since the start of the run.
    day_to_day_cv
        Standard deviation over mean, 0 or more; 0 gives 1 on every day.
    """
    variance = math.log1p(day_to_day_cv**2)
    draw = normal(seed, int(Stream.TRIPS_OF_DAY), 0, day)
    factor = math.exp(math.sqrt(variance) * draw - variance / 2.0)
    return max(1, round(_PERCENT * factor)) / _PERCENT
