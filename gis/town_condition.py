"""Classes of town by the condition of its mains: how much is past its norm, and what the books say.

The two differ: books count repairs as improvements and repaired pipes as younger, so wear in the
books lies below the share of length past its norm. Zones of book wear (finprom.kz, 2021): up to
45 % sound, 45-60 % before a crisis, over 65 % ready for emergencies.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, final

from twin.core.errors import CityDataError, Fault
from twin.core.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_CONDITION = "national"


@final
@dataclass(frozen=True, slots=True)
class MainsCondition:
    """Condition of one network."""

    past_norm_share: float
    """Share of length older than its norm, at which renewals stop."""
    book_wear: float
    """Mean wear in the books by length, down to which repaired pipes are booked as younger."""
    source: str


CONDITIONS: Mapping[str, Mapping[str, MainsCondition]] = MappingProxyType(
    {
        "sound": {
            "water": MainsCondition(0.30, 0.40, "guess, within the zone of sound networks"),
            "heat": MainsCondition(0.25, 0.40, "guess, within the zone of sound networks"),
        },
        "national": {
            "water": MainsCondition(
                0.49,
                0.49,
                "67,000 of 137,000 km of heat, water and sewer networks need replacing; books have "
                "49 % (azattyq-ruhy.kz, 2025)",
            ),
            "heat": MainsCondition(
                0.54, 0.54, "54 % of 14,000 km worn (kokshetau.asia, 2024), by age and by the books"
            ),
        },
        "red_zone": {
            "water": MainsCondition(
                0.80, 0.66, "books as in Pavlodar region, the most worn (2025); age is a guess"
            ),
            "heat": MainsCondition(
                0.85,
                0.73,
                "mean of the books of 12 red heat networks, 59.5-91 % (end of 2023, second-hand); "
                "age is a guess",
            ),
        },
    }
)
"""Condition of mains by class of town and network."""


def condition_of(condition: str, network: str) -> MainsCondition:
    """Return the condition of a network in a class of town.

    Raises
    ------
    CityDataError
        If there is no class of that name.
    """
    if condition not in CONDITIONS:
        what = f"{condition!r} is no class of town"
        mend = nearest(condition, list(CONDITIONS))
        raise CityDataError(Fault("condition", what, mend, "E-VALUE"))
    return CONDITIONS[condition][network]
