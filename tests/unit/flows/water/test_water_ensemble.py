"""Ensembles beside one run after another, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.unit.flows.water.waters import grid, junction, network, pipe, pump, reservoir, tank
from twin.core.errors import CityDataError
from twin.flows import water

HOURS = 6 * 3600.0


def town():
    """Return a pumped network with a tank, a leak and loops."""
    nodes = [reservoir(head_m=20.0), tank(init_level_m=2.0)]
    nodes += [junction(f"J{i}", 5.0 + i, 0.004, pattern="day") for i in range(6)]
    nodes[4] |= {"leak_coefficient": 2e-4, "leak_exponent": 0.8, "crack_growth_m": 1e-6}
    links = [pump("u", "R", "J0", (0.03, 60.0)), pipe("t", "J5", "T")]
    links += [pipe(f"p{i}", f"J{i}", f"J{i + 1}") for i in range(5)]
    links += [pipe("loop", "J0", "J4", diameter_m=0.15), pipe("spur", "J1", "J3", diameter_m=0.1)]
    return network(nodes, links, patterns={"day": [0.5, 1.5, 1.0]})


def junctions(net):
    return net.node_kind == 0


def assert_same(ensemble, scenario, net, **options):
    """Hold one scenario to a run of a network that was changed by hand."""
    alone = water.simulate(net, HOURS, 3600.0, **options)
    np.testing.assert_allclose(ensemble.head_m[scenario], alone.head_m, atol=2e-3)
    np.testing.assert_allclose(ensemble.flow_m3s[scenario], alone.flow_m3s, atol=2e-6)
    np.testing.assert_allclose(ensemble.demand_m3s[scenario], alone.demand_m3s, atol=2e-6)
    np.testing.assert_allclose(ensemble.leak_m3s[scenario], alone.leak_m3s, atol=1e-7)
    np.testing.assert_array_equal(ensemble.supplied[scenario], alone.supplied)
    assert ensemble.unbalanced_steps[scenario] == alone.unbalanced_steps == ()


def run(net, **scenarios):
    return water.simulate_ensemble(net, duration_s=HOURS, step_s=3600.0, **scenarios)


def test_demand_of_each_scenario_is_that_of_a_run_of_its_own():
    net = town()
    factor = np.linspace(0.2, 2.0, 11)
    ensemble = run(net, demand_multiplier=factor)
    assert ensemble.head_m.shape == (11, 7, net.n_nodes)
    for scenario in (0, 4, 10):
        changed = replace(net, demand_m3s=net.demand_m3s * factor[scenario])
        assert_same(ensemble, scenario, changed)


def test_roughness_leaks_and_closures_are_those_of_runs_of_their_own():
    net = town()
    rough = np.array([0.5, 0.8, 1.2])
    leak = np.full((3, junctions(net).sum()), 1.0)
    leak[:, 2] = [0.0, 3.0, 10.0]
    closed = np.zeros((3, net.n_links), dtype=bool)
    closed[1, net.link_id.index("loop")] = closed[2, net.link_id.index("u")] = True
    ensemble = run(net, roughness_multiplier=rough, leak_multiplier=leak, closed=closed)
    for scenario in range(3):
        leaks, cracks = net.leak_coefficient.copy(), net.crack_growth_m.copy()
        leaks[junctions(net)] *= leak[scenario]
        cracks[junctions(net)] *= leak[scenario]
        rougher = replace(net, roughness=net.roughness * rough[scenario])
        changed = replace(rougher, leak_coefficient=leaks, crack_growth_m=cracks)
        assert_same(ensemble, scenario, changed, closed=closed[scenario])


def test_a_pump_turns_as_fast_as_its_scenario_says():
    net = town()
    ensemble = run(net, pump_speed=[0.0, 0.9, 1.1], pressure_driven=True)
    for scenario, speed in ((1, 0.9), (2, 1.1)):
        changed = replace(net, pump_speed=net.pump_speed * speed)
        assert_same(ensemble, scenario, changed, pressure_driven=True)
    assert (ensemble.flow_m3s[0, :, net.link_id.index("u")] == 0.0).all()


def test_lanes_with_valves_controls_and_tanks_of_their_own_agree_with_single_runs():
    nodes = [reservoir(head_m=90.0), junction("A", 20.0), junction("B", 20.0, 0.01), tank()]
    links = [
        pipe("p", "R", "A"),
        {"link": "v", "kind": "prv", "from_node": "A", "to_node": "B", "diameter_m": 0.3}
        | {"minor_loss": 0.0, "setting": 45.0},
        pipe("q", "B", "T", diameter_m=0.2),
    ]
    net = network(nodes, links)
    factor = np.linspace(0.1, 8.0, 9)
    ensemble = run(net, demand_multiplier=factor)
    for scenario in range(9):
        changed = replace(net, demand_m3s=net.demand_m3s * factor[scenario])
        assert_same(ensemble, scenario, changed)


def test_tanks_run_empty_at_moments_of_their_own():
    net = network([tank(), junction("A", demand_m3s=0.01)], [pipe("p", "T", "A")])
    ensemble = run(net, demand_multiplier=[0.5, 1.0, 2.3])
    assert ensemble.supplied[:, :, 1].sum(axis=1).tolist() == [7, 5, 2]
    assert ensemble.solves.tolist() == [7, 8, 8]
    for scenario, factor in enumerate((0.5, 1.0, 2.3)):
        assert_same(ensemble, scenario, replace(net, demand_m3s=net.demand_m3s * factor))


def test_the_number_of_threads_changes_no_bit():
    net = grid(4)
    factor = np.linspace(0.1, 3.0, 20)
    one, two = (run(net, demand_multiplier=factor, threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one.head_m, two.head_m)
    np.testing.assert_array_equal(one.flow_m3s, two.flow_m3s)


def test_tables_hold_every_scenario_time_and_name(tmp_path):
    ensemble = run(grid(3), demand_multiplier=[0.5, 1.0])
    nodes, links = (pd.read_parquet(path) for path in ensemble.to_parquet(tmp_path))
    assert len(nodes) == 2 * 7 * 10
    at = nodes.query("scenario == 1 and time_s == 7200 and node == 'J4'").iloc[0]
    assert at["head_m"] == ensemble.head_m[1, 2, ensemble.node_id.index("J4")]
    assert at["pressure_m"] == ensemble.pressure_m[1, 2, ensemble.node_id.index("J4")]
    assert links["flow_m3s"].to_numpy().tolist() == ensemble.flow_m3s.ravel().tolist()


@pytest.mark.parametrize(
    ("scenarios", "message"),
    [
        ({}, "has no scenario"),
        ({"demand_multiplier": np.ones((2, 3))}, r"has shape \(2, 3\)\s+give it .*\(2, 9\)"),
        ({"demand_multiplier": [1.0, np.nan]}, "is nan in scenario 1"),
        ({"roughness_multiplier": [1.0, 0.0]}, "is 0 in scenario 1"),
        ({"demand_multiplier": [1.0], "pump_speed": [1.0, 1.0]}, "give all arrays the same"),
        ({"closed": [True, False]}, "closed: has shape"),
        ({"demand_multiplier": [1.0], "threads": 0}, "threads: = 0 is below 1"),
    ],
)
def test_scenarios_that_do_not_fit_are_refused(scenarios, message):
    with pytest.raises(CityDataError, match=message):
        water.simulate_ensemble(grid(3), **scenarios)
