"""Zones behind shut or limiting links: what cannot be supplied, and what nobody draws from."""

import numpy as np
import pytest

from tests.unit.flows.water.waters import junction, network, pipe, pump, reservoir, tank
from twin.flows import water
from twin.flows.base import SolveStatus

HOUR_S = 3600.0


def hazen_williams_m(flow_m3s, length_m, diameter_m, c=100.0):
    """Return the head that a pipe loses, in SI."""
    return 10.6668 * length_m * flow_m3s**1.852 / (c**1.852 * diameter_m**4.871)


def valve(kind, tail, head, setting, **more):
    row = {"link": "V", "kind": kind, "from_node": tail, "to_node": head, "setting": setting}
    return row | {"diameter_m": 0.15} | more


def behind(kind, setting, factors, *, demand_m3s=0.01, head_m=80.0, **options):
    """Return a dead end of two nodes behind a valve."""
    nodes = [
        reservoir(head_m=head_m),
        junction("A", 0.0, 0.002),
        junction("B", 0.0),
        junction("C", 0.0, demand_m3s, pattern="day", full_pressure_m=20.0),
    ]
    links = [
        pipe("feed", "R", "A", length_m=500.0, diameter_m=0.2),
        valve(kind, "A", "B", setting),
        pipe("end", "B", "C", length_m=200.0, diameter_m=0.15),
    ]
    return network(nodes, links, patterns={"day": factors}, **options)


def run(net, hours, **options):
    return water.simulate(net, hours * HOUR_S, HOUR_S, **options)


def test_a_sustaining_valve_before_a_dead_end_opens_again_after_an_hour_of_no_demand():
    result = run(behind("psv", 20.0, [1.0, 0.0, 2.0, 0.0]), 3)
    for hour, demand in enumerate([0.01, 0.0, 0.02, 0.0]):
        loss = hazen_williams_m(0.002 + demand, 500.0, 0.2)
        row = result.head_m.loc[hour * HOUR_S]
        assert row["A"] == pytest.approx(80.0 - loss, abs=1e-3)
        end = loss + hazen_williams_m(demand, 200.0, 0.15)
        assert row["C"] == pytest.approx(80.0 - end, abs=1e-3)
    assert result.unbalanced_steps == ()
    assert result.cut_off_steps == ()


def test_a_zone_behind_a_sustaining_valve_that_is_never_satisfied_is_not_supplied():
    state = water.solve(behind("psv", 90.0, [1.0]))
    assert state.status is SolveStatus.NO_SOURCE
    assert state.supplied.tolist() == [True, True, False, False]
    assert state.demand_m3s[3] == 0.0
    assert state.head_m[3] == 0.0
    assert state.head_m[1] == pytest.approx(80.0 - hazen_williams_m(0.002, 500.0, 0.2), abs=1e-3)


def test_a_zone_that_a_sustaining_valve_cannot_feed_is_cut_off_for_that_hour_alone():
    net = behind("psv", 70.0, [1.0, 8.0, 1.0, 1.0])
    result = run(net, 3)
    assert result.cut_off_steps == (HOUR_S,)
    assert result.unbalanced_steps == ()
    assert not result.supplied.loc[HOUR_S, ["B", "C"]].any()
    assert result.demand_m3s.loc[HOUR_S, "C"] == 0.0
    rows = result.head_m.drop(index=HOUR_S)
    assert np.ptp(rows.to_numpy(), axis=0).max() < 1e-4
    assert result.head_m.abs().to_numpy().max() <= 80.0


@pytest.mark.parametrize("n_scenarios", [1, 3])
def test_a_flow_valve_below_the_demand_cuts_its_zone_off_where_demand_is_given(n_scenarios):
    net = behind("fcv", 0.004, [1.0, 0.2])
    ones = np.ones(n_scenarios)
    result = water.simulate_ensemble(net, demand_multiplier=ones, duration_s=HOUR_S, step_s=HOUR_S)
    for scenario in range(n_scenarios):
        assert result.cut_off_steps[scenario] == (0.0,)
        assert result.supplied[scenario, 0].tolist() == [True, True, False, False]
        assert result.supplied[scenario, 1].all()


