"""The ledger moves whole tiyn between two accounts and loses none."""

import pytest

from tests.naive.money import balances
from twin.core.errors import CityDataError
from twin.economy import Ledger, kzt, tiyn
from twin.economy.holders import is_city_run
from twin.economy.ledger import SPENDING, Instrument


@pytest.fixture
def ledger():
    ledger = Ledger()
    ledger.open_month("2026-01")
    return ledger


def test_amounts_are_whole_tiyn_halves_to_even():
    assert (tiyn(0.005), tiyn(0.015), tiyn(12.34), tiyn(-1.0)) == (0, 2, 1234, -100)
    assert kzt(1234) == 12.34


def test_what_leaves_one_account_enters_another(ledger):
    assert ledger.move("state", "municipality", 500, "transfer") == 500
    ledger.move("municipality", "contractors", 120, "repair", asset_id=7)
    assert ledger.balance("state") == -500
    assert ledger.balance("municipality") == 380
    assert ledger.accounts() == {"state": -500, "municipality": 380, "contractors": 120}
    assert ledger.imbalance_tiyn() == 0


def test_instruments_are_held_apart(ledger):
    ledger.move("households", "water operator", 90, "bills", instrument=Instrument.CLAIM)
    assert ledger.balance("water operator") == 0
    assert ledger.balance("households", Instrument.CLAIM) == -90
    assert ledger.accounts(Instrument.LOAN) == {}


def test_equal_movements_of_a_month_are_one_line(ledger):
    ledger.move("a", "b", 1, "x")
    ledger.move("a", "b", 2, "x")
    ledger.move("a", "b", 4, "x", asset_id=3)
    ledger.open_month("2026-02")
    ledger.move("a", "b", 8, "x")
    ledger.move("a", "b", 0, "y")
    lines = [(key.month, key.asset_id, amount) for key, amount in ledger.movements()]
    assert lines == [("2026-01", -1, 3), ("2026-01", 3, 4), ("2026-02", -1, 8)]
    assert ledger.total("x") == 15
    assert ledger.total("x", source="b") == 0
    assert balances(ledger.movements()) == {("a", "cash"): -15, ("b", "cash"): 15}


def test_a_day_sums_purposes_and_what_leaves_the_city(ledger):
    ledger.move("state", "municipality", 1000, "transfer")
    ledger.move("municipality", "municipality: renewal fund", 400, "ring-fenced")
    ledger.move("municipality: renewal fund", "contractors", 300, "renewal")
    ledger.move("municipality", "bank", 50, "repayment")
    ledger.move("municipality", "bank", 50, "repayment", instrument=Instrument.LOAN)
    ledger.move("households", "water operator", 70, "bills", instrument=Instrument.CLAIM)
    assert ledger.take_day() == {
        "transfer": 10.0,
        "ring-fenced": 4.0,
        "renewal": 3.0,
        SPENDING: 3.0,
        "repayment": 0.5,
        "bills": 0.7,
    }
    assert ledger.take_day() == {}


@pytest.mark.parametrize("amount", [-1, 1.0, True, None])
def test_an_amount_that_is_no_whole_number_of_tiyn_is_refused(ledger, amount):
    with pytest.raises(CityDataError, match=r"ledger a -> b, repair: moves .*\n .*whole number"):
        ledger.move("a", "b", amount, "repair")
    assert ledger.accounts() == {}


def test_money_does_not_move_from_an_account_to_itself(ledger):
    with pytest.raises(CityDataError, match="ledger a, repair: moves 5 tiyn to the account it"):
        ledger.move("a", "a", 5, "repair")


def test_a_month_that_is_closed_takes_no_more(ledger):
    ledger.open_month("2026-03")
    with pytest.raises(CityDataError, match=r"ledger 2026-02: is closed.* 2026-03"):
        ledger.open_month("2026-02")
    assert ledger.month == "2026-03"


def test_operators_and_all_accounts_of_the_municipality_are_the_citys():
    inside = ("water operator", "municipality", "municipality: repairs, common")
    outside = ("state", "bank", "households", "water network", "contractors")
    assert [is_city_run(name) for name in (*inside, *outside)] == [True] * 3 + [False] * 5


def test_books_that_miss_a_tiyn_show_it(ledger):
    ledger.move("a", "b", 5, "x", instrument=Instrument.LOAN)
    ledger._balance["b", Instrument.LOAN] += 2
    assert ledger.imbalance_tiyn() == 2
