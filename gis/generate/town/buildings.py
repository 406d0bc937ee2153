"""Buildings of a synthetic town: all fabrics together, fitted to the people who live there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.draws import normals, uniforms
from gis.generate.town.fabric import (
    SITES,
    STREET_GAP_M,
    civic_rows,
    ground_of,
    house_rows,
    public_sites,
    slab_rows,
    works_rows,
)
from gis.generate.town.lots import without_overlap
from gis.generate.town.streets import RANK
from gis.generate.town.years import built_years
from twin.core.streams import Stream

if TYPE_CHECKING:
    from gis.generate.town.plan import Plan
    from gis.generate.town.streets import StreetLines
    from twin.core.arrays import Bool, Int64

FLAT_M2 = 54.0
"""Floor area of a building per flat, stairs included."""
_BUILDING_GAP_M = 4.0
_SHOP_STREET_M = 45.0
_REACH_M = {"house": 42.0, "civic": 45.0, "industry": 95.0}


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
    groups = [public_sites(plan, ground, streets)]
    groups += [
        civic_rows(plan, ground),
        slab_rows(ground, seed),
        works_rows(plan, ground, seed),
        house_rows(ground, seed),
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


def _clear_of_streets(frame: pd.DataFrame, shapes: shapely.Geometry, streets: StreetLines) -> Bool:
    """Return which shapes keep clear of all streets and yet stand at one."""
    tree = shapely.STRtree(streets.lines)
    (row, _), away = tree.query_nearest(shapes, all_matches=False, return_distance=True)
    distance_m = np.full(shapes.size, np.inf)
    distance_m[row] = away
    reach_m = frame["fabric"].map(_REACH_M).fillna(np.inf).to_numpy()
    clear: Bool = (distance_m > STREET_GAP_M) & (distance_m < reach_m)
    return clear


def _clear_of_yards(frame: pd.DataFrame, shapes: shapely.Geometry) -> Bool:
    """Return which shapes keep clear of the yards of public sites."""
    yard_of = {site.use: site.yard_m for site in SITES}
    site: Bool = (frame["fabric"] == "site").to_numpy()
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
    floors: Int64 = frame["floors"].to_numpy().copy()
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
    """Return which buildings stay when surplus houses, most at the fringe, are left unbuilt."""
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
    main = streets.lines[streets.rank <= RANK["collector"]]
    _, near = shapely.STRtree(shapes).query(main, predicate="dwithin", distance=_SHOP_STREET_M)
    at_main = np.zeros(len(frame), dtype=bool)
    at_main[near] = True
    rows = np.flatnonzero(at_main & (frame["use"] == "house").to_numpy())
    lot = normals(seed, Stream.BUILDINGS, 950_000 + rows)
    chosen = rows[np.argsort(lot, kind="stable")[: round(plan.scale.people / 600)]]
    uses = frame["use"].to_numpy(dtype=object).copy()
    uses[chosen] = "retail"
    return uses
