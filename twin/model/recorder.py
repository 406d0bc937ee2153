"""Turns what a run left behind into its tables: closes periods, and gives the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.assets import official_wear
from twin.citizens import participation_rate
from twin.citizens.demography import labour_force_of
from twin.city.networks import NETWORK_NAMES, code_of
from twin.core.columns import conform
from twin.economy import kzt
from twin.indicators import Period, indicators
from twin.model.journal import BuildingSums, Span
from twin.model.participation import rows_of
from twin.model.tables import (
    ASSETS,
    EVENTS,
    HOMES,
    INDICATORS,
    MONEY,
    VOTES,
    WORKS,
    ZONES,
    RunResult,
)

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.economy import Ledger
    from twin.model.state import State


def open_books(state: State) -> None:
    """Note the assets as they are before the first day."""
    state.journal.asset_frames.append(_assets(state, state.spec.start.year - 1))


def add_day(state: State) -> None:
    """Add today; close its month, its year and the run where they end."""
    journal, clock = state.journal, state.today.clock
    journal.add_day(state.sums)
    last = state.day + 1 >= state.spec.n_days
    if last or clock.is_month_end(state.day):
        _close(state, "month")
    if last or clock.is_year_end(state.day):
        _close(state, "year")
        _close_tables(state, clock.date(state.day).year)
    if last:
        _close(state, "run")


def _close(state: State, name: str) -> None:
    """Work out all indicators of a span and start the next."""
    span = state.journal.spans[name]
    day = state.citizen_day
    date = state.today.clock.date
    idle, labour_force = labour_force_of(state.citizens)
    period = Period(
        sums=span.sums,
        assets=state.assets.condition(),
        people=int(state.people.sum()),
        trust_mean=day.trust_mean if day else float("nan"),
        satisfaction_mean=day.satisfaction_mean if day else float("nan"),
        participation_rate=participation_rate(state.citizens),
        arrears_kzt=kzt(state.accounts.bills.owed_tiyn()),
        debt_kzt=kzt(state.accounts.debt_tiyn()),
        idle=idle,
        labour_force=labour_force,
        payers=state.accounts.bills.payers.number(),
        wear_official=official_wear(state.assets),
    )
    start, end = date(span.first_day).isoformat(), date(state.day).isoformat()
    for kind, indicator in indicators.items():
        value = float(indicator.function(period))
        state.journal.indicator_rows.append((name, start, end, kind, indicator.unit, value))
    if state.journal.kept_periods is not None:
        state.journal.kept_periods.append((name, start, end, period))
    if name == "year":
        state.journal.last_year = period.sums
    state.journal.spans[name] = Span(state.day + 1)


def _close_tables(state: State, year: int) -> None:
    """Write the tables of a year."""
    state.journal.zone_frames.append(_zones(state, year))
    state.journal.asset_frames.append(_assets(state, year))
    state.journal.buildings = BuildingSums(state.people.size)


def _zones(state: State, year: int) -> pd.DataFrame:
    """Return the zones table of a year."""
    sums = state.journal.buildings
    zone = state.city.buildings["zone_id"].to_numpy(dtype=np.int32)
    n_zones = len(state.city.zones)
    people = state.people.astype(np.float64)

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
    for code, kind in enumerate(NETWORK_NAMES):
        days = np.where(sums.service_days[code] > 0, sums.service_days[code], 1.0)
        weights = people * (sums.service_days[code] > 0)
        frame[f"{kind}_service"] = np.clip(mean(sums.service[code] / days, weights), 0.0, 1.0)
    district = people * (sums.service_days[code_of("heat")] > 0)
    frame["cold_degree_hours"] = np.nan_to_num(mean(sums.degree_hours, district))
    frame["cold_hours"] = np.nan_to_num(mean(sums.cold_hours, district))
    frame["danger_hours"] = np.nan_to_num(mean(sums.danger_hours, district))
    lowest_c = np.full(n_zones, np.inf)
    np.minimum.at(lowest_c, zone[district > 0], sums.lowest_c[district > 0])
    frame["lowest_indoor_c"] = np.where(np.isfinite(lowest_c), lowest_c, np.nan)
    frame["electric_heater_kwh"] = total(sums.heater_kwh)
    home = zone[state.citizens.get("building")]
    heads = np.bincount(home, minlength=n_zones)
    for name in ("trust", "satisfaction"):
        values = state.citizens.get(name).astype(np.float64)
        whole = np.bincount(home, weights=values, minlength=n_zones)
        frame[f"{name}_mean"] = np.where(heads > 0, whole / np.maximum(heads, 1), np.nan)
    return conform(ZONES, pd.DataFrame(frame))


def _assets(state: State, year: int) -> pd.DataFrame:
    """Return the assets table of a year."""
    assets = state.assets
    frame = pd.DataFrame(
        {
            "year": year,
            "asset_id": assets.arrays.asset_id,
            "network": np.array(NETWORK_NAMES, dtype=object)[assets.arrays.network],
            "edge_id": assets.edge_id,
            "age_years": assets.arrays.age_years.copy(),
            "wear_phys": assets.wear_phys(),
            "wear_book": assets.arrays.wear_book.copy(),
            "failures": assets.arrays.n_failures.copy(),
            "renewals": assets.n_renewals.copy(),
        }
    )
    return conform(ASSETS, frame)


def _events(state: State) -> pd.DataFrame:
    """Return the events table."""
    date = state.today.clock.date
    nothing = float("nan")
    rows: list[tuple[object, ...]] = []
    for failure in state.journal.failures:
        fate = failure.joined_to or failure
        what = (failure.asset_id, NETWORK_NAMES[failure.network], failure.severity)
        known_by = fate.known_by if fate.known_day >= 0 else ""
        days = (fate.known_day, fate.start_day, fate.end_day)
        spent = (failure.reports, failure.travel_s, failure.cost_kzt)
        first = (failure.day, date(failure.day).isoformat())
        rows.append((*first, "failure", *what, known_by, *days, *spent, ""))
    arrays = state.assets.arrays
    for done in state.journal.works:
        day, job = done.day, done.job
        asset_id = int(arrays.asset_id[job.asset])
        network = NETWORK_NAMES[int(arrays.network[job.asset])]
        span = (job.start_day, job.end_day)
        when = (day, date(day).isoformat())
        work = (-1, *span, 0, nothing, job.cost_kzt)
        rows.append((*when, "renewal", asset_id, network, nothing, "", *work, job.outcome.value))
    for day, code, capital_kzt, why in state.institutions.investor.decisions:
        when, place = (day, date(day).isoformat()), NETWORK_NAMES[code]
        work = (-1, day, -1, 0, nothing, capital_kzt)
        rows.append((*when, "investment", -1, place, nothing, "", *work, why))
    for day, place, unpaid_kzt, why in state.journal.refusals:
        work = (-1, day, -1, 0, nothing, unpaid_kzt)
        when = (day, date(day).isoformat())
        rows.append((*when, "refusal", -1, place, nothing, "", *work, why))
    for shock in state.spec.shocks:
        day = (shock.date - state.spec.start).days
        if 0 <= day <= state.day:
            kind = str(getattr(shock, "kind", ""))
            when = (day, shock.date.isoformat())
            rows.append((*when, "shock", -1, kind, nothing, "", -1, day, -1, 0, nothing, 0.0, ""))
    names = [column.name for column in EVENTS.columns]
    frame = pd.DataFrame(rows, columns=names)
    frame = frame.sort_values(["day", "event", "asset_id"], kind="stable")
    return conform(EVENTS, frame)


def _works(state: State) -> pd.DataFrame:
    """Return the table of planned works."""
    assets, clock, city = state.assets, state.today.clock, state.city
    rows: list[tuple[object, ...]] = []
    for done in state.journal.works:
        job = done.job
        network = state.networks[int(assets.arrays.network[job.asset])]
        edge = int(assets.edge_id[job.asset])
        edges = city.street_edges if network.is_street else city.util_edges
        uid = str(edges["uid"].iloc[edge])
        what = (int(assets.arrays.asset_id[job.asset]), uid, network.name, edge)
        length_m = float(assets.arrays.length_m[job.asset])
        work = (done.option.name.lower(), length_m, job.cost_kzt, job.start_day, job.end_day)
        rows.append((clock.date(done.day).year, *what, *work, done.reason))
    names = [column.name for column in WORKS.columns]
    return conform(WORKS, pd.DataFrame(rows, columns=names))


def _homes(state: State) -> pd.DataFrame:
    """Return the table of cold hours."""
    names = [column.name for column in HOMES.columns if column.name != "date"]
    frame = pd.DataFrame(state.homes.hourly, columns=names)
    date = state.today.clock.date
    days = {int(day): date(int(day)).isoformat() for day in frame["day"].unique()}
    return conform(HOMES, frame.assign(date=frame["day"].map(days)))


def money_table(ledger: Ledger) -> pd.DataFrame:
    """Return the table of money."""
    rows = [(*key, amount) for key, amount in ledger.movements()]
    return conform(MONEY, pd.DataFrame(rows, columns=[column.name for column in MONEY.columns]))


def _votes(state: State) -> pd.DataFrame:
    """Return the table of votes, with the round that is open."""
    held = state.participation.round
    rows = [*state.participation.rows, *([] if held is None else rows_of(state, held))]
    return conform(VOTES, pd.DataFrame(rows, columns=[column.name for column in VOTES.columns]))


def result(state: State) -> RunResult:
    """Return the tables of the run."""
    names = [column.name for column in INDICATORS.columns]
    return RunResult(
        indicators=conform(INDICATORS, pd.DataFrame(state.journal.indicator_rows, columns=names)),
        zones=pd.concat(state.journal.zone_frames, ignore_index=True)
        if state.journal.zone_frames
        else conform(ZONES, pd.DataFrame(columns=[c.name for c in ZONES.columns])),
        assets=pd.concat(state.journal.asset_frames, ignore_index=True),
        events=_events(state),
        homes=_homes(state),
        money=money_table(state.accounts.ledger),
        votes=_votes(state),
        works=_works(state),
        invariants=dict(state.journal.invariants),
        solves={kind: flow.solves for kind, flow in state.flows.items()},
    )
