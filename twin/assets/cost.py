"""What repair and renewal cost, in KZT of 2025."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64, UInt8


@final
@dataclass(frozen=True, slots=True)
class CostRates:
    """Cost as base plus slope times inner diameter; streets by lane.

    Renewal of water mains gives 50 M KZT/km at DN200, the national programme's mean (12,000 km for
    600 bn KZT, inform.kz 2025). Renewal of heat mains gives 415 M KZT/km at DN530 and 590 M at
    DN820 (contracts of Stepnogorsk, caspian-khabarshys and informburo.kz). Repair cost and streets
    are assumptions; a break at 10,000 USD (ASCE 2024) would be 5 M KZT.
    """

    water_repair_kzt: float = 1.6e6
    water_repair_kzt_per_m: float = 6.0e6
    """Per metre of diameter."""
    water_renewal_kzt_per_m: float = 20_000.0
    """Per metre of length."""
    water_renewal_kzt_per_m2: float = 150_000.0
    """Per metre of length and metre of diameter."""
    heat_repair_kzt: float = 2.0e6
    heat_repair_kzt_per_m: float = 8.0e6
    heat_renewal_kzt_per_m: float = 60_000.0
    heat_renewal_kzt_per_m2: float = 660_000.0
    street_repair_kzt: float = 0.4e6
    street_renewal_kzt_per_lane_m: float = 15_000.0
    """Per metre of length and lane, both directions counted."""

    def repair_kzt(self, network: UInt8, diameter_m: Float64) -> Float64:
        """Return the cost of mending one failure, shape (n_assets,)."""
        base = np.array([self.street_repair_kzt, self.water_repair_kzt, self.heat_repair_kzt])
        slope = np.array([0.0, self.water_repair_kzt_per_m, self.heat_repair_kzt_per_m])
        cost: Float64 = base[network] + slope[network] * np.nan_to_num(diameter_m)
        return cost

    def renewal_kzt(
        self, network: UInt8, length_m: Float64, diameter_m: Float64, lanes: Float64
    ) -> Float64:
        """Return the cost of laying each asset new, shape (n_assets,)."""
        base = np.array([0.0, self.water_renewal_kzt_per_m, self.heat_renewal_kzt_per_m])
        slope = np.array([0.0, self.water_renewal_kzt_per_m2, self.heat_renewal_kzt_per_m2])
        pipe = length_m * (base[network] + slope[network] * np.nan_to_num(diameter_m))
        street = length_m * lanes * self.street_renewal_kzt_per_lane_m
        cost: Float64 = np.where(network == 0, street, pipe)
        return cost
