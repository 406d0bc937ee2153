"""Heat demand of the building stock.

The specific loss is an assumption by period and use, anchored at heat consumption in Kazakhstan:
260-300 kWh/(m2 a) for most of the stock (80 % of it from the 1970s and 80s) against a norm of 156
for five storeys in the capital (UNDP, by korem.kz, 2021-09-09); over a season of 215 days at a mean
difference of 26 K, 134 kWh/(m2 a) are 1 W/(m2 K), gains already taken off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int64

INDOOR_C = 20.0
"""Indoor temperature that district heat is meant to hold."""
_PERIOD_FROM = np.array([1958, 1991, 2011])  # panel building, thicker walls, present norm
_LOSS_W_M2K = np.array([2.2, 1.95, 1.55, 1.16])  # apartment blocks, by period
_LOSS_FACTOR = {"house": 1.35, "retail": 1.2, "industrial": 1.2, "ancillary": 1.2}  # more envelope


def construction_period(built_year: np.ndarray) -> Int64:
    """Return the period of construction of each building, 0-3, shape (n_buildings,)."""
    period: Int64 = np.searchsorted(_PERIOD_FROM, np.asarray(built_year), side="right")
    return period


def building_loss_wk(floor_area_m2: Float64, built_year: np.ndarray, use: np.ndarray) -> Float64:
    """Return the loss per kelvin of indoor over outdoor temperature, shape (n_buildings,).

    Gains are taken off. Floor area, year of construction and use have shape (n_buildings,); `use`
    is one of the uses of a city's buildings.
    """
    names = np.asarray(use).astype(str)
    factor = np.ones(names.size)
    for name in np.unique(names):
        factor[names == name] = _LOSS_FACTOR.get(str(name), 1.0)
    area = np.asarray(floor_area_m2, dtype=np.float64)
    loss_wk: Float64 = area * _LOSS_W_M2K[construction_period(built_year)] * factor
    return loss_wk
