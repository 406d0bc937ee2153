"""Ambulances and fire engines: who drives, how long, and who is reached in time."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import grid_city
from tests.naive.response import hypercube
from twin.core.errors import CityDataError
from twin.emergency import Readiness, Stations, coverage
from twin.emergency.kernels import answered_into, busy_into
from twin.emergency.times import reach
from twin.flows.base import NetworkState
from twin.flows.traffic import TrafficSystem
from twin.flows.traffic.town.emergency_vehicles import emergency_time_s

CITY = grid_city(6, 6)
STREETS = TrafficSystem.from_city(CITY)
PEOPLE = CITY.buildings["people"].to_numpy(dtype=np.int32)
READY = Readiness(
    units=2, calls_per_person_year=0.3, hours_per_call=1.0, turnout_s=60.0, delay_share=0.5
)


def solve(closed=()):
    n = len(CITY.street_edges)
    shut = np.zeros(n, dtype=np.uint8)
    shut[list(closed)] = 1
    return STREETS.solve(
        NetworkState(
            day=0,
            outdoor_temp_c=np.zeros(24),
            closed=shut,
            break_area_m2=np.zeros(n),
            capacity_share=np.ones(n),
            wear_phys=np.full(n, 0.5),
            people=PEOPLE,
        )
    )


def reached(stations, *args, **kwargs):
    """Who is reached, None where nobody answers."""
    answers = stations.answers(*args, **kwargs)
    return None if answers is None else answers.reach()


def by_unit(found):
    share = np.zeros_like(found.share)
    np.put_along_axis(share, found.unit.astype(np.int64), found.share, axis=1)
    return share


def test_sirens_scale_the_delay_and_not_the_road():
    free, now = np.array([10.0, 10.0, 10.0]), np.array([10.0, 30.0, np.inf])
    assert emergency_time_s(free, now, 0.5).tolist() == [10.0, 20.0, math.inf]
    assert emergency_time_s(free, now, 0.0).tolist() == [10.0, 10.0, math.inf]
    assert emergency_time_s(free, now, 1.0, np.array([False, False, True])).tolist() == [10, 30, 10]


def test_one_unit_is_busy_as_erlangs_formula_has_it():
    found = coverage(np.array([[5.0, 7.0]]), np.array([0.2, 0.3]), 2.0)
    assert found.busy == pytest.approx([0.5])
    assert found.lost_share == pytest.approx(0.5)
    assert found.share == pytest.approx(np.full((2, 1), 0.5))


def test_without_calls_the_nearest_unit_always_comes():
    found = coverage(np.array([[5.0, 7.0], [6.0, 3.0]]), np.zeros(2), 1.0)
    assert found.busy.tolist() == [0.0, 0.0]
    assert by_unit(found).tolist() == [[1.0, 0.0], [0.0, 1.0]]


@given(
    st.integers(2, 5),
    st.integers(1, 8),
    st.floats(0.05, 0.8),
    st.integers(0, 1_000_000),
)
def test_it_is_near_the_exact_hypercube(n_units, n_places, mean_load, key):
    draw = np.random.default_rng(key)
    times = draw.uniform(60.0, 900.0, (n_units, n_places))
    load = draw.uniform(0.2, 1.0, n_places)
    load *= mean_load * n_units / load.sum()
    found = coverage(times, load, 1.0)
    busy, share = hypercube(np.argsort(times, axis=0).T.tolist(), load, n_units)
    assert by_unit(found).sum(axis=1) == pytest.approx(np.full(n_places, 1.0 - found.lost_share))
    assert 1.0 - found.lost_share == pytest.approx(share.sum(axis=1))
    assert np.abs(found.busy - busy).max() < 0.04
    assert np.abs(by_unit(found) - share).max() < 0.04


@given(st.integers(1, 6), st.floats(0.0, 3.0), st.integers(0, 1_000_000))
def test_calls_are_answered_once_or_lost(n_units, load, key):
    draw = np.random.default_rng(key)
    times = draw.uniform(60.0, 900.0, (n_units, 5))
    times[draw.random(times.shape) < 0.3] = np.inf
    found = coverage(times, np.full(5, load), 1.0)
    answered = found.share.sum(axis=1)
    assert (found.share >= 0.0).all()
    assert (answered <= 1.0 - found.lost_share + 1e-12).all()
    assert (answered[~np.isfinite(times).any(axis=0)] == 0.0).all()
    assert (found.busy < 1.0).all()


def test_reach_counts_late_cut_off_and_lost_calls_as_not_reached():
    times = np.array([[100.0, 500.0, np.inf]])
    people = np.array([50.0, 30.0, 20.0])
    found = coverage(times, people / 100.0, 0.25)
    seen = reach(times, people, found)
    free = 1.0 - found.lost_share
    assert found.lost_share == pytest.approx(0.2 / 1.2)
    assert seen.within_share == pytest.approx((0.5 * free, 0.8 * free, 0.8 * free))
    assert seen.reached_share == pytest.approx(0.8 * free)
    assert seen.mean_s == pytest.approx((100.0 * 50.0 + 500.0 * 30.0) / 80.0)


@pytest.mark.parametrize(
    ("times", "calls", "hours", "words"),
    [
        (np.zeros((0, 2)), np.ones(2), 1.0, "holds no units"),
        (np.array([[-1.0]]), np.ones(1), 1.0, "negative times or NaN"),
        (np.array([[np.nan]]), np.ones(1), 1.0, "negative times or NaN"),
        (np.ones((1, 2)), np.ones(3), 1.0, "does not fit"),
        (np.ones((1, 2)), np.array([1.0, -1.0]), 1.0, "does not fit"),
        (np.ones((1, 2)), np.ones(2), 0.0, "is not over 0"),
    ],
)
def test_bad_arguments_are_named(times, calls, hours, words):
    with pytest.raises(CityDataError, match=words):
        coverage(times, calls, hours)


def test_a_closure_makes_people_wait_longer():
    stations = Stations(CITY, ("hospital",))
    whole = reached(stations, STREETS, solve(), PEOPLE, READY)
    edges = CITY.street_edges
    at_hospital = np.flatnonzero(edges["tail"] == stations.street_node[0])[:1]
    cut = reached(stations, STREETS, solve(at_hospital), PEOPLE, READY)
    assert cut.mean_s > whole.mean_s
    assert all(a >= b for a, b in zip(whole.within_share, cut.within_share, strict=True))


def test_a_way_through_the_closure_for_units_alone_is_at_least_as_quick_as_before():
    stations = Stations(CITY, ("hospital",))
    edges = CITY.street_edges
    shut = np.flatnonzero(edges["tail"] == stations.street_node[0])[:1]
    may_pass = np.zeros(len(edges), dtype=np.bool_)
    may_pass[shut] = True
    cut, passing = (
        reached(stations, STREETS, solve(shut), PEOPLE, READY, may_pass=mask)
        for mask in (None, may_pass)
    )
    assert passing.mean_s < cut.mean_s


def test_more_units_are_less_busy_and_miss_fewer_calls():
    stations = Stations(CITY, ("hospital", "fire_station"))
    busy = [
        reached(stations, STREETS, solve(), PEOPLE, dataclasses.replace(READY, units=n))
        for n in (1, 2, 4)
    ]
    assert busy[0].busy_share > busy[1].busy_share > busy[2].busy_share
    assert busy[0].reached_share < busy[1].reached_share < busy[2].reached_share


def test_green_signals_shorten_the_wait():
    stations = Stations(CITY, ("hospital",))
    slow, quick = (
        reached(stations, STREETS, solve(), PEOPLE, dataclasses.replace(READY, delay_share=share))
        for share in (1.0, 0.0)
    )
    assert quick.mean_s < slow.mean_s


def test_where_there_is_no_station_unit_or_resident_there_is_no_answer():
    hospital = Stations(CITY, ("hospital",))
    assert reached(Stations(CITY, ("depot_of_nobody",)), STREETS, solve(), PEOPLE, READY) is None
    none = dataclasses.replace(READY, units=0)
    assert reached(hospital, STREETS, solve(), PEOPLE, none) is None
    assert reached(hospital, STREETS, solve(), np.zeros_like(PEOPLE), READY) is None


def test_the_busiest_streets_are_those_with_most_cars_in_the_new_city():
    ranked = STREETS.busiest_edges()
    assert sorted(ranked.tolist()) == list(range(len(CITY.street_edges)))
    assert STREETS.busiest_edges() is ranked


def test_kernels_are_compiled_once():
    assert len(busy_into.signatures) == 1
    assert len(answered_into.signatures) == 1
