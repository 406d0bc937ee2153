"""City, people, scenario, run and effects show themselves."""

import pandas as pd
import pytest

import twin
from tests.fixtures_city import small_city
from tests.unit.report.run_builders import make_runs
from twin.citizens.population import Population
from twin.core.errors import CityDataError, StoreError
from twin.drawing.card import card, short
from twin.drawing.maps import round_length
from twin.experiment import effects
from twin.scenario import scenario_from_text

PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def scenario():
    return scenario_from_text(
        "{scenario: shown, question: Does more money help?, city: {synthesise: {people: 3000, "
        "seed: 1}}, start: 2026-01-01, years: 4, seeds: 2, indicators: [trust_mean], "
        "arms: {rich: {levers.budget.network_kzt_per_person_year: 12000}}}"
    )


@pytest.fixture(scope="module")
def runs(scenario, tmp_path_factory):
    return make_runs(small_city(), scenario, tmp_path_factory.mktemp("runs"), seeds=(0, 1))


@pytest.fixture
def known_city(monkeypatch):
    monkeypatch.setattr("twin.experiment.pictures.city_of", lambda *_: small_city())


def test_a_city_shows_figures_and_names_its_synthetic_networks():
    html = small_city()._repr_html_()
    assert "people" in html
    assert "water: synthetic network, not surveyed" in html


def test_a_city_draws_a_network_still_and_to_explore():
    city = small_city()
    assert city.map("water", "diameter_m")._repr_png_().startswith(PNG)
    assert city.plot()._repr_png_().startswith(PNG)
    page = city.explore("heat")
    assert "synthetic network" in page.html
    assert "default-src 'none'" in page.html
    assert 'src="http' not in page.html.split("<script", maxsplit=1)[0]
    assert "<iframe" in page._repr_html_()


def test_a_city_refuses_unknown_networks_and_columns():
    with pytest.raises(CityDataError, match="'gas' is not a network"):
        small_city().map("gas")
    with pytest.raises(CityDataError, match=r"'diametre' is not a numeric column.*diameter_m"):
        small_city().map("water", "diametre")
    with pytest.raises(CityDataError, match="is not a numeric column"):
        small_city().explore("water", "material")


def test_people_show_means_distribution_and_map():
    people = Population.from_city(small_city(), 1)
    assert "mean trust" in people._repr_html_()
    assert people.plot("age")._repr_png_().startswith(PNG)
    assert people.map(small_city())._repr_png_().startswith(PNG)


def test_people_of_another_city_are_not_mapped():
    people = Population.from_city(small_city(), 1)
    people.n_buildings += 1
    with pytest.raises(CityDataError, match="buildings, the population lives in"):
        people.map(small_city())


def test_a_scenario_shows_its_question_escaped(scenario):
    assert "Does more money help?" in scenario._repr_html_()
    assert "base, rich" in scenario._repr_html_()
    assert "&lt;b&gt;" in card("<b>", [])


@pytest.mark.usefixtures("known_city")
def test_a_run_shows_its_indicators_series_and_maps(runs, tmp_path):
    run = runs["rich"][0]
    assert "trust_mean" in run._repr_html_()
    assert run.plot()._repr_png_().startswith(PNG)
    assert run.plot("leakage_share", "trust_mean").save(tmp_path / "a.svg").stat().st_size
    assert run.map("water")._repr_png_().startswith(PNG)
    assert "water: synthetic network" in run.explore(year=2027).html


@pytest.mark.usefixtures("known_city")
def test_a_run_refuses_what_it_does_not_hold(runs):
    run = runs["base"][0]
    with pytest.raises(StoreError, match=r"'trust' is not an indicator of the run.*trust_mean"):
        run.plot("trust")
    with pytest.raises(StoreError, match=r"year 1999 is not in the run. Choose one from 2025"):
        run.map(year=1999)
    with pytest.raises(StoreError, match="'wear' is not a numeric asset column"):
        run.explore(column="wear")


def test_effects_are_drawn_with_their_intervals(runs):
    table = effects(runs, ["trust_mean"])
    picture = twin.plot_effects(table)
    assert picture._repr_png_().startswith(PNG)
    with pytest.raises(StoreError, match="'x' is not an indicator of the effects"):
        twin.plot_effects(table, "x")
    with pytest.raises(StoreError, match="nothing to draw"):
        twin.plot_effects(pd.DataFrame(columns=table.columns))


def test_numbers_on_cards_have_three_digits():
    assert short(0.12345, "share") == "12.3 %"
    assert short(1234567.0, "m") == "1\u202f234\u202f567 m"
    assert short(float("nan")) == "\u2013"


def test_a_scale_bar_is_a_round_length():
    assert round_length(730.0) == 500.0
    assert round_length(0.0) == 1.0
