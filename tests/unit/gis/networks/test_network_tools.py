"""Trench graph, trees, loops: against networkx and by hand."""

import itertools

import networkx as nx
import numpy as np
import pytest

from gis.networks.network_tools import Paths, loops, rooted, settlements, steiner_tree, trench_graph
from gis.networks.pipe_register import RegisterRule, heat_register, water_register
from tests.builders_map import grid_tables


@pytest.fixture(scope="module")
def town():
    nodes, edges, houses = grid_tables()
    served = (houses["use"] != "ancillary").to_numpy()
    return trench_graph(nodes, edges, houses, served, spacing_m=80.0), houses, served


def as_networkx(graph, pieces=None):
    pieces = range(graph.tail.size) if pieces is None else pieces
    out = nx.Graph()
    out.add_weighted_edges_from(
        (int(graph.tail[i]), int(graph.head[i]), float(graph.length_m[i])) for i in pieces
    )
    return out


def test_long_streets_with_houses_are_cut_and_lengths_kept(town):
    graph, houses, served = town
    nodes, edges, _ = grid_tables()
    assert graph.length_m.sum() == pytest.approx(edges["length_m"].sum())
    busy = np.isin(graph.street_edge, houses["street_edge_id"][served])
    assert graph.length_m[busy].max() <= 80.0
    assert (graph.street_node >= 0).sum() == len(nodes)


def test_pieces_meet_end_to_end(town):
    graph, _, _ = town
    for row in range(graph.tail.size):
        xy = np.array(graph.line[row].coords)
        assert np.allclose(xy[0], graph.xy_m[graph.tail[row]], atol=1e-6)
        assert np.allclose(xy[-1], graph.xy_m[graph.head[row]], atol=1e-6)


def test_every_house_is_served_from_its_own_street_within_half_a_piece(town):
    graph, houses, _ = town
    edge_of = houses["street_edge_id"].to_numpy()
    assert (graph.street_edge[graph.building_piece] == edge_of).all()
    for building, node in enumerate(graph.building_node.tolist()):
        near = (graph.tail == node) | (graph.head == node)
        assert edge_of[building] in graph.street_edge[near]


@pytest.mark.parametrize("count", [2, 5, 20])
def test_the_tree_joins_all_terminals_and_is_as_light_as_the_peer(town, count):
    graph, _, _ = town
    terminals = np.unique(np.linspace(0, graph.n_nodes - 1, count).astype(np.int64))
    found = steiner_tree(Paths(graph, graph.length_m), terminals)
    tree = as_networkx(graph, found)
    assert nx.is_tree(tree)
    assert set(terminals.tolist()) <= set(tree.nodes)
    peer = nx.algorithms.approximation.steiner_tree(
        as_networkx(graph), terminals.tolist(), method="mehlhorn"
    )
    ours = graph.length_m[found].sum()
    assert ours <= 1.15 * peer.size(weight="weight")  # ties are broken otherwise


def test_flow_gathers_towards_the_root(town):
    graph, _, _ = town
    pieces = steiner_tree(Paths(graph, graph.length_m), np.arange(graph.n_nodes))
    tree = rooted(graph, pieces, 3)
    total = tree.gathered(np.ones(graph.n_nodes))
    assert total[3] == graph.n_nodes
    assert (total[tree.order[1:]] < total[tree.parent[tree.order[1:]]]).all()
    depth = tree.summed_from_root(np.where(tree.parent >= 0, 1.0, 0.0))
    lengths = nx.single_source_shortest_path_length(as_networkx(graph, pieces), 3)
    assert all(depth[node] == steps for node, steps in lengths.items())


def test_loops_close_cycles_and_stay_within_their_allowance(town):
    graph, _, _ = town
    paths = Paths(graph, graph.length_m)
    tree = rooted(graph, steiner_tree(paths, np.arange(graph.n_nodes)), 0)
    before = graph.length_m[tree.parent_piece[tree.order[1:]]].sum()
    closures = loops(graph, paths, tree, longest_m=500.0, least_gain=1.5, most_added_m=0.1 * before)
    whole = as_networkx(graph, [*tree.parent_piece[tree.order[1:]], *closures])
    assert whole.number_of_edges() == graph.n_nodes - 1 + closures.size
    assert 0 < graph.length_m[closures].sum() <= 0.1 * before + 500.0
    bridges = sum(d["weight"] for _, _, d in whole.edges(data=True)) - sum(
        whole.edges[edge]["weight"] for edge in nx.bridges(whole)
    )
    assert bridges > 2.0 * graph.length_m[closures].sum()  # closures put tree on loops


