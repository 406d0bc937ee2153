"""Households form, split and join."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.core.streams import Stream

if TYPE_CHECKING:
    from twin.citizens.demography.folk import Folk
    from twin.citizens.demography.town import Demography
    from twin.core.arrays import Bool, Int64

_GROWN, _YOUNG_UP_TO, _COUPLE_UP_TO, _SINGLE_UP_TO = 18, 35, 65, 70
_GENERATION, _OWN_CHILD, _COUPLE_GAP = 16, 18, 15


class Founders(NamedTuple):
    """Who wants to found households: one or two people each."""

    first: Int64
    """Row of a person, shape (n,)."""
    second: Int64
    """Row of the partner, -1 without."""


def join(folk: Folk, town: Demography, years: float) -> None:
    """Let single adults find each other: his household joins hers, and his home falls free.

    Men and women who look are matched by age.
    """
    facts, of = folk.facts(), folk.people
    single = facts.adults == 1
    looks = folk.draw(Stream.JOINING) < -np.expm1(-town.households.join_per_year * years)
    found = []
    for oldest in (facts.man, facts.woman):
        rows = oldest[single & (oldest >= 0)]
        rows = rows[looks[rows] & (of["age"][rows] <= _SINGLE_UP_TO)]
        found.append(rows[np.lexsort((of["person_id"][rows], of["age"][rows]))])
    men, women = found
    n = min(men.size, women.size)
    his, hers = (of["household"][rows[_evenly(rows.size, n)]] for rows in (men, women))
    to = np.arange(folk.household_id.size, dtype=np.int32)
    to[his] = hers
    of["household"] = to[of["household"]]


def _evenly(size: int, n: int) -> Int64:
    """Return n of `size` places, spread evenly."""
    return (np.arange(n) * size) // max(n, 1)


def founders(folk: Folk, town: Demography, years: float) -> Founders:
    """Return who wants to leave a household: the young, alone or in pairs, and who splits."""
    leaving = _leaving(folk, town, years)
    facts, of = folk.facts(), folk.people
    alone = folk.draw(Stream.LEAVING_HOME, draw=1)[leaving] >= town.households.pair_share
    pairs = leaving[~alone]
    woman = of["female"][pairs] != 0
    by_age = np.lexsort((of["person_id"][pairs], of["age"][pairs]))
    pairs, woman = pairs[by_age], woman[by_age]
    men, women = pairs[~woman], pairs[woman]
    n = min(men.size, women.size)
    apart = of["household"][men[:n]] != of["household"][women[:n]]
    without = np.concatenate(
        [leaving[alone], men[n:], women[n:], men[:n][~apart], women[:n][~apart]]
    )
    leaves = np.zeros(folk.here.size, dtype=np.bool_)
    leaves[leaving] = True
    man, wife = facts.man, facts.woman
    couple = _couples(folk, man, wife)
    splits = folk.draw(Stream.SPLIT)[man] < -np.expm1(-town.households.split_per_year * years)
    split = man[couple & splits & ~leaves[man] & ~leaves[wife]]
    first = np.concatenate([men[:n][apart], without, split])
    second = np.concatenate([women[:n][apart], np.full(without.size + split.size, -1)])
    return Founders(first.astype(np.int64), second.astype(np.int64))


def _leaving(folk: Folk, town: Demography, years: float) -> Int64:
    """Return the rows of the young who want to leave their parents; parents of small ones stay."""
    facts, of, age = folk.facts(), folk.people, folk.age()
    household = of["household"]
    grown = folk.here & (age >= _GROWN) & (age <= _YOUNG_UP_TO)
    grown &= facts.oldest[household] >= age + _GENERATION
    grown &= facts.youngest[household] > age - _OWN_CHILD
    rate = town.households.leave_home_per_year * years
    return np.flatnonzero(grown & (folk.draw(Stream.LEAVING_HOME) < -np.expm1(-rate)))


def _couples(folk: Folk, man: Int64, woman: Int64) -> Bool:
    """Return which households have a man and a woman who may be a couple."""
    age = folk.age()
    gap = np.abs(age[man] - age[woman])
    both = (man >= 0) & (woman >= 0) & (gap <= _COUPLE_GAP)
    couple: Bool = both & (age[man] <= _COUPLE_UP_TO)
    return couple


def without_adults(folk: Folk) -> Bool:
    """Return which people live in households in which no adult is left, shape (n_people,)."""
    facts = folk.facts()
    alone: Bool = folk.here & (facts.adults == 0)[folk.people["household"]]
    return alone
