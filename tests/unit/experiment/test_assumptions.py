"""Each assumption is moved alone, and what it does to the sign of an effect is reported."""

import pandas as pd
import pytest

from twin.core.errors import ScenarioError
from twin.core.parameters import Grade
from twin.experiment import assumptions as module
from twin.experiment.assumptions import APPEARS, FLIPS, HOLDS, UNCLEAR, UNUSED, hinges, moves
from twin.scenario import scenario_from_text

TEXT = """
scenario: hinge
question: Which number decides?
city: {synthesise: {people: 2000, seed: 1}}
start: 2026-01-01
years: 1
seeds: 3
indicators: [breaks_per_km_year]
arms:
  crews: {levers.dispatch.water_crews: 9}
  other: {levers.renewal.ring_fence_share: 0.5}
expect:
  - {indicator: breaks_per_km_year, arm: crews, sign: "-", because: it is tried}
"""
PATH = "citizens.behaviour.patience_days"


def effect(delta, found):
    keys = ["indicator", "arm", "expected", "delta", "ci_low", "ci_high", "n", "found"]
    row = ("breaks_per_km_year", "crews", "-", delta, delta - 0.1, delta + 0.1, 3, found)
    return pd.DataFrame([dict(zip(keys, row, strict=True))])


def table_of(monkeypatch, of_value, *, tried=(1.5, 6.0)):
    """Return the table where an effect depends on the value of one parameter alone."""
    asked = []

    def runs(scenario, *, seeds, **_):
        asked.append((dict(scenario.parameter_items).get(PATH), len(seeds), list(scenario.arms)))
        return asked[-1][0]

    monkeypatch.setattr(module, "scenario_runs", runs)
    monkeypatch.setattr(module, "expectations", lambda _, value: of_value(value))
    scenario = scenario_from_text(TEXT)
    steps = [module.Move(PATH, Grade.GUESS, 3.0, value) for value in tried]
    return module.assumptions(scenario, steps), asked


def test_a_sign_that_turns_is_found_with_all_seeds_and_one_that_holds_with_one(monkeypatch):
    signs = {None: (-1.0, "-"), 1.5: (0.8, "+"), 6.0: (-1.1, "-")}
    table, asked = table_of(monkeypatch, lambda value: effect(*signs[value]))
    assert table["what"].tolist() == [FLIPS, HOLDS]
    assert [(value, n) for value, n, _ in asked] == [
        (None, 3),
        (None, 1),
        (1.5, 1),
        (1.5, 3),
        (6.0, 1),
    ]
    assert all(arms == ["crews"] for *_, arms in asked)
    assert hinges(table)["value"].tolist() == [1.5]


def test_signs_that_are_lost_or_appear_or_are_never_touched_are_named(monkeypatch):
    lost = {None: (-1.0, "-"), 1.5: (-0.1, "0"), 6.0: (-1.0, "-")}
    table, _ = table_of(monkeypatch, lambda value: effect(*lost[value]))
    assert table["what"].tolist() == [UNCLEAR, UNUSED]
    born = {None: (-0.1, "0"), 1.5: (-3.0, "-"), 6.0: (-0.1, "0")}
    table, _ = table_of(monkeypatch, lambda value: effect(*born[value]))
    assert table["what"].tolist() == [APPEARS, UNUSED]


def test_moves_stay_inside_bounds_and_leave_out_what_the_scenario_compares():
    text = TEXT.replace(
        "other: {levers.renewal.ring_fence_share: 0.5}",
        f"other: {{parameters.{PATH}: 5.0}}",
    )
    scenario = scenario_from_text(text)
    found = moves(scenario, grades=list(Grade), factor=1e6)
    facts = {path: number.facts for path, number in scenario.parameters.items()}
    assert all(facts[one.path].low <= one.value <= facts[one.path].high for one in found)
    assert PATH not in {one.path for one in found}
    only = moves(scenario, groups=["citizens.payment"])
    assert {one.path.rpartition(".")[0] for one in only} == {"citizens.payment"}
    assert {one.grade for one in only} == {Grade.GUESS}


def test_an_unknown_group_a_small_factor_and_a_scenario_without_expectation_are_refused():
    scenario = scenario_from_text(TEXT)
    with pytest.raises(ScenarioError, match=r"'citizens\.paiment' is not a group of parameters"):
        moves(scenario, groups=["citizens.paiment"])
    with pytest.raises(ScenarioError, match="factor is 1; give a number above 1"):
        moves(scenario, factor=1.0)
    silent = scenario_from_text(TEXT[: TEXT.index("expect:")])
    with pytest.raises(ScenarioError, match="expects nothing"):
        module.assumptions(silent, [])


def test_a_parameter_is_changed_in_the_base_and_in_every_arm():
    moved = scenario_from_text(TEXT).with_parameter(PATH, 7.0)
    for one in moved.all_arms():
        assert dict(one.parameters.items())[PATH] == 7.0
    with pytest.raises(ScenarioError, match="patience"):
        moved.with_parameter("citizens.behaviour.patience", 1.0)


def test_parameters_of_several_towns_are_not_changed_in_silence():
    city = "city: {synthesise: {people: 2000, seed: 1}}"
    several = TEXT.replace(city, f"towns: {{a: {{{city}}}, b: {{{city}}}}}")
    with pytest.raises(ScenarioError, match="has several towns, each with its own"):
        scenario_from_text(several).with_parameter(PATH, 7.0)
    with pytest.raises(ScenarioError, match=r"has several towns \(a, b\); name one city"):
        moves(scenario_from_text(several))
