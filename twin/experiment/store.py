"""Runs on disk: a folder with a manifest and Parquet files, whole or absent."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np
import pyarrow as pa

from twin.core.arguments import as_path
from twin.core.columns import Table, conform
from twin.core.errors import Fault, StoreError
from twin.experiment.files import (
    QUARANTINE,
    checksum,
    parse_table,
    quarantine,
    remove_left_behind,
    sha256_of,
    sync_folder,
    table_bytes,
    temporary_beside,
    unreadable,
    unwritable,
    write_synced,
)
from twin.model.tables import RUN_TABLES, RunResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from twin.drawing import Page, Picture

SCHEMA_VERSION = 1
"""Of the tables of a run."""
STORE_VERSION = 2
"""Of run folders: 1 had no checksums; 2 has one by table and one of the manifest."""
MANIFEST = "manifest.json"
_LEVELS_BELOW = 3
"""Folders between a folder of runs and a run: city, policy, seed."""
_RUNS_SHOWN = 8
TOWNS = "towns"
"""Folder with a run for each of several towns, and the key of their hashes in the manifest."""
_TRIES = 5
_MAGIC = b"PAR1"
_ARROW = {"str": pa.string()}


@final
class Run:
    """A finished run; its tables are read from disk when first needed."""

    def __init__(self, path: Path, manifest: Mapping[str, Any]) -> None:
        self.path = path
        self.manifest = dict(manifest)

    @property
    def id(self) -> str:
        """Identity of the run: hash of scenario, seed, city content and program."""
        return str(self.manifest["run_id"])

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return int(self.manifest["seed"])

    @property
    def arm(self) -> str:
        """Name of the policy, `base` for the scenario's own."""
        return str(self.manifest["arm"])

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["scenario"])

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """Indicators by month, by year and over the run; columns of `model.tables.INDICATORS`."""
        return self._table("indicators")

    @cached_property
    def zones(self) -> pd.DataFrame:
        """Zones by year; columns of `model.tables.ZONES`."""
        return self._table("zones")

    @cached_property
    def assets(self) -> pd.DataFrame:
        """Assets at the end of each year; columns of `model.tables.ASSETS`."""
        return self._table("assets")

    @cached_property
    def events(self) -> pd.DataFrame:
        """Failures, renewals and shocks; columns of `model.tables.EVENTS`."""
        return self._table("events")

    @cached_property
    def homes(self) -> pd.DataFrame:
        """Hours in which homes are cold; columns of `model.tables.HOMES`."""
        return self._table("homes")

    @cached_property
    def money(self) -> pd.DataFrame:
        """Every movement of money; columns of `model.tables.MONEY`."""
        return self._table("money")

    @cached_property
    def votes(self) -> pd.DataFrame:
        """Projects of participatory budgets; columns of `model.tables.VOTES`."""
        return self._table("votes")

    @cached_property
    def works(self) -> pd.DataFrame:
        """Planned works that were done; columns of `model.tables.WORKS`."""
        return self._table("works")

    def _table(self, name: str) -> pd.DataFrame:
        """Read a table, its checksum verified."""
        expected = self.manifest["tables"][name].get("sha256")
        return read_table(self.path / f"{name}.parquet", expected)

    @property
    def towns(self) -> dict[str, Run]:
        """The runs of several towns by name; empty for a single city."""
        return {name: open_run(self.path / TOWNS / name) for name in self.manifest.get(TOWNS, {})}

    def totals(self) -> pd.Series:
        """Return each indicator over the whole run, by name."""
        rows = self.indicators[self.indicators["period"] == "run"]
        return rows.set_index("indicator")["value"]

    def plot(self, *names: str) -> Picture:
        """Return series of indicators; without names, the scenario's own."""
        from twin.drawing.showing import picture_of  # noqa: PLC0415 - plotting is optional

        return picture_of(self, "twin.experiment.pictures:plot_run", names)

    def map(
        self, network: str = "water", column: str = "wear_phys", *, year: int | None = None
    ) -> Picture:
        """Return a still map of a network's assets at the end of a year, the last by default."""
        from twin.drawing.showing import picture_of  # noqa: PLC0415 - plotting is optional

        return picture_of(self, "twin.experiment.pictures:map_run", network, column, year)

    def explore(
        self, network: str = "water", column: str = "wear_phys", *, year: int | None = None
    ) -> Page:
        """Return the same map with zoom and the facts of an asset under the pointer."""
        from twin.drawing.showing import page_of  # noqa: PLC0415 - plotting is optional

        return page_of(self, "twin.experiment.pictures:explore_run", network, column, year)

    def _repr_html_(self) -> str:
        from twin.drawing.showing import card_of  # noqa: PLC0415 - plotting is optional

        return card_of(self, "twin.experiment.pictures:run_card")

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}, arm={self.arm!r}, seed={self.seed}, id={self.id!r})"


