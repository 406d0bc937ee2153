"""Households form, split and join."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.core.streams import Stream

if TYPE_CHECKING:
    from twin.citizens.demography.folk import Folk
    from twin.citizens.demography.kernels import Facts
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


def join(folk: Folk, town: Demography, facts: Facts, years: float) -> None:
    """Let single adults find each other: his household joins hers, and his home falls free.

    Men and women who look are matched by age.
    """
    of, single = folk.people, facts.adults == 1
    chance = -np.expm1(-town.households.join_per_year * years)
    found = []
    for oldest in (facts.man, facts.woman):
        rows = oldest[single & (oldest >= 0)]
        rows = rows[of["age"][rows] <= _SINGLE_UP_TO]
        rows = rows[folk.draw(rows, Stream.JOINING) < chance]
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


def founders(folk: Folk, town: Demography, facts: Facts, years: float) -> Founders:
    """Return who wants to leave a household: the young, alone or in pairs, and who splits."""
    leaving, of = _leaving(folk, town, facts, years), folk.people
    alone = folk.draw(leaving, Stream.LEAVING_HOME, draw=1) >= town.households.pair_share
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
    couple = _couples(folk, facts.man, facts.woman)
    couple &= ~leaves[facts.man] & ~leaves[facts.woman]
    man = facts.man[couple]
    chance = -np.expm1(-town.households.split_per_year * years)
    split = man[folk.draw(man, Stream.SPLIT) < chance]
    first = np.concatenate([men[:n][apart], without, split])
    second = np.concatenate([women[:n][apart], np.full(without.size + split.size, -1)])
    return Founders(first.astype(np.int64), second.astype(np.int64))


def _leaving(folk: Folk, town: Demography, facts: Facts, years: float) -> Int64:
    """Return the rows of the young who want to leave their parents; parents of small ones stay."""
    age = folk.people["age"]
    grown = np.flatnonzero(folk.here & (age >= _GROWN) & (age <= _YOUNG_UP_TO))
    household, age = folk.people["household"][grown], age[grown].astype(np.int32)
    with_parents = facts.oldest[household] >= age + _GENERATION
    with_parents &= facts.youngest[household] > age - _OWN_CHILD
    grown = grown[with_parents]
    chance = -np.expm1(-town.households.leave_home_per_year * years)
    leaving: Int64 = grown[folk.draw(grown, Stream.LEAVING_HOME) < chance]
    return leaving


def _couples(folk: Folk, man: Int64, woman: Int64) -> Bool:
    """Return which households have a man and a woman who may be a couple."""
    age = folk.people["age"].astype(np.int32)
    gap = np.abs(age[man] - age[woman])
    both = (man >= 0) & (woman >= 0) & (gap <= _COUPLE_GAP)
    couple: Bool = both & (age[man] <= _COUPLE_UP_TO)
    return couple


def without_adults(folk: Folk, facts: Facts) -> Bool:
    """Return which people live in households in which no adult is left, shape (n_people,)."""
    alone: Bool = folk.here & (facts.adults == 0)[folk.people["household"]]
    return alone
