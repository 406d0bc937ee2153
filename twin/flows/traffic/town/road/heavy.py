"""What heavy vehicles do to pavement: the fourth power of the load on each axle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from twin.parameters import HeavyVehicleParams

STANDARD_AXLE_KN = 80.0
FOURTH = 4.0


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

    full_kn: tuple[float, ...]
    empty_kn: tuple[float, ...]
    power: float = FOURTH

    @property
    def axles(self) -> float:
        """Standard axles per trip, mean of full and empty."""
        each = (standard_axles(loads, power=self.power) for loads in (self.full_kn, self.empty_kn))
        return sum(each) / 2.0


def trucks(params: HeavyVehicleParams) -> tuple[HeavyVehicle, HeavyVehicle]:
    """Return the single-unit and the articulated truck."""
    power = float(params.load_power)
    single = params.single_unit_full.loads_kn, params.single_unit_empty.loads_kn
    articulated = params.articulated_full.loads_kn, params.articulated_empty.loads_kn
    return HeavyVehicle(*single, power), HeavyVehicle(*articulated, power)


def bus(params: HeavyVehicleParams) -> HeavyVehicle:
    """Return the bus."""
    loads = params.bus_full.loads_kn, params.bus_empty.loads_kn
    return HeavyVehicle(*loads, float(params.load_power))
