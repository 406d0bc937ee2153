"""The inventory of pipes, from a file or from the city itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from gis.read.tables import counted, key_of, read_table
from twin.calibration.records.cells import (
    day_of,
    laying_year,
    likely_unit,
    mapped,
    metres,
    year_of,
)
from twin.calibration.records.left_out import Reason
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gis.read.tables import TextTable
    from twin.calibration.records.left_out import LeftOut
    from twin.calibration.records.recipe import PipesForm
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64

    Texts = NDArray[np.object_]

DIAMETER_M = (0.01, 3.0)
LENGTH_M = (0.1, 100_000.0)
_FIRST_YEAR = 1800.0
OUT = "left out"
_NO_ID = Reason("R-ID", OUT, "give each pipe an id of its own")
_DUPLICATE = Reason("R-DUPLICATE", OUT, "keep one row per pipe")
_NO_LENGTH = Reason("R-LENGTH", OUT, "give a length in the unit of the recipe, or write its unit")
_WIDTH = Reason(
    "R-DIAMETER", "diameter unknown", "give a diameter in the unit of the recipe, or write its unit"
)
_MATERIAL = Reason("R-MATERIAL", "material unknown", "map the value under `materials:`")
_LAID = Reason("R-DATE", "year of laying unknown", "write 1974-05-31, 31.05.1974 or 1974")
_REMOVED = Reason("R-DATE", OUT, "write 1974-05-31 or 31.05.1974, or set `dates:` of the file")
_ORDER = Reason("R-ORDER", OUT, "mend the days of laying and of removal")


@final
@dataclass(frozen=True, slots=True, eq=False)
class PipeRecords:
    """Pipes of one network, shape (n_pipes,) each; years with their fraction."""

    pipe_id: Texts
    material: Texts
    """Of ours; empty where unknown."""
    diameter_m: Float64
    """NaN where unknown."""
    length_m: Float64
    laid: Float64
    """NaN where unknown; the middle where only the year is known."""
    laid_from: Float64
    """First moment at which it may have lain."""
    gone: Float64
    """When it was removed, lined or replaced; infinite where it is in service."""
    district: Texts
    listed: float
    """When the list was made."""
    only_in_service: bool
    """Whether pipes that were removed before are lacking."""

    def __len__(self) -> int:
        """Return the number of pipes."""
        return len(self.pipe_id)

    def complete(self) -> Bool:
        """Return which pipes have material, diameter and year of laying."""
        known = np.isfinite(self.diameter_m) & np.isfinite(self.laid)
        return np.asarray(known & (self.material != ""))


def pipes_of_city(city: City, network: str, listed: float) -> PipeRecords:
    """Return the edges of a city's network as an inventory, pumps left out."""
    edges = city.network_edges(network)
    edges = edges[edges["kind"] == "pipe"]
    laid = edges["built_year"].to_numpy(dtype=np.float64)
    return PipeRecords(
        pipe_id=edges["uid"].to_numpy(dtype=object),
        material=edges["material"].to_numpy(dtype=object),
        diameter_m=edges["diameter_m"].to_numpy(dtype=np.float64),
        length_m=edges["length_m"].to_numpy(dtype=np.float64),
        laid=laid + 0.5,
        laid_from=laid,
        gone=np.full(len(edges), np.inf),
        district=np.full(len(edges), "", dtype=object),
        listed=listed,
        only_in_service=True,
    )


def read_pipes(
    folder: Path, form: PipesForm, materials: tuple[str, ...], left_out: LeftOut
) -> PipeRecords:
    """Read an inventory of pipes.

    Parameters
    ----------
    folder
        Folder of the recipe.
    form
        What the recipe states.
    materials
        Materials that have a law.
    left_out
        Takes rows that are not used as they stand.

    Raises
    ------
    CityDataError
        If the file cannot be read, lacks columns, or has no row that can be used.
    """
    names = form.columns
    wanted = [name for name in names.model_dump().values() if name]
    table = read_table(folder / form.file, form.sheet, wanted=tuple(wanted), encoding=form.encoding)
    ids = np.array([key_of(text) for text in table.column(names.pipe_id)], dtype=object)
    length = _within(metres(table.column(names.length), form.units.length), LENGTH_M)
    gone, gone_fault = _removal_days(table, form)
    laid, laid_from = _laying_years(table, form, left_out)
    keep = _usable(table, form, ids, length, left_out)
    left_out.note_each(table, [(at, why) for at, why in gone_fault.items() if keep[at]], _REMOVED)
    keep[list(gone_fault)] = False
    turned = keep & (gone < np.where(np.isnan(laid_from), -np.inf, laid_from))
    left_out.note(table, np.flatnonzero(turned), _ORDER, "was removed before it was laid")
    keep &= ~turned
    if not keep.any():
        what = f"has no pipe that can be used, of {len(table)} rows"
        mend = f"check columns and units in the recipe; {'; '.join(left_out.lines()[:2])}"
        raise CityDataError(Fault(str(table.file), what, mend, "E-RECORDS"))
    material = _materials(table, form, materials, left_out)
    width = _diameters(table, form, left_out)
    district = (
        table.column(names.district) if names.district else np.full(len(table), "", dtype=object)
    )
    return PipeRecords(
        ids[keep],
        material[keep],
        width[keep],
        length[keep],
        laid[keep],
        laid_from[keep],
        gone[keep],
        district[keep],
        year_of(form.listed_on),
        form.only_in_service,
    )


