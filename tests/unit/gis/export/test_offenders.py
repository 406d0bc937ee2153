"""What is wrong with a city can be opened as a map."""

import sqlite3

import pyogrio
import pytest

from gis.export.geopackage import write_offenders
from tests.builders import grid_city
from twin.city.bundle import save_city
from twin.city.quality import check
from twin.cli.app import main
from twin.core.errors import CityDataError


def layers(path):
    return {name for name, _ in pyogrio.list_layers(path)}


def test_each_code_has_a_layer_with_the_rows_and_the_cure(tmp_path):
    city = grid_city()
    city.street_edges.loc[[2, 5], "length_m"] = 3.0
    city.buildings["floors"] = 45
    path = tmp_path / "new" / "wrong.gpkg"
    assert write_offenders(city, check(city), path) == 26
    assert {"E-UNIT-SUSPECT street_edges", "W-UNIT-SUSPECT buildings"} <= layers(path)
    frame = pyogrio.read_dataframe(path, layer="E-UNIT-SUSPECT street_edges")
    assert frame["row"].tolist() == [2, 5]
    assert frame["uid"].tolist() == ["e2", "e5"]
    assert frame.crs == "EPSG:32642"
    assert frame.geometry.iloc[0].equals(city.street_edges.geometry.iloc[2])
    assert "metric CRS" in frame["mend"].iloc[0]


def test_persons_are_drawn_at_their_building(tmp_path):
    city = grid_city()
    city.persons["age"] = 200
    write_offenders(city, check(city), tmp_path / "wrong.gpkg")
    frame = pyogrio.read_dataframe(tmp_path / "wrong.gpkg", layer="E-VALUE persons")
    assert len(frame) == len(city.persons)
    assert frame.geometry.iloc[0].within(city.buildings.geometry.iloc[0])


def test_a_faultless_city_gives_an_empty_layer_and_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "wrong.gpkg"
    city = grid_city()
    city.buildings["floors"] = 45
    write_offenders(city, check(city), path)
    assert write_offenders(grid_city(), [], path) == 0
    assert layers(path) == {"none", "layer_styles"}


def test_qgis_finds_a_style(tmp_path):
    city = grid_city()
    city.street_edges["length_m"] = 0.1
    write_offenders(city, check(city), tmp_path / "wrong.gpkg")
    with sqlite3.connect(tmp_path / "wrong.gpkg") as database:
        rows = database.execute("SELECT f_table_name, useAsDefault FROM layer_styles").fetchall()
    database.close()
    assert rows == [("E-UNIT-SUSPECT street_edges", 1)]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CityDataError, match=r"wrong\.gpkg: E-UNWRITABLE cannot be written"):
        write_offenders(grid_city(), [], tmp_path / "file" / "wrong.gpkg")


def test_the_command_writes_the_map_and_leaves_with_2(tmp_path, capsys):
    city = grid_city()
    city.street_edges["length_m"] = 0.1
    folder = save_city(city, tmp_path / "grid")
    with pytest.raises(SystemExit) as left:
        main(["city", "check", str(folder), "--offenders", str(tmp_path / "wrong.gpkg")])
    assert left.value.code == 2
    shown = capsys.readouterr()
    assert "1 error, 0 warnings" in shown.out
    assert "24 offending rows in" in shown.err
    assert (tmp_path / "wrong.gpkg").is_file()
