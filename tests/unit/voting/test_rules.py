"""Voting rules on votes worked by hand, their limits, and ties that floats cannot decide."""

from dataclasses import replace

import numpy as np
import pytest

from tests.naive import voting as naive
from twin import voting
from twin.core.errors import ElectionError
from twin.voting.kernels import ballots as ballot_kernels
from twin.voting.kernels import equal_shares, phragmen
from twin.voting.rules.equal_shares import SharesRun

Fate = voting.Fate


def two_groups():
    """Sixty people want ten projects, forty want ten others; money for ten."""
    names = [f"{side}{i}" for side in "pq" for i in range(10)]
    ballots = [[f"p{i}" for i in range(10)]] * 60 + [[f"q{i}" for i in range(10)]] * 40
    return voting.election(dict.fromkeys(names, 10), ballots, 100)


def sides(outcome):
    return sum(name[0] == "p" for name in outcome.winners), len(outcome.winners)


@pytest.mark.parametrize("rule", ["equal_shares", "phragmen", "maximin_support"])
def test_a_proportional_rule_gives_each_group_its_part(rule):
    assert sides(voting.tally(two_groups(), rule)) == (6, 10)


def test_the_greedy_rule_gives_the_larger_group_everything():
    assert sides(voting.tally(two_groups(), "greedy")) == (10, 10)


def test_phragmens_example_of_1894():
    """Ballots as Janson, 2016, arXiv 1611.08826, gives them; order worked out by hand."""
    ballots = [["A", "B", "C"]] * 1034 + [["P", "Q", "R"]] * 519
    ballots += [["A", "B", "Q"]] * 90 + [["A", "P", "Q"]] * 47
    vote = voting.election(dict.fromkeys("ABCPQR", 1), ballots, 3)
    outcome = voting.tally(vote, "phragmen")
    assert [outcome.project_id[j] for j in outcome.order] == ["A", "Q", "B"]


def test_poor_supporters_pay_what_they_have_and_rich_ones_the_rest():
    """Shares of 10: a costs 6 each of two; then b costs 4 + 8 of a poor and a rich voter."""
    vote = voting.election({"a": 12, "b": 12, "c": 9}, [["a"], ["a", "b"], ["b", "c"]], 30)
    assert voting.tally(vote, "equal_shares:satisfaction=cardinality").winners == ("a", "b")


def test_a_larger_share_is_given_until_the_projects_do_not_fit():
    vote = voting.election({"a": 20, "b": 30}, [["a"], ["b"]], 50)
    assert voting.tally(vote, "equal_shares").winners == ("a",)
    assert voting.tally(vote, "equal_shares:completion=add1").winners == ("a", "b")
    less = replace(vote, budget=49)
    assert voting.tally(less, "equal_shares:completion=add1").winners == ("a",)


def test_what_is_completed_is_marked():
    vote = voting.election({"a": 10, "b": 30}, [["a"], ["b"]], 45)
    outcome = voting.tally(vote, "equal_shares:completion=greedy")
    assert [Fate(one) for one in outcome.fate] == [Fate.FUNDED, Fate.COMPLETED]


def with_projects(vote, **columns):
    return replace(vote, projects=replace(vote.projects, **columns))


ALL_COUNTING = ("greedy", "equal_shares", "equal_shares:completion=add1u", "phragmen",
                "maximin_support")  # fmt: skip


@pytest.mark.parametrize("rule", ALL_COUNTING)
def test_of_projects_in_conflict_one_is_funded(rule):
    vote = voting.election({"a": 10, "b": 10, "c": 10}, [["a", "b"]] * 3 + [["a", "b", "c"]], 30)
    vote = with_projects(vote, exclusions=((0, 1),))
    outcome = voting.tally(vote, rule)
    assert "a" in outcome.winners
    assert "b" not in outcome.winners
    assert Fate(outcome.fate[1]) is Fate.IN_CONFLICT


