"""Levers: what a planner can set. Importing this package registers every lever."""

from twin.policy import (
    budget,
    closures,
    detection,
    dispatch,
    emergency,
    institutions,
    links,
    participation,
    renewal,
    signals,
    tariff,
)
from twin.policy.base import AbstractLever, Cadence, levers

__all__ = [
    "AbstractLever",
    "Cadence",
    "budget",
    "closures",
    "detection",
    "dispatch",
    "emergency",
    "institutions",
    "levers",
    "links",
    "participation",
    "renewal",
    "signals",
    "tariff",
]
