"""Compiled loops of the power flow: complex factorisation and currents, scenarios side by side.

A balanced network is one complex symmetric matrix Y (admittances, per unit), which does not depend
on the loads: it is factorised once, Y = L D L^T, and every iteration is two sweeps of L. In a
radial network L has no entry that Y has not, and the sweeps are those of the backward-forward
method.

    V = V0 - Y^-1 conj(S(V) / V),   V0 = voltages without load

contracts by |Z S| / |V|^2, which at two buses is below 1 up to the largest load that can be fed.

References
----------
Chen, Chen, Hwang, Kotas, Chebli, 1991, "Distribution system power flow analysis - a rigid
approach", IEEE Trans. Power Delivery 6(3), doi 10.1109/61.85860 (Gauss with the matrix of
impedances in factors). Davis, 2005, see `twin.kernels.ldl` (the up-looking factorisation).
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from twin.kernels.jit import kernel, threaded_kernel
from twin.kernels.ldl import factorise_into

LANES = 8
"""Scenarios solved side by side: vectors of four or eight doubles need no remainder."""


factorise_complex_into = kernel(cast("Any", factorise_into).py_func)
"""`twin.kernels.ldl.factorise_into` with complex128 values: one loop, compiled for each type."""


@kernel
def solve_complex_into(l_start, l_row, l_values, d_values, out_x):
    """Solve L D L^T x = x in place, in elimination order, shape (n,)."""
    n = l_start.size - 1
    for k in range(n):
        for q in range(l_start[k], l_start[k + 1]):
            out_x[l_row[q]] -= l_values[q] * out_x[k]
    for k in range(n - 1, -1, -1):
        x = out_x[k] / d_values[k]
        for q in range(l_start[k], l_start[k + 1]):
            x -= l_values[q] * out_x[l_row[q]]
        out_x[k] = x


@threaded_kernel
def iterate_into(factor, power, tolerance, most, out_re, out_im, out_rounds):
    """Iterate currents for LANES scenarios; return the largest last step of any, per unit.

    Parameters
    ----------
    factor
        `FactorArrays`.
    power
        `PowerRows`, of rows in elimination order.
    tolerance
        A scenario is done when no voltage moves by more, per unit.
    most
        Iterations at most.
    out_re, out_im
        Voltages, shape (n, LANES); they are started from.
    out_rounds
        Iterations of each scenario, shape (LANES,); -1 where it did not converge.

    Notes
    -----
    A scenario that is done is not moved any more, so its result does not depend on those it is
    solved beside.
    """
    n = factor.l_start.size - 1
    x_re = np.empty((n, LANES))
    x_im = np.empty((n, LANES))
    step = np.empty(LANES)
    taint = np.empty(LANES)
    for j in range(LANES):
        out_rounds[j] = -1
    worst = 0.0
    for turn in range(most):
        _currents_into(power, out_re, out_im, x_re, x_im)
        _sweeps_into(factor, x_re, x_im)
        for j in range(LANES):
            step[j] = 0.0
            taint[j] = 0.0
        for k in range(n):
            for j in range(LANES):
                new_re = factor.free_re[k] + x_re[k, j]
                new_im = factor.free_im[k] + x_im[k, j]
                moved = abs(new_re - out_re[k, j]) + abs(new_im - out_im[k, j])
                left = out_rounds[j] < 0
                out_re[k, j] = new_re if left else out_re[k, j]
                out_im[k, j] = new_im if left else out_im[k, j]
                taint[j] += moved - moved  # NaN if moved is NaN or infinite, else 0
                grown = max(step[j], moved)
                step[j] = grown if left else 0.0
        worst = 0.0
        for j in range(LANES):
            if out_rounds[j] < 0:
                if taint[j] != 0.0:  # NaN is not 0 either
                    step[j] = np.inf
                worst = max(worst, step[j])
                if step[j] <= tolerance:
                    out_rounds[j] = turn + 1
        if worst <= tolerance:
            break
    return worst


@kernel
def _currents_into(power, v_re, v_im, out_re, out_im):
    """Write the current into each node, -conj(S(V) / V); shape (n, LANES)."""
    varied = power.p_current.shape[0] > 0
    for k in range(v_re.shape[0]):
        for j in range(LANES):
            square = v_re[k, j] * v_re[k, j] + v_im[k, j] * v_im[k, j]
            p = power.p[k, j]
            q = power.q[k, j]
            if varied:
                size = np.sqrt(square)
                p += power.p_current[k, j] * size + power.p_impedance[k, j] * square
                q += power.q_current[k, j] * size + power.q_impedance[k, j] * square
            p /= -square
            q /= -square
            out_re[k, j] = p * v_re[k, j] + q * v_im[k, j]
            out_im[k, j] = p * v_im[k, j] - q * v_re[k, j]


@kernel
def _sweeps_into(factor, out_re, out_im):
    """Solve L D L^T x = x in place for all LANES; shape (n, LANES)."""
    n = factor.l_start.size - 1
    for k in range(n):
        for q in range(factor.l_start[k], factor.l_start[k + 1]):
            row = factor.l_row[q]
            a = factor.l_re[q]
            b = factor.l_im[q]
            for j in range(LANES):
                out_re[row, j] -= a * out_re[k, j] - b * out_im[k, j]
                out_im[row, j] -= a * out_im[k, j] + b * out_re[k, j]
    for k in range(n - 1, -1, -1):
        a = factor.inverse_re[k]
        b = factor.inverse_im[k]
        for j in range(LANES):
            re = out_re[k, j]
            im = out_im[k, j]
            out_re[k, j] = a * re - b * im
            out_im[k, j] = a * im + b * re
        for q in range(factor.l_start[k], factor.l_start[k + 1]):
            row = factor.l_row[q]
            a = factor.l_re[q]
            b = factor.l_im[q]
            for j in range(LANES):
                out_re[k, j] -= a * out_re[row, j] - b * out_im[row, j]
                out_im[k, j] -= a * out_im[row, j] + b * out_re[row, j]
