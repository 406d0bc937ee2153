"""The ground about buried pipes: its temperature through the year, and its resistance to heat.

Both feed what a network takes: `pipes.ambient_c` or `ground_c` of `simulate` and `solve_series`
from the first, `pipes.loss_w_m2k` from the second. `Soil` lets the ground store heat in `simulate`,
and `steel_wall_jmk` gives the pipes' own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.flows.heat.kernels.ground import Ground, warm_into

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.flows.heat.kernels.pressure import HeatInput, HeatState
    from twin.flows.heat.network import HeatNetwork

_YEAR_S = 365.25 * 86_400.0
_NODES = 16  # of the ground about a pipe
_STEEL_JM3K = 7850.0 * 480.0
_INNER_M = np.array([0.0217, 0.0285, 0.0545, 0.0825, 0.1071, 0.1603, 0.2101, 0.3127, 0.5954, 0.994])
_WALL_M = np.array([0.0026, 0.0026, 0.0029, 0.0032, 0.0036, 0.0040, 0.0045, 0.0056, 0.0071, 0.011])


@final
@dataclass(frozen=True, slots=True)
class Soil:
    """Ground about buried pipes that stores heat, for `simulate`; pipes do not heat each other."""

    casing_m: Float64 | float
    """Outer diameter of the insulation, one value or shape (n_pipes,)."""
    depth_m: Float64 | float
    """From the surface to the pipes' axes, one value or shape (n_pipes,)."""
    conductivity_wmk: float = 1.5
    """Moist ground; 0.8 dry sand, 2.5 wet clay."""
    heat_capacity_jm3k: float = 2.5e6
    """Moist ground: conductivity over a diffusivity of 6e-7 m2/s."""
    surface_w_m2k: float = 14.6
    """From ground to air."""

    def outer_m(self) -> Float64:
        """Return the radius at which the ground counts as undisturbed, twice the depth."""
        deep = np.asarray(self.depth_m, dtype=np.float64)
        return 2.0 * (deep + self.conductivity_wmk / self.surface_w_m2k)

    def resistance_mkw(self) -> Float64:
        """Return the steady resistance from casing to undisturbed ground, ln(4 Z/D) / (2 pi k)."""
        radius_m = 0.5 * np.asarray(self.casing_m, dtype=np.float64)
        whole: Float64 = np.log(self.outer_m() / radius_m) / (2.0 * math.pi * self.conductivity_wmk)
        return whole


def ground_about(
    soil: Soil, diameter_m: Float64, loss_wmk: Float64, step_s: float
) -> tuple[Ground, Float64]:
    """Return (ground as warm as undisturbed, conductance from water to casing in W/(m K)).

    Parameters
    ----------
    soil
        Casing, depth and ground.
    diameter_m, loss_wmk
        Inner diameter, and loss of water over undisturbed ground per metre, shape (n_pipes,).
    step_s
        Step of the simulation.

    Raises
    ------
    CityDataError
        If a casing is narrower than its pipe or above ground, if a pipe loses more than its ground
        lets pass, or if steps are too long for the ground about a pipe.
    """
    n = diameter_m.size
    inner_m = np.broadcast_to(0.5 * np.asarray(soil.casing_m, dtype=np.float64), n)
    outer_m = np.broadcast_to(soil.outer_m(), n)
    sizes = np.stack([inner_m, outer_m])
    rows = np.flatnonzero(~((2.0 * inner_m > diameter_m) & (outer_m > 4.0 * inner_m)))
    if rows.size or not np.isfinite(sizes).all():
        at = int(rows[0]) if rows.size else int(np.flatnonzero(~np.isfinite(sizes).all(axis=0))[0])
        what = f"has a casing of {2.0 * inner_m[at]:g} m on a bore of {diameter_m[at]:g} m"
        mend = "give a casing wider than the pipe, and a depth of more than the casing"
        raise CityDataError(Fault(f"pipes row {at}", f"{what}; {max(rows.size, 1)} such", mend))
    radii = np.geomspace(inner_m, outer_m, _NODES + 1, axis=1)
    out_wmk = 2.0 * math.pi * soil.conductivity_wmk / np.log(radii[:, 1:] / radii[:, :-1])
    middle = np.sqrt(radii[:, 1:] * radii[:, :-1])
    edges = np.concatenate([radii[:, :1], middle], axis=1)
    store = soil.heat_capacity_jm3k * math.pi * np.diff(edges**2, axis=1)
    ground = Ground(np.zeros((n, _NODES)), out_wmk, store)
    insulation_mkw = 1.0 / np.maximum(loss_wmk, 1e-12) - np.broadcast_to(soil.resistance_mkw(), n)
    rows = np.flatnonzero(insulation_mkw <= 0.0)
    if rows.size:
        what = f"loses {loss_wmk[rows[0]]:.3g} W/(m K), more than its ground alone lets pass"
        mend = "lower loss_w_m2k, widen the casing, or raise the ground's conductivity"
        raise CityDataError(Fault(f"pipes row {rows[0]}", f"{what}; {rows.size} such", mend))
    _check_step(ground, 1.0 / insulation_mkw, step_s)
    return ground, np.where(loss_wmk > 0.0, 1.0 / insulation_mkw, 0.0)


