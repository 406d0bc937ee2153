"""Scores of a run, worked out by hand."""

import math

import pytest

from twin.indicators.views import Item, Term, View, read_view, scaled


def term(kind="trust_mean", zero_at=0.0, one_at=1.0, **more):
    return Term(indicator=kind, zero_at=zero_at, one_at=one_at, source="guess", **more)


def reading(totals, *terms, combine="mean"):
    item = Item(id="a", name="A", score=terms, combine=combine)
    (found,) = read_view(View(view="v", name="V", source="s", named=1, items=(item,)), totals)
    return found


def test_a_scale_runs_from_zero_at_to_one_at_in_either_direction():
    more = term("cold_hours", 100.0, 300.0)
    less = term("cold_hours", 300.0, 100.0)
    assert [scaled(more, value) for value in (100.0, 150.0, 300.0)] == [0.0, 0.25, 1.0]
    assert [scaled(less, value) for value in (100.0, 150.0, 300.0)] == [1.0, 0.75, 0.0]
    assert math.isnan(scaled(more, math.nan))


def test_a_mean_is_weighted():
    terms = (term(weight=3.0), term("days_to_mended", 60.0, 0.0))
    found = reading({"trust_mean": 0.4, "days_to_mended": 45.0}, *terms)
    assert found.score == pytest.approx((3 * 0.4 + 0.25) / 4)
    assert found.values == {"trust_mean": 0.4, "days_to_mended": 45.0}
    assert found.outside == found.assumed == ()


def test_a_product_raises_each_part_to_its_weight():
    terms = (term(weight=2.0), term("satisfaction_mean"))
    found = reading({"trust_mean": 0.5, "satisfaction_mean": 0.8}, *terms, combine="product")
    assert found.score == pytest.approx(0.5**2 * 0.8)


def test_a_value_beyond_the_scale_counts_as_its_end_and_is_reported():
    terms = (term("days_to_mended", 60.0, 0.0), term())
    found = reading({"days_to_mended": 90.0, "trust_mean": 0.5}, *terms)
    assert found.score == 0.25
    assert found.outside == ("days_to_mended",)


def test_an_undefined_indicator_counts_as_stated_or_leaves_no_score():
    totals = {"vote_turnout": math.nan, "trust_mean": 0.6}
    stated = reading(totals, term("vote_turnout", when_undefined=0.0), term())
    assert stated.score == pytest.approx(0.3)
    assert stated.assumed == ("vote_turnout",)
    assert math.isnan(reading(totals, term("vote_turnout"), term()).score)


def test_an_indicator_that_a_run_lacks_is_unknown_and_nothing_is_assumed_for_it():
    found = reading({"trust_mean": 0.6}, term("vote_turnout", when_undefined=0.0), term())
    assert math.isnan(found.score)
    assert found.assumed == ()


def test_an_item_of_indicators_has_values_and_no_score():
    item = Item(id="a", name="A", indicators=("trust_mean", "cold_hours"))
    view = View(view="v", name="V", source="s", named=1, items=(item,))
    (found,) = read_view(view, {"trust_mean": 0.6, "cold_hours": 12.0})
    assert found.values == {"trust_mean": 0.6, "cold_hours": 12.0}
    assert math.isnan(found.score)
