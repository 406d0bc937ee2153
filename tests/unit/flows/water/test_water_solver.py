"""Steady solves: analytic cases, the naive reference, closed and cut-off parts."""

import numpy as np
import pytest

from tests.naive import water as naive
from tests.unit.flows.water.waters import grid, junction, network, pipe, pump, reservoir, tank
from twin.core.errors import CityDataError
from twin.flows import water
from twin.flows.base import SolveStatus


def hazen_williams(flow, length=1000.0, diameter=0.3, c=100.0):
    return 10.6668 * length * flow**1.852 / (c**1.852 * diameter**4.871)


def test_one_pipe_loses_what_hazen_williams_says():
    net = network([reservoir(), junction("A", demand_m3s=0.05)], [pipe("p", "R", "A")])
    state = water.solve(net)
    assert state.status is SolveStatus.CONVERGED
    assert state.flow_m3s[0] == pytest.approx(0.05, rel=1e-9)
    assert state.head_m[1] == pytest.approx(100.0 - hazen_williams(0.05), abs=1e-4)
    assert state.demand_m3s[0] == pytest.approx(-0.05, rel=1e-9)


def test_two_parallel_pipes_share_the_flow_by_their_conductance():
    links = [pipe("p", "R", "A"), pipe("q", "A", "R", diameter_m=0.2)]
    net = network([reservoir(), junction("A", demand_m3s=0.05)], links)
    state = water.solve(net, options=water.SolveOptions(flow_change_share=1e-8))
    share = (0.3 / 0.2) ** (4.871 / 1.852)
    expected = np.array([0.05 * share, -0.05]) / (1.0 + share)
    np.testing.assert_allclose(state.flow_m3s, expected, rtol=1e-6)


def test_a_one_point_pump_lifts_by_its_quadratic_curve():
    links = [pump("u", "R", "A", (0.05, 30.0)), pipe("p", "A", "B", length_m=1.0)]
    net = network([reservoir(head_m=10.0), junction("A"), junction("B", demand_m3s=0.04)], links)
    state = water.solve(net)
    lift = 4.0 / 3.0 * 30.0 - 30.0 / 3.0 * (0.04 / 0.05) ** 2
    assert state.head_m[1] == pytest.approx(10.0 + lift, abs=1e-4)


def test_a_three_point_pump_passes_through_its_points_and_follows_affinity():
    curve = (0.0, 50.0), (0.05, 40.0), (0.1, 15.0)
    nodes = [reservoir(head_m=10.0), junction("A", demand_m3s=0.05)]
    full = water.solve(network(nodes, [pump("u", "R", "A", *curve)]))
    assert full.head_m[1] == pytest.approx(50.0, abs=1e-4)
    nodes[1]["demand_m3s"] = 0.025
    half = water.solve(network(nodes, [pump("u", "R", "A", *curve, speed=0.5)]))
    assert half.head_m[1] == pytest.approx(10.0 + 0.25 * 40.0, abs=1e-4)


def test_a_pump_against_too_high_a_head_stands_still():
    nodes = [reservoir(head_m=10.0), junction("A"), reservoir("S", 80.0)]
    links = [pump("u", "R", "A", (0.05, 30.0)), pipe("p", "A", "S")]
    state = water.solve(network(nodes, links))
    assert state.status is SolveStatus.CONVERGED
    assert state.flow_m3s[0] == 0.0
    assert state.head_m[1] == pytest.approx(80.0, abs=1e-3)


@pytest.mark.parametrize("headloss", list(water.Headloss))
def test_a_looped_grid_agrees_with_dense_newton(headloss):
    net = grid(3, headloss=headloss)
    rough = {
        water.Headloss.HAZEN_WILLIAMS: 100.0,
        water.Headloss.DARCY_WEISBACH: 0.0005,
        water.Headloss.CHEZY_MANNING: 0.012,
    }[headloss]
    net.roughness[:] = rough
    state = water.solve(net)
    head, flow = naive.solve(net, net.demand_m3s)
    # Manning's exponent is 4/3 rounded to 1.333 and its factor 1.49 in EPANET's form
    tolerance = 0.02 if headloss is water.Headloss.CHEZY_MANNING else 2e-3
    np.testing.assert_allclose(state.head_m, head, atol=tolerance * (60.0 - head.min()))
    np.testing.assert_allclose(state.flow_m3s, flow, atol=1e-5)


