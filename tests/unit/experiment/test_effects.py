"""Effects against figures worked out by hand; expectations; the answer in words."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from twin.core.errors import ArgumentError, ScenarioError, StoreError
from twin.experiment import answer, best_arm, by_arm, compare, effects, expectations, scenario_runs
from twin.experiment.answer import number
from twin.experiment.effects import COLUMNS, better_share, paired
from twin.experiment.pages import open_runs, scenario_of, split_arms

pytestmark = pytest.mark.usefixtures("calls")


def row(frame, arm, indicator):
    found = frame[(frame["arm"] == arm) & (frame["indicator"] == indicator)]
    assert len(found) == 1
    return found.iloc[0]


def test_paired_differences_by_hand():
    # d = 1, 2, 4, 5: mean 3, s^2 = (4 + 1 + 1 + 4) / 3 = 10/3, s / sqrt(4) = sqrt(10/12)
    got = paired(np.array([10.0, 20.0, 30.0, 40.0]), np.array([11.0, 22.0, 34.0, 45.0]))
    half = 3.182446305284263 * math.sqrt(10 / 12)  # t(0.975, 3) from a printed table: 3.182
    assert (got["base"], got["policy"], got["delta"], got["n"]) == (25.0, 28.0, 3.0, 4)
    assert got["ci_low"] == pytest.approx(3 - half, rel=1e-12)
    assert got["ci_high"] == pytest.approx(3 + half, rel=1e-12)


def test_the_interval_of_differences_without_a_long_tail_is_that_of_the_paired_t_test():
    base, policy = np.array([1.0, 4.0, 2.0, 8.0, 5.0]), np.array([0.0, 4.5, 3.0, 9.5, 8.0])
    ours = paired(base, policy)
    theirs = stats.ttest_rel(policy, base).confidence_interval(0.95)
    assert (ours["ci_low"], ours["ci_high"]) == pytest.approx((theirs.low, theirs.high))


def test_a_seed_with_a_nan_is_left_out_of_its_indicator():
    got = paired(np.array([1.0, math.nan, 3.0]), np.array([2.0, 5.0, 5.0]))
    assert (got["delta"], got["n"]) == (1.5, 2)


def test_no_common_value_gives_nan_throughout():
    got = paired(np.array([math.nan]), np.array([1.0]))
    assert got["n"] == 0
    assert all(math.isnan(got[key]) for key in ("base", "policy", "delta", "ci_low", "ci_high"))


@pytest.mark.parametrize(
    ("differences", "better", "share"),
    [([-1, -2, 3, 0], "-", 0.625), ([-1, -2, 3, 0], "+", 0.375), ([1.0], "", math.nan)],
)
def test_the_share_of_seeds_that_do_better(differences, better, share):
    assert better_share(differences, better)["p_better"] == pytest.approx(share, nan_ok=True)


def test_the_table_has_the_columns_of_the_design(scenario):
    table = compare(scenario, seeds=range(4))
    assert tuple(table.columns) == COLUMNS
    fence = row(table, "fence", "breaks_per_km_year")
    noise = np.array([0.0, 0.03, -0.02, 0.05])
    assert fence["base"] == pytest.approx(0.4 + noise.mean())
    assert fence["delta"] == pytest.approx((-0.05 * (1 + noise)).mean())
    half = stats.t.ppf(0.975, 3) * (-0.05 * (1 + noise)).std(ddof=1) / 2
    assert fence["ci_high"] - fence["delta"] == pytest.approx(half)
    assert (fence["p_better"], fence["n"], fence["unit"]) == (1.0, 4, "1/(km a)")


def test_an_equal_arm_has_no_effect_at_all(scenario):
    same = row(compare(scenario, seeds=range(3)), "same", "trust_mean")
    assert (same["delta"], same["ci_low"], same["ci_high"], same["p_better"]) == (0, 0, 0, 0.5)


def test_named_indicators_come_first(scenario):
    table = compare(scenario, seeds=range(2))
    assert list(table["indicator"][:2]) == ["breaks_per_km_year", "trust_mean"]


def test_a_single_seed_gives_no_interval_and_the_answer_says_so(scenario):
    table = compare(scenario, seeds=[1])
    assert table["ci_low"].isna().all()
    assert (table["n"] <= 1).all()
    assert "one replication" in answer(scenario, table)


def test_the_scenario_says_how_many_seeds(scenario, calls):
    assert compare(scenario)["n"].max() == 4
    assert {seed for _, _, seed in calls} == {0, 1, 2, 3}


def test_only_missing_runs_are_computed(scenario, calls):
    compare(scenario, seeds=range(2))
    before = len(calls)
    compare(scenario, seeds=range(3))
    assert len(calls) - before == 2  # base and fence; `same` is a copy of the base


def test_runs_may_be_given_instead_of_a_scenario(scenario):
    runs = scenario_runs(scenario, seeds=range(3))
    by_runs = compare(runs["base"], runs["fence"])
    by_file = compare(scenario, seeds=range(3))
    fence = by_file[by_file["arm"] == "fence"].sort_values("indicator", ignore_index=True)
    both = (by_runs.sort_values("indicator", ignore_index=True), fence)
    together = ["all_low", "all_high"]  # of one arm, and of two
    pd.testing.assert_frame_equal(*(table.drop(columns=together) for table in both))
    with pytest.raises(ScenarioError, match="not both"):
        compare(scenario, runs["fence"])


def test_only_common_seeds_count(scenario):
    base = scenario_runs(scenario, seeds=[0, 1, 2])["base"]
    fence = scenario_runs(scenario, seeds=[1, 2, 3])["fence"]
    assert row(compare(base, fence), "fence", "trust_mean")["n"] == 2


def test_runs_without_a_common_seed_are_refused(scenario):
    runs = scenario_runs(scenario, seeds=[0])
    other = scenario_runs(scenario, seeds=[5])
    with pytest.raises(StoreError, match="no seed in common"):
        compare(runs["base"], other["fence"])
    with pytest.raises(StoreError, match="no run of the base"):
        compare([], other["fence"])


def test_runs_of_another_period_are_refused(scenario):
    runs = scenario_runs(scenario, seeds=[0])
    other = scenario_runs(scenario.shortened(100), seeds=[0])
    with pytest.raises(StoreError, match="has n_days 100"):
        effects({"base": runs["base"], "fence": other["fence"]})


def test_expectations_are_held_against_what_was_found(scenario):
    found = expectations(scenario, scenario_runs(scenario, seeds=range(4)))
    assert list(found["found"]) == ["-", "+", "0"]
    assert list(found["verdict"]) == ["as expected", "opposite", "as expected"]
    # after_years leaves out the first year: 0.1 * share * 1 in the second
    assert found["delta"][1] == pytest.approx(0.05)


def test_a_spread_around_zero_is_unclear(scenario):
    runs = scenario_runs(scenario, seeds=range(3))
    changed = runs["fence"]
    for sign, done in zip((1, -1, 1), changed, strict=True):
        table = done.indicators
        table.loc[table["indicator"] == "breaks_per_km_year", "value"] = 0.4 + sign * 0.1
    found = expectations(scenario, runs)
    assert (found["found"][0], found["verdict"][0]) == ("0", "unclear")


def test_not_the_least_difference_in_any_seed_is_no_effect(scenario):
    runs = scenario_runs(scenario, seeds=range(3))
    found = expectations(scenario, {"base": runs["base"], "fence": runs["base"]})
    assert (found["found"][0], found["verdict"][0]) == ("0", "no effect")


def test_the_answer_speaks_of_every_arm_and_of_the_best(scenario):
    leader = best_arm(scenario_runs(scenario, seeds=range(4)), "breaks_per_km_year")
    words = answer(scenario, compare(scenario, seeds=range(4)), leader)
    assert "fence lowers breaks_per_km_year by 12%" in words
    assert "raises trust_mean by 5%" in words
    assert "same leaves breaks_per_km_year as it is" in words
    assert "Best on breaks_per_km_year is fence." in words
    assert "over 4 replications" in words


def test_a_change_that_is_the_same_in_every_replication_is_told_so(scenario):
    table = compare(scenario, seeds=range(4))
    told = (table["arm"] == "fence") & (table["indicator"] == "trust_mean")
    table.loc[told, ["all_low", "all_high"]] = table.loc[told, ["delta", "delta"]].to_numpy()
    assert "the same in every replication" in answer(scenario, table)
    table.loc[told, "all_high"] *= 1.0 + 1e-6
    words = answer(scenario, table)
    assert "the same in every" not in words
    assert "in every replication" in words


def test_a_scenario_without_arms_has_no_effect_to_tell(scenario):
    table = compare(scenario.arm("base"), seeds=[0])
    assert table.empty
    assert "no arms" in answer(scenario, table)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.4321, "0.432"),
        (12345.6, "12,346"),
        (3e-7, "3.00e-07"),
        (-5.0, "-5.00"),
        (2.5e8, "2.50e+08"),
        (math.nan, "-"),
    ],
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_run_folders_tell_their_scenario(scenario):
    runs = scenario_runs(scenario, seeds=range(2))
    folders = {done.path.parent for group in runs.values() for done in group}
    grouped = split_arms(open_runs(sorted(folders)))
    assert {arm: len(group) for arm, group in grouped.items()} == {
        "base": 2,
        "fence": 2,
        "same": 2,
    }
    again = scenario_of(grouped)
    assert again.hash == scenario.hash
    assert again.arm("fence").hash == scenario.arm("fence").hash
    assert again.expect == scenario.expect


def test_folders_without_runs_are_told_all_at_once(tmp_path):
    with pytest.raises(StoreError, match=r"(?s)nothing.*nowhere") as caught:
        open_runs([tmp_path / "nothing", tmp_path / "nowhere"])
    assert len(caught.value.faults) == 2
    with pytest.raises(StoreError, match="no runs to report on"):
        split_arms([])


def test_bases_of_two_scenarios_go_by_their_names(scenario):
    runs = scenario_runs(scenario, seeds=[0])["base"]
    assert list(by_arm(runs)) == ["test"]


def test_no_policy_is_best_where_none_can_be_distinguished(scenario):
    runs = scenario_runs(scenario, seeds=range(4))
    twins = {"base": runs["base"], "fence": runs["fence"], "other": runs["fence"]}
    leader = best_arm(twins, "breaks_per_km_year")
    assert (leader.arm, leader.candidates) == ("", ("fence", "other"))
    table = effects(twins, scenario.indicators)
    words = answer(scenario, table, leader)
    assert (
        "No policy is best on breaks_per_km_year: fence and other cannot be distinguished" in words
    )
    alone = best_arm({"base": runs["base"], "same": runs["same"]}, "trust_mean")
    assert alone.arm == ""
    assert best_arm(runs, "nothing") is None


def test_any_arm_may_be_the_reference(scenario):
    there = row(compare(scenario, seeds=range(4)), "fence", "breaks_per_km_year")
    back = row(compare(scenario, seeds=range(4), reference="fence"), "base", "breaks_per_km_year")
    assert back["delta"] == pytest.approx(-there["delta"])
    assert back["ci_low"] == pytest.approx(-there["ci_high"])
    with pytest.raises(StoreError, match="fense: is no arm with runs"):
        compare(scenario, seeds=range(2), reference="fense")


def test_intervals_of_all_arms_and_indicators_are_wider_than_those_of_one(scenario):
    table = compare(scenario, seeds=range(4))
    fence = row(table, "fence", "breaks_per_km_year")
    assert fence["all_low"] < fence["ci_low"] < fence["ci_high"] < fence["all_high"]


def test_seeds_are_added_until_the_interval_is_narrow(scenario, calls):
    from twin.experiment.until import runs_until

    runs = runs_until(scenario, {"breaks_per_km_year": 0.001}, most=8)
    assert len(runs["base"]) == len(runs["fence"]) == 8
    calls.clear()
    assert len(runs_until(scenario, {"breaks_per_km_year": 0.1})["base"]) == 4
    assert not calls
    with pytest.raises(ArgumentError, match=r"break_per_km_year.*not an indicator"):
        runs_until(scenario, {"break_per_km_year": 0.1})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("text",), r"first\[0\]: is 't' \(str\), not a Run"),
        ((3,), r"first: is 3 \(int\), not a Iterable"),
    ],
)
def test_arguments_of_a_wrong_type_are_named(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        compare(*arguments)
