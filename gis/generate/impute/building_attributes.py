"""Fill in what a map does not give of its buildings: use, floors, year, flats.

The ladder for floors: a levels tag, a height, the nearest tagged building of the same kind, a rule
by use and shape with a keyed draw; then homes and their imputed floors are made to suit the
declared population, if need be.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from gis.draws import uniforms
from gis.generate.impute.building_uses import Shape, shape_of, uses
from gis.generate.impute.dwellings import dwelling_m2, fit_floors, likely_people, take_out_homes
from gis.names import stable_id, stable_uids
from gis.read.vocabulary import HOME_TAGS
from twin.core.streams import Stream

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32, Int64

_log = logging.getLogger(__name__)

FLAT_M2 = 67.0
"""Floor area per flat, walls and stairs included (assumption: flats of 50 m2 are 3/4 of it)."""

_FLOOR_M = 3.0
_TALLEST = 60
_NEIGHBOUR_M = 300.0
_SERVICE_WIDTH_M = 8.5
"""Least depth of what is taken for a school or a clinic; jetties and arcades are narrower."""
_USUAL_FLOORS = {
    "house": 1,
    "school": 3,
    "kindergarten": 2,
    "health": 3,
    "public": 2,
    "retail": 1,
    "office": 3,
    "industrial": 1,
    "utility": 1,
    "ancillary": 1,
}
_COHORT_CELL_M = 400.0
# first and last year of the fabrics of a Soviet town, by floors of its flats; assumptions
_YEARS_OF_FLATS = ((3, 1948, 1964), (5, 1957, 1986), (10, 1972, 1993), (_TALLEST, 1984, 2022))
_YEARS = {
    "house": (1950, 2018),
    "school": (1955, 1990),
    "kindergarten": (1957, 1990),
    "health": (1955, 1990),
    "public": (1955, 1992),
    "retail": (1960, 2018),
    "office": (1957, 2010),
    "industrial": (1952, 1992),
    "utility": (1955, 1992),
    "ancillary": (1960, 2015),
}


@final
@dataclass(frozen=True, slots=True)
class Need:
    """A service a town has, by floor area, and the outline it usually has."""

    use: str
    floor_m2_per_person: float
    footprint_m2: tuple[float, float]
    floors: int


# Assumptions: 0.14 pupils a person at 9 m2, 0.055 small children at 11 m2, health care 0.7 m2.
NEEDS = (
    Need("school", 1.3, (900.0, 6000.0), 3),
    Need("kindergarten", 0.6, (450.0, 2500.0), 2),
    Need("health", 0.7, (400.0, 6000.0), 3),
)


def impute_buildings(
    raw: gpd.GeoDataFrame,
    landuse: gpd.GeoDataFrame,
    *,
    people: int | None,
    seed: int,
    register_year: int,
    is_area_told: bool = False,
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return buildings with use, floors, area, dwellings and year, and what was assumed.

    A column `people_guess` has how many people likely live in each by its space, as no other
    number is known; its sum is the population where none is declared.

    Parameters
    ----------
    raw
        Polygons with OpenStreetMap tags in a metric CRS.
    landuse
        Polygons with `landuse` in the same CRS; may be empty.
    people
        Declared population; None where it is not known.
    seed
        Seed of the keyed draws.
    register_year
        No building is younger.
    is_area_told
        The floor area of all homes is known and met later: homes and storeys stay as they are.
    """
    valid = raw.geometry.is_valid & (raw.geometry.area >= 1.0)
    notes = []
    if not valid.all():
        notes.append(f"{(~valid).sum()} outlines that are invalid or under 1 m2 were left out.")
        raw = raw[valid].reset_index(drop=True)
    shape = shape_of(raw.geometry)
    table, free = uses(raw, landuse, shape)
    uid = stable_uids("building", raw["osm_id"].to_numpy(dtype=object), shape.xy_m)
    key = stable_id(uid)
    out = gpd.GeoDataFrame({"uid": uid}, geometry=raw.geometry.values, crs=raw.crs)
    out = pd.concat([out, table], axis=1)
    floors, told = _told_floors(raw)
    served = people or _first_guess(out, shape, floors)
    notes += _place_services(out, shape, free, floors, served)
    out["floors"], floors_confidence = _floors(out, shape, floors, told, key, seed)
    if people and not is_area_told:
        lived_in = raw["building"].isin(HOME_TAGS) | (raw["flats"] != "")
        notes += take_out_homes(out, shape, lived_in.to_numpy(), key, people)
        notes += fit_floors(out, shape, told, key, people, seed)
    out["people_guess"] = likely_people(
        out["use"], shape.area_m2 * out["floors"], out["use_confidence"]
    )
    out["floors_source"] = np.where(told, "observed", "imputed").astype(object)
    out["footprint_m2"] = np.clip(shape.area_m2, 1.0, 1e6)
    out["floor_area_m2"] = out["footprint_m2"] * out["floors"]
    out["dwellings"] = _dwellings(raw, out)
    out["built_year"], dated = _years(raw, out, shape, key, seed, register_year)
    beside = _years_of_neighbours(out, shape, dated)
    out["year_source"] = np.where(dated, "observed", "imputed").astype(object)
    out["source"] = "observed"
    year_confidence = np.select([dated, beside], [0.9, 0.5], 0.3)
    confidence = (out["use_confidence"] + floors_confidence + year_confidence) / 3.0
    out["confidence"] = confidence.round(3)
    out["building_id"] = np.arange(len(out), dtype=np.int32)
    return out.drop(columns="use_confidence"), [*notes, *_summary(out, people)]


