"""What the demography of a town needs and remembers from year to year."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.citizens.columns import ADULT_AGE_YEARS
from twin.citizens.demography.folk import EMPLOYED, PUPIL, STUDENT, UNEMPLOYED
from twin.core.streams import Stream
from twin.kernels.rng import normals_for, uniforms_for
from twin.parameters import (
    BehaviourParams,
    HouseholdParams,
    LifeParams,
    MoveParams,
    ParticipationParams,
    WorkforceParams,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.citizens.population import Population
    from twin.citizens.selection import Values
    from twin.core.arrays import Float64, Int32, Int64
    from twin.core.parameter_set import Parameters

PROJECTIONS = ("none", "low", "medium", "high")
"""Projections of births and basic jobs; `none` stops time for all people."""
_OCCUPATIONS = 7
_LEVELS = 4


@final
@dataclass(frozen=True, slots=True, eq=False)
class Wages:
    """What people of the town had when it was founded, in KZT a month."""

    wage: Float64
    """Mean by education and sex, shape (4, 2)."""
    other: Float64
    """Mean of those who have no wage, by occupation, shape (7,)."""

    @classmethod
    def of(cls, people: Population) -> Wages:
        """Return the means of a population."""
        job, own = people.get("occupation"), people.get("earning_kzt_month").astype(np.float64)
        other = _means(job.astype(np.int64), own, _OCCUPATIONS)
        cell = 2 * people.get("education").astype(np.int64) + people.get("female")
        working = job == EMPLOYED
        wage = _means(cell[working], own[working], 2 * _LEVELS)
        return cls(wage.reshape(_LEVELS, 2), other)

    def usual_kzt(
        self, people: Mapping[str, Values], rows: Int64, params: WorkforceParams, seed: int
    ) -> Float64:
        """Return what some people usually have in their occupation; the draw stays for life."""
        job = people["occupation"][rows].astype(np.intp)
        level = people["education"][rows].astype(np.intp)
        ids = people["person_id"][rows].astype(np.int32)
        luck = normals_for(seed, int(Stream.WAGE), ids, 0, 0)
        spread = params.wage_spread
        wage = self.wage[level, people["female"][rows].astype(np.intp)]
        wage = wage * np.exp(spread * luck - 0.5 * spread**2)
        looks = params.benefit_share * wage
        without: Float64 = np.where(job == UNEMPLOYED, looks, self.other[job])
        return np.where(job == EMPLOYED, wage, without)


def _means(cell: Int64, values: Float64, n: int) -> Float64:
    """Return the mean of values by cell; of empty cells the mean of all."""
    count = np.bincount(cell, minlength=n)
    whole = np.bincount(cell, weights=values, minlength=n)
    mean = float(values.mean()) if values.size else 0.0
    return np.where(count > 0, whole / np.maximum(count, 1), mean)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where people of the town work and learn; newcomers to work or school draw among them.

    Pupils draw within their zone, others in the whole town.
    """

    building: Int32
    """Sorted by group, shape (n_places,)."""
    start: Int64
    """First place of each group: employed, students, and then pupils zone by zone."""
    zone: Int64
    """Of each building."""

    @classmethod
    def of(cls, people: Population, zone: Int64) -> Places:
        """Return the places of a population."""
        at = people.get("work_building").astype(np.int32)
        group = _place_groups(
            people.get("occupation").astype(np.int64), zone[people.get("building")]
        )
        known = np.flatnonzero((at >= 0) & (group >= 0))
        order = known[np.lexsort((at[known], group[known]))]
        n_groups = 2 + int(zone.max(initial=-1)) + 1
        start = np.searchsorted(group[order], np.arange(n_groups + 1))
        return cls(at[order], start.astype(np.int64), zone)

    def draw(self, group: Int64, luck: Float64) -> Int32:
        """Return a place of each group, -1 where it has none."""
        if not self.building.size:
            return np.full(group.size, -1, dtype=np.int32)
        known = np.maximum(group, 0)
        low, high = self.start[known], self.start[known + 1]
        row = low + np.floor(luck * (high - low)).astype(np.int64)
        at = self.building[np.minimum(row, self.building.size - 1)]
        return np.where((group >= 0) & (high > low), at, -1).astype(np.int32)

    def of_rows(self, people: Mapping[str, Values], rows: Int64, seed: int, number: int) -> Int32:
        """Return where some people work or learn from now on, -1 none."""
        job = people["occupation"][rows].astype(np.int64)
        group = _place_groups(job, self.zone[people["building"][rows]])
        ids = people["person_id"][rows].astype(np.int32)
        return self.draw(group, uniforms_for(seed, int(Stream.WORK), ids, number, 5))


