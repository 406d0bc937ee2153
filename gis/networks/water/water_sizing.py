"""Size water mains: first by the flow of a tree and of a fire, then by pressures when solved."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.flows.water import WaterNetwork, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.core.arrays import Bool, Float64, Int32, Int64

BORES_M = np.array([0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.4])
"""Nominal bores of mains; 100 mm is the least where hydrants stand on them (SNiP 2.04.02-84,
8.46)."""
LEAST_PRESSURE_M = 15.0
"""Least pressure aimed at in the peak hour; tall buildings want more."""
ROUNDS = 6
"""Most rounds of solving and up-sizing."""
FIRE_SPEED_MS = 1.5
"""Speed at which a main brings its part of a fire's water. Assumption."""
_HAZEN_WILLIAMS = 10.667
_STEEP_M_KM, _STRICTER = 4.0, 0.75
_WORST_SHARE = 0.15
_LEAST_FALL_M = 5.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class WaterMains:
    """Pipes and plant of one water network before its tables are written."""

    tail: Int32
    """(n_pipes,) node rows"""
    head: Int32
    """(n_pipes,)"""
    length_m: Float64
    """(n_pipes,)"""
    roughness_c: Float64
    """(n_pipes,) Hazen-Williams, for the state the network is designed for"""
    elevation_m: Float64
    """(n_nodes,) junctions; tank and reservoir are not among them"""
    peak_m3s: Float64
    """(n_nodes,) demand in the peak hour"""
    needed_m: Float64
    """(n_nodes,) pressure aimed at in the peak hour"""
    fixed_node: Int64
    """(n_sources,) junctions next to a tank or reservoir"""
    fixed_head_m: Float64
    """(n_sources,) head there in the peak hour"""


@final
@dataclass(frozen=True, slots=True, eq=False)
class LoadCase:
    """What mains must do at once."""

    demand_m3s: Float64
    """(n_nodes,)"""
    needed_m: Float64
    """(n_nodes,) least pressure"""
    shut: int = -1
    """Row of the pipe out of use, -1 for none"""


def bore_for_flow(flow_m3s: Float64) -> Float64:
    """Return the least bore that keeps each flow under an economical speed.

    The speed allowed is 0.7 m/s in narrow mains and rises to 1.5 m/s in wide ones (limits of
    0.5-1.5 m/s are usual practice in CIS design).
    """
    return _least_bore(flow_m3s, np.clip(0.6 + BORES_M, 0.7, 1.5))


def bore_for_fire(flow_m3s: Float64) -> Float64:
    """Return the least bore that brings a fire's water at `FIRE_SPEED_MS`."""
    return _least_bore(flow_m3s, np.full(BORES_M.size, FIRE_SPEED_MS))


def _least_bore(flow_m3s: Float64, speed_ms: Float64) -> Float64:
    """Return the least bore that carries each flow, given the speed allowed in each bore."""
    capacity = speed_ms * math.pi / 4 * BORES_M**2
    row = np.minimum(np.searchsorted(capacity, flow_m3s), BORES_M.size - 1)
    bores: Float64 = BORES_M[row]
    return bores


def headloss_m(flow_m3s: Float64, bore_m: Float64, length_m: Float64, c: Float64) -> Float64:
    """Return the loss of head by Hazen and Williams, >= 0."""
    loss: Float64 = (
        _HAZEN_WILLIAMS * length_m * np.abs(flow_m3s) ** 1.852 / (c**1.852 * bore_m**4.871)
    )
    return loss


def sized_by_pressure(
    mains: WaterMains, bore_m: Float64, cases: Sequence[LoadCase]
) -> tuple[Float64, int]:
    """Return bores that keep the pressure needed in every case, and how many cases fall short.

    Each round solves a case and widens, by one bore, the pipes that lose most head on the
    way to where pressure is short: those steeper than 4 m/km, a quarter less in each further
    round, or else the steepest 15 %. Bores only grow, so a case once met stays met for all that
    looped networks usually do.
    """
    net = _network(mains)
    failed = 0
    for case in cases:
        bore_m, met = _widened(mains, net, bore_m, case)
        failed += not met
    return bore_m, failed


