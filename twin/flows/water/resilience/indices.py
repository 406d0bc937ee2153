"""Indices of surplus power and of service, by time or by junction and time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.flows.water.network.kinds import JUNCTION_KIND, RESERVOIR_KIND

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.simulate import WaterResult

_DAY_S = 86400
_PERSON_M3S = 0.00000876157
"""200 US gallons a day, as in the report below."""


def todini_index(
    net: WaterNetwork, result: WaterResult, required_pressure_m: float
) -> pd.Series[float]:
    """Return the surplus power at junctions over what could be dissipated, by time.

    1 where all power put in reaches the junctions, 0 where they have just what they need, below 0
    where they have less; NaN where nothing flows.

    Parameters
    ----------
    net
        The network of the run.
    result
        A run.
    required_pressure_m
        Pressure a junction needs.

    References
    ----------
    Todini, 2000, "Looped water distribution networks design using a resilience index based
    heuristic approach", Urban Water 2(2), 115-122, doi 10.1016/S1462-0758(00)00049-2.
    """
    junction = _names(net, JUNCTION_KIND)
    reservoir = _names(net, RESERVOIR_KIND)
    demand = result.demand_m3s[junction].to_numpy()
    given = (demand * result.head_m[junction].to_numpy()).sum(axis=1)
    needed = (demand * (required_pressure_m + _elevation(net))).sum(axis=1)
    put_in = -(result.demand_m3s[reservoir] * result.head_m[reservoir]).to_numpy().sum(axis=1)
    put_in += (np.abs(pump_lift(net, result)) * _pump_flow(net, result)).sum(axis=1)
    spare = put_in - needed
    index = np.divide(given - needed, spare, out=np.full(spare.size, math.nan), where=spare != 0.0)
    return pd.Series(index, index=result.head_m.index, name="todini_index")


def modified_resilience_index(
    net: WaterNetwork, result: WaterResult, required_pressure_m: float
) -> pd.Series[float]:
    """Return the surplus power at junctions over the power they need, by time.

    References
    ----------
    Jayaram & Srinivasan, 2008, "Performance-based optimal design and rehabilitation of water
    distribution networks using life cycle costing", Water Resour. Res. 44, W01417,
    doi 10.1029/2006WR005316.
    """
    junction = _names(net, JUNCTION_KIND)
    demand = result.demand_m3s[junction].to_numpy()
    needed = (demand * (required_pressure_m + _elevation(net))).sum(axis=1)
    surplus = (demand * (result.pressure_m[junction].to_numpy() - required_pressure_m)).sum(axis=1)
    index = np.divide(surplus, needed, out=np.full(needed.size, math.nan), where=needed != 0.0)
    return pd.Series(index, index=result.head_m.index, name="modified_resilience_index")


def surplus_by_junction(
    net: WaterNetwork, result: WaterResult, required_pressure_m: float
) -> pd.DataFrame:
    """Return the modified resilience index of every junction: surplus head over needed head."""
    pressure = result.pressure_m[_names(net, JUNCTION_KIND)]
    surplus: pd.DataFrame = (pressure - required_pressure_m) / (
        required_pressure_m + _elevation(net)
    )
    return surplus


def demand_asked(net: WaterNetwork, time_s: Float64) -> pd.DataFrame:
    """Return what junctions ask for at some times since the start, in m3/s [time_s x junction]."""
    start = net.times.pattern_start_s if net.times is not None else 0
    factors = net.factors(np.asarray(time_s, dtype=float) + start)
    asked = net.demand_m3s * factors[:, net.pattern]
    for node, base, pattern in zip(net.more_node, net.more_m3s, net.more_pattern, strict=True):
        asked[:, node] += base * factors[:, pattern]
    index = pd.Index(time_s, name="time_s")
    rows = net.node_kind == JUNCTION_KIND
    return pd.DataFrame(asked[:, rows], index=index, columns=_names(net, JUNCTION_KIND))


def service_availability(net: WaterNetwork, result: WaterResult) -> pd.DataFrame:
    """Return demand delivered over demand required [time_s x junction], NaN where none is.

    References
    ----------
    Ostfeld, Kogan & Shamir, 2002, "Reliability simulation of water distribution systems - single
    and multiquality", Urban Water 4(1), 53-61, doi 10.1016/S1462-0758(01)00055-3.
    """
    asked = demand_asked(net, result.demand_m3s.index.to_numpy())
    share: pd.DataFrame = result.demand_m3s[asked.columns] / asked.where(asked != 0.0)
    return share


def people_by_junction(net: WaterNetwork, m3s_per_person: float = _PERSON_M3S) -> pd.Series[float]:
    """Return people by junction, from the mean of its demand over all patterns; whole people.

    References
    ----------
    US EPA, 2015, "Water network tool for resilience (WNTR) user manual", population.
    """
    step = round(net.pattern_step_s)
    whole = math.lcm(_DAY_S, *(pattern.size * step for pattern in net.patterns[1:]))
    times = np.arange(0, whole, step, dtype=float)
    mean = demand_asked(net, times).mean(axis=0)
    people: pd.Series[float] = (mean / m3s_per_person).round()
    return people


def people_impacted(people: pd.Series[float], impacted: pd.DataFrame) -> pd.DataFrame:
    """Return people at junctions where a condition holds, 0 elsewhere [time_s x junction].

    Parameters
    ----------
    people
        People by junction.
    impacted
        True where the condition holds, such as `service_availability(...) < 0.9`.
    """
    named: pd.DataFrame = impacted.astype(float) * people[impacted.columns]
    return named


def pump_lift(net: WaterNetwork, result: WaterResult) -> Float64:
    """Return the gain in head of pumps, shape (n_times, n_pumps)."""
    pumps = np.flatnonzero(net.is_pump)
    head = result.head_m[list(net.node_id)].to_numpy()
    lift: Float64 = head[:, net.head[pumps]] - head[:, net.tail[pumps]]
    return lift


def _pump_flow(net: WaterNetwork, result: WaterResult) -> Float64:
    """Return the flow of pumps, shape (n_times, n_pumps)."""
    names = [net.link_id[row] for row in np.flatnonzero(net.is_pump)]
    flow: Float64 = result.flow_m3s[names].to_numpy()
    return flow


def _names(net: WaterNetwork, kind: int) -> list[str]:
    """Return the names of nodes of a kind, in order."""
    return [net.node_id[row] for row in np.flatnonzero(net.node_kind == kind)]


def _elevation(net: WaterNetwork) -> Float64:
    """Return the elevation of junctions."""
    elevation: Float64 = net.elevation_m[net.node_kind == JUNCTION_KIND]
    return elevation
