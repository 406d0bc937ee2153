"""Rows of records that are not used, or used in part: where, why, and what would mend them."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gis.read.tables import TextTable

_SHOWN = 5
"""Rows of one reason that are listed one by one."""
_COLUMNS = ("file", "line", "reason", "what", "effect", "mend")


@final
@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows are not used as they stand."""

    code: str
    """Short and stable, such as `R-DATE`."""
    effect: str
    """What becomes of the row: `left out`, or the part of it that counts as unknown."""
    mend: str


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a file."""

    file: str
    line: int
    reason: Reason
    what: str


@final
@dataclass(slots=True)
class LeftOut:
    """All rows that are not used as they stand, in the order they were found."""

    entries: list[Entry] = field(default_factory=list)

    def note(self, table: TextTable, rows: Iterable[int], reason: Reason, what: str) -> None:
        """Note rows of a table for one reason; `what` may hold `{}` for the row's own text."""
        for at in rows:
            line = int(table.row[at])
            self.entries.append(Entry(table.file.name, line, reason, what))

    def note_each(self, table: TextTable, found: Iterable[tuple[int, str]], reason: Reason) -> None:
        """Note rows of a table for one reason, each with what is wrong with it."""
        for at, what in found:
            self.entries.append(Entry(table.file.name, int(table.row[at]), reason, what))

    def counts(self) -> dict[tuple[str, str, str], int]:
        """Return the number of rows by file, code and effect."""
        return dict(Counter((one.file, one.reason.code, one.reason.effect) for one in self.entries))

    def lines(self) -> list[str]:
        """Return the entries as text: counts by file and reason, with the first rows of each."""
        out: list[str] = []
        for key, count in self.counts().items():
            file, code, effect = key
            alike = [
                one for one in self.entries if (one.file, one.reason.code, one.reason.effect) == key
            ]
            rows = "row" if count == 1 else "rows"
            out.append(f"{file}: {code} {count} {rows} {effect}; {alike[0].reason.mend}")
            out += [f"  {file}:{one.line}: {one.what}" for one in alike[:_SHOWN]]
            if count > _SHOWN:
                out.append(f"  ... and {count - _SHOWN} more")
        return out

    def write(self, path: Path) -> None:
        """Write every entry as a table."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            for one in self.entries:
                why = one.reason
                row = (one.file, one.line, why.code, one.what, why.effect, why.mend)
                writer.writerow(row)
