"""Dwelling space: how much homes have, whom it houses, and how it is made to suit known people.

Where a declared population needs less space than what is taken for homes has, the least likely
homes are taken for something else first, and storeys are shifted only if that does not do:
measured on storeys that were hidden, what is too much is homes, not storeys
(docs/benchmarks/city-data.md).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gis.draws import uniforms
from gis.generate.impute.building_uses import OTHER_CONFIDENCE, Shape, use_of_other
from twin.core.streams import Stream

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from twin.core.arrays import Bool, Float64, Int64

DWELLING_PER_PERSON_M2 = (20.0, 30.0)
"""Dwelling space per person that a declared population should give. Kazakhstan has over 21 m2,
Astana 29.6 (2016, strategy2050.kz)."""
DWELLING_SHARE = {"apartment": 0.75, "house": 0.9}
"""Dwelling space per floor area of all storeys; walls, stairs and halls are the rest
(assumption)."""
USUAL_DWELLING_M2 = 25.0
"""Dwelling space per person where no number is given: the northern towns' 25 (2016
housing statistics), the middle of the usual band."""


def dwelling_m2(use: pd.Series, floor_area_m2: Float64 | pd.Series) -> Float64:
    """Return the dwelling space of each building, 0 where it is no home, shape (n_buildings,)."""
    share = use.map(DWELLING_SHARE).fillna(0.0).to_numpy(dtype=np.float64)
    space: Float64 = share * np.asarray(floor_area_m2, dtype=np.float64)
    return space


def likely_people(
    use: pd.Series, floor_area_m2: Float64 | pd.Series, home_chance: Float64 | pd.Series | float
) -> Float64:
    """Return how many people likely live in each building, shape (n_buildings,).

    Parameters
    ----------
    use
        Homes are `house` and `apartment`; nobody lives elsewhere.
    floor_area_m2
        Of all storeys, shape (n_buildings,).
    home_chance
        Chance that what is taken for a home is one, 0 to 1, shape (n_buildings,). The confidence
        of a use is taken for it, which is an assumption.
    """
    people: Float64 = dwelling_m2(use, floor_area_m2) * np.asarray(home_chance) / USUAL_DWELLING_M2
    return people


def take_out_homes(
    out: gpd.GeoDataFrame, shape: Shape, lived_in: Bool, key: Int64, people: int
) -> list[str]:
    """Take the least likely homes for something else where declared people need less space.

    No more space is taken than the chances give as no home; storeys stay. Only imputed uses of
    blocks of flats change: a house among houses is a home, and gives little space.

    Parameters
    ----------
    out
        Buildings with `use`, `use_source`, `use_confidence` and `floors`; the first and third are
        changed.
    shape
        Of their outlines.
    lived_in
        Buildings of imputed use that the map says somebody lives in, shape (n_buildings,).
    key
        Of each building; the least go first among equally likely homes, shape (n_buildings,).
    people
        Declared population.
    """
    space = dwelling_m2(out["use"], shape.area_m2 * out["floors"])
    found, high = math.fsum(space) / people, DWELLING_PER_PERSON_M2[1]
    chance = out["use_confidence"].to_numpy(dtype=np.float64, copy=True)
    free = (out["use"] == "apartment").to_numpy() & ~lived_in
    free &= (out["use_source"] == "imputed").to_numpy()
    if found <= high or not free.any():
        return []
    order = np.lexsort((key, chance))
    order = order[free[order]]
    before = np.cumsum(space[order]) - space[order]
    surplus = min((found - high) * people, math.fsum(((1.0 - chance) * space)[free]))
    gone = np.zeros(space.size, dtype=np.bool_)
    gone[order[before < surplus]] = True
    use = out["use"].to_numpy(dtype=object, copy=True)
    use[gone], chance[gone] = use_of_other(shape, gone), OTHER_CONFIDENCE
    out["use"], out["use_confidence"] = use, chance
    note = (
        f"{gone.sum():,} of {(space > 0.0).sum():,} buildings taken for homes, the least likely of "
        f"those without a tag, were taken for something else, so that {people:,} people have "
        f"{space[~gone].sum() / people:.1f} m2 of dwelling space each (before: {found:.1f}; "
        f"usual: {DWELLING_PER_PERSON_M2[0]:g}-{high:g})."
    )
    return [note]


def fit_floors(
    out: gpd.GeoDataFrame, shape: Shape, told: Bool, key: Int64, people: int, seed: int
) -> list[str]:
    """Shift imputed floors of flats so that the floor area suits the declared population.

    A guessed population needs no such shift: it follows from the floors.
    """
    floors = out["floors"].to_numpy(dtype=np.int32, copy=True)
    movable = ~told & (out["use"] == "apartment").to_numpy()
    space = dwelling_m2(out["use"], shape.area_m2)
    found = float(space @ floors) / people
    low, high = DWELLING_PER_PERSON_M2
    if low <= found <= high or not movable.any():
        return _area_note(found, people) if not low <= found <= high else []
    fixed = float(space[~movable] @ floors[~movable])
    goal = (low if found < low else high) * people - fixed
    factor = max(goal, 0.0) / float(space[movable] @ floors[movable])
    draw = uniforms(seed, Stream.FLOORS, key, draw=1)
    wanted = np.clip(floors * factor, 1.0, 16.0)
    floors[movable] = np.clip(np.floor(wanted + draw), 2, 16).astype(np.int32)[movable]
    out["floors"] = floors
    reached = float(space @ floors) / people
    note = (
        f"Imputed floors of {movable.sum()} blocks of flats were multiplied by {factor:.2f}, "
        f"so that {people:,} people have {reached:.1f} m2 of dwelling space each "
        f"(before: {found:.1f}; usual: {low:g}-{high:g})."
    )
    return [note, *_area_note(reached, people)]


def _area_note(found: float, people: int) -> list[str]:
    low, high = DWELLING_PER_PERSON_M2
    if 0.95 * low <= found <= 1.05 * high:
        return []
    note = (
        f"W-POP-MISMATCH: homes give {found:.1f} m2 per person for {people:,} people; "
        f"usual are {low:g}-{high:g} m2. Check the declared population and the extract's border."
    )
    return [note]
