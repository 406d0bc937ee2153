"""The cases a town's mains are designed for: peak hour, a fire in it, a main out of use.

References
----------
SNiP 2.04.02-84 "Water supply. External networks and facilities": table 5 (water for fires),
2.30 (10 m of free head at a fire), 4.4 (supply may fall by 30 % while a part is repaired), 8.5
(networks are looped), 9.5 (ten minutes of a fire in the tower).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import networkx as nx
import numpy as np

from gis.networks.water.water_sizing import LoadCase, pressure_and_flow, sized_by_pressure

if TYPE_CHECKING:
    from gis.networks.water.water_sizing import WaterMains
    from twin.core.arrays import Bool, Float64, Int64

_log = logging.getLogger(__name__)

FIRE_PRESSURE_M = 10.0
"""Least free head while a fire is fought from hydrants."""
FIRE_RESERVE_S = 600.0
"""A fire for which the tower holds water; the rest comes from the wells' reservoirs."""
OUTAGE_SHARE = 0.7
"""Share of the peak that must be met while a main is out of use."""
_FIRES = (
    (1_000, 1, 5.0, 10.0),
    (5_000, 1, 10.0, 10.0),
    (10_000, 1, 10.0, 15.0),
    (25_000, 2, 10.0, 15.0),
    (50_000, 2, 20.0, 25.0),
    (100_000, 2, 25.0, 35.0),
    (200_000, 3, 25.0, 40.0),
    (300_000, 3, 25.0, 55.0),
    (400_000, 3, 25.0, 70.0),
    (500_000, 3, 25.0, 80.0),
    (600_000, 3, 25.0, 85.0),
    (700_000, 3, 25.0, 90.0),
    (800_000, 3, 25.0, 95.0),
    (1_000_000, 3, 25.0, 100.0),
)
"""Residents up to, fires at once, l/s for houses of one or two storeys, and of three or more. Over
100,000 people the norm gives no figure for low houses; that of 100,000 stays (assumption)."""
_MORE_FIRES = (5, 25.0, 110.0)
_HYDRANT_M3S = 0.015
_PLACES, _OUTAGES = 16, 6
_LITRE_M3 = 1e-3


