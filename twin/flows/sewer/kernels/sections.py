"""Cross sections of conduits: area, wetted perimeter and width by depth, in closed form.

References
----------
Chow, 1959, "Open-Channel Hydraulics", table 2-1. The egg is the standard one of height 3 r, width
2 r: a bottom arc of radius r / 2, sides of 3 r, a top of r.
"""

from __future__ import annotations

import numpy as np

from twin.kernels.jit import kernel

CIRCULAR = 0
RECT_CLOSED = 1
RECT_OPEN = 2
TRAPEZOIDAL = 3
EGG = 4
_LID = 0.98
"""Share of the height above which the lid of a closed rectangle begins to be wetted: a lid that
is wetted at once would have two depths for one flow."""


@kernel
def section(shape, height_m, width_m, slope, depth_m):
    """Return (area_m2, perimeter_m, width_m, d perimeter / d depth); full above the height.

    `slope` is the mean run of the sides of a trapezoid, and `width_m` its bottom width.
    """
    y = min(max(depth_m, 0.0), height_m)
    full = depth_m >= height_m
    if shape == CIRCULAR:
        cosine = 1.0 - 2.0 * y / height_m
        sine = np.sqrt(max(1.0 - cosine * cosine, 0.0))
        angle = np.arccos(cosine)
        area = 0.25 * height_m * height_m * (angle - sine * cosine)
        slant = 2.0 / max(sine, 1e-3)
        return area, height_m * angle, 0.0 if full else height_m * sine, 0.0 if full else slant
    if shape == EGG:
        return _egg(height_m / 3.0, y, full)
    if shape == TRAPEZOIDAL:
        slant = 2.0 * np.sqrt(1.0 + slope * slope)
        top = width_m + 2.0 * slope * y
        return (width_m + slope * y) * y, width_m + slant * y, top, 0.0 if full else slant
    wet = width_m + 2.0 * y
    if shape == RECT_OPEN:
        return width_m * y, wet, width_m, 0.0 if full else 2.0
    lid = max(y / height_m - _LID, 0.0) / (1.0 - _LID)
    rise = 2.0 + (width_m / ((1.0 - _LID) * height_m) if lid > 0.0 else 0.0)
    return width_m * y, wet + lid * width_m, 0.0 if full else width_m, 0.0 if full else rise


@kernel
def _half_disc(radius, t):
    """Return the integral of sqrt(radius^2 - t^2) from 0 to t."""
    return 0.5 * (
        t * np.sqrt(max(radius * radius - t * t, 0.0)) + radius**2 * np.arcsin(t / radius)
    )


@kernel
def _egg(r, y, full):
    """Return the section of an egg of width 2 r."""
    low = min(y, 0.2 * r)
    b = 0.5 * r
    area = 2.0 * (_half_disc(b, low - b) - _half_disc(b, -b))
    wet = 2.0 * b * (np.arcsin((low - b) / b) - np.arcsin(-1.0))
    half = np.sqrt(max(b * b - (b - low) ** 2, 0.0))
    slant = b / max(half, 1e-3 * r)
    if y > 0.2 * r:
        top = min(y, 2.0 * r) - 2.0 * r
        area += 2.0 * (_half_disc(3.0 * r, top) - _half_disc(3.0 * r, -1.8 * r))
        area -= 4.0 * r * (top + 1.8 * r)
        wet += 6.0 * r * (np.arcsin(top / (3.0 * r)) - np.arcsin(-0.6))
        half = np.sqrt(9.0 * r * r - top * top) - 2.0 * r
        slant = 3.0 * r / (half + 2.0 * r)
    if y > 2.0 * r:
        up = min(y - 2.0 * r, r)
        area += 2.0 * _half_disc(r, up)
        wet += 2.0 * r * np.arcsin(up / r)
        half = np.sqrt(max(r * r - up * up, 0.0))
        slant = r / max(half, 1e-3 * r)
    return area, wet, 0.0 if full else 2.0 * half, 0.0 if full else 2.0 * slant


@kernel
def conveyance(shape, height_m, width_m, slope, roughness, depth_m):
    """Return K = A R^(2/3) / n in m3/s: Manning's flow at a slope of 1."""
    area, wet, _, _ = section(shape, height_m, width_m, slope, depth_m)
    if area <= 0.0:
        return 0.0
    return area * np.cbrt(area / wet) ** 2 / roughness


@kernel
def normal_depth(shape, height_m, width_m, slope, roughness, flow_m3s, fall):
    """Return the depth of uniform flow by bisection; the height where it does not fit."""
    wanted = flow_m3s / np.sqrt(fall)
    low, high = 0.0, height_m
    if conveyance(shape, height_m, width_m, slope, roughness, high) <= wanted:
        return height_m
    for _ in range(50):
        middle = 0.5 * (low + high)
        if conveyance(shape, height_m, width_m, slope, roughness, middle) < wanted:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@kernel
def critical_depth(shape, height_m, width_m, slope, flow_m3s):
    """Return the depth at which Q^2 W = g A^3, by bisection; the height where it does not fit."""
    low, high = 0.0, 0.999 * height_m
    for _ in range(50):
        middle = 0.5 * (low + high)
        area, _, width, _ = section(shape, height_m, width_m, slope, middle)
        if flow_m3s * flow_m3s * width > 9.80665 * area**3:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
