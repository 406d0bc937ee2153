"""Hidden differences: mean 1, keyed, alike near each other, and new with each laying."""

import dataclasses

import numpy as np
import pytest

from tests.builders import grid_city
from twin.assets import Assets, past_failures
from twin.assets.hidden import HiddenDifferences, smooth_field
from twin.city.networks import NETWORKS
from twin.core.parameters import with_values
from twin.core.streams import Stream

WATER = NETWORKS[1]
IRON = WATER.covariates["ductile_iron"]
N = 20_000


def laid(law=IRON, causes=WATER.hidden, seed=5, points=None, n_renewals=0, year=1980.0):
    rows = np.arange(N, dtype=np.int32)
    if points is None:  # a region so wide that many patches of soil average out
        grid = np.arange(N)
        points = np.column_stack([grid % 141 * 900.0, grid // 141 * 900.0])
    hidden = HiddenDifferences.unknown(seed, rows, points)
    hidden.survey_soil(rows, causes)
    hidden.lay(rows, law, causes, np.full(N, year), n_renewals=n_renewals)
    return hidden


def test_parts_have_mean_one_and_their_product_the_measured_variance():
    hidden = laid()
    for part in (hidden.soil, hidden.laying, hidden.frailty):
        assert part.mean() == pytest.approx(1.0, abs=0.04)
        assert part.min() > 0.0
    factor = hidden.factor(slice(None))
    assert factor.mean() == pytest.approx(1.0, abs=0.06)
    assert factor.var() == pytest.approx(IRON.hidden_variance, rel=0.25)


@pytest.mark.parametrize("variance", [0.0, 0.1, 0.3, 0.83])
def test_small_variances_damp_all_parts_alike(variance):
    law = dataclasses.replace(IRON, hidden_variance=variance)
    factor = laid(law).factor(slice(None))
    assert factor.mean() == pytest.approx(1.0, abs=0.05)
    assert factor.var() == pytest.approx(variance, rel=0.2)


def test_the_soil_leaves_plastic_alone():
    hidden = laid(WATER.covariates["pe"])
    assert (hidden.soil == 1.0).all()
    assert set(hidden.soil_class) == {0, 1, 2}


def test_soil_classes_have_their_shares():
    counts = np.bincount(laid().soil_class, minlength=3) / N
    assert counts == pytest.approx([0.4, 0.4, 0.2], abs=0.05)


def test_soil_is_alike_over_some_hundred_metres_and_not_over_kilometres():
    points = np.column_stack([np.arange(N) * 10.0, np.zeros(N)])
    level = smooth_field(3, Stream.SOIL, points, np.full(2, 400.0))
    near = np.corrcoef(level[:-4], level[4:])[0, 1]
    middle = np.corrcoef(level[:-40], level[40:])[0, 1]
    far = np.corrcoef(level[:-400], level[400:])[0, 1]
    assert near > 0.98
    assert middle == pytest.approx(np.exp(-0.5), abs=0.1)
    assert abs(far) < 0.25


def test_a_place_keeps_soil_and_frailty_while_new_works_have_their_own_quality():
    first, second = laid(), laid(n_renewals=1, year=2030.0)
    assert (first.soil == second.soil).all()
    assert (first.frailty == second.frailty).all()
    assert abs(np.corrcoef(first.laying, second.laying)[0, 1]) < 0.1


def test_differences_depend_on_key_and_place_and_on_nobody_else():
    whole, city = laid(), np.arange(0, N, 7, dtype=np.int32)
    part = HiddenDifferences.unknown(5, city, whole.points_m[::7])
    rows = np.arange(city.size, dtype=np.int32)
    part.survey_soil(rows, WATER.hidden)
    part.lay(rows, IRON, WATER.hidden, np.full(city.size, 1980.0))
    assert (part.soil == whole.soil[::7]).all()
    assert (part.frailty == whole.frailty[::7]).all()
    assert part.laying == pytest.approx(whole.laying[::7])
    assert (laid(seed=6).frailty != whole.frailty).any()


def test_where_no_place_is_known_each_asset_draws_its_own_soil():
    hidden = laid(points=np.full((N, 2), np.nan))
    assert np.bincount(hidden.soil_class) / N == pytest.approx([0.4, 0.4, 0.2], abs=0.02)
    assert abs(np.corrcoef(hidden.soil_class[:-1], hidden.soil_class[1:])[0, 1]) < 0.03
    assert hidden.factor(slice(None)).mean() == pytest.approx(1.0, abs=0.05)


def test_a_worse_pipe_has_had_more_failures_and_a_new_one_none():
    city = grid_city(12, 12)
    city.util_edges["length_m"] = 2000.0
    assets = Assets(city, 2026, 1)
    rows = assets.rows("water")
    years = int(assets.arrays.age_years.max()) + 2
    past = past_failures(assets, years)
    assert past.shape == (len(assets), years)
    total = past[rows].sum(axis=1)
    worse = assets.hidden.factor(rows) > 1.0
    assert total[worse].mean() > 1.5 * total[~worse].mean()
    age = assets.arrays.age_years.astype(int)
    for row in range(rows.start, rows.stop):
        assert not past[row, age[row] :].any()
    expected = assets.register_exposure()[rows] * assets.hidden.factor(rows)
    assert total.sum() == pytest.approx(expected.sum(), abs=4.0 * np.sqrt(expected.sum()))
    assert (past == past_failures(assets, years)).all()


def test_a_street_has_no_hidden_differences():
    assets = Assets(grid_city(), 2026, 1)
    assert (assets.arrays.factor[assets.rows("street")] == 1.0).all()


def test_a_scenario_that_wants_none_gets_pipes_as_the_register_has_them():
    alike = {"covariates": {name: {"hidden_variance": 0.0} for name in WATER.covariates}}
    kinds = (NETWORKS[0], with_values(WATER, alike), *NETWORKS[2:])
    assets = Assets(grid_city(), 2026, 1, kinds)
    rows = assets.rows("water")
    assert (assets.hidden.factor(rows) == 1.0).all()
    assert (assets.failures_per_year()[rows] == assets.register_failures_per_year()[rows]).all()
