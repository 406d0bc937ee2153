"""Features of a map as arrays: coordinates, offsets and tags, without an object per shape.

A quarter of a million outlines as arrays take a tenth of their room as shapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.core.arrays import Bool, Float64, Int32, Int64

_BATCH = 20_000
_HEAD_DIGITS, _POINT_DIGITS = 18, 32
_CLOSED = 4
_POLYGON = shapely.GeometryType.POLYGON
_PER_DEGREE = 1e7


@final
@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Lines or areas with their tags; a row per line, or per outline with its holes."""

    osm_id: Int64
    """(n,) number of the way, or minus that of the relation, whose parts share it"""
    tags: dict[str, NDArray[np.object_]]
    """Per tag that occurs, its text of each feature, '' none, shape (n,)"""
    lonlat_e7: Int32
    """(n_points, 2) WGS 84 in 1e-7 degrees, which is the resolution of OpenStreetMap"""
    ring: Int64
    """(n_rings + 1,) where each line or ring starts in `lonlat_e7`"""
    part: Int64 | None
    """(n + 1,) where the rings of each area start in `ring`; None: these are lines"""

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.osm_id)

    def names(self) -> NDArray[np.object_]:
        """Return `w` or `r` and the number of each feature, shape (n,)."""
        return _objects([f"w{one}" if one >= 0 else f"r{-one}" for one in self.osm_id.tolist()])

    def shapes(self) -> NDArray[np.object_]:
        """Return LineStrings or Polygons in degrees, shape (n,)."""
        offsets = (self.ring,) if self.part is None else (self.ring, self.part)
        kind = shapely.GeometryType.LINESTRING if self.part is None else _POLYGON
        shapes: NDArray[np.object_] = shapely.from_ragged_array(kind, self.lonlat_deg(), offsets)
        return shapes

    def lonlat_deg(self) -> Float64:
        """Return all points in degrees, shape (n_points, 2)."""
        return self.lonlat_e7 / _PER_DEGREE

    def tag(self, name: str) -> NDArray[np.object_]:
        """Return a tag of all features, '' where there is none, shape (n,)."""
        found = self.tags.get(name)
        return np.full(len(self), "", dtype=object) if found is None else found


@final
class FeatureColumns:
    """Features while they are read: tags that are there, lines as packed coordinates."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._ids: list[int] = []
        self._columns: list[tuple[str, list[int], list[str]]] = [(name, [], []) for name in names]
        self._same: dict[str, str] = {}
        self._fresh: list[str] = []
        self._xy: list[Int32] = []
        self._size: list[Int64] = []

    def add(self, osm_id: int, tags: Any, wkb_hex: str) -> None:  # noqa: ANN401 - osmium's tag list has no types
        """Take a feature: those of its tags that are wanted, and its line as WKB in digits."""
        row, left, get = len(self._ids), len(tags), tags.get
        self._ids.append(osm_id)
        for name, rows, values in self._columns:
            text = get(name)
            if text is not None:
                rows.append(row)
                values.append(self._same.setdefault(text, text))  # equal texts are one object
                left -= 1
                if not left:
                    break
        self._fresh.append(wkb_hex[_HEAD_DIGITS:])  # byte order, kind and number of points
        if len(self._fresh) == _BATCH:
            self._pack()

    def _pack(self) -> None:
        """Turn digits into coordinates, which take a sixth of their room."""
        size = np.array([len(text) for text in self._fresh], dtype=np.int64)
        self._size.append(size // _POINT_DIGITS)
        raw = bytes.fromhex("".join(self._fresh))
        self._xy.append(_e7(np.frombuffer(raw, dtype="<f8").reshape(-1, 2)))
        self._fresh.clear()

    def lines(self) -> Features:
        """Return all features as lines."""
        self._pack()
        xy, ring = np.concatenate(self._xy), _offsets(np.concatenate(self._size))
        return Features(np.array(self._ids, dtype=np.int64), self._tags(), xy, ring, None)

    def areas(self, left_out: Int64, more: Features) -> Features:
        """Return closed lines as areas, but buildings of the ids `left_out`, and `more` areas."""
        self._pack()
        osm_id, tags = np.array(self._ids, dtype=np.int64), self._tags()
        kept = np.concatenate([_closed(*batch) for batch in zip(self._xy, self._size, strict=True)])
        if left_out.size and "building" in tags:
            kept &= ~(np.isin(osm_id, left_out) & (tags["building"] != ""))
        split = np.split(kept, np.cumsum([size.size for size in self._size])[:-1])
        for i, (rows, size) in enumerate(zip(split, self._size, strict=True)):
            self._xy[i] = self._xy[i][np.repeat(rows, size)]
        ring = _offsets(np.concatenate(self._size)[kept])
        names = [*tags, *(name for name in more.tags if name not in tags)]
        none = np.full(kept.size, "", dtype=object)
        part = np.arange(ring.size, dtype=np.int64)
        after = more.part if more.part is not None else np.zeros(1, dtype=np.int64)
        return Features(
            np.concatenate([osm_id[kept], more.osm_id]),
            {name: np.concatenate([tags.get(name, none)[kept], more.tag(name)]) for name in names},
            np.concatenate([*self._xy, more.lonlat_e7]),
            np.concatenate([ring, ring[-1] + more.ring[1:]]),
            np.concatenate([part, part[-1] + after[1:]]),
        )

    def _tags(self) -> dict[str, NDArray[np.object_]]:
        """Return tags as dense columns."""
        tags = {}
        for name, rows, values in self._columns:
            if rows:
                tags[name] = np.full(len(self._ids), "", dtype=object)
                tags[name][rows] = values
        return tags


def _closed(xy: Int32, size: Int64) -> Bool:
    """Return which lines of these sizes end where they start and enclose something."""
    last = np.cumsum(size) - 1
    closed: Bool = (size >= _CLOSED) & (xy[last] == xy[last - size + 1]).all(axis=1)
    return closed


def _e7(lonlat_deg: Float64) -> Int32:
    return np.round(lonlat_deg * _PER_DEGREE).astype(np.int32)


def areas_of(
    osm_id: Int64, tags: dict[str, NDArray[np.object_]], shapes: NDArray[np.object_]
) -> Features:
    """Return polygons and multipolygons as areas, one row per outline."""
    single, owner = shapely.get_parts(shapes, return_index=True)
    if not single.size:
        none = np.zeros(1, dtype=np.int64)
        return Features(none[:0], {}, np.zeros((0, 2), dtype=np.int32), none, none)
    _, xy, (ring, part) = shapely.to_ragged_array(single)
    return Features(
        osm_id[owner],
        {name: column[owner] for name, column in tags.items()},
        _e7(xy),
        ring.astype(np.int64),
        part.astype(np.int64),
    )


def _offsets(size: Int64) -> Int64:
    """Return where pieces of these sizes start, and the end of the last, shape (n + 1,)."""
    return np.concatenate([[0], np.cumsum(size)]).astype(np.int64)


def _objects(texts: list[str]) -> NDArray[np.object_]:
    out = np.empty(len(texts), dtype=object)
    out[:] = texts
    return out
