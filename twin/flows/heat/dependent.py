"""Houses joined to the network without control: by an elevator, or directly.

Their flow is set by a nozzle or a washer, not by what they need: they receive what the
network's temperature gives. Return water is mixed to the supply in a fixed ratio u.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.flows.heat.kernels.medium import enthalpy_at

if TYPE_CHECKING:
    import pandas as pd

    from twin.core.arrays import Float64, Int64
    from twin.flows.heat.kernels.medium import Fluid
    from twin.flows.heat.kernels.pressure import HeatInput, HeatState

RADIATOR_POWER = 1.3
"""Heat of a radiator goes with its excess temperature to this power; Sokolov's n = 1 / 1.3."""
HOUSE_DP_PA = 10_000.0
"""Pressure that the pipes of a house take at design; of the order of 1 m, usual for elevators."""
_ELEVATOR = 1.4
_STEPS = 60


def mixing_ratio(supply_c: Float64, house_c: Float64, return_c: Float64) -> Float64:
    """Return mixed return water over supply water: u = (T1 - T3) / (T3 - T2)."""
    ratio: Float64 = (np.asarray(supply_c) - house_c) / (np.asarray(house_c) - return_c)
    return ratio


def elevator_dp_pa(mixing: Float64, house_dp_pa: float = HOUSE_DP_PA) -> Float64:
    """Return the pressure difference an elevator needs before it: 1.4 h (1 + u)^2.

    References
    ----------
    Sokolov, E. Ya., 1999, "Teplofikatsiya i teplovye seti", chapter on elevators; h is the loss of
    the house's own pipes.
    """
    needed: Float64 = _ELEVATOR * house_dp_pa * (1.0 + np.asarray(mixing)) ** 2
    return needed


@final
@dataclass(frozen=True, slots=True, eq=False)
class Dependent:
    """Consumers without control, one row each."""

    rows: Int64
    """Their rows among the consumers."""
    design_w: Float64
    design_kgs: Float64
    mixing: Float64
    design_excess_k: Float64
    """Mean radiator over indoor temperature at design."""
    indoor_c: Float64

    def heat_w(self, fluid: Fluid, supply_c: Float64, flow_kgs: Float64) -> Float64:
        """Return what radiators give at supply temperatures and flows, shape (n_rows,).

        The return temperature T2 balances the water, m (h(T1) - h(T2)), with radiators of mean
        T2 + (T1 - T2) / (2 (1 + u)); found by halving between indoor and supply temperature.
        """
        hot = np.array([enthalpy_at(fluid, temp_c) for temp_c in supply_c])
        low, high = np.minimum(self.indoor_c, supply_c), np.array(supply_c, dtype=np.float64)
        for _ in range(_STEPS):
            back = 0.5 * (low + high)
            cold = np.array([enthalpy_at(fluid, temp_c) for temp_c in back])
            excess = back + 0.5 * (supply_c - back) / (1.0 + self.mixing) - self.indoor_c
            given = self.design_w * (np.maximum(excess, 0.0) / self.design_excess_k) ** (
                RADIATOR_POWER
            )
            warmer = given > flow_kgs * (hot - cold)  # radiators could take more: less comes back
            low, high = np.where(warmer, low, back), np.where(warmer, back, high)
        heat: Float64 = np.maximum(flow_kgs * (hot - cold), 0.0)
        return heat

    def fixed(self, given: HeatInput) -> HeatInput:
        """Return the input with their flow fixed; water gives heat down to indoor temperature."""
        most, least = given.max_flow_kgs.copy(), given.bypass_kgs.copy()
        back = given.return_temp_c.copy()
        most[self.rows] = least[self.rows] = self.design_kgs
        back[self.rows] = self.indoor_c
        return given._replace(max_flow_kgs=most, bypass_kgs=least, return_temp_c=back)

    def answer(
        self, given: HeatInput, state: HeatState, fluid: Fluid, supply_row: np.ndarray
    ) -> tuple[HeatInput, float]:
        """Return the input with the heat that a state gives them, and its largest change, 0-1."""
        flow = np.maximum(state.consumer_kgs[self.rows], 0.0)
        supply_c = state.temp_c[supply_row[self.rows]]
        heat = given.heat_w.copy()
        heat[self.rows] = self.heat_w(fluid, supply_c, flow)
        moved = np.abs(heat - given.heat_w)[self.rows] / self.design_w
        return given._replace(heat_w=heat), float(moved.max(initial=0.0))


def dependents(consumers: pd.DataFrame, fluid: Fluid) -> Dependent | None:
    """Return the consumers whose connection is `dependent`; None where there is none."""
    rows = np.flatnonzero((consumers["connection"] == "dependent").to_numpy())
    if not rows.size:
        return None
    own = consumers.iloc[rows]
    design_w, supply_c, house_c, back_c, indoor_c = (
        own[name].to_numpy(dtype=np.float64)
        for name in ("heat_w", "design_supply_c", "house_temp_c", "return_temp_c", "indoor_c")
    )
    drop = np.array(
        [
            enthalpy_at(fluid, hot) - enthalpy_at(fluid, cold)
            for hot, cold in zip(supply_c, back_c, strict=True)
        ]
    )
    return Dependent(
        rows=rows,
        design_w=design_w,
        design_kgs=design_w / drop,
        mixing=mixing_ratio(supply_c, house_c, back_c),
        design_excess_k=0.5 * (house_c + back_c) - indoor_c,
        indoor_c=indoor_c,
    )
