"""A city from a map extract: read, check, project, impute, clean, and assemble."""

from __future__ import annotations

import logging
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis.assemble import assemble
from gis.clean.few_buildings import few_buildings
from gis.clean.street_tables import attach_buildings, build_streets
from gis.draft import REGISTER_YEAR, Draft
from gis.generate.impute.building_attributes import impute_buildings
from gis.generate.impute.mapped_services import one_each, with_services
from gis.generate.typical_weather import AKMOLA
from gis.mapped_people import people_by_map
from gis.read.osm import RawMap, read_map
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from gis.clean.repairs import RepairLog
    from gis.generate.typical_weather import Climate
    from twin.city.bundle import City

_log = logging.getLogger(__name__)

_WIDEST_KM = 300.0
_HOMES = ("house", "apartment")


def build_from_osm(  # noqa: PLR0913 - the options of `twin city build`
    path: Path | str,
    *,
    name: str | None = None,
    crs: str | None = None,
    people: int | None = None,
    seed: int = 1,
    climate: Climate = AKMOLA,
    weather: pd.DataFrame | None = None,
    register_year: int = REGISTER_YEAR,
    keep_largest: bool = False,
    repairs: RepairLog | None = None,
) -> City:
    """Return the city of a map extract, complete and checked.

    Parameters
    ----------
    path
        `.osm.pbf` file, layer file (GeoJSON, GeoPackage, GeoParquet), or a folder of layer files.
    name
        Name of the city; None takes the file's.
    crs
        Metric CRS of the result, such as `EPSG:32642`; None takes the UTM zone of the extract.
    people
        Declared population; None lets it follow from the homes.
    seed
        Seed of everything imputed.
    climate
        Gives the typical year and the design cold of the heating.
    weather
        A measured year from `gis.read.weather_files.read_weather` instead of a drawn one.
    register_year
        Year for which ages and book wear are given.
    keep_largest
        Leave out pieces of street cut off from the town instead of joining inhabited ones.
    repairs
        Takes the repairs made, and says which to leave out; None makes all.

    Returns
    -------
    City
        `notes` holds a sentence for every repair and assumption.

    Raises
    ------
    CityDataError
        With every fault of the input at once.
    """
    started = time.perf_counter()
    draft = draft_from_osm(
        path,
        name=name,
        crs=crs,
        people=people,
        seed=seed,
        register_year=register_year,
        keep_largest=keep_largest,
        repairs=repairs,
    )
    city = assemble(draft, people=people, climate=climate, weather=weather)
    _log.info("%s: built in %.1f s", city.name, time.perf_counter() - started)
    return city


def draft_from_osm(  # noqa: PLR0913 - the options of `twin city build`
    path: Path | str,
    *,
    name: str | None = None,
    crs: str | None = None,
    people: int | None = None,
    seed: int = 1,
    register_year: int = REGISTER_YEAR,
    keep_largest: bool = False,
    repairs: RepairLog | None = None,
) -> Draft:
    """Return streets and buildings of a map extract, before people and pipes.

    Parameters are those of `build_from_osm`.
    """
    faults = _argument_faults(crs, people)
    try:
        raw = read_map(path)
    except CityDataError as error:
        raise CityDataError([*faults, *error.faults]) from error
    return draft_from_map(
        raw,
        where=str(path),
        name=name or _name_of(Path(path)),
        crs=crs,
        people=people,
        seed=seed,
        register_year=register_year,
        keep_largest=keep_largest,
        repairs=repairs,
    )


