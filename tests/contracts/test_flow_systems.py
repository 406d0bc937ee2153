"""What every registered flow system must do; no exceptions listed."""

import dataclasses
import importlib
import math
from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.builders import grid_city
from twin.city.networks import NETWORK_NAMES, NETWORKS
from twin.city.validate import require_valid
from twin.flows.base import (
    OUT_OF_SERVICE,
    CachedFlow,
    NetworkState,
    SolveStatus,
    flow_systems,
    state_key,
)

for _kind in NETWORKS:
    importlib.import_module(_kind.system)  # registers it

LARGEST_IMBALANCE = 1e-6
LARGEST_RELIEF = 0.05
"""What a closure may add to the mean service: a loop that is shut loses no heat and leaks no water
on its way to others, and a street that is shut may be the one of Braess's paradox."""


@cache
def city():
    """A grid of 4 x 4 streets with every network; never changed by a test."""
    return grid_city()


@cache
def compiled(kind):
    return flow_systems[kind].from_city(city())


def n_edges(kind):
    return len(city().network_edges(kind))


def day_of(kind, **changes):
    """A winter day on which nothing is broken, but for some changes."""
    n = n_edges(kind)
    whole = NetworkState(
        day=20,
        outdoor_temp_c=np.full(24, -15.0),
        closed=np.zeros(n, dtype=np.uint8),
        break_area_m2=np.zeros(n),
        capacity_share=np.ones(n),
        wear_phys=np.full(n, 0.4),
        people=city().buildings["people"].to_numpy(dtype=np.int32),
        source_share=1.0,
    )
    return dataclasses.replace(whole, **changes)


def one_at(n, row, value, *, rest=0.0, dtype=np.float64):
    values = np.full(n, rest, dtype=dtype)
    values[row] = value
    return values


def days_of(kind):
    """Days of which pairs differ in one field, by name."""
    n = n_edges(kind)
    some = n // 2
    people = day_of(kind).people
    shut = {
        "closed": one_at(n, some, 1, dtype=np.uint8),
        "break_area_m2": one_at(n, some, 5e-4),
    }
    return {
        "whole": day_of(kind),
        "other day": day_of(kind, day=21),
        "same mean temperature": day_of(kind, outdoor_temp_c=-15.0 + np.tile([-2.0, 2.0], 12)),
        "colder": day_of(kind, outdoor_temp_c=np.full(24, -30.0)),
        "summer": day_of(kind, outdoor_temp_c=np.full(24, 22.0)),
        "closed edge": day_of(kind, closed=one_at(n, some, 1, dtype=np.uint8)),
        "all closed": day_of(kind, closed=np.ones(n, dtype=np.uint8)),
        "break": day_of(kind, break_area_m2=one_at(n, some, 5e-4)),
        "less capacity": day_of(kind, capacity_share=one_at(n, some, 0.5, rest=1.0)),
        "worn": day_of(kind, wear_phys=np.full(n, 0.9)),
        "more people": day_of(kind, people=2 * people),
        "nobody": day_of(kind, people=np.zeros_like(people)),
        "shut at once": day_of(kind, **shut),
        "shut at six": day_of(kind, **shut, break_hours=one_at(n, some, 6.0)),
        "more trips": day_of(kind, trip_factor=1.2),
        "thrifty residents": day_of(kind, resident_use=0.8),
        "adaptive lights": day_of(kind, adaptive_signal_share=0.5),
        "half the source": day_of(kind, source_share=0.5),
        "no source": day_of(kind, source_share=0.0),
    }


@cache
def solved(kind):
    """Services of all those days, solved in their order by one system."""
    return {name: compiled(kind).solve(day) for name, day in days_of(kind).items()}


def bits(service):
    """All of a service as something that compares bit for bit."""
    numbers = {name: float(value).hex() for name, value in service.totals.items()}
    arrays = {name: value.tobytes() for name, value in service.details.items()}
    return (
        service.service.tobytes(),
        service.edge_flow.tobytes(),
        float(service.imbalance).hex(),
        service.status,
        numbers,
        arrays,
    )


def mean_service(kind, service):
    """Mean over residents of connected buildings; NaN where there are none."""
    people = day_of(kind).people * ~np.isnan(service.service)
    if not people.sum():
        return math.nan
    return float(people @ np.nan_to_num(service.service)) / float(people.sum())


@pytest.fixture(params=list(flow_systems))
def kind(request):
    return request.param


def test_it_compiles_a_city_and_says_what_it_is(kind):
    system = compiled(kind)
    assert system.kind == kind
    assert kind in NETWORK_NAMES
    assert system.service_unit


def test_every_network_of_a_city_has_a_system():
    assert sorted(NETWORK_NAMES) == list(flow_systems)


def test_service_is_a_share_or_nan_where_a_building_is_not_connected(kind):
    connected = ~np.isnan(solved(kind)["whole"].service)
    assert connected.any()
    for name, service in solved(kind).items():
        assert service.service.shape == (len(city().buildings),), name
        assert np.array_equal(~np.isnan(service.service), connected), name
        values = service.service[connected]
        assert ((values >= 0.0) & (values <= 1.0)).all(), name


def test_flow_on_edges_is_finite_and_in_asset_order(kind):
    for name, service in solved(kind).items():
        assert service.edge_flow.shape == (n_edges(kind),), name
        assert np.isfinite(service.edge_flow).all(), name
    assert solved(kind)["whole"].edge_flow.any()
    assert not solved(kind)["all closed"].edge_flow.any()


