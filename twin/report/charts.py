"""Yearly series of the main indicators as bokeh figures, one line and band per policy."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
from bokeh.embed import components
from bokeh.models import (
    ColumnDataSource,
    HoverTool,
    Model,
    NumeralTickFormatter,
    Range1d,
)
from bokeh.plotting import figure
from bokeh.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bokeh.models.renderers import DataRenderer

    from twin.experiment.store import Run
    from twin.report.words import Words

COLOURS = ("#3c4043", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""After Okabe & Ito (2008), colour universal design; base in grey."""
DASHES = ("solid", "solid", "dashed", "dotdash", "dotted", "dashdot", "solid")
MARKERS = ("circle", "square", "triangle", "diamond", "inverted_triangle", "hex", "star")
_HEIGHT_PX = 270
_TICKS = 6
_MARGIN = 0.05
_SHORTEST_YEAR_SHARE = 0.9
_DAYS_PER_YEAR = 365


@final
@dataclass(frozen=True, slots=True)
class Charts:
    """Figures ready to be placed in a page."""

    library: str
    """Script elements of bokeh itself."""
    script: str
    """Script element with the figures' data."""
    divs: dict[str, str]
    """Indicator -> element that shows its figure."""
    further: dict[str, str] = field(default_factory=dict)
    """Name of a figure given besides -> its element."""


def style_of(arm_i: int) -> dict[str, str]:
    """Return colour, dash and marker of a policy by its place."""
    return {
        "colour": COLOURS[arm_i % len(COLOURS)],
        "dash": DASHES[arm_i % len(DASHES)],
        "marker": MARKERS[arm_i % len(MARKERS)],
    }


def yearly(runs: Sequence[Run], kind: str) -> pd.DataFrame:
    """Return an indicator by year over seeds.

    Years cut short by the end of a run stay out: rates over a few days say nothing.

    Returns
    -------
    DataFrame
        Columns `year, mean, low, high`: mean, least and largest over the seeds.
    """
    frames = [run.indicators for run in runs]
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[(rows["period"] == "year") & (rows["indicator"] == kind)]
    start, end = pd.to_datetime(rows["start"]), pd.to_datetime(rows["end"])
    whole = (end - start).dt.days + 1 >= _SHORTEST_YEAR_SHARE * _DAYS_PER_YEAR
    rows = rows.assign(year=end.dt.year)[whole & np.isfinite(rows["value"])]
    table = rows.groupby("year")["value"].agg(["mean", "min", "max"]).reset_index()
    table.columns = pd.Index(["year", "mean", "low", "high"])
    return table


def charts(
    runs: Mapping[str, Sequence[Run]],
    kinds: Sequence[str],
    told: Words,
    further: Mapping[str, Model] | None = None,
) -> Charts:
    """Draw every indicator of `kinds` that has yearly values, beside figures already drawn."""
    besides = {} if further is None else {f"further:{name}": plot for name, plot in further.items()}
    figures: dict[str, Model] = {**besides}
    for kind in kinds:
        drawn = _figure(runs, kind, told)
        if drawn is not None:
            figures[kind] = drawn
    if not figures:
        return Charts("", "", {})
    script, divs = components(figures)
    library = Resources(mode="inline", minified=True, components=["bokeh"]).render_js()
    own = {name: div for name, div in divs.items() if name not in besides}
    rest = {name.removeprefix("further:"): divs[name] for name in besides}
    return Charts(library, script, own, rest)


def _unit(runs: Mapping[str, Sequence[Run]], kind: str) -> str:
    rows = next(iter(runs.values()))[0].indicators
    units = rows.loc[rows["indicator"] == kind, "unit"].dropna()
    return str(units.iloc[0]) if len(units) else ""


