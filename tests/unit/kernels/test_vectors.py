"""Rows of numbers beside the same work on plain numbers."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.kernels.powers import power_of
from twin.kernels.vectors import (
    block_of,
    fused,
    larger,
    load,
    size_of,
    smaller,
    spread,
    store,
    where_over,
)

finite = st.floats(-1e6, 1e6)
eight = st.lists(finite, min_size=8, max_size=8).map(np.array)


@numba.njit(error_model="numpy")
def by_rows(lanes, a, b, out):
    for first in range(0, a.size, len(lanes)):
        x, y = load(lanes, a, first), load(lanes, b, first)
        nothing = spread(lanes, 0.0)
        value = (x + 2.0 * y - x * y) / (1.0 + size_of(y))
        value = larger(value, smaller(x, y)) - where_over(x, nothing, 3.0 - y, nothing)
        store(lanes, out, first, fused(value, x, y) + power_of(size_of(x) + 1.0, 0.852))


@numba.njit(error_model="numpy")
def one_by_one(a, b, out):
    for i in range(a.size):
        x, y = a[i], b[i]
        value = (x + 2.0 * y - x * y) / (1.0 + abs(y))
        value = max(value, min(x, y)) - (3.0 - y if x > 0.0 else 0.0)
        out[i] = fused(value, x, y) + power_of(abs(x) + 1.0, 0.852)


@pytest.mark.parametrize("n_lanes", [1, 2, 4, 8])
@given(eight, eight)
def test_rows_give_the_bits_of_plain_numbers(n_lanes, a, b):
    rows, plain = np.zeros(8), np.zeros(8)
    by_rows(tuple(range(n_lanes)), a, b, rows)
    one_by_one(a, b, plain)
    assert rows.tobytes() == plain.tobytes()


@numba.njit
def raised(lanes, values, out):
    worst = spread(lanes, 0.0)
    for first in range(0, values.size, len(lanes)):
        worst = larger(worst, size_of(load(lanes, values, first)))
    store(lanes, out, 0, worst)


def test_the_largest_of_a_lane_passes_over_what_is_no_number():
    values = np.array([1.0, -5.0, np.nan, 2.0, -3.0, np.nan])
    out = np.zeros(2)
    raised((0, 0), values, out)
    assert out.tolist() == [3.0, 5.0]


@numba.njit
def block_size(lanes):
    return len(block_of(lanes))


@pytest.mark.parametrize(("n_lanes", "size"), [(1, 8), (3, 6), (8, 8), (16, 16)])
def test_a_block_is_about_eight_numbers_and_whole_sets_of_lanes(n_lanes, size):
    assert block_size(tuple(range(n_lanes))) == size
    assert len(block_of(tuple(range(n_lanes)))) == size
