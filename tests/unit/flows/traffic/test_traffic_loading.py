"""Queues, spillback and incidents against closed formulas and a naive simulation."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.naive.loading import drive
from tests.unit.flows.traffic.town import grid_town
from twin.core.errors import CityDataError
from twin.flows import traffic
from twin.flows.traffic.kernels.loading import Packets, Passes, QueueLinks, load_into
from twin.flows.traffic.kernels.routes import fit_key, spread_into, take_apart_into
from twin.flows.traffic.kernels.tree import load_trees_into
from twin.flows.traffic.loading import (
    Drivers,
    Incident,
    LoadingSpan,
    Routes,
    StreetSpace,
    incident_days,
    load,
    routes_of,
)


def street(ends, capacity, free_s, trips):
    """A network of links without delay of their own (b = 0), so that queues alone cost time."""
    links = pd.DataFrame(ends, columns=["init_node", "term_node"])
    links = links.assign(capacity=capacity, free_flow_time=free_s, b=0.0, power=1.0)
    demand = pd.DataFrame(trips, columns=["origin", "dest", "demand"])
    return traffic.TrafficNetwork.from_frames(links, demand)


def routes(*rows):
    ways = [(i, flow, np.array(way, dtype=np.int32)) for i, (flow, way) in enumerate(rows)]
    return Routes.of_ways(ways)


def space(*length_m):
    return StreetSpace(np.array(length_m, dtype=np.float64), np.ones(len(length_m)))


LONG = 20_000.0


def test_on_an_empty_street_nobody_waits():
    net = street([(1, 2), (2, 3)], [1800.0, 1800.0], [60.0, 30.0], [(1, 3, 600.0)])
    found = load(net, routes((600.0, [0, 1])), space(1000.0, 500.0))
    assert found.arrived_veh == pytest.approx(600.0)
    assert found.delay_vehh == pytest.approx(0.0, abs=1e-9)
    assert found.arrive_s - found.depart_s == pytest.approx(np.full(600, 90.0))


@pytest.mark.parametrize("first_m", [LONG, 1000.0])
def test_a_bottleneck_delays_by_the_area_of_its_triangle(first_m):
    # 1,800 veh/h for half an hour meet 900 veh/h: the queue grows to 450 and is gone after an hour
    net = street(
        [(1, 2), (2, 3), (3, 4)], [1800.0, 1800.0, 900.0], [60.0, 60.0, 10.0], [(1, 4, 1800.0)]
    )
    span = LoadingSpan(duration_s=1800.0)
    found = load(net, routes((1800.0, [0, 1, 2])), space(LONG, first_m, 100.0), span=span)
    assert found.arrived_veh == pytest.approx(900.0)
    assert found.delay_vehh == pytest.approx(0.5 * 450.0 * 1.0, rel=0.01)
    assert found.arrive_s.max() == pytest.approx(60.0 + 60.0 + 10.0 + 3600.0, rel=0.01)
    most = found.links["most_veh"]
    if first_m == LONG:
        assert most[1] == pytest.approx(450.0 + 900.0 * 60.0 / 3600.0, rel=0.02)
        assert not found.links["full"].any()
    else:  # the street holds 150 vehicles: the rest of the queue stands in the one before
        assert most[1] <= found.links["storage_veh"][1] + 1e-9
        assert found.links["full"].tolist() == [False, True, False]
        assert found.links["held_vehh"][0] > 0.0
        # on the full street stand as many as the gaps leave, where the other queue begins
        gaps = 900.0 * (150.0 - 30.0) * 2.0 / 3600.0
        assert most[1] == pytest.approx(150.0 - gaps, abs=1.0)
        assert most[0] == pytest.approx(450.0 + 15.0 - (most[1] - 15.0) + 15.0, rel=0.05)


def test_spillback_holds_those_who_go_elsewhere():
    ends = [(1, 2), (2, 3), (3, 5), (2, 4)]
    trips = [(1, 5, 600.0), (1, 4, 600.0)]
    net = street(ends, [1800.0, 1800.0, 300.0, 1800.0], [60.0, 20.0, 60.0, 60.0], trips)
    ways = routes((600.0, [0, 1, 2]), (600.0, [0, 3]))
    roomy, tight = (load(net, ways, space(LONG, long_m, LONG, LONG)) for long_m in (LONG, 200.0))
    late = []
    for each in (roomy, tight):
        rows = each.packet_route == 1
        late.append(float((each.arrive_s - each.depart_s - each.free_s)[rows].mean()))
    assert late[0] == pytest.approx(0.0, abs=2.0)
    assert late[1] > 300.0
    assert tight.links["full"].tolist() == [False, True, False, False]


def test_who_meets_a_closed_street_waits_for_it():
    net = street([(1, 2), (2, 3)], [1800.0, 900.0], [60.0, 60.0], [(1, 3, 450.0)])
    shut = Incident(np.array([1.0, 0.0]), from_s=660.0, until_s=1260.0)
    found = load(net, routes((450.0, [0, 1])), space(LONG, LONG), incident=shut)
    # 600 s closed at 450 veh/h: 75 wait; they leave at 900 veh/h while 450 come: 600 s more
    assert found.delay_vehh == pytest.approx(0.5 * 75.0 * 1200.0 / 3600.0, rel=0.02)
    assert found.arrived_veh == pytest.approx(450.0)


def test_half_the_lanes_let_half_through():
    net = street([(1, 2), (2, 3)], [1800.0, 900.0], [60.0, 60.0], [(1, 3, 900.0)])
    half = Incident(np.array([1.0, 0.5]))
    found = load(
        net,
        routes((900.0, [0, 1])),
        space(LONG, LONG),
        incident=half,
        span=LoadingSpan(horizon_s=3600.0 + 120.0),
    )
    assert found.arrived_veh == pytest.approx(450.0, abs=2.0)
    assert found.arrived_veh + found.underway_veh == pytest.approx(900.0)


def test_a_ring_that_stands_still_is_undone_and_counted():
    net = street([(1, 2), (2, 1)], 1800.0, 5.0, [(1, 2, 1.0), (2, 1, 1.0)])
    ways = routes((1500.0, [0, 1, 0]), (1500.0, [1, 0, 1]))
    found = load(net, ways, space(50.0, 50.0), span=LoadingSpan(horizon_s=1e6))
    assert found.squeezed_veh > 0.0
    assert found.arrived_veh == pytest.approx(3000.0)


def test_packets_of_any_size_lose_no_vehicle():
    net = street([(1, 2), (2, 3)], [1800.0, 900.0], 60.0, [(1, 3, 1000.3)])
    delays = []
    for packet_veh in (0.25, 1.0, 5.0):
        span = LoadingSpan(packet_veh=packet_veh)
        found = load(net, routes((1000.3, [0, 1])), space(LONG, LONG), span=span)
        assert found.size.sum() == pytest.approx(1000.3)
        assert found.size.max() <= packet_veh
        delays.append(found.delay_vehh)
    assert delays == pytest.approx([delays[0]] * 3, rel=0.15)


def random_case(seed):
    """A few links and packets that crowd them; numbers from a plain congruence."""
    state = seed * 7919 + 17

    def draw(low, high):
        nonlocal state
        state = (state * 1103515245 + 12345) % 2**31
        return low + (high - low) * state / 2**31

    n = 5
    links = [
        {
            "free_s": draw(5.0, 20.0),
            "gap_s": draw(1.0, 4.0),
            "storage": draw(2.0, 6.0),
            "back_s": draw(1.0, 9.0),
            "share": 0.5 if seed % 3 == 0 and i == 2 else 0.0 if seed % 3 == 1 and i == 2 else 1.0,
        }
        for i in range(n)
    ]
    packets = []
    for _ in range(40):
        first = int(draw(0, n))
        way = [first]
        for _ in range(int(draw(0, 4))):
            way.append((way[-1] + 1 + int(draw(0, n - 1))) % n)
        packets.append((draw(0.0, 60.0), draw(0.2, 1.0), way))
    return links, sorted(packets)


@pytest.mark.parametrize("seed", range(12))
def test_the_kernel_does_what_the_naive_simulation_does(seed):
    links, packets = random_case(seed)
    window = (20.0, 50.0)
    horizon_s = 400.0 if seed % 2 else 120.0
    expected = drive([dict(link) for link in links], packets, horizon_s, window)
    n = len(links)
    sizes = [len(way) for _, _, way in packets]
    start = np.concatenate([[0], np.cumsum(sizes)])
    way = np.array([link for _, _, each in packets for link in each], dtype=np.int32)
    counts = np.bincount(way, minlength=n)
    counts = np.concatenate([counts, np.bincount(way[start[:-1]], minlength=n)])
    total = int(counts.sum())
    passes = Passes(
        np.concatenate([[0], np.cumsum(counts)]),
        np.zeros(total, dtype=np.int32),
        np.full(total, np.inf),
        np.full(total, np.inf),
        np.zeros(2 * n, dtype=np.int64),
        np.zeros(2 * n, dtype=np.int64),
        np.zeros(2 * n),
        np.zeros(n, dtype=np.uint8),
        np.zeros(1),
    )
    names = ("free_s", "gap_s", "storage", "back_s", "share")
    columns = [np.array([link[name] for link in links]) for name in names]
    arrive = np.empty(len(packets))
    load_into(
        QueueLinks(*columns, np.array(window)),
        Packets(
            np.array([each[0] for each in packets]),
            np.array([each[1] for each in packets]),
            start[:-1],
            start[1:],
            way,
        ),
        horizon_s,
        passes,
        arrive,
    )
    if passes.squeezed[0] == 0.0:
        assert arrive == pytest.approx(expected)
    assert (passes.entered >= passes.left).all()


def diamond(demand=1000.0):
    """1 -> 4 by the quick 2 or the slow 3."""
    ends = [(1, 2), (2, 4), (1, 3), (3, 4)]
    links = pd.DataFrame(ends, columns=["init_node", "term_node"])
    links = links.assign(
        capacity=1200.0, free_flow_time=[60.0, 60.0, 60.0, 90.0], b=0.15, power=4.0
    )
    trips = pd.DataFrame([(1, 4, demand)], columns=["origin", "dest", "demand"])
    return traffic.TrafficNetwork.from_frames(links, trips)


def test_routes_carry_the_flows_of_the_equilibrium():
    found = traffic.assign(diamond(3000.0), 1e-9)
    ways = routes_of(found)
    assert ways.flow_vehph.sum() == pytest.approx(3000.0)
    assert ways.link_flow(4) == pytest.approx(found.flow_vehph, rel=1e-3)
    assert sorted(ways.way(row).tolist() for row in range(2)) == [[0, 1], [2, 3]]


def test_the_informed_go_round_and_the_others_turn_off_and_learn():
    found = traffic.assign(diamond(), 1e-9)
    roomy = space(1000.0, 1000.0, 1000.0, 1000.0)
    share = np.array([1.0, 0.0, 1.0, 1.0])
    study = incident_days(found, roomy, Incident(share), days=3, drivers=Drivers(0.4, 0.5))
    first, last = study.days[0].routes, study.days[-1].routes
    # 2 is a dead end once 2 -> 4 is shut: who does not know stays at home, it has no way on
    assert first.unserved == pytest.approx(600.0)
    assert last.unserved == pytest.approx(600.0)
    assert study.table["day"].tolist() == [0, 1, 2, 3]


def test_drivers_learn_their_way_around_day_by_day():
    ends = [(1, 2), (2, 4), (1, 3), (3, 4), (2, 3)]
    links = pd.DataFrame(ends, columns=["init_node", "term_node"])
    links = links.assign(capacity=1200.0, b=0.15, power=4.0)
    links["free_flow_time"] = [60.0, 60.0, 60.0, 90.0, 120.0]
    trips = pd.DataFrame([(1, 4, 800.0)], columns=["origin", "dest", "demand"])
    found = traffic.assign(traffic.TrafficNetwork.from_frames(links, trips), 1e-9)
    share = np.array([1.0, 0.0, 1.0, 1.0, 1.0])
    study = incident_days(
        found, space(*[1500.0] * 5), Incident(share), days=4, drivers=Drivers(0.25, 0.5)
    )
    # the uninformed meet the closed street and go 1 -> 2 -> 3 -> 4
    table = study.table
    assert study.days[0].links["entered_veh"].to_numpy() == pytest.approx(
        [600.0, 0.0, 200.0, 800.0, 600.0], abs=5.0
    )
    extra = table["extra_vehh"].to_numpy()
    assert extra[1] > extra[2] > extra[3] > extra[4] > 0.0
    assert (table["unserved"] == 0.0).all()
    assert (table["underway_veh"] == 0.0).all()


def test_a_street_of_a_city_closes_for_some_days():
    city = grid_town(6, zones_across=3, people_per_zone=1500)
    streets = traffic.StreetLinks(city)
    usual = traffic.assign(traffic.from_city(city))
    busiest = np.argsort(-streets.on_edges(usual.flow_vehph), kind="stable")[0]
    burst = np.arange(streets.n_edges) == busiest
    event = Incident(np.where(streets.shut(burst), 0.0, 1.0))
    study = incident_days(usual, streets.space(), event, days=3)
    static = traffic.assign(usual.net, start=usual, closed=streets.shut(burst))
    usual_vehh = usual.total_travel_time / 3600.0
    assert study.table["travel_vehh"][0] == pytest.approx(usual_vehh, rel=0.06)
    extra = study.table["extra_vehh"].to_numpy()
    assert extra[1] > extra[3] > 0.5 * (static.total_travel_time / 3600.0 - usual_vehh)
    assert study.days[-1].links["entered_veh"][streets.shut(burst)].max() == 0.0


def test_a_usual_incident_of_nothing_changes_nothing():
    found = traffic.assign(diamond(), 1e-9)
    roomy = space(*[1000.0] * 4)
    study = incident_days(
        found, roomy, Incident(np.ones(4)), days=1, drivers=Drivers(informed_share=0.0)
    )
    assert study.table["extra_vehh"][1] == pytest.approx(0.0, abs=1e-9)


def test_bad_arguments_are_named_together():
    net = diamond()
    bad = StreetSpace(np.ones(3), -np.ones(4))
    with pytest.raises(CityDataError) as caught:
        load(
            net,
            routes((1.0, [0, 1])),
            bad,
            incident=Incident(np.full(4, 2.0), from_s=9.0, until_s=1.0),
            span=dataclasses.replace(LoadingSpan(), horizon_s=0.0),
        )
    assert [fault.where for fault in caught.value.faults] == [
        "space.length_m",
        "space.lanes",
        "incident.capacity_share",
        "horizon_s",
        "incident",
    ]


def test_kernels_are_compiled_for_one_kind_of_arguments():
    found = traffic.assign(diamond(), 1e-9)
    load(diamond(), routes_of(found), space(*[1000.0] * 4))
    for kernel in (load_into, fit_key, spread_into, take_apart_into, load_trees_into):
        assert len(kernel.signatures) <= 1
    assert len(load_into.signatures) == 1
