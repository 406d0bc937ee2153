"""A plan of works that a planner can hand on."""

import csv

import geopandas as gpd
import pandas as pd
import pytest

from gis.export.capital_plan import LAYER, write_plan_geopackage, write_plan_table
from tests.builders import grid_city
from twin.core.columns import conform
from twin.core.errors import CityDataError
from twin.model.tables import WORKS

CITY = grid_city()


def plan():
    rows = [
        (2027, 100_000_003, "p3", "water", 3, "replace", 100.0, 5e6, 500, 503, "order age; old"),
        (2026, 7, "e7", "street", 7, "replace", 100.0, 1.5e6, 130, 133, "paved, with the main"),
        (2026, 200_000_001, "p27", "heat", 27, "line", 100.0, 8e6, 120, 123, "order age; worn"),
    ]
    return conform(WORKS, pd.DataFrame(rows, columns=[one.name for one in WORKS.columns]))


def test_the_table_has_asset_action_year_cost_and_reason_by_year(tmp_path):
    path = write_plan_table(plan(), tmp_path / "deep" / "plan.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["year"] for row in rows] == ["2026", "2026", "2027"]
    assert rows[2] == {
        "year": "2027",
        "uid": "p3",
        "network": "water",
        "action": "replace",
        "length_m": "100.00",
        "cost_kzt": "5000000.00",
        "reason": "order age; old",
    }
    assert [one.name for one in path.parent.iterdir()] == ["plan.csv"]


def test_the_map_has_each_work_along_its_edge(tmp_path):
    path = write_plan_geopackage(CITY, plan(), tmp_path / "plan.gpkg")
    found = gpd.read_file(path, layer=LAYER)
    assert found.crs.to_epsg() == 32642
    assert found["uid"].tolist() == ["p3", "e7", "p27"]
    shapes = [CITY.util_edges.geometry[3], CITY.street_edges.geometry[7]]
    assert [found.geometry[i].equals(shape) for i, shape in enumerate(shapes)] == [True, True]
    assert found["cost_kzt"].sum() == 14.5e6


def test_a_plan_without_works_is_written_too(tmp_path):
    nothing = plan().iloc[:0]
    path = write_plan_geopackage(CITY, nothing, tmp_path / "none.gpkg")
    assert len(gpd.read_file(path, layer=LAYER)) == 0
    assert write_plan_table(nothing, tmp_path / "none.csv").read_text().count("\n") == 1


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CityDataError, match=r"plan.csv|file"):
        write_plan_table(plan(), tmp_path / "file" / "plan.csv")
