"""A map of a city on one sheet: streets, buildings, networks and services, as SVG or PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from gis.export.frame import Window, window_of
from gis.export.styles import STYLE_OF
from gis.export.writable import writable
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gis.export.styles import Style
    from twin.city.bundle import City

WIDTH_PX, MOST_HEIGHT_PX = 1600, 1500
"""Of the sheet, and of its map."""
_FOOT_PX, _DPI = 250, 160
_LAYERS = ("buildings", "street_edges", "util_edges", "util_nodes", "facilities")
_PAPER, _INK = "#fbfaf7", "#333333"
_PT_PER_MM = 1.35
_ASIDE_PX = 2.5
_NICE = (1.0, 2.0, 5.0)
_LEGENDS = (
    ("buildings", "Buildings", 0.0, 3),
    ("street_edges", "Streets", 0.46, 1),
    ("util_edges", "Pipes", 0.59, 1),
    ("facilities", "Services", 0.69, 2),
)
"""Table, title, place from the left, columns."""
_OTHER_NAMES = {"ancillary": "sheds, garages", "apartment": "flats"}


def draw_city(city: City, path: Path | str) -> Path:
    """Draw a city into an `.svg` or `.png` file, 1,600 pixels wide.

    Raises
    ------
    CityDataError
        If the file has another ending or cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in (".svg", ".png"):
        raise CityDataError(
            Fault(str(path), f"ends in {path.suffix!r}", "name a .png or .svg file", "E-PICTURE")
        )
    path = writable(path)
    window = window_of(city.buildings, (WIDTH_PX, MOST_HEIGHT_PX))
    span_m = window.high_m - window.low_m
    px_per_m = float(np.min((WIDTH_PX, MOST_HEIGHT_PX) / span_m))
    map_px = max(int(span_m[1] * px_per_m), WIDTH_PX // 4)
    whole_px = map_px + _FOOT_PX
    # the same city gives the same bytes; text of an SVG stays text
    with mpl.rc_context({"svg.hashsalt": "city", "svg.fonttype": "none", "font.size": 8.0}):
        sheet = Figure((WIDTH_PX / _DPI, whole_px / _DPI), dpi=_DPI, facecolor=_PAPER)
        ground = sheet.add_axes((0.0, _FOOT_PX / whole_px, 1.0, map_px / whole_px))
        shown = _draw_ground(ground, city, window, px_per_m)
        foot = sheet.add_axes((0.02, 0.0, 0.96, _FOOT_PX / whole_px))
        _draw_foot(foot, city, window, shown)
        sheet.savefig(path, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
    return path


def _draw_ground(
    axes: Axes, city: City, window: Window, px_per_m: float
) -> dict[str, frozenset[str]]:
    """Draw all layers; return, by table, the looks that are on the map."""
    middle = (window.low_m + window.high_m) / 2.0
    box = axes.get_window_extent()
    half_m = np.array([box.width, box.height]) / (2.0 * px_per_m)
    axes.set(xlim=middle[0] + half_m[0] * np.array([-1, 1]), aspect="equal")
    axes.set_ylim(middle[1] - half_m[1], middle[1] + half_m[1])
    axes.set_axis_off()
    view = shapely.box(*(middle - half_m), *(middle + half_m))
    shown: dict[str, frozenset[str]] = {}
    for rank, name in enumerate(_LAYERS):
        style, table = STYLE_OF[name], city.table(name)
        if name == "util_nodes":
            table = table[table["kind"].isin([key for key in style.colours if key])]
        seen = table[np.asarray(table.intersects(view))]
        looks = seen[style.column].where(seen[style.column].isin(list(style.colours)), "")
        shown[name] = frozenset(looks)
        for row, look in enumerate(
            reversed(list(style.colours))
        ):  # the first, most important, last
            part = seen.geometry[np.asarray(looks == look)]
            if len(part):
                aside_m = row * _ASIDE_PX / px_per_m if name == "util_edges" else 0.0
                _draw_layer(axes, part, style, look, rank + 2, aside_m)
    _draw_scale(axes, float(2.0 * half_m[0]))
    return shown


def _draw_layer(
    axes: Axes, shapes: gpd.GeoSeries, style: Style, look: str, rank: int, aside_m: float
) -> None:
    """Draw shapes of one look; lines may be moved aside, so that two under a street are seen."""
    width_pt = style.width.get(look, style.width[""]) * _PT_PER_MM
    options = {"ax": axes, "color": style.colours[look], "zorder": rank, "aspect": None}
    if style.shape == "Point":
        at = shapely.get_coordinates(np.asarray(shapes.values))
        size = (width_pt, 0.8, _PAPER)
        axes.plot(*at.T, "o", color=style.colours[look], zorder=rank, ms=size[0], mew=size[1],
                  mec=size[2])  # fmt: skip
    elif style.shape == "Polygon":
        shapes.plot(**options, linewidth=0.0)
    else:
        if aside_m:
            moved = shapely.offset_curve(np.asarray(shapes.values), aside_m)
            shapes = gpd.GeoSeries(moved[~shapely.is_empty(moved)], crs=shapes.crs)
        shapes.plot(**options, linewidth=width_pt, capstyle="round")


def _draw_scale(axes: Axes, width_m: float) -> None:
    """Draw a bar of a round length, at most a fifth of the map, and an arrow to the north."""
    most_m = width_m / 5.0
    step = 10.0 ** np.floor(np.log10(most_m))
    length_m = float(max(nice * step for nice in _NICE if nice * step <= most_m))
    text = f"{length_m / 1000:g} km" if length_m >= 1000.0 else f"{length_m:g} m"  # noqa: PLR2004 - a km
    share, halo = length_m / width_m, [withStroke(linewidth=5.0, foreground=_PAPER)]
    place: dict[str, Any] = {"transform": axes.transAxes, "zorder": 20}
    words: dict[str, Any] = {**place, "color": _INK, "ha": "right",
             "bbox": {"facecolor": _PAPER, "edgecolor": "none", "pad": 1.0}}  # fmt: skip
    axes.add_line(
        Line2D((0.97 - share, 0.97), (0.03, 0.03), color=_INK, lw=2.0, path_effects=halo, **place)
    )
    axes.text(0.97, 0.04, text, va="bottom", fontsize=9, **words)
    axes.text(0.97, 0.97, "N\n\N{UPWARDS ARROW}", va="top", **words)


def _draw_foot(axes: Axes, city: City, window: Window, shown: dict[str, frozenset[str]]) -> None:
    """Write what the map shows and what its colours mean."""
    axes.set_axis_off()
    buildings, people = city.buildings, city.buildings["people"].to_numpy()
    at = shapely.get_coordinates(shapely.centroid(np.asarray(buildings.geometry.values)))
    outside = ~window.holds(at)
    title = f"{city.name}: {int(people.sum()):,} people, {len(buildings):,} buildings"
    axes.text(0.0, 0.93, title, fontsize=13, va="top", color=_INK, transform=axes.transAxes)
    lines = []
    if outside.any():
        left_out = f"{outside.sum():,} buildings with {people[outside].sum():,} people"
        lines.append(f"Outside this sheet: {left_out}.")
    lines += sorted({source.attribution for source in city.sources if source.attribution})
    said = "  ".join(lines)
    axes.text(1.0, 0.91, said, va="top", ha="right", color=_INK, transform=axes.transAxes)
    for name, head, left, columns in _LEGENDS:
        style = STYLE_OF[name]
        handles = [_sample(style, look) for look in style.colours if look and look in shown[name]]
        if handles:
            legend = Legend(
                axes, handles, [str(one.get_label()) for one in handles],
                title=head, ncols=columns, loc="upper left", frameon=False,
                bbox_to_anchor=(left, 0.8), alignment="left", borderpad=0.0, columnspacing=1.2,
                labelcolor=_INK, title_fontproperties={"weight": "bold", "size": 8},
            )  # fmt: skip
            axes.add_artist(legend)


def _sample(style: Style, look: str) -> Line2D | Patch:
    """Return a sample of a look for the legend."""
    colour = style.colours[look]
    label = _OTHER_NAMES.get(look, look.replace("_", " "))
    if style.shape == "Polygon":
        return Patch(facecolor=colour, label=label)
    width_pt = style.width.get(look, style.width[""]) * _PT_PER_MM
    if style.shape == "Point":
        return Line2D([], [], color=colour, marker="o", linestyle="", ms=width_pt, label=label)
    return Line2D([], [], color=colour, lw=max(width_pt, 1.0), label=label)
