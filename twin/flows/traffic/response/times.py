"""How long a unit drives, and whom it reaches in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64
    from twin.flows.traffic.response.units import Coverage

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


def emergency_time_s(
    free_s: Float64, time_s: Float64, delay_share: float, may_pass: Bool | None = None
) -> Float64:
    """Return the time on every link for a unit on its way to a call, shape (n_links,).

    Sirens and signals that turn green shorten the waiting, not the road: a share of the delay is
    left, never less than the time of an empty street.

    Parameters
    ----------
    free_s, time_s
        Time on the empty street and now, shape (n_links,); infinite now: closed.
    delay_share
        Share of drivers' delay that a unit suffers, 0-1.
    may_pass
        True where a unit may drive although the street is closed to cars: it finds it empty.

    References
    ----------
    Poulton, Noulas, Weston & Roussos, 2018, "Modelling metropolitan-area ambulance mobility under
    blue light conditions", arXiv:1812.03181 (blue lights gain most where others queue).
    """
    shut = ~np.isfinite(time_s)
    delay_s = np.where(shut, 0.0, time_s - free_s)
    closed_s = np.inf if may_pass is None else np.where(may_pass, free_s, np.inf)
    return np.asarray(np.where(shut, closed_s, free_s + delay_share * delay_s))


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
