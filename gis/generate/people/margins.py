"""What is known of people in sum: margins a synthetic population meets, and how to meet them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from gis.draws import shares_to_counts
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int64

_SHARE_TOLERANCE = 1e-6
_IPF_ROUNDS = 400
_IPF_TOLERANCE = 1e-10
_MOST_ROUNDED = 12
SIZES = np.arange(1, 9)
"""Persons per household."""
ADULT_AGE = 18
ACTIVITIES = ("pupil", "student", "employed", "unemployed", "home", "retired")
"""What people of 16 and over do."""
GROWN_AGE = 16
_EDUCATIONS = 4


@final
@dataclass(frozen=True, slots=True)
class Margins:
    """Shares of people by age, sex and size of household, and what depends on them."""

    name: str
    age_low: tuple[int, ...]
    """First age of each group; the last group ends at 100."""
    age_share: tuple[float, ...]
    """Of all people, adds to 1."""
    female_share: tuple[float, ...]
    """Of each age group."""
    size_share: tuple[float, ...]
    """Of all people, in households of 1, 2, ... 8 persons; adds to 1."""
    source: str
    education_share: tuple[float, ...] | None = None
    """Of people of 16 and over: below leaving school, school, vocational, higher; adds to 1. None
    takes the pattern by age alone."""
    activity_share: tuple[float, ...] | None = None
    """Of people of 16 and over, in the order of `ACTIVITIES`; adds to 1. None likewise."""
    digital_share: float = 0.74
    """Of people of 14 and over who use the internet for services, not only for messages; an
    estimate below the share of internet users (over 90 %)."""
    wage_kzt_month: float | None = None
    """Mean take-home pay of those who work; None takes the estimate for a northern town."""


KAZAKH_TOWN = Margins(
    name="kazakh_town",
    age_low=(0, 5, 10, 16, 18, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80),
    age_share=(
        *(0.100, 0.099, 0.095, 0.026, 0.026, 0.060, 0.072, 0.086, 0.076),
        *(0.065, 0.059, 0.054, 0.052, 0.048, 0.035, 0.023, 0.011, 0.013),
    ),
    female_share=(
        *(0.485, 0.485, 0.485, 0.487, 0.49, 0.492, 0.498, 0.503, 0.507),
        *(0.510, 0.515, 0.522, 0.535, 0.560, 0.590, 0.620, 0.660, 0.720),
    ),
    size_share=(0.055, 0.150, 0.225, 0.310, 0.145, 0.070, 0.030, 0.015),
    source=(
        "Census of Kazakhstan 2021: 29.4 % aged 0-15, mean age 32 (astanatimes.com, 2023); survey "
        "2020: 26 % of people in households of five and more (newsline.kz). Five-year groups, sex "
        "by age and the other household sizes are estimates within these figures."
    ),
)
"""Town of northern Kazakhstan."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Controls:
    """Whole numbers a population must meet."""

    people: int
    age_sex: Int64
    """(n_age_groups, 2), men first"""
    households: Int64
    """Of 1, 2, ... 8 persons, shape (8,)."""

    def require_consistent(self) -> None:
        """Raise `CityDataError` where the totals of the margins differ."""
        faults = []
        told = {
            "age by sex": int(self.age_sex.sum()),
            "households by size": people_in(self.households),
        }
        for margin, total in told.items():
            if total != self.people:
                faults.append(
                    Fault(
                        where=f"population margin {margin}",
                        what=f"adds to {total} people, not to {self.people}",
                        mend="give margins of the same people, or shares that add to 1",
                        code="E-MARGIN-TOTAL",
                    )
                )
        if faults:
            raise CityDataError(faults)


def controls_for(margins: Margins, people: int) -> Controls:
    """Return whole numbers for so many people, with exact totals.

    Raises
    ------
    CityDataError
        If shares do not add to 1, are negative or differ in number from their groups.
    """
    _require_shares(margins)
    age = np.asarray(margins.age_share)
    female = np.asarray(margins.female_share)
    joint = np.stack([age * (1.0 - female), age * female], axis=1)
    households = _households_by_size(np.asarray(margins.size_share), people)
    counts = _with_an_adult_each(shares_to_counts(joint, people), margins, households)
    controls = Controls(people=people, age_sex=counts, households=households)
    controls.require_consistent()
    return controls


def _with_an_adult_each(age_sex: Int64, margins: Margins, households: Int64) -> Int64:
    """Turn children of a hamlet into adults where rounding left fewer adults than households."""
    counts = age_sex.copy()
    adult = np.asarray(margins.age_low) >= ADULT_AGE
    share = np.asarray(margins.age_share) * adult
    missing = int(households.sum() - counts[adult].sum())
    if missing > _MOST_ROUNDED or share.sum() <= 0:
        return counts  # the margins lack adults, which is reported when people are housed
    child_rows, likely = np.flatnonzero(~adult), int(np.argmax(share))
    for number in range(missing):
        row = child_rows[int(np.argmax(counts[child_rows].sum(axis=1)))]
        counts[row, int(np.argmax(counts[row]))] -= 1
        counts[likely, number % 2] += 1
    return counts


