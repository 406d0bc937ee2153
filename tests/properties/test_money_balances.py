"""Money balances to the tiyn on every day, whatever policy, prices, use and works there are."""

import datetime as dt
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import grid_city
from tests.builders_accounts import MoneyTown, without_people
from tests.naive.money import balances
from twin.city.actions import (
    LayHeatLoops,
    RankRenewals,
    SetBudget,
    SetCollection,
    SetConduct,
    SetCrews,
    SetDetection,
    SetEmergency,
    SetMetering,
    SetRingFence,
    SetTariff,
    SetVoice,
)
from twin.city.networks import NETWORKS
from twin.core.parameter_set import Parameters
from twin.economy import holders, trace
from twin.economy.ledger import Instrument
from twin.model.recorder import money_table

CITY = grid_city()
SHARE = st.floats(0, 1)
POLICIES = st.tuples(
    st.builds(SetBudget, st.floats(0, 2e8) | st.just(0.0), SHARE, st.booleans(), st.floats(0, 0.5)),
    st.builds(SetRingFence, SHARE),
    st.builds(SetTariff, st.floats(0, 1e5) | st.just(0.0)),
    st.builds(SetConduct, SHARE, SHARE, SHARE, st.booleans()),
    st.builds(SetCollection, st.integers(0, 6)),
    st.builds(SetMetering, SHARE),
    st.builds(SetCrews, st.tuples(*[st.integers(0, 5)] * len(NETWORKS))),
    st.builds(SetDetection, st.floats(1, 400), SHARE, st.floats(0.5, 30), st.floats(0, 1e7)),
    st.builds(SetEmergency, st.floats(0, 5), st.integers(0, 4), st.booleans(), SHARE),
    st.builds(SetVoice, st.floats(0, 0.5), st.just(("phone",)), SHARE),
    st.builds(LayHeatLoops, st.integers(0, 3), st.integers(1, 10), SHARE),
)
NUMBERS = st.fixed_dictionaries(
    {},
    optional={
        "economy.operators.loan_interest_per_year": SHARE,
        "economy.operators.subsidy_limit_share": SHARE,
        "economy.operators.firm_price_ratio": st.floats(0, 5),
        "economy.households.aid_threshold": SHARE,
        "economy.households.instalment_bills": st.floats(0, 5),
        "economy.households.arrears_life_months": st.floats(1, 60),
        "economy.households.firm_pay_share": SHARE,
    },
)
STARTS = st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 31))


def lived(seed, start, days, policy, numbers, *, city=CITY):
    """Live through some days; fail on the first on which the books miss a tiyn."""
    town = MoneyTown(seed, start=start, days=days, city=city, parameters=Parameters.of(numbers))
    town.adopt(*policy, RankRenewals(town.rng.random(len(town.assets))))
    town.office.heat_loops_kzt = 3e7
    for day in range(days):
        town.live(day, repairs=int(town.rng.integers(3)))
        assert town.accounts.imbalance() == 0, (day, town.ledger.month)
        assert min(town.office.unreleased_kzt, town.office.renewal_fund_kzt) >= 0.0
    return town


def checked(town):
    """Recount every account from the table of money alone."""
    moved = list(town.ledger.movements())
    assert all(type(amount) is int and amount > 0 for _, amount in moved)
    held = balances(moved)
    for kind in Instrument:
        for name, value in town.ledger.accounts(kind).items():
            assert held[name, kind] == value
    owed = -sum(
        held.get((name, Instrument.CLAIM), 0)
        for name in (holders.HOUSEHOLDS, holders.FIRMS, holders.PUBLIC_BODIES)
    )
    bills = town.accounts.bills
    assert owed == bills.owed_tiyn()
    assert (bills.arrears >= 0).all()
    assert (bills.other_arrears >= 0).all()


@settings(max_examples=8)
@given(st.integers(0, 2**31), STARTS, st.integers(1, 800), POLICIES, NUMBERS)
def test_the_books_balance_on_every_day_of_a_run(seed, start, days, policy, numbers):
    checked(lived(seed, start, days, policy, numbers))


@pytest.mark.slow
@settings(max_examples=100)
@given(st.integers(0, 2**31), POLICIES, NUMBERS)
def test_the_books_balance_on_every_day_of_thirty_years(seed, policy, numbers):
    checked(lived(seed, dt.date(2026, 1, 1), 10_957, policy, numbers))


@settings(max_examples=5)
@given(st.integers(0, 2**31), POLICIES)
def test_a_tenge_of_each_source_ends_in_full_in_every_year(seed, policy):
    town = lived(seed, dt.date(2026, 7, 15), 600, policy, {})
    table = money_table(town.ledger)
    cash = table[table["instrument"] == "cash"]
    for year in (2026, 2027, 2028):
        for source in set(cash.loc[cash["month"].str.startswith(str(year)), "source"]):
            assert trace(table, source, year=year)["tenge"].sum() == pytest.approx(1.0, abs=1e-9)


@settings(max_examples=5)
@given(st.integers(0, 2**31), POLICIES, NUMBERS)
def test_a_city_without_people_has_books_that_balance(seed, policy, numbers):
    town = lived(seed, dt.date(2026, 1, 1), 400, policy, numbers, city=without_people(CITY))
    checked(town)
    assert town.ledger.balance(holders.HOUSEHOLDS, Instrument.CLAIM) == 0


def test_equal_seeds_give_equal_books_and_a_pickle_goes_on_where_it_stopped():
    def books(*, resumed):
        town = MoneyTown(3, days=500)
        town.adopt(SetBudget(5e7, 0.5), SetTariff(3_000.0), SetCollection(2))
        for day in range(500):
            town.live(day)
            if resumed and day == 200:
                town = pickle.loads(pickle.dumps(town))  # noqa: S301 - our own bytes
        return list(town.ledger.movements())

    assert books(resumed=False) == books(resumed=True)


def test_a_lever_that_does_nothing_moves_no_tiyn():
    def books(*actions):
        town = MoneyTown(3, days=400)
        town.adopt(SetBudget(5e7, 0.5), SetTariff(3_000.0), *actions)
        for day in range(400):
            town.live(day)
        return list(town.ledger.movements())

    crews = tuple(kind.default_crews for kind in NETWORKS)
    neutral = (SetConduct(), SetCollection(), SetMetering(), SetDetection(), SetEmergency())
    assert books() == books(*neutral, SetVoice(), SetCrews(crews), SetRingFence())


def test_a_part_of_a_month_costs_its_part():
    """Two runs that differ by the last half of June: staff, overhead and norms go by the day."""
    paid = []
    for days in (166, 181):
        town = MoneyTown(5, days=days)
        town.adopt(SetBudget(5e7), SetTariff(3_000.0))
        for day in range(days):
            town.live(day, repairs=0)
        paid.append(np.array([town.ledger.total(name) for name in ("staff", "overhead")]))
    assert paid[0] / paid[1] == pytest.approx((5 + 15 / 30) / 6, rel=0.02)
