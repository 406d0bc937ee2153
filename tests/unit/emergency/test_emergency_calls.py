"""The ambulances' log: calls drawn day by day."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naive import response as naive
from twin.core.streams import Stream
from twin.emergency import LIMITS_S, coverage, log_of_day
from twin.emergency.calls import poisson
from twin.emergency.times import reach
from twin.kernels.rng import uniform01, uniforms_for

TIMES_S = np.array([[200.0, 550.0, 700.0], [650.0, 500.0, 300.0], [900.0, 450.0, math.inf]])
PEOPLE = np.array([3000.0, 1000.0, 2000.0])
EXPECTED = 15.0


def found(units):
    return coverage(TIMES_S[:units], PEOPLE * EXPECTED / 24.0 / PEOPLE.sum(), 1.0)


def log(day, *, units=2, seed=4):
    return log_of_day(TIMES_S[:units], PEOPLE, found(units), EXPECTED, (seed, day))


@given(st.floats(0.01, 200.0), st.floats(1e-6, 1.0 - 1e-6))
def test_numbers_of_calls_are_inverted_from_their_distribution(mean, luck):
    upto = [poisson(mean, luck * (1.0 + sign * 1e-9)) for sign in (-1.0, 1.0)]
    assert upto[0] <= naive.poisson(mean, luck) <= upto[1]


def test_nobody_calls_where_nobody_may():
    assert poisson(0.0, 0.99) == 0
    assert poisson(900.0, 0.5) == 900


def test_calls_of_a_day_are_answered_as_one_after_another():
    for day in range(40):
        n = poisson(EXPECTED, uniform01(4, int(Stream.EMERGENCY_CALLS), 0, day))
        ids = np.arange(n, dtype=np.int64)
        luck = [uniforms_for(4, int(Stream.EMERGENCY_CALL), ids, day, draw) for draw in (0, 1)]
        waits = naive.answered(TIMES_S[:2], PEOPLE, found(2), list(zip(*luck, strict=True)))
        come = [wait for wait in waits if wait is not None]
        now = log(day)
        assert (now.calls, now.answered) == (n, len(come))
        assert now.within.tolist() == [sum(wait <= limit for wait in come) for limit in LIMITS_S]
        assert now.spent_s == pytest.approx(sum(come))


def test_the_mean_log_is_what_is_expected():
    days = [log(day) for day in range(6000)]
    calls = sum(day.calls for day in days)
    assert calls / len(days) == pytest.approx(EXPECTED, abs=4 * math.sqrt(EXPECTED / len(days)))
    assert np.var([day.calls for day in days]) == pytest.approx(EXPECTED, rel=0.1)
    expected = reach(TIMES_S[:2], PEOPLE, found(2))
    off = 4 * math.sqrt(0.25 / calls)
    within = sum(day.within for day in days) / calls
    assert within == pytest.approx(expected.within_share, abs=off)
    answered = sum(day.answered for day in days)
    assert answered / calls == pytest.approx(expected.reached_share, abs=off)
    mean_s = sum(day.spent_s for day in days) / answered
    assert mean_s == pytest.approx(expected.mean_s, rel=0.01)


def test_more_units_answer_the_same_calls_and_more_of_them():
    few, many = ([log(day, units=units) for day in range(300)] for units in (1, 2))
    assert [day.calls for day in few] == [day.calls for day in many]
    assert all(a.answered <= b.answered for a, b in zip(few, many, strict=True))
    assert sum(day.answered for day in few) < sum(day.answered for day in many)


def test_a_log_depends_on_seed_and_day_alone():
    days = [log(day) for day in range(30)]
    again = [log(day) for day in reversed(range(30))]
    for one, other in zip(days, reversed(again), strict=True):
        assert (one.calls, one.answered, one.spent_s) == (
            other.calls,
            other.answered,
            other.spent_s,
        )
    assert [day.calls for day in days] != [log(day, seed=5).calls for day in range(30)]


def test_a_place_without_a_way_gets_no_unit():
    times_s = np.array([[math.inf, 100.0]])
    people = np.array([1.0, 1.0])
    none = coverage(times_s, np.array([0.01, 0.01]), 1.0)
    days = [log_of_day(times_s, people, none, 10.0, (1, day)) for day in range(50)]
    share = sum(day.answered for day in days) / sum(day.calls for day in days)
    assert 0.35 < share < 0.6
    assert all(day.spent_s == 100.0 * day.answered for day in days)
