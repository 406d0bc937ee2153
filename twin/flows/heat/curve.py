"""How hot a plant sends water at which cold, and when the season begins and ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64

HEATING_BELOW_C = 10.0
_SEASON_DAYS = 5


@final
@dataclass(frozen=True, slots=True)
class QualityCurve:
    """Supply and return temperatures that follow the cold at constant flow.

    The names of such curves are their design temperatures: 95/70, 130/70, 150/70.

    Notes
    -----
    With q = (t_in - t_out) / (t_in - t_design), D = (T_house + T_return) / 2 - t_in and
    th = T_house - T_return at design: a = t_in + D q^n, supply a + (T_supply - T_return - th/2) q,
    house a + th q / 2, return a - th q / 2; n = 1 / 1.3 for radiators. Colder than design
    nothing rises any more; at q = 0 all are t_in.

    References
    ----------
    Sokolov, E. Ya., 1999, "Teplofikatsiya i teplovye seti", chapter on central regulation.
    """

    supply_c: float
    """To the network at design cold."""
    return_c: float
    """Back from it."""
    design_outdoor_c: float
    indoor_c: float = 20.0
    house_c: float = 95.0
    """Into radiators at design cold, after the elevator; not above `supply_c`."""
    exponent: float = 1.0 / 1.3

    def __post_init__(self) -> None:
        """Refuse temperatures out of order."""
        ordered = self.indoor_c < self.return_c < min(self.house_c, self.supply_c)
        if not ordered or self.design_outdoor_c >= self.indoor_c:
            raise CityDataError(
                Fault(
                    "quality curve",
                    f"supply {self.supply_c:g} C, return {self.return_c:g} C, indoor "
                    f"{self.indoor_c:g} C, design outdoor {self.design_outdoor_c:g} C are not in "
                    "falling order",
                    "for instance supply_c=130, return_c=70, design_outdoor_c=-31",
                )
            )

    def load(self, outdoor_c: Float64 | float) -> Float64:
        """Return heat as a share of heat at design, 0-1."""
        span = self.indoor_c - self.design_outdoor_c
        share: Float64 = np.clip((self.indoor_c - np.asarray(outdoor_c)) / span, 0.0, 1.0)
        return share

    def temperatures(self, outdoor_c: Float64 | float) -> tuple[Float64, Float64, Float64]:
        """Return (supply, house, return) in C at outdoor temperatures of any shape."""
        q = self.load(outdoor_c)
        house_c = min(self.house_c, self.supply_c)
        fall = house_c - self.return_c
        middle = (
            self.indoor_c + (0.5 * (house_c + self.return_c) - self.indoor_c) * q**self.exponent
        )
        supply = middle + (self.supply_c - self.return_c - 0.5 * fall) * q
        return supply, middle + 0.5 * fall * q, middle - 0.5 * fall * q

    def mixing_ratio(self) -> float:
        """Return the elevator's ratio of mixed return to supply water at design.

        u = (T_supply - T_house) / (T_house - T_return).
        """
        house_c = min(self.house_c, self.supply_c)
        return (self.supply_c - house_c) / (house_c - self.return_c)


def heating_season(daily_mean_c: Float64) -> Bool:
    """Return whether heating is on for each day, shape (n_days,).

    It goes on after five days in a row with a mean of +10 C or less, and off after five days
    in a row above (MSN 4.02-02-2004 and city rules after it). A series that begins at +10 C or
    less begins heated.
    """
    mean = np.asarray(daily_mean_c, dtype=np.float64)
    on = np.zeros(mean.size, dtype=np.bool_)
    heated = bool(mean.size and mean[0] <= HEATING_BELOW_C)
    against = 0
    for day in range(mean.size):
        on[day] = heated
        against = against + 1 if (mean[day] <= HEATING_BELOW_C) != heated else 0
        if against >= _SEASON_DAYS:
            heated, against = not heated, 0
    return on
