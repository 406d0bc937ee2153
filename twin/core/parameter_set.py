"""All groups of parameters together, with the values of one scenario."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, final

from twin.core.errors import Fault, ScenarioError
from twin.core.parameters import Number, numbers, parameters, with_floats, with_values
from twin.core.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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


def usual_numbers() -> Mapping[str, Number]:
    """Return the default of every registered parameter by dotted path."""
    return _usual_numbers(tuple((name, id(group)) for name, group in parameters.items()))


@lru_cache(maxsize=2)
def _usual_numbers(known: tuple[tuple[str, int], ...]) -> Mapping[str, Number]:
    """Collect the defaults; `known` is what they are of."""
    del known
    return dict(Parameters(dict(parameters.items())).items())


def plain_values(changes: Mapping[str, float]) -> dict[str, Any]:
    """Return all values as nested maps of plain floats, some of them changed."""
    usual = {path: float(value) for path, value in usual_numbers().items()}
    return nested({**usual, **changes})


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
        known = {path: number.facts for path, number in usual_numbers().items()}
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
        """Return the group of a class, with plain floats; where several have it, by its name."""
        found = [
            group
            for known, group in self.groups.items()
            if type(group) is kind and name in ("", known)
        ]
        if len(found) != 1:
            message = f"{len(found)} parameter groups are {kind.__name__} named {name!r}"
            raise KeyError(message)
        return with_floats(found[0])

    def items(self) -> Iterator[tuple[str, Number]]:
        """Iterate over (dotted path, number) of all groups."""
        for name, group in self.groups.items():
            yield from numbers(group, name)

    def changed(self) -> dict[str, float]:
        """Return what differs from the registered defaults, by dotted path."""
        usual = usual_numbers()
        return {path: float(value) for path, value in self.items() if value != usual[path]}

    def plain(self) -> dict[str, Any]:
        """Return all values as nested maps of plain floats."""
        return nested({path: float(value) for path, value in self.items()})
