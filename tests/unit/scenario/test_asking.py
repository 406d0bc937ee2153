"""Levers that change with time, labels, arms and parents' settings that are left out."""

import datetime as dt

import pytest

from twin.core.errors import ScenarioError
from twin.scenario import load_scenario, override, scenario_from_text
from twin.scenario.overrides import scenario_from_resolved

HEAD = "{scenario: s, question: q, city: {synthesise: {}}, start: 2026-01-01, years: 6, "


def asked(rest):
    return scenario_from_text(HEAD + rest + "}")


def bill(scenario, year):
    return scenario.levers_in(year)["tariff"].bill_kzt_per_person_month


def test_a_value_by_year_holds_until_the_next():
    scenario = asked("levers: {tariff: {bill_kzt_per_person_month: {2026: 3000, 2029: 6000}}}")
    assert [bill(scenario, year) for year in range(2025, 2032)] == [3000] * 4 + [6000] * 3
    assert scenario.levers["tariff"].bill_kzt_per_person_month == 3000


def test_a_ramp_moves_evenly_between_its_years():
    scenario = asked(
        "levers: {tariff: {bill_kzt_per_person_month: {ramp: {2026: 3000, 2029: 6000}}}}"
    )
    assert [bill(scenario, year) for year in range(2026, 2031)] == [3000, 4000, 5000, 6000, 6000]


def test_values_by_year_take_units_and_words():
    scenario = asked(
        "levers: {renewal: {ring_fence_share: {2026: 10 %, 2028: 0.3}, "
        "order: {2026: age, 2027: risk}}}"
    )
    assert scenario.levers_in(2026)["renewal"].ring_fence_share == 0.1
    assert scenario.levers_in(2027)["renewal"].order == "risk"
    assert scenario.levers_in(2028)["renewal"].ring_fence_share == 0.3


def test_an_arm_changes_with_time_and_the_base_does_not():
    scenario = asked(
        "arms: {double: {levers.tariff.bill_kzt_per_person_month: {2026: 1, 2028: 2}}}"
    )
    assert bill(scenario, 2028) == bill(scenario, 2026)
    assert bill(scenario.arms["double"], 2028) == 2
    assert bill(scenario.arms["double"], 2027) == 1


def test_a_constant_has_the_same_hash_as_its_schedule():
    by_year = asked("levers: {tariff: {bill_kzt_per_person_month: {2026: 3000}}}")
    again = asked("levers: {tariff: {bill_kzt_per_person_month: {2026: 3000, 2028: 3000}}}")
    assert by_year.hash == again.hash == asked("levers: {}").hash
    other = asked("levers: {tariff: {bill_kzt_per_person_month: {2026: 3000, 2028: 3001}}}")
    assert other.hash != by_year.hash


def test_a_schedule_survives_manifest_and_override():
    scenario = asked(
        "label: {ru: Как сейчас}, arms: {x: {label: Жаңа, "
        "levers.tariff.bill_kzt_per_person_month: {2026: 1, 2028: 2}}}"
    )
    again = scenario_from_resolved(scenario.resolved(), "manifest")
    assert again.hash == scenario.hash
    assert again.arms["x"].hash == scenario.arms["x"].hash
    assert again.labels == scenario.labels
    changed = override(scenario.arms["x"], {"levers.renewal.ring_fence_share": 0.5})
    assert bill(changed, 2028) == 2


