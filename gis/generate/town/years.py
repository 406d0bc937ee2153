"""When the buildings and streets of a synthetic town were built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.draws import normals, uniforms
from twin.core.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from gis.generate.town.plan import Plan
    from twin.core.arrays import Int32

REGISTER_YEAR = 2026
_FIRST_YEAR = {"house": 1955, "slab": 1963, "civic": 1954, "industry": 1957, "site": 1960}
_SPAN_YEARS = {"house": 30, "slab": 25, "civic": 26, "industry": 30, "site": 27}
_NEW_YEARS = (2007, 2024)
_INFILL_SHARE = {"house": 0.11, "slab": 0.03, "civic": 0.12, "industry": 0.10, "site": 0.15}
_LAST_SOVIET_YEAR = 1991


def built_years(frame: pd.DataFrame, shapes: shapely.Geometry, plan: Plan, seed: int) -> Int32:
    """Return construction years: blocks built as a piece from the centre outwards, later infill.

    Most fall in 1955-1990, hardly any in 1992-2006, as housing statistics of northern Kazakhstan's
    towns have it; the years by quarter are assumptions.
    """
    fabric = frame["fabric"].to_numpy(dtype=object)
    fabric = np.where(fabric == "new", "slab", fabric)
    first = np.array([_FIRST_YEAR[kind] for kind in fabric])
    span = np.array([_SPAN_YEARS[kind] for kind in fabric])
    block = frame["block"].to_numpy()
    reach = np.hypot(*shapely.get_coordinates(shapely.centroid(shapes)).T) / plan.scale.radius_m
    wave = np.where(
        fabric == "slab", uniforms(seed, Stream.BUILDING_YEARS, block), np.clip(reach, 0.0, 1.1)
    )
    ids = np.arange(len(frame))
    spread = 3.5 * normals(seed, Stream.BUILDING_YEARS, 100_000 + block)
    spread += 2.5 * normals(seed, Stream.BUILDING_YEARS, 200_000 + ids)
    year = np.clip(first + span * wave + spread, 1948, _LAST_SOVIET_YEAR)
    lot = uniforms(seed, Stream.BUILDING_YEARS, 1_200_000 + ids)
    late = uniforms(seed, Stream.BUILDING_YEARS, 2_200_000 + ids)
    infill = lot < np.array([_INFILL_SHARE[kind] for kind in fabric])
    infill |= frame["fabric"].to_numpy(dtype=object) == "new"
    year = np.where(infill, _NEW_YEARS[0] + (_NEW_YEARS[1] - _NEW_YEARS[0]) * late, year)
    return np.floor(year).astype(np.int32)
