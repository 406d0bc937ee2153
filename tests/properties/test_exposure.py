"""Who is cut off by a closure, against taking each edge out in turn."""

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin.assets.exposure import behind_bridges


def naive(tail, head, sources, weight):
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(len(sources)))
    graph.add_edges_from((a, b, i) for i, (a, b) in enumerate(zip(tail, head, strict=True)))
    before = reached(graph, sources)
    cut = []
    for i, (a, b) in enumerate(zip(tail, head, strict=True)):
        graph.remove_edge(a, b, i)
        cut.append(sum(weight[node] for node in before - reached(graph, sources)))
        graph.add_edge(a, b, i)
    return cut


def reached(graph, sources):
    found = set()
    for node in np.flatnonzero(sources):
        found |= nx.node_connected_component(graph, node)
    return found


@st.composite
def networks(draw):
    n = draw(st.integers(2, 9))
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1]),
            min_size=1,
            max_size=14,
        )
    )
    sources = np.zeros(n, dtype=bool)
    sources[draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=2))] = True
    tail, head = (np.array(ends, dtype=np.int32) for ends in zip(*pairs, strict=True))
    return tail, head, sources, np.arange(1.0, n + 1.0)


@given(networks())
def test_bridges_hold_what_brute_force_finds(network):
    assert behind_bridges(*network).tolist() == naive(*network)


def test_a_chain_holds_all_that_lies_further_out():
    tail, head = np.array([0, 1, 2]), np.array([1, 2, 3])
    sources = np.array([True, False, False, False])
    behind = behind_bridges(tail, head, sources, np.array([0.0, 5.0, 7.0, 11.0]))
    assert behind.tolist() == [23.0, 18.0, 11.0]


def test_a_second_source_at_the_end_leaves_nobody_dry():
    tail, head = np.array([0, 1, 2]), np.array([1, 2, 3])
    sources = np.array([True, False, False, True])
    assert behind_bridges(tail, head, sources, np.ones(4)).tolist() == [0.0, 0.0, 0.0]
