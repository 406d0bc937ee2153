"""Runs on disk: a folder with a manifest and Parquet files, whole or absent."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from twin.core.columns import Table, conform
from twin.core.errors import Fault, StoreError
from twin.model.tables import RUN_TABLES, RunResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from twin.drawing import Page, Picture

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
_LEVELS_BELOW = 3
"""Folders between a folder of runs and a run: city, policy, seed."""
_RUNS_SHOWN = 8
TOWNS = "towns"
"""Folder with a run for each of several towns, and the key of their hashes in the manifest."""
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
        return read_table(self.path / "indicators.parquet")

    @cached_property
    def zones(self) -> pd.DataFrame:
        """Zones by year; columns of `model.tables.ZONES`."""
        return read_table(self.path / "zones.parquet")

    @cached_property
    def assets(self) -> pd.DataFrame:
        """Assets at the end of each year; columns of `model.tables.ASSETS`."""
        return read_table(self.path / "assets.parquet")

    @cached_property
    def events(self) -> pd.DataFrame:
        """Failures, renewals and shocks; columns of `model.tables.EVENTS`."""
        return read_table(self.path / "events.parquet")

    @cached_property
    def homes(self) -> pd.DataFrame:
        """Hours in which homes are cold; columns of `model.tables.HOMES`."""
        return read_table(self.path / "homes.parquet")

    @cached_property
    def money(self) -> pd.DataFrame:
        """Every movement of money; columns of `model.tables.MONEY`."""
        return read_table(self.path / "money.parquet")

    @cached_property
    def votes(self) -> pd.DataFrame:
        """Projects of participatory budgets; columns of `model.tables.VOTES`."""
        return read_table(self.path / "votes.parquet")

    @cached_property
    def works(self) -> pd.DataFrame:
        """Planned works that were done; columns of `model.tables.WORKS`."""
        return read_table(self.path / "works.parquet")

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


def read_table(path: Path) -> pd.DataFrame:
    """Read a Parquet file.

    Raises
    ------
    StoreError
        If it is missing or torn.
    """
    try:
        frame: pd.DataFrame = pq.read_table(path).to_pandas()
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(
            Fault(str(path), f"cannot be read: {error}", "remove the folder and run again")
        ) from error
    return frame


def open_run(path: Path | str) -> Run:
    """Open a run folder.

    Raises
    ------
    StoreError
        If the folder is no run, or a torn one; the message says which file is wrong.
    """
    path = Path(path)
    fault = _fault_of(path)
    if fault is not None:
        raise StoreError(fault)
    return Run(path, json.loads((path / MANIFEST).read_text()))


def find_run(path: Path, run_id: str) -> Run | None:
    """Return the run at a place if it is whole and has that identity, else None."""
    if _fault_of(path) is not None:
        return None
    run = Run(path, json.loads((path / MANIFEST).read_text()))
    return run if run.id == run_id else None


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
    except (ValueError, KeyError, TypeError, AttributeError):
        return Fault(str(manifest), "is torn", mend)
    if newer:
        return Fault(str(manifest), f"is newer than version {SCHEMA_VERSION}", "update urban-twin")
    if set(sizes) != {table.name for table in RUN_TABLES} or not all(map(str, identity)):
        return Fault(str(manifest), "does not list the tables of a run", mend)
    for name, size in sizes.items():
        file = path / f"{name}.parquet"
        if not file.is_file() or file.stat().st_size != size or not _ends_well(file):
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
        write_table(arrow_table(table, getattr(result, table.name)), file)
        rows = len(getattr(result, table.name))
        tables[table.name] = {"rows": rows, "bytes": file.stat().st_size}
    hashed = content_hash(result)
    facts = {"schema_version": SCHEMA_VERSION, **manifest, "content_hash": hashed}
    _write_synced(folder / MANIFEST, json.dumps({**facts, "tables": tables}, indent=2) + "\n")
    return hashed


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
        _write_synced(temporary / MANIFEST, json.dumps(whole, indent=2) + "\n")
    return open_run(path)


@contextmanager
def _staged(path: Path, run_id: str) -> Iterator[Path]:
    """Give a folder beside `path` that takes its place when the block ends well."""
    temporary = path.parent / f".{path.name}-{socket.gethostname()}-{os.getpid()}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path)
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        yield temporary
        _put_in_place(temporary, path, run_id)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def unwritable(path: Path, error: OSError) -> StoreError:
    """Return the error for a folder that cannot be written."""
    return StoreError(
        Fault(
            str(path),
            f"cannot be written: {error.strerror or error}",
            "name a folder you may write to with --out, or free disk space",
        )
    )


def require_writable(folder: Path | str) -> Path:
    """Return the folder, created, or say that nothing can be written there.

    Raises
    ------
    StoreError
        Before any work is spent on results that have no place.
    """
    folder = Path(folder)
    probe = folder / f".probe-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


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


def write_table(table: pa.Table, file: Path) -> None:
    """Write a Parquet file with the same bytes for the same values, synced to disk."""
    kept = {key: value for key, value in (table.schema.metadata or {}).items() if key != b"pandas"}
    pq.write_table(table.replace_schema_metadata(kept), file, compression="zstd")
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def _write_synced(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put_in_place(temporary: Path, path: Path, run_id: str) -> None:
    """Rename a finished folder; what stood there goes, unless another process just wrote it."""
    if path.exists():
        if find_run(path, run_id) is not None:
            return
        aside = temporary.with_name(f"{temporary.name}-old")
        path.rename(aside)
        temporary.rename(path)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        temporary.rename(path)
    sync_folder(path.parent)


def remove_leftovers(path: Path) -> None:
    """Remove what killed writers of the same run left beside it on this machine."""
    prefix = f".{path.name}-{socket.gethostname()}-"
    for folder in path.parent.glob(f"{prefix}*"):
        writer = folder.name.removeprefix(prefix).split("-")[0]
        if writer.isdigit() and int(writer) != os.getpid() and not _alive(int(writer)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def save_frame(frame: pd.DataFrame, file: Path) -> Path:
    """Write a frame as Parquet, whole or not at all.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    temporary = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_table(pa.Table.from_pandas(frame, preserve_index=False), temporary)
        temporary.rename(file)
    except OSError as error:
        raise unwritable(file, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return file
