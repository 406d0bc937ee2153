"""The stations of a city and the people they stand ready for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.emergency.calls import CallLog, log_of_day
from twin.emergency.times import Reach, reach
from twin.emergency.units import coverage

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32
    from twin.emergency.units import Coverage
    from twin.flows.base import FlowService
    from twin.flows.traffic.system import TrafficSystem

_HOURS_PER_YEAR = 8766.0
_HOURS_PER_DAY = 24.0


@final
@dataclass(frozen=True, slots=True)
class Readiness:
    """How a service is staffed and how it drives."""

    units: int
    """Units on duty, shared out over the stations one by one."""
    calls_per_person_year: float
    hours_per_call: float
    """Hours a unit is out on a call."""
    turnout_s: float
    """From the call to the start of the drive, s."""
    delay_share: float
    """Share of drivers' delay that a unit suffers, 0-1."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Who answers the calls of a place, and how soon: what a day's calls are drawn from."""

    times_s: Float64
    """From call to arrival of every unit at every place, shape (n_units, n_places)."""
    people: Float64
    """Residents of every place, shape (n_places,)."""
    found: Coverage
    calls_per_day: float
    """Calls of a mean day."""

    def reach(self) -> Reach:
        """Return how soon people are reached in the mean over all calls there may be."""
        return reach(self.times_s, self.people, self.found)

    def log(self, seed: int, day: int) -> CallLog:
        """Draw the calls of a day."""
        return log_of_day(self.times_s, self.people, self.found, self.calls_per_day, (seed, day))


@final
class Stations:
    """Stations of some kinds, in the order of kinds and of `facilities`.

    People call from the street node of their home, at any hour alike.
    """

    def __init__(self, city: City, kinds: tuple[str, ...]) -> None:
        facilities = city.facilities
        nodes = [
            facilities.loc[facilities["kind"] == kind, "street_node_id"].to_numpy(dtype=np.int32)
            for kind in kinds
        ]
        self.street_node: Int32 = np.concatenate(nodes)
        self._home_node: Int32 = city.buildings["street_node_id"].to_numpy(dtype=np.int32)
        self._n_nodes = len(city.street_nodes)

    def answers(
        self,
        streets: TrafficSystem,
        service: FlowService,
        people: Int32,
        readiness: Readiness,
        *,
        may_pass: Bool | None = None,
    ) -> Answers | None:
        """Find out who answers calls in the traffic of a day's morning peak, and how soon.

        Parameters
        ----------
        streets, service
            The street system and what its `solve` returned for that day.
        people
            Residents per building, shape (n_buildings,).
        readiness
            Units, calls, speed.
        may_pass
            True where units may drive though cars may not, shape (n_street_edges,).

        Returns
        -------
        Answers or None
            None if there is no station, unit or resident.
        """
        of_node: Float64 = np.bincount(self._home_node, weights=people, minlength=self._n_nodes)
        place = np.flatnonzero(of_node)
        if self.street_node.size == 0 or readiness.units == 0 or place.size == 0:
            return None
        drive_s = streets.emergency_times_s(
            self.street_node, service, delay_share=readiness.delay_share, may_pass=may_pass
        )
        station = np.arange(readiness.units) % self.street_node.size
        times_s = readiness.turnout_s + drive_s[:, place][station]
        lives = of_node[place]
        calls_per_hour = lives * (readiness.calls_per_person_year / _HOURS_PER_YEAR)
        found = coverage(times_s, calls_per_hour, readiness.hours_per_call)
        return Answers(times_s, lives, found, _HOURS_PER_DAY * float(calls_per_hour.sum()))
