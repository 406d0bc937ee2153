"""What a sweep folder keeps about itself: the scenario once, and every call on it."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

from twin.experiment.files import put, unwritable
from twin.experiment.identity import model_version
from twin.experiment.runs import versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from twin.experiment.design import Design
    from twin.scenario.spec import Scenario

CALLS = "calls.jsonl"
_MOST_POINTS = 1000
"""Points of a design that a call lists one by one; the parts carry the settings of all."""


def write_manifest(folder: Path, scenario: Scenario, city_hash: str) -> None:
    """Write `manifest.json`, unless it is there: all calls on a folder share what it states."""
    if (folder / "manifest.json").is_file():
        return
    manifest = {
        "scenario": scenario.resolved(),
        "city_hash": city_hash,
        "model_version": model_version(),
        "versions": versions(),
    }
    put(json.dumps(manifest, indent=2) + "\n", folder / "manifest.json")


def append_call(
    folder: Path, design: Design, seeds: Sequence[int], facts: Mapping[str, Any]
) -> None:
    """Append one line to `calls.jsonl`: who ran what, where and when.

    One write in append mode, so calls of several hosts at a time do not mix.
    """
    line = {
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "host": socket.gethostname(),
        "process": os.getpid(),
        "command": sys.argv,
        "model_version": model_version(),
        "design": design.kind,
        "design_facts": dict(design.facts),
        "n_points": len(design),
        "points": [dict(point) for point in design.points[:_MOST_POINTS]],
        "seeds": list(seeds),
        **facts,
    }
    text = json.dumps(line, separators=(",", ":")) + "\n"
    path = folder / CALLS
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, text.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise unwritable(path, error) from error


def read_calls(folder: Path) -> list[dict[str, Any]]:
    """Return every call on a sweep folder; a line that a full disk cut short is left out."""
    try:
        lines = (folder / CALLS).read_text().splitlines()
    except FileNotFoundError:
        return []
    calls = []
    for line in lines:
        try:
            calls.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return calls
