"""The way of one tenge, by hand and against a walk in small steps."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naive.money import tenge
from twin.core.errors import ScenarioError
from twin.economy import trace
from twin.economy.holders import is_city_run
from twin.economy.trace import KEPT

COLUMNS = ["month", "instrument", "source", "target", "purpose", "asset_id", "amount_tiyn"]


def money(*rows, instrument="cash", month="2026-03"):
    return pd.DataFrame([(month, instrument, *row) for row in rows], columns=COLUMNS)


def ends(table):
    keys = zip(table["to_account"], table["purpose"], strict=True)
    return dict(zip(keys, table["tenge"], strict=True))


def test_a_tenge_goes_where_its_pool_goes():
    table = money(
        ("households", "water operator", "bills paid", -1, 60),
        ("firms", "water operator", "bills paid", -1, 40),
        ("water operator", "suppliers", "treatment", -1, 50),
        ("water operator", "municipality", "tariff surplus", -1, 50),
        ("municipality", "contractors", "repair", 7, 30),
    )
    found = trace(table, "households", year=2026)
    assert found["tenge"].tolist() == pytest.approx([0.5, 0.3, 0.2])
    assert ends(found) == pytest.approx(
        {("suppliers", "treatment"): 0.5, ("contractors", "repair"): 0.3, (KEPT, "saved"): 0.2}
    )
    assert found["asset_id"].tolist() == [-1, 7, -1]
    assert found["from_account"].tolist() == ["water operator", "municipality", "municipality"]


def test_a_tenge_that_comes_back_has_ended():
    table = money(
        ("households", "municipality", "taxes", -1, 10),
        ("municipality", "households", "housing aid", -1, 4),
        ("municipality", "contractors", "repair", 1, 6),
    )
    found = ends(trace(table, "households", year=2026))
    assert found == pytest.approx(
        {("households", "housing aid"): 0.4, ("contractors", "repair"): 0.6}
    )


def test_what_an_account_spent_of_earlier_years_takes_no_part_of_the_tenge():
    table = money(
        ("state", "municipality", "transfer", -1, 10),
        ("municipality", "contractors", "renewal", 1, 40),
    )
    assert trace(table, "state", year=2026)["tenge"].tolist() == [1.0]


def test_accounts_that_pass_money_round_apart_from_the_tenge_do_not_disturb_it():
    table = money(
        ("municipality: a", "municipality: b", "left over", -1, 5),
        ("municipality: b", "municipality: a", "released", -1, 5),
        ("state", "municipality", "transfer", -1, 10),
    )
    assert ends(trace(table, "state", year=2026)) == {(KEPT, "saved"): 1.0}


def test_a_loan_or_another_year_is_no_cash_of_the_year():
    table = pd.concat(
        [
            money(("state", "bank", "x", -1, 1)),
            money(("state", "firms", "y", -1, 9), month="2027-01"),
            money(("state", "firms", "z", -1, 9), instrument="loan"),
        ]
    )
    assert ends(trace(table, "state", year=2026)) == {("bank", "x"): 1.0}


@pytest.mark.parametrize(("source", "year"), [("housholds", 2026), ("households", 2031)])
def test_an_account_that_pays_nothing_is_refused_with_what_there_is(source, year):
    table = money(("households", "firms", "x", -1, 1))
    with pytest.raises(ScenarioError, match=rf"'{source}': pays nothing in {year}\n .*: 2026"):
        trace(table, source, year=year)


NAMES = ("households", "state", "firms", "water operator", "municipality", "municipality: fund")
AMOUNTS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 10**12)),
    min_size=1,
    max_size=12,
).map(lambda rows: [row for row in rows if row[0] != row[1]])


@given(AMOUNTS.filter(bool))
def test_every_tenge_adds_up_to_one_and_ends_where_a_walk_ends(rows):
    lines = [(start, end, f"p{place}", amount) for place, (start, end, amount) in enumerate(rows)]
    table = money(*((start, end, purpose, -1, amount) for start, end, purpose, amount in lines))
    through = {name for name in NAMES if is_city_run(name)}
    for source in {row[0] for row in rows}:
        found = trace(table, source, year=2026)
        assert found["tenge"].sum() == pytest.approx(1.0, abs=1e-9)
        assert (found["tenge"] > 0.0).all()
    slow = tenge(lines, source, through | {source}) if _soon_over(rows) else None
    if slow is not None:
        fast = {(KEPT if key[1] == "saved" else key[0], key[1]): 0.0 for key in slow}
        for (account, purpose), part in slow.items():
            fast[KEPT if purpose == "saved" else account, purpose] += part
        assert ends(found.groupby(["to_account", "purpose"], as_index=False)["tenge"].sum()) == (
            pytest.approx(fast, abs=1e-9)
        )


def _soon_over(rows):
    """Whether no amount is so small beside another that a walk takes for ever."""
    amounts = [row[2] for row in rows]
    return max(amounts) < 50 * min(amounts)
