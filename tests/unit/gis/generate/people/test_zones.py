import numpy as np
import pytest
import shapely

from gis.generate.people.zones import draw_zones, zone_count
from gis.generate.town.draw import draw_town

PEOPLE = 14_000


@pytest.fixture(scope="module")
def drawn():
    draft = draw_town(PEOPLE, 1)
    zones, zone_id = draw_zones(draft.buildings, draft.street_nodes, PEOPLE)
    return draft, zones, zone_id


@pytest.mark.parametrize(
    ("people", "low", "high"), [(5_000, 10, 16), (14_000, 25, 40), (50_000, 45, 70)]
)
def test_number_of_zones_suits_the_town(people, low, high):
    assert low <= zone_count(people) <= high


def test_zones_hold_like_numbers_of_people(drawn):
    draft, zones, zone_id = drawn
    homes = draft.buildings["use"].isin(["house", "apartment"]).to_numpy()
    area = np.where(homes, draft.buildings["floor_area_m2"], 0.0)
    people = np.bincount(zone_id, weights=area, minlength=len(zones)) / area.sum() * PEOPLE
    assert people.max() < 2_000
    assert (people > 300).mean() > 0.9


def test_buildings_lie_in_their_zone(drawn):
    draft, zones, zone_id = drawn
    polygons = np.asarray(zones.geometry.values)
    middle = shapely.centroid(np.asarray(draft.buildings.geometry.values))
    assert (shapely.distance(polygons[zone_id], middle) < 1e-6).all()


def test_zones_are_disjoint_polygons(drawn):
    _, zones, _ = drawn
    assert (zones.geom_type == "Polygon").all()
    assert zones.is_valid.all()
    whole = shapely.union_all(zones.geometry.values).area
    assert zones.area.sum() == pytest.approx(whole, rel=1e-9)


def test_trips_start_at_a_node_the_zone_uses(drawn):
    draft, zones, zone_id = drawn
    for zone, node in enumerate(zones["street_node_id"]):
        used = draft.buildings["street_node_id"].to_numpy()[zone_id == zone]
        assert node in used


def test_names_are_unique(drawn):
    _, zones, _ = drawn
    assert zones["name"].is_unique
    assert zones["name"].str.startswith("Centre").any()
