"""The city of a scenario: a bundle from disk, or a synthetic town built once and cached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gis.cache import cached_city
from twin.city.bundle import load_city

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.scenario.spec import Scenario


def resolve_city(scenario: Scenario) -> City:
    """Return the scenario's city.

    Raises
    ------
    CityDataError
        If the named bundle is not there or broken.
    """
    choice = scenario.city
    if choice.bundle is not None:
        return load_city(Path(choice.bundle))
    town = choice.synthesise
    if town is None:  # the form lets no other choice through
        raise AssertionError
    return cached_city(people=town.people, seed=town.seed, condition=town.condition)
