"""Where exported files go."""

from __future__ import annotations

from pathlib import Path

from twin.core.errors import CityDataError, Fault


def writable(path: Path | str) -> Path:
    """Return the path of a file after making its folder, or say why it cannot be written."""
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise CityDataError(
            Fault(
                where=str(path),
                what=f"cannot be written: {error.strerror}",
                mend="name a file in a folder you may write to",
                code="E-UNWRITABLE",
            )
        ) from error
    if not path.stat().st_size:
        path.unlink()
    return path
