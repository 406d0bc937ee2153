"""What a plant can feed to a leaking network, and how pressure falls where that is too little.

A plant replaces lost water at no more than 0.75 % of the system's volume an hour of treated and
2 % of raw water (SP 124.13330.2012, 6.16-6.17), a volume that may be taken as 65 m3 per MW of
design load where pipes and houses are not known; here pipes are known, and houses count 30 m3 per
MW, that code's figure apart from the mains (parameters `heat`). Where leaks
take more, pressure falls until both agree: first on both sides alike, down to what the pumps need
at their intake, then the pumps are throttled, and circulation and service fall with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.flows.heat.solver import solve_arrays
from twin.parameters import HeatParams

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.flows.heat.kernels.pressure import HeatInput, HeatState
    from twin.flows.heat.network import HeatNetwork
    from twin.flows.heat.solver import RawSolution

LEAST_RETURN_PA = 50_000.0
"""Over atmosphere, at the intake of the pumps."""
LEAST_LIFT_SHARE = 0.05
"""Of the lift that pumps keep: still water would boil over at the plant; an assumption."""
_USUAL = HeatParams()
_RHO_KGM3 = 1000.0
_HALF = 0.5  # of the way down on which both sides fall alike
_CLOSE = 1e-3  # share of the limit within which make-up is on it
_STEPS = 24


def volume_m3(net: HeatNetwork, design_w: Float64, house_m3_per_mw: float) -> Float64:
    """Return the water of each part: its pipes, and its houses by design load, (n_parts,)."""
    arrays = net.arrays
    n_parts = int(arrays.source_part.max(initial=0)) + 1
    pipe_part = net.node_part[arrays.tail]
    inside = pipe_part >= 0
    pipes = 0.25 * np.pi * arrays.diameter_m**2 * arrays.length_m
    volume = np.bincount(pipe_part[inside], weights=pipes[inside], minlength=n_parts)
    fed = arrays.consumer_part >= 0
    load_mw = np.bincount(arrays.consumer_part[fed], weights=design_w[fed] / 1e6, minlength=n_parts)
    whole: Float64 = volume + house_m3_per_mw * load_mw
    return whole


def makeup_limit_kgs(net: HeatNetwork, design_w: Float64, params: HeatParams = _USUAL) -> Float64:
    """Return the most water each part's plants can feed, (n_parts,)."""
    volume = volume_m3(net, design_w, params.house_m3_per_mw)
    return params.makeup_share_per_h * volume * _RHO_KGM3 / 3600.0


def part_makeup_kgs(net: HeatNetwork, state: HeatState) -> Float64:
    """Return the water that each part loses, (n_parts,)."""
    lost = state.source_supply_kgs - state.source_return_kgs
    return np.bincount(net.arrays.source_part, weights=lost)


def solve_within_makeup(
    net: HeatNetwork,
    given: HeatInput,
    limit_kgs: Float64,
    *,
    start: HeatState | None = None,
    capacity_share: float = 1.0,
) -> tuple[RawSolution, HeatInput, Float64]:
    """Solve a network whose plants feed it no more than a limit.

    Parameters
    ----------
    net, given, start, capacity_share
        As of `solve_arrays`.
    limit_kgs
        Most water per part, shape (n_parts,).

    Returns
    -------
    tuple
        The solution, the input at the pressures that the leaks left, and the pressure left to
        each part, 1 where make-up suffices, 0 where even throttled pumps lose more than the limit.

    Notes
    -----
    Loss grows with pressure, so the pressure is found by halving, all parts at once.
    """

    def solved(share: Float64, begin: HeatState | None) -> tuple[RawSolution, HeatInput]:
        now = _with_pressure(net, given, share)
        return solve_arrays(net, now, start=begin, capacity_share=capacity_share), now

    left = np.ones(limit_kgs.size)
    found, now = solved(left, start)
    over = part_makeup_kgs(net, found.state) > (1.0 + _CLOSE) * limit_kgs
    if not np.any(over):
        return found, now, left
    left = np.where(over, 0.0, 1.0)
    found, now = solved(left, found.state)
    over &= part_makeup_kgs(net, found.state) < limit_kgs  # the others stay at the bottom
    low, high = left.copy(), np.ones(limit_kgs.size)
    for _ in range(_STEPS if np.any(over) else 0):
        left = np.where(over, 0.5 * (low + high), left)
        found, now = solved(left, found.state)
        lost = part_makeup_kgs(net, found.state)
        more = lost > limit_kgs
        high, low = np.where(more, left, high), np.where(more, low, left)
        if np.all(~over | (np.abs(lost - limit_kgs) <= _CLOSE * limit_kgs)):
            break
    return found, now, left


def _with_pressure(net: HeatNetwork, given: HeatInput, left: Float64) -> HeatInput:
    """Return the input with a share of pressure left to each part."""
    share = left[net.arrays.source_part]
    back = given.return_pressure_pa
    lift = given.supply_pressure_pa - back
    least = np.minimum(back, LEAST_RETURN_PA)
    level = np.clip((share - _HALF) / (1.0 - _HALF), 0.0, 1.0)
    pumping = LEAST_LIFT_SHARE + (1.0 - LEAST_LIFT_SHARE) * np.clip(share / _HALF, 0.0, 1.0)
    back = least + (back - least) * level
    return given._replace(
        supply_pressure_pa=back + lift * pumping,
        return_pressure_pa=back,
    )
