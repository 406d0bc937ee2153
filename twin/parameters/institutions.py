"""How institutions find, mend, renew and pay."""

from __future__ import annotations

from typing import final

from twin.core.errors import ScenarioError
from twin.core.parameters import Grade, Number, parameter_group

_GUESS = Grade.GUESS


@final
@parameter_group("institutions")
class InstitutionParams:
    """How institutions find, mend, renew and pay."""

    burst_severity: float = Number(
        0.5,
        "share",
        0,
        1,
        _GUESS,
        "half of a full break",
        "severity from which a known failure is shut off at once",
    )
    alarm_severity: float = Number(
        0.85,
        "share",
        0,
        1,
        _GUESS,
        "the loss shows on the plant's meters",
        "severity from which the plant knows on the next day",
    )
    clamp_after_days: float = Number(
        3, "days", 0, 365, _GUESS, "three days", "how long a main stays shut whose repair is unpaid"
    )
    clamped_severity: float = Number(
        0.3, "share", 0, 1, _GUESS, "a clamp is not tight", "size of the leak under a clamp"
    )
    first_answered_share: float = Number(
        0.63,
        "share",
        0,
        1,
        Grade.MEASURED,
        "63 % solved at first call, Kostanay 2025 (inform.kz)",
        "share of reports answered before the first day, as people remember it",
    )
    answer_memory_reports: float = Number(
        200, "reports", 1, 1e6, _GUESS, "word of mouth", "reports over which answers are remembered"
    )
    repair_log_spread: float = Number(
        0.5,
        "1",
        0,
        3,
        _GUESS,
        "two of three repairs within 0.6 to 1.65 of the median",
        "standard deviation of the logarithm of repair hours",
    )
    faulty_street_share: float = Number(
        0.7,
        "share",
        0.01,
        1,
        _GUESS,
        "drivers steer around it",
        "capacity of a street with an open defect over its own",
    )
    dug_up_lanes: float = Number(
        1.0, "lanes", 0, 10, _GUESS, "of both directions", "lanes that a dig takes from a street"
    )
    least_street_share: float = Number(
        0.25,
        "share",
        0.01,
        1,
        _GUESS,
        "one lane in turns",
        "capacity left beside a dig on the narrowest street",
    )
    season_start_day: float = Number(
        121,
        "day of the year",
        0,
        364,
        _GUESS,
        "2 May: frozen ground before",
        "day, 0-364, on which renewal works may start",
    )
    season_end_day: float = Number(
        273, "day of the year", 0, 365, _GUESS, "1 October", "day by which renewal works end"
    )
    renewal_m_per_day: float = Number(
        40.0, "m/day", 0.1, 10_000, _GUESS, "one gang", "length laid in a day"
    )
    reference_bill_kzt_person_year: float = Number(
        36_000.0,
        "KZT/person/year",
        1,
        1e7,
        _GUESS,
        "3,000 KZT a month",
        "bill for which operators' costs were approved; prices follow it",
    )
    reference_collection: float = Number(
        0.95,
        "share",
        0.01,
        1,
        _GUESS,
        "0.93-0.98 is held likely for Kazakhstan",
        "share of bills that the approved revenue counts on",
    )
    municipal_interest_per_year: float = Number(
        0.10, "share", 0, 1, _GUESS, "below the base rate", "interest on the municipality's loan"
    )
    municipal_debt_service_limit_share: float = Number(
        0.15,
        "share",
        0.0,
        1.0,
        _GUESS,
        "order of limits for local public debt",
        "most interest a year over the yearly plan, beyond which the municipality borrows nothing",
    )
    coordinated_price: float = Number(
        0.5,
        "share",
        0,
        1,
        _GUESS,
        "the trench is paid already",
        "price of a pavement laid with a pipe over its own",
    )
    slowest_repair: float = Number(
        1.5,
        "ratio",
        1,
        1.99,
        _GUESS,
        "half as long again; as much faster at competence 1",
        "repair time at competence 0 over the norm",
    )

    def __post_init__(self) -> None:
        if self.season_start_day >= self.season_end_day:
            message = (
                f"season_start_day {self.season_start_day:g} is not before season_end_day "
                f"{self.season_end_day:g}; renewal needs a season"
            )
            raise ScenarioError(message)


@final
@parameter_group("contracts")
class ContractParams:
    """How works are let, and how often they fail."""

    largest_markup_share: float = Number(
        1.0, "share", 0, 10, _GUESS, "as dear again", "largest markup of a rigged contract"
    )
    tender_from_kzt: float = Number(
        4e6,
        "KZT",
        1e3,
        1e12,
        _GUESS,
        "order of the limit of purchases without a tender",
        "price from which a contract needs an open tender",
    )
    most_lots: float = Number(
        4.0, "lots", 0, 1_000, _GUESS, "more would show", "lots into which a contract is split"
    )
    lot_kzt: float = Number(
        200_000.0, "KZT", 0, 1e9, _GUESS, "setting up a site", "cost of each lot more"
    )
    split_seen_share: float = Number(
        0.3,
        "share",
        0,
        1,
        _GUESS,
        "each lot looks usual",
        "chance to see the overrun of a split contract over that of a whole one",
    )
    refused_share: float = Number(
        0.8, "share", 0, 1, _GUESS, "most of it", "part of a seen overrun that the council refuses"
    )
    failed_share: float = Number(
        0.2,
        "share",
        0,
        1,
        _GUESS,
        "investment fails through low competence; no figure found",
        "projects that fail at competence 0",
    )
    abandoned_share: float = Number(
        0.25, "share", 0, 1, _GUESS, "one of four", "failed works of which nothing is laid"
    )
    bad_laying_years: float = Number(
        15.0,
        "years",
        0,
        100,
        _GUESS,
        "bedding and joints fail early",
        "age as which a badly laid asset begins",
    )
