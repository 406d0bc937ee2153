"""Elevators: they get what the network's temperature gives."""

import numpy as np
import pytest

from tests.unit.flows.heat.test_heat_network import tables
from twin.core.errors import CityDataError
from twin.flows import heat
from twin.flows.base import SolveStatus
from twin.flows.heat.dependent import elevator_dp_pa, mixing_ratio


def with_elevators(supply_c=130.0, *, curve=(130.0, 95.0, 70.0), **changes):
    given = tables()
    given["pipes"]["loss_w_m2k"] = 0.0
    given["sources"]["supply_temp_c"] = supply_c
    given["consumers"] = given["consumers"].assign(
        connection="dependent",
        design_supply_c=curve[0],
        house_temp_c=curve[1],
        return_temp_c=curve[2],
        **changes,
    )
    return given


@pytest.mark.parametrize(
    ("curve", "ratio"), [((95, 95, 70), 0.0), ((130, 95, 70), 1.4), ((150, 95, 70), 2.2)]
)
def test_mixing_ratio_and_pressure_are_those_of_the_curve(curve, ratio):
    assert mixing_ratio(*curve) == pytest.approx(ratio)
    needed = heat.HeatNetwork(**with_elevators(curve[0], curve=curve)).consumers["min_dp_pa"]
    assert needed.iloc[0] == pytest.approx(14_000.0 * (1 + ratio) ** 2)
    assert elevator_dp_pa(ratio) == pytest.approx(needed.iloc[0])


@pytest.mark.parametrize("outdoor_c", [-31.0, -15.0, 0.0, 8.0])
@pytest.mark.parametrize("supply_c", [95.0, 130.0, 150.0])
def test_on_its_curve_a_house_gets_what_it_needs_at_constant_flow(supply_c, outdoor_c):
    curve = heat.QualityCurve(supply_c=supply_c, return_c=70.0, design_outdoor_c=-31.0)
    hot, _, back = (float(value) for value in curve.temperatures(outdoor_c))
    net = heat.HeatNetwork(
        **with_elevators(hot, curve=(supply_c, 95.0, 70.0)),
        fluid=heat.constant_fluid(960.0, 3e-4, 4190.0),
    )
    found = heat.solve(net).consumers.iloc[0]
    assert found["delivered_w"] == pytest.approx(1e5 * float(curve.load(outdoor_c)), rel=1e-5)
    assert found["return_temp_c"] == pytest.approx(back, abs=1e-3)
    assert found["mass_flow_kgs"] == pytest.approx(1e5 / (4190.0 * (supply_c - 70.0)))
    assert found["status"] == "as supplied"


def test_cooler_water_gives_less_heat_at_the_same_flow():
    found = [heat.solve(heat.HeatNetwork(**with_elevators(t))) for t in (130.0, 100.0, 60.0)]
    heats = [one.consumers["delivered_w"].iloc[0] for one in found]
    assert heats[0] == pytest.approx(1e5, rel=1e-6)
    assert heats[0] > heats[1] > heats[2] > 0.0
    flows = [one.consumers["mass_flow_kgs"].iloc[0] for one in found]
    assert np.ptp(flows) < 1e-9
    assert all(abs(one.raw.energy_error) < 1e-8 for one in found)


def test_without_the_pressure_an_elevator_passes_less():
    given = with_elevators()
    given["sources"]["lift_pa"] = 3e4
    found = heat.solve(heat.HeatNetwork(**given))
    assert found.consumers["status"].iloc[0] == "low pressure"
    full = heat.solve(heat.HeatNetwork(**with_elevators())).consumers["mass_flow_kgs"].iloc[0]
    assert found.consumers["mass_flow_kgs"].iloc[0] < full
    assert found.consumers["delivered_w"].iloc[0] < 1e5


def test_a_weak_plant_cools_the_water_until_both_agree():
    given = with_elevators()
    given["sources"]["capacity_w"] = 6e4
    found = heat.solve(heat.HeatNetwork(**given))
    assert found.status is SolveStatus.CONVERGED
    assert found.sources["heat_w"].iloc[0] == pytest.approx(6e4, rel=1e-4)
    assert found.consumers["delivered_w"].iloc[0] == pytest.approx(6e4, rel=1e-4)


def test_a_curve_out_of_order_is_refused_with_its_temperatures():
    with pytest.raises(CityDataError, match="house_temp_c 60, return_temp_c 70"):
        heat.HeatNetwork(**with_elevators(curve=(130.0, 60.0, 70.0)))
    given = with_elevators()
    given["consumers"] = given["consumers"].drop(columns="house_temp_c")
    with pytest.raises(CityDataError, match="house_temp_c nan"):
        heat.HeatNetwork(**given)


def test_time_series_refuse_them():
    with pytest.raises(CityDataError, match="not carried in time"):
        heat.simulate(heat.HeatNetwork(**with_elevators()))
