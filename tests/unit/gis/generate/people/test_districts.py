"""Districts differ in schooling and pay, and so in how readily their people report (V11)."""

import numpy as np
import pandas as pd
import pytest

from gis.generate.people.districts import (
    district_scores,
    paid_by_district,
    schooled_by_district,
)
from gis.generate.people.occupations import deal_education
from tests.fixtures_city import small_city
from twin.citizens import Population, Voice
from twin.citizens.voice import voice_hazards

ADULT = 18


def test_scores_are_standard_over_people_and_one_for_a_district():
    zone = np.repeat([0, 1, 3], [50, 20, 30])
    score = district_scores(zone, 1)
    assert (score.mean(), score.std()) == pytest.approx((0.0, 1.0), abs=1e-12)
    assert np.unique(score).size == 3
    assert not district_scores(np.zeros(10, dtype=np.int64), 1).any()


def test_draws_lean_towards_the_district_and_keep_their_spread():
    rng = np.random.default_rng(1)
    draw, score = rng.random(20_000), np.repeat([-1.0, 1.0], 10_000)
    leaning = schooled_by_district(draw, score)
    assert leaning.std() == pytest.approx(1.0, abs=0.02)
    assert leaning[10_000:].mean() - leaning[:10_000].mean() == pytest.approx(1.2, abs=0.03)
    own = rng.standard_normal(20_000)
    assert paid_by_district(own, score).std() == pytest.approx(1.0, abs=0.02)
    assert paid_by_district(own, np.zeros(20_000)) is own


def test_the_town_as_a_whole_is_schooled_as_before():
    persons = pd.DataFrame({"person_id": np.arange(3000), "age": np.arange(3000) % 90})
    district = district_scores(np.arange(3000) % 7, 2)
    apart = deal_education(persons, 5, district=district)
    alike = deal_education(persons, 5)
    group = np.searchsorted((0, 16, 18, 23, 40, 60), persons["age"], side="right")
    for one in np.unique(group):
        rows = group == one
        assert (np.bincount(apart[rows]) == np.bincount(alike[rows])).all()
    assert (deal_education(persons, 5, district=np.zeros(3000)) == alike).all()


def test_districts_differ_by_half_to_fourfold_in_how_readily_they_report():
    town = small_city()
    people = Population.from_city(town, 1)
    hazard = voice_hazards(people, Voice(), people.params)
    zone = town.buildings["zone_id"].to_numpy()[people.get("building")]
    adult = people.get("age") >= ADULT
    count = np.bincount(zone[adult])
    rate = np.bincount(zone[adult], weights=hazard[adult]) / np.maximum(count, 1)
    rate = rate[count >= 100]
    assert rate.size >= 5
    assert 1.5 < rate.max() / rate.min() < 4.0
