"""Hours in a row and scenarios side by side equal solves one by one."""

import runpy
from pathlib import Path

import numba
import numpy as np
import pytest

from twin.core.errors import CityDataError
from twin.flows import heat
from twin.flows.base import SolveStatus
from twin.flows.heat.kernels import many as kernels

grid = runpy.run_path(str(Path(__file__).parents[3] / "naive" / "heat.py"))["grid"]
TIGHT = heat.Tolerance(flow=1e-11, temp_k=1e-9)


def network(**change):
    tables = grid(4, 3, 5)
    tables["sources"] = tables["sources"].assign(**change)
    return heat.HeatNetwork(**tables)


def one(net, **asked):
    return heat.solve_arrays(net, net.base_input._replace(**asked), tolerance=TIGHT)


def test_hours_equal_single_solves():
    net = network()
    load = np.array([1.0, 0.7, 1.2, 0.1])
    heat_w = load[:, np.newaxis] * net.base_input.heat_w
    hot_c = np.array([95.0, 90.0, 99.0, 80.0])
    found = heat.solve_series(net, heat_w=heat_w, supply_temp_c=hot_c, tolerance=TIGHT)
    assert found.status is SolveStatus.CONVERGED
    for hour in range(4):
        alone = one(net, heat_w=heat_w[hour], supply_temp_c=hot_c[hour : hour + 1])
        assert found.consumer_flow_kgs[hour] == pytest.approx(alone.state.consumer_kgs, rel=1e-7)
        assert found.source_heat_w[hour] == pytest.approx(alone.state.source_heat_w, rel=1e-9)
        assert found.loss_w[hour] == pytest.approx(alone.state.loss_w.sum(), rel=1e-8)
    assert np.abs(found.energy_error).max() < 1e-8


def test_colder_ground_takes_more_heat_in_its_hour():
    net = network()
    found = heat.solve_series(net, ground_c=np.array([5.0, -5.0, 5.0]))
    assert found.loss_w[1] > 1.05 * found.loss_w[0]
    assert found.loss_w[2] == pytest.approx(found.loss_w[0], rel=1e-6)


def test_hours_without_enough_capacity_or_pressure_are_solved_all_the_same():
    net = network(capacity_w=7e5, lift_pa=3e4)
    load = np.array([0.3, 1.0, 0.3])
    heat_w = load[:, np.newaxis] * net.base_input.heat_w
    found = heat.solve_series(net, heat_w=heat_w)
    assert found.converged.all()
    alone = heat.solve_arrays(net, net.base_input)
    assert found.delivered_w[1].sum() == pytest.approx(alone.state.delivered_w.sum(), rel=1e-4)
    assert found.delivered_w[1].sum() < heat_w[1].sum()
    assert found.delivered_w[2] == pytest.approx(heat_w[2], rel=1e-5)


def test_scenarios_equal_single_solves_whatever_the_threads():
    net = network()
    n = 9
    closed = np.zeros((n, len(net.pipes)), dtype=bool)
    closed[3, 5] = True
    asked = {
        "heat_multiplier": np.linspace(0.5, 1.3, n),
        "supply_temp_c": np.linspace(85.0, 105.0, n),
        "ground_c": np.linspace(-5.0, 10.0, n),
        "loss_factor": np.linspace(1.0, 2.0, n),
        "closed": closed,
    }
    found = heat.solve_ensemble(net, **asked, tolerance=TIGHT)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    again = heat.solve_ensemble(net, **asked, tolerance=TIGHT)
    numba.set_num_threads(before)
    assert np.array_equal(found.pipe_flow_kgs, again.pipe_flow_kgs)
    assert found.converged.all()
    for row in (0, 3, 8):
        tables = grid(4, 3, 5)
        tables["pipes"]["ambient_c"] = asked["ground_c"][row]
        tables["pipes"]["closed"] = closed[row]
        tables["pipes"]["loss_w_m2k"] *= asked["loss_factor"][row]
        tables["consumers"]["heat_w"] *= asked["heat_multiplier"][row]
        tables["sources"]["supply_temp_c"] = asked["supply_temp_c"][row]
        alone = heat.solve(heat.HeatNetwork(**tables), tolerance=TIGHT).raw.state
        scale = np.abs(alone.flow_kgs).max()
        assert found.pipe_flow_kgs[row] == pytest.approx(alone.flow_kgs, abs=1e-8 * scale)
        assert found.source_heat_w[row] == pytest.approx(alone.source_heat_w, rel=1e-9)


def test_scenarios_short_of_pressure_are_solved_one_by_one():
    net = network(lift_pa=3e4)
    found = heat.solve_ensemble(net, heat_multiplier=np.array([0.3, 1.0]))
    alone = heat.solve_arrays(net, net.base_input)
    assert found.converged.all()
    assert found.delivered_w[1] == pytest.approx(alone.state.delivered_w, rel=1e-6)
    assert found.sources().shape == (2, 5)


WRONG = {
    r"has shape \(2, 3\), not \(2, 8\)": {"heat_multiplier": np.ones((2, 3))},
    "is not a finite number": {"supply_temp_c": np.array([90.0, np.nan])},
    "supply_temp_c scenario 1: is not a finite number; 1 such": {
        "supply_temp_c": np.array([90.0, np.nan])
    },
    "is below 0": {"heat_multiplier": np.array([1.0, -1.0])},
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_rows_are_refused(message):
    with pytest.raises(CityDataError, match=message):
        heat.solve_ensemble(network(), **WRONG[message])


def test_kernels_of_many_rows_compile_for_one_signature():
    for name, thing in vars(kernels).items():
        if hasattr(thing, "signatures") and thing.__module__ == kernels.__name__:
            assert len(thing.signatures) <= 1, name
