"""Who pays the monthly bill for water and heat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.citizens.kernels import pay_into
from twin.core.errors import CityDataError, Fault
from twin.core.streams import Stream
from twin.parameters import PaymentParams

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from twin.core.arrays import Float64, Int32

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
) -> Payment:
    """Draw which households pay this month.

    Parameters
    ----------
    households
        From `Population.households`.
    bill_kzt
        Bill of each household, shape (n_households,), >= 0; what is owed from earlier months is
        the biller's to add.
    month
        Months since the start of the run.
    seed
        Run seed.
    params
        The rule share = base - burden_effect bill / income + trust_effect trust, cut to 0-1.

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
    rules = np.array([params.base, params.burden_effect, params.trust_effect])
    paid = np.empty(n)
    pay_into(
        households.household_id,
        bill,
        households.income_kzt_month,
        households.trust,
        rules,
        np.uint64(seed),
        np.uint32(Stream.PAYMENT),
        month,
        paid,
    )
    billed = float(bill.sum())
    return Payment(paid, float(paid.sum()) / billed if billed > 0.0 else np.nan)
