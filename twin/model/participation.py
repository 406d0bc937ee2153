"""The participatory budget in the model: a round each New Year, works in the season, lessons."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from twin.citizens.ballots import distance_to_nearest, learn, propose, turnout_chance, vote
from twin.citizens.columns import ADULT_AGE_YEARS
from twin.city.votes import PROJECT_KINDS
from twin.city.work_options import WorkOption
from twin.economy import holders, tiyn
from twin.indicators import Sums
from twin.institutions.contracts import Outcome, Sort, contract, outcome
from twin.institutions.participatory_budget import (
    ABANDONED,
    BUILT,
    CHOSEN,
    LATE,
    UNPAID,
    Round,
    admitted,
    amenity_part,
    count,
    nearness,
    network_of,
    projects_of,
    without_winner,
)
from twin.institutions.works_plan import Work

if TYPE_CHECKING:
    from twin.city.votes import Vote
    from twin.institutions.contracts import Contract
    from twin.institutions.participatory_budget import Project
    from twin.model.state import State

_YARD_DAYS = 20
_TIYN_PER_KZT = 100.0


def hold_round(state: State, day: int) -> None:
    """Hold the vote of the year that opens."""
    policy = state.today.settings.participatory_budget
    ledger, own = state.accounts.ledger, state.participation
    office = state.institutions.municipality
    money = ledger.balance(holders.PARTICIPATORY)
    outages = state.citizens.get("outage_days").astype(np.float64)
    share = np.clip((outages - own.outage_days) / 365.0, 0.0, 1.0)
    own.outage_days = outages
    if money <= 0:
        return
    number = state.today.clock.date(day).year - state.spec.start.year
    proposals = propose(state.citizens, share, number, state.seed, own.params)
    projects = projects_of(
        proposals,
        state.assets,
        state.institutions.contact_centre.building_street,
        money=money,
        price_kzt=lambda asset: office.renewal_contract(asset).price_kzt,
        year=state.today.clock.date(day).year,
        params=own.params,
    )
    on_ballot = admitted(projects, policy, money, number, state.seed)
    held = Round(state.today.clock.date(day).year, number, money, projects, on_ballot)
    held.adults = int((state.citizens.get("age") >= ADULT_AGE_YEARS).sum())
    held.ballots = _vote(state, held)
    held.winners = count(on_ballot, held.ballots, policy, money, state.seed)
    own.round = held
    diverted = round(policy.diverted_share * money)
    ledger.move(holders.PARTICIPATORY, holders.WORKS_UNRELEASED, diverted, "diverted to repairs")
    _begin_works(state, held, day)
    own.noted.votes += held.ballots.voter.size
    own.noted.vote_adults += held.adults
    own.noted.votes_lost += without_winner(held.ballots, on_ballot)


def _vote(state: State, held: Round) -> Vote:
    """Draw who votes and how."""
    policy, own = state.today.settings.participatory_budget, state.participation
    xy = state.institutions.contact_centre.building_xy
    places = np.array([one.building for one in held.on_ballot], dtype=np.int64)
    project_xy = xy[places] if places.size else np.empty((0, 2))
    people = state.citizens
    chance = turnout_chance(
        people,
        own.params,
        kzt_per_head=held.money / _TIYN_PER_KZT / max(1.0, float(state.people.sum())),
        distance_m=distance_to_nearest(people, xy, project_xy),
        paper_ballots=policy.paper_ballots,
        campaign_kzt_per_person=policy.campaign_kzt_per_person,
    )
    if not held.on_ballot:
        chance = np.zeros(chance.size)
    ballots = vote(
        people,
        chance,
        xy,
        project_xy,
        np.array([one.kind for one in held.on_ballot], dtype=np.int32),
        np.array([one.quality for one in held.on_ballot], dtype=np.float64),
        key=np.array([one.proposer for one in held.on_ballot], dtype=np.int32),
        ballot_length=policy.ballot_length,
        round_number=held.number,
        seed=state.seed,
        params=own.params,
    )
    voted = np.zeros(len(people), dtype=np.uint8)
    voted[ballots.voter] = 1
    people.set("voted", voted)
    return ballots


def _begin_works(state: State, held: Round, day: int) -> None:
    """Pay and plan the winners in the order of the count, as far as the money goes."""
    office, ledger = state.institutions.municipality, state.accounts.ledger
    params = state.today.params
    clock = state.today.clock
    first = max(day, day - clock.day_of_year(day) + math.ceil(params.season_start_day))
    last = day - clock.day_of_year(day) + math.floor(params.season_end_day)
    for place, one in enumerate(held.winners):
        let = _contract_of(state, one, held.number)
        cost = tiyn(let.price_kzt)
        if cost > ledger.balance(holders.PARTICIPATORY):
            one.fate = UNPAID
            continue
        asset_id = -1 if one.asset < 0 else int(state.assets.arrays.asset_id[one.asset])
        purpose = "participatory projects"
        ledger.move(holders.PARTICIPATORY, holders.CONTRACTORS, cost, purpose, asset_id=asset_id)
        one.paid = cost
        length_m = 0.0 if one.asset < 0 else float(state.assets.arrays.length_m[one.asset])
        days = max(_YARD_DAYS, math.ceil(length_m / params.renewal_m_per_day))
        latest = max(first, last - days)
        start = first + (latest - first) * place // max(1, len(held.winners))
        one.end_day = start + days - 1
        if one.asset < 0:
            office.overrun_kzt += let.overrun_kzt
            made = outcome(state.today, (one.proposer, held.number), Sort.PROJECT)
        else:
            made = _award(state, one, let, (day, start))
        one.is_abandoned = made is Outcome.NONE


def _contract_of(state: State, one: Project, number: int) -> Contract:
    """Return the contract of a project of the round of a number."""
    if one.asset >= 0:
        return state.institutions.municipality.renewal_contract(one.asset)
    key, norm_kzt = (one.proposer, number), one.cost / _TIYN_PER_KZT
    return contract(state.today, Sort.PROJECT, key, norm_kzt)


def _award(state: State, one: Project, let: Contract, days: tuple[int, int]) -> Outcome:
    """Put the renewal of a winner on the programme, planned and begun on two days."""
    work = Work(
        one.asset,
        WorkOption.REPLACE,
        one.paid / _TIYN_PER_KZT,
        f"voted in the participatory budget, project {one.project_id}",
        *days,
        one.end_day,
        overrun_kzt=let.overrun_kzt,
    )
    state.institutions.municipality.award(work)
    return work.outcome


def finish_projects(state: State) -> None:
    """Open the yards and lights that are finished today; count what New Year has noted."""
    held, own = state.participation.round, state.participation
    state.sums.add(own.noted)
    own.noted = Sums()
    if held is None:
        return
    for one in held.winners:
        if one.end_day != state.day:
            continue
        one.fate = ABANDONED if one.is_abandoned else BUILT
        if one.asset < 0 and not one.is_abandoned:
            near = nearness(
                state.institutions.contact_centre.building_xy,
                one.building,
                own.params.amenity_distance_m,
            )
            part = amenity_part(one.cost, own.params)
            felt = state.disposition
            felt.amenity = np.minimum(1.0, felt.amenity + part * near)
            felt.apply(state.citizens, state.citizens.params, own.params)


def close_round(state: State) -> None:
    """End a year's round: its lessons, its rows in the table, and what is left of its money."""
    own, ledger = state.participation, state.accounts.ledger
    held = own.round
    state.disposition.wear_amenity(1.0, own.params.amenity_life_years)
    if held is None:
        return
    for one in held.winners:
        if one.fate == CHOSEN:
            one.fate = LATE
    if held.ballots is not None and held.on_ballot:
        chosen = np.array([one in held.winners for one in held.on_ballot], dtype=np.bool_)
        built = np.array([one.fate == BUILT for one in held.on_ballot], dtype=np.bool_)
        learn(state.citizens, held.ballots, built, chosen, own.params)
        state.disposition.apply(state.citizens, state.citizens.params, own.params)
    own.rows += rows_of(state, held)
    left = ledger.balance(holders.PARTICIPATORY)
    ledger.move(holders.PARTICIPATORY, holders.WORKS_RENEWAL, left, "left over")
    own.round = None
    own.noted.projects_chosen += len(held.winners)
    own.noted.projects_built += sum(one.fate == BUILT for one in held.winners)


def rows_of(state: State, held: Round) -> list[tuple[object, ...]]:
    """Return a round's rows of the table of votes."""
    uid = state.city.buildings["uid"].to_numpy()
    return [
        (
            held.year,
            one.project_id,
            PROJECT_KINDS[one.kind],
            str(uid[one.building]),
            -1 if one.asset < 0 else int(state.assets.arrays.asset_id[one.asset]),
            network_of(one, state.assets),
            one.proposer,
            one.cost,
            one.votes,
            one.fate,
            one.paid,
            _date(state, one),
        )
        for one in held.projects
    ]


def _date(state: State, one: Project) -> str:
    """Return the day on which a project was finished, empty before."""
    return state.today.clock.date(one.end_day).isoformat() if one.fate == BUILT else ""
