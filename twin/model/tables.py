"""The tables of a run, written as Parquet by the store."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, final

from twin.city.networks import NETWORKS
from twin.city.votes import PROJECT_KINDS
from twin.city.work_options import OPTION_NAMES
from twin.core.columns import Column, Table
from twin.economy.ledger import Instrument
from twin.institutions.participatory_budget import FATES

if TYPE_CHECKING:
    import pandas as pd

INDICATORS = Table(
    "indicators",
    "Indicators by month, by year and over the whole run",
    (
        Column("period", "str", "length of the period", choices=("month", "year", "run")),
        Column("start", "str", "first day, ISO date"),
        Column("end", "str", "last day, ISO date"),
        Column("indicator", "str", "kind of the indicator"),
        Column("unit", "str", "unit", nullable=True),
        Column("value", "float64", "value; NaN where it is not defined", nullable=True),
    ),
)

ZONES = Table(
    "zones",
    "Zones by year",
    (
        Column("year", "int32", "calendar year"),
        Column("zone_id", "int32", "zone of the city", low=0),
        Column("people", "int32", "residents at the end of the year"),
        Column("reports", "int32", "reports to 109 in the year"),
        *(
            Column(
                f"{network.name}_service",
                "float64",
                network.service_meaning,
                "share",
                0,
                1,
                nullable=True,
                absent=nan,
            )
            for network in NETWORKS
        ),
        Column("cold_degree_hours", "float64", "per dwelling on district heat, under 18 C", "K h"),
        Column("cold_hours", "float64", "under 18 C, per resident on district heat", "h", 0),
        Column("danger_hours", "float64", "under 12 C, per resident on district heat", "h", 0),
        Column(
            "lowest_indoor_c",
            "float64",
            "coldest home on district heat in the year",
            "C",
            nullable=True,
        ),
        Column("electric_heater_kwh", "float64", "electricity of heaters in cold homes", "kWh", 0),
        Column("trust_mean", "float64", "at the end of the year", "share", 0, 1, nullable=True),
        Column(
            "satisfaction_mean", "float64", "at the end of the year", "share", 0, 1, nullable=True
        ),
    ),
)

ASSETS = Table(
    "assets",
    "Assets at the end of each year; the start of the run is the year before the first",
    (
        Column("year", "int32", "calendar year"),
        Column("asset_id", "int32", "stable id over all networks"),
        Column("network", "str", "network"),
        Column("edge_id", "int32", "row in street_edges or util_edges", low=0),
        Column("age_years", "float64", "age", "years", 0),
        Column("wear_phys", "float64", "physical wear", "share", 0, 1),
        Column("wear_book", "float64", "wear in the register", "share", 0, 1),
        Column("failures", "int32", "failures since the start", low=0),
        Column("renewals", "int32", "renewals since the start", low=0),
    ),
)

EVENTS = Table(
    "events",
    "Failures, renewals, investments, refused costs and shocks, in order of their day",
    (
        Column("day", "int32", "days since the start", low=0),
        Column("date", "str", "ISO date"),
        Column(
            "event",
            "str",
            "what happened; a refusal is of costs that nobody lends for",
            choices=("failure", "renewal", "investment", "refusal", "shock"),
        ),
        Column("asset_id", "int32", "stable id, -1 where it is about no asset", low=-1),
        Column("network", "str", "network; kind of a shock; empty for the municipality"),
        Column("severity", "float64", "share of a full break", "share", nullable=True),
        Column("known_by", "str", "report, sensor, alarm, survey, or empty", nullable=True),
        Column("known_day", "int32", "day it became known, -1 not yet", low=-1),
        Column("start_day", "int32", "day work started, -1 not yet", low=-1),
        Column("end_day", "int32", "last day of work, -1 not yet", low=-1),
        Column("reports", "int32", "citizens' reports about it", low=0),
        Column("travel_s", "float64", "crew's way through the streets", "s", nullable=True),
        Column(
            "cost_kzt",
            "float64",
            "cost; of an investment its capital; of a refusal what is unpaid",
            "KZT",
            0,
        ),
        Column(
            "note",
            "str",
            "how a renewal ended; why an investor invests or not; what is unpaid",
            nullable=True,
        ),
    ),
)

HOMES = Table(
    "homes",
    "Hours of the days on which somebody on district heat is below 18 C at home",
    (
        Column("day", "int32", "days since the start", low=0),
        Column("date", "str", "ISO date"),
        Column("hour", "int32", "hour that ends, from midnight", "h", 0, 23),
        Column("outdoor_c", "float64", "air temperature", "C"),
        Column("people_cold", "float64", "residents on district heat below 18 C", low=0),
        Column("people_in_danger", "float64", "residents on district heat below 12 C", low=0),
        Column("indoor_mean_c", "float64", "mean home on district heat", "C"),
        Column("lowest_indoor_c", "float64", "coldest home on district heat", "C"),
        Column("heater_load_kw", "float64", "power of electric heaters in cold homes", "kW", 0),
    ),
)

MONEY = Table(
    "money",
    "Every movement of money, summed by month, accounts, purpose and asset; in whole tiyn",
    (
        Column("month", "str", "such as 2026-01"),
        Column(
            "instrument",
            "str",
            "cash; claim: a bill not paid yet; loan; value: book value of networks",
            choices=tuple(Instrument),
        ),
        Column("source", "str", "account it leaves; of claims and loans, who owes"),
        Column("target", "str", "account it enters; of claims and loans, who is owed"),
        Column("purpose", "str", "what for"),
        Column("asset_id", "int32", "stable id of the asset it was spent on, -1 none", low=-1),
        Column("amount_tiyn", "int64", "amount; 100 tiyn are 1 KZT", "tiyn", 1),
    ),
)

VOTES = Table(
    "votes",
    "Projects of participatory budgets, one row each",
    (
        Column("year", "int32", "calendar year of the vote"),
        Column("project_id", "str", "year and place among its proposals"),
        Column("kind", "str", "what it builds", choices=PROJECT_KINDS),
        Column("building_uid", "str", "home of the proposer, where it stands"),
        Column("asset_id", "int32", "asset it renews, -1 none", low=-1),
        Column("network", "str", "network of that asset, or empty", nullable=True),
        Column("person_id", "int32", "who proposed it", low=0),
        Column("cost_tiyn", "int64", "cost in the proposal", "tiyn", 0),
        Column("votes", "int32", "ballots that name it", low=0),
        Column("fate", "str", "what became of it", choices=FATES),
        Column("paid_tiyn", "int64", "paid for it", "tiyn", 0),
        Column("built", "str", "ISO date on which it was finished, or empty", nullable=True),
    ),
)

WORKS = Table(
    "works",
    "Planned works in the order in which they were finished: the capital plan as carried out",
    (
        Column("year", "int32", "calendar year"),
        Column("asset_id", "int32", "stable id", low=0),
        Column("uid", "str", "name of the edge in the city's tables"),
        Column("network", "str", "network"),
        Column("edge_id", "int32", "row in street_edges or util_edges", low=0),
        Column("action", "str", "what was done", choices=OPTION_NAMES[1:]),
        Column("length_m", "float64", "length", "m", 0),
        Column("cost_kzt", "float64", "cost", "KZT", 0),
        Column("start_day", "int32", "day work started", low=0),
        Column("end_day", "int32", "last day of work", low=0),
        Column("reason", "str", "why it was in the plan, in words"),
    ),
)

RUN_TABLES: tuple[Table, ...] = (INDICATORS, ZONES, ASSETS, EVENTS, HOMES, MONEY, VOTES, WORKS)


@final
@dataclass(frozen=True, slots=True, eq=False)
class RunResult:
    """Everything a run leaves behind; `twin.experiment.store` writes it."""

    indicators: pd.DataFrame
    zones: pd.DataFrame
    assets: pd.DataFrame
    events: pd.DataFrame
    homes: pd.DataFrame
    money: pd.DataFrame
    votes: pd.DataFrame
    works: pd.DataFrame
    invariants: dict[str, float]
    """Largest relative imbalance of water, heat and vehicles; tiyn that money misses."""
    solves: dict[str, int]
    """Flow solves per network."""
