"""Departments that share a plan, and an investor: on the worn town, money by money."""

import datetime as dt

import mesa
import numpy as np
import pytest

from tests.builders_worn import worn_town
from twin.assets import Assets
from twin.city.actions import (
    RankRenewals,
    SetConduct,
    SetDepartments,
    SetInvestment,
)
from twin.city.networks import NETWORKS, code_of
from twin.core.clock import Clock
from twin.economy import Operator, holders, tiyn
from twin.economy.ledger import Instrument
from twin.institutions import Investor, Municipality, Today
from twin.institutions.investor import KnownYear
from twin.parameters import InvestorParams, OperatorParams

WATER = code_of("water")
HONEST = SetConduct(competence=1.0, integrity=1.0, transparency=1.0)
CITY = worn_town()
EQUAL = (1.0,) * len(NETWORKS)
TERMS = {
    "network": WATER,
    "capital_kzt": 20e6,
    "term_years": 5,
    "return_share": 0.25,
}


class Town:
    """Office, operator and investor of the worn town, before the first day of 2026."""

    def __init__(self, **numbers):
        self.today = Today(Clock(dt.date(2026, 1, 1)), seed=1)
        self.assets = Assets(CITY, 2026, seed=1)
        self.office = Municipality(mesa.Model(rng=1), self.today, self.assets)
        self.ledger = self.office.ledger
        self.ledger.open_month("2026-01")
        self.operator = Operator(NETWORKS[WATER], self.ledger, OperatorParams(), 20e6)
        params = InvestorParams(**{"horizon_years": 50.0, **numbers})
        self.investor = Investor(self.today, self.office, [self.operator], params)
        self.today.adopt(HONEST)
        self.today.adopt(RankRenewals(np.ones(len(self.assets))))

    def fund(self, kzt):
        self.ledger.move(holders.STATE, holders.WORKS_RENEWAL, tiyn(kzt), "test")

    def offer(self, source, **changes):
        self.today.adopt(SetInvestment(source=source, **{**TERMS, **changes}))
        self.investor.consider(0, KnownYear(leaked_kzt=0.0, budget_kzt=100e6))
        return self.investor.contract

    def cash(self, account):
        return self.ledger.balance(account)

    def owed(self):
        return -self.ledger.balance(self.operator.account, Instrument.INVESTMENT)


@pytest.fixture
def town():
    return Town()


def by_network(town, jobs):
    code = town.assets.arrays.network
    return [sum(job.cost_kzt for job in jobs if code[job.asset] == k) for k in range(len(NETWORKS))]


def first(town):
    """Return the first row that is no street."""
    return int(np.flatnonzero(town.assets.arrays.network)[0])


def test_a_department_spends_its_part_of_the_fund_and_no_more(town):
    town.fund(100e6)
    weights = tuple(3.0 if k == WATER else 1.0 for k in range(len(NETWORKS)))
    town.today.adopt(SetDepartments(weights))
    spent = by_network(town, town.office.plan_season(121, 152))
    parts = 100e6 * np.array(weights) / sum(weights)
    assert all(amount <= part for amount, part in zip(spent, parts, strict=True))
    assert spent[WATER] > 100e6 / 5  # more than an equal part would allow


def test_a_department_without_weight_renews_nothing(town):
    town.fund(100e6)
    town.today.adopt(SetDepartments(tuple(float(k == WATER) for k in range(len(NETWORKS)))))
    spent = by_network(town, town.office.plan_season(121, 152))
    assert [k for k, amount in enumerate(spent) if amount] == [WATER]


def test_works_begin_after_all_departments_have_approved_them(town):
    town.fund(100e6)
    town.today.adopt(SetDepartments(EQUAL, approval_days=30))
    jobs = town.office.plan_season(121, 152)
    code, street = town.assets.arrays.network, town.assets.street_edge
    for job in jobs:
        waits = 60 if code[job.asset] and street[job.asset] >= 0 else 30
        assert job.start_day >= 121 + waits
    assert {code[job.asset] > 0 for job in jobs} == {True, False}


def test_one_office_for_all_digs_approves_once(town):
    town.fund(100e6)
    town.today.adopt(SetDepartments(EQUAL, approval_days=100))
    apart = town.office.plan_season(121, 152)
    assert all(town.assets.street_edge[job.asset] < 0 for job in apart if job.asset >= first(town))
    once = Town()
    once.fund(100e6)
    once.today.adopt(SetDepartments(EQUAL, approval_days=100))
    once.today.adopt(SetConduct(1.0, 1.0, 1.0, coordinated_digs=True))
    jobs = once.office.plan_season(121, 152)
    assert by_network(once, jobs)[WATER] > by_network(town, apart)[WATER]


