"""The greedy rule, which most cities use: most votes first, as long as the money lasts."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, final

from pydantic import Field

from twin.voting.rules.base import AbstractRule, Allocation, Count, rules


@rules.register("greedy")
@final
class Greedy(AbstractRule):
    """Take projects by their points (votes in an approval vote) until the money is spent."""

    by: Literal["points", "votes", "points_per_cost", "votes_per_cost"] = Field(
        default="points", description="What puts projects in order."
    )
    too_dear: Literal["skip", "stop"] = Field(
        default="skip", description="What happens at a project that the money left does not cover."
    )

    def allocate(self, count: Count) -> Allocation:
        """Return what is funded."""
        return complete_greedily(Allocation.empty(count), by=self.by, stop=self.too_dear == "stop")


def complete_greedily(
    allocation: Allocation, *, by: str = "points", stop: bool = False
) -> Allocation:
    """Spend what is left by the greedy rule; return the allocation."""
    count = allocation.count
    for j in greedy_order(count, by):
        if not allocation.offer(j) and stop and allocation.alive[j]:
            break
    return allocation


def greedy_order(count: Count, by: str) -> list[int]:
    """Return eligible projects, best first; whole numbers and fractions, so ties are ties."""
    gained = count.votes if by.startswith("votes") else count.score
    free, per_cost = count.cost == 0, by.endswith("_per_cost")

    def place(j: int) -> tuple[bool, Fraction, int]:
        worth = Fraction(int(gained[j]))
        is_first = per_cost and bool(free[j]) and worth > 0
        if per_cost and not free[j]:
            worth /= int(count.cost[j])
        return (not is_first, -worth, int(count.tie_rank[j]))

    return sorted((j for j in range(len(count.cost)) if count.eligible[j]), key=place)
