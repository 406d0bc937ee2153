"""Indicators of many runs in few files: one part per run as it ends, merged now and then.

A run is done when its part is in place. `index.parquet` is rebuilt from the parts at any time and
is never the truth.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from twin.core.columns import Column, Table
from twin.experiment.store import (
    arrow_table,
    require_writable,
    sync_folder,
    unwritable,
    write_table,
)
from twin.model.tables import INDICATORS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MERGE_FROM = 64
"""Parts of single runs from which on they are merged."""

PART = Table(
    "part",
    "Indicators of runs of a sweep",
    (
        Column("run_id", "str", "identity of the run"),
        Column("seed", "int64", "seed of the run"),
        Column("settings", "str", "swept settings, canonical JSON"),
        *INDICATORS.columns,
    ),
)


def write_part(
    folder: Path, run_id: str, seed: int, settings: Mapping[str, Any], indicators: pd.DataFrame
) -> Path:
    """Write one run's indicators to `runs/part-<run_id>.parquet`, whole or not at all.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    frame = indicators.assign(
        run_id=run_id, seed=seed, settings=json.dumps(dict(settings), sort_keys=True)
    )
    return _put(arrow_table(PART, frame), folder / "runs" / f"part-{run_id}.parquet")


def _put(table: pa.Table, path: Path) -> Path:
    temporary = path.with_name(f".{path.name}-{socket.gethostname()}-{os.getpid()}")
    require_writable(path.parent)
    try:
        write_table(table, temporary)
        temporary.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return path


def part_files(folder: Path) -> list[Path]:
    """Return the readable parts of a sweep; what is torn is removed, so that it is run again."""
    files = []
    for path in sorted((folder / "runs").glob("part-*.parquet")):
        try:
            pq.read_metadata(path)
        except (OSError, pa.ArrowInvalid):
            path.unlink(missing_ok=True)
        else:
            files.append(path)
    return files


def done_ids(folder: Path) -> set[str]:
    """Return the identities of all runs whose part is in place."""
    ids: set[str] = set()
    for path in part_files(folder):
        ids.update(pq.read_table(path, columns=["run_id"])["run_id"].unique().to_pylist())
    return ids


def read_parts(folder: Path) -> pd.DataFrame:
    """Return the indicators of all runs of a sweep, each run once, in order of identity."""
    tables = [pq.read_table(path) for path in part_files(folder)]
    if not tables:
        return pd.DataFrame({column.name: [] for column in PART.columns})
    whole = pa.concat_tables(tables).to_pandas()
    # a merge cut short leaves a run both merged and single, with equal rows
    keys = ["run_id", "period", "start", "indicator"]
    return whole.drop_duplicates(keys).sort_values(keys, ignore_index=True)


def merge_parts(folder: Path, *, least: int = MERGE_FROM) -> None:
    """Merge the parts of a sweep into one once there are many."""
    files = part_files(folder)
    if len(files) < least:
        return
    whole = read_parts(folder)
    names = "".join(sorted(whole["run_id"].unique()))
    name = f"part-all-{hashlib.sha256(names.encode()).hexdigest()[:12]}.parquet"
    merged = _put(arrow_table(PART, whole), folder / "runs" / name)
    for path in files:
        if path != merged:
            path.unlink(missing_ok=True)


def write_index(folder: Path, whole: pd.DataFrame) -> None:
    """Write `index.parquet`: one row per run with seed and settings."""
    runs = whole[["run_id", "seed", "settings"]].drop_duplicates("run_id")
    _put(pa.Table.from_pandas(runs, preserve_index=False), folder / "index.parquet")


def write_failure(folder: Path, run_id: str, error: str, details: str, attempt: int) -> None:
    """Write why a run failed to `failed/<run_id>.json`."""
    place = require_writable(folder / "failed") / f"{run_id}.json"
    text = {"run_id": run_id, "error": error, "details": details, "attempt": attempt}
    temporary = place.with_name(f".{place.name}-{os.getpid()}")
    try:
        temporary.write_text(json.dumps(text, indent=2) + "\n")
        temporary.rename(place)
    except OSError as problem:
        raise unwritable(place, problem) from problem


def clear_failure(folder: Path, run_id: str) -> None:
    """Forget an earlier failure of a run that is done now."""
    (folder / "failed" / f"{run_id}.json").unlink(missing_ok=True)


def read_failures(folder: Path) -> dict[str, str]:
    """Return the error of each failed run by identity."""
    failures = {}
    for path in sorted((folder / "failed").glob("*.json")):
        content = json.loads(path.read_text())
        failures[str(content["run_id"])] = str(content["error"])
    return failures
