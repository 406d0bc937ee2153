"""Several towns in a file: what each runs under, and what is refused."""

import pytest

from twin.core.errors import ScenarioError
from twin.experiment.runs import hashed_city
from twin.scenario import override, scenario_from_text
from twin.scenario.overrides import scenario_from_resolved

HEAD = "scenario: towns\nquestion: q?\nstart: 2026-01-01\n"
TEXT = (
    HEAD
    + """
days: 400
levers: {renewal: {order: age}}
towns:
  west: {city: {synthesise: {people: 2000}}, levers: {renewal: {ring_fence_share: 30 %}}}
  east:
    city: {synthesise: {people: 3000}}
    shocks: [{kind: pipe_failures, date: 2027-01-30, network: water, count: 2}]
state_fund: {rule: formula, kzt_per_person_year: 6000}
arms:
  zone: {state_fund.rule: wear_zone}
  neglect: {towns.west.levers.renewal.ring_fence_share: 0, levers.renewal.order: book}
indicators: [breaks_per_km_year, west.breaks_per_km_year]
"""
)


@pytest.fixture
def scenario():
    return scenario_from_text(TEXT)


def renewal(scenario, town):
    lever = scenario.town(town).levers["renewal"]
    return lever.ring_fence_share, lever.order


def test_a_town_runs_under_the_file_with_its_own_changes(scenario):
    assert renewal(scenario, "west") == (0.3, "age")
    assert renewal(scenario, "east") == (0.0, "age")
    assert scenario.town("east").city.synthesise.people == 3000
    assert [len(scenario.town(name).shocks) for name in ("west", "east")] == [0, 1]


def test_an_arm_changes_all_towns_one_town_or_the_fund(scenario):
    assert renewal(scenario.arms["neglect"], "west") == (0.0, "book")
    assert renewal(scenario.arms["neglect"], "east") == (0.0, "book")
    assert scenario.arms["zone"].state_fund.rule == "wear_zone"
    assert len({arm.hash for arm in scenario.all_arms()}) == 3


def test_the_order_of_towns_in_the_file_changes_nothing(scenario):
    west, east = TEXT.index("  west:"), TEXT.index("  east:")
    end = TEXT.index("state_fund")
    turned = TEXT[:west] + TEXT[east:end] + TEXT[west:east] + TEXT[end:]
    assert scenario_from_text(turned).hash == scenario.hash


def test_it_comes_back_from_a_manifest_also_shortened(scenario):
    again = scenario_from_resolved(scenario.resolved(), "x")
    assert [one.hash for one in again.all_arms()] == [one.hash for one in scenario.all_arms()]
    short = scenario.shortened(40)
    assert scenario_from_resolved(short.resolved(), "x").hash == short.hash
    assert scenario.beyond(40) == ["shock pipe_failures on 2027-01-30"]


def test_overrides_reach_the_file_a_town_and_the_fund(scenario):
    assert renewal(override(scenario, {"levers.renewal.order": "risk"}), "west") == (0.3, "risk")
    one = override(scenario, {"towns.east.levers.renewal.order": "risk"})
    assert (renewal(one, "west")[1], renewal(one, "east")[1]) == ("age", "risk")
    richer = override(scenario, {"state_fund.kzt_per_person_year": 9000})
    assert richer.state_fund.kzt_per_person_year == 9000


def test_a_file_of_towns_has_no_single_city(scenario):
    with pytest.raises(ScenarioError, match="has several towns: east, west"):
        hashed_city(scenario)


WEST = "towns: {west: {city: {synthesise: {people: 2000}}}}\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "city is missing"),
        ("city: {synthesise: {}}\n" + WEST, "names both city and towns"),
        (
            "city: {synthesise: {}}\nstate_fund: {rule: formula, kzt_per_person_year: 1}\n",
            "state_fund has no towns",
        ),
        (WEST + "state_fund: {kzt_per_person_year: 1}\n", "state_fund.rule is missing"),
        (
            WEST + "state_fund: {rule: wearzone, kzt_per_person_year: 1}\n",
            "rule = 'wearzone' should be .*\n.*Did you mean wear_zone",
        ),
        (
            WEST + "state_fund: {rule: formula, kzt_per_person_year: -1}\n",
            "kzt_per_person_year = -1 ",
        ),
        ("towns: {west: {lobbying_weight: 1}}\n", "towns.west.city is missing"),
        (WEST.replace("}}}}", "}}}, west: {city: {}}}"), "sets .*west again"),
        ("towns: {}\n", "towns = "),
        (
            WEST.replace("2000}", "2000}}, levers: {renewal: {order: odest}"),
            r"towns\.west\.levers\.renewal\.order = 'odest' should be 'age'",
        ),
        (WEST + "arms: {a: {towns.north.lobbying_weight: 2}}\n", "towns.north is not a town"),
        (WEST + "arms: {a: {towns.west.city.synthesise.people: 3000}}\n", "towns.west.city is"),
        (WEST + "arms: {a: {towns.west.lobbying_weight: -2}}\n", "lobbying_weight = -2"),
        (WEST + "indicators: [west.leakage]\n", "'leakage' is not a known indicator"),
        (
            WEST.replace(
                "2000}}",
                "2000}}, shocks: [{kind: cold_spell, date: 2050-01-01, days: 3, temp_c: -30}]",
            ),
            r"towns.west.shocks\[0\].date = 2050-01-01 is outside",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(text, fault):
    with pytest.raises(ScenarioError, match=fault) as caught:
        scenario_from_text(HEAD + text)
    assert all(one.mend for one in caught.value.faults)
