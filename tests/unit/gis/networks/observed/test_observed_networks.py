"""A town's own pipes: EPANET and pandapipes files laid onto the streets of its map."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.from_recipe import build_from_recipe
from gis.networks.observed.heat_pandapipes import read_heat_pandapipes
from gis.read.recipe import PandapipesForm
from tests.builders_map import BLOCK_M, CENTRE, write_map
from twin.city.validate import validate
from twin.core.errors import CityDataError
from twin.flows.heat.system import HeatSystem
from twin.flows.water.city.system import WaterSystem

RECIPE = """\
crs: EPSG:32642
streets:
  - {file: roads.geojson, columns: {highway: highway}}
buildings:
  - {file: buildings.geojson, columns: {building: building, levels: levels}}
totals: {people: 2500}
"""
WATER = "water: {inp: mains.inp, crs: 'EPSG:32642'}\n"
HEAT = "heat: {pandapipes: heat.json, crs: 'EPSG:32642'}\n"
NX, NY = 8, 6


def mains(*, shift_m=4.0, closed=False):
    """Return an EPANET file: mains of 0.2 m under all streets, a well and a pump, a tower."""
    names = [(f"J{i}-{j}", i, j) for i in range(NX) for j in range(NY)]
    at = {name: (CENTRE[0] + BLOCK_M * i, CENTRE[1] + BLOCK_M * j) for name, i, j in names}
    pipes = [(f"J{i}-{j}", f"J{i + 1}-{j}") for i in range(NX - 1) for j in range(NY)]
    pipes += [(f"J{i}-{j}", f"J{i}-{j + 1}") for i in range(NX) for j in range(NY - 1)]
    status = "Closed" if closed else "Open"
    lines = ["[JUNCTIONS]", *(f"{name} 350 0.1" for name in at), "[RESERVOIRS]", "R 350"]
    lines += ["[TANKS]", "T 385 3 0.5 6 20 0", "[PIPES]"]
    lines += [f"P{k} {a} {b} 155 200 110 0 Open" for k, (a, b) in enumerate(pipes)]
    lines += ["PT T J7-5 60 300 120 0 Open", f"PX J0-0 J1-1 215 100 100 0 {status}"]
    lines += ["[PUMPS]", "PU R J0-0 HEAD C", "[CURVES]", "C 30 45", "[OPTIONS]", "UNITS LPS"]
    lines += ["HEADLOSS H-W", "[COORDINATES]"]
    lines += [f"{name} {x + shift_m} {y}" for name, (x, y) in at.items()]
    lines += [f"R {CENTRE[0] - 20} {CENTRE[1]}", f"T {at['J7-5'][0] + 30} {at['J7-5'][1]}"]
    lines += ["[VERTICES]", f"P0 {CENTRE[0] + 75} {CENTRE[1] - 9}", "[END]"]
    return "\n".join(lines)


def heat_file(folder, consumers=((140.0, 90.0), (300.0, 90.0))):
    """Write a pandapipes network: a boiler house, a main, a service pipe per consumer."""
    n = len(consumers)
    supply = [(0.0, 75.0), *((x, 75.0) for x, _ in consumers), *consumers]
    places = [(CENTRE[0] + x, CENTRE[1] + y) for x, y in supply * 2]
    half = len(supply)
    pairs = [(k, k + 1) for k in range(n)] + [(k + 1, n + 1 + k) for k in range(n)]
    pairs = pairs + [(a + half, b + half) for a, b in pairs]
    tables = {
        "junction": pd.DataFrame({"height_m": 350.0}, index=range(2 * half)),
        "junction_geodata": pd.DataFrame(places, columns=["x", "y"]),
        "pipe": pd.DataFrame(pairs, columns=["from_junction", "to_junction"]).assign(
            name=[f"p{k}" for k in range(len(pairs))],
            length_km=0.16, diameter_m=0.1, k_mm=0.2, alpha_w_per_m2k=0.9, in_service=True,
        ),
        "pipe_geodata": pd.DataFrame(
            {"coords": [[list(places[a]), list(places[b])] for a, b in pairs]}
        ),
        "heat_consumer": pd.DataFrame(
            {"from_junction": np.arange(n) + n + 1, "to_junction": np.arange(n) + n + 1 + half,
             "qext_w": 2e5}
        ),
        "circ_pump_pressure": pd.DataFrame(
            {"return_junction": [half], "flow_junction": [0], "p_flow_bar": [6.0],
             "t_flow_k": [363.15], "plift_bar": [3.0]}
        ),
    }  # fmt: skip
    whole = {
        name: {"_class": "DataFrame", "orient": "split", "_object": table.to_json(orient="split")}
        for name, table in tables.items()
    }
    (folder / "heat.json").write_text(json.dumps({"_object": whole}))


def recipe(folder, text):
    path = folder / "recipe.yaml"
    path.write_text(RECIPE + text)
    return path


@pytest.fixture
def folder(tmp_path):
    write_map(tmp_path)
    (tmp_path / "mains.inp").write_text(mains())
    heat_file(tmp_path)
    return tmp_path


def test_mains_stay_as_told_and_lie_under_the_streets(folder):
    city = build_from_recipe(recipe(folder, WATER))
    assert [fault.code for fault in validate(city) if fault.code.startswith("E-")] == []
    pipes = city.network_edges("water")
    assert (pipes["kind"] == "pump").sum() == 1
    told = pipes[pipes["uid"].str.match("water_edge:P[0-9]")]
    assert set(told["length_m"]) == {155.0}
    assert set(told["diameter_m"]) == {0.2}
    assert set(told["hazen_williams_c"]) == {110.0}
    assert set(told["source"]) == {"observed"}
    assert set(told["attributes_source"]) == {"imputed"}
    assert (told["street_edge_id"] >= 0).mean() > 0.95
    nodes = city.util_nodes[city.util_nodes["network"] == "water"]
    snapped = nodes[nodes["street_node_id"] >= 0]
    at = city.street_nodes.geometry.to_numpy()[snapped["street_node_id"]]
    assert len(snapped) > 40
    assert shapely.distance(np.asarray(snapped.geometry.values), at).max() < 1e-6
    bent = told[told["uid"] == "water_edge:P0"].geometry.iloc[0]
    assert shapely.get_num_coordinates(bent) == 3
    served = city.buildings[city.buildings["use"] != "ancillary"]
    assert (served["water_node"] >= 0).all()
    assert any("mains.inp" in note and "lengths and diameters as given" in note
               for note in city.notes)  # fmt: skip
    assert len(WaterSystem.from_city(city).net.link_id) == len(pipes)


def test_a_closed_pipe_is_left_out_and_told(folder):
    (folder / "mains.inp").write_text(mains(closed=True))
    city = build_from_recipe(recipe(folder, WATER))
    assert "water_edge:PX" not in set(city.util_edges["uid"])
    assert any("1 closed pipes were left out" in note for note in city.notes)


def test_year_and_material_come_from_a_table(folder):
    names = [f"P{k}" for k in range(10)]
    pd.DataFrame({"ID": names, "YEAR": 1978, "MAT": "чугун"}).to_csv(
        folder / "pipes.csv", index=False
    )
    register = (
        ", register: {file: pipes.csv, key: ID, built_year: YEAR, material: MAT, "
        "materials: {чугун: cast_iron}}}\n"
    )
    city = build_from_recipe(recipe(folder, WATER.replace("}\n", register)))
    told = city.util_edges.set_index("uid").loc[[f"water_edge:{name}" for name in names]]
    assert set(told["built_year"]) == {1978}
    assert set(told["material"]) == {"cast_iron"}
    assert set(told["attributes_source"]) == {"observed"}
    assert (told["wear_book"] == 1.0).all()


def test_the_supply_side_becomes_trenches_and_each_consumer_heats_a_building(folder):
    city = build_from_recipe(recipe(folder, HEAT))
    assert [fault.code for fault in validate(city) if fault.code.startswith("E-")] == []
    pipes = city.network_edges("heat")
    assert len(pipes) == 4
    assert set(pipes["length_m"]) == {160.0}
    assert set(pipes["diameter_m"]) == {0.1}
    assert (city.buildings["heat_node"] >= 0).sum() == 2
    (source,) = city.util_nodes[city.util_nodes["kind"] == "source"].itertuples()
    assert (source.supply_pressure_pa, source.lift_pa) == pytest.approx((6e5, 3e5))
    assert (source.design_supply_c, source.design_return_c) == pytest.approx((90.0, 60.0))
    assert source.capacity_w >= 2 * 2e5
    assert HeatSystem.from_city(city) is not None


WRONG = {
    "no crs": (WATER.replace(", crs: 'EPSG:32642'", ""), r"water\.crs: Field required"),
    "unknown crs": (WATER.replace("32642", "1"), "E-CRS-MISSING crs 'EPSG:1' is not known"),
    "elsewhere": (WATER.replace("32642", "32632"), r"mains\.inp: E-EXTENT lies \d+ km from"),
    "no register": (
        WATER.replace("}\n", ", register: {file: none.csv, key: ID}}\n"),
        r"none\.csv: E-UNREADABLE",
    ),
    "no pandapipes": (HEAT.replace("heat.json", "mains.inp"), "E-UNREADABLE cannot be read as a"),
}


@pytest.mark.parametrize("what", list(WRONG))
def test_it_is_told_what_is_wrong_with_a_network(folder, what):
    text, match = WRONG[what]
    with pytest.raises(CityDataError, match=match):
        build_from_recipe(recipe(folder, text))


def test_nodes_without_coordinates_and_a_wrong_heat_crs_are_told_together(folder):
    (folder / "mains.inp").write_text(mains().replace("\nJ3-3 ", "\nJ3-3x ", 2))
    text = mains().split("[COORDINATES]")[0] + "[END]"
    (folder / "mains.inp").write_text(text)
    with pytest.raises(CityDataError, match="E-GEOM-NULL has no coordinates for 50") as error:
        build_from_recipe(recipe(folder, WATER + HEAT.replace("32642", "1")))
    assert [fault.code for fault in error.value.faults] == ["E-GEOM-NULL", "E-CRS-MISSING"]


def test_a_material_that_is_none_is_told(folder):
    pd.DataFrame({"ID": ["P1"], "MAT": ["wood"]}).to_csv(folder / "pipes.csv", index=False)
    register = ", register: {file: pipes.csv, key: ID, material: MAT}}\n"
    with pytest.raises(CityDataError, match="'wood' is no known material"):
        build_from_recipe(recipe(folder, WATER.replace("}\n", register)))


def test_a_table_of_other_pipes_is_told(folder):
    pd.DataFrame({"ID": ["Q1"], "MAT": ["pe"]}).to_csv(folder / "pipes.csv", index=False)
    register = ", register: {file: pipes.csv, key: ID, material: MAT}}\n"
    with pytest.raises(CityDataError, match="E-DANGLING has no ID that names a link: it has 'Q1'"):
        build_from_recipe(recipe(folder, WATER.replace("}\n", register)))


def made_town(folder, line, crs):
    """Write streets along lines and a house at the middle of each fourth."""
    lines = gpd.GeoSeries(line, crs=crs).to_crs("EPSG:4326")
    lines.to_frame("geometry").assign(highway="residential").to_file(folder / "roads.geojson")
    metric = gpd.GeoSeries(line, crs=crs).to_crs(lines.estimate_utm_crs())
    middle = metric[::4].interpolate(0.5, normalized=True).translate(12.0, 12.0)
    houses = middle.buffer(6.0, cap_style="square").to_crs("EPSG:4326")
    frame = houses.to_frame("geometry").assign(building="apartments", levels="5")
    frame.to_file(folder / "buildings.geojson")


TOWN = RECIPE.replace("crs: EPSG:32642\n", "").replace("totals: {people: 2500}\n", "")


@pytest.mark.slow
def test_a_real_water_network_of_kentucky_is_laid_and_solved(tmp_path):
    wntr = pytest.importorskip("wntr")
    file = next(Path(wntr.__file__).parent.rglob("ky4.inp"))
    (tmp_path / "ky4.inp").write_bytes(file.read_bytes())
    crs = "EPSG:3089"
    net = wntr.network.WaterNetworkModel(str(file))
    at = {name: node.coordinates for name, node in net.nodes()}
    line = [shapely.LineString([at[p.start_node_name], at[p.end_node_name]])
            for _, p in net.pipes()]  # fmt: skip
    made_town(tmp_path, [one for one in line if one.length > 0], crs)
    path = tmp_path / "recipe.yaml"
    path.write_text(TOWN + f"water: {{inp: ky4.inp, crs: '{crs}'}}\n")
    city = build_from_recipe(path)
    pipes = city.network_edges("water")
    told = sum(pipe.length for _, pipe in net.pipes())
    assert pipes.loc[pipes["kind"] == "pipe", "length_m"].sum() == pytest.approx(told, rel=1e-3)
    assert (pipes["street_edge_id"] >= 0).mean() > 0.8  # the streets are drawn without bends
    assert (city.buildings["water_node"] >= 0).mean() > 0.95
    assert len(WaterSystem.from_city(city).net.link_id) == len(pipes)


def test_the_heat_network_of_schutterwald_keeps_its_length(shared_data):
    place = shared_data / "city" / "schutterwald"
    form = PandapipesForm(pandapipes="sw_heat.json", crs="EPSG:31467")
    network = read_heat_pandapipes(form, place)
    assert network.feeds.sum() == 1
    assert network.serves.sum() >= 40
    assert network.edge["length_m"].sum() == pytest.approx(5250 / 2, rel=0.1)


@pytest.mark.slow
def test_schutterwald_heats_the_houses_along_its_pipes(tmp_path, shared_data):
    place = shared_data / "city" / "schutterwald"
    (tmp_path / "sw_heat.json").write_bytes((place / "sw_heat.json").read_bytes())
    form = PandapipesForm(pandapipes="sw_heat.json", crs="EPSG:31467")
    network = read_heat_pandapipes(form, place)
    ends = np.stack([network.xy[network.tail], network.xy[network.head]], axis=1)
    line = [one for one in shapely.linestrings(ends) if one.length > 0]
    made_town(tmp_path, line, "EPSG:31467")
    path = tmp_path / "recipe.yaml"
    path.write_text(TOWN + "heat: {pandapipes: sw_heat.json, crs: 'EPSG:31467'}\n")
    city = build_from_recipe(path)
    assert (city.buildings["heat_node"] >= 0).sum() > 10
    assert HeatSystem.from_city(city) is not None
