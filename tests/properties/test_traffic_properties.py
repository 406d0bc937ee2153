"""What holds for every assignment: nothing is lost, nobody gains, names do not matter."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.flows import traffic
from twin.flows.base import SolveStatus

COLUMNS = ["init_node", "term_node", "free_flow_time", "b", "capacity", "power"]


@st.composite
def networks(draw, zones=3):
    """Draw (links, trips, first_thru_node, closed): a ring through all nodes and random links."""
    n = draw(st.integers(zones + 2, 10))
    ends = [(i, i % n + 1) for i in range(1, n + 1)] + [(i % n + 1, i) for i in range(1, n + 1)]
    node = st.integers(1, n)
    more = draw(
        st.lists(st.tuples(node, node).filter(lambda pair: pair[0] != pair[1]), max_size=25)
    )
    ends += more
    rows = [
        (
            *pair,
            draw(st.sampled_from([0.0, 1.0, 2.0, 5.0])),
            draw(st.sampled_from([0.0, 0.15, 1.0])),
            draw(st.sampled_from([5.0, 20.0, 60.0])),
            draw(st.sampled_from([1.0, 3.0, 4.0])),
        )
        for pair in ends
    ]
    trips = [
        (origin, dest, draw(st.integers(0, 40)))
        for origin in range(1, zones + 1)
        for dest in range(1, zones + 1)
    ]
    first_thru = draw(st.sampled_from([1, zones + 1]))
    closed = draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    demand = pd.DataFrame(trips, columns=["origin", "dest", "demand"])
    return frame, demand, first_thru, np.array(closed)


def _net(links, trips, first_thru):
    return traffic.TrafficNetwork.from_frames(links, trips, first_thru_node=first_thru)


def _balance(found, *, served):
    """Return the largest imbalance at a node, with the demand of served trips."""
    net = found.net
    demand = np.where(served, net.demand, 0.0)
    balance = {}
    for tail, head, flow in zip(net.init_node, net.term_node, found.flow_vehph, strict=True):
        balance[tail] = balance.get(tail, 0.0) - flow
        balance[head] = balance.get(head, 0.0) + flow
    for origin, dest, trips in zip(net.origin, net.dest, demand, strict=True):
        balance[origin] = balance.get(origin, 0.0) + trips
        balance[dest] = balance.get(dest, 0.0) - trips
    return max(abs(value) for value in balance.values())


@given(networks())
def test_every_trip_is_on_the_network_or_unserved(case):
    links, trips, first_thru, closed = case
    net = _net(links, trips, first_thru)
    found = traffic.assign(net, 1e-9, closed=closed)
    served = found.trips["served"].to_numpy()
    assert found.status is SolveStatus.CONVERGED
    assert found.unserved == net.demand[~served].sum()
    assert (found.flow_vehph[closed] == 0.0).all()
    assert (found.flow_vehph >= 0.0).all()
    assert _balance(found, served=served) < 1e-9
    assert found.imbalance_vehph < 1e-9


@given(networks())
def test_nobody_drives_through_a_centroid(case):
    links, trips, _, closed = case
    found = traffic.assign(_net(links, trips, 4), 1e-9, closed=closed)
    frame, served = found.links, found.trips
    served = served[served["served"]]
    for zone in (1, 2, 3):
        leaving = frame.loc[frame["init_node"] == zone, "flow_vehph"].sum()
        assert leaving == pytest.approx(served.loc[served["origin"] == zone, "demand"].sum())


@given(networks())
def test_a_warm_start_ends_where_a_cold_one_does(case):
    links, trips, first_thru, closed = case
    net = _net(links, trips, first_thru)
    start = traffic.assign(net, 1e-6)
    changed = net.with_values(capacity=net.capacity * 0.8, demand=net.demand * 1.1)
    warm = traffic.assign(changed, 1e-10, start=start, closed=closed)
    cold = traffic.assign(changed, 1e-10, closed=closed)
    assert warm.status is SolveStatus.CONVERGED
    assert warm.unserved == cold.unserved
    assert warm.objective == pytest.approx(cold.objective, rel=1e-8, abs=1e-9)
    back = traffic.assign(net, 1e-10, start=warm)
    assert back.objective == pytest.approx(traffic.assign(net, 1e-10).objective, rel=1e-8, abs=1e-9)


@given(networks(), st.randoms(use_true_random=False))
def test_other_numbers_for_nodes_and_another_order_of_links_change_nothing(case, random):
    links, trips, first_thru, _ = case
    top = int(links["term_node"].max())
    below, above = list(range(1, first_thru)), list(range(first_thru, top + 1))
    new = {
        old: 10 + name for old, name in zip(below, random.sample(below, len(below)), strict=True)
    }
    new |= {
        old: 100 + name for old, name in zip(above, random.sample(above, len(above)), strict=True)
    }
    rows = random.sample(range(len(links)), len(links))
    turned = links.iloc[rows].reset_index(drop=True)
    for name in ("init_node", "term_node"):
        turned[name] = turned[name].map(new)
    renamed = trips.assign(origin=trips["origin"].map(new), dest=trips["dest"].map(new))
    plain = traffic.assign(_net(links, trips, first_thru), 1e-11)
    other = traffic.assign(_net(turned, renamed, 100), 1e-11)
    assert other.objective == pytest.approx(plain.objective, rel=1e-9, abs=1e-9)
    # costs are unique; flows are not, where cost hardly rises with them
    assert other.time == pytest.approx(plain.time[rows], rel=1e-4, abs=1e-6)


@given(networks())
def test_more_capacity_never_raises_the_objective(case):
    links, trips, first_thru, _ = case
    net = _net(links, trips, first_thru)
    wider = net.with_values(capacity=net.capacity * 1.5)
    before, after = traffic.assign(net, 1e-10), traffic.assign(wider, 1e-10)
    assert after.objective <= before.objective * (1.0 + 1e-8)


@given(networks())
def test_the_ways_a_solve_proposes_change_nothing_in_its_evaluation(case):
    links, trips, first_thru, closed = case
    net = _net(links, trips, first_thru)
    found = traffic.assign(net, closed=closed)
    alone = traffic.evaluate(net, found.class_flow_vehph, closed)
    assert alone.trip_cost.tolist() == found.trip_cost.tolist()
    assert alone.relative_gap == found.relative_gap


@given(networks(), st.sampled_from([0.0, 0.5, 3.0]))
def test_a_start_with_other_trips_serves_the_new_ones(case, times):
    links, trips, first_thru, closed = case
    net = _net(links, trips, first_thru)
    other = net.with_values(demand=net.demand * np.linspace(1.0, times, net.demand.size))
    found = traffic.assign(other, start=traffic.assign(net, closed=closed), closed=closed)
    assert found.status is SolveStatus.CONVERGED
    assert _balance(found, served=np.isfinite(found.trip_cost)) < 1e-6
