"""How to combine scenarios solved before into a guess of the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.flows.heat.many.guess.kernels import BACK, BLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.core.arrays import Float64, Int64

_RIDGE = 1e-12  # of the trace: less than this is rounding
_HIGHER = 0.3  # what square and cube count beside the columns: near the size of such terms
_WILDEST = 20.0  # sum of weights, by size, beyond which a combination is not trusted
_LIKE = 0.1  # share of the way, squared, that a combination may miss


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
    """Return what tells scenarios apart, shape (n_rows, n_features), without units.

    Parameters
    ----------
    tables
        What is asked, each of shape (n_rows or 1, n_columns), with what counts as 1 in it.
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


def combine(asked: Float64, start: Float64) -> tuple[Float64, Float64]:
    """Return weights that make each scenario of the start and those before it in its block.

    Parameters
    ----------
    asked
        `features` of whole blocks, shape (n_rows, n_features).
    start
        Those of the solution every block begins from, shape (n_features,).

    Returns
    -------
    tuple of ndarray
        Weights, shape (n_rows, 1 + BACK): of the start, of the scenario before, of the one before
        that, and so on; all 0 where no combination comes near. And what each combination misses,
        shape (n_rows,).
    """
    row = np.arange(len(asked))
    back = np.arange(1, BACK + 1)
    is_there = (row % BLOCK)[:, np.newaxis] >= back
    others = np.full((row.size, 1 + BACK), -1)  # the start
    others[:, 1:][is_there] = (row[:, np.newaxis] - back)[is_there]
    from_all = np.concatenate([asked, start[np.newaxis]])[others]
    newest = is_there[:, 0].astype(np.int64)  # column
    last = from_all[row, newest]
    apart = from_all - last[:, np.newaxis, :]
    apart[:, 1:][~is_there] = 0.0
    way = asked - last
    gram = apart @ apart.transpose(0, 2, 1)
    ridge = _RIDGE * np.trace(gram, axis1=1, axis2=2) + np.finfo(float).tiny
    gram += ridge[:, np.newaxis, np.newaxis] * np.eye(1 + BACK)
    weights = np.linalg.solve(gram, apart @ way[:, :, np.newaxis])
    missed = way - (weights.transpose(0, 2, 1) @ apart)[:, 0]
    weights = weights[:, :, 0]
    weights[row, newest] += 1.0 - weights.sum(axis=1)
    miss, far = np.square(missed).sum(axis=1), np.square(way).sum(axis=1)
    wild = (np.abs(weights).sum(axis=1) > _WILDEST) | (miss > _LIKE * far)
    weights[wild] = 0.0
    return weights, np.sqrt(miss)
