"""Roundabouts and dual carriageways become junctions and streets; real ones of other kinds stay."""

import numpy as np
import pytest
import shapely

from gis.clean.clean_streets import clean_streets
from gis.clean.drivable import drivable
from gis.clean.repairs import REPAIRS, RepairLog
from gis.export.repair_layers import write_repairs
from gis.read.osm import read_map
from gis.read.tags import STREET_TAGS
from tests.unit.gis.clean.test_clean_streets import lines_of
from twin.core.errors import CityDataError


def ring(centre=(0.0, 0.0), radius=15.0, n=24):
    """Return the points of a roundabout driven counterclockwise."""
    turn = np.linspace(0.0, 2 * np.pi, n + 1)
    xy = np.asarray(centre) + radius * np.column_stack([np.cos(turn), np.sin(turn)])
    xy[-1] = xy[0]
    return [tuple(point) for point in xy]


def arms(points, *, far=100.0):
    """Return a two-way street from each of some points of a ring outward."""
    return [[point, (point[0] * far / 15.0, point[1] * far / 15.0)] for point in points]


def simplified(*shapes, leave_out=(), buildings=None, **options):
    """Return graph and log of repairs."""
    log = RepairLog(leave_out)
    lines = lines_of(*shapes, **options)
    return clean_streets(lines, log, join_crossings=True, buildings=buildings), log


def codes(log):
    return {repair.code for repair in log.made}


def test_a_roundabout_becomes_one_junction_in_its_middle():
    circle = ring()
    graph, log = simplified(circle, *arms(circle[:24:6]), oneway=(0,), ring=(0,))
    assert len(graph.tail) == 4
    assert graph.degree().max() == 4
    assert np.abs(graph.xy_m[graph.degree() == 4]).max() < 0.5
    (made,) = log.made
    assert made.code == "W-ROUNDABOUT"
    assert shapely.length(made.before).sum() == pytest.approx(2 * np.pi * 15, rel=0.01)
    assert shapely.get_type_id(made.after).tolist() == [0]


@pytest.mark.parametrize(
    ("radius", "n_arms"), [(60.0, 4), (15.0, 1)], ids=["wide circle", "turning circle"]
)
def test_a_wide_circle_and_a_place_to_turn_stay(radius, n_arms):
    circle = ring(radius=radius)
    _, log = simplified(circle, *arms(circle[:24:6])[:n_arms], oneway=(0,), ring=(0,))
    assert codes(log) == set()


def test_a_roundabout_over_another_road_stays():
    circle = ring()
    under = [(-200.0, 3.0), (200.0, 3.5)]
    _, log = simplified(
        circle, *arms(circle[:24:6]), under, oneway=(0,), ring=(0,), level=[1, 1, 1, 1, 1, 0]
    )
    assert "W-ROUNDABOUT" not in codes(log)


EAST, WEST = [(0, 0), (200, 0)], [(200, 12), (0, 12)]


def boulevard():
    """Return two carriageways, joined at both ends, and a street that crosses both."""
    return (
        [(-80, 6), (0, 6)],
        [(0, 6), (20, 0), (100, 0), (180, 0), (200, 6)],
        [(200, 6), (180, 12), (100, 12), (20, 12), (0, 6)],
        [(200, 6), (280, 6)],
        [(100, -90), (100, 0), (100, 12), (100, 90)],
    )


def test_a_boulevard_becomes_one_street_with_one_crossing():
    graph, log = simplified(*boulevard(), oneway=(1, 2))
    assert codes(log) == {"W-DUAL-CARRIAGEWAY"}
    assert not graph.lines.oneway.any()
    assert sorted(graph.degree().tolist()) == [1, 1, 1, 1, 4]
    crossing = graph.xy_m[graph.degree() == 4][0]
    assert crossing == pytest.approx([100.0, 6.0])
    assert shapely.length(graph.lines.line).sum() == pytest.approx(360 + 180, rel=0.01)


def test_a_side_street_of_one_carriageway_keeps_its_place():
    shapes = list(boulevard())
    shapes[4] = [(60, -90), (60, 0)]
    shapes[1] = [(0, 6), (20, 0), (60, 0), (180, 0), (200, 6)]
    graph, _ = simplified(*shapes, oneway=(1, 2))
    assert sorted(graph.degree().tolist()) == [1, 1, 1, 3]
    assert graph.xy_m[graph.degree() == 3][0] == pytest.approx([60.0, 6.0], abs=2.0)


