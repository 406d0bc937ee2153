"""What a city's services know of their assets, and what they estimate from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.assets.kernels import values_at_age
from twin.assets.knowledge.estimate import (
    Records,
    frailty,
    frailty_shape,
    group_factor,
)
from twin.assets.knowledge.inspect import Inspections
from twin.assets.knowledge.law import Entries, expected, known_factor, laid_new
from twin.assets.knowledge.numbers import KnowledgeNumbers
from twin.assets.knowledge.options import Rates, asset_view
from twin.assets.knowledge.recorded import RecordedRegister
from twin.assets.knowledge.redundancy import Redundancy
from twin.assets.past import past_failures
from twin.city.work_options import WorkOption
from twin.core.streams import Stream
from twin.kernels.rng import uniforms_for

if TYPE_CHECKING:
    from twin.assets.register import Assets
    from twin.city.actions import SetInspection
    from twin.city.bundle import City
    from twin.city.view import AssetView
    from twin.core.arrays import Float64, Int32, Int64

_VINTAGE_YEARS = 20
_WIDTHS_M = (0.16, 0.31)
_NO_YEARS = 0.0


@final
class Knowledge:
    """The register with its errors, breaks on record and inspections of all assets of a city.

    Policies see what `view` makes of it. The records begin some years before the run, and a main
    that is laid new begins with none; what was on record of the old one still counts for the
    network and for its class.

    Parameters
    ----------
    assets
        As they are in the ground.
    city
        For the supply of residents.
    numbers
        Parameters.
    """

    def __init__(self, assets: Assets, city: City, numbers: KnowledgeNumbers | None = None) -> None:
        self.assets = assets
        self.numbers = numbers or KnowledgeNumbers.usual()
        self.register = RecordedRegister(assets, self.numbers.register)
        self.inspections = Inspections(assets, self.numbers.inspection)
        self.redundancy = Redundancy(assets, city)
        self.works_factor: Float64 = np.ones(len(assets))
        """Of lining, on the law."""
        self.modern_class: Int32 = laid_new(assets, _NO_YEARS).class_of
        usual_years = float(self.numbers.register.record_years)
        known = assets.recorded_years > 0.0
        years = np.where(known, assets.recorded_years, usual_years)
        self.recorded_years: Float64 = np.minimum(years, assets.arrays.age_years)
        past = past_failures(assets, int(np.ceil(usual_years)))
        drawn = past.sum(axis=1).astype(np.int32)
        self.breaks: Int32 = np.where(known, assets.recorded_breaks, drawn)
        """On record of the main that lies there now."""
        self.expected: Float64 = expected(assets, self._entries(), -years, 0.0)
        """Breaks that the law expects of it in the years of record."""
        self.inspection_kzt = 0.0
        """Cost of this year's inspections."""
        self._gone: list[tuple[int, int, float, float]] = []

    def note_years(self, years: float) -> None:
        """Let time pass over the records: the years that have just ended."""
        past = expected(self.assets, self._entries(), -years, 0.0) * self.works_factor
        self.expected += np.where(self.assets.is_absent, 0.0, past)
        self.recorded_years += years

    def note_break(self, row: int) -> None:
        """Enter a failure that has become known."""
        self.breaks[row] += 1

    def note_work(self, row: int, option: WorkOption) -> None:
        """Enter a work that is done."""
        if option is WorkOption.LINE:
            self.works_factor[row] *= self.numbers.works.lining_failures_share
            return
        group = int(self._groups()[row])
        network = int(self.assets.arrays.network[row])
        self._gone.append((network, group, float(self.expected[row]), float(self.breaks[row])))
        self.register.enter(row)
        self.works_factor[row] = 1.0
        self.expected[row] = self.recorded_years[row] = 0.0
        self.breaks[row] = 0
        self.inspections.forget(row)
        if option in (WorkOption.LOOP, WorkOption.DECOMMISSION):
            self.redundancy.note_change()

    def inspect(self, action: SetInspection, year_index: int) -> float:
        """Inspect mains as an action says; return the cost in KZT, which is this year's."""
        entries = self._entries()
        new_wear = values_at_age(self.assets.tables.wear, entries.class_of, entries.age_years)
        factor = known_factor(self.assets, entries) * self.works_factor
        usual = 1.0 - (1.0 - new_wear) ** factor
        self.inspection_kzt = self.inspections.carry_out(action, usual, year_index)
        return self.inspection_kzt

    def view(self, year_index: int) -> AssetView:
        """Return what policies may know."""
        mean, deviation, level = self.estimate()
        entries = self._entries()
        rates = Rates(entries, mean * self.works_factor, deviation * self.works_factor, level)
        return asset_view(self, rates, self._lot(year_index))

    def truth(self, year_index: int) -> AssetView:
        """Return assets without error, for orders that are named an upper bound."""
        arrays = self.assets.arrays
        entries = Entries(
            arrays.class_of, arrays.age_years + arrays.load_years, self.assets.laid_year
        )
        hidden = arrays.factor / np.maximum(self.assets.known_factor, 1e-12)
        none, one = np.zeros(len(self.assets)), np.ones(len(self.assets))
        return asset_view(self, Rates(entries, hidden, none, one), self._lot(year_index))

    def estimate(self) -> tuple[Float64, Float64, Float64]:
        """Return factors on the law, shape (n_assets,) each.

        They are the mean and the standard deviation of each main's own, and the mean of its
        network, which mains to be laid are expected to follow.
        """
        params, network = self.numbers.register, self.assets.arrays.network.astype(np.int32)
        gone = np.array(self._gone, dtype=np.float64).reshape(-1, 4)
        all_records = Records(
            np.concatenate([self.expected, gone[:, 2]]), np.concatenate([self.breaks, gone[:, 3]])
        )
        networks = np.concatenate([network, gone[:, 0].astype(np.int32)])
        of_network = group_factor(all_records, networks, params.network_weight)
        scaled = Records(all_records.expected * of_network[networks], all_records.breaks)
        _, group = np.unique(
            np.concatenate([self._groups(), gone[:, 1].astype(np.int64)]), return_inverse=True
        )
        of_group = group_factor(scaled, group.astype(np.int32), params.class_weight)
        level = of_network[network]
        factor = level * of_group[group[: network.size]]
        records = Records(self.expected * factor, self.breaks.astype(np.float64))
        grades = self.inspections.grades(factor)
        mean, deviation = np.ones(factor.size), np.zeros(factor.size)
        for code in np.unique(network):
            rows = network == code
            mine = Records(records.expected[rows], records.breaks[rows])
            shape = frailty_shape(mine, params.frailty_shape)
            mean[rows], deviation[rows] = frailty(mine, shape, grades.of(rows))
        return mean * factor, deviation * factor, level

    def _entries(self) -> Entries:
        """Return the entries of the register."""
        load_years = self.assets.arrays.load_years
        register = self.register
        return Entries(register.class_of, register.age_years() + load_years, register.laid_year())

    def _groups(self) -> Int64:
        """Return a number for each main's class: material, vintage and width as recorded."""
        vintage = np.floor(self.register.laid_year() / _VINTAGE_YEARS).astype(np.int64)
        width_m = np.nan_to_num(self.assets.diameter_m)
        width = np.searchsorted(_WIDTHS_M, width_m).astype(np.int64)
        groups: Int64 = (self.register.class_of.astype(np.int64) * 1000 + vintage) * 10 + width
        return groups

    def _lot(self, year_index: int) -> Float64:
        """Return one draw per asset and year."""
        keys = self.assets.arrays.asset_id.astype(np.int64)
        lot: Float64 = uniforms_for(self.assets.seed, int(Stream.RENEWAL_LOT), keys, year_index, 0)
        return lot
