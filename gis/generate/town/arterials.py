"""Main streets of a synthetic town: rings and radials of a small one, a bent lattice of a large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.draws import uniforms
from twin.core.streams import Stream

if TYPE_CHECKING:
    from shapely import LineString, Polygon

    from gis.generate.town.scale import Scale
    from twin.core.arrays import Float64

    type _Street = tuple[LineString, str, bool]  # line, class, whether it crosses barriers

_SHORTEST_M = 60.0
_BRIDGED_SHARE = 0.5
_MESH_M = 660.0
"""Spacing of a large town's main streets: superblocks of 40 ha."""
_ARTERIAL_EVERY = 3
_WAVES_PER_TOWN, _BEND_RAD = 1.5, 0.40
"""Length of the waves in radii of the town, and how far streets turn in them."""
_LARGE_RINGS = (0.42, 0.80)


def _ring(radius_m: float, seed: int, key: int) -> LineString:
    """Return a rounded, uneven square round the centre."""
    angle = np.linspace(0.0, 2.0 * np.pi, 49)
    power = 3.4
    reach = (np.abs(np.cos(angle)) ** power + np.abs(np.sin(angle)) ** power) ** (-1.0 / power)
    phase = uniforms(seed, Stream.STREETS, [key, key + 1])
    reach *= 0.93 + 0.05 * np.cos(2.0 * angle + 6.3 * phase[0])
    reach += 0.04 * np.cos(3.0 * angle + 6.3 * phase[1])
    reach[-1] = reach[0]
    points = radius_m * reach[:, None] * np.stack([1.08 * np.cos(angle), np.sin(angle)], axis=1)
    return shapely.LineString(points)


def _radial(angle_rad: float, bend_rad: float, span_m: tuple[float, float]) -> LineString:
    """Return a street outward that turns by `bend_rad` over its length."""
    start, stop = span_m
    reach = np.linspace(start, stop, max(int((stop - start) / 90.0), 2))
    angle = angle_rad + bend_rad * (reach / stop) ** 2
    points = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
    return shapely.simplify(shapely.LineString(points), 2.0)


def _rings_m(scale: Scale) -> Float64:
    """Return the radii of ring streets, the core's among them."""
    core, edge = scale.core_radius_m, scale.radius_m
    inner = np.linspace(0.0, core, max(round(core / 520.0), 1) + 1)[1:]
    outer = np.linspace(core, edge, max(round((edge - core) / 700.0), 1) + 1)[1:-1]
    return np.concatenate([inner, outer])


def main_streets(
    scale: Scale, seed: int, limit: Polygon, rail_y: float, barrier: shapely.Geometry
) -> tuple[list[LineString], list[str]]:
    """Return main streets and their classes, cut at barriers where they have no bridge."""
    far = 1.6 * scale.radius_m
    draw = uniforms(seed, Stream.STREETS, np.arange(20, 28))
    bearings = []
    streets: list[_Street] = []
    for i in range(4):  # trunk road along the railway, station street and bridge across it
        angle = 0.5 * np.pi * i + (draw[i] - 0.5) * (0.20 if i % 2 == 0 else 0.12)
        bearings.append(angle)
        line = _radial(angle, 0.5 * (draw[4 + i] - 0.5), (0.0, far))
        streets.append((line, "arterial", True))
    if scale.large:
        streets = _lattice(scale, seed, [line for line, _, _ in streets])
    else:
        streets += _rings(scale, seed, bearings)
    works_y = rail_y - 150.0
    streets.append((shapely.LineString([(-far, works_y), (far, works_y)]), "collector", False))
    if not scale.large:
        second = (0.45 + 0.2 * draw[6]) * scale.radius_m
        down = shapely.LineString([(second, works_y), (second, 0.0)])
        streets.append((down, "collector", True))
    fringe, exits = limit.buffer(-2.0), limit.buffer(420.0)
    cut = [
        (shapely.intersection(line, exits if number in {0, 2} else fringe), kind, bridge)
        for number, (line, kind, bridge) in enumerate(streets)
    ]
    return _cut_at_barrier(cut, barrier)