@pytest.mark.parametrize("rule", ALL_COUNTING)
def test_a_project_needs_the_votes_that_the_election_requires(rule):
    vote = voting.election(
        {"a": 10, "b": 10}, [["a", "b"], ["a"]], 30, limits=voting.Limits(min_votes=2)
    )
    outcome = voting.tally(vote, rule)
    assert outcome.winners == ("a",)
    assert Fate(outcome.fate[1]) is Fate.TOO_FEW_VOTES


def test_a_project_needs_the_points_that_the_election_requires():
    ballots = [{"a": 3, "b": 1}, {"a": 3}]
    limits = voting.Limits(min_score=2)
    vote = voting.election({"a": 1, "b": 1}, ballots, 9, vote_type="scoring", limits=limits)
    assert voting.tally(vote).winners == ("a",)


@pytest.mark.parametrize("rule", ["greedy", "equal_shares:completion=greedy"])
def test_a_project_that_accepts_a_part_receives_what_is_left(rule):
    vote = voting.election({"a": 40, "b": 40, "c": 40}, [["a", "b", "c"]] * 2 + [["a"]], 60)
    vote = with_projects(vote, least_cost=np.array([40, 30, 15]))
    outcome = voting.tally(vote, rule)
    assert outcome.amount.tolist() == [40, 0, 20]
    assert Fate(outcome.fate[2]) is Fate.PART_FUNDED
    assert outcome.spent == 60


def test_greedy_can_stop_at_what_it_cannot_pay():
    vote = voting.election({"a": 50, "b": 60, "c": 10}, [["a", "b", "c"], ["a", "b"], ["a"]], 100)
    assert voting.tally(vote, "greedy").winners == ("a", "c")
    assert voting.tally(vote, "greedy:too_dear=stop").winners == ("a",)


def test_greedy_by_votes_per_cost_takes_cheap_projects():
    vote = voting.election({"a": 100, "b": 10, "c": 0}, [["a", "b", "c"], ["a"]], 100)
    assert voting.tally(vote, "greedy").winners == ("a", "c")
    assert voting.tally(vote, "greedy:by=votes_per_cost").winners == ("b", "c")


def test_ties_are_decided_by_the_rule_named():
    vote = voting.election({"b": 6, "a": 7, "c": 5}, [["a", "b", "c"], ["a", "b", "c"]], 8)
    first = {ties: voting.tally(vote, ties=ties).winners for ties in voting.TIES}
    assert first["project_id"] == ("a",)
    assert first["file"] == ("b",)
    assert first["cheapest"] == ("c",)
    drawn = {voting.tally(vote, ties="lottery", seed=seed).winners for seed in range(20)}
    assert drawn == {("a",), ("b",), ("c",)}
    with pytest.raises(ElectionError, match="ties = 'age' is not known; known: project_id"):
        voting.tally(vote, ties="age")


def test_most_votes_decide_a_tie_of_prices():
    vote = voting.election({"a": 2, "b": 4}, [["a", "b"], ["b"]], 4)
    rule = "equal_shares:satisfaction=cardinality"
    assert voting.tally(vote, rule, ties="project_id").order[0] == 0
    assert voting.tally(vote, rule, ties="most_votes").order[0] == 1


def test_a_lottery_depends_on_its_seed_alone():
    vote = voting.election(dict.fromkeys("abcdef", 10), [["a"]], 20)
    drawn = [voting.tally(vote, "lottery", seed=seed).order for seed in range(30)]
    assert drawn == [voting.tally(vote, "lottery", seed=seed).order for seed in range(30)]
    assert len(set(drawn)) > 10


def test_experts_decide_by_their_scores():
    vote = voting.election(dict.fromkeys("abc", 10), [["a"]], 20)
    assert voting.tally(vote, voting.ExpertChoice(scores={"c": 2, "b": 0.5})).winners == ("b", "c")
    with pytest.raises(ElectionError, match="project 'd' is not in the election"):
        voting.tally(vote, voting.ExpertChoice(scores={"d": 2}))
    with pytest.raises(ElectionError, match=r"has no scores.\n.*--scores"):
        voting.tally(vote, "expert_choice")