def test_places_behind_a_long_empty_road_are_a_settlement_of_their_own(town):
    graph, _, _ = town
    paths = Paths(graph, graph.length_m)
    far = int(graph.xy_m[:, 0].argmin())  # the end of the road out of town
    terminals = np.union1d([far], np.flatnonzero(graph.xy_m[:, 0] > 500_300))
    ones = np.ones(terminals.size)
    groups = settlements(paths, terminals, ones, gap_m=500.0, least=0.0)
    assert [far] in [group.tolist() for group in groups]
    assert len(groups) == 2
    joined = settlements(paths, terminals, ones, gap_m=500.0, least=5.0)
    assert len(joined) == 1


def test_paths_within_a_quarter_do_not_leave_it(town):
    graph, _, _ = town
    around = graph.xy_m[:, 0] < 500_400
    inside = Paths(graph, graph.length_m).within(around)
    assert around[inside.tail].all()
    assert around[inside.head].all()
    for a, b in itertools.islice(zip(inside.tail, inside.head, strict=True), 20):
        piece = int(inside.piece(np.array([a]), np.array([b]))[0])
        assert {int(graph.tail[piece]), int(graph.head[piece])} == {int(a), int(b)}


@pytest.mark.parametrize("goal", [0.3, 0.64, 0.9])
def test_renewals_stop_at_the_share_past_its_norm(goal):
    size = 2000
    key = np.arange(size, dtype=np.int64)
    length = 20.0 + key % 70
    rule = RegisterRule(seed=1, register_year=2026, past_norm_share=goal)
    laid, bore = np.full(size, 1975.0), np.full(size, 0.2)
    register = water_register(laid, bore, length, key, rule)
    assert register.past_norm_share == pytest.approx(goal, abs=0.02)
    assert (register.wear_book == np.clip((2026 - register.built_year) / 25.0, 0, 1)).all()
    assert set(register.material) >= {"steel", "asbestos_cement", "pe"}
    old = register.built_year < 1990
    assert not np.isin(register.material[old], ["pe", "pvc"]).any()
    heat = heat_register(laid, bore, length, key, rule)
    assert set(heat.material) == {"steel", "preinsulated"}
    assert heat.built_year.min() >= 1975 - 2


def test_what_fails_most_is_renewed_first():
    size = 4000
    key = np.arange(size, dtype=np.int64)
    laid, bore, length = np.full(size, 1975.0), np.full(size, 0.2), np.ones(size)
    rules = [RegisterRule(1, 2026, share) for share in (1.0, 0.5)]
    before, after = (water_register(laid, bore, length, key, rule) for rule in rules)
    left = {
        name: (after.material == name).sum() / (before.material == name).sum()
        for name in ("cast_iron", "asbestos_cement", "steel")
    }
    assert left["cast_iron"] < min(left["asbestos_cement"], left["steel"])


def test_heat_mains_of_the_sixties_were_laid_anew_while_there_were_works():
    key = np.arange(50, dtype=np.int64)
    rule = RegisterRule(1, 2026, 1.0)
    laid = heat_register(np.full(50, 1962.0), np.full(50, 0.2), np.ones(50), key, rule).built_year
    assert set(laid) <= set(range(1985, 1990))  # one norm life of 25 years later, give or take two


def test_books_make_pipes_younger_until_wear_is_that_of_the_class():
    size = 2000
    key = np.arange(size, dtype=np.int64)
    length = 20.0 + key % 70
    arguments = np.full(size, 1975.0), np.full(size, 0.2), length, key
    plain = water_register(*arguments, RegisterRule(1, 2026, 0.64))
    booked = water_register(*arguments, RegisterRule(1, 2026, 0.64, 0.5))
    assert (booked.built_year == plain.built_year).all()
    assert np.average(booked.wear_book, weights=length) == pytest.approx(0.5, abs=0.01)
    assert (booked.wear_book <= plain.wear_book).all()
    lower = water_register(*arguments, RegisterRule(1, 2026, 0.64, 0.45)).wear_book
    assert (lower <= booked.wear_book).all()  # a lower goal books more pipes, and the same ones


def test_the_register_of_a_pipe_does_not_depend_on_other_pipes_material():
    key = np.arange(100, dtype=np.int64)
    rule = RegisterRule(seed=1, register_year=2026, past_norm_share=1.0)
    every = water_register(np.full(100, 1970.0), np.full(100, 0.2), np.ones(100), key, rule)
    half = water_register(np.full(50, 1970.0), np.full(50, 0.2), np.ones(50), key[::2], rule)
    assert (every.material[::2] == half.material).all()
    assert (every.built_year[::2] == half.built_year).all()
