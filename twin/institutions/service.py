"""A network's service: knows its failures, isolates bursts, sends crews, mends and renews."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import mesa
import numpy as np

from twin.core.streams import Stream
from twin.institutions.contracts import sensor_works
from twin.institutions.crew import median_hours
from twin.kernels.rng import exponential, uniform01

if TYPE_CHECKING:
    from twin.assets import Assets, Failure
    from twin.core.arrays import Bool, Float64, UInt8
    from twin.institutions.crew import RepairCrew, Way
    from twin.institutions.today import Today

FULL_BREAK = 1.0
"""A main torn open: no pipe breaks so badly by wear alone."""


@final
class NetworkService(mesa.Agent):
    """The utility of one network, or the road service.

    Keeps what the flow solver must know: closed edges, open break areas and how long they flow.
    """

    def __init__(self, model: mesa.Model, today: Today, assets: Assets, network: int) -> None:
        super().__init__(model)
        self.today = today
        self.assets = assets
        self.network = network
        self.declared = assets.networks[network]
        """Declaration of the network, with the numbers of the scenario."""
        self.kind = self.declared.name
        self.seed = today.seed
        self.first = int(assets.start[network])
        size = int(assets.start[network + 1]) - self.first
        self.closed: UInt8 = np.zeros(size, dtype=np.uint8)
        self.break_area_m2: Float64 = np.zeros(size)
        self.break_hours: Float64 = np.zeros(size)
        """Hours of today that a break in a closed edge still flows."""
        self.open: dict[int, Failure] = {}
        """Failures not yet mended by asset row."""
        self.waiting: list[Failure] = []
        """Known failures without a crew, in the order they became known."""
        self._found_on: dict[int, list[Failure]] = {}
        self._mended_on: dict[int, list[Failure]] = {}
        self.is_short: Bool | None = None
        """Where yesterday's flow had not its full pressure, shape (n_edges,); None: not known."""
        self.mended: list[Failure] = []
        """Failures whose repair ended yesterday."""

    def step(self) -> None:
        """Open the day: end repairs, search where pressure lacks, learn of what is found."""
        day = self.today.day
        self.mended = self.finish(day)
        if self.is_short is not None:
            self.search(day, self.is_short)
        self.survey(day)

    def begin(self, failure: Failure) -> None:
        """Take note of a new failure: it leaks until it is known and shut off.

        A further break of an asset that leaks already joins its failure.
        """
        first = self.open.get(failure.asset)
        if first is not None:
            failure.joined_to = first
            first.breaks += 1
            first.severity = max(first.severity, failure.severity)
            first.surfaces = first.surfaces or failure.surfaces
            first.clamped = False
            self.break_area_m2[failure.asset - self.first] = self._area_m2(first)
            return
        self.open[failure.asset] = failure
        self.break_area_m2[failure.asset - self.first] = self._area_m2(failure)
        day, how = self._found(failure)
        self._found_on.setdefault(day, []).append(failure)
        failure.known_by = how

    def _area_m2(self, failure: Failure) -> float:
        """Return the open area of a break."""
        diameter_m = self.assets.diameter_m[failure.asset]
        if np.isnan(diameter_m):
            return 0.0
        bore = 0.25 * np.pi * diameter_m**2
        severity = failure.severity
        if failure.clamped:
            severity = min(severity, self.today.params.clamped_severity)
        return float(self.declared.works.leak_share * severity**2 * bore)

    def _found(self, failure: Failure) -> tuple[int, str]:
        """Return the day a failure is found if nobody reports it, and by what.

        Both draws are keyed by the asset and the failure's ordinal.
        """
        detection = self.today.settings.detection
        watched = uniform01(self.seed, int(Stream.DETECTION), failure.asset_id, 0)
        wait = exponential(self.seed, int(Stream.DETECTION), failure.asset_id, failure.ordinal)
        is_watched = not self.declared.is_street and watched < detection.sensor_share
        if is_watched and sensor_works(self.today, failure.asset_id):
            return failure.day + 1 + int(wait * detection.sensor_days), "sensor"
        if not self.declared.is_street and failure.severity >= self.today.params.alarm_severity:
            return failure.day + 1, "alarm"
        return failure.day + 1 + int(wait * detection.awareness_days), "survey"

    def learn(self, failure: Failure, day: int, how: str) -> None:
        """Put a failure on the list of known ones; shut a burst off at once."""
        if failure.known_day >= 0 or failure.asset not in self.open:
            return
        failure.known_day = day
        failure.known_by = how
        self.waiting.append(failure)
        is_burst = failure.severity >= self.today.params.burst_severity
        if is_burst and not self.declared.is_street:
            self._isolate(failure)

    def _isolate(self, failure: Failure) -> None:
        row = failure.asset - self.first
        failure.isolated = True
        self.assets.set_shut(failure.asset, shut=True)
        if not self.closed[row]:
            self.closed[row] = 1
            self.break_hours[row] = self.declared.works.isolation_hours
            if not self.break_hours[row]:
                self.break_area_m2[row] = 0.0

    def end_flow(self, is_short: Bool | None = None) -> None:
        """Let no more flow from breaks that were shut off today; note where pressure lacks."""
        self.is_short = is_short
        self.break_area_m2[self.closed != 0] = 0.0
        self.break_hours[:] = 0.0

    def burst(self, failure: Failure, day: int) -> None:
        """Tear an open failure to a full break, which the plant sees and shuts off at once."""
        failure.severity, failure.surfaces, failure.clamped = FULL_BREAK, True, False
        self.learn(failure, day, "alarm")
        if not failure.isolated:
            self._isolate(failure)

    def clamp(self, day: int) -> None:
        """Put a clamp on mains that stay shut because money lacks, and open them again.

        A clamped main leaks as a break of `clamped_severity`, and is no longer urgent.
        """
        after_days = self.today.params.clamp_after_days
        for failure in self.waiting:
            if failure.isolated and day - failure.known_day >= after_days:
                row = failure.asset - self.first
                failure.isolated = False
                failure.clamped = True
                self.assets.set_shut(failure.asset, shut=False)
                self.closed[row] = 0
                self.break_area_m2[row] = self._area_m2(failure)

    def search(self, day: int, is_short: Bool) -> None:
        """Find the widest unknown break where leaks take more water than the plants feed.

        The plant's meters show that its make-up is at its limit, and half a town is cold: all crews
        look, shutting off one section after the other, and find one break a day.

        Parameters
        ----------
        day
            Today.
        is_short
            True where an edge lies in a part without its full pressure yesterday, shape (n_edges,).
        """
        unknown = [
            failure
            for failure in self.open.values()
            if failure.known_day < 0 and is_short[failure.asset - self.first]
        ]
        if unknown:
            self.learn(max(unknown, key=self._area_m2), day, "alarm")

    def survey(self, day: int) -> None:
        """Learn of the failures that sensors, alarms or surveys find today."""
        for failure in self._found_on.pop(day, []):
            self.learn(failure, day, failure.known_by)

    def finish(self, day: int) -> list[Failure]:
        """Return failures whose repair ended yesterday to service."""
        mended = self._mended_on.pop(day, [])
        for failure in mended:
            self._restore(failure)
        return mended

    def _restore(self, failure: Failure) -> None:
        row = failure.asset - self.first
        self.closed[row] = 0
        self.break_area_m2[row] = 0.0
        self.break_hours[row] = 0.0
        self.open.pop(failure.asset, None)
        self.assets.mend(failure.asset)

    def replaced(self, asset: int) -> Failure | None:
        """Drop the open failure of an asset that is renewed; return it."""
        failure = self.open.get(asset)
        if failure is not None and failure.start_day < 0:
            self._restore(failure)
            if failure in self.waiting:
                self.waiting.remove(failure)
            return failure
        return None

    def send(self, crew: RepairCrew, failure: Failure, way: Way) -> None:
        """Send a crew to a known failure; the pipe is shut while it digs."""
        diameter_m = float(self.assets.diameter_m[failure.asset])
        hours = way.time_factor * median_hours(self.declared.works, diameter_m)
        spread = self.today.params.repair_log_spread
        crew.take(failure, way, hours, self.seed, log_spread=spread)
        if not self.declared.is_street:
            self._isolate(failure)
        self.waiting.remove(failure)
        self._mended_on.setdefault(failure.end_day + 1, []).append(failure)

    def digging(self) -> list[Failure]:
        """Return failures with a crew at work."""
        return [failure for failure in self.open.values() if failure.start_day >= 0]
