"""Buildings of a synthetic town: public sites, slabs, houses with sheds, shops, works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
import shapely

from gis.draws import normals, uniforms
from gis.town_lots import Lots, frontage_lots, rectangles, spread_over, without_overlap
from gis.town_years import built_years
from twin.core.streams import Stream

if TYPE_CHECKING:
    from gis.town_plan import Plan
    from gis.town_streets import StreetLines
    from twin.core.arrays import Bool, Float64, Int64

FLAT_M2 = 54.0
"""Floor area of a building per flat, stairs included."""
_STREET_GAP_M = 7.0
_BUILDING_GAP_M = 4.0
_SHED_SHARE = 0.45
_SLAB_RINGS_M = (26.0, 86.0)
_MIN_SLAB_FLOORS = 2
_SHOP_STREET_M = 45.0
_FLATS_DENSITY = 4.0
_REACH_M = {"house": 42.0, "civic": 45.0, "industry": 95.0}


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
"""Uses of civic lots from the centre outwards, repeated for every 5,000 people; flats after them."""


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


def draw_buildings(
    plan: Plan, streets: StreetLines, blocks: shapely.Geometry, seed: int
) -> tuple[pd.DataFrame, shapely.Geometry, float]:
    """Draw the buildings of a town.

    Returns
    -------
    frame
        use, floors, footprint_m2, floor_area_m2, dwellings, built_year; one row per building.
    shapes
        Outlines in the town's frame, shape (n_buildings,).
    room
        Floor area the house lots could hold over the floor area needed there.
    """
    ground = ground_of(blocks, plan)
    groups = [_public_sites(plan, ground, streets)]
    groups += [
        _civic(plan, ground),
        _slabs(plan, ground, seed),
        _works(plan, ground, seed),
        _houses(ground, seed),
    ]
    frame = pd.concat([group.frame for group in groups], ignore_index=True)
    shapes = np.concatenate([group.shapes for group in groups])
    clear = _clear_of_streets(frame, shapes, streets) & _clear_of_yards(frame, shapes)
    frame, shapes = frame[clear].reset_index(drop=True), shapes[clear]
    stays = without_overlap(shapes, gap_m=_BUILDING_GAP_M)
    frame, shapes = frame[stays].reset_index(drop=True), shapes[stays]
    frame["floors"] = _fitted_floors(frame, plan, seed)
    kept, room = _fitted_houses(frame, shapes, plan, seed)
    frame, shapes = frame[kept].reset_index(drop=True), shapes[kept]
    frame["use"] = _with_corner_shops(frame, shapes, streets, plan, seed)
    frame["floor_area_m2"] = np.round(frame["footprint_m2"] * frame["floors"], 1)
    flats = np.maximum(np.round(frame["floor_area_m2"] / FLAT_M2), 2)
    frame["dwellings"] = np.select(
        [frame["use"] == "house", frame["use"] == "apartment"], [1, flats], 0
    ).astype(np.int32)
    frame["built_year"] = built_years(frame, shapes, plan, seed)
    return frame, shapes, room


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


def _public_sites(plan: Plan, ground: Ground, streets: StreetLines) -> Pieces:
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
        fits[at] &= away > _STREET_GAP_M + 3.0
        chosen = spread_over(middle, weight, fits, count)
        taken[chosen] = True
        lots = Lots(middle[chosen], angle[chosen], np.zeros((chosen.size, 2)), rows[chosen])
        width = np.full(chosen.size, site.width_m)
        depth = np.full(chosen.size, site.depth_m)
        parts.append(_pieces(lots, width, depth, site.use, site.floors, "site"))
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    return Pieces(frame=frame, shapes=np.concatenate([part.shapes for part in parts]))


def _civic(plan: Plan, ground: Ground) -> Pieces:
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
    floors = np.where((uses != "retail") & (place % 5 < 2), 3, 2)
    width = 28.0 + 14.0 * ((place * 7) % 5) / 4.0
    return _pieces(lots, width, np.full(len(lots), 14.0), uses, floors, "civic")


def _slabs(plan: Plan, ground: Ground, seed: int) -> Pieces:
    """Line apartment blocks with slabs in two rows, with small shops between some."""
    parts = []
    for fabric in ("slab", "new"):
        rows = ground.of(fabric)
        for number, setback in enumerate(_SLAB_RINGS_M):
            lots = frontage_lots(ground.blocks[rows], rows, setback_m=setback, frontage_m=86.0)
            key = 100_000 * (number + 1) + np.arange(len(lots))
            draw = uniforms(seed, Stream.BUILDINGS, key)
            shop = (draw > 0.89) if number == 0 else np.zeros(len(lots), dtype=bool)
            width = np.where(shop, 26.0, np.where(draw < 0.35, 48.0, 66.0))
            depth = np.where(shop, 16.0, 12.6 if fabric == "slab" else 15.0)
            floors = np.where(shop, 1, _MIN_SLAB_FLOORS)
            uses = np.where(shop, "retail", "apartment")
            parts.append(_pieces(lots, width, depth, uses, floors, fabric))
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    return Pieces(frame=frame, shapes=np.concatenate([part.shapes for part in parts]))


def _works(plan: Plan, ground: Ground, seed: int) -> Pieces:
    """Line the industrial blocks with works; the one nearest the centre is the boiler house."""
    rows = ground.of("industry")
    lots = frontage_lots(ground.blocks[rows], rows, setback_m=38.0, frontage_m=105.0)
    order = np.argsort(np.hypot(*lots.centre_m.T), kind="stable")
    lots = lots.rows(order[: max(round(plan.scale.people / 480), 8)])
    draw = uniforms(seed, Stream.BUILDINGS, 400_000 + np.arange(len(lots)))
    width = 45.0 + 45.0 * draw
    depth = 20.0 + 22.0 * uniforms(seed, Stream.BUILDINGS, 410_000 + np.arange(len(lots)))
    place = np.arange(len(lots))
    uses = np.where((place == 0) | (place % 9 == 3), "utility", "industrial")
    floors = np.where(draw < 0.25, 2, 1)
    return _pieces(lots, width, depth, uses, floors, "industry")


def _houses(ground: Ground, seed: int) -> Pieces:
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


def _clear_of_streets(frame: pd.DataFrame, shapes: shapely.Geometry, streets: StreetLines) -> Bool:
    """Tell which shapes keep clear of all streets and yet stand at one."""
    tree = shapely.STRtree(streets.lines)
    (row, _), away = tree.query_nearest(shapes, all_matches=False, return_distance=True)
    distance_m = np.full(shapes.size, np.inf)
    distance_m[row] = away
    reach_m = frame["fabric"].map(_REACH_M).fillna(np.inf).to_numpy()
    return (distance_m > _STREET_GAP_M) & (distance_m < reach_m)


def _clear_of_yards(frame: pd.DataFrame, shapes: shapely.Geometry) -> Bool:
    """Tell which shapes keep clear of the yards of public sites."""
    yard_of = {site.use: site.yard_m for site in SITES}
    site = (frame["fabric"] == "site").to_numpy()
    yards = shapely.buffer(shapes[site], frame.loc[site, "use"].map(yard_of).to_numpy())
    _, hit = shapely.STRtree(shapes).query(yards, predicate="intersects")
    clear = np.ones(shapes.size, dtype=bool)
    clear[hit] = False
    return clear | site


def _fitted_floors(frame: pd.DataFrame, plan: Plan, seed: int) -> Int64:
    """Raise slabs, block by block and then one by one, until the flats hold their people.

    Low towns keep to five storeys outside the new quarter; a core that is still too small goes to
    nine, a very large one to sixteen.
    """
    floors = frame["floors"].to_numpy().copy()
    slab = ((frame["use"] == "apartment") & frame["fabric"].isin(["slab", "new"])).to_numpy()
    need = plan.scale.floor_area_m2 * plan.scale.apartment_share
    footprint = frame["footprint_m2"].to_numpy()
    new = (frame["fabric"] == "new").to_numpy()
    block_draw = uniforms(seed, Stream.FLOORS, frame["block"].to_numpy())
    own_draw = uniforms(seed, Stream.FLOORS, 1_000_000 + np.arange(len(frame)))
    order = np.argsort(np.where(slab, 0.7 * block_draw + 0.3 * own_draw, 9.0), kind="stable")
    order = order[: int(slab.sum())]
    flats = (frame["use"] == "apartment").to_numpy()
    for low, high in ((3, 5), (4, 5), (5, 9), (5, 9), (9, 12), (12, 16), (16, 25)):
        step = np.where(new, high, low)
        total = float((floors * footprint)[flats].sum())
        gain = np.maximum(step - floors, 0)[order] * footprint[order]
        reached = np.searchsorted(np.cumsum(gain), need - total)
        raised = order[: reached + 1] if total < need else order[:0]
        floors[raised] = np.maximum(floors[raised], step[raised])
    return floors


def _fitted_houses(
    frame: pd.DataFrame, shapes: shapely.Geometry, plan: Plan, seed: int
) -> tuple[Bool, float]:
    """Tell which buildings stay when surplus houses, most at the fringe, are left unbuilt."""
    house = (frame["use"] == "house").to_numpy()
    area = (frame["footprint_m2"] * frame["floors"]).to_numpy()
    flats = area[(frame["use"] == "apartment").to_numpy()].sum()
    need = max(plan.scale.floor_area_m2 - flats, 0.0)
    reach = np.hypot(*shapely.get_coordinates(shapely.centroid(shapes)).T) / plan.scale.radius_m
    lot = uniforms(seed, Stream.BUILDINGS, 900_000 + np.arange(len(frame)))
    order = np.flatnonzero(house)[np.argsort((reach + 0.45 * lot)[house], kind="stable")]
    inside = np.cumsum(area[order]) - 0.5 * area[order] <= need
    kept = ~house
    kept[order[inside]] = True
    homes = np.isin(frame["home"], frame.loc[kept & house, "home"])
    kept &= homes | (frame["use"] != "ancillary").to_numpy()
    return kept, float(area[house].sum() / max(need, 1.0))


def _with_corner_shops(
    frame: pd.DataFrame, shapes: shapely.Geometry, streets: StreetLines, plan: Plan, seed: int
) -> shapely.Geometry:
    """Turn some houses at the larger streets into shops."""
    main = streets.lines[streets.rank <= 2]
    _, near = shapely.STRtree(shapes).query(main, predicate="dwithin", distance=_SHOP_STREET_M)
    at_main = np.zeros(len(frame), dtype=bool)
    at_main[near] = True
    rows = np.flatnonzero(at_main & (frame["use"] == "house").to_numpy())
    lot = normals(seed, Stream.BUILDINGS, 950_000 + rows)
    chosen = rows[np.argsort(lot, kind="stable")[: round(plan.scale.people / 600)]]
    uses = frame["use"].to_numpy(dtype=object).copy()
    uses[chosen] = "retail"
    return uses
