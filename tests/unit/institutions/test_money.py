"""The purse, the renewal fund, and that no tenge gets lost."""

import datetime as dt

import mesa
import numpy as np
import pytest

from tests.builders_money import endow, price_kzt
from tests.unit.institutions.test_works import CITY
from twin.assets import Assets
from twin.city.actions import RankRenewals, SetBudget, SetConduct, SetRingFence
from twin.core.clock import Clock
from twin.core.errors import ScenarioError
from twin.economy import holders, tiyn
from twin.institutions import Municipality, Today
from twin.parameters import InstitutionParams


@pytest.fixture
def office():
    today = Today(Clock(dt.date(2026, 1, 1)), seed=1)
    office = Municipality(mesa.Model(rng=1), today, Assets(CITY, 2026, seed=1))
    today.adopt(SetBudget(120e6, 0.5, separate_purses=False, credit_share=0.25))
    return office


def test_money_comes_as_planned_in_the_first_year(office):
    assert office.open_year(1.0) == tiyn(120e6)


def test_a_late_start_gets_its_part_of_the_year(office):
    assert office.open_year(0.25) == tiyn(30e6)


def test_the_state_gives_its_share_of_the_plan_and_taxes_the_remainder(office):
    office.today.adopt(SetBudget(120e6, 0.75))
    office.open_year(0.5)
    assert office.ledger.total("transfer", source=holders.STATE) == tiyn(45e6)
    assert office.ledger.total("taxes", source=holders.HOUSEHOLDS) == tiyn(15e6)


def test_ring_fenced_money_is_not_spent_on_repairs(office):
    office.today.adopt(SetRingFence(0.4))
    office.open_year(1.0)
    office.open_month(1)
    assert office.renewal_fund_kzt == pytest.approx(48e6)
    assert office.pay_repair(1, 72e6, urgent=False)
    assert not office.pay_repair(1, 1.0, urgent=False)


def test_repair_money_comes_month_by_month(office):
    office.open_year(1.0)
    for month in range(12):
        office.open_month(12 - month)
        assert office.purses_kzt.sum() == pytest.approx((month + 1) * 10e6)


def test_a_shut_main_is_mended_on_credit_and_paid_back_next_year(office):
    office.open_year(1.0)
    office.open_month(12)
    assert not office.pay_repair(1, 30e6, urgent=False)
    assert office.pay_repair(1, 30e6, urgent=True)
    assert not office.pay_repair(1, 30e6, urgent=True)  # beyond a quarter of the year's money
    endow(office.ledger, holders.WORKS_UNRELEASED, 0.0)
    office.open_year(1.0)
    office.open_month(12)
    assert office.purses_kzt[0] == pytest.approx(10e6 - 20e6)
    assert office.renewal_fund_kzt == 0.0
    assert office.ledger.imbalance_tiyn() == 0


def test_what_is_left_renews_next_year(office):
    office.open_year(1.0)
    office.open_month(12)
    office.pay_repair(1, 4e6, urgent=False)
    office.open_year(1.0)
    assert office.renewal_fund_kzt == pytest.approx(116e6)


def test_separate_purses_protect_one_network_from_another(office):
    office.today.adopt(SetBudget(120e6, 1.0, separate_purses=True, credit_share=0.25))
    office.open_year(1.0)
    office.open_month(1)
    assert office.purses_kzt.sum() == pytest.approx(120e6)
    heat = office.purses_kzt[2]
    assert not office.pay_repair(1, office.purses_kzt[1] + 1.0, urgent=False)
    assert office.purses_kzt[2] == heat


def test_the_best_ranked_are_renewed_until_the_fund_is_spent(office):
    score = np.arange(len(office.assets), dtype=float)
    office.today.adopt(RankRenewals(score))
    office.today.adopt(SetRingFence(1.0))
    office.open_year(1.0)
    jobs = office.plan_season(121, 152)
    dear = office.assets.renewal_cost_kzt > office.renewal_fund_kzt
    chosen = {job.asset for job in jobs}
    passed_over = set(range(min(chosen), len(score))) - chosen
    assert {len(score) - 1, len(score) - 2, len(score) - 3} <= chosen
    assert all(dear[list(passed_over)])
    assert all(121 <= job.start_day <= job.end_day <= 273 for job in jobs)
    assert sum(job.cost_kzt for job in jobs) <= 120e6
    assert office.ledger.imbalance_tiyn() == 0


def test_assets_without_a_score_are_never_renewed(office):
    office.today.adopt(SetRingFence(1.0))
    office.open_year(1.0)
    assert office.plan_season(121, 152) == []


def test_digging_once_paves_the_street_at_half_price(office):
    score = np.full(len(office.assets), np.nan)
    pipe = office.assets.rows("water").start + 2
    street = int(office.assets.street_edge[pipe])
    score[[pipe, street]] = 1.0
    office.today.adopt(RankRenewals(score))
    office.today.adopt(SetConduct(coordinated_digs=True))
    office.today.adopt(SetRingFence(1.0))
    office.open_year(1.0)
    score[street] = 0.5
    let = price_kzt(office, street, 0.5 * office.assets.renewal_cost_kzt[street])
    jobs = {job.asset: job.cost_kzt for job in office.plan_season(121, 152)}
    assert jobs[street] == let


def test_pumps_are_outside_this_budget(office):
    assert np.isinf(office.assets.renewal_cost_kzt[office.assets.is_pump]).all()


def test_conduct_at_the_norm_leaves_repair_time_and_else_changes_it_by_its_parameter():
    today = Today(Clock(dt.date(2026, 1, 1)), seed=1)
    assert today.repair_time_factor() == 1.0
    today.adopt(SetConduct(competence=0.0, integrity=0.0, transparency=0.0))
    assert today.repair_time_factor() == 1.5
    today.params = InstitutionParams(slowest_repair=1.2)
    assert today.repair_time_factor() == pytest.approx(1.2)
    today.adopt(SetConduct(competence=1.0))
    assert today.repair_time_factor() == pytest.approx(0.8)


def test_a_season_that_ends_before_it_starts_is_refused():
    with pytest.raises(ScenarioError, match="renewal needs a season"):
        InstitutionParams(season_start_day=300, season_end_day=100)
