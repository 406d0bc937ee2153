"""What holds for any queue, any route and any town."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from twin.flows import traffic
from twin.flows.traffic.loading import Incident, LoadingSpan, StreetSpace, load, routes_of
from twin.flows.traffic.town.demand.choice import balanced, gravity
from twin.parameters import Errands

SIDE = 3
ENDS = [
    (a, b)
    for y in range(SIDE)
    for x in range(SIDE)
    for a, b in (
        (y * SIDE + x + 1, y * SIDE + x + 2 if x + 1 < SIDE else 0),
        (y * SIDE + x + 1, (y + 1) * SIDE + x + 1 if y + 1 < SIDE else 0),
    )
    if b
]
ENDS += [(b, a) for a, b in ENDS]
N = len(ENDS)


def grid(capacity, free_s, demand):
    links = pd.DataFrame(ENDS, columns=["init_node", "term_node"])
    links = links.assign(capacity=capacity, free_flow_time=free_s, b=0.15, power=4.0)
    pairs = [(1, 9), (9, 1), (3, 7), (2, 8), (5, 9)]
    trips = pd.DataFrame(pairs, columns=["origin", "dest"]).assign(demand=demand)
    return traffic.TrafficNetwork.from_frames(links, trips)


capacities = st.lists(st.floats(100.0, 900.0), min_size=N, max_size=N)
times = st.lists(st.floats(5.0, 60.0), min_size=N, max_size=N)
demands = st.lists(st.floats(1.0, 400.0), min_size=5, max_size=5)


@settings(max_examples=25)
@given(capacities, times, demands, st.floats(20.0, 300.0), st.integers(0, N - 1))
def test_no_vehicle_is_lost_in_any_queue(capacity, free_s, demand, length_m, hit):
    net = grid(capacity, free_s, demand)
    ways = routes_of(traffic.assign(net, 1e-6))
    share = np.ones(N)
    share[hit] = 0.3
    space = StreetSpace(np.full(N, length_m), np.ones(N))
    found = load(net, ways, space, incident=Incident(share), span=LoadingSpan(1800.0, 3600.0, 2.0))
    assert found.arrived_veh + found.underway_veh == pytest.approx(sum(demand) / 2.0)
    entered, left, most, storage = (
        found.links[name].to_numpy()
        for name in ("entered_veh", "left_veh", "most_veh", "storage_veh")
    )
    assert (left <= entered + 1e-9).all()
    assert (most <= np.maximum(storage, 2.0) + found.squeezed_veh + 1e-6).all()
    assert (found.links["delay_vehh"] >= -1e-9).all()
    drives = found.arrive_s - found.depart_s - found.free_s
    assert (drives[np.isfinite(drives)] >= -1e-6).all()
    on_way = entered - left
    assert float(on_way.sum()) + found.waiting_veh <= found.underway_veh + 1e-6


@settings(max_examples=25)
@given(capacities, times, demands)
@example([100.0] * N, [5.0, 8.0, *[5.0] * (N - 2)], [72.0, 1.0, 1.0, 2.0, 227.0])
def test_routes_lead_from_origin_to_destination_and_carry_all_trips(capacity, free_s, demand):
    net = grid(capacity, free_s, demand)
    found = traffic.assign(net, 1e-8)
    ways = routes_of(found)
    by_trip = np.bincount(ways.trip, ways.flow_vehph, minlength=5)
    assert by_trip == pytest.approx(net.demand)
    for row in range(ways.trip.size):
        way = ways.way(row)
        assert net.init_node[way[0]] == net.origin[ways.trip[row]]
        assert net.term_node[way[-1]] == net.dest[ways.trip[row]]
        assert (net.term_node[way[:-1]] == net.init_node[way[1:]]).all()
        cost = float(found.time[way].sum())
        assert cost <= float(found.trip_cost[ways.trip[row]]) * (1.0 + 1e-3 * way.size) + 1e-9
    # of ways that cost alike any may be taken, so not flows are compared but what they cost
    driven = traffic.evaluate(net, ways.link_flow(N))
    # fitting leaves about a hundredth of all flow, which the fourth power makes several times that
    assert driven.objective <= found.objective * 1.05


@settings(max_examples=25)
@given(capacities, times, demands, st.lists(st.integers(0, 200), max_size=6))
def test_forbidding_turns_never_makes_a_lone_trip_cheaper(capacity, free_s, demand, which):
    pairs = [(i, j) for i in range(N) for j in range(N) if ENDS[i][1] == ENDS[j][0]]
    listed = sorted({pairs[k % len(pairs)] for k in which})
    links = pd.DataFrame(ENDS, columns=["init_node", "term_node"])
    links = links.assign(capacity=capacity, free_flow_time=free_s, b=0.0, power=1.0)
    trips = pd.DataFrame([(1, 9), (3, 7)], columns=["origin", "dest"]).assign(demand=demand[:2])
    turns = pd.DataFrame(listed, columns=["from_link", "to_link"]).assign(penalty=np.inf)
    turned = traffic.expand_turns(links, trips, turns)
    banned = traffic.assign(turned.net, 1e-9)
    free = traffic.assign(traffic.TrafficNetwork.from_frames(links, trips), 1e-9)
    assert (banned.trip_cost >= free.trip_cost - 1e-6).all()
    flow = turned.links(banned)["flow_vehph"].to_numpy()
    assert banned.imbalance_vehph <= 1e-6
    served = np.isfinite(banned.trip_cost)
    into_nine = sum(flow[row] for row, ends in enumerate(ENDS) if ends[1] == 9)
    out_of_nine = sum(flow[row] for row, ends in enumerate(ENDS) if ends[0] == 9)
    assert into_nine - out_of_nine == pytest.approx(demand[0] if served[0] else 0.0, abs=1e-6)


@given(st.lists(st.floats(0.0, 100.0), min_size=4, max_size=4), st.floats(30.0, 900.0))
def test_trips_are_spread_and_none_is_lost(ends, apart_s):
    place = np.arange(4.0)
    time_s = 60.0 + apart_s * np.abs(np.subtract.outer(place, place))
    attraction = np.array([1.0, 0.0, 3.0, 2.0])
    spread = gravity(np.array(ends), attraction, time_s, Errands())
    assert spread.sum(axis=1) == pytest.approx(ends)
    trips = balanced(np.array(ends), np.exp(-time_s / 600.0))
    assert (trips >= 0.0).all()
    assert trips.sum(axis=0) == pytest.approx(ends, rel=1e-6, abs=1e-9)
