"""What each fabric of a synthetic town is built of: sites, civic rows, slabs, works, houses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
import shapely

from gis.draws import uniforms
from gis.generate.town.lots import Lots, frontage_lots, rectangles, spread_over
from twin.core.streams import Stream

if TYPE_CHECKING:
    from gis.generate.town.plan import Plan
    from gis.generate.town.streets import StreetLines
    from twin.core.arrays import Float64, Int64

STREET_GAP_M = 7.0
"""Least distance of a building from the middle of a street."""
_SHED_SHARE = 0.45
_SLAB_RINGS_M = (26.0, 86.0)
_MIN_SLAB_FLOORS = 2
_FLATS_DENSITY = 4.0
_TALLER_OF_FIVE = 2
_CIVIC_FLOORS, _CIVIC_FLOORS_LARGE = (2, 3), (4, 6)
_SLAB_SHOP_SHARE = 0.11
_SHORT_SLAB_SHARE = 0.35
_UTILITY_EVERY, _UTILITY_AT = 9, 3
_TALL_WORKS_SHARE = 0.25


@final
@dataclass(frozen=True, slots=True)
class Site:
    """A public use that takes a yard inside a block."""

    use: str
    people_per_site: int
    """One for so many residents."""
    width_m: float
    depth_m: float
    floors: int
    yard_m: float
    """Free ground round the building."""


SITES = (
    Site("health", 60_000, 62.0, 20.0, 4, 30.0),
    Site("school", 3_600, 64.0, 22.0, 3, 24.0),
    Site("kindergarten", 2_400, 46.0, 18.0, 2, 18.0),
)
"""Hospital, schools of 430 places and kindergartens of 140: state norms of places per 1,000 people,
rounded to standard buildings."""
CIVIC_USES = ("public", "public", "office", "retail", "health", "public", "office", "retail")
"""Uses of civic lots from the centre outwards, again for every 5,000 people; flats after them."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Buildings before they are joined into one table."""

    frame: pd.DataFrame
    """use, floors, footprint_m2, block, fabric, rank (order of giving way)."""
    shapes: shapely.Geometry
    """(n,)"""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Blocks with what they are built of."""

    blocks: shapely.Geometry
    """(n_blocks,)"""
    fabric: shapely.Geometry
    """Fabric name of each block, shape (n_blocks,)."""
    centre_m: Float64
    """(n_blocks, 2)"""

    def of(self, *fabrics: str) -> Int64:
        """Return the blocks of some fabrics."""
        return np.flatnonzero(np.isin(self.fabric, fabrics))


def ground_of(blocks: shapely.Geometry, plan: Plan) -> Ground:
    """Give each block the fabric of the quarter it lies in."""
    centre = shapely.point_on_surface(blocks)
    outlines = np.array([quarter.outline for quarter in plan.quarters], dtype=object)
    row, quarter = shapely.STRtree(outlines).query_nearest(centre, all_matches=False)
    fabric = np.full(blocks.size, "house", dtype=object)
    fabric[row] = np.array([plan.quarters[i].fabric for i in quarter], dtype=object)
    return Ground(blocks=blocks, fabric=fabric, centre_m=shapely.get_coordinates(centre))


def _pieces(
    lots: Lots, width_m: Float64, depth_m: Float64, use: object, floors: object, fabric: str
) -> Pieces:
    shapes = rectangles(lots.centre_m, lots.angle_rad, width_m, depth_m)
    frame = pd.DataFrame(
        {
            "use": np.broadcast_to(np.asarray(use, dtype=object), len(lots)).copy(),
            "floors": np.broadcast_to(np.asarray(floors, dtype=np.int32), len(lots)).copy(),
            "footprint_m2": np.round(width_m * depth_m, 1),
            "block": lots.block,
            "fabric": np.full(len(lots), fabric, dtype=object),
        }
    )
    return Pieces(frame=frame, shapes=shapes)


def public_sites(plan: Plan, ground: Ground, streets: StreetLines) -> Pieces:
    """Place hospital, schools and kindergartens in the middle of blocks, far from their like."""
    rows = ground.of("slab", "new", "house")
    blocks = ground.blocks[rows]
    circles = shapely.maximum_inscribed_circle(blocks, tolerance=4.0)
    middle = shapely.get_coordinates(shapely.get_point(circles, 0))
    box = shapely.oriented_envelope(blocks)
    corner = [
        shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(box), i))
        for i in range(3)
    ]
    first, second = corner[1] - corner[0], corner[2] - corner[1]
    longer = np.hypot(*first.T) >= np.hypot(*second.T)
    edge = np.where(longer[:, None], first, second)
    angle = np.arctan2(edge[:, 1], edge[:, 0])
    taken = np.zeros(rows.size, dtype=bool)
    roads = shapely.STRtree(streets.lines)
    weight = shapely.area(blocks) * np.where(ground.fabric[rows] == "house", 1.0, _FLATS_DENSITY)
    parts = []
    for site in SITES:
        count = max(round(plan.scale.people / site.people_per_site), 1)
        size = np.ones(rows.size)
        trial = rectangles(middle, angle, size * site.width_m, size * site.depth_m)
        (at, _), away = roads.query_nearest(trial, all_matches=False, return_distance=True)
        fits = ~taken & shapely.contains(blocks, trial)
        fits[at] &= away > STREET_GAP_M + 3.0
        chosen = spread_over(middle, weight, fits, count)
        taken[chosen] = True
        lots = Lots(middle[chosen], angle[chosen], np.zeros((chosen.size, 2)), rows[chosen])
        width = np.full(chosen.size, site.width_m)
        depth = np.full(chosen.size, site.depth_m)
        parts.append(_pieces(lots, width, depth, site.use, site.floors, "site"))
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    return Pieces(frame=frame, shapes=np.concatenate([part.shapes for part in parts]))


def civic_rows(plan: Plan, ground: Ground) -> Pieces:
    """Line the centre's blocks with public buildings, offices, shops and low blocks of flats."""
    rows = ground.of("civic")
    lots = frontage_lots(ground.blocks[rows], rows, setback_m=24.0, frontage_m=52.0)
    lots = lots.rows(np.argsort(np.hypot(*lots.centre_m.T), kind="stable"))
    round_of_uses = len(CIVIC_USES) * max(round(plan.scale.people / 5_000), 1)
    place = np.arange(len(lots))
    every_third = place % 3 == 0  # flats between the public buildings
    serial = np.cumsum(~every_third) - 1
    uses = np.array(CIVIC_USES, dtype=object)[serial % len(CIVIC_USES)]
    uses = np.where(every_third | (serial >= round_of_uses), "apartment", uses)
    low, high = _CIVIC_FLOORS_LARGE if plan.scale.large else _CIVIC_FLOORS
    floors = np.where((uses != "retail") & (place % 5 < _TALLER_OF_FIVE), high, low)
    width: Float64 = 28.0 + 3.5 * ((place * 7) % 5).astype(np.float64)
    return _pieces(lots, width, np.full(len(lots), 14.0), uses, floors, "civic")


