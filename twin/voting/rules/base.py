"""What a rule sees of an election, and what it gives back."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np
from pydantic import BaseModel, ConfigDict

from twin.core.errors import ElectionError
from twin.core.registry import Registry
from twin.core.streams import Stream
from twin.kernels.rng import uniforms_for
from twin.voting.election import Election, VoteType
from twin.voting.kernels.ballots import approvers_of, supporters_of

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Int32, Int64, UInt8

TIES = ("project_id", "file", "cheapest", "most_votes", "lottery")
"""Who is first among equals: ids in alphabetical order; order of the file; least cost; most votes
(of the last two, ids decide what is equal again); a draw keyed by the seed."""


@final
@dataclass(frozen=True, slots=True)
class Count:
    """An election as rules read it."""

    election: Election
    first: Int64
    """Supporters of project j are `voter[first[j]:first[j + 1]]`, shape (n_projects + 1,)."""
    voter: Int32
    points: Int64
    """Points of these supporters, above 0; empty in an approval vote, where each is 1."""
    votes: Int64
    """Supporters of each project, shape (n_projects,)."""
    score: Int64
    """Sum of points of each project; negative points count too."""
    eligible: Bool
    """Has the votes and points that the election requires, shape (n_projects,)."""
    tie_rank: Int64
    """Place in which equal projects are taken, shape (n_projects,)."""
    conflict_first: Int64
    conflict: Int32
    """Rows in conflict with project j are `conflict[conflict_first[j]:conflict_first[j + 1]]`."""
    seed: int
    """Key of every draw."""

    @property
    def cost(self) -> Int64:
        """Cost of each project in minor units, shape (n_projects,)."""
        return self.election.projects.cost

    def require_ballots(self, rule: str) -> None:
        """Refuse an election of which only totals are known."""
        if self.election.ballots is None:
            message = (
                f"{self.election.source}: rule {rule} needs ballots, and the source has only the "
                "votes of each project.\n  Export the ballots (.pb), or use rule greedy."
            )
            raise ElectionError(message)

    def require_support(self, rule: str) -> None:
        """Refuse ballots with negative points: nobody pays for what he is against."""
        self.require_ballots(rule)
        ballots = self.election.ballots
        if ballots is None or ballots.vote_type is VoteType.APPROVAL:
            return
        if bool((ballots.points < 0).any()):
            message = (
                f"{self.election.source}: rule {rule} does not fit ballots with negative points.\n"
                "  Use rule greedy, or count what has points as approvals (as_approval)."
            )
            raise ElectionError(message)

    def require_approvals(self, rule: str) -> None:
        """Refuse ballots other than approvals."""
        self.require_ballots(rule)
        ballots = self.election.ballots
        if ballots is not None and ballots.vote_type is not VoteType.APPROVAL:
            message = (
                f"{self.election.source}: rule {rule} does not fit {ballots.vote_type} ballots, it "
                "reads approvals.\n  Count what has points as approvals (`--as-approval`, "
                "as_approval), or use rule equal_shares."
            )
            raise ElectionError(message)


@final
@dataclass(slots=True)
class Allocation:
    """Money given to projects while a rule runs."""

    count: Count
    left: int
    """Money not spent."""
    amount: Int64
    """Money of each project, shape (n_projects,)."""
    alive: UInt8
    """1 where a project may still be funded, shape (n_projects,)."""
    order: list[int] = field(default_factory=list)
    """Rows funded, first to last."""
    completed: int = 0
    """How many of the last were funded by a completion."""

    @classmethod
    def empty(cls, count: Count) -> Allocation:
        """Return an allocation before any project is funded."""
        n_projects = len(count.cost)
        alive = count.eligible.astype(np.uint8)
        return cls(count, count.election.budget, np.zeros(n_projects, dtype=np.int64), alive)

    def fund(self, j: int, amount: int) -> None:
        """Give a project money; what is in conflict with it is out."""
        self.amount[j] = amount
        self.left -= amount
        self.alive[j] = 0
        self.order.append(int(j))
        count = self.count
        self.alive[count.conflict[count.conflict_first[j] : count.conflict_first[j + 1]]] = 0

    def offer(self, j: int) -> bool:
        """Fund a project that may be, whole or in part; return whether it was."""
        if not self.alive[j]:
            return False
        cost = int(self.count.cost[j])
        if cost <= self.left:
            self.fund(j, cost)
            return True
        if 0 < int(self.count.election.projects.least_cost[j]) <= self.left:
            self.fund(j, self.left)
            return True
        return False


class AbstractRule(BaseModel):
    """How ballots become funded projects: a frozen setting."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @abstractmethod
    def allocate(self, count: Count) -> Allocation:
        """Return what is funded, in the order of the rule.

        Never more than the budget in sum, a project's cost each, less than its cost only where it
        accepts that; nothing that is not eligible, no two projects in conflict.
        """


