"""Proposals and ballots of residents: who proposes what, who votes, and for which projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.citizens.columns import ADULT_AGE_YEARS
from twin.citizens.kernels.ballots import ballots_into, nearest_m
from twin.city.votes import PROJECT_KINDS, Proposals, Vote
from twin.core.streams import Stream
from twin.kernels.rng import uniforms_for

if TYPE_CHECKING:
    from twin.citizens.population import Population
    from twin.core.arrays import Bool, Float64, Int32
    from twin.parameters import ParticipationParams

_USUAL_KZT_PER_HEAD = 8_200.0
_CAMPAIGN_UNIT_KZT = 100.0
_ACTIVE_YEARS = (30, 65)


def propose(
    people: Population,
    outage_share: Float64,
    round_number: int,
    seed: int,
    params: ParticipationParams,
) -> Proposals:
    """Draw who proposes what.

    Parameters
    ----------
    people
        Adults propose, the more the more civic; a draw by person and round decides.
    outage_share
        Share of the last year's days with outages, shape (n_citizens,).
    round_number
        Years since the start of the run.
    seed
        Run seed.
    params
        Rates and weights.
    """
    ids = people.get("person_id").astype(np.int32)
    civic = np.exp(0.8 * people.get("civic_propensity").astype(np.float64))
    adult = people.get("age") >= ADULT_AGE_YEARS
    mean = float(civic[adult].mean()) if adult.any() else 1.0
    rate = params.proposals_per_1000_year / 1000.0 * civic / mean * adult
    drawn = uniforms_for(seed, int(Stream.PROPOSAL), ids, round_number, 0)
    rows = np.flatnonzero(drawn < 1.0 - np.exp(-rate)).astype(np.int32)
    rows = rows[np.argsort(ids[rows], kind="stable")]
    weights = np.log(
        np.maximum(
            [params.yard_weight, params.lights_weight, params.street_weight, params.pipe_weight],
            1e-12,
        )
    )
    utility = np.tile(weights, (rows.size, 1))
    utility[:, PROJECT_KINDS.index("pipe")] += params.need_effect * outage_share[rows]
    luck = np.stack(
        [
            uniforms_for(seed, int(Stream.PROPOSAL), ids[rows], round_number, 1 + k)
            for k in range(4)
        ],
        axis=1,
    )
    kind = np.argmax(utility - np.log(-np.log(luck)), axis=1).astype(np.int32)
    return Proposals(
        person_id=ids[rows],
        building=people.get("building").astype(np.int32)[rows],
        kind=kind,
        cost_draw=_normals(seed, ids[rows], round_number, 5),
        quality=params.quality_spread * _normals(seed, ids[rows], round_number, 7),
    )


def _normals(seed: int, ids: Int32, round_number: int, draw: int) -> Float64:
    """Return standard normal draws by person (Box & Muller, 1958)."""
    first = uniforms_for(seed, int(Stream.PROPOSAL), ids, round_number, draw)
    second = uniforms_for(seed, int(Stream.PROPOSAL), ids, round_number, draw + 1)
    drawn: Float64 = np.sqrt(-2.0 * np.log(first)) * np.cos(2.0 * np.pi * second)
    return drawn


def peers_who_voted(people: Population) -> Float64:
    """Return the share of adults of one's building, without oneself, who voted last time."""
    building = people.get("building").astype(np.int32)
    adult = (people.get("age") >= ADULT_AGE_YEARS).astype(np.float64)
    voted = people.get("voted").astype(np.float64) * adult
    adults_there = np.bincount(building, weights=adult, minlength=people.n_buildings)
    voted_there = np.bincount(building, weights=voted, minlength=people.n_buildings)
    others = adults_there[building] - adult
    share = np.zeros(building.size)
    np.divide(voted_there[building] - voted, others, out=share, where=others > 0.0)
    return share


def turnout_chance(
    people: Population,
    params: ParticipationParams,
    *,
    kzt_per_head: float,
    distance_m: Float64,
    paper_ballots: bool,
    campaign_kzt_per_person: float,
) -> Float64:
    """Return each one's probability to vote, shape (n_citizens,), 0 for children.

    `distance_m` is to the nearest project, shape (n_citizens,).
    """
    age = people.get("age")
    online = people.get("digital_access") != 0
    odds = params.vote_base + params.efficacy_effect * (people.get("efficacy") - 0.5)
    odds = odds + params.digital_effect * online
    odds += params.peer_effect * peers_who_voted(people)
    odds += params.budget_effect * np.log(max(kzt_per_head, 1.0) / _USUAL_KZT_PER_HEAD)
    odds += params.stake_effect * np.exp(-distance_m / params.taste_distance_m)
    odds += params.age_effect * ((age >= _ACTIVE_YEARS[0]) & (age < _ACTIVE_YEARS[1]))
    odds += params.campaign_effect * np.log1p(campaign_kzt_per_person / _CAMPAIGN_UNIT_KZT)
    if not paper_ballots:
        odds -= params.offline_cost * ~online
    chance: Float64 = (age >= ADULT_AGE_YEARS) / (1.0 + np.exp(-odds))
    return chance


