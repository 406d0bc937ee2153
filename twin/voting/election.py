"""An election of a participatory budget: projects, ballots, limits, money."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum, unique
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    import pyarrow as pa

    from twin.core.arrays import Bool, Int32, Int64

CITY_WIDE = -1
"""District of a project for the whole city, and of a voter whose address is not known."""


@unique
class VoteType(StrEnum):
    """What a ballot contains."""

    APPROVAL = "approval"
    """Projects supported."""
    CUMULATIVE = "cumulative"
    """Points from a fixed sum, divided among projects."""
    ORDINAL = "ordinal"
    """Projects from best to worst."""
    SCORING = "scoring"
    """Points to each project, independently."""


@final
@dataclass(frozen=True, slots=True)
class Projects:
    """Projects that people can vote for, one row each."""

    project_id: tuple[str, ...]
    """Unique ids, in the order of the file."""
    cost: Int64
    """Cost in minor units of money, shape (n_projects,)."""
    least_cost: Int64
    """Least amount that the project accepts, shape (n_projects,); equal to `cost`: all or none."""
    district: Int32
    """Row of `Election.districts`, or -1 for the whole city, shape (n_projects,)."""
    name: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    """Categories of each project, none or several."""
    exclusions: tuple[tuple[int, ...], ...] = ()
    """Groups of rows in conflict: at most one project of a group is funded."""
    counted: Int64 | None = None
    """Votes counted elsewhere, shape (n_projects,), for an election without ballots."""
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other columns of the source, as text."""

    def __len__(self) -> int:
        """Return the number of projects."""
        return len(self.project_id)


@final
@dataclass(frozen=True, slots=True)
class Ballots:
    """Ballots in compressed rows: those of ballot i are `start[i]:start[i + 1]`."""

    vote_type: VoteType
    start: Int64
    """Shape (n_ballots + 1,), from 0."""
    project: Int32
    """Rows of projects, shape (n_entries,); best first in an ordinal ballot."""
    points: Int64
    """Points given, shape (n_entries,); 1 in an approval ballot, by Borda in an ordinal one."""
    district: Int32
    """District of the voter, or -1 where it is not known, shape (n_ballots,)."""
    more: pa.Table | None = None
    """Other columns of the source, such as `voter_id` and age, one row a ballot."""

    def __len__(self) -> int:
        """Return the number of ballots."""
        return len(self.start) - 1


@final
@dataclass(frozen=True, slots=True)
class Limits:
    """What a ballot may contain and what a project needs; None: no limit."""

    min_length: int | None = None
    """Projects on a ballot."""
    max_length: int | None = None
    min_points: int | None = None
    """Points to one project."""
    max_points: int | None = None
    min_sum_points: int | None = None
    """Points on a ballot."""
    max_sum_points: int | None = None
    min_sum_cost: int | None = None
    """Cost of all projects on a ballot, in minor units of money."""
    max_sum_cost: int | None = None
    min_votes: int = 1
    """Voters a project needs."""
    min_score: int | None = None
    """Points a project needs."""
    address_bound: bool = False
    """Whether people vote for projects of their own district and of the whole city alone."""


@final
@dataclass(frozen=True, slots=True)
class Election:
    """One vote on one budget."""

    projects: Projects
    ballots: Ballots | None
    """None where only the votes of each project are known."""
    budget: int
    """Money to spend, in minor units."""
    decimals: int = 0
    """Decimal places of money: 2 where the minor unit is a hundredth."""
    districts: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    meta: Mapping[str, str] = field(default_factory=dict)
    """Facts of the source, as text."""
    notes: tuple[str, ...] = ()
    """What a reader of the result should know about the source."""
    source: str = "election"
    """Where it comes from, for messages."""

    def money(self, minor_units: int) -> float:
        """Return an amount in whole units of money."""
        return int(minor_units) / float(10**self.decimals)

    @property
    def n_voters(self) -> int:
        """Number of ballots."""
        return 0 if self.ballots is None else len(self.ballots)


def minor_units(amounts: Sequence[float | Decimal]) -> tuple[int, list[int]]:
    """Return how many decimal places amounts have, and the amounts in the minor unit."""
    exact = [Fraction(str(amount)) for amount in amounts]
    decimals = 0
    while decimals < MOST_DECIMALS and any((one * 10**decimals).denominator > 1 for one in exact):
        decimals += 1
    return decimals, [round(one * 10**decimals) for one in exact]


MOST_DECIMALS = 6
"""Decimal places of money that are kept; a finer amount is a fault of the file."""


def borda_points(start: Int64, most: int) -> Int64:
    """Return the points of ordinal ballots: `most` for the first project, one fewer for each next.

    References
    ----------
    Pabulib, "The .pb file format", `scoring_fn`: Borda unless another is named.
    """
    length = np.diff(start)
    place = np.arange(start[-1], dtype=np.int64) - np.repeat(start[:-1], length)
    return most - place


def restricted(vote: Election, projects: Bool, voters: Bool, budget: int) -> Election:
    """Return the election among some projects and some voters, with its own budget.

    Parameters
    ----------
    projects
        Which projects stay, shape (n_projects,).
    voters
        Which ballots stay, shape (n_ballots,); their entries for other projects go.
    """
    kept = np.flatnonzero(projects)
    new_row = np.full(len(projects), -1, dtype=np.int32)
    new_row[kept] = np.arange(len(kept), dtype=np.int32)
    old = vote.projects
    groups = (tuple(int(new_row[i]) for i in group if projects[i]) for group in old.exclusions)
    fewer = Projects(
        project_id=tuple(old.project_id[i] for i in kept),
        cost=old.cost[kept],
        least_cost=old.least_cost[kept],
        district=old.district[kept],
        name=tuple(old.name[i] for i in kept),
        categories=tuple(old.categories[i] for i in kept),
        exclusions=tuple(group for group in groups if len(group) > 1),
        counted=None if old.counted is None else old.counted[kept],
    )
    ballots = vote.ballots
    if ballots is not None:
        stays = projects[ballots.project] & np.repeat(voters, np.diff(ballots.start))
        before = np.concatenate([[0], np.cumsum(stays)])
        length = np.diff(before[ballots.start])[voters]
        ballots = Ballots(
            ballots.vote_type,
            np.concatenate([[0], np.cumsum(length)]).astype(np.int64),
            new_row[ballots.project[stays]],
            ballots.points[stays],
            ballots.district[voters],
        )
    return replace(vote, projects=fewer, ballots=ballots, budget=budget)


def as_approval(vote: Election, *, min_points: int = 1) -> Election:
    """Return the election with ballots that approve each project given at least some points."""
    ballots = vote.ballots
    if ballots is None or ballots.vote_type is VoteType.APPROVAL:
        return vote
    stays = ballots.points >= min_points
    start = np.concatenate([[0], np.cumsum(stays)])[ballots.start].astype(np.int64)
    project = ballots.project[stays]
    approving = Ballots(
        VoteType.APPROVAL,
        start,
        project,
        np.ones(len(project), dtype=np.int64),
        ballots.district,
        ballots.more,
    )
    usual = Limits(
        min_length=vote.limits.min_length,
        max_length=vote.limits.max_length,
        min_votes=vote.limits.min_votes,
        address_bound=vote.limits.address_bound,
    )
    note = f"ballots read as approvals: projects with at least {min_points} points"
    return replace(vote, ballots=approving, limits=usual, notes=(*vote.notes, note))
