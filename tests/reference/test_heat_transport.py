"""Travelling heat against exact plug flow, cooling standstill and measured pipes."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from twin.flows import heat
from twin.flows.heat.kernels.medium import (
    density_and_viscosity,
    enthalpy_at,
    heat_capacity_at,
    temperature_at,
)
from twin.flows.heat.kernels.transport import (
    Parcels,
    end_jkg,
    flow_through_into,
    rebase_into,
    stand_into,
    stored_j,
)


@pytest.fixture(scope="module")
def heat_folder(shared_data):
    folder = shared_data / "heat"
    if not folder.is_dir():
        pytest.skip(f"no heat data at {folder}")
    return folder


def line(given, mass_flow_kgs):
    """Return a supply and a return pipe with a bypass of fixed flow."""
    pipe = {"length_m": given["L"], "diameter_m": given["D"], "roughness_m": 1e-4,
            "loss_w_m2k": given["U_lin"] / (math.pi * given["D"]),
            "ambient_c": given["T_ground"]}  # fmt: skip
    return heat.HeatNetwork(
        nodes=pd.DataFrame({"node": ["s0", "s1", "r0", "r1"], "elevation_m": 0.0}),
        pipes=pd.DataFrame(
            [{"pipe": "S", "from_node": "s0", "to_node": "s1", "side": "supply", **pipe},
             {"pipe": "R", "from_node": "r1", "to_node": "r0", "side": "return", **pipe}]
        ),
        consumers=pd.DataFrame(
            [{"consumer": "c", "supply_node": "s1", "return_node": "r1", "heat_w": 0.0,
              "return_temp_c": 1.0, "bypass_kgs": mass_flow_kgs, "min_dp_pa": 1.0,
              "max_flow_kgs": 2 * mass_flow_kgs}]
        ),
        sources=pd.DataFrame(
            [{"source": "q", "supply_node": "s0", "return_node": "r0", "supply_pressure_pa": 9e7,
              "lift_pa": 8.9e7, "supply_temp_c": given["T_before"]}]
        ),
        fluid=heat.constant_fluid(given["rho"], 3e-4, given["cp"]),
    )  # fmt: skip


@pytest.mark.parametrize("step_s", [100.0, 1000.0, 3600.0])
def test_fronts_arrive_when_and_as_warm_as_plug_flow_has_them(heat_folder, step_s):
    for case in json.loads((heat_folder / "analytic.json").read_text())["plug_flow"]:
        given = case["inputs"]
        area_m2 = math.pi * given["D"] ** 2 / 4
        net = line(given, given["rho"] * area_m2 * given["v"])
        found = heat.simulate(
            net,
            supply_temp_c=np.full((24, 1), given["T_after"]),
            step_s=step_s,
            start=heat.solve(net),
        )
        begin_s = found.consumer_temp_c.index.to_numpy()
        share = np.clip((begin_s + step_s - case["arrival_s"]) / step_s, 0.0, 1.0)
        rise = share * (case["T_out_after"] - case["T_out_before"])
        expected = case["T_out_before"] + rise
        assert found.consumer_temp_c["c"].to_numpy() == pytest.approx(expected, rel=1e-9)
        assert abs(found.energy_error) < 1e-10
        assert found.mass_error < 1e-10


def one_pipe(fluid, content_kg, temps_c, wall_kg=0.0):
    """Return a pipe full of water at the first of (water, ground)."""
    water, ground = (enthalpy_at(fluid, float(t)) for t in temps_c)
    slots = [np.zeros((1, 32)) for _ in range(4)]
    parcels = Parcels(
        *slots, np.ones(1, np.int32), np.ones(1, np.uint8), np.zeros(1), np.array([content_kg]),
        np.array([wall_kg]), np.array([water]), np.array([ground]),
    )  # fmt: skip
    parcels.mass_kg[0, 0] = content_kg
    parcels.entry_jkg[0, 0] = water
    return parcels


def test_still_pipes_cool_by_the_exact_exponential(heat_folder):
    for case in json.loads((heat_folder / "analytic.json").read_text())["stagnant_pipe"]:
        given = case["inputs"]
        fluid = heat.constant_fluid(given["rho"], 3e-4, given["cp"])
        per_m_kg = given["rho"] * math.pi * given["D"] ** 2 / 4
        parcels = one_pipe(fluid, per_m_kg, (given["T0"], given["T_ground"]))
        rise = given["U_lin"] * 3600.0 / (per_m_kg * given["cp"])
        for hour in range(1, 49):
            before = stored_j(parcels)
            lost = stand_into(0, rise, parcels)
            assert lost == pytest.approx(before - stored_j(parcels), rel=1e-9)
            if str(hour) in case["T_after"]:
                temp_c = temperature_at(fluid, end_jkg(parcels, 0, True), 20.0)
                assert temp_c == pytest.approx(case["T_after"][str(hour)], rel=1e-9)


def driven(frame, pipe):
    """Return the outlet temperature at the end of every interval, inlet and flow held in it."""
    fluid = heat.water()
    inlet = frame["in_c"].to_numpy()
    rho, _ = density_and_viscosity(fluid, float(np.median(inlet)))
    cp = heat_capacity_at(fluid, float(np.median(inlet)))
    content = rho * math.pi * pipe["diameter_m"] ** 2 / 4 * pipe["length_m"]
    wall_kg = pipe["wall_jmk"] * pipe["length_m"] / cp
    parcels = one_pipe(fluid, content, (frame["out_c"][0], frame["ambient_c"][0]), wall_kg)
    ends, values, whole = np.zeros(128), np.zeros(128), np.ones(1)
    found = []
    time_s, flow = frame["time_s"].to_numpy(), frame["flow_kgs"].to_numpy()
    for k in range(len(frame) - 1):
        step_s = time_s[k + 1] - time_s[k]
        rise = pipe["length_m"] * step_s / (pipe["resistance_mkw"] * content * cp)
        rebase_into(0, enthalpy_at(fluid, frame["ambient_c"][k]), parcels)
        entering = np.array([enthalpy_at(fluid, inlet[k])])
        flow_through_into(
            0, flow[k] * step_s, rise, 40.0, (whole, entering, 1), ends, values, parcels
        )
        found.append(temperature_at(fluid, parcels.wall_jkg[0], inlet[k]))
    return np.array(found)


def test_copper_pipe_agrees_with_measurement(heat_folder):
    raw = pd.read_csv(heat_folder / "cae124_pipe_inputs.csv")
    meta = json.loads((heat_folder / "cae124_pipe_META.json").read_text())["pipe"]
    inner, outer = meta["d_inner_m"], meta["d_outer_m"]
    shell = outer + 2 * meta["insulation_m"]
    resistance = math.log(shell / outer) / (2 * meta["k_insulation"])
    resistance += 1 / (meta["h_ext"] * shell)
    pipe = {
        "length_m": meta["length_m"], "diameter_m": inner, "resistance_mkw": resistance / math.pi,
        "wall_jmk": 8900 * 385 * math.pi / 4 * (outer**2 - inner**2),
    }  # fmt: skip
    frame = pd.DataFrame(
        {"time_s": raw["TIME [sec]"], "flow_kgs": raw["m_dot_me"] / 3600, "in_c": raw["Tin_me"],
         "out_c": raw["Tout_me"], "ambient_c": raw["T_amb_me"]}
    )  # fmt: skip
    error = driven(frame, pipe) - frame["out_c"].to_numpy()[1:]
    assert math.sqrt(np.mean(error**2)) <= 0.25


@pytest.mark.parametrize("run", ["150801", "151202", "151204_1"])
def test_steel_pipe_agrees_with_measurement(heat_folder, run):
    raw = pd.read_csv(heat_folder / f"ulg_pipe_ULg{run}.csv")
    meta = json.loads((heat_folder / "ulg_pipe_META.json").read_text())["pipe"]
    inner, outer = meta["d_inner_m"], meta["d_outer_m"]
    shell = outer / 2 + meta["insulation_m"]
    resistance = math.log(shell / (outer / 2)) / (2 * meta["k_insulation"])
    resistance += 1 / (5 * (outer + 2 * meta["insulation_m"]))
    steel = meta["wall_cp"] * meta["wall_rho"]
    pipe = {
        "length_m": meta["length_m"], "diameter_m": inner, "resistance_mkw": resistance / math.pi,
        "wall_jmk": steel * math.pi / 4 * (outer**2 - inner**2),
    }  # fmt: skip
    frame = pd.DataFrame(
        {"time_s": raw["t_s"], "flow_kgs": raw["mdot_kg_s"], "in_c": raw["T_in_water_C"],
         "out_c": raw["T_out_water_C"], "ambient_c": meta["T_ambient_C"]}
    )  # fmt: skip
    error = driven(frame, pipe) - frame["out_c"].to_numpy()[1:]
    assert math.sqrt(np.mean(error**2)) <= 0.6
