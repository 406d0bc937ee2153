"""Derated sources: a boiler house or a water source with a part of its capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.model.shocks.spans import covers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from twin.scenario import SourceDerating


def source_share(network: str, date: dt.date, deratings: Iterable[SourceDerating]) -> float:
    """Return the share of a network's source capacity left on a date; the least one counts."""
    share = 1.0
    for derating in deratings:
        if derating.network == network and covers(derating.date, derating.days, date):
            share = min(share, derating.capacity_share)
    return share
