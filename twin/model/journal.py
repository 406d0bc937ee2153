"""What a run leaves behind, while it is gathered: sums by period and building, events, tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.networks import NETWORKS
from twin.indicators import Sums

if TYPE_CHECKING:
    import pandas as pd

    from twin.assets import Failure
    from twin.buildings.indoor import IndoorHours
    from twin.city.network_kind import NetworkKind
    from twin.city.work_options import WorkOption
    from twin.core.arrays import Float64, Int32, Int64
    from twin.flows.base import FlowService
    from twin.indicators import Period
    from twin.institutions.works_plan import Work


@final
class Span:
    """Days added up since a first day."""

    def __init__(self, first_day: int) -> None:
        self.first_day = first_day
        self.sums = Sums()


@final
class BuildingSums:
    """Values per building added up over a year."""

    def __init__(self, n_buildings: int) -> None:
        self.service = np.zeros((len(NETWORKS), n_buildings))
        self.service_days = np.zeros((len(NETWORKS), n_buildings))
        self.degree_hours = np.zeros(n_buildings)
        self.cold_hours = np.zeros(n_buildings)
        self.danger_hours = np.zeros(n_buildings)
        self.lowest_c = np.full(n_buildings, np.inf)
        self.heater_kwh = np.zeros(n_buildings)
        self.reports = np.zeros(n_buildings, dtype=np.int64)

    def add_service(self, code: int, service: Float64) -> None:
        """Add a network's service of a day, shape (n_buildings,), NaN where not connected."""
        known = ~np.isnan(service)
        self.service[code, known] += service[known]
        self.service_days[code, known] += 1.0

    def add_homes(self, rows: Int64, day: IndoorHours) -> None:
        """Add a day's cold in the buildings of some rows."""
        self.degree_hours[rows] += day.cold_degree_hours
        self.cold_hours[rows] += day.cold_hours
        self.danger_hours[rows] += day.danger_hours
        self.lowest_c[rows] = np.minimum(self.lowest_c[rows], day.lowest_c)
        self.heater_kwh[rows] += day.heater_w.sum(axis=1) / 1000.0

    def add_reports(self, reports: Int32) -> None:
        """Add a day's reports, shape (n_buildings,)."""
        self.reports += reports


@final
@dataclass(frozen=True, slots=True)
class WorkDone:
    """A planned work that is finished."""

    job: Work
    option: WorkOption
    reason: str
    day: int


@final
class Journal:
    """Everything a run has left behind so far; `twin.model.recorder` makes tables of it."""

    def __init__(self, n_buildings: int) -> None:
        self.failures: list[Failure] = []
        self.works: list[WorkDone] = []
        self.invariants = dict.fromkeys((*(kind.invariant for kind in NETWORKS), "money"), 0.0)
        self.spans = {name: Span(0) for name in ("month", "year", "run")}
        self.buildings = BuildingSums(n_buildings)
        self.indicator_rows: list[tuple[str, str, str, str, str, float]] = []
        self.zone_frames: list[pd.DataFrame] = []
        self.asset_frames: list[pd.DataFrame] = []
        self.kept_periods: list[tuple[str, str, str, Period]] | None = None
        """Length, first and last day of each closed period, and the period; None: not kept."""
        self.last_year: Sums | None = None
        """What the last closed year added up to."""
        self.refusals: list[tuple[int, str, float, str]] = []
        """Day, network of the operator or empty for the municipality, KZT unpaid, and what for."""
        self._received_kzt_day = 0.0
        self._programmes_kzt_day = 0.0

    def note_year(self, received_kzt: float, programmes_kzt: float, days: int) -> None:
        """Spread the money a year opens with, and what policy costs, evenly over its days."""
        self._received_kzt_day = received_kzt / days
        self._programmes_kzt_day = programmes_kzt / days

    def note_grant(self, received_kzt: float, days: int) -> None:
        """Spread what comes on top of the year's money over the days left of the year."""
        self._received_kzt_day += received_kzt / days

    def note_imbalance(self, network: NetworkKind, service: FlowService) -> None:
        """Keep the largest relative imbalance of a flow."""
        name = network.invariant
        self.invariants[name] = max(self.invariants[name], service.imbalance)

    def note_money(self, imbalance: float) -> None:
        """Keep the most tiyn that the books have missed."""
        self.invariants["money"] = max(self.invariants["money"], imbalance)

    def add_day(self, sums: Sums) -> None:
        """Add a day, with its part of the year's money, to every open period."""
        sums.received_kzt += self._received_kzt_day
        sums.programmes_kzt += self._programmes_kzt_day
        for span in self.spans.values():
            span.sums.add(sums)
