"""Days of more and fewer trips: their draw, and what they make of a usual day."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive.traffic import day_of_zone, link_cost
from tests.unit.flows.traffic.test_traffic_system import bits, busiest, state
from tests.unit.flows.traffic.town import grid_town
from twin.flows.base import CachedFlow
from twin.flows.traffic import TrafficSystem
from twin.flows.traffic.town.demand import TripRates, trip_factor
from twin.parameters import TrafficParams

BUSY = grid_town(6, zones_across=3, people_per_zone=3500)
SYSTEM = TrafficSystem.from_city(BUSY)
SCALED = (
    "vehicles",
    "free_flow_vehh",
    "unserved_trips",
    "intrazonal_trips",
    "person_trips",
    "car_trips",
    "bus_trips",
)
"""Totals that are so many times those of the usual day."""


def usual_hour(state):
    return SYSTEM._usual_peak(state, SYSTEM._open_city(state)).hour


def day(factor, **changes):
    return dataclasses.replace(state(BUSY, **changes), trip_factor=factor)


@pytest.fixture(scope="module")
def closed():
    """The busiest streets, of which some stay open to every zone."""
    return busiest(SYSTEM.solve(day(1.0)), 4)


def test_trips_of_days_are_usual_on_average_and_as_spread_as_wanted():
    factors = np.array([trip_factor(3, day, 0.05) for day in range(20_000)])
    assert factors.mean() == pytest.approx(1.0, abs=4 * 0.05 / math.sqrt(factors.size))
    assert factors.std() == pytest.approx(0.05, rel=0.03)
    assert factors.min() > 0.75
    # neighbouring days have nothing to do with each other
    assert abs(np.corrcoef(factors[1:], factors[:-1])[0, 1]) < 4 / math.sqrt(factors.size)


def test_trips_of_a_day_are_whole_per_cents_of_the_usual():
    factors = np.array([trip_factor(1, day, 0.05) for day in range(400)])
    assert np.abs(100.0 * factors - np.round(100.0 * factors)).max() < 1e-9
    assert len(set(factors)) < 45


def test_trips_depend_on_seed_and_day_alone():
    draws = {(seed, day): trip_factor(seed, day, 0.1) for seed in (1, 2) for day in range(60)}
    again = {key: trip_factor(*key, 0.1) for key in reversed(draws)}
    assert again == draws
    of_seed = [[draws[seed, day] for day in range(60)] for seed in (1, 2)]
    assert of_seed[0] != of_seed[1]
    assert trip_factor(1, 5, 0.0) == 1.0


def test_a_town_draws_with_its_own_spread():
    calm = TrafficSystem(BUSY, TrafficParams(demand=TripRates(day_to_day_cv=0.0)))
    assert {calm.trip_factor(1, day) for day in range(20)} == {1.0}
    assert SYSTEM.trip_factor(1, 3) == trip_factor(1, 3, TripRates().day_to_day_cv)


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.1, 1.6])
def test_flows_and_times_are_those_of_the_delay_curves_at_so_many_times_the_usual_flow(
    closed, factor
):
    for streets in ((), closed):
        usual, now = (
            SYSTEM.solve(day(1.0, closed=streets)),
            SYSTEM.solve(day(factor, closed=streets)),
        )
        assert now.edge_flow == pytest.approx(factor * usual.edge_flow, rel=1e-12)
        hour = usual_hour(day(1.0, closed=streets))
        net, spent_s = hour.net, 0.0
        for link in range(net.capacity.size):
            values = [
                float(part[link])
                for part in (net.free_flow_time, net.b, net.capacity, net.power, net.class_cost[0])
            ]
            flow = factor * float(hour.flow_vehph[link])
            time_s = link_cost(values, flow, linear_from=float(net.linear_from[link]))
            spent_s += flow * time_s
            if link < now.details["link_time_s"].size and not hour.closed[link]:
                assert now.details["link_time_s"][link] == pytest.approx(time_s, rel=1e-12)
        assert now.totals["travel_time_vehh"] == pytest.approx(spent_s / 3600.0, rel=1e-12)


def test_all_that_counts_trips_is_so_many_times_the_usual(closed):
    for streets in ((), closed):
        usual, now = (SYSTEM.solve(day(f, closed=streets)).totals for f in (1.0, 1.25))
        for name in SCALED:
            assert now[name] == pytest.approx(1.25 * usual[name], rel=1e-12), name
        assert now["relative_gap"] == usual["relative_gap"]


def test_a_zone_cut_off_loses_all_of_the_day_and_not_of_the_usual_day():
    edges = BUSY.street_edges
    corner = int(BUSY.zones["street_node_id"].iloc[0])
    around = np.flatnonzero((edges["tail"] == corner) | (edges["head"] == corner)).tolist()
    whole, cut = (SYSTEM.solve(day(1.2, closed=each)) for each in ((), around))
    lost = cut.totals["unserved_trips"]
    assert lost > 0.0
    assert cut.totals["vehicles"] + lost == pytest.approx(whole.totals["vehicles"])
    assert (cut.service[BUSY.buildings["zone_id"] == 0] == 0.0).all()


def test_a_day_without_trips_finds_streets_empty():
    still = SYSTEM.solve(day(0.0))
    assert still.totals["vehicles"] == still.totals["travel_time_vehh"] == 0.0
    assert still.totals["vehkm"] > 0.0, "buses"
    assert np.isfinite(still.service).all()


def test_buses_keep_their_timetable_and_all_else_drives_more():
    usual, now = (SYSTEM.solve(day(factor)).totals["vehkm"] for factor in (1.0, 1.2))
    assert 1.0 < now / usual < 1.2


def test_no_vehicle_is_lost(closed):
    for factor in (0.7, 1.0, 1.3):
        assert SYSTEM.solve(day(factor, closed=closed)).imbalance <= 1e-9


def test_zones_are_slower_as_the_city_is_and_nearly_as_their_own_ways(closed):
    for streets in ((), closed):
        usual, now = (SYSTEM.solve(day(f, closed=streets)) for f in (1.0, 1.05))
        hours = [each.totals["travel_time_vehh"] / each.totals["vehicles"] for each in (usual, now)]
        slower = hours[1] / hours[0]
        assert slower > 1.0
        assert now.service * slower == pytest.approx(usual.service, rel=1e-12)
        hour = usual_hour(day(1.0, closed=streets))
        cars = SYSTEM._open_city(day(1.0)).settled.hours.cars[0]
        own = [day_of_zone(SYSTEM._town, hour, cars, zone, 1.05) for zone in range(len(cars))]
        assert now.service[: len(cars)] == pytest.approx(own, abs=0.002)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 1.6), st.floats(0.0, 0.6), st.integers(0, 4))
def test_more_trips_are_never_quicker(factor, more, n_closed):
    streets = busiest(SYSTEM.solve(day(1.0)), n_closed)
    few, many = (SYSTEM.solve(day(f, closed=streets)) for f in (factor, factor + more))
    assert (many.details["link_time_s"] >= few.details["link_time_s"]).all()
    assert (many.service <= few.service + 1e-12).all()
    per_vehicle = [
        each.totals["travel_time_vehh"] / each.totals["vehicles"] for each in (few, many)
    ]
    assert per_vehicle[1] >= per_vehicle[0] * (1.0 - 1e-12)
    assert many.totals["co2_t"] >= few.totals["co2_t"]


def test_what_was_solved_before_changes_no_bit_of_a_day(closed):
    fresh = TrafficSystem.from_city(BUSY)
    days = [
        day(factor, closed=streets, wear=wear)
        for wear in (0.0, 0.5)
        for streets in ((), closed)
        for factor in (1.0, 1.07, 0.93)
    ]
    forward = [bits(SYSTEM.solve(each)) for each in days]
    backward = [bits(fresh.solve(each)) for each in reversed(days)]
    assert forward == backward[::-1]
    again = pickle.loads(pickle.dumps(fresh))  # noqa: S301 - made on the line itself
    assert [bits(again.solve(each)) for each in days] == forward


def test_another_number_of_trips_is_another_day_but_needs_no_equilibrium(closed, monkeypatch):
    SYSTEM.solve(day(1.0, closed=closed))

    def refuse(*_, **__):
        raise AssertionError

    monkeypatch.setattr("twin.flows.traffic.system.assign", refuse)
    monkeypatch.setattr("twin.flows.traffic.system.find_equilibrium", refuse)
    cached = CachedFlow(SYSTEM)
    for factor in (1.0, 1.01, 1.0, 1.01, 0.99):
        cached.solve(day(factor, closed=closed))
    assert (cached.solves, cached.hits) == (3, 2)
