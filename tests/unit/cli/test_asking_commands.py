"""`twin new` writes a scenario, `twin plan` prints it in words; everyday names are answered."""

import json

import pytest
from typer.testing import CliRunner

from twin.cli.app import app
from twin.cli.check import expected_time
from twin.cli.new import file_name
from twin.core.errors import ScenarioError
from twin.scenario import load_scenario, scenario_from_text

ANSWERS = "Поможет ли?\n3 000\n2\ntariff.bill_kzt_per_person_month={2026: 3000, 2027: 6000}\n\n"


@pytest.fixture
def run():
    return CliRunner().invoke


def test_five_answers_make_a_scenario(run, tmp_path):
    file = tmp_path / "Моя задача 1.yaml"
    done = run(app, ["new", str(file)], input=ANSWERS)
    assert done.exit_code == 0, done.output
    scenario = load_scenario(file)
    assert scenario.question == "Поможет ли?"
    assert scenario.city.synthesise.people == 3_000
    changed = scenario.arms["changed"]
    assert changed.levers_in(2027)["tariff"].bill_kzt_per_person_month == 6_000


def test_nothing_is_written_over_or_written_wrong(run, tmp_path):
    file = tmp_path / "a.yaml"
    given = ["new", str(file), "--question", "q", "--city", "3000", "--years", "2"]
    wrong = run(app, [*given, "--change", "renewal.ring=1", "--indicators", "trust_mean"])
    assert isinstance(wrong.exception, ScenarioError)
    assert "levers.renewal.ring is not a known key" in str(wrong.exception)
    no_value = run(app, [*given, "--change", "renewal", "--indicators", "trust_mean"])
    assert no_value.exit_code == 2
    assert not file.exists()
    file.write_text("mine")
    assert run(app, ["new", str(file)], input=ANSWERS).exit_code == 2
    assert file.read_text() == "mine"


def test_a_name_is_made_of_any_files_name():
    assert file_name("My Town-2") == "my_town_2"
    assert file_name("Город") == "scenario"
    assert file_name("Город 2") == "scenario_2"


def test_the_plan_is_in_words_with_units_and_years(run, tmp_path):
    file = tmp_path / "a.yaml"
    run(app, ["new", str(file)], input=ANSWERS)
    printed = run(app, ["plan", str(file), "--out", str(tmp_path / "none")]).stdout
    assert "2026: 3000, 2027: 6000" in printed
    assert "chance that a resident reports an outage [share]" in printed
    assert "expected time: not known" in printed


def test_expected_time_follows_finished_runs_of_the_city(tmp_path):
    scenario = scenario_from_text(
        "{scenario: a, question: q, city: {synthesise: {}}, start: 2026-01-01, days: 100}"
    )
    for seed, wall_s in enumerate((10.0, 20.0, 30.0)):
        folder = tmp_path / "town" / "a-base-1" / f"seed-{seed}"
        folder.mkdir(parents=True)
        resolved = {"city": scenario.resolved()["city"], "n_days": 10}
        (folder / "manifest.json").write_text(json.dumps({"wall_s": wall_s, "resolved": resolved}))
    torn = tmp_path / "town" / "a-base-1" / "seed-9"
    torn.mkdir()
    (torn / "manifest.json").write_text("{")
    assert "3.3 min a run" in expected_time(scenario, 1, tmp_path)
    assert "3 finished runs" in expected_time(scenario, 1, tmp_path)


@pytest.mark.parametrize(
    ("name", "meant"), [("arrears", "arrears_months"), ("complaints", "reports_per_person_year")]
)
def test_everyday_names_lead_to_the_indicator_that_answers(name, meant):
    with pytest.raises(ScenarioError, match=f"`{meant}` answers it"):
        scenario_from_text(
            "{scenario: a, question: q, city: {synthesise: {}}, start: 2026-01-01, "
            f"indicators: [{name}]}}"
        )
