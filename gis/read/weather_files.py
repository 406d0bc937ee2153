"""A year of air temperature on file, hour by hour: EPW, or CSV."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.read.tables import TextTable, decoded, number_of, numbers, read_table
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int64

DAYS_PER_YEAR = 365
HOURS_PER_DAY = 24
HOURS_PER_YEAR = DAYS_PER_YEAR * HOURS_PER_DAY
DAYS_OF_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_COLUMNS = ("month", "day", "hour", "t_c")
_LOWEST_C, _HIGHEST_C = -70.0, 60.0
_FEBRUARY = 2
_EPW_FIELDS = {1: "month", 2: "day", 3: "hour", 6: "t_c"}
_WHOLE = re.compile(r"\d+")


def read_weather(path: Path | str) -> pd.DataFrame:
    """Read a year of 8,760 hours from an EPW file, or a CSV with columns month, day, hour, t_c.

    Hours count 0 to 23, or 1 to 24 with each hour named by its end. 29 February is left out.

    Raises
    ------
    CityDataError
        With every fault of the file at once.

    References
    ----------
    EnergyPlus documentation, "Auxiliary Programs", EPW: header lines, then an hour
    a line with the dry bulb in field 7.
    """
    path = Path(path)
    is_epw = path.suffix.lower() == ".epw"
    table = _read_epw(path) if is_epw else read_table(path, wanted=_COLUMNS)
    frame = pd.DataFrame({name: numbers(table.column(name))[0] for name in _COLUMNS})
    faults = _row_faults(table, frame)
    if faults:
        raise CityDataError(faults)
    frame = frame[(frame["month"] != _FEBRUARY) | (frame["day"] <= DAYS_OF_MONTH[1])]
    ordered = frame.sort_values(["month", "day", "hour"], kind="stable")
    faults = _calendar_faults(path, ordered)
    if faults:
        raise CityDataError(faults)
    return weather_table(ordered["t_c"].to_numpy(dtype=np.float64), "observed")


def _read_epw(path: Path) -> TextTable:
    """Return month, day, hour and dry-bulb temperature of an EPW file.

    The header may have any length: hours start with the year, a line of a header with a word.
    """
    lines = [line.split(",") for line in decoded(path, "latin-1").splitlines()]
    starts = [bool(_WHOLE.fullmatch(fields[0].strip())) for fields in lines]
    first = starts.index(True) if True in starts else len(lines)
    rows = [at for at in range(first, len(lines)) if any(field.strip() for field in lines[at])]
    cells = {
        name: [lines[at][place].strip() if place < len(lines[at]) else "" for at in rows]
        for place, name in _EPW_FIELDS.items()
    }
    number = np.array(rows, dtype=np.int64) + 1
    return TextTable(path, pd.DataFrame(cells, dtype=object), number)


def _row_faults(table: TextTable, frame: pd.DataFrame) -> list[Fault]:
    """Return values that are no numbers or out of range, with the line of the first."""
    limits = {"month": (1, 12), "day": (1, 31), "hour": (0, 24), "t_c": (_LOWEST_C, _HIGHEST_C)}
    faults = []
    for name, (low, high) in limits.items():
        values = frame[name].to_numpy(dtype=np.float64)
        whole = name == "t_c" or values % 1.0 == 0.0
        rows = np.flatnonzero(~((values >= low) & (values <= high) & whole))
        if rows.size:
            given = table.column(name)[rows[0]] or "nothing"
            kind = "" if name == "t_c" else " whole"
            faults.append(
                Fault(
                    where=table.place(int(rows[0])),
                    what=f"{name} = {given} is no{kind} number from {low:g} to {high:g}; "
                    f"{rows.size} of {values.size} rows",
                    mend="correct the value and its unit (t_c is in deg C)",
                    code="E-VALUE",
                    rows=tuple(int(table.row[row]) for row in rows[:1000]),
                )
            )
    return faults


def _calendar_faults(path: Path, ordered: pd.DataFrame) -> list[Fault]:
    """Return hours that are missing or occur twice."""
    first_hour = int(ordered["hour"].min()) if len(ordered) else 0
    wanted = pd.MultiIndex.from_arrays(
        [
            np.repeat(month_of_day() + 1, HOURS_PER_DAY),
            np.repeat(np.concatenate([np.arange(1, n + 1) for n in DAYS_OF_MONTH]), HOURS_PER_DAY),
            np.tile(np.arange(HOURS_PER_DAY) + min(first_hour, 1), DAYS_PER_YEAR),
        ]
    )
    given = pd.MultiIndex.from_frame(ordered[["month", "day", "hour"]].astype(np.int64))
    faults = []
    absent = wanted.difference(given)
    twice = given[given.duplicated()]
    strange = given.difference(wanted)
    mend = "give each hour of a common year once (8,760 rows)"
    for hours, what in ((absent, "is missing"), (twice, "occurs twice"), (strange, "is no hour")):
        if len(hours):
            month, day, hour = hours[0]
            count = number_of(len(hours), "hour")
            faults.append(
                Fault(
                    where=str(path),
                    what=f"month {month}, day {day}, hour {hour} {what}; {count}",
                    mend=mend,
                    code="E-WEATHER",
                )
            )
    return faults


def month_of_day() -> Int64:
    """Return the month, 0 to 11, of each day of a common year, shape (365,)."""
    return np.repeat(np.arange(12), DAYS_OF_MONTH)


def weather_table(temp_c: Float64, source: str) -> pd.DataFrame:
    """Return hourly temperatures, shape (8760,), as the `weather` table of a city."""
    return pd.DataFrame(
        {
            "hour_of_year": np.arange(HOURS_PER_YEAR, dtype=np.int32),
            "temp_c": np.round(temp_c, 3),
            "source": np.full(HOURS_PER_YEAR, source, dtype=object),
        }
    )
