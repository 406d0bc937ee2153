"""People move on in the whole city: whatever has a row for each of them follows."""

import pickle

import numba
import numpy as np
import pytest

from tests.builders import grid_city
from tests.unit.model.test_city_model import tables
from twin.city.votes import Vote
from twin.model.city_model import CityModel
from twin.model.moving_on import _ballots_follow
from twin.scenario import scenario_from_text

TEXT = """
scenario: test
question: Does everything follow?
city: {synthesise: {people: 5000, seed: 1}}
start: 2026-10-01
years: 1
days: %d
levers: {participatory_budget: {share: 0.05}}
parameters.demography.moves.departures_per_1000_year: 200
parameters.demography.moves.arrivals_per_1000_year: %d
%s
"""


def made(extra="", days=130, arrivals=200):
    spec = scenario_from_text(TEXT % (days, arrivals, extra))
    return CityModel(grid_city(5, 5), spec, seed=1)


@pytest.fixture(scope="module")
def turned():
    model = made()
    model.run_for(130)
    return model


def test_all_rows_follow(turned):
    state = turned.state
    people, bills = state.citizens, state.accounts.bills
    household = people.get("household")
    assert len(people) == state.people.sum() == state.disposition.own.size
    assert state.participation.outage_days.size == len(people)
    n = people.n_households
    assert bills.arrears.shape[1] == bills.is_cut_off.size == bills.mood.size == n
    assert state.disposition.burden.size == state.disposition.used_to.size == n
    assert (bills.payers.size == np.bincount(household, minlength=n)).all()
    assert (bills.payers.people == state.people).all()
    home = bills.payers.households_building[household]
    assert (home == people.get("building")).all()
    assert state.homes.groups[0].sum() == state.people[state.homes.rows].sum()
    streets = state.assets.rows("street")
    edge = state.city.buildings["street_edge_id"].to_numpy()
    along = np.bincount(edge, weights=state.people, minlength=len(state.city.street_edges))
    assert (state.assets.people_served[streets] == along[state.assets.street_edge[streets]]).all()
    assert state.journal.invariants["money"] == 0.0


def test_the_indicators_of_the_year_count_who_came_and_went(turned):
    rows = turned.result().indicators
    year = rows[(rows["period"] == "year") & (rows["start"] == "2026-10-01")]
    value = year.set_index("indicator")["value"]
    before = int(turned.city.buildings["people"].sum())
    change = value["births"] - value["deaths"] + value["moved_in"] - value["moved_out"]
    assert value["moved_out"] > 0
    assert value["population"] == before + change
    zones = turned.result().zones
    assert zones.loc[zones["year"] == 2026, "people"].sum() == value["population"]


def test_nobody_moves_without_a_projection():
    still = made("demography: {projection: none}")
    first = still.citizens.get("person_id").copy()
    still.run_for(100)
    np.testing.assert_array_equal(still.citizens.get("person_id"), first)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
def test_bits_do_not_depend_on_threads_or_on_a_pause(turned):
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        model = made()
        model.run_for(95)
        again = pickle.loads(pickle.dumps(model))  # noqa: S301 - made on the line itself
        again.run_for(35)
    finally:
        numba.set_num_threads(threads)
    for name, frame in tables(again).items():
        assert frame.equals(tables(turned)[name]), name
    for name, values in again.citizens.save_state().items():
        np.testing.assert_array_equal(values, turned.citizens.save_state()[name])


def test_fewer_payers_bring_an_operator_less():
    full, fewer = made(), made(arrivals=0)
    for model in (full, fewer):
        model.run_for(95)
    brings, costs = [], []
    for model in (full, fewer):
        bills, operators = model.state.accounts.bills, model.state.accounts.operators
        brings.append([int(bills.usual_bills(one.network, 1.0).sum()) for one in operators])
        costs.append([one.fixed_kzt_year for one in operators])
    assert fewer.state.people.sum() < full.state.people.sum()
    assert all(few < many for many, few in zip(*brings, strict=True) if many)
    assert costs[0] == costs[1]


def test_a_plant_that_closes_leaves_people_without_work():
    hit = made("shocks: [{kind: job_loss, date: 2026-10-05, job_share: 0.5}]", days=20)
    still = made(days=20)
    for model in (hit, still):
        model.run_for(20)
    rows = [model.result().indicators.set_index(["period", "indicator"]) for model in (hit, still)]
    lost, base = (frame.loc[("run", "unemployment_rate"), "value"] for frame in rows)
    assert lost > base + 0.3
    income = [model.citizens.get("income_kzt_month").mean() for model in (hit, still)]
    assert income[0] < income[1]
    payers = hit.state.accounts.bills.payers
    assert (payers.income_kzt_month == hit.citizens.households().income_kzt_month).all()


def test_ballots_of_those_who_left_teach_nobody():
    class Held:
        ballots = Vote(
            np.array([0, 2, 3], dtype=np.int32),
            np.array([0, 1, 3, 4]),
            np.array([7, 8, 9, 5], dtype=np.int32),
        )

    class State:
        class participation:  # noqa: N801 - stands for an attribute
            round = Held

    _ballots_follow(State, np.array([4, 0, -1, 1]))
    kept = Held.ballots
    assert kept.voter.tolist() == [4, 1]
    assert kept.start.tolist() == [0, 1, 2]
    assert kept.project.tolist() == [7, 5]
