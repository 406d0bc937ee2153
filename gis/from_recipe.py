"""A city from a recipe."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gis.assemble import assemble
from gis.clean.repairs import RepairLog
from gis.from_map import draft_from_map
from gis.generate.impute.dwellings import likely_people
from gis.generate.people.census import TOTAL_SHARE, census_margins, home_weights
from gis.generate.people.margins import KAZAKH_TOWN, Margins
from gis.generate.typical_weather import CLIMATES
from gis.networks.observed.heat_pandapipes import lay_observed_heat, read_heat_pandapipes
from gis.networks.observed.on_streets import Laying, lay_observed
from gis.networks.observed.water_inp import read_water_inp
from gis.read.layers import read_layers
from gis.read.recipe import InpForm, PandapipesForm, RecipeForm, read_recipe
from gis.read.weather_files import read_weather
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd

    from gis.draft import Draft, UtilityLayout
    from twin.city.bundle import City

_MOST_SCALED = 2.0
_HOMES = ("house", "apartment")


def build_from_recipe(
    path: Path | str, *, name: str | None = None, repairs: RepairLog | None = None
) -> City:
    """Return the city of a recipe file, complete and checked; repairs made go into `repairs`.

    Raises
    ------
    CityDataError
        With every fault of a step at once: the recipe, its layers, its tables, the city.
    """
    path = Path(path)
    recipe, folder = read_recipe(path), path.parent
    people, margins, weather = _known(recipe, folder)
    laid = _laid(recipe, folder)
    repairs = RepairLog() if repairs is None else repairs
    repairs.skip(recipe.leave_out_repairs)
    draft = draft_from_map(
        read_layers(recipe, folder),
        where=str(path),
        name=name or recipe.name or path.stem,
        crs=recipe.crs,
        people=people,
        seed=recipe.seed,
        repairs=repairs,
        is_area_told=recipe.totals.floor_area_m2 is not None,
    )
    if recipe.totals.floor_area_m2 is not None:
        draft = _with_floor_area(draft, recipe.totals.floor_area_m2)
    if recipe.population_grid is not None:
        weight, counted, note = home_weights(recipe.population_grid, folder, draft.buildings)
        notes = [note]
        if people is not None and abs(counted - people) > TOTAL_SHARE * people:
            notes.append(
                f"W-POP-MISMATCH: the population grid has {counted:,} people where there are homes,"
                f" {people:,} are given; the grid was scaled."
            )
        draft = _with_notes(draft, draft.buildings.assign(home_weight=weight), notes)
        people = people or counted
    climate = CLIMATES[recipe.climate]
    return assemble(
        draft, people=people, climate=climate, weather=weather, margins=margins, laid=laid
    )


def _laid(recipe: RecipeForm, folder: Path) -> dict[str, Callable[..., UtilityLayout]]:
    """Return what lays the networks that a town has on file, after reading them."""
    laid: dict[str, Callable[..., UtilityLayout]] = {}
    faults: list[Fault] = []
    try:
        if recipe.water is not None:
            network = read_water_inp(recipe.water, folder)
            laid["water"] = partial(lay_observed, network, _laying(recipe.water))
    except CityDataError as error:
        faults += error.faults
    try:
        if recipe.heat is not None:
            network = read_heat_pandapipes(recipe.heat, folder)
            coldest_c = CLIMATES[recipe.climate].design_five_day_c
            laid["heat"] = partial(lay_observed_heat, network, _laying(recipe.heat), coldest_c)
    except CityDataError as error:
        faults += error.faults
    if faults:
        raise CityDataError(faults)
    return laid


def _laying(form: InpForm | PandapipesForm) -> Laying:
    return Laying(form.snap_m, form.connect_m)


def _known(recipe: RecipeForm, folder: Path) -> tuple[int | None, Margins, pd.DataFrame | None]:
    """Return the number of people, the margins and the weather that a recipe gives."""
    faults: list[Fault] = []
    people, margins, weather = recipe.totals.people, KAZAKH_TOWN, None
    if recipe.climate not in CLIMATES:
        mend = f"use one of {', '.join(sorted(CLIMATES))}"
        faults.append(Fault("climate", f"{recipe.climate!r} is not known", mend, "E-RECIPE"))
    try:
        if recipe.census is not None:
            margins, counted = census_margins(recipe.census, folder, people)
            people = people or counted
    except CityDataError as error:
        faults += error.faults
    try:
        if recipe.weather is not None:
            weather = read_weather(folder / recipe.weather)
    except CityDataError as error:
        faults += error.faults
    if faults:
        raise CityDataError(faults)
    return people, margins, weather


def _with_floor_area(draft: Draft, total_m2: float) -> Draft:
    """Return a draft whose homes have the known floor area, by those with imputed storeys."""
    buildings = draft.buildings.copy()
    homes = buildings["use"].isin(_HOMES).to_numpy()
    area = buildings["floor_area_m2"].to_numpy(dtype=np.float64).copy()
    free = homes & (buildings["floors_source"] != "observed").to_numpy()
    found, fixed = float(area[homes].sum()), float(area[homes & ~free].sum())
    factor = 1.0
    if free.any():
        wanted = (total_m2 - fixed) / float(area[free].sum())
        factor = float(np.clip(wanted, 1.0 / _MOST_SCALED, _MOST_SCALED))
    area[free] *= factor
    flats = free & (buildings["use"] == "apartment").to_numpy()
    dwellings = buildings["dwellings"].to_numpy(dtype=np.float64).copy()
    dwellings[flats] = np.maximum(np.round(dwellings[flats] * factor), 2.0)
    buildings["floor_area_m2"], buildings["dwellings"] = area, dwellings.astype(np.int32)
    buildings["people_guess"] = likely_people(buildings["use"], area, 1.0)  # of homes, as given
    reached = float(area[homes].sum())
    note = (
        f"Homes have {reached:,.0f} m2 of floor area, {total_m2:,.0f} m2 are given; the area of "
        f"homes with imputed storeys was multiplied by {factor:.2f} (before: {found:,.0f} m2)."
    )
    notes = [note]
    if abs(reached - total_m2) > TOTAL_SHARE * total_m2:
        notes.append("W-POP-MISMATCH: the floor area given cannot be met by imputed storeys.")
    return _with_notes(draft, buildings, notes)


def _with_notes(draft: Draft, buildings: gpd.GeoDataFrame, notes: list[str]) -> Draft:
    return replace(draft, buildings=buildings, notes=(*draft.notes, *notes))