def people_in(households: Int64) -> int:
    """Return how many people live in households of 1, 2, ... 8 persons."""
    return int((households * SIZES).sum())


def _require_shares(margins: Margins) -> None:
    faults = []
    mend = "give shares from 0 to 1, one per group"
    for name, wanted, adds in (
        ("age_share", len(margins.age_low), True),
        ("female_share", len(margins.age_low), False),
        ("size_share", SIZES.size, True),
        ("education_share", _EDUCATIONS, True),
        ("activity_share", len(ACTIVITIES), True),
        ("digital_share", 1, False),
    ):
        if getattr(margins, name) is None:
            continue
        shares = np.atleast_1d(getattr(margins, name))
        where = f"margins {margins.name}.{name}"
        if shares.size != wanted:
            faults.append(
                Fault(where, f"has {shares.size} shares for {wanted} groups", mend, "E-MARGIN")
            )
        if ((shares < 0) | (shares > 1)).any():
            faults.append(Fault(where, "has a share outside 0 to 1", mend, "E-MARGIN"))
        if adds and abs(shares.sum() - 1.0) > _SHARE_TOLERANCE:
            faults.append(
                Fault(where, f"adds to {shares.sum():.6f}, not to 1", mend, "E-MARGIN-TOTAL")
            )
    if margins.wage_kzt_month is not None and not margins.wage_kzt_month > 0.0:
        where, what = f"margins {margins.name}.wage_kzt_month", f"= {margins.wage_kzt_month}"
        faults.append(Fault(where, what, "give the mean pay in KZT a month", "E-MARGIN"))
    if faults:
        raise CityDataError(faults)


def _households_by_size(share: Float64, people: int) -> Int64:
    """Return households by size that hold exactly `people`."""
    count = np.floor(share * people / SIZES).astype(np.int64)
    left = int(people - (count * SIZES).sum())
    while left > 0:
        lacking = np.where(left >= SIZES, share * people / SIZES - count, -np.inf)
        size = int(np.argmax(lacking))
        count[size] += 1
        left -= int(SIZES[size])
    return count


def fit_two_ways(seed_table: Float64, rows: Int64, columns: Int64) -> Int64:
    """Return whole numbers near the seed table's pattern with the given row and column sums.

    Parameters
    ----------
    seed_table
        Pattern, non-negative; zero cells stay zero. Shape (n_rows, n_columns).
    rows, columns
        Sums to meet, with the same total.

    Raises
    ------
    CityDataError
        If the totals differ, or the zero cells leave no solution.

    References
    ----------
    Deming & Stephan, 1940, Annals of Mathematical Statistics 11(4), 427-444 (iterative
    proportional fitting).
    """
    if int(rows.sum()) != int(columns.sum()):
        raise CityDataError(
            Fault(
                where="population margins",
                what=f"add to {int(rows.sum())} and {int(columns.sum())}",
                mend="give margins of the same people",
                code="E-MARGIN-TOTAL",
            )
        )
    table = seed_table.astype(np.float64).copy()
    for _ in range(_IPF_ROUNDS):
        table *= (rows / np.maximum(table.sum(axis=1), 1e-300))[:, None]
        table *= columns / np.maximum(table.sum(axis=0), 1e-300)
        if np.abs(table.sum(axis=1) - rows).max() <= _IPF_TOLERANCE * max(int(rows.sum()), 1):
            break
    return _whole(table, rows, columns)


def _whole(table: Float64, rows: Int64, columns: Int64) -> Int64:
    """Round a table to whole numbers that meet both sums: largest remainders, then exchanges."""
    count = np.floor(table + 1e-9).astype(np.int64)
    row_left = rows - count.sum(axis=1)
    column_left = columns - count.sum(axis=0)
    order = np.argsort(-(table - count), axis=None, kind="stable")
    for flat in order[table.ravel()[order] > 0].tolist():
        i, j = divmod(flat, table.shape[1])
        if row_left[i] > 0 and column_left[j] > 0:
            count[i, j] += 1
            row_left[i] -= 1
            column_left[j] -= 1
    while row_left.any() or column_left.any():
        _exchange(count, table, row_left, column_left)
    return count


def _exchange(count: Int64, table: Float64, row_left: Int64, column_left: Int64) -> None:
    """Place one unit more in a short row and column, through a cell of other rows and columns."""
    row, column = int(np.argmax(row_left)), int(np.argmax(column_left))
    through = (count > 0) & (table[row] > 0)[None, :] & (table[:, column] > 0)[:, None]
    if row_left[row] > 0 and column_left[column] > 0:
        if table[row, column] > 0:
            count[row, column] += 1
            row_left[row] -= 1
            column_left[column] -= 1
            return
        if through.any():
            i, j = np.unravel_index(int(np.argmax(np.where(through, count, -1))), count.shape)
            count[i, j] -= 1
            count[row, j] += 1
            count[i, column] += 1
            row_left[row] -= 1
            column_left[column] -= 1
            return
    raise CityDataError(
        Fault(
            where="population margins",
            what=f"cannot be met together: row {row} and column {column} exclude each other",
            mend="allow more combinations, such as more adults or larger households",
            code="E-MARGIN",
        )
    )
