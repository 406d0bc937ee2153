"""Streets of a small town: closures, lanes, wear, people, crews."""

import dataclasses

import networkx as nx
import numpy as np
import pytest

from tests.unit.flows.traffic.town import grid_town
from twin.core.errors import CityDataError
from twin.flows import traffic
from twin.flows.base import CachedFlow, NetworkState, SolveStatus, flow_systems
from twin.flows.traffic import TrafficSystem

CITY = grid_town(6, zones_across=3, people_per_zone=1500)
SYSTEM = TrafficSystem.from_city(CITY)


def state(city=CITY, *, closed=(), lanes=None, wear=0.0, people=None):
    n = len(city.street_edges)
    shut = np.zeros(n, dtype=np.uint8)
    shut[list(closed)] = 1
    share = np.ones(n)
    for row, left in (lanes or {}).items():
        share[row] = left
    if people is None:
        people = city.buildings["people"].to_numpy(dtype=np.int32)
    return NetworkState(
        day=0,
        outdoor_temp_c=np.zeros(24),
        closed=shut,
        break_area_m2=np.zeros(n),
        capacity_share=share,
        wear_phys=np.full(n, wear),
        people=people,
    )


def busiest(service, n=1):
    return np.argsort(-service.edge_flow, kind="stable")[:n].tolist()


def bits(service):
    return [service.service.tobytes(), service.edge_flow.tobytes(), repr(service.totals)]


def test_it_is_registered_as_street():
    assert flow_systems["street"] is TrafficSystem


def test_an_open_new_town_drives_nearly_freely():
    service = SYSTEM.solve(state())
    assert service.status is SolveStatus.CONVERGED
    assert service.totals["relative_gap"] <= 1e-6
    assert service.imbalance <= 1e-9
    assert service.totals["unserved_trips"] == 0.0
    assert service.totals["travel_time_vehh"] >= service.totals["free_flow_vehh"] * (1.0 - 1e-9)
    assert ((service.service > 0.8) & (service.service <= 1.0)).all()


def test_vehicles_are_the_cars_and_trucks_of_the_peak_between_zones():
    net = traffic.from_city(CITY)
    totals = SYSTEM.solve(state()).totals
    assert totals["vehicles"] == pytest.approx(net.demand.sum())
    assert 0.0 < totals["intrazonal_trips"] < 0.3 * totals["vehicles"]


def test_a_day_holds_more_than_its_peak_and_moves_with_closures():
    whole = SYSTEM.solve(state())
    day = whole.totals
    assert day["person_trips"] > day["car_trips"] > day["bus_trips"] > 0.0
    assert day["vehkm"] > 3.0 * (whole.edge_flow @ CITY.street_edges["length_m"]) / 1000.0
    assert 200.0 < 1e6 * day["co2_t"] / day["vehkm"] < 600.0
    closed = SYSTEM.solve(state(closed=busiest(whole))).totals
    assert closed["vehkm"] > day["vehkm"]
    assert closed["co2_t"] > day["co2_t"]
    assert closed["person_trips"] == day["person_trips"]


def test_a_closed_street_carries_nothing_and_delays_others():
    whole = SYSTEM.solve(state())
    street = busiest(whole)
    closed = SYSTEM.solve(state(closed=street))
    assert closed.edge_flow[street].tolist() == [0.0]
    assert closed.totals["travel_time_vehh"] > whole.totals["travel_time_vehh"]
    assert closed.totals["vehicles"] == pytest.approx(whole.totals["vehicles"])
    assert bits(SYSTEM.solve(state(lanes={street[0]: 0.0})))[1] == bits(closed)[1]


def test_a_lost_lane_costs_less_than_a_closure():
    whole = SYSTEM.solve(state())
    street = busiest(whole)[0]
    hours = [
        SYSTEM.solve(each).totals["travel_time_vehh"]
        for each in (state(), state(lanes={street: 0.5}), state(closed=[street]))
    ]
    assert hours[0] < hours[1] < hours[2]


