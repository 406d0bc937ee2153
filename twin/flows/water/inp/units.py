"""Units of EPANET input files, as factors to SI.

References
----------
Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, appendix A.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

FOOT_M = 0.3048
_INCH_M = 0.0254
_GALLON_M3 = 231.0 * _INCH_M**3
_DAY_S = 86400.0
_PSI_PER_FOOT = 0.4333
"""As EPANET rounds it."""
_KPA_PER_M = 6.894757 * _PSI_PER_FOOT / FOOT_M
_HORSEPOWER_W = 745.7

_US = {
    "CFS": FOOT_M**3,
    "GPM": _GALLON_M3 / 60.0,
    "MGD": 1e6 * _GALLON_M3 / _DAY_S,
    "IMGD": 1e6 * 4.54609e-3 / _DAY_S,
    "AFD": 43560.0 * FOOT_M**3 / _DAY_S,
}
_METRIC = {
    "LPS": 1e-3,
    "LPM": 1e-3 / 60.0,
    "MLD": 1e3 / _DAY_S,
    "CMH": 1.0 / 3600.0,
    "CMD": 1.0 / _DAY_S,
    "CMS": 1.0,
}
FLOW_UNITS = {**_US, **_METRIC}
_PRESSURE_M = {
    "PSI": FOOT_M / _PSI_PER_FOOT,
    "KPA": 1.0 / _KPA_PER_M,
    "METERS": 1.0,
    "BAR": 100.0 / _KPA_PER_M,
    "FEET": FOOT_M,
}
_COLUMNS = ("METERS", "FEET")  # heights of the liquid itself, whatever it weighs
PRESSURE_UNITS = tuple(_PRESSURE_M)


@final
@dataclass(frozen=True, slots=True)
class Units:
    """Factors from the units of a file to SI."""

    flow_m3s: float
    length_m: float
    """Elevations, heads, levels, lengths and diameters of tanks."""
    diameter_m: float
    """Of pipes, pumps and valves: inches or millimetres."""
    rough_m: float
    """Sand roughness: thousandths of a foot or of a metre."""
    volume_m3: float
    power_w: float
    pressure_m: float


def units_of(flow: str, pressure: str | None, specific_gravity: float) -> Units:
    """Return the units a flow unit brings with it; pressure of its system unless named."""
    us = flow in _US
    pressure = pressure or ("PSI" if us else "METERS")
    length = FOOT_M if us else 1.0
    head = _PRESSURE_M[pressure]
    return Units(
        flow_m3s=FLOW_UNITS[flow],
        length_m=length,
        diameter_m=_INCH_M if us else 1e-3,
        rough_m=1e-3 * length,
        volume_m3=length**3,
        power_w=_HORSEPOWER_W if us else 1e3,
        pressure_m=head if pressure in _COLUMNS else head / specific_gravity,
    )
