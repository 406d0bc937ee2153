"""Laws of mixing in tanks: nothing is lost, and the naive reference agrees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naive import water_quality as naive
from tests.unit.flows.water.plugs import empty_rings, held
from twin.flows.water.quality.kernels import mixing as kernels

MODELS = {
    kernels.MIXED: naive.one_tank,
    kernels.TWO_COMPARTMENTS: naive.two_tanks,
    kernels.FIRST_IN_FIRST_OUT: naive.queue,
    kernels.LAST_IN_FIRST_OUT: naive.stack,
}
START_M3, ZONE_M3 = 10.0, 4.0
STEPS = st.lists(
    st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 2.0), st.floats(0.0, 1.0)), min_size=1
)


def tank(model, n_most=64):
    """Return a tank with water of value 1, as rings and as a list of plugs."""
    rings = empty_rings(n_most)
    plugs = [(START_M3, 1.0)]
    if model == kernels.TWO_COMPARTMENTS:
        plugs = [(START_M3 - ZONE_M3, 1.0), (ZONE_M3, 1.0)]
    for at, (volume, value) in enumerate(plugs):
        rings.volume_m3[0, at], rings.value[0, at] = volume, value
    rings.n_plugs[0] = len(plugs)
    return rings, plugs


def mix(rings, model, inflow, out_m3, last=1.0):
    """Return the value that leaves, and what the tank did not hold."""
    pair = (np.int32(model), ZONE_M3)
    into = (inflow[0], inflow[0] * inflow[1])
    return kernels.mix_tank_into(rings, 0, pair, last, into, out_m3, 0.0)


@given(st.sampled_from(sorted(MODELS)), STEPS)
def test_a_tank_agrees_with_lists_of_plugs_and_keeps_all_mass(model, steps):
    rings, plugs = tank(model)
    volume, mass = START_M3, START_M3
    for in_m3, value, share in steps:
        out_m3 = share * min(volume + in_m3, 3.0)
        found, missing = mix(rings, model, (in_m3, value), out_m3)
        gone, plugs = MODELS[model](plugs, (in_m3, value), out_m3, ZONE_M3)
        if out_m3 > 1e-9:
            assert found == pytest.approx(naive.mean(gone), abs=1e-9)
        assert missing <= 1e-9
        volume += in_m3 - out_m3
        mass += in_m3 * value - out_m3 * found
        assert held(rings) == pytest.approx((volume, mass), abs=1e-9)
        assert 0.0 <= found <= 2.0 + 1e-9


@given(st.sampled_from(sorted(MODELS)), STEPS)
def test_few_plugs_keep_all_mass_too(model, steps):
    rings, _ = tank(model, n_most=4)
    volume, mass = START_M3, START_M3
    for in_m3, value, share in steps:
        out_m3 = share * min(volume + in_m3, 3.0)
        found, _ = mix(rings, model, (in_m3, value), out_m3)
        volume += in_m3 - out_m3
        mass += in_m3 * value - out_m3 * found
        assert held(rings) == pytest.approx((volume, mass), abs=1e-9)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_an_empty_tank_says_what_it_cannot_give(model):
    rings, _ = tank(model)
    found, missing = mix(rings, model, (1.0, 1.0), START_M3 + 3.0)
    assert (found, missing) == pytest.approx((1.0, 2.0))
    assert held(rings)[0] == pytest.approx(0.0, abs=1e-12)
    assert mix(rings, model, (0.0, 0.0), 0.0, last=0.7)[0] == pytest.approx(1.0, abs=0.31)
    assert mix(rings, model, (2.0, 0.5), 0.0)[0] == pytest.approx(0.5)


def test_a_queue_is_a_pure_delay():
    rings, _ = tank(kernels.FIRST_IN_FIRST_OUT)
    given_values = [2.0 if step < 7 else 0.5 for step in range(40)]
    out = [mix(rings, kernels.FIRST_IN_FIRST_OUT, (0.5, v), 0.5)[0] for v in given_values]
    assert out == pytest.approx([1.0] * 20 + given_values[:20])


def test_a_stack_gives_back_in_reverse_what_it_took():
    rings, _ = tank(kernels.LAST_IN_FIRST_OUT)
    for value in (0.1, 0.2, 0.3):
        mix(rings, kernels.LAST_IN_FIRST_OUT, (1.0, value), 0.0)
    out = [mix(rings, kernels.LAST_IN_FIRST_OUT, (0.0, 0.0), 1.0)[0] for _ in range(4)]
    assert out == pytest.approx([0.3, 0.2, 0.1, 1.0])
    through = mix(rings, kernels.LAST_IN_FIRST_OUT, (3.0, 0.8), 2.0)[0]
    assert through == pytest.approx(0.8)


def test_what_passes_through_washes_a_mixed_tank_as_an_exponential():
    rings, _ = tank(kernels.MIXED)
    for _ in range(2000):
        found, _ = mix(rings, kernels.MIXED, (0.01, 0.0), 0.01)
    assert found == pytest.approx(np.exp(-2000 * 0.01 / START_M3), rel=2e-3)
