"""Scenario files: YAML in, a frozen and hashed `Scenario` out, every fault with its place."""

from twin.scenario.fields import CityChoice, Expectation, StateFund, Synthesise, scenario_schema
from twin.scenario.load import load_scenario, scenario_from_text
from twin.scenario.overrides import override
from twin.scenario.shocks import (
    AbstractShock,
    ColdSpell,
    JobLoss,
    MainBreak,
    PipeFailures,
    Shock,
    SourceDerating,
    StreetClosure,
    WornNetwork,
    shocks,
)
from twin.scenario.spec import BASE, Scenario, Town, facts_of_towns

__all__ = [
    "BASE",
    "AbstractShock",
    "CityChoice",
    "ColdSpell",
    "Expectation",
    "JobLoss",
    "MainBreak",
    "PipeFailures",
    "Scenario",
    "Shock",
    "SourceDerating",
    "StateFund",
    "StreetClosure",
    "Synthesise",
    "Town",
    "WornNetwork",
    "facts_of_towns",
    "load_scenario",
    "override",
    "scenario_from_text",
    "scenario_schema",
    "shocks",
]
