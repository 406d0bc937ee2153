"""What happens to processes does not happen to a sweep: it ends, with all that can be had."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from distributed import Client

from tests.unit.experiment import fault_tasks
from tests.unit.experiment.fault_tasks import FaultTask, done_file
from twin.core.errors import ClusterError
from twin.experiment.sweeps import supervise

pytestmark = pytest.mark.filterwarnings("ignore")  # Dask's own, of processes that die on purpose


def carried(tasks, folder, cluster=None, patience_s=30.0, jobs=2):
    """Carry tasks and return the words of their ends by identity."""
    words = {}
    engine = supervise.Engine(cluster, jobs, patience_s)
    supervise.carry(
        engine,
        tasks,
        fault_tasks.execute,
        lambda word: words.update({word["run_id"]: word}),
        lambda run_id: done_file(folder, run_id).exists(),
    )
    return words


@pytest.mark.slow  # starts processes five times
def test_runs_that_kill_their_process_are_isolated_and_all_others_finish(tmp_path):
    behaviours = ["ok", "kill", "ok", "finish and die", "bug", "kill", "kill", "ok"]
    tasks = [FaultTask(f"r{i}", str(tmp_path), b) for i, b in enumerate(behaviours)]
    words = carried(tasks, tmp_path)
    assert {key: word["status"] for key, word in words.items()} == {
        f"r{i}": "error" if b in ("kill", "bug") else "done" for i, b in enumerate(behaviours)
    }
    assert {words[f"r{i}"]["error"] for i in (1, 5, 6)} == {"PoisonRun"}
    assert words["r4"]["error"] == "ValueError"
    assert "code -9" in words["r1"]["details"]


def test_a_scheduler_that_does_not_answer_is_named(tmp_path, monkeypatch):
    from twin.experiment.sweeps import cluster

    monkeypatch.setattr(cluster, "_START_S", 0.5)
    with pytest.raises(ClusterError, match=r"tcp://127.0.0.1:1: no Dask scheduler answers"):
        carried([FaultTask("r", str(tmp_path))], tmp_path, "tcp://127.0.0.1:1")
    with pytest.raises(ClusterError, match="no Dask scheduler answers"):
        carried([FaultTask("r", str(tmp_path))], tmp_path, "nonsense://1")


@pytest.fixture
def scheduler():
    """A Dask scheduler in a process of its own, without workers; gives it and its address."""
    code = """
        import asyncio, sys
        from distributed import Scheduler
        async def main():
            async with Scheduler(port=0, dashboard_address=None, host="127.0.0.1") as s:
                print(s.address, flush=True)
                await s.finished()
        asyncio.run(main())
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_cluster_without_workers_ends_in_a_message_instead_of_hanging(tmp_path, scheduler):
    with pytest.raises(ClusterError, match=r"no worker has been there for 3 s; 1 runs are left"):
        carried([FaultTask("r", str(tmp_path))], tmp_path, scheduler[1], patience_s=3.0)


@pytest.mark.slow
def test_a_scheduler_killed_under_way_ends_in_a_message(tmp_path, scheduler):
    process, address = scheduler
    threading.Timer(2.0, lambda: os.kill(process.pid, signal.SIGKILL)).start()
    with pytest.raises(ClusterError, match=r"scheduler.*the same command again"):
        carried([FaultTask("r", str(tmp_path))], tmp_path, address, patience_s=8.0)


@pytest.mark.slow
def test_a_client_of_ones_own_may_be_given(tmp_path, scheduler):
    with Client(scheduler[1]) as client, pytest.raises(ClusterError, match="no worker"):
        carried([FaultTask("r", str(tmp_path))], tmp_path, client, patience_s=2.0)


def test_processes_killed_while_they_start_are_started_again_or_named(tmp_path, monkeypatch):
    from twin.experiment.sweeps import cluster

    def killed(**_options):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(cluster, "LocalCluster", killed)
    with pytest.raises(ClusterError, match=r"do not start: Nanny failed.*\n.*__main__"):
        carried([FaultTask("r", str(tmp_path))], tmp_path)


def test_a_script_without_a_main_guard_is_named(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            from twin.experiment.runs import require_main_guard
            import multiprocessing
            require_main_guard()
            process = multiprocessing.get_context("spawn").Process(target=print)
            process.start()
            process.join()
            print("code", process.exitcode)
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert "script.py: starts processes while one of its own processes reads it" in done.stderr
    assert "code 1" in done.stdout


@pytest.mark.slow
def test_a_worker_killed_again_and_again_costs_nothing(tmp_path):
    import psutil

    stop = threading.Event()

    def kill():
        while not stop.wait(1.5):
            children = psutil.Process().children(recursive=True)
            workers = [c for c in children if "spawn_main" in " ".join(c.cmdline())]
            if workers:
                workers[int(time.monotonic()) % len(workers)].kill()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        tasks = [FaultTask(f"r{i}", str(tmp_path)) for i in range(300)]
        words = carried(tasks, tmp_path)
    finally:
        stop.set()
        thread.join()
    assert {word["status"] for word in words.values()} == {"done"}
    assert len(words) == 300
