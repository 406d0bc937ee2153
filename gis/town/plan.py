"""The plan of a synthetic town: how large it is, its barriers, main streets and quarters.

All in the town's own frame: metres from the central crossing, the railway along the x axis south of
the centre, a river north of it. `gis.town.draw` turns and places the town afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

from gis.draws import uniform, uniforms
from twin.core.streams import Stream

if TYPE_CHECKING:
    from shapely import LineString, Polygon

    from twin.core.arrays import Float64

FLOOR_AREA_PER_PERSON_M2 = 22.5
"""Between the Kazakh average of over 21 m2 and the northern towns' 25 (2016 housing statistics)."""
HOUSE_FLOOR_AREA_M2 = 80.0
LAND_PER_HOUSE_M2 = 1_330.0
"""Parcel of 600 to 1,000 m2 with its part of streets, schools and waste ground."""
SLAB_DENSITY_M2_PER_HA = 4_600.0
"""Floor area of slabs per hectare of superblock, schools and yards included."""
CIVIC_LAND_M2 = 11.0
"""Land per person of the centre with its offices, shops and low flats."""
RIVER_HALF_WIDTH_M = 30.0
RAIL_HALF_WIDTH_M = 28.0
LARGE_TOWN = 60_000
"""From here on main streets have two lanes per direction, and rings cross the river."""
FABRICS = ("house", "slab", "new", "civic", "industry")
"""What a quarter is made of; `Quarter.fabric` holds one of these."""

_SMALLEST_QUARTER_M2 = 8_000.0
_SHORTEST_M = 60.0
_NEW_FROM_SHARE = 0.86
_ALONG_RAIL_SHARE = 0.35
_TURNED_SHARE = 0.4
_BRIDGED_SHARE = 0.5


@final
@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes that follow from the number of people."""

    people: int
    apartment_share: float
    """Share of floor area in apartment buildings."""
    civic_share: float
    """Share of the core's land in the centre proper."""
    core_radius_m: float
    """Of the ring round centre and apartment quarters."""
    radius_m: float
    """Mean radius of the town."""

    @property
    def floor_area_m2(self) -> float:
        """Return the residential floor area to be built."""
        return self.people * FLOOR_AREA_PER_PERSON_M2


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


def scale_for(people: int, *, spread: float = 1.0) -> Scale:
    """Return the sizes of a town of so many people.

    Parameters
    ----------
    people
        Residents, 5,000 to 150,000 sensibly.
    spread
        Factor on the land of the private quarters, found by `gis.town.draw`.
    """
    grown = np.log10(people / 14_000.0)
    apartment_share = float(np.clip(0.38 + 0.36 * grown, 0.22, 0.82))
    floor_area = people * FLOOR_AREA_PER_PERSON_M2
    density = SLAB_DENSITY_M2_PER_HA * float(np.clip(1.0 + 0.45 * grown, 0.8, 1.6))
    civic_m2 = CIVIC_LAND_M2 * people
    core_m2 = apartment_share * floor_area / density * 1e4 + civic_m2
    houses = (1.0 - apartment_share) * floor_area / HOUSE_FLOOR_AREA_M2
    town_m2 = core_m2 + spread * houses * LAND_PER_HOUSE_M2
    return Scale(
        people=people,
        apartment_share=apartment_share,
        civic_share=civic_m2 / core_m2,
        core_radius_m=float(np.sqrt(core_m2 / np.pi)),
        radius_m=float(np.sqrt(town_m2 / np.pi)),
    )


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
    lines, classes, crossing = _main_streets(scale, seed, limit, rail_y)
    barrier = shapely.union_all(
        [
            river.buffer(RIVER_HALF_WIDTH_M, cap_style="flat"),
            rail.buffer(RAIL_HALF_WIDTH_M, cap_style="flat"),
        ]
    )
    kept, kept_classes = _cut_at_barrier(lines, classes, crossing, barrier)
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


