"""The people of a town: households in dwellings, with ages, work, income and internet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
import shapely

from gis.draws import normals, shares_to_counts, uniforms
from gis.generate.people.districts import district_scores, paid_by_district
from gis.generate.people.households import homes_of_households, people_in_households
from gis.generate.people.margins import (
    ACTIVITIES,
    GROWN_AGE,
    KAZAKH_TOWN,
    SIZES,
    Controls,
    Margins,
    controls_for,
)
from gis.generate.people.occupations import deal_education, deal_occupation
from gis.generate.people.workplaces import Town, places_filled, work_buildings
from twin.core.errors import CityDataError, Fault
from twin.core.streams import Stream

if TYPE_CHECKING:
    import geopandas as gpd

    from gis.generate.people.households import People
    from twin.core.arrays import Bool, Float64, Int32, Int64

_WAGE_KZT_MONTH = 265_000.0
_WAGE_BY_EDUCATION = np.array([0.72, 0.82, 0.95, 1.35])
_WAGE_WOMEN = 0.80
_WAGE_SPREAD = 0.45
_PENSION_KZT_MONTH, _PENSION_SPREAD = 140_000.0, 0.25
_PENSION_AGE = 63
_STIPEND_KZT_MONTH = 40_000.0
_OTHER_KZT_MONTH, _OTHER_SPREAD = 35_000.0, 0.8
"""Take-home pay, pensions and other money (plots, transfers) of a northern town in 2025: rounded
from the published country averages (wage 400 thousand KZT before tax, lower in small towns);
estimates."""
_SERVICE_AGE = 14
_DIGITAL_AGE, _DIGITAL_EDUCATION, _DIGITAL_INCOME = -0.055, 0.55, 0.6
"""Per year over 40, per step of education, per unit of log income; signs as in surveys of the
digital divide, sizes are estimates."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Households and persons of a town, and what they make of its buildings."""

    households: pd.DataFrame
    """Columns of `twin.city.tables.HOUSEHOLDS`."""
    persons: pd.DataFrame
    """Columns of `twin.city.tables.PERSONS`, sorted by building and household."""
    people: Int32
    """Residents of each building, shape (n_buildings,)."""
    jobs: Int32
    """People at work or learning in each building, shape (n_buildings,)."""
    controls: Controls
    notes: tuple[str, ...] = ()


def populate(
    buildings: gpd.GeoDataFrame, *, people: int, seed: int, margins: Margins = KAZAKH_TOWN
) -> Population:
    """People the dwellings of a town.

    Parameters
    ----------
    buildings
        With `use`, `floor_area_m2`, `dwellings`, `zone_id` and outlines.
    people
        Exact number of residents.
    seed
        Key of all draws.
    margins
        Shares by age, sex and size of household that the people meet.

    Raises
    ------
    CityDataError
        If there is nobody, no dwelling, or the margins do not agree.
    """
    if people < 1:
        raise CityDataError(
            Fault("people", f"= {people} is below 1", "give the number of residents", "E-VALUE")
        )
    controls = controls_for(margins, people)
    folk = people_in_households(margins, controls, seed)
    building = homes_of_households(folk, buildings, seed)
    order = np.lexsort((np.arange(building.size), building))
    persons = _sorted_persons(folk, building, order)
    zone = buildings["zone_id"].to_numpy(dtype=np.int64)[persons["building_id"].to_numpy()]
    district = district_scores(zone, seed)
    persons["education"] = deal_education(persons, seed, margins.education_share, district=district)
    persons["occupation"] = deal_occupation(persons, seed, margins.activity_share)
    income = _household_income(persons, order.size, seed, margins.wage_kzt_month, district)
    size = folk.size[order]
    persons["digital_access"] = _digital_access(persons, income / size, seed, margins.digital_share)
    town = Town(
        use=buildings["use"].to_numpy(dtype=object),
        floor_area_m2=buildings["floor_area_m2"].to_numpy(dtype=np.float64),
        at_m=shapely.get_coordinates(shapely.centroid(np.asarray(buildings.geometry))),
        zone=buildings["zone_id"].to_numpy(dtype=np.int64),
    )
    work, notes = work_buildings(persons, town, seed)
    persons["work_building"] = work.astype(np.int32)
    persons["source"] = np.full(people, "synthetic", dtype=object)
    count = len(buildings)
    return Population(
        households=_household_table(building[order], size, income),
        persons=persons,
        people=np.bincount(persons["building_id"], minlength=count).astype(np.int32),
        jobs=places_filled(work, count).astype(np.int32),
        controls=controls,
        notes=tuple(notes),
    )


def _sorted_persons(folk: People, building: Int64, order: Int64) -> pd.DataFrame:
    """Return persons by building, household and falling age; `order` sorts the households."""
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    home = rank[folk.household]
    rows = np.lexsort((-folk.age, home))
    return pd.DataFrame(
        {
            "person_id": np.arange(rows.size, dtype=np.int32),
            "household_id": home[rows].astype(np.int32),
            "building_id": building[folk.household][rows].astype(np.int32),
            "age": folk.age[rows].astype(np.uint8),
            "female": folk.female[rows],
        }
    )


def _household_table(building: Int64, size: Int64, income: Float64) -> pd.DataFrame:
    """Return the households as a table of a bundle."""
    return pd.DataFrame(
        {
            "household_id": np.arange(size.size, dtype=np.int32),
            "building_id": building.astype(np.int32),
            "size": size.astype(np.int32),
            "income_kzt_month": np.round(income, 0),
            "source": np.full(size.size, "synthetic", dtype=object),
        }
    )


