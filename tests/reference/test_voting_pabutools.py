"""The same winners as pabutools on real votes, where it is installed (GPL, so never needed)."""

import os
from pathlib import Path

import pytest

from twin import voting
from twin.voting.election import VoteType

parse = pytest.importorskip("pabutools.election", reason="pabutools is not installed")
peer = pytest.importorskip("pabutools.rules")

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("TWIN_TEST_DATA", ROOT.parent / "shared" / "data")) / "participation"
FILES = sorted(DATA.glob("*.pb"))
TWIN_RULE = {
    "equal_shares:satisfaction=cost": "Cost_Sat",
    "equal_shares:satisfaction=cardinality": "Cardinality_Sat",
    "equal_shares:completion=add1": "Cost_Sat",
}


@pytest.fixture(params=FILES, ids=lambda path: path.stem, scope="module")
def both(request):
    """The same vote, read by both; equal ballots together, which pabutools needs to be quick."""
    instance, profile = parse.parse_pabulib(str(request.param))
    ours = voting.read_pb(request.param)
    if ours.ballots.vote_type is VoteType.ORDINAL:
        profile = with_points(profile, ours.limits.max_length)
    return ours, instance, profile


def with_points(profile, most):
    """Ordinal ballots as points 3, 2, 1, as the cities count; pabutools gives 2, 1, 0."""
    return parse.CardinalProfile(
        [
            parse.CardinalBallot({project: most - place for place, project in enumerate(ballot)})
            for ballot in profile
        ]
    )


def names(projects):
    return tuple(sorted(project.name for project in projects))


def test_both_read_the_same(both):
    ours, instance, profile = both
    assert len(ours.projects) == len(instance)
    assert ours.n_voters == profile.num_ballots()
    assert ours.money(ours.budget) == pytest.approx(float(instance.budget_limit))


def test_greedy_has_the_same_winners(both):
    ours, instance, profile = both
    if ours.ballots.vote_type is VoteType.APPROVAL:
        ballots, spec, measure = profile.as_multiprofile(), "greedy", parse.Cost_Sat
    else:
        ballots, spec, measure = profile, "greedy:by=points_per_cost", parse.Additive_Cardinal_Sat
    found = peer.greedy_utilitarian_welfare(instance, ballots, sat_class=measure)
    assert voting.tally(ours, spec).winners == names(found)


@pytest.mark.parametrize("spec", TWIN_RULE)
def test_equal_shares_has_the_same_winners(both, spec):
    ours, instance, profile = both
    is_approval = ours.ballots.vote_type is VoteType.APPROVAL
    if "add1" in spec and not is_approval:
        pytest.skip("minutes in pabutools")
    found = peer.method_of_equal_shares(
        instance,
        profile.as_multiprofile() if is_approval else profile,
        sat_class=getattr(parse, TWIN_RULE[spec]),
        voter_budget_increment=1 if "add1" in spec else None,
    )
    assert voting.tally(ours, spec).winners == names(found)


def test_equal_shares_by_points_has_the_same_winners(both):
    ours, instance, profile = both
    if ours.ballots.vote_type is VoteType.APPROVAL:
        pytest.skip("approvals have no points")
    found = peer.method_of_equal_shares(instance, profile, sat_class=parse.Additive_Cardinal_Sat)
    assert voting.tally(ours, "equal_shares:satisfaction=points").winners == names(found)


def test_phragmen_has_the_same_winners(both):
    ours, instance, profile = both
    if ours.ballots.vote_type is not VoteType.APPROVAL:
        pytest.skip("pabutools applies Phragmen to approvals alone")
    found = peer.sequential_phragmen(instance, profile.as_multiprofile())
    assert voting.tally(ours, "phragmen").winners == names(found)


def test_maximin_support_has_the_same_winners(both):
    ours, instance, profile = both
    if ours.ballots.vote_type is not VoteType.APPROVAL or ours.n_voters > 120:
        pytest.skip("pabutools solves a linear program a candidate and round")
    found = peer.maximin_support(instance, profile)
    assert voting.tally(ours, "maximin_support").winners == names(found)
