"""Numbers of an input file, written so that reading gives the very same value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGITS = (6, 9, 12, 15, 17)
_HOUR_S, _MINUTE_S = 3600, 60


def scaled_text(value_si: float, scale: float) -> str:
    """Return the shortest text whose number times `scale` is the value."""
    return solved_text(value_si, value_si / scale, lambda x: scale * x)


def solved_text(value_si: float, guess: float, read: Callable[[float], float]) -> str:
    """Return the shortest text that `read` turns into a value; the guess where none does.

    The guess is off by a rounding at most, so its neighbours are tried too.
    """
    for near in (guess, math.nextafter(guess, math.inf), math.nextafter(guess, -math.inf)):
        for digits in _DIGITS:
            text = f"{near:.{digits}g}"
            if read(float(text)) == value_si:
                return text
    return f"{guess:.17g}"


def plain_text(value: float) -> str:
    """Return the shortest text of a number without a unit."""
    return solved_text(value, value, lambda x: x)


def clock_text(seconds: float) -> str:
    """Return whole seconds as h:mm:ss."""
    hours, rest = divmod(round(seconds), _HOUR_S)
    return f"{hours}:{rest // _MINUTE_S:02d}:{rest % _MINUTE_S:02d}"
