"""Run every task of a sweep whatever happens to its processes, or end with one clear message."""

from __future__ import annotations

import logging
import queue
import time
import traceback
from asyncio import CancelledError
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, final

from distributed import KilledWorker
from distributed.comm.core import CommClosedError

from twin.core.errors import ClusterError, Fault
from twin.experiment.sweeps.cluster import connected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from distributed import Client, Future

    from twin.experiment.sweeps.worker import SweepTask
    from twin.scenario.spec import Scenario

    type Execute = Callable[[SweepTask, Scenario], dict[str, Any]]
    type OnEnd = Callable[[dict[str, Any]], None]

RETRIES = 2
_LOG = logging.getLogger(__name__)
_ASK_EVERY_S = 2.0
_ANSWER_S = 10.0
_LEAST_WINDOW = 64
_PER_THREAD = 3
_RESTARTS = 3
"""Times that processes here are started anew without a single run that ended in between."""


class LostError(Exception):
    """Nobody is left to run anything."""


@final
@dataclass(frozen=True, slots=True)
class Engine:
    """Where tasks run, and how long to wait for it."""

    cluster: str | Client | None
    """Address or client of a Dask scheduler; None for processes on this machine."""
    jobs: int
    """Processes on this machine."""
    patience_s: float
    """How long no worker may be there."""


@final
@dataclass(slots=True)
class _Flight:
    """Tasks of one connection: to be submitted, under way, and blamed for dead processes."""

    waiting: Iterator[SweepTask]
    execute: Execute
    on_end: OnEnd
    ended: queue.SimpleQueue[Future[Any]] = field(default_factory=queue.SimpleQueue)
    underway: dict[Future[Any], SweepTask] = field(default_factory=dict)
    killers: list[SweepTask] = field(default_factory=list)
    window: int = _LEAST_WINDOW
    n_ended: int = 0


def carry(  # noqa: C901 - one loop over restarts, kept in one place
    engine: Engine,
    tasks: Iterable[SweepTask],
    execute: Execute,
    on_end: OnEnd,
    is_done: Callable[[str], bool],
) -> None:
    """Run every task; call `on_end` with each as it ends.

    Parameters
    ----------
    engine
        Where to run.
    tasks
        What to run.
    execute
        Runs one task in a worker and writes its result to disk.
    on_end
        Called here with what `execute` returned, or with `status: error` and the text of it.
    is_done
        Returns whether the result of a run is on disk: what counts, whatever the engine reports.

    Raises
    ------
    ClusterError
        If no worker is left for `engine.patience_s`, or processes here do not start three times in
        a row; what has ended is kept.
    """
    left = {task.run_id: task for task in tasks}
    killers: list[SweepTask] = []

    def settle(word: dict[str, Any]) -> None:
        task = left.pop(word["run_id"], None)
        if task is None:
            return
        if word["status"] in ("error", "alone") and is_done(task.run_id):
            word = {"run_id": task.run_id, "status": "done"}
        on_end(word)

    failures = 0
    while left.keys() - {task.run_id for task in killers}:
        blamed = {task.run_id for task in killers}
        flight = _Flight(
            iter([task for key, task in left.items() if key not in blamed]), execute, settle
        )
        try:
            with connected(engine.cluster, engine.jobs) as client:
                _fly(client, flight, engine.patience_s)
        except (LostError, ClusterError) as error:
            for key in [key for key in left if is_done(key)]:
                settle({"run_id": key, "status": "done"})
            failures = 0 if flight.n_ended else failures + 1
            if engine.cluster is not None or failures >= _RESTARTS:
                if isinstance(error, ClusterError):
                    raise
                raise _lost(engine, error, len(left)) from error
            _LOG.warning("%s; starting processes again", error)
        killers += flight.killers
    for task in killers:
        if is_done(task.run_id):
            settle({"run_id": task.run_id, "status": "done"})
        else:
            settle(_alone(task, execute))


def _lost(engine: Engine, error: LostError, n_left: int) -> ClusterError:
    what = f"{error}; {n_left} runs are left"
    mend = "start workers or the scheduler and give the same command again: what is done is kept"
    if engine.cluster is None:
        mend = "free memory or use fewer --jobs, and run again: what is done is kept"
    return ClusterError(Fault(str(engine.cluster or "processes on this machine"), what, mend))


def _fly(client: Client, flight: _Flight, patience_s: float) -> None:
    """Keep a window of tasks under way until all have ended."""
    seen = time.monotonic()
    asked = 0.0
    try:
        while True:
            _submit(client, flight)
            if not flight.underway:
                return
            try:
                future = flight.ended.get(timeout=_ASK_EVERY_S)
            except queue.Empty:
                future = None
            if future is not None and future in flight.underway:
                _end(flight, future)
                seen = time.monotonic()
            if time.monotonic() - asked > _ASK_EVERY_S:
                asked = time.monotonic()
                threads = _threads(client)
                if threads:
                    seen = time.monotonic()
                    flight.window = max(_LEAST_WINDOW, _PER_THREAD * threads)
            if time.monotonic() - seen > patience_s:
                raise LostError(_what_is_lost(client, patience_s))
    except (CommClosedError, CancelledError, OSError, RuntimeError) as error:
        if isinstance(error, ClusterError):
            raise
        message = f"the connection to the scheduler broke: {error or type(error).__name__}"
        raise LostError(message) from error
    finally:
        _cancel(client, flight)


def _submit(client: Client, flight: _Flight) -> None:
    """Submit tasks up to the window."""
    while len(flight.underway) < flight.window:
        task = next(flight.waiting, None)
        if task is None:
            return
        future = client.submit(
            flight.execute,
            task,
            task.located(),
            key=f"twin-{task.run_id}",
            retries=RETRIES,
            pure=False,
        )
        flight.underway[future] = task
        future.add_done_callback(flight.ended.put)


def _end(flight: _Flight, future: Future[Any]) -> None:
    """Report the end of one task."""
    task = flight.underway.pop(future)
    if future.status == "finished":
        word = future.result()
    elif future.status in ("cancelled", "lost"):
        message = "the scheduler has dropped the runs"
        raise LostError(message)
    elif isinstance(future.exception(), KilledWorker):
        flight.killers.append(task)
        return
    else:
        word = _failure(task, future)
    future.release()
    flight.n_ended += 1
    flight.on_end(word)


def _threads(client: Client) -> int:
    """Return the threads of all workers; 0 if there are none or the scheduler does not answer."""
    try:
        known = client.sync(_ncores, client, callback_timeout=_ANSWER_S)
    except (OSError, RuntimeError, TimeoutError, CancelledError, AttributeError):
        return 0
    return sum(known.values())


async def _ncores(client: Client) -> dict[str, int]:
    """Ask the scheduler for the threads of every worker."""
    scheduler: Any = client.scheduler
    answer: dict[str, int] = await scheduler.ncores()
    return answer


def _what_is_lost(client: Client, patience_s: float) -> str:
    if client.status != "running":
        return f"the scheduler has not answered for {patience_s:g} s"
    return f"no worker has been there for {patience_s:g} s"


def _cancel(client: Client, flight: _Flight) -> None:
    """Drop what is under way; a scheduler that is gone need not hear of it."""
    if not flight.underway:
        return
    try:
        client.cancel(list(flight.underway), asynchronous=False)
    except (OSError, RuntimeError, TimeoutError, CancelledError):
        _LOG.info("the scheduler did not answer on cancelling")
    flight.underway.clear()


def _failure(task: SweepTask, future: Future[Any]) -> dict[str, Any]:
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
