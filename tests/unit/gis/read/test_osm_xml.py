"""OpenStreetMap files as editors and servers write them, and what they show of a town."""

import gzip

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.clean.drivable import drivable
from gis.mapped_people import mapped_people
from gis.read.osm import read_map
from gis.read.places.facility_tags import people_in
from gis.read.tags import STREET_TAGS
from tests.builders_map import streets, write_osm
from twin.core.errors import CityDataError

pytest.importorskip("osmium")
WAYS = {10: [1, 2], 11: [2, 3], 12: [3, 4]}


def lengths(path):
    return sorted(np.round(shapely.length(read_map(path).streets.geometry.values), 6))


def negative(text):
    for name in ("id", "ref"):
        text = text.replace(f'{name}="', f'{name}="-')
    return text


def backwards(text):
    lines = text.splitlines()
    return "\n".join([lines[0], *lines[-2:0:-1], lines[-1]])


def in_blocks(text):
    lines = text.splitlines()
    return "\n".join(["<osmChange>", "<create>", *lines[1:-1], "</create>", "</osmChange>"])


@pytest.mark.parametrize("change", [negative, backwards, in_blocks], ids=lambda one: one.__name__)
def test_a_dialect_gives_the_same_map(tmp_path, change):
    usual = lengths(write_osm(tmp_path / "usual.osm", ways=WAYS))
    assert lengths(write_osm(tmp_path / "other.osm", ways=WAYS, change=change)) == usual


@pytest.mark.parametrize("mark", ['action="delete"', 'visible="false"', "action='delete'"])
def test_what_an_editor_deleted_is_not_there(tmp_path, mark):
    def deleted(text):
        return text.replace('<way id="11">', f'<way id="11" {mark}>')

    raw = read_map(write_osm(tmp_path / "town.osm", ways=WAYS, change=deleted))
    assert sorted(raw.streets["osm_id"]) == ["w10", "w12"]


def test_the_last_version_of_a_thing_counts(tmp_path):
    def again(text):
        newer = '<way id="10" version="2"><nd ref="1"/><nd ref="4"/>'
        return text.replace("</osm>", newer + '<tag k="highway" v="primary"/></way></osm>')

    raw = read_map(write_osm(tmp_path / "town.osm", ways=WAYS, change=again))
    assert raw.streets.set_index("osm_id")["highway"].to_dict() == {
        "w10": "primary",
        "w11": "residential",
        "w12": "residential",
    }


def test_places_within_ways_are_read(tmp_path):
    def inline(text):
        text = text.replace('<nd ref="1"/>', '<nd ref="1" lat="51.90" lon="69.87"/>')
        return text.replace('<node id="1" lat="51.9" lon="69.87"></node>', "")

    usual = lengths(write_osm(tmp_path / "usual.osm", ways=WAYS))
    assert lengths(write_osm(tmp_path / "other.osm", ways=WAYS, change=inline)) == usual


def test_packed_and_broken_files(tmp_path):
    path = write_osm(tmp_path / "town.osm", ways=WAYS, change=negative)
    packed = tmp_path / "packed.osm.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert lengths(packed) == lengths(path)
    path.write_text(path.read_text().replace("</osm>", ""))
    with pytest.raises(CityDataError, match=r"town\.osm:\d+: E-UNREADABLE cannot be read"):
        read_map(path)

    def cut(text):
        return text.replace("</osm>", "<remark>runtime error: timed out</remark></osm>")

    with pytest.raises(CityDataError, match="E-UNREADABLE is not complete: its server reports"):
        read_map(write_osm(tmp_path / "cut.osm", ways=WAYS, change=cut))


ACCESS = [
    ({}, True),
    ({"access": "no"}, False),
    ({"access": "no", "motor_vehicle": "yes"}, True),
    ({"access": "yes", "motorcar": "no"}, False),
    ({"motor_vehicle": "no", "motorcar": "yes"}, True),
    ({"vehicle": "no"}, False),
    ({"vehicle": "destination"}, True),
    ({"motor_vehicle": "agricultural;forestry"}, False),
    ({"motor_vehicle": "agricultural;destination"}, True),
    ({"access": "psv"}, False),
    ({"access": "permissive"}, True),
]


@pytest.mark.parametrize(("tags", "is_open"), ACCESS)
def test_the_tag_most_special_to_cars_decides(tags, is_open):
    ways = streets([([(0, 0), (100, 0)], tags), ([(0, 9), (100, 9)], {})])
    columns = {tag: ways[tag].to_numpy(dtype=object) for tag in STREET_TAGS}
    shapes = np.array(ways.geometry.values, dtype=object)
    lines, _ = drivable(columns, shapes, ways["osm_id"].to_numpy(dtype=object))
    assert len(lines.line) == 1 + is_open


def test_services_and_settlements_are_read(tmp_path):
    tags = {1: {"amenity": "fire_station"}, 2: {"place": "town", "name": "Akkol"}}
    tags[2]["population"] = "14 000"
    raw = read_map(write_osm(tmp_path / "town.osm", ways=WAYS, node_tags=tags))
    assert raw.facilities["kind"].tolist() == ["fire_station"]
    assert raw.settlements.to_dict("records") == [
        {"place": "town", "name": "Akkol", "people": 14_000, "is_area": False}
    ]


@pytest.mark.parametrize(
    ("text", "people"),
    [("14 000", 14_000), ("1,250", 1_250), ("~3000", 3_000), ("510 (2010)", 510), ("few", 0),
     ("", 0), (float("nan"), 0), (812.0, 812)],
)  # fmt: skip
def test_numbers_of_people_are_read(text, people):
    assert people_in(text) == people


def test_people_of_a_map_are_used_where_they_suit_its_homes():
    places = pd.DataFrame(
        {
            "place": ["town", "village"],
            "name": ["A", "B"],
            "people": [14_000, 600],
            "is_area": [False, False],
        }
    )
    assert mapped_people(places, 12_000.0)[0] == 14_600
    people, (note,) = mapped_people(places, 900.0)
    assert people is None
    assert "W-POP-MISMATCH: the map gives 14,600 people" in note
    assert mapped_people(places.assign(people=0), 900.0) == (None, [])
