"""Elimination in lanes beside dense linear algebra."""

import numpy as np
import pytest

from twin.kernels.elimination import (
    backward_into,
    backward_on_into,
    columns_of,
    eliminate_into,
    forward_into,
    schedule_of,
)
from twin.kernels.ldl import symbolic_ldl


def lanes_of(n_lanes):
    """Return (matrices, diagonal, factor, schedule, position) of one looped network."""
    side = 6
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel(), [0, 3]]).astype(np.int32)
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel(), [35, 4]]).astype(np.int32)
    n = side * side
    pattern = symbolic_ldl(n, tail, head)
    schedule = schedule_of(pattern)
    weight = 1.0 + np.sin(np.arange(tail.size)[:, None] + np.arange(n_lanes)) ** 2
    matrix = np.zeros((n_lanes, n, n))
    factor = np.zeros((pattern.l_row.size, n_lanes))
    for k in range(tail.size):
        a, b = tail[k], head[k]
        for i, j, sign in ((a, a, 1.0), (b, b, 1.0), (a, b, -1.0), (b, a, -1.0)):
            matrix[:, i, j] += sign * weight[k]
        factor[schedule.slot_entry[pattern.slot_of_link[k]]] -= weight[k]
    matrix += 0.1 * np.eye(n)
    diagonal = np.zeros((n, n_lanes))
    diagonal[pattern.position] = matrix[:, np.arange(n), np.arange(n)].T
    return matrix, diagonal.ravel(), factor.ravel(), schedule, pattern.position


@pytest.mark.parametrize("n_lanes", [1, 8])
def test_every_lane_is_solved_as_by_dense_algebra(n_lanes):
    matrix, diagonal, factor, schedule, position = lanes_of(n_lanes)
    n = position.size
    wanted = np.cos(np.arange(n_lanes * n)).reshape(n_lanes, n)
    rhs = np.zeros((n, n_lanes))
    rhs[position] = np.einsum("lij,lj->il", matrix, wanted)
    first, second = rhs.ravel().copy(), 2.0 * rhs.ravel()
    lanes = tuple(range(n_lanes))
    eliminate_into(lanes, schedule, factor, diagonal, first)
    backward_into(lanes, schedule, factor, diagonal, first)
    np.testing.assert_allclose(first.reshape(n, n_lanes)[position], wanted.T, atol=1e-12)
    forward_into(lanes, schedule, np.arange(n, dtype=np.int32), factor, second)
    backward_into(lanes, schedule, factor, diagonal, second)
    np.testing.assert_allclose(second, 2.0 * first, atol=1e-12)


@pytest.mark.parametrize("n_lanes", [1, 8])
def test_a_solution_near_some_rows_needs_their_columns_alone(n_lanes):
    _, diagonal, factor, schedule, position = lanes_of(n_lanes)
    lanes, rows = tuple(range(n_lanes)), np.array([2, 9], dtype=np.int32)
    columns = columns_of(schedule, rows)
    rhs = np.zeros((position.size, n_lanes))
    rhs[rows] = 1.0 + np.arange(n_lanes)
    whole, part, found = rhs.ravel().copy(), rhs.ravel().copy(), np.full(rhs.size, np.nan)
    eliminate_into(lanes, schedule, factor, diagonal, whole)
    backward_into(lanes, schedule, factor, diagonal, whole)
    forward_into(lanes, schedule, columns, factor, part)
    backward_on_into(lanes, schedule, columns, factor, diagonal, part, found)
    assert 2 < columns.size < position.size
    known = found.reshape(-1, n_lanes)[columns]
    np.testing.assert_allclose(known, whole.reshape(-1, n_lanes)[columns], rtol=1e-12)
    backward_into(lanes, schedule, factor, diagonal, part)
    np.testing.assert_allclose(part, whole, rtol=1e-12)


def test_a_zero_pivot_spoils_its_own_lane_alone():
    _, diagonal, factor, schedule, position = lanes_of(8)
    diagonal.reshape(-1, 8)[:, 3] = 0.0
    factor.reshape(-1, 8)[:, 3] = 0.0
    rhs = np.ones(diagonal.size)
    eliminate_into(tuple(range(8)), schedule, factor, diagonal, rhs)
    backward_into(tuple(range(8)), schedule, factor, diagonal, rhs)
    finite = np.isfinite(rhs.reshape(position.size, 8)).all(axis=0)
    assert finite.tolist() == [lane != 3 for lane in range(8)]
