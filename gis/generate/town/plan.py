"""The plan of a synthetic town: how large it is, its barriers, main streets and quarters.

All in the town's own frame: metres from the central crossing, the railway along the x axis south of
the centre, a river north of it. `gis.generate.town.draw` turns and places the town afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

from gis.draws import uniform, uniforms
from gis.generate.town.arterials import main_streets
from gis.generate.town.scale import OPEN_SHARE, Scale, scale_for
from twin.core.streams import Stream

if TYPE_CHECKING:
    from shapely import LineString, Polygon

    from twin.core.arrays import Float64, Int64

FABRICS = ("house", "slab", "new", "civic", "industry", "open")
"""What a quarter is made of; `Quarter.fabric` holds one of these."""
RIVER_HALF_WIDTH_M = 30.0
RAIL_HALF_WIDTH_M = 28.0

_SMALLEST_QUARTER_M2 = 8_000.0
_NEW_FROM_SHARE = 0.86
_ALONG_RAIL_SHARE = 0.20
_TURNED_SHARE = 0.4
_TURN_DEG, _TURN_FLATS_DEG = 48.0, 20.0
_CENTRE_REACH = 1.6
_MIXED = 3.0
_NO_PARK_REACH = 0.2


@final
@dataclass(frozen=True, slots=True, eq=False)
class Quarter:
    """A piece of town between main streets and barriers."""

    outline: Polygon
    fabric: str
    angle_rad: float
    """Direction of the quarter's own grid."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Main streets, barriers and quarters."""

    scale: Scale
    main_lines: tuple[LineString, ...]
    main_classes: tuple[str, ...]
    limit: Polygon
    """Edge of the built-up area, industry included."""
    river: LineString
    barrier: shapely.Geometry
    """Ground no street but a bridge or level crossing enters."""
    quarters: tuple[Quarter, ...]
    hill_m: tuple[float, float]
    """Where the water tower's hill rises."""


def draw_plan(people: int, seed: int, *, spread: float = 1.0) -> Plan:
    """Draw main streets, barriers and quarters of a town."""
    scale = scale_for(people, spread=spread)
    radius = scale.radius_m
    blob = _blob(radius, seed)
    rail_y = -0.70 * radius
    depth_m = 0.30 * radius + 120.0
    works = shapely.box(-0.75 * radius, rail_y - depth_m, 0.95 * radius, rail_y)
    limit = shapely.union(
        shapely.intersection(blob, shapely.box(-9e5, rail_y, 9e5, 9e5)), works
    ).buffer(30.0, join_style="mitre")
    limit = limit.buffer(-30.0, join_style="mitre")
    river = _river(radius, seed)
    rail = shapely.LineString([(-4.0 * radius, rail_y), (4.0 * radius, rail_y)])
    barrier = shapely.union_all(
        [
            river.buffer(RIVER_HALF_WIDTH_M, cap_style="flat"),
            rail.buffer(RAIL_HALF_WIDTH_M, cap_style="flat"),
        ]
    )
    kept, kept_classes = main_streets(scale, seed, limit, rail_y, barrier)
    cutters = [*kept, river, rail, limit.exterior]
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(cutters, grid_size=0.5)]))
    inside = shapely.contains(limit.buffer(1.0), faces) & (
        shapely.area(faces) > _SMALLEST_QUARTER_M2
    )
    return Plan(
        scale=scale,
        main_lines=tuple(kept),
        main_classes=tuple(kept_classes),
        limit=limit,
        river=river,
        barrier=barrier,
        quarters=tuple(_quarters(faces[inside], scale, seed, rail_y)),
        hill_m=(-0.62 * radius, 0.30 * radius),
    )


def _blob(radius_m: float, seed: int) -> Polygon:
    """Return an uneven outline, longer along the railway."""
    angle = np.linspace(0.0, 2.0 * np.pi, 73)[:-1]
    phase = 2.0 * np.pi * uniforms(seed, Stream.STREETS, np.arange(4))
    reach = np.full(angle.size, 1.0)
    for order, (height, shift) in enumerate(zip((0.05, 0.07, 0.05, 0.03), phase, strict=True), 2):
        reach += height * np.cos(order * angle + shift)
    x = 1.12 * radius_m * reach * np.cos(angle)
    y = 0.97 * radius_m * reach * np.sin(angle)
    return shapely.Polygon(np.stack([x, y], axis=1))


def _river(radius_m: float, seed: int) -> LineString:
    """Return a meandering river that crosses the north of the town."""
    tilt, phase_a, phase_b, offset = uniforms(seed, Stream.STREETS, np.arange(10, 14))
    along = np.linspace(-3.0, 3.0, 121)
    bend = 0.07 * np.sin(2.6 * along + 6.3 * phase_a) + 0.03 * np.sin(7.1 * along + 6.3 * phase_b)
    across = 0.50 + 0.12 * offset + bend
    turn = np.deg2rad(-16.0 + 32.0 * tilt)
    x = along * np.cos(turn) - across * np.sin(turn)
    y = along * np.sin(turn) + across * np.cos(turn)
    return shapely.LineString(radius_m * np.stack([x, y], axis=1))


