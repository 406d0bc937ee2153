"""Files of votes are read as they are found; every fault has a line and a cure."""
# ruff: noqa: E501 - a table of faults, one a line

import re
from itertools import pairwise

import pytest

from tests.unit.voting.ballot_files import PROJECTS, VOTES, pb_text, write
from twin import voting
from twin.core.errors import ElectionError
from twin.voting.rules import count_ballots

ORDINAL = {"vote_type": "ordinal", "max_length": "2"}
CUMULATIVE = {"vote_type": "cumulative", "max_sum_points": "5", "num_votes": "2"}
WITH_POINTS = ("voter_id;vote;points", "1;park,7;3,2", "2;lights;5")


def read(folder, text, **options):
    return voting.read_pb(write(folder, text), **options)


def rows(election):
    start = election.ballots.start
    ids = election.projects.project_id
    return [[ids[j] for j in election.ballots.project[a:b]] for a, b in pairwise(start)]


def test_projects_ballots_and_money_are_those_of_the_file(tmp_path):
    found = read(tmp_path, pb_text())
    assert found.projects.project_id == ("park", "lights", "7")
    assert [found.money(cost) for cost in found.projects.cost] == [60.0, 40.0, 20.5]
    assert (found.decimals, found.budget) == (1, 1000)
    assert rows(found) == [["park", "lights"], ["lights"], ["7", "park"], ["lights"]]
    assert found.meta["country"] == "Kazakhstan"
    assert found.ballots.more["age"].to_pylist() == ["34", "51", "23", "19"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(";", "; ").replace(",", ", "),
        lambda text: text.replace("VOTES\n", "\n\nVOTES\n").replace("1;34", "\n1;34"),
        lambda text: text.replace("META", "meta").replace("PROJECTS", "Projects"),
        lambda text: text.replace("VOTES\n", "VOTES;;\n").replace("voter_id", "Voter_ID"),
        lambda text: text.replace("20.50", "20,50"),
        lambda text: text.replace("60;2", "6 0;2"),
        lambda text: text.replace("Park", '"Park; with ""trees"""'),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("park,lights", "park,lights,"),
    ],
)  # fmt: skip
def test_dialects_of_real_files_are_the_same_vote(tmp_path, change):
    usual = read(tmp_path, pb_text())
    found = read(tmp_path, change(pb_text()))
    assert found.budget == usual.budget
    assert found.projects.cost.tolist() == usual.projects.cost.tolist()
    assert voting.tally(found).winners == voting.tally(usual).winners
    assert found.notes == ()


def test_an_ordinal_ballot_gives_points_by_borda(tmp_path):
    found = read(tmp_path, pb_text(meta=ORDINAL))
    assert found.ballots.points.tolist() == [2, 1, 2, 2, 1, 2]


def test_points_of_a_cumulative_ballot_are_read(tmp_path):
    found = read(tmp_path, pb_text(meta=CUMULATIVE, votes=WITH_POINTS))
    assert found.ballots.points.tolist() == [3, 2, 5]
    assert voting.tally(found, "equal_shares:satisfaction=points").winners == ("7", "lights")


def test_a_default_score_is_given_to_every_project_not_named(tmp_path):
    meta = {"vote_type": "scoring", "default_score": "-1", "num_votes": "2"}
    found = read(tmp_path, pb_text(meta=meta, votes=WITH_POINTS))
    assert found.ballots.points.tolist() == [3, -1, 2, -1, 5, -1]


def test_districts_exclusions_and_part_funding_are_read(tmp_path):
    projects = (
        "project_id;cost;least_cost;district;category;exclusion_group",
        "park;60;30;North;greenery,sport;",
        "lights;40;40;South;roads;a",
        "7;20;20;;;a,b",
    )
    votes = ("voter_id;district;vote", "1;North;park", "2;South;lights", "3;;7", "4;East;7")
    found = read(tmp_path, pb_text(projects=projects, votes=votes))
    assert found.districts == ("North", "South", "East")
    assert found.projects.district.tolist() == [0, 1, -1]
    assert found.ballots.district.tolist() == [0, 1, -1, 2]
    assert found.projects.exclusions == ((1, 2),)
    assert found.projects.least_cost.tolist() == [30, 40, 20]
    assert found.projects.categories == (("greenery", "sport"), ("roads",), ())


def test_votes_counted_otherwise_in_the_file_are_noted(tmp_path):
    found = read(tmp_path, pb_text().replace("park;60;2", "park;60;9"))
    (note,) = found.notes
    assert note == "the column votes of 1 projects differs from the ballots: park 9, counted 2"


