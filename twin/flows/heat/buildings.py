"""Heat demand and cooling of the building stock.

Specific loss and time constant are assumptions by period and use. The loss is anchored at heat
consumption in Kazakhstan: 260-300 kWh/(m2 a) for most of the stock (80 % of it from the 1970s and
80s) against a norm of 156 for five storeys in the capital (UNDP, by korem.kz, 2021-09-09); over a
season of 215 days at a mean difference of 26 K, 134 kWh/(m2 a) are 1 W/(m2 K), gains
already taken off. Time constants follow the Russian heat supply scheme method: 40 h panel, 60-75 h
brick, 20-25 h light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.flows.heat.indoor.kernels import indoor_into

if TYPE_CHECKING:
    from twin.core.arrays import Float64

INDOOR_C = 20.0
COLD_BELOW_C = 18.0
DANGER_BELOW_C = 12.0

_PERIOD_FROM = np.array([1958, 1991, 2011])  # panel building, thicker walls, present norm
_LOSS_W_M2K = np.array([2.2, 1.95, 1.55, 1.16])  # apartment blocks, by period
_LOSS_FACTOR = {"house": 1.35, "retail": 1.2, "industrial": 1.2, "ancillary": 1.2}  # more envelope
_TAU_H = {
    "apartment": np.array([65.0, 40.0, 50.0, 60.0]),
    "house": np.array([55.0, 50.0, 50.0, 55.0]),
    "retail": np.array([40.0, 30.0, 25.0, 25.0]),
    "industrial": np.array([40.0, 30.0, 25.0, 25.0]),
    "ancillary": np.array([25.0, 20.0, 20.0, 20.0]),
}
_TAU_OTHER_H = np.array([65.0, 60.0, 55.0, 60.0])  # schools, offices, hospitals: mostly brick


@final
@dataclass(frozen=True, slots=True)
class BuildingsParams:
    """What heat does to buildings, one row each."""

    ua_wk: Float64
    """Loss per kelvin of indoor over outdoor temperature, gains taken off, (n_buildings,)."""
    tau_h: Float64
    """Time constant of cooling, (n_buildings,)."""


def building_params(
    floor_area_m2: Float64, built_year: np.ndarray, use: np.ndarray
) -> BuildingsParams:
    """Return loss and time constant from floor area, year and use, each shape (n_buildings,).

    `use` is one of the uses of a city's buildings; the values and their standing are in the
    module's text.
    """
    period = np.searchsorted(_PERIOD_FROM, np.asarray(built_year), side="right")
    names = np.asarray(use).astype(str)
    factor = np.ones(names.size)
    tau_h = _TAU_OTHER_H[period]
    for name in np.unique(names):
        own = names == name
        factor[own] = _LOSS_FACTOR.get(str(name), 1.0)
        tau_h[own] = _TAU_H.get(str(name), _TAU_OTHER_H)[period[own]]
    area = np.asarray(floor_area_m2, dtype=np.float64)
    return BuildingsParams(ua_wk=area * _LOSS_W_M2K[period] * factor, tau_h=tau_h)


def indoor_day(
    params: BuildingsParams,
    indoor_temp_c: Float64,
    outdoor_temp_c: Float64,
    heat_share: Float64,
) -> tuple[Float64, Float64, Float64]:
    """Carry all buildings through one day.

    Parameters
    ----------
    params
        From `building_params`.
    indoor_temp_c
        At midnight, shape (n_buildings,).
    outdoor_temp_c
        Hourly, shape (24,).
    heat_share
        Share of the wanted heat that arrives, shape (n_buildings,), 0-1. Buildings with their
        own stove or boiler are given 1.0, as are all when no heat is wanted.

    Returns
    -------
    tuple
        Indoor temperature at the next midnight, degree-hours below 18 C and hours below 12 C, each
        shape (n_buildings,).

    Notes
    -----
    Wanted heat holds 20 C at the day's mean outdoor temperature and is nil above 20 C; within the
    day it stays constant, as under a daily supply temperature. With less, the building
    approaches a lower temperature with its time constant.
    """
    n = params.tau_h.size
    outdoor = np.ascontiguousarray(outdoor_temp_c, dtype=np.float64)
    share = np.asarray(heat_share, dtype=np.float64)
    indoor = np.array(indoor_temp_c, dtype=np.float64)
    if indoor.shape != (n,) or share.shape != (n,) or not np.all((share >= 0) & (share <= 1)):
        raise CityDataError(
            Fault(
                "heat_share",
                f"is not {n} shares from 0 to 1, or does not match indoor_temp_c",
                "give 1.0 for buildings with their own stove or boiler",
            )
        )
    rise_k = share * max(INDOOR_C - float(outdoor.mean()), 0.0)
    degree_hours, hours = np.zeros(n), np.zeros(n)
    limits = (COLD_BELOW_C, DANGER_BELOW_C)
    indoor_into(params.tau_h, rise_k, outdoor, limits, indoor, degree_hours, hours)
    return indoor, degree_hours, hours
