"""`twin vote` counts a file under several rules."""

import json

import pytest

from tests.unit.voting.ballot_files import PROJECTS, pb_text, write
from twin.cli.app import main


def run(capsys, *arguments):
    code = 0
    try:
        main([str(one) for one in arguments])
    except SystemExit as stop:
        code = stop.code or 0
    return code, capsys.readouterr()


def test_rules_stand_side_by_side(tmp_path, capsys):
    path = write(tmp_path, pb_text())
    command = ("vote", path, "--rule", "equal_shares", "--against", "greedy", "phragmen")
    code, out = run(capsys, *command, "--population", "16")
    assert code == 0
    for words in ("equal_shares", "greedy", "phragmen", "funded", "turnout", "0.25", "Bench"):
        assert words in out.out, words


def test_json_holds_winners_costs_and_measures(tmp_path, capsys):
    projects = [f"{PROJECTS[0]};selected", *(f"{one};{i}" for i, one in enumerate(PROJECTS[1:]))]
    path = write(tmp_path, pb_text(projects=projects))
    code, out = run(capsys, "vote", path, "--rule", "greedy", "--json")
    assert code == 0
    found = json.loads(out.out)
    recorded, greedy = found["outcomes"]
    assert recorded["rule"] == "recorded"
    assert recorded["winners"] == ["lights", "7"]
    assert greedy["winners"] == ["lights", "park"]
    assert greedy["fates"]["7"] == "not_reached"
    assert greedy["spent"] == found["budget"] == 100
    assert greedy["measures"]["exclusion_ratio"] == 0


def test_budget_scores_and_approvals_can_be_given(tmp_path, capsys):
    meta = {"vote_type": "ordinal", "max_length": "2"}
    path = write(tmp_path, pb_text(meta=meta))
    scores = write(tmp_path, "project_id,score\n7,3\nlights,1\n", "scores.csv")
    command = ("vote", path, "--rule", "phragmen", "--as-approval", "--budget", "60.5")
    code, out = run(capsys, *command, "--against", "expert_choice", "--scores", scores, "--json")
    assert code == 0
    outcomes = json.loads(out.out)["outcomes"]
    assert outcomes[1]["winners"] == ["7", "lights"]
    assert "read as approvals" in out.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--rule", "equal_share"), "Did you mean equal_shares?"),
        (("--budget", "0"), "0 is not an amount above 0"),
        (("--population", "2"), "4 ballots, and population = 2"),
    ],
)
def test_bad_input_leaves_with_two(tmp_path, capsys, arguments, message):
    code, out = run(capsys, "vote", write(tmp_path, pb_text()), *arguments)
    assert code == 2
    assert message in out.err


def test_invalid_ballots_can_be_left_out(tmp_path, capsys):
    path = write(tmp_path, pb_text(votes=("voter_id;vote", "1;park", "2;pool", "3;7", "4;7")))
    code, out = run(capsys, "vote", path)
    assert code == 2
    assert "pool" in out.err
    code, out = run(capsys, "vote", path, "--leave-out-invalid")
    assert code == 0
    assert "1 of 4 ballots are invalid and left out" in out.err


def test_many_projects_are_cut_to_those_funded(tmp_path, capsys):
    projects = ["project_id;cost", *(f"p{i};10" for i in range(70))]
    votes = ["voter_id;vote", "1;p0", "2;p1"]
    text = pb_text(meta={"num_projects": "70", "num_votes": "2"}, projects=projects, votes=votes)
    code, out = run(capsys, "vote", write(tmp_path, text))
    assert code == 0
    assert "68 projects that no rule funds are not shown" in out.out
