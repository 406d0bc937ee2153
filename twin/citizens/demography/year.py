"""The turn of a year: the order in which people move on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.citizens.demography.folk import EMPLOYED, UNEMPLOYED, Folk
from twin.citizens.demography.households import founders, join, without_adults
from twin.citizens.demography.kernels import sort_within_into
from twin.citizens.demography.life import bear, die, grow_older
from twin.citizens.demography.moves import (
    Seekers,
    arrivals,
    come,
    find_homes,
    found_households,
    leave_town,
    movers_of,
    pull_of,
)
from twin.citizens.demography.work import find_and_lose_jobs, learn, pay, retire

if TYPE_CHECKING:
    from twin.citizens.demography.town import Demography
    from twin.citizens.population import Population
    from twin.core.arrays import Float64, Int32, Int64


@final
@dataclass(frozen=True, slots=True)
class Year:
    """What keys and weighs a turn."""

    seed: int
    number: int
    """Years since the start of the run; the step of all draws."""
    share: float
    """Part of the year that was lived."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What came of it."""

    people: Population
    """The new population; rows are sorted as ever."""
    row: Int64
    """New row of each person of the old population, -1 of those who are gone, shape (n_old,)."""
    home: Int32
    """Row of each household's building; rows of households stay, new ones come last."""
    size: Int64
    """Members of each household, 0 where all have gone."""
    income_kzt_month: Float64
    """Of each household."""
    births: int
    deaths: int
    arrivals: int
    departures: int
    moves: int
    """Households that moved within the town."""


def move_on(people: Population, town: Demography, outage_days: Float64, year: Year) -> Turn:
    """Let a year pass for everybody.

    Deaths come before birthdays, so that infants face their first year; then births, schooling,
    pensions and jobs; couples that join; departures; and a queue for homes, in which movers, those
    who leave a household and those who come look at the same time.

    Parameters
    ----------
    people
        Not changed.
    town
        Its memory of jobs, homes and years goes on.
    outage_days
        Days with outages of each person in the year that ends, shape (n_people,).
    year
        Keys of the draws, and the part of the year that was lived.
    """
    folk = Folk.of(people, town.home, outage_days, year.seed, year.number)
    before = people.get("occupation").astype(np.int64)
    part = year.share
    town.years += part
    deaths = die(folk, town, part)
    grow_older(folk)
    births = bear(folk, town, part)
    learn(folk, town)
    retire(folk, town, part)
    join(folk, town, folk.facts(), part)
    facts = folk.facts()
    departures = folk.go(without_adults(folk, facts))
    pull = pull_of(folk, town, facts, part)
    departures += leave_town(folk, town, facts, pull, part)
    facts = folk.facts()
    comers = arrivals(folk, town, pull, part)
    new = founders(folk, town, facts, part)
    movers = movers_of(folk, town, facts.size, part)
    seekers = Seekers(movers, new, comers)
    moved_to, founded_at, come_to = find_homes(folk, town, facts.size, pull, seekers)
    moved = moved_to >= 0
    folk.home[movers[moved]] = moved_to[moved]
    n_came = come(folk, town, comers, come_to)
    found_households(folk, new, founded_at)
    folk.people["building"] = folk.home[folk.people["household"]]
    find_and_lose_jobs(folk, town, part)
    pay(folk, town, before)
    counts = births, deaths, n_came, departures, int(moved.sum())
    return _settled(people, folk, town, counts)


def _settled(
    people: Population, folk: Folk, town: Demography, counts: tuple[int, int, int, int, int]
) -> Turn:
    """Return the new population, sorted, with the incomes of its households."""
    of = folk.people
    household = of["household"].astype(np.int64)
    building = of["building"]
    kept = np.flatnonzero(folk.here)
    key = building[kept].astype(np.int64) * folk.household_id.size + household[kept]
    order = np.argsort(key, kind="stable")  # nearly sorted already, which it is quick at
    kept = kept[order]
    sort_within_into(key[order], of["person_id"][kept], kept)
    columns = {name: values[kept] for name, values in of.items()}
    n_households = folk.household_id.size
    household = household[kept]
    size = np.bincount(household, minlength=n_households)
    income = np.bincount(
        household, weights=columns["earning_kzt_month"].astype(np.float64), minlength=n_households
    ).astype(np.float64)
    columns["income_kzt_month"] = (income / np.maximum(size, 1))[household]
    row = np.full(len(people), -1, dtype=np.int64)
    old = folk.was[kept]
    row[old[old >= 0]] = np.flatnonzero(old >= 0)
    town.home = folk.home
    return Turn(
        people.succeeded(columns, income, folk.household_id), row, folk.home, size, income, *counts
    )


def labour_force_of(people: Population) -> tuple[int, int]:
    """Return how many are out of work, and how many work or seek work."""
    job = people.get("occupation")
    idle = int((job == UNEMPLOYED).sum())
    return idle, idle + int((job == EMPLOYED).sum())