def test_a_flow_valve_below_the_demand_gives_its_setting_where_demand_follows_pressure():
    result = run(behind("fcv", 0.004, [1.0]), 0, pressure_driven=True)
    assert result.demand_m3s.loc[0.0, "C"] == pytest.approx(0.004, abs=1e-6)
    # Wagner: half of the demand at a quarter of the full pressure; 0.4 of it at 0.16
    assert result.head_m.loc[0.0, "C"] == pytest.approx(0.16 * 20.0, abs=1e-2)
    assert result.supplied.loc[0.0].all()


def test_a_shut_zone_that_takes_nothing_by_its_pressure_is_not_supplied_either():
    result = run(behind("psv", 90.0, [1.0]), 0, pressure_driven=True)
    assert result.cut_off_steps == (0.0,)
    assert not result.supplied.loc[0.0, "C"]


def test_a_zone_nobody_draws_from_stands_at_the_setting_of_its_reducing_valve():
    result = run(behind("prv", 30.0, [0.0]), 0)
    assert result.head_m.loc[0.0, ["B", "C"]].tolist() == pytest.approx([30.0, 30.0], abs=1e-3)
    assert abs(result.flow_m3s.loc[0.0, "V"]) < 1e-7


def test_of_two_reducing_valves_into_a_zone_at_rest_the_higher_setting_holds_it():
    nodes = [reservoir(), junction("A", 0.0), junction("B", 0.0), junction("C", 0.0)]
    links = [
        pipe("a", "R", "A"),
        valve("prv", "A", "B", 30.0),
        valve("prv", "A", "C", 45.0) | {"link": "W"},
        pipe("bc", "B", "C"),
    ]
    result = run(network(nodes, links), 0)
    assert result.head_m.loc[0.0, ["B", "C"]].tolist() == pytest.approx([45.0, 45.0], abs=1e-3)


def test_a_pump_of_constant_power_against_a_reducing_valve_shut_by_pressure_stands_still():
    nodes = [
        reservoir("low", 20.0),
        reservoir("high", 90.0),
        junction("A", 0.0),
        junction("B", 0.0),
        junction("C", 0.0, 0.003),
    ]
    links = [
        {"link": "P", "kind": "pump", "from_node": "low", "to_node": "A", "power_w": 4000.0},
        valve("prv", "A", "B", 50.0),
        pipe("bc", "B", "C", length_m=100.0),
        pipe("main", "high", "C", length_m=400.0),
    ]
    state = water.solve(network(nodes, links))
    head = 90.0 - hazen_williams_m(0.003, 400.0, 0.3)
    assert state.still_pumps == 1
    assert state.head_m[3:] == pytest.approx([head, head], abs=1e-3)
    assert abs(state.flow_m3s[0]) < 1e-12


def test_a_source_behind_a_check_valve_fills_the_tank_beyond_it():
    nodes = [tank(init_level_m=2.0), junction("well", 0.0, -0.004), junction("use", 0.0, 0.001)]
    links = [
        pipe("out", "well", "T", check_valve=True, length_m=300.0),
        pipe("on", "T", "use", length_m=300.0),
    ]
    result = run(network(nodes, links), 2)
    rise = 0.003 * HOUR_S / (np.pi * 25.0)
    assert result.head_m["T"].tolist() == pytest.approx([62.0, 62.0 + rise, 62.0 + 2 * rise])
    assert result.supplied.to_numpy().all()
    head = 62.0 + hazen_williams_m(0.004, 300.0, 0.3)
    assert result.head_m.loc[0.0, "well"] == pytest.approx(head, abs=1e-3)


def test_a_source_that_its_own_demand_exceeds_is_cut_off_behind_the_check_valve():
    nodes = [
        reservoir(),
        junction("well", 0.0, -0.001),
        junction("use", 0.0, 0.004),
        junction("other", 0.0, 0.002),
    ]
    links = [
        pipe("near", "well", "use"),
        pipe("out", "use", "other", check_valve=True),
        pipe("main", "R", "other"),
    ]
    state = water.solve(network(nodes, links))
    assert state.supplied.tolist() == [True, False, False, True]
    assert state.demand_m3s[1:3].tolist() == [0.0, 0.0]


