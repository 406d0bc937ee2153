"""Reading map extracts: what is read, and what is said where it cannot be."""

import geopandas as gpd
import pytest
import shapely

from gis.read.osm import read_map
from gis.read.pbf import read_osm
from twin.core.errors import CityDataError

_STREET = {"highway": "residential", "id": "1", "oneway": "yes"}
_HOUSE = {"building": "yes", "id": "7", "building:levels": "5"}


def write_layers(folder, *, crs="EPSG:4326", suffix=".geojson", scale=1e-3):
    """Write a street and a house beside it, in degrees unless scaled up."""
    line = shapely.LineString([(60.0, 56.0), (60.0 + scale, 56.0)])
    box = shapely.box(60.0, 56.0 + scale / 10, 60.0 + scale / 5, 56.0 + scale / 5)
    street = gpd.GeoDataFrame([_STREET], geometry=[line], crs=crs)
    house = gpd.GeoDataFrame([_HOUSE], geometry=[box], crs=crs)
    for name, frame in (("roads", street), ("houses", house)):
        if suffix == ".parquet":
            frame.to_parquet(folder / f"{name}{suffix}")
        else:
            frame.to_file(folder / f"{name}{suffix}")
    return folder


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".parquet"])
def test_a_folder_of_layers_is_sorted_by_content_not_by_name(tmp_path, suffix):
    raw = read_map(write_layers(tmp_path, suffix=suffix))
    assert len(raw.streets) == 1
    assert len(raw.buildings) == 1
    assert raw.buildings["levels"].iloc[0] == "5"
    assert raw.streets["oneway"].iloc[0] == "yes"
    assert raw.streets["bridge"].iloc[0] == ""
    assert not raw.has_levels_of_crossing


def test_sources_carry_a_hash_of_each_file(tmp_path):
    raw = read_map(write_layers(tmp_path))
    assert [len(source.sha256) for source in raw.sources] == [64, 64]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_geojson_without_a_crs_is_in_degrees(tmp_path):
    assert read_map(write_layers(tmp_path, crs=None)).streets.crs.to_epsg() == 4326


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg"])
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_other_files_must_say_their_crs_and_all_are_told_at_once(tmp_path, suffix):
    with pytest.raises(CityDataError, match="E-CRS-MISSING does not say its CRS") as error:
        read_map(write_layers(tmp_path, crs=None, suffix=suffix))
    assert len(error.value.faults) == 2


def test_degrees_declared_metric_are_refused(tmp_path):
    with pytest.raises(CityDataError, match=r"declared metric .* look like degrees"):
        read_map(write_layers(tmp_path, crs="EPSG:32641", suffix=".gpkg"))


def test_metres_declared_as_degrees_are_refused(tmp_path):
    with pytest.raises(CityDataError, match="E-CRS-MISSING is declared in degrees"):
        read_map(write_layers(tmp_path, scale=1000.0))


def test_a_missing_path_is_told(tmp_path):
    with pytest.raises(CityDataError, match="does not exist"):
        read_map(tmp_path / "nowhere.osm.pbf")


def test_an_empty_folder_is_told(tmp_path):
    with pytest.raises(CityDataError, match="holds no map file"):
        read_map(tmp_path)


def test_an_unknown_ending_is_told(tmp_path):
    (tmp_path / "town.docx").write_text("x")
    with pytest.raises(CityDataError, match="is not a known map file"):
        read_map(tmp_path / "town.docx")


def test_empty_and_broken_files_are_told_together(tmp_path):
    (tmp_path / "a.geojson").write_text("")
    (tmp_path / "b.geojson").write_text("{ not json")
    (tmp_path / "c.parquet").write_bytes(b"PAR0")
    (tmp_path / "d.osm.pbf").write_bytes(b"\x00\x01 not a map")
    with pytest.raises(CityDataError, match="is empty") as error:
        read_map(tmp_path)
    assert [fault.code for fault in error.value.faults] == [
        "E-EMPTY",
        "E-UNREADABLE",
        "E-UNREADABLE",
        "E-UNREADABLE",
    ]


def test_a_map_without_buildings_says_which_tag_is_missing(tmp_path):
    (write_layers(tmp_path) / "houses.geojson").unlink()
    with pytest.raises(CityDataError, match="has no buildings: no feature with the tag"):
        read_map(tmp_path)


def test_without_osmium_the_cure_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("gis.read.pbf.importlib.util.find_spec", lambda _: None)
    with pytest.raises(CityDataError, match=r"E-NO-OSMIUM[\s\S]*urban-twin\[osm\]"):
        read_osm(tmp_path / "town.osm.pbf", ("highway",), ("building",))


def test_an_openstreetmap_file_gives_streets_levels_and_relations(tmp_path):
    file = tmp_path / "town.osm"
    nodes = [(1, 60.0, 56.0), (2, 60.001, 56.0), (3, 60.001, 56.001), (4, 60.0, 56.001)]
    points = "".join(f'<node id="{i}" version="1" lon="{x}" lat="{y}"/>' for i, x, y in nodes)
    file.write_text(
        f"""<osm version="0.6">{points}
        <way id="10" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="service"/>
          <tag k="bridge" v="yes"/></way>
        <way id="11" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
          </way>
        <relation id="12" version="1"><member type="way" ref="11" role="outer"/>
          <tag k="type" v="multipolygon"/><tag k="building" v="apartments"/>
          <tag k="building:levels" v="9"/></relation></osm>"""
    )
    raw = read_map(file)
    assert raw.streets["osm_id"].tolist() == ["w10"]
    assert raw.buildings[["osm_id", "building", "levels"]].to_numpy().tolist() == [
        ["r12", "apartments", "9"]
    ]
    assert raw.has_levels_of_crossing


