"""The building stock as heat capacities: what buildings lose, and how fast they cool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.flows.heat.town.demand import building_loss_wk, construction_period
from twin.parameters import TimeConstants

if TYPE_CHECKING:
    from twin.core.arrays import Float64

COLD_BELOW_C = 18.0
DANGER_BELOW_C = 12.0

_USUAL = TimeConstants()


@final
@dataclass(frozen=True, slots=True)
class BuildingsParams:
    """What heat does to buildings, one row each."""

    ua_wk: Float64
    """Loss per kelvin of indoor over outdoor temperature, gains taken off, (n_buildings,)."""
    tau_h: Float64
    """Time constant of cooling, (n_buildings,)."""


def building_params(
    floor_area_m2: Float64,
    built_year: np.ndarray,
    use: np.ndarray,
    constants: TimeConstants = _USUAL,
) -> BuildingsParams:
    """Return loss and time constant from floor area, year and use, each shape (n_buildings,).

    `use` is one of the uses of a city's buildings. The loss is the one that the heat network is
    loaded with (`twin.flows.heat.building_loss_wk`).
    """
    period = construction_period(built_year)
    names = np.asarray(use).astype(str)
    tau_h = np.empty(names.size)
    for name in np.unique(names):
        own = names == name
        tau_h[own] = np.array(constants.of_use(str(name)).by_period_h, dtype=float)[period[own]]
    return BuildingsParams(building_loss_wk(floor_area_m2, built_year, use), tau_h)


@final
@dataclass(frozen=True, slots=True)
class TwoMassParams:
    """Buildings as air and walls: two resistances to the outside, two capacities, one row each."""

    air_out_wk: Float64
    """Windows and ventilation, (n_buildings,)."""
    air_mass_wk: Float64
    """Between air and walls, (n_buildings,)."""
    mass_out_wk: Float64
    """Through the outer part of the walls, (n_buildings,)."""
    air_jk: Float64
    """Air, furniture and the surfaces that follow them, (n_buildings,)."""
    mass_jk: Float64
    """Walls and floors, (n_buildings,)."""

    def __post_init__(self) -> None:
        """Refuse what is not positive, or of another length."""
        faults = []
        size = np.shape(self.air_out_wk)
        for name in ("air_out_wk", "air_mass_wk", "mass_out_wk", "air_jk", "mass_jk"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            if values.shape != size or not np.all(values > 0):
                mend = f"give {size} positive values; `two_mass` makes them from `building_params`"
                faults.append(Fault(name, "is not positive throughout", mend))
        if faults:
            raise CityDataError(faults)

    @property
    def ua_wk(self) -> Float64:
        """Loss per kelvin in the steady state, (n_buildings,)."""
        through = self.air_mass_wk * self.mass_out_wk / (self.air_mass_wk + self.mass_out_wk)
        return self.air_out_wk + through


def two_mass(
    params: BuildingsParams,
    *,
    air_share: float = 0.05,
    coupling: float = 7.0,
    wall_loss_share: float = 0.3,
) -> TwoMassParams:
    """Split buildings of one capacity into air and walls.

    Parameters
    ----------
    params
        Loss, which is kept, and time constant, which becomes the slow one of the two.
    air_share
        Share of the capacity that follows the air; an assumption, as the next two.
    coupling
        Conductance between air and walls over UA: 5-10 is usual.
    wall_loss_share
        Share of the loss that goes through the walls; the remainder is windows and ventilation.
    """
    air_out = (1.0 - wall_loss_share) * params.ua_wk
    air_mass = coupling * params.ua_wk
    through = wall_loss_share * params.ua_wk
    mass_out = through * air_mass / (air_mass - through)
    # with fixed shares both rates scale with 1 / capacity: find the slow one at 1 J/K, then scale
    a, d = (air_out + air_mass) / air_share, (air_mass + mass_out) / (1.0 - air_share)
    cross = air_mass**2 / (air_share * (1.0 - air_share))
    slow = 0.5 * (a + d) - np.sqrt(0.25 * (a - d) ** 2 + cross)
    capacity_jk = slow * params.tau_h * 3600.0
    return TwoMassParams(
        air_out_wk=air_out,
        air_mass_wk=air_mass,
        mass_out_wk=mass_out,
        air_jk=air_share * capacity_jk,
        mass_jk=(1.0 - air_share) * capacity_jk,
    )
