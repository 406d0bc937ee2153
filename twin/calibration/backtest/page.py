"""The page of a back-test: tables of scores and of what records taught, and a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from twin.calibration.backtest.backtest import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from twin.calibration.backtest.backtest import BackTest
    from twin.calibration.wear.learned import Learned
    from twin.core.arrays import Float64

PAGE, PICTURE = "backtest.md", "backtest.png"
_FEWEST = 5
"""Materials with fewer breaks before and after have no part of the picture."""


def write_page(test: BackTest, numbers: Sequence[Learned], folder: Path) -> None:
    """Write page and picture of a back-test."""
    figure(test).savefig(folder / PICTURE, dpi=110)
    (folder / PAGE).write_text("\n".join(page(test, numbers)) + "\n", encoding="utf-8")


def page(test: BackTest, numbers: Sequence[Learned]) -> list[str]:
    """Return the page as lines of Markdown."""
    last = int(test.forecast.years[-1])
    lines = [
        (
            f"# Back-test of wear: fitted to years before {test.first_year}, compared with "
            f"{test.first_year} to {last}"
        ),
        "",
        f"![Breaks a year by material, and the 90 % interval of the forecast]({PICTURE})",
        "",
        "## Breaks a year",
        "",
        "| material | year | observed | forecast | 90 % interval | inside |",
        "|---|---|---|---|---|---|",
        *_years(test),
        "",
        "## Scores",
        "",
        (
            "CRPS and log score are means over the years, and less is better. MASE compares the "
            "mean error with that of taking each past year for the next."
        ),
        "",
        "| material | forecast | CRPS | log score | years inside 90 % | MASE |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {_plain(one.material)} | {one.forecast} | {one.crps:.2f} | {one.log_score:.2f} | "
        f"{one.inside} of {one.n_years} | {_number(one.mase)} |"
        for one in test.scores
    ]
    lines += [
        "",
        "## Breaks on the tenth of length ranked first",
        "",
        "| ranked by | share of breaks |",
        "|---|---|",
        *(f"| {name} | {_number(share)} |" for name, share in test.top.items()),
        "",
        *taught_lines(numbers),
    ]
    return lines


def taught_lines(numbers: Sequence[Learned]) -> list[str]:
    """Return the table of numbers before and after records."""
    lines = [
        "## What the records taught",
        "",
        "`taught` is the share by which records narrow a number; below 0.1 it stays assumed.",
        "",
        "| parameter | default | 90 % before | middle | 90 % after | taught | evidence |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.path} | {one.default:.3g} | {one.prior_low:.3g} to {one.prior_high:.3g} | "
        f"{one.middle:.3g} | {one.low:.3g} to {one.high:.3g} | {one.taught:.2f} | {one.evidence} |"
        for one in numbers
    ]
    return lines


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _number(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.2f}"


def _years(test: BackTest) -> list[str]:
    """Return a row per material and year."""
    rows = []
    for name, draws, seen in _parts(test):
        low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95), axis=0)
        for at, year in enumerate(test.forecast.years):
            inside = "yes" if low[at] <= seen[at] <= high[at] else "no"
            rows.append(
                f"| {_plain(name)} | {year} | {seen[at]:.0f} | {middle[at]:.0f} | "
                f"{low[at]:.0f} to {high[at]:.0f} | {inside} |"
            )
    return rows


def _parts(test: BackTest) -> list[tuple[str, Float64, Float64]]:
    """Return name, draws and observed breaks of all materials together and of each."""
    whole = np.asarray(np.sum(list(test.seen.values()), axis=0))
    return [
        (ALL, test.forecast.total(), whole),
        *((name, test.forecast.counts[name], seen) for name, seen in test.seen.items()),
    ]


def figure(test: BackTest) -> Figure:
    """Return the picture: breaks by year as points, forecasts as a line in its interval."""
    parts = [
        (name, draws, seen, _past(test, name))
        for name, draws, seen in _parts(test)
        if seen.sum() + _past(test, name).sum() >= _FEWEST
    ]
    made = Figure(figsize=(3.6 * max(len(parts), 1), 3.2), layout="constrained")
    axes = made.subplots(1, max(len(parts), 1), squeeze=False)[0]
    years = test.forecast.years
    for axis, (name, draws, seen, past) in zip(axes, parts, strict=False):
        low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95), axis=0)
        before = np.arange(years[0] - past.size, years[0])
        axis.plot(before, past, "o", color="#777777", markersize=4, label="records, fitted")
        axis.plot(years, seen, "o", color="#b2182b", markersize=5, label="records, kept back")
        axis.fill_between(years, low, high, color="#2166ac", alpha=0.25, label="90 % interval")
        axis.plot(years, middle, color="#2166ac", label="forecast")
        axis.set(title=_plain(name), xlabel="year", ylim=(0, None))
    axes[0].set_ylabel("breaks a year")
    axes[0].legend(frameon=False, fontsize=8)
    return made


def _past(test: BackTest, name: str) -> Float64:
    """Return breaks by year of record before the forecast."""
    if name == ALL:
        return np.asarray(np.sum(list(test.past.values()), axis=0))
    return test.past[name]
