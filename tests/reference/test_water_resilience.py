"""Figures of resilience against wntr.metrics on the networks wntr ships.

On the heads and flows of its own run, single precision, the figures agree to 2e-5; on ours to 1e-3.
"""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from twin.flows import water
from twin.flows.water import resilience

wntr = pytest.importorskip("wntr", reason="wntr is a development dependency")
REQUIRED_M = 21.09


@pytest.fixture(scope="module", params=["Net1", "Net3", "ky4"])
def case(request, tmp_path_factory):
    """Return wntr's model and results, our network, and the results in our words."""
    path = Path(wntr.__file__).parent / "library" / "networks" / f"{request.param}.inp"
    model = wntr.network.WaterNetworkModel(str(path))
    model.options.time.duration = 24 * 3600
    prefix = str(tmp_path_factory.mktemp("wntr") / "run")
    found = wntr.sim.EpanetSimulator(model).run_sim(file_prefix=prefix)
    net = water.read_inp(path)
    theirs = SimpleNamespace(
        head_m=found.node["head"],
        pressure_m=found.node["pressure"],
        demand_m3s=found.node["demand"],
        flow_m3s=found.link["flowrate"],
    )
    ours = water.simulate(net, 24 * 3600.0, float(model.options.time.report_timestep))
    return SimpleNamespace(model=model, found=found, net=net, theirs=theirs, ours=ours)


def both(case, ours, theirs, *, rtol=1e-3, atol=1e-4):
    """Compare a figure on wntr's results closely, and on our own run by the solver's tolerance."""
    of_theirs = ours(case.theirs)
    np.testing.assert_allclose(of_theirs, theirs, rtol=2e-5, atol=1e-6)
    of_ours = ours(case.ours)
    np.testing.assert_allclose(of_ours, of_theirs.loc[of_ours.index], rtol=rtol, atol=atol)


def test_todini_index_is_that_of_wntr(case):
    node, link = case.found.node, case.found.link
    theirs = wntr.metrics.todini_index(
        node["head"], node["pressure"], node["demand"], link["flowrate"], case.model, REQUIRED_M
    )
    both(case, lambda run: resilience.todini_index(case.net, run, REQUIRED_M), theirs)


def test_modified_resilience_index_is_that_of_wntr(case):
    names = case.model.junction_name_list
    elevation = case.model.query_node_attribute("elevation")[names]
    pressure, demand = (case.found.node[key][names] for key in ("pressure", "demand"))
    whole = wntr.metrics.modified_resilience_index(
        pressure, elevation, REQUIRED_M, demand, per_junction=False
    )
    both(case, lambda run: resilience.modified_resilience_index(case.net, run, REQUIRED_M), whole)
    each = wntr.metrics.modified_resilience_index(pressure, elevation, REQUIRED_M)
    ours = resilience.surplus_by_junction(case.net, case.theirs, REQUIRED_M)
    np.testing.assert_allclose(ours[names], each, rtol=1e-4, atol=1e-5)


def test_demand_asked_service_and_people_are_those_of_wntr(case):
    names = case.model.junction_name_list
    asked = wntr.metrics.expected_demand(case.model)
    ours = resilience.demand_asked(case.net, asked.index.to_numpy())
    np.testing.assert_allclose(ours[names], asked[names], rtol=1e-9, atol=1e-15)
    share = wntr.metrics.water_service_availability(asked[names], case.found.node["demand"][names])
    found = resilience.service_availability(case.net, case.theirs)[names]
    known = asked[names].to_numpy() != 0.0
    np.testing.assert_allclose(found.to_numpy()[known], share.to_numpy()[known], rtol=1e-6)
    assert np.isnan(found.to_numpy()[~known]).all()
    people = wntr.metrics.population(case.model)
    ours = resilience.people_by_junction(case.net)
    np.testing.assert_allclose(ours[names], people[names])
    theirs = wntr.metrics.population_impacted(people, share, np.less, 0.999)
    impacted = resilience.people_impacted(ours, found < 0.999)
    np.testing.assert_allclose(impacted[names], theirs[names])


def test_pump_energy_and_cost_are_those_of_wntr(case):
    pumps = case.model.pump_name_list
    model = case.model
    for _, pump in model.pumps():  # wntr knows no curves of efficiency
        pump.efficiency_curve_name = None
    model.options.energy.global_efficiency = 75.0
    model.options.energy.global_price = 3.61e-8
    model.options.energy.global_pattern = model.options.energy.demand_charge = None
    kept = {"ENERGY": ("GLOBAL EFFICIENCY 75", f"GLOBAL PRICE {3.61e-8 * 3.6e6}")}
    net = dataclasses.replace(case.net, kept=kept)
    found = case.found
    power = wntr.metrics.pump_power(found.link["flowrate"][pumps], found.node["head"], model)
    energy = wntr.metrics.pump_energy(found.link["flowrate"][pumps], found.node["head"], model)
    cost = wntr.metrics.pump_cost(energy, model)
    ours = resilience.pump_energy(net, case.theirs)
    np.testing.assert_allclose(ours.power_w[pumps], power.astype(float), rtol=1e-6)
    rows = slice(0, -1)  # wntr counts a step after the last reported time too
    np.testing.assert_allclose(
        3.6e6 * ours.energy_kwh[pumps].iloc[rows], energy.astype(float).iloc[rows], rtol=1e-6
    )
    np.testing.assert_allclose(
        ours.cost[pumps].iloc[rows], cost.astype(float).iloc[rows], rtol=1e-6
    )
    assert (ours.energy_kwh.iloc[-1] == 0.0).all()
    assert isinstance(ours.cost, pd.DataFrame)


def test_service_and_people_of_a_shortage_are_those_of_wntr(tmp_path):
    """Net3 under pressure-driven demand that needs 60 m: a seventh asked for is not given."""
    path = Path(wntr.__file__).parent / "library" / "networks" / "Net3.inp"
    model = wntr.network.WaterNetworkModel(str(path))
    model.options.time.duration = 24 * 3600
    model.options.hydraulic.demand_model = "PDA"
    model.options.hydraulic.required_pressure = 60.0
    model.options.hydraulic.accuracy = 1e-6
    found = wntr.sim.EpanetSimulator(model).run_sim(file_prefix=str(tmp_path / "run"))
    net = water.read_inp(tmp_path / "run.inp")
    names = model.junction_name_list
    asked = wntr.metrics.expected_demand(model)[names]
    theirs = wntr.metrics.water_service_availability(asked, found.node["demand"][names])
    run = water.simulate(net)
    ours = resilience.service_availability(net, run)[names]
    known = asked.to_numpy() > 0.0
    assert (theirs.to_numpy()[known] < 0.99).mean() > 0.1
    np.testing.assert_allclose(ours.to_numpy()[known], theirs.to_numpy()[known], atol=1e-5)
    people = wntr.metrics.population(model)
    impacted = wntr.metrics.population_impacted(people, theirs, np.less, 0.9)
    ours_impacted = resilience.people_impacted(resilience.people_by_junction(net), ours < 0.9)
    np.testing.assert_array_equal(ours_impacted, impacted.loc[ours_impacted.index, names])
