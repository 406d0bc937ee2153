"""Institutions: what they do on their own calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.citizens import pay_bills

if TYPE_CHECKING:
    from twin.model.state import State

DOES = "bills every month"


def step(state: State) -> None:
    """Count refused repairs; send bills at the end of a month."""
    state.sums.refused_repairs = float(state.institutions.municipality.refused)
    state.institutions.municipality.refused = 0
    if state.today.clock.is_month_end(state.day):
        _bill(state)


def _bill(state: State) -> None:
    """Bill every household for the month; who pays depends on burden and trust."""
    size = state.city.households["size"].to_numpy(dtype=np.float64)
    bill_kzt = size * state.today.settings.tariff.bill_kzt_per_person_month
    payment = pay_bills(
        state.citizens.households(), bill_kzt, state.months_billed, state.seed, state.payment
    )
    state.months_billed += 1
    paid = float(payment.paid_kzt.sum())
    state.sums.billed_kzt = float(bill_kzt.sum())
    state.sums.paid_kzt = paid
    state.paid_this_year_kzt = (state.paid_this_year_kzt or 0.0) + paid
