"""An operator's month and year by hand."""

import pytest

from twin.city.networks import NETWORKS, STREET, code_of
from twin.economy import Ledger, Operator, holders, tiyn
from twin.economy.ledger import Instrument
from twin.economy.operators import lending_limit_tiyn
from twin.parameters import OperatorParams

WATER, HEAT = NETWORKS[code_of("water")], NETWORKS[code_of("heat")]
PARAMS = OperatorParams(
    electricity_kzt_per_kwh=30.0,
    fixed_cost_share=0.5,
    overhead_share=0.2,
    reserve_months=1.0,
    loan_interest_per_year=0.12,
)


@pytest.fixture
def water():
    """An operator with fixed costs of 1.2 million a year, 100,000 a month."""
    return Operator(WATER, Ledger(), PARAMS, 2.4e6)


def paid(one, purpose):
    return one.ledger.total(purpose, source=one.account)


def give(one, amount_kzt):
    one.ledger.move(holders.HOUSEHOLDS, one.account, tiyn(amount_kzt), "bills paid")


def test_a_month_costs_treatment_electricity_staff_and_overhead(water):
    give(water, 1e6)
    water.pay_month({"water.produced_m3": 1000.0, "water.pump_kwh": 200.0})
    assert paid(water, "treatment") == tiyn(1000 * 25.0)
    assert paid(water, "electricity") == tiyn(200 * 30.0)
    assert paid(water, "staff") == tiyn(80_000)
    assert paid(water, "overhead") == tiyn(20_000)
    assert water.debt_tiyn() == 0


def test_heat_buys_fuel_for_all_heat_supplied():
    heat = Operator(HEAT, Ledger(), PARAMS, 0.0)
    give(heat, 24_000)
    heat.pay_month({"heat.supplied_mwh": 10.0, "water.produced_m3": 1e6})
    assert heat.ledger.total("fuel", target=holders.FUEL) == tiyn(24_000)
    assert heat.ledger.total("electricity") == 0


def test_half_a_month_costs_half_the_staff_and_interest(water):
    water.pay_month({})
    assert water.debt_tiyn() == tiyn(100_000)
    water.pay_month({"water.produced_m3": 100.0}, share_of_month=0.5)
    assert paid(water, "interest") == tiyn(100_000 * 0.12 / 12 / 2)
    assert paid(water, "staff") == tiyn(80_000 * 1.5)
    assert paid(water, "treatment") == tiyn(2500)


def test_extra_pay_moves_staff_down_to_nothing(water):
    water.pay_month({}, extra_staff_kzt_year=120_000.0)
    assert paid(water, "staff") == tiyn(90_000)
    water.pay_month({}, extra_staff_kzt_year=-5e6)
    assert paid(water, "staff") == tiyn(90_000)
    assert paid(water, "overhead") == tiyn(40_000)


def test_what_the_till_lacks_is_borrowed_with_interest(water):
    give(water, 30_000)
    water.pay_month({})
    assert (water.debt_tiyn(), water.ledger.balance(water.account)) == (tiyn(70_000), 0)
    water.pay_month({})
    assert water.debt_tiyn() == tiyn(170_000 + 700)
    assert water.ledger.imbalance_tiyn() == 0


def test_a_year_closes_with_debt_paid_back_before_anything_is_left_over(water):
    water.pay_month({})  # owes 100,000
    give(water, 150_000)
    assert water.close_year() == 0  # 50,000 are over a month's reserve
    assert water.debt_tiyn() == tiyn(50_000)
    give(water, 80_000)
    assert water.close_year() == tiyn(30_000)
    assert water.debt_tiyn() == 0
    assert water.ledger.balance(water.account) == tiyn(130_000)  # the caller takes what is left


def test_a_till_below_its_reserve_keeps_all(water):
    give(water, 90_000)
    assert water.close_year() == 0
    assert water.ledger.balance(water.account) == tiyn(90_000)


def test_a_subsidy_pays_back_debt_and_no_more(water):
    water.pay_month({})
    assert water.take_subsidy(tiyn(40_000)) == tiyn(40_000)
    assert water.take_subsidy(tiyn(90_000)) == tiyn(60_000)
    assert water.take_subsidy(tiyn(90_000)) == 0
    assert water.ledger.balance(holders.MUNICIPALITY) == tiyn(-100_000)
    assert water.ledger.balance(holders.BANK, Instrument.LOAN) == 0


def test_a_network_that_sells_nothing_has_no_operator():
    with pytest.raises(TypeError, match="street sells nothing"):
        Operator(STREET, Ledger(), PARAMS, 1.0)


def test_a_bank_lends_until_interest_reaches_its_part_of_the_approved_revenue():
    # 15 % of 2.4 million a year is the interest on 3 million at 12 %
    one = Operator(WATER, Ledger(), PARAMS, 2.4e6)
    for _ in range(60):
        one.pay_month({})
        assert one.debt_tiyn() <= tiyn(3e6)
    assert one.debt_tiyn() == tiyn(3e6)
    assert one.credit_tiyn() == 0
    assert one.ledger.balance(one.account) == 0
    assert one.ledger.imbalance_tiyn() == 0


def test_at_the_limit_interest_and_supplies_come_before_staff_and_what_is_refused_is_known():
    one = Operator(WATER, Ledger(), PARAMS, 2.4e6)
    for _ in range(60):
        one.pay_month({})
    one.take_refused()
    before = paid(one, "staff")
    give(one, 30_000 + 25_000 + 50_000)
    one.pay_month({"water.produced_m3": 1000.0})
    assert paid(one, "treatment") == tiyn(25_000)
    assert paid(one, "staff") - before == tiyn(50_000)
    assert one.take_refused() == {"staff": tiyn(30_000), "overhead": tiyn(20_000)}
    assert one.take_refused() == {}


def test_loans_without_interest_have_no_limit():
    assert lending_limit_tiyn(0.0, 0.0) > tiyn(1e15)
    assert lending_limit_tiyn(1e6, 0.1) == tiyn(1e7)
