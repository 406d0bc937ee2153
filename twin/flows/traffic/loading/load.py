"""Vehicles on their routes, minute by minute: queues, spillback, delay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.traffic.kernels.loading import Packets, Passes, QueueLinks, load_into

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.flows.traffic.loading.routes import Routes
    from twin.flows.traffic.network import TrafficNetwork

_GOLDEN = 0.6180339887498949
_SECONDS_PER_HOUR = 3600.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class StreetSpace:
    """Room for queues, shape (n_links,) each; links of length 0 hold any number (connectors)."""

    length_m: Float64
    lanes: Float64
    jam_veh_per_m: float = 0.15
    """Vehicles that stand on a metre of lane."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Incident:
    """What is left of links for some time."""

    capacity_share: Float64
    """Share of capacity left, shape (n_links,), 0-1; 0: nobody may enter."""
    from_s: float = 0.0
    until_s: float = np.inf


@final
@dataclass(frozen=True, slots=True)
class LoadingSpan:
    """How long vehicles leave, how long they are watched, how finely they are distinguished."""

    duration_s: float = 3600.0
    """Vehicles leave evenly for so long."""
    horizon_s: float = 4 * 3600.0
    """When to stop looking."""
    packet_veh: float = 1.0
    """Vehicles that travel together at most; every route is split evenly, nothing is rounded."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Loading:
    """What became of every vehicle. A packet is a few vehicles that travel together."""

    routes: Routes
    packet_route: np.ndarray
    """Route of every packet, shape (n_packets,)."""
    size: Float64
    """Vehicles of every packet, shape (n_packets,)."""
    depart_s: Float64
    arrive_s: Float64
    """Shape (n_packets,); infinite: under way at the horizon."""
    free_s: Float64
    """Time of every packet's way on empty streets, shape (n_packets,)."""
    links: pd.DataFrame
    """By link: `entered_veh`, `left_veh`, `delay_vehh` (over driving it freely, by those who
    left), `held_vehh` (of those first in line at its end until the next link took them),
    `most_veh`, `storage_veh`, `full` (vehicles had to wait for room on it: the queue reached its
    start), `mean_s` (time on it; NaN where nobody drove)."""
    waiting_veh: float
    """Vehicles still at home at the horizon, as their first street is full."""
    squeezed_veh: float
    """Vehicles let into a full street to undo a ring of full streets that stood still."""
    horizon_s: float

    @property
    def delay_vehh(self) -> float:
        """Delay of all vehicles, vehicle-hours; those under way count until the horizon."""
        until = np.minimum(self.arrive_s, self.horizon_s)
        late = np.maximum(until - self.depart_s - self.free_s, 0.0)
        return float((self.size * late).sum()) / _SECONDS_PER_HOUR

    @property
    def travel_vehh(self) -> float:
        """Time of all vehicles from departure to arrival or horizon, vehicle-hours."""
        until = np.minimum(self.arrive_s, self.horizon_s)
        return float((self.size * (until - self.depart_s)).sum()) / _SECONDS_PER_HOUR

    @property
    def arrived_veh(self) -> float:
        """Vehicles that have arrived."""
        return float(self.size[np.isfinite(self.arrive_s)].sum())

    @property
    def underway_veh(self) -> float:
        """Vehicles that have not."""
        return float(self.size[~np.isfinite(self.arrive_s)].sum())


