"""Worn networks: a network turns out as worn as if years had passed without renewal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.city.networks import code_of

if TYPE_CHECKING:
    from twin.assets import Assets
    from twin.core.arrays import Float64
    from twin.model.state import State

_MOST_YEARS = 60.0
_HALVINGS = 50


def wear_down(state: State) -> None:
    """Carry out today's shocks of this kind."""
    today = state.today.clock.date(state.day)
    for shock in state.shocks.worn:
        if shock.date == today:
            grow_older(state.assets, shock.network, shock.wear_book)
            state.wear_phys = state.assets.wear_phys()


def grow_older(assets: Assets, network: str, wear_book: float) -> float:
    """Age a network as if years had passed without renewal; return the years.

    They are the fewest that bring the mean wear in the register, by length, to `wear_book`, 0 where
    it is there already.
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

    low, high = 0.0, _MOST_YEARS
    if float(worn(0.0) @ length_m) >= wear_book * length_m.sum():
        return 0.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        enough = float(worn(middle) @ length_m) >= wear_book * length_m.sum()
        low, high = (low, middle) if enough else (middle, high)
    arrays.wear_book[rows] = worn(high)
    arrays.age_years[rows] += high
    return high
