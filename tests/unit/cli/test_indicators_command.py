"""`twin indicators` lists the catalogue, frames, and what a run shows of them."""

import json
import math

import pandas as pd
import pytest

from twin.cli.app import main
from twin.experiment.store import write_run
from twin.model.tables import RUN_TABLES, RunResult

VALUES = {"trust_mean": 0.5, "participation_rate": 0.1, "vote_turnout": math.nan}
MANIFEST = {
    "run_id": "r1",
    "seed": 1,
    "arm": "base",
    "scenario": "town",
    "resolved": {"levers": {"institutions": {"integrity": 0.7}}},
}


@pytest.fixture
def run_folder(tmp_path):
    frames = {
        table.name: pd.DataFrame({column.name: [] for column in table.columns})
        for table in RUN_TABLES
    }
    rows = [("run", "2026-01-01", "2026-12-31", kind, "", value) for kind, value in VALUES.items()]
    columns = [column.name for column in RUN_TABLES[0].columns]
    frames["indicators"] = pd.DataFrame(rows, columns=columns)
    write_run(RunResult(**frames, invariants={}, solves={}), tmp_path / "seed-1", MANIFEST)
    return tmp_path / "seed-1"


def twin(capsys, *arguments):
    """Run a command; return its exit code and what it printed."""
    code = 0
    try:
        main([str(one) for one in ("indicators", *arguments)])
    except SystemExit as stop:
        code = stop.code or 0
    return code, capsys.readouterr()


def test_the_catalogue_has_unit_direction_formula_and_source(capsys):
    code, out = twin(capsys, "--json")
    found = json.loads(out.out)
    rows = {row["indicator"]: row for row in found["indicators"]}
    assert code == 0
    assert rows["leakage_share"] == {
        "indicator": "leakage_share",
        "unit": "share",
        "better": "-",
        "formula": "Water leaked over water produced.",
        "source": "real losses, IWA water balance",
    }
    assert "iso37120" in found["views"]


def test_the_catalogue_and_a_view_print_tables(capsys):
    assert "published frames (--view): etalon2025" in twin(capsys)[1].out
    code, out = twin(capsys, "--view", "governance")
    assert code == 0
    assert "governance: 0 of 6 computed in whole, 2 in part, 2 set by a lever" in out.out
    assert "lever institutions.integrity" in out.out


def test_a_run_gives_values_to_the_catalogue(capsys, run_folder):
    rows = json.loads(twin(capsys, run_folder, "--json")[1].out)["indicators"]
    values = {row["indicator"]: row["value"] for row in rows}
    assert values["trust_mean"] == 0.5
    assert values["vote_turnout"] is values["cold_hours"] is None
    assert "not defined" in twin(capsys, run_folder)[1].out


def test_a_run_gives_scores_values_and_settings_to_a_view(capsys, run_folder):
    _, out = twin(capsys, run_folder, "--view", "smart_domains", "--json")
    items = {item["id"]: item for item in json.loads(out.out)["items"]}
    people = items["people"]["run"]  # 0.1 of a scale to 0.2, and no vote counted as 0
    assert people["score"] == pytest.approx(0.25)
    assert people["assumed"] == ["vote_turnout"]
    assert items["living"]["run"]["score"] is None
    _, out = twin(capsys, run_folder, "--view", "governance", "--json")
    items = {item["id"]: item for item in json.loads(out.out)["items"]}
    assert items["rule_of_law"]["run"] == {"setting": 0.7}
    printed = twin(capsys, run_folder, "--view", "smart_domains")[1].out
    assert "0.25" in printed
    assert "not defined, counted as stated: vote_turnout" in " ".join(printed.split())


def test_an_unknown_view_and_a_folder_without_a_run_leave_with_two(capsys, tmp_path):
    code, out = twin(capsys, "--view", "iso37121")
    assert code == 2
    assert "is not known" in out.err
    assert twin(capsys, tmp_path)[0] == 2
