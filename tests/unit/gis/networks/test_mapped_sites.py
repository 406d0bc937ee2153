"""Works that a map shows stand in the drawn networks where the map has them."""

import geopandas as gpd
import pytest
import shapely

from gis.networks.heat.heat_layout import HeatPlan, lay_heat
from gis.networks.water.water_layout import lay_water
from gis.read.places.utility_sites import sites_of
from tests.builders_map import BLOCK_M, CENTRE, CRS, grid_tables
from twin.city.tables import UTIL_NODES
from twin.core.columns import table_faults

OPTIONS = {"seed": 1, "register_year": 2026}
WORKS, TOWER = (CENTRE[0] - 700.0, CENTRE[1] + 650.0), (CENTRE[0] + 3 * BLOCK_M, CENTRE[1] + 40.0)
FAR = (CENTRE[0] + 9_000.0, CENTRE[1])


@pytest.fixture(scope="module")
def town():
    return grid_tables()


def sites(*rows):
    kinds, names, at = zip(*rows, strict=True)
    shapes = [shapely.Point(xy) for xy in at]
    return gpd.GeoDataFrame({"kind": kinds, "name": names}, geometry=shapes, crs=CRS)


def place_of(layout, kind):
    at = layout.nodes[layout.nodes["kind"] == kind].geometry
    return [(point.x, point.y) for point in at]


def test_water_comes_from_the_mapped_works_and_stands_in_the_mapped_tower(town):
    mapped = sites(("water_source", "Intake", WORKS), ("water_tower", "", TOWER))
    layout = lay_water(*town, **OPTIONS, sites=mapped)
    assert place_of(layout, "reservoir") == [WORKS]
    assert place_of(layout, "tank") == [TOWER]
    assert table_faults(UTIL_NODES, layout.nodes) == []
    text = "\n".join(layout.notes)
    assert "Used as mapped: 1 water works or pumping station(s): Intake." in text
    assert "W-SITE" not in text


def test_works_outside_the_town_and_works_to_spare_are_reported_and_not_used(town):
    drawn = lay_water(*town, **OPTIONS)
    mapped = sites(("water_source", "Far", FAR), ("unclear", "", WORKS))
    layout = lay_water(*town, **OPTIONS, sites=mapped)
    assert place_of(layout, "reservoir") == place_of(drawn, "reservoir")
    text = "\n".join(layout.notes)
    assert "W-SITE-OUTSIDE: 1 mapped water works or pumping station(s) over 1.5 km" in text
    assert "W-SITE-UNCLEAR: 1 mapped pumping stations or tanks" in text
    two = sites(("water_source", "Near", TOWER), ("water_source", "Intake", WORKS))
    text = "\n".join(lay_water(*town, **OPTIONS, sites=two).notes)
    assert "W-SITE-SPARE: 1 more mapped water works or pumping station(s) are not used" in text


def test_one_place_may_be_works_and_tower(town):
    mapped = sites(("water_source", "Works", TOWER), ("water_tower", "Tank", TOWER))
    layout = lay_water(*town, **OPTIONS, sites=mapped)
    assert place_of(layout, "reservoir") == place_of(layout, "tank") == [TOWER]


def test_heat_comes_from_the_mapped_plant_unless_the_planner_places_it(town):
    design = {**OPTIONS, "design_outdoor_c": -31.2}
    mapped = sites(("heat_source", "Boilers", TOWER), ("heat_source", "Far", FAR))
    layout = lay_heat(*town, **design, plan=HeatPlan(sites=mapped))
    ((x, y),) = place_of(layout, "source")
    assert shapely.Point(x, y).distance(shapely.Point(TOWER)) < BLOCK_M
    text = "\n".join(layout.notes)
    assert "Used as mapped: 1 heating plant(s): Boilers." in text
    assert "W-SITE-OUTSIDE: 1 mapped heating plant(s)" in text
    corner = (CENTRE[0], CENTRE[1] + BLOCK_M)
    planned = lay_heat(*town, **design, plan=HeatPlan(source_xy_m=corner, sites=mapped))
    assert place_of(planned, "source") == [corner]


KINDS = [
    ({"man_made": "water_works"}, "water_source"),
    ({"man_made": "pumping_station", "substance": "water"}, "water_source"),
    ({"man_made": "pumping_station", "pumping_station": "wastewater"}, ""),
    ({"man_made": "pumping_station"}, "unclear"),
    ({"man_made": "water_tower"}, "water_tower"),
    ({"building": "water_tower"}, "water_tower"),
    ({"man_made": "reservoir_covered"}, "water_tower"),
    ({"man_made": "storage_tank", "content": "water"}, "water_tower"),
    ({"man_made": "storage_tank", "content": "oil"}, ""),
    ({"man_made": "storage_tank"}, "unclear"),
    ({"landuse": "reservoir"}, ""),
    ({"building": "boiler_house"}, "heat_source"),
    ({"landuse": "industrial", "industrial": "heating_station"}, "heat_source"),
    ({"power": "plant", "plant:output:hot_water": "yes"}, "heat_source"),
    ({"power": "plant", "plant:output:hot_water": "no"}, ""),
    ({"power": "generator", "generator:output:steam": "20 MW"}, "heat_source"),
]


@pytest.mark.parametrize(("tags", "kind"), KINDS)
def test_tags_tell_works_of_networks(tags, kind):
    frame = gpd.GeoDataFrame([tags], geometry=[shapely.Point(70, 52)], crs="EPSG:4326")
    assert sites_of(frame)["kind"].tolist() == ([kind] if kind else [])