def _main_streets(
    scale: Scale, seed: int, limit: Polygon, rail_y: float
) -> tuple[list[LineString], list[str], list[bool]]:
    """Return main streets, their classes, and whether each crosses barriers."""
    large = scale.people >= LARGE_TOWN
    rings = _rings_m(scale)
    far = 1.6 * scale.radius_m
    lines: list[LineString] = []
    classes: list[str] = []
    crosses: list[bool] = []
    draw = uniforms(seed, Stream.STREETS, np.arange(20, 28))
    bearings = []
    for i in range(4):  # trunk road along the railway, station street and bridge across it
        angle = 0.5 * np.pi * i + (draw[i] - 0.5) * (0.20 if i % 2 == 0 else 0.12)
        bearings.append(angle)
        lines.append(_radial(angle, 0.5 * (draw[4 + i] - 0.5), (0.0, far)))
        classes.append("arterial")
        crosses.append(True)
    for number, radius in enumerate(rings):
        ring = _ring(float(radius), seed, 40 + 2 * number)
        within = shapely.polygons(shapely.get_coordinates(ring)).buffer(-0.5)
        lines.append(ring)
        classes.append("arterial" if large else "collector")
        crosses.append(large)
        reach = rings[number + 1] if number + 1 < rings.size else scale.radius_m
        arc = 0.5 * np.pi * 0.5 * (radius + reach)
        extra = max(round(arc / 720.0) - 1, 0)
        for quadrant in range(4):
            start = bearings[quadrant]
            width = (bearings[(quadrant + 1) % 4] - start) % (2.0 * np.pi)
            for k in range(extra):
                key = 1000 + 1000 * number + 100 * quadrant + k
                place, bend, lot = uniforms(seed, Stream.STREETS, [key, key + 30, key + 60])
                angle = start + width * (k + 1.0 + 0.4 * (place - 0.5)) / (extra + 1.0)
                end = 1.15 * reach if number + 1 < rings.size else far
                radial = _radial(angle, 0.25 * (bend - 0.5), (0.85 * radius, end))
                lines.append(shapely.difference(radial, within))
                classes.append("collector")
                crosses.append(large and lot < _BRIDGED_SHARE)
    works_y = rail_y - 150.0
    lines.append(shapely.LineString([(-far, works_y), (far, works_y)]))
    classes.append("collector")
    crosses.append(False)
    second = (0.45 + 0.2 * draw[6]) * scale.radius_m
    lines.append(shapely.LineString([(second, works_y), (second, 0.0)]))
    classes.append("collector")
    crosses.append(True)
    fringe = limit.buffer(-2.0)
    exits = limit.buffer(420.0)
    cut = [
        shapely.intersection(line, exits if number in {0, 2} else fringe)
        for number, line in enumerate(lines)
    ]
    return cut, classes, crosses


def _cut_at_barrier(
    lines: list[LineString], classes: list[str], crosses: list[bool], barrier: shapely.Geometry
) -> tuple[list[LineString], list[str]]:
    """Cut streets where they would need a bridge they have not; drop crumbs."""
    kept: list[LineString] = []
    kept_classes: list[str] = []
    for line, kind, bridge in zip(lines, classes, crosses, strict=True):
        rest = line if bridge else shapely.difference(line, barrier)
        for part in shapely.get_parts(rest):
            if part.length > _SHORTEST_M:
                kept.append(part)
                kept_classes.append(kind)
    return kept, kept_classes


def _quarters(faces: shapely.Geometry, scale: Scale, seed: int, rail_y: float) -> list[Quarter]:
    """Tell what each face is built of, and which way its grid runs."""
    points = shapely.get_coordinates(shapely.point_on_surface(faces))
    reach = np.hypot(points[:, 0] / 1.08, points[:, 1])
    bearing = np.arctan2(points[:, 1], points[:, 0])
    key = np.arange(faces.size)
    grid_draw = uniforms(seed, Stream.STREETS, 5000 + key)
    turn_draw = uniforms(seed, Stream.STREETS, 6000 + key)
    core = (reach < 1.05 * scale.core_radius_m) & (points[:, 1] > rail_y)
    core_rows = np.flatnonzero(core)
    fabric = np.full(faces.size, "house", dtype=object)
    fabric[points[:, 1] < rail_y] = "industry"
    order = core_rows[np.argsort(uniforms(seed, Stream.STREETS, 7000 + core_rows))]
    area = np.cumsum(shapely.area(faces[order]))
    share = (area - 0.6 * shapely.area(faces[order])) / max(float(area[-1]), 1.0)
    fabric[order] = np.where(
        share < scale.civic_share, "civic", np.where(share < _NEW_FROM_SHARE, "slab", "new")
    )
    quarters = []
    for row, face in enumerate(faces):
        along_rail = (
            grid_draw[row] < _ALONG_RAIL_SHARE or bool(core[row]) or fabric[row] == "industry"
        )
        angle = 0.0 if along_rail else float(bearing[row])
        angle += np.deg2rad(14.0) * (turn_draw[row] - 0.5)
        if fabric[row] != "industry" and uniform(seed, Stream.STREETS, 8000 + row) < _TURNED_SHARE:
            angle += 0.5 * np.pi
        quarters.append(Quarter(outline=face, fabric=str(fabric[row]), angle_rad=float(angle)))
    return quarters