def _told_floors(raw: gpd.GeoDataFrame) -> tuple[Int32, Bool]:
    """Return floors from tags, 0 where none, and where there are some."""
    levels = pd.to_numeric(
        raw["levels"].str.replace(",", ".").str.split(r"[;-]").str[-1], errors="coerce"
    )
    height = pd.to_numeric(raw["height"].str.replace(r"\s*m$", "", regex=True), errors="coerce")
    floors = np.ceil(levels.to_numpy(dtype=np.float64))
    by_height = np.maximum(np.floor(height.to_numpy(dtype=np.float64) / _FLOOR_M), 1.0)
    floors = np.where(floors >= 1, floors, by_height)
    told = np.isfinite(floors)
    return np.clip(np.where(told, floors, 0), 0, _TALLEST).astype(np.int32), told


def _first_guess(out: gpd.GeoDataFrame, shape: Shape, floors: Int32) -> int:
    """Return a first guess of the population, from 4.5 storeys of flats where none are told."""
    storeys = np.where(floors > 0, floors, np.where(out["use"] == "apartment", 4.5, 1.0))
    return round(likely_people(out["use"], shape.area_m2 * storeys, out["use_confidence"]).sum())


def _place_services(
    out: gpd.GeoDataFrame, shape: Shape, free: Bool, floors: Int32, people: int
) -> list[str]:
    """Put missing schools, kindergartens and clinics into likely buildings, far from each other."""
    notes = []
    use = out["use"].to_numpy(dtype=object, copy=True)
    confidence = out["use_confidence"].to_numpy(copy=True)
    homes = np.isin(use, ("house", "apartment"))
    near_homes = np.zeros(use.size, dtype=np.bool_)
    if homes.any():
        near_homes = cKDTree(shape.xy_m[homes]).query(shape.xy_m)[0] <= _NEIGHBOUR_M
    for need in NEEDS:
        storeys = np.where(floors > 0, floors, need.floors)
        area = shape.area_m2 * storeys
        have = float(area[use == need.use].sum())
        low, high = need.footprint_m2
        fits = free & near_homes & (shape.area_m2 >= low) & (shape.area_m2 <= high)
        fits &= shape.width_m >= _SERVICE_WIDTH_M
        placed = 0
        while have < need.floor_m2_per_person * people and fits.any():
            row = _farthest(shape, fits, use == need.use)
            use[row], confidence[row] = need.use, 0.3
            free[row] = fits[row] = False
            have += float(area[row])
            placed += 1
        if placed:
            notes.append(f"{placed} untagged buildings were taken for {need.use} buildings.")
        if have < 0.5 * need.floor_m2_per_person * people:
            notes.append(
                f"Only {have:,.0f} m2 of {need.use} were found or guessed, "
                f"for {people:,} people one expects {need.floor_m2_per_person * people:,.0f} m2."
            )
    out["use"], out["use_confidence"] = use, confidence
    return notes


def _farthest(shape: Shape, fits: Bool, same: Bool) -> int:
    """Return the candidate farthest from all of the same use; the largest where there is none."""
    rows = np.flatnonzero(fits)
    if not same.any():
        return int(rows[shape.area_m2[rows].argmax()])
    away, _ = cKDTree(shape.xy_m[same]).query(shape.xy_m[rows])
    return int(rows[away.argmax()])


def _floors(
    out: gpd.GeoDataFrame, shape: Shape, floors: Int32, told: Bool, key: Int64, seed: int
) -> tuple[Int32, Float64]:
    """Return floors of all buildings and how sure they are."""
    use = out["use"].to_numpy(dtype=object)
    floors = floors.copy()
    confidence = np.where(told, 0.95, 0.0)
    for name, usual in _USUAL_FLOORS.items():
        rows = ~told & (use == name)
        floors[rows], confidence[rows] = usual, 0.6
    flats = np.flatnonzero(~told & (use == "apartment"))
    floors[flats] = _usual_flats(shape, flats, uniforms(seed, Stream.FLOORS, key[flats]))
    confidence[flats] = 0.4
    known = np.flatnonzero(told & (use == "apartment"))
    if known.size and flats.size:
        # neighbours alike: same wing depth counts 20 m of distance per metre
        feature = np.column_stack([shape.xy_m, 20.0 * shape.width_m, shape.length_m])
        away, nearest = cKDTree(feature[known]).query(feature[flats])
        alike = away <= _NEIGHBOUR_M / 2
        floors[flats[alike]] = floors[known[nearest[alike]]]
        confidence[flats[alike]] = 0.6
    return floors, confidence


