"""The embedded synthetic city: a town drawn from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.assemble import assemble
from gis.generate.town.draw import draw_town
from gis.generate.typical_weather import AKMOLA
from gis.names import DEFAULT_CITY

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
    """
    return assemble(draw_town(people, seed, name=name), people=people, climate=climate)
