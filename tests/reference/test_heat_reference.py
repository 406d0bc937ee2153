"""Against exact formulas and published or independently computed networks."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from twin import buildings
from twin.flows import heat
from twin.flows.heat.kernels.medium import enthalpy_at, heat_capacity_at

TIGHT = heat.Tolerance(flow=1e-13, temp_k=1e-11)


@pytest.fixture(scope="module")
def heat_data(shared_data):
    folder = shared_data / "heat"
    if not folder.is_dir():
        pytest.skip(f"no heat data at {folder}")
    return lambda name: json.loads((folder / name).read_text())


def mirrored(pipes):
    """Double supply pipes into the return side, node names with s and r."""
    sides = []
    for side in ("supply", "return"):
        own = pipes.copy()
        for column in ("pipe", "from_node", "to_node"):
            own[column] = side[0] + own[column].astype(str)
        sides.append(own.assign(side=side))
    return pd.concat(sides, ignore_index=True)


def nodes_of(pipes):
    names = pd.unique(pd.concat([pipes["from_node"], pipes["to_node"]]))
    return pd.DataFrame({"node": names, "elevation_m": 0.0})


def source(node, temp_c, pressure_pa=2e6, lift_pa=1.5e6):
    return pd.DataFrame(
        [
            {
                "source": "plant",
                "supply_node": f"s{node}",
                "return_node": f"r{node}",
                "supply_pressure_pa": pressure_pa,
                "lift_pa": lift_pa,
                "supply_temp_c": temp_c,
            }
        ]
    )


def test_single_pipes_follow_the_exact_formulas(heat_data):
    for case in heat_data("analytic.json")["steady_pipe"]:
        given = case["inputs"]
        pipes = mirrored(
            pd.DataFrame(
                [
                    {
                        "pipe": 0,
                        "from_node": 0,
                        "to_node": 1,
                        "length_m": given["L_m"],
                        "diameter_m": given["D_m"],
                        "roughness_m": given["k_m"],
                        "loss_w_m2k": given["U_lin_W_mK"] / (math.pi * given["D_m"]),
                        "ambient_c": given["T_ground"],
                    }
                ]
            )
        )
        back_c = case["T_out"] - 20.0
        net = heat.HeatNetwork(
            nodes=nodes_of(pipes),
            pipes=pipes,
            consumers=pd.DataFrame(
                [
                    {
                        "consumer": 0,
                        "supply_node": "s1",
                        "return_node": "r1",
                        "heat_w": given["mdot"] * given["cp"] * 20.0,
                        "return_temp_c": back_c,
                    }
                ]
            ),
            sources=source(0, given["T_in"]),
            fluid=heat.constant_fluid(given["rho"], given["mu"], given["cp"]),
        )
        found = heat.solve(net, tolerance=TIGHT)
        at = found.nodes.set_index("node")
        assert at["temp_c"]["s1"] == pytest.approx(case["T_out"], rel=1e-9)
        assert found.pipes["loss_w"][0] == pytest.approx(case["heat_loss_W"], rel=1e-9)
        loss_pa = at["pressure_pa"]["s0"] - at["pressure_pa"]["s1"]
        expected = case["dp_laminar_if_Re_lt_2300"] or case["dp_swamee_jain"]
        assert loss_pa == pytest.approx(expected, rel=1e-9, abs=1e-8)


def test_buildings_cool_by_the_exact_exponential(heat_data):
    for case in heat_data("analytic.json")["building_1R1C"]:
        given = case["inputs"]
        tau_h = np.array([given["C_J_K"] / given["UA_W_K"] / 3600])
        home = buildings.BuildingsParams(ua_wk=np.array([given["UA_W_K"]]), tau_h=tau_h)
        start = float(given["T_in0"])
        for hours, expected in case["T_after"].items():
            outdoor = np.full(int(hours), float(given["T_out"]))
            found = buildings.indoor_hours(home, outdoor, np.array([given["Q_W"]]), start_c=start)
            assert found.indoor_temp_c[0] == pytest.approx(expected, rel=1e-9)
            danger = max(int(hours) - case["hours_to_12C"], 0)
            assert found.danger_hours[0] == pytest.approx(danger, abs=1e-9)
        for limit_c, name in ((12.0, "hours_to_12C"), (0.0, "hours_to_0C")):
            hours = buildings.hours_until(
                home, limit_c, outdoor_temp_c=given["T_out"], heat_w=given["Q_W"], start_c=start
            )
            assert hours[0] == pytest.approx(case[name], rel=1e-9)


def test_cooling_of_air_and_walls_follows_the_matrix_exponential(heat_data):
    for case in heat_data("analytic.json")["building_2R2C"]:
        given = case["inputs"]
        names = ("H_air_out", "H_air_mass", "H_mass_out", "C_air", "C_mass")
        home = buildings.TwoMassParams(*(np.array([given[name]]) for name in names))
        for hours, expected in case["T_after"].items():
            found = buildings.indoor_hours(
                home,
                np.full(int(hours), given["T_out"]),
                np.array([float(given["Q_to_air"])]),
                start_c=given["T_air0"],
                mass_start_c=given["T_mass0"],
            )
            both = (found.indoor_temp_c[0], found.mass_temp_c[0])
            assert both == pytest.approx(tuple(expected), rel=1e-9)


def test_quality_curve_and_elevator_follow_the_formulas(heat_data):
    data = heat_data("analytic.json")
    for case in data["supply_curve"]:
        given = case["inputs"]
        curve = heat.QualityCurve(
            supply_c=given["t1"],
            return_c=given["t2"],
            house_c=given["t3"],
            indoor_c=given["t_in"],
            design_outdoor_c=given["t_out_design"],
            exponent=given["exponent"],
        )
        for outdoor, expected in case["curve"].items():
            found = curve.temperatures(float(outdoor))
            assert found == pytest.approx(tuple(expected.values()), rel=1e-9)
    for case in data["elevator"]:
        given = case["inputs"]
        curve = heat.QualityCurve(given["T_supply_net"], given["T_return"], -31.0)
        assert curve.mixing_ratio() == pytest.approx(case["mixing_u"], rel=1e-9)


def grid_network(data):
    """Build the network of a stored grid; its friction is Swamee and Jain's at every Re."""
    fluid = heat.fluid_from_table(
        np.array(data["fluid"]["T_k"]) - 273.15,
        *(np.array(data["fluid"][name]) for name in ("rho", "mu", "cp")),
    )
    half = len(data["junction"]["t_k"]) // 2
    pipes = pd.DataFrame(data["pipe"]).rename(
        columns={"f": "from_node", "t": "to_node", "L": "length_m", "D": "diameter_m",
                 "k": "roughness_m", "U": "loss_w_m2k"}
    )  # fmt: skip
    pipes["pipe"] = range(len(pipes))
    pipes["side"] = np.where(pipes["from_node"] < half, "supply", "return")
    pipes["ambient_c"] = pipes["Text"] - 273.15
    consumers = pd.DataFrame(data["consumer"])
    hot = np.array(data["junction"]["t_k"])[consumers["f"]] - 273.15
    cold = consumers["treturn_k"].to_numpy() - 273.15
    # pandapipes takes a consumer's cp as the mean of its two ends, which is no function of state;
    # its heat is restated here as a difference of enthalpy (0.04 % here)
    ours = np.array(
        [
            (enthalpy_at(fluid, float(a)) - enthalpy_at(fluid, float(b)))
            / (0.5 * (heat_capacity_at(fluid, a) + heat_capacity_at(fluid, b)) * (a - b))
            for a, b in zip(hot, cold, strict=True)
        ]
    )
    pump = data["pump"]
    return heat.HeatNetwork(
        nodes=pd.DataFrame({"node": range(2 * half), "elevation_m": 0.0}),
        pipes=pipes,
        consumers=pd.DataFrame(
            {"consumer": range(len(consumers)), "supply_node": consumers["f"],
             "return_node": consumers["t"], "heat_w": consumers["q"] * ours,
             "return_temp_c": cold}
        ),
        sources=pd.DataFrame(
            [{"source": 0, "supply_node": pump["flow"], "return_node": pump["ret"],
              "supply_pressure_pa": pump["p_flow_bar"] * 1e5, "lift_pa": pump["plift_bar"] * 1e5,
              "supply_temp_c": pump["t_flow_k"] - 273.15}]
        ),
        fluid=fluid,
        friction_blend_re=(100.0, 200.0),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["grid_n6_s1.json", "grid_n20_s2.json"])
