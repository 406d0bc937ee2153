"""How people are born, die, live together, work and move."""

from __future__ import annotations

from typing import final

from twin.core.parameters import Grade, Number, parameter_group

_GUESS, _LITERATURE, _MEASURED = Grade.GUESS, Grade.LITERATURE, Grade.MEASURED
_BIRTHS = "births by age of mother, Kazakhstan 2023, at 2.63 children a woman in towns (inform.kz)"
_LIFE = "with the two beside it: life expectancy 2024, men 71.3, women 79.4 years (astanatimes)"
_TO_2050 = "{} people in 2050 from 20.16 M in 2024; crude births 18.1, deaths 6.6 (reference 2.7)"


def _births(value: float, ages: str) -> Number:
    return Number(
        value, "1/(1000 women a)", 0.0, 500.0, _LITERATURE, _BIRTHS, f"births at ages {ages}"
    )


def _ratio(value: float, total: str, meaning: str) -> Number:
    return Number(value, "ratio", 0.0, 5.0, _LITERATURE, _TO_2050.format(total), meaning)


def _share(value: float, source: str, meaning: str) -> Number:
    return Number(value, "share", 0.0, 1.0, _GUESS, source, meaning)


def _yearly(value: float, source: str, meaning: str) -> Number:
    return Number(value, "1/a", 0.0, 1.0, _GUESS, source, meaning)


def _pull(value: float, source: str, meaning: str) -> Number:
    return Number(value, "log per unit", 0.0, 50.0, _GUESS, source, meaning)


@final
@parameter_group("demography.life")
class LifeParams:
    """Births and deaths by age, and three projections of them.

    The death rate at age x is accidents + at_60 exp(growth (x - 60)) (Gompertz, 1825; Makeham,
    1860), but for infants. A projection multiplies births; the ratios bring the country's natural
    growth from 1.15 % in 2024 to the mean growth of each projection until 2050.
    """

    births_15_19: float = _births(16.0, "15 to 19")
    births_20_24: float = _births(138.0, "20 to 24")
    births_25_29: float = _births(165.0, "25 to 29")
    births_30_34: float = _births(115.0, "30 to 34")
    births_35_39: float = _births(70.0, "35 to 39")
    births_40_44: float = _births(20.0, "40 to 44")
    births_45_49: float = _births(1.2, "45 to 49")
    boys_share: float = Number(
        0.516, "share", 0.0, 1.0, _MEASURED, "Bureau of National Statistics, 2023", "boys born"
    )
    births_low: float = _ratio(0.74, "24.0 M", "births in the low projection")
    births_medium: float = _ratio(0.94, "26.5 M", "births in the medium projection")
    births_high: float = _ratio(1.02, "27.5 M", "births in the high projection")
    infant_deaths: float = Number(
        0.0068, "share", 0.0, 1.0, _MEASURED, "Ministry of Health, 2025 (azertag)", "infants"
    )
    deaths_at_60_men: float = Number(
        0.0137, "1/a", 0.0, 1.0, _MEASURED, _LIFE, "death rate of men of 60"
    )
    deaths_at_60_women: float = Number(
        0.0067, "1/a", 0.0, 1.0, _MEASURED, _LIFE, "death rate of women of 60"
    )
    death_growth_men: float = Number(
        0.075, "1/a", 0.0, 0.5, _GUESS, "mild slope: many die young", "growth with age, men"
    )
    death_growth_women: float = Number(
        0.10, "1/a", 0.0, 0.5, _GUESS, "usual slope of Gompertz", "growth with age, women"
    )
    accident_deaths_men: float = _yearly(0.0012, "usual of young men", "deaths at any age, men")
    accident_deaths_women: float = _yearly(0.0004, "usual of the young", "deaths at any age, women")


@final
@parameter_group("demography.households")
class HouseholdParams:
    """How households form, split and join."""

    leave_home_per_year: float = _yearly(
        0.07, "half of the young have left by 28", "adults of 18 to 35 leaving their parents"
    )
    pair_share: float = _share(0.5, "the others live alone first", "those who leave as couples")
    split_per_year: float = _yearly(
        0.009, "about 2 divorces per 1,000 residents and year", "couples that split"
    )
    join_per_year: float = _yearly(
        0.05, "keeps the mean size of households about level", "single adults who find a partner"
    )


