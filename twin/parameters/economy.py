"""Prices, and how bills, operators and the municipality's books work."""

from __future__ import annotations

from typing import final

from twin.core.errors import ScenarioError
from twin.core.parameters import Grade, Number, parameter_group

_GUESS, _LITERATURE, _MEASURED = Grade.GUESS, Grade.LITERATURE, Grade.MEASURED


def _share(value: float, grade: Grade, source: str, meaning: str) -> Number:
    return Number(value, "share", 0.0, 1.0, grade, source, meaning)


def _price(value: float, unit: str, grade: Grade, source: str, meaning: str) -> Number:
    return Number(value, unit, 0.0, 1e10, grade, source, meaning)


@final
@parameter_group("economy.operators")
class OperatorParams:
    """What networks cost to run, and how their operators are financed."""

    electricity_kzt_per_kwh: float = _price(
        30.0, "KZT/kWh", _GUESS, "order of tariffs for firms in 2025", "electricity of pumps"
    )
    fixed_cost_share: float = _share(
        0.58,
        _GUESS,
        "production 60 %, networks 37 %, sales 3 % of a heat tariff (lada.kz 147279); fuel, "
        "electricity and treatment are two fifths of it in the default town",
        "staff and overhead over the revenue that the tariff of the start year was approved for",
    )
    overhead_share: float = _share(
        0.15, _GUESS, "administration and sales", "part of fixed costs that is overhead, not staff"
    )
    reserve_months: float = Number(
        0.5, "months", 0.0, 24.0, _GUESS, "half a month of fixed costs", "cash kept at the new year"
    )
    loan_interest_per_year: float = _share(
        0.18, _GUESS, "near the base rate of 2025", "interest on an operator's overdraft"
    )
    subsidy_limit_share: float = _share(
        0.5,
        _GUESS,
        "half of the plan",
        "most that the municipality gives its operators of a year's plan to pay back their debt",
    )
    debt_service_limit_share: float = _share(
        0.15,
        _GUESS,
        "banks lend no more; order of limits for public debt",
        "most interest a year over the revenue that the tariff was approved for",
    )
    firm_price_ratio: float = Number(
        1.5, "ratio", 0.0, 20.0, _GUESS, "legal entities pay more", "firms' price over households'"
    )


@final
@parameter_group("economy.households")
class BillingParams:
    """How households and firms are billed, and what becomes of arrears."""

    norm_ratio: float = Number(
        1.3,
        "ratio",
        0.1,
        10.0,
        _GUESS,
        "norms lie above use: 332 l in Astana (informburo.kz)",
        "use that is billed without a meter over usual use",
    )
    aid_threshold: float = _share(
        0.10,
        _GUESS,
        "housing aid begins at 5-10 % of income",
        "bill over income beyond which the municipality pays",
    )
    instalment_bills: float = Number(
        0.25,
        "bills",
        0.0,
        100.0,
        _GUESS,
        "with `arrears_life_months`: 0.97 of bills collected and arrears of a third of a month",
        "most that is paid off from arrears with a bill",
    )
    arrears_life_months: float = Number(
        12.0,
        "months",
        1.0,
        600.0,
        _GUESS,
        "households owe a third of a month nationally: 15 bn KZT (semey.city 54054)",
        "mean time after which arrears are given up",
    )
    cut_off_pay_share: float = _share(
        0.35, _GUESS, "a third a month pay to be connected again", "cut off who settle in a month"
    )
    cut_off_trust_loss: float = _share(
        0.02, _GUESS, "twice a faultless month", "trust lost in a month of being cut off"
    )
    price_trust_loss: float = _share(
        0.1, _GUESS, "a tenth for a doubling", "trust lost when prices rise, for a doubling"
    )
    firm_pay_share: float = _share(
        0.90,
        _GUESS,
        "firms carry three quarters of arrears (semey.city 54054), here a fifth",
        "bills that firms pay in a month",
    )
    firm_mood_persistence: float = _share(
        0.9,
        _GUESS,
        "as households: a spell lasts ten months",
        "firms that pay, or do not, as in the month before",
    )


@final
@parameter_group("economy.taxes")
class TaxParams:
    """What the city's own part of the plan follows."""

    firms_share: float = _share(
        0.6,
        _GUESS,
        "taxes on wages and property of firms bring most of a city's own revenue",
        "part of the city's own revenue in the start year that firms bring by jobs",
    )
    lost_output_share: float = _share(
        0.5,
        _GUESS,
        "half of the work goes on without water or heat",
        "work lost on a day without service",
    )


