"""Pumps of constant power beyond which nothing can take water: power / flow has no root there."""

import numpy as np
import pytest

from tests.unit.flows.water.waters import junction, network, pipe, reservoir, tank
from twin.flows import water
from twin.flows.base import SolveStatus


def powered(name, tail, head, power_w=2000.0):
    return {"link": name, "kind": "pump", "from_node": tail, "to_node": head, "power_w": power_w}


def chain(*more_links, end_m3s=0.0, more_nodes=(), **end):
    """Return reservoir - pump u - A - pipe p - B, and what is added."""
    nodes = [reservoir(), junction("A"), junction("B", demand_m3s=end_m3s, **end), *more_nodes]
    return network(nodes, [powered("u", "R", "A"), pipe("p", "A", "B"), *more_links])


def test_a_pump_into_a_dead_end_stands_still_and_is_told():
    state = water.solve(chain())
    assert state.flow_m3s.tolist() == [0.0, 0.0]
    assert state.supplied.tolist() == [True, False, False]
    assert state.still_pumps == 1
    result = water.simulate(chain(), 3600.0)
    assert result.still_pump_steps == (0.0, 3600.0)
    assert result.unbalanced_steps == ()


@pytest.mark.parametrize(
    "net",
    [
        chain(end_m3s=0.001),
        chain(leak_coefficient=1e-4),
        chain(pipe("t", "B", "T"), more_nodes=[tank()]),
        chain(pipe("back", "B", "R")),
        chain(powered("v", "B", "C"), more_nodes=[junction("C", demand_m3s=0.001)]),
        chain(pipe("c", "B", "C", check_valve=True), more_nodes=[junction("C", demand_m3s=0.001)]),
    ],
    ids=["demand", "leak", "tank", "back", "second pump", "check valve"],
)
def test_a_pump_that_something_takes_water_from_delivers_its_power(net):
    state = water.solve(net)
    gain_m = state.head_m[net.head[0]] - state.head_m[net.tail[0]]
    assert 1000.0 * 9.80665 * state.flow_m3s[0] * gain_m == pytest.approx(2000.0, rel=1e-3)
    assert state.still_pumps == 0
    assert state.supplied.all()


def test_a_check_valve_towards_the_dead_end_is_no_way_out_but_a_supply():
    taker = junction("C", demand_m3s=0.001)
    feed, valve = pipe("f", "R", "C"), pipe("c", "C", "B", check_valve=True)
    state = water.solve(chain(feed, valve, more_nodes=[taker]))
    assert state.still_pumps == 1
    assert state.supplied.all()
    assert state.flow_m3s[0] == 0.0
    assert state.flow_m3s[2] == pytest.approx(0.001)


def test_a_pump_at_rest_is_no_way_out_for_the_pump_before_it():
    nodes = [reservoir(), junction("A"), junction("B")]
    state = water.solve(network(nodes, [powered("u", "R", "A"), powered("v", "A", "B")]))
    assert state.still_pumps == 2
    assert not state.flow_m3s.any()


def test_a_pump_that_water_comes_round_to_again_turns_it():
    loop = pipe("round", "B", "S")
    nodes = [junction("S")]
    net = network(
        [reservoir(), junction("A"), junction("B"), *nodes],
        [powered("u", "S", "A"), pipe("p", "A", "B"), loop, pipe("feed", "R", "S")],
    )
    state = water.solve(net)
    assert state.still_pumps == 0
    assert state.flow_m3s[0] > 0.01
    assert state.flow_m3s[2] == pytest.approx(state.flow_m3s[0], abs=2e-7)


def test_a_pump_stands_still_while_its_only_taker_asks_for_nothing_and_turns_again():
    net = network(
        [reservoir(), junction("A", demand_m3s=0.002, pattern="day")],
        [powered("u", "R", "A")],
        patterns={"day": [0.0, 1.0]},
    )
    result = water.simulate(net, 4 * 3600.0)
    assert result.still_pump_steps == (0.0, 7200.0, 14400.0)
    np.testing.assert_allclose(result.flow_m3s["u"], [0.0, 0.002, 0.0, 0.002, 0.0], atol=1e-9)
    assert result.unbalanced_steps == ()
    both = water.simulate_ensemble(net, duration_s=4 * 3600.0, demand_multiplier=[1.0, 0.0])
    assert both.still_pump_steps[0] == result.still_pump_steps
    assert both.still_pump_steps[1] == (0.0, 3600.0, 7200.0, 10800.0, 14400.0)


def test_a_pump_stands_still_once_the_tank_it_fills_is_full():
    nodes = [reservoir(head_m=50.0), junction("A"), tank()]
    net = network(nodes, [powered("u", "R", "A", 20000.0), pipe("p", "A", "T")])
    result = water.simulate(net, 4 * 3600.0)
    assert result.pressure_m["T"].iloc[-1] == pytest.approx(5.0, abs=1e-9)
    assert result.flow_m3s["u"].iloc[-1] == 0.0
    assert result.still_pump_steps != ()
    assert result.unbalanced_steps == ()


def test_a_pump_of_a_curve_of_points_stands_at_its_shut_off_head_before_a_dead_end():
    # the valve lets next to nothing back; the pump was restarted from half its largest flow by that
    curve = [(0.0, 50.0), (0.01, 40.0), (0.02, 30.0), (0.05, 0.0)]
    up = {"link": "u", "kind": "pump", "from_node": "A", "to_node": "B", "curve": curve}
    nodes = [reservoir(), junction("A", demand_m3s=0.001), junction("B")]
    back = pipe("c", "A", "B", check_valve=True)
    state = water.solve(network(nodes, [pipe("f", "R", "A"), up, back]))
    assert state.status is SolveStatus.CONVERGED
    assert state.head_m[2] - state.head_m[1] == pytest.approx(50.0, abs=1e-3)
    assert abs(state.flow_m3s[1]) < 1e-7