def test_a_real_pbf_extract_is_read(shared_data):
    raw = read_map(shared_data / "city" / "pbf" / "monaco.osm.pbf")
    assert len(raw.streets) > 500
    assert len(raw.buildings) > 300
    assert raw.buildings.geom_type.unique().tolist() == ["Polygon"]


def test_a_way_over_the_border_of_an_extract_keeps_what_lies_inside(tmp_path):
    pytest.importorskip("osmium")
    nodes = "".join(
        f'<node id="{n}" version="1" lat="{52 + 0.001 * (n // 3)}" lon="{70 + 0.001 * (n % 3)}"/>'
        for n in range(1, 8)
    )
    refs = "".join(f'<nd ref="{n}"/>' for n in (1, 2, 99))
    ring = "".join(f'<nd ref="{n}"/>' for n in (1, 2, 5, 4, 1))
    (tmp_path / "cut.osm").write_text(
        f'<osm version="0.6">{nodes}'
        f'<way id="10" version="1">{refs}<tag k="highway" v="residential"/></way>'
        f'<way id="11" version="1">{ring}<tag k="building" v="yes"/>'
        '<tag k="building:levels" v="3"/></way></osm>'
    )
    raw = read_map(tmp_path / "cut.osm")
    assert shapely.get_num_coordinates(raw.streets.geometry.iloc[0]) == 2
    assert raw.buildings[["osm_id", "levels"]].to_numpy().tolist() == [["w11", "3"]]


def _map(folder, body, name="town.osm"):
    """Write an OpenStreetMap file of a 5 x 5 grid of nodes 1..25, and read its arrays."""
    pytest.importorskip("osmium")
    places = [(n + 1, 52 + 0.001 * (n // 5), 70 + 0.001 * (n % 5)) for n in range(25)]
    nodes = "".join(f'<node id="{n}" version="1" lat="{y}" lon="{x}"/>' for n, y, x in places)
    (folder / name).write_text(f'<osm version="0.6">{nodes}{body}</osm>')
    return read_osm(folder / name, ("highway",), ("building", "landuse"))


def _way(number, refs, **tags):
    told = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    drawn = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    return f'<way id="{number}" version="1">{drawn}{told}</way>'


def _relation(number, ways, **tags):
    told = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in {"type": "multipolygon", **tags}.items())
    members = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in ways)
    return f'<relation id="{number}" version="1">{members}{told}</relation>'


_RING, _YARD = (1, 5, 25, 21, 1), (7, 9, 19, 17, 7)


def test_a_relation_is_put_together_from_open_ways_with_its_yard(tmp_path):
    found = _map(
        tmp_path,
        _way(1, _RING[:3])
        + _way(2, _RING[2:])
        + _way(3, _YARD)
        + _relation(9, [(1, "outer"), (2, "outer"), (3, "inner")], building="yes"),
    )
    (shape,) = found.areas.shapes()
    assert found.areas.names().tolist() == ["r9"]
    assert len(shape.interiors) == 1
    assert shape.area == pytest.approx(0.004**2 - 0.002**2)


def test_a_building_drawn_as_relation_and_as_way_stands_once_and_one_in_its_yard_stays(tmp_path):
    found = _map(
        tmp_path,
        _way(1, _RING, building="yes")
        + _way(3, _YARD, building="hut")
        + _relation(9, [(1, "outer"), (3, "inner")], building="yes"),
    )
    assert sorted(found.areas.names()) == ["r9", "w3"]


def test_a_relation_cut_by_the_border_of_the_extract_is_counted_and_its_way_stays(tmp_path):
    found = _map(
        tmp_path,
        _way(1, _YARD, building="yes")
        + _relation(9, [(1, "inner"), (77, "outer")], building="yes")
        + _relation(10, [(78, "outer")], landuse="forest"),
    )
    assert "w1" in found.areas.names()
    assert found.n_broken == 1


def test_several_outlines_of_one_relation_share_its_tags(tmp_path):
    found = _map(
        tmp_path,
        _way(1, (1, 2, 7, 6, 1))
        + _way(2, (19, 20, 25, 24, 19))
        + _relation(9, [(1, "outer"), (2, "outer")], building="school"),
    )
    assert found.areas.names().tolist() == ["r9", "r9"]
    assert found.areas.tag("building").tolist() == ["school", "school"]
    assert found.areas.tag("landuse").tolist() == ["", ""]


def test_open_ways_are_no_areas_and_a_way_may_be_street_and_land_use(tmp_path):
    found = _map(
        tmp_path,
        _way(1, (1, 2, 3), building="yes") + _way(2, _RING, highway="service", landuse="garages"),
    )
    assert found.areas.names().tolist() == ["w2"]
    assert found.lines.names().tolist() == ["w2"]
    assert shapely.get_num_coordinates(found.lines.shapes()[0]) == 5


def test_coordinates_are_those_of_the_file_to_the_last_digit(shared_data):
    osmium = pytest.importorskip("osmium")
    file = shared_data / "city" / "pbf" / "monaco.osm.pbf"
    found = read_osm(file, ("highway",), ("building", "landuse"))
    ways = osmium.FileProcessor(str(file), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    ways = ways.with_filter(osmium.filter.KeyFilter("highway"))
    drawn = {w.id: [(n.lon, n.lat) for n in w.nodes] for w in ways if w.is_way()}
    shapes = dict(zip(found.lines.osm_id.tolist(), found.lines.shapes(), strict=True))
    whole = {number for number, points in drawn.items() if len(points) > 1}
    assert shapes.keys() == whole
    assert all(set(shapes[number].coords) == set(drawn[number]) for number in whole)
