"""How old a network becomes that turns out worn: worked by hand."""

import numpy as np
import pytest

from tests.builders import grid_city
from twin.assets import Assets
from twin.model.shocks.worn_network import grow_older

LIFE_YEARS = 25.0
"""Norm life of heat mains."""


def mains(wear):
    """Heat mains of equal length, with some wear in the register in turn."""
    assets = Assets(grid_city(), 2026, seed=1)
    rows = assets.rows("heat")
    n = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
    assets.arrays.wear_book[rows] = np.resize(wear, n)
    assets.arrays.length_m[rows] = 100.0
    return assets, rows


def test_all_mains_grow_older_alike():
    assets, rows = mains([0.2])
    assert grow_older(assets, "heat", 0.6) == pytest.approx(0.4 * LIFE_YEARS, abs=1e-10)
    assert assets.arrays.wear_book[rows] == pytest.approx(0.6, abs=1e-11)


def test_a_main_that_is_worn_out_leaves_the_ageing_to_the_others():
    assets, _ = mains([1.0, 0.2])
    # the mean is 0.6: half of the length must gain twice the 0.2 that lack
    assert grow_older(assets, "heat", 0.8) == pytest.approx(0.4 * LIFE_YEARS, rel=0.1)


def test_all_worn_out_takes_as_long_as_the_newest_main_needs_and_no_longer():
    assets, rows = mains([0.2, 0.5])
    assert grow_older(assets, "heat", 1.0) == pytest.approx(0.8 * LIFE_YEARS, abs=1e-10)
    assert assets.arrays.wear_book[rows] == pytest.approx(1.0)


def test_a_network_more_worn_already_stays_as_it_is():
    assets, rows = mains([0.7])
    before = assets.arrays.age_years[rows].copy()
    assert grow_older(assets, "heat", 0.6) == 0.0
    assert (assets.arrays.age_years[rows] == before).all()
