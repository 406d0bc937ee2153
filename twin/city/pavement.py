"""Roughness of a street: how age and heavy axles make it, and what wear means on a street.

Physical wear of a street is its roughness (International Roughness Index, IRI) on a scale from a
new street to a broken one; so wear can be measured by driving along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Float64

_NEW = 2.0
_SETTLING = 1.04
NEW_IRI_MPKM = _SETTLING * _NEW
"""Roughness of a new street, m/km."""
WORN_IRI_MPKM = 10.0
"""Roughness at wear 1: broken pavement, m/km."""
_LOAD = 263.0
_STRENGTH_POWER = -5.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pavement:
    """What a street withstands; a group of parameters."""

    climate_per_year: float
    """Growth of roughness by weather alone, 1/year."""
    strength: Mapping[str, float]
    """Modified structural number by `road_class`: about 2 for a lane of houses, 5 for a motorway"""


def roughness_mpkm(
    age_years: Float64, axles_m: Float64, strength: Float64, *, climate_per_year: float
) -> Float64:
    """Return the roughness of streets, m/km.

    Parameters
    ----------
    age_years
        Years since the pavement was laid.
    axles_m
        Millions of standard axles (80 kN) that passed since, in the busiest lane.
    strength, climate_per_year
        See `Pavement`.

    Notes
    -----
    IRI(t) = 1.04 exp(m t) (IRI0 + 263 (1 + SNC)^-5 NE(t)), m the growth by climate.

    References
    ----------
    Paterson & Attoh-Okine, 1992, "Summary models of paved road deterioration based on HDM-III",
    Transportation Research Record 1344, the second model.
    """
    loaded = _NEW + _LOAD * (1.0 + strength) ** _STRENGTH_POWER * axles_m
    return np.asarray(_SETTLING * np.exp(climate_per_year * age_years) * loaded)


def load_years(axles_m: Float64, strength: Float64, *, climate_per_year: float) -> Float64:
    """Return the years by which heavy axles made streets older, by their roughness.

    `roughness_mpkm(age, axles, strength)` equals `roughness_mpkm(age + load_years, 0, strength)`.
    """
    loaded = _LOAD * (1.0 + strength) ** _STRENGTH_POWER * axles_m / _NEW
    return np.asarray(np.log1p(loaded) / climate_per_year)


def wear_share(iri_mpkm: Float64) -> Float64:
    """Return physical wear, 0-1, of streets by their roughness."""
    worn = (iri_mpkm - NEW_IRI_MPKM) / (WORN_IRI_MPKM - NEW_IRI_MPKM)
    return np.asarray(np.clip(worn, 0.0, 1.0))


def iri_mpkm(wear_phys: Float64) -> Float64:
    """Return the roughness of streets by their physical wear, m/km; the inverse of `wear_share`."""
    share = np.clip(wear_phys, 0.0, 1.0)
    return np.asarray(NEW_IRI_MPKM + (WORN_IRI_MPKM - NEW_IRI_MPKM) * share)
