"""The asset register of pipes that no map shows: year, material and book wear of each.

A pipe is as old as the houses along it, unless it has been renewed. Renewals are drawn until the
share of length past its norm is that of the class of town (`gis.town_condition`); pipes
that fail more are renewed first, as utilities do. Then some pipes are booked as younger, as after
capital repairs, until wear in the books is that of the class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gis.draws import uniforms
from twin.city.networks import NETWORKS, code_of
from twin.core.streams import Stream

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gis.networks.network_tools import TrenchGraph
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64, Int32, Int64

PUMP_NORM_YEARS = 20.0
"""Years after which a pump is worn in the books."""

_NEIGHBOURS = 8
_FIRST_RENEWAL = 2001  # what was renewed earlier is past its norm again
_FIRST_PLASTIC = 2005
_END_OF_SUPPLY = 1992  # after it little was laid, and in what was at hand
_OLDEST = 1948
_WIDE_M = 0.35
_LEAST_RATE = 1e-6  # a weight of a draw


@final
@dataclass(frozen=True, slots=True)
class RegisterRule:
    """How a register is drawn up."""

    seed: int
    register_year: int
    past_norm_share: float
    """Share of length past its norm at which renewals stop."""
    book_wear: float = 1.0
    """Mean wear in the books by length, down to which pipes are booked as younger."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """Year, material and book wear of pipes, each of shape (n_pipes,)."""

    built_year: Int32
    material: NDArray[np.object_]
    wear_book: Float64
    past_norm_share: float
    """Share of length older than its norm."""


def norm_years(network: str) -> float:
    """Return the years after which a pipe of a network is worn in the books."""
    return float(kind_of(network).norm_life_years)


def kind_of(network: str) -> NetworkKind:
    """Return the declaration of a network."""
    return NETWORKS[code_of(network)]


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
    old = np.where(draw < np.where(wide, 0.7, 0.6), "steel", "cast_iron").astype(object)
    old[~wide & (draw > 0.8)] = "asbestos_cement"  # noqa: PLR2004 - a fifth of narrow mains
    lean = np.where(draw < 0.7, "steel", "pe").astype(object)  # noqa: PLR2004 - mostly steel
    new = np.where(draw < 0.85, "pe", "pvc").astype(object)  # noqa: PLR2004 - mostly PE
    new[diameter_m > 0.6] = "ductile_iron"  # noqa: PLR2004 - over the usual plastic sizes
    material = np.where(laid < _END_OF_SUPPLY, old, np.where(laid < _FIRST_PLASTIC, lean, new))
    pipes = _Pipes("water", laid, material, diameter_m, length_m, key)
    return _renewed(pipes, new, rule)


def heat_register(
    first_year: Float64,
    diameter_m: Float64,
    length_m: Float64,
    key: Int64,
    rule: RegisterRule,
) -> Register:
    """Return the register of heat mains: steel in channels, preinsulated since 2005.

    Mains in channels last about their norm: until 1992 they were laid anew then.
    """
    laid = _relaid_in_time(_laid(first_year, key, rule))
    new = np.full(laid.size, "preinsulated", dtype=object)
    material = np.where(laid < _FIRST_PLASTIC, "steel", new).astype(object)
    return _renewed(_Pipes("heat", laid, material, diameter_m, length_m, key), new, rule)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Pipes:
    """Pipes as they were first laid, each column of shape (n_pipes,)."""

    network: str
    laid: Float64
    material: NDArray[np.object_]
    diameter_m: Float64
    length_m: Float64
    key: Int64

    def failure_rate(self, year: int) -> Float64:
        """Return failures per km expected of each pipe in a year, were it not renewed."""
        kind = kind_of(self.network)
        rate = np.zeros(self.laid.size)
        for name in set(self.material):
            of = self.material == name
            by_age = kind.hazards[name].rate(np.maximum(year - self.laid[of], 0.0))
            law = kind.covariates[name]
            factor = law.known_factor(self.diameter_m[of], self.laid[of], self.length_m[of])
            rate[of] = np.minimum(by_age, kind.most_failures_per_km_year) * factor
        return rate


def _laid(first_year: Float64, key: Int64, rule: RegisterRule) -> Float64:
    """Return the year of laying: that of the houses, give or take two."""
    drift = 4.0 * uniforms(rule.seed, Stream.ASSET_YEARS, key) - 2.0
    return np.clip(np.floor(first_year + drift), _OLDEST, rule.register_year)


def _relaid_in_time(laid: Float64) -> Float64:
    """Return years of laying after renewals at the end of each norm life, while there were any."""
    life = norm_years("heat")
    lives = np.floor(np.maximum(0.0, _END_OF_SUPPLY - 1 - laid) / life)
    return np.asarray(laid + life * lives)


def _renewed(pipes: _Pipes, new: NDArray[np.object_], rule: RegisterRule) -> Register:
    """Renew pipes past their norm until their share of length is as given.

    The order is a weighted draw: of two pipes the chance to come first is as their failure rates.

    References
    ----------
    Efraimidis & Spirakis, 2006, "Weighted random sampling with a reservoir", Information
    Processing Letters 97(5), 181-185.
    """
    norm, length_m = norm_years(pipes.network), pipes.length_m
    past = rule.register_year - pipes.laid > norm
    luck = uniforms(rule.seed, Stream.ASSET_YEARS, pipes.key, draw=1)
    turn = -np.log(luck) / np.maximum(pipes.failure_rate(rule.register_year), _LEAST_RATE)
    order = np.argsort(turn, kind="stable")
    order = order[past[order]]
    total = max(float(length_m.sum()), 1.0)
    spare = float(length_m[past].sum()) - rule.past_norm_share * total
    done = order[np.cumsum(length_m[order]) <= max(spare, 0.0)]
    year, material = pipes.laid.copy(), pipes.material.copy()
    span = rule.register_year - _FIRST_RENEWAL
    draw = uniforms(rule.seed, Stream.ASSET_YEARS, pipes.key, draw=2)
    year[done] = np.floor(_FIRST_RENEWAL + 1 + span * draw[done])
    # a renewal is in the new material, or in steel before plastic came
    young = year[done] >= _FIRST_PLASTIC
    material[done] = np.where(young, new[done], "steel")
    age = rule.register_year - year
    return Register(
        built_year=year.astype(np.int32),
        material=material,
        wear_book=booked_wear(age, length_m, pipes.key, norm, rule),
        past_norm_share=float(length_m[age > norm].sum()) / total,
    )


def booked_wear(
    age_years: Float64, length_m: Float64, key: Int64, norm: float, rule: RegisterRule
) -> Float64:
    """Return wear in the books: age over norm, with some pipes booked as younger.

    In keyed order, each as if a capital repair of some year since 2001 were its laying, until the
    mean by length is the rule's.
    """
    wear = np.clip(age_years / norm, 0.0, 1.0)
    since_years = np.minimum(age_years, rule.register_year - _FIRST_RENEWAL)
    draw = uniforms(rule.seed, Stream.BOOK_WEAR, key, draw=1)
    booked = np.clip(np.floor(since_years * draw) / norm, 0.0, 1.0)
    order = np.argsort(uniforms(rule.seed, Stream.BOOK_WEAR, key), kind="stable")
    excess = float(wear @ length_m) - rule.book_wear * float(length_m.sum())
    gain = np.cumsum((wear - booked)[order] * length_m[order])
    done = order[gain <= max(excess, 0.0)]
    wear[done] = booked[done]
    return np.asarray(wear)
