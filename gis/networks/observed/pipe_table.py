"""What all observed networks share: their CRS, and the pipes' year and material from a table."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis.draft import REGISTER_YEAR
from gis.networks.pipe_register import kind_of
from gis.read.tables import counted, key_of, number_of, read_table, rows_by_key
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gis.read.recipe import RegisterForm
    from gis.read.tables import TextTable
    from twin.core.arrays import Float64, Int64

_YEARS = (1900, REGISTER_YEAR)
_YEAR = re.compile(
    r"(\d{4})(?:[.,]0+)?(?:\s*[^\W\d]{1,4}\.?)?"  # 1987, 1987.0, 1987 y.
    r"|(\d{4})[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?:[T ].*)?"  # 1987-05-01
    r"|\d{1,2}[-/.]\d{1,2}[-/.](\d{4})(?: .*)?"  # 01.05.1987
)


def known_crs(text: str, file: Path, faults: list[Fault]) -> CRS | None:
    """Return a CRS by its name, or None after adding a fault."""
    try:
        return CRS.from_user_input(text)
    except CRSError:
        mend = "name the one its coordinates are in, such as EPSG:32642"
        faults.append(Fault(str(file), f"crs {text!r} is not known", mend, "E-CRS-MISSING"))
        return None


def known_register(
    form: RegisterForm | None,
    folder: Path,
    names: tuple[str, ...],
    faults: list[Fault],
    notes: list[str],
) -> tuple[Float64, NDArray[np.object_]]:
    """Return year (NaN not given) and material ('' not given) of each pipe, shape (n,).

    What is wrong is added to `faults`, what is not used to `notes`.
    """
    year = np.full(len(names), np.nan)
    material = np.full(len(names), "", dtype=object)
    if form is None:
        return year, material
    wanted = [form.key, *(name for name in (form.built_year, form.material) if name)]
    try:
        table = read_table(folder / form.file, form.sheet, wanted=wanted, encoding=form.encoding)
    except CityDataError as error:
        faults += error.faults
        return year, material
    at, wrong, unmatched = rows_by_key(table, form.key, [key_of(name) for name in names], "link")
    faults += wrong
    notes += unmatched
    there = at >= 0
    if form.built_year and len(table):
        cells = table.column(form.built_year)
        year[there] = _years(table, form.built_year, cells, at[there], faults, notes)
    if form.material and len(table):
        material[there] = _materials(form, table, at[there], faults)
        n_bare = int((material[there] == "").sum())
        if n_bare:
            bare = number_of(n_bare, "pipe")
            notes.append(f"{table.file.name}: {form.material} is guessed of {bare} without one.")
    return year, material


def _years(
    table: TextTable,
    column: str,
    cells: NDArray[np.object_],
    rows: Int64,
    faults: list[Fault],
    notes: list[str],
) -> Float64:
    """Return the year in each row, NaN where there is none, after counting what is no year."""
    used = cells[rows]
    year = np.array([year_in(text) for text in used])
    filled = used != ""
    strange = filled & ~np.isfinite(year)
    bare = int((~filled).sum())
    if bare:
        notes.append(
            f"{table.file.name}: {column} is guessed of {number_of(bare, 'pipe')} without one."
        )
    if strange.any():
        what = f"{column}: {int(strange.sum())} of {int(filled.sum())} values are no year"
        said = f"{what} from {_YEARS[0]} to {_YEARS[1]}: {counted(used[strange])}"
        if strange.sum() == filled.sum():
            mend = "name the column of years, and write them with four digits"
            where = table.place(int(rows[strange][0]))
            faults.append(Fault(where, said, mend, "E-VALUE-UNKNOWN"))
        else:
            notes.append(f"W-VALUE-UNKNOWN: {table.file.name}: {said}; guessed.")
    return year


def year_in(text: str) -> float:
    """Return the year of a cell, NaN where it holds none: 1987, 1987.0, 01.05.1987, 1987-05-01."""
    found = _YEAR.fullmatch(text)
    if not found:
        return float("nan")
    year = float(next(group for group in found.groups() if group))
    return year if _YEARS[0] <= year <= _YEARS[1] else float("nan")


def _materials(
    form: RegisterForm, table: TextTable, rows: Int64, faults: list[Fault]
) -> NDArray[np.object_]:
    """Return materials in our words, after adding a fault for each word that is none."""
    text = table.column(form.material or "")[rows]
    words = {key.strip().casefold(): ours for key, ours in form.materials.items()}
    ours = np.array([words.get(word.casefold(), word.casefold()) for word in text], dtype=object)
    pipes = set(kind_of("water").hazards) - {"pump"}
    unknown = Counter(word for word, one in zip(text, ours, strict=True) if one not in {"", *pipes})
    faults += [
        Fault(
            where=f"{table.file} {form.material}",
            what=f"{one!r} is no known material; it is in {number_of(count, 'row')}",
            mend=f"add it: `materials: {{{one}: ...}}`, of {', '.join(sorted(pipes))}",
            code="E-RECIPE",
        )
        for one, count in sorted(unknown.items())
    ]
    return ours
