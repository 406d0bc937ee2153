"""Spreadsheets as towns keep them: `.csv`, `.xlsx`, `.ods` as text cells with their row numbers.

Blank rows are nothing, titles above the header are skipped, and the separator of a `.csv` is the
one that makes the wanted columns appear. A cell that cannot be used is never dropped without
a report: `TextTable` counts it, or the caller refuses it.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.core.arrays import Bool, Float64, Int64

SEPARATORS = ",;\t|"
_TITLE_ROWS = 30
"""A header is looked for in so many rows."""
_MOST_SHOWN = 8
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009\ufeff]+")
_WHOLE = re.compile(r"([+-]?\d+)[.,]0+")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+|(?:\.\d{3}){2,})")
_ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_TOTALS = re.compile(
    r"(итог|всего|общ|total|sum\b|summe|insgesamt|барлы|жиын|grand total|subtotal)", re.IGNORECASE
)


@final
@dataclass(frozen=True, slots=True, eq=False)
class TextTable:
    """A spreadsheet: stripped text in each cell, '' where there is nothing."""

    file: Path
    cells: pd.DataFrame
    """A row for each row of the file that holds something, a column for each name of the header."""
    row: Int64
    """Number of each row in the file, the first being 1, shape (n,)."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.row)

    def column(self, name: str) -> NDArray[np.object_]:
        """Return the cells of a column as text, shape (n,)."""
        texts: NDArray[np.object_] = self.cells[name].to_numpy(dtype=object, copy=True)
        return texts

    def place(self, at: int) -> str:
        """Return where a row stands: file and number."""
        return f"{self.file}:{self.row[at]}"

    def keep(self, rows: Bool) -> TextTable:
        """Return the table with some of its rows."""
        return TextTable(self.file, self.cells[rows].reset_index(drop=True), self.row[rows])


def read_table(
    file: Path,
    sheet: str | None = None,
    *,
    wanted: Sequence[str] = (),
    encoding: str | None = None,
) -> TextTable:
    """Read a spreadsheet: `.csv`, `.xlsx` or `.ods`.

    Parameters
    ----------
    file
        The spreadsheet.
    sheet
        Sheet of a workbook; None takes the first.
    wanted
        Columns that must be there; the header is the first row that has them all.
    encoding
        Of a `.csv` file; None takes UTF-8, or UTF-16 with its mark.

    Raises
    ------
    CityDataError
        If the file cannot be read, is in another encoding, or lacks columns.
    """
    if file.suffix.lower() in (".csv", ".txt", ".tsv"):
        grids = _grids(file, encoding)
    else:
        grids = [_workbook(file, sheet)]
    found = [(grid, header) for grid in grids if (header := _header(grid, wanted)) is not None]
    if not found:
        grid = max(grids, key=lambda grid: _fit(grid, wanted))
        names = next((cells for _, cells in grid if any(cells)), [])
        raise CityDataError(lacking_columns(file, names, wanted))
    return _below(file, *max(found, key=lambda pair: len(pair[0][pair[1]][1])), wanted)


def lacking_columns(file: Path, names: Iterable[object], wanted: Iterable[str]) -> list[Fault]:
    """Return a fault for each column that a table lacks, with the nearest name it has."""
    there = [str(name) for name in names if name not in ("", "geometry")]
    faults = []
    for name in dict.fromkeys(wanted):
        if name in there:
            continue
        near = difflib.get_close_matches(name.casefold(), [one.casefold() for one in there], 1)
        close = next((one for one in there if near and one.casefold() == near[0]), None)
        hint = f"did you mean {close}? " if close else ""
        mend = f"{hint}columns are: {', '.join(there) or 'none'}"
        faults.append(Fault(str(file), f"has no column {name}", mend, "E-COLUMN-MISSING"))
    return faults


def decoded(file: Path, encoding: str | None) -> str:
    """Return a text file as text.

    Raises
    ------
    CityDataError
        If it is not there, or not in the encoding.
    """
    mend = "name the encoding, such as `encoding: cp1251`, or save the file as UTF-8"
    try:
        raw = file.read_bytes()
    except OSError as error:
        mend = "name a .csv, .xlsx or .ods file that is there"
        raise CityDataError(
            Fault(str(file), f"cannot be read as a table: {error}", mend, "E-UNREADABLE")
        ) from error
    if encoding is None:
        encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except LookupError as error:
        what = f"encoding {encoding!r} is not known"
        raise CityDataError(Fault(str(file), what, mend, "E-ENCODING")) from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        what = f"is not {encoding.removesuffix('-sig')}: byte {raw[error.start]:#04x} is no letter"
        raise CityDataError(Fault(f"{file}:{line}", what, mend, "E-ENCODING")) from error