@final
@parameter_group("economy.prices")
class PriceParams:
    """What levers cost a year, beyond what the neutral settings cost."""

    crew_kzt_year: float = _price(
        24e6, "KZT/crew/year", _GUESS, "four workers and a lorry round the clock in part", "a crew"
    )
    ambulance_kzt_year: float = _price(
        60e6, "KZT/ambulance/year", _GUESS, "five shifts of three, vehicle, drugs", "an ambulance"
    )
    fire_engine_kzt_year: float = _price(
        50e6, "KZT/engine/year", _GUESS, "four shifts of five, vehicle", "a fire engine"
    )
    signal_priority_kzt_year: float = _price(
        10e6,
        "KZT/year",
        _GUESS,
        "receivers at the lights of a town",
        "sirens that turn lights green, for all of drivers' delay taken off",
    )
    app_kzt_year: float = _price(
        6e6, "KZT/year", _GUESS, "upkeep and hosting of an app", "the app as a channel for reports"
    )
    office_kzt_year: float = _price(
        4e6, "KZT/year", _GUESS, "one clerk", "the office as a channel for reports"
    )
    phone_kzt_year: float = _price(
        12e6, "KZT/year", _GUESS, "operators round the clock", "the phone as a channel for reports"
    )
    answer_kzt: float = _price(
        1_500.0, "KZT/report", _GUESS, "half an hour of a clerk", "a visible answer to a report"
    )
    cut_off_kzt: float = _price(
        10_000.0,
        "KZT/household",
        _GUESS,
        "two visits of a fitter",
        "a household cut off for arrears and connected again",
    )
    campaign_kzt_person_year: float = _price(
        200.0,
        "KZT/resident/year",
        _GUESS,
        "leaflets and visits for a doubling",
        "campaign that raises the share who report, for each doubling",
    )
    sensor_kzt_per_km: float = _price(
        400_000.0, "KZT/km", _GUESS, "two loggers a kilometre", "sensors bought, per km of main"
    )
    sensor_reading_kzt_per_km: float = _price(
        100.0,
        "KZT/km",
        _GUESS,
        "by radio; a clerk looks at alarms",
        "one reading of the sensors on a km of main; they are read every `sensor_days`",
    )
    survey_kzt_per_km: float = _price(
        15_000.0,
        "KZT/km",
        _GUESS,
        "two people with a listening stick walk 4 km a day",
        "one survey for leaks; surveys follow each other every `awareness_days`",
    )
    sensor_life_years: float = Number(
        10.0, "years", 0.5, 100.0, _GUESS, "battery and electronics", "life of a sensor"
    )
    competence_pay_share: float = _share(
        0.6,
        _GUESS,
        "pay and training from the norm to the best",
        "rise of an operator's staff cost from competence 0.5 to 1",
    )
    transparency_kzt_person_year: float = _price(
        150.0,
        "KZT/resident/year",
        _GUESS,
        "an audit and a portal",
        "books open in full instead of half",
    )
    integrity_kzt_person_year: float = _price(
        300.0,
        "KZT/resident/year",
        _GUESS,
        "procurement control and supervision of works",
        "works as honest as can be instead of the norm",
    )
    coordination_kzt_year: float = _price(
        8e6, "KZT/year", _GUESS, "two planners and a joint calendar", "one office for all digs"
    )
    closure_kzt_street: float = _price(
        1e6, "KZT/street/year", _GUESS, "bollards and signs", "a street closed to cars"
    )
    meter_kzt_household: float = _price(
        30_000.0, "KZT/meter", _GUESS, "meter, fitting and check", "a water meter"
    )
    meter_life_years: float = Number(
        8.0, "years", 0.5, 100.0, _GUESS, "interval of checks", "life of a meter"
    )
    heat_meter_kzt_building: float = _price(
        2.5e6,
        "KZT/meter",
        _LITERATURE,
        "from 550,000 KZT in 2013 (mgorod.kz), at prices of 2025",
        "a heat meter of a building",
    )


@final
@parameter_group("economy.state")
class StateParams:
    """How the state that divides a fund among towns reads their reports."""

    red_zone_wear: float = _share(
        0.65,
        _LITERATURE,
        "over 65 % is ready for emergencies (finprom.kz)",
        "reported wear above which a town, and a main, is in the red zone",
    )
    green_zone_wear: float = _share(
        0.45,
        _LITERATURE,
        "45 % and less is fine (finprom.kz)",
        "reported wear up to which a town is in the green zone",
    )

    def __post_init__(self) -> None:
        if self.green_zone_wear > self.red_zone_wear:
            message = (
                f"green_zone_wear {self.green_zone_wear:g} is over red_zone_wear "
                f"{self.red_zone_wear:g}; the yellow zone lies between them"
            )
            raise ScenarioError(message)


@final
@parameter_group("economy.investor")
class InvestorParams:
    """What private capital wants."""

    hurdle: float = _share(
        0.17, _GUESS, "15-20 % a year, unverified", "return a year that an investment must bring"
    )
    risk_premium: float = _share(
        0.04, _GUESS, "a few points", "added to the hurdle where nothing is guaranteed"
    )
    horizon_years: float = Number(
        8.0, "years", 0.0, 100.0, _GUESS, "long payback keeps capital off", "longest payback"
    )
    budget_share: float = _share(
        0.3,
        _GUESS,
        "budgets have other duties",
        "part of the city's yearly money for networks that an investor counts on",
    )
