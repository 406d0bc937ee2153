"""Institutions: what they do on their own calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.model.accounts import close_month
from twin.model.participation import finish_projects

if TYPE_CHECKING:
    from twin.model.state import State

DOES = "bills and costs every month"


def step(state: State) -> None:
    """Count refused repairs; close the accounts at the end of a month and of the run."""
    state.sums.refused_repairs = float(state.institutions.municipality.refused)
    state.institutions.municipality.refused = 0
    state.sums.overrun_kzt = state.institutions.municipality.overrun_kzt
    state.institutions.municipality.overrun_kzt = 0.0
    finish_projects(state)
    if state.today.clock.is_month_end(state.day) or state.day + 1 == state.spec.n_days:
        close_month(state)
