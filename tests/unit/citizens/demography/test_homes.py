"""Who finds which home, by hand and against the naive queue."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.naive.demography import settle
from twin.citizens.demography.kernels import settle_into


def settled(order, candidate, utility, own_utility, own_building, free):
    left = np.array(free, dtype=np.int64)
    chosen = np.full(len(order), -1, dtype=np.int32)
    settle_into(
        np.array(order, dtype=np.int64),
        np.array(candidate, dtype=np.int64),
        np.array(utility, dtype=np.float64),
        np.array(own_utility, dtype=np.float64),
        np.array(own_building, dtype=np.int64),
        left,
        chosen,
    )
    return chosen.tolist(), left.tolist()


def test_the_first_in_the_queue_takes_the_best_home():
    nothing = float("-inf")
    found = settled(
        [1, 0], [[0, 1], [0, 1]], [[3.0, 1.0], [2.0, 1.0]], [nothing] * 2, [-1, -1], [1, 1]
    )
    assert found == ([1, 0], [0, 0])


def test_a_mover_stays_where_its_home_is_worth_more_and_leaves_its_home_free():
    assert settled([0], [[1]], [[0.5]], [1.0], [0], [0, 1]) == ([-1], [0, 1])
    assert settled([0], [[1]], [[1.5]], [1.0], [0], [0, 1]) == ([1], [1, 0])


def test_who_has_no_home_goes_on_to_the_next_that_is_free():
    nothing = float("-inf")
    assert settled([0], [[1]], [[1.0]], [nothing], [-1], [1, 0, 0]) == ([0], [0, 0, 0])
    assert settled([0], [[1]], [[1.0]], [nothing], [-1], [0, 0, 0]) == ([-1], [0, 0, 0])


@st.composite
def queues(draw):
    n, n_buildings, n_choices = draw(st.integers(0, 12)), draw(st.integers(1, 6)), 3
    building = st.integers(0, n_buildings - 1)
    value = st.floats(-5, 5)
    mover = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return (
        draw(st.permutations(range(n))),
        draw(st.lists(st.lists(building, min_size=3, max_size=3), min_size=n, max_size=n)),
        draw(st.lists(st.lists(value, min_size=3, max_size=n_choices), min_size=n, max_size=n)),
        [draw(value) if moves else float("-inf") for moves in mover],
        [draw(building) if moves else -1 for moves in mover],
        draw(st.lists(st.integers(0, 3), min_size=n_buildings, max_size=n_buildings)),
    )


@given(queues())
def test_the_queue_is_the_naive_one_and_never_overfills(queue):
    order, candidate, *others = queue
    if not order:
        candidate = np.zeros((0, 3))
        others[0] = np.zeros((0, 3))
    found, left = settled(order, candidate, *others)
    assert (found, left) == settle(order, np.array(candidate, dtype=int).tolist(), *others)
    assert min(left) >= 0
