"""Votes are written as .pb files, and read from exports of platforms."""
# ruff: noqa: E501 - exports as they are

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.voting.ballot_files import pb_text, write
from twin import voting
from twin.core.errors import ElectionError


def same(one, other):
    """Two elections with the same votes."""
    assert one.projects.project_id == other.projects.project_id
    assert one.projects.exclusions == other.projects.exclusions
    assert one.projects.categories == other.projects.categories
    assert (one.limits, one.districts) == (other.limits, other.districts)
    assert one.money(one.budget) == other.money(other.budget)
    for name in ("cost", "least_cost"):
        values = [[vote.money(v) for v in getattr(vote.projects, name)] for vote in (one, other)]
        assert values[0] == values[1]
    assert one.projects.district.tolist() == other.projects.district.tolist()
    for name in ("start", "project", "points", "district"):
        assert getattr(one.ballots, name).tolist() == getattr(other.ballots, name).tolist()


@given(
    st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9)), min_size=1, max_size=6),
    st.sampled_from(["approval", "cumulative", "scoring", "ordinal"]),
    st.lists(st.integers(0, 10**6), min_size=4, max_size=4),
)
def test_what_is_written_is_read_again(tmp_path_factory, ballots, vote_type, cents):
    costs = {name: cent / 100 for name, cent in zip("abcd", cents, strict=True)}
    approving = vote_type in ("approval", "ordinal")
    given_ballots = [list(one) if approving else one for one in ballots]
    limits = voting.Limits(max_length=4, min_votes=2)
    made = voting.election(costs, given_ballots, 17.5, vote_type=vote_type, limits=limits)
    made = replace(
        made,
        districts=("north", "south"),
        projects=replace(
            made.projects,
            district=np.array([0, 1, -1, 0], dtype=np.int32),
            least_cost=made.projects.cost // 2,
            categories=(("roads",), (), ("sport", "roads"), ()),
            exclusions=((0, 2), (1, 2)),
        ),
    )
    path = voting.write_pb(made, tmp_path_factory.mktemp("votes") / "vote.pb")
    same(voting.read_pb(path), made)


def test_columns_of_the_source_are_kept(tmp_path):
    found = voting.read_pb(write(tmp_path, pb_text(meta={"edition": "6"})))
    again = voting.read_pb(voting.write_pb(found, tmp_path / "again.pb"))
    same(again, found)
    assert again.meta["edition"] == "6"
    assert again.ballots.more.column_names == ["voter_id", "age"]
    assert again.projects.more["votes"] == ("2", "3", "1")


def test_real_files_are_written_and_read_again(shared_data, tmp_path):
    for stem in (
        "krakow_2022_stare-miasto",
        "czestochowa_2020_rakow",
        "warszawa_2019_grochow-centrum",
    ):
        found = voting.read_pb(shared_data / "participation" / f"poland_{stem}.pb")
        same(voting.read_pb(voting.write_pb(found, tmp_path / "again.pb")), found)


def test_totals_cannot_be_written_as_ballots(tmp_path):
    totals = replace(voting.election({"a": 1}, [["a"]], 1), ballots=None)
    with pytest.raises(ElectionError, match=r"a .pb file needs ballots"):
        voting.write_pb(totals, tmp_path / "vote.pb")


DECIDIM = """id;taxonomies/id;taxonomies/name;title/ca;title/en;budget/id;budget_amount;confirmed_votes
7;1, 2;Sport, Roads;Parc;Park;3;6000;40
9;;;Llum;Lights;3;5000;25
"""


def test_projects_of_decidim_are_read(tmp_path):
    path = write(tmp_path, DECIDIM, "projects.csv")
    found = voting.read_decidim(path, budget=10_000)
    assert found.projects.project_id == ("7", "9")
    assert found.projects.counted.tolist() == [40, 25]
    assert found.projects.categories == (("Sport", "Roads"), ())
    assert voting.tally(found).winners == ("7",)