rules: Registry[type[AbstractRule]] = Registry("voting rule")
"""Rules by the name that commands use."""


def count_ballots(election: Election, *, ties: str = "project_id", seed: int = 0) -> Count:
    """Return an election as rules read it."""
    n_projects = len(election.projects)
    ballots = election.ballots
    if ballots is None:
        counted = election.projects.counted
        votes = np.zeros(n_projects, dtype=np.int64) if counted is None else counted
        score = votes
        first = np.zeros(n_projects + 1, dtype=np.int64)
        voter, points = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    else:
        points = np.zeros(0, dtype=np.int64)
        if ballots.vote_type is VoteType.APPROVAL:
            first, voter = approvers_of(ballots.start, ballots.project, n_projects)
            votes = score = np.diff(first)
        else:
            first, voter, points = supporters_of(
                ballots.start, ballots.project, ballots.points, n_projects
            )
            votes = np.diff(first)
            score = np.zeros(n_projects, dtype=np.int64)
            np.add.at(score, ballots.project, ballots.points)
    limits = election.limits
    eligible = votes >= max(limits.min_votes, 1)
    if limits.min_score is not None:
        eligible &= score >= limits.min_score
    conflict_first, conflict = _conflicts(election)
    return Count(
        election=election,
        first=first,
        voter=voter,
        points=points,
        votes=votes,
        score=score,
        eligible=eligible,
        tie_rank=_tie_rank(election, votes, ties, seed),
        conflict_first=conflict_first,
        conflict=conflict,
        seed=seed,
    )


def lottery_order(n_projects: int, seed: int, stream: Stream) -> Int64:
    """Return rows in an order drawn by lot, shape (n_projects,)."""
    keys = uniforms_for(np.uint64(seed), stream, np.arange(n_projects), 0, 0)
    return np.argsort(keys, kind="stable")


def _tie_rank(election: Election, votes: Int64, ties: str, seed: int) -> Int64:
    """Return the place in which equal projects are taken."""
    if ties not in TIES:
        message = f"ties = {ties!r} is not known; known: {', '.join(TIES)}"
        raise ElectionError(message)
    n_projects = len(election.projects)
    ids = election.projects.project_id
    order = np.arange(n_projects)
    if ties == "lottery":
        order = lottery_order(n_projects, seed, Stream.TIE_LOTTERY)
    elif ties != "file":
        order = np.array(sorted(range(n_projects), key=lambda j: ids[j]), dtype=np.int64)
        if ties == "cheapest":
            order = order[np.argsort(election.projects.cost[order], kind="stable")]
        elif ties == "most_votes":
            order = order[np.argsort(-votes[order], kind="stable")]
    rank = np.empty(n_projects, dtype=np.int64)
    rank[order] = np.arange(n_projects)
    return rank


def _conflicts(election: Election) -> tuple[Int64, Int32]:
    """Return the rows that each project excludes, in compressed rows."""
    others: list[set[int]] = [set() for _ in range(len(election.projects))]
    for group in election.projects.exclusions:
        for j in group:
            others[j] |= set(group) - {j}
    first = np.cumsum([0, *(len(one) for one in others)], dtype=np.int64)
    return first, np.array([k for one in others for k in sorted(one)], dtype=np.int32)
