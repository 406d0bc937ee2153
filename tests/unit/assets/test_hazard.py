"""Hazard laws against their closed forms."""

import numpy as np
import pytest

from twin.assets.hazard import hazard_tables
from twin.city.hazard_laws import ExponentialLaw, HeatSchemeLaw
from twin.city.networks import NETWORKS
from twin.core.parameters import with_values

STREET, WATER, HEAT = NETWORKS[:3]


def test_wear_is_the_chance_that_a_run_of_1_km_has_failed():
    tables = hazard_tables()
    row = tables.class_of(WATER, "steel")
    for age in (10, 20, 30, 40):
        integral = 0.0016 / 0.080 * (np.exp(0.080 * age) - 1.0)
        assert tables.total[row, age] == pytest.approx(integral, rel=1e-5)
        assert tables.wear[row, age] == pytest.approx(1.0 - np.exp(-integral), abs=2e-5)


def test_heat_main_rate_follows_the_scheme_method_and_then_grows_by_a_tenth():
    rate = HeatSchemeLaw(0.05, 25.0, 0.10).rate
    ages = np.array([3.0, 10.0, 25.0, 30.0, 45.0])
    at_25 = 0.05 * 2.5 ** (0.5 * np.exp(1.25) - 1.0)
    expected = [0.05 * 0.3**-0.2, 0.05, at_25, at_25 * np.exp(0.5), at_25 * np.exp(2.0)]
    assert rate(ages) == pytest.approx(expected)
    longer = HeatSchemeLaw(0.05, 37.0, 0.10).rate(np.array([30.0, 37.0]))
    assert longer == pytest.approx([0.195, 0.87], rel=0.03)


def test_economic_life_matches_the_closed_form():
    # Shamir & Howard: renew when the yearly growth of repair cost passes the interest on renewal
    growth, at_zero, renewal, repair, interest = 0.08, 0.03, 50.0, 5.0, 0.05
    closed = np.log(np.log(1 + interest) * renewal / (at_zero * repair)) / growth
    ages = np.linspace(0, 120, 240_001)
    annual = ExponentialLaw(at_zero, growth).rate(ages) * repair
    found = ages[np.argmax(annual >= np.log(1 + interest) * renewal)]
    assert abs(found - closed) < 0.01


def test_rates_and_wear_rise_with_age_after_running_in():
    tables = hazard_tables()
    assert (np.diff(tables.rate[:, 4:], axis=1) >= 0).all()
    assert (np.diff(tables.wear, axis=1) >= 0).all()
    assert (tables.wear >= 0).all()
    assert (tables.wear <= 1).all()


def test_an_unlisted_material_counts_as_steel():
    tables = hazard_tables()
    assert tables.class_of(WATER, "unobtainium") == tables.class_of(WATER, "steel")
    assert tables.class_of(STREET, "cobbles") == tables.class_of(STREET, "asphalt")


def test_growth_with_age_ends_at_the_declared_rate():
    tables = hazard_tables()
    assert tables.rate[tables.class_of(HEAT, "steel")].max() == 1.5
    assert tables.rate[tables.class_of(STREET, "asphalt")].max() == 4.0
    assert tables.rate[tables.class_of(WATER, "steel")].max() == 4.0


def test_a_scenario_changes_the_law_of_one_material_and_no_other():
    faster = {"hazards": {"steel": {"level_per_km_year": 0.0048}}}
    plain, changed = hazard_tables(), hazard_tables((STREET, with_values(WATER, faster), HEAT))
    steel = plain.class_of(WATER, "steel")
    assert changed.rate[steel, 10] == pytest.approx(3.0 * plain.rate[steel, 10])
    others = np.arange(len(plain.classes)) != steel
    assert (changed.rate[others] == plain.rate[others]).all()
