"""User equilibrium on networks one can solve by hand, and by brute force."""

import numpy as np
import pandas as pd
import pytest

from tests.naive.traffic import equilibrium
from twin.core.errors import CityDataError
from twin.flows import traffic
from twin.flows.base import SolveStatus
from twin.flows.traffic.kernels import bush, fold, rebuild, shift
from twin.kernels import likely

LINKS = ["init_node", "term_node", "free_flow_time", "b", "capacity", "power", "fixed_cost"]


def network(links, trips, first_thru_node=1):
    """Build a network from rows of LINKS and {(origin, dest): demand}."""
    rows = [(origin, dest, demand) for (origin, dest), demand in trips.items()]
    return traffic.TrafficNetwork.from_frames(
        pd.DataFrame(links, columns=LINKS),
        pd.DataFrame(rows, columns=["origin", "dest", "demand"]),
        first_thru_node=first_thru_node,
    )


BRAESS = [
    (1, 3, 1e-8, 1e9, 1.0, 1.0, 0.0),
    (1, 4, 50.0, 0.02, 1.0, 1.0, 0.0),
    (3, 2, 50.0, 0.02, 1.0, 1.0, 0.0),
    (3, 4, 10.0, 0.1, 1.0, 1.0, 0.0),
    (4, 2, 1e-8, 1e9, 1.0, 1.0, 0.0),
]


def test_two_parallel_links_share_traffic_so_that_both_cost_the_same():
    # 10 (1 + x/100) = 15 (1 + (60 - x)/200)  =>  x = 9.5 / 0.175
    net = network(
        [(1, 2, 10.0, 1.0, 100.0, 1.0, 0.0), (1, 2, 15.0, 1.0, 200.0, 1.0, 0.0)], {(1, 2): 60.0}
    )
    found = traffic.assign(net, 1e-14)
    first = 9.5 / 0.175
    assert found.flow_vehph == pytest.approx([first, 60.0 - first], rel=1e-12)
    assert found.time[0] == pytest.approx(found.time[1], rel=1e-12)


def test_braess_paradox_costs_everyone_92():
    found = traffic.assign(network(BRAESS, {(1, 2): 6.0}), 1e-13)
    assert found.flow_vehph == pytest.approx([4.0, 2.0, 2.0, 2.0, 4.0], rel=1e-7)
    assert found.trip_cost == pytest.approx([92.0], rel=1e-7)


def test_closing_the_braess_link_helps_everyone():
    net = network(BRAESS, {(1, 2): 6.0})
    mask = np.array([False, False, False, True, False])
    found = traffic.assign(net, 1e-13, start=traffic.assign(net), closed=mask)
    assert found.flow_vehph == pytest.approx([3.0, 3.0, 3.0, 0.0, 3.0], rel=1e-7)
    assert found.trip_cost == pytest.approx([83.0], rel=1e-7)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.5, 4.0])
def test_flows_agree_with_brute_force(power):
    links = [
        (1, 2, 1.0, 0.15, 50.0, power, 0.0),
        (2, 3, 1.0, 0.15, 30.0, power, 0.0),
        (1, 3, 2.5, 0.15, 40.0, power, 0.0),
        (1, 4, 1.5, 0.15, 60.0, power, 0.2),
        (4, 3, 1.5, 0.15, 20.0, power, 0.0),
        (4, 2, 0.3, 0.15, 25.0, power, 0.0),
        (3, 1, 1.0, 0.15, 80.0, power, 0.0),
        (2, 3, 1.2, 0.15, 25.0, power, 0.0),
    ]
    trips = {(1, 3): 120.0, (2, 1): 30.0, (4, 3): 25.0}
    found = traffic.assign(network(links, trips), 1e-13)
    values = [row[2:] for row in links]
    naive = equilibrium([row[:2] for row in links], values, trips)
    assert found.status is SolveStatus.CONVERGED
    assert found.flow_vehph == pytest.approx(naive, abs=1e-4)


