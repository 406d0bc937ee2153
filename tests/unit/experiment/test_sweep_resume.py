"""A sweep computes what is missing and nothing else, whatever happened before."""

import json

import pytest

from twin.core.errors import ScenarioError
from twin.experiment.sweeps import supervise, sweep
from twin.experiment.sweeps.parts import done_ids, merge_parts, part_files, read_parts

GRID = {
    "levers.renewal.ring_fence_share": [0, 0.3, 0.5],
    "levers.tariff.growth_share_per_year": [0],
}


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Carry tasks in this process instead of on Dask."""

    def carry(_engine, tasks, run_task, tell, _is_done):
        for task in tasks:
            tell(run_task(task, task.located()))

    monkeypatch.setattr(supervise, "carry", carry)


def test_every_combination_meets_every_seed(scenario, calls):
    result = sweep(scenario, GRID, seeds=range(2))
    assert (result.n_runs, result.n_computed, len(calls)) == (6, 6, 6)
    totals = result.totals()
    assert len(totals) == 6
    assert set(GRID) <= set(totals.columns)
    one = totals[(totals["levers.renewal.ring_fence_share"] == 0.5) & (totals["seed"] == 0)]
    assert one["breaks_per_km_year"].item() == pytest.approx(0.35)
    assert not result.failed


def test_a_repeated_sweep_computes_nothing(scenario, calls):
    first = sweep(scenario, GRID, seeds=range(2))
    again = sweep(scenario, GRID, seeds=range(2))
    assert (again.n_computed, len(calls)) == (0, 6)
    assert first.indicators.equals(again.indicators)


def test_a_larger_sweep_computes_the_difference(scenario, calls):
    sweep(scenario, GRID, seeds=range(2))
    wider = {**GRID, "levers.renewal.ring_fence_share": [0, 0.3, 0.5, 0.7]}
    assert sweep(scenario, wider, seeds=range(3)).n_computed == 4 + 2
    assert len(calls) == 12


def test_an_interrupted_sweep_goes_on_where_it_stopped(scenario, calls):
    calls.interrupt_after = 4
    with pytest.raises(KeyboardInterrupt):
        sweep(scenario, GRID, seeds=range(2))
    calls.interrupt_after = None
    result = sweep(scenario, GRID, seeds=range(2))
    assert (result.n_computed, len(calls)) == (2, 6)
    assert len(set(calls)) == 6


def test_a_failed_run_is_told_and_tried_again(scenario, calls):
    calls.failing.add(1)
    result = sweep(scenario, GRID, seeds=range(2))
    assert set(result.failed.values()) == {"SolveError"}
    assert (len(result.failed), result.n_computed) == (3, 3)
    told = json.loads(next((result.path / "failed").glob("*.json")).read_text())
    assert "gave up" in told["details"]
    calls.failing.clear()
    again = sweep(scenario, GRID, seeds=range(2))
    assert not again.failed
    assert again.n_computed == 3


def test_settings_that_come_to_the_same_run_are_run_once(scenario, calls):
    result = sweep(scenario, {"levers.renewal.ring_fence_share": [0, 0.0, 0.3]}, seeds=[1])
    assert (result.n_runs, len(calls)) == (2, 2)


def test_every_fault_of_a_grid_comes_at_once(scenario, calls):
    grid = {"levers.renewal.ring_fence": [1], "levers.renewal.order": ["risk", "riks"], "years": []}
    with pytest.raises(ScenarioError, match="ring_fence_share") as caught:
        sweep(scenario, grid, seeds=[0])
    text = str(caught.value)
    assert "riks" in text
    assert "years: has no values" in text
    assert not calls


def test_a_torn_part_is_computed_again(scenario, calls):
    result = sweep(scenario, GRID, seeds=[0])
    part_files(result.path)[0].write_bytes(b"PAR1 torn")
    assert sweep(scenario, GRID, seeds=[0]).n_computed == 1
    assert len(calls) == 4


@pytest.mark.usefixtures("calls")
def test_parts_are_merged_without_loss(scenario):
    result = sweep(scenario, GRID, seeds=range(3))
    before = read_parts(result.path)
    assert len(part_files(result.path)) == 9
    merge_parts(result.path, least=2)
    assert len(part_files(result.path)) == 1
    assert read_parts(result.path).equals(before)


@pytest.mark.usefixtures("calls")
def test_a_merge_cut_short_doubles_nothing(scenario):
    result = sweep(scenario, GRID, seeds=range(2))
    kept = {path: path.read_bytes() for path in part_files(result.path)}
    before = read_parts(result.path)
    merge_parts(result.path, least=2)
    for path, data in kept.items():
        path.write_bytes(data)
    assert read_parts(result.path).equals(before)
    assert len(done_ids(result.path)) == 6


def test_the_index_is_rebuilt_from_the_parts(scenario, calls):
    result = sweep(scenario, GRID, seeds=[0])
    (result.path / "index.parquet").unlink()
    sweep(scenario, GRID, seeds=[0])
    assert (result.path / "index.parquet").is_file()
    assert len(calls) == 3


def test_whole_tables_are_kept_on_request(scenario, tmp_path, calls):
    sweep(scenario, GRID, seeds=[0], tables=tmp_path / "whole")
    assert len(list((tmp_path / "whole").rglob("assets.parquet"))) == 3
    assert len(calls) == 3


@pytest.mark.usefixtures("calls")
def test_a_worker_with_another_program_is_refused(scenario, monkeypatch):
    from twin.experiment.sweeps import worker

    monkeypatch.setattr(worker, "run_id", lambda *_facts: "0" * 20)
    result = sweep(scenario, GRID, seeds=[0])
    assert set(result.failed.values()) == {"StoreError"}


@pytest.mark.usefixtures("calls")
def test_what_a_worker_sends_back_is_small(scenario, monkeypatch):
    words = []

    def carry(_engine, tasks, run_task, tell, _is_done):
        for task in tasks:
            words.append(run_task(task, task.located()))
            tell(words[-1])

    monkeypatch.setattr(supervise, "carry", carry)
    sweep(scenario, GRID, seeds=[0])
    assert all(len(json.dumps(word)) < 1000 for word in words)
