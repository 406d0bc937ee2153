"""A picture of a city: streets, buildings and networks on one sheet, as SVG or PNG."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, final
from xml.sax.saxutils import escape

import numpy as np
import shapely
from PIL import Image, ImageDraw, ImageFont

from gis.export.frame import Window, window_of
from gis.export.legend import WORD_PX, Foot, Mark, lay_foot
from gis.export.styles import STYLE_OF
from gis.export.writable import writable
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gis.export.styles import Style
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64

WIDTH_PX, MOST_HEIGHT_PX = 1600, 1500
"""Of the sheet, and of its map."""
_EDGE_PX = 30
_OVERSAMPLED = 2
_PX_PER_MM = 3.0
_RING_PX, _ASIDE_PX = 1.5, 2.5
_LAYERS = ("buildings", "street_edges", "util_edges", "util_nodes", "facilities")
_PAPER, _INK = "#fbfaf7", "#333333"
_NICE = (1.0, 2.0, 5.0)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Strokes:
    """Shapes of one look, as runs of points in pixels."""

    shape: str
    colour: str
    width_px: float
    runs: tuple[Float64, ...]
    """Each (n_points, 2)."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """How metres become pixels, and what stands below."""

    window: Window
    west_m: float
    north_m: float
    px_per_m: float
    map_px: int
    """Height of the map."""
    foot: Foot

    @property
    def height_px(self) -> int:
        """Return the height of the whole sheet."""
        return self.map_px + self.foot.height_px

    @property
    def ground(self) -> shapely.Geometry:
        """Return the rectangle of ground that the map shows."""
        east_m = self.west_m + WIDTH_PX / self.px_per_m
        return shapely.box(
            self.west_m, self.north_m - self.map_px / self.px_per_m, east_m, self.north_m
        )

    def place(self, points_m: Float64) -> Float64:
        """Return points in pixels, (n, 2), y down."""
        step = (points_m - (self.west_m, self.north_m)) * (self.px_per_m, -self.px_per_m)
        placed: Float64 = np.round(step, 1)
        return placed


def draw_city(city: City, path: Path | str) -> Path:
    """Draw a city into an `.svg` or `.png` file, 1,600 pixels wide.

    Raises
    ------
    CityDataError
        If the file has another ending or cannot be written.
    """
    path = Path(path)
    painters = {".svg": _svg, ".png": _png}
    painter = painters.get(path.suffix.lower())
    if painter is None:
        raise CityDataError(
            Fault(str(path), f"ends in {path.suffix!r}", "name a .png or .svg file", "E-PICTURE")
        )
    path = writable(path)
    sheet = _sheet_for(city)
    painter(sheet, list(_strokes(city, sheet)), path)
    return path


def _sheet_for(city: City) -> _Sheet:
    """Return a sheet that shows where most people live, and says who is not on it."""
    most = (WIDTH_PX - 2.0 * _EDGE_PX, MOST_HEIGHT_PX - 2.0 * _EDGE_PX)
    window = window_of(city.buildings, most)
    span = window.high_m - window.low_m
    px_per_m = float(np.min(most / span))
    map_px = int(span[1] * px_per_m) + 2 * _EDGE_PX
    west_m = float(window.low_m[0] + window.high_m[0] - WIDTH_PX / px_per_m) / 2.0
    bare = _Sheet(window, west_m, float(window.high_m[1]) + _EDGE_PX / px_per_m, px_per_m, map_px,
                  Foot(0, (), ()))  # fmt: skip
    shown = {name: _values_on(city, name, bare) for name in _LAYERS}
    foot = lay_foot(*_words(city, bare), shown, edge_px=_EDGE_PX, width_px=WIDTH_PX)
    return replace(bare, foot=foot)


def _values_on(city: City, name: str, sheet: _Sheet) -> set[str]:
    """Return the values of a table's style that the map shows."""
    frame = city.table(name)
    seen = _on(np.asarray(frame["geometry"].to_numpy()), sheet)
    return set(frame[STYLE_OF[name].column].to_numpy(dtype=object)[seen])


def _on(shapes: NDArray[np.object_], sheet: _Sheet) -> Bool:
    """Tell which shapes the map shows, shape (n,)."""
    seen: Bool = shapely.intersects(shapes, sheet.ground)
    return seen


