"""Designs that somebody else made: rows of a CSV file or of a table."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from twin.core.arguments import as_path
from twin.core.errors import Fault, ScenarioError
from twin.experiment.design.base import Design, design_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_MOST_BYTES = 64_000_000


def from_records(records: Iterable[Mapping[str, Any]]) -> Design:
    """Return the design of rows, each a mapping of dotted path to value."""
    return design_of("table", [dict(record) for record in records], {})


def from_csv(path: Path | str) -> Design:
    """Return the design of a CSV file: dotted paths in the first line, a point in every other.

    A cell is a JSON value (`0.3`, `true`, `[1, 2]`) or else plain text.

    Raises
    ------
    ScenarioError
        With every line that has too few or too many cells, or an empty one.
    """
    path = as_path("design", path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            what = f"is over {_MOST_BYTES / 1e6:g} MB"
            raise ScenarioError(Fault(str(path), what, "give fewer points"))
        with path.open(newline="", encoding="utf-8-sig") as stream:
            lines = [(n, row) for n, row in enumerate(csv.reader(stream), 1) if row]
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise ScenarioError(Fault(str(path), what, "name a CSV file")) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError(Fault(str(path), f"is no CSV: {error}", "save it as UTF-8")) from error
    if len(lines) < 2:  # noqa: PLR2004 - a head and one point
        mend = "write dotted paths in the first line and a point in every other"
        raise ScenarioError(Fault(str(path), "has no points", mend))
    head = [name.strip() for name in lines[0][1]]
    faults = _head_faults(path, head)
    points = []
    for number, row in lines[1:]:
        if len(row) != len(head) or not all(cell.strip() for cell in row):
            what = f"has {sum(bool(c.strip()) for c in row)} values, the head {len(head)}"
            faults.append(Fault(f"{path}:{number}", what, "fill in every cell"))
            continue
        points.append({p: value_of(cell.strip()) for p, cell in zip(head, row, strict=True)})
    if faults:
        raise ScenarioError(faults)
    return design_of("table", points, {"file": path.name})


def _head_faults(path: Path, head: list[str]) -> list[Fault]:
    empty = [Fault(f"{path}:1", "has a column without a name", "name it")] * ("" in head)
    twice = sorted({name for name in head if head.count(name) > 1 and name})
    return empty + [Fault(f"{path}:1", f"names {name} twice", "keep one") for name in twice]


def value_of(text: str) -> Any:  # noqa: ANN401 - any plain value
    """Return a JSON value, or the text itself where it is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
