"""Rules that do not count ballots: experts decide, or the lot."""

from __future__ import annotations

from fractions import Fraction
from typing import final

from pydantic import Field

from twin.core.errors import ElectionError, Fault
from twin.core.registry import nearest
from twin.core.streams import Stream
from twin.voting.rules.base import AbstractRule, Allocation, Count, lottery_order, rules


@rules.register("expert_choice")
@final
class ExpertChoice(AbstractRule):
    """Take projects by the scores that experts give them, best first; without a score: never."""

    scores: dict[str, float] = Field(
        default_factory=dict, description="Score by project id; higher is better."
    )

    def allocate(self, count: Count) -> Allocation:
        """Return what is funded."""
        ids = count.election.projects.project_id
        known = set(ids)
        faults = [
            Fault(
                f"{count.election.source}: scores of expert_choice",
                f"project {name!r} is not in the election",
                nearest(name, list(ids)),
            )
            for name in self.scores
            if name not in known
        ]
        if faults:
            raise ElectionError(faults)
        if not self.scores:
            message = (
                "rule expert_choice has no scores.\n  Give them: `--scores FILE.csv`, a table of "
                "project_id and score, or ExpertChoice(scores=...)."
            )
            raise ElectionError(message)
        rows = [j for j, name in enumerate(ids) if name in self.scores]
        rows.sort(key=lambda j: (-Fraction(self.scores[ids[j]]), int(count.tie_rank[j])))
        return _fund_in_order(count, rows)


@rules.register("lottery")
@final
class Lottery(AbstractRule):
    """Take projects in an order drawn by lot, keyed by the seed of the tally."""

    def allocate(self, count: Count) -> Allocation:
        """Return what is funded."""
        order = lottery_order(len(count.cost), count.seed, Stream.PROJECT_LOTTERY)
        return _fund_in_order(count, order.tolist())


def _fund_in_order(count: Count, rows: list[int]) -> Allocation:
    """Fund projects one after the other, as far as the money goes, whatever their votes."""
    allocation = Allocation.empty(count)
    allocation.alive[:] = 1
    for j in rows:
        allocation.offer(j)
    return allocation
