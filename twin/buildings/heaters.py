"""How much electric heat households can call on when district heat fails them.

A rule of thumb, documented and without draws: a household owns one oil-filled radiator of 2 kW, and
runs it for as long as its electricity stays within a tenth of its income, the burden from which
fuel counts as unaffordable (Boardman, 1991, "Fuel Poverty", Belhaven). Poorer households can
therefore hold less. All three numbers are assumptions; wiring and transformers may allow less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int32

RADIATOR_W = 2000.0
"""Most a household plugs in."""
ELECTRICITY_KZT_KWH = 27.0
"""Household tariff, of the order of 2025 in northern Kazakhstan."""
BURDEN_SHARE = 0.10
"""Share of income a household spends on electric heat at most."""
_HOURS_A_MONTH = 730.0


def household_heater_w(income_kzt_month: Float64) -> Float64:
    """Return the mean power each household can afford and plug in, shape as given."""
    kwh = BURDEN_SHARE * np.asarray(income_kzt_month, dtype=np.float64) / ELECTRICITY_KZT_KWH
    power_w: Float64 = np.minimum(RADIATOR_W, 1000.0 * kwh / _HOURS_A_MONTH)
    return power_w


def building_heater_w(
    household_building: Int32, income_kzt_month: Float64, n_buildings: int
) -> Float64:
    """Return the heater power of each building's households together, shape (n_buildings,)."""
    power_w: Float64 = np.bincount(
        household_building,
        weights=household_heater_w(income_kzt_month),
        minlength=n_buildings,
    )
    return power_w
