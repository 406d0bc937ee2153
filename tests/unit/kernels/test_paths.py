"""Shortest-path trees against Bellman and Ford."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naive.traffic import bellman_ford
from twin.kernels import paths
from twin.kernels.paths import forward_star, reverse_star, shortest_labels, shortest_tree


@st.composite
def graphs(draw):
    n = draw(st.integers(2, 9))
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    links = draw(st.lists(ends, min_size=1, max_size=30))
    costs = draw(st.lists(st.integers(0, 9), min_size=len(links), max_size=len(links)))
    return n, links, [float(cost) for cost in costs], draw(st.integers(0, n))


def _tree(n, links, costs, origin, first_thru, star_of=forward_star):
    tail, head = np.array(links, dtype=np.int32).T
    star = star_of(n, tail, head)
    return shortest_tree(star, np.array(costs)[star.link], origin, first_thru)


@given(graphs())
def test_labels_are_those_of_bellman_and_ford(graph):
    n, links, costs, first_thru = graph
    label, _ = _tree(n, links, costs, 0, first_thru)
    naive = bellman_ford(links, costs, 0, first_thru)
    assert label.tolist() == [naive.get(node, np.inf) for node in range(n)]


@given(graphs())
def test_a_label_is_the_label_of_the_link_before_plus_its_cost(graph):
    n, links, costs, first_thru = graph
    label, link = _tree(n, links, costs, 0, first_thru)
    for node in range(1, n):
        if link[node] >= 0:
            assert links[link[node]][1] == node
            assert label[node] == label[links[link[node]][0]] + costs[link[node]]
        else:
            assert label[node] == np.inf


@given(graphs())
def test_a_reversed_tree_is_the_tree_of_the_reversed_links(graph):
    n, links, costs, _ = graph
    turned = [(head, tail) for tail, head in links]
    there = _tree(n, links, costs, 0, 0, reverse_star)[0]
    assert there.tolist() == _tree(n, turned, costs, 0, 0)[0].tolist()


def test_closed_links_are_not_taken():
    label, link = _tree(3, [(0, 1), (1, 2)], [1.0, np.inf], 0, 0)
    assert label.tolist() == [0.0, 1.0, np.inf]
    assert link.tolist() == [-1, 0, -1]


def test_labels_of_several_origins_are_those_of_each():
    tail, head = np.array([[0, 1, 2, 0], [1, 2, 0, 2]], dtype=np.int32)
    star = forward_star(3, tail, head)
    costs = np.array([1.0, 1.0, 1.0, 5.0])[star.link]
    labels = shortest_labels(star, costs, np.array([0, 2], dtype=np.int32), 0)
    assert labels.tolist() == [[0.0, 1.0, 2.0], [1.0, 2.0, 0.0]]


@pytest.mark.parametrize("name", ["shortest_tree", "shortest_labels", "grow_tree_into"])
def test_kernel_has_one_compiled_signature(name):
    _tree(2, [(0, 1)], [1.0], 0, 0)
    test_labels_of_several_origins_are_those_of_each()
    assert (
        len(getattr(paths, name).signatures) <= 1
    )  # none: the compiled caller came from the cache


def test_a_dead_end_that_turns_out_to_be_a_short_cut_is_searched_from():
    # 0 -> 1 -> 3 -> 1 would lead back; 0 -> 2 -> 3 is cheaper and makes 3 the way to 1
    links = [(0, 1), (1, 3), (3, 1), (0, 2), (2, 3)]
    label, _ = _tree(4, links, [9.0, 0.0, 1.0, 3.0, 3.0], 0, 0)
    assert label.tolist() == [0.0, 7.0, 3.0, 6.0]
    # the cheaper way is met only after 3 was passed over from 1
    label, _ = _tree(4, links, [5.0, 2.0, 0.5, 4.0, 1.0], 0, 0)
    assert label.tolist() == [0.0, 5.0, 4.0, 5.0]
    label, _ = _tree(5, [(0, 1), (1, 3), (3, 1), (0, 2), (2, 3), (1, 4)], [5, 9, 0, 6, 6, 9], 0, 0)
    assert label.tolist() == [0.0, 5.0, 6.0, 12.0, 14.0]
