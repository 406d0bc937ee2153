"""Numbers written with a unit: `30 %`, `-35 C`, `1.2 km`.

The unit of a parameter, or else the ending of a key's name (`_share`, `_c`, `_m` ...), says which
unit the program wants; a text of the form `number unit` is converted, and a unit that does not fit
is a fault.
"""

from __future__ import annotations

import re

from twin.core.errors import Fault
from twin.scenario.parameters import unit_of
from twin.scenario.source import Entry, Node

_TEXT = re.compile(r"([-+]?\d{1,15}(?:\.\d{1,15})?)\s*([%°A-Za-z][^\d]{0,19})")

_SHARE: dict[str, float] = {"%": 0.01}
_DAYS: dict[str, float] = {"day": 1, "days": 1, "week": 7, "weeks": 7}
_YEARS: dict[str, float] = {"year": 1, "years": 1}
_MONEY: dict[str, float] = {"KZT": 1, "thousand KZT": 1_000, "million KZT": 1_000_000}
_LENGTH_M: dict[str, float] = {"m": 1, "km": 1_000, "mm": 0.001}
_TEMP_C: dict[str, float] = {"C": 1, "°C": 1}
_BY_ENDING: tuple[tuple[str, dict[str, float]], ...] = (
    (r"(.*_)?share(_per_year)?", _SHARE),
    (r".*_rate", _SHARE),
    (r".*_c", _TEMP_C),
    (r".*_km", {"km": 1, "m": 0.001}),
    (r".*_mm", {"mm": 1, "cm": 10, "m": 1_000}),
    (r".*_m", _LENGTH_M),
    (r"(.*_)?days", _DAYS),
    (r"(.*_)?years(_.*)?", _YEARS),
    (r"(.*_)?kzt(_.*)?", _MONEY),
)
_BY_UNIT: dict[str, dict[str, float]] = {
    "share": _SHARE,
    "C": _TEMP_C,
    "m": _LENGTH_M,
    "days": _DAYS,
    "years": _YEARS,
    "h": {"h": 1, "hours": 1, "days": 24},
    "s": {"s": 1, "min": 60, "h": 3_600},
    "W": {"W": 1, "kW": 1_000},
    "KZT": _MONEY,
}
_PARAMETERS = "parameters"
type _Path = tuple[str, ...]


def convert_quantities(node: Node, faults: list[Fault], path: _Path = ()) -> Node:
    """Return the tree with `number unit` texts as numbers, adding wrong units to `faults`."""
    if isinstance(node.value, dict):
        return Node(
            node.mark,
            {
                name: Entry(entry.key_mark, convert_quantities(entry.node, faults, (*path, name)))
                for name, entry in node.value.items()
            },
        )
    if isinstance(node.value, tuple):
        return Node(node.mark, tuple(convert_quantities(item, faults) for item in node.value))
    if isinstance(node.value, str) and path:
        return _convert(node, node.value, path, faults)
    return node


def _units(path: _Path) -> dict[str, float] | None:
    """Return what units a value may have and their size in the program's; None: no unit."""
    inside = path[2:] if path[0] == "arms" else path
    if inside[:1] == (_PARAMETERS,):
        unit = unit_of(inside[1:])
        return None if unit is None else _BY_UNIT.get(unit, {unit: 1})
    return next((units for name, units in _BY_ENDING if re.fullmatch(name, path[-1])), None)


def _convert(node: Node, text: str, path: _Path, faults: list[Fault]) -> Node:
    """Return a `number unit` text as a number in the program's unit."""
    units = _units(path)
    match = _TEXT.fullmatch(text.strip())
    if units is None or match is None:
        return node
    number, unit = float(match[1]), match[2].strip()
    if unit not in units:
        faults.append(
            Fault(
                str(node.mark),
                f"{path[-1]} = {text!r} has the unit {unit!r}",
                f"write a plain number, or use {', '.join(units)}",
            )
        )
        return Node(node.mark, number)
    factor = units[unit]
    # division keeps 30 % the same number as 0.3
    value = number / round(1 / factor) if factor < 1 else number * factor
    return Node(node.mark, int(value) if value.is_integer() and factor >= 1 else value)
