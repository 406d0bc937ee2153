"""The part of a city that a sheet shows."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.export.frame import LEAST_INSIDE, window_of

SHEET_PX = (1540.0, 1440.0)


def town(at_m, people):
    shapes = [shapely.box(x - 5, y - 5, x + 5, y + 5) for x, y in at_m]
    table = {"people": people, "jobs": np.zeros(len(at_m), dtype=int)}
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:32642")


def square(side_m, steps, corner=(0.0, 0.0)):
    along = np.linspace(0.0, side_m, steps)
    return np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2) + np.array(corner)


def test_a_compact_town_is_shown_whole():
    at_m = square(2_000.0, 30)
    window = window_of(town(at_m, np.full(len(at_m), 5)), SHEET_PX)
    assert window.holds(at_m).all()


def test_a_village_far_off_is_left_out():
    at_m = np.concatenate([square(2_000.0, 30), square(300.0, 5, (12_000.0, 9_000.0))])
    people = np.full(len(at_m), 5)
    inside = window_of(town(at_m, people), SHEET_PX).holds(at_m)
    assert inside[:900].mean() > 0.9
    assert not inside[900:].any()


def test_two_towns_alike_are_both_shown():
    at_m = np.concatenate([square(2_000.0, 30), square(2_000.0, 30, (9_000.0, 0.0))])
    inside = window_of(town(at_m, np.full(len(at_m), 5)), SHEET_PX).holds(at_m)
    assert inside.mean() >= LEAST_INSIDE
    assert inside[:900].any()
    assert inside[900:].any()


@pytest.mark.parametrize("people", [0, 3])
def test_one_building_fills_a_window(people):
    window = window_of(town([(0.0, 0.0)], [people]), SHEET_PX)
    assert window.holds(np.array([[0.0, 0.0]])).all()
    assert window.high_m - window.low_m == pytest.approx([130.0, 130.0])