def load(
    net: TrafficNetwork,
    routes: Routes,
    space: StreetSpace,
    *,
    incident: Incident | None = None,
    span: LoadingSpan | None = None,
) -> Loading:
    """Drive vehicles along given routes through queues that spill back.

    Parameters
    ----------
    net
        Links with times in seconds and capacities in vehicles per hour.
    routes
        Trips per hour by route, as `routes_of` an equilibrium gives them.
    space
        Room for queues.
    incident
        What is left of links for some time.
    span
        Hours and packets; an hour of departures watched for four by default.

    Raises
    ------
    CityDataError
        If a shape does not fit or a value is out of its bounds.
    """
    event = incident if incident is not None else Incident(np.ones(net.capacity.size))
    over = span if span is not None else LoadingSpan()
    _check(net, space, event, over)
    horizon_s = over.horizon_s
    links = _queues(net, space, event, horizon_s)
    route, packets = _packets(routes, over.duration_s, over.packet_veh)
    passes = _passes(packets, net.capacity.size)
    arrive_s = np.full(packets.size.size, np.inf)
    load_into(links, packets, horizon_s, passes, arrive_s)
    on_way = np.concatenate([[0.0], np.cumsum(links.free_s[routes.link])])
    route_free_s = on_way[routes.start[1:]] - on_way[routes.start[:-1]]
    waiting = _sums(packets, passes, net.capacity.size, horizon_s)
    return Loading(
        routes=routes,
        packet_route=route,
        size=packets.size,
        depart_s=packets.depart_s,
        arrive_s=arrive_s,
        free_s=route_free_s[route],
        links=_link_table(links, packets, passes),
        waiting_veh=waiting,
        squeezed_veh=float(passes.squeezed[0]),
        horizon_s=horizon_s,
    )


def _check(net: TrafficNetwork, space: StreetSpace, event: Incident, over: LoadingSpan) -> None:
    """Raise all faults of the arguments of `load`."""
    faults: list[Fault] = []
    n = net.capacity.size
    for name, values, most in (
        ("space.length_m", space.length_m, np.inf),
        ("space.lanes", space.lanes, np.inf),
        ("incident.capacity_share", event.capacity_share, 1.0),
    ):
        bad = values.shape != (n,) or not bool(((values >= 0.0) & (values <= most)).all())
        if bad:
            what = f"shape {values.shape} is not ({n},), or a value is not between 0 and {most:g}"
            faults.append(Fault(where=name, what=what, mend="give one value per link"))
    for name in ("duration_s", "horizon_s", "packet_veh"):
        value = getattr(over, name)
        if not (value > 0.0 and np.isfinite(value)):
            what = f"{value:g} is not a number over 0"
            faults.append(Fault(where=name, what=what, mend="give one over 0"))
    if event.until_s < event.from_s:
        what = f"ends at {event.until_s:g} s, before it starts"
        faults.append(Fault(where="incident", what=what, mend="mend from_s or until_s"))
    if faults:
        raise CityDataError(faults)


def _queues(
    net: TrafficNetwork, space: StreetSpace, event: Incident, horizon_s: float
) -> QueueLinks:
    """Return links as queues.

    The diagram is a triangle: free speed up to capacity, then down to a standing queue of
    `jam_veh_per_m`; its falling side says how fast gaps travel upstream.
    """
    gap_s = _SECONDS_PER_HOUR / net.capacity
    endless = (space.length_m <= 0.0) | (net.free_flow_time <= 0.0)
    storage = space.jam_veh_per_m * space.length_m * np.maximum(space.lanes, 1.0)
    held = net.free_flow_time / gap_s  # vehicles on it at capacity, driving freely
    storage = np.maximum(storage, 1.25 * held)  # else gaps would have no time to travel back
    back_s = np.where(endless, 0.0, (storage - held) * gap_s)
    return QueueLinks(
        free_s=net.free_flow_time.copy(),
        gap_s=np.where(endless, 0.0, gap_s),
        storage=np.where(endless, np.inf, storage),
        back_s=back_s,
        share=event.capacity_share.astype(np.float64),
        window_s=np.array([event.from_s, min(event.until_s, horizon_s + 1.0)]),
    )


def _packets(routes: Routes, duration_s: float, packet_veh: float) -> tuple[np.ndarray, Packets]:
    """Return (route of every packet, packets in order of departure).

    Routes start at different fractions of their own headway, spread by the golden ratio, so that
    they do not all leave at once.
    """
    vehicles = routes.flow_vehph * duration_s / _SECONDS_PER_HOUR
    count = np.ceil(vehicles / packet_veh - 1e-9).astype(np.int64)
    route = np.repeat(np.arange(vehicles.size), count)
    nth = np.arange(route.size) - np.repeat(np.cumsum(count) - count, count)
    phase = (np.arange(vehicles.size) + 0.5) * _GOLDEN % 1.0
    depart_s = duration_s * (nth + phase[route]) / count[route]
    order = np.argsort(depart_s, kind="stable")
    route = route[order]
    return route, Packets(
        depart_s=np.ascontiguousarray(depart_s[order]),
        size=vehicles[route] / count[route],
        way_start=routes.start[route],
        way_end=routes.start[route + 1],
        way=routes.link,
    )


