"""Laws of whatever water carries: its mass is kept, and it stays between its sources."""

import dataclasses

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.test_water_properties import tables
from twin.flows import water
from twin.flows.water import quality

HOURS = 4


def looped(drawn):
    """Return a network with a tank and a demand that turns flows."""
    nodes, links = drawn
    last = nodes[-1]["node"]
    level = {"min_level_m": 0.0, "max_level_m": 30.0, "init_level_m": 5.0, "diameter_m": 9.0}
    floor = {"node": "tank", "kind": "tank", "elevation_m": 55.0}
    nodes = [*nodes, floor | level]
    size = {"length_m": 300.0, "diameter_m": 0.2, "roughness": 110.0}
    links = [*links, {"link": "to", "from_node": last, "to_node": "tank"} | size]
    for node in nodes[1:-1]:
        node["pattern"] = "day"
    return water.WaterNetwork.from_frames(
        pd.DataFrame(nodes), pd.DataFrame(links), patterns={"day": [0.2, 2.0, 0.5]}
    )


@given(tables(), st.floats(-2e-3, 0.0), st.floats(0.0, 2.0), st.integers(0, 3))
def test_mass_is_kept_and_values_stay_between_nothing_and_the_source(drawn, rate, source, mixing):
    net = looped(drawn)
    inputs = dataclasses.replace(
        quality.QualityInput.of(net),
        mixing=np.full(net.n_nodes, mixing, dtype=np.int32),
        zone_share=np.full(net.n_nodes, 0.2),
        initial=np.where(net.node_kind == 1, source, 0.5),
        bulk_s=np.full(net.n_links, rate),
        tank_s=np.full(net.n_nodes, rate),
    )
    found = quality.chlorine(net, HOURS * 3600.0, given=inputs)
    assert found.imbalance < 1e-9
    a_second_m3 = water.simulate(net, HOURS * 3600.0).flow_m3s["to"].abs().max()
    through = max(found.held, found.went_out)
    # a tank is emptied to the next whole second, and so may give a second's flow too much
    assert abs(found.unbalanced) <= 1e-3 * through + a_second_m3 * max(source, 0.5)
    assert found.value.to_numpy().min() >= 0.0
    assert found.value.to_numpy().max() <= max(source, 0.5) + 1e-9


@given(tables())
def test_no_water_is_older_than_the_run(drawn):
    found = quality.water_age(looped(drawn), HOURS * 3600.0)
    age = found.value.to_numpy()
    assert age.min() >= 0.0
    assert (age <= found.value.index.to_numpy()[:, None] / 3600.0 + 1e-9).all()
