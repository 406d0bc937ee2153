"""Compiled cooling of buildings of one or two capacities: exact steps of an hour.

Between two full hours outdoor temperature and heat are constant, so indoor temperature is
T(t) = rest + p1 exp(-r1 t) + p2 exp(-r2 t), t in hours; a building of one capacity has p2 = 0.
Such a curve turns at most once, so it is cut at its turn and each part crosses a limit once.
"""

import math
from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel

_HALVINGS = 60  # an hour halved so often is below rounding


class OneMass(NamedTuple):
    """Buildings of one capacity, shape (n_buildings,)."""

    rate_per_h: np.ndarray  # 1 / time constant


class TwoMass(NamedTuple):
    """Buildings of two capacities, air and walls; matrix in 1/h: d(air, mass)/dt = M (air, mass).

    M = [[-air_out, air_mass], [mass_air, -mass_out]] of what leaves and what comes, each
    shape (n_buildings,).
    """

    air_out: np.ndarray
    air_mass: np.ndarray
    mass_air: np.ndarray
    mass_out: np.ndarray
    mass_share: np.ndarray  # rise of the walls over that of the air, steady
    slow_per_h: np.ndarray  # eigenvalues of -M
    fast_per_h: np.ndarray


class HeaterArrays(NamedTuple):
    """Electric heaters by building."""

    hold_c: float  # they keep a home from falling below
    most_k: np.ndarray  # (n_buildings,) full power over UA
    ua_wk: np.ndarray  # (n_buildings,)


class IndoorOut(NamedTuple):
    """What is found. Counters are added to, temperatures carried on, all (n_buildings,)."""

    air_c: np.ndarray
    mass_c: np.ndarray  # as given for one capacity
    cold_degree_hours: np.ndarray
    cold_hours: np.ndarray
    danger_hours: np.ndarray
    lowest_c: np.ndarray
    freeze_h: np.ndarray  # hours from the first step until the air is at 0 C, NaN while it is not
    hourly_c: np.ndarray  # (n_buildings, n_hours) at the end of each hour, or no columns
    heater_w: np.ndarray  # (n_buildings, n_hours), or no columns without heaters


@kernel
def _at(path, hour):
    rest, p1, r1, p2, r2 = path
    return rest + p1 * math.exp(-r1 * hour) + p2 * math.exp(-r2 * hour)


@kernel
def turn_h(path):
    """Return the hour at which a path turns, -1 if it never does from now on."""
    _, p1, r1, p2, r2 = path
    if p1 * p2 >= 0.0 or r1 == r2:
        return -1.0
    hour = math.log(-(p2 * r2) / (p1 * r1)) / (r2 - r1)
    return hour if hour > 0.0 else -1.0


@kernel
def cross_h(path, limit_c, begin, finish):
    """Return when a path that is monotone between two hours passes a limit between its ends."""
    rest, p1, r1, p2, _ = path
    if p2 == 0.0:
        hour = math.log(p1 / (limit_c - rest)) / r1
        return min(max(hour, begin), finish)
    low_side = _at(path, begin) < limit_c
    for _ in range(_HALVINGS):
        middle = 0.5 * (begin + finish)
        if (_at(path, middle) < limit_c) == low_side:
            begin = middle
        else:
            finish = middle
    return 0.5 * (begin + finish)


@kernel
def _below_part(path, limit_c, begin, finish):
    """Return (hours, degree-hours) under a limit on a monotone part of a path."""
    starts_low = _at(path, begin) < limit_c
    ends_low = _at(path, finish) < limit_c
    if not starts_low and not ends_low:
        return 0.0, 0.0
    if starts_low != ends_low:
        crossing = cross_h(path, limit_c, begin, finish)
        if starts_low:
            finish = crossing
        else:
            begin = crossing
    rest, p1, r1, p2, r2 = path
    area = p1 / r1 * (math.exp(-r1 * begin) - math.exp(-r1 * finish))
    area += p2 / r2 * (math.exp(-r2 * begin) - math.exp(-r2 * finish))
    hours = finish - begin
    return hours, max((limit_c - rest) * hours - area, 0.0)


@kernel
def below(path, limit_c):
    """Return (hours, degree-hours) under a limit in the first hour of a path."""
    turn = turn_h(path)
    if 0.0 < turn < 1.0:
        hours, area = _below_part(path, limit_c, 0.0, turn)
        more, more_area = _below_part(path, limit_c, turn, 1.0)
        return hours + more, area + more_area
    return _below_part(path, limit_c, 0.0, 1.0)


@kernel
def _fall_h(path, limit_c):
    """Return the first hour at which a path is at or under a limit, infinite if it never is."""
    if _at(path, 0.0) <= limit_c:
        return 0.0
    begin = 0.0
    turn = turn_h(path)
    if turn > 0.0:
        if _at(path, turn) <= limit_c:
            return cross_h(path, limit_c, 0.0, turn)
        begin = turn
    if path[0] >= limit_c:
        return math.inf
    if path[3] == 0.0:
        return cross_h(path, limit_c, 0.0, math.inf)
    finish = begin + 1.0 / path[2]
    while _at(path, finish) > limit_c:
        finish = begin + 2.0 * (finish - begin)
    return cross_h(path, limit_c, begin, finish)


