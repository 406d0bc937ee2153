"""Carry tasks to processes with Dask; the only module that imports it.

The engine only carries: results lie on disk when a task ends, so a lost process loses its current
task and nothing else.
"""

from __future__ import annotations

import logging
import traceback
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import dask
from distributed import Client, KilledWorker, LocalCluster, as_completed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from twin.experiment.worker import SweepTask
    from twin.scenario.spec import Scenario

    type Execute = Callable[[SweepTask, Scenario], dict[str, Any]]
    type OnEnd = Callable[[dict[str, Any]], None]

RETRIES = 2
_CONFIG = {
    # with more, a task that kills its process gets innocent ones blamed that wait behind it
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.worker-ttl": "5 minutes",
    "distributed.nanny.pre-spawn-environ.NUMBA_NUM_THREADS": 1,
    "distributed.logging.distributed": "critical",
}


@contextmanager
def connected(cluster: str | Client | None, jobs: int) -> Iterator[Client]:
    """Give a client: of an address, of itself, or of fresh processes on this machine."""
    # closing connections is told as errors; what really fails comes back with its future
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with dask.config.set(_CONFIG):
        if isinstance(cluster, Client):
            yield cluster
        elif cluster is not None:
            with Client(cluster) as client:
                yield client
        else:
            with (
                LocalCluster(
                    n_workers=jobs,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                ) as local,
                Client(local) as client,
            ):
                yield client


def carry(client: Client, tasks: Sequence[SweepTask], execute: Execute, on_end: OnEnd) -> None:
    """Run every task; call `on_end` with each as it ends.

    Parameters
    ----------
    client
        Where to run.
    tasks
        What to run.
    execute
        Runs one task in a worker.
    on_end
        Called here with what `execute` returned, or with `status: error` and the text of it.
    """
    futures = {
        client.submit(
            execute, task, task.located(), key=f"twin-{task.run_id}", retries=RETRIES, pure=False
        ): task
        for task in tasks
    }
    killers = []
    try:
        for future in as_completed(list(futures)):
            task = futures.pop(future)
            if future.status == "finished":
                on_end(future.result())
            elif isinstance(future.exception(), KilledWorker):
                killers.append(task)
            else:
                on_end(_failure(task, future))
            future.release()
    finally:
        client.cancel(list(futures))
    for task in killers:
        on_end(_alone(task, execute))


def _failure(task: SweepTask, future: Any) -> dict[str, Any]:  # noqa: ANN401 - dask is not annotated
    error = future.exception()
    details = "".join(traceback.format_exception(type(error), error, future.traceback()))
    return {
        "run_id": task.run_id,
        "status": "error",
        "error": type(error).__name__ if error is not None else str(future.status),
        "details": details,
    }


def _alone(task: SweepTask, execute: Execute) -> dict[str, Any]:
    """Run once more, in a process of its own, what seemed to kill its worker."""
    process = get_context("spawn").Process(target=execute, args=(task, task.located()))
    process.start()
    process.join()
    if process.exitcode == 0:
        return {"run_id": task.run_id, "status": "alone"}
    return {
        "run_id": task.run_id,
        "status": "error",
        "error": "PoisonRun",
        "details": f"its process ended with code {process.exitcode}, alone as well",
    }
