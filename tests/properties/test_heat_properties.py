"""What holds for every heat network: conservation, symmetry, order of temperatures."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.flows import heat
from twin.flows.base import SolveStatus

grid = runpy.run_path(str(Path(__file__).parents[1] / "naive" / "heat.py"))["grid"]
networks = st.builds(
    grid,
    st.integers(2, 4),
    st.integers(2, 4),
    st.integers(0, 1000),
    heat_w=st.floats(2e4, 3e5),
    lift_pa=st.sampled_from([6e5, 1e5, 1e4]),
)


@given(networks)
@settings(max_examples=20)
def test_sound_loads_converge(tables):
    found = heat.solve(heat.HeatNetwork(**tables))
    assert found.status is SolveStatus.CONVERGED


@given(networks, st.floats(1e-3, 1.0))
@settings(max_examples=20)
def test_energy_and_mass_are_conserved_converged_or_not(tables, load):
    tables["consumers"]["heat_w"] *= load
    found = heat.solve(heat.HeatNetwork(**tables))
    assert abs(found.raw.energy_error) < 1e-8
    assert found.raw.mass_error < 1e-9
    assert (found.consumers["delivered_w"] <= tables["consumers"]["heat_w"] * (1 + 1e-6)).all()


@given(networks)
@settings(max_examples=10)
def test_turning_every_pipe_around_turns_every_flow(tables):
    base = heat.solve(heat.HeatNetwork(**tables))
    pipes = tables["pipes"]
    tables["pipes"] = pipes.rename(columns={"from_node": "to_node", "to_node": "from_node"})
    turned = heat.solve(heat.HeatNetwork(**tables))
    scale = np.abs(base.pipes["mass_flow_kgs"]).max()
    assert turned.pipes["mass_flow_kgs"].to_numpy() == pytest.approx(
        -base.pipes["mass_flow_kgs"].to_numpy(), abs=1e-6 * scale
    )


@given(networks, st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_order_of_nodes_does_not_matter(tables, random):
    base = heat.solve(heat.HeatNetwork(**tables))
    order = list(range(len(tables["nodes"])))
    random.shuffle(order)
    tables["nodes"] = tables["nodes"].iloc[order]
    other = heat.solve(heat.HeatNetwork(**tables))
    assert other.consumers["delivered_w"].to_numpy() == pytest.approx(
        base.consumers["delivered_w"].to_numpy(), rel=1e-5
    )


@given(networks)
def test_water_only_cools_on_its_way(tables):
    found = heat.solve(heat.HeatNetwork(**tables))
    temp = found.nodes.set_index("node")["temp_c"]
    assert (found.pipes["loss_w"] >= -1e-6).all()
    assert temp.max() <= 95.0 + 1e-9
    assert temp.min() >= 5.0 - 1e-9
    assert (found.consumers["return_temp_c"] <= found.consumers["supply_temp_c"] + 1e-9).all()


@given(networks)
@settings(max_examples=10)
def test_return_side_mirrors_the_supply_side(tables):
    tables["nodes"]["elevation_m"] = 0.0
    half = tables["pipes"]["side"].eq("supply").to_numpy()
    own = ["length_m", "diameter_m", "roughness_m"]
    tables["pipes"].loc[~half, own] = tables["pipes"].loc[half, own].to_numpy()
    tables["sources"]["lift_pa"] = 6e5
    net = heat.HeatNetwork(**tables, fluid=heat.constant_fluid(960.0, 3e-4, 4190.0))
    found = heat.solve(net)
    flow = found.pipes["mass_flow_kgs"].to_numpy()
    assert flow[~half] == pytest.approx(-flow[half], abs=1e-7 * np.abs(flow).max())
    pressure = found.nodes["pressure_pa"].to_numpy()
    count = pressure.size // 2
    assert 9e5 - pressure[:count] == pytest.approx(pressure[count:] - 3e5, abs=1.0)
