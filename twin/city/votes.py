"""What residents propose and vote for, as citizens and institutions both see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int32, Int64

PROJECT_KINDS = ("yard", "lights", "street", "pipe")
"""What a project builds, in the order of their codes."""


@final
@dataclass(frozen=True, slots=True)
class Proposals:
    """What residents propose in a round, one row each, in order of the proposers' ids."""

    person_id: Int32
    """Who proposes, shape (n,)."""
    building: Int32
    """Home of the proposer, row of buildings."""
    kind: Int32
    """Code in `PROJECT_KINDS`."""
    cost_draw: Float64
    """Standard normal draw of its cost."""
    quality: Float64
    """Appeal to everybody, in utility."""


@final
@dataclass(frozen=True, slots=True)
class Vote:
    """Ballots of a round in compressed rows: those of voter i are `start[i]:start[i + 1]`."""

    voter: Int32
    """Row of each voter among the citizens, shape (n_voters,)."""
    start: Int64
    """Shape (n_voters + 1,), from 0."""
    project: Int32
    """Rows of projects, best first."""