def districts(*, address=True):
    vote = voting.election(
        {"n1": 30, "n2": 30, "s1": 30, "city": 40},
        [["n1", "city"]] * 3 + [["s1"]] * 2 + [["n2"]],
        120,
    )
    place = np.array([0, 0, 1, -1], dtype=np.int32)
    home = np.array([0, 0, 0, 1, 1, 0] if address else [-1] * 6, dtype=np.int32)
    vote = with_projects(vote, district=place)
    return replace(vote, districts=("north", "south"), ballots=replace(vote.ballots, district=home))


@pytest.mark.parametrize("address", [True, False])
def test_each_district_has_its_own_budget(address):
    vote = districts(address=address)
    rule = voting.DistrictSplit(rule="greedy", budgets={"north": 40, "south": 30})
    assert voting.tally(vote, rule).winners == ("city", "n1", "s1")
    rule = voting.DistrictSplit(budgets={"north": 60, "south": 20}, leftover_to_city=False)
    assert voting.tally(vote, rule).winners == ("city", "n1", "n2")


def test_without_budgets_districts_share_by_their_voters():
    rule = voting.DistrictSplit(rule=voting.EqualShares(completion="greedy"), city_share=0.5)
    outcome = voting.tally(districts(), rule)
    assert outcome.winners == ("city", "n1")  # 40 for four voters in the north, 20 in the south
    assert outcome.rule.startswith("district_split")


def test_budgets_of_districts_are_checked():
    vote = districts()
    with pytest.raises(
        ElectionError, match="district 'east' is not in the election\n  Known: north"
    ):
        voting.tally(vote, voting.DistrictSplit(budgets={"east": 1}))
    with pytest.raises(ElectionError, match="130 in sum, the budget is 120"):
        voting.tally(vote, voting.DistrictSplit(budgets={"north": 130}))
    with pytest.raises(ElectionError, match="needs the district of each project"):
        voting.tally(two_groups(), "district_split")


def test_a_rule_that_does_not_fit_the_ballots_is_refused():
    scored = voting.election({"a": 1}, [{"a": 3}], 9, vote_type="scoring")
    for rule in ("phragmen", "maximin_support"):
        with pytest.raises(ElectionError, match=f"rule {rule} does not fit scoring ballots"):
            voting.tally(scored, rule)
        assert voting.tally(voting.as_approval(scored), rule).winners == ("a",)
    against = voting.election({"a": 1, "b": 1}, [{"a": 3, "b": -1}], 9, vote_type="scoring")
    with pytest.raises(ElectionError, match="does not fit ballots with negative points"):
        voting.tally(against, "equal_shares")
    assert voting.tally(against).winners == ("a",)
    totals = replace(scored, ballots=None)
    with pytest.raises(ElectionError, match=r"rule equal_shares needs ballots"):
        voting.tally(totals, "equal_shares")


def test_an_unknown_rule_or_option_is_refused_with_what_is_near():
    vote = two_groups()
    for text, message in {
        "equal_share": r"'equal_share' is not a voting rule. Did you mean equal_shares\?",
        "greedy:buy=votes": r"'buy' is not an option\n  Did you mean by\?",
        "greedy:by=age": r"option by: Input should be 'points'",
        "greedy:votes": r"'votes' is not an option.\n  Write option=value",
        "equal_shares:step=0": r"option step: Input should be greater than 0",
        "lottery:seed=1": r"'seed' is not an option\n  The rule has no options",
    }.items():
        with pytest.raises(ElectionError, match=message):
            voting.tally(vote, text)
    with pytest.raises(ElectionError, match=r"step = 0.001 is less than the smallest unit"):
        voting.tally(vote, "equal_shares:completion=add1,step=0.001")


