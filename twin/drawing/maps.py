"""Still maps by matplotlib: lines or points coloured by a value, in metres, north up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from twin.drawing.picture import Picture

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

    from twin.core.arrays import Float64

_SIZE_IN = 8.0
_COLOURS = "viridis"
_GROUND = "#d5d8dc"
_UNKNOWN = "#9aa0a6"


@final
@dataclass(frozen=True, slots=True)
class Colouring:
    """What colours mean on a map."""

    label: str
    low: float | None = None
    """Value at the first colour; None takes the least."""
    high: float | None = None


def map_lines(
    lines: gpd.GeoSeries,
    values: Float64,
    colouring: Colouring,
    *,
    ground: gpd.GeoSeries | None = None,
    title: str = "",
    remark: str = "",
) -> Picture:
    """Return a map of lines coloured by a value each.

    Parameters
    ----------
    lines
        Geometries in a metric CRS.
    values
        One per line, shape (n_lines,); lines without a number are grey.
    colouring
        Label and ends of the colours.
    ground
        Streets or outlines to draw in grey below.
    title, remark
        Above and below; the remark is the place to name what is synthetic.
    """
    figure, axis = _canvas(title, remark)
    if ground is not None:
        axis.add_collection(LineCollection(_paths(ground), colors=_GROUND, linewidths=0.6))
    colours = colormaps[_COLOURS].with_extremes(bad=_UNKNOWN)
    drawn = LineCollection(_paths(lines), cmap=colours, linewidths=1.6)
    drawn.set_array(np.ma.masked_invalid(values))
    drawn.set_clim(colouring.low, colouring.high)
    axis.add_collection(drawn)
    _finish(figure, axis, drawn, colouring)
    return Picture(figure)


def map_points(
    points: Float64,
    values: Float64,
    colouring: Colouring,
    *,
    ground: gpd.GeoSeries | None = None,
    title: str = "",
    remark: str = "",
) -> Picture:
    """Return a map of points, shape (n, 2) in metres, coloured by a value each."""
    figure, axis = _canvas(title, remark)
    if ground is not None:
        axis.add_collection(LineCollection(_paths(ground), colors=_GROUND, linewidths=0.6))
    drawn = axis.scatter(
        points[:, 0],
        points[:, 1],
        c=values,
        cmap=_COLOURS,
        s=6,
        vmin=colouring.low,
        vmax=colouring.high,
    )
    _finish(figure, axis, drawn, colouring)
    return Picture(figure)


def _paths(lines: gpd.GeoSeries) -> list[Float64]:
    """Return the points of every line."""
    xy, owner = shapely.get_coordinates(lines.to_numpy(), return_index=True)
    counts = np.bincount(owner, minlength=len(lines))
    return np.split(xy, np.cumsum(counts)[:-1]) if len(lines) else []


def _canvas(title: str, remark: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_SIZE_IN, _SIZE_IN), layout="constrained")
    axis = figure.subplots()
    axis.set_title(title, loc="left")
    axis.set_xlabel(remark, loc="left")
    return figure, axis


def _finish(figure: Figure, axis: Axes, drawn: ScalarMappable, colouring: Colouring) -> None:
    """Give a map equal metres both ways, a bar of length, north, and its colour bar."""
    axis.autoscale_view()
    axis.set_aspect("equal")
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_visible(False)
    left, right = axis.get_xlim()
    bottom, top = axis.get_ylim()
    length = round_length((right - left) / 5.0)
    at = bottom + 0.02 * (top - bottom)
    axis.plot([left, left + length], [at, at], color="black", linewidth=3, solid_capstyle="butt")
    text = f"{length / 1000:g} km" if length >= 1000.0 else f"{length:g} m"  # noqa: PLR2004 - a km
    axis.annotate(text, (left + length / 2, at), (0, 4), textcoords="offset points", ha="center")
    axis.annotate("N \u2191", (1, 1), xycoords="axes fraction", ha="right", va="top")
    figure.colorbar(drawn, ax=axis, shrink=0.6, label=colouring.label)


def round_length(length_m: float) -> float:
    """Return the greatest 1, 2 or 5 times a power of ten that is not longer."""
    unit = 10.0 ** math.floor(math.log10(length_m)) if length_m > 0.0 else 1.0
    return max((size * unit for size in (1, 2, 5) if size * unit <= length_m), default=unit)
