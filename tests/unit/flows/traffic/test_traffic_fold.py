"""Dead ends are folded away, and nothing is lost or led through them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naive.traffic import bellman_ford
from twin.flows import traffic
from twin.flows.traffic.kernels.bush import new_work, start_into
from twin.flows.traffic.kernels.shift import new_pairs, settle_into, sweep_into
from twin.flows.traffic.prepare import link_arrays, link_flow, new_bushes, trips_by_bush

COLUMNS = ["init_node", "term_node", "free_flow_time", "b", "capacity", "power"]


def _net(ends, trips, first_thru_node=1):
    links = pd.DataFrame([(*pair, 1.0, 0.15, 10.0, 4.0) for pair in ends], columns=COLUMNS)
    frame = pd.DataFrame(trips, columns=["origin", "dest", "demand"])
    return traffic.TrafficNetwork.from_frames(links, frame, first_thru_node=first_thru_node)


def _both(*pairs):
    return [*pairs, *[(head, tail) for tail, head in pairs]]


SQUARE = _both((1, 2), (2, 3), (3, 4), (4, 1))


def _folded(net):
    return net.graph.node[net.graph.core.row < 0].tolist()


def test_a_branch_is_folded_to_the_square_it_hangs_from():
    net = _net(SQUARE + _both((3, 5), (5, 6), (5, 7)), [(6, 1, 2.0)])
    assert _folded(net) == [5, 6, 7]
    assert net.graph.node[net.graph.fold.parent[[4, 5, 6]]].tolist() == [3, 5, 5]


def test_trips_within_a_branch_do_not_leave_it():
    net = _net(SQUARE + _both((3, 5), (5, 6), (5, 7)), [(6, 7, 2.0), (6, 5, 1.0), (3, 7, 4.0)])
    found = traffic.assign(net).links.set_index(["init_node", "term_node"])["flow_vehph"]
    assert found[found > 0.0].to_dict() == {(6, 5): 3.0, (5, 7): 6.0, (3, 5): 4.0}


def test_a_sink_is_folded_and_takes_no_through_traffic():
    net = _net([*SQUARE, (1, 5), (3, 5)], [(1, 5, 1.0)])
    assert _folded(net) == []  # two ways in: not a dead end, yet no way out
    net = _net([*SQUARE, (1, 5)], [(1, 5, 1.0), (2, 4, 3.0)])
    assert _folded(net) == [5]
    found = traffic.assign(net)
    assert found.flow_vehph[-1] == 1.0
    assert found.imbalance_vehph < 1e-12


def test_nothing_is_folded_into_a_centroid():
    ends = _both((1, 3), (3, 4), (4, 2), (2, 3), (1, 5))
    net = _net(ends, [(5, 2, 1.0), (3, 5, 1.0)], first_thru_node=3)
    assert 5 not in _folded(net)
    assert traffic.assign(net).unserved == 2.0  # 5 hangs behind centroid 1


def test_parallel_links_to_a_dead_end_share_its_traffic():
    net = _net([*SQUARE, (1, 5), (1, 5), (5, 1)], [(1, 5, 8.0)])
    assert _folded(net) == []
    assert traffic.assign(net, 1e-12).flow_vehph[-3:] == pytest.approx([4.0, 4.0, 0.0])


def test_a_closed_dead_end_leaves_its_trips_unserved():
    net = _net([*SQUARE, (3, 5), (5, 3)], [(1, 5, 2.0), (5, 1, 1.0), (1, 3, 4.0)])
    closed = np.zeros(10, dtype=bool)
    closed[8] = True
    found = traffic.assign(net, start=traffic.assign(net), closed=closed)
    assert found.unserved == 2.0
    assert found.flow_vehph[8:].tolist() == [0.0, 1.0]
    assert traffic.assign(net, start=found).flow_vehph[8:].tolist() == [2.0, 1.0]


def test_a_tree_has_no_core_and_still_carries_trips():
    net = _net(_both((1, 2), (2, 3), (2, 4)), [(1, 3, 2.0), (4, 1, 1.0)])
    assert net.graph.core.link.size == 0
    found = traffic.assign(net)
    assert found.trip_cost.tolist() == [
        found.time[0] + found.time[1],
        found.time[5] + found.time[3],
    ]
    assert abs(found.relative_gap) < 1e-15


@st.composite
def trees_on_a_ring(draw):
    """Draw (links, first_thru_node): a ring of three with branches of random shape."""
    n = draw(st.integers(4, 12))
    ends = _both((n + 1, n + 2), (n + 2, n + 3), (n + 3, n + 1))
    for node in range(1, n + 1):
        parent = draw(st.integers(node + 1, n + 1))
        ends += draw(st.sampled_from([_both((node, parent)), [(node, parent)], [(parent, node)]]))
    return ends, draw(st.sampled_from([1, 3, n + 1]))


@given(trees_on_a_ring())
def test_costs_and_balance_are_those_of_the_whole_network(case):
    ends, first_thru = case
    nodes = sorted({node for pair in ends for node in pair})
    out, into = {tail for tail, _ in ends}, {head for _, head in ends}
    trips = [(a, b, 1.0) for a in nodes for b in nodes if a != b and a in out and b in into]
    net = _net(ends, trips, first_thru)
    found = traffic.assign(net, 1e-10)
    assert found.imbalance_vehph < 1e-9
    label = {a: bellman_ford(ends, found.time.tolist(), a, first_thru) for a in nodes}
    for row, (a, b, _) in enumerate(trips):
        cost = label[a].get(b, np.inf)
        assert found.trip_cost[row] == cost or abs(found.trip_cost[row] - cost) < 1e-9 * cost


def test_pairs_beyond_their_room_are_evened_all_the_same():
    # four parallel ways in a row; room for one pair at a time
    ends = [(n, n + 1) for n in range(1, 5) for _ in range(3)] + [(5, 1), (5, 1)]
    net = _net(ends, [(1, 5, 30.0), (2, 5, 12.0), (5, 1, 4.0)])
    shut = np.zeros(net.capacity.size, dtype=bool)
    links, trips, bushes = link_arrays(net, shut), trips_by_bush(net, shut), new_bushes(net)
    n_nodes = net.graph.core.node.size
    work = new_work(n_nodes, net.graph.core.link.size, bushes.link.shape[1])
    start_into(links, trips, np.uint8(0), np.uint8(0), bushes, work)
    pairs = new_pairs(1, n_nodes)
    chosen, excess = np.ones(bushes.origin.size, dtype=np.uint8), np.zeros(bushes.origin.size)
    for _ in range(200):
        sweep_into(links, trips, (5, 1e-4), chosen, bushes, work, pairs, excess)
    settle_into(links, trips, bushes, work)
    flow = link_flow(net, bushes, trips, shut)
    assert traffic.evaluate(net, flow).relative_gap < 1e-9