def _within(value: Float64, bounds: tuple[float, float]) -> Float64:
    """Return values, NaN where they are out of bounds."""
    low, high = bounds
    return np.where((value >= low) & (value <= high), value, np.nan)


def _usable(
    table: TextTable, form: PipesForm, ids: Texts, length: Float64, left_out: LeftOut
) -> Bool:
    """Return rows with an id of their own and a length."""
    keep = ids != ""
    left_out.note(table, np.flatnonzero(~keep), _NO_ID, "has no id")
    texts = table.column(form.columns.length)
    without = keep & np.isnan(length)
    raw = metres(texts, form.units.length)
    found = [
        (int(at), _amount("length", texts[at], raw[at], form.units.length, LENGTH_M))
        for at in np.flatnonzero(without)
    ]
    left_out.note_each(table, found, _NO_LENGTH)
    keep &= ~without
    first: dict[str, int] = {}
    twice = []
    for at in np.flatnonzero(keep):
        before = first.setdefault(ids[at], int(at))
        if before != at:
            twice.append((int(at), f"pipe {ids[at]} is in line {table.row[before]} already"))
    left_out.note_each(table, twice, _DUPLICATE)
    keep[[at for at, _ in twice]] = False
    return np.asarray(keep)


def _amount(what: str, text: str, value_m: float, unit: str, bounds: tuple[float, float]) -> str:
    """Return what is wrong with a length, with the unit it is likely in."""
    if text == "":
        return f"{what} is not given"
    if math.isnan(value_m):
        return f"{what} {text!r} is no number"
    hint = likely_unit(value_m, unit, *bounds)
    outside = f"{what} {text} {unit} is outside {bounds[0]:g} to {bounds[1]:g} m"
    return f"{outside}; {hint}" if hint else outside


def _diameters(table: TextTable, form: PipesForm, left_out: LeftOut) -> Float64:
    """Return diameters, NaN where unknown."""
    if form.columns.diameter is None:
        return np.full(len(table), np.nan)
    texts, unit = table.column(form.columns.diameter), form.units.diameter
    raw = metres(texts, unit)
    value = _within(raw, DIAMETER_M)
    found = [
        (int(at), _amount("diameter", texts[at], raw[at], unit, DIAMETER_M))
        for at in np.flatnonzero(np.isnan(value))
    ]
    left_out.note_each(table, found, _WIDTH)
    return value


def _materials(
    table: TextTable, form: PipesForm, known: tuple[str, ...], left_out: LeftOut
) -> Texts:
    """Return our materials, empty where unknown."""
    texts = table.column(form.columns.material)
    strange = {ours for ours in form.materials.values() if ours not in known}
    if strange:
        what = f"materials: {counted(sorted(strange))} are no materials of this network"
        mend = f"use one of {', '.join(known)}"
        raise CityDataError(Fault(str(table.file), what, mend, "E-RECIPE"))
    found = mapped(texts, form.materials, known)
    bad = [
        (int(at), f"material {texts[at]!r} is not known" if texts[at] else "material is not given")
        for at in np.flatnonzero(found == "")
    ]
    left_out.note_each(table, bad, _MATERIAL)
    return found


def _laying_years(table: TextTable, form: PipesForm, left_out: LeftOut) -> tuple[Float64, Float64]:
    """Return years of laying, and the first moment each may mean; NaN where unknown."""
    laid = np.full(len(table), np.nan)
    if form.columns.laid is None:
        return laid, laid.copy()
    listed = year_of(form.listed_on)
    bad = []
    for at, text in enumerate(table.column(form.columns.laid)):
        year = laying_year(text, form.dates) if text else "year of laying is not given"
        if isinstance(year, float) and not _FIRST_YEAR <= year < math.floor(listed) + 1.0:
            year = f"laid in {text}, outside {_FIRST_YEAR:.0f} to {listed:.0f}"
        if isinstance(year, str):
            bad.append((at, year))
        else:
            laid[at] = year
    left_out.note_each(table, bad, _LAID)
    whole = np.floor(laid)
    return laid, np.where(laid - whole == 0.5, whole, laid)  # noqa: PLR2004 - year alone


def _removal_days(table: TextTable, form: PipesForm) -> tuple[Float64, dict[int, str]]:
    """Return when pipes were removed, infinite where in service, and rows with a bad day."""
    gone = np.full(len(table), np.inf)
    bad: dict[int, str] = {}
    if form.columns.removed is None:
        return gone, bad
    for at, text in enumerate(table.column(form.columns.removed)):
        day = day_of(text, form.dates) if text else None
        if isinstance(day, str):
            bad[at] = f"removed on {day}"
        elif day is not None:
            gone[at] = year_of(day)
    return gone, bad
