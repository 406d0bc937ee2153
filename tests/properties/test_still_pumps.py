"""Pumps of constant power that must stand still, against a search that is slow and obvious."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.naive.water_supply import resting_pumps
from twin.flows import water
from twin.flows.water.solve import SolveOptions


@st.composite
def tables(draw):
    """Return nodes and links, most of them in parts that take nothing."""
    n = draw(st.integers(2, 8))
    nodes = [{"node": "n0", "kind": "reservoir", "head_m": 50.0}]
    for i in range(1, n):
        node = {"node": f"n{i}", "kind": "junction", "elevation_m": 0.0}
        node["demand_m3s"] = draw(st.sampled_from([0.0, 0.0, 0.0, 0.0, 0.001, -0.001]))
        node["leak_coefficient"] = draw(st.sampled_from([0.0, 0.0, 0.0, 0.0, 1e-4]))
        nodes.append(node)
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] != e[1])
    links = []
    for k, (tail, head) in enumerate(draw(st.lists(ends, min_size=1, max_size=12))):
        link = {"link": f"l{k}", "from_node": f"n{tail}", "to_node": f"n{head}"}
        link |= {"kind": "pipe", "check_valve": False, "is_open": draw(st.integers(0, 4)) > 0}
        link |= {"length_m": 100.0, "diameter_m": 0.2, "roughness": 100.0}
        sort = draw(st.sampled_from(["pipe", "valve", "pump", "pump"]))
        if sort == "pump":
            link |= {"kind": "pump", "power_w": 1000.0}
        links.append(link | {"check_valve": sort == "valve"})
    return nodes, links


@given(tables())
def test_as_many_pumps_stand_still_as_the_naive_search_finds(given_tables):
    nodes, links = given_tables
    net = water.WaterNetwork.from_frames(pd.DataFrame(nodes), pd.DataFrame(links))
    takes = {
        node["node"]: node["kind"] == "reservoir"
        or node["demand_m3s"] > 0.0
        or node["leak_coefficient"] > 0.0
        for node in nodes
    }
    rows = [
        (
            link["link"],
            link["from_node"],
            link["to_node"],
            link["kind"] == "pump",
            link["kind"] == "pipe" and not link["check_valve"],
        )
        for link in links
        if link["is_open"]
    ]
    rest = resting_pumps(takes, rows)
    state = water.solve(net, options=SolveOptions(max_iterations=5))
    assert state.still_pumps == len(rest)
    still = [name in rest for name in net.link_id]
    assert not state.flow_m3s[still].any()
