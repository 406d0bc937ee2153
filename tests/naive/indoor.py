"""Slow and obvious cooling of one building: small steps of the heat balances."""

import numpy as np
from scipy.linalg import expm

STEPS = 4000


def one_mass(tau_h, rise_k, outdoor_c, start_c):
    """Return the temperature at the end and (hours below 18, degree-hours, hours below 12)."""
    temp, cold, area, danger = start_c, 0.0, 0.0, 0.0
    for outdoor, rise in zip(outdoor_c, rise_k, strict=True):
        for _ in range(STEPS):
            middle = temp + (outdoor + rise - temp) * 0.5 / (tau_h * STEPS)
            cold += (middle < 18.0) / STEPS
            danger += (middle < 12.0) / STEPS
            area += max(18.0 - middle, 0.0) / STEPS
            temp += (outdoor + rise - middle) / (tau_h * STEPS)
    return temp, (cold, area, danger)


def two_mass(home, heat_w, outdoor_c, start_c):
    """Return (air, walls) at the end and the same three, for conductances and capacities."""
    air_out, air_mass, mass_out, air_jk, mass_jk = home
    matrix = np.array([
        [-(air_out + air_mass) / air_jk, air_mass / air_jk],
        [air_mass / mass_jk, -(air_mass + mass_out) / mass_jk],
    ])  # fmt: skip
    step = expm(matrix * 3600.0 / STEPS)
    state = np.array(start_c, dtype=float)
    cold = area = danger = 0.0
    for outdoor, heat in zip(outdoor_c, heat_w, strict=True):
        given = np.array([air_out * outdoor + heat, mass_out * outdoor]) / [air_jk, mass_jk]
        rest = np.linalg.solve(-matrix, given)
        for _ in range(STEPS):
            after = rest + step @ (state - rest)
            middle = 0.5 * (state[0] + after[0])
            cold += (middle < 18.0) / STEPS
            danger += (middle < 12.0) / STEPS
            area += max(18.0 - middle, 0.0) / STEPS
            state = after
    return state, (cold, area, danger)
