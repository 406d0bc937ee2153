"""What shifts satisfaction besides service: yards and lights nearby, and bills that weigh."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.citizens import Population
    from twin.core.arrays import Float64
    from twin.parameters import BehaviourParams, ParticipationParams

_LIMIT = 0.5


@final
@dataclass(slots=True)
class Disposition:
    """The column `disposition` of citizens, and what it is made of."""

    own: Float64
    """Of each resident at the start, shape (n_citizens,)."""
    amenity: Float64
    """Yards and lights near each building, 0-1, shape (n_buildings,)."""
    burden: Float64
    """Bill over income of each household in the last month, shape (n_households,)."""
    used_to: Float64
    """Burden that each household is used to; NaN before its first bill."""

    @classmethod
    def of(cls, citizens: Population) -> Disposition:
        """Return that of residents before the first day."""
        return cls(
            own=citizens.get("disposition").astype(np.float64),
            amenity=np.zeros(citizens.n_buildings),
            burden=np.zeros(citizens.n_households),
            used_to=np.full(citizens.n_households, np.nan),
        )

    def follow(self, own: Float64, n_households: int) -> None:
        """Take the residents of a new year, and room for the bills of new households."""
        new = n_households - self.burden.size
        self.own = own
        self.burden = np.concatenate([self.burden, np.zeros(new)])
        self.used_to = np.concatenate([self.used_to, np.full(new, np.nan)])

    def note_bills(self, burden: Float64, months_to_get_used: float) -> None:
        """Take a month's burden of bills, shape (n_households,); people get used to it."""
        self.burden = burden
        first = np.isnan(self.used_to)
        part = 1.0 - math.exp(-1.0 / months_to_get_used)
        self.used_to = np.where(first, burden, self.used_to + part * (burden - self.used_to))

    def wear_amenity(self, years: float, life_years: float) -> None:
        """Let yards and lights wear."""
        self.amenity = self.amenity * math.exp(-years / life_years)

    def apply(
        self, citizens: Population, behaviour: BehaviourParams, votes: ParticipationParams
    ) -> None:
        """Set the column of all citizens."""
        near = votes.amenity_gain * self.amenity[citizens.get("building")]
        more = np.nan_to_num(self.burden - self.used_to)
        weighs = behaviour.bill_effect * more[citizens.get("household")]
        citizens.set("disposition", np.clip(self.own + near - weighs, -_LIMIT, _LIMIT))
