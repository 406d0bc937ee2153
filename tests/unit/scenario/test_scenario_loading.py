"""Files that are right: parents, arms, levers, hash, schema."""

import dataclasses
import datetime as dt
import pickle
import re

import pytest

from twin.core.errors import ScenarioError
from twin.core.parameters import parameters
from twin.parameters import WeatherParams
from twin.policy import levers
from twin.scenario import (
    ColdSpell,
    load_scenario,
    override,
    scenario_from_text,
    scenario_schema,
    shocks,
)
from twin.scenario.extends import scenario_root
from twin.scenario.overrides import scenario_from_resolved

TEXT = """
scenario: test
question: Does it?
city: {synthesise: {people: 3000, seed: 1}}
start: 2026-01-01
years: 3
levers: {renewal: {order: age}}
arms:
  fence: {levers.renewal.ring_fence_share: 0.3}
  nested: {levers: {renewal: {ring_fence_share: 0.3}}}
  nothing: {levers.renewal.order: age}
"""


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_every_lever_is_there_with_its_default():
    scenario = scenario_from_text(TEXT)
    assert set(scenario.levers) == set(levers)
    assert scenario.levers["renewal"] == levers["renewal"](order="age")
    assert scenario.levers["tariff"] == levers["tariff"]()


def test_an_arm_changes_what_it_names_and_nothing_else():
    scenario = scenario_from_text(TEXT)
    arm = scenario.arm("fence")
    assert arm.arm_name == "fence"
    assert arm.levers["renewal"] == levers["renewal"](order="age", ring_fence_share=0.3)
    assert arm.levers["budget"] == scenario.levers["budget"]
    assert not arm.arms
    assert scenario.arms["fence"] == arm


def test_dotted_and_nested_overrides_say_the_same():
    scenario = scenario_from_text(TEXT)
    assert scenario.arm("fence").hash == scenario.arm("nested").hash != scenario.hash


def test_an_arm_that_repeats_the_base_has_its_hash():
    scenario = scenario_from_text(TEXT)
    assert scenario.arm("nothing").hash == scenario.hash


def test_the_base_is_an_arm_by_name():
    scenario = scenario_from_text(TEXT)
    assert scenario.arm("base").hash == scenario.hash
    assert [arm.arm_name for arm in scenario.all_arms()] == ["base", "fence", "nested", "nothing"]


def test_an_unknown_arm_is_told_with_the_nearest():
    with pytest.raises(ScenarioError, match=r"'fense' is not an arm. Did you mean fence\?"):
        scenario_from_text(TEXT).arm("fense")


def test_the_period_is_whole_calendar_years_or_days():
    scenario = scenario_from_text(TEXT)
    assert (scenario.n_days, scenario.end) == (1096, dt.date(2028, 12, 31))
    assert scenario_from_text(TEXT + "days: 10\n").n_days == 10
    leap = scenario_from_text(TEXT.replace("2026-01-01", "2028-02-29"))
    assert leap.end == dt.date(2031, 2, 28)


def test_what_does_not_influence_results_does_not_change_the_hash():
    scenario = scenario_from_text(TEXT)
    other = TEXT.replace("Does it?", "Another question").replace("test", "other")
    other += "seeds: 3\nindicators: [trust_mean]\n"
    other += "expect: [{indicator: trust_mean, arm: fence, sign: '+', because: b}]\n"
    assert scenario_from_text(other).hash == scenario.hash


def test_naming_a_default_does_not_change_the_hash():
    named = TEXT.replace("{order: age}", "{order: age, ring_fence_share: 0}")
    assert scenario_from_text(named).hash == scenario_from_text(TEXT).hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("people: 3000", "people: 3001"),
        ("seed: 1", "seed: 2"),
        ("2026-01-01", "2026-01-02"),
        ("years: 3", "years: 4"),
        ("order: age", "order: risk"),
        (
            "years: 3",
            "years: 3\nshocks: [{kind: pipe_failures, network: heat, date: 2026-02-01, count: 2}]",
        ),
    ],
)
def test_what_influences_results_changes_the_hash(old, new):
    assert scenario_from_text(TEXT.replace(old, new)).hash != scenario_from_text(TEXT).hash