def test_nothing_gets_lost(kind, record_property):
    for name, service in solved(kind).items():
        record_property(name, service.imbalance)
        assert 0.0 <= service.imbalance <= LARGEST_IMBALANCE, name


def test_a_lawful_day_converges(kind):
    assert solved(kind)["whole"].status is SolveStatus.CONVERGED
    for service in solved(kind).values():
        assert isinstance(service.status, SolveStatus)


def test_totals_are_finite_and_the_same_names_every_day(kind):
    names = list(solved(kind)["whole"].totals)
    for name, service in solved(kind).items():
        assert list(service.totals) == names, name
        assert all(math.isfinite(value) for value in service.totals.values()), name


def test_what_validation_calls_lawful_compiles(kind):
    """A warning, such as of a street that leads back to its own end, is no error later."""
    streets = city().street_edges
    loop = streets.iloc[[0]].assign(
        street_edge_id=np.int32(len(streets)), uid="loop", head=streets["tail"].iloc[0]
    )
    odd = dataclasses.replace(city(), street_edges=pd.concat([streets, loop], ignore_index=True))
    assert any(fault.code == "W-SELF-LOOP" for fault in require_valid(odd))
    n = len(odd.network_edges(kind))
    day = NetworkState(
        day=20,
        outdoor_temp_c=np.full(24, -15.0),
        closed=np.zeros(n, dtype=np.uint8),
        break_area_m2=np.zeros(n),
        capacity_share=np.ones(n),
        wear_phys=np.full(n, 0.4),
        people=day_of(kind).people,
    )
    service = flow_systems[kind].from_city(odd).solve(day)
    assert service.edge_flow.shape == (n,)
    assert service.service.tobytes() == solved(kind)["whole"].service.tobytes()


def test_what_was_solved_before_changes_no_bit(kind):
    days = days_of(kind)
    backwards = flow_systems[kind].from_city(city())
    for name in reversed(days):
        assert bits(backwards.solve(days[name])) == bits(solved(kind)[name]), name


def test_the_days_differ_in_every_field_of_a_state(kind):
    """So a field that a network reads and leaves out of what is relevant is noticed."""
    days = days_of(kind)
    for field in dataclasses.fields(NetworkState):
        values = {np.asarray(getattr(day, field.name)).tobytes() for day in days.values()}
        assert len(values) > 1, field.name


def test_what_is_not_relevant_changes_no_bit(kind):
    system, days = compiled(kind), days_of(kind)
    keys = {name: state_key(system.relevant(day)) for name, day in days.items()}
    for name, key in keys.items():
        for other, its in keys.items():
            if key == its:
                assert bits(solved(kind)[name]) == bits(solved(kind)[other]), (name, other)


def test_closures_are_relevant(kind):
    system, days = compiled(kind), days_of(kind)
    assert state_key(system.relevant(days["whole"])) != state_key(
        system.relevant(days["closed edge"])
    )


def test_closing_an_edge_hardly_raises_the_mean_service(kind):
    whole = mean_service(kind, solved(kind)["whole"])
    n = n_edges(kind)
    for row in range(0, n, 3):
        service = compiled(kind).solve(day_of(kind, closed=one_at(n, row, 1, dtype=np.uint8)))
        assert mean_service(kind, service) <= whole + LARGEST_RELIEF, row


def test_closing_ever_more_edges_lowers_the_mean_service(kind):
    n = n_edges(kind)
    before = mean_service(kind, solved(kind)["whole"])
    closed = np.zeros(n, dtype=np.uint8)
    for row in (0, n // 2, n // 4, n - 1, n // 3):
        closed[row] = 1
        now = mean_service(kind, compiled(kind).solve(day_of(kind, closed=closed.copy())))
        assert now <= before + LARGEST_RELIEF, row
        before = now


def test_the_state_is_left_alone(kind):
    day, same = (days_of(kind)["break"] for _ in range(2))
    compiled(kind).solve(day)
    for field in dataclasses.fields(day):
        assert np.array_equal(getattr(day, field.name), getattr(same, field.name)), field.name


def test_a_cached_network_is_solved_once_per_relevant_state(kind):
    days = days_of(kind)
    flow = CachedFlow(compiled(kind))
    first = flow.solve(days["whole"])
    assert (flow.solves, flow.hits) == (1, 0)
    assert flow.solve(days["whole"]) is first
    assert (flow.solves, flow.hits) == (1, 1)
    flow.solve(days["closed edge"])
    assert (flow.solves, flow.hits) == (2, 1)
    assert bits(flow.solve(days["closed edge"])) == bits(solved(kind)["closed edge"])
    assert (flow.solves, flow.hits) == (2, 2)


def test_an_edge_out_of_service_carries_nothing_and_drains_nobody(kind):
    """A plugged edge differs from one that is emptied for repair: its segment stays in use."""
    n = n_edges(kind)
    whole, some = solved(kind)["whole"], n // 2
    shut = solved(kind)["closed edge"]
    plugged = compiled(kind).solve(
        day_of(kind, closed=one_at(n, some, OUT_OF_SERVICE, dtype=np.uint8))
    )
    assert plugged.status is SolveStatus.CONVERGED
    assert plugged.imbalance < LARGEST_IMBALANCE
    assert plugged.edge_flow[some] == pytest.approx(0.0, abs=1e-9)
    most, least = mean_service(kind, whole), mean_service(kind, shut)
    assert least - 1e-9 <= mean_service(kind, plugged) <= most + LARGEST_RELIEF
    again = compiled(kind).solve(day_of(kind))
    assert bits(again) == bits(whole)
