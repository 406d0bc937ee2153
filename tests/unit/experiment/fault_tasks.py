"""Tasks that misbehave as real ones did, without a city; workers import them by name."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FaultTask:
    run_id: str
    folder: str
    behaviour: str = "ok"
    limit_s: float | None = None

    def located(self):
        return None


def done_file(folder, run_id):
    return Path(folder) / f"{run_id}.done"


def execute(task, _located):
    if task.behaviour == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if task.behaviour == "finish and die":
        done_file(task.folder, task.run_id).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if task.behaviour == "bug":
        raise ValueError("a bug")
    if task.behaviour == "sleep":
        time.sleep(600)
    done_file(task.folder, task.run_id).touch()
    return {"run_id": task.run_id, "status": "done", "wall_s": 0.0}