def key_of(value: object) -> str:
    """Return an id as text: 17.0 of a spreadsheet is 17, and spaces around it are nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = _SPACES.sub(" ", str(value)).strip()
    whole = _WHOLE.fullmatch(text)
    if whole:
        return whole[1]
    if _SCIENTIFIC.fullmatch(text):
        number = float(text.replace(",", "."))
        return str(int(number)) if number.is_integer() else text
    return text


def numbers(texts: NDArray[np.object_]) -> tuple[Float64, Bool]:
    """Return cells as numbers, and which hold something that is none, each of shape (n,).

    Spaces within numbers are nothing. A comma is a decimal comma; where every comma of the column
    could as well part thousands (1,250), those cells are taken for no number.
    """
    plain = [_SPACES.sub("", str(text)).replace("'", "") for text in texts]
    commas = [text for text in plain if "," in text]
    doubtful = bool(commas) and all(_ONE_GROUP.fullmatch(text) for text in commas)
    value = np.full(len(plain), np.nan)
    for at, text in enumerate(plain):
        if text and not (doubtful and "," in text):
            value[at] = _number(text)
    filled = np.array([bool(text) for text in plain], dtype=np.bool_)
    return value, filled & ~np.isfinite(value)


def _number(text: str) -> float:
    """Return a number written in any of the usual ways, NaN where it is none."""
    if _GROUPED.fullmatch(text) and not _ONE_GROUP.fullmatch(text):
        text = re.sub(r"[.,]", "", text)
    elif "," in text and "." in text:
        last = max(text.rfind(","), text.rfind("."))
        text = re.sub(r"[.,]", "", text[:last]) + "." + text[last + 1 :]
    else:
        text = text.replace(",", ".")
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def counted(texts: Iterable[object]) -> str:
    """Return values with how often they occur, the most frequent first: `'a' 3, 'b' 1`."""
    count = Counter(str(text) for text in texts)
    shown = [f"{text!r} {number}" for text, number in count.most_common(_MOST_SHOWN)]
    more = sum(count.values()) - sum(number for _, number in count.most_common(_MOST_SHOWN))
    if more:
        shown.append(f"{len(count) - _MOST_SHOWN} other values {more}")
    return ", ".join(shown)


def number_of(count: int, what: str) -> str:
    """Return a count with its noun: 1 row, 2 rows."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def is_total(text: str) -> bool:
    """Return whether a cell is the head of a row of totals."""
    return _TOTALS.match(text.strip()) is not None


def rows_by_key(
    table: TextTable, key: str, names: Sequence[str], what: str
) -> tuple[Int64, list[Fault], list[str]]:
    """Return the row of a table for each named thing, -1 none, shape (n_names,).

    Also faults, for ids that occur twice or an id column that fits nothing, and notes on rows and
    things without a partner.
    """
    keys = np.array([key_of(text) for text in table.column(key)], dtype=object)
    known = set(names) - {""}
    row_of: dict[str, int] = {}
    faults: list[Fault] = []
    twice = []
    for row, one in enumerate(keys):
        if one in known and row_of.setdefault(one, row) != row:
            twice.append(row)
    if twice:
        first = row_of[keys[twice[0]]]
        faults.append(
            Fault(
                where=table.place(twice[0]),
                what=f"{key} = {keys[twice[0]]} occurs twice, first in row {table.row[first]}; "
                f"{number_of(len(twice), 'row')} repeat an id",
                mend="keep one row per id",
                code="E-DUP-ID",
                rows=tuple(int(table.row[row]) for row in twice[:1000]),
            )
        )
    at = np.array([row_of.get(one, -1) for one in names], dtype=np.int64)
    if not (at >= 0).any():
        given = ", ".join(repr(one) for one in list(dict.fromkeys(keys))[:3]) or "nothing"
        there = ", ".join(repr(one) for one in list(dict.fromkeys(names))[:3]) or "none"
        faults.append(
            Fault(
                where=str(table.file),
                what=f"has no {key} that names a {what}: it has {given}; the {what}s are {there}",
                mend="check which columns hold the ids (`key`, and `of` for sheets)",
                code="E-DANGLING",
            )
        )
    return at, faults, _partners(table, key, keys, at, what)


