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
    from twin.core.arrays import Bool, Float64, Int64

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
    path = folk.draw(Stream.SCHOOLING, 0)
    degree, trade = path < params.higher_share, path < params.higher_share + params.vocational_share
    job[(job == CHILD) & (age >= _SCHOOL_FROM)] = PUPIL
    leaves = (job == PUPIL) & (age >= _GROWN)
    level[leaves] = np.maximum(level[leaves], _SCHOOL)
    job[leaves & trade] = STUDENT
    _seek_or_stay(folk, town, leaves & ~trade)
    done = (job == STUDENT) & (age >= np.where(degree, _DEGREE_AT, _TRADE_AT))
    level[done] = np.maximum(level[done], np.where(degree, _DEGREE, _TRADE)[done])
    _seek_or_stay(folk, town, done)
    online = (age == _ONLINE_AT) & (folk.draw(Stream.SCHOOLING, 0, 2) < params.digital_share)
    of["digital_access"][online] = 1


def _seek_or_stay(folk: Folk, town: Demography, who: Bool) -> None:
    """Let those who have learnt enough seek work, or stay at home."""
    params = town.work
    share = np.where(folk.people["female"], params.home_share_women, params.home_share_men)
    stays = folk.draw(Stream.SCHOOLING, 0, 1) < share
    folk.people["occupation"][who] = np.where(stays, AT_HOME, UNEMPLOYED)[who]


def retire(folk: Folk, town: Demography, years: float) -> None:
    """Let people reach pension, and let some begin or give up seeking work."""
    params, age, job = town.work, folk.age(), folk.people["occupation"]
    pension = np.where(folk.people["female"], params.pension_age_women, params.pension_age_men)
    works_on = (job == EMPLOYED) & (folk.draw(Stream.WORK, 0, 3) < params.work_on_share)
    old = (age >= pension) & ~(works_on & (age < _NOBODY_WORKS_FROM)) & (job >= STUDENT)
    change = folk.draw(Stream.WORK, draw=4)
    grown = (age >= _GROWN) & (age < pension)
    enters = (job == AT_HOME) & grown & (change < -np.expm1(-params.enter_per_year * years))
    stops = (job == EMPLOYED) | (job == UNEMPLOYED)
    stops &= grown & (change < -np.expm1(-params.withdraw_per_year * years))
    job[enters], job[stops] = UNEMPLOYED, AT_HOME
    job[old] = RETIRED


def find_and_lose_jobs(folk: Folk, town: Demography, years: float) -> None:
    """Let workers lose jobs and others take those that the town has."""
    params, job = town.work, folk.people["occupation"]
    lost = folk.draw(Stream.WORK) < -np.expm1(-params.lose_job_per_year * years)
    job[folk.here & (job == EMPLOYED) & lost] = UNEMPLOYED
    working = np.flatnonzero(folk.here & (job == EMPLOYED))
    jobs = town.jobs_after(years)
    if working.size > jobs:
        luck = folk.draw(Stream.WORK, draw=1)[working]
        job[working[np.argsort(luck, kind="stable")[: working.size - jobs]]] = UNEMPLOYED
        return
    found = folk.draw(Stream.WORK, draw=2) < 1.0 - (1.0 - params.find_job_per_year) ** years
    seeking = np.flatnonzero(folk.here & (job == UNEMPLOYED) & found)
    place = folk.draw(Stream.WORK, draw=1) - _SCHOOLED_FIRST * folk.people["education"]
    hired = seeking[np.argsort(place[seeking], kind="stable")[: jobs - working.size]]
    job[hired] = EMPLOYED


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
