"""Controls and rules of a network, as its file states them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

BY_HEAD_BELOW, BY_HEAD_ABOVE, BY_TIME, BY_CLOCK = range(4)


@final
@dataclass(frozen=True, slots=True)
class Action:
    """What is done to a link."""

    link: str
    is_open: bool
    setting: float
    """Speed of a pump, setting of a valve in SI; NaN leaves a valve without one, fixed."""
    by_status: bool = False
    """True where a rule names a status: then it acts on a link in the other state alone."""


@final
@dataclass(frozen=True, slots=True)
class Control:
    """An action taken at a level, a pressure or a time."""

    action: Action
    trigger: int
    node: str
    value: float
    """Head in m, or time in s."""
    enabled: bool = True
    """False for one that is kept in the file but does nothing."""


@final
@dataclass(frozen=True, slots=True)
class Premise:
    """One condition of a rule."""

    is_or: bool
    on_link: bool
    name: str
    """Empty for the whole system."""
    variable: str
    relation: int
    """Of =, <>, <, <=, >, >=."""
    value: float
    """In SI; 0 closed, 1 open, 2 active."""
    tolerance: float


@final
@dataclass(frozen=True, slots=True)
class Rule:
    """Actions taken while premises hold, and others while they do not."""

    name: str
    premises: tuple[Premise, ...]
    then: tuple[Action, ...]
    otherwise: tuple[Action, ...]
    priority: float
    enabled: bool = True
