"""How much electric heat households can call on when district heat fails them.

A rule of thumb without draws: a household owns one radiator, and runs it for as long as its
electricity stays within a share of its income. Poorer households can therefore hold less. The
three numbers are `twin.parameters.HeaterParams`; wiring and transformers may allow less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int32
    from twin.parameters import HeaterParams

_HOURS_A_MONTH = 730.0


def household_heater_w(income_kzt_month: Float64, params: HeaterParams) -> Float64:
    """Return the mean power each household can afford and plug in, shape as given."""
    income = np.asarray(income_kzt_month, dtype=np.float64)
    kwh = params.burden_share * income / params.electricity_kzt_kwh
    power_w: Float64 = np.minimum(params.radiator_w, 1000.0 * kwh / _HOURS_A_MONTH)
    return power_w


def building_heater_w(
    household_building: Int32, income_kzt_month: Float64, n_buildings: int, params: HeaterParams
) -> Float64:
    """Return the heater power of each building's households together, shape (n_buildings,)."""
    power_w: Float64 = np.bincount(
        household_building,
        weights=household_heater_w(income_kzt_month, params),
        minlength=n_buildings,
    )
    return power_w