def test_maximin_support_ends_at_twenty_projects():
    vote = voting.election(
        {f"p{i:02}": 1 for i in range(21)}, [[f"p{i:02}"] for i in range(21)], 21
    )
    with pytest.raises(
        ElectionError, match=r"would fund more than 20 projects.\n  Use rule phragmen"
    ):
        voting.tally(vote, "maximin_support")


def test_an_election_with_faults_cannot_be_made():
    with pytest.raises(ElectionError, match="budget = 0 is not above 0"):
        voting.election({"a": 1}, [["a"]], 0)
    with pytest.raises(ElectionError, match="there is no project"):
        voting.election({}, [], 1)
    limits = voting.Limits(max_length=1)
    with pytest.raises(ElectionError, match="ballot 2: 2 projects, over the most, 1"):
        voting.election({"a": 1, "b": 1}, [["a"], ["a", "b"]], 1, limits=limits)
    with pytest.raises(ElectionError, match="over 9007199254740992 minor units"):
        voting.election({"a": 10**16}, [["a"]], 1)
    with pytest.raises(KeyError, match="pool: no project of that id"):
        voting.election({"a": 1}, [["pool"]], 1)


def nearly_equal(seed):
    """Costs that differ in the thirteenth digit, after payments that no float holds."""
    draw = np.random.default_rng(seed)
    n_projects, n_voters = 8, 13
    costs = [int(3 * 10**12 + draw.integers(0, 3)) for _ in range(n_projects)]
    ballots = [sorted(np.flatnonzero(draw.random(n_projects) < 0.5)) for _ in range(n_voters)]
    return costs, ballots, 13 * 10**12 + int(draw.integers(0, 3))


def test_prices_that_floats_cannot_tell_apart_are_compared_exactly(monkeypatch):
    decided = []
    usual = SharesRun._decide
    monkeypatch.setattr(SharesRun, "_decide", lambda *one: (decided.append(1), usual(*one))[1])
    for seed in range(60):
        costs, ballots, budget = nearly_equal(seed)
        named = [[f"p{j}" for j in ballot] for ballot in ballots]
        vote = voting.election({f"p{j}": cost for j, cost in enumerate(costs)}, named, budget)
        points = [dict.fromkeys(ballot, 1) for ballot in ballots]
        for satisfaction in ("cost", "cardinality"):
            utility = (lambda j, _, costs=costs: costs[j]) if satisfaction == "cost" else (
                lambda _, __: 1)  # fmt: skip
            wanted = naive.equal_shares(costs, points, budget, utility)
            found = voting.tally(vote, f"equal_shares:satisfaction={satisfaction}")
            assert list(found.order) == wanted
        approvals = [set(ballot) for ballot in ballots]
        assert list(voting.tally(vote, "phragmen").order) == naive.phragmen(
            costs, approvals, budget
        )
    assert decided


def test_an_election_without_ballots_on_it_funds_nothing():
    vote = voting.election({"a": 1}, [[]], 9)
    for rule in ("greedy", "equal_shares", "phragmen", "maximin_support"):
        assert voting.tally(vote, rule).winners == ()


def test_kernels_are_compiled_for_one_kind_of_arrays():
    scored = voting.election({"a": 2, "b": 1}, [{"a": 3, "b": 2}], 2, vote_type="scoring")
    for vote in (two_groups(), scored):
        voting.measure(vote, voting.tally(vote, "equal_shares:satisfaction=points"))
    voting.tally(two_groups(), "phragmen")
    for kernel in (
        ballot_kernels.supporters_of,
        ballot_kernels.approvers_of,
        ballot_kernels.sums_of_ballots,
        ballot_kernels.funded_for,
        equal_shares.run_rounds,
        phragmen.run_purchases,
        phragmen.purchase,
    ):
        assert len(kernel.signatures) <= 1, kernel