def test_what_is_approved_too_late_keeps_its_money(town):
    town.fund(100e6)
    town.today.adopt(SetDepartments(approval_days=160))
    assert town.office.plan_season(121, 152) == []
    assert town.office.renewal_fund_kzt == 100e6


def test_an_investor_lays_the_worst_mains_of_the_network_and_is_owed_what_they_cost(town):
    contract = town.offer("tariff", supplement_share=0.5)
    assert contract is not None
    jobs = town.office.programme
    rate = town.assets.failures_per_year() / town.assets.renewal_cost_kzt
    left = set(np.flatnonzero(town.assets.arrays.network == WATER).tolist())
    left -= {job.asset for job in jobs}
    assert jobs
    assert min(rate[job.asset] for job in jobs) >= max(rate[list(left)])
    assert town.owed() == sum(tiyn(job.cost_kzt) for job in jobs)
    assert town.cash(holders.INVESTOR) == -town.owed()
    assert town.cash(holders.WORKS_INVESTMENT) == 0
    assert town.ledger.imbalance_tiyn() == 0


def test_the_state_pays_its_part_of_the_works(town):
    town.offer("tariff", supplement_share=0.5, grant_share=0.25)
    works = sum(tiyn(job.cost_kzt) for job in town.office.programme)
    assert -town.cash(holders.STATE) == pytest.approx(works / 4, rel=0.2)
    assert town.owed() - town.cash(holders.STATE) == works
    assert town.cash(holders.WORKS_INVESTMENT) == 0


def test_who_sees_too_little_coming_back_does_not_invest_and_says_why(town):
    assert town.offer("surplus") is None
    ((day, network, capital, why),) = town.investor.decisions
    assert (day, network) == (0, WATER)
    assert 0 < capital <= 20e6
    assert why.startswith("does not invest, return under the hurdle: NPV -")
    assert town.office.programme == []
    assert town.cash(holders.INVESTOR) == 0


def test_a_short_horizon_keeps_capital_off():
    town = Town(horizon_years=2.0)
    assert town.offer("tariff", supplement_share=0.5) is None
    assert "payback over 2 years" in town.investor.decisions[0][3]


def test_a_guarantee_opens_what_risk_had_shut():
    closed = Town().offer("tariff", supplement_share=0.2, return_share=0.18)
    opened = Town().offer("tariff", supplement_share=0.2, return_share=0.18, guarantee_share=1.0)
    assert closed is None
    assert opened is not None


def test_the_supplement_stands_on_the_networks_tariff_while_the_contract_runs(town):
    town.offer("tariff", supplement_share=0.5, term_years=1, return_share=0.3, capital_kzt=6e6)
    assert town.investor.supplement(WATER) == 1.5
    assert town.investor.supplement(code_of("heat")) == 1.0
    town.investor.collect()
    assert town.investor.supplement(WATER) == 1.0


def test_a_budget_pays_capital_back_with_its_return_and_the_contract_ends(town):
    town.offer("budget")
    owed = town.owed()
    due = town.investor.contract.due
    for _ in range(5):
        assert town.investor.contract is not None
        town.investor.collect()
    assert town.investor.contract is None
    assert town.owed() == 0
    assert town.cash(holders.INVESTOR) == pytest.approx(5 * due - owed, abs=10)
    assert town.ledger.imbalance_tiyn() == 0


def test_bills_bring_the_supplements_part_alone_and_what_is_missing_is_owed_on(town):
    contract = town.offer("tariff", supplement_share=0.5)
    owed = town.owed()
    town.ledger.move(holders.HOUSEHOLDS, town.operator.account, tiyn(3e6), "bills paid")
    town.investor.collect()
    paid = tiyn(1e6)  # a third of the bills is the supplement
    assert paid < contract.due
    assert town.cash(town.operator.account) == tiyn(2e6)
    assert town.owed() == owed + round(0.25 * owed) - paid


def test_a_guarantee_pays_its_part_of_what_is_missing(town):
    contract = town.offer("tariff", supplement_share=0.5, guarantee_share=0.5)
    town.investor.collect()
    assert town.cash(holders.MUNICIPALITY) == -round(0.5 * contract.due)


def test_what_was_not_paid_by_the_end_is_lost_to_the_investor(town):
    town.offer("tariff", supplement_share=0.5, term_years=1, return_share=0.3, capital_kzt=6e6)
    owed = town.owed()
    town.investor.collect()
    assert town.owed() == 0
    assert town.investor.contract is None
    lost = town.ledger.total("contract ended", source=holders.INVESTOR)
    assert lost == owed + round(0.3 * owed)


def test_of_two_years_only_one_contract_runs(town):
    town.offer("tariff", supplement_share=0.5)
    first = town.investor.contract
    assert town.offer("tariff", supplement_share=0.5) is first
    assert len(town.investor.decisions) == 1
