"""Closed streets in the whole city: what drivers and ambulances make of them."""

import datetime as dt

import numpy as np
import pytest

from tests.builders import grid_city
from twin.core.errors import CityDataError, ScenarioError
from twin.model.city_model import CityModel
from twin.scenario import scenario_from_text

TEXT = """
scenario: closed
question: Who loses when streets are closed?
city: {synthesise: {people: 2000, seed: 1}}
start: 2026-01-01
days: 12
%s
"""
CITY = grid_city(5, 5, people_per_building=40)
UID = CITY.street_edges["uid"].iat[0]  # at the hospital
CLOSED = f"busiest: 2, streets: [{UID}]"


def live(extra=""):
    model = CityModel(CITY, scenario_from_text(TEXT % extra), seed=1)
    closed = []
    for _ in range(12):
        model.step()
        closed.append(np.flatnonzero(model.flow_service["street"].edge_flow == 0.0).tolist())
    result = model.result().indicators
    run = result[result["period"] == "run"].set_index("indicator")["value"]
    return model, run, closed


@pytest.fixture(scope="module")
def base():
    return live()


def shock(text):
    return f"shocks:\n  - {{kind: street_closure, date: 2026-01-04, {text}}}"


def test_a_shock_closes_the_busiest_streets_for_its_days(base):
    model, run, empty = live(shock("days: 3, busiest: 2"))
    busiest = set(model.state.traffic.busiest_edges()[:2].tolist())
    assert [busiest <= set(rows) for rows in empty] == [False] * 3 + [True] * 3 + [False] * 6
    assert run["peak_delay_share"] > base[1]["peak_delay_share"]
    events = model.result().events
    assert events.loc[events["event"] == "shock", "network"].tolist() == ["street_closure"]


def test_a_shock_names_streets_by_uid():
    uid = CITY.street_edges["uid"].iat[7]
    spec = scenario_from_text(TEXT % shock(f"days: 1, streets: [{uid}]"))
    model = CityModel(CITY, spec, seed=1)
    assert np.flatnonzero(model.state.closures.closed(dt.date(2026, 1, 4))).tolist() == [7]
    assert not model.state.closures.closed(dt.date(2026, 1, 5)).any()


def test_the_lever_closes_streets_all_year_and_may_leave_ambulances_through(base):
    model, run, empty = live(f"levers: {{closures: {{{CLOSED}}}}}")
    shut = {0, int(model.state.traffic.busiest_edges()[0])}
    assert all(shut <= set(rows) for rows in empty)
    assert run["peak_delay_share"] > base[1]["peak_delay_share"]
    assert run["ambulance_minutes"] > base[1]["ambulance_minutes"]
    passing = live(f"levers: {{closures: {{{CLOSED}, ambulances_pass: true}}}}")[1]
    assert passing["peak_delay_share"] == run["peak_delay_share"]
    assert passing["ambulance_minutes"] < run["ambulance_minutes"]


def days_of(extra="", seed=1):
    """Trips, calls and hours driven of every day."""
    model = CityModel(CITY, scenario_from_text(TEXT % extra), seed=seed)
    seen = []
    for _ in range(12):
        model.step()
        flow = model.flow_service["street"].totals
        seen.append(
            (
                flow["person_trips"],
                model.state.institutions.emergency.calls.calls,
                flow["travel_time_vehh"],
            )
        )
    return np.array(seen).T


def test_arms_meet_the_same_trips_and_calls_and_seeds_others():
    base, closed, other = (
        days_of(),
        days_of(f"levers: {{closures: {{{CLOSED}}}}}"),
        days_of(seed=2),
    )
    assert base[0].tolist() == closed[0].tolist() != other[0].tolist()
    assert base[1].tolist() == closed[1].tolist() != other[1].tolist()
    assert len(set(base[0])) > 6, "days differ"
    assert (closed[2] > base[2]).all()


def test_every_share_of_response_is_a_share_and_rises_with_the_limit(base):
    run = base[1]
    reach = [run[f"reach_{minutes}min_share"] for minutes in (8, 10, 15)]
    assert 0.0 < reach[0] <= reach[1] <= reach[2] < 1.0
    assert 0.0 < run["fire_reach_10min_share"] <= 1.0
    assert 0.0 < run["ambulance_busy_share"] < 0.5
    assert run["ambulance_minutes"] >= 1.0
    assert run["unserved_trip_share"] == 0.0


def test_more_ambulances_reach_more(base):
    run = live("levers: {emergency: {ambulances_per_10000: 20}}")[1]
    assert run["reach_15min_share"] > base[1]["reach_15min_share"]
    assert run["ambulance_busy_share"] < base[1]["ambulance_busy_share"]


def test_without_ambulances_there_is_no_figure():
    run = live("levers: {emergency: {ambulances_per_10000: 0}}")[1]
    assert np.isnan(run["reach_8min_share"])
    assert np.isnan(run["calls_in_8min_share"])
    assert np.isfinite(run["fire_reach_10min_share"])


def test_a_closure_of_nothing_is_refused():
    with pytest.raises(ScenarioError, match="closes nothing: give `busiest`, or `streets`"):
        scenario_from_text(TEXT % shock("days: 3"))


def test_unknown_streets_are_named_all_at_once():
    spec = scenario_from_text(TEXT % shock("days: 3, streets: [nowhere, neither]"))
    with pytest.raises(CityDataError, match=r"(?s)'nowhere' is the uid of no.*'neither'"):
        CityModel(CITY, spec, seed=1)
    lever = scenario_from_text(TEXT % "levers: {closures: {streets: [nowhere]}}")
    with pytest.raises(CityDataError, match=r"levers.closures.streets"):
        CityModel(CITY, lever, seed=1)
