"""Who pays the monthly bill for water and heat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.core.streams import Stream
from twin.kernels.rng import uniforms_for
from twin.parameters import PaymentParams

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from twin.core.arrays import Bool, Float64, Int32

_DEFAULT = PaymentParams()


@final
@dataclass(frozen=True, slots=True)
class Households:
    """Households as payers, one row each."""

    household_id: Int32
    """Stable id, the key of the draw, shape (n_households,)."""
    income_kzt_month: Float64
    """Money income, shape (n_households,)."""
    trust: Float64
    """Mean trust of the members, shape (n_households,), 0-1."""


@final
@dataclass(frozen=True, slots=True)
class Payment:
    """What came in for a month's bills."""

    pays: Bool
    """Which households pay this month, shape (n_households,)."""
    mood: Float64
    """The draw that decided, 0-1, shape (n_households,): below the share is to pay."""
    paid_kzt: Float64
    """Paid by each household, shape (n_households,): the whole bill or 0."""
    collection_rate: float
    """Money paid / money billed; NaN when nothing was billed."""


def pay_bills(
    households: Households,
    bill_kzt: ArrayLike,
    month: int,
    seed: int,
    params: PaymentParams = _DEFAULT,
    *,
    mood: Float64 | None = None,
) -> Payment:
    """Draw which households pay this month.

    Parameters
    ----------
    households
        From `Population.households`.
    bill_kzt
        The month's bill of each household, shape (n_households,), >= 0, as far as it has to pay
        it itself.
    month
        Months since the start of the run.
    seed
        Run seed.
    params
        The rule share = base - burden_effect bill / income + trust_effect trust, cut to 0-1; and
        how many keep the mood of last month.
    mood
        Last month's `Payment.mood`; None in the first month. A household keeps it with probability
        `mood_persistence` and draws a new one else, so that those who owe go on owing; the share
        that pays is the same.

    Raises
    ------
    CityDataError
        If a bill is negative or not a number, or the shape is wrong.
    """
    bill = np.ascontiguousarray(bill_kzt, dtype=np.float64)
    n = households.household_id.size
    if bill.shape != (n,) or not bool(np.all(bill >= 0.0)):
        raise CityDataError(
            Fault(
                where="pay_bills bill_kzt",
                what=f"has shape {bill.shape} and smallest value {np.min(bill, initial=np.inf):g}",
                mend=f"give bills of 0 KZT or more, shape ({n},)",
            )
        )
    ids, stream = households.household_id, int(Stream.PAYMENT)
    drawn: Float64 = uniforms_for(seed, stream, ids, month, 0)
    if mood is not None:
        keeps = uniforms_for(seed, stream, ids, month, 1) < params.mood_persistence
        drawn = np.where(keeps, mood, drawn)
    income = households.income_kzt_month
    burden = np.full(n, np.inf)
    np.divide(bill, income, out=burden, where=income > 0.0)
    burden[bill == 0.0] = 0.0
    share = params.base + params.trust_effect * households.trust - params.burden_effect * burden
    pays = (bill > 0.0) & (drawn < share)
    paid = np.where(pays, bill, 0.0)
    billed = float(bill.sum())
    rate = float(paid.sum()) / billed if billed > 0.0 else np.nan
    return Payment(pays=pays, mood=drawn, paid_kzt=paid, collection_rate=rate)
