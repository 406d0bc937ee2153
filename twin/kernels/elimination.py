"""Factorising one network's matrix for several lanes at once, by a fixed schedule.

All lanes share the pattern, so the place that every product adds to is found once and the numeric
part is loops over lanes alone, which become vector code. Arrays are flat with the lane innermost:
entry i of lane l stands at i * n_lanes + l. The number of lanes is the length of the tuple `lanes`,
so that it is known when a kernel is compiled. Unsigned places spare the test for negative ones.

References
----------
Duff, Erisman & Reid, 2017, "Direct Methods for Sparse Matrices", 2nd ed., Oxford, sections 4.4 and
5.5 (right-looking elimination on a static pattern).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.kernels.jit import kernel

if TYPE_CHECKING:
    from twin.kernels.ldl import LdlPattern


class Schedule(NamedTuple):
    """Columns of L below the diagonal, and where the products of each column are subtracted."""

    l_start: np.ndarray  # (n + 1,) int32
    l_row: np.ndarray  # (nnz,) int32, elimination positions
    target: np.ndarray  # (n_products,) int32 entry of L, for each pair of one column's entries
    slot_entry: np.ndarray  # (n_slots,) int32 entry of L where a slot of the matrix stands


@kernel
def _targets(l_start, l_row):
    """Return the entry of L each pair of a column's entries adds to."""
    n = l_start.size - 1
    pairs = 0
    for k in range(n):
        entries = l_start[k + 1] - l_start[k]
        pairs += entries * (entries - 1) // 2
    target = np.empty(pairs, dtype=np.int32)
    found = 0
    for k in range(n):
        for p in range(l_start[k], l_start[k + 1]):
            at = l_start[l_row[p]]
            for q in range(p + 1, l_start[k + 1]):
                while l_row[at] != l_row[q]:  # rows of both columns rise, so one walk finds all
                    at += 1
                target[found] = at
                found += 1
    return target


@kernel
def _slot_entries(a_start, a_row, a_slot, l_start, l_row):
    """Return the entry of L of every slot."""
    out = np.empty(a_slot.size, dtype=np.int32)
    for k in range(a_start.size - 1):
        for p in range(a_start[k], a_start[k + 1]):
            at = l_start[a_row[p]]
            while l_row[at] != k:
                at += 1
            out[a_slot[p]] = at
    return out


def schedule_of(pattern: LdlPattern) -> Schedule:
    """Find the schedule of a pattern."""
    return Schedule(
        l_start=pattern.l_start,
        l_row=pattern.l_row,
        target=_targets(pattern.l_start, pattern.l_row),
        slot_entry=_slot_entries(
            pattern.a_start, pattern.a_row, pattern.a_slot, pattern.l_start, pattern.l_row
        ),
    )


@kernel
def eliminate_into(lanes, schedule, out_factor, out_diagonal, out_rhs):
    """Turn the matrix into its factor, and the right side into D^-1 L^-1 rhs times D.

    Parameters
    ----------
    lanes
        Any tuple as long as there are lanes.
    schedule
        From `schedule_of`.
    out_factor
        Off-diagonals in, entries of L out.
    out_diagonal
        Diagonal in, 1 / D out. A zero pivot leaves infinite or NaN numbers in its lane.
    out_rhs
        Shape as the diagonal, in elimination order.
    """
    width = np.uint64(len(lanes))
    product = np.uint64(0)
    for column in range(schedule.l_start.size - 1):
        k = np.uint64(column) * width
        first = np.uint64(schedule.l_start[column])
        end = np.uint64(schedule.l_start[column + 1])
        for lane in range(width):
            out_diagonal[k + lane] = 1.0 / out_diagonal[k + lane]
        for entry in range(first, end):
            row = np.uint64(schedule.l_row[entry]) * width
            p = entry * width
            for lane in range(width):
                value = out_factor[p + lane]
                share = value * out_diagonal[k + lane]
                out_diagonal[row + lane] -= value * share
                out_rhs[row + lane] -= share * out_rhs[k + lane]
            for other in range(entry + np.uint64(1), end):
                at = np.uint64(schedule.target[product]) * width
                q = other * width
                product += np.uint64(1)
                for lane in range(width):
                    share = out_factor[p + lane] * out_diagonal[k + lane]
                    out_factor[at + lane] -= share * out_factor[q + lane]
            for lane in range(width):
                out_factor[p + lane] *= out_diagonal[k + lane]


@kernel
def forward_into(lanes, schedule, factor, out_rhs):
    """Do to another right side what `eliminate_into` did to its own."""
    width = np.uint64(len(lanes))
    for column in range(schedule.l_start.size - 1):
        k = np.uint64(column) * width
        first = np.uint64(schedule.l_start[column])
        for entry in range(first, np.uint64(schedule.l_start[column + 1])):
            row = np.uint64(schedule.l_row[entry]) * width
            p = entry * width
            for lane in range(width):
                out_rhs[row + lane] -= factor[p + lane] * out_rhs[k + lane]


@kernel
def backward_into(lanes, schedule, factor, inverse_diagonal, out_x):
    """Turn an eliminated right side into the solution."""
    width = np.uint64(len(lanes))
    n = schedule.l_start.size - 1
    for back in range(n):
        column = n - 1 - back
        k = np.uint64(column) * width
        for lane in range(width):
            out_x[k + lane] *= inverse_diagonal[k + lane]
        first = np.uint64(schedule.l_start[column])
        for entry in range(first, np.uint64(schedule.l_start[column + 1])):
            row = np.uint64(schedule.l_row[entry]) * width
            p = entry * width
            for lane in range(width):
                out_x[k + lane] -= factor[p + lane] * out_x[row + lane]
