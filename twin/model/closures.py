"""Which streets are closed on a day: by shocks, and by policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.model.shocks.street_closure import shut_streets

if TYPE_CHECKING:
    import datetime as dt

    from twin.city.actions import SetClosures
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Int32, UInt8
    from twin.flows.traffic.system import TrafficSystem
    from twin.institutions import Today
    from twin.model.shocks.schedule import Shocks
    from twin.scenario import StreetClosure


@final
class Closures:
    """Streets closed by the scenario's shocks and by the lever `closures`.

    Raises
    ------
    CityDataError
        If a shock names a street that the city does not have; `require_known` likewise.
    """

    def __init__(self, city: City, today: Today, shocks: Shocks, traffic: TrafficSystem) -> None:
        self._row = {uid: row for row, uid in enumerate(city.street_edges["uid"])}
        self._n_edges = len(city.street_edges)
        self._today = today
        self._traffic = traffic
        faults: list[Fault] = []
        self._shocks: list[tuple[StreetClosure, Int32]] = [
            (shock, self._rows(shock.busiest, shock.streets, f"shocks[{place}]", faults))
            for place, shock in shocks.closures
        ]
        if faults:
            raise CityDataError(faults)

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

    def require_known(self, action: SetClosures) -> None:
        """Refuse a policy that names a street which the city does not have."""
        faults: list[Fault] = []
        self._rows(action.busiest, action.streets, "levers.closures", faults)
        if faults:
            raise CityDataError(faults)

    def by_policy(self) -> Bool:
        """Return the streets that policy closes, shape (n_street_edges,)."""
        policy = self._today.settings.closures
        shut = np.zeros(self._n_edges, dtype=np.bool_)
        shut[self._rows(policy.busiest, policy.streets, "levers.closures", [])] = True
        return shut

    def by_shock(self, date: dt.date) -> Bool:
        """Return the streets that shocks close on a date, shape (n_street_edges,)."""
        return shut_streets(date, self._shocks, self._n_edges)

    def closed(self, date: dt.date) -> UInt8:
        """Return 1 where cars may not drive on a date, shape (n_street_edges,)."""
        return (self.by_policy() | self.by_shock(date)).astype(np.uint8)

    def units_may_pass(self, date: dt.date) -> Bool | None:
        """Return where units with sirens may drive though cars may not; None: nowhere."""
        by_policy = self.by_policy()
        if not self._today.settings.closures.ambulances_pass or not by_policy.any():
            return None
        return by_policy & ~self.by_shock(date)
