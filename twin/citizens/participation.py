"""Who takes part, and who is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.citizens.columns import ADULT_AGE_YEARS
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from twin.citizens.population import Population
    from twin.citizens.selection import Values

_QUINTILES = 5
BY_INCOME = "income_quintile"
"""Grouping by fifths of adults by income per head, 1 the poorest."""
_GROUPINGS = (BY_INCOME, "education", "digital_access", "female", "occupation", "building")


def participation_rate(population: Population, window_days: int = 365) -> float:
    """Return the share of adults who reported at least once in the last `window_days` days.

    Counted back from the last day stepped, that day included. NaN without adults.
    """
    adult = population.get("age") >= ADULT_AGE_YEARS
    n_adults = int(adult.sum())
    last = population.get("last_report_day")[adult]
    recent = (last >= 0) & (last > population.day - window_days)
    return int(recent.sum()) / n_adults if n_adults else np.nan


def reporting_by(population: Population, column: str) -> pd.DataFrame:
    """Return how much each group is hit and how much it is heard, since the start of the run.

    Parameters
    ----------
    population
        After some days.
    column
        `income_quintile`, `education`, `digital_access`, `female`, `occupation` or `building`.

    Returns
    -------
    pandas.DataFrame
        One row per group of adults: `adults`; `affected`, those who noticed a problem on a day or
        more; `affected_days` of all together; `reports`; `reports_per_affected` per resident hit;
        `reports_per_100_affected_days`, the rate at equal exposure. NaN where nobody was hit.

    Notes
    -----
    Groups differ in exposure (worn districts) and in voice; the last column holds exposure equal.
    """
    if column not in _GROUPINGS:
        raise CityDataError(
            Fault(
                where=f"reporting_by {column!r}",
                what="is not a grouping",
                mend=f"use one of {', '.join(_GROUPINGS)}",
            )
        )
    adults = population.select(population.get("age") >= ADULT_AGE_YEARS)
    keys = _quintiles(adults.get("income_kzt_month")) if column == BY_INCOME else adults.get(column)
    days = adults.get("affected_days").astype(np.int64)
    frame = pd.DataFrame(
        {
            column: keys,
            "adults": 1,
            "affected": (days > 0).astype(np.int64),
            "affected_days": days,
            "reports": adults.get("reports_made").astype(np.int64),
        }
    )
    table = frame.groupby(column, sort=True).sum()
    affected = table["affected"].astype(float).where(table["affected"] > 0)
    exposure = table["affected_days"].astype(float).where(table["affected_days"] > 0)
    table["reports_per_affected"] = table["reports"] / affected
    table["reports_per_100_affected_days"] = 100.0 * table["reports"] / exposure
    return table


def _quintiles(income: Values) -> Values:
    """Return 1 (poorest) to 5 by rank of income; equal incomes share a fifth."""
    ordered = np.sort(income)
    below = np.searchsorted(ordered, income, side="left")
    upto = np.searchsorted(ordered, income, side="right")
    middle = (below + upto) / (2.0 * max(income.size, 1))
    return 1 + np.minimum((middle * _QUINTILES).astype(np.int64), _QUINTILES - 1)
