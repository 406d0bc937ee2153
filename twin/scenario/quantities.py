"""Numbers written with a unit: `30 %`, `-35 C`, `1.2 km`, `2 crews`, `6000 KZT/month`.

The description of every field starts with its unit. A text of the form `number unit` is converted
to it, where the conversion is exact; a unit that does not fit is a fault.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twin.core.errors import Fault
from twin.scenario.form_path import field_at, unit_of
from twin.scenario.schedule import is_schedule
from twin.scenario.source import Entry, Node

if TYPE_CHECKING:
    from pydantic import BaseModel

    from twin.scenario.form_path import Location

_TEXT = re.compile(
    r"([-+]?\d{1,15}(?:\.\d{1,15})?(?:[eE][-+]?\d{1,2})?)(?:\s*([%°A-Za-z].{0,29})|\s+(1/.{1,29}))"
)
_SIZES: dict[str, dict[str, float]] = {
    "share": {"%": 0.01},
    "°C": {"C": 1},
    "C": {"°C": 1},
    "m": {"km": 1_000, "mm": 0.001},
    "km": {"m": 0.001},
    "mm": {"cm": 10, "m": 1_000},
    "days": {"day": 1, "week": 7, "weeks": 7},
    "h": {"hours": 1, "hour": 1, "days": 24, "day": 24},
    "s": {"min": 60, "h": 3_600},
    "min": {"h": 60},
    "W": {"kW": 1_000},
    "KZT": {"thousand KZT": 1_000, "million KZT": 1_000_000},
    "people": {"person": 1},
}
"""How many of a unit another one is."""
_ALTERNATIVES = "kind"


def convert_quantities(
    node: Node, form: type[BaseModel], faults: list[Fault], loc: Location = ()
) -> Node:
    """Return the tree with `number unit` texts as numbers.

    A value whose unit is wrong becomes None and is added to `faults`.
    """
    if isinstance(node.value, dict):
        kind = node.child(_ALTERNATIVES)
        if loc and isinstance(loc[-1], int) and kind is not None and isinstance(kind.value, str):
            loc = (*loc, kind.value)
        named = not (loc[:1] in (("levers",), ("arms",)) and is_schedule(node))
        return Node(
            node.mark,
            {
                name: Entry(
                    entry.key_mark,
                    convert_quantities(entry.node, form, faults, (*loc, name) if named else loc),
                )
                for name, entry in node.value.items()
            },
        )
    if isinstance(node.value, tuple):
        items = enumerate(node.value)
        return Node(
            node.mark,
            tuple(convert_quantities(item, form, faults, (*loc, i)) for i, item in items),
        )
    if isinstance(node.value, str):
        return _convert(node, node.value, form, faults, loc)
    return node


def units_for(unit: str) -> dict[str, float]:
    """Return the units that may be written where one is wanted, with their size in it.

    Denominators may be left out, as the name of the field states them: `KZT/month` and `KZT` mean
    `KZT/person/month` there.
    """
    above, *below = unit.split("/")
    sizes = {above: 1.0, **_SIZES.get(above, {})}
    if above.endswith("s") and above.isalpha():
        sizes.setdefault(above.removesuffix("s"), 1.0)
    denominators = ["/".join(part) for part in _choices(below)] if above != "1" else [*below]
    return {
        f"{name}/{part}" if part else name: size
        for part in denominators
        for name, size in sizes.items()
    }


def _choices(parts: list[str]) -> list[list[str]]:
    """Return all ways of leaving parts out, in their order, the whole first."""
    if not parts:
        return [[]]
    ways = _choices(parts[1:])
    return [[parts[0], *way] for way in ways] + ways


def _dotted(loc: Location) -> str:
    """Return a place as the file has it: items as `[i]`, without the kind of an item."""
    text = ""
    for before, part in zip(("", *loc), loc, strict=False):
        if isinstance(part, int):
            text += f"[{part}]"
        elif not isinstance(before, int) or part == loc[-1]:
            text += f".{part}"
    return text.removeprefix(".")


def _convert(
    node: Node, text: str, form: type[BaseModel], faults: list[Fault], loc: Location
) -> Node:
    """Return a `number unit` text as a number in the unit of its field."""
    match = _TEXT.fullmatch(text.strip())
    field = field_at(form, loc[2:] if loc[:1] == ("arms",) else loc) if match else None
    wanted = unit_of(field) if field else ""
    if not match or not wanted:
        return node
    number, unit = float(match[1]), " ".join((match[2] or match[3]).split())
    units = units_for(wanted)
    if unit not in units:
        what = f"{_dotted(loc)} = {text!r} has the unit {unit!r}, not {wanted!r}"
        mend = f"write a plain number, or use {', '.join(list(units)[:8])}"
        faults.append(Fault(str(node.mark), what, mend))
        return Node(node.mark, None)
    factor = units[unit]
    # division keeps 30 % the same number as 0.3
    value = number / round(1 / factor) if factor < 1 else number * factor
    return Node(node.mark, int(value) if value.is_integer() and factor >= 1 else value)
