"""What a building is for, from its tags, the land it stands on, its shape and its neighbours.

The rules are for towns of Soviet plan: private houses, slabs of flats, and everything else. A tag
decides before land use, land use before shape; `confidence` falls in that order. The limits were
set on tagged buildings of one town (Snezhinsk: flats 10-90 % of 206-1,600 m2 and 10-22 m deep,
houses 50-180 m2) and are assumptions elsewhere. Two rules are for other towns: buildings wall to
wall are blocks of flats (of tagged ones of 60-600 m2 in rows in Porto, 48 % are flats, 8 % houses,
20 % shops; 1,039 more are `residential`), and what is neither house nor slab is a home where the
tagged buildings of its size around it are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gis.clean.street_graph import groups_of
from gis.read.vocabulary import GROUND, HOME_TAGS, USE_OF_AMENITY, USE_OF_BUILDING

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.core.arrays import Bool, Float64, Int64

_SHED_M2, _COTTAGE_M2, _HOUSE_M2 = 28.0, 45.0, 250.0
_SLAB_M2, _SLAB_LENGTH_M = 260.0, 22.0
_SLAB_WIDTH_M = (8.5, 19.0)
_SLAB_FULLNESS = 0.75
_WING_M2, _WING_LENGTH_M, _WING_WIDTH_M = 500.0, 45.0, (9.5, 16.5)
_TWIN_HOUSE_M2, _HOUSES_NEAR_M, _HOUSES_AROUND = 450.0, 120.0, 4
OTHER_CONFIDENCE = 0.3
"""Of what seems no home, and is a shop or a public building by its size alone."""
WINGS_CONFIDENCE = 0.4
"""Of flats in buildings with several wings, which could be schools."""
_WORKS_M2 = 60.0
_SHED_NEAR_M, _SLABS_NEAR_M, _SLABS_AROUND = 22.0, 180.0, 3
_KIOSK_M2, _SHOP_M2 = 60.0, 600.0
_SMALLEST_PALACE_M2 = 1500.0
_WALL_M, _ROW_M2, _ROW_SHARE = 0.5, 1000.0, 2.0
_ALIKE_M, _ALIKE_COUNT, _ALIKE_LEAST, _METRES_PER_DOUBLING = 400.0, 7, 3, 150.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Measures of outlines, each of shape (n,)."""

    area_m2: Float64
    width_m: Float64
    """Depth of the wing: width of the rectangle of equal area and perimeter"""
    length_m: Float64
    """Length of that rectangle, all wings together"""
    fullness: Float64
    """Share of the smallest enclosing rectangle"""
    xy_m: Float64
    """(n, 2) a point inside"""
    row_m2: Float64
    """Of all buildings that stand wall to wall with it, itself included"""


def shape_of(outlines: gpd.GeoSeries) -> Shape:
    """Measure outlines in a metric CRS."""
    shapes = np.asarray(outlines.values)
    area = shapely.area(shapes)
    half = shapely.length(shapes) / 4.0
    width = half - np.sqrt(np.maximum(half**2 - area, 0.0))
    width = np.maximum(width, 0.1)
    box = shapely.area(shapely.minimum_rotated_rectangle(shapes))
    return Shape(
        area_m2=area,
        width_m=width,
        length_m=area / width,
        fullness=area / np.maximum(box, 1e-6),
        xy_m=shapely.get_coordinates(shapely.point_on_surface(shapes)),
        row_m2=_rows_m2(shapes, area),
    )


def _rows_m2(shapes: np.ndarray, area_m2: Float64) -> Float64:
    """Return the area of each building with all that touch it, directly or by others."""
    one, two = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_WALL_M)
    pairs = np.column_stack([one, two])[one < two]
    row = groups_of(len(shapes), pairs)
    whole: Float64 = np.bincount(row, area_m2, len(shapes))[row]
    return whole


