"""A small town of people for tests, and a year of it."""

import numpy as np

from tests.naive.citizens import town as tables
from twin.citizens import Population
from twin.citizens.demography import Demography, Year, move_on
from twin.core.parameter_set import Parameters

SEED = 7


def founded(n_people=1500, n_buildings=60, *, projection="medium", **parameters):
    """Return people and their demography; `parameters` by dotted path with __ for the dots."""
    params = Parameters.of({path.replace("__", "."): value for path, value in parameters.items()})
    return founded_with(params, n_people, n_buildings, projection=projection)


def founded_with(params, n_people, n_buildings, *, projection="medium"):
    """Return people and their demography with all parameters."""
    city = tables(n_people, n_buildings)
    people = Population.from_city(city, SEED)
    n = len(city.buildings)
    buildings = {
        "dwellings": np.full(n, 8.0),
        "zone_id": np.arange(n) % 4,
        "at_home": np.ones(n, dtype=np.uint8),
    }
    home = city.households["building_id"].to_numpy(dtype=np.int32)
    town = Demography.found(people, home, buildings, params, projection=projection, seed=SEED)
    return people, town


def lived(people, town, number=0, share=1.0, outages=0.0):
    """Return the turn of a year."""
    return move_on(people, town, np.full(len(people), outages), Year(SEED, number, share))


def years(n, people, town):
    """Return the population after some years."""
    for number in range(n):
        people = lived(people, town, number).people
    return people
