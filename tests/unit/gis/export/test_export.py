"""Other programs read what is exported, and find the same city in it."""

import dataclasses
import sqlite3

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from gis.export.epanet import write_inp
from gis.export.geojson import write_geojson
from gis.export.geopackage import write_geopackage
from gis.export.gmns import write_gmns
from tests.builders import grid_city
from twin.city.bundle import save_city
from twin.cli.app import main
from twin.core.errors import CityDataError
from twin.flows.water.city import norms
from twin.flows.water.city.system import WaterSystem


def test_geopackage_has_every_layer_with_a_default_style(tmp_path):
    city = grid_city()
    path = write_geopackage(city, tmp_path / "city.gpkg")
    layers = {name for name, _ in pyogrio.list_layers(path)}
    drawn = {"zones", "buildings", "street_edges", "street_nodes", "util_edges", "util_nodes",
             "facilities"}  # fmt: skip
    assert layers == drawn | {"layer_styles"}
    streets = pyogrio.read_dataframe(path, layer="street_edges")
    assert streets.crs == city.crs
    assert streets["length_m"].tolist() == city.street_edges["length_m"].tolist()
    with sqlite3.connect(path) as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    database.close()
    assert set(styles) == drawn
    assert 'attr="road_class"' in styles["street_edges"]
    assert 'value="arterial"' in styles["street_edges"]


def test_gmns_has_two_links_for_a_two_way_street(tmp_path):
    city = grid_city()
    city.street_edges.loc[3, "oneway"] = True
    write_gmns(city, tmp_path / "gmns")
    link = pd.read_csv(tmp_path / "gmns" / "link.csv")
    node = pd.read_csv(tmp_path / "gmns" / "node.csv")
    assert len(link) == 2 * len(city.street_edges) - 1
    assert link["link_id"].is_unique
    assert set(link["from_node_id"]) <= set(node["node_id"])
    there, back = link[link["link_id"] == 0].iloc[0], link[link["link_id"] == 1].iloc[0]
    assert (there["from_node_id"], there["to_node_id"]) == (
        back["to_node_id"],
        back["from_node_id"],
    )
    assert shapely.from_wkt(there["geometry"]).equals(city.street_edges.geometry.iloc[0])
    assert (link["free_speed"] == 36.0).all()
    assert node["zone_id"].notna().sum() == len(city.zones)
    assert pd.read_csv(tmp_path / "gmns" / "config.csv")["crs"].tolist() == ["EPSG:32642"]


def test_geojson_is_in_degrees(tmp_path):
    write_geojson(grid_city(), tmp_path / "json")
    frame = pyogrio.read_dataframe(tmp_path / "json" / "street_nodes.geojson")
    assert frame.crs == "EPSG:4326"
    assert len(frame) == 16
    assert frame.geometry.x.between(64.4, 64.6).all()


def test_epanet_runs_the_file_and_finds_the_heads_of_our_solver(tmp_path):
    wntr = pytest.importorskip("wntr")
    city = grid_city()
    city.util_edges["wear_book"] = 0.0
    path = write_inp(city, tmp_path / "water.inp")
    net = wntr.network.WaterNetworkModel(str(path))
    result = wntr.sim.EpanetSimulator(net).run_sim(str(tmp_path / "run"))
    pressure = result.node["pressure"][net.junction_name_list]
    assert (pressure.to_numpy() > 10.0).all()
    demand = sum(net.get_node(name).base_demand for name in net.junction_name_list)
    other = norms.other_demand_m3s(
        city.buildings["use"].tolist(), city.buildings["floor_area_m2"].to_numpy()
    )
    wanted = norms.building_demand_m3s(city.buildings["people"].to_numpy(), other).sum()
    assert demand == pytest.approx(wanted, rel=1e-6)
    system = WaterSystem.from_city(city)
    ours = system._start.head_m
    theirs = result.node["head"].iloc[0][[f"N{node}" for node in system.net.node_id]].to_numpy()
    assert np.abs(ours - theirs).max() < 0.5


def test_a_city_without_water_has_no_epanet_file(tmp_path):
    city = grid_city()
    dry = dataclasses.replace(
        city, util_edges=city.util_edges[city.util_edges["network"] == "heat"]
    )
    with pytest.raises(CityDataError, match="E-NO-NETWORK has no water network"):
        write_inp(dry, tmp_path / "water.inp")


def test_the_command_writes_what_is_asked_for(tmp_path, capsys):
    folder = save_city(grid_city(), tmp_path / "grid")
    with pytest.raises(SystemExit) as left:
        main(["city", "export", str(folder), "--gpkg", str(tmp_path / "c.gpkg"),
              "--inp", str(tmp_path / "c.inp")])  # fmt: skip
    assert left.value.code in (0, None)
    assert capsys.readouterr().err.count("written: ") == 2
    assert (tmp_path / "c.gpkg").is_file()
    assert (tmp_path / "c.inp").is_file()
    assert not (tmp_path / "c_gmns").exists()


def test_the_command_asks_what_to_write(tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        main(["city", "export", str(tmp_path)])
    assert left.value.code == 2
    assert "name at least one of" in capsys.readouterr().err