FAULTS = {
    "budget missing": ({"meta": {"budget": None}}, r":2: META has no budget\n  Add a line"),
    "budget no number": ({"meta": {"budget": "much"}}, r":9: budget = 'much' is not a number"),
    "budget zero": ({"meta": {"budget": "0"}}, r"budget = 0 is not above 0"),
    "type missing": ({"meta": {"vote_type": None}}, r":2: META has no vote_type"),
    "type unknown": ({"meta": {"vote_type": "aproval"}}, r":10: vote_type = 'aproval'\n.*approval\?"),
    "cut short": ({"votes": VOTES[:3]}, r":8: num_votes = 4, and VOTES has 2 rows\n.*cut short"),
    "projects missing": ({"projects": PROJECTS[:3], "votes": (*VOTES[:3], "3;23;park", VOTES[4])},
                         r":7: num_projects = 3, and PROJECTS has 2 rows"),
    "limits crossed": ({"meta": {"min_length": "3", "max_length": "1"}},
                       r":12: min_length = 3 is over max_length = 1"),
    "half a vote": ({"meta": {"max_length": "1.5"}}, r":12: max_length = 1.5 is not a whole number"),
    "negative cost": ({"projects": (*PROJECTS[:2], "lights;-40;3;L", PROJECTS[3])},
                      r"project lights: cost = -40 is under 0"),
    "cost no number": ({"projects": (*PROJECTS[:2], "lights;dear;3;L", PROJECTS[3])},
                       r":15: cost = 'dear' is not a number"),
    "no cost": ({"projects": tuple(one.replace(";cost", ";price") for one in PROJECTS)},
                r"PROJECTS has no column cost; columns: project_id, price"),
    "project twice": ({"projects": (*PROJECTS[:3], "park;1;0;P")},
                      r":16: project park stands twice in PROJECTS"),
    "no project id": ({"projects": (*PROJECTS[:3], ";1;0;P")}, r":16: the project has no project_id"),
    "comma in id": ({"projects": (*PROJECTS[:3], "a,b;1;0;P")}, r":16: project_id 'a,b' contains a comma"),
    "unknown project": ({"votes": (*VOTES[:4], "4;19;lights,pool")},
                        r":22: the ballot names project 'pool', which is not in PROJECTS"),
    "project twice on a ballot": ({"votes": (*VOTES[:4], "4;19;lights,lights")},
                                  r":22: project lights is named twice"),
    "voter twice": ({"votes": (*VOTES[:4], "2;19;lights")}, r":22: voter 2 has a ballot already"),
    "no voter id": ({"votes": (*VOTES[:4], ";19;lights")}, r":22: the ballot has no voter_id"),
    "no vote column": ({"votes": ("voter_id;choice", "1;park", "2;park", "3;park", "4;7")},
                       r"VOTES has no column vote; columns: voter_id, choice"),
    "no voter column": ({"votes": ("vote", "park", "park", "7", "7")}, r"VOTES has no column voter_id"),
    "long ballot": ({"meta": {"max_length": "1"}}, r":20: 2 projects, over the most, 1"),
    "dear ballot": ({"meta": {"max_sum_cost": "80"}}, r":20: cost 100 in sum, over the most, 80"),
    "row too long": ({"votes": (*VOTES[:4], "4;19;lights;x")}, r":22: 4 cells; VOTES has 3 columns"),
    "row too short": ({"projects": (*PROJECTS[:3], "7;20")}, r":16: 2 cells; PROJECTS has 4 columns"),
    "column twice": ({"votes": ("voter_id;vote;vote", "1;7;7", "2;7;7", "3;7;7", "4;7;7")},
                     r"column vote stands twice in VOTES"),
    "no points": ({"meta": {"vote_type": "cumulative"}}, r"a cumulative vote needs a column points"),
    "fewer points": ({"meta": CUMULATIVE, "votes": (*WITH_POINTS[:2], "2;lights;")},
                     r":21: 0 points for 1 projects"),
    "points no number": ({"meta": CUMULATIVE, "votes": (*WITH_POINTS[:2], "2;lights;2.5")},
                         r":21: points '2.5' are not whole numbers"),
    "too many points": ({"meta": {**CUMULATIVE, "max_sum_points": "4"}, "votes": WITH_POINTS},
                        r":21: 5 points in sum, over the most, 4"),
    "many for one": ({"meta": {**CUMULATIVE, "max_points": "4"}, "votes": WITH_POINTS},
                     r":22: 5 points to one project; allowed: 0 to 4"),
    "negative points": ({"meta": CUMULATIVE, "votes": (*WITH_POINTS[:2], "2;lights;-1")},
                        r":21: -1 points to one project"),
    "key twice": ({"meta": {"x;1\nbudget": "5"}}, r"budget is given twice in META"),
    "address flag": ({"meta": {"address_bound": "yes"}}, r"address_bound = 'yes' is neither 0 nor 1"),
    "least cost": ({"projects": ("project_id;cost;least_cost", "park;60;70", "lights;40;", "7;20;")},
                   r"project park: least_cost = 70 is not between 0 and the cost, 60"),
    "least cost no number": ({"projects": ("project_id;cost;least_cost", "park;60;x", "lights;40;", "7;2;")},
                             r":14: least_cost = 'x' is not a number"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_reported_with_its_line_and_a_cure(tmp_path, name):
    changes, message = FAULTS[name]
    with pytest.raises(ElectionError, match=message) as caught:
        read(tmp_path, pb_text(**changes))
    assert all(fault.mend for fault in caught.value.faults)


def test_voters_name_projects_of_their_own_district_where_addresses_bind(tmp_path):
    projects = ("project_id;cost;district", "park;60;North", "lights;40;South", "7;20;")
    votes = ("voter_id;vote;district", "1;park,7;North", "2;park;South", "3;7;", "4;park;")
    text = pb_text(meta={"address_bound": "1"}, projects=projects, votes=votes)
    message = r":21: a voter of South names project park of North(.|\n)*:23: a voter of no known"
    with pytest.raises(ElectionError, match=message):
        read(tmp_path, text)


def test_all_faults_are_reported_at_once(tmp_path):
    text = pb_text(meta={"budget": None, "num_votes": "9"}, votes=(*VOTES[:4], "4;19;pool"))
    with pytest.raises(ElectionError) as caught:
        read(tmp_path, text)
    assert len(caught.value.faults) == 3


def test_lines_are_right_after_blank_and_quoted_lines(tmp_path):
    projects = (*PROJECTS[:3], '7;20;1;"Bench\nby the river"')
    text = pb_text(projects=projects, votes=(*VOTES[:2], "", *VOTES[2:4], "4;19;pool"))
    line = text.splitlines().index("4;19;pool") + 1
    with pytest.raises(ElectionError, match=rf":{line}: the ballot names project 'pool'"):
        read(tmp_path, text)


def test_invalid_ballots_can_be_left_out_with_a_note(tmp_path):
    votes = (*VOTES[:3], "3;23;pool", "2;19;park")
    text = pb_text(votes=votes).replace(";votes;", ";was;")
    found = read(tmp_path, text, invalid_ballots="leave_out")
    assert rows(found) == [["park", "lights"], ["lights"]]
    assert found.ballots.more["voter_id"].to_pylist() == ["1", "2"]
    assert re.match(r"2 of 4 ballots are invalid and left out \(1 times", found.notes[0])


@pytest.mark.parametrize("cut", ["VOTES", "PROJECTS", "META"])
def test_a_file_that_ends_before_a_section_is_refused(tmp_path, cut):
    text = pb_text()
    with pytest.raises(ElectionError, match=f"the file ends without section {cut}\n.*cut short"):
        read(tmp_path, text[: text.index(cut)])


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "vote.pb"
    path.write_bytes(pb_text(projects=(*PROJECTS[:3], "7;20;1;Ławka")).encode("cp1250"))
    with pytest.raises(ElectionError, match=r"vote.pb:16: byte 0xa3 is not UTF-8\n.*UTF-8"):
        voting.read_pb(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ElectionError, match=r"none.pb: cannot be read: No such file"):
        voting.read_pb(tmp_path / "none.pb")


def test_points_of_real_ordinal_votes_are_those_the_city_counted(shared_data):
    for path in sorted((shared_data / "participation").glob("poland_krakow_*.pb")):
        found = voting.read_pb(path)
        stated = [int(text) for text in found.projects.more["score"]]
        assert count_ballots(found).score.tolist() == stated, path.stem


def test_every_real_file_is_read_without_fault_and_without_note(shared_data):
    paths = sorted((shared_data / "participation").glob("*.pb"))
    assert len(paths) == 36
    for path in paths:
        assert voting.read_pb(path).notes == (), path.stem
