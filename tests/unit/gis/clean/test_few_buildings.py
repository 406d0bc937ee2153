"""Residential streets without a building beside them."""

import geopandas as gpd
import pytest
import shapely

from gis.clean.few_buildings import bare_length_km, few_buildings

CRS = "EPSG:32642"


def streets(*rows):
    """Return edges from (class, start, end) along y = 0."""
    lines = [shapely.LineString([(start, 0.0), (end, 0.0)]) for _, start, end in rows]
    table = {"road_class": [row[0] for row in rows], "length_m": [line.length for line in lines]}
    return gpd.GeoDataFrame(table, geometry=lines, crs=CRS)


def houses(*at_m):
    return gpd.GeoDataFrame(geometry=[shapely.box(x - 5, 20, x + 5, 30) for x in at_m], crs=CRS)


def test_a_house_serves_the_streets_length_within_sixty_metres():
    bare_km, all_km = bare_length_km(streets(("local", 0.0, 1000.0)), houses(500.0))
    assert all_km == pytest.approx(1.0)
    reach_m = 2 * ((60.0**2 - 20.0**2) ** 0.5 + 5.0)
    assert (all_km - bare_km) * 1e3 == pytest.approx(reach_m, abs=25.0)


def test_only_residential_streets_count():
    edges = streets(("trunk", 0.0, 50_000.0), ("local", 0.0, 100.0))
    assert bare_length_km(edges, houses(50.0)) == (0.0, pytest.approx(0.1))
    assert bare_length_km(streets(("trunk", 0.0, 900.0)), houses(50.0)) == (0.0, 0.0)


def test_a_map_with_few_of_its_buildings_is_told():
    edges = streets(("local", 0.0, 12_000.0))
    (note,) = few_buildings(edges, houses(300.0))
    assert note.startswith("W-FEW-BUILDINGS: 12 of 12 km of residential streets (99%) have no")
    assert "has 1." in note
    assert "Take an extract with more buildings" in note
    assert few_buildings(edges, houses(*range(0, 12_000, 100))) == []


def test_a_hamlet_is_not_told():
    assert few_buildings(streets(("local", 0.0, 4_000.0)), houses(300.0)) == []
