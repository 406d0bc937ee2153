"""What heavy vehicles do to pavement: the fourth power of the load on each axle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

STANDARD_AXLE_KN = 80.0
FOURTH = 4.0
"""Power of the load; 4.2 was estimated anew from the AASHO road test (Prozzi & Madanat, 2003,
doi 10.1061/(ASCE)0733-947X(2003)129:6(635))."""


def standard_axles(loads_kn: tuple[float, ...], *, power: float = FOURTH) -> float:
    """Return how many standard axles of 80 kN do the harm of one pass of some axles.

    Examples
    --------
    A car does no harm: two axles of 7 kN are a ten-thousandth of a standard axle.

    >>> round(standard_axles((7.0, 7.0)), 5)
    0.00012
    >>> standard_axles((80.0, 80.0))
    2.0
    """
    return float(sum((load / STANDARD_AXLE_KN) ** power for load in loads_kn))


@final
@dataclass(frozen=True, slots=True)
class HeavyVehicle:
    """Axle loads of a kind of vehicle, full and empty; half of the trips are made empty."""

    name: str
    full_kn: tuple[float, ...]
    empty_kn: tuple[float, ...]

    @property
    def axles(self) -> float:
        """Standard axles per trip, mean of full and empty."""
        return (standard_axles(self.full_kn) + standard_axles(self.empty_kn)) / 2.0


SINGLE_UNIT = HeavyVehicle("single-unit truck", (45.0, 75.0), (30.0, 30.0))
ARTICULATED = HeavyVehicle(
    "articulated truck", (65.0, 95.0, 70.0, 70.0, 70.0), (55.0, 45.0, 20.0, 20.0, 20.0)
)
BUS = HeavyVehicle("bus", (60.0, 100.0), (45.0, 65.0))
TRUCKS = (SINGLE_UNIT, ARTICULATED)
"""Typical of 12 t trucks, 40 t articulated trucks and 12 m buses; assumptions to calibrate."""
