"""Cold spells: days at a fixed mean temperature, with the hours' swing of the day they replace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.model.shocks.spans import covers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from twin.core.arrays import Float64
    from twin.scenario import ColdSpell


def chilled(temp_c: Float64, date: dt.date, spells: Iterable[ColdSpell]) -> Float64:
    """Return a day's hourly temperatures with the spells of its date, shape (24,)."""
    for spell in spells:
        if covers(spell.date, spell.days, date):
            temp_c = temp_c - temp_c.mean() + spell.temp_c
    return temp_c
