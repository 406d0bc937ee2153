"""Runs with plausible numbers made in memory, for pages without a simulation."""

import datetime as dt

import numpy as np
import pandas as pd

from twin.city.networks import NETWORK_NAMES
from twin.experiment.store import write_run
from twin.indicators import indicators
from twin.model.tables import HOMES, MONEY, VOTES, WORKS, ZONES, RunResult

_REPAIR_DAYS = 9
_FIRST_YEAR = 2026


def noise(*keys):
    """Return numbers in 0..1 that depend on the keys alone."""
    phase = sum(np.asarray(key, dtype=float) * factor for key, factor in zip(keys, _FACTORS))  # noqa: B905 - fewer keys than factors
    return np.abs(np.sin(phase) * 43758.5453) % 1.0


_FACTORS = (12.9898, 78.233, 37.719, 4.581)


def asset_frame(city):
    """Return one row per asset: streets, water, heat."""
    frames = []
    for kind in NETWORK_NAMES:
        edges = city.network_edges(kind)
        edge_id = edges["street_edge_id" if kind == "street" else "util_edge_id"]
        frames.append(
            pd.DataFrame(
                {
                    "network": kind,
                    "edge_id": edge_id.to_numpy(),
                    "built_year": edges["built_year"].to_numpy(),
                    "x": edges.geometry.centroid.x.to_numpy(),
                }
            )
        )
    table = pd.concat(frames, ignore_index=True)
    return table.assign(asset_id=np.arange(len(table)))


def make_result(city, seed, renewal_share, n_years=4):
    """Return the tables of a run in which wear grows and a share of assets is renewed."""
    assets = asset_frame(city)
    n = len(assets)
    years = range(_FIRST_YEAR - 1, _FIRST_YEAR + n_years)
    renewed_in = np.where(
        noise(np.arange(n), 5) < renewal_share,
        _FIRST_YEAR + (noise(np.arange(n), 6) * n_years).astype(int),
        9999,
    )
    frames, events = [], []
    total = np.zeros(n, dtype=int)
    for year in years:
        laid = np.where(renewed_in <= year, renewed_in, assets["built_year"])
        age = np.maximum(year - laid, 0).astype(float)
        wear = np.clip(age / 60 + 0.25 * (noise(assets["x"], 3) - 0.5), 0, 1)
        fails = (noise(np.arange(n), year, seed) < 0.12 * wear) & (year >= _FIRST_YEAR)
        total = total + fails
        frames.append(
            assets[["asset_id", "network", "edge_id"]].assign(
                year=year,
                age_years=age,
                wear_phys=wear,
                wear_book=np.minimum(1, wear * 1.1),
                failures=total,
                renewals=(renewed_in <= year).astype(int),
            )
        )
        for row in np.flatnonzero(fails):
            day = int((year - _FIRST_YEAR) * 365 + 360 * noise(row, year))
            date = (dt.date(_FIRST_YEAR, 1, 1) + dt.timedelta(days=day)).isoformat()
            kind = assets["network"].iloc[row]
            known = (day + 1, day + 2, day + _REPAIR_DAYS) if row % 3 else (-1, -1, -1)
            told = "report" if row % 3 else ""
            events.append((day, date, "failure", row, kind, 0.5, told, *known, 2, 600.0, 1e5, ""))
    names = (
        "day date event asset_id network severity known_by known_day start_day end_day "
        "reports travel_s cost_kzt note"
    )
    return RunResult(
        indicators=indicator_rows(seed, renewal_share, n_years),
        zones=pd.DataFrame(columns=[column.name for column in ZONES.columns]),
        assets=pd.concat(frames, ignore_index=True),
        events=pd.DataFrame(events, columns=names.split()),
        homes=pd.DataFrame(columns=[column.name for column in HOMES.columns]),
        money=pd.DataFrame(columns=[column.name for column in MONEY.columns]),
        votes=pd.DataFrame(columns=[column.name for column in VOTES.columns]),
        works=pd.DataFrame(columns=[column.name for column in WORKS.columns]),
        invariants={"water": 3e-12, "heat": 2e-11, "vehicles": 0.0, "money": 1e-13},
        solves={"water": 10},
    )


def indicator_rows(seed, renewal_share, n_years):
    """Return yearly and whole values of every registered indicator."""
    rows = []
    for i, (kind, indicator) in enumerate(indicators.items()):
        sign = {"+": 1, "-": -1, "": 0.2}[indicator.better]
        values = []
        for step in range(n_years):
            chance = 0.06 * (float(noise(i, step, seed)) - 0.5)
            level = 0.5 if indicator.unit == "share" else 3.0 + 40.0 * (i % 3)
            value = level * (1 + 0.02 * step + chance + 0.5 * sign * renewal_share * step / n_years)
            values.append(value)
            year = _FIRST_YEAR + step
            rows.append(("year", f"{year}-01-01", f"{year}-12-31", kind, indicator.unit, value))
        end = f"{_FIRST_YEAR + n_years - 1}-12-31"
        whole = float(np.mean(values))
        rows.append(("run", f"{_FIRST_YEAR}-01-01", end, kind, indicator.unit, whole))
    return pd.DataFrame(rows, columns=["period", "start", "end", "indicator", "unit", "value"])


def make_runs(city, scenario, folder, seeds=(0, 1, 2), n_years=4):
    """Write runs of every arm and return them by arm, base first."""
    runs = {}
    for arm in scenario.all_arms():
        protected = arm.levers["renewal"].ring_fence_share
        money = arm.levers["budget"].network_kzt_per_person_year / 12_000
        for seed in seeds:
            result = make_result(city, seed, 0.15 * money + 0.5 * protected, n_years)
            manifest = {
                "run_id": f"{arm.arm_name}{seed}",
                "seed": seed,
                "arm": arm.arm_name,
                "scenario": scenario.name,
                "question": scenario.question,
                "resolved": arm.resolved(),
                "city": {"name": city.name, "content_hash": city.content_hash()},
                "imputed_share": city.imputed_share(),
                "model_version": "0.1.0+test",
                "versions": {"python": "3.12", "numpy": "2"},
                "invariants": result.invariants,
            }
            run = write_run(result, folder / arm.arm_name / f"seed-{seed}", manifest)
            runs.setdefault(arm.arm_name, []).append(run)
    return runs
