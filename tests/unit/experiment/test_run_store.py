"""Runs on disk: whole or absent, equal bytes for equal results, never computed twice."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import twin
from twin.core.errors import StoreError
from twin.experiment import open_run, run, run_all
from twin.experiment.files import require_writable
from twin.experiment.identity import model_version, run_id, slug
from twin.experiment.store import content_hash, write_run
from twin.model.tables import RUN_TABLES

pytestmark = pytest.mark.usefixtures("calls")
MANIFEST = {"run_id": "r1", "seed": 1, "arm": "base", "scenario": "test"}


def test_a_run_is_written_where_the_design_says(scenario):
    done = run(scenario, seed=3)
    city, policy, seed = done.path.parts[-3:]
    assert (city, seed) == ("fake-town", "seed-3")
    assert policy.startswith("test-base-")
    assert len(policy.rsplit("-", maxsplit=1)[1]) == 8
    names = {file.name for file in done.path.iterdir()}
    assert names == {"manifest.json", *(f"{table.name}.parquet" for table in RUN_TABLES)}
    assert not list(done.path.parent.glob(".*"))


def test_the_manifest_tells_all_that_is_needed(scenario):
    manifest = run(scenario).manifest
    assert manifest["resolved"]["levers"]["renewal"]["ring_fence_share"] == 0.0
    assert manifest["city"]["content_hash"] == "0123456789abcdef0123"
    assert manifest["model_version"] == model_version()
    assert {"numpy", "numba", "mesa", "python"} <= set(manifest["versions"])
    assert manifest["invariants"] == {"water": 1e-12}
    assert manifest["imputed_share"]["weather"] == 1.0
    assert (manifest["wall_s"], manifest["peak_memory_mb"]) == (0.25, 100.0)


def test_the_same_run_is_not_computed_twice(calls, scenario):
    first, second = run(scenario), run(scenario)
    assert first.id == second.id
    assert len(calls) == 1


def test_an_arm_equal_to_the_base_is_copied_not_computed(calls, scenario):
    base, same = run(scenario.arm("base")), run(scenario.arm("same"))
    assert len(calls) == 1
    assert base.id == same.id
    assert (base.arm, same.arm) == ("base", "same")
    assert base.manifest["content_hash"] == same.manifest["content_hash"]


def test_seed_lever_period_and_city_each_change_the_identity(scenario):
    ids = {
        run_id(scenario, 1, "a"),
        run_id(scenario, 2, "a"),
        run_id(scenario, 1, "b"),
        run_id(scenario.arm("fence"), 1, "a"),
        run_id(scenario.shortened(30), 1, "a"),
    }
    assert len(ids) == 5
    assert all(len(identity) == 20 for identity in ids)


def test_tables_are_read_when_asked_for(scenario):
    done = open_run(run(scenario).path)
    assert done.totals()["breaks_per_km_year"] == pytest.approx(0.43)
    assert list(done.zones["zone_id"]) == [1]
    assert done.assets.empty
    assert done.events.empty


def test_equal_results_have_equal_bytes(tmp_path, make_result):
    first = write_run(make_result(0.3, 1), tmp_path / "a" / "seed-1", MANIFEST)
    second = write_run(make_result(0.3, 1), tmp_path / "b" / "seed-1", MANIFEST)
    for table in RUN_TABLES:
        name = f"{table.name}.parquet"
        assert (first.path / name).read_bytes() == (second.path / name).read_bytes()
    assert first.manifest["content_hash"] == second.manifest["content_hash"]


def test_one_changed_value_changes_the_content_hash(make_result):
    result = make_result(0.3, 1)
    before = content_hash(result)
    result.indicators.loc[0, "value"] = np.nextafter(result.indicators.loc[0, "value"], 1.0)
    assert content_hash(result) != before


def test_parquet_carries_units(tmp_path, make_result):
    done = write_run(make_result(0.3, 1), tmp_path / "seed-1", MANIFEST)
    schema = pq.read_schema(done.path / "events.parquet")
    assert schema.field("cost_kzt").metadata[b"unit"] == b"KZT"
    assert schema.metadata[b"twin.schema"] == b"events 1"


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: (path / "events.parquet").unlink(),
        lambda path: (path / "assets.parquet").write_bytes(b""),
        lambda path: (path / "zones.parquet").write_bytes(
            (path / "zones.parquet").read_bytes()[:-9]
        ),
        lambda path: (path / "indicators.parquet").write_bytes(
            bytes((path / "indicators.parquet").stat().st_size)
        ),
        lambda path: (path / "manifest.json").write_text('{"run_id": '),
        lambda path: (path / "manifest.json").write_text("[]"),
        lambda path: (path / "manifest.json").write_text("{}"),
        lambda path: (path / "manifest.json").unlink(),
    ],
)
def test_a_torn_folder_is_told_and_computed_again(calls, scenario, damage):
    path = run(scenario).path
    damage(path)
    with pytest.raises(StoreError, match=r"torn|not a run folder|does not list"):
        open_run(path)
    again = run(scenario)
    assert len(calls) == 2
    assert open_run(path).id == again.id


def test_a_folder_of_a_newer_program_is_not_read(scenario):
    path = run(scenario).path
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 99}))
    with pytest.raises(StoreError, match="is newer than version 1"):
        open_run(path)


def test_a_missing_column_is_told_before_anything_is_in_place(tmp_path, make_result):
    result = make_result(0.3, 1)
    del result.zones["people"]
    with pytest.raises(StoreError, match="zones: lacks people"):
        write_run(result, tmp_path / "seed-1", MANIFEST)
    assert not list(tmp_path.iterdir())


def test_an_unwritable_folder_is_refused_before_anything_runs(calls, scenario, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be written: .*\n.*--out"):
        run_all([(scenario, 1)], out=tmp_path / "file" / "runs")
    with pytest.raises(StoreError, match="cannot be written"):
        require_writable(tmp_path / "file")
    assert not calls


def test_a_failed_run_leaves_nothing(calls, scenario, tmp_path):
    calls.failing.add(1)
    with pytest.raises(twin.core.errors.SolveError, match="gave up"):
        run(scenario)
    assert not list((tmp_path / "runs").rglob("*.parquet"))


def test_days_shorten_the_run_and_change_its_identity(scenario):
    assert run(scenario, days=5).id != run(scenario).id
    assert run(scenario, days=5).manifest["resolved"]["n_days"] == 5


def test_what_killed_writers_left_is_removed(scenario):
    done = run(scenario)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = os.uname().nodename
    left = done.path.parent / f".seed-1-{host}-{dead.pid}"
    other = done.path.parent / ".seed-1-another-host-1"
    left.mkdir()
    other.mkdir()
    (done.path / "events.parquet").unlink()
    run(scenario)
    assert not left.exists()
    assert other.exists()


def test_a_writer_killed_at_any_moment_leaves_a_whole_run_or_none(tmp_path):
    code = textwrap.dedent("""
        import sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[2])
        from conftest import fake_tables
        from twin.experiment.store import write_run
        results = [fake_tables(0.3, seed) for seed in range(8)]
        print("ready", flush=True)
        for n in range(10_000):
            facts = {"run_id": f"r{n}", "seed": 1, "arm": "base", "scenario": "test"}
            write_run(results[n % 8], Path(sys.argv[1]) / "seed-1", facts)
    """)
    here = str(Path(__file__).parent)
    for moment in range(3):
        folder = tmp_path / str(moment)
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(folder), here], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout.readline() == "ready\n"
        time.sleep(0.05 + 0.043 * moment)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        if (folder / "seed-1").exists():
            done = open_run(folder / "seed-1")
            for table in RUN_TABLES:
                getattr(done, table.name)


def test_names_of_cities_are_safe_folders():
    assert slug("../Снежинск, 2026/..") == "снежинск-2026"
    assert slug("..") == "city"


def test_progress_hears_of_days(scenario):
    heard = []
    run(scenario, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(730, 730)]


def test_the_model_is_driven_to_the_last_day_in_steps(monkeypatch, real_simulate):
    class FakeModel:
        def __init__(self, *_inputs, **_options):
            self.asked = []

        def run_for(self, days):
            self.asked.append(days)

        def result(self):
            return self.asked

    monkeypatch.setitem(sys.modules, "twin.model.city_model", type(sys)("fake"))
    sys.modules["twin.model.city_model"].CityModel = FakeModel
    heard = []

    class Spec:
        n_days = 13

    done = real_simulate(None, Spec(), 1, lambda day, _total: heard.append(day))
    assert sum(done.result) == 13
    assert heard[0] == 1
    assert heard[-1] == 13
