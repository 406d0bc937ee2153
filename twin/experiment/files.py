"""Files that are whole or absent: atomic writes, checksums, quarantine of what is damaged."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import socket
import tempfile
import uuid
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from twin.core.arguments import as_path
from twin.core.errors import Fault, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

QUARANTINE = "quarantine"
"""Folder beside what is damaged, that takes it; nothing is deleted because it cannot be read."""


def unwritable(path: Path, error: OSError) -> StoreError:
    """Return the error for a folder that cannot be written."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    mend = "free disk space and run again" if full else "name a folder you may write to with --out"
    return StoreError(
        Fault(
            str(path),
            f"cannot be written: {error.strerror or error}",
            f"{mend}; what is finished is kept",
        )
    )


def unreadable(path: Path, error: OSError) -> StoreError:
    """Return the error for a file that is there and that the system does not give."""
    return StoreError(
        Fault(
            str(path),
            f"cannot be read: {error.strerror or error}",
            "check its permissions and the disk; nothing was changed or removed",
        )
    )


def require_writable(folder: Path | str) -> Path:
    """Return the folder, created, or raise if nothing can be written there.

    Raises
    ------
    StoreError
        Before any work is spent on results that have no place.
    """
    folder = as_path("out", folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # a name of its own: many processes probe one folder at a time
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-"):
            pass
    except FileNotFoundError as error:
        # a folder that another process removes while this one creates it
        raise unwritable(folder, error) from error
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def temporary_beside(path: Path) -> Path:
    """Return a hidden name beside a path, of this host, process and call alone."""
    writer = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    return path.with_name(f".{path.name}-{writer}")


def remove_left_behind(folder: Path, name: str = "*") -> None:
    """Remove temporary files and folders of writers on this host that have ended.

    Parameters
    ----------
    folder
        Where they lie.
    name
        Name of the final file or folder, or a pattern of it.
    """
    host = re.escape(socket.gethostname())
    for path in folder.glob(f".{name}-*"):
        written = re.fullmatch(rf"\..+-{host}-(\d+)(-[0-9a-f]{{8}})?", path.name)
        if written is None or int(written[1]) == os.getpid() or _alive(int(written[1])):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of bytes, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def checksum(facts: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain facts in canonical JSON, `checksum` itself left out."""
    kept = {key: value for key, value in facts.items() if key != "checksum"}
    return sha256_of(json.dumps(kept, sort_keys=True, separators=(",", ":")).encode())


def table_bytes(table: pa.Table) -> bytes:
    """Return a table as a Parquet file: the same bytes for the same values, pages with CRC."""
    kept = {key: value for key, value in (table.schema.metadata or {}).items() if key != b"pandas"}
    sink = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata(kept), sink, compression="zstd", write_page_checksum=True
    )
    return bytes(sink.getvalue().to_pybytes())


def parse_table(data: bytes, **options: Any) -> pa.Table:  # noqa: ANN401 - options of pyarrow
    """Return the table of a Parquet file's bytes, CRC of its pages verified.

    Raises
    ------
    ValueError
        If the bytes are no whole Parquet file.
    """
    try:
        return pq.read_table(pa.BufferReader(data), page_checksum_verification=True, **options)
    except (OSError, pa.ArrowException) as error:  # of bytes in memory, so never the disk's
        raise ValueError(str(error)) from error


def write_synced(file: Path, data: bytes | str) -> None:
    """Write a file and wait until it is on the disk."""
    with file.open("wb") as stream:
        stream.write(data.encode() if isinstance(data, str) else data)
        stream.flush()
        os.fsync(stream.fileno())


def put(data: bytes | str, path: Path) -> Path:
    """Write a file under a temporary name beside it, synced, then renamed.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    temporary = temporary_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_synced(temporary, data)
        temporary.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        _discard(temporary)
    return path


def _discard(temporary: Path) -> None:
    """Remove a temporary file; a disk that fails now has been reported already."""
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        return


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def quarantine(path: Path) -> Path | None:
    """Move what is damaged to `quarantine/` beside it; return its new place.

    None where another process has moved it already.
    """
    target = path.parent / QUARANTINE / f"{path.name}.{uuid.uuid4().hex[:8]}"
    try:
        target.parent.mkdir(exist_ok=True)
        path.rename(target)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unwritable(path, error) from error
    return target


def save_frame(frame: pd.DataFrame, file: Path) -> Path:
    """Write a frame as Parquet, whole or not at all.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    return put(table_bytes(pa.Table.from_pandas(frame, preserve_index=False)), file)