def _partners(
    table: TextTable, key: str, keys: NDArray[np.object_], at: Int64, what: str
) -> list[str]:
    """Return a note on rows that name nothing, and on things that no row names."""
    used = np.zeros(len(table), dtype=np.bool_)
    used[at[at >= 0]] = True
    parts = []
    bare = int((keys == "").sum())
    lost = keys[~used & (keys != "")]
    if bare:
        parts.append(f"left out, without {key}: {number_of(bare, 'row')} of {len(table)}")
    if lost.size:
        rows = number_of(lost.size, "row")
        parts.append(f"left out, naming no {what}: {rows}, {key} {counted(lost)}")
    lacking = int((at < 0).sum())
    if lacking:
        parts.append(f"without a row: {number_of(lacking, what)} of {at.size}")
    return [f"W-ROW-UNMATCHED: {table.file.name}: {'; '.join(parts)}."] if parts else []


_Grid = list[tuple[int, list[str]]]


def _grids(file: Path, encoding: str | None) -> list[_Grid]:
    """Return a text file cut at each separator: row number and cells."""
    text = decoded(file, encoding)
    grids = []
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        grid: _Grid = []
        start = 1
        try:
            for cells in reader:
                grid.append((start, [_clean(cell) for cell in cells]))
                start = reader.line_num + 1
        except csv.Error as error:
            what = f"cannot be read as a table: {error}"
            mend = "save it again as .csv (UTF-8) from the spreadsheet"
            raise CityDataError(Fault(f"{file}:{start}", what, mend, "E-UNREADABLE")) from error
        grids.append(grid)
    return grids


def _workbook(file: Path, sheet: str | None) -> _Grid:
    """Return a sheet of a workbook: row number and cells."""
    names = {"layer": sheet} if sheet else {}
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="More than one layer found")
            frame = pyogrio.read_dataframe(
                file, read_geometry=False, HEADERS="DISABLE", FIELD_TYPES="STRING", **names
            )
    except (OSError, ValueError, DataSourceError, DataLayerError) as error:
        mend = "name a .csv, .xlsx or .ods file that is there, and a sheet in it"
        raise CityDataError(
            Fault(str(file), f"cannot be read as a table: {error}", mend, "E-UNREADABLE")
        ) from error
    cells = frame.astype(object).where(frame.notna(), "").to_numpy()
    return [(at + 1, [_clean(cell) for cell in row]) for at, row in enumerate(cells)]


def _clean(cell: object) -> str:
    return _SPACES.sub(" ", str(cell)).strip()


def _header(grid: _Grid, wanted: Sequence[str]) -> int | None:
    """Return the first row that names all wanted columns, the first filled one if none are."""
    filled = [at for at, (_, cells) in enumerate(grid) if any(cells)][:_TITLE_ROWS]
    return next((at for at in filled if set(wanted) <= set(grid[at][1])), None)


def _fit(grid: _Grid, wanted: Sequence[str]) -> tuple[int, int]:
    """Return how well a way to cut a file suits: wanted columns in its first row, and columns."""
    first = next((cells for _, cells in grid if any(cells)), [])
    return len(set(wanted) & set(first)), len(first)


def _below(file: Path, grid: _Grid, header: int, wanted: Sequence[str]) -> TextTable:
    """Return what stands below the header."""
    names = grid[header][1]
    faults = [
        Fault(
            where=f"{file}:{grid[header][0]}",
            what=f"column {name} occurs {names.count(name)} times",
            mend="give each column a name of its own",
            code="E-DUP-ID",
        )
        for name in dict.fromkeys(wanted)
        if names.count(name) > 1
    ]
    rows = [(number, cells) for number, cells in grid[header + 1 :] if any(cells)]
    width = len(names)
    long = [(number, cells) for number, cells in rows if any(cells[width:])]
    if long:
        number, cells = long[0]
        faults.append(
            Fault(
                where=f"{file}:{number}",
                what=f"has {len(cells)} cells, the header has {width}; "
                f"{number_of(len(long), 'row')} of this kind",
                mend="put text with a separator in quotes; use `;` where numbers have commas",
                code="E-VALUE",
                rows=tuple(number for number, _ in long[:1000]),
            )
        )
    if faults:
        raise CityDataError(faults)
    keep = [at for at, name in enumerate(names) if name and names.index(name) == at]
    table = {names[at]: [cells[at] if at < len(cells) else "" for _, cells in rows] for at in keep}
    return TextTable(
        file=file,
        cells=pd.DataFrame(table, dtype=object),
        row=np.array([number for number, _ in rows], dtype=np.int64),
    )
