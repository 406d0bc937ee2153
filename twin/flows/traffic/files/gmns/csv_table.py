"""A CSV table being read, with faults by file and line."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import Fault
from twin.flows.traffic.files.fields import number, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Protocol

    from twin.core.arrays import Bool, Float64

    class _Reader(Protocol):
        """Rows of cells, and the line each ends on."""

        line_num: int

        def __iter__(self) -> Iterator[list[str]]: ...


@final
@dataclass(slots=True)
class CsvTable:
    """Rows of a CSV file as text, by column name."""

    name: str
    faults: list[Fault]
    columns: tuple[str, ...] = ()
    rows: list[dict[str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """Line each row ends on, from 1."""

    @classmethod
    def read(cls, path: Path, needed: tuple[str, ...], faults: list[Fault]) -> CsvTable:
        """Read a file; what is wrong with it is added to `faults`."""
        table = cls(path.name, faults)
        try:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                table._take(csv.reader(file))
        except (OSError, csv.Error, ValueError) as error:
            what = f"cannot be read: {getattr(error, 'strerror', None) or error}"
            faults.append(Fault(where=str(path), what=what, mend="check the folder and the file"))
            table.rows, table.lines = [], []
            return table
        for column in needed:
            if column not in table.columns:
                mend = f"needed: {', '.join(needed)}"
                faults.append(Fault(where=path.name, what=f"has no column {column}", mend=mend))
        if not set(needed) <= set(table.columns):
            table.rows, table.lines = [], []
        return table

    def _take(self, reader: _Reader) -> None:
        """Take the header and the rows; note columns named twice and rows of another width."""
        self.columns = tuple(name.strip() for name in next(iter(reader), []))
        for name in sorted(
            {name for name in self.columns if name and self.columns.count(name) > 1}
        ):
            what = f"names column {name} more than once"
            self.faults.append(Fault(f"{self.name}:1", what, "give every column a name of its own"))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            self.rows.append(dict(zip(self.columns, cells, strict=False)))
            self.lines.append(reader.line_num)
            if any(cell.strip() for cell in cells[len(self.columns) :]):
                what = f"has {len(cells)} cells, the header names {len(self.columns)}"
                self.fault(len(self.rows) - 1, what, "quote cells that hold a comma")

    def place(self, row: int) -> str:
        """Name a row in a message."""
        return f"{self.name}:{self.lines[row]}"

    def fault(self, row: int, what: str, mend: str) -> None:
        """Note what is wrong with a row."""
        self.faults.append(Fault(where=self.place(row), what=what, mend=mend, rows=(row,)))

    def text(self, column: str) -> list[str]:
        """Return a column as text; empty where it is not there."""
        return [row.get(column, "").strip() for row in self.rows]

    def ids(self, column: str) -> list[str]:
        """Return a column of ids as text; `7.0`, as some tools write a 7, is 7."""
        return [_plain(text) for text in self.text(column)]

    def numbers(
        self,
        column: str,
        *,
        low: float = 0.0,
        above: bool = False,
        default: float | None = None,
        unused: tuple[Bool, float] | None = None,
    ) -> Float64:
        """Return a column as numbers of `low` or more (over `low` if `above`), bad ones as NaN.

        An empty cell is `default`; without one it is a fault. `unused` are rows that need no such
        number, and the one they are given where theirs is not usable.
        """
        limit = f"over {low:g}" if above else f"of {low:g} or more"
        values = np.full(len(self.rows), math.nan)
        for row, text in enumerate(self.text(column)):
            if not text and default is not None:
                values[row] = default
                continue
            value = number(text)
            if math.isfinite(value) and (value > low or (value == low and not above)):
                values[row] = value
            elif unused is not None and unused[0][row]:
                values[row] = unused[1]
            else:
                found = shown(text) if text else "nothing"
                self.fault(row, f"{column} = {found} is not a number {limit}", f"give {column}")
        return values


def _plain(text: str) -> str:
    """Return an id without the decimals of a whole number."""
    whole, point, rest = text.partition(".")
    return whole if point and whole.isdecimal() and not rest.strip("0") else text
