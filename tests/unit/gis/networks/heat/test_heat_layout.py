"""The heat network laid along streets: a tree from a boiler house, sized for the cold."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from gis.networks.heat.heat_layout import HeatPlan, lay_heat
from gis.networks.heat.heat_sizing import BORE_M, loss_w_m2k, pipe_size
from tests.builders_map import grid_tables
from twin.city.tables import UTIL_EDGES, UTIL_NODES
from twin.core.columns import table_faults
from twin.flows import heat
from twin.flows.base import SolveStatus

_OPTIONS = {"design_outdoor_c": -31.2, "seed": 1, "register_year": 2026}


@pytest.fixture(scope="module")
def town():
    tables = grid_tables()
    return tables, lay_heat(*tables, **_OPTIONS)


def test_tables_have_no_faults(town):
    _, layout = town
    assert table_faults(UTIL_NODES, layout.nodes) == []
    assert table_faults(UTIL_EDGES, layout.edges) == []


def test_it_is_a_tree_with_one_boiler_house(town):
    _, layout = town
    graph = nx.Graph(zip(layout.edges["tail"], layout.edges["head"], strict=True))
    assert nx.is_tree(graph)
    assert graph.number_of_nodes() == len(layout.nodes)
    assert (layout.nodes["kind"] == "source").sum() == 1


def test_flats_and_the_school_are_heated_and_houses_keep_stoves(town):
    (_, _, houses), layout = town
    use = houses["use"].to_numpy()
    assert (layout.building_node[use == "apartment"] >= 0).mean() > 0.95
    assert (layout.building_node[np.isin(use, ["house", "ancillary", "industrial"])] == -1).all()


def test_pipes_never_narrow_towards_the_source(town):
    _, layout = town
    edges = layout.edges
    into = dict(zip(edges["head"], edges["diameter_m"], strict=True))
    for tail, bore in zip(edges["tail"], edges["diameter_m"], strict=True):
        assert into.get(tail, np.inf) >= bore


def test_capacity_and_pressure_suffice_on_the_design_day(town):
    (_, _, houses), layout = town
    nodes, edges = layout.nodes, layout.edges
    source = nodes[nodes["kind"] == "source"].iloc[0]
    loss_wk = heat.building_loss_wk(
        houses["floor_area_m2"].to_numpy(),
        houses["built_year"].to_numpy(),
        houses["use"].to_numpy(),
    )
    joined = layout.building_node >= 0
    load = np.bincount(layout.building_node[joined], loss_wk[joined] * 51.2, minlength=len(nodes))
    at = np.flatnonzero(load)
    sides = ("supply", "return")
    net = heat.HeatNetwork(
        nodes=pd.concat(
            pd.DataFrame(
                {"node": s[0] + nodes["util_node_id"].astype(str), "elevation_m": nodes.elevation_m}
            )
            for s in sides
        ),
        pipes=pd.concat(
            pd.DataFrame(
                {
                    "pipe": s[0] + edges["util_edge_id"].astype(str),
                    "from_node": s[0] + edges["tail"].astype(str),
                    "to_node": s[0] + edges["head"].astype(str),
                    "side": s,
                    "ambient_c": 5.0,
                    **{
                        name: edges[name]
                        for name in ("length_m", "diameter_m", "roughness_m", "loss_w_m2k")
                    },
                }
            )
            for s in sides
        ),
        consumers=pd.DataFrame(
            {
                "consumer": at.astype(str),
                "supply_node": [f"s{i}" for i in at],
                "return_node": [f"r{i}" for i in at],
                "heat_w": load[at],
                "return_temp_c": source["design_return_c"],
            }
        ),
        sources=pd.DataFrame(
            {
                "source": ["boiler"],
                "supply_node": [f"s{source['util_node_id']}"],
                "return_node": [f"r{source['util_node_id']}"],
                "supply_pressure_pa": [source["supply_pressure_pa"]],
                "lift_pa": [source["lift_pa"]],
                "supply_temp_c": [source["design_supply_c"]],
                "capacity_w": [source["capacity_w"]],
            }
        ),
    )
    solution = heat.solve(net)
    assert solution.status is SolveStatus.CONVERGED
    assert (solution.consumers["delivered_w"].to_numpy() >= 0.999 * load[at]).all()
    lost = solution.pipes["loss_w"].sum() / load.sum()
    assert 0.005 < lost < 0.12


def test_the_planner_may_place_the_boiler_house(town):
    tables, _ = town
    nodes = tables[0]
    corner = int((nodes["x_m"] + nodes["y_m"]).argmax())
    place = (nodes["x_m"].iloc[corner], nodes["y_m"].iloc[corner])
    layout = lay_heat(*tables, **_OPTIONS, plan=HeatPlan(source_xy_m=place))
    source = layout.nodes[layout.nodes["kind"] == "source"].iloc[0]
    assert source["street_node_id"] == corner


def test_a_colder_place_gets_more_power(town):
    tables, layout = town
    cold = lay_heat(*tables, **{**_OPTIONS, "design_outdoor_c": -40.0})
    ratio = cold.nodes["capacity_w"].max() / layout.nodes["capacity_w"].max()
    assert ratio == pytest.approx(60.0 / 51.2, rel=0.02)


def test_a_town_of_houses_has_no_district_heating():
    nodes, edges, houses = grid_tables()
    houses["use"] = "house"
    layout = lay_heat(nodes, edges, houses, **_OPTIONS)
    assert len(layout.nodes) == 0
    assert (layout.building_node == -1).all()
    assert "none was laid" in layout.notes[0]


def test_the_same_seed_gives_the_same_network(town):
    tables, layout = town
    assert lay_heat(*tables, **_OPTIONS).edges.equals(layout.edges)


def test_pipe_sizes_grow_with_flow_and_keep_friction_low():
    sizes = pipe_size(np.array([0.0, 1.0, 5.0, 20.0, 100.0, 500.0]))
    assert sizes[0] == min(BORE_M)
    assert (np.diff(sizes[1:]) > 0).all()


def test_loss_is_told_on_the_inner_wall_and_doubles_in_channels():
    new, old = loss_w_m2k(np.array([100, 100]), np.array(["preinsulated", "steel"]))
    assert new == pytest.approx(0.254 / (np.pi * 0.1071))
    assert old == 2.0 * new
