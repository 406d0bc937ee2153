"""Adds up days to months, years and the run, and turns them into the tables of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.citizens import participation_rate
from twin.city.view import NETWORK_KINDS
from twin.core.columns import conform
from twin.indicators import Period, Sums, indicators
from twin.model.tables import ASSETS, EVENTS, HOMES, INDICATORS, ZONES, RunResult

if TYPE_CHECKING:
    from twin.assets import Failure
    from twin.buildings.indoor import IndoorHours
    from twin.core.arrays import Float64, Int32
    from twin.flows.base import FlowService
    from twin.institutions.municipality import RenewalJob
    from twin.model.city_model import CityModel

_INVARIANT_OF = {"water": "water", "heat": "heat", "street": "vehicles"}


@final
class _Span:
    """Days added up since a first day."""

    def __init__(self, first_day: int) -> None:
        self.first_day = first_day
        self.sums = Sums()


@final
class _ZoneSums:
    """Building values added up over a year."""

    def __init__(self, n_buildings: int) -> None:
        self.service = np.zeros((len(NETWORK_KINDS), n_buildings))
        self.service_days = np.zeros((len(NETWORK_KINDS), n_buildings))
        self.degree_hours = np.zeros(n_buildings)
        self.cold_hours = np.zeros(n_buildings)
        self.danger_hours = np.zeros(n_buildings)
        self.lowest_c = np.full(n_buildings, np.inf)
        self.heater_kwh = np.zeros(n_buildings)
        self.reports = np.zeros(n_buildings, dtype=np.int64)


@final
class Recorder:
    """Everything a run leaves behind, gathered day by day."""

    def __init__(self, model: CityModel) -> None:
        self.model = model
        self.failures: list[Failure] = []
        self.renewals: list[tuple[int, RenewalJob]] = []
        self.invariants = dict.fromkeys((*_INVARIANT_OF.values(), "money"), 0.0)
        self._spans = {name: _Span(0) for name in ("month", "year", "run")}
        self._received_kzt_day = 0.0
        self._detection_kzt_day = 0.0
        self._last_year: Sums | None = None
        self._zone_sums = _ZoneSums(model.people.size)
        self._zone_of: Int32 = model.city.buildings["zone_id"].to_numpy(dtype=np.int32)
        self._indicator_rows: list[tuple[str, str, str, str, str, float]] = []
        self._zone_frames: list[pd.DataFrame] = []
        self._asset_frames = [self._assets(model.spec.start.year - 1)]

    def note_year(self, received_kzt: float, detection_kzt: float, days: int) -> None:
        """Spread the money a year opens with evenly over its days."""
        self._received_kzt_day = received_kzt / days
        self._detection_kzt_day = detection_kzt / days

    def note_imbalance(self, kind: str, service: FlowService) -> None:
        """Keep the largest relative imbalance of a flow."""
        name = _INVARIANT_OF[kind]
        self.invariants[name] = max(self.invariants[name], service.imbalance)

    def note_money(self, imbalance: float) -> None:
        """Keep the largest relative imbalance of money."""
        self.invariants["money"] = max(self.invariants["money"], imbalance)

    def add_buildings(self, day: IndoorHours) -> None:
        """Add a day's service and cold per building."""
        sums = self._zone_sums
        for code, kind in enumerate(NETWORK_KINDS):
            service = self.model.flow_service[kind].service
            known = ~np.isnan(service)
            sums.service[code, known] += service[known]
            sums.service_days[code, known] += 1.0
        rows = self.model.homes.rows
        sums.degree_hours[rows] += day.cold_degree_hours
        sums.cold_hours[rows] += day.cold_hours
        sums.danger_hours[rows] += day.danger_hours
        sums.lowest_c[rows] = np.minimum(sums.lowest_c[rows], day.lowest_c)
        sums.heater_kwh[rows] += day.heater_w.sum(axis=1) / 1000.0

    def add_reports(self, reports: Int32) -> None:
        """Add a day's reports per building."""
        self._zone_sums.reports += reports

    def add_day(self, sums: Sums) -> None:
        """Add a day; close its month and year where they end."""
        sums.received_kzt += self._received_kzt_day
        sums.detection_kzt += self._detection_kzt_day
        for span in self._spans.values():
            span.sums.add(sums)
        model = self.model
        last = model.day + 1 >= model.spec.n_days
        if last or model.clock.is_month_end(model.day):
            self._close("month")
        if last or model.clock.is_year_end(model.day):
            self._last_year = self._spans["year"].sums
            self._close("year")
            self._close_tables(model.clock.date(model.day).year)
        if last:
            self._close("run")

    def collection_rate(self) -> float:
        """Return the share of last year's bills that was paid; NaN in the first year."""
        year = self._last_year
        return year.paid_kzt / year.billed_kzt if year and year.billed_kzt else float("nan")

    def _close(self, name: str) -> None:
        """Work out all indicators of a span and start the next."""
        model = self.model
        span = self._spans[name]
        day = model.citizen_day
        period = Period(
            sums=span.sums,
            assets=model.assets.view(),
            people=int(model.people.sum()),
            trust_mean=day.trust_mean if day else float("nan"),
            satisfaction_mean=day.satisfaction_mean if day else float("nan"),
            participation_rate=participation_rate(model.citizens),
        )
        start = model.clock.date(span.first_day).isoformat()
        end = model.clock.date(model.day).isoformat()
        for kind, indicator in indicators.items():
            value = float(indicator.function(period))
            self._indicator_rows.append((name, start, end, kind, indicator.unit, value))
        self._spans[name] = _Span(model.day + 1)

    def _close_tables(self, year: int) -> None:
        self._zone_frames.append(self._zones(year))
        self._asset_frames.append(self._assets(year))
        self._zone_sums = _ZoneSums(self.model.people.size)

    def _zones(self, year: int) -> pd.DataFrame:
        """Return the zones table of a year."""
        model, sums, zone = self.model, self._zone_sums, self._zone_of
        n_zones = len(model.city.zones)
        people = model.people.astype(np.float64)

        def total(values: Float64) -> Float64:
            return np.bincount(zone, weights=values, minlength=n_zones)

        def mean(values: Float64, weights: Float64) -> Float64:
            whole = total(weights)
            safe = np.where(whole > 0, whole, 1.0)
            return np.where(whole > 0, total(values * weights) / safe, np.nan)

        frame: dict[str, object] = {
            "year": year,
            "zone_id": np.arange(n_zones),
            "people": total(people),
            "reports": total(sums.reports.astype(np.float64)),
        }
        for code, kind in enumerate(NETWORK_KINDS):
            days = np.where(sums.service_days[code] > 0, sums.service_days[code], 1.0)
            weights = people * (sums.service_days[code] > 0)
            frame[f"{kind}_service"] = np.clip(mean(sums.service[code] / days, weights), 0.0, 1.0)
        district = people * (sums.service_days[NETWORK_KINDS.index("heat")] > 0)
        frame["cold_degree_hours"] = np.nan_to_num(mean(sums.degree_hours, district))
        frame["cold_hours"] = np.nan_to_num(mean(sums.cold_hours, district))
        frame["danger_hours"] = np.nan_to_num(mean(sums.danger_hours, district))
        lowest_c = np.full(n_zones, np.inf)
        np.minimum.at(lowest_c, zone[district > 0], sums.lowest_c[district > 0])
        frame["lowest_indoor_c"] = np.where(np.isfinite(lowest_c), lowest_c, np.nan)
        frame["electric_heater_kwh"] = total(sums.heater_kwh)
        home = zone[model.citizens.get("building")]
        heads = np.bincount(home, minlength=n_zones)
        for name in ("trust", "satisfaction"):
            values = model.citizens.get(name).astype(np.float64)
            whole = np.bincount(home, weights=values, minlength=n_zones)
            frame[f"{name}_mean"] = np.where(heads > 0, whole / np.maximum(heads, 1), np.nan)
        return conform(ZONES, pd.DataFrame(frame))

    def _assets(self, year: int) -> pd.DataFrame:
        """Return the assets table of a year."""
        assets = self.model.assets
        frame = pd.DataFrame(
            {
                "year": year,
                "asset_id": assets.arrays.asset_id,
                "network": np.array(NETWORK_KINDS, dtype=object)[assets.arrays.network],
                "edge_id": assets.edge_id,
                "age_years": assets.arrays.age_years.copy(),
                "wear_phys": assets.wear_phys(),
                "wear_book": assets.arrays.wear_book.copy(),
                "failures": assets.arrays.n_failures.copy(),
                "renewals": assets.n_renewals.copy(),
            }
        )
        return conform(ASSETS, frame)

    def _events(self) -> pd.DataFrame:
        """Return the events table."""
        date = self.model.clock.date
        nothing = float("nan")
        rows: list[tuple[object, ...]] = []
        for failure in self.failures:
            fate = failure.joined_to or failure
            what = (failure.asset_id, NETWORK_KINDS[failure.network], failure.severity)
            known_by = fate.known_by if fate.known_day >= 0 else ""
            days = (fate.known_day, fate.start_day, fate.end_day)
            spent = (failure.reports, failure.travel_s, failure.cost_kzt)
            first = (failure.day, date(failure.day).isoformat())
            rows.append((*first, "failure", *what, known_by, *days, *spent))
        arrays = self.model.assets.arrays
        for day, job in self.renewals:
            asset_id = int(arrays.asset_id[job.asset])
            network = NETWORK_KINDS[int(arrays.network[job.asset])]
            span = (job.start_day, job.end_day)
            when = (day, date(day).isoformat())
            work = (-1, *span, 0, nothing, job.cost_kzt)
            rows.append((*when, "renewal", asset_id, network, nothing, "", *work))
        for shock in self.model.spec.shocks:
            day = (shock.date - self.model.spec.start).days
            if 0 <= day <= self.model.day:
                kind = str(getattr(shock, "kind", ""))
                when = (day, shock.date.isoformat())
                rows.append((*when, "shock", -1, kind, nothing, "", -1, day, -1, 0, nothing, 0.0))
        names = [column.name for column in EVENTS.columns]
        frame = pd.DataFrame(rows, columns=names)
        frame = frame.sort_values(["day", "event", "asset_id"], kind="stable")
        return conform(EVENTS, frame)

    def _homes(self) -> pd.DataFrame:
        """Return the table of cold hours."""
        names = [column.name for column in HOMES.columns if column.name != "date"]
        frame = pd.DataFrame(self.model.homes.hourly, columns=names)
        date = self.model.clock.date
        days = {int(day): date(int(day)).isoformat() for day in frame["day"].unique()}
        return conform(HOMES, frame.assign(date=frame["day"].map(days)))

    def result(self) -> RunResult:
        """Return the tables of the run."""
        names = [column.name for column in INDICATORS.columns]
        return RunResult(
            indicators=conform(INDICATORS, pd.DataFrame(self._indicator_rows, columns=names)),
            zones=pd.concat(self._zone_frames, ignore_index=True)
            if self._zone_frames
            else conform(ZONES, pd.DataFrame(columns=[c.name for c in ZONES.columns])),
            assets=pd.concat(self._asset_frames, ignore_index=True),
            events=self._events(),
            homes=self._homes(),
            invariants=dict(self.invariants),
            solves={kind: flow.solves for kind, flow in self.model.flows.items()},
        )
