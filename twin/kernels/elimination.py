"""Factorising one network's matrix for several lanes at once, by a fixed schedule.

All lanes share the pattern, so the place that every product adds to is found once and the numeric
part works on the numbers of all lanes as one (`twin.kernels.vectors`). Arrays are flat with the
lane innermost: entry i of lane l stands at i * n_lanes + l. The number of lanes is the length of
the tuple `lanes`, so that it is known when a kernel is compiled.

References
----------
Duff, Erisman & Reid, 2017, "Direct Methods for Sparse Matrices", 2nd ed., Oxford, sections 4.4 and
5.5 (right-looking elimination on a static pattern).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.kernels.jit import inline_kernel, kernel
from twin.kernels.vectors import load, store

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
    width = len(lanes)
    l_start, l_row, target = schedule.l_start, schedule.l_row, schedule.target
    product = 0
    for column in range(l_start.size - 1):
        k = column * width
        inverse = 1.0 / load(lanes, out_diagonal, k)
        store(lanes, out_diagonal, k, inverse)
        own = load(lanes, out_rhs, k)
        end = l_start[column + 1]
        for entry in range(l_start[column], end):
            row, p = l_row[entry] * width, entry * width
            value = load(lanes, out_factor, p)
            share = value * inverse
            store(lanes, out_factor, p, share)
            store(lanes, out_diagonal, row, load(lanes, out_diagonal, row) - value * share)
            store(lanes, out_rhs, row, load(lanes, out_rhs, row) - share * own)
            for other in range(entry + 1, end):
                at, q = target[product] * width, other * width
                product += 1
                less = share * load(lanes, out_factor, q)
                store(lanes, out_factor, at, load(lanes, out_factor, at) - less)


@inline_kernel
def _solve_column(lanes, schedule, column, factor, inverse_diagonal, rhs, out_x):
    """Set one column of the solution from those behind it."""
    l_start, l_row, width = schedule.l_start, schedule.l_row, len(lanes)
    k = column * width
    own = load(lanes, rhs, k) * load(lanes, inverse_diagonal, k)
    for entry in range(l_start[column], l_start[column + 1]):
        own = own - load(lanes, factor, entry * width) * load(lanes, out_x, l_row[entry] * width)
    store(lanes, out_x, k, own)


@kernel
def forward_into(lanes, schedule, columns, factor, out_rhs):
    """Do to another right side what `eliminate_into` did to its own, in some columns.

    Parameters
    ----------
    lanes, schedule
        As for `eliminate_into`.
    columns
        Columns in rising order, from `columns_of`: all on which the right side is not zero, and
        all that follow from them.
    factor
        Entries of L.
    out_rhs
        Right side in, L^-1 rhs out.
    """
    width = len(lanes)
    l_start, l_row = schedule.l_start, schedule.l_row
    for column in columns:
        own = load(lanes, out_rhs, column * width)
        for entry in range(l_start[column], l_start[column + 1]):
            row = l_row[entry] * width
            less = load(lanes, factor, entry * width) * own
            store(lanes, out_rhs, row, load(lanes, out_rhs, row) - less)


@kernel
def backward_on_into(lanes, schedule, columns, factor, inverse_diagonal, rhs, out_x):
    """Set the solution in some columns, as for `forward_into`, from an eliminated right side."""
    for back in range(columns.size):
        column = np.int64(columns[columns.size - 1 - back])
        _solve_column(lanes, schedule, column, factor, inverse_diagonal, rhs, out_x)


@kernel
def backward_into(lanes, schedule, factor, inverse_diagonal, out_x):
    """Turn an eliminated right side into the solution."""
    n = schedule.l_start.size - 1
    for back in range(n):
        _solve_column(lanes, schedule, n - 1 - back, factor, inverse_diagonal, out_x, out_x)


def columns_of(schedule: Schedule, rows: np.ndarray) -> np.ndarray:
    """Return some rows and all that a right side on them reaches, in rising order.

    Their solution needs no others either: a column reads the rows of its own entries alone.
    """
    seen = set(rows.tolist())
    waiting = list(seen)
    while waiting:
        column = waiting.pop()
        reached = schedule.l_row[schedule.l_start[column] : schedule.l_start[column + 1]]
        new = set(reached.tolist()) - seen
        seen |= new
        waiting += new
    return np.array(sorted(seen), dtype=np.int32)