@kernel
def _two_path(two, b, rest_c, rise_k, air_c, mass_c):
    """Return the path of the air, and amplitudes of the walls' two exponentials.

    e^(Mt) = e^(-st) (M + f I) / (f - s) - e^(-ft) (M + s I) / (f - s), s and f the slow and the
    fast rate (Sylvester's formula).
    """
    over = air_c - (rest_c + rise_k)
    mass_over = mass_c - (rest_c + rise_k * two.mass_share[b])
    slow, fast = two.slow_per_h[b], two.fast_per_h[b]
    by = 1.0 / (fast - slow)
    p1 = by * ((fast - two.air_out[b]) * over + two.air_mass[b] * mass_over)
    q1 = by * (two.mass_air[b] * over + (fast - two.mass_out[b]) * mass_over)
    return (rest_c + rise_k, p1, slow, over - p1, fast), q1, mass_over - q1


@kernel
def _heater_k(heaters, b, end_c, gain):
    """Return the steady power over UA that ends an hour at the held temperature, or all there is.

    `end_c` is the end without heaters, `gain` the rise of the end per kelvin of power over UA.
    """
    if end_c >= heaters.hold_c:
        return 0.0
    return min((heaters.hold_c - end_c) / gain, heaters.most_k[b])


@kernel
def _count(path, end_least, limits_c, b, hour, out):
    """Add an hour of a path to the counters.

    `end_least` is its end and a bound from below, `limits_c` (cold, danger, freezing). Most hours
    are warm, so nothing is worked out that the bound rules out.
    """
    end, least = end_least
    if least < limits_c[0]:
        hours, area = below(path, limits_c[0])
        out.cold_hours[b] += hours
        out.cold_degree_hours[b] += area
        if least < limits_c[1]:
            out.danger_hours[b] += below(path, limits_c[1])[0]
    if least < out.lowest_c[b]:
        turn = turn_h(path)
        lowest = min(path[0] + path[1] + path[3], end)
        if 0.0 < turn < 1.0:
            lowest = min(lowest, _at(path, turn))
        out.lowest_c[b] = min(out.lowest_c[b], lowest)
    if least <= limits_c[2] and out.lowest_c[b] <= limits_c[2] and math.isnan(out.freeze_h[b]):
        out.freeze_h[b] = hour + min(_fall_h(path, limits_c[2]), 1.0)
    out.air_c[b] = end
    if out.hourly_c.shape[1] > 0:
        out.hourly_c[b, hour] = end


@kernel
def one_mass_into(one, heaters, rise_k, outdoor_c, limits_c, out):
    """Step buildings of one capacity: T = rest + (T0 - rest) exp(-t/tau), rest = T_out + Q/UA.

    `rise_k`, Q/UA, has shape (n_hours, n_buildings), or one row for all hours.
    """
    heated = out.heater_w.shape[1] > 0
    for b in range(one.rate_per_h.size):
        rate = one.rate_per_h[b]
        kept = math.exp(-rate)
        for hour in range(outdoor_c.size):
            rest = outdoor_c[hour] + rise_k[hour if rise_k.shape[0] > 1 else 0, b]
            if heated:
                end = rest + (out.air_c[b] - rest) * kept
                extra = _heater_k(heaters, b, end, 1.0 - kept)
                out.heater_w[b, hour] = extra * heaters.ua_wk[b]
                rest += extra
            over = out.air_c[b] - rest
            end = rest + over * kept
            least = min(out.air_c[b], end)
            _count((rest, over, rate, 0.0, 1.0), (end, least), limits_c, b, hour, out)


@kernel
def two_mass_into(two, heaters, rise_k, outdoor_c, limits_c, out):
    """Step buildings of two capacities, heated in the air; arguments as of `one_mass_into`."""
    heated = out.heater_w.shape[1] > 0
    for b in range(two.slow_per_h.size):
        unit, _, _ = _two_path(two, b, 0.0, 1.0, 0.0, 0.0)
        gain = _at(unit, 1.0)
        slow, fast = math.exp(-two.slow_per_h[b]), math.exp(-two.fast_per_h[b])
        for hour in range(outdoor_c.size):
            air, mass, rest = out.air_c[b], out.mass_c[b], outdoor_c[hour]
            rise = rise_k[hour if rise_k.shape[0] > 1 else 0, b]
            path, q1, q2 = _two_path(two, b, rest, rise, air, mass)
            if heated:
                end = path[0] + path[1] * slow + path[3] * fast
                extra = _heater_k(heaters, b, end, gain)
                out.heater_w[b, hour] = extra * heaters.ua_wk[b]
                if extra > 0.0:
                    rise += extra
                    path, q1, q2 = _two_path(two, b, rest, rise, air, mass)
            p1, p2 = path[1] * slow, path[3] * fast
            end = path[0] + p1 + p2
            least = path[0] + min(path[1], p1) + min(path[3], p2)
            _count(path, (end, least), limits_c, b, hour, out)
            out.mass_c[b] = rest + rise * two.mass_share[b] + q1 * slow + q2 * fast


@kernel
def one_mass_fall_into(one, rest_c, start_c, limit_c, out_hours):
    """Find after how many hours of steady weather each building is at a limit."""
    for b in range(one.rate_per_h.size):
        path = (rest_c[b], start_c[b] - rest_c[b], one.rate_per_h[b], 0.0, 1.0)
        out_hours[b] = _fall_h(path, limit_c)


@kernel
def two_mass_fall_into(two, rest_c, rise_k, start_c, limit_c, out_hours):
    """Find after how many hours of steady weather each building's air is at a limit.

    `start_c` is (air, walls), each shape (n_buildings,).
    """
    for b in range(two.slow_per_h.size):
        path, _, _ = _two_path(two, b, rest_c[b], rise_k[b], start_c[0][b], start_c[1][b])
        out_hours[b] = _fall_h(path, limit_c)
