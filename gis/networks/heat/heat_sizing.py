"""Size heat mains: the smallest bore within friction and speed limits, and the pump lift."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gis.networks.network_tools import RootedTree
    from twin.core.arrays import Float64, Int64

BORE_M = {
    50: 0.0545, 65: 0.0703, 80: 0.0825, 100: 0.1071, 125: 0.1325, 150: 0.1603, 200: 0.2101,
    250: 0.2630, 300: 0.3127, 350: 0.3444, 400: 0.3938, 500: 0.4954, 600: 0.5954, 700: 0.6950,
    800: 0.7954, 900: 0.8940, 1000: 0.9940, 1200: 1.1940, 1400: 1.3920,
}  # fmt: skip
"""Inner diameter of steel pipes by nominal size (EN 253 service pipes)."""
_LOSS_W_MK = {
    50: 0.201, 65: 0.233, 80: 0.242, 100: 0.254, 125: 0.288, 150: 0.337, 200: 0.369, 250: 0.364,
    300: 0.413, 350: 0.401, 400: 0.422, 500: 0.415, 600: 0.500, 800: 0.637, 1000: 0.774,
}  # fmt: skip
# of new preinsulated pipe, per pipe (ISOPLUS, as listed by pandapipes); sizes between interpolated
CHANNEL_LOSS_FACTOR = 2.0
"""Loss of pipes in channels over preinsulated ones, both new: the 1990-98 norm for DN50 is
33 W/m at 85 K, 0.39 W/(m K), against 0.20."""
MAIN_PA_M = 80.0
"""Most friction in mains, from DN200."""
BRANCH_PA_M = 150.0
"""Most friction in branches."""
_MAIN_DN = 200
_FASTEST_MS = 3.0
ROUGHNESS_M = 0.5e-3  # usual for design of steel heat mains in CIS practice
CP_JKGK = 4190.0
RHO_KGM3 = 950.0
_SUBSTATION_PA = 60e3
_LIFT_RESERVE = 1.25
_MOST_LIFT_PA, _LEAST_EASING = 1.0e6, 0.1


def _friction_pa_m(mass_flow_kgs: Float64, bore_m: Float64) -> Float64:
    """Return friction of rough pipe flow (Swamee & Jain, 1976, fully rough limit)."""
    speed = mass_flow_kgs / (RHO_KGM3 * math.pi / 4 * bore_m**2)
    factor = 0.25 / np.log10(ROUGHNESS_M / (3.7 * bore_m)) ** 2
    loss: Float64 = factor / bore_m * RHO_KGM3 * speed**2 / 2
    return loss


def pipe_size(mass_flow_kgs: Float64, *, easing: float = 1.0) -> Int64:
    """Return the smallest nominal size that carries each flow within friction and speed limits.

    At most 80 Pa/m from DN200, 150 Pa/m below, both times `easing`, and 3 m/s; shape as given.
    """
    out = np.full(mass_flow_kgs.shape, max(BORE_M), dtype=np.int64)
    for nominal in sorted(BORE_M, reverse=True):
        bore = np.full(mass_flow_kgs.shape, BORE_M[nominal])
        limit = MAIN_PA_M if nominal >= _MAIN_DN else BRANCH_PA_M
        speed = mass_flow_kgs / (RHO_KGM3 * math.pi / 4 * bore**2)
        fits = (_friction_pa_m(mass_flow_kgs, bore) <= limit * easing) & (speed <= _FASTEST_MS)
        out[fits] = nominal
    return out


def loss_w_m2k(nominal: Int64, material: np.ndarray) -> Float64:
    """Return the heat loss of new pipes per inner wall area."""
    sizes = np.array(sorted(_LOSS_W_MK), dtype=np.float64)
    per_m = np.interp(nominal, sizes, [_LOSS_W_MK[int(size)] for size in sizes])
    bore = np.array([BORE_M[int(size)] for size in nominal])
    channel = np.where(material == "preinsulated", 1.0, CHANNEL_LOSS_FACTOR)
    loss: Float64 = per_m * channel / (math.pi * bore)
    return loss


def sized(
    tree: RootedTree, ends: Int64, flow_kgs: Float64, length_m: Float64
) -> tuple[Int64, float]:
    """Return nominal sizes and the pump lift for the worst consumer.

    The lift is friction there and back and the substation. Where pumps could not give it, all
    pipes get an easier friction limit.
    """
    easing = 1.0
    while True:
        nominal = pipe_size(flow_kgs, easing=easing)
        bore_m = np.array([BORE_M[int(size)] for size in nominal])
        own = np.zeros(tree.parent.size)
        own[ends] = _friction_pa_m(flow_kgs, bore_m) * length_m
        worst = float(tree.summed_from_root(own).max())
        lift_pa = (2.0 * worst + _SUBSTATION_PA) * _LIFT_RESERVE
        if lift_pa <= _MOST_LIFT_PA or easing < _LEAST_EASING:
            return nominal, lift_pa
        easing *= 0.85
