"""Stable names and numbers: the same thing gets the same after another import, in any order."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from twin.core.arrays import Float64, Int64

_PLACE_M = 1.0

DEFAULT_CITY = "akkol"
"""Name of a synthetic city that is given none."""


def stable_uids(role: str, origin: NDArray[np.object_], xy_m: Float64) -> NDArray[np.object_]:
    """Return unique names from the id in the source and the place to a metre, shape (n,).

    Two things of one source at one place are distinguished by their order.
    """
    place = np.round(xy_m / _PLACE_M).astype(np.int64)
    names = np.array(
        [
            f"{role}:{who}@{x},{y}" if who else f"{role}@{x},{y}"
            for who, (x, y) in zip(origin, place.tolist(), strict=True)
        ],
        dtype=object,
    )
    seen: dict[str, int] = {}
    for row, name in enumerate(names):
        again = seen.get(name, 0)
        seen[name] = again + 1
        if again:
            names[row] = f"{name}#{again}"
    return names


def stable_id(uids: Iterable[str]) -> Int64:
    """Return a number from 0 to 2^32 - 1 per name, for keyed draws."""
    return np.array([zlib.crc32(uid.encode()) for uid in uids], dtype=np.int64)