def _words(city: City, sheet: _Sheet) -> tuple[str, list[str]]:
    """Return the title of a sheet, and what there is to tell below it."""
    credit = "; ".join(sorted({source.attribution for source in city.sources} - {""}))
    title = f"{city.name}: {len(city.persons):,} people, {len(city.buildings):,} buildings"
    away = ~_on(np.asarray(city.buildings.geometry.values), sheet)
    lines = [credit] if credit else []
    if away.any():
        people = int(city.buildings["people"].to_numpy()[away].sum())
        share = people / max(len(city.persons), 1)
        places = int((~_on(np.asarray(city.facilities.geometry.values), sheet)).sum())
        said = f"{int(away.sum()):,} buildings with {people:,} people ({share:.1%})"
        more = f" and {places} of {len(city.facilities)} places" if places else ""
        lines.insert(0, f"Outside this sheet: {said}{more}.")
    return title, lines


def _strokes(city: City, sheet: _Sheet) -> Iterator[_Strokes]:
    """Yield what is to be drawn, from the ground up."""
    for name in _LAYERS:
        frame, style = city.table(name), STYLE_OF[name]
        shapes = np.asarray(frame["geometry"].to_numpy())
        seen = _on(shapes, sheet)
        frame, shapes = frame[seen], shapes[seen]
        value = frame[style.column].to_numpy(dtype=object)
        known = np.isin(value, list(style.colours))
        keys: list[str] = [key for key in style.colours if key]
        for key in (*keys[::-1], ""):
            chosen = shapes[(value == key) if key else ~known]
            if key == "heat":
                chosen = _moved_aside(chosen, _ASIDE_PX / sheet.px_per_m)
            width = style.width.get(key, style.width[""]) * _PX_PER_MM
            if chosen.size and not (name == "util_nodes" and not key):
                runs = _runs(chosen, sheet)
                yield _Strokes(style.shape, _colour(style, key), width, runs)


def _moved_aside(lines: NDArray[np.object_], by_m: float) -> NDArray[np.object_]:
    """Return lines beside themselves, so that two pipes under one street are both seen."""
    ends = shapely.get_coordinates(shapely.get_point(lines, -1))
    step = ends - shapely.get_coordinates(shapely.get_point(lines, 0))
    backward = (step[:, 0] < 0) | ((step[:, 0] == 0) & (step[:, 1] < 0))
    onward = np.where(backward, shapely.reverse(lines), lines)
    aside = shapely.offset_curve(onward, by_m, join_style="mitre")
    return np.where(shapely.is_empty(aside), lines, aside)


def _colour(style: Style, key: str) -> str:
    return style.colours.get(key, style.colours[""])


def _runs(shapes: NDArray[np.object_], sheet: _Sheet) -> tuple[Float64, ...]:
    """Return the points of shapes in pixels, one run per line, outer ring or point."""
    parts = shapely.get_parts(shapes)
    is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings = np.where(is_area, shapely.get_exterior_ring(parts), parts)
    points, owner = shapely.get_coordinates(rings, return_index=True)
    cuts = np.flatnonzero(np.diff(owner)) + 1
    return tuple(np.split(sheet.place(points), cuts))


def _bar_m(sheet: _Sheet) -> float:
    """Return a round length that is about a fifth of the sheet."""
    wanted = WIDTH_PX / 5.0 / sheet.px_per_m
    ten = 10.0 ** np.floor(np.log10(wanted))
    return float(max(step * ten for step in _NICE if step * ten <= wanted))


def _bar(sheet: _Sheet) -> tuple[float, str]:
    """Return the length of the scale bar in pixels, and what it stands for."""
    bar_m = _bar_m(sheet)
    said = f"{bar_m / 1000:g} km" if bar_m >= 1000.0 else f"{bar_m:g} m"  # noqa: PLR2004 - metres per km
    return bar_m * sheet.px_per_m, said