def uses(
    buildings: gpd.GeoDataFrame, landuse: gpd.GeoDataFrame, shape: Shape
) -> tuple[pd.DataFrame, Bool]:
    """Return use, its source and confidence per building, and which may hold a public service.

    Returns
    -------
    table
        Columns `use`, `use_source` (observed, imputed), `use_confidence`.
    free
        Buildings whose public or retail use is a guess from shape, so that a school or a clinic
        may be put there; shape (n,).
    """
    use, confidence = _tagged(buildings)
    observed = use != ""
    ground = _ground_under(shape.xy_m, landuse)
    open_rows = ~observed
    for group, rule in (
        ("ancillary", "ancillary"),
        ("school", "school"),
        ("retail", "retail"),
        ("office", "office"),
    ):
        rows = open_rows & (ground == group)
        use[rows], confidence[rows] = rule, 0.7
        open_rows &= ~rows
    works = open_rows & (ground == "industrial")
    use[works] = np.where(shape.area_m2[works] >= _WORKS_M2, "industrial", "ancillary")
    confidence[works] = 0.7
    open_rows &= ~works
    guess, sure = _by_shape(shape, use, open_rows, ground == "residential")
    lived_in = open_rows & buildings["building"].isin(HOME_TAGS).to_numpy()
    shop = open_rows & (guess == "retail") & ~lived_in
    alike = _home_as_neighbours(shape, use, observed, shop)
    guess[alike], sure[alike] = use_of_home(shape, alike), 0.4
    guess[lived_in], sure[lived_in] = use_of_home(shape, lived_in), 0.8
    use[open_rows], confidence[open_rows] = guess[open_rows], sure[open_rows]
    free = open_rows & np.isin(use, ("public", "retail")) & (shape.area_m2 >= _SLAB_M2)
    free |= alike & (shape.area_m2 >= _SLAB_M2)
    free |= open_rows & ~lived_in & (use == "apartment") & (confidence == WINGS_CONFIDENCE)
    table = pd.DataFrame(
        {
            "use": use,
            "use_source": np.where(observed, "observed", "imputed").astype(object),
            "use_confidence": confidence,
        }
    )
    return table, free


def use_of_home(shape: Shape, rows: Bool) -> np.ndarray:
    """Return `house` or `apartment` for buildings that are homes, by size and walls, shape (n,)."""
    flats = (shape.area_m2[rows] >= _HOUSE_M2) | _in_row(shape)[rows]
    return np.where(flats, "apartment", "house").astype(object)


def use_of_other(shape: Shape, rows: Bool) -> np.ndarray:
    """Return the use of buildings that seem to be no homes, by size, shape (n,)."""
    area = shape.area_m2[rows]
    kinds = np.array(["ancillary", "retail", "public"], dtype=object)
    return kinds[np.digitize(area, (_KIOSK_M2, _SHOP_M2))]


def _in_row(shape: Shape) -> Bool:
    """Return which buildings stand wall to wall with many."""
    many: Bool = shape.row_m2 >= np.maximum(_ROW_M2, _ROW_SHARE * shape.area_m2)
    return many & (shape.area_m2 >= _KIOSK_M2)


def _home_as_neighbours(shape: Shape, use: np.ndarray, observed: Bool, rows: Bool) -> Bool:
    """Return which of some buildings are homes if they are what those of their size around are.

    The seven tagged buildings nearest by place and size are asked, twice the size being as far as
    150 m; three at least, within 400 m, and more than half of them homes.
    """
    known, asked = np.flatnonzero(observed & (use != "ancillary")), np.flatnonzero(rows)
    out = np.zeros(rows.size, dtype=np.bool_)
    if known.size < _ALIKE_LEAST or not asked.size:
        return out
    size = _METRES_PER_DOUBLING * np.log2(np.maximum(shape.area_m2, 1.0))
    place = np.column_stack([shape.xy_m, size])
    away, at = cKDTree(place[known]).query(place[asked], k=[*range(1, _ALIKE_COUNT + 1)])
    near = away <= _ALIKE_M
    homes = np.append(np.isin(use[known], ("house", "apartment")), False)[at]
    votes, count = (homes & near).sum(axis=1), near.sum(axis=1)
    out[asked] = (count >= _ALIKE_LEAST) & (2 * votes > count)
    return out


def _tagged(buildings: gpd.GeoDataFrame) -> tuple[np.ndarray, Float64]:
    """Return uses given by tags, '' where none."""
    use = np.full(len(buildings), "", dtype=object)
    by_building = buildings["building"].map(USE_OF_BUILDING).fillna("").to_numpy(dtype=object)
    by_amenity = buildings["amenity"].map(USE_OF_AMENITY).fillna("").to_numpy(dtype=object)
    by_amenity[(buildings["healthcare"] != "").to_numpy()] = "health"
    shop = (buildings["shop"] != "").to_numpy()
    office = (buildings["office"] != "").to_numpy()
    use[office] = "office"
    use[shop] = "retail"
    use[by_building != ""] = by_building[by_building != ""]
    home = np.isin(by_building, ("apartment", "house"))  # a pharmacy below flats leaves them flats
    use[(by_amenity != "") & ~home] = by_amenity[(by_amenity != "") & ~home]
    return use, np.where(use != "", 0.9, 0.0)


