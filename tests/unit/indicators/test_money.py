"""Money, by hand."""

import math

import pytest

from tests.unit.indicators.worked import value_of


def test_emergency_share_is_repairs_over_repairs_and_renewal():
    spent = {"repair_kzt": 30.0, "renewal_kzt": 10.0, "programmes_kzt": 60.0}
    assert value_of("emergency_share", **spent) == 0.75
    assert math.isnan(value_of("emergency_share", programmes_kzt=60.0))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("budget_kzt_per_person_year", "received_kzt"),
        ("repair_kzt_per_person_year", "repair_kzt"),
        ("renewal_kzt_per_person_year", "renewal_kzt"),
        ("programmes_kzt_per_person_year", "programmes_kzt"),
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
        ("heat_loops_kzt_per_person_year", "heat loops"),
        ("housing_aid_kzt_per_person_year", "housing aid"),
    ],
)
def test_what_moved_for_a_purpose_is_per_resident_and_year(kind, purpose):
    # 2000 KZT in 1461 person-days, four person-years
    moved = {purpose: 2000.0, "repair": 9000.0}
    assert value_of(kind, person_days=1461.0, money=moved) == pytest.approx(500.0)
    assert value_of(kind, person_days=1461.0) == 0.0


def test_spending_is_all_that_left_the_city_a_year():
    # 3 million in half a year
    moved = {"all spending": 3e6, "repair": 2e6}
    assert value_of("spending_million_kzt_year", days=182.625, money=moved) == pytest.approx(6.0)


def test_cost_recovery_is_bills_paid_over_what_operators_pay():
    costs = {"fuel": 10.0, "treatment": 20.0, "electricity": 30.0, "staff": 40.0}
    costs |= {"overhead": 50.0, "interest": 60.0}
    others = {"municipal interest": 1e6, "repayment": 1e6, "repair": 1e6}
    moved = costs | others | {"bills paid": 105.0}
    assert value_of("cost_recovery", money=moved) == 0.5
    assert math.isnan(value_of("cost_recovery", money={"bills paid": 105.0}))


def test_tariff_surplus_is_less_the_subsidy():
    moved = {"tariff surplus": 3000.0, "subsidy": 5000.0}
    found = value_of("tariff_surplus_kzt_per_person_year", person_days=1461.0, money=moved)
    assert found == pytest.approx(-500.0)


def test_reinvestment_is_renewal_over_depreciation():
    assert value_of("reinvestment_share", renewal_kzt=30.0, money={"depreciation": 120.0}) == 0.25
    assert math.isnan(value_of("reinvestment_share", renewal_kzt=30.0))


def test_arrears_are_in_months_of_all_bills():
    # 6000 billed in two years are 250 a month
    found = value_of(
        "arrears_months", ends=(0.0, 0.0, 0.0, 500.0), days=730.5, money={"bills": 6000.0}
    )
    assert found == pytest.approx(2.0)


def test_debt_is_per_resident_at_the_end():
    assert value_of("debt_kzt_per_person", ends=(0.0, 0.0, 0.0, 0.0, 7000.0)) == 70.0


def test_refused_repairs_are_days_a_year():
    assert value_of("refused_repair_days", days=730.5, refused_repairs=9.0) == pytest.approx(4.5)


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
