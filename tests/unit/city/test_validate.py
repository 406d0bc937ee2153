"""Every coded fault has a failing example."""

import dataclasses

import numpy as np
import pytest

from tests.builders import grid_city
from twin.city.validate import component_of, require_valid, validate
from twin.core.errors import CityDataError


def test_the_grid_city_is_faultless():
    assert validate(grid_city()) == []


def broken(change):
    city = grid_city()
    changed = change(city)
    return city if changed is None else changed


def bundle(city, **tables):
    return dataclasses.replace(city, **tables)


CASES = {
    "E-CRS-MISSING": (lambda c: bundle(c, crs=""), "name a metric CRS"),
    "E-CRS-GEOGRAPHIC": (lambda c: bundle(c, crs="EPSG:4326"), "is in degrees"),
    "E-COLUMN-MISSING": (
        lambda c: bundle(c, zones=c.zones.drop(columns="name")),
        "has no column name",
    ),
    "E-VALUE": (lambda c: c.util_edges.__setitem__("diameter_m", 150.0), "over 3 m"),
    "E-DUP-ID": (lambda c: c.zones.__setitem__("zone_id", [1, 1]), "does not count 0, 1, 2"),
    "E-DANGLING": (lambda c: c.street_edges.__setitem__("head", 99), "= 99 is not a row of"),
    "E-GEOM-TYPE": (
        lambda c: bundle(c, zones=c.zones.set_geometry(c.zones.centroid)),
        "is no Polygon",
    ),
    "E-GEOM-NULL": (lambda c: c.zones.__setitem__("geometry", None), "has no geometry"),
    "E-COUNT": (lambda c: c.zones.__setitem__("people", 1), "counted"),
    "E-ORDER": (
        lambda c: c.persons.__setitem__("building_id", c.persons["building_id"].to_numpy()[::-1]),
        "not sorted by building_id",
    ),
    "E-NETWORK-MIX": (
        lambda c: c.util_nodes.__setitem__("network", "water"),
        "joins nodes of another network",
    ),
    "E-NO-SOURCE": (
        lambda c: c.util_nodes.__setitem__(
            "kind", c.util_nodes["kind"].replace("source", "junction")
        ),
        "has no source",
    ),
    "W-SELF-LOOP": (
        lambda c: c.street_edges.__setitem__("head", c.street_edges["tail"]),
        "starts and ends at the same node",
    ),
    "W-COMPONENTS": (
        lambda c: c.street_edges.__setitem__("head", c.street_edges["tail"]),
        "are not joined to the largest part",
    ),
    "W-BUILDING-CUT-OFF": (
        lambda c: c.street_edges.__setitem__("head", c.street_edges["tail"]),
        "cut off from the town",
    ),
}


@pytest.mark.parametrize("code", list(CASES))
def test_fault(code):
    change, text = CASES[code]
    faults = [fault for fault in validate(broken(change)) if fault.code == code]
    assert faults, f"{code} not found"
    assert text in f"{faults[0]}"


def test_an_invalid_shape_is_found():
    from shapely.geometry import Polygon

    city = grid_city()
    bow_tie = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    city.zones.loc[0, "geometry"] = bow_tie
    assert any(fault.code == "E-GEOM-INVALID" for fault in validate(city))


def test_errors_raise_all_at_once():
    city = grid_city()
    city.util_edges["diameter_m"] = 150.0
    city.street_edges["head"] = 99
    with pytest.raises(CityDataError, match=r"(?s)E-DANGLING.*E-VALUE|E-VALUE.*E-DANGLING"):
        require_valid(city)


def test_largest_part_comes_first():
    part = component_of(5, np.array([0, 2, 3]), np.array([1, 3, 4]))
    assert part.tolist() == [1, 1, 0, 0, 0]
