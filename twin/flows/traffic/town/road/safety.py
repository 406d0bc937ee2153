"""Crashes in which somebody is hurt: exposure and speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64

CRASHES_PER_M_VEHKM = 0.6
"""Injury crashes per million vehicle-kilometres at the speed below; an assumption to calibrate on a
town's own count."""
AT_MS = 50.0 / 3.6
SPEED_POWER = 1.2


def injury_crashes(vehkm: Float64, speed_ms: Float64) -> Float64:
    """Return injury crashes expected on streets, same shape.

    Parameters
    ----------
    vehkm
        Vehicle-kilometres driven on each.
    speed_ms
        Mean speed there.

    References
    ----------
    Elvik, 2009, "The power model of the relationship between speed and road safety", TOI report
    1034 (exponent 1.2 for injury crashes in built-up areas).
    """
    faster = np.maximum(speed_ms, 0.0) / AT_MS
    return np.asarray(CRASHES_PER_M_VEHKM * 1e-6 * vehkm * faster**SPEED_POWER)
