"""Several classes of vehicles and the forms of delay, against hand calculation and brute force."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.naive.traffic import equilibrium
from twin.core.errors import CityDataError
from twin.flows import traffic
from twin.flows.base import SolveStatus
from twin.flows.traffic.evaluate import link_time

LINKS = ["init_node", "term_node", "free_flow_time", "b", "capacity", "power", "toll", "length"]
ROAD = [
    (1, 2, 10.0, 0.15, 60.0, 4.0, 0.0, 8.0),
    (1, 3, 4.0, 0.15, 50.0, 4.0, 2.0, 5.0),
    (3, 2, 4.0, 0.15, 50.0, 4.0, 1.0, 5.0),
    (1, 4, 5.0, 0.15, 40.0, 4.0, 0.0, 9.0),
    (4, 2, 6.0, 0.15, 40.0, 4.0, 0.0, 9.0),
    (3, 4, 1.0, 0.15, 30.0, 4.0, 0.0, 1.0),
]
CLASSES = pd.DataFrame(
    {
        "vehicle_class": ["car", "bus", "truck"],
        "pce": [1.0, 2.0, 2.5],
        "toll_factor": [0.5, 0.0, 0.2],
        "distance_factor": [0.05, 0.0, 0.3],
    }
)
TRIPS = [
    (1, 2, 70.0, "car"),
    (3, 2, 20.0, "car"),
    (1, 2, 6.0, "bus"),
    (1, 2, 12.0, "truck"),
    (1, 4, 5.0, "truck"),
]


def _net(links=ROAD, trips=TRIPS, classes=CLASSES, **columns):
    frame = pd.DataFrame(links, columns=LINKS).assign(**columns)
    rows = pd.DataFrame(trips, columns=["origin", "dest", "demand", "vehicle_class"])
    return traffic.TrafficNetwork.from_frames(frame, rows, classes=classes)


def _one(delay, load, **columns):
    """Return the time on one link at a load."""
    frame = pd.DataFrame([(1, 2, 5.0, 0.15, 100.0, 4.0)], columns=LINKS[:6])
    trips = pd.DataFrame({"origin": [1], "dest": [2], "demand": [load]})
    net = traffic.TrafficNetwork.from_frames(frame.assign(delay=delay, **columns), trips)
    return net, link_time(net, np.array([load]))[0]


def test_every_class_takes_its_cheapest_ways_and_nothing_is_lost():
    found = traffic.assign(_net(), 1e-12)
    assert found.status is SolveStatus.CONVERGED
    assert found.class_flow_vehph.shape == (3, 6)
    assert found.imbalance_vehph < 1e-9
    leaving = found.class_flow_vehph[:, [0, 1, 3]].sum(axis=1)
    assert leaving == pytest.approx([70.0, 6.0, 17.0])
    # buses heed no toll and no distance: their cost is time alone
    bus = found.trip_cost[found.net.trip_class == 1]
    assert bus[0] == pytest.approx(min(found.time[0], found.time[1] + found.time[2]), rel=1e-6)


def test_a_class_of_double_equivalents_is_twice_as_many_cars():
    twice = [(1, 2, 30.0, "big"), (1, 2, 20.0, "car")]
    classes = pd.DataFrame({"vehicle_class": ["car", "big"], "pce": [1.0, 2.0]})
    several = traffic.assign(_net(trips=twice, classes=classes), 1e-12)
    single = traffic.assign(_net(trips=[(1, 2, 80.0, "car")], classes=classes[:1]), 1e-12)
    assert several.net.pce @ several.class_flow_vehph == pytest.approx(single.flow_vehph, abs=1e-4)
    assert several.objective == pytest.approx(single.objective, rel=1e-10)


def test_the_objective_of_two_classes_is_no_higher_than_of_any_other_split():
    found = traffic.assign(_net(), 1e-12)
    for kind in range(3):
        for to, away in (((0,), (1, 2)), ((1, 2), (0,)), ((3, 4), (1, 2)), ((1, 2), (3, 4))):
            moved = found.class_flow_vehph.copy()
            step = min(0.5, *moved[kind, list(away)])
            moved[kind, list(away)] -= step
            moved[kind, list(to)] += step
            other = traffic.evaluate(found.net, moved)
            assert other.imbalance_vehph < 1e-9
            assert other.objective >= found.objective * (1.0 - 1e-12)


def test_a_warm_start_with_classes_ends_where_a_cold_one_does():
    net = _net()
    shut = np.array([False, True, False, False, False, False])
    warm = traffic.assign(net, 1e-11, start=traffic.assign(net), closed=shut)
    cold = traffic.assign(net, 1e-11, closed=shut)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-10)
    assert warm.class_flow_vehph[:, 1].sum() == 0.0


def test_a_start_with_other_classes_is_refused():
    start = traffic.assign(_net())
    with pytest.raises(CityDataError, match="other classes of vehicles"):
        traffic.assign(_net(trips=TRIPS[:2], classes=CLASSES[:1]), start=start)


def test_a_conical_delay_is_that_of_spiess():
    # free flow, then twice the time at capacity whatever alpha, then about alpha per capacity
    net, at_capacity = _one("conical", 100.0)
    assert at_capacity == pytest.approx(10.0)
    assert link_time(net, np.zeros(1))[0] == pytest.approx(5.0)
    assert _one("conical", 1000.0)[1] < 5.0 * (2.0 + 4.0 * 2.0 * 9.0)
    assert _one("bpr", 1000.0)[1] == pytest.approx(5.0 * (1.0 + 0.15 * 1e4))


def test_a_bounded_delay_goes_on_along_its_tangent():
    _, at_bend = _one("bpr", 150.0, linear_from=1.5)
    _, beyond = _one("bpr", 250.0, linear_from=1.5)
    assert at_bend == pytest.approx(5.0 * (1.0 + 0.15 * 1.5**4))
    assert beyond - at_bend == pytest.approx(5.0 * 0.15 * 4.0 * 1.5**3)


@pytest.mark.parametrize(
    "columns", [{"delay": "conical"}, {"linear_from": 0.8}, {"power": 2.5}, {"power": 0.5}]
)
def test_the_objective_is_the_integral_of_time(columns):
    frame = pd.DataFrame(ROAD, columns=LINKS).assign(**({"delay": "bpr"} | columns))
    if (frame["delay"] == "conical").any():
        frame["power"] = 6.0
    net = traffic.TrafficNetwork.from_frames(
        frame, pd.DataFrame({"origin": [1], "dest": [2], "demand": [1.0]})
    )
    load = np.array([70.0, 20.0, 60.0, 0.0, 45.0, 12.0])
    steps = 4000
    middles = (np.arange(steps) + 0.5) / steps
    whole = sum(link_time(net, load * share) @ load for share in middles) / steps
    assert traffic.evaluate(net, load).objective == pytest.approx(whole, rel=1e-5)


@pytest.mark.parametrize("columns", [{"delay": "conical"}, {"linear_from": 0.7}])
def test_other_delays_reach_equilibrium(columns):
    frame = pd.DataFrame(ROAD, columns=LINKS).assign(**columns)
    trips = pd.DataFrame({"origin": [1, 3], "dest": [2, 2], "demand": [110.0, 20.0]})
    net = traffic.TrafficNetwork.from_frames(frame, trips)
    found = traffic.assign(net, 1e-12)
    assert found.status is SolveStatus.CONVERGED
    ways = ([0], [1, 2], [3, 4], [1, 5, 4])
    used = [sum(found.time[way]) for way in ways if min(found.flow_vehph[way]) > 1e-6]
    assert len(used) > 1
    assert used == pytest.approx([found.trip_cost[0]] * len(used), rel=1e-9)


def test_cars_alone_agree_with_brute_force_and_tolls():
    cars = [row for row in TRIPS if row[3] == "car"]
    found = traffic.assign(_net(trips=cars, classes=CLASSES[:1]), 1e-13)
    values = [(*row[2:6], 0.5 * row[6] + 0.05 * row[7]) for row in ROAD]
    naive = equilibrium([row[:2] for row in ROAD], values, {(1, 2): 70.0, (3, 2): 20.0})
    assert found.flow_vehph == pytest.approx(naive, abs=1e-4)


def _faults(**changes):
    with pytest.raises(CityDataError) as caught:
        _net(**changes)
    return [str(fault) for fault in caught.value.faults]


def test_classes_that_do_not_fit_are_told_all_at_once():
    bad = CLASSES.assign(pce=[1.0, 0.0, 2.5], toll_factor=[-0.5, 0.0, 0.2])
    found = _faults(trips=[*TRIPS[:4], (1, 2, 1.0, "tram")], classes=bad)
    assert found == [
        (
            "classes row 1: pce = 0 is not a number over 0\n"
            "  give the passenger cars one vehicle takes the room of"
        ),
        (
            "classes row 0: toll_factor = -0.5 is not a number of 0 or more\n"
            "  give the time a unit of toll is worth"
        ),
        (
            "trips row 4: vehicle_class 'tram' is not in the table of classes\n"
            "  classes: car, bus, truck"
        ),
    ]


def test_a_class_without_trips_and_one_named_twice_are_refused():
    twice = pd.concat([CLASSES, CLASSES[:1]])
    found = _faults(trips=TRIPS[:2], classes=twice)
    assert found[0].startswith("classes: vehicle_class 'car' stands twice")
    assert (
        "classes: vehicle_class 'bus' has no trips\n  give it trips, or take its row out" in found
    )


def test_delays_that_do_not_fit_are_refused():
    assert _faults(delay="akcelik")[0].startswith("links row 0: delay = 'akcelik' is unknown")
    assert _faults(delay="conical", power=1.0)[0].startswith("links row 0: power = 1 is no alpha")
    assert _faults(linear_from=0.0)[0].startswith("links row 0: linear_from = 0")


def test_trips_of_classes_need_the_table_of_classes():
    assert _faults(classes=None) == [
        "trips: has a column vehicle_class, but no classes are given\n  give their table"
    ]


def test_flows_that_do_not_fit_are_refused():
    with pytest.raises(CityDataError, match=r"flow: shape .3, 6. is wanted"):
        traffic.evaluate(_net(), np.zeros(6))


def test_a_ban_is_a_link_too_dear_for_that_class_and_free_to_others():
    banned = _net(banned_classes=["truck; bus", "", None, "truck", "", ""])
    dear = _net()
    cost = dear.class_cost.copy()
    cost[2, [0, 3]] = cost[1, 0] = 1e4
    dear = replace(dear, class_cost=cost)
    found, wanted = traffic.assign(banned, 1e-12), traffic.assign(dear, 1e-12)
    assert found.status is SolveStatus.CONVERGED
    assert found.class_flow_vehph[2, [0, 3]].tolist() == [0.0, 0.0]
    assert found.class_flow_vehph[0, 0] > 0.0
    assert found.flow_vehph == pytest.approx(wanted.flow_vehph, abs=1e-6)
    assert found.unserved == 0.0
    assert found.imbalance_vehph < 1e-9


def test_a_ban_in_a_dead_end_leaves_that_class_unserved_alone():
    road = [*ROAD, (2, 5, 1.0, 0.15, 50.0, 4.0, 0.0, 1.0), (5, 2, 1.0, 0.15, 50.0, 4.0, 0.0, 1.0)]
    trips = [*TRIPS, (1, 5, 3.0, "car"), (1, 5, 2.0, "truck")]
    found = traffic.assign(_net(road, trips, banned_classes=[""] * 6 + ["truck", "truck"]))
    assert found.unserved == 2.0
    assert found.class_flow_vehph[:, 6].tolist() == [3.0, 0.0, 0.0]


def test_a_ban_that_comes_and_goes_starts_warm():
    free, banned = _net(), _net(banned_classes=["truck", "", "", "", "", ""])
    cold, open_again = traffic.assign(banned, 1e-12), traffic.assign(free, 1e-12)
    warm = traffic.assign(banned, 1e-12, start=open_again)
    assert warm.class_flow_vehph == pytest.approx(cold.class_flow_vehph, abs=1e-6)
    back = traffic.assign(free, 1e-12, start=warm)
    assert back.flow_vehph == pytest.approx(open_again.flow_vehph, abs=1e-6)


def test_a_ban_knows_classes_that_are_numbers():
    numbers = pd.DataFrame({"vehicle_class": [1, 2], "pce": [1.0, 2.0]})
    trips = [(1, 2, 70.0, 1), (1, 2, 6.0, 2)]
    net = _net(trips=trips, classes=numbers, banned_classes=["2", "", "", "", "", ""])
    assert net.allowed[:, 0].tolist() == [True, False]


def test_a_ban_of_an_unknown_class_is_told_with_its_link():
    found = _faults(banned_classes=["tram", "", "", "lorry;car", "", ""])
    assert found == [
        (
            "links row 0: banned_classes names 'tram', which is not in the table of classes\n"
            "  classes: car, bus, truck; part several by `;`"
        ),
        (
            "links row 3: banned_classes names 'lorry', which is not in the table of classes\n"
            "  classes: car, bus, truck; part several by `;`"
        ),
    ]
