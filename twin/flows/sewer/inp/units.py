"""Units of SWMM files: metres and m3/s per unit of each flow unit."""

from __future__ import annotations

FOOT_M = 0.3048
_CUBIC_FOOT_M3 = FOOT_M**3
_GALLON_M3 = 3.785411784e-3
_DAY_S = 86_400.0
FLOW_M3S = {
    "CFS": _CUBIC_FOOT_M3,
    "GPM": _GALLON_M3 / 60.0,
    "MGD": 1e6 * _GALLON_M3 / _DAY_S,
    "CMS": 1.0,
    "LPS": 1e-3,
    "MLD": 1e3 / _DAY_S,
}


def length_m(flow_units: str) -> float:
    """Return metres per unit of length that goes with a unit of flow."""
    return FOOT_M if flow_units in {"CFS", "GPM", "MGD"} else 1.0
