"""The steady solve against the naive one, in shortage, and at the edges."""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin.buildings import kernels as indoor_kernels
from twin.flows import heat
from twin.flows.base import SolveStatus
from twin.flows.heat.kernels import medium as medium_kernels
from twin.flows.heat.kernels import pressure as pressure_kernels
from twin.flows.heat.kernels import steady as kernels

naive = runpy.run_path(str(Path(__file__).parents[3] / "naive" / "heat.py"))
grid = naive["grid"]


def line(**consumer):
    """Return the tables of one supply pipe, one return pipe and one consumer."""
    pipe = {"length_m": 500.0, "diameter_m": 0.1, "roughness_m": 3e-4, "loss_w_m2k": 1.2,
            "ambient_c": 5.0}  # fmt: skip
    return {
        "nodes": pd.DataFrame({"node": ["s0", "s1", "r0", "r1"], "elevation_m": 0.0}),
        "pipes": pd.DataFrame(
            [{"pipe": "S", "from_node": "s0", "to_node": "s1", "side": "supply", **pipe},
             {"pipe": "R", "from_node": "r1", "to_node": "r0", "side": "return", **pipe}]
        ),
        "consumers": pd.DataFrame(
            [{"consumer": "c", "supply_node": "s1", "return_node": "r1", "heat_w": 5e5,
              "return_temp_c": 50.0, **consumer}]
        ),
        "sources": pd.DataFrame(
            [{"source": "q", "supply_node": "s0", "return_node": "r0", "supply_pressure_pa": 8e5,
              "lift_pa": 4e5, "supply_temp_c": 95.0}]
        ),
    }  # fmt: skip


def solved(tables, **options):
    found = heat.solve(heat.HeatNetwork(**tables, **options))
    for frame in (found.nodes, found.pipes, found.consumers, found.sources):
        assert np.isfinite(frame.select_dtypes("number").to_numpy()).all()
    assert abs(found.raw.energy_error) < 1e-8
    assert found.raw.mass_error < 1e-9
    return found


def test_grid_agrees_with_the_naive_solver():
    tables = grid(3, 2, 5)
    found = solved(tables)
    flows, sides = naive["solve"](*tables.values())
    assert found.status is SolveStatus.CONVERGED
    assert found.consumers["mass_flow_kgs"].to_numpy() == pytest.approx(flows.to_numpy(), rel=1e-4)
    nodes = found.nodes.set_index("node")
    for _, pressures, temps, _ in sides.values():
        for node, pressure_pa in pressures.items():
            assert nodes["pressure_pa"][node] == pytest.approx(pressure_pa, abs=10.0)
            assert nodes["temp_c"][node] == pytest.approx(temps[node], abs=2e-3)


def test_all_is_delivered_when_nothing_is_short():
    found = solved(grid(4, 4, 2))
    assert (found.consumers["status"] == "ok").all()
    wanted = grid(4, 4, 2)["consumers"]["heat_w"]
    assert found.consumers["delivered_w"].to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-7)


def test_warm_start_reaches_the_same_answer_sooner():
    net = heat.HeatNetwork(**grid(4, 4, 2))
    cold = heat.solve(net)
    warm = heat.solve(net, start=cold)
    assert warm.raw.iterations < cold.raw.iterations
    assert warm.nodes["temp_c"].to_numpy() == pytest.approx(cold.nodes["temp_c"].to_numpy())


def test_start_is_left_as_it_was():
    net = heat.HeatNetwork(**grid(3, 3, 2))
    cold = heat.solve(net)
    before = [values.copy() for values in cold.raw.state]
    heat.solve(net, start=cold)
    for kept, now in zip(before, cold.raw.state, strict=True):
        assert np.array_equal(kept, now)


def test_short_lift_delivers_what_is_possible():
    tables = grid(4, 4, 2)
    tables["sources"]["lift_pa"] = 15_000.0
    found = solved(tables)
    short = found.consumers[found.consumers["status"] == "low pressure"]
    assert found.status is SolveStatus.CONVERGED
    assert len(short) > 0
    assert (short["delivered_w"] > 0).all()
    assert found.consumers["delivered_w"].sum() < tables["consumers"]["heat_w"].sum()
    assert (found.consumers["dp_pa"] >= 0).all()


def test_full_capacity_lowers_the_supply_temperature():
    tables = grid(4, 4, 2)
    full = solved(tables).sources["heat_w"][0]
    tables["sources"]["capacity_w"] = 0.6 * full
    found = solved(tables)
    assert found.sources["limited"][0]
    assert found.sources["supply_temp_c"][0] < 95.0
    assert found.sources["heat_w"][0] == pytest.approx(0.6 * full, rel=2e-5)
    assert (found.consumers["status"] == "source limit").any()


def test_dead_source_leaves_everything_cold():
    tables = line()
    tables["sources"]["capacity_w"] = 0.0
    found = solved(tables)
    assert found.consumers["delivered_w"][0] == pytest.approx(0.0, abs=1.0)
    assert found.nodes["temp_c"].to_numpy() == pytest.approx(5.0, abs=0.01)


def test_water_colder_than_the_return_temperature_passes_unchanged():
    tables = line(return_temp_c=90.0, heat_w=2e4)
    tables["pipes"]["loss_w_m2k"] = 200.0
    found = solved(tables)
    assert found.consumers["status"][0] == "low temperature"
    assert found.consumers["delivered_w"][0] == 0.0
    assert found.consumers["return_temp_c"][0] == found.consumers["supply_temp_c"][0]


