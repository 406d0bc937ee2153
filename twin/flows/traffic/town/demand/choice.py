"""How people choose to go, and where to: a logit of modes, a gravity model of services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.parameters import Errands, Purpose, TripRates

_LEAST_MIN = 1.0
_FIT_ROUNDS = 100
_FIT = 1e-10


@final
@dataclass(frozen=True, slots=True, eq=False)
class ModeChoice:
    """Multinomial logit of car, bus and walking: share = exp(V) / sum exp(V).

    V is time weighed by `in_vehicle_per_min`, plus a constant for car and for bus.
    """

    car_constant: float
    bus_constant: float
    bus_v: Float64
    """Utility of the bus between zones without its constant, shape (n_zones, n_zones)."""
    walk_v: Float64
    per_min: float
    car_access_s: float

    def shares(self, car_s: Float64) -> tuple[Float64, Float64]:
        """Return shares of car and bus between zones, at times by car of that shape.

        Where there is no way by car (infinite) nobody drives.
        """
        car = self.car_constant + self.per_min * (car_s + self.car_access_s) / 60.0
        bus = self.bus_constant + self.bus_v
        top = np.maximum(np.maximum(car, bus), self.walk_v)
        top = np.where(np.isfinite(top), top, 0.0)
        weights = [np.exp(each - top) for each in (car, bus, self.walk_v)]
        whole = weights[0] + weights[1] + weights[2]
        whole = np.where(whole > 0.0, whole, 1.0)
        return weights[0] / whole, weights[1] / whole


def fit_choice(
    purpose: Purpose, rates: TripRates, trips: Float64, times_s: tuple[Float64, Float64, Float64]
) -> ModeChoice:
    """Fit the constants so that all trips together split as the purpose's shares say.

    Parameters
    ----------
    purpose, rates
        Shares and weights.
    trips
        Trips between zones, shape (n_zones, n_zones).
    times_s
        Times by car, bus (weighed) and on foot between zones.

    Notes
    -----
    The constants grow by ln(wanted / found) until nothing changes: with constants the likelihood
    is concave, and each step is that of one mode compared with the others (Ortuzar & Willumsen,
    2011, Modelling Transport, ch. 8).
    """
    car_s, bus_s, walk_s = times_s
    per_min = rates.in_vehicle_per_min
    choice = ModeChoice(
        car_constant=0.0,
        bus_constant=0.0,
        bus_v=per_min * bus_s / 60.0,
        walk_v=per_min * rates.outside_weight * walk_s / 60.0,
        per_min=per_min,
        car_access_s=rates.outside_weight * rates.car_access_s,
    )
    whole = float(trips.sum())
    if whole <= 0.0:
        return choice
    wanted = np.array([purpose.car_share, purpose.bus_share])
    constants = np.zeros(2)
    for _ in range(_FIT_ROUNDS):
        car, bus = choice.shares(car_s)
        found = np.array([float((trips * car).sum()), float((trips * bus).sum())]) / whole
        walking = max(1.0 - float(found.sum()), 1e-12)
        walks = 1.0 - float(wanted.sum())
        step = np.log(wanted / np.maximum(found, 1e-12)) - np.log(walks / walking)
        constants = constants + step
        choice = ModeChoice(
            car_constant=float(constants[0]),
            bus_constant=float(constants[1]),
            bus_v=choice.bus_v,
            walk_v=choice.walk_v,
            per_min=per_min,
            car_access_s=choice.car_access_s,
        )
        if float(np.abs(step).max()) < _FIT:
            break
    return choice


def gravity(leaving: Float64, attraction: Float64, time_s: Float64, errands: Errands) -> Float64:
    """Spread trips from every zone over places by what they offer and how far they are.

    Parameters
    ----------
    leaving
        Trips from every zone, shape (n_zones,).
    attraction
        What zones offer, shape (n_zones,).
    time_s
        Time between zones, shape (n_zones, n_zones); infinite: no way.
    errands
        How trips thin out with time.

    Notes
    -----
    Weight of a destination is attraction * t^a * exp(b t), t in minutes and 1 at least: the gamma
    function for trips from home other than to work.

    References
    ----------
    Martin & McGuckin, 1998, NCHRP Report 365, table 14 (home-based other).
    """
    power, per_min = float(errands.deterrence_power), float(errands.deterrence_per_min)
    minutes = np.maximum(time_s / 60.0, _LEAST_MIN)
    with np.errstate(invalid="ignore"):
        pull = attraction * minutes**power * np.exp(per_min * minutes)
    total = pull.sum(axis=1, keepdims=True)
    share = np.divide(pull, total, out=np.zeros_like(pull), where=total > 0.0)
    return np.asarray(leaving[:, np.newaxis] * share)


def balanced(ends: Float64, weight: Float64, *, rounds: int = 200, close: float = 1e-9) -> Float64:
    """Spread trips so that as many start and end in every zone as `ends` says.

    Parameters
    ----------
    ends
        Trips that start, and trips that end, in every zone, shape (n_zones,).
    weight
        Deterrence between zones, shape (n_zones, n_zones), symmetric or not.

    References
    ----------
    Furness, 1965, "Time function iteration", Traffic Engineering and Control 7(7).
    """
    trips = ends[:, np.newaxis] * ends * weight
    for _ in range(rounds):
        rows = trips.sum(axis=1, keepdims=True)
        trips = trips * np.divide(
            ends[:, np.newaxis], rows, out=np.zeros_like(rows), where=rows > 0
        )
        columns = trips.sum(axis=0)
        factor = np.divide(ends, columns, out=np.zeros_like(columns), where=columns > 0)
        trips = trips * factor
        if float(np.abs(factor[ends > 0] - 1.0).max(initial=0.0)) <= close:
            break
    return np.asarray(trips)