def _ground_under(xy_m: Float64, landuse: gpd.GeoDataFrame) -> np.ndarray:
    """Return the group of the smallest mapped land use each building stands on, '' none."""
    ground = np.full(len(xy_m), "", dtype=object)
    group = landuse["landuse"].map(GROUND)
    known = landuse[group.notna().to_numpy()]
    if known.empty:
        return ground
    shapes = np.asarray(known.geometry.values)
    big_first = np.argsort(-shapely.area(shapes), kind="stable")
    tree = shapely.STRtree(shapes[big_first])
    building, area = tree.query(shapely.points(xy_m), predicate="intersects")
    order = np.argsort(area, kind="stable")  # the smallest comes last and stays
    names = group.dropna().to_numpy(dtype=object)[big_first]
    ground[building[order]] = names[area[order]]
    return ground


def _by_shape(
    shape: Shape, known: np.ndarray, open_rows: Bool, residential: Bool
) -> tuple[np.ndarray, Float64]:
    """Return the use of untagged buildings from shape and neighbours, and how sure it is."""
    area, width = shape.area_m2, shape.width_m
    deep = (width >= _SLAB_WIDTH_M[0]) & (width <= _SLAB_WIDTH_M[1])
    slab = (area >= _SLAB_M2) & deep & (shape.length_m >= _SLAB_LENGTH_M)
    slab &= shape.fullness >= _SLAB_FULLNESS
    flats = (open_rows & slab) | (known == "apartment")
    small = (area >= _SHED_M2) & (area < _HOUSE_M2)
    houses = (open_rows & small & residential & (area >= _COTTAGE_M2)) | (known == "house")
    n_flats = _count_near(shape.xy_m, shape.xy_m[flats], _SLABS_NEAR_M)
    n_houses = _count_near(shape.xy_m, shape.xy_m[houses], _HOUSES_NEAR_M)
    among_houses = (n_houses >= _HOUSES_AROUND) & (n_houses > n_flats)
    among_flats = (n_flats >= _SLABS_AROUND) & ~among_houses & (known != "house")
    house = small & ~among_flats & (residential | (area >= _COTTAGE_M2))
    house |= (area >= _SHED_M2) & (area < _TWIN_HOUSE_M2) & among_houses
    shed = house & (area < _COTTAGE_M2) & _beside_larger(shape, house | (known == "house"))
    use = use_of_other(shape, np.ones(area.size, dtype=np.bool_))
    sure = np.full(area.size, OTHER_CONFIDENCE)
    # wings of the depth of flats round a yard; schools look alike and are picked among them later
    wings = (area >= _WING_M2) & (shape.length_m >= _WING_LENGTH_M) & among_flats
    wings &= (width >= _WING_WIDTH_M[0]) & (width <= _WING_WIDTH_M[1])
    for rows, name, confidence in (
        (wings & ~slab, "apartment", WINGS_CONFIDENCE),
        (_in_row(shape) & (area < _SMALLEST_PALACE_M2), "apartment", 0.5),
        (slab, "apartment", 0.6),
        (house & ~shed, "house", 0.6),
        (small & ~house & (area < _KIOSK_M2), "ancillary", 0.5),
        ((area < _SHED_M2) | shed, "ancillary", 0.7),
    ):
        use[rows], sure[rows] = name, confidence
    return use, sure


def _count_near(xy_m: Float64, others_m: Float64, radius_m: float) -> Int64:
    """Return how many of `others_m` lie within a radius of each place."""
    if len(others_m) == 0:
        return np.zeros(len(xy_m), dtype=np.int64)
    found = cKDTree(others_m).query_ball_point(xy_m, radius_m, return_length=True)
    return np.asarray(found, dtype=np.int64)


def _beside_larger(shape: Shape, houses: Bool) -> Bool:
    """Return which houses have a house half as large again within a yard's reach."""
    rows = np.flatnonzero(houses)
    beside = np.zeros(houses.size, dtype=np.bool_)
    if rows.size:
        pairs = cKDTree(shape.xy_m[rows]).query_pairs(_SHED_NEAR_M, output_type="ndarray")
        a, b = rows[pairs[:, 0]], rows[pairs[:, 1]]
        ratio = shape.area_m2[a] / shape.area_m2[b]
        beside[a[ratio < 1 / 1.5]] = True
        beside[b[ratio > 1.5]] = True  # noqa: PLR2004 - as the docstring says
    return beside
