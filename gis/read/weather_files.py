"""A year of air temperature on file, hour by hour: EPW, or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

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
_EPW_HEADER = 8


def read_weather(path: Path | str) -> pd.DataFrame:
    """Read a year of 8,760 hours from an EPW file, or a CSV with columns month, day, hour, t_c.

    Hours count 0 to 23, or 1 to 24 with each hour named by its end. 29 February is left out.

    Raises
    ------
    CityDataError
        With every fault of the file at once.

    References
    ----------
    EnergyPlus documentation, "Auxiliary Programs", EPW: eight header lines, dry bulb in field 7.
    """
    path = Path(path)
    mend = "give a CSV file with columns month, day, hour, t_c (deg C), one row per hour"
    try:
        frame = _read_epw(path) if path.suffix.lower() == ".epw" else pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise CityDataError(
            Fault(str(path), f"cannot be read as a table: {error}", mend, "E-WEATHER")
        ) from error
    missing = [name for name in _COLUMNS if name not in frame]
    if missing:
        raise CityDataError(
            Fault(str(path), f"has no column {', '.join(missing)}", mend, "E-COLUMN-MISSING")
        )
    numbers = frame.loc[:, list(_COLUMNS)].apply(pd.to_numeric, errors="coerce")
    faults = _row_faults(path, numbers)
    if faults:
        raise CityDataError(faults)
    numbers = numbers[(numbers["month"] != _FEBRUARY) | (numbers["day"] <= DAYS_OF_MONTH[1])]
    ordered = numbers.sort_values(["month", "day", "hour"], kind="stable")
    faults = _calendar_faults(path, ordered)
    if faults:
        raise CityDataError(faults)
    return weather_table(ordered["t_c"].to_numpy(dtype=np.float64), "observed")


def _read_epw(path: Path) -> pd.DataFrame:
    """Return month, day, hour and dry-bulb temperature of an EPW file."""
    places = {1: "month", 2: "day", 3: "hour", 6: "t_c"}
    frame = pd.read_csv(path, skiprows=_EPW_HEADER, header=None, usecols=list(places))
    return frame.rename(columns=places)


def _row_faults(path: Path, numbers: pd.DataFrame) -> list[Fault]:
    """Return values that are no numbers or out of range, with the line of the first."""
    limits = {"month": (1, 12), "day": (1, 31), "hour": (0, 24), "t_c": (_LOWEST_C, _HIGHEST_C)}
    faults = []
    for name, (low, high) in limits.items():
        values = numbers[name].to_numpy(dtype=np.float64)
        rows = np.flatnonzero(~((values >= low) & (values <= high)))
        if rows.size:
            faults.append(
                Fault(
                    where=f"{path}:{rows[0] + 2}",
                    what=f"{name} = {values[rows[0]]:g} is outside {low:g} to {high:g}; "
                    f"{rows.size} such",
                    mend="correct the value and its unit (t_c is in deg C)",
                    code="E-VALUE",
                    rows=tuple(int(row) for row in rows[:1000]),
                )
            )
    return faults


def _calendar_faults(path: Path, ordered: pd.DataFrame) -> list[Fault]:
    """Return hours that are missing or told twice."""
    first_hour = int(ordered["hour"].min()) if len(ordered) else 0
    wanted = pd.MultiIndex.from_arrays(
        [
            np.repeat(month_of_day() + 1, HOURS_PER_DAY),
            np.repeat(np.concatenate([np.arange(1, n + 1) for n in DAYS_OF_MONTH]), HOURS_PER_DAY),
            np.tile(np.arange(HOURS_PER_DAY) + min(first_hour, 1), DAYS_PER_YEAR),
        ]
    )
    told = pd.MultiIndex.from_frame(ordered[["month", "day", "hour"]].astype(np.int64))
    faults = []
    absent = wanted.difference(told)
    twice = told[told.duplicated()]
    strange = told.difference(wanted)
    mend = "give each hour of a common year once (8,760 rows)"
    for hours, what in ((absent, "is missing"), (twice, "is told twice"), (strange, "is no hour")):
        if len(hours):
            month, day, hour = hours[0]
            faults.append(
                Fault(
                    where=str(path),
                    what=f"month {month}, day {day}, hour {hour} {what}; {len(hours)} such",
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
