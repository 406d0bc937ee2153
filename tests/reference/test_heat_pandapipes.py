"""A peer on any machine: a small meshed grid in pandapipes, coupled flow and temperature."""

import runpy
import warnings
from pathlib import Path

import numpy as np
import pytest

from twin.flows import heat
from twin.flows.heat.kernels.medium import enthalpy_at, heat_capacity_at

grid = runpy.run_path(str(Path(__file__).parents[1] / "naive" / "heat.py"))["grid"]
peers = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "heat.py"))


def test_small_grid_agrees_with_pandapipes():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pandapipes = pytest.importorskip("pandapipes")
        tables = grid(4, 3, 7)
        tables["nodes"]["elevation_m"] = 0.0
        peer, run = peers["to_pandapipes"](tables, tolerance=1e-9, use_numba=False)
        run()
        water = pandapipes.call_lib("water")
        kelvin = np.arange(275.0, 400.0, 2.5)
        fluid = heat.fluid_from_table(
            kelvin - 273.15,
            water.get_density(kelvin),
            water.get_viscosity(kelvin),
            water.get_heat_capacity(kelvin),
        )
    peer_bar, peer_k = peers["peer_nodes"](peer)
    row = {name: i for i, name in enumerate(tables["nodes"]["node"])}
    hot = peer_k[[row[name] for name in tables["consumers"]["supply_node"]]] - 273.15
    cold = tables["consumers"]["return_temp_c"].to_numpy()
    tables["consumers"]["heat_w"] *= [
        (enthalpy_at(fluid, a) - enthalpy_at(fluid, b))
        / (0.5 * (heat_capacity_at(fluid, a) + heat_capacity_at(fluid, b)) * (a - b))
        for a, b in zip(hot, cold, strict=True)
    ]
    found = heat.solve(heat.HeatNetwork(**tables, fluid=fluid, friction_blend_re=(100.0, 200.0)))
    pressure = found.nodes["pressure_pa"].to_numpy() / 1e5
    assert np.abs(pressure - peer_bar).max() < 1e-4
    assert np.abs(found.nodes["temp_c"] + 273.15 - peer_k).max() < 5e-3


def test_what_pandapipes_holds_and_writes_reads_as_it_was_made(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pandapipes = pytest.importorskip("pandapipes")
        tables = grid(4, 3, 7)
        peer, _ = peers["to_pandapipes"](tables)
        path = tmp_path / "net.json"
        pandapipes.to_json(peer, str(path))
    row = {name: str(i) for i, name in enumerate(tables["nodes"]["node"])}
    made = heat.HeatNetwork(**tables)
    for found in (heat.read_pandapipes(peer), heat.read_pandapipes(path)):
        assert list(found.pipes["side"]) == list(made.pipes["side"])
        assert list(found.pipes["from_node"]) == [row[name] for name in made.pipes["from_node"]]
        for column in ("length_m", "diameter_m", "roughness_m", "loss_w_m2k", "ambient_c"):
            ours = made.pipes[column].to_numpy()
            assert found.pipes[column].to_numpy() == pytest.approx(ours, rel=1e-9), column
        assert found.consumers["heat_w"].to_numpy() == pytest.approx(
            made.consumers["heat_w"].to_numpy()
        )
        one, other = heat.solve(found), heat.solve(made)
        assert one.consumers["mass_flow_kgs"].to_numpy() == pytest.approx(
            other.consumers["mass_flow_kgs"].to_numpy(), rel=1e-6
        )
