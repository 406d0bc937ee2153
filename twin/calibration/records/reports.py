"""The log of the contact centre: reports that share an incident number are of one incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from gis.read.tables import key_of, read_table
from twin.calibration.records.cells import day_of
from twin.calibration.records.left_out import Reason
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gis.read.tables import TextTable
    from twin.calibration.records.left_out import LeftOut
    from twin.calibration.records.recipe import ReportsForm
    from twin.core.arrays import Float64, Int32

    Texts = NDArray[np.object_]

OUT = "left out"
_DATE = Reason("R-DATE", OUT, "write 2012-04-03 or 03.04.2012, or set `dates:` of the file")
_INCIDENT = Reason("R-INCIDENT", OUT, "give each report the number of its incident")
_LATE = Reason("R-PERIOD", OUT, "mend the date, or `last_day` of the recipe")
_CLOSED = Reason("R-ORDER", "closing day unknown", "mend the day on which it was closed")
_LEAST_DAYS = 1.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class ReportRecords:
    """Incidents with at least one report, shape (n_incidents,) each."""

    district: Texts
    kind: Texts
    further: Int32
    """Reports after the first."""
    days: Float64
    """Days after the first report in which more could come."""
    span_days: float
    """Days from the first report of all to the end of the log."""

    def __len__(self) -> int:
        """Return the number of incidents."""
        return len(self.further)


def read_reports(folder: Path, form: ReportsForm, left_out: LeftOut) -> ReportRecords:
    """Read the log of a contact centre.

    Raises
    ------
    CityDataError
        If the file cannot be read, lacks columns, or has no row that can be used.
    """
    names = form.columns
    wanted = [name for name in names.model_dump().values() if name]
    table = read_table(folder / form.file, form.sheet, wanted=wanted, encoding=form.encoding)
    incident = np.array([key_of(text) for text in table.column(names.incident)], dtype=object)
    day = _days(table, form, left_out)
    without = np.isfinite(day) & (incident == "")
    left_out.note(table, np.flatnonzero(without), _INCIDENT, "names no incident")
    keep = np.isfinite(day) & ~without
    if not keep.any():
        what = f"has no report that can be used, of {len(table)} rows"
        mend = "check columns and dates in the recipe"
        raise CityDataError(Fault(str(table.file), what, mend, "E-RECORDS"))
    closed = _closed(table, form, day, keep, left_out)
    rows = np.flatnonzero(keep)
    _, first, of = np.unique(incident[rows], return_index=True, return_inverse=True)
    n = first.size
    start, end = np.full(n, np.inf), np.full(n, np.inf)
    np.minimum.at(start, of, day[rows])
    np.minimum.at(end, of, closed[rows])
    last = float(form.last_day.toordinal()) + 1.0
    end = np.minimum(np.minimum(end, start + form.most_days), last)
    end = np.maximum(end, start + _LEAST_DAYS)
    counted = np.bincount(of, weights=(day[rows] < end[of]) * 1.0, minlength=n)
    empty = np.full(len(table), "", dtype=object)
    district = table.column(names.district) if names.district else empty
    kind = table.column(names.kind) if names.kind else empty
    return ReportRecords(
        district[rows][first],
        kind[rows][first],
        np.maximum(counted - 1.0, 0.0).astype(np.int32),
        end - start,
        last - float(start.min()),
    )


def _days(table: TextTable, form: ReportsForm, left_out: LeftOut) -> Float64:
    """Return the day of each report as its number in the calendar, NaN where it has none."""
    out = np.full(len(table), np.nan)
    bad, late = [], []
    for at, text in enumerate(table.column(form.columns.date)):
        day = day_of(text, form.dates) if text else "date is not given"
        if isinstance(day, str):
            bad.append((at, day))
        elif day > form.last_day:
            late.append((at, f"{day} is after {form.last_day}"))
        else:
            out[at] = day.toordinal()
    left_out.note_each(table, bad, _DATE)
    left_out.note_each(table, late, _LATE)
    return out


def _closed(
    table: TextTable, form: ReportsForm, day: Float64, keep: Float64, left_out: LeftOut
) -> Float64:
    """Return the day on which each report's incident was closed, infinite where unknown."""
    out = np.full(len(table), np.inf)
    if form.columns.closed is None:
        return out
    bad = []
    for at, text in enumerate(table.column(form.columns.closed)):
        if not text or not keep[at]:
            continue
        found = day_of(text, form.dates)
        if isinstance(found, str):
            bad.append((at, found))
        elif found.toordinal() < day[at]:
            bad.append((at, f"closed on {found}, before the report"))
        else:
            out[at] = found.toordinal() + 1.0
    left_out.note_each(table, bad, _CLOSED)
    return out
