"""The register of breaks, each placed on a pipe of the inventory where it can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely
from pyproj import Transformer

from gis.read.tables import key_of, numbers, read_table
from twin.calibration.records.cells import day_of, mapped, year_of
from twin.calibration.records.left_out import Reason
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from numpy.typing import NDArray

    from gis.read.tables import TextTable
    from twin.calibration.records.left_out import LeftOut
    from twin.calibration.records.pipes import PipeRecords
    from twin.calibration.records.recipe import BreaksForm
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32, Int64

    Texts = NDArray[np.object_]

OUT = "left out"
UNPLACED = "placed in proportion"
_DATE = Reason("R-DATE", OUT, "write 2012-04-03 or 03.04.2012, or set `dates:` of the file")
_PERIOD = Reason("R-PERIOD", OUT, "mend the date, or `first_day` and `last_day` of the recipe")
_DUPLICATE = Reason("R-DUPLICATE", OUT, "keep one row per break")
_UNKNOWN = Reason("R-PIPE", UNPLACED, "use the ids of the inventory")
_NO_PIPE = Reason("R-NO-PIPE", UNPLACED, "give the pipe, or x and y")
_FAR = Reason("R-PLACE", UNPLACED, "set `crs:` to that of x and y; local ones need a shift")
_EARLIER = Reason(
    "R-BEFORE-PIPE",
    "counted for an earlier main at the place",
    "mend the year of laying where that main is the one that broke",
)
_AFTER = Reason("R-AFTER-PIPE", UNPLACED, "mend the day of removal, or the pipe")
_FAR_M = 10_000.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class BreakRecords:
    """Breaks, shape (n_breaks,) each."""

    year: Float64
    """When, as a year with its fraction."""
    month: Int32
    pipe: Int32
    """Row in the inventory, -1 where unknown."""
    is_of_earlier: Bool
    """Of a main that lay there before the pipe of the inventory."""
    material: Texts
    """As the register of breaks has it; empty where unknown."""
    start: float
    """Years of record begin here."""
    end: float

    def until(self, year: float) -> BreakRecords:
        """Return the breaks of the years before one."""
        keep = self.year < year
        return BreakRecords(
            self.year[keep],
            self.month[keep],
            self.pipe[keep],
            self.is_of_earlier[keep],
            self.material[keep],
            self.start,
            min(self.end, year),
        )

    def __len__(self) -> int:
        """Return the number of breaks."""
        return len(self.year)


def read_breaks(  # noqa: PLR0913 - a form, a city and what was read before
    folder: Path,
    form: BreaksForm,
    pipes: PipeRecords,
    materials: tuple[str, ...],
    left_out: LeftOut,
    *,
    city: City | None = None,
    network: str = "water",
) -> BreakRecords:
    """Read a register of breaks.

    Parameters
    ----------
    folder, form
        Folder of the recipe, and what it states.
    pipes
        The inventory.
    materials
        Materials that have a law.
    left_out
        Takes rows that are not used as they stand.
    city, network
        For breaks with x and y: the nearest main of the city is the pipe of that `uid`.

    Raises
    ------
    CityDataError
        If the file cannot be read, lacks columns, or has no row that can be used.
    """
    names = form.columns
    wanted = [name for name in names.model_dump().values() if name]
    table = read_table(folder / form.file, form.sheet, wanted=wanted, encoding=form.encoding)
    days, keep = _days(table, form, left_out)
    keep &= ~_repeated(table, form, keep, left_out)
    if not keep.any():
        what = f"has no break that can be used, of {len(table)} rows"
        mend = f"check columns and dates in the recipe; {'; '.join(left_out.lines()[:2])}"
        raise CityDataError(Fault(str(table.file), what, mend, "E-RECORDS"))
    table, days = table.keep(keep), [day for day, kept in zip(days, keep, strict=True) if kept]
    year = np.array([year_of(day) for day in days if day])
    month = np.array([day.month for day in days if day], dtype=np.int32)
    pipe = _pipes(table, form, pipes, left_out)
    if names.x and names.y and city is not None:
        _place(table, form, pipes, pipe, city, network, left_out)
    _note_unplaced(table, form, pipe, left_out)
    is_of_earlier = _earlier(table, pipes, pipe, year, left_out)
    material = np.full(len(table), "", dtype=object)
    if names.material:
        material = mapped(table.column(names.material), form.materials, materials)
    start, end = year_of(form.first_day), year_of(form.last_day)
    return BreakRecords(year, month, pipe, is_of_earlier, material, start, end + 1.0 / 365.0)


def _days(
    table: TextTable, form: BreaksForm, left_out: LeftOut
) -> tuple[list[dt.date | None], Bool]:
    """Return the day of each row, and which rows have one in the years of record."""
    days: list[dt.date | None] = []
    bad, outside = [], []
    for at, text in enumerate(table.column(form.columns.date)):
        day = day_of(text, form.dates) if text else "date is not given"
        if isinstance(day, str):
            bad.append((at, day))
            days.append(None)
        elif not form.first_day <= day <= form.last_day:
            outside.append((at, f"{day} is outside {form.first_day} to {form.last_day}"))
            days.append(None)
        else:
            days.append(day)
    left_out.note_each(table, bad, _DATE)
    left_out.note_each(table, outside, _PERIOD)
    return days, np.array([day is not None for day in days], dtype=np.bool_)


def _repeated(table: TextTable, form: BreaksForm, keep: Bool, left_out: LeftOut) -> Bool:
    """Return rows that name a pipe or a place and whose every cell stands in an earlier row too."""
    named = np.zeros(len(table), dtype=np.bool_)
    for name in (form.columns.pipe_id, form.columns.x):
        if name:
            named |= table.column(name) != ""
    again: Bool = keep & named & table.cells.duplicated().to_numpy()
    left_out.note(table, np.flatnonzero(again), _DUPLICATE, "repeats an earlier row")
    return again


def _pipes(table: TextTable, form: BreaksForm, pipes: PipeRecords, left_out: LeftOut) -> Int32:
    """Return the pipe of each break by its id, -1 where unknown."""
    pipe = np.full(len(table), -1, dtype=np.int32)
    if form.columns.pipe_id is None:
        return pipe
    row_of = {name: row for row, name in enumerate(pipes.pipe_id)}
    unknown = []
    for at, text in enumerate(table.column(form.columns.pipe_id)):
        name = key_of(text)
        pipe[at] = row_of.get(name, -1)
        if name and pipe[at] < 0:
            unknown.append((at, f"pipe {name} is not in the inventory"))
    left_out.note_each(table, unknown, _UNKNOWN)
    return pipe


def _place(  # noqa: PLR0913 - as `read_breaks`
    table: TextTable,
    form: BreaksForm,
    pipes: PipeRecords,
    pipe: Int32,
    city: City,
    network: str,
    left_out: LeftOut,
) -> None:
    """Find the nearest main of the city for breaks without a pipe; `pipe` takes the rows."""
    names = form.columns
    x, y = (numbers(table.column(name or ""))[0] for name in (names.x, names.y))
    rows = np.flatnonzero((pipe < 0) & np.isfinite(x) & np.isfinite(y))
    if not rows.size:
        return
    turn = Transformer.from_crs(form.crs or city.crs, city.crs, always_xy=True)
    points = shapely.points(np.column_stack(turn.transform(x[rows], y[rows])))
    edges = city.network_edges(network)
    tree = shapely.STRtree(edges.geometry.to_numpy())
    finite = np.isfinite(shapely.get_coordinates(points)).all(axis=1)
    near, distance = np.zeros(rows.size, dtype=np.int64), np.full(rows.size, np.inf)
    if finite.any():
        found, metres = tree.query_nearest(points[finite], return_distance=True, all_matches=False)
        near[np.flatnonzero(finite)[found[0]]] = found[1]
        distance[np.flatnonzero(finite)[found[0]]] = metres
    row_of = {name: row for row, name in enumerate(pipes.pipe_id)}
    uid = edges["uid"].to_numpy(dtype=object)
    far = []
    for at, one, metre in zip(rows, near, distance, strict=True):
        if metre <= form.snap_m:
            pipe[at] = row_of.get(uid[one], -1)
        else:
            text = f"x {x[at]:g}, y {y[at]:g}"
            away = f"{metre:,.0f} m from the nearest main"
            local = metre > _FAR_M
            far.append((int(at), f"{text} lies {away}{': not of this CRS' if local else ''}"))
    left_out.note_each(table, far, _FAR)


def _note_unplaced(table: TextTable, form: BreaksForm, pipe: Int32, left_out: LeftOut) -> None:
    """Note breaks that name no pipe at all."""
    name = form.columns.pipe_id
    texts = table.column(name) if name else np.full(len(table), "", dtype=object)
    without: Int64 = np.flatnonzero((pipe < 0) & (texts == ""))
    left_out.note(table, without, _NO_PIPE, "names no pipe")


def _earlier(
    table: TextTable,
    pipes: PipeRecords,
    pipe: Int32,
    year: Float64,
    left_out: LeftOut,
) -> Bool:
    """Return breaks older than their pipe; of those after its removal, `pipe` loses the row."""
    known = pipe >= 0
    laid = np.where(known, pipes.laid_from[pipe], np.nan)
    gone = np.where(known, pipes.gone[pipe], np.inf)
    before: Bool = known & (year < laid)
    found = [
        (int(at), f"pipe {pipes.pipe_id[pipe[at]]} was laid in {laid[at]:.0f}, after the break")
        for at in np.flatnonzero(before)
    ]
    left_out.note_each(table, found, _EARLIER)
    after = known & (year > gone)
    late = [
        (int(at), f"pipe {pipes.pipe_id[pipe[at]]} was removed in {gone[at]:.1f}, before the break")
        for at in np.flatnonzero(after)
    ]
    left_out.note_each(table, late, _AFTER)
    pipe[after] = -1
    return before