def vote(  # noqa: PLR0913 - what a ballot depends on
    people: Population,
    chance: Float64,
    home_xy: Float64,
    project_xy: Float64,
    kind: Int32,
    quality: Float64,
    *,
    key: Int32,
    ballot_length: int,
    round_number: int,
    seed: int,
    params: ParticipationParams,
) -> Vote:
    """Draw who votes and fill in the ballots.

    A voter's utility of a project is common_appeal + taste for its kind - distance /
    taste_distance_m + its quality + a Gumbel draw; the ballot names the best with utility above 0.
    Draws are keyed by person, round and project, so another rule of counting shifts none.

    Parameters
    ----------
    people, chance
        Residents and their probabilities to vote, shape (n_citizens,).
    home_xy
        Coordinates of buildings in m, shape (n_buildings, 2).
    project_xy, kind, quality
        Projects on the ballot, shapes (n_projects, 2) and (n_projects,).
    key
        Stable key of each project, shape (n_projects,).
    """
    ids = people.get("person_id").astype(np.int32)
    drawn: Bool = uniforms_for(seed, int(Stream.TURNOUT), ids, round_number, 0) < chance
    voter = np.flatnonzero(drawn).astype(np.int32)
    most = min(ballot_length, kind.size)
    chosen = np.full((voter.size, most), -1, dtype=np.int32)
    streams = np.uint32(Stream.BALLOT), np.uint32(Stream.TASTE)
    draws = (np.uint64(seed), *streams, np.uint32(round_number))
    ballots_into(
        np.ascontiguousarray(ids[voter]),
        np.ascontiguousarray(home_xy[people.get("building").astype(np.int32)[voter]]),
        np.ascontiguousarray(project_xy),
        kind,
        quality,
        key,
        np.array([params.common_appeal, params.taste_spread, params.taste_distance_m]),
        draws,
        chosen,
    )
    named = chosen >= 0
    start = np.concatenate([[0], np.cumsum(named.sum(axis=1))]).astype(np.int64)
    filled = np.diff(start) > 0
    project = chosen[named]
    start = np.concatenate([[0], np.cumsum(named.sum(axis=1)[filled])]).astype(np.int64)
    return Vote(voter[filled], start, project)


def distance_to_nearest(people: Population, home_xy: Float64, project_xy: Float64) -> Float64:
    """Return each one's distance to the nearest project in m, infinite without projects."""
    at_home = nearest_m(np.ascontiguousarray(home_xy), np.ascontiguousarray(project_xy))
    distance: Float64 = at_home[people.get("building").astype(np.int32)]
    return distance


def learn(
    people: Population,
    ballots: Vote,
    built: Bool,
    chosen: Bool,
    params: ParticipationParams,
) -> None:
    """Let voters learn from what became of the projects on their ballots.

    Parameters
    ----------
    people
        Efficacy and trust change in place.
    ballots
        The round's ballots.
    built, chosen
        Which projects were built, and which the vote had chosen, shape (n_projects,).
    """
    voter_of = np.repeat(np.arange(ballots.voter.size), np.diff(ballots.start))
    n = ballots.voter.size
    has_built = np.bincount(voter_of, weights=built[ballots.project], minlength=n) > 0
    failed = chosen & ~built
    has_broken = np.bincount(voter_of, weights=failed[ballots.project], minlength=n) > 0
    has_broken &= ~has_built
    neither = ~has_built & ~has_broken
    rows = ballots.voter
    efficacy = people.get("efficacy").astype(np.float64).copy()
    trust = people.get("trust").astype(np.float64).copy()
    mine, belief = efficacy[rows], trust[rows]
    mine = mine + has_built * params.delivered_gain * (1.0 - mine)
    mine -= has_broken * params.broken_loss * mine
    mine -= neither * params.no_winner_loss * mine
    belief = belief + has_built * params.delivered_trust * (1.0 - belief)
    belief -= has_broken * params.broken_trust * belief
    efficacy[rows], trust[rows] = mine, belief
    people.set("efficacy", efficacy)
    people.set("trust", trust)
