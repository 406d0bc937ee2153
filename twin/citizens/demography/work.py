"""Learning, jobs and pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.citizens.demography.folk import (
    AT_HOME,
    CHILD,
    EMPLOYED,
    PUPIL,
    RETIRED,
    STUDENT,
    UNEMPLOYED,
)
from twin.core.streams import Stream
from twin.kernels.rng import uniforms_for

if TYPE_CHECKING:
    from twin.citizens.demography.folk import Folk
    from twin.citizens.demography.town import Demography
    from twin.citizens.population import Population
    from twin.core.arrays import Float64, Int64

_SCHOOL_FROM, _GROWN = 6, 18
_TRADE_AT, _DEGREE_AT = 20, 22
_ONLINE_AT = 14
_NOBODY_WORKS_FROM = 75
_SCHOOLED_FIRST = 0.06
"""Head start by level of education in a queue for jobs, over a draw of 0-1."""
_SCHOOL, _TRADE, _DEGREE = 1, 2, 3


def learn(folk: Folk, town: Demography) -> None:
    """Let children go to school, and pupils and students finish."""
    of, params, age = folk.people, town.work, folk.age()
    job, level = of["occupation"], of["education"]
    job[(job == CHILD) & (age >= _SCHOOL_FROM)] = PUPIL
    leaves = np.flatnonzero((job == PUPIL) & (age >= _GROWN))
    level[leaves] = np.maximum(level[leaves], _SCHOOL)
    path = folk.draw(leaves, Stream.SCHOOLING, number=0)
    studies = path < params.higher_share + params.vocational_share
    job[leaves[studies]] = STUDENT
    _seek_or_stay(folk, town, leaves[~studies])
    student = np.flatnonzero(job == STUDENT)
    degree = folk.draw(student, Stream.SCHOOLING, number=0) < params.higher_share
    done = age[student] >= np.where(degree, _DEGREE_AT, _TRADE_AT)
    student, degree = student[done], degree[done]
    level[student] = np.maximum(level[student], np.where(degree, _DEGREE, _TRADE))
    _seek_or_stay(folk, town, student)
    young = np.flatnonzero(age == _ONLINE_AT)
    online = folk.draw(young, Stream.SCHOOLING, number=0, draw=2) < params.digital_share
    of["digital_access"][young[online]] = 1


def _seek_or_stay(folk: Folk, town: Demography, rows: Int64) -> None:
    """Let those who have learnt enough seek work, or stay at home."""
    params, female = town.work, folk.people["female"][rows]
    share = np.where(female, params.home_share_women, params.home_share_men)
    stays = folk.draw(rows, Stream.SCHOOLING, number=0, draw=1) < share
    folk.people["occupation"][rows] = np.where(stays, AT_HOME, UNEMPLOYED)


def retire(folk: Folk, town: Demography, years: float) -> None:
    """Let people reach pension, and let some begin or give up seeking work."""
    params, age, job = town.work, folk.age(), folk.people["occupation"]
    pension = np.where(folk.people["female"], params.pension_age_women, params.pension_age_men)
    old = np.flatnonzero((age >= pension) & (job >= STUDENT) & (job != RETIRED))
    works_on = folk.draw(old, Stream.WORK, number=0, draw=3) < params.work_on_share
    works_on &= (job[old] == EMPLOYED) & (age[old] < _NOBODY_WORKS_FROM)
    grown = (age >= _GROWN) & (age < pension)
    idle = np.flatnonzero((job == AT_HOME) & grown)
    busy = np.flatnonzero(((job == EMPLOYED) | (job == UNEMPLOYED)) & grown)
    enters = folk.draw(idle, Stream.WORK, draw=4) < -np.expm1(-params.enter_per_year * years)
    stops = folk.draw(busy, Stream.WORK, draw=4) < -np.expm1(-params.withdraw_per_year * years)
    job[idle[enters]], job[busy[stops]] = UNEMPLOYED, AT_HOME
    job[old[~works_on]] = RETIRED


def find_and_lose_jobs(folk: Folk, town: Demography, years: float) -> None:
    """Let workers lose jobs and others take those that the town has."""
    params, job = town.work, folk.people["occupation"]
    working = np.flatnonzero(folk.here & (job == EMPLOYED))
    lost = folk.draw(working, Stream.WORK) < -np.expm1(-params.lose_job_per_year * years)
    job[working[lost]] = UNEMPLOYED
    working = working[~lost]
    jobs = town.jobs_after(years)
    if working.size > jobs:
        luck = folk.draw(working, Stream.WORK, draw=1)
        job[working[np.argsort(luck, kind="stable")[: working.size - jobs]]] = UNEMPLOYED
        return
    seeking = np.flatnonzero(folk.here & (job == UNEMPLOYED))
    could = 1.0 - (1.0 - params.find_job_per_year) ** years
    seeking = seeking[folk.draw(seeking, Stream.WORK, draw=2) < could]
    place = folk.draw(seeking, Stream.WORK, draw=1)
    place = place - _SCHOOLED_FIRST * folk.people["education"][seeking]
    job[seeking[np.argsort(place, kind="stable")[: jobs - working.size]]] = EMPLOYED


def pay(folk: Folk, town: Demography, before: Int64) -> None:
    """Give those whose occupation changed their new income and their new place.

    `before` are the occupations of the first `before.size` people when the year ended.
    """
    of = folk.people
    job = of["occupation"].astype(np.int64)
    old = np.full(job.size, -1)
    old[: before.size] = before
    rows = np.flatnonzero(folk.here & (job != old))
    wage = town.wages.usual_kzt(of, rows, town.work, folk.seed)
    income = np.where(
        (job[rows] == UNEMPLOYED) & (old[rows] == EMPLOYED),
        town.work.benefit_share * of["earning_kzt_month"][rows],
        wage,
    )
    of["earning_kzt_month"][rows] = income
    at = town.places.of_rows(of, rows, folk.seed, folk.number)
    of["work_building"][rows] = at


def lose_jobs(people: Population, town: Demography, share: float, seed: int, day: int) -> int:
    """Let a share of all jobs go on one day, all of them of the economic base; return how many.

    The draws are keyed by person and day.
    """
    working = np.flatnonzero(people.get("occupation") == EMPLOYED)
    ids = people.get("person_id").astype(np.int32)[working]
    luck = uniforms_for(seed, int(Stream.JOB_LOSS), ids, day, 0)
    number = round(share * working.size)
    hit = np.sort(working[np.argsort(luck, kind="stable")[:number]])
    earning: Float64 = people.get("earning_kzt_month")[hit].astype(np.float64)
    people.earn(hit, UNEMPLOYED, town.work.benefit_share * earning)
    town.basic_jobs = max(0.0, town.basic_jobs - number)
    return number
