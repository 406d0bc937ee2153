"""The year of the municipality in numbers worked out by hand: what comes, what goes first."""

import datetime as dt

import mesa
import numpy as np
import pytest

from tests.builders_money import AT_NORM, endow, fund, price_kzt, spent_kzt
from tests.unit.institutions.test_works import CITY
from twin.assets import Assets, Failure
from twin.city.actions import (
    LayHeatLoops,
    RankRenewals,
    SetBudget,
    SetConduct,
    SetRingFence,
)
from twin.city.networks import NETWORKS
from twin.city.work_options import WorkOption
from twin.core.clock import Clock
from twin.economy import holders, tiyn
from twin.economy.ledger import Instrument
from twin.institutions import Municipality, Today
from twin.institutions.contracts import PURCHASES, Sort, contract
from twin.institutions.programmes import Programme
from twin.institutions.works_plan import Work
from twin.parameters import ContractParams


def office_of(start=dt.date(2026, 1, 1), contracts=AT_NORM, **arguments):
    """Return an office whose contracts cost what prices of the networks say."""
    today = Today(Clock(start), seed=1, contracts=contracts)
    office = Municipality(mesa.Model(rng=1), today, Assets(CITY, 2026, 1), **arguments)
    today.adopt(SetBudget(120e6, 1.0))
    return office


@pytest.fixture
def office():
    return office_of()


@pytest.fixture
def letting():
    """Return an office whose contracts cost what they cost."""
    return office_of(contracts=ContractParams())


def ranked(office, *assets):
    """Rank some assets, the first highest, and no other."""
    score = np.full(len(office.assets), np.nan)
    score[list(assets)] = np.arange(len(assets), 0.0, -1.0)
    office.today.adopt(RankRenewals(score))


def programme(cost_kzt, norm_kzt=0.0):
    return Programme("sensors", cost_kzt, norm_kzt, holders.SUPPLIES)


def test_programmes_come_first_then_protected_money_then_loops():
    office = office_of(heat_loops_kzt=100e6)
    office.today.adopt(SetRingFence(0.5))
    office.today.adopt(LayHeatLoops(count=1, pay_years=5, grant_share=0.25))
    received = office.open_year(0.5, year_index=4, programmes=(programme(12e6),))
    # half a year: 60 planned, 6 of programmes, half of 54 protected, half of a fifth of 75 owed
    assert received == tiyn(54e6)
    assert office.ledger.balance(holders.SERVICES) == tiyn(6e6)
    assert office.renewal_fund_kzt == 27e6
    assert spent_kzt(office.ledger, "heat loops") == 7.5e6
    assert office.unreleased_kzt == 54e6 - 27e6 - 7.5e6
    assert office.credit == 0
    assert office.ledger.imbalance_tiyn() == 0


def test_a_programme_below_its_standing_budget_leaves_money_for_works(office):
    assert office.open_year(1.0, programmes=(programme(5e6, norm_kzt=8e6),)) == tiyn(123e6)
    assert spent_kzt(office.ledger, "saved on services") == 3e6
    assert office.ledger.balance(holders.SERVICES) == tiyn(5e6)


def test_programmes_are_paid_month_by_month_to_the_last_tiyn(office):
    office.open_year(1.0, programmes=(programme(1e6 / 3),))
    paid = []
    for month in range(12):
        office.open_month(12 - month)
        paid.append(office.ledger.total("sensors"))
    assert paid[0] == 33333333 // 12
    assert paid[-1] == 33333333
    assert office.ledger.balance(holders.SERVICES) == 0


def test_what_is_used_by_the_piece_is_paid_at_once_beyond_its_standing_budget(office):
    office.open_year(1.0, programmes=(programme(12e6),))
    office.open_month(12)
    office.pay_programme(Programme("answers", 5e3, 2e3))
    assert spent_kzt(office.ledger, "answers") == 5e3
    assert office.ledger.balance(holders.SERVICES) == tiyn(11e6)
    assert office.ledger.balance(holders.MUNICIPALITY) == tiyn(-3e3)
    office.pay_programme(Programme("answers", 1e3, 2e3))
    assert office.ledger.balance(holders.MUNICIPALITY) == tiyn(-2e3)


