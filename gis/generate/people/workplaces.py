"""Who works or learns where: doubly constrained gravity by zone of home, then keyed lots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from gis.draws import shares_to_counts, systematic_counts, uniforms
from twin.core.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from twin.core.arrays import Bool, Float64, Int64

JOB_M2 = {
    "school": 110.0,
    "kindergarten": 75.0,
    "health": 24.0,
    "public": 20.0,
    "retail": 20.0,
    "office": 14.0,
    "industrial": 45.0,
    "utility": 90.0,
}
"""Floor area per job; usual planning values, estimates."""
_PUPIL_M2 = 9.0
_NURSERY_M2 = 10.0
_LOCAL_SHARE = 0.78
"""Employed people who work in town where there are places; others on farms, the line, away."""
_CROWDING = 1.5
"""Largest ratio of people at work to the places by floor area."""
_NURSERY_AGES = (3, 5)
_NURSERY_SHARE = 0.8
_WORK_DECAY_M, _SCHOOL_DECAY_M = 1_500.0, 450.0
_FURNESS_ROUNDS = 60
_TWO_SHIFTS = 2.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """Where people live and what stands there, for choosing places."""

    use: np.ndarray
    """(n_buildings,)"""
    floor_area_m2: Float64
    """(n_buildings,)"""
    at_m: Float64
    """Middle of each building, shape (n_buildings, 2)."""
    zone: Int64
    """(n_buildings,)"""


def work_buildings(persons: pd.DataFrame, town: Town, seed: int) -> tuple[Int64, list[str]]:
    """Return the building each person works or learns in, -1 none, and notes.

    Parameters
    ----------
    persons
        With `age`, `occupation`, `building_id`.
    town
        Buildings of the town.
    """
    place = np.full(len(persons), -1, dtype=np.int64)
    home = persons["building_id"].to_numpy()
    occupation = persons["occupation"].to_numpy(dtype=object)
    age = persons["age"].to_numpy()
    notes = []
    pupils = np.flatnonzero(occupation == "pupil")
    schools = np.where(town.use == "school", town.floor_area_m2 / _PUPIL_M2, 0.0)
    if schools.sum() > 0:
        place[pupils] = _dealt(pupils, home[pupils], schools, town, _SCHOOL_DECAY_M, seed)
        load = pupils.size / schools.sum()
        if load > _TWO_SHIFTS:
            notes.append(f"Schools hold {load:.1f} times the pupils their floor area is for.")
    elif pupils.size:
        notes.append("The town has no school; pupils stay at home.")
    small = np.flatnonzero((age >= _NURSERY_AGES[0]) & (age <= _NURSERY_AGES[1]))
    small = small[occupation[small] == "child"]
    nurseries = np.where(town.use == "kindergarten", town.floor_area_m2 / _NURSERY_M2, 0.0)
    wanted = min(round(_NURSERY_SHARE * small.size), int(nurseries.sum()))
    going = _drawn(small, wanted, seed)
    if going.size:
        place[going] = _dealt(going, home[going], nurseries, town, _SCHOOL_DECAY_M, seed)
    jobs = np.zeros(town.use.size)
    for use, area in JOB_M2.items():
        jobs = np.where(town.use == use, town.floor_area_m2 / area, jobs)
    employed = np.flatnonzero(occupation == "employed")
    local = min(round(_LOCAL_SHARE * employed.size), int(_CROWDING * jobs.sum()))
    workers = _drawn(employed, local, seed)
    if workers.size:
        place[workers] = _dealt(workers, home[workers], jobs, town, _WORK_DECAY_M, seed)
    if employed.size:
        notes.append(
            f"{workers.size} of {employed.size} employed people work in town, "
            f"{workers.size / max(jobs.sum(), 1.0):.2f} per place by floor area."
        )
    return place, notes


def _drawn(rows: Int64, count: int, seed: int) -> Int64:
    """Choose some of the people by lot."""
    lot = uniforms(seed, Stream.WORKPLACES, rows)
    return np.sort(rows[np.argsort(lot, kind="stable")[:count]])


def _dealt(
    rows: Int64, home: Int64, capacity: Float64, town: Town, decay_m: float, seed: int
) -> Int64:
    """Return a building for each person: near ones likelier, all filled in proportion.

    References
    ----------
    Wilson, 1967, Transportation Research 1(3), 253-269 (doubly constrained gravity model).
    """
    places = np.flatnonzero(capacity > 0)
    zones, origin = np.unique(town.zone[home], return_inverse=True)
    demand = np.bincount(origin, minlength=zones.size).astype(np.float64)
    supply = shares_to_counts(capacity[places], rows.size).astype(np.float64)
    middle = np.stack(
        [
            np.bincount(origin, weights=town.at_m[home, axis], minlength=zones.size) / demand
            for axis in range(2)
        ],
        axis=1,
    )
    away = np.hypot(*(middle[:, None, :] - town.at_m[places][None]).transpose(2, 0, 1))
    trips = np.exp(-away / decay_m)
    for _ in range(_FURNESS_ROUNDS):
        trips *= supply / np.maximum(trips.sum(axis=0), 1e-300)
        trips *= (demand / np.maximum(trips.sum(axis=1), 1e-300))[:, None]
    kind = int(places[0])
    offset = uniforms(seed, Stream.WORKPLACES, 3_000_000_000 + kind + zones)
    counts = systematic_counts(trips, offset)
    lot = uniforms(seed, Stream.WORKPLACES, rows, draw=1)
    order = np.lexsort((lot, origin))
    chosen = np.empty(rows.size, dtype=np.int64)
    chosen[order] = np.repeat(np.tile(places, zones.size), counts.ravel())
    return chosen


def places_filled(work_building: Int64, n_buildings: int) -> Int64:
    """Return how many people work or learn in each building, shape (n_buildings,)."""
    there: Bool = work_building >= 0
    return np.bincount(work_building[there], minlength=n_buildings)