def _svg(sheet: _Sheet, strokes: Sequence[_Strokes], path: Path) -> None:
    """Write the picture as SVG, one path per look."""
    size = f'width="{WIDTH_PX}" height="{sheet.height_px}"'
    box, top = f"0 0 {WIDTH_PX} {sheet.height_px}", sheet.map_px
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{box}"',
        f' font-family="sans-serif" fill="{_INK}">',
        f'<rect {size} fill="{_PAPER}"/>',
        *[_svg_path(stroke) for stroke in strokes],
        f'<rect y="{top}" width="{WIDTH_PX}" height="{sheet.foot.height_px}" fill="{_PAPER}"/>',
    ]
    for mark in sheet.foot.marks:
        stroke = _sample(mark, top)
        parts.append(_svg_path(stroke))
    for word in sheet.foot.words:
        at = f'x="{word.x:g}" y="{word.y + top:g}" font-size="{word.size_px}"'
        parts.append(f"<text {at}>{escape(word.text)}</text>")
    (length, said), right = _bar(sheet), WIDTH_PX - _EDGE_PX
    parts.append(
        f'<path d="M{right - length:.1f} {top + 14}h{length:.1f}" stroke="{_INK}" '
        f'stroke-width="3"/><text x="{right}" y="{top + 40}" text-anchor="end" '
        f'font-size="{WORD_PX}">{said}</text>'
    )
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def _sample(mark: Mark, top: int) -> _Strokes:
    """Return a sample of a colour under a picture as a stroke."""
    x, y = mark.x, mark.y + top
    if mark.shape == "Point":
        return _Strokes("Point", mark.colour, 16.0, (np.array([(x + 13.0, y)]),))
    if mark.shape == "LineString":
        return _Strokes("LineString", mark.colour, 5.0, (np.array([(x, y), (x + 26.0, y)]),))
    corners = [(x + 3, y - 9), (x + 21, y - 9), (x + 21, y + 9), (x + 3, y + 9), (x + 3, y - 9)]
    return _Strokes("Polygon", mark.colour, 1.0, (np.array(corners),))


def _svg_path(stroke: _Strokes) -> str:
    """Return all shapes of a look as one element."""
    if stroke.shape == "Point":
        radius = 0.5 * stroke.width_px
        dots = "".join(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}"/>' for ((x, y),) in stroke.runs
        )
        ring = f'stroke="{_PAPER}" stroke-width="{_RING_PX}"'
        return f'<g fill="{stroke.colour}" {ring}>{dots}</g>'
    close = "z" if stroke.shape == "Polygon" else ""
    way = "".join(
        "M" + "L".join(f"{x:g} {y:g}" for x, y in run.tolist()) + close for run in stroke.runs
    )
    fill = stroke.colour if stroke.shape == "Polygon" else "none"
    return (
        f'<path d="{way}" fill="{fill}" stroke="{stroke.colour}" '
        f'stroke-width="{stroke.width_px:g}" stroke-linejoin="round"/>'
    )


def _png(sheet: _Sheet, strokes: Sequence[_Strokes], path: Path) -> None:
    """Write the picture as PNG, drawn at twice its size."""
    scale = _OVERSAMPLED
    image = Image.new("RGB", (WIDTH_PX * scale, sheet.height_px * scale), _PAPER)
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        _png_stroke(pen, stroke)
    top = sheet.map_px
    pen.rectangle((0, top * scale, WIDTH_PX * scale, sheet.height_px * scale), fill=_PAPER)
    for mark in sheet.foot.marks:
        _png_stroke(pen, _sample(mark, top))
    for word in sheet.foot.words:
        font = ImageFont.load_default(word.size_px * scale)
        at = (word.x * scale, (word.y + top) * scale)
        pen.text(at, word.text, fill=_INK, font=font, anchor="ls")
    (length, said), right = _bar(sheet), WIDTH_PX - _EDGE_PX
    bar = ((right - length) * scale, (top + 14) * scale, right * scale, (top + 14) * scale)
    pen.line(bar, fill=_INK, width=3 * scale)
    font = ImageFont.load_default(WORD_PX * scale)
    pen.text((right * scale, (top + 40) * scale), said, fill=_INK, font=font, anchor="rs")
    image.resize((WIDTH_PX, sheet.height_px), Image.Resampling.LANCZOS).save(path, format="PNG")


def _png_stroke(pen: ImageDraw.ImageDraw, stroke: _Strokes) -> None:
    """Draw all shapes of a look at twice their size."""
    scale = _OVERSAMPLED
    width = max(round(stroke.width_px * scale), 1)
    for run in stroke.runs:
        points = [(x, y) for x, y in (run * scale).tolist()]
        if stroke.shape == "Point":
            ring = round(_RING_PX * scale)
            pen.circle(points[0], 0.5 * width, fill=stroke.colour, outline=_PAPER, width=ring)
        elif stroke.shape == "Polygon":
            pen.polygon(points, fill=stroke.colour)
        else:
            pen.line(points, fill=stroke.colour, width=width, joint="curve")