def test_the_hash_is_the_same_on_any_machine():
    # a change here means that every run on every disk is computed again; say so in the changelog
    plain = scenario_from_text(TEXT).influences()
    assert list(plain) == [
        *("city", "demography", "start", "n_days", "shocks", "levers", "parameters")
    ]
    assert plain["levers"]["renewal"]["ring_fence_share"] == 0.0


def test_a_scenario_survives_pickling():
    scenario = scenario_from_text(TEXT)
    again = pickle.loads(pickle.dumps(scenario))  # noqa: S301 - our own bytes
    assert again == scenario
    assert again.hash == scenario.hash


def test_maps_merge_and_lists_replace_along_the_parents(tmp_path):
    write(tmp_path, "_base/far.yaml", "years: 7\nlevers: {tariff: {growth_share_per_year: 0.1}}\n")
    write(
        tmp_path,
        "_base/near.yaml",
        "extends: _base/far.yaml\nindicators: [trust_mean, renewed_km]\n"
        "levers: {renewal: {ring_fence_share: 0.2, order: age}}\n"
        "arms: {old: {levers.renewal.order: breaks}}\n",
    )
    child = write(
        tmp_path,
        "child.yaml",
        "scenario: child\nquestion: q\nextends: _base/near.yaml\nstart: 2026-01-01\n"
        "city: {synthesise: {people: 5000}}\nindicators: [renewed_km]\n"
        "levers: {renewal: {order: people}}\narms: {new: {levers.renewal.order: risk}}\n",
    )
    scenario = load_scenario(child)
    assert scenario.years == 7
    assert scenario.indicators == ("renewed_km",)
    assert scenario.levers["renewal"] == levers["renewal"](ring_fence_share=0.2, order="people")
    assert scenario.levers["tariff"].growth_share_per_year == 0.1
    assert set(scenario.arms) == {"old", "new"}


def test_another_kind_of_city_replaces_the_parents(tmp_path):
    write(tmp_path, "base.yaml", TEXT.replace("scenario", "scenario"))
    child = write(tmp_path, "child.yaml", "extends: base.yaml\ncity: {bundle: cities/x}\n")
    assert load_scenario(child).city.bundle == "cities/x"
    assert load_scenario(child).city.synthesise is None


def test_the_same_kind_of_city_merges(tmp_path):
    write(tmp_path, "base.yaml", TEXT)
    child = write(tmp_path, "child.yaml", "extends: base.yaml\ncity: {synthesise: {seed: 9}}\n")
    town = load_scenario(child).city.synthesise
    assert (town.people, town.seed) == (3000, 9)


def test_a_fault_in_a_parent_names_the_parent(tmp_path):
    write(tmp_path, "base.yaml", TEXT.replace("years: 3", "years: many"))
    child = write(tmp_path, "child.yaml", "extends: base.yaml\n")
    with pytest.raises(ScenarioError, match=r"base.yaml:6:8: years = 'many'"):
        load_scenario(child)


def test_a_circle_of_parents_is_shown_whole(tmp_path):
    write(tmp_path, "a.yaml", "extends: b.yaml\n")
    write(tmp_path, "b.yaml", "extends: c.yaml\n")
    write(tmp_path, "c.yaml", "extends: a.yaml\n")
    with pytest.raises(ScenarioError, match=r"a.yaml -> .*b.yaml -> .*c.yaml -> .*a.yaml"):
        load_scenario(tmp_path / "a.yaml")


def test_eight_parents_are_allowed_and_nine_are_not(tmp_path):
    write(tmp_path, "p0.yaml", TEXT)
    for i in range(1, 10):
        write(tmp_path, f"p{i}.yaml", f"extends: p{i - 1}.yaml\n")
    assert load_scenario(tmp_path / "p8.yaml").years == 3
    with pytest.raises(ScenarioError, match="over 8 parents deep"):
        load_scenario(tmp_path / "p9.yaml")


