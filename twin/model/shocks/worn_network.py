"""Worn networks: a network turns out as worn as if years had passed without renewal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from twin.city.networks import code_of

if TYPE_CHECKING:
    from twin.assets import Assets
    from twin.core.arrays import Float64
    from twin.model.state import State

_CLOSE_YEARS = 1e-11


def wear_down(state: State) -> None:
    """Carry out today's shocks of this kind."""
    today = state.today.clock.date(state.day)
    for shock in state.shocks.worn:
        if shock.date == today:
            grow_older(state.assets, shock.network, shock.wear_book)
            state.wear_phys = state.assets.wear_phys()


def grow_older(assets: Assets, network: str, wear_book: float) -> float:
    """Age a network as if years had passed without renewal; return the years.

    They are the fewest that bring the mean wear in the register, by length, to `wear_book`, to
    within 1e-11 years; 0 where it is there already.
    """
    rows = assets.rows(network)
    arrays = assets.arrays
    length_m = np.where(assets.is_pump[rows], 0.0, arrays.length_m[rows])
    if not length_m.sum():
        return 0.0

    life_years = assets.networks[code_of(network)].norm_life_years

    def worn(years: float) -> Float64:
        wear: Float64 = np.minimum(1.0, arrays.wear_book[rows] + years / life_years)
        return wear

    def lacking(years: float) -> float:
        return float(wear_book * length_m.sum() - worn(years) @ length_m)

    if lacking(0.0) <= 0.0:
        return 0.0
    wear = arrays.wear_book[rows][length_m > 0.0]
    all_worn = float(life_years * (1.0 - wear.min()))
    whole = lacking(all_worn) >= 0.0
    years = all_worn if whole else brentq(lacking, 0.0, all_worn, xtol=_CLOSE_YEARS)
    arrays.wear_book[rows] = worn(years)
    arrays.age_years[rows] += years
    return years
