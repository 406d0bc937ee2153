"""How fast cars go on a worn street."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64

NEW_IRI_MPKM = 2.0
"""Roughness of a new street, m/km."""
WORN_IRI_MPKM = 10.0
"""Roughness at wear 1: broken pavement, m/km."""
HARMLESS_IRI_MPKM = 4.0
"""Roughness up to which cars do not slow down, m/km."""
SLOWING_PER_MPKM = 0.05
"""Share of speed lost per m/km beyond that."""


def speed_share(wear_phys: Float64) -> Float64:
    """Return the free-flow speed as share of that on a new street, 0.7-1, same shape.

    Parameters
    ----------
    wear_phys
        Physical wear, 0-1.

    Notes
    -----
    Roughness (International Roughness Index) grows linearly with wear, and speed falls linearly
    with roughness above a harmless level: `1 - 0.05 max(0, IRI - 4)`. The slope is an assumption
    for calibration; measurements agree that there is hardly an effect below 5 m/km, and
    California freeways, nearly all below 3 m/km, lose 0.5-0.6 km/h per m/km.

    References
    ----------
    Sayers, Gillespie & Queiroz, 1986, "The International Road Roughness Experiment", World Bank
    Technical Paper 45 (the scale). Ilic, 2015, doi 10.14415/konferencijaGFS2015.062 (review).
    Wang, Harvey, Lea & Kim, 2013, "Impact of pavement roughness on vehicle free-flow speed",
    University of California Pavement Research Center (California).
    """
    iri_mpkm = NEW_IRI_MPKM + (WORN_IRI_MPKM - NEW_IRI_MPKM) * np.clip(wear_phys, 0.0, 1.0)
    return np.asarray(1.0 - SLOWING_PER_MPKM * np.maximum(iri_mpkm - HARMLESS_IRI_MPKM, 0.0))
