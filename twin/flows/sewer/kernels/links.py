"""Flow of each link by the levels at its ends, with derivatives: pipes, orifices, weirs, pumps.

A pipe carries momentum (Saint-Venant, integrated over the pipe, implicit in level and friction):

    Q + k Q |Q| = B,  B = Q_old + dt (inertia + g A (H_tail - H_head) / L),  k = dt g A / K^2

with the conveyance K of its mean depth. At long steps this is Manning's law.

References
----------
Casulli & Stelling, 2013, Int. J. Numer. Meth. Fluids 73(7), doi 10.1002/fld.3817 (implicit levels
and exact volumes). Cunge, Holly, Verwey, 1980, "Practical Aspects of Computational River
Hydraulics" (the equations). Villemonte, 1947 (drowned weirs).
"""

from __future__ import annotations

import numpy as np

from twin.flows.sewer.kernels.sections import critical_depth, normal_depth, section
from twin.kernels.jit import kernel

PIPE = 0
ORIFICE = 1
WEIR = 2
PUMP_DEPTH = 3
PUMP_HEAD = 4
G = 9.80665
_LEAST_AREA_M2 = 1e-9
_LEAST_HEAD_M = 1e-4
_DRAWS_AIR_M = 0.02
"""Depth of water below which a pump passes less, down to nothing in a dry well."""
_THIN = 0.02
"""Share of its height below which the depth at the upper end of a pipe holds its flow back."""


@kernel
def free_depth(links, i, flow_m3s):
    """Return (free, normal) depth at the low end of a pipe.

    That of a free fall is the lesser of critical and normal depth; where the pipe does not fall,
    its normal depth is taken as the free one.
    """
    shape, height, width = links.shape[i], links.height_m[i], links.width_m[i]
    side = links.slope[i]
    depth = critical_depth(shape, height, width, side, flow_m3s)
    fall = (links.tail_m[i] - links.head_m[i]) / links.length_m[i]
    if flow_m3s < 0.0:
        fall = -fall
    if fall > 0.0:
        uniform = normal_depth(shape, height, width, side, links.roughness[i], abs(flow_m3s), fall)
        return min(depth, uniform), uniform
    return depth, depth


@kernel
def pipe_flow(links, i, tail_m, head_m, old_m3s, inertia, free_m, weight, dt_s):
    """Return (flow, d flow / d tail level, d flow / d head level, mean area) of a pipe.

    `free_m` is the depth below which its low end falls freely; `weight` that of the upper end in
    the mean depth: 0.5 where flow is slow, 1 where it is rapid.
    """
    down = tail_m >= head_m
    z_up, z_low = links.tail_m[i], links.head_m[i]
    up_m, low_m = tail_m, head_m
    if not down:
        z_up, z_low = z_low, z_up
        up_m, low_m = head_m, tail_m
    moves = 1.0
    if low_m < z_low + free_m:
        low_m, moves = z_low + free_m, 0.0
    if low_m > up_m:
        low_m, moves = up_m, 0.0
    up_y, low_y = up_m - z_up, low_m - z_low
    w_up = weight if up_y > 0.0 else 0.0
    w_low = 1.0 - weight if low_y > 0.0 else 0.0
    depth = weight * max(up_y, 0.0) + (1.0 - weight) * max(low_y, 0.0)
    area, wet, width, slant = section(
        links.shape[i], links.height_m[i], links.width_m[i], links.slope[i], depth
    )
    if area < _LEAST_AREA_M2 or up_y <= 0.0:
        return 0.0, 0.0, 0.0, area
    radius = area / wet
    factor = dt_s * G / links.length_m[i]
    fall = up_m - low_m
    conveyed = area * np.cbrt(radius) ** 2 / links.roughness[i]
    k = dt_s * G * area / (conveyed * conveyed)
    sign = 1.0 if down else -1.0
    b = sign * (old_m3s + dt_s * inertia) + factor * area * fall
    flow = 2.0 * b / (1.0 + np.sqrt(1.0 + 4.0 * k * abs(b)))
    d_radius = (width - radius * slant) / wet
    dk = k * (-width / area - 4.0 / 3.0 * d_radius / radius)  # by depth
    by_depth = factor * fall * width - flow * abs(flow) * dk
    steep = 1.0 + 2.0 * k * abs(flow)
    d_up = (factor * area + by_depth * w_up) / steep
    d_low = moves * (-factor * area + by_depth * w_low) / steep
    thin = _THIN * links.height_m[i]
    if up_y < thin:  # else a pipe that dries at its top would stop at once
        d_up = d_up * up_y / thin + flow / thin
        d_low *= up_y / thin
        flow *= up_y / thin
    if down:
        return flow, d_up, d_low, area
    return -flow, -d_low, -d_up, area


