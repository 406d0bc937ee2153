"""Building lots along the inside of blocks, and yards for schools and hospitals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int64

_SMOOTH_M = 9.0
_LLOYD_STEPS = 12


@final
@dataclass(frozen=True, slots=True, eq=False)
class Lots:
    """Places for buildings, one row each."""

    centre_m: Float64
    """(n_lots, 2)"""
    angle_rad: Float64
    """Direction of the long side, shape (n_lots,)."""
    inward: Float64
    """Unit vector from the street into the block, shape (n_lots, 2)."""
    block: Int64
    """(n_lots,)"""

    def __len__(self) -> int:
        """Return the number of lots."""
        return self.block.size

    def rows(self, index: Int64 | Bool) -> Lots:
        """Return some of the lots."""
        return Lots(
            self.centre_m[index], self.angle_rad[index], self.inward[index], self.block[index]
        )


def frontage_lots(
    blocks: shapely.Geometry, ids: Int64, *, setback_m: float, frontage_m: float
) -> Lots:
    """Place lots in a row along the inside of blocks.

    Parameters
    ----------
    blocks
        Polygons, shape (n_blocks,).
    ids
        Number carried to `Lots.block`, shape (n_blocks,).
    setback_m
        Distance of the row's middle from the middle of the street.
    frontage_m
        Width of a lot along the street.
    """
    inner = shapely.buffer(blocks, -setback_m, join_style="mitre", mitre_limit=2.0)
    parts, owner = shapely.get_parts(inner, return_index=True)
    parts = shapely.normalize(shapely.simplify(parts, _SMOOTH_M))
    whole = ~shapely.is_empty(parts)
    rings, owner = shapely.get_exterior_ring(parts[whole]), owner[whole]
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    start, step = points[:-1][same], np.diff(points, axis=0)[same]
    edge_ring = ring[:-1][same]
    length = np.hypot(step[:, 0], step[:, 1])
    count = np.where(
        length > 0.45 * frontage_m, np.maximum(np.floor(length / frontage_m + 0.35), 1), 0
    ).astype(np.int64)
    edge = np.repeat(np.arange(length.size), count)
    place = np.arange(edge.size) - np.repeat(np.cumsum(count) - count, count)
    fraction = (place + 0.5) / np.maximum(count[edge], 1)
    unit = step / np.maximum(length, 1e-9)[:, None]
    clockwise = ~shapely.is_ccw(rings)[edge_ring]
    left = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    inward = np.where(clockwise[:, None], -left, left)
    return Lots(
        centre_m=start[edge] + step[edge] * fraction[:, None],
        angle_rad=np.arctan2(unit[edge, 1], unit[edge, 0]),
        inward=inward[edge],
        block=np.asarray(ids)[owner][edge_ring][edge],
    )


def rectangles(
    centre_m: Float64, angle_rad: Float64, width_m: Float64, depth_m: Float64
) -> shapely.Geometry:
    """Return turned rectangles, shape (n,)."""
    along = np.stack([np.cos(angle_rad), np.sin(angle_rad)], axis=1) * (0.5 * width_m)[:, None]
    across = np.stack([-np.sin(angle_rad), np.cos(angle_rad)], axis=1) * (0.5 * depth_m)[:, None]
    corners = np.stack([-along - across, along - across, along + across, -along + across], axis=1)
    return shapely.polygons(np.asarray(centre_m)[:, None, :] + corners)


def without_overlap(shapes: shapely.Geometry, *, gap_m: float) -> Bool:
    """Return which shapes stay when later ones give way to earlier ones nearer than `gap_m`."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=gap_m)
    pairs = np.stack([left, right], axis=1)[left < right]
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    stays = np.ones(shapes.size, dtype=bool)
    for first, second in pairs.tolist():
        if stays[first]:
            stays[second] = False
    return stays


def spread_over(points_m: Float64, weight: Float64, free: Bool, count: int) -> Int64:
    """Choose places that serve weighted points from near by, all different.

    Starts from farthest points, then moves each place to the middle of what it serves.

    Parameters
    ----------
    points_m
        (n_points, 2)
    weight
        What stands at each point, shape (n_points,).
    free
        Whether a point may be chosen, shape (n_points,).
    count
        How many to choose.

    Returns
    -------
    Int64
        Rows of `points_m` that are `free`, fewer than `count` where no more are.

    References
    ----------
    Gonzalez, 1985, Theoretical Computer Science 38, 293-306 (farthest-point clustering);
    Lloyd, 1982, IEEE Transactions on Information Theory 28(2), 129-137.
    """
    middle = np.average(points_m, axis=0, weights=weight)
    places = [points_m[np.argmin(np.hypot(*(points_m - middle).T))]]
    reach = np.hypot(*(points_m - places[0]).T)
    while len(places) < count:
        places.append(points_m[np.argmax(reach)])
        reach = np.minimum(reach, np.hypot(*(points_m - places[-1]).T))
    at = np.array(places)
    for _ in range(_LLOYD_STEPS):
        served = np.argmin(np.hypot(*(points_m[:, None, :] - at[None]).transpose(2, 0, 1)), axis=1)
        total = np.bincount(served, weights=weight, minlength=count)
        for axis in range(2):
            moved = np.bincount(served, weights=weight * points_m[:, axis], minlength=count)
            at[:, axis] = np.where(total > 0, moved / np.maximum(total, 1e-9), at[:, axis])
    open_rows = free.copy()
    chosen: list[int] = []
    for place in at[: int(free.sum())]:
        away = np.where(open_rows, np.hypot(*(points_m - place).T), np.inf)
        chosen.append(int(np.argmin(away)))
        open_rows[chosen[-1]] = False
    return np.array(chosen, dtype=np.int64)
