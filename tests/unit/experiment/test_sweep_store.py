"""The store of a sweep: read by others in one line, and found out whatever byte changes."""

import json

import pandas as pd
import pytest

from twin.core.errors import ArgumentError, StoreError
from twin.experiment.sweeps import parts, supervise, sweep
from twin.experiment.sweeps.calls import read_calls
from twin.experiment.sweeps.failures import read_failures, stack_file, write_failure
from twin.experiment.sweeps.parts import part_files, read_parts
from twin.experiment.sweeps.slurm import write_array_script
from twin.experiment.sweeps.sweeping import planned
from twin.experiment.sweeps.worker import TimeLimitError, execute, limited

GRID = {"levers.renewal.ring_fence_share": [0, 0.3]}
pytestmark = pytest.mark.usefixtures("calls")


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Carry tasks in this process instead of on Dask."""

    def carry(_engine, tasks, run_task, tell, _is_done):
        for task in tasks:
            tell(run_task(task, task.located()))

    monkeypatch.setattr(supervise, "carry", carry)


def test_pandas_polars_and_duckdb_read_a_sweep_in_one_line_each(scenario):
    import duckdb
    import polars as pl

    folder = sweep(scenario, GRID, seeds=range(3)).path
    rows = len(read_parts(folder))
    assert len(pd.read_parquet(folder / "runs")) == rows
    assert pl.read_parquet(folder / "runs" / "*.parquet").height == rows
    found = duckdb.read_parquet(f"{folder}/runs/*.parquet").count("run_id").fetchall()
    assert found == [(rows,)]


def test_a_changed_byte_anywhere_in_a_part_sets_it_aside_and_runs_it_again(scenario, calls):
    result = sweep(scenario, {"levers.renewal.ring_fence_share": [0.3]}, seeds=[0])
    before = read_parts(result.path)
    data = part_files(result.path)[0].read_bytes()
    for place in range(0, len(data), max(len(data) // 25, 1)):
        path = part_files(result.path)[0]
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        calls.clear()
        again = sweep(scenario, {"levers.renewal.ring_fence_share": [0.3]}, seeds=[0])
        assert again.n_computed == 1
        assert read_parts(result.path).equals(before)
    kept = list((result.path / "runs" / "quarantine").iterdir())
    assert len(kept) >= 25


def test_a_part_that_the_system_does_not_give_is_left_alone(scenario, monkeypatch):
    result = sweep(scenario, GRID, seeds=[0])
    files = part_files(result.path)

    def denied(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(files[0]), "read_bytes", denied)
    with pytest.raises(StoreError, match=r"Permission denied\n.*nothing was changed"):
        read_parts(result.path)
    assert part_files(result.path) == files


def test_parts_of_the_first_version_without_a_checksum_are_read(scenario):
    result = sweep(scenario, GRID, seeds=[0])
    before = read_parts(result.path)
    for path in part_files(result.path):
        path.rename(path.with_name(path.name.split(".")[0] + ".parquet"))
    assert read_parts(result.path).equals(before)
    assert sweep(scenario, GRID, seeds=[0]).n_computed == 0


def test_a_part_of_a_newer_program_is_refused(scenario):
    result = sweep(scenario, GRID, seeds=[0])
    pd.DataFrame({"run_id": ["x"]}).to_parquet(result.path / "runs" / "part-x.parquet")
    with pytest.raises(StoreError, match="another version of the store: it lacks seed"):
        read_parts(result.path)


def test_every_call_is_kept_with_host_time_command_and_city(scenario):
    folder = sweep(scenario, GRID, seeds=[0]).path
    manifest = (folder / "manifest.json").read_text()
    sweep(scenario, GRID, seeds=range(2))
    assert (folder / "manifest.json").read_text() == manifest
    calls = read_calls(folder)
    assert [call["n_missing"] for call in calls] == [2, 2]
    assert {"host", "time", "command", "city_hash", "design"} <= set(calls[0])
    with (folder / "calls.jsonl").open("a") as stream:
        stream.write('{"cut')
    assert len(read_calls(folder)) == 2


def test_shards_share_a_sweep_without_a_run_in_common(scenario, calls):
    made = [sweep(scenario, GRID, seeds=range(4), shard=(i, 3)).n_computed for i in range(3)]
    assert sum(made) == len(calls) == 8
    assert sweep(scenario, GRID, seeds=range(4)).n_computed == 0
    with pytest.raises(ArgumentError, match=r"shard\[0\]: = 3 is out of bounds"):
        sweep(scenario, GRID, shard=(3, 3))
    with pytest.raises(ArgumentError, match="shard: is 1"):
        sweep(scenario, GRID, shard=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": 3}, r"seeds: is 3 \(int\), not a list"),
        ({"seeds": ["a"]}, r"seeds\[0\]: is 'a'"),
        ({"seeds": [-1]}, r"seeds\[0\]: = -1 is out of bounds"),
        ({"seeds": []}, "seeds: is empty"),
        ({"out": 3}, "out: is 3"),
        ({"out": ""}, "out: is ''"),
        ({"jobs": 0}, "jobs: = 0"),
        ({"time_limit_s": "x"}, "time_limit_s: is 'x'"),
        ({"patience_s": 0}, "patience_s: = 0"),
    ],
)
def test_wrong_arguments_are_named(scenario, options, message):
    with pytest.raises(ArgumentError, match=message):
        sweep(scenario, GRID, **options)


def test_a_scenario_must_be_one(scenario):
    with pytest.raises(ArgumentError, match=r"scenario: is 'file.yaml'"):
        sweep("file.yaml", GRID)
    with pytest.raises(ArgumentError, match=r"grid: is \[1\]"):
        sweep(scenario, [1])


def test_a_run_over_its_time_limit_fails_with_its_day(scenario, monkeypatch):
    from twin.experiment import simulate as simulation

    def slow(_city, _scenario, _seed, progress):
        progress(5, 730)
        raise AssertionError

    check = limited(1e-9)
    with pytest.raises(TimeLimitError, match=r"day 5 of 730: took .* over the limit of 1e-09 s"):
        check(5, 730)
    assert limited(None) is None
    monkeypatch.setattr(simulation, "simulate", slow)
    result = sweep(scenario, GRID, seeds=[0], time_limit_s=1e-9)
    assert set(result.failed.values()) == {"TimeLimitError"}
    told = json.loads(next((result.path / "failed").glob("*.json")).read_text())
    assert "--seeds 0" in told["repeat"]
    assert told["repeat"].startswith("twin sweep scenario.yaml --set ")


def test_a_run_that_was_stopped_by_force_is_not_tried_again(scenario, calls):
    plan = planned(scenario, GRID, seeds=[0])
    task = next(iter(plan.tasks.values()))
    path = stack_file(plan.folder, task.run_id)
    path.parent.mkdir(parents=True)
    path.write_text("Timeout!\n")
    assert execute(task, task.located())["status"] == "failed"
    assert read_failures(plan.folder) == {task.run_id: "TimeLimit"}
    assert not calls


def test_a_damaged_failure_is_set_aside(tmp_path):
    write_failure(tmp_path, "good", "ValueError", "why")
    (tmp_path / "failed" / "bad.json").write_text("{")
    assert read_failures(tmp_path) == {"good": "ValueError"}
    assert not (tmp_path / "failed" / "bad.json").exists()


def test_two_merges_at_a_time_lose_nothing(scenario, monkeypatch):
    folder = sweep(scenario, GRID, seeds=range(4)).path
    before = read_parts(folder)
    real = parts._put_part

    def interleaved(*inputs):
        monkeypatch.setattr(parts, "_put_part", real)
        parts.merge_parts(folder, least=2)  # another process merges all in between
        return real(*inputs)

    monkeypatch.setattr(parts, "_put_part", interleaved)
    parts.merge_parts(folder, least=2)
    assert read_parts(folder).equals(before)
    parts.tidy(folder)
    assert read_parts(folder).equals(before)


def test_an_array_script_runs_a_shard_in_each_task(tmp_path):
    path = write_array_script(
        tmp_path / "s.sh",
        ["twin", "sweep", "a b.yaml", "--set", "x=1"],
        name="s",
        shards=8,
        minutes=60,
        here=tmp_path,
    )
    text = path.read_text()
    assert "#SBATCH --array=0-7" in text
    assert "exec twin sweep 'a b.yaml' --set x=1 --shard \"$SLURM_ARRAY_TASK_ID/8\"" in text
    with pytest.raises(ArgumentError, match="shards: = 0"):
        write_array_script(path, [], name="s", shards=0, minutes=1, here=tmp_path)