def _quarters(faces: shapely.Geometry, scale: Scale, seed: int, rail_y: float) -> list[Quarter]:
    """Return what each face is built of, and which way its grid runs."""
    points = shapely.get_coordinates(shapely.point_on_surface(faces))
    fabric = (_mixed if scale.large else _ringed)(faces, points, scale, seed, rail_y)
    bearing = np.arctan2(points[:, 1], points[:, 0])
    key = np.arange(faces.size)
    grid_draw = uniforms(seed, Stream.STREETS, 5000 + key)
    turn_draw = uniforms(seed, Stream.STREETS, 6000 + key)
    flats = np.isin(fabric, ["civic", "slab", "new"])
    quarters = []
    for row, face in enumerate(faces):
        if scale.large:
            angle = _long_side_rad(face)
        elif grid_draw[row] < _ALONG_RAIL_SHARE or flats[row] or fabric[row] == "industry":
            angle = 0.0
        else:
            angle = float(bearing[row])
        turn_deg = _TURN_DEG if fabric[row] == "house" else _TURN_FLATS_DEG
        angle += np.deg2rad(turn_deg) * (turn_draw[row] - 0.5)
        if fabric[row] != "industry" and uniform(seed, Stream.STREETS, 8000 + row) < _TURNED_SHARE:
            angle += 0.5 * np.pi
        quarters.append(Quarter(outline=face, fabric=str(fabric[row]), angle_rad=float(angle)))
    return quarters


def _long_side_rad(face: Polygon) -> float:
    """Return the direction of the longer side of the smallest box round a face."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(face))
    steps = np.diff(corners[:3], axis=0)
    x, y = steps[np.argmax(np.hypot(*steps.T))]
    return float(np.arctan2(y, x))


def _ringed(
    faces: shapely.Geometry, points: Float64, scale: Scale, seed: int, rail_y: float
) -> np.ndarray:
    """Return a small town's fabrics: flats and centre within the ring, houses round it."""
    reach = np.hypot(points[:, 0] / 1.08, points[:, 1])
    core = (reach < 1.05 * scale.core_radius_m) & (points[:, 1] > rail_y)
    core_rows = np.flatnonzero(core)
    fabric = np.full(faces.size, "house", dtype=object)
    fabric[points[:, 1] < rail_y] = "industry"
    order = core_rows[np.argsort(uniforms(seed, Stream.STREETS, 7000 + core_rows))]
    share = _middle_share(faces, order)
    fabric[order] = np.where(
        share < scale.civic_share, "civic", np.where(share < _NEW_FROM_SHARE, "slab", "new")
    )
    return fabric


def _mixed(
    faces: shapely.Geometry, points: Float64, scale: Scale, seed: int, rail_y: float
) -> np.ndarray:
    """Return a large town's fabrics: centre within, flats ever rarer outwards, houses between."""
    fabric = np.full(faces.size, "house", dtype=object)
    fabric[points[:, 1] < rail_y] = "industry"
    rows = np.flatnonzero(fabric == "house")
    reach = np.hypot(*points[rows].T) / scale.radius_m
    lot = uniforms(seed, Stream.STREETS, 7000 + rows)
    idle = uniforms(seed, Stream.STREETS, 17_000 + rows)
    idle_share = OPEN_SHARE * np.where(reach < _NO_PARK_REACH, 0.0, 0.5 + reach)
    fabric[rows[idle < idle_share]] = "open"
    free = fabric[rows] == "house"
    rows, reach, lot = rows[free], reach[free], lot[free]
    core_m2 = np.pi * scale.core_radius_m**2
    wanted = rows[np.argsort(reach + _MIXED * lot, kind="stable")]
    built = wanted[np.cumsum(shapely.area(faces[wanted])) <= core_m2]
    far = uniforms(seed, Stream.STREETS, 37_000 + built)
    central = np.argsort(np.hypot(*points[built].T) * (1.0 + _CENTRE_REACH * far))
    share = np.cumsum(shapely.area(faces[built[central]])) / core_m2
    fabric[built] = "slab"
    fabric[built[central[share < scale.civic_share]]] = "civic"
    late = uniforms(seed, Stream.STREETS, 27_000 + built) < 1.0 - _NEW_FROM_SHARE
    fabric[built[late & (fabric[built] == "slab")]] = "new"
    return fabric


def _middle_share(faces: shapely.Geometry, order: Int64) -> Float64:
    """Return the share of area up to a little before the middle of each face, taken in order."""
    area = shapely.area(faces[order])
    total = np.cumsum(area)
    share: Float64 = (total - 0.6 * area) / max(float(total[-1]), 1.0)
    return share
