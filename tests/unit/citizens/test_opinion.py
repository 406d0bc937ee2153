"""Who is tied to whom, and what a month of talk does."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naive import demography as naive
from tests.naive.citizens import town
from twin.citizens import Population
from twin.citizens.kernels.opinion import count_ties_into, fill_ties_into, talk_into
from twin.citizens.opinion import Ties, talk, ties_of
from twin.parameters import OpinionParams

SEED = 5


@pytest.fixture
def people():
    tables = town(400, 30)
    tables.persons["work_building"] = np.arange(400) % 9
    return Population.from_city(tables, SEED)


def rows(ties):
    return [
        ties.neighbour[low:high].tolist()
        for low, high in zip(ties.start[:-1], ties.start[1:], strict=True)
    ]


def heard(opinion, ties, strength, bound):
    out = np.empty(len(opinion))
    talk_into(np.array(opinion, dtype=np.float64), ties.start, ties.neighbour, strength, bound, out)
    return out


@given(st.lists(st.integers(0, 7), min_size=1, max_size=4), st.integers(0, 4))
def test_rings_are_the_naive_ones(sizes, half):
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    n = int(start[-1])
    order = np.arange(n)[::-1].astype(np.int64)
    ties = np.zeros(n, dtype=np.int64)
    count_ties_into(order, start, half, ties)
    first = np.concatenate([[0], np.cumsum(ties)]).astype(np.int64)
    neighbour = np.empty(int(first[-1]), dtype=np.int32)
    fill_ties_into(order, start, half, first[:-1].copy(), neighbour)
    found = sorted(zip(np.repeat(np.arange(n), ties).tolist(), neighbour.tolist(), strict=True))
    groups = [order[low:high].tolist() for low, high in itertools.pairwise(start)]
    assert found == sorted(pair for group in groups for pair in naive.ring(group, half))


def test_ties_go_both_ways_and_never_to_oneself(people):
    known = rows(ties_of(people, SEED, OpinionParams()))
    pairs = sorted((i, j) for i, ties in enumerate(known) for j in ties)
    assert pairs == sorted((j, i) for i, j in pairs)
    assert all(i != j for i, j in pairs)
    household = people.get("household")
    for i in np.flatnonzero(np.bincount(household)[household] == 4):
        assert set(np.flatnonzero(household == household[i])) - {i} <= set(known[i])


def test_colleagues_talk_and_people_without_ties_do_not(people):
    params = OpinionParams(neighbour_ties=0, school_ties=0)
    known = rows(ties_of(people, SEED, params))
    household, work = people.get("household"), people.get("work_building")
    for i, ties in enumerate(known):
        for j in ties:
            assert household[i] == household[j] or work[i] == work[j]
    alone = OpinionParams(neighbour_ties=0, school_ties=0, work_ties=0)
    single = np.flatnonzero(np.bincount(household)[household] == 1)
    known = rows(ties_of(people, SEED, alone))
    assert single.size
    assert all(not known[i] for i in single)


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 12))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=25))
    known = [[] for _ in range(n)]
    for i, j in pairs:
        if i != j:
            known[i].append(j)
            known[j].append(i)
    start = np.concatenate([[0], np.cumsum([len(ties) for ties in known])]).astype(np.int64)
    flat = np.array([j for ties in known for j in ties], dtype=np.int32)
    opinion = draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))
    return opinion, known, Ties(start, flat), draw(st.permutations(range(n)))


@given(graphs(), st.floats(0, 1), st.floats(0, 1))
def test_a_month_of_talk_is_the_naive_one_and_keeps_mean_and_bounds(graph, strength, bound):
    opinion, known, ties, _ = graph
    found = heard(opinion, ties, strength, bound)
    assert found == pytest.approx(naive.talk(opinion, known, strength, bound), abs=1e-12)
    assert found.mean() == pytest.approx(np.mean(opinion), abs=1e-12)
    assert found.min() >= min(opinion) - 1e-12
    assert found.max() <= max(opinion) + 1e-12


@given(graphs(), st.floats(0, 1))
def test_the_order_of_people_does_not_matter(graph, strength):
    opinion, known, ties, order = graph
    place = {person: row for row, person in enumerate(order)}
    moved = [[place[j] for j in known[person]] for person in order]
    start = np.concatenate([[0], np.cumsum([len(one) for one in moved])]).astype(np.int64)
    flat = np.array([j for one in moved for j in one], dtype=np.int32)
    other = heard([opinion[person] for person in order], Ties(start, flat), strength, 1.0)
    assert other == pytest.approx(heard(opinion, ties, strength, 1.0)[list(order)], abs=1e-12)


def test_two_people_meet_and_those_too_far_apart_do_not():
    pair = Ties(np.array([0, 1, 2]), np.array([1, 0], dtype=np.int32))
    assert heard([0.2, 0.4], pair, 0.5, 0.3) == pytest.approx([0.3, 0.3])
    assert heard([0.2, 0.6], pair, 0.5, 0.3) == pytest.approx([0.2, 0.6])


@pytest.mark.parametrize("neutral", [{"strength_per_month": 0.0}, {"confidence_bound": 0.0}])
def test_nothing_moves_where_nobody_listens(people, neutral):
    before = people.get("trust").copy()
    params = OpinionParams(**neutral)
    talk(people, ties_of(people, SEED, params), params)
    assert people.get("trust") == pytest.approx(before, abs=1e-7)


def test_talk_brings_people_nearer_and_keeps_the_mean(people):
    before = people.get("trust").astype(np.float64).copy()
    params = OpinionParams()
    ties = ties_of(people, SEED, params)
    for _ in range(12):
        talk(people, ties, params)
    after = people.get("trust").astype(np.float64)
    assert after.mean() == pytest.approx(before.mean(), abs=1e-6)
    assert after.std() < 0.9 * before.std()
