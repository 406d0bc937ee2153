"""Look closer at a city whose tables are sound: units, doubles, gaps, crowding, what was guessed.

`validate` checks whether a city can be used at all; these checks show whether it is likely to be
what its makers meant. They cost seconds on a large city, so `twin city check` runs them and the
building of a city does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.city.quality_networks import network_faults
from twin.city.validate import fault_of_rows, validate
from twin.core.errors import Fault

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64

LENGTH_SHARE, LENGTH_SLACK_M = 0.05, 1.0
"""How far a length may be off its line, and what is never worth a word."""
AREA_SLACK_M2 = 1.0
TALLEST_USUAL = 40
FARTHEST_M = 300.0
"""Farthest a building may stand from its street; the import leaves farther ones out."""
OVERLAP_SHARE, OVERLAP_M2 = 0.1, 5.0
DENSEST_PER_KM2 = 60_000.0
"""Twice the densest microrayon; denser zones mostly have people twice, or an outline too small."""
AREA_PER_PERSON_M2 = (14.0, 45.0)
"""Floor area of homes per person: Kazakhstan had 14.2 m2 in 1994 and 21 in 2015 (inform.kz,
2016); 45 m2 is what the roomiest countries of Europe have."""
SMALLEST_TOWN = 200
"""Fewer people are a hamlet, for which budgets, breaks and votes of a city mean little."""
MOST_MAINS_M = 100.0
"""Water mains per person: towns have 2 to 10 m, farms far apart 50."""
_SQUARE_KM_M2 = 1e6
_OFF_MEDIAN = 1.5
_HOMES = ("house", "apartment")


def check(city: City) -> list[Fault]:
    """Return the faults of `validate`, and, where it finds no error, those of a closer look."""
    faults = validate(city)
    if any(fault.code.startswith("E-") for fault in faults):
        return faults
    return faults + look_closer(city)


def look_closer(city: City) -> list[Fault]:
    """Return what is suspect in a city that `validate` finds no error in."""
    return [
        *_unit_faults(city),
        *network_faults(city),
        *_place_faults(city),
        *_overlap_faults(city),
        *_people_faults(city),
        *size_faults(city),
    ]


def size_faults(city: City) -> list[Fault]:
    """Return that a city is too small, or too empty, to be a town."""
    people = len(city.persons)
    mains = (city.util_edges["network"] == "water") & (city.util_edges["kind"] == "pipe")
    mains_m = float(city.util_edges.loc[mains.to_numpy(), "length_m"].sum())
    mend = "take an extract of the whole town, with its houses, or give its people"
    faults = []
    if people < SMALLEST_TOWN:
        what = f"are {people}, under {SMALLEST_TOWN}: no town"
        faults.append(Fault("persons", what, mend, "W-TOWN-SMALL"))
    if mains_m > MOST_MAINS_M * people:
        what = f"are {mains_m:,.0f} m long for {people} people, over {MOST_MAINS_M:g} m each"
        faults.append(Fault("util_edges (water)", what, mend, "W-TOWN-EMPTY"))
    return faults


def _unit_faults(city: City) -> list[Fault]:
    """Return lengths and areas that are not those of the shapes, and unlikely heights."""
    streets, pipes, buildings = city.street_edges, city.util_edges, city.buildings
    drawn = _lengths(streets.geometry.values)
    told = streets["length_m"].to_numpy()
    off = np.abs(told - drawn) > LENGTH_SHARE * drawn + LENGTH_SLACK_M
    mend = "is the column in metres? measure it again from the line, in a metric CRS"
    faults = _length_fault("street_edges", off, told, drawn, mend)
    is_pipe = (pipes["kind"] == "pipe").to_numpy()
    told, drawn = pipes["length_m"].to_numpy(), _lengths(pipes.geometry.values)
    short = is_pipe & (told < (1.0 - LENGTH_SHARE) * drawn - LENGTH_SLACK_M)
    known = is_pipe & (drawn > LENGTH_SLACK_M)
    if known.any() and np.median(told[known] / drawn[known]) > _OFF_MEDIAN:
        short = known  # a pipe may be longer than its drawing, half of all pipes may not
    faults += _length_fault("util_edges", short, told, drawn, mend)
    footprint = buildings["footprint_m2"].to_numpy()
    outline = shapely.area(np.asarray(buildings.geometry.values))
    off = np.abs(footprint - outline) > LENGTH_SHARE * outline + AREA_SLACK_M2
    faults += fault_of_rows(
        "buildings.footprint_m2",
        off,
        "is not the area of its outline",
        "is the column in m2? measure it again from the outline",
        "E-UNIT-SUSPECT",
    )
    tall = buildings["floors"].to_numpy() > TALLEST_USUAL
    return faults + fault_of_rows(
        "buildings.floors",
        tall,
        f"is over {TALLEST_USUAL} storeys",
        "is it a height in metres? divide it by 3; a real tower may stay",
        "W-UNIT-SUSPECT",
    )


def _lengths(lines: NDArray[np.object_]) -> Float64:
    length_m: Float64 = shapely.length(np.asarray(lines))
    return length_m


def _length_fault(table: str, off: Bool, told: Float64, drawn: Float64, mend: str) -> list[Fault]:
    """Return the fault of lengths that are not those of their lines."""
    rows = np.flatnonzero(off)
    if not rows.size:
        return []
    first = rows[0]
    what = f"= {told[first]:.4g}, its line is {drawn[first]:.4g} m long"
    return fault_of_rows(f"{table}.length_m", off, what, mend, "E-UNIT-SUSPECT")


def _place_faults(city: City) -> list[Fault]:
    """Return buildings far from the street they are said to stand at."""
    buildings = city.buildings
    street = np.asarray(city.street_edges.geometry.values)[buildings["street_edge_id"].to_numpy()]
    away_m = shapely.distance(np.asarray(buildings.geometry.values), street)
    return fault_of_rows(
        "buildings.street_edge_id",
        away_m > FARTHEST_M,
        f"is farther than {FARTHEST_M:g} m from its street",
        "name the nearest street, draw the missing one, or leave the building out",
        "E-BUILDING-UNCONNECTED",
    )


def _overlap_faults(city: City) -> list[Fault]:
    """Return buildings that stand in one another."""
    shapes = np.asarray(city.buildings.geometry.values)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
    bad = (shared > OVERLAP_SHARE * smaller) & (shared > OVERLAP_M2)
    within = np.zeros(shapes.size, dtype=np.bool_)
    within[right[bad]] = True
    return fault_of_rows(
        "buildings",
        within,
        f"covers over {OVERLAP_SHARE:.0%} of another building",
        "remove doubles (parts of a building mapped beside its whole), or mend the outline",
        "W-OVERLAP",
    )


def _people_faults(city: City) -> list[Fault]:
    """Return crowded zones, homes that do not suit the people, and guessed storeys."""
    zones, buildings = city.zones, city.buildings
    area_km2 = shapely.area(np.asarray(zones.geometry.values)) / _SQUARE_KM_M2
    faults = fault_of_rows(
        "zones.people",
        zones["people"].to_numpy() > DENSEST_PER_KM2 * area_km2,
        f"gives over {DENSEST_PER_KM2:,.0f} people per km2",
        "check the zone's outline, and floors and dwellings of its buildings",
        "W-DENSITY-OUTLIER",
    )
    homes = buildings["use"].isin(_HOMES).to_numpy()
    each = float(buildings.loc[homes, "floor_area_m2"].sum()) / max(len(city.persons), 1)
    low, high = AREA_PER_PERSON_M2
    if not low <= each <= high:
        faults.append(
            Fault(
                where="buildings.floor_area_m2",
                what=f"gives {each:.1f} m2 of homes per person, usual are {low:g} to {high:g}",
                mend="check the declared population, the extract's border and imputed floors",
                code="W-POP-MISMATCH",
            )
        )
    guessed = (buildings["floors_source"] == "imputed").to_numpy()
    return faults + fault_of_rows(
        "buildings.floors",
        guessed,
        f"is imputed for {guessed.mean():.0%} of buildings",
        "give levels in the map, or a table of them in a recipe",
        "W-FLOORS-IMPUTED",
    )
