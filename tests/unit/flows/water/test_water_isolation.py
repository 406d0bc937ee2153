"""A break in the city: it flows, is shut off within hours, and its segment goes dry."""

import numpy as np
import pytest

from tests.unit.flows.water.test_water_system import N_EDGES, day_of, town, with_value
from twin.flows.base import state_key
from twin.flows.water.city.system import WaterSystem

BREAK = 20
AREA_M2 = 1.0e-4
NOTHING = np.zeros(N_EDGES, dtype=bool)


@pytest.fixture(scope="module")
def city():
    return town()


@pytest.fixture(scope="module")
def system(city):
    return WaterSystem.from_city(city)


def broken(city, hours=None, *, closed=True, **changes):
    """Return a day with a break, shut off after some hours."""
    shut = {"closed": with_value(BREAK, 1, dtype=np.uint8)} if closed else {}
    after = {} if hours is None else {"break_hours": with_value(BREAK, hours)}
    return day_of(city, break_area_m2=with_value(BREAK, AREA_M2), **shut, **after, **changes)


def test_a_break_loses_water_in_proportion_to_the_hours_it_flows(city, system):
    volumes = [system.solve(broken(city, hours)).totals["burst_m3"] for hours in (2.0, 4.0, 8.0)]
    assert volumes[0] > 0.0
    # pressure moves with the level of the tank meanwhile
    assert volumes[1] == pytest.approx(2.0 * volumes[0], rel=0.15)
    assert volumes[1] < volumes[2] < 2.2 * volumes[1]
    whole_day = system.solve(broken(city, closed=False)).totals["burst_m3"]
    assert volumes[2] < whole_day


@pytest.mark.parametrize("hours", [0.0, 1.0, 3.0, 4.0, 17.3, 24.0])
def test_every_day_with_a_break_balances(city, system, hours):
    day = system.solve(broken(city, hours))
    assert day.imbalance < 1e-9
    totals = day.totals
    assert 0.0 <= totals["burst_m3"] <= totals["leaked_m3"]
    assert day.details["deficit_m3"].sum() == pytest.approx(totals["unserved_m3"], abs=1e-6)


def test_shut_since_midnight_is_the_same_as_no_hours_given(city, system):
    one, two = system.solve(broken(city)), system.solve(broken(city, 0.0))
    assert one.service.tobytes() == two.service.tobytes()
    assert one.totals == two.totals
    keys = {state_key(system.relevant(state)) for state in (broken(city), broken(city, 0.0))}
    assert len(keys) == 1
    assert one.totals["burst_m3"] == 0.0


def test_the_hours_make_a_day_another(city, system):
    keys = {state_key(system.relevant(broken(city, hours))) for hours in (0.0, 3.0, 5.0)}
    assert len(keys) == 3


def test_the_buildings_of_the_drained_segment_get_nothing_and_are_named(city, system):
    valves = system._valves
    lost = valves.isolate(np.arange(N_EDGES) == BREAK, NOTHING)
    node = city.buildings["water_node"].to_numpy()
    names = np.array([int(name) for name in system.net.node_id])
    rows = np.flatnonzero(np.isin(node, names[lost.nodes_out]))
    day = system.solve(broken(city))
    dry = np.flatnonzero(day.details["cut_off_share"])
    np.testing.assert_array_equal(dry, rows)
    assert (day.service[rows] < 1e-9).all()
    people = city.buildings["people"].to_numpy()
    assert day.totals["cut_off_person_days"] == people[rows].sum()
    part = system.solve(broken(city, 6.0))
    assert part.totals["cut_off_person_days"] == pytest.approx(0.75 * people[rows].sum())


def test_a_segment_is_more_than_the_broken_edge(system):
    cut = system._valves.segments
    assert 1 < cut.n_segments < N_EDGES + system.net.n_nodes
    every = [system._valves.isolate(np.arange(N_EDGES) == k, NOTHING) for k in range(N_EDGES)]
    assert max(int(one.drained_edges.sum()) for one in every) > 1
    sources = system.net.node_kind != 0
    assert not any(one.drained_nodes[sources].any() for one in every)
