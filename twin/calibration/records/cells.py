"""Cells of records as days, lengths and names."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import numpy as np

from gis.read.tables import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.calibration.records.recipe import DateOrder
    from twin.core.arrays import Float64

    Texts = NDArray[np.object_]

METRES = {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "in": 0.0254, "ft": 0.3048}
_WITH_UNIT = re.compile(r"([\d.,\s]+)\s*(mm|cm|m|km|in|ft|\"|″|мм|см|м|км)\.?", re.IGNORECASE)
_SAME = {'"': "in", "″": "in", "мм": "mm", "см": "cm", "м": "m", "км": "km"}
_CLOCK = re.compile(r"[T ]\d{1,2}:\d{2}.*$")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})")
_YEAR = re.compile(r"(?:1[789]|20)\d\d")
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
_MONTHS = 12
_DAYS_PER_YEAR = 365.25
_MID_YEAR = 0.5


def year_of(day: dt.date) -> float:
    """Return a day as a year with its fraction; the first of January is a whole number."""
    start = dt.date(day.year, 1, 1).toordinal()
    length = dt.date(day.year + 1, 1, 1).toordinal() - start
    return day.year + (day.toordinal() - start) / length


def day_of(text: str, order: DateOrder | None) -> dt.date | str:
    """Return a cell as a day, or why it is none.

    2012-04-03, 2012/4/3 and 03.04.2012 have one meaning each, 03/04/2012 has two unless one of its
    numbers is over 12 or the recipe gives the order. A time of day behind it is not used.
    """
    plain = _CLOCK.sub("", text.strip())
    first = _YEAR_FIRST.fullmatch(plain)
    if first:
        return _day(int(first[1]), int(first[2]), int(first[3]), text)
    last = _YEAR_LAST.fullmatch(plain)
    if last:
        one, two, year = int(last[1]), int(last[3]), int(last[4])
        if order is not None:
            day, month = (one, two) if order == "day_first" else (two, one)
        elif last[2] == "." or one > _MONTHS:
            day, month = one, two
        elif two > _MONTHS or one == two:
            day, month = two, one
        else:
            return f"{text!r} has two meanings: the {one}th of month {two}, or of month {one}"
        return _day(year, month, day, text)
    if _SERIAL.fullmatch(plain):
        return f"{text!r} is the day number of a spreadsheet"
    return f"{text!r} is no date"


def _day(year: int, month: int, day: int, text: str) -> dt.date | str:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return f"{text!r} is no day of the calendar"


def laying_year(text: str, order: DateOrder | None) -> float | str:
    """Return a day or a year of laying as a year with its fraction, or why it is none.

    Of a year alone, the middle; a first of January stands for its year, as registers write it.
    """
    plain = text.strip()
    if _YEAR.fullmatch(plain):
        return int(plain) + _MID_YEAR
    day = day_of(plain, order)
    if isinstance(day, str):
        return day
    return day.year + _MID_YEAR if (day.month, day.day) == (1, 1) else year_of(day)


def metres(texts: Texts, unit: str) -> Float64:
    """Return lengths in metres, NaN where a cell is none; a unit in the cell overrules `unit`."""
    factor = np.full(len(texts), METRES[unit])
    bare = texts.copy()
    for at, text in enumerate(texts):
        found = _WITH_UNIT.fullmatch(str(text).strip())
        if found:
            name = found[2].lower()
            bare[at], factor[at] = found[1].strip(), METRES[_SAME.get(name, name)]
    value, _ = numbers(bare)
    length: Float64 = value * factor
    return length


def likely_unit(value_m: float, unit: str, low_m: float, high_m: float) -> str:
    """Return which units would bring a length within bounds, in words; empty if none would."""
    bare = value_m / METRES[unit]
    fits = [name for name, size in METRES.items() if low_m <= bare * size <= high_m]
    return f"likely {' or '.join(fits)}, not {unit}" if fits and value_m > 0 else ""


def mapped(texts: Texts, names: Mapping[str, str], known: tuple[str, ...]) -> Texts:
    """Return values by the recipe's table of names; those known here stand for themselves.

    Empty text where a value is neither.
    """
    turned = {
        text: names.get(str(text), str(text) if str(text) in known else "") for text in set(texts)
    }
    return np.array([turned[text] for text in texts], dtype=object)
