"""What the participatory budget remembers; `twin.model.participation` holds its rounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from twin.indicators import Sums

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.institutions.participatory_budget import Round
    from twin.parameters import ParticipationParams


@final
@dataclass(slots=True)
class Participation:
    """What the participatory budget remembers."""

    params: ParticipationParams
    outage_days: Float64
    """Days with outages of each resident when the year opened, shape (n_citizens,)."""
    round: Round | None = None
    rows: list[tuple[object, ...]] = field(default_factory=list)
    """Of the table of votes."""
    noted: Sums = field(default_factory=Sums)
    """Of rounds held and closed on New Year's Eve, counted on the next day."""