def test_a_number_of_a_lever_is_set_in_every_year():
    scenario = asked("levers: {tariff: {bill_kzt_per_person_month: {2026: 1, 2028: 2}}}")
    whole = scenario.with_lever("levers.tariff.bill_kzt_per_person_month", 7.0)
    assert {bill(whole, year) for year in range(2026, 2030)} == {7.0}


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        (
            "levers: {tariff: {bill_kzt_per_person_month: {2029: 6000}}}",
            r"has no value for 2026, the first simulated year.*\n?.*add `2026: ...`",
        ),
        (
            "levers: {tariff: {bill_kzt_per_person_month: {2026: 3000, 2029: -1}}}",
            r"1:\d+: levers.tariff.bill_kzt_per_person_month = -1 is outside 0 to 100000",
        ),
        (
            "levers: {renewal: {order: {ramp: {2026: age, 2029: risk}}}}",
            "ramp needs numbers, and 2026 has 'age'",
        ),
        (
            "levers: {tariff: {bill_kzt_per_person_month: {ramp: {now: 3}}}}",
            "has 'now' where a year is meant",
        ),
        (
            "levers: {heat_loops: {count: {2026: 0, 2028: 2}}}",
            "levers.heat_loops.count changes with time, but heat_loops acts once",
        ),
        ("arms: {x: {label: {de: Neu}}}", "arms.x.label.de is not a language of the report"),
        ("arms: {x: {label: ''}}", "arms.x.label is not a line of 1 to 80 letters"),
    ],
)
def test_what_a_schedule_or_label_cannot_be(rest, message):
    with pytest.raises(ScenarioError, match=message):
        asked(rest)


def test_levers_of_several_towns_do_not_change_with_time():
    text = (
        "{scenario: s, question: q, start: 2026-01-01, "
        "towns: {a: {city: {synthesise: {}}}, b: {city: {synthesise: {}}}}, "
        "levers: {tariff: {bill_kzt_per_person_month: {2026: 1, 2027: 2}}}}"
    )
    with pytest.raises(ScenarioError, match="levers change with time, and there are several towns"):
        scenario_from_text(text)


@pytest.fixture
def parent(tmp_path):
    (tmp_path / "town.yaml").write_text(
        HEAD + "shocks: [{kind: cold_spell, date: 2029-01-05, days: 3, temp_c: -30}], "
        "arms: {rich: {levers.budget.network_kzt_per_person_year: 9000}, poor: {}}, "
        "levers: {tariff: {bill_kzt_per_person_month: {2026: 1, 2027: 2}}}, "
        "expect: [{indicator: trust_mean, arm: rich, sign: '+', because: b},"
        " {indicator: trust_mean, arm: poor, sign: '-', after_years: 3, because: b}]}"
    )

    def child(text):
        (tmp_path / "child.yaml").write_text("extends: town.yaml\nquestion: mine\n" + text)
        return load_scenario(tmp_path / "child.yaml")

    return child


def test_parents_shocks_and_expectations_after_the_end_are_left_out_with_a_notice(parent):
    scenario = parent("days: 30\n")
    assert scenario.end == dt.date(2026, 1, 30)
    assert not scenario.shocks
    assert [one.arm for one in scenario.expect] == ["rich"]
    assert "shock cold_spell 2029-01-05" in scenario.left_out[0]
    assert "expectation trust_mean poor 3" in scenario.left_out[1]


def test_a_shock_of_the_file_itself_outside_its_days_is_a_fault(parent):
    with pytest.raises(ScenarioError, match="outside the simulated days"):
        parent("days: 30\nshocks: [{kind: cold_spell, date: 2029-01-05, days: 3, temp_c: -30}]\n")


def test_an_arm_of_the_parent_is_dropped_by_null(parent):
    scenario = parent("arms: {rich: null}\n")
    assert list(scenario.arms) == ["poor"]
    assert [one.arm for one in scenario.expect] == ["poor"]


def test_a_schedule_of_the_child_replaces_the_parents_whole(parent):
    scenario = parent("levers: {tariff: {bill_kzt_per_person_month: {2026: 5, 2030: 6}}}\n")
    assert [bill(scenario, year) for year in (2026, 2027, 2030)] == [5, 5, 6]
    scenario = parent("levers: {tariff: {bill_kzt_per_person_month: 4}}\n")
    assert bill(scenario, 2030) == 4


def test_years_of_the_child_replace_days_of_the_parent(tmp_path):
    (tmp_path / "town.yaml").write_text(HEAD + "days: 9}")
    (tmp_path / "child.yaml").write_text("{extends: town.yaml, years: 2}")
    assert load_scenario(tmp_path / "child.yaml").n_days == 730
