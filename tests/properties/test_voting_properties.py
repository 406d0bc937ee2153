"""Voting rules on drawn elections: against naive references, and what each rule promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive import voting as naive
from twin import voting
from twin.voting.rules import count_ballots
from twin.voting.rules.equal_shares import SharesRun

RULES = (
    "greedy",
    "greedy:too_dear=stop",
    "equal_shares",
    "equal_shares:satisfaction=cardinality",
    "equal_shares:completion=greedy",
    "equal_shares:completion=add1",
    "equal_shares:completion=add1u",
    "phragmen",
    "phragmen:too_dear=skip",
    "phragmen:completion=greedy",
    "maximin_support",
    "lottery",
)


@st.composite
def votes(draw, *, points=False):
    """An election of a few projects and voters, with many ties."""
    n_projects = draw(st.integers(1, 6))
    costs = draw(st.lists(st.integers(0, 12), min_size=n_projects, max_size=n_projects))
    rows = st.integers(0, n_projects - 1)
    if points:
        ballot = st.dictionaries(rows, st.integers(0, 5))
    else:
        ballot = st.sets(rows).map(lambda chosen: dict.fromkeys(sorted(chosen), 1))
    ballots = draw(st.lists(ballot, min_size=1, max_size=9))
    return costs, ballots, draw(st.integers(1, 40))


def built(costs, ballots, budget, *, points=False):
    named = [{f"p{j}": value for j, value in ballot.items()} for ballot in ballots]
    return voting.election(
        {f"p{j}": cost for j, cost in enumerate(costs)},
        named if points else [list(ballot) for ballot in named],
        budget,
        vote_type="scoring" if points else "approval",
    )


def rows_of(outcome):
    return list(outcome.order)


def eligible(costs, ballots):
    return [any(ballot.get(j, 0) > 0 for ballot in ballots) for j in range(len(costs))]


@given(votes(points=True))
def test_greedy_is_the_naive_one(vote):
    costs, ballots, budget = vote
    score = [sum(ballot.get(j, 0) for ballot in ballots) for j in range(len(costs))]
    wanted = naive.greedy(costs, score, budget, eligible(costs, ballots))
    assert rows_of(voting.tally(built(*vote, points=True), "greedy")) == wanted


@settings(max_examples=200)
@given(votes(points=True), st.sampled_from(["cost", "cardinality", "points"]))
def test_equal_shares_is_the_naive_one_in_the_same_order(vote, satisfaction):
    costs, ballots, budget = vote
    utility = {
        "cost": lambda j, points: max(costs[j], 1),  # noqa: ARG005 - one form for all
        "cardinality": lambda j, points: 1,  # noqa: ARG005
        "points": lambda j, points: points,  # noqa: ARG005
    }[satisfaction]
    wanted = naive.equal_shares(costs, ballots, budget, utility)
    found = voting.tally(built(*vote, points=True), f"equal_shares:satisfaction={satisfaction}")
    assert rows_of(found) == wanted


@settings(max_examples=100)
@given(votes())
def test_phragmen_is_the_naive_one_in_the_same_order(vote):
    costs, ballots, budget = vote
    wanted = naive.phragmen(costs, [set(ballot) for ballot in ballots], budget)
    assert rows_of(voting.tally(built(*vote), "phragmen")) == wanted


@settings(max_examples=100)
@given(votes())
def test_maximin_support_is_the_naive_one_in_the_same_order(vote):
    costs, ballots, budget = vote
    wanted = naive.maximin_support(costs, [set(ballot) for ballot in ballots], budget)
    assert rows_of(voting.tally(built(*vote), "maximin_support")) == wanted


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=20)
@given(vote=votes())
def test_no_rule_spends_more_than_the_budget(rule, vote):
    election = built(*vote)
    outcome = voting.tally(election, rule)
    assert outcome.spent <= election.budget
    assert len(set(outcome.order)) == len(outcome.order)
    funded = np.array(outcome.order, dtype=int)
    assert (outcome.amount[funded] == election.projects.cost[funded]).all()
    assert outcome.amount.sum() == outcome.amount[funded].sum()


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=15)
@given(vote=votes(), seed=st.randoms())
def test_the_order_of_voters_changes_nothing(rule, vote, seed):
    costs, ballots, budget = vote
    mixed = list(ballots)
    seed.shuffle(mixed)
    first = voting.tally(built(costs, ballots, budget), rule)
    assert voting.tally(built(costs, mixed, budget), rule).order == first.order


@pytest.mark.parametrize("rule", ["equal_shares", "phragmen", "greedy"])
@settings(max_examples=15)
@given(vote=votes())
def test_twice_the_same_voters_change_nothing(rule, vote):
    costs, ballots, budget = vote
    once = voting.tally(built(costs, ballots, budget), rule)
    assert voting.tally(built(costs, ballots * 2, budget), rule).order == once.order


@settings(max_examples=100)
@given(votes())
def test_equal_shares_gives_no_group_a_reason_to_complain(vote):
    election = built(*vote)
    for satisfaction in ("cost", "cardinality"):
        outcome = voting.tally(election, f"equal_shares:satisfaction={satisfaction}")
        found = voting.ejr_plus_violations(election, outcome, satisfaction=satisfaction)
        free = [f"p{j}" for j, cost in enumerate(vote[0]) if cost == 0]
        assert set(found) <= set(free)


@settings(max_examples=100)
@given(votes(), st.sampled_from(["greedy", "phragmen", "lottery"]))
def test_violations_are_those_of_every_group(vote, rule):
    costs, ballots, budget = vote
    election = built(*vote)
    outcome = voting.tally(election, rule)
    wanted = naive.ejr_plus_violations(costs, [set(one) for one in ballots], budget, outcome.order)
    assert list(voting.ejr_plus_violations(election, outcome)) == [
        f"p{j}" for j in wanted if eligible(costs, ballots)[j]
    ]


@given(votes(), st.integers(1, 20))
def test_phragmen_with_more_money_begins_with_the_same_purchases(vote, more):
    costs, ballots, budget = vote
    less = [cost for cost in costs if cost <= budget]
    if len(less) < len(costs):
        return  # a larger budget admits projects that were barred
    first = voting.tally(built(costs, ballots, budget), "phragmen").order
    assert (
        voting.tally(built(costs, ballots, budget + more), "phragmen").order[: len(first)] == first
    )


@given(votes())
def test_a_completion_keeps_what_the_rule_funds(vote):
    election = built(*vote)
    for rule in ("equal_shares", "phragmen"):
        first = voting.tally(election, rule).order
        whole = voting.tally(election, f"{rule}:completion=greedy")
        assert whole.order[: len(first)] == first
        assert SharesRun(count_ballots(election), "cost").is_exhaustive(list(whole.order))


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=12))
def test_gini_is_the_mean_difference_of_pairs(amounts):
    assert voting.gini(np.array(amounts)) == pytest.approx(naive.gini(amounts))
