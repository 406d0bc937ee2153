"""Runs of a sweep that failed: `failed/<run_id>.json` says why and how to repeat one alone."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from twin.experiment.files import put, quarantine, unreadable

if TYPE_CHECKING:
    from pathlib import Path

_LOG = logging.getLogger(__name__)


def write_failure(folder: Path, run_id: str, error: str, details: str, repeat: str = "") -> None:
    """Write why a run failed, and the command that repeats it alone."""
    text = {"run_id": run_id, "error": error, "details": details, "repeat": repeat}
    put(json.dumps(text, indent=2) + "\n", folder / "failed" / f"{run_id}.json")


def clear_failure(folder: Path, run_id: str) -> None:
    """Forget an earlier failure of a run that is done now."""
    for name in (f"{run_id}.json", f"{run_id}.stack"):
        (folder / "failed" / name).unlink(missing_ok=True)


def read_failures(folder: Path) -> dict[str, str]:
    """Return the error of each failed run by identity; what is no JSON is set aside."""
    failures = {}
    for path in sorted((folder / "failed").glob("*.json")):
        try:
            content = json.loads(path.read_text())
            failures[str(content["run_id"])] = str(content["error"])
        except FileNotFoundError:
            continue
        except OSError as error:
            raise unreadable(path, error) from error
        except (ValueError, KeyError, TypeError):
            _LOG.warning("%s is damaged: moved to %s", path, quarantine(path))
    return failures


def stack_file(folder: Path, run_id: str) -> Path:
    """Return where a run that is stopped by force leaves its traceback."""
    return folder / "failed" / f"{run_id}.stack"


def stopped_by_force(folder: Path, run_id: str) -> dict[str, Any] | None:
    """Return the failure of a run that the time limit stopped by force, else None."""
    path = stack_file(folder, run_id)
    try:
        text = path.read_text()
    except OSError:
        return None
    return {"error": "TimeLimit", "details": text} if text else None
