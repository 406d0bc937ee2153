"""The register of assets: every street edge, water pipe and heat main of a city, ageing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from twin.assets.cost import renewal_kzt, repair_kzt
from twin.assets.exposure import people_served
from twin.assets.failure import Failure
from twin.assets.hazard import hazard_tables
from twin.assets.hidden import HiddenDifferences, middles_m
from twin.assets.kernels import (
    LEAKING,
    SHUT,
    SOUND,
    age_and_fail_into,
    first_thresholds,
    interpolate,
    values_at_age,
)
from twin.city.networks import NETWORK_NAMES, NETWORKS, STREET, code_of
from twin.city.pavement import load_years
from twin.city.view import AssetCondition
from twin.core.streams import Stream
from twin.kernels.rng import uniforms4

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Bool, Float64, Int32, UInt8

_DAYS_PER_YEAR = 365.25
IDS_PER_NETWORK = 100_000_000
"""An asset's stable id is its network's code times this, plus its row in that network."""


class AssetArrays(NamedTuple):
    """Columns the ageing kernel reads and writes, shape (n_assets,)."""

    asset_id: Int32
    network: UInt8
    class_of: Int32
    length_m: Float64
    norm_years: Float64
    age_years: Float64
    load_years: Float64
    """Years by which heavy axles made a street older; 0 for pipes."""
    wear_book: Float64
    factor: Float64
    """Factor on the rate of the class: what the register knows times what is hidden."""
    exposure: Float64
    threshold: Float64
    n_failures: Int32
    failed: UInt8
    """SOUND, LEAKING or SHUT."""


@final
class Assets:
    """All assets of a city, network by network in the order of `twin.city.networks`.

    Parameters
    ----------
    city
        Edges in bundle order give the rows.
    start_year
        Calendar year of the first day; ages count from it.
    seed
        Run seed of the failure draws.
    networks
        The networks with the numbers of a scenario, in order of their codes.
    """

    def __init__(
        self,
        city: City,
        start_year: int,
        seed: int,
        networks: tuple[NetworkKind, ...] = NETWORKS,
    ) -> None:
        frames = [city.network_edges(name) for name in NETWORK_NAMES]
        sizes = [len(frame) for frame in frames]
        self.seed = seed
        self.networks = networks
        self.tables = hazard_tables(networks)
        self.start = np.concatenate([[0], np.cumsum(sizes)])
        network = np.repeat(np.arange(len(frames)), sizes).astype(np.uint8)
        row = np.concatenate([np.arange(size) for size in sizes])
        asset_id = (network.astype(np.int64) * IDS_PER_NETWORK + row).astype(np.int32)
        length_m = _joined(frames, "length_m")
        self.arrays = AssetArrays(
            asset_id=asset_id,
            network=network,
            class_of=self._classes(frames),
            length_m=length_m,
            norm_years=np.array([kind.norm_life_years for kind in networks])[network],
            age_years=np.maximum(0.0, start_year - _joined(frames, "built_year")),
            load_years=np.zeros(length_m.size),
            wear_book=_joined(frames, "wear_book"),
            factor=np.ones(length_m.size),
            exposure=np.zeros(length_m.size),
            threshold=first_thresholds(seed, int(Stream.FAILURE), asset_id),
            n_failures=np.zeros(length_m.size, dtype=np.int32),
            failed=np.zeros(length_m.size, dtype=np.uint8),
        )
        self.edge_id = np.concatenate(
            [
                frame["street_edge_id" if kind.is_street else "util_edge_id"].to_numpy()
                for kind, frame in zip(networks, frames, strict=True)
            ]
        ).astype(np.int32)
        self.street_edge = np.concatenate(
            [frame["street_edge_id"].to_numpy() for frame in frames]
        ).astype(np.int32)
        self.diameter_m = np.concatenate(
            [np.full(sizes[0], np.nan), *(frame["diameter_m"].to_numpy() for frame in frames[1:])]
        )
        self.is_pump = np.concatenate(
            [
                np.zeros(sizes[0], dtype=bool),
                *((f["kind"] == "pump").to_numpy() for f in frames[1:]),
            ]
        )
        lanes = np.zeros(length_m.size)
        streets = frames[0]
        both_ways = np.where(streets["oneway"].to_numpy(), 1.0, 2.0)
        lanes[: sizes[0]] = streets["lanes"].to_numpy() * both_ways
        self.lanes = lanes
        self.repair_cost_kzt = np.zeros(length_m.size)
        self.renewal_cost_kzt = np.zeros(length_m.size)
        self._set_costs(np.arange(length_m.size, dtype=np.int32))
        pavement = networks[STREET.code].pavement
        if pavement is None:
            message = "streets have no pavement"
            raise TypeError(message)
        self._pavement = pavement
        self._strength = streets["road_class"].map(pavement.strength).to_numpy(dtype=np.float64)
        self._axles_m: Float64 = np.zeros(sizes[0])
        self.n_renewals = np.zeros(length_m.size, dtype=np.int32)
        self.is_absent: Bool = np.zeros(length_m.size, dtype=np.bool_)
        """Out of service for good, or not laid yet."""
        self.can_be_laid: Bool = np.zeros(length_m.size, dtype=np.bool_)
        """A link that a plan of works may lay."""
        self.people_served = people_served(city, self.street_edge)
        self.laid_year = _joined(frames, "built_year")
        self.known_factor = np.ones(length_m.size)
        self.hidden = HiddenDifferences.unknown(seed, asset_id, middles_m(frames))
        self._start_year, self._now_year = float(start_year), float(start_year)
        for kind in networks:
            start, stop = self.start[kind.code], self.start[kind.code + 1]
            self.hidden.survey_soil(np.arange(start, stop, dtype=np.int32), kind.hidden)
        for one in range(len(self.tables.classes)):
            of_class = np.flatnonzero(self.arrays.class_of == one).astype(np.int32)
            self._set_factors(of_class, one)
        self.recorded_years = _of_mains(frames, "recorded_years")
        """Years before the start for which breaks are on record, 0 where none are."""
        self.recorded_breaks = _of_mains(frames, "recorded_breaks").astype(np.int32)
        self.valve_shut: Bool = _of_mains(frames, "valve_shut") > 0.0
        """Whether a closed valve stops the flow; works on the main open it."""
        self._learn()

    def _classes(self, frames: Sequence[pd.DataFrame]) -> Int32:
        """Return each asset's hazard class."""
        classes: list[int] = []
        for kind, frame in zip(self.networks, frames, strict=True):
            one = [kind.default_material] * len(frame)
            materials = one if kind.is_street else frame["material"].tolist()
            known = {name: self.tables.class_of(kind, name) for name in set(materials)}
            classes += [known[name] for name in materials]
        return np.array(classes, dtype=np.int32)

    def __len__(self) -> int:
        return int(self.arrays.age_years.size)

    @property
    def years_run(self) -> float:
        """Years since the first day of the run."""
        return self._now_year - self._start_year

    def rows(self, network: str) -> slice:
        """Return the rows of a network."""
        code = code_of(network)
        return slice(int(self.start[code]), int(self.start[code + 1]))

    def age(self, days: float, stress: Float64, day: int) -> list[Failure]:
        """Age everything by some days and return the failures that happened.

        Parameters
        ----------
        days
            Days to age.
        stress
            Factor on failure rates by class, shape (n_classes,); 1 is the mean year. See
            `HazardTables.season_factor`.
        day
            Day of the run, for the failure records.
        """
        failed = np.empty(len(self), dtype=np.int32)
        self._now_year += days / _DAYS_PER_YEAR
        key = (self.seed, int(Stream.FAILURE))
        count = age_and_fail_into(self.tables.rate, self.arrays, days, stress, key, failed)
        return [self._failure(int(row), day) for row in failed[:count]]

    def break_now(self, row: int, day: int) -> Failure | None:
        """Make one asset fail today (a shock); None if it has failed already."""
        arrays = self.arrays
        if arrays.failed[row] != SOUND:
            return None
        arrays.failed[row] = LEAKING
        arrays.n_failures[row] += 1
        return self._failure(row, day)

    def _failure(self, row: int, day: int) -> Failure:
        """Draw how bad a failure is, keyed by asset and its ordinal."""
        ordinal = int(self.arrays.n_failures[row])
        size, surface, _, _ = uniforms4(
            self.seed, int(Stream.FAILURE_SEVERITY), int(self.arrays.asset_id[row]), ordinal, 0
        )
        network = int(self.arrays.network[row])
        street = network == STREET.code
        return Failure(
            asset=row,
            asset_id=int(self.arrays.asset_id[row]),
            network=network,
            day=day,
            severity=float(size),
            surfaces=bool(street or surface < size),  # a small leak often stays underground
            ordinal=ordinal,
        )

    def pass_axles(self, axles_m_per_year: Float64, *, years: float | None = None) -> None:
        """Let heavy traffic pass over the streets, which ages them.

        Parameters
        ----------
        axles_m_per_year
            Millions of standard axles a year in the busiest lane, shape (n_streets,).
        years
            How long they pass; a younger street has had them for its age only. None: since each
            street was laid.
        """
        n = self._axles_m.size
        age_years = self.arrays.age_years[:n]
        if years is None:
            self._axles_m = axles_m_per_year * age_years
        else:
            self._axles_m = self._axles_m + axles_m_per_year * np.minimum(age_years, years)
        self.arrays.load_years[:n] = load_years(
            self._axles_m, self._strength, climate_per_year=self._pavement.climate_per_year
        )

    def mend(self, row: int) -> None:
        """Return a failed asset to service; it is no younger for it, save in the books.

        The share of the repair's cost that is booked as an improvement raises the asset's gross and
        net value alike, so wear in the books, 1 - net / gross, falls though nothing was renewed.
        """
        arrays = self.arrays
        arrays.failed[row] = SHUT if self.is_absent[row] else SOUND
        self.valve_shut[row] = False
        share = self.networks[int(arrays.network[row])].costs.capitalised_share
        gross = self.renewal_cost_kzt[row]
        arrays.wear_book[row] *= gross / (gross + share * self.repair_cost_kzt[row])

    def set_shut(self, row: int, *, shut: bool) -> None:
        """Note that a failed asset is shut, or leaks in service again."""
        self.arrays.failed[row] = SHUT if shut else LEAKING

    def renew(
        self, row: int, *, material: str | None = None, diameter_m: float | None = None
    ) -> None:
        """Lay an asset new: age and book wear start again, with works of another quality.

        Parameters
        ----------
        row
            Row in the register.
        material
            What it is laid in; None: what its network lays today (`modern_materials`).
        diameter_m
            New diameter, which costs and failure rates follow; None: as before. The flows keep the
            diameter of the city's table.
        """
        arrays = self.arrays
        kind = self.networks[int(arrays.network[row])]
        if diameter_m is not None:
            self.diameter_m[row] = diameter_m
        present = self.tables.classes[arrays.class_of[row]][1]
        if material is None and not self.is_pump[row]:
            material = kind.modern_material(float(self.diameter_m[row]), present)
        arrays.class_of[row] = self.tables.class_of(kind, material or present)
        arrays.age_years[row] = 0.0
        arrays.wear_book[row] = 0.0
        arrays.load_years[row] = 0.0
        if row < self._axles_m.size:
            self._axles_m[row] = 0.0
        arrays.failed[row] = SOUND
        self.valve_shut[row] = False
        self.n_renewals[row] += 1
        self.laid_year[row] = self._now_year
        one = np.array([row], dtype=np.int32)
        self._set_factors(one, int(arrays.class_of[row]), n_renewals=int(self.n_renewals[row]))
        self._set_costs(one)

    def _set_costs(self, rows: Int32) -> None:
        """Price repair and renewal of some assets."""
        network, width_m = self.arrays.network[rows], self.diameter_m[rows]
        length_m, lanes = self.arrays.length_m[rows], self.lanes[rows]
        self.repair_cost_kzt[rows] = repair_kzt(self.networks, network, width_m)
        price = renewal_kzt(self.networks, network, length_m, width_m, lanes)
        # pumps are run to plan outside this budget
        self.renewal_cost_kzt[rows] = np.where(self.is_pump[rows], np.inf, price)

    def _set_factors(self, rows: Int32, class_i: int, *, n_renewals: int = 0) -> None:
        """Find what multiplies the rates of assets of one class, which have just been laid."""
        if not rows.size:
            return
        law = self.tables.covariates[class_i]
        causes = self.networks[int(self.arrays.network[rows[0]])].hidden
        laid = self.laid_year[rows]
        self.known_factor[rows] = law.known_factor(
            self.diameter_m[rows], laid, self.arrays.length_m[rows]
        )
        self.hidden.lay(rows, law, causes, laid, n_renewals=n_renewals)
        self.arrays.factor[rows] = self.known_factor[rows] * self.hidden.factor(rows)

    def _learn(self) -> None:
        """Draw what is hidden of mains with records given their breaks."""
        arrays, years = self.arrays, self.recorded_years
        rows = np.flatnonzero(years > 0.0).astype(np.int32)
        for one in np.unique(arrays.class_of[rows]):
            of = rows[arrays.class_of[rows] == one]
            age, since = arrays.age_years[of], np.maximum(0.0, arrays.age_years[of] - years[of])
            total, class_of = self.tables.total, arrays.class_of[of]
            law = values_at_age(total, class_of, age) - values_at_age(total, class_of, since)
            expected = law * self.known_factor[of] * arrays.length_m[of] * 1e-3
            variance = self.tables.covariates[one].hidden_variance
            self.hidden.learn(of, variance, self.recorded_breaks[of], expected)
            arrays.factor[of] = self.known_factor[of] * self.hidden.factor(of)

    def material(self, row: int) -> str:
        """Return what an asset is made of."""
        return self.tables.classes[int(self.arrays.class_of[row])][1]

    def wear_phys(self) -> Float64:
        """Return physical wear 0-1, shape (n_assets,): see `HazardTables.wear`."""
        age_years = self.arrays.age_years + self.arrays.load_years
        usual: Float64 = values_at_age(self.tables.wear, self.arrays.class_of, age_years)
        factor = self.arrays.factor
        return np.where(factor == 1.0, usual, 1.0 - (1.0 - usual) ** factor)

    def wear_phys_of(self, row: int) -> float:
        """Return the physical wear of one asset, 0-1."""
        arrays = self.arrays
        age_years = arrays.age_years[row] + arrays.load_years[row]
        usual = float(interpolate(self.tables.wear, arrays.class_of[row], age_years))
        return float(1.0 - (1.0 - usual) ** arrays.factor[row])

    def failures_per_year(self) -> Float64:
        """Return failures expected next year at mean stress, shape (n_assets,); nobody knows it.

        What institutions know is in `twin.assets.knowledge`.
        """
        age_years = self.arrays.age_years + self.arrays.load_years + 0.5
        rate: Float64 = values_at_age(self.tables.rate, self.arrays.class_of, age_years)
        failures = rate * self.arrays.factor * self.arrays.length_m * 1e-3
        return np.where(self.is_absent, 0.0, failures)

    def register_failures_per_year(self) -> Float64:
        """Return failures a year, at mean stress, of assets with such entries in the register.

        The mean over what is hidden: what an actuary expects who knows the laws, material,
        diameter, year and length, shape (n_assets,).
        """
        age_years = self.arrays.age_years + self.arrays.load_years + 0.5
        rate: Float64 = values_at_age(self.tables.rate, self.arrays.class_of, age_years)
        return rate * self.known_factor * self.arrays.length_m * 1e-3

    def register_exposure(self) -> Float64:
        """Return failures such assets have had since they were laid, in the mean of all."""
        age_years = self.arrays.age_years + self.arrays.load_years
        total: Float64 = values_at_age(self.tables.total, self.arrays.class_of, age_years)
        return total * self.known_factor * self.arrays.length_m * 1e-3

    def condition(self) -> AssetCondition:
        """Return how assets really are, for indicators; what policies see is in `Knowledge`."""
        arrays = self.arrays
        return AssetCondition(
            network=arrays.network,
            length_m=np.where(self.is_absent, 0.0, arrays.length_m),
            wear_phys=self.wear_phys(),
            wear_book=arrays.wear_book.copy(),
        )


def _joined(frames: Sequence[pd.DataFrame], column: str) -> Float64:
    """Return one column of all networks, shape (n_assets,)."""
    values = [frame[column].to_numpy(dtype=np.float64) for frame in frames]
    return np.concatenate(values)


def _of_mains(frames: Sequence[pd.DataFrame], column: str) -> Float64:
    """Return one column of mains, 0 for streets."""
    values = [
        frame[column].to_numpy(dtype=np.float64) if column in frame else np.zeros(len(frame))
        for frame in frames
    ]
    return np.concatenate(values)
