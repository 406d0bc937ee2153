"""Several towns together: the same bits anywhere, all money kept, totals as of one city."""

import dataclasses

import pytest

from tests.builders import grid_city
from twin.core.errors import CityDataError
from twin.experiment import run_all
from twin.experiment import runs as running
from twin.experiment.runs import HashedCity, HashedTowns
from twin.experiment.store import content_hash, open_run
from twin.scenario import scenario_from_text
from twin.towns import live_together
from twin.towns.town import town_seed

TEXT = """
scenario: two_towns
question: What does a fund do in two towns?
start: 2026-11-20
days: 60
seeds: 2
levers: {budget: {network_kzt_per_person_year: 60000}}
towns:
  west: {city: {synthesise: {people: 2000}}, levers: {renewal: {ring_fence_share: 0.5}}}
  east:
    city: {synthesise: {people: 2000}}
    lobbying_weight: 3
    shocks: [{kind: pipe_failures, date: 2026-12-01, network: water, count: 2}]
state_fund: {rule: lobbying, kzt_per_person_year: 5000}
"""
CITIES = {"west": grid_city(3, 3), "east": grid_city(3, 4)}


@pytest.fixture(scope="module")
def scenario():
    return scenario_from_text(TEXT)


@pytest.fixture(scope="module")
def country(scenario):
    return live_together(scenario, CITIES, seed=1)


def value(result, name, period="run"):
    rows = result.indicators
    return rows[(rows["period"] == period) & (rows["indicator"] == name)]["value"].iloc[0]


def test_processes_change_no_bit(scenario, country):
    other = live_together(scenario, CITIES, seed=1, processes=2)
    assert content_hash(other.whole) == content_hash(country.whole)
    for name, one in country.towns.items():
        assert content_hash(other.towns[name]) == content_hash(one)


def test_a_fault_in_another_process_comes_back_as_it_was(scenario):
    broken = CITIES["west"].table("buildings").assign(people=-1)
    cities = {**CITIES, "west": dataclasses.replace(CITIES["west"], buildings=broken)}
    with pytest.raises(CityDataError, match="people"):
        live_together(scenario, cities, seed=1, processes=2)


def test_the_fund_arrives_to_the_tiyn_every_year(country):
    money = country.whole.money
    fund = money[money["purpose"] == "fund for towns"].groupby("month")["amount_tiyn"].sum()
    grants = money[money["purpose"] == "state grant"].groupby("month")["amount_tiyn"].sum()
    assert fund.to_dict() == grants.to_dict()
    assert list(fund.index) == ["2026-11", "2027-01"]
    assert country.whole.invariants["money"] == 0.0


def test_all_accounts_of_all_towns_add_up_to_nothing(country):
    money = country.whole.money
    for _, rows in money.groupby("instrument"):
        came = rows.groupby("target")["amount_tiyn"].sum()
        went = rows.groupby("source")["amount_tiyn"].sum()
        assert int(came.sub(went, fill_value=0).sum()) == 0
    for name, one in country.towns.items():
        own = money[money["source"].str.startswith(name) | money["target"].str.startswith(name)]
        assert own["amount_tiyn"].sum() == one.money["amount_tiyn"].sum()


def test_totals_are_those_of_one_city_of_all_people(country):
    people = {name: value(country.whole, f"{name}.population") for name in CITIES}
    assert value(country.whole, "population") == sum(people.values())
    mean = sum(people[name] * value(country.whole, f"{name}.trust_mean") for name in people)
    assert value(country.whole, "trust_mean") == pytest.approx(mean / sum(people.values()))
    km = sum(value(country.whole, f"{name}.renewed_km") for name in people)
    assert value(country.whole, "renewed_km") == pytest.approx(km)
    spent = sum(value(country.whole, f"{name}.spending_million_kzt_year") for name in people)
    assert value(country.whole, "spending_million_kzt_year") == pytest.approx(spent)


def test_rows_of_a_town_are_its_own_indicators(country):
    rows = country.whole.indicators
    for name, one in country.towns.items():
        mine = rows[rows["indicator"].str.startswith(f"{name}.")]
        assert mine["value"].to_numpy() == pytest.approx(
            one.indicators["value"].to_numpy(), nan_ok=True
        )


def test_only_the_town_that_is_struck_is_struck(country):
    east, west = country.towns["east"].events, country.towns["west"].events
    assert (east["event"] == "shock").sum() == 1
    assert not (west["event"] == "shock").any()


def test_a_third_town_changes_nobodys_luck():
    assert town_seed(1, "west") == town_seed(1, "west") != town_seed(1, "east")
    assert town_seed(2, "west") != town_seed(1, "west")


def test_a_run_keeps_a_folder_for_each_town_and_is_found_again(scenario, tmp_path, monkeypatch):
    hashed = {name: HashedCity(city, city.content_hash()) for name, city in CITIES.items()}
    monkeypatch.setattr(running, "hashed_place", lambda _: HashedTowns(hashed))
    (run,) = run_all([(scenario, 1)], out=tmp_path)
    assert set(run.towns) == {"west", "east"}
    assert run.towns["west"].scenario == "two_towns_west"
    assert run.manifest["towns"]["west"] == run.towns["west"].manifest["content_hash"]
    (again,) = run_all([(scenario, 1)], out=tmp_path)
    assert again.manifest["written"] == run.manifest["written"]
    (run.path / "towns" / "west" / "money.parquet").unlink()
    with pytest.raises(running.StoreError, match=r"money\.parquet: is missing or torn"):
        open_run(run.path)
