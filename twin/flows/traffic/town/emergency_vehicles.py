"""How fast vehicles with sirens drive through the traffic of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64


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
