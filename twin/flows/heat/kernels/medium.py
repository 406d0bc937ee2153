"""Compiled properties of the heat carrier."""

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel

_NEWTON_K = 1e-5  # the error after a step this small is below rounding


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
