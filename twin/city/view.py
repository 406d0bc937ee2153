"""What a policy may know when it decides: a read-only picture of the city on one day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.work_options import WorkOption

if TYPE_CHECKING:
    import datetime as dt

    from twin.core.arrays import Bool, Float64, Int32, UInt8


@final
@dataclass(frozen=True, slots=True, eq=False)
class AssetView:
    """Every main and street edge, one row each, in the order of `twin.city.networks`.

    What the services know: the register with its errors, breaks on record, results of inspections,
    and what they estimate from these. Only `CityView.truth` has the same columns without error.
    """

    network: UInt8
    """Code of the network, `twin.city.networks`; shape (n_assets,) as all below unless stated."""
    length_m: Float64
    age_years: Float64
    """Age in the register; where the year is missing, the median of like mains."""
    year_is_recorded: Bool
    """Whether the register has the year of laying."""
    material_is_recorded: Bool
    """Whether the register has the material."""
    wear_book: Float64
    """Wear in the register, 0-1."""
    failures_so_far: Int32
    """Failures on record of the main that lies there now."""
    recorded_years: Float64
    """Years of record of that main."""
    found_poor: Int32
    """Last inspection of that main: 1 poor, 0 good, -1 none."""
    failures_per_year: Float64
    """Failures estimated for the next year."""
    failures_deviation: Float64
    """Standard deviation of that estimate."""
    repair_cost_kzt: Float64
    """Cost of mending one failure."""
    renewal_cost_kzt: Float64
    """Cost of laying it new; infinite where it cannot be."""
    people_served: Float64
    """Residents who live along a street, or lose supply when a main is shut."""
    harm_kzt: Float64
    """Repair of one failure, and the hours residents are without supply in money."""
    option_cost_kzt: Float64
    """Cost by `WorkOption`, shape (n_options, n_assets); infinite where it cannot be done."""
    option_failures_per_year: Float64
    """Failures estimated by option, mean over the years a plan looks ahead, same shape."""
    option_elsewhere_kzt: Float64
    """Harm a year that an option takes from other assets, less than 0 where it adds, same shape."""
    lot: Float64
    """Drawn anew each year, 0-1: for an order by chance."""

    @classmethod
    def empty(cls) -> AssetView:
        """Return a view of no assets."""
        none, rows = np.empty(0), np.empty(0, dtype=np.int32)
        known, by_option = np.empty(0, dtype=np.bool_), np.empty((len(WorkOption), 0))
        return cls(
            network=np.empty(0, dtype=np.uint8),
            length_m=none,
            age_years=none,
            year_is_recorded=known,
            material_is_recorded=known,
            wear_book=none,
            failures_so_far=rows,
            recorded_years=none,
            found_poor=rows,
            failures_per_year=none,
            failures_deviation=none,
            repair_cost_kzt=none,
            renewal_cost_kzt=none,
            people_served=none,
            harm_kzt=none,
            option_cost_kzt=by_option,
            option_failures_per_year=by_option,
            option_elsewhere_kzt=by_option,
            lot=none,
        )


@final
@dataclass(frozen=True, slots=True, eq=False)
class AssetCondition:
    """How assets really are, for indicators and tables; no policy sees it."""

    network: UInt8
    """Code of the network; shape (n_assets,) as all below."""
    length_m: Float64
    """Length in service: 0 of a main that is decommissioned or not laid yet."""
    wear_phys: Float64
    """Physical wear, 0-1."""
    wear_book: Float64
    """Wear in the register, 0-1."""


@final
@dataclass(frozen=True, slots=True)
class WorksView:
    """Known failures that wait for a crew, one row each, in the order they became known."""

    asset: Int32
    """Row in `AssetView`, shape (n_waiting,) as all below."""
    network: UInt8
    severity: Float64
    """0-1, the share of a full break."""
    known_day: Int32
    reports: Int32
    """Citizens' reports about it so far."""
    people_affected: Float64


@final
@dataclass(frozen=True, slots=True)
class CityView:
    """The city as its institutions know it today."""

    day: int
    """Days since the start of the run."""
    date: dt.date
    people: int
    assets: AssetView
    works: WorksView
    year_index: int
    """Years since the start of the run."""
    truth: AssetView | None = None
    """Assets without error, only for a lever set to an order that is named an upper bound."""

    @classmethod
    def without_assets(cls, date: dt.date, people: int) -> CityView:
        """Return the view before the first day, when the networks are not compiled yet."""
        none, codes, rows = np.empty(0), np.empty(0, dtype=np.uint8), np.empty(0, dtype=np.int32)
        works = WorksView(rows, codes, none, rows, rows, none)
        return cls(0, date, people, AssetView.empty(), works, year_index=0)
