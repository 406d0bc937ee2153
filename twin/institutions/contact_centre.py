"""The 109 contact centre: takes reports and works out which failure each is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.networks import NETWORK_NAMES
from twin.core.streams import Stream
from twin.kernels.rng import uniform01

if TYPE_CHECKING:
    from twin.assets import Assets, Failure
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32, UInt8
    from twin.institutions.service import NetworkService
    from twin.institutions.today import Today


@final
class ContactCentre:
    """Counts reports, passes them to the network services, and answers some visibly.

    No agent of Mesa: it does nothing by itself, only when somebody calls.
    """

    def __init__(self, today: Today, city: City, assets: Assets) -> None:
        self.today = today
        buildings = city.buildings
        self.building_street: Int32 = buildings["street_edge_id"].to_numpy(dtype=np.int32)
        centre = buildings.geometry.centroid
        self.building_xy: Float64 = np.column_stack([centre.x, centre.y])
        middles = [
            city.network_edges(name).geometry.interpolate(0.5, normalized=True)
            for name in NETWORK_NAMES
        ]
        self.asset_xy: Float64 = np.concatenate(
            [np.column_stack([points.x, points.y]) for points in middles]
        )
        self.assets = assets
        self.reports_total = 0
        self.answers_given = 0
        """Reports that were answered."""
        self.unfounded = 0
        """Reports of a network that had no open failure (cold homes at a derated plant, say)."""
        self.answered_share = float(today.params.first_answered_share)
        """Share of the reports about mended failures that were answered, lately."""
        self._answers: UInt8 = np.zeros(len(buildings), dtype=np.uint8)
        self._reporters: dict[int, list[Int32]] = {}

    def assign(self, service: NetworkService, reports: Int32, day: int) -> None:
        """Pass a day's reports of one network on to the failures they are about.

        A report is about an open failure in its own street that shows, else about the nearest
        open failure of that network.

        Parameters
        ----------
        service
            The network's service.
        reports
            Reports per building, shape (n_buildings,).
        day
            Today.
        """
        rows = np.flatnonzero(reports)
        counts = reports[rows]
        self.reports_total += int(counts.sum())
        failures = list(service.open.values())
        if not failures:
            self.unfounded += int(counts.sum())
            return
        target = self._nearest(rows.astype(np.int32), failures)
        for place, failure in enumerate(failures):
            mine = target == place
            number = int(counts[mine].sum())
            if number:
                failure.reports += number
                key = failure.asset_id
                self._reporters.setdefault(key, []).append(rows[mine].astype(np.int32))
                service.learn(failure, day, "report")

    def _nearest(self, rows: Int32, failures: list[Failure]) -> Int32:
        """Return for each reporting building the place of its failure in the list."""
        asset_rows = np.array([failure.asset for failure in failures])
        offset = self.building_xy[rows, None, :] - self.asset_xy[None, asset_rows, :]
        distance = np.hypot(offset[:, :, 0], offset[:, :, 1])
        street = self.assets.street_edge[asset_rows]
        shows = np.array([failure.surfaces for failure in failures])
        own = (self.building_street[rows][:, None] == street[None, :]) & shows[None, :]
        distance = np.where(own, distance - 1e7, distance)
        nearest: Int32 = distance.argmin(axis=1).astype(np.int32)
        return nearest

    def close(self, failure: Failure) -> None:
        """Close a mended failure; if it is answered, its reporters hear of it today.

        A draw keyed by the asset and the failure's ordinal decides on the answer. What people hear
        of each other's answers is the share of the last `answer_memory_reports`.
        """
        today = self.today
        reporters = self._reporters.pop(failure.asset_id, [])
        luck = uniform01(today.seed, int(Stream.DISPATCH), failure.asset_id, failure.ordinal)
        answered = luck < today.settings.voice.feedback_rate
        if reporters:
            part = failure.reports / (failure.reports + float(today.params.answer_memory_reports))
            self.answered_share += part * (float(answered) - self.answered_share)
        if answered:
            self.answers_given += failure.reports
            for rows in reporters:
                self._answers[rows] |= np.uint8(1 << failure.network)

    def take_answers(self) -> UInt8:
        """Return the answers since the last call, bit k for network k, shape (n_buildings,)."""
        answers = self._answers.copy()
        self._answers[:] = 0
        return answers
