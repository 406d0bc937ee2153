"""The sparse factorisation against dense numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.kernels.ldl import factorise_into, solve_into, symbolic_ldl


def solve_sparse(n, tail, head, conductance, ground, rhs):
    """Return x of the network matrix, and how many unknowns were eliminated."""
    tail, head = np.asarray(tail, dtype=np.int32), np.asarray(head, dtype=np.int32)
    pattern = symbolic_ldl(n, tail, head)
    diagonal = np.array(ground, dtype=float)
    off = np.zeros(pattern.a_row.size)
    for k, value in enumerate(conductance):
        for end in (tail[k], head[k]):
            if end >= 0 and tail[k] != head[k]:
                diagonal[end] += value
        if pattern.slot_of_link[k] >= 0:
            off[pattern.slot_of_link[k]] -= value
    out_l, out_d, x = np.empty(pattern.l_row.size), np.empty(n), np.empty(n)
    done = factorise_into(pattern, diagonal, off, out_l, out_d)
    solve_into(pattern, out_l, out_d, np.asarray(rhs, dtype=float), x)
    return x, done


def dense(tail, head, conductance, ground):
    """Return the same matrix in full."""
    matrix = np.diag(np.array(ground, dtype=float))
    for t, h, value in zip(tail, head, conductance, strict=True):
        if t == h:
            continue
        for end in (t, h):
            if end >= 0:
                matrix[end, end] += value
        if t >= 0 and h >= 0:
            matrix[t, h] -= value
            matrix[h, t] -= value
    return matrix


@st.composite
def networks(draw):
    n = draw(st.integers(1, 25))
    ends = st.integers(-1, n - 1)
    links = draw(st.lists(st.tuples(ends, ends, st.floats(1e-3, 1e3)), max_size=60))
    ground = draw(st.lists(st.floats(0.1, 10.0), min_size=n, max_size=n))
    rhs = draw(st.lists(st.floats(-10.0, 10.0), min_size=n, max_size=n))
    return n, links, ground, rhs


@given(networks())
def test_the_solution_is_that_of_dense_numpy(network):
    n, links, ground, rhs = network
    tail, head = [link[0] for link in links], [link[1] for link in links]
    values = [link[2] for link in links]
    x, done = solve_sparse(n, tail, head, values, ground, rhs)
    assert done == n
    expected = np.linalg.solve(dense(tail, head, values, ground), rhs)
    np.testing.assert_allclose(x, expected, rtol=1e-7, atol=1e-9)


def test_parallel_links_share_a_slot_and_self_loops_have_none():
    tail = np.array([0, 1, 0, 1, 0], dtype=np.int32)
    head = np.array([1, 0, 1, 1, -1], dtype=np.int32)
    slots = symbolic_ldl(2, tail, head).slot_of_link
    assert slots.tolist() == [0, 0, 0, -1, -1]


def test_a_grid_of_a_hundred_unknowns_is_solved():
    side = 10
    tail, head = [], []
    for i in range(side * side):
        if i % side < side - 1:
            tail.append(i)
            head.append(i + 1)
        if i + side < side * side:
            tail.append(i)
            head.append(i + side)
    values = 1.0 + np.arange(len(tail)) % 7
    ground = np.full(side * side, 1e-3)
    rhs = np.sin(np.arange(side * side))
    x, done = solve_sparse(side * side, tail, head, values, ground, rhs)
    assert done == side * side
    expected = np.linalg.solve(dense(tail, head, values, ground), rhs)
    np.testing.assert_allclose(x, expected, rtol=1e-8)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_useless_pivot_stops_the_elimination(value):
    pattern = symbolic_ldl(2, np.array([0], dtype=np.int32), np.array([1], dtype=np.int32))
    out_l, out_d = np.empty(pattern.l_row.size), np.empty(2)
    assert factorise_into(pattern, np.full(2, value), np.zeros(1), out_l, out_d) < 2


def test_no_unknowns_need_no_work():
    empty = np.empty(0, dtype=np.int32)
    pattern = symbolic_ldl(0, empty, empty)
    assert factorise_into(pattern, np.empty(0), np.empty(0), np.empty(0), np.empty(0)) == 0


def test_each_kernel_has_one_signature_after_use():
    solve_sparse(2, [0], [1], [1.0], [1.0, 1.0], [1.0, 0.0])
    assert len(factorise_into.signatures) == 1
    assert len(solve_into.signatures) == 1
