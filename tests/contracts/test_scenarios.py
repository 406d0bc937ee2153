"""What every scenario that ships must be; no exceptions listed."""

import re
from pathlib import Path

import pytest

from twin.indicators import indicators
from twin.scenario import load_scenario
from twin.scenario.source import parse_text

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def scenario(path):
    return load_scenario(path)


def test_at_least_six_ship():
    assert len(FILES) >= 6


def test_it_asks_a_question_under_the_name_of_its_file(path, scenario):
    assert scenario.name == path.stem
    assert scenario.question.endswith("?")
    assert len(scenario.question.split()) >= 6


def test_it_says_city_period_and_a_policy_to_compare(scenario):
    assert scenario.years >= 1
    assert scenario.seeds >= 2
    for city in [town.city for town in scenario.towns] or [scenario.city]:
        assert city.synthesise or city.bundle
    assert scenario.arms


def test_every_arm_changes_something_and_no_two_are_alike(scenario):
    hashes = [one.hash for one in scenario.all_arms()]
    assert len(set(hashes)) == len(hashes)


def test_it_shows_registered_indicators_and_each_only_once(scenario):
    assert scenario.indicators
    assert len(set(scenario.indicators)) == len(scenario.indicators)
    for name in scenario.indicators:
        assert name.rpartition(".")[2] in indicators


def test_it_expects_something_of_an_arm_and_says_why(scenario):
    assert scenario.expect
    for expected in scenario.expect:
        assert expected.arm in scenario.arms
        assert expected.indicator in scenario.indicators, "what is expected is also shown"
        assert expected.after_years < scenario.years
        assert len(expected.because.split()) >= 5


def test_shocks_fall_into_its_period(scenario):
    for shock in scenario.shocks:
        assert scenario.start <= shock.date <= scenario.end


def test_it_stands_in_the_index(path, scenario):
    index = (FOLDER / "README.md").read_text()
    assert f"## [{scenario.name}]({path.name})" in index
    assert scenario.question in index
    for expected in scenario.expect:
        assert expected.because in index


def test_the_index_names_no_other_scenario():
    named = re.findall(r"\]\((\w+)\.yaml\)", (FOLDER / "README.md").read_text())
    assert sorted(named) == [path.stem for path in FILES]


def test_parents_are_data_and_no_scenario_themselves():
    for parent in sorted((FOLDER / "_base").glob("*.yaml")):
        text = parent.read_text()
        assert isinstance(parse_text(text, parent.name, []).value, dict)
        assert not re.search(r"^(scenario|question|arms|expect):", text, re.MULTILINE)
