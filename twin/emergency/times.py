"""Whom units reach in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.emergency.units import Coverage

LIMITS_S = (480.0, 600.0, 900.0)
"""Limits of response that are reported, s: 8, 10 and 15 minutes."""


@final
@dataclass(frozen=True, slots=True)
class Reach:
    """How soon units of one kind reach the people of a city, units being busy at times."""

    within_share: tuple[float, ...]
    """Share of people (calls) reached within each limit of `LIMITS_S`."""
    reached_share: float
    """Share reached at all: a way is open and a unit is free."""
    mean_s: float
    """Mean time from call to arrival over those reached, s; 0 where nobody is."""
    busy_share: float
    """Share of time units are out, mean over units."""


def reach(
    times_s: Float64, people: Float64, found: Coverage, limits_s: tuple[float, ...] = LIMITS_S
) -> Reach:
    """Sum up response times over people.

    Parameters
    ----------
    times_s
        From call to arrival of every unit at every place, shape (n_units, n_places).
    people
        Weight of every place, shape (n_places,); not all 0.
    found
        Who answers whose calls, from `coverage` of these times.
    limits_s
        Limits to report.
    """
    by_place = np.take_along_axis(times_s.T, found.unit.astype(np.int64), axis=1)
    answered = np.where(np.isfinite(by_place), found.share, 0.0) * people[:, np.newaxis]
    everyone = float(people.sum())
    reached = float(answered.sum())
    spent = float((answered * np.where(answered > 0.0, by_place, 0.0)).sum())
    return Reach(
        within_share=tuple(
            float(answered[by_place <= limit].sum()) / everyone for limit in limits_s
        ),
        reached_share=reached / everyone,
        mean_s=spent / reached if reached > 0.0 else 0.0,
        busy_share=float(found.busy.mean()),
    )
