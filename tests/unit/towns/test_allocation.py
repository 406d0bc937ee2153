"""How a state divides its fund: each rule worked out by hand, and no tiyn lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.parameters import StateParams
from twin.scenario import StateFund
from twin.towns import RULES, TownReport, allocated

PARAMS = StateParams()
FUND = 100_000_00  # 100,000 KZT in tiyn


def town(name, people=1000, wear=0.5, request=0.0, weight=1.0, avoided=(), cost=()):
    """Return a report."""
    return TownReport(
        town=name,
        people=people,
        wear=wear,
        request_kzt=request,
        lobbying_weight=weight,
        avoidable_failures=np.array(avoided, dtype=np.float64),
        cost_kzt=np.array(cost, dtype=np.float64),
    )


def grants(rule, *reports):
    """Return grants in KZT by town."""
    found = allocated(RULES[rule], reports, FUND, PARAMS)
    return {name: amount / 100 for name, amount in found.items()}


def test_every_rule_of_the_form_has_a_function():
    assert set(RULES) == set(StateFund.model_fields["rule"].annotation.__args__)


def test_formula_pays_per_resident():
    assert grants("formula", town("a", 3000), town("b", 1000)) == {"a": 75_000, "b": 25_000}


def test_lobbying_weighs_residents():
    found = grants("lobbying", town("a", 3000), town("b", 1000, weight=3.0))
    assert found == {"a": 50_000, "b": 50_000}


def test_where_nobody_has_weight_parts_are_equal():
    found = grants("lobbying", town("a", weight=0.0), town("b", weight=0.0))
    assert found == {"a": 50_000, "b": 50_000}


def test_red_towns_are_served_first_then_yellow_then_green():
    red = town("red", wear=0.66, request=60_000)
    yellow = town("yellow", wear=0.65, request=70_000)
    green = town("green", wear=0.45, request=50_000)
    assert grants("wear_zone", green, yellow, red) == {
        "green": 0.0,
        "yellow": 40_000,
        "red": 60_000,
    }


def test_a_zone_that_is_short_shares_in_proportion_to_requests():
    one, other = (
        town("a", wear=0.9, request=300_000),
        town("b", wear=0.7, request=100_000),
    )
    assert grants("wear_zone", one, other) == {"a": 75_000, "b": 25_000}


def test_what_no_town_requests_goes_per_resident():
    found = grants("wear_zone", town("a", 3000, request=20_000), town("b", 1000))
    assert found == {"a": 20_000 + 60_000, "b": 20_000}


def test_cost_benefit_takes_the_mains_that_avoid_most_failures_per_tenge():
    a = town("a", avoided=[3.0, 0.1], cost=[60_000, 10_000])
    b = town("b", avoided=[2.0, 0.9], cost=[70_000, 30_000])
    # 3/60, then 2/70 is too dear, then 0.9/30, then 0.1/10: 60 + 30 + 10
    assert grants("cost_benefit", a, b) == {"a": 70_000, "b": 30_000}


def test_a_main_that_cannot_fail_earns_nothing():
    a, b = town("a", avoided=[0.0], cost=[50_000]), town("b", avoided=[1.0], cost=[50_000])
    assert grants("cost_benefit", a, b) == {"a": 25_000, "b": 75_000}


REPORTS = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.floats(0, 1),
        st.floats(0, 1e9),
        st.floats(0, 1000),
        st.lists(st.tuples(st.floats(0, 5), st.floats(1.0, 1e8)), max_size=5),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("rule", list(RULES))
@given(rows=REPORTS, fund=st.integers(0, 10**13))
def test_grants_are_the_whole_fund_to_the_tiyn(rule, rows, fund):
    reports = [
        town(f"t{i}", people, wear, request, weight, *zip(*mains, strict=True))
        if mains
        else town(f"t{i}", people, wear, request, weight)
        for i, (people, wear, request, weight, mains) in enumerate(rows)
    ]
    found = allocated(RULES[rule], reports, fund, PARAMS)
    assert sum(found.values()) == fund
    assert all(type(amount) is int and amount >= 0 for amount in found.values())
