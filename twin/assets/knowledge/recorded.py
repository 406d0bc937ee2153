"""The register as it is kept: years and materials that are wrong or missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.networks import STREET
from twin.core.streams import Stream
from twin.kernels.rng import normals_for, uniforms_for

if TYPE_CHECKING:
    from twin.assets.register import Assets
    from twin.core.arrays import Bool, Float64, Int32
    from twin.parameters import KnowledgeParams

_YEAR, _MATERIAL, _WHICH, _SHIFT = 0, 1, 2, 3
"""Draws of a main."""


@final
class RecordedRegister:
    """Entries of the register, one row per asset; streets and pumps are in plain sight.

    Which entries are wrong is drawn by the main, so it is the same under every policy. A main that
    is laid new is entered as it is.

    Parameters
    ----------
    assets
        As they are in the ground.
    params
        Shares of errors.
    """

    def __init__(self, assets: Assets, params: KnowledgeParams) -> None:
        self._assets = assets
        self.class_of: Int32 = assets.arrays.class_of.copy()
        """Hazard class by the recorded material; the commonest of the network where missing."""
        self.years_too_old: Float64 = np.zeros(len(assets))
        """Age in the register less the true age."""
        self.year_is_recorded: Bool = np.ones(len(assets), dtype=np.bool_)
        self.material_is_recorded: Bool = np.ones(len(assets), dtype=np.bool_)
        buried = (assets.arrays.network != STREET.code) & ~assets.is_pump
        self._misread_materials(buried, params)
        self._misread_years(buried, params)

    def age_years(self) -> Float64:
        """Return ages in the register, shape (n_assets,)."""
        age: Float64 = np.maximum(0.0, self._assets.arrays.age_years + self.years_too_old)
        return age

    def laid_year(self) -> Float64:
        """Return years of laying in the register, shape (n_assets,)."""
        year: Float64 = self._assets.laid_year - self.years_too_old
        return year

    def enter(self, row: int) -> None:
        """Enter a main that has been laid new."""
        self.class_of[row] = self._assets.arrays.class_of[row]
        self.years_too_old[row] = 0.0
        self.year_is_recorded[row] = self.material_is_recorded[row] = True

    def _luck(self, draw: int) -> Float64:
        """Return one uniform draw per asset."""
        keys = self._assets.arrays.asset_id.astype(np.int64)
        luck: Float64 = uniforms_for(self._assets.seed, int(Stream.REGISTER_ERROR), keys, 0, draw)
        return luck

    def _misread_materials(self, buried: Bool, params: KnowledgeParams) -> None:
        """Lose some materials, and take some for another that the network has."""
        arrays, luck, which = self._assets.arrays, self._luck(_MATERIAL), self._luck(_WHICH)
        missing = buried & (luck < params.missing_material_share)
        wrong = buried & ~missing
        wrong &= luck < params.missing_material_share + params.wrong_material_share
        self.material_is_recorded = ~missing
        for network in np.unique(arrays.network[buried]):
            mine = buried & (arrays.network == network)
            metres = np.bincount(
                arrays.class_of[mine],
                weights=arrays.length_m[mine],
                minlength=len(self._assets.tables.classes),
            )
            self.class_of[mine & missing] = np.int32(metres.argmax())
            for true_class in np.flatnonzero(metres):
                others = np.where(np.arange(metres.size) == true_class, 0.0, metres)
                rows = np.flatnonzero(mine & wrong & (arrays.class_of == true_class))
                if rows.size and others.any():
                    limits = np.cumsum(others) / others.sum()
                    taken = np.searchsorted(limits, which[rows], side="right")
                    self.class_of[rows] = taken.astype(np.int32)

    def _misread_years(self, buried: Bool, params: KnowledgeParams) -> None:
        """Lose some years of laying, and shift others; a missing one is guessed from like mains."""
        arrays, luck = self._assets.arrays, self._luck(_YEAR)
        missing = buried & (luck < params.missing_year_share)
        wrong = buried & ~missing
        wrong &= luck < params.missing_year_share + params.wrong_year_share
        keys = arrays.asset_id.astype(np.int64)
        draw = normals_for(self._assets.seed, int(Stream.REGISTER_ERROR), keys, 0, _SHIFT)
        shift = np.round(params.wrong_year_spread_years * draw)
        self.years_too_old[wrong] = np.maximum(shift, -arrays.age_years)[wrong]
        self.year_is_recorded = ~missing
        age_years = self.age_years()
        for network in np.unique(arrays.network[missing]):
            mine = buried & (arrays.network == network)
            of_network = _median(age_years[mine & ~missing], 0.0)
            for one in np.unique(self.class_of[mine & missing]):
                alike = mine & (self.class_of == one)
                guessed = _median(age_years[alike & ~missing], of_network)
                rows = alike & missing
                self.years_too_old[rows] = guessed - arrays.age_years[rows]


def _median(values: Float64, default: float) -> float:
    """Return the median, or a default where there is nothing."""
    return float(np.median(values)) if values.size else default
