"""Valve segments: against networkx and wntr, and on networks drawn by hand."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.city.segments import (
    assumed_segments,
    assumed_valves,
    fed_nodes,
    isolate,
    valve_segments,
)
from twin.core.errors import CityDataError

# R(0) -0- A(1) -1- B(2) -2- C(3) -3- A, and D(4) hangs on C by edge 4
TAIL, HEAD = [0, 1, 2, 3, 3], [1, 2, 3, 1, 4]


def drawn(pairs):
    """Return the drawn network cut at (node, edge) pairs."""
    node, edge = zip(*pairs, strict=True) if pairs else ((), ())
    return valve_segments(TAIL, HEAD, 5, node, edge)


def test_without_valves_all_is_one_segment():
    cut = drawn([])
    assert cut.n_segments == 1
    lost = isolate(cut, [2], [0])
    assert lost.drained_nodes.all()
    assert lost.closed_edges.all()
    assert lost.valves.size == 0
    assert not lost.cut_nodes.any()


def test_an_edge_between_two_valves_is_drained_alone():
    lost = isolate(drawn([(1, 1), (2, 1), (1, 3)]), [1], [0])
    assert lost.drained_edges.tolist() == [False, True, False, False, False]
    assert not lost.nodes_out.any()
    assert lost.valves.size == 2


def test_a_valve_with_the_same_segment_on_both_sides_stays_open():
    cut = drawn([(1, 0), (1, 1)])
    lost = isolate(cut, [3], [0])
    assert [cut.valve_edge[row] for row in lost.valves] == [0]


def test_what_hangs_behind_a_drained_segment_is_cut_off():
    cut = drawn([(1, 1), (3, 2), (1, 3), (3, 3), (3, 4), (4, 4), (1, 0), (3, 4)])
    lost = isolate(cut, [0], [0])
    assert lost.drained_nodes.tolist() == [True, False, False, False, False]
    assert lost.cut_nodes.tolist() == [False, True, True, True, True]
    twice = isolate(cut, [1, 3], [0])
    assert twice.drained_nodes.tolist() == [False, False, True, False, False]
    assert twice.cut_nodes.tolist() == [False, False, False, True, True]
    assert twice.closed_edges.tolist() == [False, True, True, True, False]
    building_node = np.array([1, 4, 2])
    assert twice.nodes_out[building_node].tolist() == [False, True, True]


def test_what_has_no_source_anyway_is_not_cut_off_by_the_isolation():
    cut = drawn([(1, 1), (3, 2), (1, 3), (3, 3), (3, 4), (4, 4)])
    closed = np.array([False, False, False, False, True])
    lost = isolate(cut, [1, 3], [0], closed=closed)
    assert lost.cut_nodes.tolist() == [False, False, False, True, False]


def test_an_edge_with_a_valve_at_its_head_drains_with_its_tail():
    cut = drawn([(1, 0)])
    assert cut.edge_segment[0] == cut.node_segment[0] != cut.node_segment[1]
    assert isolate(cut, [1], [0]).closed_edges[0]


def test_the_assumed_rule_leaves_the_widest_edge_of_a_junction_without_a_valve():
    width = [0.3, 0.2, 0.2, 0.2, 0.1]
    node, edge = assumed_valves(TAIL, HEAD, 5, width, [0])
    found = sorted(zip(node.tolist(), edge.tolist(), strict=True))
    assert found == [(0, 0), (1, 1), (1, 3), (3, 3), (3, 4)]


def test_wrong_rows_are_named_all_at_once():
    with pytest.raises(
        CityDataError, match="edges row 1: E-DANGLING joins nodes 1 and 7"
    ) as caught:
        valve_segments([0, 1], [1, 7], 3, [2, 0], [0, 9])
    assert len(caught.value.faults) == 3
    assert "valves row 1: E-DANGLING stands at node 0 on edge 9, which has no such end" in str(
        caught.value
    )


@st.composite
def networks(draw):
    """Return tail, head, number of nodes, valve pairs, broken edges and sources."""
    n = draw(st.integers(2, 12))
    node = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(node, node).filter(lambda e: e[0] != e[1]), min_size=1))
    ends = [(a, k) for k, edge in enumerate(edges) for a in edge]
    valves = draw(st.lists(st.sampled_from(ends), max_size=len(ends)))
    broken = draw(st.lists(st.integers(0, len(edges) - 1), min_size=1, max_size=3))
    sources = draw(st.lists(node, min_size=1, max_size=3))
    tail, head = zip(*edges, strict=True)
    return np.array(tail), np.array(head), n, valves, broken, sources


def naive(tail, head, n, valves, broken, sources):
    """Return (segments as sets, drained, cut nodes) with graphs."""
    graph = nx.Graph()
    graph.add_nodes_from(("node", i) for i in range(n))
    for k, ends in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        graph.add_node(("edge", k))
        graph.add_edges_from((("edge", k), ("node", i)) for i in ends if (i, k) not in valves)
    segments = list(nx.connected_components(graph))
    drained = set().union(*(s for s in segments for k in broken if ("edge", k) in s))
    whole, left = nx.MultiGraph(), nx.MultiGraph()
    for k, (i, j) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        whole.add_edge(("node", i), ("node", j))
        if not drained & {("edge", k), ("node", i), ("node", j)}:
            left.add_edge(("node", i), ("node", j))

    def fed(g, s):
        return set().union(*(nx.node_connected_component(g, x) for x in s if x in g), s)

    given = {("node", i) for i in sources}
    lost = fed(whole, given) - fed(left, given - drained) - drained
    return segments, drained, lost


@given(networks())
def test_segments_and_losses_agree_with_networkx(drawn):
    tail, head, n, valves, broken, sources = drawn
    node, edge = zip(*valves, strict=True) if valves else ((), ())
    cut = valve_segments(tail, head, n, node, edge)
    segments, drained, lost = naive(*drawn)
    assert cut.n_segments == len(segments)
    label = {("node", i): s for i, s in enumerate(cut.node_segment)}
    label |= {("edge", k): s for k, s in enumerate(cut.edge_segment)}
    for segment in segments:
        assert len({label[piece] for piece in segment}) == 1
    found = isolate(cut, broken, sources)
    rows = {("node", i) for i in np.flatnonzero(found.drained_nodes)}
    rows |= {("edge", k) for k in np.flatnonzero(found.drained_edges)}
    assert rows == drained
    assert {("node", i) for i in np.flatnonzero(found.cut_nodes)} == lost
    # shutting the valves alone parts the drained piece from all the rest
    for row in range(cut.valve_node.size):
        sides = {("node", cut.valve_node[row]) in rows, ("edge", cut.valve_edge[row]) in rows}
        assert (row in found.valves) == (len(sides) == 2)


@given(networks())
def test_fed_nodes_are_those_joined_to_a_source(drawn):
    tail, head, n, _, broken, sources = drawn
    closed = np.isin(np.arange(tail.size), broken)
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(zip(tail[~closed].tolist(), head[~closed].tolist(), strict=True))
    reached = set().union(*(nx.node_connected_component(graph, s) for s in sources))
    assert set(np.flatnonzero(fed_nodes(tail, head, n, sources, closed=closed))) == reached


@pytest.mark.parametrize("name", ["Net3", "ky4"])
def test_segments_agree_with_wntr_on_its_networks(name):
    wntr = pytest.importorskip("wntr", reason="wntr is a development dependency")
    model = wntr.network.WaterNetworkModel(name)
    layer = wntr.network.generate_valve_layer(model, "strategic", 1, 7)
    nodes = {node: row for row, node in enumerate(model.node_name_list)}
    links = {link: row for row, link in enumerate(model.link_name_list)}
    ends = [model.get_link(link) for link in links]
    cut = valve_segments(
        [nodes[link.start_node_name] for link in ends],
        [nodes[link.end_node_name] for link in ends],
        len(nodes),
        layer["node"].map(nodes),
        layer["link"].map(links),
    )
    node_segment, link_segment, _ = wntr.metrics.topographic.valve_segments(model.to_graph(), layer)
    theirs = np.concatenate(
        [node_segment[list(nodes)].to_numpy(), link_segment[list(links)].to_numpy()]
    )
    ours = np.concatenate([cut.node_segment, cut.edge_segment])
    pairs = pd.DataFrame({"ours": ours, "theirs": theirs}).drop_duplicates()
    assert len(pairs) == cut.n_segments == len(set(theirs))


def test_an_absent_edge_counts_for_no_junction_and_is_a_segment_of_its_own():
    tail, head = np.array(TAIL, dtype=np.int32), np.array(HEAD, dtype=np.int32)
    width_m, sources = np.full(5, 0.2), np.array([0], dtype=np.int32)
    absent = np.array([False, False, False, True, False])
    cut = assumed_segments(tail, head, 5, width_m, sources, absent)
    without = assumed_segments(tail[~absent], head[~absent], 5, width_m[~absent], sources)
    same = cut.edge_segment[~absent][:, None] == cut.edge_segment[~absent][None, :]
    expected = without.edge_segment[:, None] == without.edge_segment[None, :]
    np.testing.assert_array_equal(same, expected)
    assert (cut.edge_segment == cut.edge_segment[3]).sum() == 1
    assert not (cut.node_segment == cut.edge_segment[3]).any()
    whole = assumed_segments(tail, head, 5, width_m, sources)
    none_absent = assumed_segments(tail, head, 5, width_m, sources, np.zeros(5, dtype=bool))
    np.testing.assert_array_equal(whole.edge_segment, none_absent.edge_segment)