def test_meshed_grid_agrees_with_pandapipes_at_tight_tolerance(heat_data, name):
    data = heat_data(name)
    found = heat.solve(grid_network(data))
    pressure_bar = found.nodes["pressure_pa"] / 1e5
    assert np.abs(pressure_bar - data["junction"]["p_bar"]).max() < 1e-4
    assert np.abs(found.nodes["temp_c"] + 273.15 - data["junction"]["t_k"]).max() < 5e-3
    flow = np.array(data["pipe_mdot"])
    counts = np.abs(flow) > 0.05 * np.abs(flow).max()
    assert found.pipes["mass_flow_kgs"][counts].to_numpy() == pytest.approx(flow[counts], rel=5e-5)
    assert found.consumers["mass_flow_kgs"].to_numpy() == pytest.approx(
        data["consumer_mdot"], rel=1e-5
    )


def test_three_pipe_tree_agrees_with_dhnx(heat_data):
    data = heat_data("dhnx_tree.json")
    expected = data["expected"]
    pipes = pd.DataFrame(data["pipes"])
    pipes = mirrored(
        pd.DataFrame(
            {"pipe": pipes["id"], "from_node": pipes["from_node"], "to_node": pipes["to_node"],
             "length_m": pipes["length"], "diameter_m": pipes["diameter"] / 1e3,
             "roughness_m": pipes["roughness"] / 1e3,
             "loss_w_m2k": pipes["heat_transfer_coefficient"],
             "ambient_c": float(data["T_env_C"])}
        )
    )  # fmt: skip
    for row, mass in enumerate(data["mass_flow_kg_s"]):
        hot = expected["temp_inlet"][row]
        consumers = pd.DataFrame(
            [{"consumer": k, "supply_node": f"sconsumers-{k}", "return_node": f"rconsumers-{k}",
              "heat_w": mass[str(k)] * 4190 * data["delta_temp_drop_K"],
              "return_temp_c": hot[f"consumers-{k}"] - data["delta_temp_drop_K"]}
             for k in (0, 1)]
        )  # fmt: skip
        net = heat.HeatNetwork(
            nodes=nodes_of(pipes), pipes=pipes, consumers=consumers,
            sources=source("producers-0", data["T_inlet_C"]),
            fluid=heat.constant_fluid(960.0, 3e-4, 4190.0),
        )  # fmt: skip
        found = heat.solve(net, tolerance=TIGHT)
        temp = found.nodes.set_index("node")["temp_c"]
        for letter, table in (("s", "temp_inlet"), ("r", "temp_return")):
            for node, value in expected[table][row].items():
                if node != "snapshot":
                    assert temp[letter + node] == pytest.approx(value, abs=1e-6)
        loss = found.pipes["loss_w"].to_numpy().reshape(2, 3).sum(axis=0)
        for pipe in range(3):
            assert loss[pipe] == pytest.approx(expected["heat_loss_W"][row][str(pipe)], rel=1e-6)


