"""The command line from outside: exit codes, streams, and what it imports."""

import json
import subprocess
import sys

import pytest

from twin.cli import shown
from twin.cli.app import main, repeat_options
from twin.cli.settings import parse_settings
from twin.cli.shown import imputed_line, parse_seeds, print_json
from twin.core.errors import SolveError
from twin.experiment import runs as runs_module
from twin.experiment import simulate as simulation
from twin.experiment.store import RUN_TABLES
from twin.model.tables import RunResult

GOOD = """
scenario: test
question: Does the fence help?
city: {synthesise: {people: 3000, seed: 1}}
start: 2026-01-01
years: 2
arms: {fence: {levers.renewal.ring_fence_share: 0.5}}
indicators: [breaks_per_km_year, trust_mean]
expect: [{indicator: breaks_per_km_year, arm: fence, sign: "-", because: renewal}]
"""


class FakeCity:
    name = "fake"

    def content_hash(self):
        return "abc"

    def imputed_share(self):
        return {"weather": 1.0, "streets": 0.0}


@pytest.fixture(autouse=True)
def fakes(monkeypatch, tmp_path):
    """Replace city and model by fakes and work in an empty folder."""
    import pandas as pd

    def simulate(_city, scenario, seed, progress=None):
        if scenario.levers["renewal"].ring_fence_share == 1.0:
            raise SolveError("the water solver gave up")
        value = 0.4 - 0.1 * scenario.levers["renewal"].ring_fence_share + 0.01 * seed
        names = [("breaks_per_km_year", "1/(km a)", value), ("trust_mean", "share", 0.5)]
        rows = [("run", "2026-01-01", "2027-12-31", *item) for item in names]
        frames = {
            table.name: pd.DataFrame(
                {
                    column.name: pd.Series(
                        dtype="object" if column.dtype == "str" else column.dtype
                    )
                    for column in table.columns
                }
            )
            for table in RUN_TABLES
        }
        columns = [column.name for column in RUN_TABLES[0].columns]
        frames["indicators"] = pd.DataFrame(rows, columns=columns)
        if progress is not None:
            progress(scenario.n_days, scenario.n_days)
        result = RunResult(**frames, invariants={"water": 1e-12}, solves={})
        return simulation.Simulated(result, 0.5, 100.0)

    monkeypatch.setattr(simulation, "simulate", simulate)
    monkeypatch.setattr(simulation, "is_warm", lambda: True)
    monkeypatch.setattr(shown, "_DAYS_WORTH_PROCESSES", 10**9)  # fakes stay in this process
    monkeypatch.setattr(runs_module, "stored_city_hash", lambda _choice: None)
    monkeypatch.setattr(runs_module, "chosen_city", lambda _choice: FakeCity())
    monkeypatch.chdir(tmp_path)
    runs_module._hashed_city.cache_clear()
    runs_module.city_hash.cache_clear()
    (tmp_path / "good.yaml").write_text(GOOD)
    yield
    runs_module._hashed_city.cache_clear()
    runs_module.city_hash.cache_clear()