def _passes(packets: Packets, n_links: int) -> Passes:
    """Return room for all that may happen."""
    counts = np.zeros(2 * n_links, dtype=np.int64)
    if packets.size.size:
        per_place = np.zeros(packets.way.size + 1, dtype=np.int64)
        np.add.at(per_place, packets.way_start, 1)
        np.add.at(per_place, packets.way_end, -1)
        np.add.at(counts, packets.way, np.cumsum(per_place)[:-1])
        np.add.at(counts, n_links + packets.way[packets.way_start], 1)
    total = int(counts.sum())
    return Passes(
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        packet=np.zeros(total, dtype=np.int32),
        enter_s=np.full(total, np.inf),
        leave_s=np.full(total, np.inf),
        entered=np.zeros(2 * n_links, dtype=np.int64),
        left=np.zeros(2 * n_links, dtype=np.int64),
        held_s=np.zeros(2 * n_links),
        filled=np.zeros(n_links, dtype=np.uint8),
        squeezed=np.zeros(1),
    )


def _sums(packets: Packets, passes: Passes, n_links: int, horizon_s: float) -> float:
    """Return the vehicles that wanted to start by the horizon and could not."""
    rows = slice(int(passes.start[n_links]), int(passes.start[-1]))
    stuck = (passes.enter_s[rows] <= horizon_s) & ~np.isfinite(passes.leave_s[rows])
    return float(packets.size[passes.packet[rows][stuck]].sum())


def _link_table(links: QueueLinks, packets: Packets, passes: Passes) -> pd.DataFrame:
    """Add up what happened on every link."""
    n = links.free_s.size
    last = int(passes.start[n])
    link = np.repeat(np.arange(n), np.diff(passes.start[: n + 1]))
    enter_s, leave_s = passes.enter_s[:last], passes.leave_s[:last]
    mass = np.where(np.isfinite(enter_s), packets.size[passes.packet[:last]], 0.0)
    gone = np.isfinite(leave_s)
    spent_s = np.where(gone, leave_s, 0.0) - np.where(gone, enter_s, 0.0)
    left = np.bincount(link[gone], mass[gone], minlength=n)
    spent = np.bincount(link, mass * spent_s, minlength=n)
    with np.errstate(invalid="ignore"):
        mean_s = np.where(left > 0.0, spent / left, np.nan)
    return pd.DataFrame(
        {
            "entered_veh": np.bincount(link, mass, minlength=n),
            "left_veh": left,
            "delay_vehh": (spent - left * links.free_s) / _SECONDS_PER_HOUR,
            "held_vehh": passes.held_s[:n] / _SECONDS_PER_HOUR,
            "most_veh": _most(link, enter_s, leave_s, mass, n),
            "storage_veh": links.storage,
            "full": passes.filled != 0,
            "mean_s": mean_s,
        }
    )


def _most(link: np.ndarray, enter_s: Float64, leave_s: Float64, mass: Float64, n: int) -> Float64:
    """Return the most vehicles on every link at once."""
    came = np.isfinite(enter_s)
    gone = came & np.isfinite(leave_s)
    rows = np.concatenate([link[came], link[gone]])
    times = np.concatenate([enter_s[came], leave_s[gone]])
    change = np.concatenate([mass[came], -mass[gone]])
    order = np.lexsort((change, times, rows))  # those who leave make room first
    on_it = np.cumsum(change[order])
    most: Float64 = np.zeros(n)
    np.maximum.at(most, rows[order], on_it)  # all links before add up to what is still on them
    before = np.concatenate([[0.0], np.cumsum(np.bincount(rows, change, minlength=n))])[:-1]
    return np.asarray(np.maximum(most - before, 0.0))
