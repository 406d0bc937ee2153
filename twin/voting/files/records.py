"""Records of a CSV or JSON export, all values as text, with faults by line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, final

from twin.core.errors import ElectionError, Fault
from twin.voting.files.pb_text import decimal_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@final
@dataclass(slots=True)
class Records:
    """Rows of an export."""

    path: Path
    names: tuple[str, ...]
    """Column names, in the order of the file; those of nested values joined by slashes."""
    rows: list[dict[str, str]]
    line: list[int]
    """Line of each row; of JSON, its number."""
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, what: str, mend: str) -> None:
        """Note a fault of a row."""
        self.faults.append(Fault(f"{self.path}:{line}", what, mend))

    def require(self, *names: str) -> None:
        """Raise if the file lacks a column."""
        missing = [name for name in names if name not in self.names]
        if missing:
            what = f"no column {', '.join(missing)}; columns: {', '.join(self.names)}"
            raise ElectionError(
                Fault(f"{self.path}:1", what, "Export the file again, with the platform's columns.")
            )

    def keep(self, wanted: Callable[[dict[str, str]], bool]) -> int:
        """Keep some rows; return how many are left out."""
        kept = [i for i, row in enumerate(self.rows) if wanted(row)]
        n_out = len(self.rows) - len(kept)
        self.rows = [self.rows[i] for i in kept]
        self.line = [self.line[i] for i in kept]
        return n_out

    def column(self, *names: str) -> list[str]:
        """Return the first column of these names, or whose name begins with one and a slash."""
        for name in names:
            for known in self.names:
                if known == name or known.startswith(f"{name}/"):
                    return [row.get(known, "") for row in self.rows]
        return []

    def numbers(self, name: str) -> list[Decimal]:
        """Return a column as numbers; what is none is a fault."""
        out = []
        for line, text in zip(self.line, self.column(name), strict=True):
            value = decimal_of(text)
            if value is None:
                self.fault(line, f"{name} = {text!r} is not a number", "Correct the export.")
            out.append(Decimal(0) if value is None else value)
        return out

    def finish(self) -> None:
        """Raise the faults found."""
        if self.faults:
            raise ElectionError(self.faults)


def read_records(path: Path) -> Records:
    """Return the rows of a `.json` file, a list of objects, or of a CSV file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}.\n  Name an exported file."
        raise ElectionError(message) from None
    except UnicodeDecodeError:
        raise ElectionError(
            Fault(f"{path}:1", "the file is not UTF-8", "Export it in the encoding UTF-8.")
        ) from None
    return _from_json(path, text) if text.lstrip()[:1] in ("[", "{") else _from_csv(path, text)


def _from_csv(path: Path, text: str) -> Records:
    """Return the rows of CSV, separated by what the first line has most of."""
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = tuple(cell.strip() for cell in next(reader, []))
    found = Records(path, names, [], [])
    before = reader.line_num
    for cells in reader:
        line, before = before + 1, reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            found.fault(
                line,
                f"{len(cells)} cells, the file has {len(names)} columns",
                "The line may be cut short: export the file again.",
            )
        found.rows.append(dict(zip(names, (cell.strip() for cell in cells), strict=False)))
        found.line.append(line)
    return found


def _from_json(path: Path, text: str) -> Records:
    """Return the rows of a list of objects."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ElectionError(
            Fault(
                f"{path}:{error.lineno}:{error.colno}",
                f"not JSON: {error.msg}",
                "The file may be cut short: export it again.",
            )
        ) from None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ElectionError(
            Fault(f"{path}:1", "not a list of objects", "Export the records as a JSON list.")
        )
    rows = [dict(_flat(one, "")) for one in value]
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    return Records(path, names, rows, list(range(1, len(rows) + 1)))


def _flat(value: Any, name: str) -> list[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    """Return nested values as (path, text), as Decidim names the columns of its CSV."""
    if isinstance(value, Mapping):
        path = f"{name}/" if name else ""
        return [leaf for key, one in value.items() for leaf in _flat(one, f"{path}{key}")]
    if isinstance(value, list):
        first = [one for one in value if not isinstance(one, Mapping)]
        leaves = [leaf for one in value if isinstance(one, Mapping) for leaf in _flat(one, name)]
        return leaves or [(name, ", ".join(str(one) for one in first))]
    if isinstance(value, bool):
        return [(name, str(value).lower())]
    return [(name, "" if value is None else str(value))]
