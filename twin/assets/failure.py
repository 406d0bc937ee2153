"""One failure of an asset, from the day it happens to the day it is mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

KNOWN_BY = ("report", "sensor", "alarm", "survey")
"""How a failure becomes known."""


@final
@dataclass(slots=True)
class Failure:
    """One failure from the day it happens to the day it is mended."""

    asset: int
    """Row in the register."""
    asset_id: int
    network: int
    day: int
    severity: float
    """0-1, the share of a full break."""
    surfaces: bool
    """Whether it shows on the street."""
    ordinal: int
    """Which failure of this asset it is, from 1."""
    breaks: int = 1
    """Breaks of this asset waiting for the same repair."""
    joined_to: Failure | None = None
    """Earlier failure of the same asset, still open, that this one is mended with."""
    known_day: int = -1
    known_by: str = ""
    isolated: bool = False
    clamped: bool = False
    """Under a clamp and in service, as money for the repair is lacking."""
    start_day: int = -1
    end_day: int = -1
    reports: int = 0
    travel_s: float = float("nan")
    cost_kzt: float = 0.0
