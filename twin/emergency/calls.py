"""The calls of one day: how many, from where, and who comes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy.special import pdtr, pdtrik

from twin.core.streams import Stream
from twin.emergency.times import LIMITS_S
from twin.kernels.rng import uniform01, uniforms_for

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.emergency.units import Coverage

_PLACE, _UNIT = 0, 1
"""Draws of a call."""


@final
@dataclass(frozen=True, slots=True)
class CallLog:
    """The log of a service on one day."""

    calls: int
    answered: int
    """Calls to which a unit comes."""
    within: Float64
    """Calls answered within each limit of `LIMITS_S`."""
    spent_s: float
    """From call to arrival, over all calls answered."""


def log_of_day(
    times_s: Float64, people: Float64, found: Coverage, expected: float, key: tuple[int, int]
) -> CallLog:
    """Draw the calls of a day, and who answers each.

    Everybody calls alike and apart from others. A call finds units out as often as calls do in the
    long run, whatever the calls before it; so the log's mean is what `reach` returns, and calls
    that find all out do not come in clusters as they would.

    Parameters
    ----------
    times_s
        From call to arrival of every unit at every place, shape (n_units, n_places).
    people
        Residents of every place, shape (n_places,); not all 0.
    found
        Who answers whose calls, from `coverage` of these times.
    expected
        Calls of a mean day.
    key
        Run seed and day. Draws depend on nothing else, so arms meet the same calls.

    References
    ----------
    Matteson, McLean, Woodard & Henderson, 2011, Annals of Applied Statistics 5(2B), 1379-1406,
    doi 10.1214/10-AOAS442 (calls in Toronto: counts of a Poisson process whose rate varies over
    hours, weeks and seasons; here it is constant).
    """
    seed, day = key
    n = poisson(expected, uniform01(seed, int(Stream.EMERGENCY_CALLS), 0, day))
    call = np.arange(n, dtype=np.int64)
    drawn = [uniforms_for(seed, int(Stream.EMERGENCY_CALL), call, day, k) for k in (_PLACE, _UNIT)]
    upto = np.cumsum(people)
    place = np.searchsorted(upto, drawn[_PLACE] * upto[-1], side="right")
    rank = (np.cumsum(found.share[place], axis=1) <= drawn[_UNIT][:, np.newaxis]).sum(axis=1)
    comes = rank < len(times_s)
    place, rank = place[comes], rank[comes]
    arrive_s = times_s[found.unit[place, rank], place]
    arrive_s = arrive_s[np.isfinite(arrive_s)]
    return CallLog(
        calls=n,
        answered=int(arrive_s.size),
        within=np.array([float((arrive_s <= limit).sum()) for limit in LIMITS_S]),
        spent_s=float(arrive_s.sum()),
    )


def poisson(mean: float, chance: float) -> int:
    """Return the quantile of a Poisson variable at a probability of `chance`."""
    if mean <= 0.0:
        return 0
    above = math.ceil(float(pdtrik(chance, mean)))
    below = max(above - 1, 0)
    return below if float(pdtr(below, mean)) >= chance else above
