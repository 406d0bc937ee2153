"""Which ways cars may use, and what their tags say of them."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.clean.street_graph import StreetLines
from gis.read.tags import ACCESS_TAGS, CONDITIONAL_TAGS, STREET_TAGS
from gis.read.vocabulary import CAR_CLASS, CLOSED_TO_CARS, NO, REVERSED, RINGS, YES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.core.arrays import Bool, Float64

    Texts = NDArray[np.object_]

_log = logging.getLogger(__name__)
_SERVICE_LEFT_OUT = ("parking_aisle", "emergency_access", "drive-through", "drive_through")
_SIDES = 2
_MOST_LANES = 8
_MPH_MS = 0.44704
_KMH_MS = 1 / 3.6


def drivable(
    tags: Mapping[str, Texts], line: NDArray[np.object_], name: Texts
) -> tuple[StreetLines, list[str]]:
    """Return the streets cars may use, in driving direction, and what was left out.

    Parameters
    ----------
    tags
        `STREET_TAGS` of each way, '' where there is none, each of shape (n_ways,).
    line
        LineStrings in a metric CRS, shape (n_ways,).
    name
        Id of each way in the source, shape (n_ways,).
    """
    rank = np.array(
        [CAR_CLASS.get(text.removesuffix("_link"), -1) for text in tags["highway"]], dtype=np.int32
    )
    is_open = (rank >= 0) & ~_closed(tags)
    is_open &= ~_is_any(tags["service"], _SERVICE_LEFT_OUT)
    rows = np.flatnonzero(is_open)
    used = {tag: tags[tag][rows] for tag in STREET_TAGS}
    against = _is_any(used["oneway"], REVERSED)
    ring = _is_any(used["junction"], RINGS)
    oneway = against | ring | _is_any(used["oneway"], YES)
    shape = line[rows]
    shape[against] = shapely.reverse(shape[against])
    lanes = _numbers(used["lanes"])
    lanes = np.where(oneway, lanes, lanes / _SIDES)
    at_grade = _is_any(used["bridge"], ("", *NO)) & _is_any(used["tunnel"], ("", *NO))
    layer = _numbers(used["layer"]).astype(np.int32)
    speed = {text: _speed_ms(text) for text in set(used["maxspeed"])}
    streets = StreetLines(
        line=shape,
        street_class=rank[rows],
        oneway=oneway,
        lanes=np.clip(np.ceil(lanes), 0, _MOST_LANES).astype(np.int32),
        speed_ms=np.array([speed[text] for text in used["maxspeed"]]),
        level=np.where(at_grade, 0, np.where(layer == 0, 1, layer)).astype(np.int32),
        ring=ring,
        origin=name[rows],
    )
    count = f"{rows.size} of {len(line)} ways are open to cars"
    notes = [f"{count}; paths, tracks and private ways left out.", *_ignored(used)]
    for note in notes[1:]:
        _log.warning("%s", note)
    return streets, notes


def _closed(tags: Mapping[str, Texts]) -> Bool:
    """Return which ways cars may not use: the tag most special to cars decides, shape (n_ways,).

    Of several values, one that lets cars in is enough.
    """
    decides = tags[ACCESS_TAGS[0]]
    for tag in ACCESS_TAGS[1:]:
        decides = np.where(tags[tag] != "", tags[tag], decides)
    shut = {
        text: bool(text) and all(part in CLOSED_TO_CARS for part in text.split(";"))
        for text in set(decides)
    }
    return np.fromiter((shut[text] for text in decides), dtype=np.bool_, count=len(decides))


def _ignored(used: Mapping[str, Texts]) -> list[str]:
    """Return a note on rules for some hours or vehicles, which are not kept."""
    counts = {tag: int((used[tag] != "").sum()) for tag in CONDITIONAL_TAGS}
    found = ", ".join(f"{tag} {count}" for tag, count in counts.items() if count)
    return [f"W-ACCESS-IGNORED: rules for some hours or vehicles are ignored: {found}."] * (
        found != ""
    )


def _is_any(texts: Texts, pool: tuple[str, ...]) -> Bool:
    """Return which texts are in a pool, shape (n,)."""
    return np.fromiter((text in pool for text in texts), dtype=np.bool_, count=len(texts))


def _numbers(texts: Texts) -> Float64:
    """Return texts as numbers, 0 where they are none, shape (n,)."""
    number = {text: _number(text) for text in set(texts)}
    return np.array([number[text] for text in texts], dtype=np.float64)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if np.isfinite(value) else 0.0


def _speed_ms(text: str) -> float:
    """Return a tagged speed limit, NaN where none or no number is told."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?", text)
    if not found:
        return float("nan")
    return float(np.clip(float(found[1]) * (_MPH_MS if found[2] == "mph" else _KMH_MS), 1.4, 36.0))