def _place_groups(job: Int64, zone: Int64) -> Int64:
    """Return the group of places by occupation and zone, -1 for those without a place."""
    group = np.full(job.size, -1, dtype=np.int64)
    group[job == EMPLOYED] = 0
    group[job == STUDENT] = 1
    return np.where(job == PUPIL, 2 + zone, group)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """Households of the founded town, after which those who come are made."""

    start: Int64
    """First member of each household, shape (n_households + 1,)."""
    head_age: Int64
    """Age of the oldest, shape (n_households,)."""
    columns: dict[str, Values]
    """Age, sex, schooling, occupation and access of the members."""

    @classmethod
    def of(cls, people: Population) -> Models:
        """Return the households of a population in which an adult lives."""
        names = ("age", "female", "education", "occupation", "digital_access")
        household, age = people.get("household").astype(np.int64), people.get("age")
        oldest = np.zeros(people.n_households)
        np.maximum.at(oldest, household, age)
        order = np.lexsort((people.get("person_id"), household))
        order = order[oldest[household[order]] >= ADULT_AGE_YEARS]
        household = household[order]
        _, first = np.unique(household, return_index=True)
        columns = {name: people.get(name)[order].copy() for name in names}
        start = np.append(first, household.size).astype(np.int64)
        return cls(start, oldest[household[first]].astype(np.int64), columns)


@final
@dataclass(slots=True)
class Demography:
    """What moves the people of a town on, and what it remembers."""

    projection: str
    life: LifeParams
    households: HouseholdParams
    moves: MoveParams
    work: WorkforceParams
    behaviour: BehaviourParams
    participation: ParticipationParams
    wages: Wages
    places: Places
    models: Models
    homes: Float64
    """Homes by building when the town was founded, spare ones counted, shape (n_buildings,)."""
    home: Int32
    """Row of each household's building, shape (n_households,)."""
    basic_jobs: float
    local_jobs: float
    unemployment: float
    """Share of the labour force out of work when the town was founded."""
    homes_per_household: float
    """When the town was founded."""
    years: float = 0.0
    """Lived since."""
    home_draw: Float64 = field(default_factory=lambda: np.empty(0))
    """Rounds the homes of each building up or down, 0-1."""

    @classmethod
    def found(
        cls,
        people: Population,
        home: Int32,
        buildings: Mapping[str, Values],
        params: Parameters,
        *,
        projection: str,
        seed: int,
    ) -> Demography:
        """Return the demography of a town on the eve of its first day.

        Parameters
        ----------
        people, home
            Population, and the building of each household.
        buildings
            `dwellings` and `zone_id` of each building, and `at_home`, which of them are lived in.
        """
        work, moves = params.group(WorkforceParams), params.group(MoveParams)
        job = people.get("occupation")
        n_workers, n_idle = int((job == EMPLOYED).sum()), int((job == UNEMPLOYED).sum())
        lived_in = np.bincount(
            home[np.unique(people.get("household"))], minlength=len(buildings["dwellings"])
        )
        homes = np.maximum(buildings["dwellings"], lived_in) * (1.0 + moves.spare_homes_share)
        homes = np.where(buildings["at_home"] != 0, homes, 0.0)
        ids = np.arange(homes.size, dtype=np.int32)
        return cls(
            projection=projection,
            life=params.group(LifeParams),
            households=params.group(HouseholdParams),
            moves=moves,
            work=work,
            behaviour=params.group(BehaviourParams),
            participation=params.group(ParticipationParams),
            wages=Wages.of(people),
            places=Places.of(people, buildings["zone_id"].astype(np.int64)),
            models=Models.of(people),
            homes=homes,
            home=home.copy(),
            basic_jobs=n_workers / work.multiplier,
            local_jobs=n_workers - n_workers / work.multiplier,
            unemployment=n_idle / max(1, n_workers + n_idle),
            homes_per_household=float(homes.sum()) / max(1, int(lived_in.sum())),
            home_draw=uniforms_for(seed, int(Stream.NEW_HOMES), ids, 0, 0),
        )

    @property
    def is_still(self) -> bool:
        """Return whether nobody moves on."""
        return self.projection == "none"

    @property
    def births_ratio(self) -> float:
        """Return births over those of the rates, by the projection."""
        return float(getattr(self.life, f"births_{self.projection}"))

    def jobs_after(self, years: float) -> int:
        """Return the jobs of the town some years later: basic ones grow, local ones follow."""
        growth = float(getattr(self.work, f"growth_{self.projection}"))
        self.basic_jobs *= float(np.exp(growth * years))
        wanted = (self.work.multiplier - 1.0) * self.basic_jobs
        part = -float(np.expm1(-years / self.work.local_years))
        self.local_jobs += part * (wanted - self.local_jobs)
        return round(self.basic_jobs + self.local_jobs)

    def free_homes(self, lived_in: Int64) -> Int64:
        """Return free homes by building, none less than 0, given the households of each."""
        homes = self.homes * (1.0 + self.moves.new_homes_per_year) ** self.years
        whole = np.floor(homes + self.home_draw).astype(np.int64)
        free: Int64 = np.maximum(whole - lived_in, 0)
        return free
