"""A scenario's results are the same bits whatever runs beside it, on whatever threads."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.flows.water.test_water_ensemble import town
from tests.unit.flows.water.waters import grid, junction, network, pipe, reservoir, tank
from twin.flows import water
from twin.flows.water.network.times import Times

FACTORS = np.random.default_rng(7).uniform(0.1, 3.0, 64)
KEPT = ("head_m", "flow_m3s", "demand_m3s", "leak_m3s", "supplied", "iterations", "solves")
KEPT += ("energy_residual_m", "mass_residual_m3s")


def valves():
    """Return zones behind reducing and sustaining valves, with a tank and a source."""
    nodes = [reservoir(head_m=90.0), tank(), *(junction(f"J{i}", 20.0, 0.003) for i in range(7))]
    nodes[6] |= {"demand_m3s": -0.002}
    size = {"diameter_m": 0.3, "minor_loss": 0.0}
    links = [
        pipe("p", "R", "J0"),
        {"link": "v", "kind": "prv", "from_node": "J0", "to_node": "J1", "setting": 45.0} | size,
        pipe("q", "J1", "T", diameter_m=0.2),
        pipe("r", "J1", "J2"),
        {"link": "w", "kind": "psv", "from_node": "J2", "to_node": "J3", "setting": 40.0} | size,
        pipe("s", "J3", "J4"),
        {"link": "f", "kind": "fcv", "from_node": "J0", "to_node": "J5", "setting": 0.004} | size,
        pipe("u", "J5", "J6", check_valve=True),
        pipe("x", "J6", "J4", diameter_m=0.1),
    ]
    return network(nodes, links)


NETWORKS = {
    "town": town,
    "pressure-driven town": lambda: replace(town(), pressure_driven=True),
    "grid": lambda: grid(5),
    "Darcy-Weisbach": lambda: replace(
        grid(4, headloss=water.Headloss.DARCY_WEISBACH), roughness=np.full(25, 1e-4)
    ),
    "valves": valves,
}


@pytest.fixture(scope="module")
def runs():
    """Return, by network, a function from scenarios and threads to a run."""

    def run(net, factors, threads=1):
        ready = replace(net, times=Times(duration_s=6 * 3600, step_s=1800, report_step_s=1800))
        return water.simulate_ensemble(ready, demand_multiplier=factors, threads=threads)

    return {name: (build(), run) for name, build in NETWORKS.items()}


def assert_same_bits(whole, at, part):
    """Hold scenarios of a larger ensemble to those of a smaller one."""
    for name in KEPT:
        wide, narrow = getattr(whole, name)[at], getattr(part, name)
        assert np.array_equal(wide, narrow), name
    for name in ("unbalanced_steps", "still_pump_steps", "cut_off_steps"):
        assert getattr(whole, name)[at] == getattr(part, name), name


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("threads", [1, 2])
def test_no_bit_depends_on_the_number_of_scenarios_or_threads(runs, name, threads):
    net, run = runs[name]
    whole = run(net, FACTORS)
    for size in (1, 2, 3, 7, 8, 9, 64):
        assert_same_bits(whole, slice(0, size), run(net, FACTORS[:size], threads))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_scenario_alone_is_itself_at_every_place_of_an_ensemble(runs, name):
    net, run = runs[name]
    for place in (0, 3, 7, 8, 20):
        others = np.insert(FACTORS[:20], place, 1.0)
        alone = run(net, [1.0])
        assert_same_bits(run(net, others), slice(place, place + 1), alone)
    single = water.simulate(net, 6 * 3600.0, 1800.0)
    for output in ("head_m", "flow_m3s", "demand_m3s", "leak_m3s", "supplied"):
        assert np.array_equal(getattr(alone, output)[0], getattr(single, output)), output
