"""The ground about pipes."""

import math
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin.core.errors import CityDataError
from twin.flows import heat
from twin.flows.base import SolveStatus
from twin.flows.heat.kernels.ground import warm_into
from twin.flows.heat.soil import ground_about

naive = runpy.run_path(str(Path(__file__).parents[3] / "naive" / "ground.py"))

PLACE = {"mean_c": 4.0, "amplitude_k": 18.0}


def test_ground_follows_the_year_late_and_less_with_depth():
    day = np.arange(365.0)
    surface = heat.ground_temp_c(day, 0.0, **PLACE)
    deep = heat.ground_temp_c(day, 1.5, **PLACE)
    assert surface.min() == pytest.approx(-14.0)
    assert surface.argmin() == 20
    assert np.ptp(deep) < 0.65 * np.ptp(surface)
    assert 25 < deep.argmin() - surface.argmin() < 60
    assert heat.ground_temp_c(day, 30.0, **PLACE) == pytest.approx(4.0, abs=1e-3)
    assert deep.mean() == pytest.approx(4.0, abs=0.1)


def test_buried_pair_loses_what_its_resistances_let_through():
    loss = heat.buried_loss_w_m2k(np.array([0.1]), np.array([0.05]), depth_m=1.0, spacing_m=0.4)
    deep = 1.0 + 1.5 / 14.6
    resistance = np.log(2.0) / (2 * np.pi * 0.027) + np.log(4 * deep / 0.2) / (3 * np.pi)
    resistance += np.log(1 + (2 * deep / 0.4) ** 2) / (6 * np.pi)
    assert loss[0] * np.pi * 0.1 == pytest.approx(1 / resistance, rel=1e-12)
    assert 0.18 < loss[0] * np.pi * 0.1 < 0.27  # ISOPLUS lists 0.254 W/(m K) for DN100


def test_thicker_insulation_and_drier_ground_lose_less():
    wide = heat.buried_loss_w_m2k(
        np.full(2, 0.1), np.array([0.03, 0.06]), depth_m=1.0, spacing_m=0.5
    )
    dry = heat.buried_loss_w_m2k(
        np.full(2, 0.1), np.array([0.03, 0.06]), depth_m=1.0, spacing_m=0.5, soil_wmk=0.7
    )
    assert wide[1] < wide[0]
    assert (dry < wide).all()


@pytest.mark.parametrize(
    ("message", "place"),
    [("the pipes overlap", (1.0, 0.15)), ("pipes reach the surface", (0.05, 0.5))],
)
def test_impossible_trenches_are_refused(message, place):
    with pytest.raises(CityDataError, match=message):
        heat.buried_loss_w_m2k(
            np.array([0.1]), np.array([0.05]), depth_m=place[0], spacing_m=place[1]
        )


def test_steel_walls_hold_the_heat_of_their_mass():
    # DN 50: 60.3 x 2.9 mm; 5.23e-4 m2 of steel
    assert heat.steel_wall_jmk(np.array([0.0545]))[0] == pytest.approx(1971.0, rel=2e-3)
    share = heat.steel_wall_jmk(np.array([0.0285, 0.3127])) / (4.1e6 * np.array([6.4e-4, 0.0768]))
    assert share == pytest.approx([0.37, 0.067], rel=0.03)


def still(bore_m, loss_wmk, wall_jmk, **options):
    """Return the temperature of water that stands in a pipe from 85 C, after 1 to 11 hours."""
    pipe = {"length_m": 20.0, "diameter_m": bore_m, "roughness_m": 1e-4, "ambient_c": 8.0,
            "loss_w_m2k": loss_wmk / (math.pi * bore_m), "wall_jmk": wall_jmk}  # fmt: skip
    net = heat.HeatNetwork(
        nodes=pd.DataFrame({"node": ["s0", "s1", "r0", "r1"], "elevation_m": 0.0}),
        pipes=pd.DataFrame(
            [{"pipe": "S", "from_node": "s0", "to_node": "s1", "side": "supply", **pipe},
             {"pipe": "R", "from_node": "r1", "to_node": "r0", "side": "return", **pipe}]
        ),
        consumers=pd.DataFrame(
            [{"consumer": "c", "supply_node": "s1", "return_node": "r1", "heat_w": 2e5,
              "return_temp_c": 50.0, "max_flow_kgs": 20.0, "min_dp_pa": 1.0}]
        ),
        sources=pd.DataFrame(
            [{"source": "q", "supply_node": "s0", "return_node": "r0", "supply_pressure_pa": 9e7,
              "lift_pa": 8.9e7, "supply_temp_c": 85.0}]
        ),
        fluid=heat.constant_fluid(975.0, 3e-4, 4185.0),
    )  # fmt: skip
    step_s = 900.0
    found = heat.simulate(
        net, heat_w=np.zeros((48, 1)), step_s=step_s, start=heat.solve(net), **options
    )
    assert abs(found.energy_error) < 1e-10
    assert found.status is SolveStatus.CONVERGED
    return found.consumer_temp_c["c"].to_numpy()[4::4]


