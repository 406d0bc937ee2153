"""The city of a scenario: a bundle from disk, or a synthetic town built once and cached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gis.cache import cached_city
from twin.city.bundle import load_city
from twin.core.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.scenario.fields import CityChoice
    from twin.scenario.spec import Scenario


def resolve_city(scenario: Scenario) -> City:
    """Return the scenario's city.

    Raises
    ------
    CityDataError
        If the named bundle is not there or broken.
    ScenarioError
        If the scenario has several towns.
    """
    if scenario.city is None:
        names = ", ".join(town.name for town in scenario.towns)
        what = f"has several towns: {names}"
        mend = "name one: its run lies in the folder `towns` of the whole run"
        raise ScenarioError(Fault(scenario.path or scenario.name, what, mend))
    return city_of_choice(scenario.city)


def city_of_choice(choice: CityChoice) -> City:
    """Return the city that a file chooses; raises as `resolve_city`."""
    if choice.bundle is not None:
        return load_city(Path(choice.bundle))
    town = choice.synthesise
    if town is None:  # the form lets no other choice through
        raise AssertionError
    return cached_city(people=town.people, seed=town.seed, condition=town.condition)
