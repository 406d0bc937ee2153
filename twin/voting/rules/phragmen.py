"""Phragmen's sequential rule: money flows to voters evenly, and groups buy what they support."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, final

import numpy as np
from pydantic import Field

from twin.voting.kernels.phragmen import UNDECIDED, Approvals, Loads, purchase, run_purchases
from twin.voting.rules.base import AbstractRule, Allocation, Count, rules
from twin.voting.rules.greedy import complete_greedily


@rules.register("phragmen")
@final
class Phragmen(AbstractRule):
    """Buy each project as soon as its supporters can; stop where the budget is exceeded."""

    too_dear: Literal["stop", "skip"] = Field(
        default="stop", description="What happens at a project that the money left does not cover."
    )
    completion: Literal["none", "greedy"] = Field(
        default="none", description="Whether money left over is spent by the greedy rule."
    )

    def allocate(self, count: Count) -> Allocation:
        """Return what is funded.

        Where several projects can be bought at one moment and the money left does not cover one
        of them, the rule stops.
        """
        count.require_approvals("phragmen")
        election = count.election
        ballots = election.ballots
        if ballots is None or not len(ballots):
            return Allocation.empty(count)
        votes = Approvals(
            count.first,
            count.voter,
            ballots.start,
            ballots.project,
            count.cost,
            count.conflict_first,
            count.conflict,
            self.too_dear == "skip",
        )
        run = PurchaseRun(count, votes)
        allocation = Allocation.empty(count)
        for j in run.winners():
            allocation.fund(j, int(count.cost[j]))
        if self.completion == "greedy":
            before = len(allocation.order)
            complete_greedily(allocation)
            allocation.completed = len(allocation.order) - before
        return allocation


@final
class PurchaseRun:
    """One run of the rule: the kernel, and exact times where it needs them."""

    def __init__(self, count: Count, votes: Approvals) -> None:
        self.count, self.votes = count, votes
        n_projects, n_voters = len(count.cost), count.election.n_voters
        supporters = np.zeros((n_projects, n_projects + 1), dtype=np.int32)
        supporters[:, 0] = np.diff(count.first)
        alive = count.eligible & (count.cost <= count.election.budget)
        self.loads = Loads(
            np.zeros(n_voters, dtype=np.int32),
            supporters,
            np.zeros(n_projects + 1),
            alive.astype(np.uint8),
            np.zeros(n_projects, dtype=np.uint8),
            np.zeros(n_projects, dtype=np.int64),
            np.zeros(1, dtype=np.int64),
            np.array([count.election.budget], dtype=np.int64),
        )

    def winners(self) -> list[int]:
        """Return rows bought, first to last."""
        while run_purchases(self.votes, self.loads) == UNDECIDED:
            if not self._decide():
                break
        return [int(j) for j in self.loads.order[: self.loads.n_done[0]]]

    def _exact_times(self) -> list[Fraction]:
        """Return when each purchase so far was made, exactly, from the voters' histories."""
        order = self.loads.order[: self.loads.n_done[0]].tolist()
        last = np.zeros(self.count.election.n_voters, dtype=np.int64)
        times = [Fraction(0)]
        for number, j in enumerate(order, start=1):
            who = self.count.voter[self.count.first[j] : self.count.first[j + 1]]
            times.append(self._time(j, np.bincount(last[who]).tolist(), times))
            last[who] = number
        return times

    def _time(self, j: int, supporters: list[int], times: list[Fraction]) -> Fraction:
        """Return when supporters, counted by their last purchase, can buy a project."""
        total = sum((n * times[past] for past, n in enumerate(supporters) if n), Fraction(0))
        return (int(self.count.cost[j]) + total) / int(sum(supporters))

    def _decide(self) -> bool:
        """Decide one purchase in exact numbers; return whether the rule goes on."""
        loads = self.loads
        times = self._exact_times()
        done = int(loads.n_done[0])
        exact = {
            j: self._time(j, loads.supporters[j, : done + 1].tolist(), times)
            for j in np.flatnonzero(loads.contender).tolist()
        }
        soonest = min(exact.values())
        tied = [j for j, time in exact.items() if time == soonest]
        too_dear = [j for j in tied if int(self.count.cost[j]) > int(loads.left[0])]
        if too_dear and not self.votes.skip:
            return False
        loads.alive[too_dear] = 0
        open_ = [j for j in tied if j not in too_dear]
        if open_:
            winner = min(open_, key=lambda j: int(self.count.tie_rank[j]))
            purchase(self.votes, loads, winner, float(soonest))
        return True