def test_pressure_driven_demand_and_leaks_agree_with_dense_newton():
    net = grid(3)
    net.leak_area_m2[4] = 4e-4
    net.leak_coefficient[7] = 2e-4
    net.crack_growth_m[[2, 7]] = 1e-6
    net.leak_exponent[7] = 1.5
    demand = 4.0 * net.demand_m3s
    state = water.solve(net, demand, pressure_driven=True)
    head, flow = naive.solve(net, demand, pressure_driven=True)
    np.testing.assert_allclose(state.head_m, head, atol=5e-3)
    np.testing.assert_allclose(state.flow_m3s, flow, atol=2e-6)
    assert state.demand_m3s[1:].sum() < 0.99 * demand.sum()
    assert state.leak_m3s[4] > 0.0
    assert state.leak_m3s[7] > 0.0


def test_an_orifice_lets_out_what_torricelli_says():
    links = [pipe("p", "R", "A", length_m=0.1)]
    state = water.solve(network([reservoir(), junction("A", leak_area_m2=1e-3)], links))
    expected = 0.6 * 1e-3 * np.sqrt(2.0 * naive.GRAVITY * state.pressure_m[1])
    assert state.leak_m3s[1] == pytest.approx(expected, rel=1e-6)


def test_full_pressure_serves_all_and_least_pressure_nothing():
    nodes = [
        reservoir(head_m=40.0),
        junction("low", 10.0, 0.001, full_pressure_m=20.0),
        junction("high", 41.0, 0.001, full_pressure_m=20.0),
    ]
    net = network(nodes, [pipe("p", "R", "low"), pipe("q", "low", "high")])
    state = water.solve(net, pressure_driven=True)
    assert state.demand_m3s[1] == 0.001
    assert state.demand_m3s[2] == 0.0


def test_a_closed_pipe_carries_no_flow_and_its_part_is_reported():
    nodes = [reservoir(), junction("A", demand_m3s=0.01), junction("B", demand_m3s=0.01)]
    net = network(nodes, [pipe("p", "R", "A"), pipe("q", "A", "B")])
    state = water.solve(net, closed=np.array([False, True]))
    assert state.status is SolveStatus.NO_SOURCE
    assert state.supplied.tolist() == [True, True, False]
    assert state.flow_m3s[1] == 0.0
    assert state.demand_m3s[2] == 0.0
    assert state.pressure_m[2] == 0.0
    assert state.demand_m3s[1] == 0.01


def test_a_check_valve_feeds_forward_but_never_backward():
    nodes = [reservoir(), junction("A", demand_m3s=0.01), junction("B", demand_m3s=0.01)]
    links = [pipe("p", "R", "A"), pipe("q", "B", "A", check_valve=True)]
    state = water.solve(network(nodes, links))
    assert state.supplied.tolist() == [True, True, False]
    links[1] = pipe("q", "A", "B", check_valve=True)
    assert water.solve(network(nodes, links)).flow_m3s[1] == pytest.approx(0.01, rel=1e-6)


def test_no_demand_at_all_is_still_water():
    net = grid(3)
    state = water.solve(net, np.zeros(net.n_nodes))
    assert state.status is SolveStatus.CONVERGED
    assert np.abs(state.flow_m3s).max() < 1e-7
    np.testing.assert_allclose(state.head_m, 60.0, atol=1e-6)


def test_the_limits_hold_and_are_reported():
    state = water.solve(grid(5))
    assert state.energy_residual_m <= 1e-4
    assert state.mass_residual_m3s <= 1e-7


def test_too_few_iterations_are_flagged_and_finite():
    state = water.solve(grid(5), options=water.SolveOptions(max_iterations=1))
    assert state.status is SolveStatus.NOT_CONVERGED
    assert np.isfinite(state.head_m).all()


def test_a_start_from_the_answer_needs_fewer_iterations():
    net = grid(5)
    cold = water.solve(net)
    warm = water.solve(net, start=cold)
    assert warm.iterations < cold.iterations
    np.testing.assert_allclose(warm.head_m, cold.head_m, atol=1e-3)


def test_a_tank_gives_its_level_as_head():
    net = network([tank(), junction("A", demand_m3s=0.01)], [pipe("p", "T", "A")])
    state = water.solve(net)
    assert state.head_m[0] == 63.0
    assert state.pressure_m[0] == 3.0


def test_arrays_of_another_shape_are_refused():
    net = grid(3)
    with pytest.raises(CityDataError, match=r"demand_m3s: has shape \(3,\), the network has 10"):
        water.solve(net, np.zeros(3))
    with pytest.raises(CityDataError, match="demand_m3s: is nan in row 2"):
        water.solve(net, np.where(np.arange(10) == 2, np.nan, 0.0))
    with pytest.raises(CityDataError, match="is_open: has shape"):
        water.solve(net, closed=np.zeros(1, dtype=bool))
