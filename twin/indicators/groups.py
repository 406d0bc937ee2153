"""Groups of residents whose cold is counted apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64

COLD_GROUPS = ("all", "poor", "old")
"""Residents whose cold is counted: all, the fifth with least income per head, those from 65 on."""
POOR_SHARE = 0.2
"""Share of people, by income per head of their household, who count as poor."""
OLD_FROM_YEARS = 65


def residents_by_group(city: City) -> Float64:
    """Return residents by group of `COLD_GROUPS` and building, shape (n_groups, n_buildings)."""
    n = len(city.buildings)
    persons, households = city.persons, city.households
    home = persons["building_id"].to_numpy()
    household = persons["household_id"].to_numpy()
    income = households["income_kzt_month"].to_numpy(dtype=np.float64)
    per_head = (income / households["size"].to_numpy())[household]
    poor = np.zeros(home.size, dtype=np.bool_)
    poor[np.argsort(per_head, kind="stable")[: round(POOR_SHARE * home.size)]] = True
    old = persons["age"].to_numpy() >= OLD_FROM_YEARS
    known = {"all": np.ones(home.size, dtype=np.bool_), "poor": poor, "old": old}
    return np.stack(
        [np.bincount(home[known[name]], minlength=n).astype(np.float64) for name in COLD_GROUPS]
    )
