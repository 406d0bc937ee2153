"""From proposals to winners: what the council admits, and how votes become money."""

import math

import numpy as np
import pytest

from tests.unit.institutions.test_works import CITY
from twin.assets import Assets
from twin.city.actions import SetParticipatoryBudget
from twin.city.networks import STREET
from twin.city.votes import PROJECT_KINDS, Proposals, Vote
from twin.economy.ledger import tiyn
from twin.institutions.participatory_budget import (
    CHOSEN,
    NOT_CHOSEN,
    REJECTED,
    TOO_DEAR,
    Project,
    admitted,
    count,
    nearness,
    projects_of,
    without_winner,
)
from twin.parameters import ParticipationParams

PARAMS = ParticipationParams()
STREETS = CITY.buildings["street_edge_id"].to_numpy(dtype=np.int32)
ASSETS = Assets(CITY, 2026, 1)


def proposed(*kinds, draws=None):
    """Return proposals of some kinds, each from a building of its own."""
    n = len(kinds)
    return Proposals(
        person_id=np.arange(10, 10 + n, dtype=np.int32),
        building=np.arange(n, dtype=np.int32),
        kind=np.array([PROJECT_KINDS.index(kind) for kind in kinds], dtype=np.int32),
        cost_draw=np.zeros(n) if draws is None else np.array(draws),
        quality=np.zeros(n),
    )


def made(proposals, money_kzt=20e6):
    return projects_of(
        proposals,
        ASSETS,
        STREETS,
        money=tiyn(money_kzt),
        price_kzt=lambda asset: 1.2 * float(ASSETS.renewal_cost_kzt[asset]),
        year=2026,
        params=PARAMS,
    )


def projects(*costs_kzt):
    return [
        Project(f"2026-{i}", 0, i, -1, tiyn(cost), proposer=i, quality=0.0)
        for i, cost in enumerate(costs_kzt)
    ]


def ballots(*rows):
    start = np.cumsum([0, *map(len, rows)])
    flat = np.array([j for row in rows for j in row], dtype=np.int32)
    return Vote(np.arange(len(rows), dtype=np.int32), start.astype(np.int64), flat)


def test_yards_cost_their_share_of_the_money_and_at_least_the_least():
    usual, dear, cheap = made(proposed("yard", "lights", "yard", draws=[0.0, 1.0, -9.0]))
    assert usual.cost == tiyn(0.106 * 20e6)
    assert dear.cost == pytest.approx(tiyn(0.106 * 20e6 * math.exp(0.7)), rel=1e-9)
    assert cheap.cost == tiyn(3e5)
    assert {usual.asset, dear.asset, cheap.asset} == {-1}


def test_a_pavement_is_the_proposers_street_at_the_citys_prices():
    one = made(proposed("street"))[0]
    assert ASSETS.arrays.network[one.asset] == STREET.code
    assert ASSETS.street_edge[one.asset] == STREETS[0]
    assert one.cost == tiyn(1.2 * ASSETS.renewal_cost_kzt[one.asset])


def test_a_pipe_is_the_main_of_the_street_with_most_failures_and_a_yard_without_one():
    for one in made(proposed(*["pipe"] * 6)):
        street = int(STREETS[one.building])
        mains = (ASSETS.street_edge == street) & (ASSETS.arrays.network != STREET.code)
        if one.asset < 0:
            assert not mains.any()
            assert PROJECT_KINDS[one.kind] == "yard"
            continue
        rows = np.flatnonzero(mains)
        failures = ASSETS.arrays.n_failures[rows]
        oldest = ASSETS.arrays.age_years[rows[failures == failures.max()]].max()
        assert ASSETS.arrays.age_years[one.asset] == oldest


def test_a_second_proposal_for_one_street_is_left_out():
    two = proposed("street", "street")
    two.building[:] = 0
    assert len(made(two)) == 1


def test_the_council_rejects_its_share_and_the_cap_the_dearest():
    many = projects(*[1e6] * 2_000, 9e6)
    policy = SetParticipatoryBudget(share=0.1, veto_share=0.58, project_cap_share=0.5)
    left = admitted(many, policy, tiyn(10e6), 3, 1)
    rejected = sum(one.fate == REJECTED for one in many)
    assert rejected / 2_001 == pytest.approx(0.58, abs=0.03)
    assert many[-1].fate in (REJECTED, TOO_DEAR)
    assert len(left) == 2_001 - rejected - (many[-1].fate == TOO_DEAR)
    assert all(one.fate == NOT_CHOSEN for one in left)


def test_greedy_takes_most_votes_and_equal_shares_hears_the_minority():
    votes = ballots(*[[0, 1]] * 6, *[[2]] * 4)
    winners = {}
    for rule in ("greedy", "equal_shares:completion=none"):
        on_ballot = projects(5e6, 5e6, 4e6)
        policy = SetParticipatoryBudget(share=0.1, rule=rule)
        won = count(on_ballot, votes, policy, tiyn(10e6), 1)
        winners[rule] = {one.project_id for one in won}
        assert [one.votes for one in on_ballot] == [6, 6, 4]
        assert all((one.fate == CHOSEN) == (one in won) for one in on_ballot)
    assert winners["greedy"] == {"2026-0", "2026-1"}
    # 10 M in ten equal shares: six people can pay one of their projects, four pay theirs
    assert "2026-2" in winners["equal_shares:completion=none"]
    assert len(winners["equal_shares:completion=none"]) == 2


def test_too_few_votes_are_not_enough_and_experts_ask_nobody():
    on_ballot = projects(5e6, 4e6)
    votes = ballots([0], [0], [1])
    policy = SetParticipatoryBudget(share=0.1, least_votes=2)
    assert [one.project_id for one in count(on_ballot, votes, policy, tiyn(10e6), 1)] == ["2026-0"]
    on_ballot = projects(5e6, 4e6, 2e6)
    on_ballot[0].asset = 7
    policy = SetParticipatoryBudget(share=0.1, rule="expert_choice")
    won = count(on_ballot, votes, policy, tiyn(8e6), 1)
    assert [one.project_id for one in won] == ["2026-0", "2026-2"]
    assert count([], ballots(), policy, tiyn(8e6), 1) == []


def test_voters_without_a_winner_are_counted():
    on_ballot = projects(1e6, 1e6)
    on_ballot[0].fate = CHOSEN
    assert without_winner(ballots([0, 1], [1], [1], [0]), on_ballot) == 2


def test_nearness_falls_to_1_over_e_at_its_distance():
    home = np.array([[0.0, 0.0], [150.0, 0.0], [0.0, 300.0]])
    found = nearness(home, 0, 150.0)
    assert found == pytest.approx([1.0, math.exp(-1), math.exp(-2)])
