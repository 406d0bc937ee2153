"""Tanks at their limits, and pairs of tanks that swing."""

import math

import numpy as np
import pytest

from tests.unit.flows.water.waters import junction, network, pipe, reservoir, tank
from twin.flows import water

HOUR_S = 3600


def joined_tanks(levels, diameters):
    """Return two tanks joined by a wide short pipe, and the resistance of the pipe."""
    nodes = [
        tank(
            "A", init_level_m=levels[0], max_level_m=9.0, min_level_m=0.0, diameter_m=diameters[0]
        ),
        tank(
            "B", init_level_m=levels[1], max_level_m=9.0, min_level_m=0.0, diameter_m=diameters[1]
        ),
    ]
    resistance = 10.66683 * 400.0 / (100.0**1.852 * 0.2**4.871)
    net = network(nodes, [pipe("p", "A", "B", length_m=400.0, diameter_m=0.2)])
    return net, resistance


def naive_swing(levels, diameters, resistance, hours):
    """Return the levels of both tanks by explicit Euler, hour by hour."""
    area = [math.pi / 4.0 * d**2 for d in diameters]
    rows = [list(levels)]
    for _ in range(hours):
        a, b = rows[-1]
        flow = math.copysign((abs(a - b) / resistance) ** (1.0 / 1.852), a - b)
        rows.append([a - flow * HOUR_S / area[0], b + flow * HOUR_S / area[1]])
    return np.array(rows)


def test_tanks_that_swing_at_every_step_follow_explicit_euler():
    levels, diameters = (5.0, 4.0), (12.0, 10.5)
    net, resistance = joined_tanks(levels, diameters)
    wanted = naive_swing(levels, diameters, resistance, 12)
    assert (np.diff(np.sign(wanted[:, 0] - wanted[:, 1])) != 0).all()
    result = water.simulate(net, 12 * HOUR_S, HOUR_S)
    np.testing.assert_allclose(result.pressure_m[["A", "B"]], wanted, atol=2e-3)
    assert result.unbalanced_steps == ()
    assert result.oscillating_steps == tuple(float(hour * HOUR_S) for hour in range(3, 13))


def test_tanks_do_not_count_as_swinging_where_the_step_is_short_enough():
    net, _ = joined_tanks((5.0, 4.0), (12.0, 10.5))
    assert water.simulate(net, 12 * HOUR_S, 60).oscillating_steps == ()


def test_a_tank_that_controls_fill_and_empty_by_turns_does_not_count_as_swinging():
    nodes = [junction("well", 0.0, -0.01, pattern="turns"), tank(diameter_m=30.0)]
    net = network(nodes, [pipe("p", "well", "T")], patterns={"turns": [1.0, -1.0]})
    assert water.simulate(net, 12 * HOUR_S, HOUR_S).oscillating_steps == ()


def filled(init_level_m):
    """Return a tank that a flow valve fills with 10 l/s up to 4 m, and one that takes the rest."""
    nodes = [
        reservoir(head_m=90.0),
        junction("A", 0.0),
        junction("B", 0.0),
        tank("first", elevation_m=0.0, max_level_m=4.0, init_level_m=init_level_m),
        tank("second", elevation_m=0.0, max_level_m=50.0, init_level_m=9.0),
    ]
    valve = {"link": "V", "kind": "fcv", "from_node": "A", "to_node": "B", "setting": 0.01}
    links = [
        pipe("feed", "R", "A", length_m=20.0),
        valve | {"diameter_m": 0.2},
        pipe("one", "B", "first", length_m=20.0),
        pipe("two", "B", "second", length_m=20.0, check_valve=True),
    ]
    return network(nodes, links)


def test_a_tank_that_lacks_a_third_of_a_second_is_full_a_second_later():
    area = math.pi * 25.0
    lacking_m3 = 0.2 * 0.01 + area * 5.0e-4 * 0.3048  # over the level at which it counts as full
    result = water.simulate(filled(4.0 - lacking_m3 / area), HOUR_S, HOUR_S)
    assert result.solves == 3
    gained = (result.pressure_m["second"].iloc[-1] - 9.0) * area
    assert gained == pytest.approx(0.01 * (HOUR_S - 2), abs=0.021)


@pytest.mark.parametrize("level", [3.1, 3.77, 3.99])
def test_volumes_of_tanks_add_up_and_limits_are_met_within_a_second(level):
    table = water.simulate(filled(level), 6 * HOUR_S, HOUR_S).tank_volumes_m3
    sums = table["start"] + table["inflow"] - table["spill"]
    np.testing.assert_allclose(sums, table["end"], rtol=0.0, atol=1e-9)
    assert table["spill"].tolist() == [0.0, 0.0]
    full = 3.0 * math.pi * 25.0  # over the lowest level
    assert table.loc["first", "end"] == pytest.approx(full, abs=0.01)  # a second's flow


def test_a_full_tank_stands_at_its_limit_and_gives_back_all_that_came_in():
    nodes = [junction("well", 0.0, -0.01, pattern="day"), tank(init_level_m=4.999)]
    net = network(nodes, [pipe("p", "well", "T")], patterns={"day": [1.0, -0.5, -0.5]})
    result = water.simulate(net, 3 * HOUR_S, HOUR_S)
    assert result.pressure_m["T"].iloc[1] == 5.0
    row = result.tank_volumes_m3.loc["T"]
    end = (result.pressure_m["T"].iloc[-1] - 1.0) * math.pi * 25.0
    assert row["end"] == pytest.approx(end, abs=1e-9)
    assert row["end"] - row["start"] == pytest.approx(row["inflow"], abs=1e-9)


def test_a_tank_that_overflows_reports_what_it_spilled():
    nodes = [junction("well", 0.0, -0.01), tank(init_level_m=4.5, overflow=True)]
    table = water.simulate(network(nodes, [pipe("p", "well", "T")]), 3 * HOUR_S, HOUR_S)
    row = table.tank_volumes_m3.loc["T"]
    assert row["inflow"] == pytest.approx(0.01 * 3 * HOUR_S, rel=1e-6)
    assert row["end"] - row["start"] == pytest.approx(0.5 * math.pi * 25.0, rel=1e-6)
    assert row["inflow"] - row["spill"] == pytest.approx(row["end"] - row["start"], abs=1e-9)
