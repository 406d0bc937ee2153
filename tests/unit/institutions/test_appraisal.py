"""Whether an investment is worth its money, by textbook figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.institutions.appraisal import annuity_factor, appraised


def test_an_annuity_of_ten_years_at_ten_per_cent():
    assert annuity_factor(0.10, 10) == pytest.approx(6.144567, abs=1e-6)
    assert annuity_factor(0.0, 10) == 10.0


def test_it_is_taken_where_it_returns_the_hurdle_and_pays_back_in_time():
    good = appraised(6.0e6, 1.0e6, 10, hurdle=0.10, horizon_years=8)
    assert good.npv_kzt == pytest.approx(0.144567e6, abs=1)
    assert good.irr == pytest.approx(0.1056, abs=1e-4)
    assert good.payback_years == 6.0
    assert good.is_taken
    assert good.reason.startswith("invests: NPV 0.1 million KZT at 10.0%")


def test_too_low_a_return_is_refused_with_the_reason():
    low = appraised(6.0e6, 1.0e6, 10, hurdle=0.11, horizon_years=8)
    assert not low.is_taken
    assert low.reason.startswith("does not invest, return under the hurdle: NPV -0.1")


def test_too_long_a_payback_is_refused_though_the_return_is_high():
    late = appraised(6.0e6, 1.0e6, 40, hurdle=0.11, horizon_years=5)
    assert late.npv_kzt > 0.0
    assert late.reason.startswith("does not invest, payback over 5 years")


def test_what_brings_nothing_never_pays_back():
    nothing = appraised(1.0e6, 0.0, 10, hurdle=0.1, horizon_years=8)
    assert (nothing.irr, nothing.payback_years, nothing.is_taken) == (-1.0, float("inf"), False)


@given(st.floats(-0.5, 2.0), st.integers(1, 50), st.floats(1e3, 1e10))
def test_the_internal_rate_is_the_rate_that_made_the_payment(rate, years, capital):
    payment = capital / annuity_factor(rate, years)
    found = appraised(capital, payment, years, hurdle=0.1, horizon_years=8)
    assert found.irr == pytest.approx(rate, abs=1e-6)
