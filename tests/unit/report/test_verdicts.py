"""What is told as better, worse or unclear, and the answer in a sentence."""

import math

import pandas as pd
import pytest

from twin.experiment.effects import COLUMNS
from twin.report.verdicts import effect_groups, short_answer, verdict
from twin.report.words import words

NAN = float("nan")


def effect(arm, indicator, base, delta, half, n=8, unit="share"):
    low, high = (delta - half, delta + half) if n > 1 else (NAN, NAN)
    span = (low, high)
    row = (arm, indicator, unit, base, base + delta, delta, *span, *span, 0.5, n, n, NAN)
    return dict(zip(COLUMNS, row, strict=True))


@pytest.mark.parametrize(
    ("indicator", "delta", "half", "n", "expected"),
    [
        ("wear_phys_mean", -0.1, 0.05, 8, "better"),
        ("wear_phys_mean", 0.1, 0.05, 8, "worse"),
        ("trust_mean", 0.1, 0.05, 8, "better"),
        ("trust_mean", 0.01, 0.05, 8, "unclear"),
        ("trust_mean", 0.0, 0.0, 8, "same"),
        ("digital_report_share", 0.1, 0.05, 8, "higher"),
        ("trust_mean", 0.1, 0.0, 1, "higher"),
        ("trust_mean", -0.1, 0.0, 1, "lower"),
        ("trust_mean", NAN, 0.0, 8, "undefined"),
        ("not_registered", 0.1, 0.05, 8, "higher"),
    ],
)
def test_the_verdict_follows_interval_and_better_side(indicator, delta, half, n, expected):
    assert verdict(pd.Series(effect("a", indicator, 0.5, delta, half, n))) == expected


def test_the_answer_names_the_best_policy_and_the_clearly_worse_ones():
    effects = pd.DataFrame(
        [
            effect("half", "wear_phys_mean", 0.5, -0.05, 0.01),
            effect("all_in", "wear_phys_mean", 0.5, -0.10, 0.01),
            effect("poor", "wear_phys_mean", 0.5, 0.10, 0.01),
        ]
    )
    text = short_answer(effects, ["wear_phys_mean"], words("en"))
    assert "all in does best, 40.0 against 50.0 % in the base (\u221220\u00a0%)" in text
    assert "Clearly worse than the base: poor." in text


def test_the_answer_admits_that_nothing_is_clear():
    effects = pd.DataFrame([effect("half", "wear_phys_mean", 0.5, -0.01, 0.05)])
    assert "no policy differs clearly" in short_answer(effects, [], words("en"))


def test_a_single_future_gives_no_answer():
    effects = pd.DataFrame([effect("half", "wear_phys_mean", 0.5, -0.1, 0.0, n=1)])
    assert "an effect cannot be distinguished from chance" in short_answer(effects, [], words("en"))
    assert short_answer(effects.iloc[:0], [], words("en")).startswith("There is no policy")


def test_an_undefined_or_zero_base_draws_no_relative_change():
    effects = pd.DataFrame(
        [
            effect("a", "renewed_km", 0.0, 2.0, 0.5, unit="km"),
            effect("b", "renewed_km", 0.0, NAN, NAN, unit="km"),
        ]
    )
    (group,) = effect_groups(effects, words("en"))
    assert [row.whisker for row in group.rows] == [None, None]
    assert group.rows[0].verdict == "better"
    assert group.rows[1].delta == "\u2013"


def test_whiskers_stay_inside_their_box_and_point_the_right_way():
    effects = pd.DataFrame(
        [
            effect("a", "trust_mean", 0.5, 0.1, 0.05),
            effect("b", "trust_mean", 0.001, 0.9, 0.05),
        ]
    )
    (group,) = effect_groups(effects, words("en"))
    for row in group.rows:
        assert 0 <= row.whisker.low <= row.whisker.at <= row.whisker.high <= 100
        assert row.whisker.at > 50
        assert math.isclose(row.whisker.left, 50.0)
