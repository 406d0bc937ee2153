"""The order of a day's steps, printed by `twin plan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final

from twin.model.day import (
    ageing_and_failures,
    citizens,
    dispatch_and_repair,
    flows,
    institutions,
    record,
    service_levels,
    weather_and_calendar,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.model.state import State


class _File(Protocol):
    """A file of this folder: a step, and what it does in a few words."""

    __name__: str
    DOES: str

    def step(self, state: State) -> None:
        """Live through this part of a day."""


@final
@dataclass(frozen=True, slots=True)
class Step:
    """One step of a day."""

    name: str
    does: str
    function: Callable[[State], None]


def _step_of(file: _File) -> Step:
    """Return the step that a file holds, named as the file is."""
    name = file.__name__.rpartition(".")[2].replace("_", " ")
    return Step(name, file.DOES, file.step)


STEP_ORDER: tuple[Step, ...] = tuple(
    _step_of(file)
    for file in (
        weather_and_calendar,
        ageing_and_failures,
        dispatch_and_repair,
        flows,
        service_levels,
        citizens,
        institutions,
        record,
    )
)
