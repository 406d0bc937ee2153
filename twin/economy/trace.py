"""The way of one tenge: from who pays it to the asset or the supplier it ends at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from twin.core.errors import Fault, ScenarioError
from twin.core.registry import nearest
from twin.economy.holders import is_city_run
from twin.economy.ledger import Instrument

if TYPE_CHECKING:
    from twin.core.arrays import Float64

KEPT = "kept for later"


def trace(money: pd.DataFrame, source: str, *, year: int) -> pd.DataFrame:
    """Return where one tenge that an account pays in a year ends.

    Money in an account is one pool: a tenge that enters leaves in the proportions in which the
    account spends in that year, and stays as far as the account spends less than it receives.

    Parameters
    ----------
    money
        The table `money` of a run.
    source
        Account that pays, such as `households`.
    year
        Calendar year.

    Returns
    -------
    pandas.DataFrame
        Columns `from_account`, `to_account`, `purpose`, `asset_id`, `tenge`, largest first;
        `tenge` adds up to 1. `to_account` is `kept for later` for what was not spent.

    Raises
    ------
    ScenarioError
        If the account pays nothing in that year.
    """
    cash = money[
        (money["instrument"] == Instrument.CASH.value) & money["month"].str.startswith(f"{year}-")
    ]
    if not (cash["source"] == source).any():
        known = sorted(set(cash["source"]))
        years = sorted({month[:4] for month in money["month"]})
        mend = f"years in the table: {', '.join(years)}"
        mend += f"; {nearest(source, known)}" if known else ""
        raise ScenarioError(Fault(f"trace {source!r}", f"pays nothing in {year}", mend))
    names = sorted({*cash["source"], *cash["target"]})
    row = {name: place for place, name in enumerate(names)}
    n = len(names)
    tail = cash["source"].map(row).to_numpy()
    head = cash["target"].map(row).to_numpy()
    amount = cash["amount_tiyn"].to_numpy(dtype=np.float64)
    through = np.array([name == source or is_city_run(name) for name in names])
    spent = np.bincount(tail, weights=amount, minlength=n)
    came = np.bincount(head, weights=amount, minlength=n)
    came[row[source]] = 0.0
    pool = np.maximum(spent, came)
    each = _shares(amount, pool[tail]) * through[tail]
    passes = np.zeros((n, n))
    np.add.at(passes, (head, tail), np.where(head == row[source], 0.0, each))
    reached = _reached(passes, row[source])
    found = cash.assign(tenge=reached[tail] * each)
    ends = ~through[head] | (head == row[source])
    found = found[ends & (found["tenge"].to_numpy() > 0.0)]
    table = (
        found.rename(columns={"source": "from_account", "target": "to_account"})
        .groupby(["from_account", "to_account", "purpose", "asset_id"], as_index=False)["tenge"]
        .sum()
    )
    kept = reached * through * (1.0 - _shares(spent, pool))
    saved = pd.DataFrame(
        {
            "from_account": names,
            "to_account": KEPT,
            "purpose": "saved",
            "asset_id": np.int32(-1),
            "tenge": kept,
        }
    )
    whole = pd.concat([table, saved[saved["tenge"] > 0.0]], ignore_index=True)
    return whole.sort_values("tenge", ascending=False, kind="stable", ignore_index=True)


def _reached(passes: Float64, start: int) -> Float64:
    """Return how much of a tenge comes through each account, shape (n,).

    `passes[i, j]` is the part of what is in account j that it sends on to i. Accounts that the
    tenge never reaches are left out: they may pass money round among themselves for ever.
    """
    ways = csr_array(passes.T > 0.0)
    rows = breadth_first_order(ways, start, return_predecessors=False)
    reached, begin = np.zeros(len(passes)), np.zeros(rows.size)
    begin[0] = 1.0
    reached[rows] = np.linalg.solve(np.eye(rows.size) - passes[np.ix_(rows, rows)], begin)
    return reached


def _shares(part: Float64, whole: Float64) -> Float64:
    """Return part / whole, 0 where there is nothing."""
    out = np.zeros(part.size)
    np.divide(part, whole, out=out, where=whole > 0.0)
    return out
