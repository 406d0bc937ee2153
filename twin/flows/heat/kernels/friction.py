"""Compiled pressure loss of pipes by Darcy and Weisbach: dp = f L/D m|m| / (2 rho A^2).

All rows are done in a few plain passes over arrays, which become vector code: a third of the time
of a function per pipe with the library's logarithm and power. A row is a pipe, or a pipe of one
scenario.
"""

import math
from typing import NamedTuple

import numpy as np

from twin.kernels.explog import exp_into, log_into
from twin.kernels.jit import kernel

SWAMEE_JAIN = 0
COLEBROOK = 1
NIKURADSE = 2

_BLOCK = 512  # rows at a time, so that scratch stays in the nearest cache
_LN10_FACTOR = 0.25 * math.log(10.0) ** 2
_COLEBROOK_STEPS = 3  # from Swamee and Jain's value, Newton's method ends at rounding
_TWO_PER_LN10 = 2.0 / math.log(10.0)


class Bores(NamedTuple):
    """What of a pipe friction depends on, and the law; shape (n_rows,)."""

    per_flow_m: np.ndarray  # D / A: Reynolds number = |m| * this / mu
    per_flow_squared: np.ndarray  # L / (2 D A^2) in 1/m4: dp = f * this / rho * m|m|
    roughness: np.ndarray  # k / (3.7 D)
    law: int  # SWAMEE_JAIN, COLEBROOK, NIKURADSE
    laminar_re: float  # friction is laminar below
    turbulent_re: float  # and turbulent above


class FrictionWork(NamedTuple):
    """Properties of the water in every pipe, what is found, and scratch; shape (n_rows,)."""

    density_kgm3: np.ndarray
    viscosity_pas: np.ndarray
    loss_pa: np.ndarray  # signed with the flow
    slope: np.ndarray  # Pa per kg/s
    reynolds: np.ndarray  # not below turbulent_re
    factor: np.ndarray  # Darcy's, at that Reynolds number
    by_reynolds: np.ndarray  # its slope
    spare: np.ndarray
    bits: np.ndarray


@kernel
def friction_into(flow_kgs, bores, out_work):
    """Find every row's pressure loss and slope from its flow and the water's properties.

    Laminar (64/Re) below the first bound, turbulent above the second, between them the cubic that
    meets both in value and slope (the idea of Dunlop, 1991, as in EPANET). The laminar slope is
    the floor that keeps still water in the equations. Nikuradse's law has no bounds.
    """
    work = out_work
    for begin in range(0, flow_kgs.size, _BLOCK):
        end = min(begin + _BLOCK, flow_kgs.size)
        rows = (begin, end)
        if bores.law == NIKURADSE:
            _rough_into(flow_kgs, bores, rows, work)
            continue
        for i in range(begin, end):
            reynolds = abs(flow_kgs[i]) * bores.per_flow_m[i] / work.viscosity_pas[i]
            work.reynolds[i] = max(reynolds, bores.turbulent_re)
        _swamee_jain_into(bores.roughness, rows, work)
        if bores.law == COLEBROOK:
            _colebrook_into(bores.roughness, rows, work)
        _blend_into(flow_kgs, bores, rows, work)


@kernel
def _swamee_jain_into(roughness, rows, work):
    """Find the turbulent friction factor and its slope by Reynolds number.

    Swamee & Jain, 1976, J. Hydraul. Div. ASCE 102(5): f = 0.25 / log10(k/3.7D + 5.74/Re^0.9)^2.
    """
    begin, end = rows
    reynolds, rough = work.reynolds[begin:end], roughness[begin:end]
    factor, by_reynolds = work.factor[begin:end], work.by_reynolds[begin:end]
    spare, bits = work.spare[begin:end], work.bits[begin:end]
    log_into(reynolds, bits, spare)
    for i in range(spare.size):
        spare[i] *= -0.9
    exp_into(spare, bits, by_reynolds)
    for i in range(spare.size):
        by_reynolds[i] *= 5.74
        spare[i] = rough[i] + by_reynolds[i]
    log_into(spare, bits, factor)
    for i in range(spare.size):
        logarithm = factor[i]
        factor[i] = _LN10_FACTOR / (logarithm * logarithm)
        steep = 1.8 * factor[i] / (reynolds[i] * spare[i] * logarithm)
        by_reynolds[i] *= steep


