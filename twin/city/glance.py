"""A city at a glance: the figures a planner checks against what is known of the town."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.networks import UTILITY_NAMES

if TYPE_CHECKING:
    import pandas as pd

    from twin.city.bundle import City

_HOMES = ("house", "apartment")
_GROWN_AGE, _PENSION_AGE = 16, 63


@final
@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of a city."""

    what: str
    value: float
    unit: str
    """Empty for a count or a ratio, `share` for 0 to 1."""


def glance(city: City) -> list[Fact]:
    """Return the figures of people, homes, buildings and networks; none where there is no such."""
    return [*_people(city), *_homes(city), *_services(city), *_networks(city)]


def _people(city: City) -> list[Fact]:
    """Return who lives there."""
    persons, households = city.persons, city.households
    if not len(persons):
        return []
    age = persons["age"].to_numpy()
    works = (persons["occupation"] == "employed").to_numpy()
    in_town = works & (persons["work_building"].to_numpy() >= 0)
    return [
        Fact("people", len(persons), ""),
        Fact("people under 16", float((age < _GROWN_AGE).mean()), "share"),
        Fact("people of 63 and over", float((age >= _PENSION_AGE).mean()), "share"),
        Fact("people in work", float(works.mean()), "share"),
        Fact("of them in town", float(in_town.sum() / max(works.sum(), 1)), "share"),
        Fact("people per household", len(persons) / max(len(households), 1), ""),
        Fact(
            "median household income", float(households["income_kzt_month"].median()), "KZT/month"
        ),
    ]


def _homes(city: City) -> list[Fact]:
    """Return where people live, and how old it is."""
    buildings = city.buildings
    homes = buildings[buildings["use"].isin(_HOMES)]
    area = float(homes["floor_area_m2"].sum())
    if area <= 0.0:
        return []
    people = max(int(homes["people"].sum()), 1)
    flats = homes["use"] == "apartment"
    weight = homes["floor_area_m2"].to_numpy()
    year = float(np.average(homes["built_year"].to_numpy(dtype=np.float64), weights=weight))
    return [
        Fact("homes, floor area", area, "m2"),
        Fact("homes, floor area per person", area / people, "m2"),
        Fact("homes, mean year of building", year, ""),
        Fact(
            "people in blocks of flats", float(homes.loc[flats, "people"].sum()) / people, "share"
        ),
        Fact("highest block of flats", int(homes["floors"].max()), "floors"),
    ]


def _services(city: City) -> list[Fact]:
    """Return how many buildings there are for what."""
    counts = city.buildings["use"].value_counts()
    named = ("house", "apartment", "school", "kindergarten", "health", "industrial")
    return [Fact(f"buildings, {use}", int(counts[use]), "") for use in named if use in counts]


def _networks(city: City) -> list[Fact]:
    """Return length, age and wear of pipes and streets."""
    streets = city.street_edges
    facts = [
        Fact("streets", float(streets["length_m"].sum()) / 1000.0, "km"),
        Fact("streets, book wear", _by_length(streets, "wear_book"), "share"),
    ]
    people = max(len(city.persons), 1)
    for network in UTILITY_NAMES:
        edges = city.network_edges(network)
        pipes = edges[edges["kind"] == "pipe"]
        if not len(pipes):
            continue
        on = city.buildings[f"{network}_node"].to_numpy() >= 0
        length = float(pipes["length_m"].sum())
        bore = _by_length(pipes, "diameter_m")
        served_people = float(city.buildings["people"].to_numpy()[on].sum()) / people
        facts += [
            Fact(f"{network}, mains", length / 1000.0, "km"),
            Fact(f"{network}, mains per person", length / people, "m"),
            Fact(f"{network}, mean bore", 1000.0 * bore, "mm"),
            Fact(f"{network}, mean year of laying", _by_length(pipes, "built_year"), ""),
            Fact(f"{network}, book wear", _by_length(pipes, "wear_book"), "share"),
            Fact(f"{network}, people served", served_people, "share"),
        ]
    return facts


def _by_length(edges: pd.DataFrame, column: str) -> float:
    """Return the mean of a column by length."""
    values = edges[column].to_numpy(dtype=np.float64)
    return float(np.average(values, weights=edges["length_m"].to_numpy()))