def test_what_the_plan_cannot_pay_is_borrowed_and_paid_back_with_interest(office):
    # 130 cost against 120 planned: 10 borrowed; a year later 1 of interest and 10 back
    assert office.open_year(1.0, programmes=(programme(130e6),)) == 0
    assert office.ledger.balance(holders.MUNICIPALITY, Instrument.LOAN) == tiyn(-10e6)
    office.open_month(1)
    endow(office.ledger, holders.WORKS_UNRELEASED, 0.0)
    assert office.open_year(1.0, year_index=1) == tiyn(109e6)
    assert office.ledger.balance(holders.MUNICIPALITY, Instrument.LOAN) == 0
    assert spent_kzt(office.ledger, "municipal interest") == 1e6
    assert office.ledger.imbalance_tiyn() == 0


def test_loops_are_paid_for_their_years_only_and_what_a_year_lacks_is_owed():
    office = office_of(heat_loops_kzt=400e6)
    office.today.adopt(LayHeatLoops(count=1, pay_years=2))
    spent = []
    for year in range(5):
        office.open_year(1.0, year_index=year)
        spent.append(spent_kzt(office.ledger, "heat loops"))
    # 200 fall due in each of two years, 120 come in a year
    assert spent == pytest.approx([120e6, 240e6, 360e6, 400e6, 400e6])
    assert office.heat_loops_owed == 0
    assert office.ledger.imbalance_tiyn() == 0


def test_what_is_left_and_what_is_not_yet_released_both_renew(office):
    office.open_year(1.0)
    office.open_month(4)  # 30 of 120 released
    assert (office.purses_kzt[0], office.unreleased_kzt) == (30e6, 90e6)
    office.pay_repair(1, 10e6, urgent=False)
    office.open_year(1.0)
    assert office.renewal_fund_kzt == pytest.approx(110e6)
    assert office.purses_kzt.sum() == 0.0


def test_separate_purses_share_by_replacement_value_without_pumps(office):
    assets = office.assets
    shares = np.array(
        [
            office.assets.renewal_cost_kzt[assets.arrays.network == k][
                ~assets.is_pump[assets.arrays.network == k]
            ].sum()
            for k in range(len(NETWORKS))
        ]
    )
    shares /= shares.sum()
    office.today.adopt(SetBudget(120e6, 1.0, separate_purses=True, credit_share=0.5))
    office.open_year(1.0)
    office.open_month(12)
    assert office.purses_kzt == pytest.approx(10e6 * shares)
    assert [office.purse_of(k) for k in range(len(NETWORKS))] == list(range(len(NETWORKS)))
    # credit of 60 is shared as the money is
    most = (10e6 + 60e6) * shares[2]
    assert not office.pay_repair(2, most * 1.001, urgent=True)
    assert office.pay_repair(2, most * 0.999, urgent=True)
    assert office.purses_kzt[1] == pytest.approx(10e6 * shares[1])


def test_a_purse_pays_to_its_last_tenge_and_refusals_are_counted(office):
    office.open_year(1.0)
    office.open_month(1)
    assert office.purse_of(2) == 0
    assert not office.pay_repair(2, 120e6 + 1.0, urgent=False)
    assert office.pay_repair(2, 120e6, urgent=False)
    assert (office.refused, spent_kzt(office.ledger, "repair")) == (1, 120e6)
    assert office.purses_kzt[0] == 0.0


