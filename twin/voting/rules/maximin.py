"""The maximin support rule: share costs among supporters as evenly as any sharing can."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal, final

import numpy as np
from pydantic import Field

from twin.core.errors import ElectionError
from twin.voting.rules.base import AbstractRule, Allocation, Count, rules
from twin.voting.rules.greedy import complete_greedily

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int64

MOST_WINNERS = 20
"""Funded projects up to which the rule is computed; time and memory double with each."""


@rules.register("maximin_support")
@final
class MaximinSupport(AbstractRule):
    """Fund the project after which the largest load of a voter can be kept smallest.

    For elections with at most 20 funded projects.
    """

    completion: Literal["none", "greedy"] = Field(
        default="none", description="Whether money left over is spent by the greedy rule."
    )

    def allocate(self, count: Count) -> Allocation:
        """Return what is funded.

        References
        ----------
        Aziz, Lee & Talmon, 2018, "Proportionally representative participatory budgeting: axioms
        and algorithms", AAMAS 17, generalised sequential Phragmen; Sanchez-Fernandez et al., 2024,
        "The maximin support method", Math. Program. 203, for the load as a maximum over sets.
        """
        count.require_approvals("maximin_support")
        allocation = Allocation.empty(count)
        run = SupportRun(count)
        while True:
            open_ = allocation.alive.astype(bool) & (count.cost <= allocation.left)
            if not open_.any():
                break
            if len(allocation.order) == MOST_WINNERS:
                message = (
                    f"{count.election.source}: rule maximin_support would fund more than "
                    f"{MOST_WINNERS} projects.\n  Use rule phragmen, which is close to it."
                )
                raise ElectionError(message)
            winner = run.best(np.flatnonzero(open_).tolist())
            run.add(winner)
            allocation.fund(winner, int(count.cost[winner]))
        if self.completion == "greedy":
            before = len(allocation.order)
            complete_greedily(allocation)
            allocation.completed = len(allocation.order) - before
        return allocation


@final
class SupportRun:
    """Loads of the funded projects and one more.

    Costs can be shared so that no load exceeds L if and only if every set of projects costs at
    most L times the voters who support any of it (Hall's condition). So the least largest load is
    the maximum over sets of cost over supporters, and all 2^k sets are looked at.
    """

    def __init__(self, count: Count) -> None:
        self.count = count
        self.mask: Int64 = np.zeros(count.election.n_voters, dtype=np.int64)
        """Bit k of a voter: supports the k-th funded project."""
        self.set_cost: Int64 = np.zeros(1, dtype=np.int64)
        """Cost of every set of funded projects, shape (2^k,)."""
        self.load = Fraction(0)
        self.at_least: Float64 = np.zeros(len(count.cost))
        """A load with a project is at least this, as loads never fall."""
        self.winners = 0

    def add(self, j: int) -> None:
        """Fund a project."""
        self.load = self.load_with(j)
        self.mask[self._supporters(j)] |= 1 << self.winners
        self.set_cost = np.concatenate([self.set_cost, self.set_cost + self.count.cost[j]])
        self.winners += 1

    def best(self, candidates: list[int]) -> int:
        """Return the candidate with the least load; ties by rank."""
        exact: dict[int, Fraction] = {}
        for j in sorted(candidates, key=lambda j: float(self.at_least[j])):
            if exact and self.at_least[j] > float(min(exact.values())) * (1.0 + 1e-12):
                break
            exact[j] = self.load_with(j)
            self.at_least[j] = float(exact[j]) * (1.0 - 1e-12)
        least = min(exact.values())
        tied = [j for j, load in exact.items() if load == least]
        return min(tied, key=lambda j: int(self.count.tie_rank[j]))

    def load_with(self, j: int) -> Fraction:
        """Return the least largest load of the funded projects and one more."""
        others = np.ones(len(self.mask), dtype=bool)
        others[self._supporters(j)] = False
        n_sets = len(self.set_cost)
        within = np.bincount(self.mask[others], minlength=n_sets)
        for bit in range(self.winners):
            pairs = within.reshape(-1, 2, 1 << bit)
            pairs[:, 1, :] += pairs[:, 0, :]
        reached = len(self.mask) - within[::-1]  # of a set: all but those within its complement
        cost = self.set_cost + self.count.cost[j]
        ratio = cost / reached
        close = np.flatnonzero(ratio >= ratio.max() * (1.0 - 1e-12))
        highest = max(Fraction(int(cost[s]), int(reached[s])) for s in close.tolist())
        return max(highest, self.load)

    def _supporters(self, j: int) -> Int64:
        return self.count.voter[self.count.first[j] : self.count.first[j + 1]].astype(np.int64)
