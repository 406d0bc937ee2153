"""Labels with proposed ways are those without, to the last bit, whatever was proposed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.naive.traffic import bellman_ford
from twin.kernels import likely
from twin.kernels.likely import LikelyWays, PricedLinks, labels_by_likely_ways
from twin.kernels.paths import forward_star, shortest_labels


@st.composite
def searches(draw):
    """Links with costs, and entries proposed for some of the nodes in some order."""
    n = draw(st.integers(2, 9))
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    links = draw(st.lists(ends, min_size=1, max_size=30))
    cost = st.one_of(st.floats(0.0, 9.0), st.just(np.inf))
    costs = draw(st.lists(cost, min_size=len(links), max_size=len(links)))
    order = draw(st.permutations(range(n)))[: draw(st.integers(1, n))]
    some = st.lists(st.integers(0, len(links) - 1), max_size=3)
    proposed = [draw(some) for _ in order]
    return n, links, costs, draw(st.integers(0, n)), order, proposed


def _ways(slots, n, order, proposed):
    begin = np.zeros((1, n + 1), dtype=np.int32)
    begin[0, 1 : len(order) + 1] = np.cumsum([len(entries) for entries in proposed])
    padded = np.zeros((1, n), dtype=np.int32)
    padded[0, : len(order)] = order
    entries = [link for of_node in proposed for link in of_node]
    link = np.array([[*entries, 0]], dtype=np.int32)
    node = np.arange(n, dtype=np.int32)
    return LikelyWays(node, slots, np.array([len(order)], dtype=np.int32), padded, begin, link)


@given(searches())
def test_no_proposal_changes_a_label(search):
    n, links, costs, first_thru, order, proposed = search
    tail, head = np.array(links, dtype=np.int32).T
    star = forward_star(n, tail, head)
    slots = np.argsort(star.link).astype(np.int32)
    slot_cost = np.array(costs)[star.link]
    priced = PricedLinks(star, tail[star.link], slot_cost, first_thru)
    origins = np.array([order[0], order[0]], dtype=np.int32)
    row = np.array([0, -1], dtype=np.int32)
    ways = _ways(slots, n, order, proposed)
    label = labels_by_likely_ways(priced, origins, row, ways)
    assert label[0].tolist() == shortest_labels(star, slot_cost, origins, first_thru)[0].tolist()
    assert label[0].tolist() == label[1].tolist()
    naive = bellman_ford(links, costs, order[0], first_thru)
    assert label[0].tolist() == [naive.get(node, np.inf) for node in range(n)]


def test_a_way_through_a_centroid_is_not_taken_though_proposed():
    links = [(2, 0), (0, 1), (2, 3), (3, 1)]
    star = forward_star(4, *np.array(links, dtype=np.int32).T)
    slots = np.argsort(star.link).astype(np.int32)
    cost = np.array([1.0, 1.0, 5.0, 5.0])[star.link]
    priced = PricedLinks(star, np.array(links, dtype=np.int32)[star.link, 0].copy(), cost, 2)
    ways = _ways(slots, 4, [2, 0, 1], [[], [0], [1]])
    origins, row = np.array([2], dtype=np.int32), np.array([0], dtype=np.int32)
    assert labels_by_likely_ways(priced, origins, row, ways)[0].tolist() == [1.0, 10.0, 0.0, 5.0]


def test_kernels_compile_once():
    assert len(likely.labels_by_likely_ways.signatures) == 1
