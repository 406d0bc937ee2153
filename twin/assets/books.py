"""What the state hears: wear by the books, which new estates dilute, and severe failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.city.networks import UTILITIES

if TYPE_CHECKING:
    from twin.assets.register import Assets
    from twin.city.network_kind import Records


def official_wear(assets: Assets) -> float:
    """Return wear of all mains as reported to the state, 0-1.

    The mean of the books by length over the mains of the city and those of new estates, which their
    builders hand over year by year. Estates are young, so they lower the mean although no main of
    the city is renewed; they lie outside the city's map and do not fail here.
    """
    worn_km, total_km = 0.0, 0.0
    for code in (kind.code for kind in UTILITIES):
        kind = assets.networks[code]
        rows = assets.rows(kind.name)
        length_km = assets.arrays.length_m[rows] * 1e-3
        own_km = float(length_km.sum())
        share, wear = estates(
            assets.years_run, kind.records.new_estates_per_year, kind.norm_life_years
        )
        worn_km += float(assets.arrays.wear_book[rows] @ length_km) + own_km * share * wear
        total_km += own_km * (1.0 + share)
    return worn_km / total_km if total_km else float("nan")


def violations(records: Records, severity: float) -> float:
    """Return how many violations a failure adds to the reports, in expectation."""
    return records.violations_reported if severity >= records.violation_severity else 0.0


def estates(years: float, growth_per_year: float, norm_years: float) -> tuple[float, float]:
    """Return length of new estates over that of the city, and their mean wear in the books.

    The length in the register grows exponentially from the first day, and estates wear by
    straight line over the norm.
    """
    if growth_per_year <= 0.0 or years <= 0.0:
        return 0.0, 0.0
    share = float(np.expm1(growth_per_year * years))
    # laid at time s at the rate g exp(g s), worn by (years - s) / norm, at most 1
    ageing = min(years, norm_years)
    young = np.exp(growth_per_year * (years - ageing))
    rising = np.exp(growth_per_year * years)
    worn_out = young - 1.0
    wearing = (rising - young * (1.0 + growth_per_year * ageing)) / (growth_per_year * norm_years)
    return share, float((worn_out + wearing) / share)