def _usual_flats(shape: Shape, rows: Int64, draw: Float64) -> Int32:
    """Return storeys of blocks of flats by footprint and depth of wing.

    Small blocks have 2-3; slabs up to 13.5 m deep 5; deeper ones 5 or 9 (panel series of the
    1960s against those of the 1970s and 80s).
    """
    area, width = shape.area_m2[rows], shape.width_m[rows]
    deep = width > 13.5  # noqa: PLR2004 - as the docstring says
    slab = np.where(deep & (draw < 0.4), 9, 5)  # noqa: PLR2004 - share of tall among deep slabs
    low = np.where(draw < 0.75, 2, 3)  # noqa: PLR2004 - share of two-storey blocks
    return np.where(area < 500.0, low, slab).astype(np.int32)  # noqa: PLR2004 - a stairwell or two


def _dwellings(raw: gpd.GeoDataFrame, out: gpd.GeoDataFrame) -> Int32:
    """Return homes per building: tagged flats, else one per house and one per 67 m2 of flats."""
    flats = pd.to_numeric(raw["flats"], errors="coerce").to_numpy(dtype=np.float64)
    usual = np.select(
        [out["use"] == "house", out["use"] == "apartment"],
        [1.0, np.maximum(np.round(out["floor_area_m2"] / FLAT_M2), 2.0)],
        0.0,
    )
    told = np.isfinite(flats) & (flats > 0) & (usual > 0)
    homes: Int32 = np.clip(np.where(told, flats, usual), 0, 5000).astype(np.int32)
    return homes


def _years(
    raw: gpd.GeoDataFrame,
    out: gpd.GeoDataFrame,
    shape: Shape,
    key: Int64,
    seed: int,
    register_year: int,
) -> tuple[Int32, Bool]:
    """Return years of construction: tagged, else drawn by fabric, alike within 400 m."""
    use = out["use"].to_numpy(dtype=object)
    first, last = np.zeros(use.size), np.zeros(use.size)
    for name, (low, high) in _YEARS.items():
        first[use == name], last[use == name] = low, high
    floors = out["floors"].to_numpy()
    below = 0
    for most, low, high in _YEARS_OF_FLATS:
        rows = (use == "apartment") & (floors > below) & (floors <= most)
        first[rows], last[rows] = low, high
        below = most
    cell = np.floor(shape.xy_m / _COHORT_CELL_M).astype(np.int64)
    cell_key = (cell[:, 0] & 0xFFFF) | ((cell[:, 1] & 0xFFFF) << 16)
    quarter = uniforms(seed, Stream.BUILDING_YEARS, cell_key)
    own = uniforms(seed, Stream.BUILDING_YEARS, key, draw=1)
    drawn = first + (0.7 * quarter + 0.3 * own) * (last - first)
    told = [re.match(r"(?:~|c\.?\s*)?(1[7-9]\d\d|20\d\d)", text) for text in raw["start_date"]]
    year = np.array([float(found[1]) if found else np.nan for found in told])
    dated = np.isfinite(year) & (year <= register_year)
    return np.where(dated, year, np.minimum(drawn, register_year)).astype(np.int32), dated


def _years_of_neighbours(out: gpd.GeoDataFrame, shape: Shape, dated: Bool) -> Bool:
    """Give undated buildings the year of the nearest dated one like it; return which got one.

    Alike are buildings of one use within 150 m, flats of as many storeys: quarters were built at
    one time.
    """
    use, floors = out["use"].to_numpy(dtype=object), out["floors"].to_numpy()
    year = out["built_year"].to_numpy(dtype=np.int32, copy=True)
    found = np.zeros(year.size, dtype=np.bool_)
    for name in np.unique(use[dated].astype(str)):
        known = np.flatnonzero(dated & (use == name))
        asked = np.flatnonzero(~dated & (use == name))
        apart_m = _NEIGHBOUR_M * floors * (name == "apartment")  # a storey more is a place far off
        place = np.column_stack([shape.xy_m, apart_m])
        if not asked.size:
            continue
        away, nearest = cKDTree(place[known]).query(place[asked])
        near = away <= _NEIGHBOUR_M / 2
        year[asked[near]] = year[known[nearest[near]]]
        found[asked[near]] = True
    out["built_year"] = year
    return found


def _summary(out: gpd.GeoDataFrame, people: int | None) -> list[str]:
    """Return what the buildings add up to."""
    count = out["use"].value_counts()
    told = ", ".join(f"{number} {use}" for use, number in count.items())
    space = float(dwelling_m2(out["use"], out["floor_area_m2"]).sum())
    who = f"{space / people:.1f} m2 per declared person" if people else "population not declared"
    share = float((out["floors_source"] != "observed").mean())
    note = (
        f"Buildings by use: {told}. Homes have {space:,.0f} m2 of dwelling space, {who}. "
        f"Floors are imputed for {share:.0%} of buildings (W-FLOORS-IMPUTED)."
    )
    _log.info("%s", note)
    return [note]
