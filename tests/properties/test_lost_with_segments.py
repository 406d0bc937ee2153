"""Who is without supply when a segment is drained: all at once, against draining each in turn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin.city.segments import isolate, lost_with_segments, valve_segments


def naive(cut, sources, weight):
    """Return what `lost_with_segments` promises, by one isolation per segment with an edge."""
    lost = np.bincount(cut.node_segment, weights=weight, minlength=cut.n_segments)
    for edge, segment in enumerate(cut.edge_segment):
        out = isolate(cut, np.array([edge], dtype=np.int32), sources).nodes_out
        lost[segment] = weight[out].sum()
    return lost


@st.composite
def networks(draw):
    """Return segments of a network, sources, and a weight that tells every set of nodes apart."""
    n = draw(st.integers(2, 9))
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1])
    pairs = draw(st.lists(ends, min_size=1, max_size=14))
    tail, head = (np.array(column, dtype=np.int32) for column in zip(*pairs, strict=True))
    places = sorted({(end, e) for e, pair in enumerate(pairs) for end in pair})
    valves = draw(st.lists(st.sampled_from(places), max_size=len(places), unique=True))
    node, edge = zip(*valves, strict=True) if valves else ((), ())
    sources = np.array(draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=2, unique=True)))
    return valve_segments(tail, head, n, node, edge), sources, 2.0 ** np.arange(n)


@given(networks())
def test_all_at_once_finds_what_one_isolation_after_the_other_finds(network):
    cut, sources, weight = network
    found, wanted = lost_with_segments(cut, sources, weight), naive(cut, sources, weight)
    with_edge = np.unique(cut.edge_segment)
    assert found[with_edge].tolist() == wanted[with_edge].tolist()


def test_a_chain_holds_all_that_lies_further_out():
    tail, head = np.array([0, 1, 2]), np.array([1, 2, 3])
    valves = ([0, 1, 2], [0, 1, 2])
    cut = valve_segments(tail, head, 4, *valves)
    lost = lost_with_segments(cut, np.array([0]), np.array([0.0, 5.0, 7.0, 11.0]))
    assert lost[cut.edge_segment].tolist() == [23.0, 18.0, 11.0]


def test_a_loop_loses_only_the_drained_segment():
    tail, head = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 0])
    cut = valve_segments(tail, head, 4, [0, 0, 1, 2, 3], [0, 3, 1, 2, 3])
    lost = lost_with_segments(cut, np.array([0]), np.array([1.0, 2.0, 4.0, 8.0]))
    assert lost[cut.edge_segment].tolist() == [2.0, 4.0, 8.0, 0.0]
