"""Carry tasks to processes with Dask; with `supervise`, the only modules that import it.

The engine only carries: results lie on disk when a task ends, so a lost process loses its current
task and nothing else.
"""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import dask
from distributed import Client, LocalCluster

from twin.core.errors import ClusterError, Fault
from twin.experiment.runs import require_main_guard

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_S = 60.0
_CONFIG = {
    # with more, a task that kills its process gets innocent ones blamed that wait behind it
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.worker-ttl": "5 minutes",
    # a machine under load may take longer than Dask's 15 s to start a process again
    "distributed.deploy.lost-worker-timeout": "1 hour",
    "distributed.nanny.pre-spawn-environ.NUMBA_NUM_THREADS": 1,
    "distributed.logging.distributed": "critical",
}


@contextmanager
def connected(cluster: str | Client | None, jobs: int) -> Iterator[Client]:
    """Give a client: of an address, of itself, or of fresh processes on this machine.

    Raises
    ------
    ClusterError
        If the processes do not start or the scheduler does not answer.
    """
    # closing connections is logged as errors; what really fails comes back with its future
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with dask.config.set(_CONFIG), ExitStack() as stack:
        if isinstance(cluster, Client):
            yield cluster
            return
        client = _remote(cluster) if cluster is not None else _local(stack, jobs)
        try:
            yield client
        finally:
            _close(client)


def _remote(address: str) -> Client:
    try:
        return Client(address, timeout=_START_S)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        what = f"no Dask scheduler answers: {_first_line(error)}"
        mend = "start one with: dask scheduler; give its address, such as tcp://host:8786"
        raise ClusterError(Fault(f"cluster {address}", what, mend)) from error


def _local(stack: ExitStack, jobs: int) -> Client:
    require_main_guard()
    try:
        local = stack.enter_context(
            LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
            )
        )
        return Client(local, timeout=_START_S)
    except (OSError, RuntimeError, AttributeError) as error:
        raise ClusterError(
            Fault(
                f"{jobs} processes on this machine",
                f"do not start: {_first_line(error)}",
                "a process that was killed, or ran out of memory, while it started: use fewer "
                "--jobs; in a script, call sweep under  if __name__ == '__main__':",
            )
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _close(client: Client) -> None:
    """Close a client; a scheduler that is gone need not hear of it."""
    try:
        client.close(timeout=5)
    except (OSError, RuntimeError, TimeoutError):
        logging.getLogger(__name__).info("the scheduler did not answer on closing")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
