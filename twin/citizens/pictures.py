"""How people show themselves in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.citizens.columns import CITIZENS
from twin.core.errors import CityDataError
from twin.drawing import card, map_points, plot_histogram
from twin.drawing.card import short
from twin.drawing.maps import Colouring

if TYPE_CHECKING:
    from twin.citizens.population import Population
    from twin.city.bundle import City
    from twin.drawing import Picture

_MEANS = ("age", "income_kzt_month", "trust", "satisfaction")


def people_card(people: Population) -> str:
    """Return counts and means as an HTML card."""
    n = len(people)
    facts = [
        ("people", short(n)),
        ("households", short(people.n_households)),
        ("buildings", short(people.n_buildings)),
        *(
            (f"mean {name.replace('_', ' ')}", short(people.agg(name, np.mean)))
            for name in _MEANS
            if n
        ),
    ]
    day = "before the first day" if people.day < 0 else f"after day {people.day}"
    return card("Population", facts, f"{day}; {people.bytes_per_citizen} bytes a person")


def plot_people(people: Population, column: str) -> Picture:
    """Return the distribution of a column; see `Population.plot`."""
    return plot_histogram(people.get(column), column, CITIZENS.column(column).unit)


def map_people(people: Population, city: City, column: str) -> Picture:
    """Return means by building on a map; see `Population.map`.

    Raises
    ------
    CityDataError
        If the city has another number of buildings than the population.
    """
    if len(city.buildings) != people.n_buildings:
        message = (
            f"{city.name} has {len(city.buildings)} buildings, the population lives in "
            f"{people.n_buildings}. Give the city that the people come from"
        )
        raise CityDataError(message)
    where = people.get("building").astype(np.int64)
    values = people.get(column).astype(np.float64)
    n = np.bincount(where, minlength=people.n_buildings)
    total = np.bincount(where, weights=values, minlength=people.n_buildings)
    lived = n > 0
    points = shapely.get_coordinates(shapely.centroid(city.buildings.geometry.to_numpy()))
    return map_points(
        points[lived],
        total[lived] / n[lived],
        Colouring(f"mean {column.replace('_', ' ')} of residents"),
        ground=city.street_edges.geometry,
        title=f"{city.name}: {column.replace('_', ' ')}",
    )
