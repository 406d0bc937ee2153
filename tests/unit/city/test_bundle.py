"""A bundle is whole or absent, and the same city has the same hash."""

import dataclasses
import json
import os

import numpy as np
import pytest

from tests.builders import grid_city
from twin.city.bundle import load_city, read_manifest, save_city
from twin.city.tables import TABLES
from twin.core.errors import CityDataError


def test_a_city_comes_back_as_it_was_saved(tmp_path):
    city = grid_city()
    folder = save_city(city, tmp_path / "grid")
    back = load_city(folder)
    assert back.content_hash() == city.content_hash()
    assert back.crs == city.crs
    assert back.sources == city.sources
    for table in TABLES:
        assert len(back.table(table.name)) == len(city.table(table.name))


def test_saving_twice_gives_the_same_bytes(tmp_path):
    first = save_city(grid_city(), tmp_path / "a")
    second = save_city(grid_city(), tmp_path / "b")
    for path in sorted(first.iterdir()):
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_one_changed_value_changes_the_hash():
    city = grid_city()
    other = grid_city()
    other.buildings.loc[3, "floors"] = 9
    assert other.content_hash() != city.content_hash()


def test_a_folder_that_is_no_bundle_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(CityDataError, match="exists and is not a city bundle"):
        save_city(grid_city(), tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_place_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(CityDataError, match="cannot be written"):
        save_city(grid_city(), tmp_path / "city")


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    city = grid_city()
    broken = dataclasses.replace(city, persons=city.persons.drop(columns="age"))
    with pytest.raises(KeyError, match="age"):
        save_city(broken, tmp_path / "city")
    assert list(tmp_path.iterdir()) == []


def test_missing_tables_and_columns_are_all_named(tmp_path):
    folder = save_city(grid_city(), tmp_path / "grid")
    (folder / "persons.parquet").unlink()
    (folder / "weather.parquet").write_bytes(b"no parquet")
    with pytest.raises(CityDataError) as caught:
        load_city(folder)
    text = str(caught.value)
    assert "persons.parquet" in text
    assert "weather.parquet" in text
    assert "twin city build" in text


def test_no_bundle_says_how_to_make_one(tmp_path):
    with pytest.raises(CityDataError, match="is not a city bundle\n  build one: twin city build"):
        load_city(tmp_path)


def test_a_newer_schema_is_refused(tmp_path):
    folder = save_city(grid_city(), tmp_path / "grid")
    manifest = json.loads((folder / "city.json").read_text())
    (folder / "city.json").write_text(json.dumps(manifest | {"schema_version": 99}))
    with pytest.raises(CityDataError, match="E-SCHEMA-NEWER has schema_version 99"):
        load_city(folder)


def test_a_torn_manifest_is_refused_with_its_line(tmp_path):
    folder = save_city(grid_city(), tmp_path / "grid")
    (folder / "city.json").write_text('{"name": ')
    with pytest.raises(CityDataError, match=r"city.json:1: E-UNREADABLE is not JSON"):
        load_city(folder)


def test_manifest_tells_counts_and_shares(tmp_path):
    manifest = read_manifest(save_city(grid_city(), tmp_path / "grid"))
    assert manifest["counts"]["buildings"] == 24
    assert manifest["imputed_share"]["buildings.floors"] == 1.0


def test_networks_come_as_graphs():
    city = grid_city()
    street = city.to_networkx("street")
    assert street.number_of_nodes() == 16
    assert street.number_of_edges() == 48
    water = city.to_networkx("water")
    assert water.number_of_edges() == 26
    with pytest.raises(CityDataError, match="'sewer' is not a network of a city"):
        city.to_networkx("sewer")


def test_edges_of_a_network_come_in_asset_order():
    heat = grid_city().network_edges("heat")
    assert (heat["network"] == "heat").all()
    assert (np.diff(heat["util_edge_id"]) > 0).all()
