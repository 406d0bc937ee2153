"""The ambulance and fire services of the city: whom they reach in time, day by day."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol, final

import numpy as np

from twin.core.recent import Recent
from twin.emergency.stations import Answers, Readiness, Stations
from twin.flows.base import state_key

if TYPE_CHECKING:
    from twin.city.actions import SetEmergency
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32
    from twin.emergency.calls import CallLog
    from twin.emergency.times import Reach
    from twin.flows.base import FlowService
    from twin.flows.traffic.system import TrafficSystem
    from twin.parameters import EmergencyParams

    type _Day = tuple[FlowService, Answers | None, Reach | None, Reach | None]

_PER = 10_000
_DAYS = (4, 64)
"""Days that are kept, at least and at most: as many as the services of one network."""
_TIMES = 5_000_000
"""Times of units to places that are kept in all, 20 bytes each."""


class EmergencySums(Protocol):
    """Sums of days to which the day's response is added; limits are those of `LIMITS_S`."""

    ambulance_person_days: float
    reach_person_days: Float64
    ambulance_reached_person_days: float
    ambulance_s: float
    ambulance_busy_person_days: float
    calls: float
    calls_within: Float64
    calls_answered: float
    calls_s: float
    fire_person_days: float
    fire_reach_person_days: Float64


@final
class EmergencyServices:
    """Ambulances and fire engines; worked out again only when streets, people or staff changed.

    Days are known by the identity of their service, which is kept with them.
    """

    def __init__(self, city: City, traffic: TrafficSystem, params: EmergencyParams) -> None:
        self._traffic = traffic
        self._params = params
        self._hospital = Stations(city, ("hospital",))
        self._posts = Stations(city, ("hospital", "fire_station"))
        self._fire = Stations(city, ("fire_station",))
        people = int(city.buildings["people"].sum())
        times = max(1, len(city.street_nodes) * people // _PER)
        self._known: Recent[tuple[int, bytes, SetEmergency], _Day] = Recent(
            int(np.clip(_TIMES // times, *_DAYS))
        )
        self.ambulances: Reach | None = None
        """None where there is no hospital, ambulance or resident."""
        self.calls: CallLog | None = None
        """The ambulances' calls of the day."""
        self.fire_engines: Reach | None = None

    def drive(
        self,
        service: FlowService,
        people: Int32,
        may_pass: Bool | None,
        seed_and_day: tuple[int, int],
        policy: SetEmergency,
    ) -> None:
        """Find out who is reached in the traffic of the day; draws are keyed by `seed_and_day`."""
        key = id(service), state_key((people, may_pass)), policy
        day = self._known.get(key)
        if day is None or day[0] is not service:  # unpickled things have other identities
            day = self._drive(service, people, may_pass, policy)
            self._known.put(key, day)
        _, answers, self.ambulances, self.fire_engines = day
        self.calls = None if answers is None else answers.log(*seed_and_day)

    def _drive(
        self, service: FlowService, people: Int32, may_pass: Bool | None, policy: SetEmergency
    ) -> _Day:
        """Let all units drive through the traffic of a day."""
        posts = self._posts if policy.stand_by_at_fire_stations else self._hospital
        number = math.ceil(policy.ambulances_per_10000 * int(people.sum()) / _PER)
        calls = self._params.ambulance_calls_per_person_year
        ready = self._ready(number, calls, policy)
        ambulances = posts.answers(self._traffic, service, people, ready, may_pass=may_pass)
        number = policy.fire_engines_per_station * self._fire.street_node.size
        calls = self._params.fire_calls_per_person_year
        ready = self._ready(number, calls, policy)
        engines = self._fire.answers(self._traffic, service, people, ready, may_pass=may_pass)
        reached = [None if each is None else each.reach() for each in (ambulances, engines)]
        return service, ambulances, reached[0], reached[1]

    def _ready(self, units: int, calls_per_person_year: float, policy: SetEmergency) -> Readiness:
        """Return the readiness of some units."""
        return Readiness(
            units=units,
            calls_per_person_year=calls_per_person_year,
            hours_per_call=self._params.hours_per_call,
            turnout_s=self._params.turnout_s,
            delay_share=policy.delay_share,
        )

    def add_to(self, sums: EmergencySums, person_days: float) -> None:
        """Add the day to its sums."""
        if self.ambulances is not None:
            one = self.ambulances
            sums.ambulance_person_days = person_days
            sums.reach_person_days = np.array(one.within_share) * person_days
            sums.ambulance_reached_person_days = one.reached_share * person_days
            sums.ambulance_s = one.mean_s * one.reached_share * person_days
            sums.ambulance_busy_person_days = one.busy_share * person_days
        if self.calls is not None:
            sums.calls = float(self.calls.calls)
            sums.calls_within = self.calls.within
            sums.calls_answered = float(self.calls.answered)
            sums.calls_s = self.calls.spent_s
        if self.fire_engines is not None:
            sums.fire_person_days = person_days
            sums.fire_reach_person_days = np.array(self.fire_engines.within_share) * person_days
