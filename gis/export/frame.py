"""Which part of a city a sheet shows: where most people live and work, as large as it can be.

Villages far off would shrink the town to a spot, so a window is sought that trades people left out
for size: it makes `share_inside ** CARE * scale` greatest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.core.arrays import Bool, Float64, Int64

CARE = 3.0
"""A tenth of the people may be left out if all else becomes 1.4 times as large: 0.9 ** -3."""
LEAST_INSIDE = 0.7
_CELLS = 32
_MARGIN_SHARE, _MARGIN_M = 0.03, 60.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A rectangle of the ground."""

    low_m: Float64
    """West and south, shape (2,)."""
    high_m: Float64
    """East and north, shape (2,)."""

    def holds(self, at_m: Float64) -> Bool:
        """Return which places, (n, 2), lie inside, shape (n,)."""
        inside: Bool = ((at_m >= self.low_m) & (at_m <= self.high_m)).all(axis=1)
        return inside


def window_of(buildings: gpd.GeoDataFrame, most_px: tuple[float, float]) -> Window:
    """Return the part of a city worth showing on a sheet of at most so many pixels each way.

    Who lives and works in a building counts; all buildings count alike where nobody does.
    """
    shapes = np.asarray(buildings.geometry.values)
    at_m = shapely.get_coordinates(shapely.centroid(shapes))
    weight = (buildings["people"] + buildings["jobs"]).to_numpy(dtype=np.float64)
    if weight.sum() <= 0.0:
        weight = np.ones(len(at_m))
    low, high = at_m.min(axis=0), at_m.max(axis=0)
    step = np.maximum((high - low) / _CELLS, 1.0)
    cell = np.minimum(((at_m - low) / step).astype(np.int64), _CELLS - 1)
    first, last = _best_cells(cell, weight, step, most_px)
    chosen = ((cell >= first) & (cell <= last)).all(axis=1)
    box = shapely.total_bounds(shapes[chosen])
    margin = np.maximum(_MARGIN_SHARE * (box[2:] - box[:2]), _MARGIN_M)
    return Window(box[:2] - margin, box[2:] + margin)


def _best_cells(
    cell: Int64, weight: Float64, step: Float64, most_px: tuple[float, float]
) -> tuple[Int64, Int64]:
    """Return the first and the last cell each way, (2,), of the best window, tried one and all."""
    grid = np.zeros((_CELLS + 1, _CELLS + 1))
    np.add.at(grid, (cell[:, 0] + 1, cell[:, 1] + 1), weight)
    below = grid.cumsum(axis=0).cumsum(axis=1) / weight.sum()
    first, last = np.triu_indices(_CELLS)
    columns = below[last + 1] - below[first]
    share = np.maximum(columns[:, last + 1] - columns[:, first], 0.0)
    span = last - first + 1.0
    scale = np.minimum.outer(most_px[0] / (span * step[0]), most_px[1] / (span * step[1]))
    score = np.where(share >= LEAST_INSIDE, share**CARE * scale, 0.0)
    x, y = np.unravel_index(int(score.argmax()), score.shape)
    return np.array([first[x], first[y]]), np.array([last[x], last[y]])
