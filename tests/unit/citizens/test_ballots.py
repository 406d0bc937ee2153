"""Who proposes, who votes, for what, and what voters learn: rules in numbers worked out by hand."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naive.citizens import town
from twin.citizens import Population
from twin.citizens.ballots import (
    distance_to_nearest,
    learn,
    peers_who_voted,
    propose,
    turnout_chance,
    vote,
)
from twin.city.votes import PROJECT_KINDS, Vote
from twin.parameters import ParticipationParams

PARAMS = ParticipationParams()
SEED = 3


def people_of(n=4_000, buildings=200):
    return Population.from_city(town(n, buildings), SEED)


@pytest.fixture(scope="module")
def people():
    return people_of()


def chances(people, params=PARAMS, **changes):
    usual = {
        "kzt_per_head": 8_200.0,
        "distance_m": np.full(len(people), np.inf),
        "paper_ballots": True,
        "campaign_kzt_per_person": 0.0,
    }
    return turnout_chance(people, params, **{**usual, **changes})


def test_proposals_come_at_their_rate_and_in_order_of_ids():
    people = people_of(20_000)
    adults = int((people.get("age") >= 18).sum())
    counts = []
    for number in range(20):
        made = propose(people, np.zeros(len(people)), number, SEED, PARAMS)
        assert (np.diff(made.person_id) > 0).all()
        counts.append(made.kind.size)
    # 1.2 a year and 1,000 adults; 20 rounds of about 16 have a deviation of 5 %
    assert np.mean(counts) == pytest.approx(1.2e-3 * adults, rel=0.15)


def test_who_had_outages_proposes_mains():
    people = people_of(20_000)
    sure = dataclasses.replace(PARAMS, proposals_per_1000_year=100.0)
    calm = propose(people, np.zeros(len(people)), 1, SEED, sure)
    dry = propose(people, np.ones(len(people)), 1, SEED, sure)
    pipe = PROJECT_KINDS.index("pipe")
    assert np.array_equal(calm.person_id, dry.person_id)
    # weights 0.5, 0.39, 0.37 and 0.05, the last times e^2
    assert (calm.kind == pipe).mean() == pytest.approx(0.05 / 1.31, abs=0.012)
    heavy = 0.05 * math.exp(2.0)
    assert (dry.kind == pipe).mean() == pytest.approx(heavy / (1.26 + heavy), abs=0.03)


def test_the_odds_of_voting_are_the_sum_of_their_terms():
    people = people_of()
    people.set("efficacy", 0.7)
    people.set("voted", 0)
    row = int(np.flatnonzero((people.get("age") >= 30) & (people.get("age") < 65))[0])
    online = float(people.get("digital_access")[row])
    found = chances(
        people,
        kzt_per_head=16_400.0,
        distance_m=np.full(len(people), 300.0),
        campaign_kzt_per_person=100.0,
    )[row]
    odds = -2.9 + 3.0 * 0.2 + 0.5 * online + 0.25 * math.log(2) + 0.8 / math.e + 0.3
    odds += 0.2 * math.log(2)
    assert found == pytest.approx(1 / (1 + math.exp(-odds)), rel=1e-6)


def test_children_do_not_vote_and_without_paper_few_do_offline(people):
    chance = chances(people)
    assert (chance[people.get("age") < 18] == 0).all()
    offline = (people.get("digital_access") == 0) & (people.get("age") >= 18)
    without = chances(people, paper_ballots=False)
    assert (without[offline] < 0.1 * chance[offline]).all()
    assert np.array_equal(without[~offline], chance[~offline])


def test_peers_are_the_other_adults_of_the_building(people):
    people.set("voted", (np.arange(len(people)) % 3 == 0).astype(np.uint8))
    building, adult = people.get("building"), people.get("age") >= 18
    voted = (people.get("voted") == 1) & adult
    found = peers_who_voted(people)
    for row in range(0, len(people), 397):
        others = (building == building[row]) & adult
        others[row] = False
        share = voted[others].mean() if others.any() else 0.0
        assert found[row] == pytest.approx(share)


def naive_vote(people, chance, home_xy, project_xy, kind, quality, key, length, number):
    """Fill in ballots by sorting all utilities, one voter after the other."""
    from twin.core.streams import Stream
    from twin.kernels.rng import normal, uniform01

    ids, building = people.get("person_id"), people.get("building")
    ballots = {}
    for row in range(len(people)):
        drawn = uniform01(SEED, int(Stream.TURNOUT), int(ids[row]), number, 0)
        if drawn >= chance[row]:
            continue
        utility = []
        for j in range(kind.size):
            taste = normal(SEED, int(Stream.TASTE), int(ids[row]), int(kind[j]), 0)
            luck = uniform01(SEED, int(Stream.BALLOT), int(ids[row]), number, int(key[j]))
            far = math.dist(home_xy[building[row]], project_xy[j])
            value = PARAMS.common_appeal + PARAMS.taste_spread * taste + quality[j]
            utility.append(value - far / PARAMS.taste_distance_m - math.log(-math.log(luck)))
        named = [j for j in sorted(range(kind.size), key=lambda j: -utility[j]) if utility[j] > 0]
        if named[:length]:
            ballots[row] = named[:length]
    return ballots


@pytest.mark.parametrize("length", [1, 3, 20])
def test_ballots_are_those_of_the_naive_count(length):
    people = people_of(300, 20)
    rng = np.random.default_rng(1)
    home = rng.uniform(0, 1_000, (20, 2))
    kind = rng.integers(0, 4, 7).astype(np.int32)
    quality = rng.normal(size=7)
    key = rng.permutation(100)[:7].astype(np.int32)
    project_xy = home[rng.integers(0, 20, 7)]
    chance = chances(people, distance_m=distance_to_nearest(people, home, project_xy))
    chance *= 5
    given_ = (people, chance, home, project_xy, kind, quality)
    found = vote(*given_, key=key, ballot_length=length, round_number=2, seed=SEED, params=PARAMS)
    expected = naive_vote(*given_, key, length, 2)
    assert len(expected) > 10
    assert found.voter.tolist() == sorted(expected)
    for i, row in enumerate(found.voter):
        assert found.project[found.start[i] : found.start[i + 1]].tolist() == expected[int(row)]


def test_one_project_more_leaves_the_other_draws_alone(people):
    home = np.zeros((200, 2))
    ballots = [
        vote(
            people,
            np.ones(len(people)),
            home,
            np.zeros((n, 2)),
            np.zeros(n, dtype=np.int32),
            np.where(np.arange(n) == 3, -1e9, 0.0),  # the fourth is never named
            key=np.arange(n, dtype=np.int32),
            ballot_length=10,
            round_number=0,
            seed=SEED,
            params=PARAMS,
        )
        for n in (3, 4)
    ]
    assert np.array_equal(ballots[0].project, ballots[1].project)
    assert np.array_equal(ballots[0].voter, ballots[1].voter)


def test_without_projects_nobody_has_a_ballot(people):
    none = vote(
        people,
        np.ones(len(people)),
        np.zeros((200, 2)),
        np.empty((0, 2)),
        np.empty(0, dtype=np.int32),
        np.empty(0),
        key=np.empty(0, dtype=np.int32),
        ballot_length=3,
        round_number=0,
        seed=SEED,
        params=PARAMS,
    )
    assert (none.voter.size, none.project.size, none.start.tolist()) == (0, 0, [0])
    assert np.isinf(distance_to_nearest(people, np.zeros((200, 2)), np.empty((0, 2)))).all()


def test_voters_learn_from_what_was_built_broken_or_lost():
    people = people_of(300, 20)
    people.set("efficacy", 0.5)
    people.set("trust", 0.5)
    rows = np.array([3, 8, 21, 40], dtype=np.int32)
    # built; broken; neither chosen; one built and one broken
    ballots = Vote(rows, np.array([0, 1, 2, 3, 5]), np.array([0, 1, 2, 0, 1], dtype=np.int32))
    built = np.array([True, False, False])
    chosen = np.array([True, True, False])
    learn(people, ballots, built, chosen, PARAMS)
    efficacy = people.get("efficacy")[rows]
    assert efficacy == pytest.approx([0.6, 0.275, 0.475, 0.6], rel=1e-6)
    assert people.get("trust")[rows] == pytest.approx([0.51, 0.4775, 0.5, 0.51], rel=1e-6)
    others = np.setdiff1d(np.arange(len(people)), rows)
    assert (people.get("efficacy")[others] == np.float32(0.5)).all()


@given(st.floats(0, 1), st.booleans(), st.booleans())
def test_efficacy_and_trust_stay_shares(start, chosen, built):
    people = people_of(60, 6)
    people.set("efficacy", start)
    people.set("trust", start)
    ballots = Vote(np.array([1], np.int32), np.array([0, 1]), np.array([0], np.int32))
    learn(people, ballots, np.array([chosen and built]), np.array([chosen]), PARAMS)
    for name in ("efficacy", "trust"):
        assert 0.0 <= people.get(name)[1] <= 1.0
