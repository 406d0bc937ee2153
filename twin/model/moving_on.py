"""People move on at the end of a year; everything that has a row for each of them follows, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.citizens.demography import Demography, Year, move_on
from twin.citizens.opinion import ties_of
from twin.city.votes import Vote
from twin.indicators.groups import count_by_group
from twin.parameters import OpinionParams

if TYPE_CHECKING:
    from twin.citizens import Population
    from twin.citizens.demography import Turn
    from twin.citizens.opinion import Ties
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Int64
    from twin.model.state import State
    from twin.scenario import Scenario


def founded_demography(
    city: City, citizens: Population, scenario: Scenario, seed: int, at_home: Bool
) -> Demography:
    """Return what moves the people of a city on; `at_home` are the buildings lived in."""
    buildings = city.buildings
    return Demography.found(
        citizens,
        city.households["building_id"].to_numpy(dtype=np.int32),
        {
            "dwellings": buildings["dwellings"].to_numpy(dtype=np.float64),
            "zone_id": buildings["zone_id"].to_numpy(dtype=np.int64),
            "at_home": at_home.astype(np.uint8),
        },
        scenario.parameters,
        projection=scenario.projection,
        seed=seed,
    )


def ties_between(citizens: Population, scenario: Scenario, seed: int) -> Ties | None:
    """Return whom people talk to; None where nobody listens."""
    params = scenario.parameters.group(OpinionParams)
    listens = params.strength_per_month > 0.0 and params.confidence_bound > 0.0
    return ties_of(citizens, seed, params) if listens else None


def end_year(state: State) -> None:
    """Let a year that ends today pass for everybody."""
    if state.demography.is_still:
        return
    date = state.today.clock.date(state.day)
    days_of_year = date.timetuple().tm_yday
    year = Year(
        seed=state.seed,
        number=date.year - state.spec.start.year,
        share=min(state.day + 1, days_of_year) / days_of_year,
    )
    outages = state.citizens.get("outage_days") - state.participation.outage_days
    turn = move_on(state.citizens, state.demography, np.maximum(outages, 0.0), year)
    sums = state.sums
    sums.births, sums.deaths = float(turn.births), float(turn.deaths)
    sums.moved_in, sums.moved_out = float(turn.arrivals), float(turn.departures)
    sums.moved_within = float(turn.moves)
    follow(state, turn)


def follow(state: State, turn: Turn) -> None:
    """Give everything that has a row for each person or household its new rows."""
    people = turn.people
    building = people.get("building").astype(np.int64)
    state.citizens = people
    state.ties = ties_between(people, state.spec, state.seed)
    state.people = np.bincount(building, minlength=people.n_buildings).astype(np.int32)
    _ballots_follow(state, turn.row)
    old = np.flatnonzero(turn.row >= 0)
    rows = turn.row[old]
    outages, own = np.zeros(len(people)), people.get("disposition").astype(np.float64).copy()
    outages[rows] = state.participation.outage_days[old]
    own[rows] = state.disposition.own[old]
    state.participation.outage_days = outages
    state.disposition.follow(own, turn.size.size)
    ids, bills = people.household_ids(), state.accounts.bills
    bills.follow(ids, turn.home, turn.size, turn.income_kzt_month, month=state.months_billed)
    groups = count_by_group(
        building, people.get("income_kzt_month"), people.get("age"), people.n_buildings
    )
    state.homes.follow(groups, turn.home, turn.income_kzt_month)
    state.knowledge.redundancy.note_people(state.people.astype(np.float64))


def _ballots_follow(state: State, row: Int64) -> None:
    """Keep the ballots of those who are still here, for the lessons of the open round."""
    held = state.participation.round
    if held is None or held.ballots is None:
        return
    ballots = held.ballots
    voter, length = row[ballots.voter], np.diff(ballots.start)
    stays = voter >= 0
    start = np.concatenate([[0], np.cumsum(length[stays])]).astype(np.int64)
    project = ballots.project[np.repeat(stays, length)]
    held.ballots = Vote(voter[stays].astype(np.int32), start, project)
