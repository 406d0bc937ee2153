"""The water network laid along streets: whole, looped, under pressure."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from gis.networks.water.water_layout import lay_water
from gis.networks.water.water_sizing import BORES_M, bore_for_flow, headloss_m
from tests.builders_map import grid_tables
from twin.city.tables import UTIL_EDGES, UTIL_NODES
from twin.core.columns import table_faults
from twin.flows.water import WaterNetwork, simulate


@pytest.fixture(scope="module")
def town():
    tables = grid_tables()
    return tables, lay_water(*tables, seed=1, register_year=2026)


def test_tables_have_no_faults(town):
    _, layout = town
    assert table_faults(UTIL_NODES, layout.nodes) == []
    assert table_faults(UTIL_EDGES, layout.edges) == []


def test_every_building_but_sheds_is_served(town):
    (_, _, houses), layout = town
    shed = (houses["use"] == "ancillary").to_numpy()
    assert shed.any()
    assert ((layout.building_node < 0) == shed).all()
    assert layout.building_node.max() < len(layout.nodes)


def test_one_connected_network_with_well_pump_and_tower(town):
    _, layout = town
    graph = nx.MultiGraph(zip(layout.edges["tail"], layout.edges["head"], strict=True))
    assert nx.is_connected(graph)
    assert graph.number_of_nodes() == len(layout.nodes)
    assert layout.nodes["kind"].value_counts()[["reservoir", "tank"]].tolist() == [1, 1]
    assert layout.edges["kind"].value_counts()["pump"] == 1
    assert len(nx.cycle_basis(nx.Graph(graph))) >= 5


def test_pipes_lie_under_streets_and_run_between_their_nodes(town):
    _, layout = town
    pipes = layout.edges[layout.edges["street_edge_id"] >= 0]
    assert len(pipes) == len(layout.edges) - 2
    at = layout.nodes.geometry.to_numpy()
    for _, pipe in pipes.iterrows():
        xy = np.array(pipe.geometry.coords)
        assert np.allclose(xy[0], at[pipe["tail"]].coords[0], atol=1e-6)
        assert np.allclose(xy[-1], at[pipe["head"]].coords[0], atol=1e-6)


def test_bores_are_from_the_catalogue_and_never_under_100_mm(town):
    _, layout = town
    assert np.isin(layout.edges["diameter_m"], BORES_M).all()
    assert layout.edges["diameter_m"].min() == 0.1


def test_a_day_runs_with_pressure_everywhere_and_a_tower_that_neither_empties_nor_bursts(town):
    (_, _, houses), layout = town
    nodes, edges = layout.nodes, layout.edges
    demand = np.zeros(len(nodes))
    served = layout.building_node >= 0
    daily = 0.2 * houses["people"].to_numpy()[served] / 86_400
    np.add.at(demand, layout.building_node[served], daily)
    pump = edges["kind"] == "pump"
    curve = [
        [(q, h)] if is_pump else None
        for q, h, is_pump in zip(edges["pump_flow_m3s"], edges["pump_head_m"], pump, strict=True)
    ]
    net = WaterNetwork.from_frames(
        pd.DataFrame(
            {
                "node": nodes["util_node_id"].astype(str),
                "kind": nodes["kind"],
                "elevation_m": nodes["elevation_m"],
                "head_m": nodes["head_m"],
                "demand_m3s": demand,
                "diameter_m": nodes["tank_diameter_m"],
                "min_level_m": nodes["tank_min_m"],
                "max_level_m": nodes["tank_max_m"],
                "init_level_m": nodes["tank_init_m"],
            }
        ).assign(pattern=np.where(nodes["kind"] == "junction", "day", "")),
        pd.DataFrame(
            {
                "link": edges["util_edge_id"].astype(str),
                "from_node": edges["tail"].astype(str),
                "to_node": edges["head"].astype(str),
                "kind": edges["kind"],
                "length_m": edges["length_m"],
                "diameter_m": edges["diameter_m"],
                "roughness": 100.0,
                "curve": curve,
            }
        ),
        patterns={"day": [0.4, 0.9, 1.4, 1.1, 1.5, 0.7]},
        pattern_step_s=4 * 3600.0,
    )
    result = simulate(net, 24 * 3600.0, 3600.0)
    junctions = nodes.index[nodes["kind"] == "junction"].astype(str)
    pressure = result.pressure_m[list(junctions)].to_numpy()
    assert pressure.min() >= 15.0
    assert pressure.max() <= 62.0
    assert not len(result.unbalanced_steps)


def test_the_same_seed_gives_the_same_network_and_another_the_same_route(town):
    tables, layout = town
    again = lay_water(*tables, seed=1, register_year=2026)
    assert again.edges.equals(layout.edges)
    other = lay_water(*tables, seed=2, register_year=2026)
    assert other.edges["uid"].equals(layout.edges["uid"])
    assert not other.edges["material"].equals(layout.edges["material"])


def test_high_ground_draws_the_tower():
    nodes, edges, houses = grid_tables()
    hill = int(((nodes["x_m"] - 500_900) ** 2 + (nodes["y_m"] - 5_760_600) ** 2).argmin())
    nodes.loc[hill, "elevation_m"] = 12.0
    layout = lay_water(nodes, edges, houses, seed=1, register_year=2026)
    tank = layout.nodes[layout.nodes["kind"] == "tank"].iloc[0]
    assert tank["street_node_id"] == hill
    assert tank["elevation_m"] == pytest.approx(12.0 + 32.0)


def test_nobody_to_serve_is_told():
    nodes, edges, houses = grid_tables()
    houses["use"] = "ancillary"
    layout = lay_water(nodes, edges, houses, seed=1, register_year=2026)
    assert (len(layout.nodes), len(layout.edges)) == (0, 0)
    assert layout.notes == ("No building wants water; no network was laid.",)


def test_head_loss_is_that_of_hazen_and_williams():
    # 1 km of 300 mm pipe, C 100, 100 l/s: 10.667 * 1000 * 0.1^1.852 / (100^1.852 * 0.3^4.871)
    loss = headloss_m(np.array([0.1]), np.array([0.3]), np.array([1000.0]), np.array([100.0]))
    assert loss[0] == pytest.approx(10.46, rel=2e-3)


def test_bores_grow_with_flow():
    bores = bore_for_flow(np.array([0.0, 0.005, 0.02, 0.1, 0.5]))
    assert (np.diff(bores) >= 0).all()
    assert bores[0] == 0.1
