"""Numbers written with a unit: `30 %`, `-35 C`, `1.2 km`.

The key's name says which unit the program wants (`_share`, `_c`, `_m` ...); a text of the form
`number unit` under such a key is converted, and a unit that does not fit is a fault.
"""

from __future__ import annotations

import re

from twin.core.errors import Fault
from twin.scenario.source import Entry, Node

_TEXT = re.compile(r"([-+]?\d{1,15}(?:\.\d{1,15})?)\s*([%°A-Za-z][^\d]{0,19})")

_SHARE: dict[str, float] = {"%": 0.01}
_DAYS: dict[str, float] = {"day": 1, "days": 1, "week": 7, "weeks": 7}
_YEARS: dict[str, float] = {"year": 1, "years": 1}
_MONEY: dict[str, float] = {"KZT": 1, "thousand KZT": 1_000, "million KZT": 1_000_000}
_UNITS: tuple[tuple[str, dict[str, float]], ...] = (
    (r"(.*_)?share(_per_year)?", _SHARE),
    (r".*_rate", _SHARE),
    (r".*_c", {"C": 1, "°C": 1}),
    (r".*_km", {"km": 1, "m": 0.001}),
    (r".*_mm", {"mm": 1, "cm": 10, "m": 1_000}),
    (r".*_m", {"m": 1, "km": 1_000, "mm": 0.001}),
    (r"(.*_)?days", _DAYS),
    (r"(.*_)?years(_.*)?", _YEARS),
    (r"(.*_)?kzt(_.*)?", _MONEY),
)


def convert_quantities(node: Node, faults: list[Fault], key: str = "") -> Node:
    """Return the tree with `number unit` texts as numbers, adding wrong units to `faults`."""
    if isinstance(node.value, dict):
        return Node(
            node.mark,
            {
                name: Entry(entry.key_mark, convert_quantities(entry.node, faults, name))
                for name, entry in node.value.items()
            },
        )
    if isinstance(node.value, tuple):
        return Node(node.mark, tuple(convert_quantities(item, faults) for item in node.value))
    if isinstance(node.value, str):
        return _convert(node, node.value, key, faults)
    return node


def _convert(node: Node, text: str, key: str, faults: list[Fault]) -> Node:
    units = next((units for name, units in _UNITS if re.fullmatch(name, key)), None)
    match = _TEXT.fullmatch(text.strip())
    if units is None or match is None:
        return node
    number, unit = float(match[1]), match[2].strip()
    if unit not in units:
        faults.append(
            Fault(
                str(node.mark),
                f"{key} = {text!r} has the unit {unit!r}",
                f"write a plain number, or use {', '.join(units)}",
            )
        )
        return Node(node.mark, number)
    factor = units[unit]
    # division keeps 30 % the same number as 0.3
    value = number / round(1 / factor) if factor < 1 else number * factor
    return Node(node.mark, int(value) if value.is_integer() and factor >= 1 else value)
