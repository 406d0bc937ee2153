"""The days after a street closes: who knows drives around it, the others learn day by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.flows.traffic.loading.load import Incident, Loading, LoadingSpan, load
from twin.flows.traffic.loading.routes import Detours, Routes, routes_of

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.traffic.assign import Assignment
    from twin.flows.traffic.loading.load import StreetSpace
    from twin.flows.traffic.network import TrafficNetwork

_LEAST = 1e-9
"""Trips per hour below which a route is given up."""


@final
@dataclass(frozen=True, slots=True)
class Drivers:
    """How drivers come to know; assumptions to calibrate."""

    informed_share: float = 0.2
    """Share that hears of the incident before the first day's drive, and picks another way."""
    learning_share: float = 0.3
    """Share that reconsiders its way each later day, by the times driven the day before."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class IncidentDays:
    """A usual day and the days of an incident, loaded one by one."""

    usual: Loading
    days: tuple[Loading, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row per day, day 0 the usual one.

        `extra_vehh` is travel time over that of the usual day, vehicle-hours; `full_links` counts
        links whose queue reached their start; `unserved` trips have no way.
        """
        rows = [self.usual, *self.days]
        return pd.DataFrame(
            {
                "day": np.arange(len(rows)),
                "travel_vehh": [each.travel_vehh for each in rows],
                "extra_vehh": [each.travel_vehh - self.usual.travel_vehh for each in rows],
                "delay_vehh": [each.delay_vehh for each in rows],
                "held_vehh": [float(each.links["held_vehh"].sum()) for each in rows],
                "full_links": [int(each.links["full"].sum()) for each in rows],
                "underway_veh": [each.underway_veh for each in rows],
                "unserved": [each.routes.unserved for each in rows],
            }
        )


def incident_days(
    usual: Assignment,
    space: StreetSpace,
    incident: Incident,
    *,
    days: int = 5,
    drivers: Drivers | None = None,
    span: LoadingSpan | None = None,
) -> IncidentDays:
    """Load the usual day and the days after something happened.

    On the first day the informed take the quickest way at usual times around what is closed; the
    others drive as always, turn off where they meet a closed street, and wait where lanes are
    missing. On each later day everybody knows what is closed, and a share of all drivers takes the
    way that was quickest the day before.

    Parameters
    ----------
    usual
        Equilibrium of the network as it was, times in seconds. All classes weigh tolls and
        distance as the first one does when they look for another way.
    space
        Room for queues.
    incident
        What is left of which links, and when.
    days
        Days of the incident, 1 or more.
    drivers, span
        Who learns how fast; hours and packets.

    Examples
    --------
    >>> streets = traffic.StreetLinks(city)  # doctest: +SKIP
    >>> usual = traffic.assign(traffic.from_city(city))  # doctest: +SKIP
    >>> burst = streets.shut(city.street_edges["uid"].isin(["e17"]).to_numpy())  # doctest: +SKIP
    >>> event = traffic.Incident(np.where(burst, 0.0, 1.0))  # doctest: +SKIP
    >>> traffic.incident_days(usual, streets.space(), event).table  # doctest: +SKIP
    """
    who = drivers if drivers is not None else Drivers()
    net = usual.net
    closed = (incident.capacity_share <= 0.0) | usual.closed
    routes = routes_of(usual)
    first = load(net, routes, space, span=span)
    cost = _usual_cost(usual, incident.capacity_share)
    informed = _reroute(net, _scaled(routes, who.informed_share), cost)
    others = _turn_off(net, _scaled(routes, 1.0 - who.informed_share), cost, closed)
    now = _merged([informed, others])
    loadings = [load(net, now, space, incident=incident, span=span)]
    for _ in range(1, days):
        cost = _driven_cost(net, loadings[-1], closed)
        stuck = now.uses(closed)
        movers = replace(now, flow_vehph=now.flow_vehph * np.where(stuck, 1.0, who.learning_share))
        keepers = replace(now, flow_vehph=now.flow_vehph - movers.flow_vehph, unserved=0.0)
        now = _merged([keepers, _reroute(net, movers, cost)])
        loadings.append(load(net, now, space, incident=incident, span=span))
    return IncidentDays(first, tuple(loadings))


def _usual_cost(usual: Assignment, share: Float64) -> Float64:
    """Return usual costs, infinite where closed, longer where lanes are missing."""
    left = np.where(share > 0.0, share, 1.0)
    cost = usual.time / left + usual.net.class_cost[0]
    return np.asarray(np.where((share <= 0.0) | usual.net.shut(usual.closed)[0], np.inf, cost))


def _driven_cost(net: TrafficNetwork, day: Loading, closed: Bool) -> Float64:
    """Return the costs that drivers met on a day; empty links are as quick as they may be."""
    mean_s = day.links["mean_s"].to_numpy()
    time_s = np.where(np.isfinite(mean_s), mean_s, net.free_flow_time)
    return np.asarray(np.where(net.shut(closed)[0], np.inf, time_s + net.class_cost[0]))


def _scaled(routes: Routes, share: float) -> Routes:
    """Return a share of the trips of every route."""
    return replace(routes, flow_vehph=share * routes.flow_vehph, unserved=share * routes.unserved)


def _reroute(net: TrafficNetwork, routes: Routes, cost: Float64) -> Routes:
    """Send all trips of some routes by the cheapest way."""
    flow = np.bincount(routes.trip, routes.flow_vehph, minlength=net.demand.size)
    detours = Detours(net, cost)
    start, end = net.ends.origins[net.ends.origin_i], net.ends.dest
    rows: list[tuple[int, float, Int32]] = []
    unserved = routes.unserved
    for row in np.flatnonzero(flow > 0.0).tolist():
        way = detours.way(int(start[row]), int(end[row]))
        if way is None:
            unserved += float(flow[row])
        else:
            rows.append((row, float(flow[row]), way))
    return Routes.of_ways(rows, unserved)


def _turn_off(net: TrafficNetwork, routes: Routes, cost: Float64, closed: Bool) -> Routes:
    """Let drivers leave their route where it meets a closed link, by the cheapest way from there.

    Who has no way on from there has none from home either, and stays there.
    """
    hit = routes.uses(closed)
    detours = Detours(net, cost)
    tail = net.graph.tail
    rows: list[tuple[int, float, Int32]] = []
    unserved = routes.unserved
    for row in range(routes.trip.size):
        way, trip, flow = routes.way(row), int(routes.trip[row]), float(routes.flow_vehph[row])
        if hit[row]:
            at = int(np.argmax(closed[way]))
            onward = detours.way(int(tail[way[at]]), int(net.ends.dest[trip]))
            if onward is None:
                unserved += flow
                continue
            way = np.concatenate([way[:at], onward])
        rows.append((trip, flow, way))
    return Routes.of_ways(rows, unserved)


def _merged(parts: list[Routes]) -> Routes:
    """Join routes; those with the same links add up."""
    flow: dict[tuple[int, bytes], float] = {}
    ways: dict[tuple[int, bytes], Int32] = {}
    for part in parts:
        for row in range(part.trip.size):
            if part.flow_vehph[row] > _LEAST:
                way = part.way(row)
                key = (int(part.trip[row]), way.tobytes())
                flow[key] = flow.get(key, 0.0) + float(part.flow_vehph[row])
                ways[key] = way
    rows = [(key[0], flow[key], ways[key]) for key in flow]
    return Routes.of_ways(rows, sum(part.unserved for part in parts))