def twin(*arguments):
    """Run a command and return its exit code."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return left.value.code


def test_help_is_quick_and_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from twin.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as left:\n    code = left.code\n"
        "slow = {'numba', 'mesa', 'geopandas', 'pandas', 'numpy', 'distributed'}\n"
        "heavy = slow & set(sys.modules)\n"
        "sys.exit(f'{heavy} {code}' if heavy or code else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "compare" in done.stdout


def test_version_is_told(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("twin 0.")


def test_import_twin_imports_nothing_heavy():
    code = "import sys, twin; sys.exit(bool({'numba', 'mesa', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_public_names_are_those_of_the_design():
    import twin as package

    fixed = {
        "City",
        "CityModel",
        "Scenario",
        "compare",
        "load_city",
        "load_scenario",
        "run",
        "sweep",
    }
    assert fixed < set(package.__all__) == set(dir(package))
    assert len(package.__all__) <= 20
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing


def test_run_prints_a_table_on_stdout_and_progress_on_stderr(capsys):
    assert twin("run", "good.yaml") == 0
    out, err = capsys.readouterr()
    assert "breaks_per_km_year" in out
    assert "fence" in out
    assert "0.41" in out
    assert "0.36" in out
    assert "50% on average" in out
    assert "day 730/730 (2 of 2 runs)" in err


def test_long_runs_use_the_cores_and_short_ones_stay_in_one_process(monkeypatch):
    monkeypatch.setattr(shown, "_DAYS_WORTH_PROCESSES", 1500)
    monkeypatch.setattr(shown.os, "cpu_count", lambda: 4)
    assert shown.processes(None, [3652, 3652]) == 2
    assert shown.processes(None, [3652] * 10) == 4
    assert shown.processes(None, [30] * 10) == 1
    assert shown.processes(7, [30]) == 7


def test_an_unknown_group_of_parameters_is_refused_with_the_nearest_name(capsys):
    assert twin("parameters", "networks.watr") == 2
    assert "Did you mean networks.water?" in " ".join(capsys.readouterr().err.split())


def test_run_json_holds_every_run(capsys):
    assert twin("run", "good.yaml", "--seeds", "0:2", "--json") == 0
    runs = json.loads(capsys.readouterr().out)
    assert [(item["arm"], item["seed"]) for item in runs] == [
        ("base", 0),
        ("base", 1),
        ("fence", 0),
        ("fence", 1),
    ]
    assert runs[2]["indicators"]["breaks_per_km_year"] == pytest.approx(0.35)


def test_run_takes_one_arm_and_fewer_days(capsys):
    assert twin("run", "good.yaml", "--arm", "fence", "--days", "30", "--json") == 0
    assert [item["arm"] for item in json.loads(capsys.readouterr().out)] == ["fence"]


def test_a_broken_file_leaves_with_two_and_shows_every_fault(capsys, tmp_path):
    (tmp_path / "bad.yaml").write_text(GOOD + "yeers: 3\nseeds: none\n")
    assert twin("run", "bad.yaml", "good.yaml") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "bad.yaml:10:1: yeers is not a known key" in err
    assert "bad.yaml:11:8: seeds = 'none'" in err
    assert "Traceback" not in err
    assert not (tmp_path / "runs").exists()


def test_an_unwritable_folder_leaves_with_two_before_anything_runs(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert twin("run", "good.yaml", "--out", "file/runs") == 2
    assert "cannot be written" in capsys.readouterr().err
    assert twin("sweep", "good.yaml", "--set", "years=1", "--out", "file") == 2
    assert twin("compare", "good.yaml", "--report", "file/page.html") == 2


def test_a_failed_run_leaves_with_one(capsys, tmp_path):
    (tmp_path / "failing.yaml").write_text(GOOD.replace("0.5}", "1.0}"))
    assert twin("run", "failing.yaml") == 1
    assert "gave up" in capsys.readouterr().err


def test_ctrl_c_leaves_with_130(monkeypatch):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(simulation, "simulate", interrupted)
    assert twin("run", "good.yaml") == 130


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["run"],
        ["run", "good.yaml", "--nonsense"],
        ["run", "good.yaml", "--seeds", "five"],
        ["run", "good.yaml", "--seeds", "3:3"],
        ["run", "good.yaml", "--arm", "fense"],
        ["run", "missing.yaml"],
        ["compare", "good.yaml", "good.yaml"],
        ["compare", "good.yaml", "--lang", "de"],
        ["compare", "nowhere", "--against", "nowhere"],
        ["sweep", "good.yaml"],
        ["sweep", "good.yaml", "--set", "years"],
        ["sweep", "good.yaml", "--set", "yeers=3"],
        ["sweep", "good.yaml", "--set", "parameters.weather.cold=0.1"],
        ["sweep", "good.yaml", "--set", "parameters.weather.cold_below_c=0.1,70"],
        ["sweep", "good.yaml", "--set", "years=1", "years=2"],
        ["report", "nowhere", "--out", "page.html"],
        ["works", "nowhere"],
        ["works", "nowhere", "--csv", "plan.csv"],
        ["check", "missing.yaml"],
        ["city", "check", "nowhere"],
        ["city", "info", "nowhere"],
        ["city", "build", "--osm", "nowhere", "--out", "x", "--climate", "tropical"],
    ],
)
def test_wrong_use_leaves_with_two(arguments, capsys):
    assert twin(*arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_compare_answers_and_writes_the_table(capsys, tmp_path):
    assert twin("compare", "good.yaml", "--seeds", "0:3") == 0
    out, _ = capsys.readouterr()
    assert "Does the fence help?" in out
    assert "fence lowers breaks_per_km_year by 12%" in out
    assert "as expected" in out
    assert len(list((tmp_path / "runs" / "fake").glob("test-base-*-effects.parquet"))) == 1


def test_compare_takes_run_folders(capsys, tmp_path):
    assert twin("run", "good.yaml", "--seeds", "0:3") == 0
    base = next((tmp_path / "runs" / "fake").glob("test-base-*"))
    fence = sorted(next((tmp_path / "runs" / "fake").glob("test-fence-*")).iterdir())
    capsys.readouterr()
    assert twin("compare", str(base), "--against", *map(str, fence), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["effects"][0]["n"] == 3
    assert found["expectations"][0]["verdict"] == "as expected"


def test_works_of_a_run_are_written_and_a_folder_of_seeds_is_refused(capsys, tmp_path):
    assert twin("run", "good.yaml", "--seeds", "0:2") == 0
    base = next((tmp_path / "runs" / "fake").glob("test-base-*"))
    capsys.readouterr()
    assert twin("works", str(min(base.iterdir())), "--csv", "plan.csv") == 0
    assert "0 works for 0.0 M KZT in plan.csv" in capsys.readouterr().err
    assert (tmp_path / "plan.csv").read_text().startswith("\ufeffyear,uid,network,action")
    assert twin("works", str(base), "--csv", "plan.csv") == 2
    assert "holds 2 runs; name one of" in " ".join(capsys.readouterr().err.split())


def test_one_seed_says_that_there_is_no_interval(capsys):
    assert twin("compare", "good.yaml", "--seeds", "1", "--all") == 0
    assert "one seed gives no interval" in capsys.readouterr().err


def test_check_plan_and_schema(capsys):
    assert twin("check", "good.yaml") == 0
    assert "2 policies, 730 days" in capsys.readouterr().out
    assert twin("plan", "good.yaml") == 0
    out = capsys.readouterr().out
    assert "1 weather and calendar" in out
    assert "renewal.ring_fence_share" in out
    assert twin("plan", "good.yaml", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["steps"]) == 8
    assert twin("schema") == 0
    assert "ring_fence_share" in capsys.readouterr().out


SHOCKS = """
shocks:
 - {kind: cold_spell, date: 2026-02-05, days: 3, temp_c: -30}
 - {kind: street_closure, date: 2026-02-06, days: 1, streets: [a, b]}
