"""The ground about buried pipes: its temperature through the year, and its resistance to heat.

Both feed what a network takes: `pipes.ambient_c` or `ground_c` of `simulate` and `solve_series`
from the first, `pipes.loss_w_m2k` from the second.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from twin.core.arrays import Float64

_YEAR_S = 365.25 * 86_400.0


def ground_temp_c(
    day: Float64 | float,
    depth_m: Float64 | float,
    *,
    mean_c: float,
    amplitude_k: float,
    coldest_day: float = 20.0,
    diffusivity_m2s: float = 6e-7,
) -> Float64:
    """Return the temperature of undisturbed ground.

    Parameters
    ----------
    day
        Day of the year, fractions allowed; broadcast with `depth_m`.
    depth_m
        Below the surface, to the pipe's axis.
    mean_c, amplitude_k
        Yearly mean of the surface, and half its swing.
    coldest_day
        Day on which the surface is coldest.
    diffusivity_m2s
        Of the ground: 3e-7 dry sand, 6e-7 moist, 9e-7 wet.

    Notes
    -----
    T = mean - amplitude exp(-z/d) cos(2 pi (t - t0) / year - z/d), where d = sqrt(diffusivity
    year / pi) is the depth to which the year penetrates, 2 to 3 m.

    References
    ----------
    Kusuda & Achenbach, 1965, "Earth temperature and thermal diffusivity at selected stations in
    the United States", ASHRAE Transactions 71(1), 61-75.
    """
    reach_m = math.sqrt(diffusivity_m2s * _YEAR_S / math.pi)
    deep = np.asarray(depth_m, dtype=np.float64) / reach_m
    phase = 2.0 * math.pi * (np.asarray(day, dtype=np.float64) - coldest_day) * 86_400.0 / _YEAR_S
    temp_c: Float64 = mean_c - amplitude_k * np.exp(-deep) * np.cos(phase - deep)
    return temp_c


def buried_loss_w_m2k(  # noqa: PLR0913 - the section through a trench
    diameter_m: Float64,
    insulation_m: Float64,
    *,
    depth_m: float,
    spacing_m: float,
    insulation_wmk: float = 0.027,
    soil_wmk: float = 1.5,
    surface_w_m2k: float = 14.6,
) -> Float64:
    """Return the heat loss of one of two alike pipes in a trench, per area of its inner wall.

    Parameters
    ----------
    diameter_m
        Of the steel pipe, shape (n_pipes,).
    insulation_m
        Thickness of the insulation, shape (n_pipes,).
    depth_m
        From the surface to the pipes' axes.
    spacing_m
        Between the two axes.
    insulation_wmk, soil_wmk
        Conductivities; foam of a new pre-insulated pipe, moist ground.
    surface_w_m2k
        From ground to air.

    Raises
    ------
    CityDataError
        If pipes would touch each other or the surface.

    Notes
    -----
    Per metre and kelvin of (supply + return) / 2 over ground, the resistances in series are
    insulation ln(D_o/D) / (2 pi k_i), ground ln(4 Z/D_o) / (2 pi k_s), and what the other pipe's
    heat adds, ln(1 + (2 Z/E)^2) / (4 pi k_s), with Z = depth + k_s / h_surface. Multiplied by the
    same mean it holds for either pipe; a network takes each pipe over ground by itself, which
    shifts a little of the loss from return to supply and leaves their sum.

    References
    ----------
    EN 13941-1:2019, annex on heat losses; the zero order of Wallenten, 1991, "Steady-state heat
    loss from insulated pipes", Lund Institute of Technology, TVBH-3017.
    """
    inner = np.asarray(diameter_m, dtype=np.float64)
    outer = inner + 2.0 * np.asarray(insulation_m, dtype=np.float64)
    faults = []
    for rows, what, mend in (
        (outer >= spacing_m, f"spacing_m = {spacing_m:g} m", "widen it: the pipes overlap"),
        (outer >= 2.0 * depth_m, f"depth_m = {depth_m:g} m", "deepen it: pipes reach the surface"),
    ):
        if np.any(rows):
            at = int(np.flatnonzero(rows)[0])
            place = f"pipe {at}"
            faults.append(Fault(place, f"is {outer[at]:g} m wide, {what}", mend))
    if faults:
        raise CityDataError(faults)
    deep = depth_m + soil_wmk / surface_w_m2k
    resistance_mkw = (
        np.log(outer / inner) / (2.0 * math.pi * insulation_wmk)
        + np.log(4.0 * deep / outer) / (2.0 * math.pi * soil_wmk)
        + math.log1p((2.0 * deep / spacing_m) ** 2) / (4.0 * math.pi * soil_wmk)
    )
    loss: Float64 = 1.0 / (resistance_mkw * math.pi * inner)
    return loss
