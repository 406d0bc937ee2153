"""The laws that judge heat networks, against the integral along a pipe."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.fuzz.heat.laws import _outlet
from tests.naive.heat import capacity


def miss_k(inlet_c, ambient_c, decay):
    """Return by how much one heat capacity for all water of a pipe misses the integral."""
    loss_wk = math.pi * 0.1 * 1000.0
    pipe = {"mass_flow_kgs": loss_wk / (4190.0 * decay), "diameter_m": 0.1, "length_m": 1000.0,
            "ambient_c": ambient_c, "loss_w_m2k": 1.0}  # fmt: skip

    def slope(_, temp_c):
        share = capacity(np.maximum(temp_c, 0.0)) * pipe["mass_flow_kgs"]
        return -loss_wk * (temp_c - ambient_c) / share

    exact = solve_ivp(slope, (0.0, 1.0), [inlet_c], rtol=1e-10, atol=1e-10).y[0, -1]
    return abs(_outlet(pipe, inlet_c) - exact)


@pytest.mark.parametrize("inlet_c", [30.0, 70.0, 110.0, 150.0])
@pytest.mark.parametrize("decay", [0.01, 0.1, 0.3, 1.0, 1.5, 3.0])
def test_one_heat_capacity_along_a_pipe_misses_the_integral_by_a_tenth_of_a_kelvin(inlet_c, decay):
    most = 0.13 if decay > 0.1 else 5e-3  # a tenth is a pipe that cools 90 C water by 8 K
    assert miss_k(inlet_c, 0.0, decay) < most
