"""The city of a scenario: a bundle from disk, or a synthetic town built once and cached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gis.cache import cached_city, stored_hash
from twin.city.bundle import load_city
from twin.core.arguments import require
from twin.core.errors import Fault, ScenarioError
from twin.scenario.spec import Scenario

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.scenario.fields import CityChoice


def resolve_city(scenario: Scenario) -> City:
    """Return the scenario's city.

    Raises
    ------
    CityDataError
        If the named bundle is not there or broken.
    ScenarioError
        If the scenario has several towns.
    """
    require("scenario", scenario, Scenario, "read one with twin.load_scenario")
    if scenario.city is None:
        names = ", ".join(town.name for town in scenario.towns)
        what = f"has several towns: {names}"
        mend = "name one: its run lies in the folder `towns` of the whole run"
        raise ScenarioError(Fault(scenario.path or scenario.name, what, mend))
    return chosen_city(scenario.city)


def chosen_city(choice: CityChoice) -> City:
    """Return the city of a choice; see `resolve_city`."""
    if choice.bundle is not None:
        return load_city(Path(choice.bundle))
    town = choice.synthesise
    if town is None:  # the form lets no other choice through
        raise AssertionError
    return cached_city(people=town.people, seed=town.seed, condition=town.condition)


def stored_city_hash(choice: CityChoice) -> str | None:
    """Return the content hash on record of a synthetic town that was built before, else None."""
    town = choice.synthesise
    if town is None:
        return None
    return stored_hash(people=town.people, seed=town.seed, condition=town.condition)
