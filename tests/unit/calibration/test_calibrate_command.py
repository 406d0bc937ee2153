"""`twin calibrate` from a folder of CSV files to a city that runs."""

import json

import numpy as np
import pytest

from gis.synthesise import synthesise
from tests.made_records import write_records
from twin.assets import Assets
from twin.assets.knowledge.knowledge import Knowledge
from twin.city.bundle import load_city, save_city
from twin.cli.app import main
from twin.core.errors import ScenarioError
from twin.scenario import load_scenario


def twin(*words):
    """Run a command and return its exit code."""
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    return left.value.code or 0


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    city = synthesise(people=2_000, seed=1)
    save_city(city, folder / "city")
    write_records(city, folder / "records")
    given = ("--records", folder / "records", "--out", folder / "out")
    assert twin("calibrate", folder / "city", *given, "--backtest", 2018, "--draws", 2) == 0
    return folder


def test_it_writes_what_its_help_names(made):
    names = ("calibrated.yaml", "draw_001.yaml", "draw_002.yaml", "city/city.json",
             "calibration.md", "calibration.json", "forecast.csv", "pipes.csv", "reporting.csv",
             "left_out.csv", "backtest.md", "backtest.png")  # fmt: skip
    for name in names:
        assert (made / "out" / name).is_file(), name


def test_the_scenario_runs_on_fitted_numbers_and_says_which(made, capsys):
    scenario = load_scenario(made / "out" / "calibrated.yaml")
    fitted = {one.parameter for one in scenario.fitted}
    assert fitted
    assert set(scenario.parameters.changed()) <= fitted
    assert {one["parameter"] for one in scenario.resolved()["fitted"]} == fitted
    draw = load_scenario(made / "out" / "draw_001.yaml")
    assert draw.parameters.changed() != scenario.parameters.changed()
    assert twin("parameters", "networks.water", made / "out" / "calibrated.yaml", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    grades = {one["path"]: one["grade"] for one in shown["parameters"]}
    assert all(grades[path] == "fitted" for path in fitted)
    assert shown["grades"]["fitted"] == len(fitted)
    assert {"measured", "literature", "guess"} <= shown["grades"].keys()


def test_a_fitted_number_that_is_no_parameter_is_refused(made):
    path = made / "out" / "wrong.yaml"
    text = (made / "out" / "calibrated.yaml").read_text()
    path.write_text(text.replace("cast_iron.level_per_km_year", "cast_iron.level", 1))
    with pytest.raises(ScenarioError, match=r"wrong.yaml:\d+:\d+: fitted\[\d\].parameter"):
        load_scenario(path)


def test_breaks_on_record_and_closed_valves_are_the_first_day_of_a_run(made):
    city = load_city(made / "out" / "city")
    edges = city.network_edges("water")
    assert edges["recorded_breaks"].sum() > 20
    assert edges["recorded_years"].max() == pytest.approx(20.0, abs=0.01)
    assert edges["valve_shut"].sum() == 1
    assets = Assets(city, 2025, 1)
    rows = assets.rows("water")
    assert assets.valve_shut[rows].sum() == 1
    hidden = assets.hidden.factor(rows)
    broken = assets.recorded_breaks[rows] > 1
    assert hidden[broken].mean() > 2 * hidden[~broken].mean()
    known = Knowledge(assets, city)
    assert (known.breaks[rows] == assets.recorded_breaks[rows]).all()
    shut = int(np.flatnonzero(assets.valve_shut)[0])
    assets.renew(shut)
    assert not assets.valve_shut.any()


def test_it_runs_a_week_with_the_closed_valve(made, tmp_path):
    assert twin("run", made / "out" / "calibrated.yaml", "--days", 7, "--out", tmp_path) == 0
    manifest = next(tmp_path.rglob("manifest.json"))
    assert json.loads(manifest.read_text())["resolved"]["fitted"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--backtest", "2006"], "name a year between"),
        (["--records", "nowhere"], "records.yaml: E-UNREADABLE"),
    ],
)
def test_bad_input_leaves_with_two(made, tmp_path, capsys, change, message):
    given = {"--records": str(made / "records"), "--out": str(tmp_path / "out")}
    given |= dict([change])
    words = [word for pair in given.items() for word in pair]
    assert twin("calibrate", made / "city", *words) == 2
    assert message in capsys.readouterr().err


def test_reports_alone_are_enough(made, tmp_path):
    recipe = (made / "records" / "records.yaml").read_text()
    (tmp_path / "records.yaml").write_text("reports:" + recipe.split("reports:")[1])
    for name in ("log109.csv", "valves.csv"):
        (tmp_path / name).write_bytes((made / "records" / name).read_bytes())
    given = ("--records", tmp_path, "--out", tmp_path / "out")
    assert twin("calibrate", made / "city", *given) == 0
    assert (tmp_path / "out" / "reporting.csv").is_file()
    assert not (tmp_path / "out" / "calibrated.yaml").exists()
    assert twin("calibrate", made / "city", *given, "--backtest", 2018) == 2
