"""Scenarios of public networks are the same bits alone, in ensembles and on two threads."""

import numpy as np
import pytest

from twin.flows import water

CASES = ("BWSN1", "Net3_PDA", "ky4_leaks_24h", "ky10_24h", "Anytown_multipointcurves")
KEPT = ("head_m", "flow_m3s", "demand_m3s", "leak_m3s", "supplied", "iterations", "solves")


@pytest.mark.parametrize("name", CASES)
def test_a_scenario_is_the_same_alone_and_beside_others(shared_data, name):
    net = water.read_inp(shared_data / "water" / f"{name}.inp")
    factors = np.linspace(0.6, 1.4, 9)
    whole = water.simulate_ensemble(net, demand_multiplier=factors, threads=2)
    for place in (0, 4, 8):
        alone = water.simulate_ensemble(net, demand_multiplier=factors[place : place + 1])
        for output in KEPT:
            wide, narrow = getattr(whole, output)[place], getattr(alone, output)[0]
            assert np.array_equal(wide, narrow), (place, output)
        assert whole.unbalanced_steps[place] == alone.unbalanced_steps[0]
