"""Who lives with whom, and where: people into households, households into dwellings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from gis.draws import normals, shares_to_counts, uniforms
from gis.generate.people.margins import ADULT_AGE, SIZES, fit_two_ways
from twin.core.errors import CityDataError, Fault
from twin.core.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from gis.generate.people.margins import Controls, Margins
    from twin.core.arrays import Bool, Float64, Int64

_OLDEST = 100
_MEAN_YEARS_OVER_80 = 5.0
_GROUP_STARTS = (0, 18, 30, 60)
_SIZE_BY_AGE = np.array(
    [
        (1e-6, 0.50, 0.80, 2.00),
        (0.25, 0.90, 1.00, 1.80),
        (0.90, 1.10, 1.10, 0.70),
        (1.35, 0.90, 1.10, 0.35),
        (1.40, 1.00, 0.90, 0.50),
        (1.40, 1.00, 0.90, 0.70),
        (1.40, 1.00, 0.90, 0.70),
        (1.40, 1.00, 0.90, 0.70),
    ]
)
"""Starting pattern of the fit: household size by age 0-17, 18-29, 30-59, 60 and over. Only its
form counts, the sums are the margins'; an estimate, as no open microdata exist."""
_SIZE_BY_HOUSE = np.array([0.55, 0.80, 1.00, 1.15, 1.50, 1.80, 2.00, 2.20])
"""How much likelier a household of that size lives in a house than in a flat; an estimate."""
_COUPLE_SHARE = np.array([0.0, 0.62, 0.78, 0.88, 0.88, 0.88, 0.88, 0.88])
"""Heads who live with a partner, by household size; an estimate."""
_GENERATION_YEARS = 27.0
_CHILDREN_BELOW, _PARENTS_FROM = 32, 58
"""Ages at which other members are taken as children, or as parents, of the head."""
_DRAW_SINGLE_YEAR, _DRAW_HEAD, _DRAW_PARTNER, _DRAW_AGE_NOISE, _DRAW_REST = range(5)


