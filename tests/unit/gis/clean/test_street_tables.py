"""Streets as tables: classes, attributes, connection, and which house stands where."""

import numpy as np
import pytest

from gis.clean.reach import LINK
from gis.clean.street_tables import CLASSES, attach_buildings, build_streets
from tests.builders_map import buildings, grid_map, streets
from twin.city.tables import ROAD_CLASSES, STREET_EDGES, STREET_NODES
from twin.core.columns import table_faults

_HOUSE = [((50.0, 20.0), (10.0, 10.0), {})]


def built(rows, houses=_HOUSE, **options):
    """Return nodes, edges and notes."""
    return build_streets(
        streets(rows),
        buildings(houses),
        join_crossings=True,
        seed=1,
        register_year=2026,
        **options,
    )


def test_classes_are_those_of_the_tables():
    assert tuple(kind.name for kind in CLASSES) == ROAD_CLASSES


def test_tables_of_a_small_town_have_no_faults():
    ways, houses, _ = grid_map()
    nodes, edges, _ = build_streets(ways, houses, join_crossings=True, seed=1, register_year=2026)
    assert table_faults(STREET_NODES, nodes) == []
    assert table_faults(STREET_EDGES, edges) == []
    assert len(nodes) == 8 * 6 + 1 - 3  # the road's end more, three corners less
    ends = nodes.geometry.to_numpy()
    first = edges.geometry.interpolate(0.0).to_numpy()
    assert all(a.distance(b) < 1e-6 for a, b in zip(first, ends[edges["tail"]], strict=True))


def test_footways_tracks_and_private_ways_are_left_out():
    rows = [
        ([(0, 0), (100, 0)], {}),
        ([(0, 5), (100, 5)], {"highway": "footway"}),
        ([(0, 9), (100, 9)], {"highway": "track"}),
        ([(0, 20), (100, 20)], {"access": "private"}),
        ([(0, 30), (100, 30)], {"highway": "service", "service": "parking_aisle"}),
    ]
    _, edges, notes = built(rows)
    assert len(edges) == 1
    assert notes[0].startswith("1 of 5 ways")


@pytest.mark.parametrize(
    ("text", "speed_ms"), [("40", 40 / 3.6), ("25 mph", 25 * 0.44704), ("RU:urban", 11.1)]
)
def test_speed_limits_are_read_with_their_unit(text, speed_ms):
    _, edges, _ = built([([(0, 0), (100, 0)], {"maxspeed": text})])
    assert edges["speed_ms"].iloc[0] == pytest.approx(speed_ms)


def test_lanes_of_both_directions_are_halved_and_capacity_follows():
    _, edges, _ = built([([(0, 0), (100, 0)], {"highway": "primary", "lanes": "4"})])
    assert edges[["road_class", "lanes", "capacity_vehph"]].iloc[0].tolist() == [
        "arterial",
        2,
        1800.0,
    ]


def test_a_street_against_its_line_is_turned():
    rows = [
        ([(0, 0), (100, 0)], {"oneway": "-1"}),
        ([(0, 0), (0, 90), (100, 90), (100, 0)], {}),
    ]
    nodes, edges, _ = built(rows)
    oneway = edges[edges["oneway"]].iloc[0]
    assert nodes["x_m"].iloc[oneway["tail"]] == 100.0


def test_a_oneway_trap_is_opened_and_told():
    rows = [([(0, 0), (100, 0)], {}), ([(100, 0), (200, 0)], {"oneway": "yes"})]
    _, edges, notes = built(rows)
    assert not edges["oneway"].any()
    assert any("E-ONEWAY-TRAP" in note for note in notes)


def test_a_piece_with_houses_behind_a_path_is_linked_and_marked_synthetic():
    rows = [([(0, 0), (100, 0)], {}), ([(0, 90), (100, 90)], {})]
    houses = [*_HOUSE, ((50.0, 100.0), (10.0, 10.0), {})]
    _, edges, notes = built(rows, houses)
    assert (edges["source"] == "synthetic").sum() == 1
    assert edges["uid"].str.contains(LINK).sum() == 1
    assert any("joined to the town by straight links of up to 90 m" in note for note in notes)


def test_a_piece_without_houses_is_left_out():
    rows = [([(0, 0), (100, 0)], {}), ([(0, 900), (100, 900)], {})]
    _, edges, notes = built(rows)
    assert len(edges) == 1
    assert any("cut off from the town with 0 buildings" in note for note in notes)
    assert any("(W-COMPONENTS)" in note for note in notes)


def test_only_the_largest_piece_is_kept_on_demand():
    rows = [([(0, 0), (100, 0)], {}), ([(0, 90), (50, 90)], {})]
    houses = [*_HOUSE, ((50.0, 100.0), (10.0, 10.0), {})]
    nodes, edges, _ = built(rows, houses, keep_largest=True)
    assert len(edges) == 1
    assert len(nodes) == 2


def test_driveways_to_nowhere_go_and_those_to_houses_stay():
    rows = [
        ([(0, 0), (100, 0)], {}),
        ([(50, 0), (50, 15)], {"highway": "service"}),
        ([(80, 0), (80, -60)], {"highway": "service"}),
    ]
    _, edges, notes = built(rows)
    assert edges["road_class"].tolist().count("service") == 1
    assert any("lead to no building" in note and "(W-STUB)" in note for note in notes)


def test_buildings_stand_at_the_nearest_street_and_its_nearer_end():
    nodes, edges, _ = built([([(0, 0), (100, 0)], {}), ([(100, 0), (100, 300)], {})])
    houses = buildings([((20.0, 9.0), (8.0, 8.0), {}), ((110.0, 250.0), (8.0, 8.0), {})])
    out, notes = attach_buildings(houses, nodes, edges)
    at = nodes.iloc[out["street_node_id"]]
    assert at[["x_m", "y_m"]].to_numpy().tolist() == [[0.0, 0.0], [100.0, 300.0]]
    assert out["building_id"].tolist() == [0, 1]
    assert notes == []


def test_buildings_far_from_every_street_are_left_out_and_told():
    nodes, edges, _ = built([([(0, 0), (100, 0)], {})])
    houses = buildings([((50.0, 320.0), (8.0, 8.0), {}), ((50.0, 9.0), (8.0, 8.0), {})])
    out, notes = attach_buildings(houses, nodes, edges)
    assert len(out) == 1
    assert notes == ["1 buildings farther than 300 m from every street were left out."]


def test_the_order_of_the_ways_changes_no_year():
    rows = [([(0, 0), (100, 0)], {}), ([(0, 0), (0, 90)], {}), ([(0, 0), (-80, 0)], {})]
    named = [(points, {**tags, "osm_id": str(i)}) for i, (points, tags) in enumerate(rows)]
    _, one, _ = built(named)
    _, two, _ = built(named[::-1])
    years = [dict(zip(t["uid"], t["built_year"], strict=True)) for t in (one, two)]
    assert years[0] == years[1]
    assert len(years[0]) == 3
    assert np.unique(list(years[0].values())).size > 1
