"""Mapped services are used as mapped; others are drawn."""

import geopandas as gpd
import numpy as np
import shapely

from gis.generate.facilities import draw_facilities, facility_notes
from gis.generate.impute.mapped_services import one_each, with_services
from tests.builders import CRS, grid_city
from tests.builders_map import buildings


def mapped(*rows):
    table = {"kind": [kind for kind, _ in rows], "name": [""] * len(rows)}
    return gpd.GeoDataFrame(table, geometry=[shape for _, shape in rows], crs=CRS)


def drawn(places):
    city = grid_city()
    return city, draw_facilities(city.buildings, city.util_nodes, city.street_nodes, 240, places)


def test_a_mapped_hospital_stands_where_it_is_mapped():
    city, found = drawn(mapped(("hospital", shapely.Point(290, 10))))
    (row,) = found[found["kind"] == "hospital"].itertuples()
    assert (row.geometry.x, row.geometry.y, row.source) == (290.0, 10.0, "observed")
    nodes = city.street_nodes[["x_m", "y_m"]].to_numpy()
    nearest = np.hypot(*(nodes - (290.0, 10.0)).T).argmin()
    assert row.street_node_id == nearest
    assert set(found.loc[found["kind"] != "hospital", "source"]) == {"synthetic"}
    (note,) = facility_notes(found)
    assert "1 hospital (as mapped)" in note


def test_services_of_another_town_are_not_used():
    _, found = drawn(mapped(("hospital", shapely.Point(9_000, 0)), ("police", shapely.Point(9, 9))))
    by_kind = found.set_index("kind")["source"]
    assert by_kind["hospital"] == "synthetic"
    assert by_kind["police"] == "observed"


def test_grounds_buildings_and_point_of_a_hospital_are_one():
    grounds = shapely.box(0, 0, 200, 100)
    places = mapped(
        ("hospital", shapely.Point(20, 20)),
        ("hospital", grounds),
        ("hospital", shapely.box(10, 10, 30, 30)),
        ("hospital", shapely.Point(900, 900)),
        ("police", shapely.Point(21, 20)),
    )
    found = one_each(places)
    assert sorted(found["kind"]) == ["hospital", "hospital", "police"]
    assert found.geometry.within(grounds).sum() == 2


def test_untagged_buildings_of_a_service_get_its_tag():
    raw = buildings(
        [
            ((20, 20), (20, 20), {}),
            ((60, 20), (20, 20), {"building": "apartments"}),
            ((90, 20), (4, 4), {}),
            ((500, 20), (20, 20), {}),
            ((700, 20), (20, 20), {}),
        ]
    )
    places = mapped(
        ("school", shapely.box(0, 0, 100, 50)),
        ("clinic", shapely.Point(500, 20)),
        ("works", shapely.box(650, 0, 750, 50)),
    )
    found = with_services(raw, places.set_crs(raw.crs))
    assert found["amenity"].tolist() == ["school", "", "", "clinic", ""]
    assert found["building"].tolist()[-1] == "industrial"
