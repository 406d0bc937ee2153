"""How many people live in a town by its map: settlements with their people, else boundaries."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from twin.core.arrays import Bool

_log = logging.getLogger(__name__)

_FAR_OFF = 2.5
"""A number of people this many times off what homes have space for is that of another place."""
_MOST_PLACES = 6
_SHARED = 0.5
"""Share of a boundary's area in another's from which it is a part of that one."""


def people_by_map(
    settlements: pd.DataFrame, boundaries: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> tuple[int | None, list[str]]:
    """Return the people of a map, None where it does not give a number that suits; and notes.

    Parameters
    ----------
    settlements
        `place`, `name`, `people` (0 not given) and `is_area` of each.
    boundaries
        `name`, `level` and `people` of each, in the CRS of the buildings.
    buildings
        `people_guess`, by the space of homes.
    """
    people, notes = mapped_people(settlements, float(buildings["people_guess"].sum()))
    if people is not None or boundaries.empty:
        return people, notes
    people, more = people_within(boundaries, buildings)
    return people, [*notes, *more]


def mapped_people(settlements: pd.DataFrame, guess: float) -> tuple[int | None, list[str]]:
    """Return the people of the settlements on a map, where they suit its homes, and what is known.

    `settlements` is as for `people_by_map`; `guess` is how many people the homes of the map house
    by their space.
    """
    known = settlements[settlements["people"] > 0]
    if known.empty:
        return None, []
    rows = _each_once(known.sort_values("people", ascending=False, kind="stable"))
    people = int(rows["people"].sum())
    where = _listed([f"{row.place} {row.name_}" for row in _named(rows)], rows["people"].tolist())
    if not _suits(people, guess):
        return None, [_mismatch(people, where, guess)]
    return people, [f"{people:,} people live here by the map: {where}."]


def people_within(
    boundaries: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> tuple[int | None, list[str]]:
    """Return the people of the boundaries that suit the homes within, and of homes outside these.

    Of boundaries within each other the largest that suits counts. Parameters are those of
    `people_by_map`.
    """
    guess = buildings["people_guess"].to_numpy(dtype=np.float64)
    shapes = np.asarray(boundaries.geometry.values)
    homes = shapely.point_on_surface(np.asarray(buildings.geometry.values))
    home, area = shapely.STRtree(shapes).query(homes, predicate="within")
    within = np.zeros((len(boundaries), len(buildings)), dtype=np.bool_)
    within[area, home] = True
    chosen: list[int] = []
    for row in np.argsort(-shapely.area(shapes), kind="stable").tolist():
        shared = shapely.area(shapely.intersection(shapes[row], shapes[chosen]))
        is_part = (shared > _SHARED * shapely.area(shapes[row])).any()
        people = int(boundaries["people"].iloc[row])
        if not is_part and _suits(people, float(guess[within[row]].sum())):
            chosen.append(row)
    if not chosen:
        return None, [_none_suits(boundaries, guess, within)]
    rows = boundaries.iloc[chosen]
    outside = round(float(guess[~within[chosen].any(axis=0)].sum()))
    names = [f"{row.name_} (admin_level {row.level})" for row in _named(rows)]
    where = _listed(names, rows["people"].tolist())
    more = f"; homes outside have space for {outside:,} more" if outside else ""
    people = int(rows["people"].sum()) + outside
    return people, [f"{people:,} people live here by boundaries of the map: {where}{more}."]


def _each_once(settlements: pd.DataFrame) -> pd.DataFrame:
    """Return settlements without those mapped again by another kind of shape with their name."""
    kept: list[int] = []
    seen: dict[tuple[str, str], bool] = {}
    for at, row in enumerate(_named(settlements)):
        key = (row.place, row.name_)
        if row.name_ and seen.setdefault(key, bool(row.is_area)) != bool(row.is_area):
            continue
        kept.append(at)
    return settlements.iloc[kept]


def _named(rows: pd.DataFrame) -> list[Any]:
    """Return rows as tuples; a tuple has no field `name`."""
    return list(rows.rename(columns={"name": "name_"}).itertuples(index=False))


def _listed(names: list[str], people: list[int]) -> str:
    """Return places with their people, the first few."""
    shown = [f"{name} {count:,.0f}" for name, count in zip(names, people, strict=True)]
    more = [f"{len(shown) - _MOST_PLACES} more"] if len(shown) > _MOST_PLACES else []
    return ", ".join([*shown[:_MOST_PLACES], *more])


def _suits(people: int, guess: float) -> bool:
    return guess / _FAR_OFF <= people <= guess * _FAR_OFF


def _mismatch(people: int, where: str, guess: float) -> str:
    """Return the warning that the people of a map are not those of its homes."""
    note = (
        f"W-POP-MISMATCH: the map gives {people:,} people ({where}), its homes have space for "
        f"about {guess:,.0f}; the map likely shows a part of the place, or few of its homes, "
        "so its number is not used. Give --people, or another extract."
    )
    _log.warning("%s", note)
    return note


def _none_suits(boundaries: gpd.GeoDataFrame, guess: np.ndarray, within: Bool) -> str:
    """Return the warning that no boundary has about the people of the homes within."""
    rows = boundaries.iloc[np.argsort(boundaries["people"].to_numpy(), kind="stable")]
    inside = {uid: guess[row].sum() for uid, row in zip(boundaries.index, within, strict=True)}
    names = [
        f"{row['name']} (admin_level {row['level']}, homes within for {inside[uid]:,.0f})"
        for uid, row in rows.iterrows()
    ]
    note = (
        f"W-POP-MISMATCH: no boundary of the map has about the people that its homes have space "
        f"for: {_listed(names, rows['people'].tolist())}; their numbers are not used. Give "
        "--people, or another extract."
    )
    _log.warning("%s", note)
    return note
