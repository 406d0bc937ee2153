"""The page of names and the page of tables say what the code says."""

import dataclasses
import re
from collections import Counter

import pytest

from docs import generate
from tests.docs.pages import ROOT
from twin.citizens.columns import CITIZENS
from twin.city import actions, view
from twin.city.tables import TABLES
from twin.core.parameter_set import Parameters
from twin.flows.base import FlowService, NetworkState
from twin.flows.heat import tables as heat
from twin.flows.traffic import Assignment
from twin.flows.water import WaterResult, WaterState
from twin.indicators import indicators
from twin.model.tables import RUN_TABLES
from twin.policy import levers
from twin.scenario import Expectation, Synthesise, shocks
from twin.scenario.fields import ScenarioForm

MEND = "run `python docs/generate.py` and commit the page"
ROW = re.compile(r"\| `(\w+)` \| (.+?) \| (.+) \|")


def rows():
    text = (ROOT / "docs" / "nomenclature.md").read_text()
    found = [ROW.fullmatch(line) for line in text.splitlines() if line.startswith("| `")]
    assert all(found)
    return [match.groups() for match in found]


def names_of_the_code():
    """Names by reflection, while the page reads the sources."""
    tables = (*TABLES, *RUN_TABLES, CITIZENS, heat.NODES, heat.PIPES, heat.CONSUMERS, heat.SOURCES)
    names = {column.name for table in tables for column in table.columns} | set(indicators)
    forms = [form for registry in (levers, shocks) for _, form in registry.items()]
    for form in (*forms, ScenarioForm, Synthesise, Expectation):
        names |= set(form.model_fields)
    classes = [thing for module in (view, actions) for thing in vars(module).values()]
    for one in (*classes, FlowService, NetworkState, WaterState, WaterResult, Assignment):
        if isinstance(one, type) and dataclasses.is_dataclass(one):
            names |= {field.name for field in dataclasses.fields(one)}
    return names


def test_every_name_of_the_code_stands_on_the_page_once_and_no_other():
    counts = Counter(name for name, _, _ in rows())
    assert [name for name, count in counts.items() if count > 1] == []
    assert sorted(names_of_the_code() - set(counts)) == [], MEND
    assert sorted(set(counts) - names_of_the_code()) == [], MEND


def test_names_are_in_alphabetical_order_and_have_a_meaning():
    names = [name for name, _, _ in rows()]
    assert names == sorted(names)
    for name, unit, meaning in rows():
        assert unit.strip(), name
        assert len(meaning) > 3, name


def test_only_names_that_say_nothing_in_the_code_are_explained_by_hand():
    for name in generate.HAND_WRITTEN:
        assert not any(use.meaning for use in generate.uses()[name]), name


def test_units_are_those_of_columns_indicators_and_levers():
    on_page = {name: unit for name, unit, _ in rows()}
    for table in (*TABLES, *RUN_TABLES):
        for column in table.columns:
            if column.unit:
                assert column.unit in on_page[column.name], (table.name, column.name)
    for kind, indicator in indicators.items():
        assert generate.one_way(indicator.unit) in on_page[kind], kind
    for lever_kind, lever in levers.items():
        for name, field in lever.model_fields.items():
            unit = re.match(r"\[(.+?)\]", field.description or "")
            if unit:
                assert unit[1] in on_page[name], (lever_kind, name)


def test_a_name_that_ends_in_a_unit_has_that_unit():
    for name, unit, _ in rows():
        ending = generate.unit_by_ending(name)
        if ending and "(" not in unit.replace(ending, ""):
            assert unit == ending or unit.startswith(f"{ending}/"), name


@pytest.mark.parametrize(
    ("path", "made"),
    [
        (generate.NOMENCLATURE, generate.nomenclature),
        (generate.DICTIONARY, generate.dictionary),
        (generate.LEVERS, generate.lever_page),
        (generate.SCENARIOS, generate.scenario_index),
        (generate.MODEL, lambda: generate.with_parameters(generate.MODEL.read_text())),
    ],
)
def test_the_page_is_as_generated(path, made):
    assert path.read_text() == made(), MEND


def test_every_parameter_is_in_a_table_of_the_model_page_once():
    rows = re.findall(r"^\| `([\w.]+)` \|", generate.MODEL.read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(path for path, _ in Parameters.of({}).items())


def test_a_table_of_an_unknown_group_is_refused():
    with pytest.raises(SystemExit, match="'nothing' is not a group"):
        generate.parameter_table("weather, nothing")
