"""Shocks that last: which days they cover."""

from __future__ import annotations

import datetime as dt


def covers(start: dt.date, days: int, date: dt.date) -> bool:
    """Return whether a date lies in a span of days."""
    return start <= date < start + dt.timedelta(days=days)