def _check_step(ground: Ground, insulation_wmk: Float64, step_s: float) -> None:
    """Refuse steps in which the ground would warm further than the heat that warms it."""
    n = insulation_wmk.size
    trial = Ground(np.zeros_like(ground.over_k), ground.out_wmk, ground.store_jmk)
    warm_into(np.ones(n), step_s, trial, np.zeros(_NODES), np.zeros(_NODES))
    rows = np.flatnonzero(insulation_wmk * trial.over_k[:, 0] > 1.0)
    if rows.size:
        what = f"steps of {step_s:g} s are too long for the ground about it; {rows.size} such"
        raise CityDataError(Fault(f"pipes row {rows[0]}", what, "shorten step_s"))


@final
@dataclass(frozen=True, slots=True)
class WarmGround:
    """The ground about all pipes, which warms and cools with the water in them."""

    ground: Ground
    loss_wk: Float64
    """From water to casing, shape (n_pipes,)."""
    length_m: Float64
    step_s: float

    @classmethod
    def of(
        cls, net: HeatNetwork, given: HeatInput, state: HeatState, soil: tuple[Soil, float]
    ) -> WarmGround:
        """Return the ground in the steady state of a solution."""
        about, step_s = soil
        length_m = net.arrays.length_m
        loss_wmk = given.loss_wk / length_m
        ground, insulation_wmk = ground_about(about, net.arrays.diameter_m, loss_wmk, step_s)
        outwards_mkw = np.cumsum(1.0 / ground.out_wmk[:, ::-1], axis=1)[:, ::-1]
        ground.over_k[:] = (state.loss_w / length_m)[:, np.newaxis] * outwards_mkw
        return cls(ground, insulation_wmk * length_m, length_m, step_s)

    def near_c(self, undisturbed_c: Float64) -> Float64:
        """Return the temperature at the casings, shape (n_pipes,)."""
        near: Float64 = undisturbed_c + self.ground.over_k[:, 0]
        return near

    def warm(self, lost_j: Float64) -> None:
        """Take up what the water lost in a step, shape (n_pipes,)."""
        n_nodes = self.ground.over_k.shape[1]
        into_wm = lost_j / (self.step_s * self.length_m)
        warm_into(into_wm, self.step_s, self.ground, np.zeros(n_nodes), np.zeros(n_nodes))


def steel_wall_jmk(diameter_m: Float64) -> Float64:
    """Return the heat capacity per metre of a steel pipe's wall, for `pipes.wall_jmk`.

    Thickness follows the inner diameter, shape (n_pipes,), by the least walls of pre-insulated
    pipes, 2.6 mm at DN 20 to 11 mm at DN 1000.

    References
    ----------
    EN 253:2019, service pipes; steel of 7850 kg/m3 and 480 J/(kg K).
    """
    inner = np.asarray(diameter_m, dtype=np.float64)
    wall = np.interp(inner, _INNER_M, _WALL_M)
    capacity: Float64 = _STEEL_JM3K * math.pi * wall * (inner + wall)
    return capacity


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
