"""How fast cars go on a worn street, and how many get through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.city.pavement import iri_mpkm

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.parameters import StreetParams


def speed_share(wear_phys: Float64, params: StreetParams) -> Float64:
    """Return the free-flow speed as share of that on a new street, 0.7-1, same shape.

    Parameters
    ----------
    wear_phys
        Physical wear, 0-1.
    params
        The harmless level and the slope.

    Notes
    -----
    Speed falls linearly with roughness above a harmless level. The slope is an
    assumption for calibration; measurements agree that there is hardly an effect below
    5 m/km, and California freeways, nearly all below 3 m/km, lose 0.5-0.6 km/h per m/km.

    References
    ----------
    Sayers, Gillespie & Queiroz, 1986, "The International Road Roughness Experiment", World Bank
    Technical Paper 45 (the scale). Ilic, 2015, doi 10.14415/konferencijaGFS2015.062 (review).
    Wang, Harvey, Lea & Kim, 2013, "Impact of pavement roughness on vehicle free-flow speed",
    University of California Pavement Research Center (California).
    """
    rough = iri_mpkm(wear_phys)
    return np.asarray(
        1.0 - params.slowing_per_mpkm * np.maximum(rough - params.harmless_iri_mpkm, 0.0)
    )


def capacity_share(wear_phys: Float64, speed_ms: Float64, params: StreetParams) -> Float64:
    """Return the capacity as share of that on a new street, same shape.

    Cars that keep a time and a length behind the one ahead pass at 1 / (time + length / speed), so
    a street driven at less speed lets fewer through.

    Parameters
    ----------
    wear_phys
        Physical wear, 0-1.
    speed_ms
        Free-flow speed on the new street.
    params
        Time and length behind the car ahead.

    References
    ----------
    Newell, 2002, "A simplified car-following theory: a lower order model", doi
    10.1016/S0191-2615(00)00044-8.
    """
    slow_ms = speed_ms * speed_share(wear_phys, params)
    time_s, length_m = params.reaction_s, params.spacing_m
    return np.asarray((time_s + length_m / speed_ms) / (time_s + length_m / slow_ms))
