"""Sizes of a synthetic town that follow from its number of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

FLOOR_AREA_PER_PERSON_M2 = 22.5
"""Between the Kazakh average of over 21 m2 and the northern towns' 25 (2016 housing statistics)."""
HOUSE_FLOOR_AREA_M2 = 80.0
LAND_PER_HOUSE_M2 = 1_330.0
"""Parcel of 600 to 1,000 m2 with its part of streets, schools and waste ground."""
SLAB_DENSITY_M2_PER_HA = 4_600.0
"""Floor area of slabs per hectare of superblock, schools and yards included."""
CIVIC_LAND_M2 = 11.0
"""Land per person of the centre with its offices, shops and low flats; less in large towns."""
LARGE_TOWN = 60_000
"""From here on main streets are a bent lattice with two lanes per direction, apartment quarters
thin out from the centre instead of ending at a ring, and parks and waste ground lie between."""
OPEN_SHARE = 0.10
"""Land of a large town without buildings: parks, depots, waste ground. Assumption."""


@final
@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes that follow from the number of people."""

    people: int
    apartment_share: float
    """Share of floor area in apartment buildings."""
    civic_share: float
    """Share of the core's land in the centre proper."""
    core_radius_m: float
    """Of a circle of centre and apartment quarters together; a small town's ring street."""
    radius_m: float
    """Mean radius of the town."""

    @property
    def large(self) -> bool:
        """Return whether the town is built as a large one."""
        return self.people >= LARGE_TOWN

    @property
    def floor_area_m2(self) -> float:
        """Return the residential floor area to be built."""
        return self.people * FLOOR_AREA_PER_PERSON_M2


def scale_for(people: int, *, spread: float = 1.0) -> Scale:
    """Return the sizes of a town of so many people.

    Parameters
    ----------
    people
        Residents, 5,000 to 2,000,000 sensibly.
    spread
        Factor on the land of the private quarters, found by `gis.generate.town.draw`.
    """
    grown = np.log10(people / 14_000.0)
    taller, denser = (0.36, 0.45) if grown < 0.0 else (0.30, 0.25)
    apartment_share = float(np.clip(0.38 + taller * grown, 0.22, 0.72))
    floor_area = people * FLOOR_AREA_PER_PERSON_M2
    density = SLAB_DENSITY_M2_PER_HA * float(np.clip(1.0 + denser * grown, 0.8, 1.25))
    civic_m2 = CIVIC_LAND_M2 * people * min((LARGE_TOWN / people) ** 0.25, 1.0)
    core_m2 = apartment_share * floor_area / density * 1e4 + civic_m2
    houses = (1.0 - apartment_share) * floor_area / HOUSE_FLOOR_AREA_M2
    town_m2 = core_m2 + spread * houses * LAND_PER_HOUSE_M2
    if people >= LARGE_TOWN:
        town_m2 /= 1.0 - OPEN_SHARE
    return Scale(
        people=people,
        apartment_share=apartment_share,
        civic_share=civic_m2 / core_m2,
        core_radius_m=float(np.sqrt(core_m2 / np.pi)),
        radius_m=float(np.sqrt(town_m2 / np.pi)),
    )
