"""What people have learnt and do, dealt within groups of age and sex.

The pattern by group is an estimate; where a margin is given, the pattern is fitted to it so that
whole numbers meet both the groups and the margin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.draws import shares_to_counts, uniforms
from gis.generate.people.districts import schooled_by_district
from gis.generate.people.margins import ACTIVITIES, GROWN_AGE, fit_two_ways
from twin.core.errors import CityDataError, Fault
from twin.core.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from twin.core.arrays import Bool, Float64, Int64

_EDUCATION_AGES = (0, 16, 18, 23, 40, 60)
_EDUCATION = np.array(
    [
        (1.00, 0.00, 0.00, 0.00),
        (0.80, 0.20, 0.00, 0.00),
        (0.04, 0.60, 0.28, 0.08),
        (0.02, 0.23, 0.40, 0.35),
        (0.02, 0.24, 0.44, 0.30),
        (0.06, 0.34, 0.40, 0.20),
    ]
)
"""Below leaving school, school, vocational, higher, by age; estimates for a northern town."""

OCCUPATIONS = ("child", "pupil", "student", "employed", "unemployed", "home", "retired")
_ACTIVITY = (
    (0, 6, (1.0, 0, 0, 0, 0, 0, 0), (1.0, 0, 0, 0, 0, 0, 0)),
    (6, 16, (0, 1.0, 0, 0, 0, 0, 0), (0, 1.0, 0, 0, 0, 0, 0)),
    (16, 18, (0, 0.74, 0.26, 0, 0, 0, 0), (0, 0.76, 0.24, 0, 0, 0, 0)),
    (18, 23, (0, 0, 0.36, 0.44, 0.05, 0.15, 0), (0, 0, 0.40, 0.34, 0.04, 0.22, 0)),
    (23, 30, (0, 0, 0.02, 0.81, 0.055, 0.115, 0), (0, 0, 0.02, 0.61, 0.05, 0.32, 0)),
    (30, 55, (0, 0, 0, 0.86, 0.045, 0.095, 0), (0, 0, 0, 0.78, 0.045, 0.175, 0)),
    (55, 61, (0, 0, 0, 0.76, 0.04, 0.12, 0.08), (0, 0, 0, 0.68, 0.03, 0.14, 0.15)),
    (61, 63, (0, 0, 0, 0.66, 0.03, 0.11, 0.20), (0, 0, 0, 0.16, 0, 0.02, 0.82)),
    (63, 75, (0, 0, 0, 0.12, 0, 0.02, 0.86), (0, 0, 0, 0.08, 0, 0.02, 0.90)),
    (75, 101, (0, 0, 0, 0, 0, 0, 1.0), (0, 0, 0, 0, 0, 0, 1.0)),
)
"""From age, to age, shares of men, shares of women in the order of `OCCUPATIONS`. School from 6,
pension at 63 (men) and 61 (women) by law; about 4.6 % of the labour force without work as in
national statistics; the rest estimates."""


def dealt(draw: Float64, group: Int64, shares: Float64) -> Int64:
    """Return a choice per person so that each group's shares are met to one person.

    Parameters
    ----------
    draw
        One uniform per person, shape (n,); the order in which people draw.
    group
        (n,)
    shares
        Shares of the choices by group, shape (n_groups, n_choices), rows add to 1.
    """
    order = np.lexsort((draw, group))
    counts = np.bincount(group, minlength=len(shares))
    starts = np.cumsum(counts) - counts
    place = np.empty(draw.size)
    place[order] = np.arange(draw.size) - starts[group[order]] + 0.5
    limits = np.round(np.cumsum(shares, axis=1)[:, :-1] * counts[:, None])
    return (place[:, None] > limits[group]).sum(axis=1)


def _dealt_to(draw: Float64, group: Int64, counts: Int64) -> Int64:
    """Return a choice per person so that each group's counts, (n_groups, n_choices), are met."""
    order = np.lexsort((draw, group))
    choices = np.tile(np.arange(counts.shape[1]), len(counts))
    choice = np.empty(draw.size, dtype=np.int64)
    choice[order] = np.repeat(choices, counts.ravel())
    return choice


def _fitted(
    name: str, draw: Float64, group: Int64, pattern: Float64, grown: Bool, share: Float64
) -> Int64:
    """Return a choice per person: the pattern for children, one fitted to the share for others.

    Parameters
    ----------
    name
        Of the margin, for the error where the pattern does not allow the share.
    draw, group
        As of `dealt`.
    pattern
        Shares of the choices by group, (n_groups, n_choices).
    grown
        Whom the margin counts, (n,); a group is grown or not as a whole.
    share
        Of the grown, (n_choices,).
    """
    choice = dealt(draw, group, pattern)
    rows = np.bincount(group[grown], minlength=len(pattern))
    wanted = shares_to_counts(share, int(rows.sum()))
    try:
        counts = fit_two_ways(pattern * rows[:, None], rows, wanted)
    except CityDataError as error:
        told = ", ".join(f"{part:.3g}" for part in share)
        what = f"= {told}: the ages of the people do not allow these shares"
        mend = "count people of 16 and over alone: few are pupils, and the retired are over 55"
        raise CityDataError(Fault(f"margins {name}", what, mend, "E-MARGIN")) from error
    choice[grown] = _dealt_to(draw[grown], group[grown], counts)
    return choice


def deal_education(
    persons: pd.DataFrame,
    seed: int,
    share: tuple[float, ...] | None = None,
    *,
    district: Float64 | None = None,
) -> np.ndarray:
    """Return education 0 to 3 of each person, shape (n_people,), uint8.

    The schooled live in districts of a high score rather, `district` by person; margins stay met.

    `share` of the four is met by people of 16 and over; None takes the pattern by age alone.
    """
    age = persons["age"].to_numpy()
    group = np.searchsorted(_EDUCATION_AGES, age, side="right") - 1
    draw = uniforms(seed, Stream.PERSONS, persons["person_id"].to_numpy(), draw=10)
    if district is not None:
        draw = schooled_by_district(draw, district)
    if share is None:
        return dealt(draw, group, _EDUCATION).astype(np.uint8)
    told, grown = np.array(share), age >= GROWN_AGE
    return _fitted("education_share", draw, group, _EDUCATION, grown, told).astype(np.uint8)


def deal_occupation(
    persons: pd.DataFrame, seed: int, share: tuple[float, ...] | None = None
) -> np.ndarray:
    """Return the main activity of each person, shape (n_people,).

    `share` of `ACTIVITIES` is met by people of 16 and over; None takes the pattern by age and sex.
    """
    starts = [row[0] for row in _ACTIVITY]
    age = persons["age"].to_numpy()
    band = np.searchsorted(starts, age, side="right") - 1
    group = 2 * band + persons["female"].to_numpy().astype(np.int64)
    shares = np.array([sex for row in _ACTIVITY for sex in row[2:]], dtype=np.float64)
    education = persons["education"].to_numpy()
    draw = uniforms(seed, Stream.PERSONS, persons["person_id"].to_numpy(), draw=11)
    at_work_first = draw - 0.06 * education  # the better schooled are likelier to have work
    if share is None:
        return np.array(OCCUPATIONS, dtype=object)[dealt(at_work_first, group, shares)]
    told = dict(zip(ACTIVITIES, share, strict=True))
    wanted = np.array([told.get(name, 0.0) for name in OCCUPATIONS])
    choice = _fitted("activity_share", at_work_first, group, shares, age >= GROWN_AGE, wanted)
    return np.array(OCCUPATIONS, dtype=object)[choice]
