"""What stands under a picture: what its colours mean, set in rows, and words."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from PIL import ImageFont

from gis.export.styles import STYLE_OF

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

TITLE_PX, WORD_PX = 26, 21
_LINE_PX, _MARK_PX, _GAP_PX = 34, 26, 22
_SLACK = 1.06
"""Other fonts than the one measured with are wider."""
_HEADS = {
    "buildings": "Buildings",
    "street_edges": "Streets",
    "util_edges": "Pipes",
    "facilities": "Places",
}
_OTHER_NAMES = {"ancillary": "sheds, garages", "apartment": "flats"}


@final
@dataclass(frozen=True, slots=True)
class Mark:
    """A sample of a colour; x and y of its left middle."""

    shape: str
    colour: str
    x: float
    y: float


@final
@dataclass(frozen=True, slots=True)
class Word:
    """Words; x and y of the left end of their base line."""

    text: str
    x: float
    y: float
    size_px: int = WORD_PX


@final
@dataclass(frozen=True, slots=True)
class Foot:
    """All that stands under a picture, measured from its upper edge."""

    height_px: int
    marks: tuple[Mark, ...]
    words: tuple[Word, ...]


def lay_foot(
    title: str,
    lines: Sequence[str],
    shown: Mapping[str, Collection[str]],
    *,
    edge_px: int,
    width_px: int,
) -> Foot:
    """Set the words and colours under a picture.

    Parameters
    ----------
    title
        First line; the right third of it is left free for the scale.
    lines
        Further sentences, wrapped.
    shown
        By table, the values of its style's column that are in the picture.
    edge_px, width_px
        Free space left and right, and width of the sheet.
    """
    words, marks = [Word(title, edge_px, _LINE_PX + 6, TITLE_PX)], []
    y = float(_LINE_PX + 6 + _LINE_PX)
    room = width_px - 2 * edge_px
    for line in lines:
        for part in textwrap.wrap(line, int(room / (0.55 * WORD_PX))):
            words.append(Word(part, edge_px, y))
            y += _LINE_PX
    y += 6.0
    for name, head in _HEADS.items():
        keys = [key for key in STYLE_OF[name].colours if key and key in shown.get(name, ())]
        if not keys:
            continue
        words.append(Word(f"{head}:", edge_px, y))
        start = x = edge_px + 110.0
        for key in keys:
            text = _OTHER_NAMES.get(key, key.replace("_", " "))
            length = _MARK_PX + 6.0 + _length_px(text)
            if x + length > width_px - edge_px:
                x, y = start, y + _LINE_PX
            marks.append(Mark(STYLE_OF[name].shape, STYLE_OF[name].colours[key], x, y - 7.0))
            words.append(Word(text, x + _MARK_PX + 6.0, y))
            x += length + _GAP_PX
        y += _LINE_PX
    return Foot(int(y) - _LINE_PX + 16, tuple(marks), tuple(words))


def _length_px(text: str) -> float:
    return _SLACK * float(ImageFont.load_default(WORD_PX).getlength(text))
