"""Parameters: every number that is assumed, with its unit, bounds, source and how sure it is.

A group of parameters is a frozen dataclass whose fields are `Number`s, further groups, mappings of
groups, or things that are no parameter. A room registers its group under the name that stands in
a scenario file under `parameters:`; schema, hash, manifest, `twin parameters` and docs derive from
the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Self, cast, final

from twin.core.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator


class Grade(Enum):
    """How sure a number is."""

    MEASURED = "measured"
    """Measured or counted where it is used: the country or its like."""
    LITERATURE = "literature"
    """Published for other places, or a norm."""
    GUESS = "guess"
    """Chosen here, to be calibrated on a town's own records."""


@final
@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a number besides its value."""

    unit: str
    low: float
    high: float
    grade: Grade
    source: str
    meaning: str = ""


@final
class Number(float):
    """A number that a scenario may set; it calculates as a float.

    Parameters
    ----------
    value
        Default, within `low` to `high`.
    unit
        Unit; `share` for 0-1.
    low, high
        Bounds, both included.
    grade
        How sure it is.
    source
        Where it comes from; for a guess, the reasoning behind it.
    meaning
        What it is, where the name of its field does not say enough.
    """

    __slots__ = ("facts",)
    facts: Facts

    def __new__(  # noqa: PLR0913 - one line per number where it is declared
        cls,
        value: float,
        unit: str,
        low: float,
        high: float,
        grade: Grade,
        source: str,
        meaning: str = "",
    ) -> Self:
        """Check the default against its own bounds."""
        if not low <= value <= high:
            message = f"default {value!r} is outside {low!r} to {high!r} {unit}"
            raise ValueError(message)
        made = super().__new__(cls, value)
        made.facts = Facts(unit, low, high, grade, source, meaning)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle value and facts."""
        known = self.facts
        parts = (known.unit, known.low, known.high, known.grade, known.source, known.meaning)
        return Number, (float(self), *parts)

    def with_value(self, value: float) -> Number:
        """Return a number with the same facts and another value, within the same bounds."""
        known = self.facts
        return Number(
            value, known.unit, known.low, known.high, known.grade, known.source, known.meaning
        )


parameters: Registry[Any] = Registry("parameter group")
"""Groups of parameters by the name in a scenario file; a group is a frozen dataclass."""


def numbers(group: object, path: str = "") -> Iterator[tuple[str, Number]]:
    """Iterate over (dotted path, number) of a group, in the order of declaration."""
    for name, part in _parts(group):
        place = f"{path}.{name}" if path else name
        if isinstance(part, Number):
            yield place, part
        else:
            yield from numbers(part, place)


def with_values[T](group: T, values: Mapping[str, Any]) -> T:
    """Return the group with some numbers changed.

    Parameters
    ----------
    group
        A frozen dataclass, or a mapping of them.
    values
        Nested by field, as in a scenario file; fields that are left out keep their values.

    Raises
    ------
    KeyError
        If a name is no parameter of the group.
    ValueError
        If a value is outside its bounds.
    """
    parts = dict(_parts(group))
    changed: dict[str, Any] = {}
    for name, value in values.items():
        part = parts[name]
        changed[name] = (
            part.with_value(float(value)) if isinstance(part, Number) else with_values(part, value)
        )
    if not changed:
        return group
    if isinstance(group, Mapping):
        return cast("T", {**group, **changed})
    return cast("T", replace(cast("Any", group), **changed))


def _parts(group: object) -> Iterator[tuple[str, Any]]:
    """Iterate over the fields of a group that are numbers, groups or mappings of groups."""
    if isinstance(group, Mapping):
        named = list(group.items())
    elif is_dataclass(group) and not isinstance(group, type):
        named = [(one.name, getattr(group, one.name)) for one in fields(group)]
    else:
        return
    for name, part in named:
        if isinstance(part, Number) or any(True for _ in numbers(part)):
            yield name, part