def test_a_source_with_no_way_out_is_cut_off():
    nodes = [reservoir(), junction("use", 0.0, 0.004), junction("well", 0.0, -0.003)]
    links = [pipe("main", "R", "use"), pipe("in", "use", "well", check_valve=True)]
    state = water.solve(network(nodes, links))
    assert state.supplied.tolist() == [True, True, False]
    assert state.head_m[1] == pytest.approx(100.0 - hazen_williams_m(0.004, 1000.0, 0.3), abs=1e-3)


def test_a_flow_valve_turns_to_the_second_tank_when_the_first_is_full():
    nodes = [
        reservoir(head_m=60.0),
        junction("A", 0.0),
        junction("B", 0.0),
        tank("first", elevation_m=0.0, max_level_m=4.0, init_level_m=3.8),
        tank("second", elevation_m=0.0, max_level_m=30.0, init_level_m=12.0),
    ]
    links = [
        pipe("feed", "R", "A", length_m=20.0),
        valve("fcv", "A", "B", 0.01),
        pipe("one", "B", "first", length_m=20.0),
        pipe("two", "B", "second", length_m=20.0, check_valve=True),
    ]
    result = run(network(nodes, links), 3)
    area = np.pi * 25.0
    full_s = 0.2 * area / 0.01
    wanted = [12.0 + max(t - full_s, 0.0) * 0.01 / area for t in result.head_m.index]
    assert result.head_m["second"].tolist() == pytest.approx(wanted, abs=2e-3)
    assert result.unbalanced_steps == ()


def test_a_breaking_valve_against_the_flow_is_an_open_valve_of_its_minor_loss():
    nodes = [reservoir("up", 50.0), reservoir("down", 70.0), junction("A", 0.0)]
    links = [valve("pbv", "A", "up", 1.0, minor_loss=8.0), pipe("main", "A", "down", length_m=50.0)]
    links[0] |= {"from_node": "up", "to_node": "A"}
    state = water.solve(network(nodes, links))
    flow = abs(state.flow_m3s[0])
    area = np.pi / 4.0 * 0.15**2
    assert state.head_m[2] - 50.0 == pytest.approx(8.0 * (flow / area) ** 2 / 19.63, rel=1e-3)


def test_the_curve_of_a_general_purpose_valve_is_all_that_it_loses():
    nodes = [reservoir(), junction("A", 0.0, 0.004)]
    curve = [(0.0, 0.0), (0.01, 5.0)]
    link = valve("gpv", "R", "A", np.nan, curve=curve, minor_loss=50.0)
    assert water.solve(network(nodes, [link])).head_m[1] == pytest.approx(98.0, abs=1e-6)


def lossless():
    """Return two tanks that a valve without loss joins: no flow fits their heads."""
    nodes = [reservoir(), tank("high"), tank("low", elevation_m=50.0), junction("A", 0.0, 0.001)]
    links = [
        pipe("main", "R", "A"),
        pipe("up", "A", "high"),
        valve("tcv", "high", "low", 0.0),
    ]
    return network(nodes, links)


def test_a_solve_without_an_answer_moves_no_tank_and_marks_the_steps_that_follow():
    result = run(lossless(), 2)
    assert result.unbalanced_steps == (0.0, HOUR_S, 2 * HOUR_S)
    assert result.head_m["low"].tolist() == [53.0, 53.0, 53.0]
    assert np.isfinite(result.head_m.to_numpy()).all()


def test_a_pump_that_starts_against_a_closed_zone_does_not_spoil_the_next_hour():
    nodes = [reservoir(head_m=10.0), junction("A", 0.0), junction("B", 0.0, 0.005, pattern="day")]
    links = [
        pump("P", "R", "A", (0.0, 60.0), (0.01, 45.0), (0.02, 10.0)),
        valve("psv", "A", "B", 30.0),
    ]
    result = run(network(nodes, links, patterns={"day": [1.0, 0.0, 5.0, 1.0]}), 3)
    assert result.cut_off_steps == (2 * HOUR_S,)
    assert result.head_m.loc[0.0, "B"] == pytest.approx(
        result.head_m.loc[3 * HOUR_S, "B"], abs=1e-3
    )
