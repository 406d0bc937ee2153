"""Numbers and words of text files, as strictly as a file of data must be read."""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_SHOWN = 60


def number(text: str) -> float:
    """Return a decimal number, NaN where the text is none; `1D3` of Fortran is 1000."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return math.nan
    return float(text.lower().replace("d", "e"))


def whole(text: str) -> int | None:
    """Return a whole number of at most 18 digits, None where the text is none."""
    text = text.strip()
    return int(text) if _WHOLE.fullmatch(text) else None


def shown(text: str) -> str:
    """Return a text for a message, cut where it is long."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
