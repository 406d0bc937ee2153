"""Size water mains: first by the flow of a tree, then by pressures of the real solver."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.flows.water import WaterNetwork, solve

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32, Int64

BORES_M = np.array([0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.4])
"""Nominal bores of mains; 100 mm is the least for hydrants."""
LEAST_PRESSURE_M = 15.0
"""Least pressure aimed at in the peak hour; tall buildings want more."""
ROUNDS = 6
"""Most rounds of solving and up-sizing."""
_HAZEN_WILLIAMS = 10.667
_STEEP_M_KM, _STRICTER = 4.0, 0.75
_WORST_SHARE = 0.15


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


def bore_for_flow(flow_m3s: Float64) -> Float64:
    """Return the least bore that keeps each flow under an economical speed.

    The speed allowed is 0.7 m/s in narrow mains and rises to 1.5 m/s in wide ones (limits of
    0.5-1.5 m/s are usual practice in CIS design).
    """
    speed = np.clip(0.6 + BORES_M, 0.7, 1.5)
    capacity = speed * math.pi / 4 * BORES_M**2
    row = np.minimum(np.searchsorted(capacity, flow_m3s), BORES_M.size - 1)
    bores: Float64 = BORES_M[row]
    return bores


def headloss_m(flow_m3s: Float64, bore_m: Float64, length_m: Float64, c: Float64) -> Float64:
    """Return the loss of head by Hazen and Williams, >= 0."""
    loss: Float64 = (
        _HAZEN_WILLIAMS * length_m * np.abs(flow_m3s) ** 1.852 / (c**1.852 * bore_m**4.871)
    )
    return loss


def sized_by_pressure(mains: WaterMains, bore_m: Float64) -> tuple[Float64, Float64, int]:
    """Return bores that keep the pressure needed in the peak hour, pressures, and rounds done.

    Each round solves the network and widens, by one bore, the pipes that lose most head on the
    way to where pressure is short: those steeper than 4 m/km, a quarter less in each further
    round, or else the steepest 15 %.
    """
    bore_m = bore_m.copy()
    pressure = np.zeros(mains.elevation_m.size)
    for done in range(ROUNDS + 1):
        head, flow = _solved(mains, bore_m)
        pressure = head - mains.elevation_m
        short = pressure < mains.needed_m
        if not short.any() or done == ROUNDS:
            return bore_m, pressure, done
        steep = 1000.0 * headloss_m(flow, bore_m, mains.length_m, mains.roughness_c)
        steep /= mains.length_m
        on_way = _upstream(mains, flow, short)
        wide = on_way & (steep > _STEEP_M_KM * _STRICTER**done)
        if not wide.any():
            wide = on_way & (steep >= np.quantile(steep[on_way], 1.0 - _WORST_SHARE))
        row = np.searchsorted(BORES_M, bore_m[wide] - 1e-9)
        bore_m[wide] = BORES_M[np.minimum(row + 1, BORES_M.size - 1)]
    return bore_m, pressure, ROUNDS


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


def _solved(mains: WaterMains, bore_m: Float64) -> tuple[Float64, Float64]:
    """Return heads of junctions and flows of pipes in the peak hour."""
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
            "diameter_m": np.concatenate([bore_m, np.full(n_fixed, 3.0)]),
            "roughness": np.concatenate([mains.roughness_c, np.full(n_fixed, 140.0)]),
        }
    )
    state = solve(WaterNetwork.from_frames(nodes, links))
    return state.head_m[:n_nodes], state.flow_m3s[:n_pipes]
