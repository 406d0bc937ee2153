"""Parameters: every number that is assumed, with its unit, bounds, source and how sure it is.

A group of parameters is a frozen dataclass whose fields are `Number`s, further groups, mappings of
groups, or things that are no parameter. A group is registered under its name in a scenario file
below `parameters:`, dotted where groups are nested (`citizens.behaviour`); schema, hash, manifest,
`twin parameters` and docs derive from the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Self, cast, dataclass_transform, final

from twin.core.errors import Fault, ScenarioError
from twin.core.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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


@dataclass_transform(frozen_default=True, kw_only_default=True)
def parameter_group[T](name: str = "") -> Callable[[type[T]], type[T]]:
    """Return a decorator that makes a class a group of parameters.

    The class becomes a frozen dataclass that takes plain numbers too, as long as they lie within
    the bounds of their fields; with a name its defaults are registered under it.
    """

    def declare(cls: type[T]) -> type[T]:
        own_check = cls.__dict__.get("__post_init__")

        def __post_init__(self: Any) -> None:  # noqa: ANN401, N807 - of any class
            _settle(self, name or cls.__name__)
            if own_check is not None:
                own_check(self)

        cast("Any", cls).__post_init__ = __post_init__
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        if name:
            parameters.register(name)(made())
        return made

    return declare


def _settle(group: Any, name: str) -> None:  # noqa: ANN401 - any group
    """Give plain numbers of a new group the facts of their fields.

    Raises
    ------
    ScenarioError
        With every number outside its bounds.
    """
    faults: list[Fault] = []
    for one in fields(group):
        value = getattr(group, one.name)
        if not isinstance(one.default, Number) or isinstance(value, Number):
            continue
        known = one.default.facts
        if known.low <= value <= known.high:
            object.__setattr__(group, one.name, one.default.with_value(value))
            continue
        what = f"is {value!r}, outside {known.low:g} to {known.high:g} {known.unit}"
        mend = f"use a value inside the bounds, or omit it: the default is {one.default!r}"
        faults.append(Fault(f"{name}.{one.name}", what, mend, code="E-VALUE"))
    if faults:
        raise ScenarioError(faults)


def numbers(group: object, path: str = "") -> Iterator[tuple[str, Number]]:
    """Iterate over (dotted path, number) of a group, in the order of declaration."""
    for name, part in parts_of(group):
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
    parts = dict(parts_of(group))
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


def parts_of(group: object) -> Iterator[tuple[str, Any]]:
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


def with_floats[T](group: T) -> T:
    """Return the group with plain floats for numbers, as compiled loops and numpy want them."""
    if isinstance(group, Mapping):
        return cast("T", {**group, **{name: _floats(part) for name, part in parts_of(group)}})
    made = copy(group)
    for name, part in parts_of(group):
        object.__setattr__(made, name, _floats(part))
    return made


def _floats(part: Any) -> Any:  # noqa: ANN401 - a number or a group
    """Return a part of a group with plain floats."""
    return float(part) if isinstance(part, Number) else with_floats(part)
