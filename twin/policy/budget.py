"""How much money the networks get in a year, and out of how many purses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, final

from pydantic import Field

from twin.city.actions import Action, SetBudget
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("budget")
class Budget(AbstractLever):
    """Yearly money for water, heat and streets together."""

    rule: Literal["emergency_first", "separate_purses"] = "emergency_first"
    """One common purse in which emergencies come first, or a repair purse per network."""
    network_kzt_per_person_year: Annotated[float, Field(ge=0, le=1_000_000)] = 6_000.0
    """[KZT/person/year] planned money for all networks."""
    growth_share_per_year: Annotated[float, Field(ge=-0.5, le=0.5)] = 0.0
    """[share/year] real growth of the plan."""
    transfer_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """[share] of the plan that comes from the state; the remainder is taxes."""
    credit_share: Annotated[float, Field(ge=0, le=1)] = 0.25
    """[share] of the year's money that repairs of shut mains may overdraw, paid back next year."""

    def decide(self, view: CityView) -> tuple[Action, ...]:
        """Plan the year's money."""
        growth = (1.0 + self.growth_share_per_year) ** view.year_index
        return (
            SetBudget(
                planned_kzt=self.network_kzt_per_person_year * view.people * growth,
                transfer_share=self.transfer_share,
                separate_purses=self.rule == "separate_purses",
                credit_share=self.credit_share,
            ),
        )
