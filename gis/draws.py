"""Keyed random numbers for building cities: plain functions of (seed, stream, entity, draw)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.kernels.rng import normals_for, uniforms_for

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from twin.core.arrays import Float64, Int64
    from twin.core.streams import Stream


def uniforms(seed: int, stream: Stream, ids: ArrayLike, *, draw: int = 0) -> Float64:
    """Return one uniform in (0, 1) per entity id, shape (n_entities,)."""
    keys = np.ascontiguousarray(ids, dtype=np.int64)
    values: Float64 = uniforms_for(int(seed), int(stream), keys, 0, int(draw))
    return values


def normals(seed: int, stream: Stream, ids: ArrayLike, *, draw: int = 0) -> Float64:
    """Return one standard normal per entity id, shape (n_entities,)."""
    keys = np.ascontiguousarray(ids, dtype=np.int64)
    values: Float64 = normals_for(int(seed), int(stream), keys, 0, int(draw))
    return values


def uniform(seed: int, stream: Stream, entity_id: int, *, draw: int = 0) -> float:
    """Return one uniform in (0, 1)."""
    return float(uniforms(seed, stream, [entity_id], draw=draw)[0])


def shares_to_counts(shares: Float64, total: int) -> Int64:
    """Round shares to whole numbers with the exact total, by largest remainder.

    Parameters
    ----------
    shares
        Non-negative weights with a positive sum, any shape.
    total
        Sum of the returned counts.
    """
    weights = np.asarray(shares, dtype=np.float64)
    exact = weights / weights.sum() * total
    counts = np.floor(exact).astype(np.int64)
    missing = int(total - counts.sum())
    order = np.argsort(-(exact - counts).ravel(), kind="stable")[:missing]
    np.add.at(counts.reshape(-1), order, 1)
    return counts


def systematic_counts(expected: Float64, offset: Float64) -> Int64:
    """Round each row of expected counts to whole numbers that keep the row's rounded sum.

    Systematic sampling: a row's running sum is cut at whole numbers shifted by the row's keyed
    offset, so every cell is rounded up or down without bias.

    Parameters
    ----------
    expected
        Expected counts, shape (n_rows, n_columns), row sums whole numbers.
    offset
        One uniform in (0, 1) per row, shape (n_rows,).
    """
    running = np.cumsum(expected, axis=1)
    running[:, -1] = np.round(running[:, -1])
    cut = np.floor(running + offset[:, None])
    cut[:, -1] = running[:, -1]
    cut = np.minimum(cut, running[:, -1:])
    return np.diff(cut, axis=1, prepend=0.0).astype(np.int64)
