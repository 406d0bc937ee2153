"""Bills of a small town by hand, and of a larger one against a loop over payers."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import grid_city
from tests.naive.money import month_of_bills
from twin.city.networks import NETWORKS, STREET, code_of
from twin.economy import Bills, Ledger, Payers, holders
from twin.economy.ledger import Instrument
from twin.parameters import BillingParams, OperatorParams

WATER, HEAT = NETWORKS[code_of("water")], NETWORKS[code_of("heat")]
PRICE_KZT = 120.0
WORKS = [4, 9, 14, 19]
"""Buildings of the grid in which nobody lives."""


def town(uses=("shop", "school"), off_heat=()):
    """A grid of flats and works; its first buildings are put to other uses and emptied."""
    city = grid_city()
    buildings = city.buildings.copy()
    buildings.loc[WORKS, "use"] = "office"
    buildings.loc[range(len(uses)), "use"] = list(uses)
    buildings.loc[list(off_heat), "heat_node"] = -1
    living = city.households["building_id"] >= len(uses)
    return dataclasses.replace(
        city, buildings=buildings, households=city.households[living].reset_index(drop=True)
    )


def bills_of(city, *, seed=1, operators=None, **billing):
    payers = Payers(city, NETWORKS, seed)
    return Bills(payers, Ledger(), BillingParams(**billing), operators or OperatorParams())


def use(bills, network, each):
    bills.add_use(network.code, np.full(bills.payers.people.size, each))


def test_homes_are_billed_by_household_and_other_uses_by_building():
    payers = bills_of(town()).payers
    assert payers.other_building.tolist() == [0, 1, *WORKS]
    assert payers.is_public.tolist() == [False, True] + [False] * 4
    assert payers.at_home.sum() == payers.people.size - 6
    assert payers.people[2:].sum() == payers.size.sum()


def test_an_empty_house_is_billed_as_a_building():
    bills = bills_of(town(uses=("apartment",)))
    assert bills.payers.other_building.tolist() == [0, *WORKS]


def test_a_meter_bills_what_was_used_and_its_lack_the_norm():
    bills = bills_of(town(), norm_ratio=1.5)
    use(bills, WATER, 24.0)
    size, people = bills.payers.size, bills.payers.people
    living = people[bills.payers.households_building]
    metered = bills.household_bills(WATER, PRICE_KZT, 1.0)
    assert metered == pytest.approx(size * 24.0 / living * PRICE_KZT * 100, abs=0.5)
    by_norm = bills.household_bills(WATER, PRICE_KZT, 0.0)
    a_month = 1.5 * WATER.sales.usual_per_person_year / 12
    assert by_norm == pytest.approx(size * a_month * PRICE_KZT * 100, abs=0.5)
    half = bills.household_bills(WATER, PRICE_KZT, 0.0, share_of_month=0.5)
    assert half == pytest.approx(by_norm / 2, abs=1.0)
    assert bills.usual_bills(WATER, PRICE_KZT) == pytest.approx(by_norm / 1.5, abs=1.0)


def test_homes_without_a_network_get_no_bill_for_it():
    bills = bills_of(town(off_heat=(2, 3)))
    use(bills, HEAT, 1.0)
    off = np.isin(bills.payers.households_building, (2, 3))
    for share in (0.0, 1.0):
        sent = bills.household_bills(HEAT, PRICE_KZT, share)
        assert (sent[off] == 0).all()
        assert (sent[~off] > 0).all()
    assert (bills.usual_bills(HEAT, PRICE_KZT)[off] == 0).all()


def test_streets_are_free():
    bills = bills_of(town())
    assert not bills.household_bills(STREET, PRICE_KZT, 1.0).any()
    assert not bills.usual_bills(STREET, PRICE_KZT).any()


def test_firms_and_public_bodies_pay_the_price_of_firms():
    bills = bills_of(town(), operators=OperatorParams(firm_price_ratio=2.0))
    use(bills, WATER, 10.0)
    assert bills.other_bills(WATER, PRICE_KZT).tolist() == [10 * 240 * 100] * 6


@given(st.integers(0, 2**31), st.floats(0, 1), st.floats(0, 1))
def test_more_meters_leave_those_that_are_there(seed, share, more):
    payers = Payers(CITY, NETWORKS, seed)
    low, high = sorted((share, more))
    for network in (WATER, HEAT):
        few, many = payers.metered(network, low), payers.metered(network, high)
        assert (many | ~few).all()
    # a meter of heat is the building's: all its households have it, or none
    by_building = np.bincount(payers.households_building, weights=payers.metered(HEAT, share))
    assert np.isin(by_building, (0, *np.bincount(payers.households_building))).all()


CITY = town()


@given(
    st.integers(0, 2**31),
    st.floats(0, 1),
    st.floats(0, 1e4),
    st.floats(0.01, 1),
    st.lists(st.floats(0, 1e4), min_size=24, max_size=24),
)
def test_a_month_of_bills_is_that_of_a_loop_over_payers(seed, share, price, part, used):
    city = town(off_heat=(4,))
    for network in (WATER, HEAT):
        bills = bills_of(city, seed=seed)
        payers = bills.payers
        bills.add_use(network.code, np.array(used)[: payers.people.size])
        has_meter = payers.metered(network, share)
        slow = month_of_bills(
            list(zip(payers.size, payers.households_building, has_meter, strict=True)),
            payers.other_building,
            {
                "used": bills.used[network.code],
                "people": payers.people,
                "connected": set(np.flatnonzero(payers.connected[network.code])),
                "price_kzt": price,
                "usual_per_person_year": float(network.sales.usual_per_person_year),
                "norm_ratio": float(bills.params.norm_ratio),
                "firm_price_ratio": float(bills.operators.firm_price_ratio),
                "share_of_month": part,
            },
        )
        fast = bills.household_bills(network, price, share, share_of_month=part)
        assert fast == pytest.approx(slow[0], abs=1.0, rel=1e-12)
        assert bills.other_bills(network, price) == pytest.approx(slow[1], abs=1.0, rel=1e-12)


def test_what_is_sent_is_owed_what_is_paid_is_not_and_the_books_agree():
    bills = bills_of(town())
    n = bills.payers.size.size
    bills.send(WATER, np.full(n, 100), np.array([50, 70, 0, 0, 0, 0]))
    assert bills.owed_tiyn() == 100 * n + 120
    claims = bills.ledger.accounts(Instrument.CLAIM)
    assert claims[holders.HOUSEHOLDS] == -100 * n
    assert (claims[holders.FIRMS], claims[holders.PUBLIC_BODIES]) == (-50, -70)
    paid = np.zeros(n, dtype=np.int64)
    paid[0] = 100
    bills.receive(WATER, paid, np.array([50, 0, 0, 0, 0, 0]))
    assert bills.ledger.balance(holders.operator(WATER)) == 150
    assert bills.owed_tiyn() == 100 * (n - 1) + 70
    assert bills.imbalance_tiyn() == bills.ledger.imbalance_tiyn() == 0
    bills.arrears[WATER.code, 1] += 3
    assert bills.imbalance_tiyn() == 3


def test_a_twelfth_of_arrears_is_given_up_a_month_and_none_of_public_bodies():
    bills = bills_of(town(), arrears_life_months=12.0)
    n = bills.payers.size.size
    bills.send(HEAT, np.full(n, 1205), np.array([2400, 2400, 0, 0, 0, 0]))
    assert bills.write_off(HEAT) == 100 * n + 200
    assert bills.other_arrears[HEAT.code][:2].tolist() == [2200, 2400]
    assert bills.write_off(HEAT, share_of_month=0.5) == int(1105 / 24) * n + int(2200 / 24)
    assert bills.imbalance_tiyn() == 0
    assert bills.ledger.accounts() == {}  # no cash has moved
