"""What every declared network must have; no exceptions listed."""

import pytest

from gis.networks.layouts import layout_of, with_network
from tests.builders import grid_city
from twin.city.networks import NETWORKS, UTILITIES, code_of
from twin.core.errors import CityDataError, ScenarioError
from twin.core.parameters import numbers
from twin.indicators import indicators
from twin.model.tables import ZONES
from twin.policy import levers
from twin.report.words import LANGUAGES, words
from twin.scenario import scenario_from_text

HEAD = """
scenario: any
question: Is this network known?
city: {synthesise: {people: 2000, seed: 1}}
start: 2026-01-01
days: 10
"""


@pytest.fixture(params=NETWORKS, ids=lambda kind: kind.name)
def kind(request):
    return request.param


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_has_texts_in_every_language(kind, language):
    known = words(language)
    assert known.section("networks")[kind.name]
    assert known.section("network_items")[kind.name]
    assert known.section("balances")[kind.invariant]
    if not kind.is_street:
        assert all(known.section("materials")[name] for name in kind.hazards)


def test_every_number_has_a_source_and_a_unit(kind):
    for path, number in numbers(kind):
        assert number.facts.source, path
        assert number.facts.unit, path


def test_it_has_its_indicators_zone_column_and_crews(kind):
    assert f"{kind.name}_service_share" in indicators
    assert f"{kind.name}_{kind.failures_name}_per_km_year" in indicators
    assert (f"{kind.name}_outage_days" in indicators) == bool(kind.outage_meaning)
    assert any(column.name == f"{kind.name}_service" for column in ZONES.columns)
    crews = scenario_from_text(HEAD + f"levers: {{dispatch: {{{kind.name}_crews: 7}}}}\n")
    assert getattr(crews.levers["dispatch"], f"{kind.name}_crews") == 7
    assert getattr(levers["dispatch"](), f"{kind.name}_crews") == kind.default_crews


def test_a_scenario_sets_its_numbers(kind):
    text = f"parameters: {{networks: {{{kind.name}: {{norm_life_years: 12}}}}}}\n"
    changed = scenario_from_text(HEAD + text)
    assert changed.parameters.group(type(kind), f"networks.{kind.name}").norm_life_years == 12.0
    assert changed.hash != scenario_from_text(HEAD).hash


@pytest.mark.parametrize("network", UTILITIES, ids=lambda one: one.name)
def test_a_shock_can_hit_it_and_something_lays_it(network):
    shock = (
        f"shocks: [{{kind: pipe_failures, network: {network.name}, count: 2, date: 2026-01-03}}]"
    )
    assert scenario_from_text(HEAD + shock + "\n").shocks[0].network == network.name
    assert layout_of(network.name) is not None


def test_an_unknown_network_is_refused_with_the_nearest_name():
    with pytest.raises(ScenarioError, match="Did you mean water"):
        code_of("watr")
    with pytest.raises(CityDataError, match="'gas' has no layout"):
        with_network(grid_city(), "gas")
    with pytest.raises(CityDataError, match="has the network already"):
        with_network(grid_city(), "water")
