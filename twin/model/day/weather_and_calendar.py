"""Weather and calendar: what the day brings from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.model.state import State

DOES = "take today's weather and shocks"


def step(state: State) -> None:
    """Take today's weather and date; count the people."""
    state.accounts.ledger.open_month(state.today.clock.date(state.day).isoformat()[:7])
    state.temp_c = state.weather.temp_c(state.day)
    state.sums.person_days = float(state.people.sum())