@final
@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Persons before they have homes; the row is the id of their draws."""

    age: Int64
    """(n_people,)"""
    female: Bool
    """(n_people,)"""
    household: Int64
    """(n_people,)"""
    size: Int64
    """Persons of each household, shape (n_households,)."""


def people_in_households(margins: Margins, controls: Controls, seed: int) -> People:
    """Make people of given ages and sexes and let them live together.

    Ages, sexes and household sizes meet the controls exactly. Every household has an adult head;
    partners are near in age, children about a generation younger, parents older.
    """
    low = np.asarray(margins.age_low)
    groups = np.searchsorted(_GROUP_STARTS, low, side="right") - 1
    pattern = np.repeat(_SIZE_BY_AGE[:, groups], 2, axis=1)
    table = fit_two_ways(pattern, controls.households * SIZES, controls.age_sex.ravel())
    table = _with_heads(table, np.repeat(low >= ADULT_AGE, 2), controls)
    cell = np.repeat(np.arange(table.size), table.ravel())
    size_class, column = np.divmod(cell, table.shape[1])
    group, sex = np.divmod(column, 2)
    age = _single_years(low, group, seed)
    female = sex == 1
    household = np.empty(cell.size, dtype=np.int64)
    first = 0
    for row, size in enumerate(SIZES.tolist()):
        rows = np.flatnonzero(size_class == row)
        count = int(controls.households[row])
        household[rows] = first + _live_together(rows, age, female, size, seed)
        first += count
    return People(
        age=age, female=female, household=household, size=np.repeat(SIZES, controls.households)
    )


def _with_heads(table: Int64, adult: Bool, controls: Controls) -> Int64:
    """Exchange children for adults until each size of household has an adult per household.

    Rounding leaves such a lack in villages; both margins stay as they are.
    """
    table = table.copy()
    spare = table[:, adult].sum(axis=1) - controls.households
    while (spare < 0).any():
        short, donor = int(np.argmin(spare)), int(np.argmax(spare))
        given = int(np.argmax(np.where(adult, table[donor], -1)))
        taken = int(np.argmax(np.where(adult, -1, table[short])))
        if spare[donor] <= 0:
            raise CityDataError(
                Fault(
                    where=f"population margin households of {SIZES[short]}",
                    what=f"has {-spare[short]} households without an adult",
                    mend="give fewer small households or more adults in the margins",
                    code="E-MARGIN",
                )
            )
        table[donor, given] -= 1
        table[donor, taken] += 1
        table[short, taken] -= 1
        table[short, given] += 1
        spare[donor] -= 1
        spare[short] += 1
    return table


def _single_years(low: Int64, group: Int64, seed: int) -> Int64:
    """Spread the people of each age group over its years."""
    high = np.append(low[1:], _OLDEST + 1)
    ids = np.arange(group.size)
    draw = uniforms(seed, Stream.PERSONS, ids, draw=_DRAW_SINGLE_YEAR)
    even = np.floor(draw * (high - low)[group])
    oldest = np.minimum(np.floor(-_MEAN_YEARS_OVER_80 * np.log(draw)), _OLDEST - low[-1])
    years: Int64 = (low[group] + np.where(group == low.size - 1, oldest, even)).astype(np.int64)
    return years


def _live_together(rows: Int64, age: Int64, female: Bool, size: int, seed: int) -> Int64:
    """Return the household, counted from 0, of people who share a household size."""
    count = rows.size // size
    home = np.full(rows.size, -1, dtype=np.int64)
    ages, women = age[rows], female[rows]
    heads = _heads(rows, ages, count, seed)
    heads = heads[np.argsort(ages[heads], kind="stable")]  # households by age of the head
    home[heads] = np.arange(count)
    if size == 1:
        return home
    _join_partners(rows, ages, women, heads, home, (size, seed))
    rest = np.flatnonzero(home < 0)
    filled = np.bincount(home[home >= 0], minlength=count)
    places = np.repeat(np.arange(count), size - filled)
    home[rest[np.argsort(_age_of_head(rows, ages, rest, seed), kind="stable")]] = places
    return home


def _heads(rows: Int64, ages: Int64, count: int, seed: int) -> Int64:
    """Choose adults as heads, the young ones seldom (an exponential race)."""
    chance = np.interp(ages, [17.9, 18, 20, 25, 30, 75, 90], [0, 0.05, 0.3, 0.8, 1, 1, 0.7])
    draw = uniforms(seed, Stream.HOUSEHOLDS, rows, draw=_DRAW_HEAD)
    time = np.where(chance > 0, -np.log(draw) / np.maximum(chance, 1e-12), np.inf)
    chosen: Int64 = np.argsort(time, kind="stable")[:count]
    return chosen


def _join_partners(
    rows: Int64,
    ages: Int64,
    women: Bool,
    heads: Int64,
    home: Int64,
    size_and_seed: tuple[int, int],
) -> None:
    """Give some heads a partner of the other sex near their age; fills `home` in place."""
    size, seed = size_and_seed
    wish = uniforms(seed, Stream.HOUSEHOLDS, rows, draw=_DRAW_PARTNER)
    noise = 3.0 * normals(seed, Stream.HOUSEHOLDS, rows, draw=_DRAW_AGE_NOISE)
    for head_is_woman in (False, True):
        share = _COUPLE_SHARE[size - 1] * (0.55 if head_is_woman else 1.2)
        seekers = heads[women[heads] == head_is_woman]
        seekers = seekers[wish[seekers] < share]
        free = np.flatnonzero((home < 0) & (women != head_is_woman) & (ages >= ADULT_AGE + 1))
        pairs = min(seekers.size, free.size)
        fit = np.interp(ages[free], [19, 25, 30, 65, 90], [0.05, 0.6, 1, 1, 0.5])
        time = -np.log(uniforms(seed, Stream.HOUSEHOLDS, rows[free], draw=_DRAW_REST)) / fit
        partners = free[np.argsort(time, kind="stable")[:pairs]]
        seekers = seekers[np.argsort(wish[seekers], kind="stable")[:pairs]]
        older = np.argsort(ages[seekers] + noise[seekers], kind="stable")
        matched = np.argsort(ages[partners] + noise[partners], kind="stable")
        home[partners[matched]] = home[seekers[older]]


def _age_of_head(rows: Int64, ages: Int64, rest: Int64, seed: int) -> Float64:
    """Return the age of head that fits each of the other members of households."""
    noise = 5.0 * normals(seed, Stream.HOUSEHOLDS, rows[rest], draw=_DRAW_REST + 1)
    gap = np.where(
        ages[rest] < _CHILDREN_BELOW,
        _GENERATION_YEARS,
        np.where(ages[rest] >= _PARENTS_FROM, -_GENERATION_YEARS, 0.0),
    )
    expected: Float64 = ages[rest] + gap + noise
    return expected


def homes_of_households(people: People, buildings: pd.DataFrame, seed: int) -> Int64:
    """Return the building of each household.

    Each building takes households in proportion to its dwellings, so the whole town is lived in;
    larger households go to houses and larger dwellings rather. A column `home_weight`, people as a
    population grid has them, takes the place of dwellings where there is one.
    """
    weight = "home_weight" if "home_weight" in buildings else "dwellings"
    homes = buildings[weight].to_numpy(dtype=np.float64)
    area = buildings["floor_area_m2"].to_numpy(dtype=np.float64)
    is_house = (buildings["use"] == "house").to_numpy()
    if homes.sum() <= 0:
        raise CityDataError(
            Fault(
                where="buildings.dwellings",
                what="are 0 in all buildings",
                mend="give at least one building a use of house or apartment and dwellings",
                code="E-NO-DWELLINGS",
            )
        )
    slots = shares_to_counts(homes, people.size.size)
    types = np.array([slots[is_house].sum(), slots[~is_house].sum()], dtype=np.int64)
    by_size = np.bincount(people.size, minlength=SIZES.size + 1)[1:]
    pattern = np.stack([_SIZE_BY_HOUSE, np.ones(SIZES.size)], axis=1)
    table = fit_two_ways(pattern, by_size, types)
    ids = np.arange(people.size.size)
    lot = uniforms(seed, Stream.POPULATION_FIT, ids)
    order = np.lexsort((lot, people.size))
    starts = np.concatenate([[0], np.cumsum(by_size)[:-1]])
    place = np.arange(order.size) - starts[people.size[order] - 1]
    in_house = np.zeros(ids.size, dtype=bool)
    in_house[order] = place < table[people.size[order] - 1, 0]
    wish = people.size * np.exp(0.35 * normals(seed, Stream.POPULATION_FIT, ids, draw=1))
    building = np.empty(ids.size, dtype=np.int64)
    for member, kind in ((in_house, is_house), (~in_house, ~is_house)):
        rows = np.flatnonzero(kind & (slots > 0))
        place_of = np.repeat(rows, slots[rows])
        room = np.repeat(area[rows] / np.maximum(slots[rows], 1), slots[rows])
        noise = normals(seed, Stream.POPULATION_FIT, np.arange(place_of.size), draw=2)
        takers = np.flatnonzero(member)
        building[takers[np.argsort(wish[takers], kind="stable")]] = place_of[
            np.argsort(room * np.exp(0.35 * noise), kind="stable")
        ]
    return building
