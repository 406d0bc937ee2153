"""Every code of a closer look has an example that shows it."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from tests.builders import CRS, grid_city
from twin.city.bundle import load_city, save_city
from twin.city.quality import check
from twin.city.validate import validate
from twin.core.errors import CityDataError


def with_row(frame, id_column, shape, **values):
    """Return a table with its first row once more at the end, with other values."""
    row = frame.iloc[[0]].assign(**{id_column: len(frame), "uid": "new", **values})
    row = row.set_geometry([shape], crs=CRS)
    both = pd.concat([frame, row], ignore_index=True)
    return gpd.GeoDataFrame(both.astype(frame.dtypes.to_dict()), geometry="geometry", crs=CRS)


def with_street(city, line, tail):
    end = Point(line.coords[-1])
    nodes = with_row(city.street_nodes, "street_node_id", end, x_m=end.x, y_m=end.y)
    edges = with_row(
        city.street_edges,
        "street_edge_id",
        line,
        tail=tail,
        head=len(city.street_nodes),
        length_m=line.length,
    )
    return dataclasses.replace(city, street_nodes=nodes, street_edges=edges)


def with_pipe(city, length_m):
    line = LineString([(0, 0), (0, -length_m)])
    nodes = with_row(city.util_nodes, "util_node_id", Point(0, -length_m))
    edges = with_row(
        city.util_edges,
        "util_edge_id",
        line,
        tail=0,
        head=len(city.util_nodes),
        kind="pipe",
        length_m=line.length,
    )
    return dataclasses.replace(city, util_nodes=nodes, util_edges=edges)


def moved(frame, row, shape):
    frame.loc[row, "geometry"] = shape


def placed(city, x_m, y_m):
    city.street_nodes["x_m"] = x_m
    city.street_nodes["y_m"] = y_m


def oneway_out_of_the_corner(city):
    edges = city.street_edges
    edges["oneway"] = (edges["tail"] == 0).to_numpy()


CASES = {
    "E-EMPTY": (
        lambda c: dataclasses.replace(c, households=c.households.iloc[:0]),
        "households: E-EMPTY is empty",
    ),
    "E-DUP-ID": (
        lambda c: c.buildings.__setitem__("uid", "one"),
        "buildings.uid row 1: E-DUP-ID is the name of an earlier row; 23 such",
    ),
    "E-AXIS-SWAPPED": (
        lambda c: placed(c, 5_762_300.0, 634_000.0),
        "inside it with x and y exchanged",
    ),
    "E-CRS-AREA": (lambda c: placed(c, 3_500_000.0, 3_500_000.0), "outside EPSG:32642"),
    "E-UNIT-SUSPECT": (
        lambda c: c.street_edges.__setitem__("length_m", 0.1),
        "street_edges.length_m row 0: E-UNIT-SUSPECT = 0.1, its line is 100 m long; 24 such",
    ),
    "W-UNIT-SUSPECT": (lambda c: c.buildings.__setitem__("floors", 45), "is over 40 storeys"),
    "W-PARALLEL": (
        lambda c: with_row(c.street_edges, "street_edge_id", c.street_edges.geometry.iloc[0]),
        "street_edges row 24: W-PARALLEL runs within 3 m of another street",
    ),
    "W-NEAR-MISS": (
        lambda c: with_street(c, LineString([(100, 100), (150, 0.5)]), 5),
        "ends within 1 m of a street it is not joined to; 1 such",
    ),
    "W-CROSS-NO-NODE": (
        lambda c: moved(c.street_edges, 0, LineString([(0, 0), (150, 50), (100, 0)])),
        "crosses another street and has no node there; 2 such",
    ),
    "E-ONEWAY-TRAP": (
        oneway_out_of_the_corner,
        "street_nodes row 0: E-ONEWAY-TRAP can be reached but not left by car",
    ),
    "W-DEADEND": (
        lambda c: with_pipe(c, 250.0),
        "is the end of a water main of over 200 m that nothing else feeds; 1 such",
    ),
    "E-BUILDING-UNCONNECTED": (
        lambda c: moved(c.buildings, 3, box(9000, 0, 9010, 20)),
        "buildings.street_edge_id row 3: E-BUILDING-UNCONNECTED is farther than 300 m",
    ),
    "W-OVERLAP": (
        lambda c: moved(c.buildings, 1, c.buildings.geometry.iloc[0]),
        "buildings row 1: W-OVERLAP covers over 10% of another building; 1 such",
    ),
    "W-DENSITY-OUTLIER": (
        lambda c: moved(c.zones, 0, box(0, 0, 10, 10)),
        "gives over 60,000 people per km2",
    ),
    "W-POP-MISMATCH": (
        lambda c: c.buildings.__setitem__("floor_area_m2", 4000.0),
        "m2 of homes per person, usual are 14 to 45",
    ),
    "W-TOWN-SMALL": (lambda _: grid_city(3, 3), "under 200: no town"),
    "W-TOWN-EMPTY": (
        lambda c: c.util_edges.__setitem__("length_m", 3_000.0),
        "m long for 240 people, over 100 m each",
    ),
    "W-FLOORS-IMPUTED": (
        lambda c: c.buildings.__setitem__("floors_source", "imputed"),
        "is imputed for 100% of buildings",
    ),
}


def broken(change):
    city = grid_city()
    changed = change(city)
    if isinstance(changed, gpd.GeoDataFrame):
        return dataclasses.replace(city, street_edges=changed)
    return city if changed is None else changed


@pytest.mark.parametrize("code", list(CASES))
def test_fault(code):
    change, text = CASES[code]
    faults = [fault for fault in check(broken(change)) if fault.code == code]
    assert faults, f"{code} not found"
    assert any(text in str(fault) for fault in faults), faults


def test_the_grid_city_bears_a_closer_look():
    assert check(grid_city()) == []


def test_a_city_that_is_broken_gets_no_closer_look():
    city = grid_city()
    city.street_edges["head"] = 99
    city.street_edges["length_m"] = 0.1
    assert check(city) == validate(city)


def test_a_drawn_town_has_no_errors(small_city):
    codes = {fault.code for fault in check(small_city)}
    assert not {code for code in codes if code.startswith("E-")}
    assert codes <= {"W-DEADEND", "W-NEAR-MISS"}


def test_a_pipe_in_feet_is_suspect_though_pipes_may_be_longer_than_drawn():
    city = grid_city()
    city.util_edges["length_m"] = city.util_edges["length_m"] * 3.281
    assert "E-UNIT-SUSPECT" in {fault.code for fault in check(city)}
    one = grid_city()
    one.util_edges.loc[5, "length_m"] = 300.0
    assert check(one) == []


def test_all_offending_rows_are_named():
    city = grid_city(8, 8)
    city.street_edges["length_m"] = 0.1
    (fault,) = check(city)
    assert fault.rows == tuple(range(len(city.street_edges)))


def test_a_bundle_without_crs_is_refused(tmp_path):
    folder = save_city(grid_city(), tmp_path / "grid")
    manifest = (folder / "city.json").read_text()
    (folder / "city.json").write_text(manifest.replace(CRS, "EPSG:0"))
    with pytest.raises(CityDataError, match="E-CRS-MISSING crs 'EPSG:0' is not a known CRS"):
        load_city(folder)


def test_lines_between_nodes_are_measured_in_the_plane():
    city = grid_city()
    assert shapely.length(city.street_edges.geometry.values).tolist() == [100.0] * 24
    assert np.allclose(city.street_edges["length_m"], 100.0)