def test_a_link_out_of_the_tree_is_not_followed(tmp_path):
    outside = write(tmp_path, "outside.yaml", TEXT)
    inside = write(tmp_path, "scenarios/child.yaml", "extends: link.yaml\n")
    (tmp_path / "scenarios" / "link.yaml").symlink_to(outside)
    with pytest.raises(ScenarioError, match="leaves the scenario folder"):
        load_scenario(inside)


def test_a_parent_is_found_from_the_top_scenario_folder(tmp_path):
    write(tmp_path, "scenarios/_base/town.yaml", TEXT)
    child = write(tmp_path, "scenarios/akkol/child.yaml", "extends: _base/town.yaml\nyears: 5\n")
    assert load_scenario(child).years == 5


def test_own_files_may_extend_what_ships(tmp_path):
    text = "scenario: mine\nquestion: q\nextends: _base/town.yaml\n"
    child = write(tmp_path, "mine.yaml", text)
    assert load_scenario(child).city.synthesise.people == 14_000


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("ring_fence_share", "30 %", 0.3),
        ("ring_fence_share", "30%", 0.3),
        ("least_age_years", "20 years", 20.0),
    ],
)
def test_a_number_may_carry_its_unit(key, text, value):
    written = TEXT.replace("{order: age}", f"{{order: age, {key}: '{text}'}}")
    assert getattr(scenario_from_text(written).levers["renewal"], key) == value


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("tariff.bill_kzt_per_person_month", "6000 KZT/month", 6000.0),
        ("tariff.bill_kzt_per_person_month", "6000 KZT/person/month", 6000.0),
        ("tariff.growth_share_per_year", "3 %/year", 0.03),
        ("dispatch.water_crews", "2 crews", 2),
        ("dispatch.water_crews", "1 crew", 1),
        ("detection.cost_kzt_per_km_year", "60 thousand KZT/km/year", 60_000.0),
        ("detection.sensor_share", "0.5 share", 0.5),
        ("emergency.ambulances_per_10000", "1.5 1/10000 residents", 1.5),
    ],
)
def test_a_number_may_carry_the_unit_of_its_field(path, text, value):
    scenario = scenario_from_text(f"{TEXT}levers.{path}: {text}\n")
    lever, field = path.split(".")
    assert getattr(scenario.levers[lever], field) == value


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("weather.cold_below_c", "0.02 C", 0.02),
        ("networks.water.costs.repair_kzt_per_m", "3 million KZT/m", 3e6),
        ("networks.water.costs.repair_kzt", "1e6 KZT", 1e6),
        ("networks.water.works.shift_hours", "1 day", 24.0),
    ],
)
def test_a_parameter_may_carry_its_unit(path, text, value):
    scenario = scenario_from_text(f"{TEXT}parameters.{path}: {text}\n")
    assert dict(scenario.parameters.items())[path] == value


@pytest.mark.parametrize(
    "text",
    [
        "parameters: {weather: {cold_below_c: 0.02}, citizens: {behaviour: {patience_days: 9}}}",
        "parameters: {weather.cold_below_c: 0.02, citizens.behaviour: {patience_days: 9}}",
        "parameters.weather.cold_below_c: 0.02\nparameters: {citizens.behaviour.patience_days: 9}",
    ],
)
def test_dotted_keys_of_the_base_mean_what_nested_ones_mean(text):
    scenario = scenario_from_text(f"{TEXT}{text}\n")
    assert dict(scenario.parameter_items) == {
        "citizens.behaviour.patience_days": 9.0,
        "weather.cold_below_c": 0.02,
    }


def test_dotted_keys_of_a_child_override_nested_ones_of_its_parent(tmp_path):
    write(tmp_path, "parent.yaml", TEXT)
    child = "extends: parent.yaml\nlevers.renewal.order: risk\nlevers: {budget.credit_share: 0.1}\n"
    levers_then = load_scenario(write(tmp_path, "child.yaml", child)).levers
    assert levers_then["renewal"].order == "risk"
    assert levers_then["budget"].credit_share == 0.1


