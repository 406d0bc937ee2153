"""Friction of pipes against formulas solved the slow way, and vector exponentials."""

import math
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from twin.core.errors import CityDataError
from twin.flows import heat
from twin.flows.heat.kernels.friction import (
    COLEBROOK,
    NIKURADSE,
    SWAMEE_JAIN,
    Bores,
    FrictionWork,
    friction_into,
)
from twin.kernels.explog import exp_into, log_into

naive = runpy.run_path(str(Path(__file__).parents[3] / "naive" / "heat.py"))
RHO, MU = 970.0, 3.5e-4


def found(law, flow_kgs, diameter_m=0.1, roughness_m=2e-4, length_m=100.0):
    """Return (losses, slopes) of alike pipes at some flows."""
    flows = np.asarray(flow_kgs, dtype=np.float64)
    area = math.pi * diameter_m**2 / 4
    n = np.ones(flows.size)
    bores = Bores(
        n * diameter_m / area, n * length_m / (2 * diameter_m * area**2),
        n * roughness_m / (3.7 * diameter_m), law, 2000.0, 4000.0,
    )  # fmt: skip
    room = FrictionWork(*np.empty((9, flows.size)))
    room.density_kgm3[:] = RHO
    room.viscosity_pas[:] = MU
    friction_into(flows, bores, room)
    return room.loss_pa.copy(), room.slope.copy()


def darcy(factor, flow, diameter_m=0.1, length_m=100.0):
    speed = flow / (RHO * math.pi * diameter_m**2 / 4)
    return factor * length_m / diameter_m * RHO / 2 * speed * abs(speed)


def reynolds(flow, diameter_m=0.1):
    return abs(flow) * diameter_m / (MU * math.pi * diameter_m**2 / 4)


FLOWS = np.array([1e-9, 1e-3, 0.05, 0.07, 0.1, 0.5, 3.0, 30.0])


@pytest.mark.parametrize("rough", [0.0, 2e-4])
def test_swamee_and_jain_agree_with_the_naive_formula(rough):
    loss, _ = found(SWAMEE_JAIN, FLOWS, roughness_m=rough)
    for flow, mine in zip(FLOWS, loss, strict=True):
        factor = naive["friction_factor"](reynolds(flow), rough, 0.1)
        assert mine == pytest.approx(darcy(factor, flow), rel=1e-6)


@pytest.mark.parametrize("rough", [0.0, 2e-4])
def test_colebrook_solves_its_own_equation(rough):
    flows = FLOWS[FLOWS > 0.12]
    loss, _ = found(COLEBROOK, flows, roughness_m=rough)
    for flow, mine in zip(flows, loss, strict=True):
        re = reynolds(flow)
        x = brentq(
            lambda x, re=re: x + 2 * math.log10(rough / 0.37 + 2.51 * x / re), 1, 30, xtol=1e-14
        )
        assert mine == pytest.approx(darcy(1 / x**2, flow), rel=1e-12)


def test_nikuradse_is_laminar_plus_fully_rough():
    loss, _ = found(NIKURADSE, FLOWS)
    for flow, mine in zip(FLOWS, loss, strict=True):
        factor = 64 / reynolds(flow) + 1 / (2 * math.log10(3.7 * 0.1 / 2e-4)) ** 2
        assert mine == pytest.approx(darcy(factor, flow), rel=1e-12)


@given(st.sampled_from([SWAMEE_JAIN, COLEBROOK, NIKURADSE]), st.floats(-40, 40), st.floats(0, 2e-3))
@settings(max_examples=60)
def test_loss_is_odd_rises_with_flow_and_has_the_slope_it_says(law, flow, rough):
    step = 1e-6 * max(abs(flow), 1e-3)
    loss, slope = found(law, [flow, -flow, flow - step, flow + step], roughness_m=rough)
    assert loss[1] == -loss[0]
    assert loss[3] > loss[2]
    corner = any(abs(reynolds(flow) / bound - 1) < 1e-5 for bound in (2000, 4000))
    if not corner:
        assert slope[0] == pytest.approx((loss[3] - loss[2]) / (2 * step), rel=1e-4)


@given(st.lists(st.floats(-650, 650), min_size=1, max_size=20))
def test_exponentials_and_logarithms_are_those_of_the_library(values):
    x = np.array(values)
    room, found_exp, found_log = np.empty((3, x.size))
    exp_into(x, room, found_exp)
    assert found_exp == pytest.approx(np.exp(x), rel=4e-15)
    log_into(found_exp, room, found_log)
    assert found_log == pytest.approx(np.log(found_exp), rel=4e-15, abs=4e-15)


def test_exponential_of_very_little_is_nothing():
    room, found_exp = np.empty((2, 2))
    exp_into(np.array([-1e9, -701.0]), room, found_exp)
    assert (found_exp < 1e-300).all()


def test_unknown_law_is_refused():
    with pytest.raises(CityDataError, match="'hazen' is not a law of friction"):
        heat.HeatNetwork(**naive["grid"](3, 2, 5), friction="hazen")


def test_laws_of_friction_differ_by_little_in_a_network():
    lowest = {}
    for law in ("swamee-jain", "colebrook", "nikuradse"):
        solved = heat.solve(heat.HeatNetwork(**naive["grid"](3, 3, 5), friction=law))
        assert solved.status.name == "CONVERGED"
        lowest[law] = solved.consumers["dp_pa"].min()
    assert lowest["colebrook"] == pytest.approx(lowest["swamee-jain"], rel=0.01)
    assert lowest["nikuradse"] == pytest.approx(lowest["swamee-jain"], rel=0.1)
