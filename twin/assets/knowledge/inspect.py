"""Inspections: what they find, and what the finding says of a main's own factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.assets.knowledge.estimate import Grades
from twin.city.networks import STREET
from twin.core.streams import Stream
from twin.kernels.rng import uniforms_for

if TYPE_CHECKING:
    from twin.assets.register import Assets
    from twin.city.actions import SetInspection
    from twin.core.arrays import Bool, Float64, Int32
    from twin.parameters import InspectionMethod, InspectionParams


@final
class Inspections:
    """Last result of every main.

    A main is poor where its physical wear is at or above a limit. A method finds a poor one poor
    with its hit rate, and a good one poor with its rate of false alarms; the draw is keyed by main
    and year.
    """

    def __init__(self, assets: Assets, params: InspectionParams) -> None:
        n = len(assets)
        self._assets, self._params = assets, params
        self.found_poor: Int32 = np.full(n, -1, dtype=np.int32)
        """1 poor, 0 good, -1 not inspected."""
        self._limit: Float64 = np.full(n, np.nan)
        self._hit: Float64 = np.full(n, np.nan)
        self._false: Float64 = np.full(n, np.nan)

    def forget(self, row: int) -> None:
        """Drop the result of a main that is laid new."""
        self.found_poor[row], self._limit[row] = -1, np.nan

    def grades(self, factor: Float64) -> Grades:
        """Return the results in units of each main's own factor, given that of its groups."""
        return Grades(self._limit / factor, self.found_poor, self._hit, self._false)

    def carry_out(self, action: SetInspection, usual_wear: Float64, year_index: int) -> float:
        """Inspect the mains that come first, as far as length and money go; return the cost.

        Parameters
        ----------
        action
            Method, share of length, money, and order.
        usual_wear
            Physical wear that the law expects with the entries of the register, shape (n_assets,).
        year_index
            Years since the start of the run.
        """
        if action.method == "none" or not action.score.size:
            return 0.0
        method: InspectionMethod = getattr(self._params, action.method)
        length_m = self._assets.arrays.length_m
        rows = self._chosen(action, float(method.price_kzt_per_m))
        keys = self._assets.arrays.asset_id[rows].astype(np.int64)
        luck = uniforms_for(self._assets.seed, int(Stream.INSPECTION), keys, year_index, 0)
        is_poor = self._assets.wear_phys()[rows] >= self._params.poor_wear
        found = luck < np.where(is_poor, method.hit_share, method.false_alarm_share)
        self.found_poor[rows] = found
        usual = np.clip(usual_wear[rows], 1e-9, 1.0 - 1e-9)
        self._limit[rows] = np.log1p(-self._params.poor_wear) / np.log1p(-usual)
        self._hit[rows], self._false[rows] = method.hit_share, method.false_alarm_share
        return float(length_m[rows].sum() * method.price_kzt_per_m)

    def _chosen(self, action: SetInspection, price_kzt_per_m: float) -> Int32:
        """Return the mains to inspect: first in order until length or money is used up."""
        length_m = self._assets.arrays.length_m
        possible = self.buried() & ~np.isnan(action.score)
        order = np.flatnonzero(possible)
        order = order[np.argsort(-action.score[order], kind="stable")]
        metres = np.cumsum(length_m[order])
        most_m = action.length_share * float(length_m[self.buried()].sum())
        enough = (metres <= most_m) & (metres * price_kzt_per_m <= action.most_kzt)
        return order[enough].astype(np.int32)

    def buried(self) -> Bool:
        """Return which assets are mains in service, shape (n_assets,)."""
        assets = self._assets
        is_main: Bool = (assets.arrays.network != STREET.code) & ~assets.is_pump & ~assets.is_absent
        return is_main