def _widened(
    mains: WaterMains, net: WaterNetwork, bore_m: Float64, case: LoadCase
) -> tuple[Float64, bool]:
    """Widen mains until one case is met or the rounds are used up."""
    bore_m = bore_m.copy()
    # no bore helps a place that lies too high for the tower
    within = mains.elevation_m + case.needed_m + _LEAST_FALL_M < mains.fixed_head_m.max()
    for done in range(ROUNDS + 1):
        head, flow = _solved(mains, net, bore_m, case)
        short = within & (head - mains.elevation_m < case.needed_m)
        if not short.any() or done == ROUNDS:
            break
        steep = 1000.0 * headloss_m(flow, bore_m, mains.length_m, mains.roughness_c)
        steep /= mains.length_m
        on_way = _upstream(mains, flow, short) & (np.arange(flow.size) != case.shut)
        wide = on_way & (steep > _STEEP_M_KM * _STRICTER**done)
        if not on_way.any():
            break
        if not wide.any():
            wide = on_way & (steep >= np.quantile(steep[on_way], 1.0 - _WORST_SHARE))
        row = np.searchsorted(BORES_M, bore_m[wide] - 1e-9)
        bore_m[wide] = BORES_M[np.minimum(row + 1, BORES_M.size - 1)]
    return bore_m, not short.any()


def pressure_and_flow(
    mains: WaterMains, bore_m: Float64, case: LoadCase
) -> tuple[Float64, Float64]:
    """Return pressures at junctions, (n_nodes,), and flows of pipes, (n_pipes,), of a case."""
    head, flow = _solved(mains, _network(mains), bore_m, case)
    pressure: Float64 = head - mains.elevation_m
    return pressure, flow


def _upstream(mains: WaterMains, flow_m3s: Float64, short: Bool) -> Bool:
    """Return the pipes through which water comes to the nodes where pressure is short."""
    start = np.where(flow_m3s >= 0, mains.tail, mains.head)
    end = np.where(flow_m3s >= 0, mains.head, mains.tail)
    reached = short.copy()
    while True:
        more = reached.copy()
        more[start[reached[end]]] = True
        if (more == reached).all():
            break
        reached = more
    way: Bool = reached[end]
    return way


def _network(mains: WaterMains) -> WaterNetwork:
    """Return the mains as the solver takes them, bores left open."""
    n_nodes, n_pipes, n_fixed = mains.elevation_m.size, mains.tail.size, mains.fixed_node.size
    fixed = [f"f{i}" for i in range(n_fixed)]
    nodes = pd.DataFrame(
        {
            "node": [str(i) for i in range(n_nodes)] + fixed,
            "kind": ["junction"] * n_nodes + ["reservoir"] * n_fixed,
            "elevation_m": np.concatenate([mains.elevation_m, mains.fixed_head_m]),
            "demand_m3s": np.concatenate([mains.peak_m3s, np.zeros(n_fixed)]),
            "head_m": np.concatenate([np.full(n_nodes, np.nan), mains.fixed_head_m]),
        }
    )
    links = pd.DataFrame(
        {
            "link": [str(i) for i in range(n_pipes + n_fixed)],
            "from_node": [str(i) for i in mains.tail] + fixed,
            "to_node": [str(i) for i in np.concatenate([mains.head, mains.fixed_node])],
            "kind": "pipe",
            "length_m": np.concatenate([mains.length_m, np.ones(n_fixed)]),
            "diameter_m": np.full(n_pipes + n_fixed, 3.0),
            "roughness": np.concatenate([mains.roughness_c, np.full(n_fixed, 140.0)]),
        }
    )
    return WaterNetwork.from_frames(nodes, links)


def _solved(
    mains: WaterMains, net: WaterNetwork, bore_m: Float64, case: LoadCase
) -> tuple[Float64, Float64]:
    """Return heads of junctions and flows of pipes in a case."""
    n_fixed = mains.fixed_node.size
    wide = np.concatenate([bore_m, net.diameter_m[bore_m.size :]])
    closed = np.arange(wide.size) == case.shut
    state = solve(
        replace(net, diameter_m=wide),
        np.concatenate([case.demand_m3s, np.zeros(n_fixed)]),
        closed=closed if closed.any() else None,
    )
    return state.head_m[: -n_fixed or None], state.flow_m3s[: bore_m.size]