def test_a_repair_costs_more_where_conduct_is_poor(letting):
    norm = float(letting.assets.repair_cost_kzt[0])
    fair = norm / 1.15  # half of contracts, a markup of a half, of which the council refuses 0.4
    failures = [
        Failure(0, int(letting.assets.arrays.asset_id[0]), 0, 0, 0.5, surfaces=True, ordinal=k)
        for k in range(2000)
    ]

    def mean_kzt():
        return np.mean([letting.repair_contract(one).price_kzt for one in failures])

    assert mean_kzt() == pytest.approx(norm, rel=0.01)
    letting.today.adopt(SetConduct(integrity=1.0, transparency=0.0))
    assert mean_kzt() == pytest.approx(fair)
    letting.today.adopt(SetConduct(integrity=0.0, transparency=0.0))
    assert mean_kzt() == pytest.approx(1.5 * fair, rel=0.02)
    letting.today.adopt(SetConduct(integrity=0.0, transparency=1.0))
    assert mean_kzt() == pytest.approx(1.1 * fair, rel=0.02)


def test_purchases_are_let_when_the_year_opens_and_paid_at_their_price(letting):
    letting.open_year(1.0, programmes=(programme(12e6),), year_index=2)
    let = contract(letting.today, Sort.PURCHASE, (PURCHASES, 2), 12e6)
    assert let.price_kzt != 12e6
    assert letting.ledger.balance(holders.SERVICES) == tiyn(let.price_kzt)
    assert letting.overrun_kzt == let.overrun_kzt
    letting.open_month(1)
    assert spent_kzt(letting.ledger, "sensors") == round(let.price_kzt, 2)


