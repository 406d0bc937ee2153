"""A season of renewal works: what is let, out of whose part of the fund, and on which days."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from twin.institutions.contracts import Outcome


@final
@dataclass(slots=True)
class RenewalJob:
    """One asset of the programme."""

    asset: int
    start_day: int
    end_day: int
    cost_kzt: float
    outcome: Outcome = Outcome.GOOD


@final
@dataclass(frozen=True, slots=True)
class Work:
    """A renewal that is let."""

    asset: int
    cost_kzt: float
    days: int
    wait_days: int
    """Days of approval, from the opening of the season."""
    outcome: Outcome


@final
@dataclass(slots=True)
class Season:
    """What is let in one season."""

    day: int
    days_left: int
    account: str
    """Which pays the works."""
    parts: list[int] = field(default_factory=list)
    """What each department may still spend, in tiyn; empty: all of the fund."""
    works: list[Work] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    """Rows of the assets."""

    def allows(self, network: int, price_tiyn: int, fund_tiyn: int) -> bool:
        """Return whether fund and department can pay a price."""
        left = self.parts[network] if self.parts else fund_tiyn
        return price_tiyn <= min(left, fund_tiyn)

    def add(self, work: Work, network: int, price_tiyn: int) -> None:
        """Take up a work that its department pays."""
        if self.parts:
            self.parts[network] -= price_tiyn
        self.works.append(work)
        self.taken.add(work.asset)

    def jobs(self) -> list[RenewalJob]:
        """Give each work a start after its approval, so that works spread over the season."""
        jobs = []
        for place, work in enumerate(self.works):
            latest = max(0, self.days_left - work.wait_days - work.days)
            start = self.day + work.wait_days + latest * place // len(self.works)
            end = start + work.days - 1
            jobs.append(RenewalJob(work.asset, start, end, work.cost_kzt, work.outcome))
        return jobs