def _rings(scale: Scale, seed: int, bearings: list[float]) -> list[_Street]:
    """Return a small town's ring streets, and collectors outwards from each."""
    far = 1.6 * scale.radius_m
    rings = _rings_m(scale)
    streets: list[_Street] = []
    for number, radius in enumerate(rings):
        ring = _ring(float(radius), seed, 40 + 2 * number)
        within = shapely.polygons(shapely.get_coordinates(ring)).buffer(-0.5)
        streets.append((ring, "collector", False))
        reach = rings[number + 1] if number + 1 < rings.size else scale.radius_m
        arc = 0.5 * np.pi * 0.5 * (radius + reach)
        extra = max(round(arc / 720.0) - 1, 0)
        for quadrant in range(4):
            start = bearings[quadrant]
            width = (bearings[(quadrant + 1) % 4] - start) % (2.0 * np.pi)
            for k in range(extra):
                key = 1000 + 1000 * number + 100 * quadrant + k
                place, bend = uniforms(seed, Stream.STREETS, [key, key + 30])
                angle = start + width * (k + 1.0 + 0.4 * (place - 0.5)) / (extra + 1.0)
                end = 1.15 * reach if number + 1 < rings.size else far
                radial = _radial(angle, 0.25 * (bend - 0.5), (0.85 * radius, end))
                streets.append((shapely.difference(radial, within), "collector", False))
    return streets


def _lattice(scale: Scale, seed: int, axes: list[LineString]) -> list[_Street]:
    """Return a large town's two axes as four streets, a lattice along them, and ring roads.

    All lines of a direction bend alike in long waves. Every third is an arterial with bridges, the
    others are collectors of which half have one.
    """
    reach = 1.35 * scale.radius_m
    wave_m = _WAVES_PER_TOWN * scale.radius_m
    along = np.arange(-reach, reach + 1.0, 90.0)
    mains: list[_Street] = []
    streets: list[_Street] = []
    for side, pair in enumerate(((axes[0], axes[2]), (axes[1], axes[3]))):
        points = np.concatenate([shapely.get_coordinates(line)[1:] for line in pair])
        points = points[np.argsort(points[:, side])]
        phase = uniforms(seed, Stream.STREETS, [31 + side])[0]
        wave = np.sin(2.0 * np.pi * (along / wave_m + phase)) - np.sin(2.0 * np.pi * phase)
        axis = np.interp(along, points[:, side], points[:, 1 - side])
        axis += _BEND_RAD / (2.0 * np.pi) * wave_m * wave
        out = along >= 0.0
        mains += [(_bent(along[part], axis[part], side), "arterial", True) for part in (out, ~out)]
        count = int(reach / _MESH_M)
        for k in (*range(-count, 0), *range(1, count + 1)):
            key = 1_000 + 2_000 * side + k
            place, lot = uniforms(seed, Stream.STREETS, [key, key + 1_000])
            across = axis + _MESH_M * (k + 0.3 * (place - 0.5))
            main = k % _ARTERIAL_EVERY == 0
            kind = "arterial" if main else "collector"
            streets.append((_bent(along, across, side), kind, main or lot < _BRIDGED_SHARE))
    for number, share in enumerate(_LARGE_RINGS):
        ring = _ring(share * scale.radius_m, seed, 40 + 2 * number)
        streets.append((ring, "arterial", True))
    east, west, north, south = mains
    return [east, north, west, south, *streets]


def _bent(along: Float64, across: Float64, side: int) -> LineString:
    """Return a line through points given along and across a direction: 0 eastward, 1 northward."""
    points = (along, across) if side == 0 else (across, along)
    line: LineString = shapely.simplify(shapely.linestrings(np.stack(points, axis=1)), 2.0)
    return line


def _cut_at_barrier(
    streets: list[_Street], barrier: shapely.Geometry
) -> tuple[list[LineString], list[str]]:
    """Cut streets where they would need a bridge they have not; drop crumbs."""
    kept: list[LineString] = []
    classes: list[str] = []
    for line, kind, bridge in streets:
        rest = line if bridge else shapely.difference(line, barrier)
        for part in shapely.get_parts(rest):
            if part.length > _SHORTEST_M:
                kept.append(part)
                classes.append(kind)
    return kept, classes
