"""The embedded synthetic city: a town drawn from a seed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gis.assemble import assemble
from gis.generate.town.draw import draw_town
from gis.generate.typical_weather import AKMOLA
from gis.names import DEFAULT_CITY
from gis.town_condition import DEFAULT_CONDITION

if TYPE_CHECKING:
    from gis.generate.typical_weather import Climate
    from twin.city.bundle import City

DEFAULT_PEOPLE, DEFAULT_SEED = 14_000, 1


def synthesise(
    people: int = DEFAULT_PEOPLE,
    seed: int = DEFAULT_SEED,
    name: str = DEFAULT_CITY,
    *,
    climate: Climate = AKMOLA,
    condition: str = DEFAULT_CONDITION,
) -> City:
    """Return a synthetic city, the same for the same arguments.

    Parameters
    ----------
    people
        Exact number of residents.
    seed
        Key of every draw.
    name
        Name of the city.
    climate
        Weather and design cold.
    condition
        Class of town by the condition of its mains: sound, national, red_zone.
    """
    draft = replace(draw_town(people, seed, name=name), condition=condition)
    return assemble(draft, people=people, climate=climate)
