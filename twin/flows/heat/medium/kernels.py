"""Compiled properties of the heat carrier and pipe friction."""

import math
from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel

_NEWTON_K = 1e-5  # the error after a step this small is below rounding
_LN10_FACTOR = 0.25 * math.log(10.0) ** 2


class Fluid(NamedTuple):
    """A liquid on an even grid of temperatures; linear between, constant outside.

    Enthalpy is the exact integral of that heat capacity, so heat is a function of state and
    a closed network's energy balance holds to rounding.
    """

    start_c: float  # first temperature
    step_k: float  # between grid points
    per_k: float  # grid points per kelvin
    density_kgm3: np.ndarray  # (n_grid,)
    viscosity_pas: np.ndarray  # (n_grid,) dynamic
    heat_capacity_jkgk: np.ndarray  # (n_grid,)
    enthalpy_jkg: np.ndarray  # (n_grid,) 0 at 0 C


@kernel
def _cell(fluid, temp_c):
    """Return grid cell and place 0-1 in it, clamped to the grid."""
    x = (temp_c - fluid.start_c) * fluid.per_k
    last = fluid.density_kgm3.size - 2
    if not x > 0.0:
        return 0, 0.0
    if x >= last + 1:
        return last, 1.0
    i = int(x)
    return i, x - i


@kernel
def density_and_viscosity(fluid, temp_c):
    """Return kg/m3 and Pa s at a temperature."""
    i, w = _cell(fluid, temp_c)
    rho = fluid.density_kgm3[i] + w * (fluid.density_kgm3[i + 1] - fluid.density_kgm3[i])
    mu = fluid.viscosity_pas[i] + w * (fluid.viscosity_pas[i + 1] - fluid.viscosity_pas[i])
    return rho, mu


@kernel
def heat_capacity_at(fluid, temp_c):
    """Return J/(kg K) at a temperature."""
    i, w = _cell(fluid, temp_c)
    cp = fluid.heat_capacity_jkgk
    return cp[i] + w * (cp[i + 1] - cp[i])


@kernel
def enthalpy_and_capacity(fluid, temp_c):
    """Return J/kg over the liquid at 0 C, the integral of the heat capacity, and J/(kg K)."""
    i, w = _cell(fluid, temp_c)
    low = fluid.heat_capacity_jkgk[i]
    rise = fluid.heat_capacity_jkgk[i + 1] - low
    here = low + w * rise
    inside = fluid.step_k * w * (low + 0.5 * w * rise)
    beyond = temp_c - (fluid.start_c + fluid.step_k * (i + w))
    return fluid.enthalpy_jkg[i] + inside + beyond * here, here


@kernel
def enthalpy_at(fluid, temp_c):
    """Return J/kg over the liquid at 0 C."""
    return enthalpy_and_capacity(fluid, temp_c)[0]


@kernel
def temperature_at(fluid, enthalpy_jkg, guess_c):
    """Return the temperature of an enthalpy by Newton's method; cp varies little, so few steps."""
    temp_c = guess_c
    for _ in range(8):
        enthalpy, capacity = enthalpy_and_capacity(fluid, temp_c)
        change = (enthalpy_jkg - enthalpy) / capacity
        temp_c += change
        if abs(change) < _NEWTON_K:
            break
    return temp_c


@kernel
def _swamee_jain(reynolds, roughness):
    """Return Darcy's friction factor and its slope by Reynolds number.

    Swamee & Jain, 1976, J. Hydraul. Div. ASCE 102(5): f = 0.25 / log10(k/3.7D + 5.74/Re^0.9)^2;
    `roughness` is k/3.7D.
    """
    smooth = 5.74 * reynolds**-0.9
    inside = roughness + smooth
    logarithm = math.log(inside)
    factor = _LN10_FACTOR / (logarithm * logarithm)
    return factor, 1.8 * factor * smooth / (reynolds * inside * logarithm)


@kernel
def friction_pa(mass_flow_kgs, length_m, diameter_m, roughness_m, medium, blend_re):
    """Return pressure loss in Pa, signed with the flow, and its slope in Pa per kg/s.

    Darcy and Weisbach: dp = f L/D m|m| / (2 rho A^2), `medium` is (rho, mu). Laminar (64/Re)
    below the first of `blend_re`, Swamee and Jain above the second, between them the cubic that
    meets both in value and slope (the idea of Dunlop, 1991, as in EPANET). The laminar slope is
    the floor that keeps still water in the equations.
    """
    rho_kgm3, mu_pas = medium
    laminar_re, turbulent_re = blend_re
    area = 0.25 * math.pi * diameter_m * diameter_m
    scale = length_m / (2.0 * diameter_m * rho_kgm3 * area * area)
    size = abs(mass_flow_kgs)
    per_flow = diameter_m / (mu_pas * area)
    reynolds = size * per_flow
    if reynolds <= laminar_re:
        slope = 64.0 * scale / per_flow
        return slope * mass_flow_kgs, slope
    roughness = roughness_m / (3.7 * diameter_m)
    if reynolds >= turbulent_re:
        factor, by_reynolds = _swamee_jain(reynolds, roughness)
    else:
        end, end_slope = _swamee_jain(turbulent_re, roughness)
        span = turbulent_re - laminar_re
        begin = 64.0 / laminar_re
        begin_rise = -begin / laminar_re * span
        end_rise = end_slope * span
        x = (reynolds - laminar_re) / span
        c2 = 3.0 * (end - begin) - 2.0 * begin_rise - end_rise
        c3 = 2.0 * (begin - end) + begin_rise + end_rise
        factor = begin + x * (begin_rise + x * (c2 + x * c3))
        by_reynolds = (begin_rise + x * (2.0 * c2 + 3.0 * x * c3)) / span
    loss = factor * scale * mass_flow_kgs * size
    return loss, scale * size * (2.0 * factor + by_reynolds * reynolds)
