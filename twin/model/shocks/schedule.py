"""Shocks of a run, sorted by what they act on: every kind has its place, or mypy objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never, final

from twin.model.shocks.largest_mains import largest_mains
from twin.scenario import (
    ColdSpell,
    JobLoss,
    MainBreak,
    PipeFailures,
    SourceDerating,
    StreetClosure,
    WornNetwork,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twin.city.bundle import City
    from twin.core.arrays import Int64
    from twin.scenario import Shock


@final
@dataclass(frozen=True, slots=True, eq=False)
class Shocks:
    """Shocks in the order of the file."""

    cold_spells: list[ColdSpell] = field(default_factory=list)
    """For the weather."""
    deratings: list[SourceDerating] = field(default_factory=list)
    """For the sources of a network."""
    worn: list[WornNetwork] = field(default_factory=list)
    """For the assets, before they age."""
    breaks: list[tuple[int, PipeFailures | MainBreak]] = field(default_factory=list)
    """For the assets, after they aged; each with its place in the file."""
    closures: list[tuple[int, StreetClosure]] = field(default_factory=list)
    """For the streets; each with its place in the file."""
    job_losses: list[JobLoss] = field(default_factory=list)
    """For the people."""
    mains: dict[int, Int64] = field(default_factory=dict)
    """Rows among its network's edges of the mains that each `main_break` tears, by its place."""


def scheduled(shocks: Iterable[Shock], city: City) -> Shocks:
    """Return the shocks by what they act on; `city` is the one before any lever acts."""
    found = Shocks()
    for place, shock in enumerate(shocks):
        match shock:
            case ColdSpell():
                found.cold_spells.append(shock)
            case SourceDerating():
                found.deratings.append(shock)
            case WornNetwork():
                found.worn.append(shock)
            case PipeFailures():
                found.breaks.append((place, shock))
            case MainBreak():
                found.breaks.append((place, shock))
                found.mains[place] = largest_mains(
                    city, shock.network, shock.count, shock.most_share
                )
            case StreetClosure():
                found.closures.append((place, shock))
            case JobLoss():
                found.job_losses.append(shock)
            case _:
                assert_never(shock)
    return found