def test_works_take_a_day_for_every_40_m_and_are_spread_over_the_season(letting):
    office = letting
    price = sum(price_kzt(office, row) for row in range(3))
    fund(office, 1e12)
    office.assets.arrays.length_m[[0, 1, 2]] = [100.0, 40.0, 900.0]
    ranked(office, 0, 1, 2)
    jobs = office.plan_season(200, 30)
    # durations 3, 1 and 23 days; the k-th of three starts k/3 into the days it may start on
    assert [(job.asset, job.start_day, job.end_day) for job in jobs] == [
        (0, 200, 202),
        (1, 200 + 29 // 3, 200 + 29 // 3),
        (2, 200 + 7 * 2 // 3, 200 + 7 * 2 // 3 + 22),
    ]
    assert office.programme == jobs
    assert spent_kzt(office.ledger, "renewal") == pytest.approx(price, abs=1e-3)
    assert price != pytest.approx(office.assets.renewal_cost_kzt[:3].sum())
    assert office.ledger.total("laid") == office.ledger.total("renewal")


def test_works_longer_than_the_season_start_at_once(office):
    fund(office, 1e12)
    office.assets.arrays.length_m[[0, 1]] = [4000.0, 4000.0]
    ranked(office, 0, 1)
    assert [(job.start_day, job.end_day) for job in office.plan_season(10, 50)] == [(10, 109)] * 2


def test_what_is_too_dear_is_passed_over_and_the_last_tenge_is_spent(office):
    cost = office.assets.renewal_cost_kzt
    cost[[0, 1, 2]] = [10e6, 50e6, 20e6]
    ranked(office, 0, 1, 2)
    fund(office, 30e6)
    jobs = office.plan_season(121, 100)
    assert [(job.asset, job.cost_kzt) for job in jobs] == [(0, 10e6), (2, 20e6)]
    assert office.renewal_fund_kzt == 0.0


def test_what_is_let_too_dear_is_passed_over(letting):
    cost = letting.assets.renewal_cost_kzt
    cost[:40] = 10e6
    price = [price_kzt(letting, row) for row in range(40)]
    dear = int(np.argmax(price))
    fair, *_ = [row for row in range(40) if price[row] == min(price)]
    ranked(letting, dear, fair)
    fund(letting, price[fair])
    assert [job.asset for job in letting.plan_season(121, 100)] == [fair]
    assert letting.renewal_fund_kzt == 0.0


def test_the_next_work_on_an_asset_is_another_contract(letting):
    ranked(letting, *range(30))
    fund(letting, 1e12)
    first = {job.asset: job.cost_kzt for job in letting.plan_season(121, 100)}
    letting.programme = []
    fund(letting, 1e12)
    second = {job.asset: job.cost_kzt for job in letting.plan_season(121, 100)}
    assert first.keys() == second.keys()
    assert first != second


def test_what_is_under_work_is_not_let_again(office):
    ranked(office, 0, 1)
    fund(office, 1e12)
    assert {job.asset for job in office.plan_season(121, 100)} == {0, 1}
    assert office.plan_season(122, 99) == []


def test_a_street_is_paved_with_its_pipe_once_if_it_may_be_and_money_is_left(office):
    pipe = office.assets.rows("water").start + 2
    street = int(office.assets.street_edge[pipe])
    office.today.adopt(SetConduct(coordinated_digs=True))
    pipe_kzt, street_kzt = (float(office.assets.renewal_cost_kzt[row]) for row in (pipe, street))

    def renewed(fund_kzt, *assets, digs=True):
        office.programme = []
        office.today.adopt(SetConduct(coordinated_digs=digs))
        fund(office, fund_kzt)
        ranked(office, *assets)
        return [(job.asset, job.cost_kzt) for job in office.plan_season(121, 100)]

    both = [(pipe, pipe_kzt), (street, 0.5 * street_kzt)]
    assert renewed(pipe_kzt + 0.5 * street_kzt, pipe, street) == both
    assert renewed(pipe_kzt + 0.5 * street_kzt - 1.0, pipe, street) == both[:1]
    assert renewed(1e12, pipe, street) == both  # and not a second time in its own rank
    assert renewed(1e12, pipe) == both[:1]  # a street without a score stays
    assert renewed(1e12, pipe, street, digs=False) == [both[0], (street, street_kzt)]
    assert renewed(1e12, street, pipe) == [(street, street_kzt), both[0]]


def test_a_pavement_with_its_main_is_let_at_half_of_its_cost(letting):
    pipe = letting.assets.rows("water").start + 2
    street = int(letting.assets.street_edge[pipe])
    letting.today.adopt(SetConduct(integrity=0.0, transparency=0.0, coordinated_digs=True))
    half = 0.5 * letting.assets.renewal_cost_kzt[street]
    pipe_kzt, street_kzt = price_kzt(letting, pipe), price_kzt(letting, street, half)
    fund(letting, 1e12)
    ranked(letting, pipe, street)
    found = [(job.asset, job.cost_kzt) for job in letting.plan_season(121, 100)]
    assert found == [(pipe, pipe_kzt), (street, street_kzt)]
    assert street_kzt > half
    assert letting.overrun_kzt > 0.0


def test_a_season_opens_on_its_day_or_with_a_run_that_starts_in_it():
    def plan(start, *days):
        office = office_of(start)
        fund(office, 1e12)
        ranked(office, 0)
        for day in days:
            office.today.day = day
            office.step()
        return [job.start_day for job in office.programme]

    assert plan(dt.date(2026, 1, 1), 0, 120) == []
    assert plan(dt.date(2026, 1, 1), 0, 121) == [121]
    assert plan(dt.date(2026, 7, 1), 0) == [0]
    assert plan(dt.date(2026, 7, 1), 1) == []
    assert plan(dt.date(2026, 10, 1), 0) == []  # day 273: the season is over


def test_works_are_spread_up_to_the_end_of_the_season():
    office = office_of()
    fund(office, 1e12)
    ranked(office, 0, 1)
    office.today.day = 121
    office.step()
    # 100 m take 3 days; the second of two starts half way to day 273 - 3
    assert [job.start_day for job in office.programme] == [121, 121 + (273 - 121 - 3) // 2]


def test_a_month_opens_on_its_first_day_only(office):
    office.open_year(1.0)
    for day in range(40):
        office.today.day = day
        office.step()
    assert office.purses_kzt[0] == pytest.approx(120e6 / 12 + 110e6 / 11)


def test_works_that_end_today_leave_the_programme(office):
    past, today, later = (
        Work(k, WorkOption.REPLACE, 1.0, "", 0, 0, day) for k, day in enumerate((4, 5, 6))
    )
    office.programme = [past, today, later]
    office.today.day = 5
    assert office.finished() == [past, today]
    assert office.programme == [later]
