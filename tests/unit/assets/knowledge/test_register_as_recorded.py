"""Entries of the register against the mains in the ground."""

import numpy as np
import pytest

from tests.builders import grid_city
from twin.assets import Assets
from twin.assets.knowledge.recorded import RecordedRegister
from twin.city.networks import STREET, code_of
from twin.parameters import KnowledgeParams

NO_ERRORS = {
    "wrong_year_share": 0.0,
    "missing_year_share": 0.0,
    "wrong_material_share": 0.0,
    "missing_material_share": 0.0,
}
WATER = code_of("water")


@pytest.fixture(scope="module")
def city():
    """A grid whose water mains are of three materials and many years."""
    city = grid_city(12, 12)
    edges = city.util_edges
    rows = np.arange(len(edges))
    water_pipe = (edges["network"] == "water") & (edges["kind"] == "pipe")
    names = np.resize(np.array(["cast_iron", "steel", "pe"], dtype=object), rows.size)
    edges["material"] = np.where(water_pipe, names, edges["material"])
    edges["built_year"] = (1950 + 7 * rows % 60).astype(np.int32)
    return city


def register(city, seed=1, **params):
    assets = Assets(city, 2026, seed=seed)
    return assets, RecordedRegister(assets, KnowledgeParams(**{**NO_ERRORS, **params}))


def mains(assets):
    return (assets.arrays.network != STREET.code) & ~assets.is_pump


def test_without_errors_it_is_what_lies_in_the_ground(city):
    assets, known = register(city)
    np.testing.assert_array_equal(known.age_years(), assets.arrays.age_years)
    np.testing.assert_array_equal(known.class_of, assets.arrays.class_of)
    assert known.year_is_recorded.all()
    assert known.material_is_recorded.all()


def test_wrong_years_spread_about_the_true_ones_and_are_never_in_the_future(city):
    assets, known = register(city, wrong_year_share=0.5, wrong_year_spread_years=6.0)
    error = known.age_years() - assets.arrays.age_years
    wrong = error[mains(assets)] != 0.0
    assert wrong.mean() == pytest.approx(0.5, abs=0.1), "some are wrong by less than a year"
    assert error[mains(assets)].std() == pytest.approx(6.0 * np.sqrt(0.5), rel=0.15)
    assert (known.age_years() >= 0.0).all()
    assert (error[~mains(assets)] == 0.0).all()
    assert known.year_is_recorded.all()


def test_a_missing_year_is_taken_from_like_mains_and_ages_with_the_main(city):
    assets, known = register(city, missing_year_share=0.3)
    lost = ~known.year_is_recorded
    assert lost[mains(assets)].mean() == pytest.approx(0.3, abs=0.06)
    for one in np.unique(assets.arrays.class_of[lost]):
        alike = assets.arrays.class_of == one
        median = np.median(assets.arrays.age_years[alike & ~lost])
        np.testing.assert_allclose(known.age_years()[alike & lost], median)
    before = known.age_years().copy()
    assets.age(365.25, np.ones(len(assets.tables.classes)), 0)
    np.testing.assert_allclose(known.age_years(), before + 1.0)


def test_a_wrong_material_is_another_of_its_network(city):
    assets, known = register(city, wrong_material_share=0.4)
    wrong = known.class_of != assets.arrays.class_of
    water = mains(assets) & (assets.arrays.network == WATER)
    assert wrong[water].mean() == pytest.approx(0.4, abs=0.06)
    assert not wrong[~water].any(), "heat has one material, streets are in plain sight"
    assert set(known.class_of[water]) == set(assets.arrays.class_of[water])
    assert known.material_is_recorded.all()


def test_a_missing_material_is_taken_as_the_commonest(city):
    assets, known = register(city, missing_material_share=0.3)
    lost = ~known.material_is_recorded
    water = assets.arrays.network == WATER
    metres = np.bincount(assets.arrays.class_of[water], weights=assets.arrays.length_m[water])
    assert set(known.class_of[water & lost]) == {metres.argmax()}


def test_errors_are_drawn_by_the_main_and_the_seed(city):
    shares = {"wrong_year_share": 0.3, "missing_material_share": 0.2}
    _, first = register(city, **shares)
    _, again = register(city, **shares)
    _, other = register(city, seed=2, **shares)
    np.testing.assert_array_equal(first.years_too_old, again.years_too_old)
    assert (first.years_too_old != other.years_too_old).any()


def test_a_main_that_is_laid_new_is_entered_as_it_is(city):
    assets, known = register(city, missing_year_share=1.0, missing_material_share=1.0)
    row = int(assets.start[WATER]) + 5
    assets.renew(row)
    known.enter(row)
    assert known.age_years()[row] == 0.0
    assert known.class_of[row] == assets.arrays.class_of[row]
    assert known.year_is_recorded[row]
    assert known.material_is_recorded[row]
