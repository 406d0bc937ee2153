"""Compiled cooling of buildings: one resistance, one capacity, exact steps."""

import math

from twin.kernels.jit import kernel


@kernel
def below(start_c, end_c, rest_c, tau_h, limit_c):
    """Return (hours, degree-hours) under a limit in one hour of exponential approach to `rest_c`.

    The path T = rest + (start - rest) exp(-t/tau) is monotone, so it crosses the limit once.
    """
    if start_c >= limit_c and end_c >= limit_c:
        return 0.0, 0.0
    begin = 0.0
    finish = 1.0
    if (start_c < limit_c) != (end_c < limit_c):
        crossing = tau_h * math.log((start_c - rest_c) / (limit_c - rest_c))
        crossing = min(max(crossing, 0.0), 1.0)
        if start_c < limit_c:
            finish = crossing
        else:
            begin = crossing
    hours = finish - begin
    area = tau_h * (math.exp(-begin / tau_h) - math.exp(-finish / tau_h)) * (start_c - rest_c)
    return hours, max(limit_c * hours - rest_c * hours - area, 0.0)


@kernel
def indoor_into(tau_h, rise_k, outdoor_c, limits_c, out_indoor_c, out_degree_hours, out_hours):
    """Step all buildings through the hours of a day.

    1R1C: T = T_rest + (T_0 - T_rest) exp(-t/tau), T_rest = T_out + Q/UA, exact for an hour of
    constant outdoor temperature. `rise_k`, shape (n_buildings,), is Q/UA; `limits_c` are the
    limits of degree-hours and of hours; the outputs, shape (n_buildings,), are added to.
    """
    for b in range(tau_h.size):
        tau = tau_h[b]
        kept = math.exp(-1.0 / tau)
        indoor = out_indoor_c[b]
        for hour in range(outdoor_c.size):
            rest = outdoor_c[hour] + rise_k[b]
            end = rest + (indoor - rest) * kept
            out_degree_hours[b] += below(indoor, end, rest, tau, limits_c[0])[1]
            out_hours[b] += below(indoor, end, rest, tau, limits_c[1])[0]
            indoor = end
        out_indoor_c[b] = indoor
