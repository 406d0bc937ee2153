"""Parameters: every number that is assumed, with its unit, bounds, source and how sure it is.

A group of parameters is a frozen dataclass whose fields are `Number`s, further groups, mappings of
groups, or things that are no parameter. A group is registered under its name in a scenario file
below `parameters:`, dotted where groups are nested (`citizens.behaviour`); schema, hash, manifest,
`twin parameters` and docs derive from the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Self, cast, dataclass_transform, final

from twin.core.errors import Fault, ScenarioError
from twin.core.registry import Registry, nearest

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


def nested(things: Mapping[str, Any]) -> dict[str, Any]:
    """Return things by dotted name as nested maps.

    Raises
    ------
    ValueError
        If one name continues another.
    """
    whole: dict[str, Any] = {}
    for name, thing in things.items():
        *above, last = name.split(".")
        place = whole
        for part in above:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                message = f"{name!r} stands below a name that is used itself"
                raise ValueError(message)  # noqa: TRY004 - the name is wrong, not a type
        if last in place:
            message = f"{name!r} stands above a name that is used itself"
            raise ValueError(message)
        place[last] = thing
    return whole


@final
@dataclass(frozen=True, slots=True)
class Parameters:
    """Every registered group with the values of one scenario."""

    groups: Mapping[str, Any]
    """Groups by name."""

    @classmethod
    def of(cls, changes: Mapping[str, float]) -> Parameters:
        """Return the registered groups with some numbers changed, by dotted path.

        Raises
        ------
        ScenarioError
            If a path names no parameter or a value is outside its bounds; all at once.
        """
        groups: dict[str, Any] = dict(parameters.items())
        known = {path: number.facts for path, number in Parameters(groups).items()}
        faults = [
            Fault(f"parameters.{path}", "is not a known parameter", nearest(path, list(known)))
            if path not in known
            else Fault(
                f"parameters.{path}",
                f"is {value!r}, outside {known[path].low:g} to {known[path].high:g}",
                f"use a value inside the bounds, in {known[path].unit}",
            )
            for path, value in changes.items()
            if path not in known or not known[path].low <= value <= known[path].high
        ]
        if faults:
            raise ScenarioError(faults)
        for name, group in groups.items():
            start = f"{name}."
            mine = {
                path[len(start) :]: value
                for path, value in changes.items()
                if path.startswith(start)
            }
            groups[name] = with_values(group, nested(mine))
        return cls(groups)

    def group[T](self, kind: type[T], name: str = "") -> T:
        """Return the group of a class; where several have it, the one of that name."""
        found = [
            group
            for known, group in self.groups.items()
            if type(group) is kind and name in ("", known)
        ]
        if len(found) != 1:
            message = f"{len(found)} parameter groups are {kind.__name__} named {name!r}"
            raise KeyError(message)
        return found[0]

    def items(self) -> Iterator[tuple[str, Number]]:
        """Iterate over (dotted path, number) of all groups."""
        for name, group in self.groups.items():
            yield from numbers(group, name)

    def changed(self) -> dict[str, float]:
        """Return what differs from the registered defaults, by dotted path."""
        usual = dict(Parameters(dict(parameters.items())).items())
        return {path: float(value) for path, value in self.items() if value != usual[path]}

    def plain(self) -> dict[str, Any]:
        """Return all values as nested maps of plain floats."""
        return nested({path: float(value) for path, value in self.items()})
