"""Extended periods: tanks, patterns, and what is refused."""

import numpy as np
import pytest

from tests.unit.flows.water.waters import grid, junction, network, pipe, pump, reservoir, tank
from twin.core.errors import CityDataError
from twin.flows import water
from twin.flows.water.runs.kernels import periods as period_kernels
from twin.flows.water.runs.kernels.events import run_scenarios_into

AREA = np.pi * 10.0**2 / 4.0


def drained(**options):
    """Return a tank that alone feeds one junction."""
    nodes = [tank(**options), junction("A", demand_m3s=0.01)]
    return network(nodes, [pipe("p", "T", "A")])


def test_a_tank_falls_by_what_is_taken():
    result = water.simulate(drained(), 4 * 3600.0)
    level = result.pressure_m["T"].to_numpy()
    np.testing.assert_allclose(level, 3.0 - 36.0 / AREA * np.arange(5), rtol=1e-9)
    assert result.unbalanced_steps == ()


def test_an_empty_tank_gives_nothing_more_and_the_part_is_reported():
    result = water.simulate(drained(), 24 * 3600.0)
    hours_of_water = 2.0 * AREA / 36.0
    last = int(np.floor(hours_of_water))
    assert result.supplied["A"].iloc[last]
    assert not result.supplied["A"].iloc[last + 1]
    assert result.demand_m3s["A"].iloc[-1] == 0.0
    assert result.pressure_m["T"].iloc[-1] == pytest.approx(1.0, abs=1e-9)


def test_a_tank_with_less_than_half_a_second_of_water_is_not_drained_for_an_hour():
    nodes = [tank(init_level_m=1.0002), junction("A", demand_m3s=0.1)]
    assert 0.0002 * AREA / 0.1 < 0.5
    result = water.simulate(network(nodes, [pipe("p", "T", "A", diameter_m=0.5)]), 2 * 3600.0)
    assert result.supplied["A"].tolist() == [True, False, False]
    assert result.pressure_m["T"].iloc[1:].tolist() == pytest.approx([1.0, 1.0], abs=1e-9)


def test_a_pump_fills_a_tank_to_its_limit_and_no_further():
    nodes = [reservoir(head_m=20.0), junction("A"), tank()]
    links = [pump("u", "R", "A", (0.05, 60.0)), pipe("p", "A", "T")]
    result = water.simulate(network(nodes, links), 12 * 3600.0)
    level = result.pressure_m["T"]
    assert level.is_monotonic_increasing
    assert level.iloc[-1] == pytest.approx(5.0, abs=1e-4)
    assert abs(result.flow_m3s["p"].iloc[-1]) < 1e-6
    assert result.unbalanced_steps == ()


def test_the_volume_in_tanks_changes_by_what_flows_in():
    nodes = [reservoir(head_m=20.0), junction("A", demand_m3s=0.02, pattern="day"), tank()]
    links = [pump("u", "R", "A", (0.03, 60.0)), pipe("p", "A", "T")]
    net = network(nodes, links, patterns={"day": [0.2, 1.8]})
    result = water.simulate(net, 24 * 3600.0)
    inflow = result.demand_m3s["T"].to_numpy()[:-1] * 3600.0
    stored = np.diff(result.pressure_m["T"].to_numpy()) * AREA
    calm = np.flatnonzero(result.pressure_m["T"].to_numpy()[1:] < 4.99)
    np.testing.assert_allclose(stored[calm], inflow[calm], atol=1e-7)


def test_demand_follows_its_pattern():
    nodes = [reservoir(), junction("A", demand_m3s=0.01, pattern="day")]
    net = network(nodes, [pipe("p", "R", "A")], patterns={"day": [0.5, 2.0]})
    result = water.simulate(net, 3 * 3600.0)
    assert result.demand_m3s["A"].tolist() == [0.005, 0.02, 0.005, 0.02]


def test_a_duration_of_zero_is_one_steady_state():
    net = grid(3)
    result = water.simulate(net)
    np.testing.assert_array_equal(result.head_m.iloc[0], water.solve(net).head_m)


def test_the_last_step_may_be_shorter():
    assert water.simulate(grid(3), 9000.0).head_m.index.tolist() == [0.0, 3600.0, 7200.0, 9000.0]


def test_unbalanced_steps_are_named():
    options = water.SolveOptions(max_iterations=0)
    assert water.simulate(grid(3), 3600.0, options=options).unbalanced_steps == (0.0, 3600.0)


@pytest.mark.parametrize(
    ("duration_s", "step_s", "message"),
    [
        (-1.0, 3600.0, "duration_s: = -1 is below 0 s"),
        (3600.0, 0.0, "step_s: = 0 is not above 0 s"),
        (1e9, 1.0, "over 1000000 steps"),
    ],
)
def test_impossible_times_are_refused(duration_s, step_s, message):
    with pytest.raises(CityDataError, match=message):
        water.simulate(grid(3), duration_s, step_s)


def test_a_pattern_that_changes_within_a_step_is_solved_at_its_change():
    nodes = [reservoir(), junction("A", demand_m3s=0.01, pattern="day")]
    net = network(nodes, [pipe("p", "R", "A")], patterns={"day": [1.0, 2.0]})
    result = water.simulate(net, 10800.0, 5400.0)
    assert result.demand_m3s["A"].tolist() == [0.01, 0.02, 0.02]
    assert result.solves == 5


def test_a_part_of_a_second_is_refused():
    with pytest.raises(CityDataError, match=r"step_s: = 0.5 s is no whole number of seconds"):
        water.simulate(grid(3), 10.0, 0.5)


def test_each_kernel_has_one_signature_by_number_of_lanes():
    water.simulate(grid(3), 3600.0, pressure_driven=True)
    water.solve(drained(), closed=np.array([False]))
    assert len(period_kernels.run_periods_into.signatures) == 1
    assert len(run_scenarios_into.signatures) <= 2  # one scenario, and eight