def test_units_of_shocks_and_money_are_converted():
    scenario = scenario_from_text(
        TEXT + "shocks: [{kind: cold_spell, date: 2026-02-01, days: 2 weeks, temp_c: -35 C}]\n"
    )
    assert scenario.shocks == (ColdSpell(date=dt.date(2026, 2, 1), days=14, temp_c=-35.0),)
    rich = TEXT.replace(
        "levers: {", "levers: {tariff: {bill_kzt_per_person_month: 4 thousand KZT}, "
    )
    assert scenario_from_text(rich).levers["tariff"].bill_kzt_per_person_month == 4000.0


def test_an_override_gives_what_an_arm_gives():
    scenario = scenario_from_text(TEXT)
    changed = override(scenario, {"levers.renewal.ring_fence_share": 0.3})
    assert changed.hash == scenario.arm("fence").hash
    assert override(scenario, {"city.synthesise.people": 5000}).city.synthesise.people == 5000
    assert override(scenario, {"days": 5}).n_days == 5


def test_wrong_overrides_name_the_setting():
    scenario = scenario_from_text(TEXT)
    with pytest.raises(ScenarioError, match=r"ring_fence = 0.3: .*is not a known key"):
        override(scenario, {"levers.renewal.ring_fence": 0.3})
    with pytest.raises(ScenarioError, match="question cannot be set here"):
        override(scenario, {"question": "x"})


def test_a_manifest_gives_the_scenario_back():
    scenario = scenario_from_text(
        TEXT + "expect: [{indicator: trust_mean, arm: fence, sign: '+', because: b}]\n"
    )
    again = scenario_from_resolved(scenario.resolved(), "somewhere")
    assert again.hash == scenario.hash
    assert {name: arm.hash for name, arm in again.arms.items()} == {
        name: arm.hash for name, arm in scenario.arms.items()
    }
    assert again.expect == scenario.expect


def test_extends_needs_a_file():
    with pytest.raises(ScenarioError, match="extends needs a file"):
        scenario_from_text(TEXT + "extends: a.yaml\n")


def test_the_schema_follows_the_registries():
    schema = scenario_schema()
    parts = schema["$defs"]
    assert set(parts["Levers"]["properties"]) == set(levers)
    share = parts["Renewal"]["properties"]["ring_fence_share"]
    assert (share["minimum"], share["maximum"], share["default"]) == (0, 1, 0.0)
    assert share["description"].startswith("[share]")
    kinds = schema["properties"]["shocks"]["items"]["discriminator"]["mapping"]
    assert set(kinds) == set(shocks)
    assert "trust_mean" in schema["properties"]["indicators"]["items"]["anyOf"][0]["enum"]
    assert {"scenario", "question", "start"} <= set(schema["required"])
    assert schema["oneOf"] == [{"required": ["city"]}, {"required": ["towns"]}]


@pytest.mark.parametrize(
    "path", sorted(scenario_root().glob("[!_]*.yaml")), ids=lambda path: path.stem
)
def test_every_scenario_that_ships_is_whole(path):
    scenario = load_scenario(path)
    assert scenario.name == path.stem
    assert scenario.question.endswith("?")
    assert scenario.arms
    assert scenario.indicators
    assert scenario.expect


WEATHER = """
parameters:
  weather: {cold_below_c: 0.05}
  citizens:
    behaviour: {patience_days: 4 weeks, notice_severity: 10 %}
"""


def test_parameters_are_set_by_files_parents_and_arms(tmp_path):
    write(tmp_path, "_base/warm.yaml", TEXT.replace("arms:", f"{WEATHER}arms:"))
    child = """extends: _base/warm.yaml
scenario: child
parameters: {weather: {year_spread_c: 2 C}}
arms:
  impatient: {parameters.citizens.behaviour.patience_days: 7 days}
"""
    scenario = load_scenario(write(tmp_path, "child.yaml", child))
    assert dict(scenario.parameter_items) == {
        "citizens.behaviour.notice_severity": 0.1,
        "citizens.behaviour.patience_days": 28.0,
        "weather.cold_below_c": 0.05,
        "weather.year_spread_c": 2.0,
    }
    assert scenario.parameters.group(WeatherParams) == WeatherParams(
        cold_below_c=0.05, year_spread_c=2.0
    )
    arm = scenario.arm("impatient")
    assert dict(arm.parameter_items)["citizens.behaviour.patience_days"] == 7.0
    assert scenario.arm("fence").parameter_items == scenario.parameter_items
    assert len({one.hash for one in scenario.all_arms()}) == 3
    again = scenario_from_resolved(scenario.resolved(), "somewhere")
    assert again.arm("impatient").hash == arm.hash
    assert pickle.loads(pickle.dumps(scenario)) == scenario  # noqa: S301 - our own


