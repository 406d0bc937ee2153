"""A CSV table being read, with faults told by file and line."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from twin.core.arrays import Float64


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
                reader = csv.DictReader(file, restval="")
                table.columns = tuple(reader.fieldnames or ())
                for row in reader:
                    row.pop(None, None)  # cells beyond the header
                    table.rows.append(row)
                    table.lines.append(reader.line_num)
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
            faults.append(Fault(where=str(path), what=what, mend="check the folder"))
            return table
        for column in needed:
            if column not in table.columns:
                mend = f"needed: {', '.join(needed)}"
                faults.append(Fault(where=path.name, what=f"has no column {column}", mend=mend))
                table.rows, table.lines = [], []
        return table

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
        self, column: str, *, low: float = 0.0, above: bool = False, default: float | None = None
    ) -> Float64:
        """Return a column as numbers of `low` or more (over `low` if `above`), bad ones as NaN.

        An empty cell is `default`; without one it is a fault.
        """
        limit = f"over {low:g}" if above else f"of {low:g} or more"
        values = np.full(len(self.rows), math.nan)
        for row, text in enumerate(self.text(column)):
            if not text and default is not None:
                values[row] = default
                continue
            value = _number(text)
            if math.isfinite(value) and (value > low or (value == low and not above)):
                values[row] = value
            else:
                said = text or "nothing"
                self.fault(row, f"{column} = {said} is not a number {limit}", f"give {column}")
        return values


def _plain(text: str) -> str:
    """Return an id without the decimals of a whole number."""
    whole, point, rest = text.partition(".")
    return whole if point and whole.isdecimal() and not rest.strip("0") else text


def _number(text: str) -> float:
    """Return a number, NaN where the text is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