"""


def test_plan_prints_shocks_and_settings_as_a_scenario_file_has_them(capsys, tmp_path):
    alone = GOOD.replace("arms: {fence: {levers.renewal.ring_fence_share: 0.5}}\n", "")
    alone = alone[: alone.index("expect:")] + "seeds: 1\n" + SHOCKS
    (tmp_path / "alone.yaml").write_text(alone.replace("years: 2", "days: 60"))
    assert twin("plan", "alone.yaml") == 0
    out = capsys.readouterr().out
    assert "days 3, temp_c -30" in out
    assert "busiest 0, streets [a, b]" in out
    assert "[phone, app]" in out
    assert "1 policy x 1 seed = 1 run of 60 days" in out
    assert "ColdSpell(" not in out
    assert twin("check", "alone.yaml") == 0
    assert "1 policy, 60 days from 2026-01-01, 1 seed" in capsys.readouterr().out


def test_report_of_a_folder_above_runs_names_the_runs_below(capsys):
    assert twin("run", "good.yaml", "--seeds", "0:2") == 0
    capsys.readouterr()
    assert twin("report", "runs", "--out", "page.html") == 2
    words = capsys.readouterr().err
    assert "a folder with 4 runs below" in words
    assert "name those meant: runs/fake/test-base-" in words


def test_report_of_a_policy_without_a_base_names_the_base_beside_it(capsys, tmp_path):
    assert twin("compare", "good.yaml", "--seeds", "0:2") == 0
    capsys.readouterr()
    fence = next((tmp_path / "runs" / "fake").glob("test-fence-*"))
    assert twin("report", str(fence), "--out", "page.html") == 2
    words = capsys.readouterr().err
    assert "no run of the base is named to compare fence with" in words
    assert "fake/test-base-" in words


def test_check_tells_a_missing_bundle(capsys, tmp_path):
    (tmp_path / "far.yaml").write_text(
        GOOD.replace("{synthesise: {people: 3000, seed: 1}}", "{bundle: cities/nowhere}")
    )
    assert twin("check", "far.yaml") == 2
    assert "cities/nowhere: E-UNREADABLE is not a city bundle" in capsys.readouterr().err


def test_a_city_is_checked_and_described(capsys, tmp_path):
    from tests.builders import grid_city
    from twin.city.bundle import save_city

    save_city(grid_city(), tmp_path / "grid")
    assert twin("city", "check", "grid") == 0
    assert twin("city", "info", "grid") == 0
    assert "street_edges" in capsys.readouterr().out
    assert twin("city", "info", "grid", "--json") == 0
    assert json.loads(capsys.readouterr().out)["schema_version"] == 1


def test_a_city_with_errors_leaves_with_two(capsys, tmp_path):
    from tests.builders import grid_city
    from twin.city.bundle import save_city

    city = grid_city()
    city.util_edges.loc[0, "diameter_m"] = 150.0
    save_city(city, tmp_path / "grid")
    assert twin("city", "check", "grid") == 2
    assert "util_edges.diameter_m row 0" in capsys.readouterr().out


def test_a_folder_that_is_no_city_is_not_overwritten(capsys, tmp_path):
    (tmp_path / "mine").mkdir()
    assert twin("city", "synthesise", "--out", "mine") == 2
    assert "is not a city bundle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "repeated"),
    [
        (["a", "--against", "b", "c"], ["a", "--against", "b", "--against", "c"]),
        (["--set", "a=1", "b=2", "--jobs", "2"], ["--set", "a=1", "--set", "b=2", "--jobs", "2"]),
        (["--set", "a=1", "--set", "b=2"], ["--set", "a=1", "--set", "b=2"]),
        (["a", "--json"], ["a", "--json"]),
    ],
)
def test_options_of_many_values_are_repeated(given, repeated):
    assert repeat_options(given) == repeated


def test_seeds_are_read():
    assert parse_seeds("0:3") == [0, 1, 2]
    assert parse_seeds("1,5") == [1, 5]
    assert parse_seeds(None) is None


def test_settings_are_read():
    grid = parse_settings(["levers.renewal.order=risk,age", "years=1,2", "a.b=0.5,true"])
    assert grid == {"levers.renewal.order": ["risk", "age"], "years": [1, 2], "a.b": [0.5, True]}


def test_json_has_no_nan(capsys):
    print_json({"a": [float("nan"), 1.0]})
    assert json.loads(capsys.readouterr().out) == {"a": [None, 1.0]}


def test_imputed_input_is_told():
    assert "nothing was observed" in imputed_line({"a": 1.0})
    assert "wholly observed: b" in imputed_line({"a": 1.0, "b": 0.0})
    assert imputed_line({}).endswith("not known")


def test_parameters_are_listed_with_unit_bounds_grade_and_source(capsys):
    assert twin("parameters") == 0
    assert "citizens.behaviour.patience_days" in capsys.readouterr().out
    assert twin("parameters", "weather") == 0
    out = capsys.readouterr().out
    assert "weather.cold_below_c" in out
    assert "-20 to 20" in out
    assert "4 parameters: 0 measured, 3 literature, 1 guess" in out
    assert "citizens" not in out


def test_parameters_of_a_file_show_what_differs_in_the_base_and_in_arms(capsys, tmp_path):
    text = GOOD.replace("arms: {", "arms: {frozen: {parameters.weather.cold_below_c: 0.2}, ")
    text += "parameters: {weather: {cold_below_c: 0.1}}\n"
    (tmp_path / "set.yaml").write_text(text)
    assert twin("parameters", "weather", "set.yaml") == 0
    out = capsys.readouterr().out
    assert "frozen" in out
    assert "fence" not in out
    assert "1 not at the default in the base" in out
    assert twin("parameters", "weather.cold_below_c", "set.yaml", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    (row,) = shown["parameters"]
    assert (row["value"], row["default"], row["arms"]) == (0.1, 5.0, {"frozen": 0.2})
    assert shown["grades"] == {"measured": 0, "literature": 1, "guess": 0}
    assert twin("plan", "set.yaml") == 0
    assert "parameters.weather.cold_below_c" in capsys.readouterr().out


def test_unknown_groups_of_parameters_and_two_files_are_refused(capsys):
    assert twin("parameters", "wether") == 2
    assert "Did you mean weather?" in capsys.readouterr().err
    assert twin("parameters", "good.yaml", "good.yaml") == 2
    assert "name one scenario file" in capsys.readouterr().err