@kernel
def _orifice(links, i, up_m, low_m):
    """Return (flow, d by upper level, d by lower level) of an orifice that opens at its crest."""
    height, bottom = links.height_m[i], links.crest_m[i]
    upright = links.upright[i] != 0
    centre = bottom + 0.5 * height if upright else bottom
    if up_m <= bottom:
        return 0.0, 0.0, 0.0
    filled = min((up_m - bottom) / height, 1.0)
    drowned = low_m > centre
    head = up_m - max(low_m, centre)
    if upright and filled < 1.0 and not drowned:  # a weir that joins the full orifice at its top
        whole = links.coefficient[i] * links.area_m2[i] * np.sqrt(G * height)
        flow = whole * filled**1.5
        return flow, 1.5 * flow / (up_m - bottom), 0.0
    least = max(head, _LEAST_HEAD_M)
    top = links.coefficient[i] * links.area_m2[i] * np.sqrt(2.0 * G)
    d = 0.5 * top / np.sqrt(least)
    flow = top * np.sqrt(head) if head > _LEAST_HEAD_M else 2.0 * d * head
    return flow, d, -d if drowned else 0.0


@kernel
def _weir(links, i, up_m, low_m):
    """Return (flow, d by upper level, d by lower level) of a sharp weir, free or drowned."""
    head = up_m - links.crest_m[i]
    if head <= 0.0:
        return 0.0, 0.0, 0.0
    head = min(head, links.height_m[i])
    free = links.coefficient[i] * links.width_m[i] * head**1.5
    d_free = 0.0 if head == links.height_m[i] else 1.5 * free / head
    back = low_m - links.crest_m[i]
    if back <= 0.0:
        return free, d_free, 0.0
    share = min(back / head, 1.0 - 1e-6)
    rest = 1.0 - share**1.5
    part = rest**0.385
    slope = -0.385 * rest**-0.615 * 1.5 * np.sqrt(share)
    return free * part, d_free * part - free * slope * share / head, free * slope / head


@kernel
def _curve(links, i, x):
    """Return (value, slope) of a link's curve, level beyond its ends."""
    a, b = links.curve_start[i], links.curve_start[i + 1] - 1
    if x <= links.curve_x[a]:
        return links.curve_y[a], 0.0
    if x >= links.curve_x[b]:
        return links.curve_y[b], 0.0
    while links.curve_x[a + 1] < x:
        a += 1
    slope = (links.curve_y[a + 1] - links.curve_y[a]) / (links.curve_x[a + 1] - links.curve_x[a])
    return links.curve_y[a] + slope * (x - links.curve_x[a]), slope


@kernel
def device_flow(links, i, tail_m, head_m, tail_bottom_m):
    """Return (flow, d by tail level, d by head level) of what is no pipe."""
    kind = links.kind[i]
    if kind >= PUMP_DEPTH:
        depth = tail_m - tail_bottom_m
        fade = min(max(depth / _DRAWS_AIR_M, 0.0), 1.0)
        if kind == PUMP_DEPTH:
            flow, slope = _curve(links, i, depth)
            extra = flow / _DRAWS_AIR_M if 0.0 < depth < _DRAWS_AIR_M else 0.0
            return fade * flow, fade * slope + extra, 0.0
        flow, slope = _curve(links, i, head_m - tail_m)
        extra = flow / _DRAWS_AIR_M if 0.0 < depth < _DRAWS_AIR_M else 0.0
        return fade * flow, extra - fade * slope, fade * slope
    down = tail_m >= head_m
    up_m, low_m = (tail_m, head_m) if down else (head_m, tail_m)
    if not down and links.one_way[i] != 0:
        return 0.0, 0.0, 0.0
    flow, d_up, d_low = (
        _orifice(links, i, up_m, low_m) if kind == ORIFICE else _weir(links, i, up_m, low_m)
    )
    if down:
        return flow, d_up, d_low
    return -flow, -d_low, -d_up
