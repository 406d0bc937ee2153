"""A SLURM array script for a sweep: no scheduler of ours, no daemon; submit again to resume."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from twin.core.arguments import as_int
from twin.experiment.files import put

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SCRIPT = """#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --array=0-{last}
#SBATCH --cpus-per-task=1
#SBATCH --time={minutes}
#SBATCH --requeue
#SBATCH --output={log}/%A-%a.log
# Every task runs each {shards}th run of the sweep. A run that is done is not run again, so submit
# this script again after tasks were killed or timed out. The last command merges and shows:
#   {whole}
set -euo pipefail
export NUMBA_CACHE_DIR="${{NUMBA_CACHE_DIR:-${{TMPDIR:-/tmp}}/twin-numba-$USER}}"  # a local disk
cd {here}
exec {command} --shard "$SLURM_ARRAY_TASK_ID/{shards}" --jobs "${{SLURM_CPUS_PER_TASK:-1}}"
"""


def write_array_script(
    path: Path, command: Sequence[str], *, name: str, shards: int, minutes: int, here: Path
) -> Path:
    """Write a script for `sbatch`.

    Parameters
    ----------
    path
        File to write.
    command
        The sweep as a command line, without `--shard` and `--jobs`.
    name
        Name of the job.
    shards
        Tasks of the array.
    minutes
        Time limit of a task.
    here
        Folder that paths of the command are relative to, seen by all nodes.
    """
    shards = as_int("shards", shards, low=1, high=100_000)
    words = shlex.join(command)
    text = _SCRIPT.format(
        name=name,
        last=shards - 1,
        shards=shards,
        minutes=as_int("minutes", minutes, low=1),
        log=shlex.quote(str(here)),
        whole=words,
        here=shlex.quote(str(here)),
        command=words,
    )
    put(text, path)
    path.chmod(0o755)
    return path
