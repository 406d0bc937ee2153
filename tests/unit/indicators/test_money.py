"""Money, by hand."""

import math

import pytest

from tests.unit.indicators.worked import value_of


def test_emergency_share_is_repairs_over_repairs_and_renewal():
    spent = {"repair_kzt": 30.0, "renewal_kzt": 10.0, "detection_kzt": 60.0}
    assert value_of("emergency_share", **spent) == 0.75
    assert math.isnan(value_of("emergency_share", detection_kzt=60.0))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("budget_kzt_per_person_year", "received_kzt"),
        ("repair_kzt_per_person_year", "repair_kzt"),
        ("renewal_kzt_per_person_year", "renewal_kzt"),
    ],
)
def test_money_is_per_resident_and_year(kind, name):
    # 2000 KZT in 1461 person-days, four person-years
    assert value_of(kind, person_days=1461.0, **{name: 2000.0}) == pytest.approx(500.0)
    assert math.isnan(value_of(kind, **{name: 2000.0}))


def test_collection_rate_is_paid_over_billed():
    assert value_of("collection_rate", billed_kzt=400.0, paid_kzt=380.0) == 0.95
    assert math.isnan(value_of("collection_rate", paid_kzt=380.0))


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [
        ("state_grant_kzt_per_person_year", "state grant"),
        ("investor_return_kzt_per_person_year", "return on capital"),
    ],
)
def test_money_for_a_purpose_is_per_resident_and_year(kind, purpose):
    assert value_of(kind, person_days=1461.0, money={purpose: 2000.0}) == pytest.approx(500.0)


def test_investment_is_capital_less_what_was_not_needed():
    money = {"investment": 2500.0, "not needed": 500.0}
    found = value_of("investment_kzt_per_person_year", person_days=1461.0, money=money)
    assert found == pytest.approx(500.0)


def test_overrun_is_over_spending_on_works_and_equipment():
    money = {"sensors": 20.0, "meters": 10.0, "adaptive lights": 10.0, "fuel": 999.0}
    spent = {"repair_kzt": 30.0, "renewal_kzt": 30.0, "money": money}
    assert value_of("overrun_share", overrun_kzt=25.0, **spent) == 0.25


def test_failed_works_are_over_works_that_are_over():
    assert value_of("failed_works_share", works=8.0, failed_works=2.0) == 0.25
    assert math.isnan(value_of("failed_works_share"))
