"""Hydraulics of open channels written out: sections by adding strips, curves by small steps."""

import numpy as np

G = 9.80665


def width_at(shape, height, width, slope, y):
    """Return the inner width of a section at a height above its bottom."""
    if shape == "circular":
        return 2 * np.sqrt(max(y * (height - y), 0.0))
    if shape == "trapezoidal":
        return width + 2 * slope * y
    if shape == "egg":
        r = height / 3
        if y < 0.2 * r:
            return 2 * np.sqrt(max((r / 2) ** 2 - (r / 2 - y) ** 2, 0.0))
        if y < 2 * r:
            return 2 * (np.sqrt((3 * r) ** 2 - (2 * r - y) ** 2) - 2 * r)
        return 2 * np.sqrt(max(r**2 - (y - 2 * r) ** 2, 0.0))
    return width


def area_and_perimeter(shape, height, width, slope, depth, strips=200_000):
    """Return both by strips; the bottom width is wetted, a lid is not."""
    edges = np.linspace(0.0, depth, strips + 1)
    widths = np.array([width_at(shape, height, width, slope, y) for y in edges[:: strips // 2000]])
    ys = edges[:: strips // 2000]
    area = float(np.sum(0.5 * (widths[1:] + widths[:-1]) * np.diff(ys)))
    sides = float(np.sum(2 * np.hypot(np.diff(ys), np.diff(widths) / 2)))
    return area, sides + widths[0]


def backwater(depth_m, length_m, flow_m3s, width_m, slope, roughness, steps=200_000):
    """Return the depth length_m upstream of a given depth in a rectangular channel.

    dy/dx = (S0 - Sf) / (1 - Fr^2), followed upstream in small steps.
    """
    y, dx = depth_m, length_m / steps
    for _ in range(steps):
        area, wet = width_m * y, width_m + 2 * y
        friction = (flow_m3s * roughness / area) ** 2 * (wet / area) ** (4 / 3)
        froude_2 = flow_m3s**2 * width_m / (G * area**3)
        y -= dx * (slope - friction) / (1 - froude_2)
    return y
