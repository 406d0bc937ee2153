"""Record: the day goes into the books, and the next year is opened at the end of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.model import recorder
from twin.model.decisions import open_year
from twin.model.moving_on import end_year

if TYPE_CHECKING:
    from twin.model.state import State

DOES = "sums, tables, invariants; at a year's end people move on and the next year opens"


def step(state: State) -> None:
    """Add the day to month, year and run; check that nothing got lost."""
    for service in state.services:
        for failure in service.open.values():
            if failure.known_day == state.day:
                state.sums.known_failures += 1.0
                state.sums.days_to_known += failure.known_day - failure.day
                state.knowledge.note_break(failure.asset)
    state.journal.note_money(state.accounts.imbalance())
    state.sums.money = state.accounts.ledger.take_day()
    if state.today.clock.is_year_end(state.day):
        end_year(state)
    recorder.add_day(state)
    if state.today.clock.is_year_end(state.day) and state.day + 1 < state.spec.n_days:
        open_year(state, state.day + 1)