def test_a_zone_cut_off_gets_nothing_and_its_trips_are_counted():
    edges = CITY.street_edges
    corner = int(CITY.zones["street_node_id"].iloc[0])
    around = np.flatnonzero((edges["tail"] == corner) | (edges["head"] == corner)).tolist()
    service = SYSTEM.solve(state(closed=around))
    zone = CITY.buildings["zone_id"].to_numpy()
    assert (service.service[zone == 0] == 0.0).all()
    assert (service.service[zone != 0] > 0.5).all()
    whole = SYSTEM.solve(state())
    lost = service.totals["unserved_trips"]
    assert lost > 0.0
    assert service.totals["vehicles"] + lost == pytest.approx(whole.totals["vehicles"])


def test_what_was_solved_before_changes_no_bit():
    street = busiest(SYSTEM.solve(state()), 3)
    fresh = TrafficSystem.from_city(CITY)
    days = [state(closed=street), state(wear=0.9), state(lanes={street[0]: 0.5}, wear=0.4)]
    forward = [bits(SYSTEM.solve(day)) for day in days]
    backward = [bits(fresh.solve(day)) for day in reversed(days)]
    assert forward == backward[::-1]


def test_worn_streets_are_slower():
    new, worn = (SYSTEM.solve(state(wear=wear)) for wear in (0.0, 1.0))
    hours = [each.totals["travel_time_vehh"] / each.totals["vehkm"] for each in (new, worn)]
    assert hours[1] > 1.3 * hours[0]
    assert worn.service.max() < new.service.min()
    assert worn.totals["car_trips"] < new.totals["car_trips"]


def test_an_empty_zone_sends_no_cars():
    people = CITY.buildings["people"].to_numpy(dtype=np.int32).copy()
    people[0] = 0
    fewer, whole = (SYSTEM.solve(each).totals for each in (state(people=people), state()))
    assert fewer["vehicles"] < whole["vehicles"]
    assert fewer["person_trips"] == pytest.approx(8.0 / 9.0 * whole["person_trips"], rel=0.01)


def test_only_relevant_changes_are_solved():
    cached = CachedFlow(SYSTEM)
    cached.solve(state())
    cached.solve(dataclasses.replace(state(), day=7, outdoor_temp_c=np.full(24, -30.0)))
    assert (cached.solves, cached.hits) == (1, 1)
    cached.solve(state(wear=0.5))
    assert cached.solves == 2


def test_crews_drive_the_congested_streets_around_closures():
    service = SYSTEM.solve(state())
    street = busiest(service)[0]
    closed = SYSTEM.solve(state(closed=[street]))
    node = int(CITY.street_edges["tail"].iloc[street])
    other = int(CITY.street_edges["head"].iloc[street])
    open_s, around_s = (SYSTEM.travel_times_s(node, each) for each in (service, closed))
    assert open_s.shape == (len(CITY.street_nodes),)
    assert open_s[node] == 0.0
    assert around_s[other] > 2.0 * open_s[other]
    graph = nx.DiGraph()
    edges = CITY.street_edges
    times_s = closed.details["link_time_s"]
    both = list(zip(edges["tail"], edges["head"], strict=True))
    both += [(head, tail) for tail, head in both]
    graph.add_weighted_edges_from((*ends, time) for ends, time in zip(both, times_s, strict=True))
    expected = nx.single_source_dijkstra_path_length(graph, node)
    assert around_s == pytest.approx([expected[i] for i in range(len(around_s))])


def test_a_oneway_street_is_driven_one_way():
    town = grid_town(3, zones_across=1, oneway=[0])
    system = TrafficSystem.from_city(town)
    service = system.solve(state(town))
    assert service.details["link_time_s"].shape == (2 * len(town.street_edges) - 1,)
    assert system.travel_times_s(0, service)[1] < system.travel_times_s(1, service)[0]


def test_bad_streets_are_refused_by_their_row():
    town = grid_town(3, zones_across=1)
    town.street_edges.loc[2, "capacity_vehph"] = 0.0
    with pytest.raises(CityDataError, match="street_edges row 2: capacity = 0"):
        TrafficSystem.from_city(town)
