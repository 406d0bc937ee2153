"""Charts by matplotlib: series over years, effects with intervals, distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from twin.core.errors import StoreError
from twin.core.registry import nearest
from twin.drawing.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

COLOURS = ("#3c4043", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""After Okabe & Ito (2008), colour universal design."""
_COLUMNS = 2
_WIDTH_IN, _ROW_IN = 9.0, 2.6
_BINS = 30


def _axes(n: int) -> tuple[Figure, list[Axes]]:
    """Return a figure with a number of axes, two in a row."""
    columns = min(_COLUMNS, n)
    rows = -(-n // columns)
    figure = Figure(figsize=(_WIDTH_IN, _ROW_IN * rows + 0.4), layout="constrained")
    axes = np.ravel(figure.subplots(rows, columns, squeeze=False))
    for spare in axes[n:]:
        spare.set_axis_off()
    return figure, list(axes[:n])


def chosen(asked: Sequence[str], known: Sequence[str], what: str) -> list[str]:
    """Return the names asked for, in order, each once.

    Raises
    ------
    StoreError
        If there is nothing to draw, or a name is not known; with the nearest name.
    """
    for name in asked:
        if name not in known:
            message = f"{name!r} is not {what}. {nearest(name, list(known))}"
            raise StoreError(message)
    if not known:
        message = f"nothing to draw: there is no {what.rsplit(maxsplit=1)[-1]}"
        raise StoreError(message)
    return list(dict.fromkeys(asked))


def plot_series(rows: pd.DataFrame, names: Sequence[str], title: str = "") -> Picture:
    """Return yearly (or, in shorter runs, monthly) series of indicators, one small chart each.

    Parameters
    ----------
    rows
        Columns `period, start, indicator, unit, value`.
    names
        Indicators to draw.
    title
        Title of the figure.
    """
    period = "year" if (rows["period"] == "year").sum() > rows["indicator"].nunique() else "month"
    rows = rows[rows["period"] == period]
    if rows.empty:
        raise StoreError("nothing to draw: the run is shorter than a month")
    figure, axes = _axes(len(names))
    for axis, name in zip(axes, names, strict=True):
        own = rows[rows["indicator"] == name].sort_values("start")
        start = pd.to_datetime(own["start"])
        when = start.dt.year if period == "year" else start
        axis.plot(when, own["value"], marker="o", color=COLOURS[1])
        if period == "year":
            axis.set_xticks(sorted(set(when))[:: max(1, len(own) // 6)])
        else:
            axis.tick_params(axis="x", rotation=30)
        unit = str(own["unit"].iloc[0]) if len(own) else ""
        axis.set_title(f"{name} [{unit}]" if unit else name, fontsize="medium", loc="left")
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    return Picture(figure)


def plot_effects(effects: pd.DataFrame, *indicators: str, main: int = 6) -> Picture:
    """Return the effects of policies: a point and its interval for each, zero marked.

    Parameters
    ----------
    effects
        As `twin.compare` returns it.
    indicators
        Indicators to draw; without any, the first ones of the table.
    main
        How many those are.

    Raises
    ------
    StoreError
        If an indicator is not in the table, or the table is empty.
    """
    known = list(dict.fromkeys(effects["indicator"]))
    names = chosen(indicators or known[:main], known, "an indicator of the effects")
    figure, axes = _axes(len(names))
    for axis, name in zip(axes, names, strict=True):
        rows = effects[effects["indicator"] == name].iloc[::-1]
        _forest(axis, rows)
        unit = str(rows["unit"].iloc[0])
        axis.set_title(f"{name} [{unit}]" if unit else name, fontsize="medium", loc="left")
    n = int(effects["n"].max())
    spread = "95 % interval" if n > 1 else "one replication: no interval"
    figure.supxlabel(f"change against the base; {spread}", fontsize="medium")
    return Picture(figure)


def _forest(axis: Axes, rows: pd.DataFrame) -> None:
    """Draw one indicator's effects, one policy a line."""
    places = np.arange(len(rows))
    low, high = rows["ci_low"].to_numpy(), rows["ci_high"].to_numpy()
    axis.hlines(places, low, high, color=COLOURS[1], linewidth=2.5)
    axis.plot(rows["delta"], places, "o", color=COLOURS[1])
    axis.axvline(0.0, color=COLOURS[0], linewidth=1.0)
    axis.set_yticks(places, [str(arm) for arm in rows["arm"]])
    axis.set_ylim(-0.7, len(rows) - 0.3)
    axis.spines[["top", "right", "left"]].set_visible(False)


def plot_histogram(values: NDArray[Any], name: str, unit: str = "") -> Picture:
    """Return the distribution of a column."""
    figure, (axis,) = _axes(1)
    axis.hist(values, bins=_BINS, color=COLOURS[1])
    axis.set_xlabel(f"{name} [{unit}]" if unit else name)
    axis.set_ylabel("people")
    axis.spines[["top", "right"]].set_visible(False)
    return Picture(figure)