def test_zero_time_and_constant_links_carry_traffic():
    links = [
        (1, 2, 0.0, 0.15, 10.0, 4.0, 0.0),
        (2, 3, 2.0, 0.0, 10.0, 0.0, 0.0),
        (1, 3, 3.0, 0.0, 10.0, 0.0, 0.0),
        (2, 1, 0.0, 0.15, 10.0, 4.0, 0.0),
    ]
    found = traffic.assign(network(links, {(1, 3): 7.0}))
    assert found.flow_vehph.tolist() == [7.0, 7.0, 0.0, 0.0]
    assert found.total_travel_time == 14.0


def test_a_sink_without_exit_takes_only_its_own_trips():
    links = [
        (1, 2, 1.0, 0.15, 9.0, 4.0, 0.0),
        (1, 5, 0.1, 0.15, 9.0, 4.0, 0.0),
        (2, 1, 1.0, 0.15, 9.0, 4.0, 0.0),
    ]
    found = traffic.assign(network(links, {(1, 2): 5.0, (2, 5): 1.0}))
    assert found.flow_vehph.tolist() == [5.0, 1.0, 1.0]


def test_nobody_drives_through_a_centroid():
    links = [
        (1, 3, 1.0, 0.0, 9.0, 0.0, 0.0),
        (3, 2, 1.0, 0.0, 9.0, 0.0, 0.0),
        (2, 4, 1.0, 0.0, 9.0, 0.0, 0.0),
        (3, 4, 9.0, 0.0, 9.0, 0.0, 0.0),
    ]
    trips = {(1, 4): 2.0, (1, 2): 1.0}
    assert traffic.assign(network(links, trips, 3)).flow_vehph.tolist() == [3.0, 1.0, 0.0, 2.0]
    assert traffic.assign(network(links, trips, 1)).flow_vehph.tolist() == [3.0, 3.0, 2.0, 0.0]


def test_trips_cut_off_by_a_closure_are_counted_as_unserved():
    links = [(1, 2, 1.0, 0.15, 9.0, 4.0, 0.0), (2, 3, 1.0, 0.15, 9.0, 4.0, 0.0)]
    net = network(links, {(1, 2): 4.0, (1, 3): 3.0})
    found = traffic.assign(net, start=traffic.assign(net), closed=np.array([False, True]))
    assert found.unserved == 3.0
    assert found.flow_vehph.tolist() == [4.0, 0.0]
    assert found.trips["served"].tolist() == [True, False]
    assert found.links["time"].tolist()[1] == np.inf
    again = traffic.assign(net, start=found)
    assert again.unserved == 0.0
    assert again.flow_vehph.tolist() == [7.0, 3.0]


def test_intrazonal_trips_use_no_link_and_are_reported():
    net = network([(1, 2, 1.0, 0.15, 9.0, 4.0, 0.0)], {(1, 1): 5.0, (1, 2): 2.0})
    found = traffic.assign(net)
    assert found.intrazonal == 5.0
    assert found.flow_vehph.tolist() == [2.0]


def test_no_trips_give_no_flow():
    found = traffic.assign(network([(1, 2, 1.0, 0.15, 9.0, 4.0, 0.0)], {(1, 2): 0.0}))
    assert found.flow_vehph.tolist() == [0.0]
    assert found.relative_gap == 0.0


def test_a_fixed_cost_is_heeded_but_takes_no_time():
    links = [(1, 2, 1.0, 0.0, 9.0, 0.0, 5.0), (1, 2, 4.0, 0.0, 9.0, 0.0, 0.0)]
    found = traffic.assign(network(links, {(1, 2): 2.0}))
    assert found.flow_vehph.tolist() == [0.0, 2.0]
    toll = traffic.assign(network(links[:1], {(1, 2): 2.0}))
    assert (toll.total_travel_time, toll.total_cost) == (2.0, 12.0)


