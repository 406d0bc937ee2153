"""Estimates from records against integrals and towns whose factors are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naive.knowledge import factor_of_group, posterior_moments
from twin.assets.knowledge.estimate import (
    Grades,
    Records,
    frailty,
    frailty_shape,
    group_factor,
)


def grades(threshold, found_poor, hit=0.8, false=0.15):
    n = len(threshold)
    return Grades(
        np.array(threshold, dtype=float),
        np.array(found_poor, dtype=np.int32),
        np.full(n, hit),
        np.full(n, false),
    )


NOT_INSPECTED = grades([np.nan], [-1])


def records(expected, breaks):
    return Records(np.atleast_1d(np.array(expected, float)), np.atleast_1d(np.array(breaks, float)))


@given(
    breaks=st.integers(0, 12),
    expected=st.floats(0.0, 10.0),
    shape=st.floats(1.0, 5.0),
)
def test_a_mains_own_factor_is_the_mean_of_its_posterior(breaks, expected, shape):
    mean, deviation = frailty(records(expected, breaks), shape, NOT_INSPECTED)
    wanted = posterior_moments(breaks, expected, shape)
    assert (mean[0], deviation[0]) == pytest.approx(wanted, rel=1e-5)


@given(
    breaks=st.integers(0, 6),
    expected=st.floats(0.0, 4.0),
    threshold=st.floats(0.3, 4.0),
    poor=st.booleans(),
)
def test_an_inspection_weighs_both_sides_of_its_threshold(breaks, expected, threshold, poor):
    result = grades([threshold], [int(poor)])
    mean, deviation = frailty(records(expected, breaks), 1.5, result)
    above, below = (0.8, 0.15) if poor else (0.2, 0.85)
    wanted = posterior_moments(breaks, expected, 1.5, threshold=threshold, above=above, below=below)
    assert (mean[0], deviation[0]) == pytest.approx(wanted, rel=1e-4)


def test_a_coin_toss_of_an_inspection_says_nothing():
    one = records(2.0, 3)
    blind = grades([1.0], [1], hit=0.5, false=0.5)
    assert frailty(one, 1.0, blind)[0] == pytest.approx(frailty(one, 1.0, NOT_INSPECTED)[0])


def test_found_poor_raises_and_found_good_lowers_the_estimate():
    one = records(1.0, 1)
    plain = frailty(one, 1.0, NOT_INSPECTED)[0][0]
    assert frailty(one, 1.0, grades([1.5], [1]))[0][0] > plain
    assert frailty(one, 1.0, grades([1.5], [0]))[0][0] < plain


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 5), st.integers(0, 3)), min_size=1))
def test_a_group_weighs_its_records_against_the_law(rows):
    breaks, expected, group = zip(*rows, strict=True)
    found = group_factor(records(expected, breaks), np.array(group, dtype=np.int32), 2.0)
    for one, factor in factor_of_group(breaks, expected, group, 2.0).items():
        assert found[one] == pytest.approx(factor)


def test_without_records_the_law_stands():
    none = records([0.0, 0.0], [0, 0])
    assert group_factor(none, np.array([0, 1], dtype=np.int32), 3.0).tolist() == [1.0, 1.0]
    assert frailty_shape(none, 1.7) == 1.7
    assert frailty(none, 2.0, grades([np.nan, np.nan], [-1, -1]))[0].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("shape", [0.3, 1.0, 4.0])
def test_the_shape_of_differences_is_found_again_in_many_mains(shape):
    rng = np.random.default_rng(1)
    expected = np.full(20_000, 2.0)
    breaks = rng.poisson(expected * rng.gamma(shape, 1.0 / shape, expected.size))
    assert frailty_shape(records(expected, breaks), 1.0) == pytest.approx(shape, rel=0.15)


def test_estimates_are_right_in_the_mean():
    """Among mains of equal estimate, failures that follow match it."""
    rng = np.random.default_rng(2)
    true = rng.gamma(1.0, 1.0, 50_000)
    expected = rng.uniform(0.0, 3.0, true.size)
    breaks = rng.poisson(expected * true)
    estimate, _ = frailty(
        records(expected, breaks), 1.0, grades(np.full(true.size, np.nan), breaks)
    )
    order = np.argsort(estimate)
    for part in np.array_split(order, 5):
        assert true[part].mean() == pytest.approx(estimate[part].mean(), rel=0.05)
