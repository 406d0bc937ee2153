"""Loose street lines become a graph; each repair is told."""

import numpy as np
import pytest
import shapely

from gis.clean.clean_streets import clean_streets
from gis.clean.repairs import RepairLog
from gis.clean.street_graph import StreetLines


def lines_of(*shapes, oneway=(), street_class=None, level=None, ring=()):
    """Return street lines from lists of points."""
    size = len(shapes)
    line = np.empty(size, dtype=object)
    line[:] = [shapely.LineString(points) for points in shapes]
    return StreetLines(
        line=line,
        street_class=np.array(street_class or [3] * size, dtype=np.int32),
        oneway=np.array([row in oneway for row in range(size)]),
        lanes=np.zeros(size, dtype=np.int32),
        speed_ms=np.full(size, np.nan),
        level=np.array(level or [0] * size, dtype=np.int32),
        ring=np.array([row in ring for row in range(size)]),
        origin=np.array([str(row) for row in range(size)], dtype=object),
    )


def cleaned(*shapes, join_crossings=True, **options):
    """Return graph and notes."""
    log = RepairLog()
    return clean_streets(
        lines_of(*shapes, **options), log, join_crossings=join_crossings
    ), log.notes


def test_streets_that_share_a_vertex_are_cut_there():
    graph, _ = cleaned([(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 80)])
    assert len(graph.tail) == 3
    assert sorted(graph.degree().tolist()) == [1, 1, 1, 3]


def test_a_crossing_at_grade_gets_a_node_and_is_told():
    graph, notes = cleaned([(0, 0), (100, 0)], [(50, -40), (50, 40)])
    assert len(graph.tail) == 4
    assert any("joined at grade" in note for note in notes)


def test_a_bridge_crosses_without_a_node():
    graph, _ = cleaned([(0, 0), (100, 0)], [(50, -40), (50, 40)], level=[0, 1])
    assert len(graph.tail) == 2


def test_without_bridge_tags_a_crossing_is_taken_for_a_bridge_and_told():
    graph, notes = cleaned([(0, 0), (100, 0)], [(50, -40), (50, 40)], join_crossings=False)
    assert len(graph.tail) == 2
    assert any("taken for bridges" in note for note in notes)


def test_an_end_just_short_of_a_street_is_joined():
    graph, notes = cleaned([(0, 0), (100, 0)], [(50, 0.8), (50, 80)])
    assert sorted(graph.degree().tolist()) == [1, 1, 1, 3]
    assert any(note.startswith("1 street ends within 1 m") for note in notes)


def test_an_end_a_little_farther_off_stays_loose():
    graph, _ = cleaned([(0, 0), (100, 0)], [(50, 1.5), (50, 80)])
    assert len(graph.tail) == 2


def test_two_near_ends_become_one():
    graph, _ = cleaned([(0, 0), (50, 0)], [(50.5, 0.0), (90, 30)], [(50.0, 0.0), (50.0, -60)])
    assert sorted(graph.degree().tolist()) == [1, 1, 1, 3]


def test_pieces_of_one_street_are_merged():
    graph, _ = cleaned([(0, 0), (50, 0)], [(100, 0), (50, 0)], [(100, 0), (100, 40)])
    assert len(graph.tail) == 1
    assert shapely.length(graph.lines.line)[0] == pytest.approx(140.0)


def test_a_change_of_class_keeps_its_node():
    graph, _ = cleaned([(0, 0), (50, 0)], [(50, 0), (100, 0)], street_class=[2, 3])
    assert len(graph.tail) == 2


def test_oneway_pieces_keep_their_direction_when_merged():
    graph, _ = cleaned([(50, 0), (100, 0)], [(0, 0), (50, 0)], oneway=(0, 1))
    assert len(graph.tail) == 1
    assert shapely.get_coordinates(graph.lines.line[0]).tolist() == [[0, 0], [50, 0], [100, 0]]
    assert graph.xy_m[graph.tail[0]].tolist() == [0.0, 0.0]


def test_oneway_pieces_that_run_against_each_other_are_not_merged():
    graph, _ = cleaned([(0, 0), (50, 0)], [(100, 0), (50, 0)], oneway=(0, 1))
    assert len(graph.tail) == 2


def test_a_street_drawn_twice_is_kept_once():
    graph, notes = cleaned([(0, 0), (100, 0)], [(100, 0), (0, 0)])
    assert len(graph.tail) == 1
    assert any("drawn twice" in note for note in notes)


def test_a_cul_de_sac_loop_is_kept_and_told():
    graph, notes = cleaned([(0, 0), (50, 0)], [(50, 0), (80, 20), (80, -20), (50, 0)])
    assert ((graph.tail == graph.head).sum(), len(graph.tail)) == (1, 2)
    assert any("cul-de-sac" in note for note in notes)


def test_a_ring_without_junctions_survives():
    graph, _ = cleaned([(0, 0), (50, 0), (50, 50)], [(50, 50), (0, 50), (0, 0)])
    assert len(graph.tail) == 1
    assert shapely.length(graph.lines.line)[0] == pytest.approx(200.0)


def test_cleaning_twice_changes_nothing():
    first, _ = cleaned([(0, 0), (100, 0)], [(50, 0.8), (50, 80)], [(20, -30), (20, 40)])
    second = clean_streets(first.lines, RepairLog(), join_crossings=True)
    assert len(second.tail) == len(first.tail)
    assert shapely.length(second.lines.line).sum() == shapely.length(first.lines.line).sum()
