"""A design: rows of settings by dotted path, checked against a scenario before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from twin.core.arguments import plain
from twin.core.errors import Fault, ScenarioError
from twin.scenario.overrides import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twin.scenario.spec import Scenario

ARM = "arm"
"""Path that chooses one of a scenario's policies."""
_MOST_FAULTS = 200


@final
@dataclass(frozen=True, slots=True)
class Design:
    """Settings to run, one mapping of dotted path to value for each point."""

    kind: str
    """Name of the method, such as `full factorial`."""
    points: tuple[Mapping[str, Any], ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the design was made of: values, ranges, numbers, seed."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that a point sets, in the order of the first point."""
        return tuple(self.points[0]) if self.points else ()

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.points)


def design_of(kind: str, points: list[dict[str, Any]], facts: Mapping[str, Any]) -> Design:
    """Return a design with plain values.

    Raises
    ------
    ScenarioError
        If it is empty, or points set different paths.
    """
    if not points:
        raise ScenarioError(Fault(kind, "has no points", "give at least one value or row"))
    first = list(points[0])
    faults = [
        Fault(f"point {place}", f"sets {list(point)}, the first {first}", "set the same paths")
        for place, point in enumerate(points)
        if set(point) != set(first)
    ]
    if faults:
        raise ScenarioError(faults[:_MOST_FAULTS])
    return Design(kind, tuple({path: plain(p[path]) for path in first} for p in points), facts)


def apply(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """Return the scenario of one point; `arm` chooses a policy, everything else overrides it.

    Raises
    ------
    ScenarioError
        With every unknown path and every value out of bounds.
    """
    others = {path: value for path, value in settings.items() if path != ARM}
    chosen = scenario.arm(str(settings[ARM])) if ARM in settings else scenario
    return override(chosen, others) if others else chosen.arm(chosen.arm_name)


def scenarios(scenario: Scenario, design: Design) -> Iterator[tuple[Mapping[str, Any], Scenario]]:
    """Yield every point with its scenario, after all were checked.

    Raises
    ------
    ScenarioError
        With the faults of all points, each once.
    """
    faults: dict[str, Fault] = {}
    for point in design.points:
        for fault in _faults_of(scenario, point):
            faults.setdefault(str(fault), fault)
        if len(faults) >= _MOST_FAULTS:
            break
    if faults:
        raise ScenarioError(list(faults.values()))
    return ((point, apply(scenario, point)) for point in design.points)


def grid_faults(scenario: Scenario, grid: Mapping[str, Any]) -> list[Fault]:
    """Return the faults of every single value of a grid; a path without a list is left out."""
    found: dict[str, Fault] = {}
    for path, values in grid.items():
        for value in values if isinstance(values, list | tuple) else ():
            for fault in _faults_of(scenario, {str(path): plain(value)}):
                found.setdefault(str(fault), fault)
    return list(found.values())


def _faults_of(scenario: Scenario, point: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with a point, setting by setting, and then together."""
    try:
        apply(scenario, point)
    except ScenarioError:
        pass
    else:
        return []
    found: list[Fault] = []
    for path, value in point.items():
        try:
            apply(scenario, {path: value})
        except ScenarioError as error:
            found += error.faults or [Fault(f"{path} = {value!r}", str(error), "choose another")]
    if found:
        return found
    try:
        apply(scenario, point)
    except ScenarioError as error:
        return list(error.faults)
    return []