@final
@dataclass(frozen=True, slots=True)
class FireRule:
    """Water for fires in a settlement."""

    at_once: int
    low_m3s: float
    """For one fire among houses of one or two storeys."""
    high_m3s: float
    """For one fire among buildings of three storeys and more."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class SizedMains:
    """Mains wide enough for their cases, and what could not be met."""

    bore_m: Float64
    """(n_pipes,)"""
    pressure_m: Float64
    """(n_nodes,) in the peak hour"""
    fires_short: int
    outages_short: int


def sized_for_cases(
    mains: WaterMains, xy_m: Float64, fire_m3s: Float64, at_once: int, bore_m: Float64
) -> SizedMains:
    """Widen first bores for the peak hour, then for fires in it, then for outages.

    Parameters
    ----------
    mains, xy_m, fire_m3s, at_once, bore_m
        As of `fire_cases`.
    """
    bore_m, _ = sized_by_pressure(mains, bore_m, [peak_case(mains)])
    fires = fire_cases(mains, xy_m, fire_m3s, at_once, bore_m)
    bore_m, fires_short = sized_by_pressure(mains, bore_m, fires)
    outages = outage_cases(mains, bore_m)
    bore_m, outages_short = sized_by_pressure(mains, bore_m, outages)
    pressure_m, _ = pressure_and_flow(mains, bore_m, peak_case(mains))
    _log.info(
        "water mains sized: least pressure %.1f m; %d of %d fires and %d of %d outages fall short",
        *(pressure_m.min(), fires_short, len(fires), outages_short, len(outages)),
    )
    return SizedMains(bore_m, pressure_m, fires_short, outages_short)


def fire_rule(people: int) -> FireRule:
    """Return what table 5 asks of a settlement of so many people."""
    for most, at_once, low, high in _FIRES:
        if people <= most:
            return FireRule(at_once, low * _LITRE_M3, high * _LITRE_M3)
    at_once, low, high = _MORE_FIRES
    return FireRule(at_once, low * _LITRE_M3, high * _LITRE_M3)


def peak_case(mains: WaterMains) -> LoadCase:
    """Return the peak hour."""
    return LoadCase(mains.peak_m3s, mains.needed_m)


def fire_cases(
    mains: WaterMains, xy_m: Float64, fire_m3s: Float64, at_once: int, bore_m: Float64
) -> list[LoadCase]:
    """Return the peak hour with fires, at sixteen places spread over the town.

    Parameters
    ----------
    mains
        The network.
    xy_m
        Places of its nodes, (n_nodes, 2).
    fire_m3s
        Water for a fire at each node, (n_nodes,), 0 where nothing can burn.
    at_once
        Fires at the same time; the further ones burn at the next places of the sixteen.
    bore_m
        Bores so far: the first place is where they leave least pressure.

    Notes
    -----
    A fire draws from the nearest nodes, 15 l/s of each.
    """
    rows = np.flatnonzero(fire_m3s > 0.0)
    if not rows.size:
        return []
    pressure, _ = pressure_and_flow(mains, bore_m, peak_case(mains))
    places = _spread(xy_m, rows, int(rows[np.argmin(pressure[rows])]))
    draws = [_drawn(xy_m, rows, place, float(fire_m3s[place])) for place in places]
    # a place without surplus already cannot be asked for more than it has
    needed = np.minimum(mains.needed_m, FIRE_PRESSURE_M)
    needed = np.where(np.isin(np.arange(needed.size), rows), needed, -np.inf)
    count = len(places)
    return [
        LoadCase(
            mains.peak_m3s + sum(draws[(k + j) % count] for j in range(min(at_once, count))),
            needed,
        )
        for k in range(count)
    ]


def _spread(xy_m: Float64, rows: Int64, first: int) -> list[int]:
    """Return nodes far from each other, by farthest points from `first` (Gonzalez, 1985)."""
    places = [first]
    away = np.hypot(*(xy_m[rows] - xy_m[first]).T)
    while len(places) < min(_PLACES, rows.size):
        places.append(int(rows[np.argmax(away)]))
        away = np.minimum(away, np.hypot(*(xy_m[rows] - xy_m[places[-1]]).T))
    return places


def _drawn(xy_m: Float64, rows: Int64, place: int, fire_m3s: float) -> Float64:
    """Return what a fire draws from each node."""
    count = min(int(np.ceil(fire_m3s / _HYDRANT_M3S - 1e-9)), rows.size)
    near = rows[np.argsort(np.hypot(*(xy_m[rows] - xy_m[place]).T), kind="stable")[:count]]
    drawn = np.zeros(len(xy_m))
    drawn[near] = fire_m3s / count
    return drawn


def outage_cases(mains: WaterMains, bore_m: Float64) -> list[LoadCase]:
    """Return cases with 70 % of the peak and one of the six busiest looped mains shut."""
    _, flow = pressure_and_flow(mains, bore_m, peak_case(mains))
    busiest = np.argsort(np.where(on_loop(mains), -np.abs(flow), np.inf), kind="stable")
    chosen: list[int] = []
    taken: set[int] = set()
    for row in busiest[: int(on_loop(mains).sum())].tolist():
        ends = {int(mains.tail[row]), int(mains.head[row])}
        if ends.isdisjoint(taken):  # the next piece of the same main says nothing new
            chosen.append(row)
            taken |= ends
        if len(chosen) == _OUTAGES:
            break
    drawn = np.where(mains.peak_m3s > 0.0, OUTAGE_SHARE, 1.0) * mains.peak_m3s
    needed = np.minimum(mains.needed_m, FIRE_PRESSURE_M)
    return [replace(LoadCase(drawn, needed), shut=row) for row in chosen]


def on_loop(mains: WaterMains) -> Bool:
    """Return which pipes lie on a loop, so that what is behind them has another way, (n_pipes,)."""
    graph = nx.Graph()
    ends = np.sort(np.stack([mains.tail, mains.head], axis=1), axis=1)
    graph.add_edges_from(map(tuple, ends.tolist()))
    single = set(nx.bridges(graph))
    single |= {(b, a) for a, b in single}
    pairs, place, count = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    bridge = np.array([tuple(pair) in single for pair in pairs.tolist()], dtype=np.bool_)
    looped: Bool = (~bridge | (count > 1))[place.ravel()]
    return looped