def test_too_few_sweeps_are_told_by_the_status(caplog):
    net = network(BRAESS, {(1, 2): 6.0})
    found = traffic.assign(net, 1e-30, max_sweeps=2)
    assert found.status is SolveStatus.NOT_CONVERGED
    assert "after 2 sweeps" in caplog.text


def test_the_same_arguments_give_the_same_bits():
    net = network(BRAESS, {(1, 2): 6.0})
    start = traffic.assign(net)
    a, b = (traffic.assign(net.with_values(demand=np.array([5.0])), start=start) for _ in range(2))
    assert a.flow_vehph.tobytes() == b.flow_vehph.tobytes()


def test_a_start_is_not_changed_by_what_starts_from_it():
    net = network(BRAESS, {(1, 2): 6.0})
    start = traffic.assign(net)
    before = [array.copy() for array in start.bushes]
    traffic.assign(net, start=start, closed=np.array([True, False, False, False, False]))
    assert all(np.array_equal(a, b) for a, b in zip(before, start.bushes, strict=True))


def test_arguments_that_do_not_fit_are_refused_all_at_once():
    net = network(BRAESS, {(1, 2): 6.0})
    other = traffic.assign(network([(1, 2, 1.0, 0.15, 9.0, 4.0, 0.0)], {(1, 2): 1.0}))
    with pytest.raises(CityDataError, match="relative_gap: 0 is not over 0") as caught:
        traffic.assign(net, 0.0, start=other, closed=np.zeros(3, dtype=bool))
    assert [fault.where for fault in caught.value.faults] == ["relative_gap", "closed", "start"]


def test_values_that_do_not_fit_are_refused():
    net = network(BRAESS, {(1, 2): 6.0})
    with pytest.raises(CityDataError, match=r"capacity: shape .5,., finite and over 0"):
        net.with_values(capacity=np.zeros(5))
    with pytest.raises(CityDataError, match=r"demand: shape .1,., finite and 0 or more"):
        net.with_values(demand=np.array([-1.0]))


@pytest.mark.parametrize(
    "kernel",
    [
        bush.start_into,
        bush.repair_into,
        bush.load_into,
        bush.trim_into,
        bush.widen_into,
        rebuild.order_into,
        rebuild.write_into,
        shift.sweep_into,
        shift.settle_into,
        shift.even_into,
        likely.labels_by_likely_ways,
        shift.trace_into,
        fold.fold_dead_ends,
        fold.lift_into,
        fold.carry_into,
    ],
    ids=lambda kernel: kernel.__name__,
)
def test_kernel_has_one_compiled_signature(kernel):
    traffic.assign(network(BRAESS, {(1, 2): 6.0}))
    assert len(kernel.signatures) <= 1  # none where the compiled caller came from the cache


@pytest.mark.parametrize("demand", [3.0, 930.0])
def test_a_gap_that_stalls_ends_early_with_its_status(demand):
    """Two ways of another length between two nodes; at 930 trips flow is 93 times capacity."""
    links = pd.DataFrame(
        {
            "init_node": [1, 1, 3, 1, 4, 3],
            "term_node": [2, 3, 2, 4, 2, 4],
            "capacity": [3.0, 4.0, 3.0, 2.0, 5.0, 4.0],
            "free_flow_time": [1.0, 0.3, 0.5, 0.7, 0.2, 0.1],
            "b": 0.15,
            "power": [4.0, 4.0, 5.0, 3.0, 4.0, 4.0],
        }
    )
    trips = pd.DataFrame({"origin": [1], "dest": [2], "demand": [demand]})
    net = traffic.TrafficNetwork.from_frames(links, trips)
    reached = traffic.assign(net, 1e-9)
    assert reached.status is SolveStatus.CONVERGED
    found = traffic.assign(net, 1e-30)
    assert found.relative_gap < 1e-9
    if found.status is SolveStatus.NOT_CONVERGED:  # a gap of exactly 0 is one, too
        assert found.sweeps < 80
    assert found.flow_vehph == pytest.approx(reached.flow_vehph, rel=1e-4)