def _household_income(
    persons: pd.DataFrame,
    count: int,
    seed: int,
    mean_wage_kzt: float | None,
    district: Float64,
) -> Float64:
    """Return the money each household has in a month, shape (n_households,).

    Wages follow education, sex and district; where their mean is given, all are raised or lowered
    to it.
    """
    ids = persons["person_id"].to_numpy()
    spread = paid_by_district(normals(seed, Stream.INCOME, ids), district)
    occupation = persons["occupation"].to_numpy(dtype=object)
    wage = _WAGE_KZT_MONTH * _WAGE_BY_EDUCATION[persons["education"].to_numpy()]
    wage = wage * np.where(persons["female"], _WAGE_WOMEN, 1.0) * np.exp(_WAGE_SPREAD * spread)
    working = occupation == "employed"
    if mean_wage_kzt is not None and working.any():
        wage *= mean_wage_kzt / wage[working].mean()
    pension = _PENSION_KZT_MONTH * np.exp(_PENSION_SPREAD * spread)
    working_pensioner = (occupation == "employed") & (persons["age"].to_numpy() >= _PENSION_AGE)
    own = np.select(
        [occupation == "employed", occupation == "retired", occupation == "student"],
        [wage + np.where(working_pensioner, pension, 0.0), pension, _STIPEND_KZT_MONTH],
        0.0,
    )
    household = persons["household_id"].to_numpy()
    homes = np.arange(count)
    other = _OTHER_KZT_MONTH * np.exp(
        _OTHER_SPREAD * normals(seed, Stream.INCOME, homes, draw=1) - 0.5 * _OTHER_SPREAD**2
    )
    income: Float64 = np.bincount(household, weights=own, minlength=count) + other
    return income


def _digital_access(
    persons: pd.DataFrame, income_per_head: Float64, seed: int, share: float
) -> Bool:
    """Return who uses the internet for services: logistic in age, education and income.

    The constant is such that exactly the share of people of 14 and over does.
    """
    age = persons["age"].to_numpy(dtype=np.float64)
    head = income_per_head[persons["household_id"].to_numpy()]
    score = _DIGITAL_AGE * (age - 40.0)
    score += _DIGITAL_EDUCATION * (persons["education"].to_numpy() - 1.5)
    score += _DIGITAL_INCOME * np.log(head / np.median(head))
    draw = uniforms(seed, Stream.DIGITAL_ACCESS, persons["person_id"].to_numpy())
    grown = np.flatnonzero(age >= _SERVICE_AGE)
    need = np.log(draw[grown] / (1.0 - draw[grown])) - score[grown]  # constant from which one does
    first = grown[np.argsort(need, kind="stable")[: round(share * grown.size)]]
    access = np.zeros(age.size, dtype=np.bool_)
    access[first] = True
    return access


@final
@dataclass(frozen=True, slots=True, eq=False)
class FitReport:
    """How well a population meets its margins."""

    cells: pd.DataFrame
    """margin, cell, wanted, found; one row per cell of a margin."""
    largest_error_share: float
    """Largest difference of a cell over all people."""


def fit_report(population: Population, margins: Margins = KAZAKH_TOWN) -> FitReport:
    """Compare a population with the margins it was made for, cell by cell."""
    persons, households = population.persons, population.households
    age = persons["age"].to_numpy()
    group = np.searchsorted(margins.age_low, age, side="right") - 1
    sex = persons["female"].to_numpy().astype(np.int64)
    groups = len(margins.age_low)
    sizes = np.bincount(households["size"], minlength=SIZES.size + 1)[1:] * SIZES
    grown, users = age >= GROWN_AGE, age >= _SERVICE_AGE
    does = persons["occupation"].to_numpy(dtype=object)[grown]
    parts = [
        _cells(
            "age by sex",
            [f"{low}+ {who}" for low in margins.age_low for who in ("men", "women")],
            population.controls.age_sex.ravel(),
            np.bincount(2 * group + sex, minlength=2 * groups),
        ),
        _cells(
            "people by household size",
            [str(size) for size in SIZES],
            population.controls.households * SIZES,
            sizes,
        ),
        _cells(
            "internet for services",
            ["users"],
            np.array([round(margins.digital_share * int(users.sum()))]),
            np.array([int(persons["digital_access"].sum())]),
        ),
    ]
    if margins.education_share is not None:
        wanted = shares_to_counts(np.array(margins.education_share), int(grown.sum()))
        found = np.bincount(persons["education"].to_numpy()[grown], minlength=wanted.size)
        parts.append(_cells("education", [str(step) for step in range(4)], wanted, found))
    if margins.activity_share is not None:
        wanted = shares_to_counts(np.array(margins.activity_share), int(grown.sum()))
        found = np.array([(does == name).sum() for name in ACTIVITIES])
        parts.append(_cells("activity", list(ACTIVITIES), wanted, found))
    cells = pd.concat(parts, ignore_index=True)
    error = (cells["found"] - cells["wanted"]).abs().max() / len(persons)
    return FitReport(cells=cells, largest_error_share=float(error))


def _cells(margin: str, names: list[str], wanted: Int64, found: Int64) -> pd.DataFrame:
    """Return the rows of one margin."""
    return pd.DataFrame({"margin": margin, "cell": names, "wanted": wanted, "found": found})