@final
@parameter_group("demography.moves")
class MoveParams:
    """Who moves within the town, leaves it or comes.

    A household leaves at a rate departures exp(-U), and others come at a rate arrivals exp(U). U
    sums the pulls below, each times its difference from the state in which the town was founded:
    0 there, so the town neither gains nor loses (logit of stay and leave, policy notes 7.7).
    """

    departures_per_1000_year: float = Number(
        25.0,
        "1/(1000 a)",
        0.0,
        500.0,
        _GUESS,
        "20 of 41 cities shrink, by up to 8 %, others grow by 7 % a year (informburo.kz 2025)",
        "residents who leave the town",
    )
    arrivals_per_1000_year: float = Number(
        25.0, "1/(1000 a)", 0.0, 500.0, _GUESS, "as many as leave", "residents who come"
    )
    young_ratio: float = Number(
        2.0, "ratio", 0.0, 10.0, _GUESS, "the young move most", "moves of heads below 35"
    )
    old_ratio: float = Number(
        0.4, "ratio", 0.0, 10.0, _GUESS, "the old stay", "moves of heads of 60 and over"
    )
    service_pull: float = _pull(1.0, "0.1 less satisfaction: 10 % more leave", "satisfaction")
    outage_pull: float = _pull(
        5.0, "a tenth of days without water or heat: 1.6 times", "days with outages, share"
    )
    jobs_pull: float = _pull(3.0, "10 points of unemployment: 1.35 times", "unemployment in town")
    own_job_pull: float = _pull(0.5, "1.6 times as many of those out of work", "own unemployment")
    housing_pull: float = _pull(1.0, "homes per household, as its logarithm", "free homes")
    trust_pull: float = _pull(0.5, "weaker than service itself", "trust in the city's services")
    moves_per_year: float = _yearly(0.05, "most own their home", "households looking for another")
    taste_spread: float = Number(
        1.0, "utility", 0.0, 20.0, _GUESS, "scale of a Gumbel draw", "tastes for homes"
    )
    spare_homes_share: float = _share(0.05, "empty or shared homes", "homes beyond those lived in")
    new_homes_per_year: float = _yearly(
        0.01, "infill along streets that have mains", "homes added on built land, of those there"
    )


@final
@parameter_group("demography.work")
class WorkforceParams:
    """Learning, jobs and pay.

    Jobs are an economic base times its multiplier: plants and other basic jobs grow as the
    projection says, jobs that live of local incomes follow them in some years.
    """

    higher_share: float = _share(0.33, "as the town's adults of 23 to 39", "school leavers, degree")
    vocational_share: float = _share(0.42, "as above", "school leavers who learn a trade")
    home_share_men: float = _share(0.10, "as men of 23 to 55", "men who seek no work after school")
    home_share_women: float = _share(0.25, "as women of 23 to 55", "the same, women")
    pension_age_men: float = Number(
        63.0, "years", 40.0, 90.0, _MEASURED, "law on pensions", "pension age of men"
    )
    pension_age_women: float = Number(
        61.0, "years", 40.0, 90.0, _MEASURED, "law on pensions, 2024 to 2027", "of women"
    )
    work_on_share: float = _share(0.10, "working pensioners", "those who work on to 75")
    enter_per_year: float = _yearly(0.08, "children go to school", "people at home who seek work")
    withdraw_per_year: float = _yearly(0.014, "balances those who enter", "workers who stop work")
    lose_job_per_year: float = _yearly(0.06, "ordinary turnover", "jobs lost")
    find_job_per_year: float = _share(
        0.7, "a spell lasts months", "those out of work who could be hired"
    )
    multiplier: float = Number(
        1.75, "ratio", 1.0, 5.0, _GUESS, "1.5 to 2 (policy notes 7.8)", "all jobs over basic jobs"
    )
    local_years: float = Number(
        3.0, "years", 0.1, 50.0, _GUESS, "shops close later", "lag of local behind basic jobs"
    )
    growth_low: float = Number(
        0.0067, "1/a", -0.2, 0.2, _LITERATURE, "as the population", "basic jobs, low projection"
    )
    growth_medium: float = Number(
        0.0105, "1/a", -0.2, 0.2, _LITERATURE, "as the population", "the same, medium"
    )
    growth_high: float = Number(
        0.0119, "1/a", -0.2, 0.2, _LITERATURE, "as the population", "the same, high"
    )
    wage_spread: float = Number(
        0.45, "log", 0.0, 3.0, _GUESS, "as the town's wages", "spread of wages at equal schooling"
    )
    benefit_share: float = _share(0.35, "benefit and odd jobs", "income kept without work")
    digital_share: float = _share(0.9, "the young are online", "those of 14 who get online access")
