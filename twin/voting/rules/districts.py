"""A budget for each district and one for the whole city."""

from __future__ import annotations

from dataclasses import replace as dataclass_replace
from typing import TYPE_CHECKING, Any, final

import numpy as np
from pydantic import Field, SerializeAsAny, field_validator

from twin.core.errors import ElectionError, Fault
from twin.voting.election import CITY_WIDE, restricted
from twin.voting.rules.base import AbstractRule, Allocation, Count, count_ballots, rules
from twin.voting.rules.greedy import Greedy

if TYPE_CHECKING:
    from twin.core.arrays import Bool


@rules.register("district_split")
@final
class DistrictSplit(AbstractRule):
    """Run a rule in each district on its own budget, then on projects of the whole city.

    In a district vote those who live there; where addresses are not known, those who named a
    project of the district.
    """

    rule: SerializeAsAny[AbstractRule] = Field(
        default_factory=Greedy, description="The rule of each part: its name, or a rule."
    )
    city_share: float = Field(
        default=0.0, ge=0, le=1, description="Part of the budget for projects of the whole city."
    )
    budgets: dict[str, float] = Field(
        default_factory=dict,
        description="Money by district; without it, in proportion to the voters of each district.",
    )
    leftover_to_city: bool = Field(
        default=True, description="Whether money left in districts goes to city-wide projects."
    )

    @field_validator("rule", mode="before")
    @classmethod
    def _by_name(cls, given: Any) -> Any:  # noqa: ANN401 - a rule or its name
        """Return a rule of that name with its defaults."""
        return rules[given]() if isinstance(given, str) else given

    def allocate(self, count: Count) -> Allocation:
        """Return what is funded."""
        election = count.election
        if not election.districts:
            message = (
                f"{election.source}: rule district_split needs the district of each project.\n"
                "  Add a column `district` to PROJECTS, empty for projects of the whole city."
            )
            raise ElectionError(message)
        voters = self._voters(count)
        money = self._money(count, [int(one.sum()) for one in voters])
        allocation = Allocation.empty(count)
        city = election.budget - sum(money) if self.leftover_to_city else None
        for district, budget in enumerate(money):
            spent = self._part(count, allocation, district, voters[district], budget)
            if city is not None:
                city += budget - spent
        if city is None:
            city = election.budget - sum(money)
        everyone = np.ones(election.n_voters, dtype=bool)
        self._part(count, allocation, CITY_WIDE, everyone, city)
        return allocation

    def _voters(self, count: Count) -> list[Bool]:
        """Return who votes in each district, shape (n_ballots,) each."""
        election, ballots = count.election, count.election.ballots
        n_districts = len(election.districts)
        if ballots is None:
            return [np.zeros(0, dtype=bool)] * n_districts
        if bool((ballots.district != CITY_WIDE).any()):
            return [ballots.district == district for district in range(n_districts)]
        of_entry = election.projects.district[ballots.project]
        voter = np.repeat(np.arange(len(ballots)), np.diff(ballots.start))
        named = []
        for district in range(n_districts):
            has = np.zeros(len(ballots), dtype=bool)
            has[voter[of_entry == district]] = True
            named.append(has)
        return named

    def _money(self, count: Count, n_voters: list[int]) -> list[int]:
        """Return the budget of each district in minor units."""
        election = count.election
        if not self.budgets:
            whole = election.budget - int(election.budget * self.city_share)
            total = max(sum(n_voters), 1)
            return [whole * n // total for n in n_voters]
        unknown = sorted(set(self.budgets) - set(election.districts))
        faults = [
            Fault(
                f"{election.source}: budgets of district_split",
                f"district {name!r} is not in the election",
                f"Known: {', '.join(election.districts)}.",
            )
            for name in unknown
        ]
        scale = 10**election.decimals
        money = [round(self.budgets.get(name, 0.0) * scale) for name in election.districts]
        if sum(money) > election.budget or min(money) < 0:
            faults.append(
                Fault(
                    f"{election.source}: budgets of district_split",
                    f"{election.money(sum(money)):g} in sum, the budget is "
                    f"{election.money(election.budget):g}",
                    "Give districts no less than 0 each and no more than the budget in sum.",
                )
            )
        if faults:
            raise ElectionError(faults)
        return money

    def _part(
        self,
        count: Count,
        allocation: Allocation,
        district: int,
        voters: Bool,
        budget: int,
    ) -> int:
        """Run the rule on one part and enter what it funds; return the money spent."""
        projects = (count.election.projects.district == district) & (allocation.alive > 0)
        rows = np.flatnonzero(projects)
        part = count_ballots(restricted(count.election, projects, voters, budget), seed=count.seed)
        rank = np.argsort(np.argsort(count.tie_rank[rows]))
        part = dataclass_replace(part, tie_rank=rank)
        inner = self.rule.allocate(part)
        for j in inner.order:
            allocation.fund(int(rows[j]), int(inner.amount[j]))
        return int(inner.amount.sum())
