"""A picture of a city: streets, buildings and networks on one sheet, as SVG or PNG."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final
from xml.sax.saxutils import escape

import numpy as np
import shapely
from PIL import Image, ImageDraw, ImageFont

from gis.export.places import writable
from gis.export.styles import STYLE_OF
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gis.export.styles import Style
    from twin.city.bundle import City
    from twin.core.arrays import Float64

WIDTH_PX = 1600
_EDGE_PX, _FOOT_PX = 30, 64
_OVERSAMPLED = 2
_PX_PER_MM = 3.0
_SHARE_SHOWN = 0.002
"""Buildings this share of whose number lies farther out, on each side, may be cut off."""
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
@dataclass(frozen=True, slots=True)
class _Sheet:
    """How metres become pixels."""

    west_m: float
    north_m: float
    px_per_m: float
    height_px: int

    def place(self, points_m: Float64) -> Float64:
        """Return points in pixels, (n, 2), y down."""
        step = (points_m - (self.west_m, self.north_m)) * (self.px_per_m, -self.px_per_m)
        placed: Float64 = np.round(step + _EDGE_PX, 1)
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
    painter(city, sheet, list(_strokes(city, sheet)), path)
    return path


def _sheet_for(city: City) -> _Sheet:
    """Return a sheet that shows all but the outermost buildings, and all plant."""
    at = shapely.get_coordinates(shapely.centroid(np.asarray(city.buildings.geometry.values)))
    plant = np.asarray(city.facilities.geometry.values)
    low = np.quantile(at, _SHARE_SHOWN, axis=0) - 150.0
    high = np.quantile(at, 1.0 - _SHARE_SHOWN, axis=0) + 150.0
    if plant.size:
        reach = shapely.get_coordinates(plant)
        low, high = np.minimum(low, reach.min(axis=0)), np.maximum(high, reach.max(axis=0))
    span = np.maximum(high - low, 1.0)
    px_per_m = float(min((WIDTH_PX - 2 * _EDGE_PX) / span[0], 2.0 * WIDTH_PX / span[1]))
    height = int(span[1] * px_per_m) + 2 * _EDGE_PX + _FOOT_PX
    return _Sheet(float(low[0]), float(high[1]), px_per_m, height)


def _strokes(city: City, sheet: _Sheet) -> Iterator[_Strokes]:
    """Yield what is to be drawn, from the ground up."""
    for name in _LAYERS:
        frame, style = city.table(name), STYLE_OF[name]
        shapes = np.asarray(frame["geometry"].to_numpy())
        value = frame[style.column].to_numpy(dtype=object)
        known = np.isin(value, list(style.colours))
        keys: list[str] = [key for key in style.colours if key]
        for key in (*keys[::-1], ""):
            chosen = shapes[(value == key) if key else ~known]
            width = style.width.get(key, style.width[""]) * _PX_PER_MM
            if chosen.size and not (name == "util_nodes" and not key):
                runs = _runs(chosen, sheet)
                yield _Strokes(style.shape, _colour(style, key), width, runs)


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


def _foot(city: City, sheet: _Sheet) -> tuple[str, str]:
    """Return the words under the picture: what it is, and the length of the bar."""
    credit = "; ".join(sorted({source.attribution for source in city.sources} - {""}))
    said = f"{city.name}: {len(city.persons):,} people, {len(city.buildings):,} buildings"
    bar_m = _bar_m(sheet)
    bar = f"{bar_m / 1000:g} km" if bar_m >= 1000.0 else f"{bar_m:g} m"  # noqa: PLR2004 - metres per km
    return f"{said}. {credit}".rstrip(), bar


def _legend() -> list[tuple[str, str]]:
    """Return words and colours that need explaining."""
    pairs = []
    for name in ("buildings", "util_edges"):
        pairs += [(key, colour) for key, colour in STYLE_OF[name].colours.items() if key]
    return pairs


def _svg(city: City, sheet: _Sheet, strokes: Sequence[_Strokes], path: Path) -> None:
    """Write the picture as SVG, one path per look."""
    size = f'width="{WIDTH_PX}" height="{sheet.height_px}"'
    box, top = f"0 0 {WIDTH_PX} {sheet.height_px}", sheet.height_px - _FOOT_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{box}"',
        ' font-family="sans-serif" font-size="15">',
        f'<rect {size} fill="{_PAPER}"/>',
        *[_svg_path(stroke) for stroke in strokes],
        f'<rect y="{top}" width="{WIDTH_PX}" height="{_FOOT_PX}" fill="{_PAPER}"/>',
    ]
    text, bar = _foot(city, sheet)
    base, right = sheet.height_px - 14, WIDTH_PX - _EDGE_PX
    length = _bar_m(sheet) * sheet.px_per_m
    parts.append(f'<text x="{_EDGE_PX}" y="{base}" fill="{_INK}">{escape(text)}</text>')
    parts.append(f'<path d="M{right - length:.1f} {base - 22}h{length:.1f}" stroke="{_INK}"/>')
    parts.append(f'<text x="{right}" y="{base}" text-anchor="end" fill="{_INK}">{bar}</text>')
    x = float(_EDGE_PX)
    for word, colour in _legend():
        parts.append(f'<rect x="{x:.0f}" y="{base - 36}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 16:.0f}" y="{base - 25}" font-size="13">{word}</text>')
        x += 30.0 + 7.5 * len(word)
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def _svg_path(stroke: _Strokes) -> str:
    """Return all shapes of a look as one element."""
    if stroke.shape == "Point":
        radius = 0.5 * stroke.width_px
        dots = "".join(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}"/>' for ((x, y),) in stroke.runs
        )
        return f'<g fill="{stroke.colour}">{dots}</g>'
    close = "z" if stroke.shape == "Polygon" else ""
    way = "".join(
        "M" + "L".join(f"{x:g} {y:g}" for x, y in run.tolist()) + close for run in stroke.runs
    )
    fill = stroke.colour if stroke.shape == "Polygon" else "none"
    return (
        f'<path d="{way}" fill="{fill}" stroke="{stroke.colour}" '
        f'stroke-width="{stroke.width_px:g}" stroke-linejoin="round"/>'
    )


def _png(city: City, sheet: _Sheet, strokes: Sequence[_Strokes], path: Path) -> None:
    """Write the picture as PNG, drawn at twice its size."""
    scale = _OVERSAMPLED
    image = Image.new("RGB", (WIDTH_PX * scale, sheet.height_px * scale), _PAPER)
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        width = max(round(stroke.width_px * scale), 1)
        for run in stroke.runs:
            points = [(x, y) for x, y in (run * scale).tolist()]
            if stroke.shape == "Point":
                pen.circle(points[0], 0.5 * width, fill=stroke.colour)
            elif stroke.shape == "Polygon":
                pen.polygon(points, fill=stroke.colour)
            else:
                pen.line(points, fill=stroke.colour, width=width, joint="curve")
    top = (sheet.height_px - _FOOT_PX) * scale
    pen.rectangle((0, top, WIDTH_PX * scale, sheet.height_px * scale), fill=_PAPER)
    _png_foot(pen, city, sheet)
    image.resize((WIDTH_PX, sheet.height_px), Image.Resampling.LANCZOS).save(path, format="PNG")


def _png_foot(pen: ImageDraw.ImageDraw, city: City, sheet: _Sheet) -> None:
    """Write words, colours and scale bar under the picture."""
    scale, base = _OVERSAMPLED, (sheet.height_px - 14) * _OVERSAMPLED
    right = (WIDTH_PX - _EDGE_PX) * scale
    text, bar = _foot(city, sheet)
    font = ImageFont.load_default(15 * scale)
    pen.text((_EDGE_PX * scale, base), text, fill=_INK, font=font, anchor="ls")
    pen.text((right, base), bar, fill=_INK, font=font, anchor="rs")
    length = _bar_m(sheet) * sheet.px_per_m * scale
    pen.line((right - length, base - 22 * scale, right, base - 22 * scale), fill=_INK, width=scale)
    x = float(_EDGE_PX * scale)
    small = ImageFont.load_default(13 * scale)
    for word, colour in _legend():
        pen.rectangle((x, base - 36 * scale, x + 12 * scale, base - 24 * scale), fill=colour)
        pen.text((x + 16 * scale, base - 25 * scale), word, fill=_INK, font=small, anchor="ls")
        x += (30.0 + 7.5 * len(word)) * scale
