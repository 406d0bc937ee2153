"""What a policy may know when it decides: a read-only picture of the city on one day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    import datetime as dt

    from twin.core.arrays import Float64, Int32, UInt8


@final
@dataclass(frozen=True, slots=True)
class AssetView:
    """Every main and street edge, one row each, in the order of `twin.city.networks`."""

    network: UInt8
    """Code of the network, `twin.city.networks`; shape (n_assets,) as all below."""
    length_m: Float64
    age_years: Float64
    wear_phys: Float64
    """Physical wear, 0-1."""
    wear_book: Float64
    """Wear in the register, 0-1."""
    failures_per_year: Float64
    """Failures expected next year."""
    failures_so_far: Int32
    """Failures seen since the start of the run."""
    repair_cost_kzt: Float64
    """Cost of mending one failure."""
    renewal_cost_kzt: Float64
    """Cost of laying it new."""
    people_served: Float64
    """Residents who live along it or are cut off when it is shut, the larger number."""


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

    @classmethod
    def without_assets(cls, date: dt.date, people: int) -> CityView:
        """Return the view before the first day, when the networks are not compiled yet."""
        none, codes, rows = np.empty(0), np.empty(0, dtype=np.uint8), np.empty(0, dtype=np.int32)
        assets = AssetView(codes, none, none, none, none, none, rows, none, none, none)
        works = WorksView(rows, codes, none, rows, rows, none)
        return cls(0, date, people, assets, works, year_index=0)
