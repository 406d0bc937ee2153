"""A day in stages: a break flows until its valves are shut, then its segment is empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.segments import assumed_segments, isolate
from twin.flows.base import OUT_OF_SERVICE
from twin.flows.water.city.norms import DAY_S
from twin.flows.water.network.kinds import JUNCTION_KIND
from twin.flows.water.runs.kernels.periods import RecordArrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.city.segments import Isolation, Segments
    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.base import NetworkState
    from twin.flows.water.network.tables import WaterNetwork

_HOUR_S = 3600.0
_REMEMBERED = 64
_SUMMED = ("demanded_m3", "delivered_m3", "leaked_m3", "inflow_m3", "volume_m3", "lift_m4")


@final
@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A part of a day during which the same edges are shut."""

    start_s: float
    end_s: float
    drained: Bool
    """True where an edge is empty, shape (n_edges,)."""
    closed: Bool
    """True where nothing can flow: drained, or ending at a drained node, shape (n_edges,)."""
    nodes_out: Bool
    """True where a node is drained, or lost its last source by that, shape (n_nodes,)."""
    break_area_m2: Float64
    """Open area of breaks that flow, shape (n_edges,)."""

    def periods(self, period_s: float, n_periods: int) -> tuple[Int32, Float64]:
        """Return the periods of the day the stage lies in, and seconds of each."""
        first = np.maximum(np.arange(n_periods) * period_s, self.start_s)
        last = np.minimum((np.arange(n_periods) + 1.0) * period_s, self.end_s)
        row = np.flatnonzero(last > first).astype(np.int32)
        return row, (last - first)[row]


@final
class IsolationPlan:
    """The valves of a city's water network and what shutting them does.

    The bundle has no places of valves, so they stand as `assumed_valves` says.
    """

    def __init__(self, net: WaterNetwork) -> None:
        self._sources = np.flatnonzero(net.node_kind != JUNCTION_KIND).astype(np.int32)
        self._net = net
        self._absent: Bool = np.zeros(net.n_links, dtype=np.bool_)
        self.segments = self._cut()
        self._done: dict[bytes, Isolation] = {}

    def _cut(self) -> Segments:
        """Return the network at its valves, without the mains that are out of service."""
        net = self._net
        columns = net.tail, net.head, net.n_nodes, net.diameter_m, self._sources
        return assumed_segments(*columns, self._absent)

    def isolate(self, closed: Bool, absent: Bool) -> Isolation:
        """Return what emptying some edges does; those that are `absent` carry nothing anyway."""
        if not np.array_equal(absent, self._absent):
            self._absent = absent.copy()
            self._done.clear()
            self.segments = self._cut()
        key = closed.tobytes()
        found = self._done.pop(key, None)
        if found is None:
            rows = np.flatnonzero(closed).astype(np.int32)
            shut = absent if absent.any() else None
            found = isolate(self.segments, rows, self._sources, closed=shut)
        self._done[key] = found
        if len(self._done) > _REMEMBERED:
            self._done.pop(next(iter(self._done)))
        return found

    def stages(self, state: NetworkState) -> list[Stage]:
        """Return the stages of a day, in order: one, unless a break is shut off within it."""
        absent = state.closed == OUT_OF_SERVICE
        closed = (state.closed != 0) & ~absent
        hours = np.zeros(closed.size) if state.break_hours is None else state.break_hours
        until_s = np.where(closed, np.clip(hours * _HOUR_S, 0.0, DAY_S), 0.0)
        turns = np.unique([0.0, DAY_S, *until_s.tolist()])
        stages = []
        for start_s, end_s in zip(turns[:-1].tolist(), turns[1:].tolist(), strict=True):
            shut = closed & (until_s <= start_s)
            lost = self.isolate(shut, absent)
            empty, still = lost.drained_edges | absent, lost.closed_edges | absent
            area = np.where(shut | empty, 0.0, state.break_area_m2)
            stages.append(Stage(start_s, end_s, empty, still, lost.nodes_out, area))
        return stages


def joined(records: Sequence[RecordArrays]) -> RecordArrays:
    """Return the records of following stages as one: rows in order, volumes added."""
    if len(records) == 1:
        return records[0]
    columns = {}
    for name in RecordArrays._fields:
        parts = [getattr(record, name) for record in records]
        columns[name] = np.sum(parts, axis=0) if name in _SUMMED else np.concatenate(parts)
    return RecordArrays(**columns)
