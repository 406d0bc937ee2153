"""Who is cold, and when: the hours about the coldest night of a comparison, and its districts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter
from bokeh.plotting import figure

from twin.report.charts import dress_axes, style_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bokeh.models.renderers import DataRenderer

    from twin.city.bundle import City
    from twin.experiment.store import Run
    from twin.report.words import Words

SERIES = ("people_cold", "people_in_danger", "indoor_mean_c", "heater_load_kw")
"""Columns of a run's `homes` table that are drawn."""
_LONGEST_DAYS = 14
_QUIET = 0.02
"""Share of the peak below which a day no longer belongs to the night."""
_HEIGHT_PX = 240
_DISTRICTS = 8


@final
@dataclass(frozen=True, slots=True)
class ColdNight:
    """Days about the one on which most people in danger or cold are counted."""

    first_day: int
    last_day: int
    date: str
    """Of its first day."""


@final
@dataclass(frozen=True, slots=True)
class ColdDistrict:
    """A district's hours below 12 C per resident in the year of the night, by policy."""

    name: str
    people: str
    values: tuple[str, ...]
    """In the order of the policies."""


def cold_night(runs: Mapping[str, Sequence[Run]]) -> ColdNight | None:
    """Return the worst days over all runs; None where nobody was cold."""
    every = [run.homes for group in runs.values() for run in group]
    hours = pd.concat(every, ignore_index=True)
    if hours.empty or not hours["people_cold"].max():
        return None
    worth = hours["people_cold"] + hours["people_in_danger"]
    by_day = worth.groupby(hours["day"]).sum() / len(every)
    peak = int(by_day.idxmax())
    loud = set(by_day.index[by_day >= _QUIET * by_day[peak]])
    first = last = peak
    while first - 1 in loud and peak - first + 1 < _LONGEST_DAYS // 2:
        first -= 1
    while last + 1 in loud and last - first + 1 < _LONGEST_DAYS:
        last += 1
    return ColdNight(first, last, str(hours.loc[hours["day"] == first, "date"].iloc[0]))


def cold_figures(
    runs: Mapping[str, Sequence[Run]], night: ColdNight, told: Words
) -> dict[str, figure]:
    """Draw the series of the night by hour, one line per policy: means over seeds."""
    return {name: _figure(runs, night, name, told) for name in SERIES}


def by_hour(runs: Sequence[Run], night: ColdNight, name: str) -> pd.DataFrame:
    """Return a series' mean over runs by hour of the night, columns `hour, mean`.

    Hours without a row had nobody cold: zero, or, for temperatures, not known.
    """
    size = 24 * (night.last_day - night.first_day + 1)
    total, seen = np.zeros(size), np.zeros(size)
    for run in runs:
        rows = run.homes
        rows = rows[(rows["day"] >= night.first_day) & (rows["day"] <= night.last_day)]
        at = (24 * (rows["day"] - night.first_day) + rows["hour"]).to_numpy()
        np.add.at(total, at, rows[name].to_numpy(dtype=np.float64))
        np.add.at(seen, at, 1.0)
    count = np.full(size, float(len(runs)))
    if name.endswith("_c"):
        count = np.where(seen > 0, seen, np.nan)
    return pd.DataFrame({"hour": np.arange(size) + 1, "mean": total / count})


def _figure(runs: Mapping[str, Sequence[Run]], night: ColdNight, name: str, told: Words) -> figure:
    plot = figure(
        height=_HEIGHT_PX,
        sizing_mode="stretch_width",
        tools="",
        toolbar_location=None,
        x_axis_label=told.text("cold_hours_from", date=night.date),
        y_axis_label=told.text(f"cold_{name}"),
        min_border_right=12,
    )
    lines: list[DataRenderer] = []
    for i, (arm, group) in enumerate(runs.items()):
        style, table = style_of(i), by_hour(group, night, name)
        table["policy"] = told.arm(arm)
        table["said"] = [told.number(value) for value in table["mean"]]
        line = plot.line(
            "hour",
            "mean",
            source=ColumnDataSource(table),
            color=style["colour"],
            line_dash=style["dash"],
            line_width=3.0 if i == 0 else 2.2,
        )
        line.name = f"arm:{arm}"
        lines.append(line)
    tips = [("", "@policy, @hour"), (told.text(f"cold_{name}"), "@said")]
    plot.add_tools(HoverTool(renderers=lines, tooltips=tips, mode="mouse"))
    plot.xaxis.ticker = list(range(0, 24 * (night.last_day - night.first_day + 1) + 1, 24))
    plot.yaxis.formatter = NumeralTickFormatter(format="0,0")
    dress_axes(plot)
    return plot


def cold_districts(
    runs: Mapping[str, Sequence[Run]], night: ColdNight, city: City, told: Words
) -> list[ColdDistrict]:
    """Return the districts with most hours below 12 C in the base, by policy, worst first."""
    year = int(night.date[:4])
    means: list[pd.Series] = []
    for group in runs.values():
        rows = pd.concat([run.zones for run in group], ignore_index=True)
        rows = rows[rows["year"] == year]
        means.append(rows.groupby("zone_id")["danger_hours"].mean())
    worst = means[0].sort_values(ascending=False, kind="stable")
    zones = city.zones.set_index("zone_id")
    return [
        ColdDistrict(
            name=str(zones.loc[zone, "name"]),
            people=told.count(int(zones.loc[zone, "people"])),
            values=tuple(told.number(float(mean.get(zone, np.nan))) for mean in means),
        )
        for zone in worst.index[worst > 0][:_DISTRICTS]
    ]
