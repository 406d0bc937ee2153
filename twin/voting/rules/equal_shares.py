"""The Method of Equal Shares: every voter owns an equal share of the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, final

import numpy as np
from pydantic import Field

from twin.core.errors import ElectionError
from twin.voting.kernels.equal_shares import UNDECIDED, Market, Purses, run_rounds
from twin.voting.rules.base import AbstractRule, Allocation, Count, rules
from twin.voting.rules.exact_shares import ExactPurses
from twin.voting.rules.greedy import complete_greedily

if TYPE_CHECKING:
    from fractions import Fraction

    from twin.core.arrays import Int64

_MOST_STEPS = 1_000_000


@rules.register("equal_shares")
@final
class EqualShares(AbstractRule):
    """Buy the project that costs its supporters least per unit of utility, from equal shares."""

    satisfaction: Literal["cost", "cardinality", "points"] = Field(
        default="cost",
        description="Utility of a funded project to a supporter: its cost, 1, or its points.",
    )
    completion: Literal["none", "greedy", "add1", "add1u"] = Field(
        default="none",
        description="How money left over is spent: not at all; by the greedy rule; by larger "
        "shares (add1), up to the last step whose projects fit; the same, then greedily (add1u).",
    )
    step: float = Field(
        default=1.0, gt=0, description="Growth of a voter's share in a step of add1, in money."
    )

    def allocate(self, count: Count) -> Allocation:
        """Return what is funded.

        References
        ----------
        Peters, Pierczynski & Skowron, 2021, NeurIPS 34; Faliszewski et al., 2023, "Participatory
        budgeting: data, tools and analysis", IJCAI 32, for the completions.
        """
        count.require_support("equal_shares")
        share = SharesRun(count, self.satisfaction)
        if self.completion in ("none", "greedy"):
            allocation = share.allocation(share.winners(0))
        else:
            allocation = share.allocation(self._winners_of_larger_shares(count, share))
        if self.completion in ("greedy", "add1u"):
            before = len(allocation.order)
            complete_greedily(allocation)
            allocation.completed = len(allocation.order) - before
        return allocation

    def _winners_of_larger_shares(self, count: Count, share: SharesRun) -> list[int]:
        """Return the winners of the last step that the budget covers, or of one that spends it."""
        election = count.election
        step = round(self.step * 10**election.decimals)
        if step < 1:
            message = f"step = {self.step} is less than the smallest unit of money of the election"
            raise ElectionError(message)
        winners = share.winners(0)
        for number in range(1, _MOST_STEPS):
            if share.is_exhaustive(winners) or not count.eligible.any():
                return winners
            larger = share.winners(number * step)
            if int(count.cost[larger].sum()) > election.budget:
                return winners
            winners = larger
            if election.budget + number * step * election.n_voters > share.most_useful:
                return winners
        return winners


@final
class SharesRun:
    """Runs of the rule on one count, with shares of different size."""

    def __init__(self, count: Count, satisfaction: str) -> None:
        self.count = count
        cost = count.cost
        unit = np.maximum(cost, 1) if satisfaction == "cost" else np.ones_like(cost)
        is_uniform = satisfaction != "points" or not len(count.points)
        self.market = Market(
            count.first,
            count.voter,
            count.points,
            is_uniform,
            cost.astype(np.float64),
            unit.astype(np.float64),
            count.conflict_first,
            count.conflict,
        )
        self.unit: Int64 = unit
        self.total_weight = count.votes.astype(np.float64)
        if not is_uniform:
            sums = np.concatenate([[0], np.cumsum(count.points)])
            self.total_weight = np.diff(sums[count.first]).astype(np.float64)
        self.most_useful = int(cost.sum()) * max(count.election.n_voters, 1)
        """Budget at which every voter could pay for all projects alone."""

    def winners(self, extra: int) -> list[int]:
        """Return rows funded when every voter has so many minor units more, first to last."""
        n_voters = self.count.election.n_voters
        if n_voters == 0:
            return []
        share = self.count.election.budget + extra * n_voters
        purses = self._purses(share / n_voters)
        exact: ExactPurses | None = None
        while run_rounds(self.market, purses) == UNDECIDED:
            if exact is None:
                exact = ExactPurses(
                    self.market,
                    self.count.cost,
                    self.unit,
                    np.zeros(n_voters, dtype=np.int32),
                    [share],
                    n_voters,
                )
            self._decide(purses, exact)
        return [int(j) for j in purses.order[: purses.n_done[0]]]

    def _purses(self, share: float) -> Purses:
        """Return full purses."""
        n_projects, n_voters = len(self.market.cost), self.count.election.n_voters
        error = share * 2.0**-52
        total = np.maximum(self.total_weight, 1.0) * self.market.unit
        most = int(np.diff(self.market.first).max(initial=0))
        return Purses(
            np.full(n_voters, share),
            np.full(n_voters, error),
            np.array([error]),
            self.market.cost / total * (1.0 - 2.0**-50),
            np.full(n_projects, np.inf),
            np.zeros(n_projects),
            self.count.eligible.astype(np.uint8),
            np.zeros(n_projects, dtype=np.uint8),
            np.zeros(n_projects, dtype=np.int64),
            np.zeros(1, dtype=np.int64),
            np.empty((2, most)),
        )

    def _decide(self, purses: Purses, exact: ExactPurses) -> None:
        """Decide one round in exact numbers."""
        for j in purses.order[exact.n_done : purses.n_done[0]].tolist():
            exact.buy(j)
        prices: dict[int, Fraction] = {}
        for j in np.flatnonzero(purses.fresh & purses.alive).tolist():
            price = exact.price(j)
            if price is None:
                purses.alive[j] = 0
            else:
                prices[j] = price
        if not prices:
            return
        least = min(prices.values())
        tied = [j for j, price in prices.items() if price == least]
        winner = min(tied, key=lambda j: int(self.count.tie_rank[j]))
        exact.buy(winner)
        exact.write_into(purses.money, purses.error)
        purses.worst[0] = purses.error.max(initial=0.0)
        purses.order[purses.n_done[0]] = winner
        purses.n_done[0] += 1
        purses.alive[winner] = 0
        count = self.count
        purses.alive[
            count.conflict[count.conflict_first[winner] : count.conflict_first[winner + 1]]
        ] = 0

    def is_exhaustive(self, winners: list[int]) -> bool:
        """Return whether the money left covers no other eligible project."""
        count = self.count
        left = count.election.budget - int(count.cost[winners].sum())
        open_ = count.eligible.copy()
        for j in winners:
            open_[j] = False
            open_[count.conflict[count.conflict_first[j] : count.conflict_first[j + 1]]] = False
        return not bool((open_ & (count.cost <= left)).any())

    def allocation(self, winners: list[int]) -> Allocation:
        """Return the winners as an allocation, each at its cost."""
        out = Allocation.empty(self.count)
        for j in winners:
            out.fund(j, int(self.count.cost[j]))
        return out
