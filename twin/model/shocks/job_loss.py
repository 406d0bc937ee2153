"""Lost jobs: a plant closes, and the jobs that it gave are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.citizens.demography import lose_jobs

if TYPE_CHECKING:
    from twin.model.state import State


def close_plants(state: State) -> None:
    """Carry out today's shocks of this kind."""
    today = state.today.clock.date(state.day)
    for shock in state.shocks.job_losses:
        if shock.date == today:
            lose_jobs(state.citizens, state.demography, shock.job_share, state.seed, state.day)
            payers = state.accounts.bills.payers
            payers.income_kzt_month = state.citizens.households().income_kzt_month
