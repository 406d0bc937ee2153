"""Closed streets: closed to all traffic for some days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.model.shocks.spans import covers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from twin.core.arrays import Bool, Int32
    from twin.scenario import StreetClosure


def shut_streets(
    date: dt.date, closures: Iterable[tuple[StreetClosure, Int32]], n_edges: int
) -> Bool:
    """Return the streets closed on a date, shape (n_street_edges,); each shock with its rows."""
    shut = np.zeros(n_edges, dtype=np.bool_)
    for shock, rows in closures:
        if covers(shock.date, shock.days, date):
            shut[rows] = True
    return shut
