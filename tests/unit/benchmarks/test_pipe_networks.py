"""How like real networks drawn ones are."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from benchmarks.likeness.pipe_networks import (
    Pipes,
    betweenness,
    ks_distance,
    largest_part,
    leaf_share,
    likeness,
    meshedness,
    nominal_m,
    pipes_of,
)


def pipes(pairs, diameter_m=0.1):
    tail, head = np.array(pairs).T
    return Pipes(tail, head, np.ones(len(pairs)), np.full(len(pairs), diameter_m))


def test_a_network_is_like_itself(small_city):
    one = pipes_of(small_city, "water")
    found = likeness(one, one)
    assert found.diameter_ks == found.betweenness_ks == found.diameter_error_share == 0.0
    assert found.meshedness == found.meshedness_real > 0.0


def test_ks_is_that_of_the_textbook_and_weights_count_as_copies():
    a, b = np.array([1.0, 2.0, 3.0, 7.0]), np.array([2.0, 4.0, 5.0])
    even = ks_distance(a, np.ones(4), b, np.ones(3))
    assert even == pytest.approx(ks_2samp(a, b).statistic)
    copies = ks_2samp(np.repeat(a, [1, 2, 3, 1]), b).statistic
    assert ks_distance(a, np.array([1.0, 2.0, 3.0, 1.0]), b, np.ones(3)) == pytest.approx(copies)


def test_the_middle_of_a_line_carries_most():
    found = betweenness(pipes([(0, 1), (1, 2), (2, 3), (3, 4)]))
    assert found == pytest.approx([4 / 6, 1.0, 1.0, 4 / 6])


def test_trees_have_no_mesh_and_a_ring_with_a_chord_has():
    star = pipes([(0, 1), (0, 2), (0, 3)])
    assert meshedness(star) == 0.0
    assert leaf_share(star) == 0.75
    grid = pipes([(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3)])
    assert meshedness(grid) == 1.0
    assert leaf_share(grid) == 0.0


def test_only_the_largest_part_counts():
    part = largest_part(pipes([(9, 4), (4, 7), (20, 21)]))
    assert part.tail.size == 2
    assert set(part.tail) | set(part.head) == {0, 1, 2}


def test_a_network_of_thicker_pipes_is_told_apart():
    found = likeness(pipes([(0, 1), (1, 2)], 0.2), pipes([(0, 1), (1, 2)], 0.1))
    assert found.diameter_ks == 1.0
    assert found.diameter_error_share == pytest.approx(1.0)


def test_six_inches_and_150_mm_are_one_bore():
    assert nominal_m(np.array([0.0762, 0.1016, 0.1524, 0.15, 0.2032])).tolist() == [
        0.08,
        0.1,
        0.15,
        0.15,
        0.2,
    ]
    inches = likeness(pipes([(0, 1), (1, 2)], 0.1524), pipes([(0, 1), (1, 2)], 0.15))
    assert inches.diameter_ks == 0.0