def test_houses_between_tell_two_streets_from_two_carriageways():
    houses = np.array([shapely.box(60, 3, 70, 9)])
    graph, log = simplified(*boulevard()[:4], oneway=(1, 2), buildings=houses)
    assert codes(log) == set()
    assert graph.lines.oneway.sum() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"street_class": [1, 1, 2, 1]},
        {"street_class": [0, 0, 0, 0]},
        {"level": [0, 1, 0, 0]},
    ],
    ids=["other class", "trunk road", "other level"],
)
def test_carriageways_that_are_not_alike_stay(change):
    _, log = simplified(*boulevard()[:4], oneway=(1, 2), **change)
    assert codes(log) == set()


def test_one_way_streets_round_a_block_stay():
    square = [[(0, 0), (60, 0)], [(60, 0), (60, 25)], [(60, 25), (0, 25)], [(0, 25), (0, 0)]]
    _, log = simplified(*square, [(-50, 0), (0, 0)], [(60, 25), (99, 25)], oneway=(0, 1, 2, 3))
    assert codes(log) == set()


def test_the_fewer_lanes_of_both_sides_are_taken():
    lines = lines_of(*boulevard()[:4], oneway=(1, 2))
    lines.lanes[1:3] = (3, 2)
    graph = clean_streets(lines, RepairLog(), join_crossings=True)
    assert 2 in graph.lines.lanes.tolist()
    assert 3 not in graph.lines.lanes.tolist()


@pytest.mark.parametrize("code", ["W-ROUNDABOUT", "W-DUAL-CARRIAGEWAY", "W-PARALLEL"])
def test_a_repair_left_out_is_not_made(code):
    circle = [(x, y + 300.0) for x, y in ring()]
    streets = [*boulevard(), circle, *arms(ring()[:24:6]), [(500, 0), (600, 0)]]
    for row in range(6, 10):
        streets[row] = [(x, y + 300.0) for x, y in streets[row]]
    shapes = (*streets, [(600, 0), (500, 0)])
    _, whole = simplified(*shapes, oneway=(1, 2, 5), ring=(5,))
    _, log = simplified(*shapes, oneway=(1, 2, 5), ring=(5,), leave_out=[code])
    assert codes(whole) - codes(log) == {code}
    assert log.notes[0] == f"Repairs left out on demand: {code}."


def test_a_repair_that_is_none_is_refused():
    with pytest.raises(CityDataError, match="'W-NONE' is no repair that can be left out"):
        RepairLog(["W-NONE"])


def test_repairs_are_written_as_layers_before_and_after(tmp_path):
    pyogrio = pytest.importorskip("pyogrio")
    _, log = simplified(*boulevard(), oneway=(1, 2))
    path = tmp_path / "repairs.gpkg"
    n_shapes = write_repairs(log, path, "EPSG:32642")
    names = {row[0] for row in pyogrio.list_layers(path)} - {"layer_styles"}
    assert names == {"W-DUAL-CARRIAGEWAY before", "W-DUAL-CARRIAGEWAY after"}
    frame = pyogrio.read_dataframe(path, layer="W-DUAL-CARRIAGEWAY before")
    assert set(frame["origin"]) == {"1", "2"}
    assert n_shapes > len(frame)
    assert write_repairs(RepairLog(), tmp_path / "none.gpkg", "EPSG:32642") == 0
    assert not (tmp_path / "none.gpkg").exists()


@pytest.mark.parametrize("name", ["monaco", "helsinki_centre", "moscow"])
def test_cleaning_a_real_map_again_repairs_nothing(shared_data, name):
    raw = read_map(shared_data / "city" / "pbf" / f"{name}.osm.pbf")
    crs = raw.buildings.estimate_utm_crs()
    ways = raw.streets.to_crs(crs)
    tags = {tag: ways[tag].to_numpy(dtype=object) for tag in STREET_TAGS}
    shapes = np.array(ways.geometry.values, dtype=object)
    lines, _ = drivable(tags, shapes, ways["osm_id"].to_numpy(dtype=object))
    outlines = np.asarray(raw.buildings.to_crs(crs).geometry.values)
    first = clean_streets(lines, RepairLog(), join_crossings=True, buildings=outlines)
    log = RepairLog()
    again = clean_streets(first.lines, log, join_crossings=True, buildings=outlines)
    assert codes(log) == set()
    assert len(again.tail) == len(first.tail)
    assert shapely.length(again.lines.line).sum() == pytest.approx(
        shapely.length(first.lines.line).sum()
    )


def test_every_code_of_a_repair_says_what_it_does():
    assert all(code[:2] in ("W-", "E-") and text for code, text in REPAIRS.items())
