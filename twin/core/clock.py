"""The calendar: days since the start of a run, and the dates they stand for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import final

_FEBRUARY = 2
_LEAP_DAY = 29


@final
@dataclass(frozen=True, slots=True)
class Clock:
    """Dates of a run that starts on `start`, day 0."""

    start: dt.date

    def date(self, day: int) -> dt.date:
        """Return the date of a day."""
        return self.start + dt.timedelta(days=day)

    def is_year_start(self, day: int) -> bool:
        """Return whether a year opens: on 1 January, and on the first day."""
        date = self.date(day)
        return day == 0 or (date.month == 1 and date.day == 1)

    def is_month_start(self, day: int) -> bool:
        """Return whether a month opens: on its first, and on the first day."""
        return day == 0 or self.date(day).day == 1

    def months_left(self, day: int) -> int:
        """Return how many months of the year there are from this day's on, this one counted."""
        return 13 - self.date(day).month

    def is_month_end(self, day: int) -> bool:
        """Return whether the next day is in another month."""
        return self.date(day + 1).month != self.date(day).month

    def share_of_month(self, day: int) -> float:
        """Return the part of a day's month that has been lived when it ends, 1 for whole months."""
        date, next_month = self.date(day), self.date(day).replace(day=28) + dt.timedelta(days=4)
        days = (next_month - dt.timedelta(days=next_month.day)).day
        return min(day + 1, date.day) / days

    def is_year_end(self, day: int) -> bool:
        """Return whether the next day is in another year."""
        return self.date(day + 1).year != self.date(day).year

    def days_of_year_left(self, day: int) -> int:
        """Return the days of the year from a day on, this one counted."""
        date = self.date(day)
        return (dt.date(date.year + 1, 1, 1) - date).days

    def share_of_year_left(self, day: int) -> float:
        """Return the part of the year from a day on, 1 on 1 January."""
        year = self.date(day).year
        whole = (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days
        return self.days_of_year_left(day) / whole

    def day_of_year(self, day: int) -> int:
        """Return 0-364 for the typical year; 29 February counts as 28 February."""
        date = self.date(day)
        if date.month == _FEBRUARY and date.day == _LEAP_DAY:
            date = date.replace(day=_LEAP_DAY - 1)
        return date.replace(year=2001).timetuple().tm_yday - 1  # 2001 is no leap year
