"""From a map extract to a checked city, and what is said where that cannot be."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.from_map import build_from_osm, draft_from_osm
from gis.generate.typical_weather import URAL
from tests.builders_map import write_map
from twin.city.bundle import load_city, save_city
from twin.city.validate import validate
from twin.core.errors import CityDataError

PEOPLE = 2500


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_map(tmp_path_factory.mktemp("gridville"))


@pytest.fixture(scope="module")
def city(folder):
    return build_from_osm(folder, people=PEOPLE, seed=1, climate=URAL)


def test_a_city_is_complete_and_has_no_errors(city):
    assert [fault for fault in validate(city) if fault.code.startswith("E-")] == []
    assert len(city.persons) == PEOPLE
    assert city.crs == "EPSG:32642"
    assert set(city.util_nodes["network"]) == {"water", "heat"}
    lived = (city.buildings["people"] > 0).to_numpy()
    assert (city.buildings["water_node"].to_numpy()[lived] >= 0).all()


def test_sources_and_every_repair_are_told(city):
    assert [source.path for source in city.sources] == [
        "buildings.geojson",
        "landuse.geojson",
        "roads.geojson",
    ]
    text = "\n".join(city.notes)
    for word in (
        "ways are open to cars",
        "between junctions",
        "by use",
        "Water:",
        "District heating:",
    ):
        assert word in text
    assert city.imputed_share()["buildings.floors"] > 0.9


def test_the_same_seed_gives_the_same_city_and_another_does_not(folder, city):
    again = build_from_osm(folder, people=PEOPLE, seed=1, climate=URAL)
    assert again.content_hash() == city.content_hash()
    other = draft_from_osm(folder, people=PEOPLE, seed=2)
    one = city.buildings["built_year"].to_numpy()
    assert not np.array_equal(other.buildings["built_year"].to_numpy(), one)


def test_a_built_city_survives_storage(city, tmp_path):
    assert load_city(save_city(city, tmp_path / "town")).content_hash() == city.content_hash()


def test_name_and_crs_may_be_given(folder):
    draft = draft_from_osm(folder, name="akkol", crs="EPSG:32642", people=PEOPLE)
    assert (draft.name, draft.crs) == ("akkol", "EPSG:32642")
    assert draft.street_edges.crs.to_epsg() == 32642


def test_a_wrong_crs_people_and_file_are_told_at_once(tmp_path):
    with pytest.raises(CityDataError, match="E-CRS-GEOGRAPHIC EPSG:4326 is in degrees") as error:
        draft_from_osm(tmp_path, crs="EPSG:4326", people=0)
    assert [fault.where for fault in error.value.faults] == ["crs", "people", str(tmp_path)]


@pytest.mark.parametrize(
    ("crs", "what"), [("EPSG:2225", "is in US survey foot"), ("utm", "is not a known CRS")]
)
def test_other_wrong_crs_are_refused(folder, crs, what):
    with pytest.raises(CityDataError, match=what):
        draft_from_osm(folder, crs=crs)


def _moved(folder, target, name, **move):
    """Copy a map with one layer moved."""
    for file in folder.iterdir():
        frame = gpd.read_file(file)
        if file.stem == name:
            frame = frame.set_geometry(frame.translate(**move))
        frame.to_file(target / file.name)
    return target


def test_buildings_of_another_town_are_refused(folder, tmp_path):
    moved = _moved(folder, tmp_path, "buildings", xoff=0.5)
    with pytest.raises(CityDataError, match=r"E-BUILDING-UNCONNECTED has .* none of them among"):
        draft_from_osm(moved)


def test_a_country_is_refused(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    far = gpd.GeoDataFrame({"building": ["yes"]}, geometry=[shapely.box(80, 51, 80.1, 51.1)])
    far.set_crs("EPSG:4326").to_file(tmp_path / "far.geojson")
    with pytest.raises(CityDataError, match=r"E-EXTENT is .* km wide, over 300 km"):
        draft_from_osm(tmp_path)


def test_sheds_alone_make_no_town(folder, tmp_path):
    for file in folder.iterdir():
        frame = gpd.read_file(file)
        if "building" in frame:
            frame["building"] = "shed"
        frame.to_file(tmp_path / file.name)
    with pytest.raises(CityDataError, match="has only sheds and garages"):
        draft_from_osm(tmp_path)


@pytest.mark.slow
def test_snezhinsk_is_built_whole(shared_data):
    city = build_from_osm(shared_data / "city" / "snezhinsk", people=50_000, seed=1, climate=URAL)
    assert [fault for fault in validate(city) if fault.code.startswith("E-")] == []
    assert len(city.persons) == 50_000
    homes = city.buildings[city.buildings["use"].isin(["house", "apartment"])]
    assert 20 <= homes["floor_area_m2"].sum() * 0.77 / 50_000 <= 32
    water = city.network_edges("water")
    assert 120 < water["length_m"].sum() / 1000 < 220
    heat = city.network_edges("heat")
    assert 40 < heat["length_m"].sum() / 1000 < 80
    past = water["length_m"][water["wear_book"] >= 1.0].sum() / water["length_m"].sum()
    assert past == pytest.approx(0.64, abs=0.05)


@pytest.mark.slow
def test_an_openstreetmap_extract_is_built_whole(shared_data):
    city = build_from_osm(shared_data / "city" / "pbf" / "andorra.osm.pbf", people=None, seed=1)
    assert [fault for fault in validate(city) if fault.code.startswith("E-")] == []
