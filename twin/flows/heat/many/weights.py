"""In which order scenarios are solved, and how they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.flows.heat.kernels.guess import BLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.core.arrays import Float64, Int64

_HIGHER = 0.3  # what square and cube count beside the columns: near the size of such terms


def outward(total: Float64, n_rows: int) -> Int64:
    """Return rows from the middle of an order by `total` outward, block by block.

    The middle row is the first; blocks on its either side take turns, each ordered away from it.
    """
    order = np.arange(n_rows) if total.size == 1 else np.argsort(total, kind="stable")
    middle = n_rows // 2
    above, below = order[middle:], order[:middle][::-1]
    blocks = []
    for begin in range(0, above.size, BLOCK):
        blocks += [above[begin : begin + BLOCK], below[begin : begin + BLOCK]]
    return np.concatenate(blocks)


def features(tables: Sequence[tuple[np.ndarray, float]], row: int) -> Float64:
    """Return how scenarios differ, shape (n_rows, n_features), without units.

    Parameters
    ----------
    tables
        What is given, each of shape (n_rows or 1, n_columns), with what counts as 1 in it.
    row
        Scenario whose distance to itself is nil.

    Notes
    -----
    Of each table its columns, and square and cube of their mean: a combination that fits these too
    is right to the fourth order where scenarios differ in one figure.
    """
    parts = []
    for table, unit in tables:
        if len(table) > 1:
            away = (table - table[row]) / unit
            mean = away.mean(axis=1, keepdims=True)
            parts += [away / np.sqrt(away.shape[1]), _HIGHER * mean**2, _HIGHER * mean**3]
    n_rows = max(len(table) for table, _ in tables)
    return np.concatenate(parts, axis=1) if parts else np.zeros((n_rows, 1))
