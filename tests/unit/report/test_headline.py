"""The headline answers for every indicator asked for, money included, and oversells nothing."""

import datetime as dt

import pandas as pd
import pytest

from tests.unit.report.test_verdicts import effect
from twin.report.headline import headline
from twin.report.verdicts import short_answer, verdict
from twin.report.words import LANGUAGES, words

MONEY = "spending_million_kzt_year"


def table():
    return pd.DataFrame(
        [
            effect("rich", "wear_phys_mean", 0.5, -0.1, 0.02),
            effect("vote", "wear_phys_mean", 0.5, -0.1, 0.2),
            effect("rich", "trust_mean", 0.5, 0.001, 0.001),
            effect("vote", "trust_mean", 0.5, -0.2, 0.01),
            effect("rich", MONEY, 120.0, 30.0, 1.0, unit="M KZT/a"),
            effect("vote", MONEY, 120.0, 0.0, 0.0, unit="M KZT/a"),
        ]
    )


def test_every_indicator_asked_for_and_money_have_a_sentence():
    wear, trust, money, sure = headline(table(), ["wear_phys_mean", "trust_mean"], {}, words("en"))
    assert "better with rich (50.0 to 40.0 %); not clear with vote." in wear
    assert "worse with vote" in trust
    assert "no difference that matters with rich" in trust
    assert "higher with rich (120 to 150 million tenge a year)" in money
    assert "no difference with vote" in money or "matters with vote" in money
    assert "95 % interval over 8 simulated futures" in sure


def test_a_change_smaller_than_what_matters_is_not_called_better():
    row = pd.Series(effect("a", "wear_phys_mean", 0.5, -0.02, 0.005))
    assert verdict(row) == "better"
    assert verdict(row, {"wear_phys_mean": 0.05}) == "small"
    assert verdict(row, {"wear_phys_mean": 0.022}) == "unclear"


def test_no_difference_is_claimed_only_where_the_interval_shows_it():
    wide = pd.DataFrame([effect("a", "wear_phys_mean", 0.5, 0.0, 0.2)])
    tight = pd.DataFrame([effect("a", "wear_phys_mean", 0.5, 0.0, 0.001)])
    assert "does not show that they are equal" in short_answer(wide, [], words("en"))
    assert "no policy makes a difference that matters" in short_answer(tight, [], words("en"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_labels_of_policies_stand_in_every_language(lang):
    told = words(lang).with_labels([("rich", (("ru", "Больше денег"), ("kk", "Көбірек ақша")))])
    lines = headline(table(), ["wear_phys_mean"], {}, told)
    assert {"ru": "Больше денег", "kk": "Көбірек ақша"}.get(lang, "Больше денег") in lines[0]


def test_dates_are_written_as_people_write_them():
    day = dt.date(2026, 1, 31)
    assert words("en").date(day) == "31 January 2026"
    assert words("ru").date(day) == "31 января 2026 г."  # noqa: RUF001 - Russian
    assert words("kk").date(day) == "2026 ж. 31 қаңтар"


def test_without_effects_there_are_no_sentences():
    assert headline(table().iloc[:0], [], {}, words("en")) == []
