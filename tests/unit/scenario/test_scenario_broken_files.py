"""Every broken file gets file, line, column, what is wrong and how to mend it."""

import re

import pytest

from twin.core.errors import ScenarioError
from twin.scenario import load_scenario

HEAD = """scenario: test
question: Does it?
city: {synthesise: {people: 3000, seed: 1}}
start: 2026-01-01
years: 10
"""

# name, text (after HEAD unless it starts with !), line:column, fragment of the message
BROKEN = [
    # YAML itself
    ("empty", "!", "1:1", "is empty"),
    ("comment_only", "!# nothing\n", "1:1", "is empty"),
    ("list", "!- a\n- b\n", "1:1", "is not a map"),
    ("scalar", "!hello", "1:1", "is not a map"),
    ("tab", "!scenario: x\n\tquestion: y\n", "2:1", "is not YAML"),
    ("open_bracket", "indicators: [breaks_per_km_year\n", "7:1", "is not YAML"),
    ("open_quote", "!scenario: 'x\n", "2:1", "is not YAML"),
    ("colon", "!scenario: a: b\n", "1:12", "is not YAML"),
    ("two_documents", "---\nscenario: y\n", "6:1", "is not YAML"),
    ("duplicate_key", "seeds: 3\nseeds: 4\n", "7:1", "sets seeds again; it is set on line 6"),
    (
        "duplicate_nested",
        "levers:\n  budget: {}\n  budget: {}\n",
        "8:3",
        "sets levers.budget again",
    ),
    ("python_tag", "seeds: !!python/object/apply:os.system [ls]\n", "6:8", "carries the tag"),
    ("own_tag", "seeds: !mine 3\n", "6:8", "carries the tag"),
    ("str_tag", "seeds: !!int 3\n", "6:8", "carries the tag"),
    ("binary_tag", "question: !!binary aGVsbG8=\n", "6:11", "carries the tag"),
    ("merge_key", "a: &a {x: 1}\nlevers:\n  <<: *a\n", "8:3", "uses the merge key"),
    ("list_key", "? [a, b]\n: 3\n", "6:3", "has a list or map as its key"),
    ("unknown_alias", "seeds: *nobody\n", "6:8", "is not YAML"),
    ("infinity", "seeds: .inf\n", "6:8", "is not a finite number"),
    (
        "not_a_number",
        "levers: {renewal: {ring_fence_share: .nan}}\n",
        "6:38",
        "not a finite number",
    ),
    ("long_number", f"seeds: {'9' * 5000}\n", "6:8", "is not a number this program reads"),
    ("no_such_day", "!start: 2026-02-30\n", "1:8", "2026-02-30 is no day of the calendar"),
    # unknown keys
    ("unknown_key", "yeers: 3\n", "6:1", "Did you mean years?"),
    ("unknown_lever", "levers:\n  budgt: {}\n", "7:3", "Did you mean budget?"),
    ("former_lever", "levers:\n  links: {pay_years: 3}\n", "7:3", "it is now `heat_loops`"),
    ("unknown_field", "levers:\n  renewal: {ring_fence: 0.1}\n", "7:13", "ring_fence_share?"),
    ("unknown_city_key", "!city: {bundel: x}\n", "1:8", "Did you mean bundle?"),
    ("unknown_town_key", "!city: {synthesise: {peeple: 9}}\n", "1:21", "Did you mean people?"),
    (
        "unknown_shock_key",
        "shocks:\n - {kind: cold_spell, date: 2026-02-05, days: 3, temp_c: -3, x: 4}\n",
        "7:62",
        "shocks[0].x is not a known key",
    ),
    (
        "unknown_shock",
        "shocks:\n - {kind: cold_spel, date: 2026-02-05}\n",
        "7:11",
        "Did you mean cold_spell?",
    ),
    ("shock_without_kind", "shocks: [{date: 2026-02-05}]\n", "6:10", "kind is missing"),
    ("unknown_indicator", "indicators: [breaks_per_km_yer]\n", "6:14", "breaks_per_km_year?"),
    ("indicator_twice", "indicators: [trust_mean, trust_mean]\n", "6:26", "names trust_mean twice"),
    (
        "unknown_expect_key",
        "arms: {a: {}}\nexpect:\n - {indicator: trust_mean, arm: a, sign: '+', because: b, x: 1}\n",
        "8:59",
        "expect[0].x is not a known key",
    ),
    # missing keys
    ("no_scenario", "!question: q\n", "1:1", "scenario is missing"),
    ("no_question", "!scenario: a\n", "1:1", "question is missing"),
    ("no_city", "!scenario: a\n", "1:1", "city is missing"),
    ("no_start", "!scenario: a\n", "1:1", "start is missing"),
    (
        "spell_without_days",
        "shocks: [{kind: cold_spell, date: 2026-02-05, temp_c: -3}]\n",
        "6:10",
        "days is missing",
    ),
    (
        "expect_without_reason",
        "arms: {a: {}}\nexpect:\n - {indicator: trust_mean, arm: a, sign: '+'}\n",
        "8:4",
        "because is missing",
    ),
    # values
    ("bad_name", "!scenario: Two Words\n", "1:11", "should match pattern"),
    ("name_not_text", "!scenario: 5\n", "1:11", "should be text"),
    ("empty_question", "!question: ''\n", "1:11", "at least 1 character"),
    ("no_city_choice", "!city: {}\n", "1:7", "exactly one of synthesise and bundle"),
    ("two_cities", "!city: {bundle: a, synthesise: {}}\n", "1:7", "exactly one of"),
    ("tiny_town", "!city: {synthesise: {people: 3}}\n", "1:29", "outside 2000 to 300000 [people]"),
    (
        "half_a_person",
        "!city: {synthesise: {people: 3000.5}}\n",
        "1:29",
        "should be a whole number",
    ),
    ("start_not_a_date", "!start: tomorrow\n", "1:8", "a date such as 2026-01-31"),
    ("no_years", "!years: 0\n", "1:8", "years = 0 is outside 1 to 100 [years]"),
    ("many_years", "!years: 1000\n", "1:8", "is outside 1 to 100 [years]"),
    ("years_as_words", "!years: ten\n", "1:8", "should be a whole number"),
    ("years_null", "!years:\n", "1:1", "years = nothing should be a whole number"),
    ("seeds_negative", "seeds: -1\n", "6:8", "seeds = -1 is outside 1 to 100000"),
    ("seeds_list", "seeds: [1, 2]\n", "6:8", "should be a whole number"),
    ("days_zero", "days: 0\n", "6:7", "days = 0 is outside 1 to 36600 [days]"),
    (
        "negative_budget",
        "levers: {budget: {network_kzt_per_person_year: -5}}\n",
        "6:48",
        "network_kzt_per_person_year = -5 is outside 0 to 1000000 [KZT/person/year]",
    ),
    ("share_in_percent", "levers: {renewal: {ring_fence_share: 30}}\n", "6:38", "0 to 1 [share]"),
    (
        "share_as_text",
        "levers: {renewal: {ring_fence_share: '0.3'}}\n",
        "6:38",
        "should be a number",
    ),
    ("share_as_yes", "levers: {renewal: {ring_fence_share: true}}\n", "6:38", "should be a number"),
    (
        "bool_as_number",
        "levers: {institutions: {coordinated_digs: 1}}\n",
        "6:43",
        "should be true or false",
    ),
    ("bad_choice", "levers: {renewal: {order: riks}}\n", "6:27", "Did you mean risk?"),
    ("bad_rule", "levers: {budget: {rule: none}}\n", "6:25", "'emergency_first'"),
    ("no_channel", "levers: {participation: {channels: []}}\n", "6:36", "at least 1 item"),
    ("bad_channel", "levers: {participation: {channels: [fax]}}\n", "6:37", "'phone'"),
    ("lever_not_a_map", "levers: {budget: 5}\n", "6:18", "should be a map"),
    ("levers_not_a_map", "levers: [budget]\n", "6:9", "should be a map"),
    ("shocks_not_a_list", "shocks: {kind: cold_spell}\n", "6:9", "should be a list"),
    ("arms_not_a_map", "arms: [a, b]\n", "6:7", "should be a map"),
    ("arm_null", "arms:\n  a:\n", "7:3", "should be a map"),
    (
        "cold_over_boiling",
        "shocks: [{kind: cold_spell, date: 2026-02-05, days: 3, temp_c: 300}]\n",
        "6:64",
        "temp_c = 300 is outside -70 to 30 [°C]",
    ),
    (
        "bad_network",
        "shocks: [{kind: pipe_failures, network: gas, date: 2026-02-05, count: 3}]\n",
        "6:41",
        "should be 'water' or 'heat'",
    ),
    # units
    ("wrong_unit", "levers: {renewal: {ring_fence_share: 20 km}}\n", "6:38", "has the unit 'km'"),
    (
        "unit_arithmetic",
        "levers: {renewal: {ring_fence_share: 9**9}}\n",
        "6:38",
        "should be a number",
    ),
    (
        "fahrenheit",
        "shocks: [{kind: cold_spell, date: 2026-02-05, days: 3, temp_c: -3 F}]\n",
        "6:64",
        "has the unit 'F'",
    ),
    (
        "unit_of_another_period",
        "levers: {tariff: {bill_kzt_per_person_month: 6000 KZT/year}}\n",
        "6:46",
        "use KZT/person/month, thousand KZT/person/month, million KZT/person/month",
    ),
    ("unit_of_crews", "levers: {dispatch: {water_crews: 2 km}}\n", "6:34", "'km', not 'crews'"),
    (
        "unit_in_a_list",
        "shocks: [{kind: cold_spell, date: 2026-02-05, days: 3 m, temp_c: -3}]\n",
        "6:53",
        "shocks[0].days = '3 m' has the unit 'm', not 'days'",
    ),
    # what stands at the wrong depth
    (
        "field_of_a_lever_above_it",
        "levers: {ring_fence_share: 0.3}\n",
        "6:10",
        "Did you mean levers.renewal.ring_fence_share?",
    ),
    (
        "field_of_a_lever_at_the_top",
        "ring_fence_share: 0.3\n",
        "6:1",
        "Did you mean levers.renewal.ring_fence_share?",
    ),
    (
        "parameter_among_levers",
        "levers: {renewal: {patience_days: 3}}\n",
        "6:20",
        "Did you mean parameters.citizens.behaviour.patience_days?",
    ),
    # dotted keys
    ("dotted_field", "levers.renewal.ring_fence: 1\n", "6:1", "levers.renewal.ring_fence is not"),
    (
        "dotted_value",
        "parameters:\n  weather.cold_below_c: 30\n",
        "7:25",
        "parameters.weather.cold_below_c = 30 is outside -20 to 20 [C]",
    ),
    (
        "dotted_twice",
        "levers: {renewal: {order: age}}\nlevers.renewal.order: risk\n",
        "7:1",
        "sets levers.renewal.order again; it is set on line 6",
    ),
    # period
    (
        "shock_before_start",
        "shocks: [{kind: cold_spell, date: 2020-02-05, days: 3, temp_c: -3}]\n",
        "6:35",
        "outside the simulated days 2026-01-01 to 2035-12-31",
    ),
    (
        "expect_after_the_end",
        (
            "arms: {a: {}}\nexpect: [{indicator: trust_mean, arm: a, sign: '+', because: b,\n"
            "  after_years: 10}]\n"
        ),
        "8:16",
        "leaves no simulated year",
    ),
    # arms
    ("arm_field", "arms:\n  a: {levers.renewal.ring_fence: 1}\n", "7:7", "ring_fence_share?"),
    ("arm_kind", "arms:\n  a: {levers.renwal.order: risk}\n", "7:7", "Did you mean renewal?"),
    (
        "arm_value",
        "arms:\n  a: {levers.renewal.ring_fence_share: 3}\n",
        "7:40",
        "is outside 0 to 1",
    ),
    (
        "arm_nested",
        "arms:\n  a: {levers: {renewal: {ring_fence_share: 3}}}\n",
        "7:44",
        "is outside 0 to 1",
    ),
    (
        "arm_city",
        "arms:\n  a: {city: {bundle: x}}\n",
        "7:7",
        "an arm changes levers and parameters alone",
    ),
    ("arm_years", "arms:\n  a: {years: 3}\n", "7:7", "an arm changes levers and parameters alone"),
    ("arm_name", "arms:\n  Big Fence: {}\n", "7:3", "is not a name"),
    ("arm_base", "arms:\n  base: {}\n", "7:3", "is the name of the policy outside"),
    (
        "arm_sets_twice",
        "arms:\n  a:\n    levers.renewal.order: risk\n    levers: {renewal: {order: age}}\n",
        "9:24",
        "sets arms.a.levers.renewal.order again; it is set on line 8",
    ),
    (
        "expect_unknown_arm",
        "arms: {fence: {}}\nexpect: [{indicator: trust_mean, arm: fense, sign: '+', because: b}]\n",
        "7:39",
        "Did you mean fence?",
    ),
    (
        "expect_bad_sign",
        "arms: {a: {}}\nexpect:\n - {indicator: trust_mean, arm: a, sign: up, because: b}\n",
        "8:42",
        "should be '+', '-' or '0'",
    ),
    (
        "expect_bad_indicator",
        "arms: {a: {}}\nexpect:\n - {indicator: trst_mean, arm: a, sign: '+', because: b}\n",
        "8:16",
        "Did you mean trust_mean?",
    ),
    # extends
    ("extends_nowhere", "extends: nobody.yaml\n", "6:10", "is not a file"),
    ("extends_absolute", "extends: /etc/passwd\n", "6:10", "leaves the scenario folder"),
    ("extends_up", "extends: ../../etc/passwd\n", "6:10", "leaves the scenario folder"),
    ("extends_device", "extends: //dev/zero\n", "6:10", "leaves the scenario folder"),
    ("extends_list", "extends: [a.yaml, b.yaml]\n", "6:10", "is not the name of a file"),
    ("extends_number", "extends: 3\n", "6:10", "is not the name of a file"),
    ("extends_itself", "extends: broken.yaml\n", "6:10", "goes in a circle"),
]


