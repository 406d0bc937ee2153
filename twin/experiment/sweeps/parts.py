"""Indicators of many runs in few files: one part per run as it ends, merged now and then.

A run is done when its part is in place. The name of a part ends in the start of the SHA-256 of its
bytes, so a part that changed on disk is found out, whatever byte it is. A damaged part moves to
`quarantine/` and its runs are computed again; nothing is deleted because it cannot be read.
`index.parquet` is rebuilt from the parts at any time and is never the truth.
"""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from twin.core.columns import Column, Table
from twin.core.errors import Fault, StoreError
from twin.experiment.files import (
    parse_table,
    put,
    quarantine,
    remove_left_behind,
    sha256_of,
    table_bytes,
    unreadable,
)
from twin.experiment.store import arrow_table
from twin.model.tables import INDICATORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

_LOG = logging.getLogger(__name__)
MERGE_FROM = 64
"""Parts of single runs from which on they are merged."""
_MERGE_MOST = 512
"""Parts of single runs in one merged part: bounds the memory of a merge."""
_DIGITS = 16
_NAME = re.compile(r"part-(?P<runs>.+?)(\.(?P<sha>[0-9a-f]{16}))?\.parquet")
_TRIES = 20

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
    """Write one run's indicators to `runs/part-<run_id>.<sha>.parquet`, whole or not at all.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    frame = indicators.assign(
        run_id=run_id, seed=seed, settings=json.dumps(dict(settings), sort_keys=True)
    )
    return _put_part(arrow_table(PART, frame), folder, run_id)


def _put_part(table: pa.Table, folder: Path, runs: str) -> Path:
    data = table_bytes(table)
    return put(data, folder / "runs" / f"part-{runs}.{sha256_of(data)[:_DIGITS]}.parquet")


def part_files(folder: Path) -> list[Path]:
    """Return the parts of a sweep by name; their content is not looked at."""
    return sorted(
        path for path in (folder / "runs").glob("part-*.parquet") if _NAME.fullmatch(path.name)
    )


def is_done(folder: Path, run_id: str) -> bool:
    """Return whether a run has a whole part of its own: one that ended a moment ago."""
    return any(
        read_part(path) is not None for path in (folder / "runs").glob(f"part-{run_id}.*parquet")
    )


def read_part(path: Path, columns: Sequence[str] | None = None) -> pa.Table | None:
    """Return a part's table; None if it is gone, or damaged and now in quarantine.

    Raises
    ------
    StoreError
        If the system does not give the file, or it is of a newer program.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    named = _NAME.fullmatch(path.name)
    expected = named["sha"] if named else None
    if expected is not None and sha256_of(data)[:_DIGITS] != expected:
        _set_aside(path, "its checksum differs")
        return None
    try:
        table = parse_table(data)
    except ValueError as error:
        _set_aside(path, str(error))
        return None
    names = [column.name for column in PART.columns]
    if missing := [name for name in names if name not in table.column_names]:
        what = f"is of another version of the store: it lacks {', '.join(missing)}"
        raise StoreError(Fault(str(path), what, "update urban-twin, or sweep into another --out"))
    return table.select(list(columns or names))


def _set_aside(path: Path, why: str) -> None:
    moved = quarantine(path)
    if moved is not None:
        _LOG.warning("%s is damaged (%s): moved to %s, its runs are run again", path, why, moved)


def tables(folder: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the parts' tables, each run once; `run_id` is always among the columns.

    A merge cut short leaves a run both merged and single, with equal rows; one that goes on in
    another process removes parts while this one reads: then the folder is listed again.
    """
    wanted = ["run_id", *(name for name in columns or () if name != "run_id")]
    seen: set[str] = set()
    read: set[Path] = set()
    for _ in range(_TRIES):
        gone = False
        for path in part_files(folder):
            if path in read:
                continue
            table = read_part(path, wanted if columns is not None else None)
            if table is None:
                gone = True
                continue
            read.add(path)
            ids = set(pc.unique(table["run_id"]).to_pylist())
            doubled = ids & seen
            if doubled:
                known = pa.array(sorted(doubled), pa.string())
                table = table.filter(pc.invert(pc.is_in(table["run_id"], known)))
            seen |= ids
            if len(table):
                yield table
        if not gone:
            return
    raise StoreError(
        Fault(str(folder / "runs"), "changes all the time", "wait for the other sweep to end")
    )


def done_ids(folder: Path) -> set[str]:
    """Return the identities of all runs whose part is whole."""
    ids: set[str] = set()
    for table in tables(folder, ["run_id"]):
        ids.update(pc.unique(table["run_id"]).to_pylist())
    return ids


def read_parts(folder: Path, period: str | None = None) -> pd.DataFrame:
    """Return the indicators of all runs of a sweep, each run once, in order of identity.

    Parameters
    ----------
    folder
        Folder of the sweep.
    period
        Only rows of this period: `run`, `year` or `month`; None for all.
    """
    kept = [
        table if period is None else table.filter(pc.equal(table["period"], period))
        for table in tables(folder)
    ]
    if not kept:
        return _EMPTY.to_pandas()
    whole = pa.concat_tables([table.replace_schema_metadata() for table in kept])
    order = [(name, "ascending") for name in ("run_id", "period", "start", "indicator")]
    return whole.sort_by(order).to_pandas()


_EMPTY = pa.table({column.name: pa.array([], pa.null()) for column in PART.columns})


def merge_parts(folder: Path, *, least: int = MERGE_FROM) -> None:
    """Merge the parts of single runs into larger ones once there are many.

    A part is removed only after the merged one that holds its rows is on disk, so processes that
    merge at the same time, or are killed while they do, lose nothing.
    """
    single = [path for path in part_files(folder) if not path.name.startswith("part-all-")]
    if len(single) < least:
        return
    for first in range(0, len(single), _MERGE_MOST):
        _merge(folder, single[first : first + _MERGE_MOST])


def _merge(folder: Path, files: Sequence[Path]) -> None:
    read: dict[Path, pa.Table] = {}
    for path in files:
        table = read_part(path)
        if table is not None:
            read[path] = table.replace_schema_metadata()
    if not read:
        return
    whole = pa.concat_tables(list(read.values()))
    frame = whole.to_pandas().drop_duplicates(["run_id", "period", "start", "indicator"])
    count = frame["run_id"].nunique()
    names = sha256_of("".join(sorted(frame["run_id"].unique())).encode())[:8]
    _put_part(arrow_table(PART, frame), folder, f"all-{count}-{names}")
    for path in read:
        path.unlink(missing_ok=True)


def tidy(folder: Path) -> None:
    """Remove what killed writers left behind and single parts that a merged one repeats."""
    remove_left_behind(folder / "runs", "part-*")
    merged: set[str] = set()
    for path in part_files(folder):
        if path.name.startswith("part-all-"):
            table = read_part(path, ["run_id"])
            merged.update(pc.unique(table["run_id"]).to_pylist() if table is not None else ())
    for path in part_files(folder):
        named = _NAME.fullmatch(path.name)
        if named is not None and named["runs"] in merged:
            path.unlink(missing_ok=True)


def write_index(folder: Path) -> None:
    """Write `index.parquet`: one row per run done, with seed and settings."""
    columns = ["run_id", "seed", "settings"]
    rows = [table.group_by(columns).aggregate([]) for table in tables(folder, columns)]
    if rows:
        index = pa.concat_tables([table.replace_schema_metadata() for table in rows])
        put(table_bytes(index.sort_by("run_id")), folder / "index.parquet")