def draft_from_map(  # noqa: PLR0913 - the options of `twin city build`
    raw: RawMap,
    *,
    where: str,
    name: str,
    crs: str | None = None,
    people: int | None = None,
    seed: int = 1,
    register_year: int = REGISTER_YEAR,
    keep_largest: bool = False,
    repairs: RepairLog | None = None,
    is_area_told: bool = False,
) -> Draft:
    """Return streets and buildings of a map as read from `where`, before people and pipes.

    `is_area_told` is as in `impute_buildings`; other parameters are those of `build_from_osm`.
    """
    faults = _argument_faults(crs, people)
    if faults:
        raise CityDataError(faults)
    _log.info("%d ways, %d buildings read", len(raw.streets), len(raw.buildings))
    for note in raw.notes:
        _log.warning("%s", note)
    target = _metric_crs(raw, crs)
    _require_extent(raw, where)
    facilities = raw.facilities.to_crs(target)
    outlines = with_services(raw.buildings.to_crs(target), facilities)
    impute = partial(
        impute_buildings,
        outlines,
        raw.landuse.to_crs(target),
        seed=seed,
        register_year=register_year,
        is_area_told=is_area_told,
    )
    buildings, notes = impute(people=people)
    if people is None:
        people, counted = people_by_map(raw.settlements, raw.boundaries.to_crs(target), buildings)
        buildings, notes = impute(people=people) if people else (buildings, notes)
        notes = [*counted, *notes]
    busy = buildings[buildings["use"] != "ancillary"]
    _require_near(raw.streets.to_crs(target), busy, where)
    _log.info("cleaning streets")
    nodes, edges, repaired = build_streets(
        raw.streets.to_crs(target),
        busy,
        join_crossings=raw.has_levels_of_crossing,
        seed=seed,
        register_year=register_year,
        keep_largest=keep_largest,
        log=repairs,
    )
    attached, left_out = attach_buildings(buildings, nodes, edges)
    homes = attached[attached["use"].isin(_HOMES)]
    weight = homes if len(homes) else attached
    middle = np.average(
        np.column_stack([weight.geometry.centroid.x, weight.geometry.centroid.y]),
        axis=0,
        weights=weight["floor_area_m2"],
    )
    return Draft(
        name=name,
        crs=target,
        seed=seed,
        street_nodes=nodes,
        street_edges=edges,
        buildings=attached,
        centre_m=(float(middle[0]), float(middle[1])),
        register_year=register_year,
        people=people,
        facilities=one_each(facilities),
        sites=one_each(raw.sites.to_crs(target)),
        sources=raw.sources,
        notes=(
            f"Coordinates are in {target}; no heights are given, so the ground is flat at 0 m.",
            *raw.notes,
            *notes,
            *repaired,
            *left_out,
            *few_buildings(edges, attached),
        ),
    )


def _name_of(path: Path) -> str:
    """Return the file's name without its endings."""
    return path.name.split(".")[0] or "city"


def _argument_faults(crs: str | None, people: int | None) -> list[Fault]:
    """Return what is wrong with the user's CRS and population."""
    faults = []
    mend = "name a metric CRS, such as --crs EPSG:32642, or leave it out"
    if crs is not None:
        try:
            parsed = CRS.from_user_input(crs)
        except CRSError:
            faults.append(Fault("crs", f"{crs!r} is not a known CRS", mend, "E-CRS-MISSING"))
        else:
            if not parsed.is_projected:
                faults.append(Fault("crs", f"{crs} is in degrees", mend, "E-CRS-GEOGRAPHIC"))
            elif parsed.axis_info[0].unit_conversion_factor != 1.0:
                unit = parsed.axis_info[0].unit_name
                faults.append(Fault("crs", f"{crs} is in {unit}", mend, "E-CRS-GEOGRAPHIC"))
    if people is not None and people < 1:
        faults.append(Fault("people", f"= {people} is below 1", "give the population", "E-VALUE"))
    return faults


def _metric_crs(raw: RawMap, crs: str | None) -> str:
    """Return the CRS asked for, the extract's own if metric, or the UTM zone of its buildings."""
    if crs is not None:
        return crs
    own = raw.buildings.crs
    in_metres = own.is_projected and own.axis_info[0].unit_conversion_factor == 1.0
    code = (own if in_metres else raw.buildings.estimate_utm_crs()).to_epsg()
    return f"EPSG:{code}" if code else str(own.to_wkt())


def _require_extent(raw: RawMap, path: str) -> None:
    """Raise where the extract is a country, or swapped, rather than a town."""
    west, south, east, north = raw.buildings.to_crs("EPSG:4326").total_bounds
    middle = np.radians((south + north) / 2)
    width_km = max((east - west) * 111.3 * float(np.cos(middle)), (north - south) * 111.3)
    if width_km > _WIDEST_KM:
        raise CityDataError(
            Fault(
                where=path,
                what=f"is {width_km:.0f} km wide, over {_WIDEST_KM:g} km",
                mend="cut out one town: osmium extract --bbox WEST,SOUTH,EAST,NORTH",
                code="E-EXTENT",
            )
        )


def _require_near(streets: gpd.GeoDataFrame, busy: gpd.GeoDataFrame, path: str) -> None:
    """Raise where streets and buildings are not of one place, or there is nobody to serve."""
    if busy.empty:
        raise CityDataError(
            Fault(path, "has only sheds and garages", "add buildings people use", "E-EMPTY")
        )
    west, south, east, north = streets.total_bounds
    x, y = busy.geometry.centroid.x, busy.geometry.centroid.y
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    if not inside.any():
        raise CityDataError(
            Fault(
                where=path,
                what=f"has {len(busy)} buildings, none of them among its streets",
                mend="check that both layers show the same town and declare their true CRS",
                code="E-BUILDING-UNCONNECTED",
            )
        )
