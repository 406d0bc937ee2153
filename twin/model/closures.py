"""Which streets are closed on a day: by shocks, and by policy."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.scenario import StreetClosure

if TYPE_CHECKING:
    from twin.city.actions import SetClosures
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Int32, UInt8
    from twin.flows.traffic.system import TrafficSystem
    from twin.scenario import Scenario


@final
class Closures:
    """Streets closed by the scenario's shocks and by the lever `closures`.

    Raises
    ------
    CityDataError
        If a shock names a street that the city does not have; `set_policy` likewise.
    """

    def __init__(self, city: City, scenario: Scenario, traffic: TrafficSystem) -> None:
        self._row = {uid: row for row, uid in enumerate(city.street_edges["uid"])}
        self._n_edges = len(city.street_edges)
        self._traffic = traffic
        self._shocks: list[tuple[dt.date, dt.date, Int32]] = []
        faults: list[Fault] = []
        for i, shock in enumerate(scenario.shocks):
            if isinstance(shock, StreetClosure):
                rows = self._rows(shock.busiest, shock.streets, f"shocks[{i}]", faults)
                end = shock.date + dt.timedelta(days=shock.days)
                self._shocks.append((shock.date, end, rows))
        if faults:
            raise CityDataError(faults)
        self.by_policy: Bool = np.zeros(self._n_edges, dtype=np.bool_)
        """Streets the lever closes, shape (n_street_edges,)."""
        self._units_pass = False

    def _rows(
        self, busiest: int, streets: tuple[str, ...], where: str, faults: list[Fault]
    ) -> Int32:
        """Return rows of the busiest streets and of those named; add faults of unknown ones."""
        for uid in streets:
            if uid not in self._row:
                what = f"{uid!r} is the uid of no street"
                mend = "take one of `street_edges.uid`; `twin city info` shows the bundle"
                faults.append(Fault(where=f"{where}.streets", what=what, mend=mend))
        named = np.array([self._row.get(uid, 0) for uid in streets], dtype=np.int32)
        ranked = self._traffic.busiest_edges()[:busiest] if busiest else named[:0]
        return np.concatenate([ranked, named])

    def set_policy(self, action: SetClosures) -> None:
        """Take over what the lever decides."""
        faults: list[Fault] = []
        rows = self._rows(action.busiest, action.streets, "levers.closures", faults)
        if faults:
            raise CityDataError(faults)
        self.by_policy = np.zeros(self._n_edges, dtype=np.bool_)
        self.by_policy[rows] = True
        self._units_pass = action.ambulances_pass

    def by_shock(self, date: dt.date) -> Bool:
        """Return the streets that shocks close on a date, shape (n_street_edges,)."""
        shut = np.zeros(self._n_edges, dtype=np.bool_)
        for start, end, rows in self._shocks:
            if start <= date < end:
                shut[rows] = True
        return shut

    def closed(self, date: dt.date) -> UInt8:
        """Return 1 where cars may not drive on a date, shape (n_street_edges,)."""
        return (self.by_policy | self.by_shock(date)).astype(np.uint8)

    def units_may_pass(self, date: dt.date) -> Bool | None:
        """Return where units with sirens may drive though cars may not; None: nowhere."""
        if not self._units_pass or not self.by_policy.any():
            return None
        return self.by_policy & ~self.by_shock(date)
