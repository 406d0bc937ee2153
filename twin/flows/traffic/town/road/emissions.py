"""Carbon dioxide of vehicles by their mean speed on a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64

_KM_PER_MILE = 1.609344
_KMH_PER_MS = 3.6
_CAR = (
    7.613534994965560,
    -0.138565467462594,
    0.003915102063854,
    -0.000049451361017,
    0.000000238630156,
)
_LEAST_KMH, _MOST_KMH = 8.0, 120.0
"""Speeds the curves were fitted to; slower traffic counts as the slowest of them."""
_TRUCK = ((110.0, 0.0, 0.0, 0.000375, 8702.0), (765.0, -7.04, 0.0, 0.000632, 8334.0))
_BUS = (679.0, 0.0, 0.0, -0.00268, 9635.0)


def car_co2_gpkm(speed_ms: Float64) -> Float64:
    """Return grams of CO2 per kilometre of a car at a mean speed.

    ln(g/mile) is a polynomial of the fourth degree in miles per hour, from cars in real traffic.

    References
    ----------
    Barth & Boriboonsomsin, 2008, "Real-world carbon dioxide impacts of traffic congestion",
    Transportation Research Record 2058, doi 10.3141/2058-20, table of coefficients.
    """
    mph = _bounded_kmh(speed_ms) / _KM_PER_MILE
    return np.asarray(np.exp(np.polynomial.polynomial.polyval(mph, _CAR)) / _KM_PER_MILE)


def truck_co2_gpkm(speed_ms: Float64) -> tuple[Float64, Float64]:
    """Return grams of CO2 per kilometre of a single-unit and of an articulated truck.

    K + a v + b v^2 + c v^3 + d / v, v in km/h: classes of 3.5-7.5 t and of 16-32 t.

    References
    ----------
    Hickman (ed.), 1999, Methodology for calculating transport emissions and energy consumption
    (MEET), TRL report SE/491/98, functions of heavy goods vehicles.
    """
    kmh = _bounded_kmh(speed_ms)
    return _meet(_TRUCK[0], kmh), _meet(_TRUCK[1], kmh)


def bus_co2_gpkm(speed_ms: Float64) -> Float64:
    """Return grams of CO2 per kilometre of a town bus; source as `truck_co2_gpkm`."""
    return _meet(_BUS, _bounded_kmh(speed_ms))


def fuel_factor(iri_mpkm: Float64, new_iri_mpkm: float, per_mpkm: float) -> Float64:
    """Return fuel burnt on a rough street over that on a new one; `per_mpkm` more per m/km.

    References
    ----------
    Chatti & Zaabar, 2012, NCHRP Report 720: 2 % more fuel per m/km of roughness for a car.
    """
    return np.asarray(1.0 + per_mpkm * np.maximum(iri_mpkm - new_iri_mpkm, 0.0))


def _bounded_kmh(speed_ms: Float64) -> Float64:
    """Return speeds in km/h within the range of the curves."""
    return np.asarray(np.clip(_KMH_PER_MS * speed_ms, _LEAST_KMH, _MOST_KMH))


def _meet(terms: tuple[float, ...], kmh: Float64) -> Float64:
    """Return a function of MEET."""
    constant, first, second, third, inverse = terms
    return np.asarray(constant + first * kmh + second * kmh**2 + third * kmh**3 + inverse / kmh)