@pytest.mark.parametrize("heat_w", [0.0, 1e-6, 1.0, 100.0])
def test_tiny_loads_are_solved(heat_w):
    found = solved(line(heat_w=heat_w))
    assert found.status is SolveStatus.CONVERGED
    assert 0.0 <= found.consumers["delivered_w"][0] <= heat_w * (1 + 1e-6)


@pytest.mark.parametrize(("n", "heat_w", "seed"), [(8, 5000.0, 2), (8, 2000.0, 4), (10, 5000.0, 4)])
def test_meshes_that_lose_more_than_they_deliver_converge(n, heat_w, seed):
    found = solved(grid(n, n, seed, heat_w=heat_w))
    assert found.status is SolveStatus.CONVERGED
    assert found.raw.state.loss_w.sum() > 0.9 * found.raw.state.delivered_w.sum()


def test_bypass_keeps_an_idle_branch_warm():
    found = solved(line(heat_w=0.0, bypass_kgs=0.2))
    consumer = found.consumers.iloc[0]
    assert consumer["status"] == "bypass"
    assert consumer["mass_flow_kgs"] == pytest.approx(0.2)
    assert consumer["delivered_w"] == 0.0
    assert consumer["return_temp_c"] == pytest.approx(consumer["supply_temp_c"])
    assert consumer["supply_temp_c"] > 60.0


def test_bypass_gives_a_small_load_its_heat_and_a_warm_return():
    found = solved(line(heat_w=5000.0, bypass_kgs=0.2))
    consumer = found.consumers.iloc[0]
    assert consumer["delivered_w"] == pytest.approx(5000.0)
    assert consumer["status"] == "bypass"
    assert 50.0 < consumer["return_temp_c"] < consumer["supply_temp_c"]
    full = solved(line(bypass_kgs=0.2)).consumers.iloc[0]
    assert full["status"] == "ok"
    assert full["return_temp_c"] == pytest.approx(50.0)


def test_zero_load_stands_still_at_ground_temperature():
    found = solved(line(heat_w=0.0))
    assert (found.pipes["status"] == "still").all()
    assert found.consumers["status"][0] == "ok"
    assert found.nodes["temp_c"][1] == pytest.approx(5.0)


def test_closed_pipe_cuts_off_what_lies_behind():
    tables = line()
    tables["pipes"]["closed"] = [True, False]
    found = solved(tables)
    assert found.consumers["status"][0] == "cut off"
    assert found.pipes["status"].tolist() == ["closed", "still"]
    assert found.consumers["mass_flow_kgs"][0] == 0.0
    assert found.nodes["supplied"].tolist() == [True, False, True, True]


def test_flow_against_the_pipe_is_negative():
    tables = line()
    tables["pipes"].loc[0, ["from_node", "to_node"]] = ["s1", "s0"]
    found = solved(tables)
    assert found.pipes["mass_flow_kgs"][0] == pytest.approx(-found.consumers["mass_flow_kgs"][0])


def test_closing_one_way_of_a_loop_reverses_flow():
    tables = grid(3, 2, 5)
    base = solved(tables)
    supply = tables["pipes"]["side"] == "supply"
    tables["pipes"]["closed"] = (
        supply & (tables["pipes"]["from_node"] == "s0_0") & (tables["pipes"]["to_node"] == "s1_0")
    )
    found = solved(tables)
    turned = np.sign(found.pipes["mass_flow_kgs"]) * np.sign(base.pipes["mass_flow_kgs"]) < 0
    assert turned.any()
    assert (found.consumers["status"] == "ok").all()


def test_part_without_a_source_is_reported_and_not_dropped():
    tables = line()
    lonely = pd.DataFrame({"node": ["x0", "x1"], "elevation_m": 0.0})
    tables["nodes"] = pd.concat([tables["nodes"], lonely], ignore_index=True)
    pipe = tables["pipes"].iloc[[0]].assign(pipe="X", from_node="x0", to_node="x1")
    tables["pipes"] = pd.concat([tables["pipes"], pipe], ignore_index=True)
    net = heat.HeatNetwork(**tables)
    assert "has no source" in str(net.notes[0])
    assert solved(tables).pipes["status"].tolist() == ["open", "open", "cut off"]


def test_two_sources_share_the_flow_by_capacity():
    tables = grid(4, 4, 2)
    second = tables["sources"].assign(source="b", supply_node="s3_3", return_node="r3_3")
    tables["sources"] = pd.concat([tables["sources"], second], ignore_index=True)
    tables["sources"]["capacity_w"] = [3e6, 1e6]
    found = solved(tables)
    flow = found.sources["mass_flow_kgs"]
    assert flow[0] == pytest.approx(3 * flow[1], rel=1e-6)
    assert (found.consumers["status"] == "ok").all()


def test_leak_is_made_up_and_paid_for_in_heat():
    net = heat.HeatNetwork(**line())
    leak = np.zeros(4)
    leak[1] = 1e-4
    found = heat.solve_arrays(net, net.base_input._replace(leak_area_m2=leak))
    pressure = found.state.pressure_pa[1]
    rho, _ = medium_kernels.density_and_viscosity(net.fluid, found.state.temp_c[1])
    assert found.makeup_kgs == pytest.approx(1e-4 * np.sqrt(2 * rho * pressure), rel=1e-6)
    assert found.leaked_w > 0
    assert abs(found.energy_error) < 1e-8


def test_each_kernel_compiles_for_one_signature():
    solved(grid(3, 2, 5))
    modules = (kernels, pressure_kernels, medium_kernels, indoor_kernels)
    for module in modules:
        for name, thing in vars(module).items():
            if hasattr(thing, "signatures"):
                assert len(thing.signatures) <= 1, name
    assert len(kernels.solve_heat_into.signatures) == 1