@kernel
def _colebrook_into(roughness, rows, work):
    """Turn Swamee and Jain's factor into Colebrook's, 1/sqrt(f) = x, by Newton's method.

    Colebrook, 1939, J. Inst. Civ. Eng. 11(4), 133-156: x = -2 log10(k/3.7D + 2.51 x / Re).
    """
    begin, end = rows
    reynolds, rough = work.reynolds[begin:end], roughness[begin:end]
    factor, by_reynolds = work.factor[begin:end], work.by_reynolds[begin:end]
    spare, bits = work.spare[begin:end], work.bits[begin:end]
    for i in range(factor.size):
        factor[i] = 1.0 / math.sqrt(factor[i])
    for _ in range(_COLEBROOK_STEPS):
        for i in range(factor.size):
            spare[i] = rough[i] + 2.51 * factor[i] / reynolds[i]
        log_into(spare, bits, by_reynolds)
        for i in range(factor.size):
            rise = _TWO_PER_LN10 * 2.51 / (reynolds[i] * spare[i])
            factor[i] -= (factor[i] + _TWO_PER_LN10 * by_reynolds[i]) / (1.0 + rise)
    for i in range(factor.size):
        x = factor[i]
        rise = _TWO_PER_LN10 * 2.51 / (reynolds[i] * (rough[i] + 2.51 * x / reynolds[i]))
        factor[i] = 1.0 / (x * x)
        by_reynolds[i] = -2.0 * factor[i] * rise / (reynolds[i] * (1.0 + rise))


@kernel
def _blend_into(flow_kgs, bores, rows, work):
    """Write losses and slopes from turbulent factors, laminar flow and the cubic between."""
    laminar_re, turbulent_re = bores.laminar_re, bores.turbulent_re
    span = turbulent_re - laminar_re
    first = 64.0 / laminar_re
    first_rise = -first / laminar_re * span
    begin, end = rows
    for i in range(begin, end):
        flow = flow_kgs[i]
        size = abs(flow)
        per_flow = bores.per_flow_m[i] / work.viscosity_pas[i]
        scale = bores.per_flow_squared[i] / work.density_kgm3[i]
        reynolds = size * per_flow
        last, last_slope = work.factor[i], work.by_reynolds[i]
        last_rise = last_slope * span
        x = (min(reynolds, turbulent_re) - laminar_re) / span
        c2 = 3.0 * (last - first) - 2.0 * first_rise - last_rise
        c3 = 2.0 * (first - last) + first_rise + last_rise
        factor = first + x * (first_rise + x * (c2 + x * c3))
        by_reynolds = (first_rise + x * (2.0 * c2 + 3.0 * x * c3)) / span
        if reynolds >= turbulent_re:
            factor = last
            by_reynolds = last_slope
        loss = factor * scale * flow * size
        slope = scale * size * (2.0 * factor + by_reynolds * reynolds)
        if reynolds <= laminar_re:
            slope = 64.0 * scale / per_flow
            loss = slope * flow
        work.loss_pa[i] = loss
        work.slope[i] = slope


@kernel
def _rough_into(flow_kgs, bores, rows, work):
    """Write losses and slopes of f = 64/Re + 1 / (2 log10(3.7 D/k))^2.

    Nikuradse's fully rough pipe (1933, VDI-Forschungsheft 361) plus the laminar law, at all flows.
    """
    begin, end = rows
    for i in range(begin, end):
        flow = flow_kgs[i]
        scale = bores.per_flow_squared[i] / work.density_kgm3[i]
        rough = 0.0
        if bores.roughness[i] > 0.0:
            rough = _LN10_FACTOR / math.log(bores.roughness[i]) ** 2
        laminar = 64.0 * scale * work.viscosity_pas[i] / bores.per_flow_m[i]
        work.loss_pa[i] = flow * (laminar + rough * scale * abs(flow))
        work.slope[i] = laminar + 2.0 * rough * scale * abs(flow)
