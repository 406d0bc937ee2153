"""The asset register of pipes that no map shows: year, material and book wear of each.

A pipe is as old as the houses along it, unless it has been renewed. Renewals are drawn so that
the share of length past its norm is that of the country: 64 % of water mains needed an overhaul on
a 25-year norm (kzvkp.kz, 1 January 2011), 54 % of heat networks were worn (kokshetau.asia, 2024).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gis.draws import uniforms
from twin.core.streams import Stream

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.networks.network_tools import TrenchGraph
    from twin.core.arrays import Float64, Int32, Int64

NORM_YEARS = {
    "steel": 25.0,
    "cast_iron": 30.0,
    "asbestos_cement": 25.0,
    "ductile_iron": 30.0,
    "pvc": 30.0,
    "pe": 30.0,
    "preinsulated": 30.0,
    "pump": 20.0,
}
"""Years after which book wear is 1 (assumptions of 25-30 years about the norm named above)."""

_NEIGHBOURS = 8
_FIRST_RENEWAL = 2001  # what was renewed earlier is past its norm again
_FIRST_PLASTIC = 2005
_END_OF_SUPPLY = 1992  # after it little was laid, and in what was at hand
_OLDEST = 1948
_WIDE_M = 0.35


@final
@dataclass(frozen=True, slots=True)
class RegisterRule:
    """How a register is drawn up."""

    seed: int
    register_year: int
    past_norm_share: float
    """Share of length past its norm at which renewals stop."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """Year, material and book wear of pipes, each of shape (n_pipes,)."""

    built_year: Int32
    material: NDArray[np.object_]
    wear_book: Float64
    past_norm_share: float
    """Share of length older than its norm."""


def years_of_houses(graph: TrenchGraph, pieces: Int64, buildings: gpd.GeoDataFrame) -> Float64:
    """Return the middle year of the houses along each piece, or of the nearest eight."""
    year = buildings["built_year"].to_numpy(dtype=np.float64)
    by_street = pd.Series(year).groupby(buildings["street_edge_id"].to_numpy()).median()
    found: Float64 = by_street.reindex(graph.street_edge[pieces]).to_numpy(copy=True)
    bare = np.flatnonzero(np.isnan(found))
    if bare.size:
        middle = shapely.line_interpolate_point(graph.line[pieces[bare]], 0.5, normalized=True)
        houses = np.column_stack([buildings.geometry.centroid.x, buildings.geometry.centroid.y])
        count = min(_NEIGHBOURS, len(houses))
        _, near = cKDTree(houses).query(shapely.get_coordinates(middle), k=[*range(1, count + 1)])
        found[bare] = np.median(year[near], axis=1)
    return found


def water_register(
    first_year: Float64,
    diameter_m: Float64,
    length_m: Float64,
    key: Int64,
    rule: RegisterRule,
) -> Register:
    """Return the register of water mains laid with the houses along them; see `_renewed`."""
    laid = _laid(first_year, key, rule)
    draw = uniforms(rule.seed, Stream.ASSET_MATERIAL, key)
    wide = diameter_m > _WIDE_M
    old = np.where(draw < np.where(wide, 0.7, 0.35), "steel", "cast_iron").astype(object)
    old[~wide & (draw > 0.8)] = "asbestos_cement"  # noqa: PLR2004 - a fifth of narrow mains
    lean = np.where(draw < 0.7, "steel", "pe").astype(object)  # noqa: PLR2004 - mostly steel
    new = np.where(draw < 0.85, "pe", "pvc").astype(object)  # noqa: PLR2004 - mostly PE
    new[diameter_m > 0.6] = "ductile_iron"  # noqa: PLR2004 - over the usual plastic sizes
    material = np.where(laid < _END_OF_SUPPLY, old, np.where(laid < _FIRST_PLASTIC, lean, new))
    return _renewed(laid, material, new, length_m, key, rule)


def heat_register(
    first_year: Float64,
    length_m: Float64,
    key: Int64,
    rule: RegisterRule,
) -> Register:
    """Return the register of heat mains: steel in channels, preinsulated since 2005."""
    laid = _laid(first_year, key, rule)
    new = np.full(laid.size, "preinsulated", dtype=object)
    material = np.where(laid < _FIRST_PLASTIC, "steel", new).astype(object)
    return _renewed(laid, material, new, length_m, key, rule)


def _laid(first_year: Float64, key: Int64, rule: RegisterRule) -> Float64:
    """Return the year of laying: that of the houses, give or take two."""
    drift = 4.0 * uniforms(rule.seed, Stream.ASSET_YEARS, key) - 2.0
    return np.clip(np.floor(first_year + drift), _OLDEST, rule.register_year)


def _renewed(
    laid: Float64,
    material: NDArray[np.object_],
    new: NDArray[np.object_],
    length_m: Float64,
    key: Int64,
    rule: RegisterRule,
) -> Register:
    """Renew pipes past their norm, in keyed order, until their share of length is as told."""
    norm = np.array([NORM_YEARS[name] for name in material])
    past = rule.register_year - laid > norm
    order = np.argsort(uniforms(rule.seed, Stream.ASSET_YEARS, key, draw=1), kind="stable")
    order = order[past[order]]
    total = max(float(length_m.sum()), 1.0)
    spare = float(length_m[past].sum()) - rule.past_norm_share * total
    done = order[np.cumsum(length_m[order]) <= max(spare, 0.0)]
    year, material = laid.copy(), material.copy()
    span = rule.register_year - _FIRST_RENEWAL
    draw = uniforms(rule.seed, Stream.ASSET_YEARS, key, draw=2)
    year[done] = np.floor(_FIRST_RENEWAL + 1 + span * draw[done])
    # a renewal is in the new material, or in steel before plastic came
    young = year[done] >= _FIRST_PLASTIC
    material[done] = np.where(young, new[done], "steel")
    norm = np.array([NORM_YEARS[name] for name in material])
    age = rule.register_year - year
    return Register(
        built_year=year.astype(np.int32),
        material=material,
        wear_book=np.clip(age / norm, 0.0, 1.0),
        past_norm_share=float(length_m[age > norm].sum()) / total,
    )
