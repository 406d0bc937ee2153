"""Ageing, deaths and births."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.citizens.character import character
from twin.citizens.demography.folk import CHILD
from twin.core.streams import Stream

if TYPE_CHECKING:
    from twin.citizens.demography.folk import Folk
    from twin.citizens.demography.town import Demography
    from twin.core.arrays import Float64
    from twin.parameters import LifeParams

OLDEST = 120
_FERTILE_FROM, _FERTILE_TO, _STEP = 15, 50, 5


def death_rates(params: LifeParams) -> Float64:
    """Return deaths per person and year by sex (men, women) and age, shape (2, 121)."""
    years = np.arange(OLDEST + 1) + 0.5 - 60.0
    men = params.accident_deaths_men + params.deaths_at_60_men * np.exp(
        params.death_growth_men * years
    )
    women = params.accident_deaths_women + params.deaths_at_60_women * np.exp(
        params.death_growth_women * years
    )
    rates: Float64 = np.stack([men, women])
    rates[:, 0] = -np.log1p(-min(params.infant_deaths, 1.0 - 1e-12))
    return rates


def birth_rates(params: LifeParams) -> Float64:
    """Return births per woman and year by age, shape (121,)."""
    rates = np.zeros(OLDEST + 1)
    for age in range(_FERTILE_FROM, _FERTILE_TO):
        low = age - age % _STEP
        rates[age] = getattr(params, f"births_{low}_{low + _STEP - 1}") / 1000.0
    return rates


def grow_older(folk: Folk) -> None:
    """Let everybody reach the age of the calendar year that opens."""
    age = folk.people["age"]
    folk.people["age"] = np.where(age < OLDEST, age + 1, age).astype(np.uint8)


def die(folk: Folk, town: Demography, years: float) -> int:
    """Let people die, by age and sex; return how many."""
    rates = death_rates(town.life)
    chance = -np.expm1(-rates * years)
    of, everybody = folk.people, np.arange(folk.here.size)
    limit = chance[of["female"].astype(np.intp), of["age"].astype(np.intp)]
    return folk.go(folk.draw(everybody, Stream.DEATH) < limit)


def bear(folk: Folk, town: Demography, years: float) -> int:
    """Let women bear children, who join their households; return how many.

    A child's id follows from its mother's and the year.
    """
    of = folk.people
    rate = birth_rates(town.life) * town.births_ratio
    chance = -np.expm1(-rate * years)
    women = np.flatnonzero(folk.here & (of["female"] != 0) & (chance > 0.0)[of["age"]])
    mother = women[folk.draw(women, Stream.BIRTH) < chance[of["age"][women].astype(np.intp)]]
    if not mother.size:
        return 0
    household = of["household"][mother]
    keys = of["person_id"][mother].astype(np.int32)
    ids = folk.new_ids(Stream.PERSON_KEY, keys)
    columns = character(ids, folk.seed, town.behaviour, town.participation)
    columns |= {
        "person_id": ids,
        "building": of["building"][mother],
        "household": household,
        "female": (folk.draw(mother, Stream.BIRTH, draw=1) >= town.life.boys_share).astype(
            np.uint8
        ),
        "occupation": np.full(mother.size, CHILD),
        "work_building": np.full(mother.size, -1),
        "trust": of["trust"][mother],
        "satisfaction": of["satisfaction"][mother],
        "expectation": of["expectation"][mother],
    }
    folk.add_people(columns)
    return int(mother.size)