def read_table(path: Path, sha256: str | None = None) -> pd.DataFrame:
    """Read a Parquet file.

    Parameters
    ----------
    path
        File.
    sha256
        Checksum of its bytes; None where none was stored.

    Raises
    ------
    StoreError
        If it is missing, torn, or changed since it was written.
    """
    mend = "run again: twin run sets a damaged run aside and computes it"
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StoreError(Fault(str(path), "is missing", mend)) from error
    except OSError as error:
        raise unreadable(path, error) from error
    if sha256 is not None and sha256_of(data) != sha256:
        raise StoreError(Fault(str(path), "is damaged: its checksum differs", mend))
    try:
        frame: pd.DataFrame = parse_table(data).to_pandas()
    except ValueError as error:
        raise StoreError(Fault(str(path), f"cannot be read: {error}", mend)) from error
    return frame


def open_run(path: Path | str) -> Run:
    """Open a run folder.

    Raises
    ------
    StoreError
        If the folder is no run, or a torn one; the message says which file is wrong.
    """
    path = as_path("path", path)
    fault = _fault_of(path)
    if fault is not None:
        raise StoreError(fault)
    return Run(path, json.loads((path / MANIFEST).read_text()))


def find_run(path: Path, run_id: str) -> Run | None:
    """Return the run at a place if it has that identity and every checksum holds, else None."""
    if _fault_of(path) is not None:
        return None
    run = Run(path, json.loads((path / MANIFEST).read_text()))
    return run if run.id == run_id and _checksums_hold(run) else None


def _checksums_hold(run: Run) -> bool:
    """Return whether every table has the bytes that were written."""
    for name, facts in run.manifest["tables"].items():
        try:
            data = (run.path / f"{name}.parquet").read_bytes()
        except OSError as error:
            raise unreadable(run.path, error) from error
        if "sha256" in facts and sha256_of(data) != facts["sha256"]:
            return False
    return True


def _fault_of(path: Path) -> Fault | None:
    """Return why a folder is no whole run: what is missing, short or without an end."""
    mend = "run again: twin run computes what is missing"
    manifest = path / MANIFEST
    if not manifest.is_file():
        return _no_run(path)
    try:
        content = json.loads(manifest.read_text())
        sizes = {name: int(facts["bytes"]) for name, facts in content["tables"].items()}
        identity = [content[key] for key in ("run_id", "seed", "arm", "scenario")]
        newer = int(content["schema_version"]) > SCHEMA_VERSION
        layout = int(content.get("store_version", 1))
    except OSError as error:
        raise unreadable(manifest, error) from error
    except (ValueError, KeyError, TypeError, AttributeError):
        return Fault(str(manifest), "is torn", mend)
    if newer or layout > STORE_VERSION:
        return Fault(str(manifest), f"is newer than version {SCHEMA_VERSION}", "update urban-twin")
    if set(sizes) != {table.name for table in RUN_TABLES} or not all(map(str, identity)):
        return Fault(str(manifest), "does not list the tables of a run", mend)
    return _damage(path, content, layout, mend)


def _damage(path: Path, content: Mapping[str, Any], layout: int, mend: str) -> Fault | None:
    """Return what is damaged in a run folder: its manifest, or a table's size or end."""
    # version 1 has no checksum; one that is there must hold in any case
    if (layout > 1 or "checksum" in content) and content.get("checksum") != checksum(content):
        return Fault(str(path / MANIFEST), "is damaged: its checksum differs", mend)
    for name, facts in content["tables"].items():
        file = path / f"{name}.parquet"
        if not file.is_file() or file.stat().st_size != facts["bytes"] or not _ends_well(file):
            return Fault(str(file), "is missing or torn", mend)
    torn = (_fault_of(path / TOWNS / name) for name in content.get(TOWNS, {}))
    return next((fault for fault in torn if fault is not None), None)


def _no_run(path: Path) -> Fault:
    """Return the fault of a place without a manifest, with the runs that are below it."""
    if not path.exists():
        return Fault(str(path), "is not a run folder: it does not exist", "check its name")
    found = [
        file.parent
        for depth in range(1, _LEVELS_BELOW + 1)
        for file in sorted(path.glob("*/" * depth + MANIFEST))
        if QUARANTINE not in file.parts
    ]
    if not found:
        return Fault(str(path), "is not a run folder", "run again: twin run writes its files")
    folders = list(dict.fromkeys(str(run.parent) for run in found))
    shown = " ".join(folders[:_RUNS_SHOWN])
    more = len(folders) - _RUNS_SHOWN
    what = f"is not a run folder, but a folder with {len(found)} runs below"
    return Fault(str(path), what, f"name those meant: {shown}{f' and {more} more' * (more > 0)}")


def _ends_well(file: Path) -> bool:
    """Return whether a Parquet file has its closing mark."""
    with file.open("rb") as stream:
        stream.seek(-len(_MAGIC), os.SEEK_END)
        return stream.read() == _MAGIC


