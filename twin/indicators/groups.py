"""Groups of residents whose cold is counted apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from twin.city.bundle import City
    from twin.core.arrays import Float64

COLD_GROUPS = ("all", "poor", "old")
"""Residents whose cold is counted: all, the fifth with least income per head, those from 65 on."""
POOR_SHARE = 0.2
"""Share of people, by income per head of their household, who count as poor."""
OLD_FROM_YEARS = 65


def residents_by_group(city: City) -> Float64:
    """Return residents by group of `COLD_GROUPS` and building, shape (n_groups, n_buildings)."""
    persons, households = city.persons, city.households
    household = persons["household_id"].to_numpy()
    income = households["income_kzt_month"].to_numpy(dtype=np.float64)
    per_head = (income / households["size"].to_numpy())[household]
    home, age = persons["building_id"].to_numpy(), persons["age"].to_numpy()
    return count_by_group(home, per_head, age, len(city.buildings))


def count_by_group(home: ArrayLike, income_per_head: ArrayLike, age: ArrayLike, n: int) -> Float64:
    """Return residents by group and building; the first three are of each person."""
    home, per_head = np.asarray(home), np.asarray(income_per_head)
    poor = np.zeros(home.size, dtype=np.bool_)
    poor[np.argsort(per_head, kind="stable")[: round(POOR_SHARE * home.size)]] = True
    old = np.asarray(age) >= OLD_FROM_YEARS
    known = {"all": np.ones(home.size, dtype=np.bool_), "poor": poor, "old": old}
    return np.stack(
        [np.bincount(home[known[name]], minlength=n).astype(np.float64) for name in COLD_GROUPS]
    )
