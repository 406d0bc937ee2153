"""A map to explore: zoom, pan, and the facts of a line under the pointer; without a request."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
import shapely
from bokeh.embed import file_html
from bokeh.models import ColumnDataSource, HoverTool, LinearColorMapper
from bokeh.models.annotations import ColorBar
from bokeh.plotting import figure
from bokeh.resources import INLINE

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.drawing.maps import Colouring

_HEIGHT_PX = 620
_PALETTE = "Viridis256"
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:\">"
)
"""The browser itself keeps the page from any request."""


@final
@dataclass(frozen=True, slots=True)
class Page:
    """A whole HTML page; a notebook shows it in a frame."""

    html: str

    def _repr_html_(self) -> str:
        frame = f'width="100%" height="{_HEIGHT_PX + 60}" style="border:0"'
        return f'<iframe srcdoc="{escape(self.html)}" {frame}></iframe>'

    def save(self, path: Path | str) -> Path:
        """Write the page to a file."""
        path = Path(path)
        path.write_text(self.html, "utf-8")
        return path


def explore_lines(
    lines: gpd.GeoDataFrame, value: str, colouring: Colouring, *, shown: list[str], title: str
) -> Page:
    """Return a page of lines coloured by a column.

    Parameters
    ----------
    lines
        Lines in a metric CRS.
    value
        Column that colours them.
    colouring
        Label and ends of the colours.
    shown
        Columns named under the pointer.
    title
        Title of the page.
    """
    xy, owner = shapely.get_coordinates(lines.geometry.to_numpy(), return_index=True)
    parts = np.split(xy, np.cumsum(np.bincount(owner, minlength=len(lines)))[:-1])
    columns = {name: lines[name].to_numpy() for name in dict.fromkeys([value, *shown])}
    data = ColumnDataSource(
        {"xs": [part[:, 0] for part in parts], "ys": [part[:, 1] for part in parts], **columns}
    )
    numbers = lines[value].to_numpy(dtype=np.float64)
    low = float(np.nanmin(numbers)) if colouring.low is None else colouring.low
    high = float(np.nanmax(numbers)) if colouring.high is None else colouring.high
    mapper = LinearColorMapper(palette=_PALETTE, low=low, high=high, nan_color="#9aa0a6")
    plot = figure(
        title=title,
        match_aspect=True,
        sizing_mode="stretch_width",
        height=_HEIGHT_PX,
        tools="pan,wheel_zoom,reset",
        active_scroll="wheel_zoom",
    )
    plot.toolbar.logo = None
    plot.axis.visible = False
    plot.grid.visible = False
    drawn = plot.multi_line(
        "xs", "ys", source=data, line_width=3, line_color={"field": value, "transform": mapper}
    )
    tips = [(name.replace("_", " "), f"@{{{name}}}") for name in columns]
    plot.add_tools(HoverTool(renderers=[drawn], tooltips=tips, line_policy="interp"))
    plot.add_layout(ColorBar(color_mapper=mapper, title=colouring.label), "right")
    html = file_html(plot, INLINE, title)
    return Page(html.replace("<head>", f"<head>{_POLICY}", 1))
