"""Measures of an outcome on votes worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from twin import voting
from twin.core.errors import ElectionError


def vote():
    made = voting.election({"a": 60, "b": 40, "c": 30}, [["a"], ["a"], ["a", "b"], ["c"]], 100)
    categories = (("roads",), ("roads", "sport"), ("sport",))
    return replace(made, projects=replace(made.projects, categories=categories))


def test_measures_of_a_small_vote():
    election = vote()
    found = voting.measure(election, voting.tally(election), population=16)
    assert (found.n_funded, found.spent_share) == (2, 1.0)
    assert found.turnout == 0.25
    assert found.exclusion_ratio == 0.25  # who wants c alone
    assert found.value_gini == pytest.approx(((100 - 0) + 2 * (100 - 60) + 2 * 60) / (4 * 220))
    assert found.money_by_category == {"roads": 0.8, "sport": 0.2}
    assert found.votes_by_category == pytest.approx({"roads": 0.7, "sport": 0.3})
    assert found.district_gini is None


def test_money_of_districts_is_compared_by_voter():
    election = vote()
    election = replace(
        election,
        districts=("north", "south"),
        projects=replace(election.projects, district=np.array([0, 1, 1], dtype=np.int32)),
        ballots=replace(election.ballots, district=np.array([0, 0, 0, 1], dtype=np.int32)),
    )
    outcome = voting.tally(election)  # 60 for three voters, 40 for one
    assert voting.measure(election, outcome).district_gini == pytest.approx(20 / (2 * 60))
    unknown = np.full(4, -1, dtype=np.int32)
    election = replace(election, ballots=replace(election.ballots, district=unknown))
    assert voting.measure(election, outcome).district_gini == pytest.approx(20 / (2 * 100))


def test_a_group_that_could_pay_for_its_project_has_a_reason_to_complain():
    ballots = [["a"], ["a"], ["b"], ["b"]]
    election = voting.election({"a": 90, "b": 50}, ballots, 100)
    assert voting.ejr_plus_violations(election, voting.tally(election)) == ("b",)  # a by a tie
    dearer = voting.election({"a": 60, "b": 50}, [["a"], ["a"], *ballots], 100)
    outcome = voting.tally(dearer)
    assert outcome.winners == ("a",)
    assert voting.ejr_plus_violations(dearer, outcome) == ()  # b's third of 100 is below 50
    cheaper = voting.election({"a": 80, "b": 33}, [["a"], ["a"], *ballots], 100)
    assert voting.ejr_plus_violations(cheaper, voting.tally(cheaper)) == ("b",)


def test_what_is_barred_is_no_violation():
    election = voting.election({"a": 10, "b": 10}, [["a", "b"]] * 4, 100)
    election = replace(election, projects=replace(election.projects, exclusions=((0, 1),)))
    assert voting.ejr_plus_violations(election, voting.tally(election)) == ()


def test_totals_alone_have_no_measures_of_voters():
    election = replace(vote(), ballots=None)
    election = replace(election, projects=replace(election.projects, counted=np.array([3, 1, 1])))
    found = voting.measure(election, voting.tally(election), population=9)
    assert (found.turnout, found.exclusion_ratio, found.ejr_plus_violations) == (None, None, None)
    assert found.votes_by_category == pytest.approx({"roads": 0.7, "sport": 0.3})


def test_fewer_people_than_ballots_are_refused():
    election = vote()
    with pytest.raises(ElectionError, match="4 ballots, and population = 3"):
        voting.measure(election, voting.tally(election), population=3)
