"""Sparse A = L U on the pattern of `twin.kernels.ldl`, for matrices of symmetric pattern alone.

A pipe that falls freely passes what its upper end gives whatever stands below it, so the matrix of
a sewer is not symmetric. It is dominated by its diagonal, so no pivot is sought.
"""

from __future__ import annotations

import numpy as np

from twin.kernels.jit import kernel


@kernel
def factorise_lu_into(pattern, diagonal, upper, lower, out_l, out_u, out_d):
    """Factorise; return the number of unknowns done, below n at a zero or NaN pivot.

    `upper` and `lower` hold a value per slot, above and below the diagonal in elimination order;
    `diagonal` is in the caller's order.
    """
    n = pattern.a_start.size - 1
    row = np.zeros(n)
    column = np.zeros(n)
    filled = pattern.l_start[:-1].copy()
    for i in range(n):
        out_d[pattern.position[i]] = diagonal[i]
    for k in range(n):
        for p in range(pattern.a_start[k], pattern.a_start[k + 1]):
            column[pattern.a_row[p]] = upper[pattern.a_slot[p]]
            row[pattern.a_row[p]] = lower[pattern.a_slot[p]]
        pivot = out_d[k]
        for p in range(pattern.r_start[k], pattern.r_start[k + 1]):
            i = pattern.r_col[p]
            above = column[i]
            left = row[i] / out_d[i]
            column[i] = 0.0
            row[i] = 0.0
            for q in range(pattern.l_start[i], filled[i]):
                j = pattern.l_row[q]
                column[j] -= out_l[q] * above
                row[j] -= out_u[q] * left
            pivot -= left * above
            out_l[filled[i]] = left
            out_u[filled[i]] = above
            filled[i] += 1
        out_d[k] = pivot
        if not abs(pivot) > 0.0:
            return k
    return n


@kernel
def solve_lu_into(pattern, l_values, u_values, d_values, rhs, out_x):
    """Solve A x = rhs from the factors; both shape (n,), in the caller's order."""
    n = pattern.a_start.size - 1
    x = np.empty(n)
    for i in range(n):
        x[pattern.position[i]] = rhs[i]
    for k in range(n):
        for q in range(pattern.l_start[k], pattern.l_start[k + 1]):
            x[pattern.l_row[q]] -= l_values[q] * x[k]
    for k in range(n - 1, -1, -1):
        value = x[k]
        for q in range(pattern.l_start[k], pattern.l_start[k + 1]):
            value -= u_values[q] * x[pattern.l_row[q]]
        x[k] = value / d_values[k]
    for i in range(n):
        out_x[i] = x[pattern.position[i]]