def test_a_changed_default_of_the_program_changes_the_hash(monkeypatch):
    before = scenario_from_text(TEXT).hash
    known = parameters._things
    monkeypatch.setitem(known, "weather", WeatherParams(cold_below_c=0.04))
    assert scenario_from_text(TEXT).hash != before


@pytest.mark.parametrize(
    ("text", "place", "message", "mend"),
    [
        ("{weather: {cold: 0.1}}", "8:24", "weather.cold is not a known key", "cold_below_c"),
        ("{patience_days: 3}", "8:14", "patience_days is not", "citizens.behaviour.patience_days"),
        ("{weather: {cold_below_c: 21}}", "8:38", "outside -20 to 20 [C]", "[C] temperature"),
        ("{weather: {cold_below_c: 2 %}}", "8:38", "has the unit '%'", "use C"),
        ("3", "8:13", "parameters = 3 should be a map", ""),
        ("{institutions: {season_start_day: 300}}", "8:28", "renewal needs a season", ""),
    ],
)
def test_wrong_parameters_are_refused_with_place_and_cure(text, place, message, mend):
    with pytest.raises(ScenarioError, match=re.escape(message)) as caught:
        scenario_from_text(TEXT.replace("arms:", f"parameters: {text}\narms:"))
    assert f"scenario.yaml:{place}: " in str(caught.value)
    assert mend in str(caught.value)


def test_a_part_of_a_group_that_has_no_numbers_is_no_key(monkeypatch):
    laws = {"steel": WeatherParams(), "pump": dataclasses.make_dataclass("Nothing", [])()}
    monkeypatch.setitem(parameters._things, "laws", laws)
    text = TEXT.replace("arms:", "parameters: {laws: {steel: {cold_below_c: 0.1}}}\narms:")
    assert scenario_from_text(text).parameter_items == (("laws.steel.cold_below_c", 0.1),)
    with pytest.raises(ScenarioError, match=r"parameters\.laws\.pump is not a known key"):
        scenario_from_text(text.replace("steel:", "pump:"))


def test_a_shortened_scenario_leaves_out_what_comes_after_its_end():
    text = (
        TEXT
        + "shocks:\n"
        + "  - {kind: cold_spell, date: 2026-01-10, days: 5, temp_c: -35}\n"
        + "  - {kind: cold_spell, date: 2027-01-10, days: 5, temp_c: -35}\n"
        + "expect:\n"
        + "  - {indicator: trust_mean, arm: fence, sign: '+', after_years: 1, because: works}\n"
        + "  - {indicator: trust_mean, arm: fence, sign: '+', because: works}\n"
    )
    scenario = scenario_from_text(text)
    short = scenario.shortened(60)
    assert [shock.date.year for shock in short.shocks] == [2026]
    assert [one.after_years for one in short.expect] == [0]
    assert scenario.beyond(60) == [
        "shock cold_spell on 2027-01-10",
        "expectation on trust_mean of fence after 1 years",
    ]
    assert scenario.beyond(scenario.n_days) == []


def test_the_manifest_of_a_shortened_run_is_read_again():
    text = TEXT + "shocks: [{kind: cold_spell, date: 2027-01-10, days: 5, temp_c: -35}]\n"
    resolved = scenario_from_text(text).shortened(60).resolved()
    again = scenario_from_resolved(resolved, "run")
    assert (again.n_days, again.shocks) == (60, ())
    older = {**scenario_from_text(text).resolved(), "n_days": 60, "days": 60}
    assert scenario_from_resolved(older, "run").shocks == ()
