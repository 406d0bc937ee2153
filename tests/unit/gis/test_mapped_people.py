"""How many people a map gives: settlements, then boundaries that suit the homes within."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gis.mapped_people import mapped_people, people_by_map
from gis.read.osm import read_map
from gis.read.places.boundaries import boundaries_of
from tests.builders_map import write_osm

NO_PLACES = pd.DataFrame({"place": [], "name": [], "people": [], "is_area": []})


def town(people, spots):
    shapes = [shapely.box(x, 0, x + 10, 10) for x in spots]
    return gpd.GeoDataFrame({"people_guess": people}, geometry=shapes, crs="EPSG:32642")


def borders(*rows):
    names, level, people, boxes = zip(*rows, strict=True)
    table = {"osm_id": list(names), "name": names, "level": level, "people": people}
    return gpd.GeoDataFrame(table, geometry=[shapely.box(*b) for b in boxes], crs="EPSG:32642")


HOMES = town([4000.0, 5000.0, 1000.0], [0, 100, 1000])


def test_a_boundary_counts_its_homes_and_those_outside_keep_their_guess():
    people, notes = people_by_map(NO_PLACES, borders(("A", 8, 9500, (-5, -5, 200, 20))), HOMES)
    assert people == 10_500
    (note,) = notes
    assert "A (admin_level 8) 9,500; homes outside have space for 1,000 more" in note


def test_a_boundary_within_another_is_counted_once():
    area = borders(("A", 8, 9500, (-5, -5, 1200, 20)), ("Quarter", 10, 4200, (-5, -5, 50, 20)))
    assert people_by_map(NO_PLACES, area, HOMES)[0] == 9500


def test_a_district_with_other_towns_does_not_hide_the_town_within():
    area = borders(("District", 6, 90_000, (-9, -9, 2000, 99)), ("A", 8, 9500, (-5, -5, 200, 20)))
    assert people_by_map(NO_PLACES, area, HOMES)[0] == 10_500


def test_boundaries_that_suit_no_homes_are_reported():
    area = borders(("District", 6, 90_000, (-9, -9, 2000, 99)))
    people, (note,) = people_by_map(NO_PLACES, area, HOMES)
    assert people is None
    assert "W-POP-MISMATCH: no boundary of the map has about the people" in note
    assert "District (admin_level 6, homes within for 10,000) 90,000" in note


def test_settlements_go_before_boundaries_and_boundaries_mend_what_they_lack():
    area = borders(("A", 8, 9500, (-5, -5, 1200, 20)))
    place = {"place": ["town"], "name": ["A"], "people": [9000], "is_area": [False]}
    assert people_by_map(pd.DataFrame(place), area, HOMES)[0] == 9000
    people, notes = people_by_map(pd.DataFrame({**place, "people": [90]}), area, HOMES)
    assert people == 9500
    assert "W-POP-MISMATCH" in notes[0]


def test_a_town_mapped_as_point_and_as_area_counts_once():
    rows = [("town", "A", 9000, False), ("town", "A", 8800, True),
            ("hamlet", "B", 100, False), ("hamlet", "B", 120, False)]  # fmt: skip
    places = pd.DataFrame(rows, columns=["place", "name", "people", "is_area"])
    assert mapped_people(places, 9000.0)[0] == 9220


def with_relation(text, tags, ways):
    marks = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    members = "".join(f'<member type="way" ref="{way}" role="outer"/>' for way in ways)
    return text.replace("</osm>", f'<relation id="7">{members}{marks}</relation></osm>')


TAGS = {"type": "boundary", "boundary": "administrative", "admin_level": "8", "name": "Akkol"}


@pytest.mark.parametrize("ways", [[10, 11], [10, 12]])
def test_boundary_relations_are_read_where_their_line_is_whole(tmp_path, ways):
    pytest.importorskip("osmium")
    path = write_osm(
        tmp_path / "town.osm",
        ways={10: [1, 2, 3], 11: [3, 4, 1], 20: [1, 2]},
        tags={10: {"boundary": "administrative"}, 11: {"boundary": "administrative"}},
        change=lambda text: with_relation(text, {**TAGS, "population": "14 000"}, ways),
    )
    raw = read_map(path)
    if 12 in ways:
        assert raw.boundaries.empty
        assert any("1 boundaries with people are not whole in the file" in one for one in raw.notes)
        return
    (row,) = raw.boundaries.itertuples()
    assert (row.people, row.level) == (14_000, 8)
    assert raw.boundaries["name"].tolist() == ["Akkol"]


def test_a_relation_without_people_is_no_boundary_here(tmp_path):
    pytest.importorskip("osmium")
    path = write_osm(
        tmp_path / "town.osm",
        ways={10: [1, 2, 3], 11: [3, 4, 1], 20: [1, 2]},
        change=lambda text: with_relation(text, TAGS, [10, 11]),
    )
    assert read_map(path).boundaries.empty


def test_columns_of_layers_may_lack_level_name_and_id():
    frame = gpd.GeoDataFrame(
        {
            "boundary": ["administrative", "administrative", "census"],
            "population": ["5", None, "9"],
        },
        geometry=[shapely.box(0, 0, 1, 1)] * 3,
        crs="EPSG:4326",
    )
    found = boundaries_of(frame)
    assert found[["name", "level", "people"]].to_numpy().tolist() == [["", 0, 5]]