def test_destest_network_lies_inside_the_range_of_the_tools(heat_data):
    data = heat_data("destest_network_ce0.json")
    given = data["conditions"]
    rows = []
    for n, pipe in enumerate(data["supply_pipes_mirrored_in_return"]):
        inner, outer = pipe["d_inner_m"], pipe["d_inner_m"] + 2 * pipe["wall_m"]
        resistance = math.log(outer / inner) / given["k_pipe_wall"]
        resistance += math.log((outer + 2 * pipe["insulation_m"]) / outer) / given["k_insulation"]
        rows.append(
            {"pipe": n, "from_node": pipe["b"], "to_node": pipe["a"], "length_m": pipe["length_m"],
             "diameter_m": inner, "roughness_m": given["roughness_m"],
             "loss_w_m2k": 2.0 / (resistance * inner), "ambient_c": float(given["T_ground_C"])}
        )  # fmt: skip
    pipes = mirrored(pd.DataFrame(rows))
    names = [node["id"] for node in data["nodes"] if node["id"].startswith("Simple")]
    consumers = pd.DataFrame(
        {"consumer": names, "supply_node": [f"s{n}" for n in names],
         "return_node": [f"r{n}" for n in names], "return_temp_c": 39.5,
         "heat_w": given["mdot_each_kg_s"] * given["cp"] * given["dT_each_K"]}
    )  # fmt: skip
    for _ in range(3):  # a consumer of fixed temperature difference
        net = heat.HeatNetwork(
            nodes=nodes_of(pipes), pipes=pipes, consumers=consumers,
            sources=source("i", given["T_supply_C"]),
            fluid=heat.constant_fluid(given["rho"], given["mu"], given["cp"]),
        )  # fmt: skip
        found = heat.solve(net)
        consumers["return_temp_c"] = found.consumers["supply_temp_c"] - given["dT_each_K"]
    at = found.nodes.set_index("node")
    mine = {
        "mdot_supply_i_kg_h": found.sources["mass_flow_kgs"][0] * 3600,
        "dp_supply_i_e_pa": at["pressure_pa"]["si"] - at["pressure_pa"]["se"],
        "Ts_SD1": at["temp_c"]["sSimpleDistrict_1"],
        "Ts_f": at["temp_c"]["sf"],
        "Tr_i": at["temp_c"]["ri"],
        "Q_source_w": found.sources["heat_w"][0],
    }
    for name, value in mine.items():
        low, high = data["min_of_6"][name], data["max_of_6"][name]
        slack = 1e-4 * abs(low)
        assert low - slack <= value <= high + slack, name
