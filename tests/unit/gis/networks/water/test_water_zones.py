"""Pressure zones of a large town, and ways out of long dead ends."""

import networkx as nx
import numpy as np
import shapely

from gis.networks.network_tools import Paths, TrenchGraph
from gis.networks.water.dead_ends import dead_end_closures
from gis.networks.water.water_zones import MOST_PEOPLE, zones_of


def trenches(xy_m, pairs):
    """Return a trench graph of straight pieces."""
    at = np.array(xy_m, dtype=float)
    tail, head = np.array(pairs, dtype=np.int32).T
    none = np.zeros(0, dtype=np.int32)
    return TrenchGraph(
        xy_m=at,
        elevation_m=np.zeros(len(at)),
        street_node=np.arange(len(at), dtype=np.int32),
        tail=tail,
        head=head,
        length_m=np.hypot(*(at[tail] - at[head]).T),
        street_edge=np.arange(tail.size, dtype=np.int32),
        line=shapely.linestrings(np.stack([at[tail], at[head]], axis=1)),
        building_node=none,
        building_piece=none,
    )


def street_grid(count=8, step_m=100.0):
    """Return a square grid of streets."""
    xy = [(step_m * (i % count), step_m * (i // count)) for i in range(count * count)]
    pairs = [(i, i + 1) for i in range(count * count) if i % count < count - 1]
    pairs += [(i, i + count) for i in range(count * (count - 1))]
    return trenches(xy, pairs)


def test_a_small_town_is_one_zone():
    graph = street_grid()
    wanted, around = np.arange(64), np.ones(64, dtype=bool)
    people = np.full(64, MOST_PEOPLE // 64)
    zones = zones_of(graph, Paths(graph, graph.length_m), wanted, people, around)
    assert len(zones) == 1
    assert (zones[0][0] == wanted).all()


def test_zones_of_a_large_town_part_it_into_connected_pieces_of_about_equal_people():
    graph = street_grid()
    wanted, around = np.arange(64), np.ones(64, dtype=bool)
    people = np.full(64, 4 * MOST_PEOPLE // 64)
    zones = zones_of(graph, Paths(graph, graph.length_m), wanted, people, around)
    assert len(zones) == 4
    assert sorted(np.concatenate([places for places, _ in zones])) == list(range(64))
    streets = nx.Graph(list(zip(graph.tail.tolist(), graph.head.tolist(), strict=True)))
    for places, ground in zones:
        assert ground[places].all()
        assert nx.is_connected(streets.subgraph(np.flatnonzero(ground).tolist()))
        assert 8 <= places.size <= 26


def test_a_long_dead_end_is_led_on_to_the_next_main():
    # mains 0-1-2-3 (three times 150 m) and 0-4; a street 3-4 could join them
    graph = trenches(
        [(0, 0), (150, 0), (300, 0), (450, 0), (0, 200), (450, 200)],
        [(0, 1), (1, 2), (2, 3), (0, 4), (3, 5), (5, 4)],
    )
    laid = np.array([0, 1, 2, 3])
    everywhere = np.ones(6, dtype=bool)
    added = dead_end_closures(graph, laid, fixed=np.array([0]), around=everywhere, most_m=700.0)
    assert added.tolist() == [4, 5]
    none = dead_end_closures(graph, laid, fixed=np.array([0]), around=everywhere, most_m=600.0)
    assert none.size == 0


def test_short_dead_ends_and_plant_are_left_alone():
    graph = trenches([(0, 0), (150, 0), (150, 150), (0, 150)], [(0, 1), (1, 2), (2, 3), (3, 0)])
    everywhere = np.ones(4, dtype=bool)
    short = dead_end_closures(
        graph, np.array([0]), fixed=np.array([0]), around=everywhere, most_m=700.0
    )
    assert short.size == 0
    plant = dead_end_closures(
        graph, np.array([0, 1]), fixed=np.array([0, 2]), around=everywhere, most_m=700.0
    )
    assert plant.size == 0
