"""A small HTML card: a title, facts by name, a remark."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_STYLE = "border-collapse:collapse;font-variant-numeric:tabular-nums"
_DIGITS = 3


def card(title: str, facts: Iterable[tuple[str, str]], remark: str = "") -> str:
    """Return HTML without script or request; every text is escaped."""
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left;font-weight:normal">{escape(name)}</th>'
        f'<td style="text-align:right">{escape(value)}</td></tr>'
        for name, value in facts
    )
    note = f"<p><small>{escape(remark)}</small></p>" if remark else ""
    return f'<div><b>{escape(title)}</b><table style="{_STYLE}">{rows}</table>{note}</div>'


def short(value: float, unit: str = "") -> str:
    """Return a number in three significant digits with its unit; shares in per cent."""
    if not math.isfinite(value):
        return "\u2013"
    if unit == "share":
        value, unit = 100.0 * value, "%"
    whole = float(value).is_integer() and abs(value) < 1e15  # noqa: PLR2004 - exact in a double
    digits = _DIGITS - 1 - math.floor(math.log10(abs(value))) if value and not whole else 0
    grouped = f"{value:,.{min(max(digits, 0), 9)}f}".replace(",", "\u202f")
    return f"{grouped} {unit}".rstrip()
