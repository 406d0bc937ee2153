"""Building the property table of a heat carrier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.flows.heat.kernels.medium import Fluid

if TYPE_CHECKING:
    from twin.core.arrays import Float64

_STEP_K = 0.5
_HIGHEST_C = 150.0


def fluid_from_table(
    temp_c: Float64, density_kgm3: Float64, viscosity_pas: Float64, heat_capacity_jkgk: Float64
) -> Fluid:
    """Return a fluid from property values on an even grid of temperatures.

    Parameters
    ----------
    temp_c
        Shape (n_grid,), n_grid >= 2, rising in even steps.
    density_kgm3, viscosity_pas, heat_capacity_jkgk
        Shape (n_grid,), positive; viscosity is dynamic, in Pa s.

    Raises
    ------
    CityDataError
        If the grid is uneven or a value is not positive.
    """
    grid = np.asarray(temp_c, dtype=np.float64)
    steps = np.diff(grid)
    faults = []
    if grid.size < 2 or np.any(steps <= 0) or np.ptp(steps) > 1e-6 * steps.max(initial=1e-9):  # noqa: PLR2004 - a grid has two ends
        faults.append(
            Fault("fluid table", "temp_c does not rise in even steps", "resample it to even steps")
        )
    columns = []
    for name, given in (
        ("density_kgm3", density_kgm3),
        ("viscosity_pas", viscosity_pas),
        ("heat_capacity_jkgk", heat_capacity_jkgk),
    ):
        values = np.ascontiguousarray(given, dtype=np.float64)
        if values.shape != grid.shape or not np.all(values > 0):
            mend = f"give {grid.size} positive values"
            faults.append(Fault("fluid table", f"{name} is not positive throughout", mend))
        columns.append(values)
    if faults:
        raise CityDataError(faults)
    density, viscosity, capacity = columns
    step = float(grid[-1] - grid[0]) / (grid.size - 1)
    enthalpy = np.zeros(grid.size)
    np.cumsum(0.5 * step * (capacity[1:] + capacity[:-1]), out=enthalpy[1:])
    enthalpy -= np.interp(0.0, grid, enthalpy)
    return Fluid(float(grid[0]), step, 1.0 / step, density, viscosity, capacity, enthalpy)


def constant_fluid(density_kgm3: float, viscosity_pas: float, heat_capacity_jkgk: float) -> Fluid:
    """Return a fluid whose properties do not depend on temperature (SI units)."""
    grid = np.array([0.0, _HIGHEST_C])
    return fluid_from_table(
        grid,
        np.full(2, density_kgm3),
        np.full(2, viscosity_pas),
        np.full(2, heat_capacity_jkgk),
    )


def water() -> Fluid:
    """Return liquid water from 0 to 150 C, tabulated every half kelvin.

    References
    ----------
    Popiel & Wojtkowiak, 1998, "Simple formulas for thermophysical properties of liquid water for
    heat transfer calculations (from 0 C to 150 C)", Heat Transfer Engineering 19(3), 87-101,
    doi 10.1080/01457639808939929: density, dynamic viscosity and heat capacity at saturation.
    """
    t = np.arange(0.0, _HIGHEST_C + _STEP_K / 2, _STEP_K)
    density = (
        999.79684 + 0.068317355 * t - 0.010740248 * t**2 + 0.00082140905 * t**2.5
        - 2.3030988e-5 * t**3
    )  # fmt: skip
    viscosity = 1.0 / (557.82468 + 19.408782 * t + 0.1360459 * t**2 - 3.1160832e-4 * t**3)
    capacity = 1e3 * (
        4.2174356 - 0.0056181625 * t + 0.0012992528 * t**1.5 - 0.00011535353 * t**2
        + 4.14964e-6 * t**2.5
    )  # fmt: skip
    return fluid_from_table(t, density, viscosity, capacity)