def _figure(runs: Mapping[str, Sequence[Run]], kind: str, told: Words) -> figure | None:
    """Return one indicator's figure, None without yearly values."""
    unit = _unit(runs, kind)
    factor = 100.0 if unit == "share" else 1.0
    series = {arm: yearly(group, kind) for arm, group in runs.items()}
    if not any(len(table) for table in series.values()):
        return None
    plot = figure(
        height=_HEIGHT_PX,
        sizing_mode="stretch_width",
        tools="",
        toolbar_location=None,
        y_axis_label=told.unit(unit),
        min_border_right=12,
    )
    lines: list[DataRenderer] = []
    for i, (arm, table) in enumerate(series.items()):
        scaled = table.assign(**{name: table[name] * factor for name in ("mean", "low", "high")})
        scaled["policy"] = told.arm(arm)
        scaled["said"] = [told.number(value) for value in scaled["mean"]]
        scaled["span"] = [
            f"{told.number(low)} \u2026 {told.number(high)}"
            for low, high in zip(scaled["low"], scaled["high"], strict=True)
        ]
        lines.append(_draw(plot, arm, i, scaled, spread=len(runs[arm]) > 1))
    tips = [("", "@policy, @year"), (told.unit(unit), "@said")]
    if any(len(group) > 1 for group in runs.values()):
        tips.append((told.text("range"), "@span"))
    plot.add_tools(HoverTool(renderers=lines, tooltips=tips, mode="mouse"))
    _dress(plot, sorted({int(year) for table in series.values() for year in table["year"]}))
    _tick(plot, series.values(), factor, told)
    return plot


def _draw(plot: figure, arm: str, arm_i: int, table: pd.DataFrame, *, spread: bool) -> DataRenderer:
    """Draw one policy's band, line and marks; the models are named for the page's own legend."""
    style = style_of(arm_i)
    data = ColumnDataSource(table)
    colour = style["colour"]
    if spread:
        band = plot.varea("year", "low", "high", source=data, color=colour, alpha=0.13)
        band.name = f"arm:{arm}"
    line = plot.line(
        "year",
        "mean",
        source=data,
        color=colour,
        line_dash=style["dash"],
        line_width=3.0 if arm_i == 0 else 2.2,
    )
    marks: DataRenderer = plot.scatter(
        "year", "mean", source=data, color=colour, marker=style["marker"], size=7
    )
    line.name = marks.name = f"arm:{arm}"
    return marks


def _tick(plot: figure, tables: Iterable[pd.DataFrame], factor: float, told: Words) -> None:
    """Mark round values on the upright axis in the reader's number marks."""
    whole = pd.concat(list(tables))
    low, high = float(whole["low"].min()) * factor, float(whole["high"].max()) * factor
    spread = (high - low) or abs(high) or 1.0
    raw = spread / _TICKS
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(size * unit for size in (1, 2, 5, 10) if size * unit >= raw)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = [round(i * step, 12) for i in range(first, last + 1)]
    plot.yaxis.ticker = ticks
    plot.yaxis.major_label_overrides = {tick: told.plain(tick) for tick in ticks}
    plot.y_range = Range1d(start=low - _MARGIN * spread, end=high + _MARGIN * spread)


def _dress(plot: figure, years: Sequence[int]) -> None:
    """Give a figure the page's letters, quiet grid and whole years."""
    step = max(1, -(-len(years) // 11))
    plot.xaxis.ticker = list(years[::step])
    plot.xaxis.formatter = NumeralTickFormatter(format="0")
    dress_axes(plot)


def dress_axes(plot: figure) -> None:
    """Give a figure the page's letters and quiet grid."""
    plot.xgrid.visible = False
    plot.ygrid.grid_line_color = "#e3e6ea"
    plot.outline_line_color = None
    plot.background_fill_color = plot.border_fill_color = None
    for axis in (plot.xaxis, plot.yaxis):
        axis.axis_line_color = "#9aa0a6"
        axis.major_tick_line_color = "#9aa0a6"
        axis.minor_tick_line_color = None
        axis.major_label_text_font = "system-ui, 'Noto Sans', sans-serif"
        axis.major_label_text_font_size = "13px"
        axis.major_label_text_color = "#3c4043"
        axis.axis_label_text_font = "system-ui, 'Noto Sans', sans-serif"
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = "13px"
        axis.axis_label_text_color = "#3c4043"