def test_projects_of_decidim_as_json_are_the_same(tmp_path):
    nested = [
        {"id": 7, "title": {"en": "Park"}, "budget": {"id": 3}, "budget_amount": 6000,
         "confirmed_votes": 40, "taxonomies": {"name": [{"en": "Sport"}]}},
        {"id": 9, "title": {"en": "Lights"}, "budget": {"id": 4}, "budget_amount": 5000,
         "confirmed_votes": 25, "taxonomies": {"name": []}},
    ]  # fmt: skip
    path = write(tmp_path, json.dumps(nested), "projects.json")
    with pytest.raises(ElectionError, match=r"projects of 2 budgets: 3, 4\n  Give the budget_id"):
        voting.read_decidim(path, budget=10_000)
    found = voting.read_decidim(path, budget=10_000, budget_id="3")
    assert found.projects.name == ("Park",)
    assert found.projects.categories == (("Sport",),)


ADMIN = """ID,Título,Descripción,Administrador,Evaluador,Grupo,Ámbito,Viabilidad,Fin,Informe,Sel,Vis,Autor
1,Park,Trees,-,-,-,North,"Viable (6.000 €)",Sí,-,Sí,No,ana
2,Lights,"More, light",-,-,-,South,"Viable (5.000 €)",Sí,-,Sí,No,ben
3,Pool,Water,-,-,-,South,Inviable,Sí,dear,No,No,eva
"""
LINES = "id,ballot_id,investment_id,heading_id\n1,10,1,5\n2,10,2,6\n3,11,2,6\n"


def test_investments_and_ballot_lines_of_consul_are_read(tmp_path):
    path = write(tmp_path, ADMIN, "investments.csv")
    lines = write(tmp_path, LINES, "budget_ballot_lines.csv")
    found = voting.read_consul(path, budget=11_000, ballot_lines=lines)
    assert found.projects.project_id == ("1", "2")
    assert found.projects.cost.tolist() == [6000, 5000]
    assert found.districts == ("North", "South")
    assert found.notes == ("1 of 3 investments are not up for the vote",)
    assert voting.tally(found, "equal_shares").winners == ("2",)


def test_the_table_of_investments_of_consul_is_read(tmp_path):
    rows = [
        {"id": 1, "price": 60, "heading_id": 5, "selected": True, "ballot_lines_count": 3},
        {"id": 2, "price": 50, "heading_id": 5, "selected": False, "ballot_lines_count": 0},
    ]
    found = voting.read_consul(write(tmp_path, json.dumps(rows), "table.json"), budget=100)
    assert found.projects.project_id == ("1",)
    assert found.projects.counted.tolist() == [3]


EXPORT_FAULTS = {
    "no column": ("id;title\n1;a\n", r"no column budget_amount, confirmed_votes; columns: id, title"),
    "no number": (DECIDIM.replace("6000", "dear"), r":2: budget_amount = 'dear' is not a number"),
    "no count": (DECIDIM.replace("40", "-4"), r":2: confirmed_votes = -4 is not a count"),
    "cut short": (DECIDIM[:-10], r":3: 6 cells, the file has 8 columns\n.*cut short"),
    "twice": (DECIDIM.replace("\n9", "\n7"), r":3: project 7 stands twice"),
    "not JSON": ('[{"id": 1', r":1:10: not JSON: .*\n.*cut short"),
    "no list": ('{"id": 1}', r"not a list of objects"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORT_FAULTS)
def test_a_fault_of_an_export_is_reported_with_its_line(tmp_path, name):
    text, message = EXPORT_FAULTS[name]
    with pytest.raises(ElectionError, match=message):
        voting.read_decidim(write(tmp_path, text, "export"), budget=10_000)


def test_faults_of_consul_exports_are_reported(tmp_path):
    path = write(tmp_path, ADMIN, "investments.csv")
    with pytest.raises(ElectionError, match=r"the file has no votes\n  Give ballot_lines"):
        voting.read_consul(path, budget=11_000)
    lines = write(tmp_path, LINES.replace("11,2", "11,3"), "lines.csv")
    with pytest.raises(ElectionError, match=r":4: ballot 11 names investment '3', which is not up"):
        voting.read_consul(path, budget=11_000, ballot_lines=lines)
    with pytest.raises(ElectionError, match=r"none.csv: cannot be read"):
        voting.read_consul(tmp_path / "none.csv", budget=1)
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"id,price\n1,\xff\n")
    with pytest.raises(ElectionError, match=r"the file is not UTF-8"):
        voting.read_consul(bad, budget=1)
