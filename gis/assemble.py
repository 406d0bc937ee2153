"""A draft becomes a city: zones, people, facilities, networks along streets, weather."""

from __future__ import annotations

import logging
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.generate.facilities import draw_facilities, facility_notes
from gis.generate.people.margins import KAZAKH_TOWN
from gis.generate.people.population import fit_report, populate
from gis.generate.people.zones import draw_zones
from gis.generate.typical_weather import AKMOLA, typical_year
from gis.networks.layouts import joined, layout_of
from twin.city.bundle import City
from twin.city.networks import UTILITY_NAMES
from twin.city.quality import size_faults
from twin.city.tables import BUILDINGS, TABLES
from twin.city.validate import require_valid
from twin.core.columns import Table, conform
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gis.draft import Draft, UtilityLayout
    from gis.generate.people.margins import Margins
    from gis.generate.people.population import Population
    from gis.generate.typical_weather import Climate

    Laid = Callable[[Draft, gpd.GeoDataFrame], UtilityLayout]

_log = logging.getLogger(__name__)
_AREA_BAND_M2 = (14.0, 45.0)
_HOMES = ("house", "apartment")


def assemble(
    draft: Draft,
    *,
    people: int | None = None,
    climate: Climate = AKMOLA,
    weather: pd.DataFrame | None = None,
    margins: Margins = KAZAKH_TOWN,
    laid: Mapping[str, Laid] = MappingProxyType({}),
) -> City:
    """Return the city of a draft, complete and checked.

    Parameters
    ----------
    draft
        Streets and buildings.
    people
        Exact number of residents; None takes the draft's, or the sum of `people_guess` of the
        buildings.
    climate
        Gives the typical year and the design cold of the heating.
    weather
        A measured year from `gis.read.weather_files.read_weather` instead of a drawn one.
    margins
        Shares by age, sex and size of household that the people meet.
    laid
        By name of a network: what lays it, in place of a layout along the streets.

    Raises
    ------
    CityDataError
        With every fault of the draft or the result at once.
    """
    buildings = draft.buildings.reset_index(drop=True)
    _require_homes(buildings)
    notes = list(draft.notes)
    people, told = _number_of_people(buildings, draft.people if people is None else people)
    notes += told
    _log.info("%s: drawing zones and %d people", draft.name, people)
    zones, zone_id = draw_zones(buildings, draft.street_nodes, people)
    buildings["zone_id"] = zone_id
    population = populate(buildings, people=people, seed=draft.seed, margins=margins)
    notes.append(_fit_note(population, margins))
    notes += population.notes
    buildings["people"], buildings["jobs"] = population.people, population.jobs
    for column in ("people", "jobs"):
        counted = np.bincount(zone_id, weights=buildings[column], minlength=len(zones))
        zones[column] = counted.astype(np.int32)
    _log.info("%s: laying %s", draft.name, ", ".join(UTILITY_NAMES))
    layouts = _utilities(draft, buildings, climate, laid)
    laid_notes = [note for layout in layouts.values() for note in layout.notes]
    for note in laid_notes:
        _log.info("%s: %s", draft.name, note)
    notes += laid_notes
    util_nodes, util_edges = joined(layouts, buildings, draft.crs)
    if weather is None:
        weather = typical_year(climate, seed=draft.seed)
        notes.append(f"The weather is a typical year: {climate.source}.")
    facilities = draw_facilities(
        buildings, util_nodes, draft.street_nodes, people, draft.facilities
    )
    notes += facility_notes(facilities)
    tables: dict[str, pd.DataFrame] = {
        "street_nodes": draft.street_nodes,
        "street_edges": draft.street_edges,
        "zones": zones,
        "buildings": buildings,
        "facilities": facilities,
        "util_nodes": util_nodes,
        "util_edges": util_edges,
        "households": population.households,
        "persons": population.persons,
        "weather": weather,
    }
    return _checked(draft, tables, tuple(notes))


def _fit_note(population: Population, margins: Margins) -> str:
    """Return how well the people meet what was given of them."""
    fit = fit_report(population, margins)
    met = ", ".join(fit.cells["margin"].drop_duplicates())
    return (
        f"People meet {len(fit.cells)} figures ({met}) to {fit.largest_error_share:.2%} of all "
        f"people; the rest follows from patterns of {margins.name}."
    )


def _checked(draft: Draft, tables: dict[str, pd.DataFrame], notes: tuple[str, ...]) -> City:
    """Return the tables as a city without errors; warnings are logged."""
    city = City(
        name=draft.name,
        crs=draft.crs,
        seed=draft.seed,
        sources=draft.sources,
        notes=notes,
        **{table.name: _as_table(table, tables[table.name], draft.crs) for table in TABLES},
    )
    for warning in require_valid(city):
        _log.warning("%s", warning)
    small = size_faults(city)
    for fault in small:
        _log.warning("%s", fault)
    sentences = [f"{fault.code}: {fault.where} {fault.what}; {fault.mend}." for fault in small]
    return replace(city, notes=(*notes, *sentences))


def _number_of_people(buildings: pd.DataFrame, people: int | None) -> tuple[int, list[str]]:
    """Return the number of residents, and what is to be reported about it."""
    homes = buildings["use"].isin(_HOMES)
    area = float(buildings.loc[homes, "floor_area_m2"].sum())
    if people is not None:
        return people, _area_notes(area, people)
    people = max(round(float(buildings["people_guess"].sum())), 1)
    note = (
        f"W-PEOPLE-GUESSED: no number of people was given; {people:,} were guessed from "
        f"{area:,.0f} m2 of floor area taken for homes, each by how likely it is one. The guess "
        "may be far off: give --people, or `totals: {people: ...}` in a recipe."
    )
    _log.warning("%s", note)
    return people, [note]


def _require_homes(buildings: pd.DataFrame) -> None:
    """Raise where nobody could live in the draft."""
    if not buildings["use"].isin(_HOMES).any():
        raise CityDataError(
            Fault(
                where="buildings",
                what=f"has no home among {len(buildings)} buildings",
                mend="give houses or blocks of flats their use, or another extract",
                code="E-NO-DWELLINGS",
            )
        )


def _area_notes(area_m2: float, people: int) -> list[str]:
    """Return a sentence where homes and people do not fit together."""
    each = area_m2 / people
    if _AREA_BAND_M2[0] <= each <= _AREA_BAND_M2[1]:
        return []
    low, high = _AREA_BAND_M2
    told = f"{people} people have {each:.1f} m2 of homes each, outside {low:g} to {high:g}"
    return [f"W-POP-MISMATCH: {told}."]


def _utilities(
    draft: Draft, buildings: gpd.GeoDataFrame, climate: Climate, laid: Mapping[str, Laid]
) -> dict[str, UtilityLayout]:
    """Lay every network, or take it as it is known; without those that nothing lays."""
    layouts: dict[str, UtilityLayout] = {}
    for network in UTILITY_NAMES:
        lay = layout_of(network)
        if network in laid:
            layouts[network] = laid[network](draft, buildings)
        elif lay is not None:
            layouts[network] = lay(draft, buildings, climate)
    return layouts


def _as_table(table: Table, frame: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Return the frame with the columns of the table alone, in its order and types."""
    names = [column.name for column in table.columns]
    if not table.geometry:
        return conform(table, frame)[names]
    shapes = np.asarray(frame["geometry"].to_numpy())
    if table is BUILDINGS:
        shapes = shapely.normalize(shapes)
    return gpd.GeoDataFrame(conform(table, pd.DataFrame(frame))[names], geometry=shapes, crs=crs)
