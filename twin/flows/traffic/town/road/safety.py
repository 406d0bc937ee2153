"""Crashes in which somebody is hurt: exposure and speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.parameters import StreetParams

AT_MS = 50.0 / 3.6


def injury_crashes(vehkm: Float64, speed_ms: Float64, params: StreetParams) -> Float64:
    """Return injury crashes expected on streets, same shape.

    Parameters
    ----------
    vehkm
        Vehicle-kilometres driven on each.
    speed_ms
        Mean speed there.
    params
        Crashes at 50 km/h and the power of speed.

    References
    ----------
    Elvik, 2009, "The power model of the relationship between speed and road safety", TOI report
    1034 (exponent 1.2 for injury crashes in built-up areas).
    """
    faster = np.maximum(speed_ms, 0.0) / AT_MS
    return np.asarray(
        params.crashes_per_m_vehkm * 1e-6 * vehkm * faster ** float(params.crash_speed_power)
    )
