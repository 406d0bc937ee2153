"""What a lever is: a frozen, checked setting that turns a view of the city into actions.

A lever is one file in this folder. `docs/add-a-lever.md` walks through it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from twin.core.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city.actions import Action
    from twin.city.view import CityView


class Cadence(Enum):
    """When a lever decides."""

    FOUNDING = "once, before the first day and before the networks are compiled: no assets to see"
    YEAR = "on the first day and every 1 January"
    DAY = "every day, before crews are sent out"


class AbstractLever(BaseModel, ABC):
    """A setting in a scenario file under `levers.<kind>`.

    Every field has a default, bounds, and a description that starts with its unit in brackets.
    A run always has every lever; the defaults are the neutral policy, so naming a lever without
    changing it changes no bit of any output. `decide` is pure: equal views give equal actions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    cadence: ClassVar[Cadence] = Cadence.YEAR
    formerly: ClassVar[tuple[str, ...]] = ()
    """Earlier kinds of the lever: a scenario that still uses one is refused with the present."""
    upper_bounds: ClassVar[Mapping[str, frozenset[str]]] = MappingProxyType({})
    """Values by field with which it sees the truth (`CityView.truth`). No service can know that:
    they show how far a better order could get, and are no policy."""

    @abstractmethod
    def decide(self, view: CityView) -> tuple[Action, ...]:
        """Return what to do, given what the institutions know."""


def sees_truth(lever: AbstractLever) -> bool:
    """Return whether a lever is set to a value that is an upper bound and no policy."""
    return any(getattr(lever, name) in values for name, values in lever.upper_bounds.items())


levers: Registry[type[AbstractLever]] = Registry("lever")
