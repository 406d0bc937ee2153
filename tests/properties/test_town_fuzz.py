"""Small towns of any tags and numbers of people: a whole city, or a refusal with place and cure."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.from_map import draft_from_osm
from gis.synthesise import synthesise
from tests.builders_map import grid_map
from twin.city.validate import validate
from twin.core.errors import CityDataError

TAGS = {
    "highway": ["residential", "service", "primary", "footway", "construction", "", "Residential"],
    "oneway": ["", "yes", "-1", "maybe", "no"],
    "lanes": ["", "2", "0", "-1", "two", "2;3", "1e9"],
    "maxspeed": ["", "50", "30 mph", "walk", "RU:urban", "-5", "none", "50;70"],
    "access": ["", "no", "private", "yes", "customers"],
    "building": ["yes", "house", "apartments", "garage", "school", "Yes", "ruins", "жилой дом"],
    "levels": ["", "5", "0", "-2", "2.5", "five", "200", "1;2"],
    "start_date": ["", "1987", "C19", "2099", "~1960", "0", "1950..1960"],
    "flats": ["", "12", "-1", "1-60", "many"],
    "amenity": ["", "school", "hospital", "kindergarten", "pub"],
}
PEOPLE = st.sampled_from([None, 1, 2, 7, 60, 900])
STREETS = ("highway", "oneway", "lanes", "maxspeed", "access")


@pytest.fixture(scope="module")
def layers():
    ways, houses, land = grid_map(4, 3)
    return [frame.to_crs("EPSG:4326") for frame in (ways, houses, land)]


def require_whole(error):
    assert all(fault.where and fault.what and fault.mend for fault in error.faults)


def strewn(frame, names, dice, share):
    """Return a layer some of whose cells hold another value of their tag."""
    out = frame.copy()
    for name in names:
        cells = out[name].to_numpy(dtype=object, copy=True) if name in out else [""] * len(out)
        cells = np.array(cells, dtype=object)
        rows = dice.random(len(out)) < share
        cells[rows] = dice.choice(TAGS[name], rows.sum())
        out[name] = cells
    return out


def broken(frame, dice, share):
    """Return a layer some of whose shapes are empty, repeated or cross themselves."""
    shapes = np.asarray(frame.geometry.values).copy()
    for row in np.flatnonzero(dice.random(len(shapes)) < share):
        x, y = shapely.get_coordinates(shapely.centroid(shapes[row]))[0]
        bow = shapely.Polygon([(x, y), (x + 1e-4, y + 1e-4), (x + 1e-4, y), (x, y + 1e-4)])
        shapes[row] = [bow, shapely.Polygon(), shapes[0]][dice.integers(3)]
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    share=st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    people=PEOPLE,
    is_broken=st.booleans(),
)
def test_a_map_of_any_tags_becomes_a_draft_or_is_refused(
    layers, tmp_path_factory, seed, share, people, is_broken
):
    dice = np.random.default_rng(seed)
    ways, houses, land = layers
    ways = strewn(ways, STREETS, dice, share)
    houses = strewn(houses, [name for name in TAGS if name not in STREETS], dice, share)
    houses = broken(houses, dice, share) if is_broken else houses
    folder = tmp_path_factory.mktemp("map")
    for name, frame in (("roads", ways), ("buildings", houses), ("landuse", land)):
        frame.rename(columns={"osm_id": "id"}).to_file(folder / f"{name}.geojson")
    try:
        draft = draft_from_osm(folder, people=people)
    except CityDataError as error:
        require_whole(error)
        return
    table = draft.buildings
    assert draft.people == people or people is None
    for column in ("floor_area_m2", "floors", "built_year", "footprint_m2"):
        values = table[column].to_numpy(dtype=float)
        assert np.isfinite(values).all()
        assert (values > 0).all()
    assert table["built_year"].max() <= draft.register_year
    assert (draft.street_edges["lanes"] >= 1).all()
    assert (draft.street_edges["speed_ms"] > 0).all()
    assert table["street_node_id"].between(0, len(draft.street_nodes) - 1).all()


@settings(max_examples=6)
@given(people=st.sampled_from([-5, 0, 1, 2, 19, 150, 700, 1900]), seed=st.integers(0, 999))
def test_a_drawn_town_of_any_size_is_whole_or_is_refused(people, seed):
    try:
        city = synthesise(people, seed)
    except CityDataError as error:
        require_whole(error)
        return
    assert len(city.persons) == people
    assert [fault for fault in validate(city) if fault.code.startswith("E-")] == []
