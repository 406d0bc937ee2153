"""What a town uses, needs and loses: norms with their source, or marked as assumption."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int32

DAY_S = 86_400.0
LITRES_PER_PERSON_DAY = 150.0
"""Homes with piped water and sewer: 125-160 l/person/day (SNiP 2.04.02-84, table 1, row 1)."""
LITRES_PER_M2_DAY = {
    "house": 0.0,
    "apartment": 0.0,
    "school": 1.5,
    "kindergarten": 3.0,
    "health": 4.0,
    "public": 1.0,
    "retail": 1.0,
    "office": 1.0,
    "industrial": 1.0,
    "utility": 0.2,
    "ancillary": 0.0,
}
"""Use of water beside residents, by floor area. Assumption."""
PERIOD_FACTORS = (0.35, 0.90, 1.30, 1.05, 1.35, 1.05)
"""Share of the mean demand in six periods of 4 h from midnight; mean 1. Assumption: a town's
usual shape with a morning and an evening peak."""
FIRST_FLOOR_PRESSURE_M = 10.0
FLOOR_PRESSURE_M = 4.0
"""Free head at the ground: 10 m for one storey, 4 m for each more (SNiP 2.04.02-84, 2.26)."""
HIGHEST_SERVED_FLOOR = 5
"""Higher buildings have their own booster pump. Assumption."""
PUMP_EFFICIENCY = 0.65
"""Of pump and motor together. Assumption."""
_BACKGROUND_MAIN_M3S_M = 20.0e-3 / 3600.0 / 1000.0
_BACKGROUND_CONNECTION_M3S = 1.25e-3 / 3600.0
_BACKGROUND_PRESSURE_M = 50.0
BACKGROUND_EXPONENT = 1.5
"""Background leaks are cracks that open with pressure (N1 of FAVAD)."""
WORN_CONDITION_FACTOR = 10.0
"""Background leakage of fully worn pipes over that of good ones. Assumption; infrastructure
condition factors of 1 to over 10 are reported."""
_GROWN_ROUGHNESS_M = {
    "steel": 3.0e-3,
    "cast_iron": 3.0e-3,
    "ductile_iron": 1.0e-3,
    "asbestos_cement": 0.5e-3,
    "pvc": 0.05e-3,
    "pe": 0.05e-3,
    "preinsulated": 0.5e-3,
    "pump": 0.0,
}
"""Roughness added by full wear. Assumption; 3 mm brings a 150 mm pipe to C = 80."""
_LEAST_C = 20.0


def grown_roughness_m(materials: list[str]) -> Float64:
    """Return the roughness that full wear adds, shape (n_pipes,)."""
    return np.array([_GROWN_ROUGHNESS_M[material] for material in materials])


def worn_hazen_williams_c(
    c_new: Float64, diameter_m: Float64, grown_m: Float64, wear_phys: Float64
) -> Float64:
    """Return the Hazen-Williams C of worn pipes.

    C = 18.0 - 37.2 log10(e / D), with the roughness e of the new pipe taken from its own C and
    growing in proportion to wear.

    References
    ----------
    Sharp & Walski, 1988, "Predicting internal roughness in water mains", Journal AWWA 80(11),
    34-40, doi 10.1002/j.1551-8833.1988.tb03132.x (roughness growing linearly with age).
    """
    new_m = diameter_m * 10.0 ** ((18.0 - c_new) / 37.2)
    worn = 18.0 - 37.2 * np.log10((new_m + grown_m * wear_phys) / diameter_m)
    floor: Float64 = np.minimum(_LEAST_C, c_new)
    clipped: Float64 = np.clip(worn, floor, c_new)
    return clipped


def condition_factor(wear_phys: Float64) -> Float64:
    """Return background leakage over that of pipes in good condition: 1 when new."""
    return 1.0 + (WORN_CONDITION_FACTOR - 1.0) * wear_phys


def background_coefficient(length_m: Float64, connections: Float64, factor: Float64) -> Float64:
    """Return background leakage at 1 m pressure, m3/s; it goes with pressure^1.5.

    20 l/h per km of main and 1.25 l/h per connection at 50 m, times the condition factor.

    References
    ----------
    Lambert, Brown, Takizawa & Weimer, 1999, "A review of performance indicators for real losses
    from water supply systems", AQUA 48(6), 227-237 (unavoidable background losses). May, 1994,
    "Pressure dependent leakage", World Water and Environmental Engineering (FAVAD).
    """
    at_50 = _BACKGROUND_MAIN_M3S_M * length_m + _BACKGROUND_CONNECTION_M3S * connections
    at_1: Float64 = at_50 * factor * _BACKGROUND_PRESSURE_M**-BACKGROUND_EXPONENT
    return at_1


def needed_pressure_m(floors: Int32) -> Float64:
    """Return the pressure at the ground from which a building is fully served."""
    served = np.minimum(np.maximum(floors, 1), HIGHEST_SERVED_FLOOR)
    return FIRST_FLOOR_PRESSURE_M + FLOOR_PRESSURE_M * (served - 1.0)


def building_demand_m3s(people: Int32, other_m3s: Float64, *, resident_use: float = 1.0) -> Float64:
    """Return the mean demand of every building over a day.

    `resident_use` is what residents want over the norm, as prices change it.
    """
    litres = LITRES_PER_PERSON_DAY * resident_use
    return people * (litres * 1.0e-3 / DAY_S) + other_m3s


def other_demand_m3s(uses: list[str], floor_area_m2: Float64) -> Float64:
    """Return the demand of buildings beside that of residents, shape (n_buildings,)."""
    litres = np.array([LITRES_PER_M2_DAY[use] for use in uses])
    return litres * floor_area_m2 * 1.0e-3 / DAY_S