def slab_rows(ground: Ground, seed: int) -> Pieces:
    """Line apartment blocks with slabs in two rows, with small shops between some."""
    parts = []
    for fabric in ("slab", "new"):
        rows = ground.of(fabric)
        for number, setback in enumerate(_SLAB_RINGS_M):
            lots = frontage_lots(ground.blocks[rows], rows, setback_m=setback, frontage_m=86.0)
            key = 100_000 * (number + 1) + np.arange(len(lots))
            draw = uniforms(seed, Stream.BUILDINGS, key)
            shop = (
                (draw > 1.0 - _SLAB_SHOP_SHARE) if number == 0 else np.zeros(len(lots), dtype=bool)
            )
            width = np.where(shop, 26.0, np.where(draw < _SHORT_SLAB_SHARE, 48.0, 66.0))
            depth = np.where(shop, 16.0, 12.6 if fabric == "slab" else 15.0)
            floors = np.where(shop, 1, _MIN_SLAB_FLOORS)
            uses = np.where(shop, "retail", "apartment")
            parts.append(_pieces(lots, width, depth, uses, floors, fabric))
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    return Pieces(frame=frame, shapes=np.concatenate([part.shapes for part in parts]))


def works_rows(plan: Plan, ground: Ground, seed: int) -> Pieces:
    """Line the industrial blocks with works; the one nearest the centre is the boiler house."""
    rows = ground.of("industry")
    lots = frontage_lots(ground.blocks[rows], rows, setback_m=38.0, frontage_m=105.0)
    order = np.argsort(np.hypot(*lots.centre_m.T), kind="stable")
    lots = lots.rows(order[: max(round(plan.scale.people / 480), 8)])
    draw = uniforms(seed, Stream.BUILDINGS, 400_000 + np.arange(len(lots)))
    width = 45.0 + 45.0 * draw
    depth = 20.0 + 22.0 * uniforms(seed, Stream.BUILDINGS, 410_000 + np.arange(len(lots)))
    place = np.arange(len(lots))
    uses = np.where((place == 0) | (place % _UTILITY_EVERY == _UTILITY_AT), "utility", "industrial")
    floors = np.where(draw < _TALL_WORKS_SHARE, 2, 1)
    return _pieces(lots, width, depth, uses, floors, "industry")


def house_rows(ground: Ground, seed: int) -> Pieces:
    """Line the private blocks with one-storey houses, and sheds behind some."""
    rows = ground.of("house")
    lots = frontage_lots(ground.blocks[rows], rows, setback_m=18.5, frontage_m=22.5)
    key = 500_000 + np.arange(len(lots))
    size, form, turn, shift, shed = (
        uniforms(seed, Stream.BUILDINGS, key, draw=draw) for draw in range(5)
    )
    area = 60.0 + 50.0 * size**1.4
    width = np.sqrt(area * (1.0 + 0.6 * form))
    moved = Lots(
        lots.centre_m + lots.inward * (4.0 * shift - 2.0)[:, None],
        lots.angle_rad + np.deg2rad(3.0) * (turn - 0.5),
        lots.inward,
        lots.block,
    )
    houses = _pieces(moved, width, area / width, "house", 1, "house")
    behind = shed < _SHED_SHARE
    side = np.stack([np.cos(lots.angle_rad), np.sin(lots.angle_rad)], axis=1)
    offset = lots.inward * (13.0 + 5.0 * form)[:, None] + side * (9.0 * turn - 4.5)[:, None]
    sheds_at = Lots(lots.centre_m + offset, lots.angle_rad, lots.inward, lots.block).rows(behind)
    shed_area = 14.0 + 22.0 * shift[behind]
    wide = np.sqrt(1.5 * shed_area)
    sheds = _pieces(sheds_at, wide, shed_area / wide, "ancillary", 1, "house")
    houses.frame["home"] = np.arange(len(lots))
    sheds.frame["home"] = np.flatnonzero(behind)
    frame = pd.concat([houses.frame, sheds.frame], ignore_index=True)
    return Pieces(frame=frame, shapes=np.concatenate([houses.shapes, sheds.shapes]))
