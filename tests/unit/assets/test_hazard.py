"""Hazard laws against their closed forms."""

import numpy as np
import pytest

from twin.assets.hazard import exponential_rate, hazard_tables, heat_main_rate


def test_wear_is_the_chance_that_a_run_of_250_m_has_failed():
    tables = hazard_tables()
    row = tables.class_of("water", "steel")
    for age in (10, 20, 30, 40):
        integral = 0.020 / 0.075 * (np.exp(0.075 * age) - 1.0)
        assert tables.wear[row, age] == pytest.approx(1.0 - np.exp(-0.25 * integral), abs=2e-5)


def test_heat_main_rate_follows_the_scheme_method():
    rate = heat_main_rate(0.05)
    ages = np.array([3.0, 10.0, 25.0, 30.0, 37.0])
    expected = [0.05 * 0.3**-0.2, 0.05, 0.099, 0.195, 0.87]
    assert rate(ages) == pytest.approx(expected, rel=0.03)


def test_economic_life_matches_the_closed_form():
    # Shamir & Howard: renew when the yearly growth of repair cost passes the interest on renewal
    growth, at_zero, renewal, repair, interest = 0.08, 0.03, 50.0, 5.0, 0.05
    closed = np.log(np.log(1 + interest) * renewal / (at_zero * repair)) / growth
    ages = np.linspace(0, 120, 240_001)
    annual = exponential_rate(at_zero, growth)(ages) * repair
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
    assert tables.class_of("water", "unobtainium") == tables.class_of("water", "steel")
    assert tables.class_of("street", "cobbles") == tables.class_of("street", "asphalt")


def test_unknown_network_is_refused():
    with pytest.raises(KeyError, match="no hazard class for network 'gas'"):
        hazard_tables().class_of("gas", "pe")
