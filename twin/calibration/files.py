"""Files that a calibration writes."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from ruamel.yaml import YAML

from twin.calibration.backtest.page import taught_lines
from twin.core.parameter_set import nested

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from twin.calibration.calibrate import Calibration, Records
    from twin.calibration.records.pipes import PipeRecords
    from twin.calibration.reporting import Reporting
    from twin.calibration.wear.forecast import Forecast

SCENARIO = "calibrated.yaml"
_DIGITS = 6


def write_reporting(rows: Sequence[Reporting], path: Path) -> None:
    """Write reporting by group as a table."""
    plain = [asdict(row) for row in rows]
    _write_csv(path, list(plain[0]), (row.values() for row in plain))


def write_forecast(ahead: Forecast, pipes: PipeRecords, out: Path) -> None:
    """Write breaks of coming years by material, and pipes with the likeliest to break first."""
    rows = []
    for name, counts in {**ahead.counts, "all": ahead.total()}.items():
        low, middle, high = np.quantile(counts, (0.05, 0.5, 0.95), axis=0)
        for at, year in enumerate(ahead.years):
            mean = counts[:, at].mean()
            rows.append((name, int(year), f"{mean:.2f}", low[at], middle[at], high[at]))
    heads = ("material", "year", "mean", "low_5", "median", "high_95")
    _write_csv(out / "forecast.csv", heads, rows)
    per_km = 1e3 * ahead.rate / pipes.length_m
    known = np.isfinite(per_km)
    order = np.argsort(-np.where(known, per_km, -1.0), kind="stable")[: int(known.sum())]
    listed = (
        (
            place + 1,
            pipes.pipe_id[row],
            pipes.material[row],
            f"{pipes.length_m[row]:.1f}",
            f"{ahead.rate[row]:.5f}",
            f"{ahead.rate_low[row]:.5f}",
            f"{ahead.rate_high[row]:.5f}",
            f"{per_km[row]:.4f}",
            f"{ahead.first_tenth[row]:.2f}",
        )
        for place, row in enumerate(order)
    )
    heads_of_pipes = (
        "rank",
        "pipe_id",
        "material",
        "length_m",
        "breaks_per_year",
        "low_5",
        "high_95",
        "breaks_per_km_year",
        "chance_of_first_tenth",
    )
    _write_csv(out / "pipes.csv", heads_of_pipes, listed)


def write_calibration(fitted: Calibration, found: Records, out: Path) -> None:
    """Write what records taught, as a page and as plain values."""
    wear = fitted.wear
    counts = [
        f"- {file}: {code} {count}, {effect}"
        for (file, code, effect), count in found.left_out.counts().items()
    ]
    lines = [
        "# What the records say of wear",
        "",
        (
            f"{wear.n_named:,} breaks name a pipe with complete entries, {wear.n_unnamed:,} name "
            "no pipe of the inventory; levels count both."
        ),
        "",
        *taught_lines(fitted.numbers),
        "",
        "## Rows not used as they stand",
        "",
        *(counts or ["None."]),
    ]
    (out / "calibration.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    plain = {
        "numbers": [{**asdict(one), "evidence": one.evidence} for one in fitted.numbers],
        "breaks_named": wear.n_named,
        "breaks_unnamed": wear.n_unnamed,
        "effective_draws": {name: one.effective_draws for name, one in wear.laws.items()},
        "left_out": [
            {"file": file, "code": code, "effect": effect, "rows": count}
            for (file, code, effect), count in found.left_out.counts().items()
        ],
    }
    (out / "calibration.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def write_scenarios(fitted: Calibration, found: Records, out: Path) -> None:
    """Write the calibrated scenario, and one below it for each parameter set."""
    moved = {one.path: one for one in fitted.numbers if one.evidence == "fitted"}
    central = {path: value for path, value in fitted.wear.central().items() if path in moved}
    first = found.breaks.end if found.breaks is not None else dt.date.today().year  # noqa: DTZ011
    base = {
        "scenario": "calibrated",
        "question": "How does this town go on as it is?",
        "city": {"bundle": str(out / "city")},
        "start": dt.date(round(first), 1, 1),
        "years": 5,
        "seeds": 8,
        "fitted": [
            {"parameter": path, "low": _short(one.low), "high": _short(one.high)}
            for path, one in moved.items()
        ],
        "parameters": nested({path: _short(value) for path, value in central.items()}),
    }
    _write_yaml(out / SCENARIO, base)
    for at, draw in enumerate(fitted.draws, start=1):
        values = nested({path: _short(value) for path, value in draw.items()})
        child = {
            "extends": SCENARIO,
            "scenario": f"calibrated_draw_{at:03d}",
            "question": "What does one draw of what the records allow bring?",
            "parameters": values,
        }
        _write_yaml(out / f"draw_{at:03d}.yaml", child)


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    yaml = YAML()
    yaml.default_flow_style = False
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def _write_csv(path: Path, heads: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)
