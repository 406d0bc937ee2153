"""Sparse symmetric factorisation A = L D L^T on a fixed pattern, for network equations.

The pattern of a network never changes while its values do at every iteration, so ordering and
elimination tree are found once (`symbolic_ldl`), and the numeric part is two short loops.

References
----------
Davis, 2005, "Algorithm 849: a concise sparse Cholesky factorization package", ACM TOMS 31(4),
doi 10.1145/1114268.1114277 (the up-looking method). The fill-reducing order is the minimum
degree order of SuperLU by way of scipy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from twin.kernels.jit import kernel


class LdlPattern(NamedTuple):
    """Where the numbers of a network matrix and of its factor stand; all int32.

    `slot_of_link` has one entry per link: the off-diagonal slot its value adds to, or -1 for a
    link that touches a node outside the matrix, or a self-loop. Parallel links share a slot.
    """

    position: np.ndarray  # (n,) elimination position of each unknown
    slot_of_link: np.ndarray  # (n_links,)
    a_start: np.ndarray  # (n + 1,) off-diagonals of each permuted column above the diagonal
    a_row: np.ndarray  # (n_slots,) permuted row of each
    a_slot: np.ndarray  # (n_slots,) slot of each
    r_start: np.ndarray  # (n + 1,) pattern of each row of L, in elimination order
    r_col: np.ndarray  # (nnz,)
    l_start: np.ndarray  # (n + 1,) columns of L
    l_row: np.ndarray  # (nnz,)


def _slots(n: int, tail: np.ndarray, head: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (slot_of_link, pairs): one slot per distinct pair of unknowns."""
    slot_of_link = np.full(tail.size, -1, dtype=np.int32)
    inside = (tail >= 0) & (head >= 0) & (tail != head)
    low = np.minimum(tail, head)[inside].astype(np.int64)
    high = np.maximum(tail, head)[inside].astype(np.int64)
    keys, slots = np.unique(low * n + high, return_inverse=True)
    slot_of_link[inside] = slots.astype(np.int32)
    return slot_of_link, np.stack([keys // n, keys % n], axis=1)


def _minimum_degree(n: int, pairs: np.ndarray) -> np.ndarray:
    """Return each unknown's elimination position, shape (n,)."""
    rows = np.concatenate([pairs[:, 0], pairs[:, 1], np.arange(n)])
    cols = np.concatenate([pairs[:, 1], pairs[:, 0], np.arange(n)])
    degree = np.bincount(pairs.ravel(), minlength=n).astype(float)
    values = np.concatenate([np.full(2 * len(pairs), -1.0), degree + 1.0])
    matrix = csc_matrix((values, (rows, cols)), shape=(n, n))
    factor = splu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return factor.perm_c.astype(np.int32)


@kernel
def _row_patterns(n, a_start, a_row):
    """Return (r_start, r_col, l_start): rows of L by walking the elimination tree."""
    parent = np.full(n, -1, dtype=np.int32)
    mark = np.full(n, -1, dtype=np.int32)
    path = np.empty(n, dtype=np.int32)
    stack = np.empty(n, dtype=np.int32)
    r_start = np.zeros(n + 1, dtype=np.int32)
    count = np.zeros(n, dtype=np.int32)
    r_col = np.empty(max(4 * a_row.size, 16), dtype=np.int32)
    filled = 0
    for k in range(n):
        mark[k] = k
        top = n
        for p in range(a_start[k], a_start[k + 1]):
            i = a_row[p]
            length = 0
            while mark[i] != k:
                if parent[i] == -1:
                    parent[i] = k
                path[length] = i
                mark[i] = k
                length += 1
                i = parent[i]
            while length > 0:
                length -= 1
                top -= 1
                stack[top] = path[length]
        if filled + n - top > r_col.size:
            larger = np.empty(2 * r_col.size + n, dtype=np.int32)
            larger[:filled] = r_col[:filled]
            r_col = larger
        for p in range(top, n):
            r_col[filled] = stack[p]
            count[stack[p]] += 1
            filled += 1
        r_start[k + 1] = filled
    l_start = np.zeros(n + 1, dtype=np.int32)
    for k in range(n):
        l_start[k + 1] = l_start[k] + count[k]
    return r_start, r_col[:filled].copy(), l_start


@kernel
def _column_rows(n, r_start, r_col, l_start):
    """Return the row of every entry of L, column by column."""
    filled = l_start[:-1].copy()
    l_row = np.empty(r_col.size, dtype=np.int32)
    for k in range(n):
        for p in range(r_start[k], r_start[k + 1]):
            l_row[filled[r_col[p]]] = k
            filled[r_col[p]] += 1
    return l_row


def symbolic_ldl(n: int, tail: np.ndarray, head: np.ndarray) -> LdlPattern:
    """Find the pattern of L for n unknowns joined by links.

    `tail` and `head`, shape (n_links,), hold the unknown's row 0..n-1, or -1 where the end of the
    link is a node of known value, which adds to the diagonal only.
    """
    slot_of_link, pairs = _slots(n, tail, head)
    position = _minimum_degree(n, pairs) if n else np.empty(0, dtype=np.int32)
    ends = position[pairs] if len(pairs) else np.empty((0, 2), dtype=np.int32)
    row, col = ends.min(axis=1), ends.max(axis=1)
    order = np.lexsort((row, col))
    a_start = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(col, minlength=n), out=a_start[1:])
    a_row = np.ascontiguousarray(row[order], dtype=np.int32)
    r_start, r_col, l_start = _row_patterns(n, a_start, a_row)
    return LdlPattern(
        position=position,
        slot_of_link=slot_of_link,
        a_start=a_start,
        a_row=a_row,
        a_slot=np.ascontiguousarray(order, dtype=np.int32),
        r_start=r_start,
        r_col=r_col,
        l_start=l_start,
        l_row=_column_rows(n, r_start, r_col, l_start),
    )


@kernel
def factorise_into(pattern, diagonal, off_diagonal, out_l, out_d):
    """Factorise; return the number of unknowns done, which is below n at a zero or NaN pivot.

    Parameters
    ----------
    pattern
        From `symbolic_ldl`.
    diagonal
        Shape (n,), in the caller's order of unknowns.
    off_diagonal
        Shape (n_slots,), one value per slot.
    out_l, out_d
        Shapes (nnz,) and (n,): the factor, in elimination order.
    """
    n = pattern.a_start.size - 1
    work = np.zeros(n, dtype=diagonal.dtype)
    filled = pattern.l_start[:-1].copy()
    for i in range(n):
        out_d[pattern.position[i]] = diagonal[i]
    for k in range(n):
        for p in range(pattern.a_start[k], pattern.a_start[k + 1]):
            work[pattern.a_row[p]] = off_diagonal[pattern.a_slot[p]]
        pivot = out_d[k]
        for p in range(pattern.r_start[k], pattern.r_start[k + 1]):
            i = pattern.r_col[p]
            value = work[i]
            work[i] = 0.0
            for q in range(pattern.l_start[i], filled[i]):
                work[pattern.l_row[q]] -= out_l[q] * value
            entry = value / out_d[i]
            pivot -= entry * value
            out_l[filled[i]] = entry
            filled[i] += 1
        out_d[k] = pivot
        if not abs(pivot) > 0.0:
            return k
    return n


@kernel
def solve_into(pattern, l_values, d_values, rhs, out_x):
    """Solve A x = rhs from the factor; both shape (n,), in the caller's order."""
    n = pattern.a_start.size - 1
    x = np.empty(n)
    for i in range(n):
        x[pattern.position[i]] = rhs[i]
    for k in range(n):
        for q in range(pattern.l_start[k], pattern.l_start[k + 1]):
            x[pattern.l_row[q]] -= l_values[q] * x[k]
    for k in range(n - 1, -1, -1):
        x[k] /= d_values[k]
        for q in range(pattern.l_start[k], pattern.l_start[k + 1]):
            x[k] -= l_values[q] * x[pattern.l_row[q]]
    for i in range(n):
        out_x[i] = x[pattern.position[i]]
