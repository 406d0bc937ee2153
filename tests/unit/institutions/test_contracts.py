"""What works cost and whether they are done well, contract by contract."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from twin.city.actions import SetConduct
from twin.core.clock import Clock
from twin.institutions import Today
from twin.institutions.contracts import (
    Outcome,
    Sort,
    contract,
    failed_share,
    fair_kzt,
    outcome,
    sensor_works,
)
from twin.parameters import ContractParams

IDS = range(4000)


def today(competence=0.5, integrity=0.5, transparency=0.5, **numbers):
    """Return a day under a conduct, with some numbers of contracts."""
    one = Today(Clock(dt.date(2026, 1, 1)), seed=1, contracts=ContractParams(**numbers))
    one.adopt(SetConduct(competence=competence, integrity=integrity, transparency=transparency))
    return one


def prices(day, norm_kzt=1e6, sort=Sort.RENEWAL):
    return np.array([contract(day, sort, (asset, 0), norm_kzt).price_kzt for asset in IDS])


def test_under_the_norm_works_cost_on_average_what_the_networks_say():
    assert prices(today()).mean() == pytest.approx(1e6, rel=0.02)


def test_honest_officials_pay_the_fair_price():
    day = today(integrity=1.0, transparency=0.0)
    assert prices(day) == pytest.approx(np.full(len(IDS), fair_kzt(day.contracts, 1e6)))


def test_the_share_of_rigged_contracts_is_that_of_dishonest_officials():
    day = today(integrity=0.2, transparency=0.0)
    assert (prices(day) > fair_kzt(day.contracts, 1e6)).mean() == pytest.approx(0.8, abs=0.02)


def test_open_books_let_the_council_refuse_most_of_an_overrun():
    fair = fair_kzt(ContractParams(), 1e6)
    shut = prices(today(integrity=0.0, transparency=0.0)) - fair
    opened = prices(today(integrity=0.0, transparency=1.0)) - fair
    assert opened == pytest.approx(0.2 * shut)


def test_two_policies_meet_the_same_bidder():
    """Who is honest in half of all cases rigs none that the dishonest office does not rig."""
    fair = fair_kzt(ContractParams(), 1e6)
    some, most = (prices(today(integrity=i, transparency=0.0)) for i in (0.5, 0.1))
    rigged = some > fair
    assert some[rigged] == pytest.approx(most[rigged])
    assert (most[~rigged] >= fair).all()


def test_a_rigged_contract_over_the_limit_is_split_and_seldom_seen():
    day = today(integrity=0.0, transparency=1.0, tender_from_kzt=3e6, lot_kzt=1e5, most_lots=4)
    norm = 10e6
    fair = fair_kzt(day.contracts, norm)  # 7.7 million: three lots
    found = prices(day, norm)
    whole = prices(today(integrity=0.0, transparency=1.0, tender_from_kzt=1e9), norm)
    seen = np.isclose(found, whole + 2e5)
    assert seen.mean() == pytest.approx(0.3, abs=0.03)
    assert (found - fair - 2e5)[~seen] == pytest.approx(5.0 * (whole - fair)[~seen])


def test_what_would_need_too_many_lots_is_not_split():
    day = today(integrity=0.0, transparency=1.0, tender_from_kzt=1e6, most_lots=4)
    large = today(integrity=0.0, transparency=1.0, tender_from_kzt=1e12)
    assert prices(day, 10e6) == pytest.approx(prices(large, 10e6))


def test_repairs_renewals_and_purchases_draw_apart():
    day = today(integrity=0.3)
    found = [prices(day, sort=sort) for sort in Sort]
    assert not np.allclose(found[0], found[1])
    assert not np.allclose(found[1], found[2])


def outcomes(day):
    return [outcome(day, (asset, 0)) for asset in IDS]


def test_projects_fail_by_competence():
    assert set(outcomes(today(competence=1.0))) == {Outcome.GOOD}
    weak = today(competence=0.0, integrity=0.0)
    found = outcomes(weak)
    assert failed_share(weak) == 0.2
    assert found.count(Outcome.NONE) / len(found) == pytest.approx(0.05, abs=0.01)
    assert found.count(Outcome.BAD) / len(found) == pytest.approx(0.15, abs=0.02)


def test_honest_officials_accept_no_bad_work_but_cannot_bring_back_an_abandoned_one():
    found = outcomes(today(competence=0.0, integrity=1.0))
    assert Outcome.BAD not in found
    assert Outcome.NONE in found


def test_sensors_are_small_projects_that_fail_as_others_do():
    weak = today(competence=0.0)
    assert np.mean([sensor_works(weak, asset) for asset in IDS]) == pytest.approx(0.8, abs=0.02)
    assert all(sensor_works(today(competence=1.0), asset) for asset in IDS)


@pytest.mark.parametrize(
    "number", ["largest_markup_share", "refused_share", "failed_share", "abandoned_share"]
)
def test_without_a_cause_nothing_happens(number):
    """At 0 a number takes away what it causes, whatever the conduct."""
    day = today(0.0, 0.0, 1.0, **{number: 0.0})
    if number == "largest_markup_share":
        assert prices(day) == pytest.approx(np.full(len(IDS), 1e6))
    if number == "refused_share":
        same = replace(day.settings.conduct, transparency=0.0)
        blind = today(0.0, 0.0, 0.0, **{number: 0.0})
        assert blind.settings.conduct == same
        assert prices(day) == pytest.approx(prices(blind))
    if number == "failed_share":
        assert set(outcomes(day)) == {Outcome.GOOD}
    if number == "abandoned_share":
        assert Outcome.NONE not in outcomes(day)