def content_hash(result: RunResult) -> str:
    """Hash all values of a run's tables, 20 hex digits; equal for equal results anywhere."""
    hashed = hashlib.sha256(str(SCHEMA_VERSION).encode())
    for table in RUN_TABLES:
        frame = getattr(result, table.name)
        hashed.update(f"|{table.name}|{len(frame)}".encode())
        for column in table.columns:
            hashed.update(f"|{column.name}|".encode())
            values = frame[column.name]
            if column.dtype == "str":
                hashed.update("\x1f".join(values.fillna("").astype(str)).encode())
            else:
                hashed.update(np.ascontiguousarray(values.to_numpy(dtype=column.dtype)).tobytes())
    return hashed.hexdigest()[:20]


type TownPart = tuple[RunResult, Mapping[str, Any]]
"""Tables of one of several towns, and its manifest."""


def write_run(
    result: RunResult,
    path: Path,
    manifest: Mapping[str, Any],
    towns: Mapping[str, TownPart] | None = None,
) -> Run:
    """Write a run: tables to a temporary name beside `path`, synced, then renamed.

    Parameters
    ----------
    result
        Tables of the run.
    path
        Folder of the run; a torn or other run there is replaced.
    manifest
        Facts about the run; `tables`, `content_hash` and `schema_version` are added.
    towns
        Parts of several towns, each a run in `towns/<name>`.

    Raises
    ------
    StoreError
        If the folder cannot be written or a table lacks a column.
    """
    with _staged(path, str(manifest["run_id"])) as temporary:
        names = {}
        for name, (part, facts) in (towns or {}).items():
            folder = temporary / TOWNS / name
            folder.mkdir(parents=True)
            names[name] = _write_tables(part, folder, facts)
        _write_tables(result, temporary, {**manifest, TOWNS: names} if towns else manifest)
    return open_run(path)


def _write_tables(result: RunResult, folder: Path, manifest: Mapping[str, Any]) -> str:
    """Write tables and manifest into a folder; return their content hash."""
    tables = {}
    for table in RUN_TABLES:
        file = folder / f"{table.name}.parquet"
        data = table_bytes(arrow_table(table, getattr(result, table.name)))
        write_synced(file, data)
        rows = len(getattr(result, table.name))
        tables[table.name] = {"rows": rows, "bytes": len(data), "sha256": sha256_of(data)}
    hashed = content_hash(result)
    versions = {"schema_version": SCHEMA_VERSION, "store_version": STORE_VERSION}
    _write_manifest(folder, {**versions, **manifest, "content_hash": hashed, "tables": tables})
    return hashed


def _write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write a manifest with its checksum, over the facts as JSON gives them back."""
    plain = json.loads(json.dumps(facts))
    text = json.dumps({**plain, "checksum": checksum(plain)}, indent=2)
    write_synced(folder / MANIFEST, text + "\n")


def copy_run(run: Run, path: Path, changes: Mapping[str, Any]) -> Run:
    """Put an equal run at another place, with some facts of its manifest changed.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    with _staged(path, run.id) as temporary:
        for table in RUN_TABLES:
            shutil.copy(run.path / f"{table.name}.parquet", temporary)
        if TOWNS in run.manifest:
            shutil.copytree(run.path / TOWNS, temporary / TOWNS)
        whole = {**run.manifest, **changes}
        _write_manifest(temporary, whole)
    return open_run(path)


@contextmanager
def _staged(path: Path, run_id: str) -> Iterator[Path]:
    """Give a folder beside `path` that takes its place when the block ends well."""
    temporary = temporary_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_left_behind(path.parent, path.name)
        temporary.mkdir()
        yield temporary
        _put_in_place(temporary, path, run_id)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def arrow_table(table: Table, frame: pd.DataFrame) -> pa.Table:
    """Return a frame in the types of its table, without pandas' own metadata."""
    missing = [column.name for column in table.columns if column.name not in frame]
    if missing:
        raise StoreError(
            Fault(table.name, f"lacks {', '.join(missing)}", "the recorder must fill it in")
        )
    names = [column.name for column in table.columns]
    fields = [
        pa.field(
            column.name,
            _ARROW.get(column.dtype) or pa.from_numpy_dtype(np.dtype(column.dtype)),
            metadata={"unit": column.unit, "meaning": column.meaning},
        )
        for column in table.columns
    ]
    schema = pa.schema(fields, metadata={"twin.schema": f"{table.name} {SCHEMA_VERSION}"})
    return pa.Table.from_pandas(conform(table, frame)[names], schema=schema, preserve_index=False)


def _put_in_place(temporary: Path, path: Path, run_id: str) -> None:
    """Rename a finished folder; a damaged or other run there is set aside.

    Nothing is done where another process has just put the same run there.
    """
    for _ in range(_TRIES):
        if path.exists():
            if find_run(path, run_id) is not None:
                return
            quarantine(path)
        try:
            temporary.rename(path)
        except OSError:
            # another process put a folder there between the two; look again
            if not path.exists():
                raise
        else:
            sync_folder(path.parent)
            return
    raise StoreError(Fault(str(path), "is replaced by others all the time", "run again"))