@pytest.mark.parametrize(
    ("bore_m", "casing_m", "insulation_wmk"),
    [(0.0285, 0.09, 0.027), (0.0545, 0.125, 0.027), (0.0545, 0.125, 0.1), (0.1071, 0.2, 0.1)],
)
def test_still_water_cools_with_its_wall_and_its_ground(bore_m, casing_m, insulation_wmk):
    soil = heat.Soil(casing_m=casing_m, depth_m=0.9)
    steel_m = bore_m + 0.006
    insulation_mkw = math.log(casing_m / steel_m) / (2 * math.pi * insulation_wmk)
    loss_wmk = 1.0 / (insulation_mkw + float(soil.resistance_mkw()))
    wall_jmk = float(heat.steel_wall_jmk(np.array([bore_m]))[0])
    pipe = {
        "water_jmk": 975.0 * 4185.0 * math.pi / 4 * bore_m**2, "wall_jmk": wall_jmk,
        "insulation_mkw": insulation_mkw, "casing_m": casing_m, "outer_m": float(soil.outer_m()),
        "conductivity_wmk": soil.conductivity_wmk, "heat_capacity_jm3k": soil.heat_capacity_jm3k,
    }  # fmt: skip
    ours = still(bore_m, loss_wmk, wall_jmk, soil=soil)
    exact_c = naive["still_pipe"](pipe, (85.0, 8.0), ours.size)
    assert ours == pytest.approx(exact_c, abs=0.6)
    bare = still(bore_m, loss_wmk, 0.0)
    tau_s = pipe["water_jmk"] / loss_wmk
    hours = np.arange(1, ours.size + 1)
    assert bare == pytest.approx(8.0 + 77.0 * np.exp(-hours * 3600.0 / tau_s), abs=0.3)
    assert (ours > bare).all()
    assert np.ptp([ours[3], bare[3]]) > (6.0 if bore_m < 0.06 and tau_s < 20_000 else 1.0)


def test_ground_that_stores_heat_ends_where_ground_without_does():
    soil = heat.Soil(casing_m=0.125, depth_m=0.9)
    diameter_m, loss_wmk = np.array([0.0545]), np.array([0.5])
    ground, insulation_wmk = ground_about(soil, diameter_m, loss_wmk, 3600.0)
    whole = 1.0 / insulation_wmk + np.sum(1.0 / ground.out_wmk, axis=1)
    assert whole == pytest.approx(1.0 / loss_wmk)
    scratch = [np.zeros(ground.over_k.shape[1]) for _ in range(2)]
    for _ in range(20_000):  # the ground takes months
        warm_into(np.array([30.0]), 36_000.0, ground, *scratch)
    assert ground.over_k[0, 0] == pytest.approx(30.0 * float(soil.resistance_mkw()), rel=1e-6)


@pytest.mark.parametrize(
    ("soil", "loss_wmk", "step_s", "message"),
    [
        (heat.Soil(0.05, 0.9), 0.5, 900.0, "pipes row 0: has a casing of 0.05 m on a bore"),
        (heat.Soil(np.nan, 0.9), 0.5, 900.0, "pipes row 0: has a casing of nan m"),
        (heat.Soil(0.125, 0.9), 5.0, 900.0, r"loses 5 W/\(m K\), more than its ground alone"),
        (heat.Soil(0.125, 0.9), 2.3, 1e9, "steps of 1e\\+09 s are too long for the ground"),
    ],
)
def test_soil_that_does_not_fit_is_refused(soil, loss_wmk, step_s, message):
    with pytest.raises(CityDataError, match=message):
        ground_about(soil, np.array([0.0545]), np.array([loss_wmk]), step_s)
