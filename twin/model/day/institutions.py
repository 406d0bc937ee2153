"""Institutions: what they do on their own calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.model.accounts import close_month

if TYPE_CHECKING:
    from twin.model.state import State

DOES = "bills and costs every month"


def step(state: State) -> None:
    """Count refused repairs; close the month's accounts at its end."""
    state.sums.refused_repairs = float(state.institutions.municipality.refused)
    state.institutions.municipality.refused = 0
    state.sums.overrun_kzt = state.institutions.municipality.overrun_kzt
    state.institutions.municipality.overrun_kzt = 0.0
    if state.today.clock.is_month_end(state.day):
        close_month(state)