@pytest.mark.parametrize(
    ("text", "place", "fragment"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_file_is_refused_with_place_and_cure(tmp_path, text, place, fragment):
    file = tmp_path / "broken.yaml"
    whole = text[1:] if text.startswith("!") else HEAD + text
    file.write_text(whole)
    with pytest.raises(ScenarioError, match=re.escape(fragment)) as caught:
        load_scenario(file)
    hits = [
        fault for fault in caught.value.faults if fragment in fault.what or fragment in fault.mend
    ]
    assert [fault for fault in hits if fault.where == f"{file}:{place}"], str(caught.value)
    assert all(fault.mend for fault in caught.value.faults)


def test_there_are_enough_broken_files():
    assert len(BROKEN) >= 60
    assert len({row[0] for row in BROKEN}) == len(BROKEN)


def test_all_faults_come_at_once_in_reading_order(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text(
        HEAD
        + "yeers: 3\nlevers:\n  renewal: {order: riks}\n  budgt: {}\n"
        + "arms:\n  a: {levers.renewal.ring_fence_share: 3}\nindicators: [nothing]\n"
    )
    with pytest.raises(ScenarioError, match="yeers") as caught:
        load_scenario(file)
    lines = [int(fault.where.split(":")[-2]) for fault in caught.value.faults]
    assert lines == [6, 8, 9, 11, 12]


UNREAD = """levers:
  renewal: {ring_fence_share: .nan}
  budget: {network_kzt_per_person_year: 3 horses}
  budget: {}
arms:
  a: {levers.renewal.order: riks}
  a.b: {}
parameters.weather: {cold_below_c: 21}
shocks:
 - {kind: cold_spell, date: 2026-02-30, days: 3, temp_c: -3}
 - {kind: cold_spell, date: 2026-02-20, days: 300, temp_c: -3}
indicators: [nothing]
years: 9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9_9
"""


def test_a_value_that_cannot_be_read_hides_no_other_fault_and_is_reported_once(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text(HEAD.replace("years: 10\n", "") + UNREAD)
    with pytest.raises(ScenarioError, match="riks") as caught:
        load_scenario(file)
    places = [":".join(fault.where.split(":")[-2:]) for fault in caught.value.faults]
    assert places == [
        "6:31",
        "7:41",
        "8:3",
        "10:29",
        "11:3",
        "12:36",
        "14:29",
        "15:47",
        "16:14",
        "17:8",
    ]


def test_faults_of_a_file_are_reported_with_that_of_a_missing_parent(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text("scenario: a\nseeds: .inf\nextends: nobody.yaml\n")
    with pytest.raises(ScenarioError, match="not a finite") as caught:
        load_scenario(file)
    assert [fault.where.split(":")[-2] for fault in caught.value.faults] == ["2", "3"]


def test_a_number_outside_its_bounds_is_refused_with_bounds_unit_and_default(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text(HEAD + "levers: {renewal: {ring_fence_share: 3}}\n")
    with pytest.raises(ScenarioError, match="outside") as caught:
        load_scenario(file)
    (fault,) = caught.value.faults
    assert fault.what == "levers.renewal.ring_fence_share = 3 is outside 0 to 1 [share]"
    assert fault.mend == (
        "[share] of the year's money that only renewal may spend; 0 to 1, default 0."
    )


def test_an_unknown_indicator_is_reported_with_the_nearest_and_not_with_all(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text(HEAD + "indicators: [breaks_per_km_yer]\n")
    with pytest.raises(ScenarioError, match=r"Did you mean breaks_per_km_year\? .* more") as caught:
        load_scenario(file)
    assert len(str(caught.value)) < 500


def test_a_fault_of_the_base_is_reported_once_whatever_the_number_of_arms(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text(HEAD + "levers: {renewal: {order: riks}}\narms: {a: {}, b: {}, c: {}}\n")
    with pytest.raises(ScenarioError, match="riks") as caught:
        load_scenario(file)
    assert len(caught.value.faults) == 1


def test_a_file_over_a_megabyte_is_refused_unread(tmp_path):
    file = tmp_path / "large.yaml"
    file.write_text(HEAD + "# " + "x" * 1_000_001)
    with pytest.raises(ScenarioError, match="bytes, over 1000000"):
        load_scenario(file)


def test_a_file_that_is_not_utf8_is_refused_at_its_byte(tmp_path):
    file = tmp_path / "latin.yaml"
    file.write_bytes(b"scenario: a\nquestion: caf\xe9\n")
    with pytest.raises(ScenarioError, match=r"latin.yaml:2:14: is not UTF-8 text"):
        load_scenario(file)


def test_a_folder_is_not_a_scenario(tmp_path):
    with pytest.raises(ScenarioError, match="is not a file"):
        load_scenario(tmp_path)


def test_an_alias_bomb_is_refused_quickly(tmp_path):
    levels = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10))
    file = tmp_path / "bomb.yaml"
    file.write_text("a0: &a0 [x]\n" + levels)
    with pytest.raises(ScenarioError, match="through its aliases"):
        load_scenario(file)


def test_an_alias_of_itself_is_refused(tmp_path):
    file = tmp_path / "loop.yaml"
    file.write_text("a: &a [*a]\n")
    with pytest.raises(ScenarioError, match=r"aliases|is not YAML"):
        load_scenario(file)


def test_too_many_aliases_are_refused(tmp_path):
    file = tmp_path / "many.yaml"
    file.write_text("a: &a x\nb: [" + "*a, " * 1001 + "x]\n")
    with pytest.raises(ScenarioError, match="has more than 1000 aliases"):
        load_scenario(file)


@pytest.mark.parametrize("text", ["[" * 20_000, "a: " + "{b: " * 20_000, "- " * 5_000])
def test_deep_nesting_is_refused(tmp_path, text):
    file = tmp_path / "deep.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError, match="is nested deeper than 32 levels"):
        load_scenario(file)
